package slacktest

import (
	"time"
)

// bucket paces calls: it fills at a steady rate up to a burst, and each call takes one.
type bucket struct {
	tokens  float64
	at      time.Time
	blocked time.Time // until when the caller was told to wait
	told    time.Time // when it was told, by the wall clock
}

// inFlight is how long a call may have been on its way when the caller was told to wait.
const inFlight = 5 * time.Millisecond

// tooEarly says whether a call that came in at begun (wall clock) was made against better knowledge.
func (b *bucket) tooEarly(now, begun time.Time) bool {
	return now.Before(b.blocked) && begun.After(b.told.Add(inFlight))
}

// block remembers that the caller was told to wait.
func (b *bucket) block(now time.Time, wait time.Duration) {
	b.blocked, b.told = now.Add(wait), time.Now()
}

func (s *Server) bucket(key string) *bucket {
	b := s.buckets[key]
	if b == nil {
		b = &bucket{}
		s.buckets[key] = b
	}
	return b
}

// tiers are calls a minute. Methods of tier 5 have limits of their own, or none here.
var tiers = [...]float64{1: 1, 2: 20, 3: 50, 4: 100}

const (
	postsPerMinute = 60 // in one channel
	postBurst      = 4
)

// take takes one call out of the bucket, or says how long to wait.
func (b *bucket) take(now time.Time, perMinute, burst float64) time.Duration {
	if b.at.IsZero() {
		b.tokens = burst
	} else {
		b.tokens = min(burst, b.tokens+now.Sub(b.at).Minutes()*perMinute)
	}
	b.at = now
	// A rounding error is no reason to refuse.
	if b.tokens >= 1-1e-6 {
		b.tokens--
		return 0
	}
	return time.Duration((1 - b.tokens) / perMinute * float64(time.Minute))
}

// pace says how long the caller has to wait before this call; zero when it may go on. Limits count by
// method and workspace, and posts by channel.
func (c *call) pace() time.Duration {
	s, m := c.s, c.method
	if !s.opts.limits || c.in == nil && m.token != appToken {
		return 0
	}
	key, perMinute := m.name, 0.0
	if m.tier < len(tiers) {
		perMinute = tiers[m.tier]
	}
	burst := perMinute
	if c.w != nil {
		key += " " + c.w.id
	}
	switch {
	case m.name == "chat.postMessage":
		key, perMinute, burst = key+" "+c.args.str("channel"), postsPerMinute, postBurst
	case s.opts.distributed && (m.name == "conversations.history" || m.name == "conversations.replies"):
		perMinute, burst = 1, 1
	}
	if perMinute == 0 {
		return 0
	}
	b := s.bucket(key)
	now := s.clock.Now()
	if now.Before(b.blocked) {
		if b.tooEarly(now, c.begun) {
			s.fault(FaultRetryAfter, "%s was called %s too early", key, b.blocked.Sub(now).Round(time.Millisecond))
		}
		return b.blocked.Sub(now)
	}
	wait := b.take(now, perMinute, burst)
	if wait > 0 {
		// Retry-After is in whole seconds.
		wait = (wait + time.Second - 1).Truncate(time.Second)
		b.block(now, wait)
	}
	return wait
}
