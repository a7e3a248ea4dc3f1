package discordtest

import (
	"errors"
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// bucketRules are how many requests a bucket takes in a window. The first that fits a route counts;
// routes without one have the last. Discord does not publish these numbers; they are those its
// headers have been seen to carry.
var bucketRules = []struct {
	routes string // a part of the route's name
	limit  int
	window time.Duration
	shared string // routes with the same name here share one bucket
}{
	{"/@me/threads", 5, time.Second, ""},
	{"/reactions/", 1, 250 * time.Millisecond, "reactions"},
	{"POST /channels/{channel}/messages/bulk-delete", 1, time.Second, ""},
	{"POST /channels/{channel}/messages/{message}/threads", 50, 5 * time.Minute, "threads"},
	{"POST /channels/{channel}/threads", 50, 5 * time.Minute, "threads"},
	{"POST /channels/{channel}/messages", 5, 5 * time.Second, ""},
	{"PATCH /channels/{channel}/messages/{message}", 5, 5 * time.Second, ""},
	{"DELETE /channels/{channel}/messages/{message}", 5, time.Second, ""},
	{"GET /channels/{channel}/messages", 5, 5 * time.Second, ""},
	{"/webhooks/", 5, 2 * time.Second, "webhook"},
	{"PUT /applications/", 2, 20 * time.Second, ""},
	{"POST /users/@me/channels", 10, 10 * time.Second, ""},
	{"", 50, 10 * time.Second, ""},
}

const (
	namesAllowed   = 2
	namesWindow    = 10 * time.Minute
	oldEdits       = 30 // edits of messages older than an hour, in a channel and an hour
	invalidWindow  = 10 * time.Minute
	banLasts       = time.Hour
	graceAfterTold = 100 * time.Millisecond // requests that were under way when the app was told to wait
)

// limiter holds what rate limits remember. It is guarded by Server.mu.
type limiter struct {
	limits   Limits
	buckets  map[string]*bucket
	global   bucket
	told     map[string]told // by bucket, "" for all: until when the app was told to wait
	invalid  []time.Time
	banned   time.Time
	oldEdits map[*Channel][]time.Time
}

type bucket struct {
	left  int
	reset time.Time
}

type told struct{ at, until time.Time }

func (l *limiter) start(o Options) {
	l.limits = o.Limits
	l.buckets, l.told, l.oldEdits = map[string]*bucket{}, map[string]told{}, map[*Channel][]time.Time{}
}

// SetLimits changes the limits from now on.
func (s *Server) SetLimits(l Limits) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limiter.limits = l
}

// rateError is a 429.
type rateError struct {
	retry  time.Duration
	scope  string // user, shared or global
	code   int
	header http.Header
}

func (e *rateError) Error() string { return fmt.Sprintf("rate limited for %v (%s)", e.retry, e.scope) }

func (e *rateError) answer() *answer {
	seconds := float64(e.retry.Milliseconds()+1) / 1000
	body := map[string]any{"message": "You are being rate limited.", "retry_after": seconds, "global": e.scope == "global"}
	if e.scope == "shared" {
		body["message"] = "The resource is being rate limited."
	}
	if e.code != 0 {
		body["code"] = e.code
	}
	a := &answer{status: http.StatusTooManyRequests, code: e.code, body: marshal(body), header: http.Header{}}
	for k, v := range e.header {
		a.header[k] = v
	}
	set := func(k, v string) { a.header[k] = []string{v} }
	set("Retry-After", strconv.Itoa(int(math.Ceil(seconds))))
	set("X-RateLimit-Scope", e.scope)
	if e.scope == "global" {
		set("X-RateLimit-Global", "true")
	}
	if e.header == nil {
		set("X-RateLimit-Reset-After", strconv.FormatFloat(seconds, 'f', 3, 64))
	}
	return a
}

// limited is the part of the door that knows the app and keeps the pace: it returns the headers that
// every answer carries, or the refusal.
func (s *Server) limited(c *call) (http.Header, *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l, now := &s.limiter, s.now()
	c.asBot = c.r.Header.Get("Authorization") == "Bot "+s.opts.Token
	if now.Before(l.banned) {
		return nil, cloudflare(l.banned.Sub(now))
	}
	name, key, rule := c.bucket()
	interaction := c.route.open
	s.checkPatience(c, key, now)
	if n := l.limits.Global; n > 0 && !interaction {
		if !l.global.take(n, time.Second, now) {
			e := &rateError{retry: l.global.reset.Sub(now), scope: "global"}
			l.told[""] = told{now, l.global.reset}
			return nil, s.refused(e)
		}
	}
	if !l.limits.Routes {
		return bucketHeader(name, 1000, 999, now.Add(time.Second), now), nil
	}
	r, b := bucketRules[rule], l.bucket(key, now)
	if !b.take(r.limit, r.window, now) {
		e := &rateError{retry: b.reset.Sub(now), scope: "user", header: bucketHeader(name, r.limit, 0, b.reset, now)}
		l.told[key] = told{now, b.reset}
		return nil, s.refused(e)
	}
	return bucketHeader(name, r.limit, b.left, b.reset, now), nil
}

// bucket is the bucket of a key. Each interaction leaves one behind: those that are over go in time.
func (l *limiter) bucket(key string, now time.Time) *bucket {
	b := l.buckets[key]
	if b == nil {
		if len(l.buckets) > 10_000 {
			maps.DeleteFunc(l.buckets, func(_ string, b *bucket) bool { return now.After(b.reset) })
		}
		b = &bucket{}
		l.buckets[key] = b
	}
	return b
}

