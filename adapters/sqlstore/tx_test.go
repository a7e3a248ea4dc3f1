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
	"testing"
	"time"
)

var errTest = errors.New("no")

// names are what was committed by put.
func names(t *testing.T, db *DB) string {
	t.Helper()
	var out []string
	err := db.each(t.Context(), `SELECT name FROM counter ORDER BY name`, nil, func(scan func(...any) error) error {
		var name string
		err := scan(&name)
		out = append(out, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, " ")
}

func put(ctx context.Context, db *DB, name string) error {
	_, err := db.exec(ctx, `INSERT INTO counter (community_id, name, last) VALUES (0, $1, 0)`, name)
	return err
}

func TestAtomically(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := t.Context()
		all := func(ctx context.Context, err error, names ...string) error {
			for _, n := range names {
				if e := put(ctx, db, n); e != nil {
					return e
				}
			}
			return err
		}
		if err := db.Atomically(ctx, func(ctx context.Context) error { return all(ctx, nil, "a", "b") }); err != nil {
			t.Fatal(err)
		}
		if err := db.Atomically(ctx, func(ctx context.Context) error { return all(ctx, errTest, "c") }); !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		err := db.Atomically(ctx, func(ctx context.Context) error {
			_ = db.Atomically(ctx, func(ctx context.Context) error { return all(ctx, errTest, "d") })
			return all(ctx, nil, "e")
		})
		if !errors.Is(err, errTest) {
			t.Fatal("a dropped error of a nested function did not doom the whole:", err)
		}
		err = db.Atomically(ctx, func(ctx context.Context) error {
			if err := db.Atomically(ctx, func(ctx context.Context) error { return all(ctx, nil, "f") }); err != nil {
				return err
			}
			return all(ctx, nil, "g")
		})
		if got := names(t, db); err != nil || got != "a b f g" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestAtomicallyPutsUpWithPanicsAndGoexit(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ends := []func(){func() { panic("oh") }, runtime.Goexit}
		for _, end := range ends {
			for _, nested := range []bool{false, true} {
				done := make(chan any)
				go func() {
					defer func() { done <- recover() }()
					_ = db.Atomically(t.Context(), func(ctx context.Context) error {
						if err := put(ctx, db, "lost"); err != nil {
							t.Error(err)
						}
						if nested {
							return db.Atomically(ctx, func(context.Context) error { end(); return nil })
						}
						end()
						return nil
					})
				}()
				<-done
			}
		}
		// No lock and no connection is held.
		for i := range 40 {
			if err := db.Atomically(t.Context(), func(ctx context.Context) error { return put(ctx, db, fmt.Sprint("n", i)) }); err != nil {
				t.Fatal(err)
			}
		}
		held := 0
		if db.engine == Postgres {
			held = int(db.pool.Stat().AcquiredConns())
		} else {
			held = db.write.Stats().InUse - 1 // the writer's own
		}
		if held != 0 {
			t.Fatalf("%d connections are in use", held)
		}
		if strings.Contains(names(t, db), "lost") {
			t.Fatal("what a panic interrupted was committed")
		}
	})
}

func TestSavepoint(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			save := func(name string, fn func(ctx context.Context) error) error {
				return db.Savepoint(ctx, func(ctx context.Context) error {
					if err := put(ctx, db, name); err != nil {
						return err
					}
					return fn(ctx)
				})
			}
			if err := save("a", func(context.Context) error { return nil }); err != nil {
				return err
			}
			if err := save("lost1", func(context.Context) error { return errTest }); !errors.Is(err, errTest) {
				t.Error(err)
			}
			var p *PanicError
			if err := save("lost2", func(context.Context) error { panic("oh") }); !errors.As(err, &p) || p.Value != "oh" || len(p.Stack) == 0 {
				t.Error(err)
			}
			// The inner one is undone, the outer one stays.
			err := save("b", func(ctx context.Context) error {
				err := db.Savepoint(ctx, func(ctx context.Context) error { return errors.Join(put(ctx, db, "lost3"), errTest) })
				if !errors.Is(err, errTest) {
					t.Error(err)
				}
				return put(ctx, db, "c")
			})
			if err != nil {
				return err
			}
			// A dropped error of a nested function dooms the savepoint and no more.
			err = save("lost4", func(ctx context.Context) error {
				_ = db.Atomically(ctx, func(context.Context) error { return errTest })
				return nil
			})
			if !errors.Is(err, errTest) {
				t.Error(err)
			}
			// So does a failed statement; Postgres takes nothing more before the savepoint is undone.
			err = save("lost5", func(ctx context.Context) error { return put(ctx, db, "lost5") })
			if err == nil {
				t.Error("a repeated key was taken")
			}
			return put(ctx, db, "d")
		})
		if got := names(t, db); err != nil || got != "a b c d" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

// On Postgres a failed statement spoils the transaction even when its error is dropped.
func TestSavepointWithADroppedStatementError(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			first := put(ctx, db, "a")
			err := db.Savepoint(ctx, func(ctx context.Context) error { _ = put(ctx, db, "a"); return nil })
			if wants := db.Engine() == Postgres; wants != (err != nil) {
				t.Error(err)
			}
			return errors.Join(first, put(ctx, db, "b"))
		})
		if got := names(t, db); err != nil || got != "a b" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestAnErrorBeforeASavepointDoomsTheWhole(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			_ = db.Atomically(ctx, func(context.Context) error { return errTest })
			if err := db.Savepoint(ctx, func(ctx context.Context) error { return put(ctx, db, "lost") }); err != nil {
				t.Error(err)
			}
			return nil
		})
		if got := names(t, db); !errors.Is(err, errTest) || got != "" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestAfterCommit(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var said []string
		say := func(ctx context.Context, word string) { db.AfterCommit(ctx, func() { said = append(said, word) }) }
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			say(ctx, "a")
			_ = db.Savepoint(ctx, func(ctx context.Context) error { say(ctx, "lost"); return errTest })
			_ = db.Savepoint(ctx, func(ctx context.Context) error { say(ctx, "lost"); panic("oh") })
			if err := db.Savepoint(ctx, func(ctx context.Context) error { say(ctx, "b"); return nil }); err != nil {
				return err
			}
			if len(said) > 0 {
				t.Error("said before the commit:", said)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = db.Atomically(t.Context(), func(ctx context.Context) error { say(ctx, "lost"); return errTest })
		if !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		say(t.Context(), "c")
		if !slices.Equal(said, []string{"a", "b", "c"}) {
			t.Fatal(said)
		}
	})
}

