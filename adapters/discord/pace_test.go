package discord

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/chat"
)

// odd is a Discord that answers requests about one channel with a 429 of a test's own making.
func odd(t *testing.T, header map[string]string, body string) (*Platform, *atomic.Int32) {
	t.Helper()
	var asked atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.Contains(r.URL.Path, "/channels/11/messages") {
			_, _ = io.WriteString(w, `{"id": "5"}`)
			return
		}
		asked.Add(1)
		for k, v := range header {
			w.Header().Set(k, v)
		}
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, body)
	}))
	t.Cleanup(srv.Close)
	p, err := New(Options{Token: "a.b.c", APIURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	p.world.putChannel(channel{ID: "11", Guild: "3"}, true)
	p.world.putChannel(channel{ID: "12", Guild: "3"}, true)
	return p, &asked
}

// However oddly a 429 says how long to wait, it stops what it is about, for a time that ends, and
// nothing else.
func TestAnOddLimitStopsOneBucket(t *testing.T) {
	t.Parallel()
	bucket := map[string]string{"X-RateLimit-Bucket": "b1", "X-RateLimit-Scope": "user"}
	with := func(more ...string) map[string]string {
		out := map[string]string{}
		for k, v := range bucket {
			out[k] = v
		}
		for i := 0; i < len(more); i += 2 {
			out[more[i]] = more[i+1]
		}
		return out
	}
	for name, x := range map[string]struct {
		header map[string]string
		body   string
		wait   time.Duration
	}{
		"fraction":           {bucket, `{"message": "limited", "retry_after": 7.25, "global": false}`, 7250 * time.Millisecond},
		"missing":            {bucket, `{"message": "limited", "global": false}`, time.Second},
		"missing everywhere": {nil, `{}`, time.Second},
		"only the header":    {with("Retry-After", "9"), `{"message": "limited"}`, 9 * time.Second},
		"only the reset":     {with("X-RateLimit-Reset-After", "4.5"), `{"message": "limited"}`, 4500 * time.Millisecond},
		"zero":               {with("Retry-After", "0"), `{"retry_after": 0}`, time.Second},
		"negative":           {with("Retry-After", "-5"), `{"retry_after": -3.5}`, time.Second},
		"huge":               {bucket, `{"retry_after": 1e12}`, longestLimit},
		"beyond all numbers": {bucket, `{"retry_after": 1e999}`, time.Second},
		"infinite":           {with("Retry-After", "Infinity"), `{}`, longestLimit},
		"no number":          {with("Retry-After", "NaN"), `{"retry_after": "NaN"}`, time.Second},
		"in quotes":          {bucket, `{"retry_after": "6"}`, 6 * time.Second},
		"a date":             {with("Retry-After", "Wed, 25 Nov 2026 12:00:00 GMT"), `{"retry_after": null}`, time.Second},
		"a list":             {bucket, `[1, 2]`, time.Second},
		"a page":             {bucket, `<html>slow down</html>`, time.Second},
		"shared":             {map[string]string{"X-RateLimit-Scope": "shared"}, `{"retry_after": 5}`, 5 * time.Second},
		"not global":         {with("X-RateLimit-Global", "false"), `{"retry_after": 5, "global": false}`, 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, asked := odd(t, x.header, x.body)
			var wait *chat.RetryAfter
			_, err := p.Send(t.Context(), chat.Address{Space: "3", Room: "11"}, chat.Message{}, chat.Key{ID: "k"})
			if !errors.As(err, &wait) || !wait.Narrow {
				t.Fatalf("%v", err)
			}
			if off := wait.After - x.wait; math.Abs(off.Seconds()) > 0.9 {
				t.Errorf("waits %s, not %s", wait.After, x.wait)
			}
			before := asked.Load()
			if _, err := p.Send(t.Context(), chat.Address{Space: "3", Room: "11"}, chat.Message{}, chat.Key{ID: "k"}); !errors.As(err, &wait) {
				t.Errorf("%v", err)
			}
			if asked.Load() != before {
				t.Errorf("asked again while it has to wait")
			}
			if _, err := p.Send(t.Context(), chat.Address{Space: "3", Room: "12"}, chat.Message{}, chat.Key{ID: "l"}); err != nil {
				t.Errorf("another channel: %v", err)
			}
		})
	}
}

