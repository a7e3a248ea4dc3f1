package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// Those that come while others are being finished share the next transaction.
func TestItemsThatAreFinishedAtTheSameTime(t *testing.T) {
	t.Parallel()
	const many = 40
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range many {
			q.add(t, item("a", fmt.Sprint("l", i%30), fmt.Sprint(i)).In(int64(i%3)))
		}
		// Somebody has the first lane, so that the first one waits and the others gather behind it.
		var wg sync.WaitGroup
		var mu sync.Mutex
		ended := map[string]int{}
		finish := func(i int) {
			wg.Go(func() {
				done, err := q.FinishKey(t.Context(), int64(i%3), fmt.Sprint(i))
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if done {
					ended[fmt.Sprint(i)]++
				}
			})
		}
		before := q.db.Statements()
		q.tx(t, func(ctx context.Context) error {
			if _, err := q.db.exec(ctx, `UPDATE lane SET slot = 0 WHERE name = 'l0'`); err != nil {
				return err
			}
			finish(0)
			gathered(q, 0, true)
			for i := range many {
				finish(i)
				finish(i)
			}
			gathered(q, 2*many, true)
			return nil
		})
		wg.Wait()
		for i := range many {
			if n := ended[fmt.Sprint(i)]; n != 1 {
				t.Errorf("%d was ended %d times", i, n)
			}
		}
		if n := q.db.Statements() - before; n > 30 {
			t.Errorf("%d statements", n)
		}
		q.want(t, fmt.Sprintf("0 lanes, 0 ready, %d done, 0 dead", many))
	})
}

// gathered waits until so many wait to be finished.
func gathered(q workBench, n int, busy bool) {
	all := &q.db.finishes
	for {
		all.mu.Lock()
		ok := len(all.waiting) == n && all.busy == busy
		all.mu.Unlock()
		if ok {
			return
		}
		runtime.Gosched()
	}
}

func TestNobodyWaitsLongerToFinishThanTheyWant(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l", "1"))
		ctx, cancel := context.WithCancel(t.Context())
		q.tx(t, func(tx context.Context) error {
			if _, err := q.db.exec(tx, `UPDATE lane SET slot = 0`); err != nil {
				return err
			}
			failed := make(chan error)
			go func() { _, err := q.FinishKey(ctx, 0, "1"); failed <- err }()
			gathered(q, 0, true)
			cancel()
			if err := <-failed; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			return nil
		})
		gathered(q, 0, false)
		q.want(t, "0 lanes, 0 ready, 1 done, 0 dead")
	})
}
