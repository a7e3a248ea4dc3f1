package homeserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"time"
)

// faults are what goes wrong with the next requests.
type faults struct {
	mu   sync.Mutex
	list []*fault
	seen []string // method and path of every request
}

// fault is for requests with a method (empty: any) and a part of their path.
type fault struct {
	method, path string
	times        int
	do           func(w http.ResponseWriter, r *http.Request, next http.Handler)
}

func (f *faults) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var found *fault
		f.mu.Lock()
		f.seen = append(f.seen, r.Method+" "+r.URL.Path)
		for i, x := range f.list {
			if (x.method == "" || x.method == r.Method) && strings.Contains(r.URL.Path, x.path) {
				found = x
				if x.times--; x.times == 0 {
					f.list = slices.Delete(f.list, i, i+1)
				}
				break
			}
		}
		f.mu.Unlock()
		if found == nil {
			next.ServeHTTP(w, r)
			return
		}
		found.do(w, r, next)
	})
}

func (f *faults) add(x *fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.list = append(f.list, x)
}

// Asked is how often a request with a part in its "METHOD path" was made.
func (s *Server) Asked(part string) (n int) {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	for _, x := range s.faults.seen {
		if strings.Contains(x, part) {
			n++
		}
	}
	return n
}

// Requests are all requests so far, as "METHOD path".
func (s *Server) Requests() []string {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	return slices.Clone(s.faults.seen)
}

// Refuse answers the next requests with an error, without doing anything. extra is added to it.
func (s *Server) Refuse(method, path string, times, status int, code string, extra map[string]any) {
	s.faults.add(&fault{method, path, times, func(w http.ResponseWriter, _ *http.Request, _ http.Handler) {
		write(w, nil, &problem{status: status, code: code, text: "ordered", extra: extra})
	}})
}

// Throttle asks the next requests to wait.
func (s *Server) Throttle(method, path string, times int, wait time.Duration) {
	s.Refuse(method, path, times, http.StatusTooManyRequests, "M_LIMIT_EXCEEDED", map[string]any{"retry_after_ms": wait.Milliseconds()})
}

// Lose does what the next requests ask for, and hangs up without an answer.
func (s *Server) Lose(method, path string, times int) {
	s.faults.add(&fault{method, path, times, func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		panic(http.ErrAbortHandler)
	}})
}

// HangUp does nothing at the next requests, and hangs up.
func (s *Server) HangUp(method, path string, times int) {
	s.faults.add(&fault{method, path, times, func(http.ResponseWriter, *http.Request, http.Handler) { panic(http.ErrAbortHandler) }})
}

// Hold keeps the next request waiting until release is called; held is closed when it has come.
func (s *Server) Hold(method, path string) (held <-chan struct{}, release func()) {
	came, free := make(chan struct{}), make(chan struct{})
	s.faults.add(&fault{method, path, 1, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		close(came)
		select {
		case <-free:
		case <-r.Context().Done():
			return
		}
		next.ServeHTTP(w, r)
	}})
	return came, sync.OnceFunc(func() { close(free) })
}

// Answer changes the answers of the next requests.
func (s *Server) Answer(method, path string, times int, change func(body map[string]any) map[string]any) {
	s.faults.add(&fault{method, path, times, func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		rec := httptest.NewRecorder()
		next.ServeHTTP(rec, r)
		var body map[string]any
		d := json.NewDecoder(bytes.NewReader(rec.Body.Bytes()))
		d.UseNumber()
		if err := d.Decode(&body); err != nil {
			write(w, nil, fmt.Errorf("change an answer: %w", err))
			return
		}
		maps.Copy(w.Header(), rec.Header())
		w.WriteHeader(rec.Code)
		_ = json.NewEncoder(w).Encode(change(body))
	}})
}

// timelines calls f with the timeline of each joined room of an answer of /sync.
func timelines(body map[string]any, f func(room string, timeline map[string]any, events []any)) {
	rooms, _ := body["rooms"].(map[string]any)
	joined, _ := rooms["join"].(map[string]any)
	for id, r := range joined {
		one, _ := r.(map[string]any)
		timeline, _ := one["timeline"].(map[string]any)
		events, _ := timeline["events"].([]any)
		if len(events) > 0 {
			f(id, timeline, events)
		}
	}
}

// Twice makes the answers of /sync give each event of a timeline two times.
func (s *Server) Twice(times int) {
	s.Answer(http.MethodGet, "/sync", times, func(body map[string]any) map[string]any {
		timelines(body, func(_ string, timeline map[string]any, events []any) {
			var out []any
			for _, e := range events {
				out = append(out, e, e)
			}
			timeline["events"] = out
		})
		return body
	})
}

// Backwards makes the answers of /sync give each timeline in the wrong order.
func (s *Server) Backwards(times int) {
	s.Answer(http.MethodGet, "/sync", times, func(body map[string]any) map[string]any {
		timelines(body, func(_ string, timeline map[string]any, events []any) {
			slices.Reverse(events)
			timeline["events"] = events
		})
		return body
	})
}

// Restart is what a homeserver forgets when it is started again: connections and transaction ids.
func (s *Server) Restart() {
	s.mu.Lock()
	for _, a := range s.accounts {
		for _, d := range a.devices {
			clear(d.done)
		}
	}
	s.mu.Unlock()
	s.web.CloseClientConnections()
}

// LogOut ends all sessions of an account; softly when they may be renewed with the password.
func (s *Server) LogOut(user string, softly bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a := s.accounts[user]
	for token, d := range s.tokens {
		if d.user == user {
			delete(s.tokens, token)
			s.gone[token] = softly
		}
	}
	if !softly && a != nil {
		for id := range a.devices {
			s.removeDevice(a, id)
		}
	}
	s.next()
}

// Deactivate ends an account for ever.
func (s *Server) Deactivate(user string) {
	s.mu.Lock()
	if a := s.accounts[user]; a != nil {
		a.deactivated = true
	}
	s.mu.Unlock()
	s.LogOut(user, false)
}
