package jobs

import (
	"context"
	"errors"
)

// drainMost is how many items one Drain works before it takes them for endless.
const drainMost = 10_000

// Drain works all that is due, one item after the other, also what becomes due by it, and returns
// how many there were. It is for those who step the clock themselves; nothing else may run.
func (r *Runner) Drain(ctx context.Context) (n int, err error) {
	for n < drainMost {
		want, _ := r.want()
		want.Most = 1
		claims, err := r.claim(ctx, want)
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