func TestTheCallersContextDoesNotTearATransaction(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Atomically(ctx, func(ctx context.Context) error {
			first := put(ctx, db, "a")
			cancel()
			return errors.Join(first, put(ctx, db, "b"))
		})
		if got := names(t, db); err != nil || got != "a b" {
			t.Fatalf("%q, %v", got, err)
		}
		if err := db.Atomically(ctx, func(context.Context) error { return nil }); !errors.Is(err, context.Canceled) {
			t.Fatal("begun for a caller who has gone:", err)
		}
		// A context of fn's own is looked at before each statement.
		err = db.Atomically(t.Context(), func(ctx context.Context) error {
			inner, cancel := context.WithCancel(ctx)
			first := put(inner, db, "c")
			cancel()
			if err := put(inner, db, "lost"); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			return errors.Join(first, db.Savepoint(inner, func(context.Context) error { return put(ctx, db, "d") }))
		})
		if got := names(t, db); err != nil || got != "a b c d" {
			t.Fatalf("%q, %v", got, err)
		}
	})
}

func TestWaitingForATransactionEndsWithTheContext(t *testing.T) {
	t.Parallel()
	eachAddress(t, func(t *testing.T, address string) {
		if strings.HasPrefix(address, "postgres") {
			address += more(address) + "pool_max_conns=1"
		}
		db := openTest(t, address)
		if db.engine == SQLite {
			db.write.SetMaxOpenConns(1)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		err := db.Atomically(t.Context(), func(context.Context) error {
			return db.Atomically(ctx, func(context.Context) error { t.Error("a second transaction on one connection"); return nil })
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { return put(ctx, db, "a") }); err != nil {
			t.Fatal(err)
		}
	})
}

func TestWritesNeedATransaction(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		defer func() {
			if recover() == nil {
				t.Error("a write outside a transaction was taken")
			}
		}()
		_ = put(t.Context(), db, "a")
	})
}

// Two transactions that lock two rows crosswise: Postgres ends one, which is then run again.
func TestCollidingTransactionsAreRunAgain(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error { return errors.Join(put(ctx, db, "a"), put(ctx, db, "b")) })
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var mu sync.Mutex
		runs := 0
		meet := make(chan struct{}, 2)
		for _, order := range [][]string{{"a", "b"}, {"b", "a"}} {
			wg.Go(func() {
				first := true
				err := db.Atomically(t.Context(), func(ctx context.Context) error {
					mu.Lock()
					runs++
					mu.Unlock()
					for i, name := range order {
						err := db.Savepoint(ctx, func(ctx context.Context) error {
							_, err := db.exec(ctx, `UPDATE counter SET last = last + 1 WHERE name = $1`, name)
							return err
						})
						if err != nil {
							return errors.New("the cause is hidden") // as a careless handler would
						}
						if i == 0 && first && db.Engine() == Postgres {
							first = false
							meet <- struct{}{}
							for len(meet) < 2 { // both hold their first row before either wants its second
								runtime.Gosched()
							}
						}
					}
					return nil
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		var sum int
		if _, err := db.one(t.Context(), `SELECT SUM(last) FROM counter`, nil, &sum); err != nil || sum != 4 {
			t.Errorf("counted to %d, %v", sum, err)
		}
		if db.Engine() == Postgres && runs < 3 {
			t.Errorf("%d runs: nothing collided", runs)
		}
	})
}

func TestCountersFromManyGoroutines(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var mu sync.Mutex
		seen := map[int64]bool{}
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				for range 5 {
					var n int64
					err := db.Atomically(t.Context(), func(ctx context.Context) (err error) {
						n, err = db.next(ctx, 1, "H")
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					seen[n] = true
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		if len(seen) != 160 || !seen[1] || !seen[160] {
			t.Errorf("%d numbers", len(seen))
		}
	})
}

// When SQLite gives a transaction up, what follows must not be committed piece by piece.
func TestNothingOfATransactionThatWasGivenUpIsKept(t *testing.T) {
	t.Parallel()
	db := openTest(t, freshAddress(t, SQLite))
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		if err := put(ctx, db, "a"); err != nil {
			return err
		}
		var pages int
		if _, err := db.one(ctx, `PRAGMA page_count`, nil, &pages); err != nil {
			return err
		}
		if _, err := db.one(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, pages), nil, &pages); err != nil {
			return err
		}
		if err := put(ctx, db, strings.Repeat("x", 1<<20)); err == nil {
			t.Error("the disk was not full")
		}
		if err := put(ctx, db, "b"); !errors.Is(err, sql.ErrTxDone) {
			t.Error(err)
		}
		return nil
	})
	if err == nil || !strings.Contains(err.Error(), "full") {
		t.Error(err)
	}
	if got := names(t, db); got != "" {
		t.Errorf("kept %q", got)
	}
}
