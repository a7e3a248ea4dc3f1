package sqlstore

import (
	"context"
	"strings"
	"testing"
)

// Two make the same lane at the same moment: the second neither makes it nor sees it, and finds it when it
// is run again.
func TestALaneThatAnotherIsMaking(t *testing.T) {
	t.Parallel()
	clock := newWorkClock()
	q := onPostgres(t).Work().WithClock(clock.now)
	bench := workBench{q, clock}
	add := func(items ...string) func(ctx context.Context) error {
		return func(ctx context.Context) error {
			for _, name := range items {
				lane, key, _ := strings.Cut(name, ":")
				if err := q.Add(ctx, item("a", lane, key)); err != nil {
					return err
				}
			}
			return nil
		}
	}
	runs, ended := 0, make(chan error, 1)
	bench.tx(t, func(ctx context.Context) error {
		if err := add("l:1")(ctx); err != nil {
			return err
		}
		if err := q.flush(ctx); err != nil {
			return err
		}
		if _, err := q.Waits(ctx, 0, "l", "a"); err != nil { // now it is sent
			return err
		}
		go func() {
			ended <- q.db.Atomically(t.Context(), func(ctx context.Context) error {
				runs++
				return add("m:2", "l:3", "m:4")(ctx)
			})
		}()
		for waiting := 0; waiting == 0; {
			if _, err := q.db.one(t.Context(), `SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`, nil, &waiting); err != nil {
				return err
			}
		}
		return nil
	})
	if err := <-ended; err != nil || runs != 2 {
		t.Errorf("%d runs, %v", runs, err)
	}
	for _, want := range []string{"1 2", "3 4", ""} {
		claims := bench.claim(t, 10)
		if got := keys(claims); got != want {
			t.Errorf("claimed %q, want %q", got, want)
		}
		bench.finished(t, claims...)
	}
	bench.want(t, "0 lanes, 0 ready, 4 done, 0 dead")
}

// Adding costs no waiting of its own, however many items there are.
func TestAddingWaitsForNothing(t *testing.T) {
	t.Parallel()
	q := onPostgres(t).Work()
	got := trips(t, q.db, func(ctx context.Context, run string) error {
		return q.Add(ctx, item("a", "l", "1"+run), item("a", "m", "2"+run), item("a", "l", "3"+run), item("b", "", "4"+run))
	})
	if got != 1 {
		t.Errorf("%d round trips", got)
	}
}
