package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/work"
)

// workClock stands until it is told to go on.
type workClock struct{ at atomic.Int64 }

func newWorkClock() *workClock {
	c := &workClock{}
	c.at.Store(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
	return c
}

func (c *workClock) now() time.Time       { return instant(c.at.Load()) }
func (c *workClock) step(d time.Duration) { c.at.Add(d.Microseconds()) }

// workBench is a queue with a clock.
type workBench struct {
	Work
	clock *workClock
}

func eachQueue(t *testing.T, test func(t *testing.T, q workBench)) {
	t.Helper()
	eachEngine(t, func(t *testing.T, db *DB) {
		clock := newWorkClock()
		test(t, workBench{db.Work().WithClock(clock.now), clock})
	})
}

func (q workBench) tx(t *testing.T, fn func(ctx context.Context) error) {
	t.Helper()
	if err := q.db.Atomically(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func (q workBench) add(t *testing.T, items ...work.Item) {
	t.Helper()
	q.tx(t, func(ctx context.Context) error { return q.Add(ctx, items...) })
}

// claimFor claims up to n items of the kinds a and b.
func (q workBench) claimFor(t *testing.T, owner string, n int) (out []work.Claim) {
	t.Helper()
	q.tx(t, func(ctx context.Context) (err error) {
		out, err = q.Claim(ctx, testWant(owner, n))
		return err
	})
	return out
}

// testWant wants up to n items of the kinds a and b for ten seconds.
func testWant(owner string, n int) work.Want {
	return work.Want{Owner: owner, Lease: 10 * time.Second, Most: n, Rate: testRate, Room: []work.Room{{Kind: "a", N: n}, {Kind: "b", N: n}}}
}

func (q workBench) claim(t *testing.T, n int) []work.Claim {
	t.Helper()
	return q.claimFor(t, "me", n)
}

// testRate is one a second for budgets that begin with "slow", with a burst of three for "slow3".
func testRate(budget string) work.Rate {
	r := work.Rate{}
	if strings.HasPrefix(budget, "slow") {
		r.Every = time.Second
	}
	if budget == "slow3" {
		r.Burst = 3
	}
	return r
}

// end settles claims and returns what was lost.
func (q workBench) end(t *testing.T, end work.End, due time.Time, claims ...work.Claim) (lost []int64) {
	t.Helper()
	q.tx(t, func(ctx context.Context) (err error) {
		var all []work.Outcome
		for _, c := range claims {
			all = append(all, work.Outcome{Claim: c, End: end, Due: due, Cause: "because\x00\xff"})
		}
		lost, err = q.Settle(ctx, all...)
		return err
	})
	return lost
}

func (q workBench) finished(t *testing.T, claims ...work.Claim) {
	t.Helper()
	if lost := q.end(t, work.Finished, time.Time{}, claims...); len(lost) > 0 {
		t.Fatalf("lost %v", lost)
	}
}

// counts says how many lanes there are, and how many items in each state.
func (q workBench) counts(t *testing.T) string {
	t.Helper()
	var lanes, ready, done, dead int
	_, err := q.db.one(t.Context(), `SELECT (SELECT COUNT(*) FROM lane), (SELECT COUNT(*) FROM work WHERE state = 'ready'),
		(SELECT COUNT(*) FROM work WHERE state = 'done'), (SELECT COUNT(*) FROM work WHERE state = 'dead')`, nil, &lanes, &ready, &done, &dead)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%d lanes, %d ready, %d done, %d dead", lanes, ready, done, dead)
}

func (q workBench) want(t *testing.T, counts string) {
	t.Helper()
	if got := q.counts(t); got != counts {
		t.Errorf("%s; want %s", got, counts)
	}
}

func keys(claims []work.Claim) string {
	var out []string
	for _, c := range claims {
		out = append(out, c.Key)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func item(kind, lane, key string) work.Item {
	return work.New(kind, lane, key, map[string]string{"for": key})
}

func TestWorkComesInOrder(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l1", "1"), item("b", "l1", "2"), item("a", "l2", "3"), item("a", "", "4"))
		first := q.claim(t, 10)
		if got := keys(first); got != "1 3 4" {
			t.Fatalf("first %s", got)
		}
		for _, c := range first {
			var body map[string]string
			if err := c.Read(&body); err != nil || body["for"] != c.Key || c.Attempt != 1 || !c.Added.Equal(q.clock.now()) || !c.Due.Equal(q.clock.now()) {
				t.Errorf("%+v, %v", c, err)
			}
		}
		if got := keys(q.claimFor(t, "other", 10)); got != "" {
			t.Errorf("claimed twice: %s", got)
		}
		q.finished(t, first...)
		q.want(t, "1 lanes, 1 ready, 3 done, 0 dead")
		second := q.claim(t, 10)
		if got := keys(second); got != "2" {
			t.Fatalf("second %s", got)
		}
		q.finished(t, second...)
		q.want(t, "0 lanes, 0 ready, 4 done, 0 dead")
	})
}

func TestWhatWaitsInALaneIsKnown(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		wants := func(want bool, of int64, lane, kind string) {
			t.Helper()
			if got, err := q.Waits(t.Context(), of, lane, kind); err != nil || got != want {
				t.Errorf("%d %s %s: %v, %v", of, lane, kind, got, err)
			}
		}
		wants(false, 0, "l", "b")
		q.add(t, item("a", "l", "1"), item("b", "l", "2"))
		wants(true, 0, "l", "b")
		wants(false, 0, "m", "b")
		wants(false, 0, "l", "c")
		wants(false, 7, "l", "b")
		q.finished(t, q.claim(t, 10)...)
		wants(false, 0, "l", "a")
		second := q.claim(t, 10)
		wants(true, 0, "l", "b") // begun is not ended
		q.finished(t, second...)
		wants(false, 0, "l", "b")
	})
}

func TestWorkIsAddedOnce(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		later := item("b", "l9", "1").At(q.clock.now().Add(time.Hour))
		q.add(t, item("a", "l1", "1"))
		q.add(t, later, item("a", "l9", "2"))
		q.add(t, item("a", "l1", "1"), item("a", "l1", "1"), item("a", "l8", "1"))
		q.add(t, item("a", "l1", "1").In(7)) // another community's
		q.want(t, "3 lanes, 3 ready, 0 done, 0 dead")
		got := q.claim(t, 10)
		if keys(got) != "1 1 2" {
			t.Fatal(keys(got))
		}
		q.finished(t, got...)
		q.add(t, item("a", "l1", "1"), later)
		q.want(t, "0 lanes, 0 ready, 3 done, 0 dead")
	})
}