// A global limit stops what the bot's token does, and no interaction; a ban stops all.
func TestAGlobalLimitLeavesInteractions(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		header map[string]string
		body   string
		banned bool
	}{
		"in the body":   {nil, `{"retry_after": 8, "global": true}`, false},
		"in the header": {map[string]string{"X-RateLimit-Global": "true"}, `{"retry_after": 8}`, false},
		"by scope":      {map[string]string{"X-RateLimit-Scope": "global", "Retry-After": "8"}, `{}`, false},
		"banned":        {map[string]string{"Retry-After": "8"}, `<html>1015</html>`, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, _ := odd(t, x.header, x.body)
			var wait *chat.RetryAfter
			for _, room := range []chat.RoomID{"11", "12"} {
				_, err := p.Send(t.Context(), chat.Address{Space: "3", Room: room}, chat.Message{}, chat.Key{ID: "k"})
				if !errors.As(err, &wait) || wait.After < 6*time.Second || room == "12" && wait.Narrow {
					t.Errorf("%s: %v", room, err)
				}
			}
			err := p.rest.do(t.Context(), ask{method: "POST", path: "/interactions/1/t/callback", route: "/interactions/*/*/callback", free: true}, nil)
			if (err != nil) != x.banned {
				t.Errorf("an interaction: %v", err)
			}
		})
	}
}

// A limit that is met after a try of unknown outcome does not make it one that did nothing.
func TestALimitAfterAnUnknownOutcomeLeavesItUnknown(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) == 1 {
			w.WriteHeader(http.StatusBadGateway)
			return
		}
		w.Header().Set("X-RateLimit-Bucket", "b")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = fmt.Fprint(w, `{"retry_after": 30}`)
	}))
	t.Cleanup(srv.Close)
	p, err := New(Options{Token: "a.b.c", APIURL: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	err = p.rest.do(t.Context(), ask{method: "POST", path: "/x", again: true}, nil)
	var wait *chat.RetryAfter
	var unknown *chat.UnknownOutcome
	if !errors.As(err, &unknown) || errors.As(err, &wait) {
		t.Errorf("%v", err)
	}
}

// What the queue does is set back at once; what a person waits for is waited for a little.
func TestTheQueueDoesNotWait(t *testing.T) {
	t.Parallel()
	p := newPacer()
	r := route{name: "POST /channels/*/messages", major: "11"}
	p.learn(r, http.StatusTooManyRequests, http.Header{}, limit{wait: time.Second})
	var wait *chat.RetryAfter
	if err := p.wait(hurried(t.Context()), r); !errors.As(err, &wait) || !wait.Narrow {
		t.Errorf("%v", err)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	for _, ctx := range []context.Context{ended, unhurried(hurried(ended))} {
		if err := p.wait(ctx, r); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
	}
}

// An error of Discord's own does not say that it will never take something.
func TestAServerErrorIsNoRefusal(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 502, 503, 504, 520, 408} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
		t.Cleanup(srv.Close)
		p, err := New(Options{Token: "a.b.c", APIURL: srv.URL})
		if err != nil {
			t.Fatal(err)
		}
		err = p.rest.do(t.Context(), ask{method: "POST", path: "/x"}, nil)
		var unknown *chat.UnknownOutcome
		if !errors.As(err, &unknown) || errors.Is(err, chat.ErrRefused) || errors.Is(err, chat.ErrGone) {
			t.Errorf("%d: %v", status, err)
		}
	}
}

// Whoever begins more sessions than Discord allows in a day has their token taken away.
func TestNoSessionIsBegunWhileNoneIsLeft(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		left := 0
		if n.Add(1) > 2 {
			left = 1
		}
		_, _ = fmt.Fprintf(w, `{"url": "wss://x", "shards": 1, "session_start_limit": {"total": 1000, "remaining": %d, "reset_after": 20, "max_concurrency": 1}}`, left)
	}))
	t.Cleanup(srv.Close)
	p, err := New(Options{Token: "a.b.c", APIURL: srv.URL, Pause: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	if address, err := p.gatewayAddress(t.Context(), false); err != nil || address != "wss://x" || n.Load() != 1 {
		t.Errorf("to go on: %q %v, asked %d times", address, err, n.Load())
	}
	if address, err := p.gatewayAddress(t.Context(), true); err != nil || address != "wss://x" || n.Load() != 3 {
		t.Errorf("to begin: %q %v, asked %d times", address, err, n.Load())
	}
}
