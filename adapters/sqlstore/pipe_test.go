package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

const putName = `INSERT INTO counter (community_id, name, last) VALUES (0, $1, 0)`

// laterPut is put that waits for nothing.
func laterPut(ctx context.Context, db *DB, name string) error { return db.later(ctx, putName, name) }

func onPostgres(t *testing.T) *DB {
	t.Helper()
	return openTest(t, freshAddress(t, Postgres))
}

// unique says whether an error is that of a repeated key.
func unique(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == "23505"
}

// trips is how often Postgres is waited for in fn. What fn runs is run once before, so that all is
// prepared.
func trips(t *testing.T, db *DB, fn func(ctx context.Context, run string) error) int64 {
	t.Helper()
	for _, run := range []string{"1", "2"} {
		before := db.RoundTrips()
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { return fn(ctx, run) }); err != nil {
			t.Fatal(err)
		}
		if run == "2" {
			return db.RoundTrips() - before
		}
	}
	return 0
}

func TestWhatNobodyWaitsForIsSentWithTheNext(t *testing.T) {
	t.Parallel()
	db := onPostgres(t)
	nothing := func(context.Context) error { return nil }
	for name, c := range map[string]struct {
		want int64
		fn   func(ctx context.Context, run string) error
	}{
		"nothing at all":    {0, func(context.Context, string) error { return nil }},
		"an idle savepoint": {0, func(ctx context.Context, _ string) error { return db.Savepoint(ctx, nothing) }},
		"writes": {1, func(ctx context.Context, run string) error {
			return errors.Join(laterPut(ctx, db, "a"+run), laterPut(ctx, db, "b"+run), db.Savepoint(ctx, func(ctx context.Context) error {
				return laterPut(ctx, db, "c"+run)
			}), laterPut(ctx, db, "d"+run))
		}},
		"a write that is counted": {2, func(ctx context.Context, run string) error {
			return errors.Join(laterPut(ctx, db, "e"+run), db.Savepoint(ctx, func(ctx context.Context) error { return put(ctx, db, "f"+run) }))
		}},
		"an undone savepoint that was not sent": {1, func(ctx context.Context, run string) error {
			_ = db.Savepoint(ctx, func(ctx context.Context) error { return errors.Join(laterPut(ctx, db, "lost"), errTest) })
			return laterPut(ctx, db, "g"+run)
		}},
	} {
		if got := trips(t, db, c.fn); got != c.want {
			t.Errorf("%s: %d round trips, want %d", name, got, c.want)
		}
	}
	if got := names(t, db); got != "a1 a2 b1 b2 c1 c2 d1 d2 e1 e2 f1 f2 g1 g2" {
		t.Error(got)
	}
}

// What is put off fails where it was asked for, and spoils what it would have spoiled then.
func TestAnErrorOfWhatWasPutOffReachesItsCaller(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx := t.Context()
		if err := db.Atomically(ctx, func(ctx context.Context) error { return laterPut(ctx, db, "a") }); err != nil {
			t.Fatal(err)
		}
		// Outside a savepoint.
		var said error
		err := db.Atomically(ctx, func(ctx context.Context) error {
			said = laterPut(ctx, db, "a")
			if said != nil {
				return fmt.Errorf("mine: %w", said)
			}
			return laterPut(ctx, db, "lost")
		})
		if said == nil || err == nil || !strings.HasPrefix(err.Error(), "mine: ") {
			t.Errorf("%v, %v", said, err)
		}
		// In a savepoint that has been left before anything was sent; the rest stays.
		err = db.Atomically(ctx, func(ctx context.Context) error {
			said = db.Savepoint(ctx, func(ctx context.Context) error { return errors.Join(laterPut(ctx, db, "lost"), laterPut(ctx, db, "a")) })
			return laterPut(ctx, db, "b")
		})
		if said == nil || err != nil {
			t.Errorf("%v, %v", said, err)
		}
		// Before a statement that is waited for, in the savepoint and in one within.
		err = db.Atomically(ctx, func(ctx context.Context) error {
			said = db.Savepoint(ctx, func(ctx context.Context) error {
				first := laterPut(ctx, db, "a")
				if first == nil {
					first = db.Savepoint(ctx, func(ctx context.Context) error { return put(ctx, db, "lost") })
				}
				return first
			})
			return put(ctx, db, "c")
		})
		if db.engine == Postgres && !unique(said) || said == nil || err != nil {
			t.Errorf("%v, %v", said, err)
		}
		if got := names(t, db); got != "a b c" {
			t.Error(got)
		}
	})
}

