package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/chat"
)

// pacer keeps to Discord's rate limits: per bucket as its answers tell them, all requests together,
// and none at all while an address is banned. Source: "Rate Limits" of Discord's reference.
type pacer struct {
	mu      sync.Mutex
	all     time.Time          // no request before this
	bot     time.Time          // no request with the bot's token before this
	second  time.Time          // the second that sent counts
	sent    int                // requests with the bot's token in it
	most    int                // of them
	names   map[string]string  // route → the bucket's name
	buckets map[string]*bucket // by name and main resource
	invalid []time.Time        // answers of 401, 403 and 429 in the last ten minutes
	dead    time.Time          // until then the token counts as refused
}

type bucket struct {
	left  int
	reset time.Time
}

const (
	perSecond   = 45                    // of Discord's 50
	limitMargin = 30 * time.Millisecond // Discord rounds when a bucket fills again
	patience    = 3 * time.Second
	haste       = 250 * time.Millisecond // patience of the queue, which has other work to do
	manyInvalid = 8000                   // of the 10,000 in ten minutes that are a ban
	invalidTime = 10 * time.Minute
	deadTime    = time.Minute // after which a refused token is tried again: Discord was seen to err
)

func newPacer() *pacer {
	return &pacer{most: perSecond, names: map[string]string{}, buckets: map[string]*bucket{}}
}

// route names the bucket of a request.
type route struct {
	name  string // method and path without ids
	major string // the channel, guild or webhook in it
	free  bool   // interactions: they have no part in the bot's global limit
}

type hurryKey struct{}

// hurried marks what is done for the queue: rather than wait there, it is set back, and the worker does
// something else.
func hurried(ctx context.Context) context.Context { return context.WithValue(ctx, hurryKey{}, true) }

// unhurried takes the mark away, for what belongs to something that is done already.
func unhurried(ctx context.Context) context.Context { return context.WithValue(ctx, hurryKey{}, false) }

// mostWait is how long a limit is waited for at most.
func mostWait(ctx context.Context) time.Duration {
	if hurry, is := ctx.Value(hurryKey{}).(bool); is && hurry {
		return haste
	}
	return patience
}

// wait blocks until a request may go out. What would take longer than is waited for is left to the caller
// as a RetryAfter.
func (p *pacer) wait(ctx context.Context, r route) error {
	for {
		left, narrow, err := p.take(r, time.Now())
		if err != nil {
			return err
		}
		if left <= 0 {
			return nil
		}
		// Whoever meets the bot's own pace takes its turn: set back for a second it would meet it again.
		if left > mostWait(ctx) && (narrow || left > time.Second) {
			return &chat.RetryAfter{After: left, Cause: fmt.Errorf("the rate limit of %s", r.name), Narrow: narrow}
		}
		if !sleep(ctx, left) {
			return ctx.Err()
		}
	}
}

// take counts a request when it may go out now; else it says how long to wait, and whether that is for
// this bucket alone.
func (p *pacer) take(r route, now time.Time) (left time.Duration, narrow bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Before(p.dead) {
		return 0, false, errToken
	}
	if wait := p.all.Sub(now); wait > 0 {
		return wait, false, nil
	}
	if r.free {
		return 0, false, nil
	}
	if wait := p.bot.Sub(now); wait > 0 {
		return wait, false, nil
	}
	p.forget(now)
	if len(p.invalid) >= manyInvalid {
		return p.invalid[0].Add(invalidTime).Sub(now), false, nil
	}
	if now.Sub(p.second) >= time.Second {
		p.second, p.sent = now, 0
	}
	if p.sent >= p.most {
		return p.second.Add(time.Second).Sub(now), false, nil
	}
	if b := p.buckets[p.names[r.name]+" "+r.major]; b != nil {
		switch {
		case !now.Before(b.reset):
			b.left = max(b.left, 1)
		case b.left <= 0:
			return b.reset.Sub(now), true, nil
		}
		b.left--
	}
	p.sent++
	return 0, false, nil
}

func (p *pacer) forget(now time.Time) {
	for len(p.invalid) > 0 && now.Sub(p.invalid[0]) > invalidTime {
		p.invalid = p.invalid[1:]
	}
	if len(p.buckets) < 4096 {
		return
	}
	for k, b := range p.buckets {
		if now.After(b.reset) {
			delete(p.buckets, k)
		}
	}
}

