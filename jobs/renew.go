package jobs

import (
	"context"
	"slices"
	"time"

	"guildhall/core/work"
)

// renew keeps the leases of what is being worked until ctx ends.
func (r *Runner) renew(ctx context.Context) {
	tick := time.NewTicker(r.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			r.renewAll(ctx)
		}
	}
}

// renewAll renews all leases once. A handler whose lease is another's, or has run out because the
// store could not be reached, is told to end: what it wrote would be refused, and what it does
// outside another may be doing too.
func (r *Runner) renewAll(ctx context.Context) {
	begun := time.Now()
	var claims []work.Claim
	r.mu.Lock()
	for _, run := range r.active {
		if !run.left {
			claims = append(claims, run.claim)
		}
	}
	r.mu.Unlock()
	if len(claims) == 0 {
		return
	}
	// One order for all that lock lanes.
	slices.SortFunc(claims, func(a, b work.Claim) int { return int(a.Lane - b.Lane) })
	var lost []int64
	ctx, cancel := context.WithTimeout(ctx, r.Lease/3)
	defer cancel()
	err := r.Store.Atomically(ctx, func(ctx context.Context) (err error) {
		lost, err = r.Store.Renew(ctx, r.Now().Add(r.Lease), claims...)
		return err
	})
	if err != nil && ctx.Err() == nil {
		r.Log.Error("renew leases", "error", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range claims {
		run := r.active[c.Lane]
		if run == nil || run.claim.Fence != c.Fence {
			continue // it has ended meanwhile
		}
		if err == nil && !slices.Contains(lost, c.ID) {
			run.renewed = begun
		} else if (err == nil || time.Since(run.renewed) >= r.Lease) && run.lose != nil {
			run.lose(errLost)
		}
	}
}
