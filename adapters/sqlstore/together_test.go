package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// lite is an SQLite store whose groups take whoever waits.
func lite(t *testing.T) *DB {
	t.Helper()
	db := openTest(t, freshAddress(t, SQLite))
	db.writer.patience = time.Hour
	return db
}

// together runs functions in one group, in order, and returns how each ended; a panic and the end of
// its goroutine count as errors.
func together(t *testing.T, db *DB, fns ...func(ctx context.Context) error) []error {
	t.Helper()
	var all sync.WaitGroup
	errs := make([]error, len(fns))
	err := db.Atomically(t.Context(), func(context.Context) error {
		for i, fn := range fns {
			all.Go(func() {
				done := make(chan error, 1)
				go func() {
					err := errors.New("it ended its goroutine")
					defer func() {
						if v := recover(); v != nil {
							err = fmt.Errorf("panic: %v", v)
						}
						done <- err
					}()
					err = db.Atomically(t.Context(), fn)
				}()
				errs[i] = <-done
			})
			for deadline := time.Now().Add(30 * time.Second); ; runtime.Gosched() {
				db.writer.mu.Lock()
				n := len(db.writer.queue)
				db.writer.mu.Unlock()
				if n == i+1 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("they do not wait")
				}
			}
		}
		return errTest // they have a group of their own
	})
	if !errors.Is(err, errTest) {
		t.Fatal(err)
	}
	all.Wait()
	return errs
}

func TestThoseWhoWaitShareOneCommit(t *testing.T) {
	t.Parallel()
	db := lite(t)
	var groups []*group
	var said []string
	var fns []func(context.Context) error
	for i := range 32 {
		fns = append(fns, func(ctx context.Context) error {
			groups = append(groups, db.writer.group)
			db.AfterCommit(ctx, func() {
				if !strings.Contains(names(t, db), fmt.Sprint("n", i, ";")) {
					t.Error("told before the commit")
				}
			})
			if len(said) > 0 {
				t.Error("somebody was told that it is done:", said)
			}
			return put(ctx, db, fmt.Sprint("n", i, ";"))
		})
	}
	for i, err := range together(t, db, fns...) {
		if err != nil {
			t.Error(i, err)
		}
	}
	if len(groups) != 32 || len(slices.Compact(groups)) != 1 {
		t.Errorf("%d ran, in %d groups", len(groups), len(slices.Compact(groups)))
	}
	if got := len(strings.Fields(names(t, db))); got != 32 {
		t.Errorf("%d were kept", got)
	}
}

// What one does wrong undoes nothing of the others, whichever of them it is.
func TestOneOfManyFails(t *testing.T) {
	t.Parallel()
	ends := map[string]struct {
		end  func()
		want string
	}{
		"error": {func() {}, errTest.Error()},
		"panic": {func() { panic("oh") }, "panic: oh"},
		"exit":  {runtime.Goexit, "it ended its goroutine"},
	}
	for name, tt := range ends {
		for at := range 3 {
			t.Run(fmt.Sprint(name, " ", at), func(t *testing.T) {
				t.Parallel()
				db := lite(t)
				fns := make([]func(context.Context) error, 3)
				ran := 0
				for i := range fns {
					fns[i] = func(ctx context.Context) error {
						ran++
						if i != at {
							return put(ctx, db, fmt.Sprint("n", i))
						}
						if err := put(ctx, db, "lost"); err != nil {
							return err
						}
						if err := db.Savepoint(ctx, func(ctx context.Context) error { return put(ctx, db, "lost too") }); err != nil {
							return err
						}
						tt.end()
						return errTest
					}
				}
				for i, err := range together(t, db, fns...) {
					if i == at && (err == nil || err.Error() != tt.want) || i != at && err != nil {
						t.Error(i, err)
					}
				}
				want := strings.Join(slices.Delete([]string{"n0", "n1", "n2"}, at, at+1), " ")
				if got := names(t, db); got != want {
					t.Errorf("kept %q, want %q", got, want)
				}
				if ran != 3 {
					t.Errorf("ran %d times", ran)
				}
			})
		}
	}
}

