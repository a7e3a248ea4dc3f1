package slack

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Slack says with a 429 how long to wait. longestWait is the most that is believed: who comes too early is
// told again, who waits too long is forgotten.
const (
	shortestWait = time.Second
	longestWait  = time.Hour
)

// retryAfter is what a Retry-After header asks for: seconds, or a date as RFC 9110 allows it. What is missing, makes
// no sense, or lies in the past asks for a second.
func retryAfter(h string, now time.Time) time.Duration {
	h = strings.TrimSpace(h)
	wait := shortestWait
	if seconds, err := strconv.ParseFloat(h, 64); err == nil {
		if seconds > longestWait.Seconds() {
			return longestWait
		}
		if seconds > 0 { // neither for NaN
			wait = time.Duration(seconds * float64(time.Second))
		}
	} else if at, err := http.ParseTime(h); err == nil {
		wait = at.Sub(now)
	}
	return min(max(wait, shortestWait), longestWait)
}

// patient makes every Retry-After a number of seconds, which is all that slack-go understands: without one it
// would take a refusal for an answer that got lost.
type patient struct {
	next http.RoundTripper
	now  func() time.Time
}

// RoundTrip implements http.RoundTripper.
func (p patient) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.next.RoundTrip(r)
	if err == nil && resp.StatusCode == http.StatusTooManyRequests {
		wait := retryAfter(resp.Header.Get("Retry-After"), p.now())
		resp.Header.Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
	}
	return resp, err //nolint:wrapcheck // the client wraps it
}

// withPatience is c, whose 429s say plainly how long to wait.
func withPatience(c *http.Client, now func() time.Time) *http.Client {
	out := *c
	out.Transport = patient{next: http.DefaultTransport, now: now}
	if c.Transport != nil {
		out.Transport = patient{next: c.Transport, now: now}
	}
	return &out
}