// refused counts a refusal. It needs the lock.
func (s *Server) refused(e *rateError) *answer {
	s.invalidAt(s.now())
	return e.answer()
}

// take uses one request of a bucket's window; false when none is left.
func (b *bucket) take(limit int, window time.Duration, now time.Time) bool {
	if !now.Before(b.reset) {
		b.left, b.reset = limit, now.Add(window)
	}
	if b.left == 0 {
		return false
	}
	b.left--
	return true
}

// bucket is the request's bucket: its public name, its key with the top-level resource, and its rule.
func (c *call) bucket() (name, key string, rule int) {
	route := c.route.String()
	for i, r := range bucketRules {
		if strings.Contains(route, r.routes) {
			rule = i
			break
		}
	}
	if shared := bucketRules[rule].shared; shared != "" {
		route = shared
	}
	h := fnv.New64a()
	h.Write([]byte(route)) //nolint:errcheck // never fails
	name = strconv.FormatUint(h.Sum64(), 16)
	return name, name + "/" + c.vars["channel"] + c.vars["guild"] + c.vars["token"], rule
}

func bucketHeader(name string, limit, left int, reset, now time.Time) http.Header {
	after := reset.Sub(now).Seconds()
	return http.Header{
		"X-Ratelimit-Limit":       {strconv.Itoa(limit)},
		"X-Ratelimit-Remaining":   {strconv.Itoa(left)},
		"X-Ratelimit-Reset":       {strconv.FormatFloat(float64(reset.UnixMilli())/1000, 'f', 3, 64)},
		"X-Ratelimit-Reset-After": {strconv.FormatFloat(after, 'f', 3, 64)},
		"X-Ratelimit-Bucket":      {name},
	}
}

// checkPatience records a fault when the app was told to wait and did not.
func (s *Server) checkPatience(c *call, key string, now time.Time) {
	for _, k := range []string{"", key} {
		t, ok := s.limiter.told[k]
		switch {
		case !ok || k == "" && c.route.open:
		case !now.Before(t.until):
			delete(s.limiter.told, k)
		case now.Sub(t.at) > graceAfterTold:
			what := "its bucket's limit"
			if k == "" {
				what = "the global limit"
			}
			s.fault("ignored-retry-after", c, "sent %v before %s was over", t.until.Sub(now).Round(time.Millisecond), what)
		}
	}
}

// countInvalid counts a response that a handler made; the door's own are counted there.
func (s *Server) countInvalid(status int) {
	if status != http.StatusUnauthorized && status != http.StatusForbidden && status != http.StatusTooManyRequests {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.invalidAt(s.now())
}

func (s *Server) invalidAt(now time.Time) {
	l := &s.limiter
	l.invalid = append(l.invalid, now)
	for len(l.invalid) > 0 && now.Sub(l.invalid[0]) > invalidWindow {
		l.invalid = l.invalid[1:]
	}
	if n := l.limits.Invalid; n > 0 && len(l.invalid) >= n && now.After(l.banned) {
		l.banned = now.Add(banLasts)
		s.record.faults = append(s.record.faults, Fault{At: now, Rule: "banned", Detail: fmt.Sprintf("%d invalid requests in ten minutes", n)})
	}
}

// Invalid is how many invalid requests (401, 403, 429) count at the moment.
func (s *Server) Invalid() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.limiter.invalid)
}

// cloudflare is the answer that comes from in front of the API: HTML, no rate-limit headers.
func cloudflare(retry time.Duration) *answer {
	return &answer{
		status: http.StatusTooManyRequests, html: true,
		body:   []byte("<!doctype html><html><head><title>Access denied | discord.com used Cloudflare to restrict access</title></head><body><h1>Error 1015</h1><p>You are being rate limited</p></body></html>"),
		header: http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(retry.Seconds())))}, "Server": {"cloudflare"}},
	}
}

// rename keeps the limit on changes of name and topic: two in ten minutes, per channel. It counts a
// change only when something really changes.
func (c *Channel) rename(b *channelForm) error {
	named := b.Name != nil && *b.Name != c.name && channelName(*b.Name) != c.name
	described := b.Topic != nil && *b.Topic != c.topic
	if !c.s.limiter.limits.Names || !named && !described {
		return nil
	}
	now := c.s.now()
	for len(c.renames) > 0 && now.Sub(c.renames[0]) >= namesWindow {
		c.renames = c.renames[1:]
	}
	if len(c.renames) >= namesAllowed {
		return &rateError{retry: c.renames[0].Add(namesWindow).Sub(now), scope: "user"}
	}
	c.renames = append(c.renames, now)
	return nil
}

// oldEdit keeps the limit on editing messages older than an hour.
func (s *Server) oldEdit(m *message) error {
	now := s.now()
	if !s.limiter.limits.Routes || now.Sub(m.At) < time.Hour {
		return nil
	}
	past := s.limiter.oldEdits[m.Channel]
	for len(past) > 0 && now.Sub(past[0]) > time.Hour {
		past = past[1:]
	}
	if len(past) >= oldEdits {
		return errTooManyEdits
	}
	s.limiter.oldEdits[m.Channel] = append(past, now)
	return nil
}

// asRate is the 429 in an error, if there is one.
func asRate(err error) (*rateError, bool) {
	var e *rateError
	ok := errors.As(err, &e)
	return e, ok
}
