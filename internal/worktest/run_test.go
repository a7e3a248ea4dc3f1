package worktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/work"
	"guildhall/jobs"
)

// Three programs with many workers each, while 32 goroutines add: everything is worked once, and
// what one goroutine added to a lane comes in that order.
func TestManyProgramsWorkInOrder(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		const adders, each, lanes = 32, 8, 5
		var mu sync.Mutex
		order := map[string][]int{}
		all := make(chan struct{})
		left := adders * each
		begun := func(it work.Item) {
			var adder, n int
			if _, err := fmt.Sscanf(it.Key, "%d-%d", &adder, &n); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			name := fmt.Sprint(adder, " in ", it.Lane)
			order[name] = append(order[name], n)
		}
		ended := func() {
			mu.Lock()
			defer mu.Unlock()
			if left--; left == 0 {
				close(all)
			}
		}
		run := func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			begun(it) // the next of its lane begins after this one's commit, but perhaps before we hear of that
			return func(ctx context.Context) error { h.db.AfterCommit(ctx, ended); return nil }, nil
		}
		for range 3 {
			h.start(h.runner(jobs.Options{Kinds: []work.Kind{outside("a", run), {Name: "b", Run: run}}, Now: time.Now}))
		}
		var adding sync.WaitGroup
		for a := range adders {
			adding.Go(func() {
				for n := range each {
					it := item([]string{"a", "b"}[n%2], fmt.Sprint("lane", (a+n)%lanes), fmt.Sprintf("%d-%d", a, n))
					err := h.db.Atomically(t.Context(), func(ctx context.Context) error { return h.db.Work().Add(ctx, it) })
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		adding.Wait()
		await(t, all)
		n := 0
		for name, list := range order {
			n += len(list)
			if !slices.IsSorted(list) || len(slices.Compact(list)) != len(list) {
				t.Errorf("%s: %v", name, list)
			}
		}
		if n != adders*each {
			t.Errorf("%d were worked", n)
		}
	})
}

func TestAKindKeepsItsLimit(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		var at, most, ended atomic.Int32
		all := make(chan struct{})
		one := outside("one", func(context.Context, work.Item) (func(context.Context) error, error) {
			if n := at.Add(1); n > most.Load() {
				most.Store(n)
			}
			at.Add(-1)
			if ended.Add(1) == 10 {
				close(all)
			}
			return nil, nil
		})
		one.Limit = 1
		// All of the other kind wait for each other: they must run at once.
		var together sync.WaitGroup
		together.Add(5)
		other := outside("five", func(context.Context, work.Item) (func(context.Context) error, error) {
			together.Done()
			together.Wait()
			return nil, nil
		})
		for i := range 10 {
			h.add(item("one", "", fmt.Sprint("o", i)))
		}
		for i := range 5 {
			h.add(item("five", "", fmt.Sprint("f", i)))
		}
		h.start(h.runner(jobs.Options{Kinds: []work.Kind{one, other}, Workers: 6}))
		met := make(chan struct{})
		go func() { together.Wait(); close(met) }()
		await(t, all)
		await(t, met)
		if most.Load() != 1 {
			t.Errorf("%d at once", most.Load())
		}
	})
}

// A worker that was away too long finds its lane taken: what it writes is refused.
func TestALateProgramWritesNothing(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		kind := func(name string, wait bool) work.Kind {
			k := outside("a", func(context.Context, work.Item) (func(context.Context) error, error) {
				if wait {
					close(begun)
					<-goOn
				}
				return func(ctx context.Context) error {
					first, err := h.db.Desk().Once(ctx, 0, "written", h.now())
					if first {
						h.db.AfterCommit(ctx, func() { h.note("%s", name) })
					}
					return err
				}, nil
			})
			k.Limit = 1 // else it would take its own lane over
			return k
		}
		watch := &observed{ends: make(chan string, 10)}
		late := h.runner(jobs.Options{Kinds: []work.Kind{kind("late", true)}, Observer: watch})
		h.add(item("a", "l", "1"))
		stop := h.start(late)
		await(t, begun)
		h.step(10 * time.Second) // its lease runs out
		h.drain(h.runner(jobs.Options{Kinds: []work.Kind{kind("other", false)}}))
		close(goOn)
		if got := await(t, watch.ends); got != "failed, lost: true" {
			t.Error(got)
		}
		stop()
		if got := h.notes(); got != "other" {
			t.Error(got)
		}
	})
}

type observed struct{ ends chan string }

func (o *observed) Worked(_ string, end work.End, lost bool, _, _ time.Duration) {
	o.ends <- fmt.Sprintf("%s, lost: %v", end, lost)
}