// Where one takes the whole group with it, the others are run again, each alone.
func TestOneOfManyRuinsTheGroup(t *testing.T) {
	t.Parallel()
	ways := map[string]func(ctx context.Context, db *DB) error{
		// SQLite gives the transaction up.
		"full": func(ctx context.Context, db *DB) error {
			var pages int
			if _, err := db.one(ctx, `PRAGMA page_count`, nil, &pages); err != nil {
				return err
			}
			if _, err := db.one(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages), nil, &pages); err != nil {
				return err
			}
			return put(ctx, db, strings.Repeat("x", 1<<20))
		},
		// It cannot be taken back by itself.
		"no such savepoint": func(ctx context.Context, db *DB) error {
			if _, err := db.exec(ctx, `RELEASE SAVEPOINT member`); err != nil {
				return fmt.Errorf("no such savepoint: %w", err) // alone there is none
			}
			return errTest
		},
		// The commit fails.
		"FOREIGN KEY": func(ctx context.Context, db *DB) error {
			for _, s := range []string{`CREATE TABLE one (id INTEGER PRIMARY KEY)`, `CREATE TABLE two (id INTEGER REFERENCES one (id) DEFERRABLE INITIALLY DEFERRED)`,
				`INSERT INTO two VALUES (1)`} {
				if _, err := db.exec(ctx, s); err != nil {
					return err
				}
			}
			return nil
		},
	}
	for name, ruin := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := lite(t)
			ran := make([]int, 4)
			var told atomic.Int32
			fns := make([]func(context.Context) error, 4)
			for i := range fns {
				fns[i] = func(ctx context.Context) error {
					ran[i]++
					db.AfterCommit(ctx, func() { told.Add(1) })
					if i == 2 {
						return ruin(ctx, db)
					}
					return put(ctx, db, fmt.Sprint("n", i))
				}
			}
			for i, err := range together(t, db, fns...) {
				if i != 2 && err != nil {
					t.Error(i, err)
				}
				if i == 2 && (err == nil || name != "no such savepoint" && !strings.Contains(err.Error(), name)) {
					t.Error(i, err)
				}
			}
			if got := names(t, db); got != "n0 n1 n3" {
				t.Errorf("kept %q", got)
			}
			if told.Load() != 3 {
				t.Errorf("%d were told that it is done", told.Load())
			}
			for i, n := range ran {
				if n > 2 {
					t.Errorf("%d ran %d times", i, n)
				}
			}
		})
	}
}

func TestATransactionThatIsOverTakesNothing(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var old context.Context
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { old = ctx; return nil }); err != nil {
			t.Fatal(err)
		}
		err := db.Atomically(t.Context(), func(context.Context) error {
			if err := put(old, db, "lost"); !errors.Is(err, sql.ErrTxDone) {
				t.Error(err)
			}
			return nil
		})
		if got := names(t, db); err != nil || got != "" {
			t.Error(got, err)
		}
	})
}

// The same statement again while its rows are read, as only SQLite allows.
func TestStatementsWithinThemselves(t *testing.T) {
	t.Parallel()
	db := lite(t)
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		for i := range 3 {
			if err := put(ctx, db, fmt.Sprint("n", i)); err != nil {
				return err
			}
		}
		const list = `SELECT name FROM counter ORDER BY name`
		var pairs []string
		err := db.each(ctx, list, nil, func(scan func(...any) error) error {
			var a string
			if err := scan(&a); err != nil {
				return err
			}
			return db.each(ctx, list, nil, func(scan func(...any) error) error {
				var b string
				err := scan(&b)
				pairs = append(pairs, a+b)
				return err
			})
		})
		if len(pairs) != 9 || pairs[0] != "n0n0" || pairs[8] != "n2n2" {
			t.Error(pairs)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// More statements than are kept.
func TestMoreStatementsThanAreKept(t *testing.T) {
	t.Parallel()
	db := lite(t)
	ask := func(ctx context.Context) error {
		for i := range preparedMost + 20 {
			var n int
			if _, err := db.one(ctx, fmt.Sprint("SELECT ", i), nil, &n); err != nil || n != i {
				return fmt.Errorf("%d: %d, %w", i, n, err)
			}
		}
		return nil
	}
	if err := errors.Join(ask(t.Context()), db.Atomically(t.Context(), ask), db.Atomically(t.Context(), ask)); err != nil {
		t.Error(err)
	}
}

// Many at once, some of whom fail, panic or give up waiting: what is kept is what was told to be.
func TestWritersFromManyGoroutines(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var kept sync.Map
		var all sync.WaitGroup
		for g := range 32 {
			all.Go(func() {
				for i := range 20 {
					name := fmt.Sprintf("%d-%d", g, i)
					ctx, cancel := context.WithCancel(t.Context())
					if i%5 == 3 {
						time.AfterFunc(time.Duration(g)*100*time.Microsecond, cancel)
					}
					func() {
						defer func() { _ = recover() }()
						err := db.Atomically(ctx, func(ctx context.Context) error {
							if err := put(ctx, db, name); err != nil {
								return err
							}
							switch i % 5 {
							case 1:
								return errTest
							case 2:
								panic("oh")
							}
							return nil
						})
						if err == nil {
							kept.Store(name, true)
						}
					}()
					cancel()
				}
			})
		}
		all.Wait()
		var want []string
		kept.Range(func(k, _ any) bool { want = append(want, k.(string)); return true })
		slices.Sort(want)
		got := strings.Fields(names(t, db))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("kept %d, told %d", len(got), len(want))
		}
		if len(got) < 32*4*2 {
			t.Errorf("only %d were kept", len(got))
		}
	})
}
