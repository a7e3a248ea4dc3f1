package jobs

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"guildhall/core/work"
)

// Options are what a Runner is made of. What is zero has the default that is named.
type Options struct {
	Store    Store
	Kinds    []work.Kind
	Rate     func(budget string) work.Rate // nil: no budget has a pace of its own
	Workers  int                           // items that are worked at once: 16
	Limit    int                           // of a kind without its own: 8
	Attempts int                           // of a kind without its own: 20, which are two and a half hours
	Timeout  time.Duration                 // of a kind without its own: a minute
	Lease    time.Duration                 // how long after a kill others take its lanes: 8 s, so that with what comes on top it is not ten
	Poll     time.Duration                 // how often it looks without being told: 5 s
	Grace    time.Duration                 // for what runs when the context ends: 5 s
	Owner    string                        // unique among all that run: made up
	Now      func() time.Time
	Log      *slog.Logger
	Observer Observer
}

// Observer is told how each run ended, for metrics.
type Observer interface {
	// Worked: waited is how long the item could have been worked before it was, took how long its
	// handler ran. lost is true when another had taken it over, so that end was not written.
	Worked(kind string, end work.End, lost bool, waited, took time.Duration)
}

type noObserver struct{}

func (noObserver) Worked(string, work.End, bool, time.Duration, time.Duration) {}

// Runner works items of its kinds.
type Runner struct {
	Options
	kinds map[string]work.Kind
	spin  func() float64 // jitter, from 0 to 1

	mu     sync.Mutex
	active map[int64]*run // by lane
	busy   map[string]int // how many of each kind are worked
	bell   chan struct{}  // rung when there may be something to claim
}

// New makes a Runner. It fails, naming all faults at once, when a kind has no name or no handler,
// or when two have one name.
func New(o Options) (*Runner, error) {
	r := &Runner{Options: o, kinds: map[string]work.Kind{}, spin: spin, active: map[int64]*run{}, busy: map[string]int{}, bell: make(chan struct{}, 1)}
	r.Workers, r.Limit, r.Attempts = cmp.Or(r.Workers, 16), cmp.Or(r.Limit, 8), cmp.Or(r.Attempts, 20)
	r.Timeout, r.Lease = cmp.Or(r.Timeout, time.Minute), cmp.Or(r.Lease, 8*time.Second)
	r.Poll, r.Grace = cmp.Or(r.Poll, 5*time.Second), cmp.Or(r.Grace, 5*time.Second)
	r.Owner = cmp.Or(r.Owner, rand.Text())
	if r.Now == nil {
		r.Now = time.Now
	}
	if r.Log == nil {
		r.Log = slog.New(slog.DiscardHandler)
	}
	if r.Observer == nil {
		r.Observer = noObserver{}
	}
	var faults []error
	for _, k := range o.Kinds {
		switch _, twice := r.kinds[k.Name]; {
		case k.Name == "" || k.Run == nil:
			faults = append(faults, fmt.Errorf("kind %q has no name or no handler", k.Name))
		case twice:
			faults = append(faults, fmt.Errorf("two kinds are called %q", k.Name))
		}
		k.Limit, k.Attempts, k.Timeout = cmp.Or(k.Limit, r.Limit), cmp.Or(k.Attempts, r.Attempts), cmp.Or(k.Timeout, r.Timeout)
		r.kinds[k.Name] = k
	}
	return r, errors.Join(faults...)
}

// Run works items until ctx ends. What is being worked then has Grace to end by itself; after that
// it is interrupted and taken again, here or by another. Run is called once.
func (r *Runner) Run(ctx context.Context) {
	// The runs outlive ctx by Grace.
	runs, interrupt := context.WithCancelCause(context.WithoutCancel(ctx))
	defer interrupt(errStopped)
	var own, workers sync.WaitGroup
	aside, stop := context.WithCancel(runs)
	own.Go(func() { r.watch(ctx) })
	own.Go(func() { r.renew(aside) })
	r.claimAll(ctx, runs, &workers)

	ended := make(chan struct{})
	go func() { workers.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(r.Grace):
		interrupt(errStopped)
		<-ended // those that do not heed it are left behind
	}
	stop()
	own.Wait()
}