// learn takes from an answer what it says about limits.
func (p *pacer) learn(r route, status int, h http.Header, l limit) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	shared := h.Get("X-RateLimit-Scope") == "shared"
	if status == http.StatusUnauthorized && !r.free {
		p.dead = now.Add(deadTime)
	}
	if status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusTooManyRequests && !shared {
		p.invalid = append(p.invalid, now)
	}
	switch {
	case l.banned:
		p.all = later(p.all, now.Add(l.wait))
		return
	case l.global:
		p.bot = later(p.bot, now.Add(l.wait))
		return
	}
	if r.free {
		return
	}
	name := h.Get("X-RateLimit-Bucket")
	if name != "" {
		p.names[r.name] = name
	} else if name = p.names[r.name]; name == "" && status == http.StatusTooManyRequests {
		name = r.name
		p.names[r.name] = name
	}
	if name == "" {
		return
	}
	key := name + " " + r.major
	if status == http.StatusTooManyRequests {
		p.buckets[key] = &bucket{left: 0, reset: now.Add(l.wait + limitMargin)}
		return
	}
	left, err := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	after, err2 := strconv.ParseFloat(h.Get("X-RateLimit-Reset-After"), 64)
	if err != nil || err2 != nil {
		return
	}
	reset := now.Add(seconds(after) + limitMargin)
	if b := p.buckets[key]; b != nil && now.Before(b.reset) && b.left < left {
		left = b.left // others are on their way
	}
	p.buckets[key] = &bucket{left: left, reset: reset}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// door is the transport below discordgo: it notes what answers say about limits, and turns what is no
// JSON (the pages of the proxies in front of Discord) into an error that the library can read.
type door struct {
	next http.RoundTripper
	pace *pacer
}

type routeKey struct{}

// RoundTrip implements http.RoundTripper.
func (d *door) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := d.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	r, _ := req.Context().Value(routeKey{}).(route)
	var l limit
	if resp.StatusCode == http.StatusTooManyRequests {
		if l, err = readLimit(resp); err != nil {
			return nil, err
		}
	}
	d.pace.learn(r, resp.StatusCode, resp.Header, l)
	for name := range resp.Header {
		if strings.HasPrefix(name, "X-Ratelimit-") {
			resp.Header.Del(name) // else the library waits a second time
		}
	}
	return resp, nil
}

// limit is what a 429 says.
type limit struct {
	wait   time.Duration
	global bool // of all the bot's requests
	banned bool // of all requests from this address
}

// readLimit reads a 429 and makes its body one that is well formed.
func readLimit(resp *http.Response) (l limit, err error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	_ = resp.Body.Close()
	if err != nil {
		return l, fmt.Errorf("read a rate limit: %w", err)
	}
	var said map[string]json.RawMessage
	isObject := json.Unmarshal(body, &said) == nil && said != nil
	after := number(strings.Trim(string(said["retry_after"]), `"`))
	// The proxies in front of Discord ban an address with a page; Discord's own answers are objects.
	l.banned = !isObject && resp.Header.Get("X-RateLimit-Bucket") == "" && resp.Header.Get("X-RateLimit-Scope") == ""
	l.wait = limitTime(after, number(resp.Header.Get("X-RateLimit-Reset-After")), number(resp.Header.Get("Retry-After")))
	if l.wait == 0 {
		l.wait = time.Second
		if l.banned {
			l.wait = time.Minute
		}
	}
	l.global = string(said["global"]) == "true" || strings.EqualFold(resp.Header.Get("X-RateLimit-Global"), "true") || resp.Header.Get("X-RateLimit-Scope") == "global"
	body, err = json.Marshal(map[string]any{"message": "Too many requests", "retry_after": l.wait.Seconds()})
	resp.Body, resp.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	resp.Header.Set("Content-Type", "application/json")
	return l, err
}

// longestLimit is how long a limit is believed to last: after that one request finds out.
const longestLimit = time.Hour

// limitTime is the first of some numbers of seconds that says how long a limit lasts; 0 when none does.
func limitTime(said ...float64) time.Duration {
	for _, f := range said {
		if f > 0 { // nor is NaN
			return max(seconds(min(f, longestLimit.Seconds())), time.Millisecond)
		}
	}
	return 0
}

func number(s string) float64 {
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil {
		return 0
	}
	return f
}
