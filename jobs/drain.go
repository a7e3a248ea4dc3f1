package jobs

import (
	"context"
	"errors"

	"guildhall/core/work"
)

// drainMost is how many items one Drain works before it takes them for endless.
const drainMost = 10_000

// Drain works all that is due, one item after the other, also what becomes due by it, and returns
// how many there were. It is for those who step the clock themselves; nothing else may run.
func (r *Runner) Drain(ctx context.Context) (n int, err error) {
	for n < drainMost {
		var claims []work.Claim
		err := r.Store.Atomically(ctx, func(ctx context.Context) (err error) {
			want, _ := r.want()
			want.Most = 1 // the next depends on what this one does
			claims, err = r.Store.Claim(ctx, want)
			return err
		})
		if err != nil || len(claims) == 0 {
			return n, err
		}
		for _, c := range claims {
			run := r.begin(c)
			r.work(ctx, run)
			r.end(run)
			n++
		}
	}
	return n, errors.New("the work never ends")
}