// errStopped ends runs when the program stops.
var errStopped = errors.New("the program is stopping")

// ring says that there may be something to claim.
func (r *Runner) ring() {
	select {
	case r.bell <- struct{}{}:
	default:
	}
}

// claimAll hands out work until ctx ends.
func (r *Runner) claimAll(ctx, runs context.Context, workers *sync.WaitGroup) {
	for ctx.Err() == nil {
		wait := r.idle(ctx)
		if wait <= 0 {
			claims, err := r.claim(ctx)
			if err != nil && ctx.Err() == nil {
				r.Log.Error("claim work", "error", err)
			}
			// Only now that they are committed are they ours.
			for _, c := range claims {
				run := r.begin(c)
				workers.Go(func() { r.work(runs, run); r.end(run) })
			}
			if len(claims) > 0 {
				continue
			}
			wait = soon // others have it
			if err != nil {
				wait = time.Second
			}
		}
		select {
		case <-ctx.Done():
		case <-r.bell:
		case <-time.After(wait):
		}
	}
}

// soon is the least time between two looks that found nothing.
const soon = 20 * time.Millisecond

// idle is how long there is nothing to claim, as far as is known; 0 or less when there is. It only
// reads: most of what wakes us is an answer that is due in some seconds, if it is not taken back.
func (r *Runner) idle(ctx context.Context) time.Duration {
	want, free := r.want()
	if free == 0 {
		return r.Poll // whoever ends rings
	}
	var kinds []string
	for _, room := range want.Room {
		kinds = append(kinds, room.Kind)
	}
	due, err := r.Store.NextDue(ctx, kinds...)
	switch {
	case err != nil:
		if ctx.Err() == nil {
			r.Log.Error("look for work", "error", err)
		}
		return time.Second
	case due.IsZero():
		return r.Poll
	}
	return min(r.Poll, due.Sub(r.Now()))
}

// want is what can be taken now, and how many that are at most.
func (r *Runner) want() (work.Want, int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	want := work.Want{Owner: r.Owner, Lease: r.Lease, Rate: r.Rate, Most: r.Workers}
	for _, n := range r.busy {
		want.Most -= n
	}
	room := 0
	for _, name := range slices.Sorted(maps.Keys(r.kinds)) {
		if n := r.kinds[name].Limit - r.busy[name]; n > 0 {
			want.Room = append(want.Room, work.Room{Kind: name, N: n})
			room += n
		}
	}
	return want, max(0, min(want.Most, room))
}

// claim takes what there is room for when its turn has come: others may have ended by then.
func (r *Runner) claim(ctx context.Context) (claims []work.Claim, err error) {
	err = r.Store.Atomically(ctx, func(ctx context.Context) (err error) {
		want, free := r.want()
		if claims = nil; free == 0 {
			return nil
		}
		claims, err = r.Store.Claim(ctx, want)
		return err
	})
	if err != nil {
		return nil, err
	}
	return claims, nil
}

func (r *Runner) begin(c work.Claim) *run {
	r.mu.Lock()
	defer r.mu.Unlock()
	run := &run{claim: c, kind: r.kinds[c.Kind], renewed: time.Now()}
	r.active[c.Lane] = run
	r.busy[c.Kind]++
	return run
}

func (r *Runner) end(run *run) {
	r.mu.Lock()
	if r.active[run.claim.Lane] == run {
		delete(r.active, run.claim.Lane)
	}
	r.busy[run.claim.Kind]--
	r.mu.Unlock()
	r.ring()
}

// watch rings when others say that there is work.
func (r *Runner) watch(ctx context.Context) {
	for ctx.Err() == nil {
		if err := r.Store.Watch(ctx, r.ring); err != nil {
			r.Log.Warn("watch for work", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(r.Poll):
		}
	}
}