func TestWorkWaitsUntilItIsDue(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		hour := q.clock.now().Add(time.Hour)
		q.add(t, item("a", "l", "1").At(hour))
		q.add(t, item("a", "l", "2")) // stands behind it
		next, err := q.NextDue(t.Context(), "a", "b")
		if err != nil || !next.Equal(hour) {
			t.Fatal(next, err)
		}
		if got := q.claim(t, 10); len(got) > 0 {
			t.Fatal(keys(got))
		}
		q.clock.step(time.Hour)
		q.finished(t, q.claim(t, 10)...)
		if got := keys(q.claim(t, 10)); got != "2" {
			t.Error(got)
		}
		if next, err = q.NextDue(t.Context(), "b"); err != nil || !next.IsZero() {
			t.Error(next, err)
		}
	})
}

func TestClaimTakesWhatThereIsRoomFor(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 5 {
			q.add(t, item("a", "", fmt.Sprint("a", i)), item("b", "", fmt.Sprint("b", i)), item("unknown", "", fmt.Sprint("u", i)))
			q.clock.step(time.Second)
		}
		claim := func(most, a, b int) (out []work.Claim) {
			q.tx(t, func(ctx context.Context) (err error) {
				out, err = q.Claim(ctx, work.Want{Owner: "me", Lease: time.Minute, Most: most, Room: []work.Room{{Kind: "a", N: a}, {Kind: "b", N: b}}})
				return err
			})
			return out
		}
		if got := keys(claim(10, 2, 0)); got != "a0 a1" {
			t.Error(got)
		}
		if got := keys(claim(2, 5, 5)); got != "b0 b1" {
			t.Error(got)
		}
		if got := keys(claim(0, 5, 5)); got != "" {
			t.Error(got)
		}
		if got := keys(claim(10, 9, 9)); got != "a2 a3 a4 b2 b3 b4" {
			t.Error(got)
		}
		q.want(t, "15 lanes, 15 ready, 0 done, 0 dead")
	})
}