func TestAnErrorThatIsDroppedKeepsTheWholeFromBeingCommitted(t *testing.T) {
	t.Parallel()
	db := onPostgres(t)
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		first := put(ctx, db, "a")
		_ = put(ctx, db, "a")
		if err := put(ctx, db, "lost"); err == nil {
			t.Error("Postgres takes nothing after an error")
		}
		return first
	})
	if got := names(t, db); !unique(err) || got != "" {
		t.Errorf("%q, %v", got, err)
	}
	err = db.Atomically(t.Context(), func(ctx context.Context) error {
		_, first := db.exec(ctx, "ROLLBACK AND CHAIN")
		return errors.Join(first, put(ctx, db, "b"))
	})
	if got := names(t, db); err != nil || got != "b" {
		t.Errorf("%q, %v", got, err)
	}
}

// raise is a statement that fails with a code.
func raise(code string) string {
	return `DO $$ BEGIN RAISE EXCEPTION 'oh' USING ERRCODE = '` + code + `'; END $$`
}

func TestACollisionInWhatWasPutOffIsRunAgain(t *testing.T) {
	t.Parallel()
	db := onPostgres(t)
	for _, code := range []string{"40001", "40P01"} {
		for _, saved := range []bool{false, true} {
			runs := 0
			err := db.Atomically(t.Context(), func(ctx context.Context) error {
				runs++
				within := func(ctx context.Context) error {
					if runs > 3 {
						return nil
					}
					return db.later(ctx, raise(code))
				}
				if saved {
					return errors.Join(laterPut(ctx, db, fmt.Sprint(code, saved)), db.Savepoint(ctx, within))
				}
				return errors.Join(within(ctx), laterPut(ctx, db, fmt.Sprint(code, saved)))
			})
			if err != nil || runs != 4 {
				t.Errorf("%s: %d runs, %v", code, runs, err)
			}
		}
	}
	if got := names(t, db); got != "40001false 40001true 40P01false 40P01true" {
		t.Error(got)
	}
}

const endMe = `SELECT pg_terminate_backend(pg_backend_pid())`

func TestAConnectionThatIsLost(t *testing.T) {
	t.Parallel()
	db := onPostgres(t)
	ctx := t.Context()
	// In the middle: the error is told, and nothing is run again.
	runs := 0
	err := db.Atomically(ctx, func(ctx context.Context) error {
		runs++
		first := put(ctx, db, "lost")
		if _, err := db.exec(ctx, endMe); err == nil {
			t.Error("still there")
		}
		if err := laterPut(ctx, db, "lost2"); !errors.Is(err, sql.ErrTxDone) {
			t.Error(err)
		}
		return first
	})
	var lost *lostError
	if !errors.As(err, &lost) || runs != 1 {
		t.Errorf("%d runs, %v", runs, err)
	}
	// At the commit: nobody knows how it ended.
	runs = 0
	err = db.Atomically(ctx, func(ctx context.Context) error {
		runs++
		return errors.Join(laterPut(ctx, db, "lost3"), db.later(ctx, endMe))
	})
	if !errors.As(err, &lost) || runs != 1 || !strings.HasPrefix(err.Error(), "commit: ") {
		t.Errorf("%d runs, %v", runs, err)
	}
	if got := names(t, db); got != "" {
		t.Error(got)
	}
}

