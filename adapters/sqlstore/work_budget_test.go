package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/work"
)

func paced(budget, lane, key string) work.Item {
	it := item("a", lane, key)
	it.Budget = budget
	return it
}

func TestABudgetKeepsItsPace(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 4 {
			q.add(t, paced("slow", "", fmt.Sprint("s", i)))
			q.clock.step(time.Millisecond)
		}
		q.add(t, item("a", "", "free"))
		first := q.claim(t, 10)
		if got := keys(first); got != "free s0" {
			t.Fatal(got)
		}
		q.finished(t, first...)
		if got := q.claim(t, 10); len(got) > 0 {
			t.Fatal("too fast:", keys(got))
		}
		for i := 1; i < 4; i++ {
			q.clock.step(time.Second)
			got := q.claim(t, 10)
			if keys(got) != fmt.Sprint("s", i) {
				t.Fatalf("after %d s: %q", i, keys(got))
			}
			q.finished(t, got...)
		}
	})
}

func TestABudgetsBurst(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 6 {
			q.add(t, paced("slow3", "", fmt.Sprint("s", i)))
		}
		for _, n := range []int{3, 1, 1, 1} {
			got := q.claim(t, 10)
			if len(got) != n {
				t.Fatalf("%d at once, want %d", len(got), n)
			}
			q.finished(t, got...)
			q.clock.step(time.Second)
		}
	})
}

// What a service has asked for holds all of the budget, in whichever lane, and no other.
func TestAHoldStopsABudget(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 5 {
			q.add(t, paced("api", "", fmt.Sprint("held", i)))
		}
		q.add(t, paced("other", "", "other1"), paced("other", "", "other2"))
		var refused work.Claim
		for _, c := range q.claim(t, 7) {
			if c.Key != "held0" {
				q.end(t, work.Interrupted, time.Time{}, c)
				continue
			}
			refused = c
		}
		until := q.clock.now().Add(30 * time.Second)
		q.tx(t, func(ctx context.Context) error {
			lost, err := q.Settle(ctx, work.Outcome{Claim: refused, End: work.Postponed, Due: until, Cause: "429", Hold: true})
			if len(lost) > 0 {
				t.Error("lost", lost)
			}
			return err
		})
		got := q.claim(t, 10)
		if keys(got) != "other1 other2" {
			t.Fatal(keys(got))
		}
		q.finished(t, got...)
		q.clock.step(29 * time.Second)
		if got := q.claim(t, 10); len(got) > 0 {
			t.Fatal("not held:", keys(got))
		}
		q.clock.step(1 * time.Second)
		n := 0
		for range 3 { // they come back one after the other, within the second
			got := q.claim(t, 10)
			n += len(got)
			q.finished(t, got...)
			q.clock.step(time.Second)
		}
		if n != 5 {
			t.Errorf("%d came back", n)
		}
	})
}

// Many workers share one budget: together they keep its pace.
func TestABudgetFromManyGoroutines(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 64 {
			q.add(t, paced("slow3", "", fmt.Sprint(i)))
		}
		for round, most := range []int32{3, 1, 1} {
			var took atomic.Int32
			var wg sync.WaitGroup
			for i := range 32 {
				wg.Go(func() {
					err := q.db.Atomically(t.Context(), func(ctx context.Context) error {
						got, err := q.Claim(ctx, work.Want{Owner: fmt.Sprint("w", i), Lease: time.Hour, Most: 2, Rate: testRate, Room: []work.Room{{Kind: "a", N: 2}}})
						if err == nil {
							q.db.AfterCommit(ctx, func() { took.Add(int32(len(got))) })
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := took.Load(); n != most {
				t.Errorf("round %d: %d, want %d", round, n, most)
			}
			q.clock.step(time.Second)
		}
	})
}