func TestFailedWorkComesAgainAndCounts(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l", "1"), item("a", "l", "2"))
		due := q.clock.now().Add(time.Minute)
		q.end(t, work.Failed, due, q.claim(t, 1)...)
		if got := q.claim(t, 10); len(got) > 0 {
			t.Fatal("not in order or too early:", keys(got))
		}
		q.clock.step(time.Minute)
		got := q.claim(t, 1)
		if keys(got) != "1" || got[0].Attempt != 2 {
			t.Fatal(keys(got), got[0].Attempt)
		}
		q.end(t, work.Postponed, q.clock.now().Add(time.Minute), got...)
		q.clock.step(time.Minute)
		got = q.claim(t, 1)
		if keys(got) != "1" || got[0].Attempt != 2 {
			t.Fatal(keys(got), got[0].Attempt)
		}
		q.end(t, work.Died, time.Time{}, got...)
		q.want(t, "1 lanes, 1 ready, 0 done, 1 dead")
		if got := keys(q.claim(t, 1)); got != "2" {
			t.Error("the lane did not go on:", got)
		}
		dead, err := q.Dead(t.Context(), 0, 10)
		if err != nil || len(dead) != 1 || dead[0].Key != "1" || dead[0].Attempt != 2 || dead[0].Cause != "because\u2400\uFFFD" || string(dead[0].Body) != `{"for":"1"}` {
			t.Fatalf("%+v, %v", dead, err)
		}
	})
}

func TestDeadWorkIsReplayed(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l", "1").In(3), item("a", "l", "2").In(3), item("a", "l", "3").In(3))
		for range 2 {
			q.end(t, work.Died, time.Time{}, q.claim(t, 1)...)
		}
		dead, err := q.Dead(t.Context(), 3, 10)
		if err != nil || len(dead) != 2 || dead[0].Key != "2" {
			t.Fatalf("%+v, %v", dead, err)
		}
		if other, err := q.Dead(t.Context(), 4, 10); err != nil || len(other) > 0 {
			t.Errorf("%+v, %v", other, err)
		}
		var n int
		replay := func(of int64) {
			q.tx(t, func(ctx context.Context) (err error) {
				n, err = q.Replay(ctx, of, dead[0].ID, dead[1].ID, 999)
				return err
			})
		}
		if replay(4); n != 0 {
			t.Error("another community's were replayed")
		}
		if replay(3); n != 2 {
			t.Error(n)
		}
		var order []string
		for range 3 {
			c := q.claim(t, 1)
			order = append(order, fmt.Sprint(c[0].Key, " at ", c[0].Attempt))
			q.finished(t, c...)
		}
		if got := strings.Join(order, ", "); got != "3 at 1, 1 at 2, 2 at 2" {
			t.Error(got)
		}
		q.want(t, "0 lanes, 0 ready, 3 done, 0 dead")
	})
}