// Connections that the server has ended while nobody used them are found out when they are used.
func TestConnectionsThatWereLostBefore(t *testing.T) {
	t.Parallel()
	address := freshAddress(t, Postgres)
	db := openTest(t, address+more(address)+"pool_max_conns=1")
	other := openTest(t, address)
	cut := func() {
		t.Helper()
		var pid int
		var ended bool
		if _, err := db.one(t.Context(), `SELECT pg_backend_pid()`, nil, &pid); err != nil {
			t.Fatal(err)
		}
		if _, err := other.one(t.Context(), `SELECT pg_terminate_backend($1, 60000)`, []any{pid}, &ended); err != nil || !ended {
			t.Fatal(ended, err)
		}
	}
	cut()
	if err := db.Atomically(t.Context(), func(ctx context.Context) error { return put(ctx, db, "a") }); err != nil {
		t.Error(err)
	}
	cut()
	if got := names(t, db); got != "a" {
		t.Error(got)
	}
}

func TestWhatIsPutOffKeepsItsValues(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			args := []any{"a"}
			first := db.later(ctx, putName, args...)
			args[0] = "b"
			return errors.Join(first, db.later(ctx, putName, args...))
		})
		if got := names(t, db); err != nil || got != "a b" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

// A statement that cannot even be prepared is its caller's as well.
func TestAStatementThatCannotBePrepared(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			first := laterPut(ctx, db, "a")
			err := db.Savepoint(ctx, func(ctx context.Context) error {
				_, err := db.exec(ctx, `INSERT INTO nowhere VALUES (1)`)
				return errors.Join(laterPut(ctx, db, "lost"), err)
			})
			if err == nil || !strings.Contains(err.Error(), "nowhere") {
				t.Error(err)
			}
			return errors.Join(first, laterPut(ctx, db, "b"))
		})
		if got := names(t, db); err != nil || got != "a b" {
			t.Errorf("%q, %v", got, err)
		}
	})
}

func TestAStatementWhileRowsAreRead(t *testing.T) {
	t.Parallel()
	db := onPostgres(t)
	err := db.Atomically(t.Context(), func(ctx context.Context) error {
		return db.each(ctx, `SELECT * FROM generate_series(1, 3)`, nil, func(scan func(...any) error) error {
			var n int
			if err := put(ctx, db, "lost"); !errors.Is(err, errBusy) {
				t.Error(err)
			}
			err := scan(&n)
			return errors.Join(err, laterPut(ctx, db, fmt.Sprint("n", n)))
		})
	})
	if got := names(t, db); err != nil || got != "n1 n2 n3" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatIsLikely(t *testing.T) {
	t.Parallel()
	const putOnce = putName + ` ON CONFLICT DO NOTHING`
	eachEngine(t, func(t *testing.T, db *DB) {
		take := func(name string) (n int64, runs int) {
			t.Helper()
			err := db.Atomically(t.Context(), func(ctx context.Context) (err error) {
				runs++
				if n, err = db.likely(ctx, putOnce, name); err != nil || n == 0 {
					return err
				}
				return db.later(ctx, `UPDATE counter SET last = last + 1 WHERE name = $1`, name)
			})
			if err != nil {
				t.Fatal(err)
			}
			return n, runs
		}
		if n, runs := take("a"); n != 1 || runs != 1 {
			t.Errorf("%d of one that is new, %d runs", n, runs)
		}
		if n, _ := take("a"); n != 0 {
			t.Errorf("%d of one that is there", n)
		}
		var last int
		if _, err := db.one(t.Context(), `SELECT last FROM counter WHERE name = 'a'`, nil, &last); err != nil || last != 1 {
			t.Errorf("%d, %v", last, err)
		}
		if db.engine == Postgres {
			n := trips(t, db, func(ctx context.Context, run string) error { _, err := db.likely(ctx, putOnce, "b"+run); return err })
			if n != 1 {
				t.Errorf("%d round trips", n)
			}
		}
	})
}
