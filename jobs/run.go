package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"guildhall/core/work"
)

// run is one item that is being worked.
type run struct {
	claim   work.Claim
	kind    work.Kind
	renewed time.Time               // when its lease was renewed last
	lose    context.CancelCauseFunc // ends the handler's context; nil before it runs
	left    bool                    // the handler did not end: the lease is given up
}

var (
	errLost    = errors.New("another worker has taken it over")
	errTimeout = errors.New("it took too long")
)

// work runs an item's handler and writes how it ended.
func (r *Runner) work(ctx context.Context, run *run) {
	c := run.claim
	begun := time.Now()
	waited := max(0, r.Now().Sub(c.Due))
	var done bool
	var err error
	if c.Attempt > run.kind.Attempts {
		err = work.Dead(fmt.Errorf("it was begun %d times and never came to an end", c.Attempt-1))
	} else {
		done, err = r.attempt(ctx, run)
	}
	o := r.outcome(ctx, run, err)
	lost := errors.Is(err, errLost)
	// What is left behind when the program stops may still be at it: its lease runs out by itself.
	if !done && !lost && !(run.left && o.End == work.Interrupted) {
		lost = r.settle(ctx, run, o)
	}
	r.Observer.Worked(c.Kind, o.End, lost, waited, time.Since(begun))
	if o.End != work.Finished || lost {
		r.Log.Warn("work did not finish", "kind", c.Kind, "key", c.Key, "attempt", c.Attempt, "end", o.End.String(), "lost", lost, "error", err)
	}
}

// attempt runs the handler in a goroutine of its own. done says that the outcome is written: the
// item is finished.
func (r *Runner) attempt(ctx context.Context, run *run) (done bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	r.mu.Lock()
	run.lose = cancel
	r.mu.Unlock()
	stop := time.AfterFunc(run.kind.Timeout, func() { cancel(errTimeout) })
	defer stop.Stop()

	type result struct {
		done bool
		err  error
	}
	results := make(chan result, 1)
	go func() {
		// What the handler leaves behind when it ends its goroutine.
		out := result{err: errors.New("the handler ended its goroutine")}
		defer func() {
			if v := recover(); v != nil {
				r.Log.Error("panic in a handler", "kind", run.kind.Name, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
				out = result{err: fmt.Errorf("panic: %v", v)}
			}
			results <- out
		}()
		done, err := r.handle(ctx, run)
		out = result{done, err}
	}()
	select {
	case out := <-results:
		return out.done, because(ctx, out.err)
	case <-ctx.Done():
	}
	select {
	case out := <-results:
		return out.done, because(ctx, out.err)
	case <-time.After(leave):
		r.mu.Lock()
		run.left = true
		r.mu.Unlock()
		return false, fmt.Errorf("the handler does not end: %w", context.Cause(ctx))
	}
}

// leave is how long a handler has to return once its context has ended.
const leave = 2 * time.Second

// because adds to the error of a handler why its context ended.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && cause != nil && !errors.Is(err, cause) {
		return errors.Join(cause, err)
	}
	return err
}

// handle runs the handler, and finishes the item in the same transaction with what it writes.
func (r *Runner) handle(ctx context.Context, run *run) (done bool, err error) {
	it := run.claim.Item
	if run.kind.Outside {
		then, err := run.kind.Run(ctx, it)
		if err != nil {
			return false, err
		}
		ctx := context.WithoutCancel(ctx) // what was done outside is done, whatever has ended ctx meanwhile
		if then == nil {
			err = r.finished(ctx, run)
		} else {
			err = r.finish(ctx, run, then)
		}
		return err == nil, err
	}
	err = r.finish(ctx, run, func(ctx context.Context) error {
		then, err := run.kind.Run(ctx, it)
		if err != nil || then == nil {
			return err
		}
		return then(ctx)
	})
	return err == nil, err
}

func (r *Runner) finish(ctx context.Context, run *run, write func(ctx context.Context) error) error {
	return r.Store.Atomically(ctx, func(ctx context.Context) error {
		if err := write(ctx); err != nil {
			return err
		}
		return r.finished(ctx, run)
	})
}

// finished says in the transaction of ctx, or in one that is shared with others, that an item is done.
func (r *Runner) finished(ctx context.Context, run *run) error {
	lost, err := r.Store.Settle(ctx, work.Outcome{Claim: run.claim, End: work.Finished})
	if err != nil {
		return err
	}
	if len(lost) > 0 {
		return errLost
	}
	return nil
}

// outcome is what becomes of an item whose handler ended with err.
func (r *Runner) outcome(ctx context.Context, run *run, err error) work.Outcome {
	o := work.Outcome{Claim: run.claim}
	if err == nil {
		return o
	}
	now := r.Now()
	o.Cause = cause(err)
	var later *work.LaterError
	switch {
	case work.IsDead(err):
		o.End = work.Died
	case errors.As(err, &later):
		// A service that answers "later" with a time that has passed is not asked again at once.
		o.End, o.Due, o.Hold = work.Postponed, latest(later.At, now.Add(time.Second)), run.claim.Budget != "" && !later.Narrow
	case errors.Is(err, errStopped):
		o.End = work.Interrupted
	case run.claim.Attempt >= run.kind.Attempts:
		o.End = work.Died
	default:
		o.End, o.Due = work.Failed, now.Add(backoff(run.claim.Attempt, r.spin()))
	}
	return o
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// mostCause is how much of an error is kept.
const mostCause = 2000

func cause(err error) string {
	s := err.Error()
	if len(s) > mostCause {
		s = s[:mostCause]
	}
	return s
}

// settle writes an outcome, also when the program is stopping. When the store does not take it, the
// lease runs out, and the item is worked again.
func (r *Runner) settle(ctx context.Context, run *run, o work.Outcome) (lost bool) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.Lease)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause *= 2 {
		err := r.Store.Atomically(ctx, func(ctx context.Context) error {
			gone, err := r.Store.Settle(ctx, o)
			lost = len(gone) > 0
			return err
		})
		if err == nil {
			return lost
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			r.Log.Error("write how work ended", "kind", run.kind.Name, "key", run.claim.Key, "error", err)
			return true
		}
	}
}