func TestALateWorkerIsLost(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l", "1"), item("a", "l", "2"))
		late := q.claimFor(t, "late", 1)
		q.clock.step(9 * time.Second)
		var lost []int64
		q.tx(t, func(ctx context.Context) (err error) {
			lost, err = q.Renew(ctx, q.clock.now().Add(10*time.Second), late...)
			return err
		})
		if len(lost) > 0 {
			t.Fatal("lost what it had:", lost)
		}
		q.clock.step(9 * time.Second)
		if got := q.claim(t, 1); len(got) > 0 {
			t.Fatal("taken in spite of the renewed lease")
		}
		q.clock.step(time.Second)
		took := q.claim(t, 1)
		if keys(took) != "1" || took[0].Attempt != 2 || took[0].Fence <= late[0].Fence {
			t.Fatalf("%+v", took)
		}
		q.tx(t, func(ctx context.Context) (err error) {
			lost, err = q.Renew(ctx, q.clock.now().Add(time.Hour), late...)
			return err
		})
		if len(lost) != 1 {
			t.Error("it could renew what another has")
		}
		for _, end := range []work.End{work.Finished, work.Failed, work.Died, work.Interrupted} {
			if lost := q.end(t, end, q.clock.now(), late...); len(lost) != 1 {
				t.Error("it could end what another has as", end)
			}
		}
		q.want(t, "1 lanes, 2 ready, 0 done, 0 dead")
		q.finished(t, took...)
		if lost := q.end(t, work.Finished, time.Time{}, took...); len(lost) != 1 {
			t.Error("ended twice")
		}
		if got := keys(q.claim(t, 1)); got != "2" {
			t.Error(got)
		}
		// The lane is gone and there again: an old claim of it is still worth nothing.
		q.clock.step(time.Hour)
		q.finished(t, q.claim(t, 1)...)
		q.add(t, item("a", "l", "3"))
		q.claimFor(t, "late", 1)
		if lost := q.end(t, work.Finished, time.Time{}, late...); len(lost) != 1 {
			t.Error("an old claim was taken for a new one")
		}
	})
}

func TestInterruptedWorkComesAtOnceAndCounts(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "l", "1"))
		q.end(t, work.Interrupted, time.Time{}, q.claim(t, 1)...)
		got := q.claim(t, 1)
		if keys(got) != "1" || got[0].Attempt != 2 {
			t.Fatalf("%+v", got)
		}
		// A service that says "later" after that did not get it, but who knows about the first time.
		q.end(t, work.Postponed, q.clock.now(), got...)
		if got = q.claim(t, 1); got[0].Attempt != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestDrop(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		drop := func(keys ...string) {
			q.tx(t, func(ctx context.Context) error { return q.Drop(ctx, 0, keys...) })
		}
		hour := q.clock.now().Add(time.Hour)
		q.add(t, item("a", "l", "1").At(hour), item("b", "l", "2"), item("a", "m", "3"), item("a", "n", "4"))
		q.end(t, work.Died, time.Time{}, q.claim(t, 2)...) // 3 and 4
		q.add(t, item("a", "o", "5"), item("a", "o", "6"))
		running := q.claim(t, 1)
		drop("1", "3", "5", "6", "nothing")
		q.want(t, "2 lanes, 2 ready, 0 done, 1 dead") // 2 is first in its lane now, 5 runs, 4 is dead
		if got := keys(q.claim(t, 9)); got != "2" {
			t.Error(got)
		}
		q.finished(t, running...)
		q.want(t, "1 lanes, 1 ready, 1 done, 1 dead")
		drop("5", "4")
		q.want(t, "1 lanes, 1 ready, 1 done, 0 dead")
		// What was dropped can be added again, what was done cannot.
		q.add(t, item("a", "l", "1"), item("a", "l", "5"))
		q.want(t, "1 lanes, 2 ready, 1 done, 0 dead")
	})
}

