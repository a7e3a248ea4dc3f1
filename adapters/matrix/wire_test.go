package matrix_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/matrix/matrixtest"
)

// line is the bot's way to the homeserver, with faults to order.
type line struct {
	mu       sync.Mutex
	lose     int           // replies of messages to be lost
	throttle time.Duration // the next message is to wait that long
	last     []byte        // the last answer of /sync with news
	repeat   bool
	served   string // next_batch of the last answer of /sync
	cut      bool   // nothing gets through
	seen     []string
	from     int             // where in seen the line was cut
	news     map[string]bool // rooms that were in an answer of /sync
	profile  string          // every profile
	change   func(path string, body []byte) []byte
}

// RoundTrip implements http.RoundTripper.
func (l *line) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	sends := req.Method == http.MethodPut && strings.Contains(path, "/send/m.room.")
	l.mu.Lock()
	l.seen = append(l.seen, req.Method+" "+path)
	cut, throttle, lose := l.cut, time.Duration(0), false
	if sends {
		throttle, l.throttle = l.throttle, 0
		if lose = l.lose > 0; lose {
			l.lose--
		}
	}
	again := l.repeat && strings.HasSuffix(path, "/sync")
	if again {
		l.repeat = false
	}
	last, profile := l.last, l.profile
	l.mu.Unlock()
	switch {
	case profile != "" && strings.Contains(path, "/profile/"):
		return answer(req, 200, []byte(profile)), nil
	case cut:
		return nil, errors.New("no way to the homeserver")
	case throttle > 0:
		return answer(req, 429, fmt.Appendf(nil, `{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":%d}`, throttle.Milliseconds())), nil
	case again && last != nil:
		return answer(req, 200, last), nil
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	if lose {
		_ = resp.Body.Close()
		return nil, errors.New("the reply was lost")
	}
	if strings.HasSuffix(path, "/sync") {
		return l.sync(req, resp)
	}
	return resp, nil
}

func (l *line) sync(req *http.Request, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if err != nil {
		return nil, err
	}
	var got struct {
		Next  string `json:"next_batch"`
		Rooms struct {
			Join map[string]json.RawMessage `json:"join"`
		} `json:"rooms"`
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.change != nil {
		body = l.change(req.URL.Path, body)
	}
	if json.Unmarshal(body, &got) == nil && got.Next != "" {
		l.served = got.Next
		if l.news == nil {
			l.news = map[string]bool{}
		}
		for room := range got.Rooms.Join {
			l.news[room] = true
		}
		if len(got.Rooms.Join) > 0 {
			l.last = body
		}
	}
	return answer(req, resp.StatusCode, body), nil
}

func answer(req *http.Request, code int, body []byte) *http.Response {
	return &http.Response{StatusCode: code, Status: http.StatusText(code), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: req,
		Header: http.Header{"Content-Type": []string{"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)), ContentLength: int64(len(body))}
}

func (l *line) set(f func(l *line)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(l)
}

// severed lets nothing through any more.
func (l *line) severed() {
	l.set(func(l *line) { l.cut, l.from = true, len(l.seen) })
}

// tried waits until the bot has asked the severed line for news, and has tried to reach the homeserver again after
// that. What it does beside that, as receipts, says nothing: an answer that it was waiting for may still come.
func (l *line) tried(t testing.TB) {
	t.Helper()
	matrixtest.Until(t, "the bot's trying again", func() (again bool) {
		l.set(func(l *line) {
			at := slices.IndexFunc(l.seen[l.from:], func(s string) bool { return strings.HasSuffix(s, "/sync") })
			again = at >= 0 && len(l.seen) > l.from+at+1
		})
		return again
	})
}