// What was done outside is kept even when the handler's time ran out while it was done.
func TestWhatIsDoneIsFinishedThoughItsTimeIsOver(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		k := outside("a", func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			<-ctx.Done() // it was just sending
			h.note("%s", it.Key)
			return nil, nil
		})
		k.Timeout = 10 * time.Millisecond
		r := h.runner(jobs.Options{Kinds: []work.Kind{k}})
		h.add(item("a", "", "1"))
		h.drain(r)
		h.step(time.Hour)
		h.drain(r)
		if got := h.notes(); got != "1" || h.waiting() != 0 {
			t.Errorf("%q, %d wait", got, h.waiting())
		}
	})
}

// A lane that somebody took and never gave back is taken over within seconds.
func TestAKilledProgramsLanesAreTakenOver(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		w := h.db.Work()
		h.at.Store(time.Now().UnixMicro())
		h.add(item("a", "l", "1"), item("a", "l", "2"))
		const lease = 300 * time.Millisecond
		err := h.db.Atomically(t.Context(), func(ctx context.Context) error {
			got, err := w.Claim(ctx, work.Want{Owner: "killed", Lease: lease, Most: 1, Room: []work.Room{{Kind: "a", N: 1}}})
			if err == nil && len(got) != 1 {
				return errors.New("nothing to claim")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		ran := make(chan work.Item, 2)
		r := h.runner(jobs.Options{Kinds: []work.Kind{outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			ran <- it
			return nil, nil
		})}, Now: time.Now, Poll: time.Hour})
		h.start(r)
		if it := await(t, ran); it.Key != "1" || it.Attempt != 2 {
			t.Errorf("%+v", it)
		}
		if took := time.Since(begun); took > lease+10*time.Second {
			t.Errorf("it took %v", took)
		}
		if it := await(t, ran); it.Key != "2" || it.Attempt != 1 {
			t.Errorf("%+v", it)
		}
	})
}

// While its handler runs, an item stays ours however long that takes.
func TestLeasesAreRenewed(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		begun, goOn := make(chan struct{}), make(chan struct{})
		watch := &observed{ends: make(chan string, 10)}
		h.add(item("a", "l", "1"))
		h.start(h.runner(jobs.Options{Lease: 300 * time.Millisecond, Observer: watch, Kinds: []work.Kind{
			outside("a", func(context.Context, work.Item) (func(context.Context) error, error) {
				close(begun)
				<-goOn
				return nil, nil
			})}}))
		await(t, begun)
		other := h.runner(jobs.Options{Kinds: []work.Kind{outside("a", func(context.Context, work.Item) (func(context.Context) error, error) {
			h.note("taken over")
			return nil, nil
		})}})
		// The clock of the leases goes on by less than a lease, for as many times as it was renewed.
		for range 5 {
			w := h.work()
			before, err := w.NextDue(t.Context(), "a")
			if err != nil {
				t.Fatal(err)
			}
			h.step(200 * time.Millisecond)
			for deadline := time.Now().Add(20 * time.Second); ; {
				after, err := w.NextDue(t.Context(), "a")
				if err != nil || time.Now().After(deadline) {
					t.Fatal("not renewed", err)
				}
				if after.After(before) {
					break
				}
			}
			h.drain(other)
		}
		close(goOn)
		if got := await(t, watch.ends); got != "finished, lost: false" || h.notes() != "" {
			t.Error(got)
		}
	})
}

func TestStoppingWaitsAndThenInterrupts(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		begun, goOn := make(chan struct{}, 2), make(chan struct{})
		k := outside("a", func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			begun <- struct{}{}
			if it.Key == "quick" {
				<-goOn
				return nil, nil
			}
			<-ctx.Done()
			return nil, context.Cause(ctx)
		})
		h.add(item("a", "", "quick"), item("a", "", "slow"))
		stop := h.start(h.runner(jobs.Options{Kinds: []work.Kind{k}, Grace: 200 * time.Millisecond}))
		await(t, begun)
		await(t, begun)
		stopped := make(chan struct{})
		go func() { stop(); close(stopped) }()
		close(goOn)
		await(t, stopped)
		// The quick one has ended by itself; the slow one comes again at once.
		var again []string
		h.drain(h.runner(jobs.Options{Kinds: []work.Kind{outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			again = append(again, fmt.Sprint(it.Key, " at ", it.Attempt))
			return nil, nil
		})}}))
		if len(again) != 1 || again[0] != "slow at 2" {
			t.Error(again)
		}
	})
}
