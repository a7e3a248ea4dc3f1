package discordtest

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Trouble is something that goes wrong with requests. What it says is done to each request that fits,
// Times times; with everything else left empty the request is only counted.
type Trouble struct {
	// Route is the name of an endpoint with or without its method, such as
	// "POST /channels/{channel}/messages"; empty for all.
	Route string
	// Holding is a text that the body must hold; empty for any.
	Holding string
	// Skip lets the first requests through.
	Skip int
	// Times is how often it happens; 0 is until End.
	Times int

	// After lets the request have its effect before Status or Drop; without it there is no effect.
	After bool
	// Status answers with this status: 500 as JSON, 502 to 504 as the HTML of the proxy in front.
	Status int
	// Drop closes the connection without a response.
	Drop bool
	// Delay slows the response; the effect is there at once.
	Delay time.Duration
	// Hold keeps the response back until End; the effect is there at once.
	Hold bool
	// RateLimit answers 429 with this retry_after. Global makes it the global limit; Shared a limit of
	// the resource, which does not count as invalid; Cloudflare the HTML page of a ban.
	RateLimit  time.Duration
	Global     bool
	Shared     bool
	Cloudflare bool

	s       *Server
	hits    int
	ended   bool
	release chan struct{}
}

// Cause makes trouble from now on. The result ends it and counts how often it struck.
func (s *Server) Cause(t Trouble) *Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.s, t.release = s, make(chan struct{})
	s.troubles = append(s.troubles, &t)
	return &t
}

// End stops it and lets go of what it holds.
func (t *Trouble) End() {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	t.end()
}

func (t *Trouble) end() {
	if !t.ended {
		t.ended = true
		close(t.release)
	}
}

// Hits is how often it struck.
func (t *Trouble) Hits() int {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.hits
}

// Struck waits until it has struck n times.
func (t *Trouble) Struck(n int) error {
	if t.s.await(func() bool { return t.hits >= n }) {
		return nil
	}
	return fmt.Errorf("trouble on %q struck %d times, waited for %d", t.Route, t.Hits(), n)
}

func (s *Server) releaseTroubles() {
	for _, t := range s.troubles {
		t.end()
	}
}

func (t *Trouble) fits(c *call) bool {
	if t.ended || t.Times > 0 && t.hits >= t.Times {
		return false
	}
	return t.Route == "" || t.Route == c.route.String() || t.Route == c.route.pattern
}

// before finds the trouble of a request, and answers for it when it is of the kind without effect.
// One that holds until after the effect is kept for after.
func (s *Server) before(c *call) *answer {
	if s.looksInside() {
		c.peek()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.troubles {
		if !t.fits(c) {
			continue
		}
		if t.Holding != "" && !bytes.Contains(c.ahead, []byte(t.Holding)) {
			continue
		}
		if t.Skip > 0 {
			t.Skip--
			continue
		}
		t.hits++
		s.signal()
		if t.RateLimit > 0 {
			return t.rateLimit(c)
		}
		if !t.After && (t.Status > 0 || t.Drop) {
			return t.failure()
		}
		c.trouble = t
		return nil
	}
	return nil
}

// looksInside says whether a body must be read before its request can be judged.
func (s *Server) looksInside() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.troubles, func(t *Trouble) bool { return t.Holding != "" && !t.ended })
}

func (t *Trouble) rateLimit(c *call) *answer {
	now := t.s.now()
	a := cloudflare(t.RateLimit)
	if !t.Cloudflare {
		name, key, _ := c.bucket()
		e := &rateError{retry: t.RateLimit, scope: "user"}
		switch {
		case t.Global:
			e.scope, key = "global", ""
		case t.Shared:
			e.scope = "shared"
		default:
			e.header = bucketHeader(name, 5, 0, now.Add(t.RateLimit), now)
		}
		t.s.limiter.told[key] = told{now, now.Add(t.RateLimit)}
		a = e.answer()
	}
	if !t.Shared {
		t.s.invalidAt(now)
	}
	a.planned = true
	return a
}

func (t *Trouble) failure() *answer {
	a := &answer{status: t.Status, header: http.Header{}, planned: true, drop: t.Drop, delay: t.Delay}
	switch {
	case t.Status == http.StatusInternalServerError:
		a.body = []byte(`{"message": "500: Internal Server Error", "code": 0}`)
	default:
		a.html = true
		a.body = fmt.Appendf(nil, "<html><head><title>%d %s</title></head><body>cloudflare</body></html>", t.Status, http.StatusText(t.Status))
	}
	return a
}

// after spoils the answer to a request that had its effect.
func (s *Server) after(c *call, a *answer) *answer {
	t := c.trouble
	if t == nil {
		return a
	}
	if t.Status > 0 || t.Drop {
		a = t.failure()
	}
	a.delay = t.Delay
	if t.Hold {
		a.wait = t.release
	}
	return a
}