func TestFinishKey(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		finish := func(key string, want bool) {
			t.Helper()
			if done, err := q.FinishKey(t.Context(), 0, key); err != nil || done != want {
				t.Errorf("%s: %v, %v", key, done, err)
			}
		}
		q.add(t, item("a", "l", "1").At(q.clock.now().Add(5*time.Second)), item("a", "l", "2"), item("a", "l", "3"))
		finish("1", true)
		finish("1", false)
		finish("nothing", false)
		got := q.claim(t, 1)
		if keys(got) != "2" {
			t.Fatal("the lane did not go on:", keys(got))
		}
		finish("2", false) // a worker is at it
		finish("3", true)  // behind it
		q.end(t, work.Failed, q.clock.now().Add(time.Hour), got...)
		finish("2", true) // waits for another try
		q.want(t, "0 lanes, 0 ready, 3 done, 0 dead")

		// A worker whose lease is over does not count as being at it, and comes too late.
		q.add(t, item("a", "l", "4"))
		got = q.claim(t, 1)
		q.clock.step(11 * time.Second)
		finish("4", true)
		if lost := q.end(t, work.Finished, time.Time{}, got...); len(lost) != 1 {
			t.Error("ended twice")
		}
		q.add(t, item("a", "l", "5"))
		q.end(t, work.Died, time.Time{}, q.claim(t, 1)...)
		finish("5", false)
	})
}

// Of those who would finish an item and those who would claim it exactly one succeeds.
func TestFinishKeyAgainstClaim(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		for i := range 25 {
			key := fmt.Sprint(i)
			q.add(t, item("a", "l", key))
			var finished, claimed atomic.Int32
			var wg sync.WaitGroup
			for j := range 8 {
				wg.Go(func() {
					if j%2 == 0 {
						done, err := q.FinishKey(t.Context(), 0, key)
						if err != nil {
							t.Error(err)
						}
						if done {
							finished.Add(1)
						}
						return
					}
					err := q.db.Atomically(t.Context(), func(ctx context.Context) error {
						got, err := q.Claim(ctx, work.Want{Owner: fmt.Sprint(j), Lease: time.Second, Most: 1, Room: []work.Room{{Kind: "a", N: 1}}})
						if err == nil && len(got) == 1 {
							q.db.AfterCommit(ctx, func() { claimed.Add(1) })
						}
						return err
					})
					if err != nil {
						t.Error(err)
					}
				})
			}
			wg.Wait()
			if n := finished.Load() + claimed.Load(); n != 1 {
				t.Fatalf("%d: %d finished it, %d claimed it", i, finished.Load(), claimed.Load())
			}
			q.clock.step(time.Second)
			for _, c := range q.claim(t, 1) {
				q.finished(t, c)
			}
		}
		q.want(t, "0 lanes, 0 ready, 25 done, 0 dead")
	})
}

