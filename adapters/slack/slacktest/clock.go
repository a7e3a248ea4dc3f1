package slacktest

import (
	"slices"
	"sync"
	"time"
)

// Clock is the time that a Server goes by: deadlines, retries, rate limits and timestamps. Pings on
// sockets and the timestamps of request signatures go by the wall clock, since clients check those.
type Clock interface {
	Now() time.Time

	// AfterFunc runs f once, in a goroutine or during Advance, when d has passed. stop prevents it
	// if it has not begun.
	AfterFunc(d time.Duration, f func()) (stop func())
}

// Wall is the time of the machine.
func Wall() Clock { return wall{} }

type wall struct{}

func (wall) Now() time.Time { return time.Now() }

func (wall) AfterFunc(d time.Duration, f func()) func() {
	t := time.AfterFunc(d, f)
	return func() { t.Stop() }
}

// Faster is the time of the machine from now on, running n times as fast: with 60, a minute takes a
// second.
func Faster(n int) Clock { return &faster{start: time.Now(), n: max(n, 1)} }

type faster struct {
	start time.Time
	n     int
}

func (f *faster) Now() time.Time { return f.start.Add(time.Since(f.start) * time.Duration(f.n)) }

func (f *faster) AfterFunc(d time.Duration, fn func()) func() {
	t := time.AfterFunc(d/time.Duration(f.n), fn)
	return func() { t.Stop() }
}

// Stepped stands still until Advance is called.
type Stepped struct {
	mu     sync.Mutex
	now    time.Time
	timers []*steppedTimer
}

type steppedTimer struct {
	at time.Time
	f  func()
}

// NewStepped returns a clock that shows start.
func NewStepped(start time.Time) *Stepped { return &Stepped{now: start} }

// Now is what the clock shows.
func (c *Stepped) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// AfterFunc runs f during the Advance that reaches d from now.
func (c *Stepped) AfterFunc(d time.Duration, f func()) func() {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := &steppedTimer{at: c.now.Add(d), f: f}
	at := len(c.timers)
	for at > 0 && c.timers[at-1].at.After(t.at) {
		at--
	}
	c.timers = slices.Insert(c.timers, at, t)
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if i := slices.Index(c.timers, t); i >= 0 {
			c.timers = slices.Delete(c.timers, i, i+1)
		}
	}
}

// Advance moves the clock by d and runs, in order and each at its own time, what falls due.
func (c *Stepped) Advance(d time.Duration) {
	c.mu.Lock()
	end := c.now.Add(d)
	for len(c.timers) > 0 && !c.timers[0].at.After(end) {
		t := c.timers[0]
		c.timers = c.timers[1:]
		if t.at.After(c.now) {
			c.now = t.at
		}
		c.mu.Unlock()
		t.f()
		c.mu.Lock()
	}
	c.now = end
	c.mu.Unlock()
}
