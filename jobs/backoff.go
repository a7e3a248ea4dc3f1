package jobs

import (
	"math/rand/v2"
	"time"
)

// Between two attempts: a second, then twice as long each time.
const (
	firstBackoff   = time.Second
	longestBackoff = 15 * time.Minute
)

func spin() float64 { return rand.Float64() }

// backoff is how long to wait after an attempt, counted from 1. jitter, from 0 to 1, spreads those
// that failed together over a fifth more or less.
func backoff(attempt int, jitter float64) time.Duration {
	d := longestBackoff
	if n := attempt - 1; n < 10 {
		d = min(d, firstBackoff<<max(n, 0))
	}
	return time.Duration(float64(d) * (0.8 + 0.4*jitter))
}