// Many add and many claim at once: each item is done once, none is left behind, and what one
// goroutine added to a lane one after the other is done in that order.
func TestWorkFromManyGoroutines(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		const adders, each, lanes = 16, 20, 4
		var mu sync.Mutex
		done := map[string]int{}
		order := map[string][]int{}
		var workers, adding sync.WaitGroup
		var stop atomic.Bool
		for i := range 16 {
			owner := fmt.Sprint("w", i)
			workers.Go(func() {
				for {
					last := stop.Load()
					var got []work.Claim
					err := q.db.Atomically(t.Context(), func(ctx context.Context) (err error) {
						got, err = q.Claim(ctx, work.Want{Owner: owner, Lease: time.Hour, Most: 3, Room: []work.Room{{Kind: "a", N: 3}}})
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					q.clock.step(time.Millisecond) // lanes that were put off a little come again
					if len(got) == 0 && last && strings.HasPrefix(q.counts(t), "0 lanes, 0 ready") {
						return
					}
					mu.Lock()
					for _, c := range got {
						var adder, n int
						if _, err := fmt.Sscanf(c.Key, "%d-%d", &adder, &n); err != nil {
							t.Error(err)
						}
						done[c.Key]++
						order[fmt.Sprint(adder, c.Item.Lane)] = append(order[fmt.Sprint(adder, c.Item.Lane)], n)
					}
					mu.Unlock()
					var all []work.Outcome
					for _, c := range got {
						all = append(all, work.Outcome{Claim: c})
					}
					err = q.db.Atomically(t.Context(), func(ctx context.Context) error {
						lost, err := q.Settle(ctx, all...)
						if len(lost) > 0 {
							return fmt.Errorf("lost %v", lost)
						}
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		for a := range adders {
			adding.Go(func() {
				for n := range each {
					lane := fmt.Sprint("l", rand.IntN(lanes))
					err := q.db.Atomically(t.Context(), func(ctx context.Context) error {
						if err := q.Add(ctx, item("a", lane, fmt.Sprintf("%d-%d", a, n))); err != nil {
							return err
						}
						if n%5 == 0 {
							return q.Add(ctx, item("a", fmt.Sprint("l", rand.IntN(lanes)), fmt.Sprintf("%d-%d", a, n)))
						}
						return nil
					})
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		adding.Wait()
		stop.Store(true)
		workers.Wait()
		if len(done) != adders*each {
			t.Errorf("%d of %d were done", len(done), adders*each)
		}
		for key, n := range done {
			if n != 1 {
				t.Errorf("%s was done %d times", key, n)
			}
		}
		for of, list := range order {
			if !slices.IsSorted(list) {
				t.Errorf("%s: %v", of, list)
			}
		}
		q.want(t, fmt.Sprintf("0 lanes, 0 ready, %d done, 0 dead", adders*each))
	})
}

// Somebody adds to a lane while its last item is finished; the addition is committed only after.
func TestNoWakeUpIsLost(t *testing.T) {
	t.Parallel()
	db := openTest(t, freshAddress(t, Postgres))
	clock := newWorkClock()
	q := workBench{db.Work().WithClock(clock.now), clock}
	for _, next := range []string{"nothing", "later"} {
		t.Run(next, func(t *testing.T) {
			q.add(t, item("a", "l", "1"+next))
			got := q.claim(t, 1)
			var added work.Item
			q.tx(t, func(ctx context.Context) error {
				added = item("a", "l", "2"+next)
				if err := errors.Join(q.Add(ctx, added), q.flush(ctx)); err != nil {
					return err
				}
				if _, err := q.Waits(ctx, 0, "l", "a"); err != nil { // now it is sent
					return err
				}
				if next == "later" { // what comes next in the lane as others see it is not due for long
					q.add(t, item("a", "l", "3"+next).At(clock.now().Add(time.Hour)))
				}
				q.finished(t, got...) // in a transaction of its own, which does not see the addition
				return nil
			})
			clock.step(recheck)
			if got = q.claim(t, 1); keys(got) != added.Key {
				t.Fatalf("%q; %s", keys(got), q.counts(t))
			}
			q.finished(t, got...)
		})
	}
}

func TestNamesThatNoEngineLikes(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		hostile := []string{"", "\x00", "a\xffb", strings.Repeat("è", 5000), strings.Repeat("è", 5000) + "2", "'; DROP TABLE work; --", "$1"}
		for _, s := range hostile {
			it := item("a", s, s)
			it.Body = []byte(`"` + s + `"`)
			q.add(t, it, it)
			q.add(t, it)
		}
		q.want(t, "7 lanes, 7 ready, 0 done, 0 dead")
		for _, s := range hostile[:6] {
			if done, err := q.FinishKey(t.Context(), 0, s); err != nil || !done {
				t.Errorf("%.20q: %v, %v", s, done, err)
			}
		}
		q.tx(t, func(ctx context.Context) error { return q.Drop(ctx, 0, hostile...) })
		q.want(t, "0 lanes, 0 ready, 6 done, 0 dead")
	})
}

func TestSweep(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		sweep := func() {
			q.tx(t, func(ctx context.Context) error {
				more, err := q.Sweep(ctx, q.clock.now().Add(-time.Hour), q.clock.now().Add(-3*time.Hour))
				if more {
					t.Error("there is more?")
				}
				return err
			})
		}
		q.add(t, item("a", "", "1"), item("b", "", "2"))
		q.add(t, item("b", "", "3").At(q.clock.now().Add(24*time.Hour)))
		for _, c := range q.claim(t, 9) {
			q.end(t, map[string]work.End{"1": work.Finished, "2": work.Died}[c.Key], time.Time{}, c)
		}
		sweep()
		q.want(t, "1 lanes, 1 ready, 1 done, 1 dead")
		q.clock.step(2 * time.Hour)
		sweep()
		q.want(t, "1 lanes, 1 ready, 0 done, 1 dead")
		q.clock.step(2 * time.Hour)
		sweep()
		q.want(t, "1 lanes, 1 ready, 0 done, 0 dead")
	})
}

func TestCounts(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.add(t, item("a", "", "1"), item("a", "", "2"), item("b", "", "3"), item("c", "", "4").At(q.clock.now().Add(time.Hour)))
		q.claim(t, 1)
		q.clock.step(5 * time.Second)
		got, err := q.Counts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var running int64
		for i := range got {
			running += got[i].Running
			got[i].Running = 0
			if got[i].Kind != "c" && got[i].Lag > 0 {
				got[i].Lag = 5 * time.Second
			}
		}
		want := []work.Count{{Kind: "a", Waiting: 2, Lag: 5 * time.Second}, {Kind: "b", Waiting: 1, Lag: 5 * time.Second}, {Kind: "c", Waiting: 1}}
		if running != 1 || len(got) != 3 || got[0] != want[0] || got[2] != want[2] {
			t.Errorf("%d running, %+v", running, got)
		}
	})
}

func TestAddNeedsATransactionAndGoesWithIt(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		err := q.db.Atomically(t.Context(), func(ctx context.Context) error {
			return errors.Join(q.Add(ctx, item("a", "l", "1")), errTest)
		})
		if !errors.Is(err, errTest) {
			t.Fatal(err)
		}
		q.want(t, "0 lanes, 0 ready, 0 done, 0 dead")
	})
}

// What is added waits for the end of the transaction, and goes with the savepoint it was added in.
func TestAddWithSavepoints(t *testing.T) {
	t.Parallel()
	eachQueue(t, func(t *testing.T, q workBench) {
		q.tx(t, func(ctx context.Context) error {
			if err := q.Add(ctx, item("a", "l", "kept1")); err != nil {
				return err
			}
			err := q.db.Savepoint(ctx, func(ctx context.Context) error {
				if err := q.Add(ctx, item("a", "l", "lost1")); err != nil {
					return err
				}
				_ = q.db.Savepoint(ctx, func(ctx context.Context) error { return q.Add(ctx, item("a", "l", "lost2")) })
				return errTest
			})
			if !errors.Is(err, errTest) {
				t.Error(err)
			}
			err = q.db.Savepoint(ctx, func(ctx context.Context) error {
				if err := q.Add(ctx, item("a", "l", "kept2")); err != nil {
					return err
				}
				_ = q.db.Savepoint(ctx, func(ctx context.Context) error { return errors.Join(q.Add(ctx, item("a", "l", "lost3")), errTest) })
				if err := q.Drop(ctx, 0, "kept1"); err != nil {
					return err
				}
				return q.Add(ctx, item("a", "l", "kept1"), item("a", "l", "dropped"))
			})
			return errors.Join(err, q.Drop(ctx, 0, "dropped"))
		})
		for _, want := range []string{"kept2", "kept1"} {
			got := q.claim(t, 9)
			if keys(got) != want {
				t.Fatalf("%q, want %q", keys(got), want)
			}
			q.finished(t, got...)
		}
		q.want(t, "0 lanes, 0 ready, 2 done, 0 dead")

		var old context.Context
		q.tx(t, func(ctx context.Context) error { old = ctx; return nil })
		if err := q.Add(old, item("a", "l", "late")); !errors.Is(err, sql.ErrTxDone) {
			t.Error("taken after the end:", err)
		}
	})
}
