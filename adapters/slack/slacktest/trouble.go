package slacktest

import (
	"net/http"
	"strconv"
	"time"
)

// TroubleKind is a way for a request to go wrong that is not the caller's doing.
type TroubleKind int

const (
	// FailBefore answers with Status, 500 when zero, and an HTML page; nothing was done.
	FailBefore TroubleKind = iota
	// FailAfter does what was asked, then answers with Status, 500 when zero, and an HTML page.
	FailAfter
	// DropBefore closes the connection; nothing was done.
	DropBefore
	// DropAfter does what was asked, then closes the connection: an unknown outcome.
	DropAfter
	// RateLimited answers 429 with Wait, one second when zero, as Retry-After; nothing was done.
	RateLimited
	// Slow waits for Wait, by the server's clock, then does what was asked.
	Slow
	// SlowAnswer does what was asked, then waits for Wait before it answers.
	SlowAnswer
	// ErrorCode answers ok false with Code; nothing was done.
	ErrorCode
	// Garbage does what was asked and answers with something that is not JSON.
	Garbage
)

// Trouble lets calls of a method go wrong. See Server.Trouble.
type Trouble struct {
	Method string // such as chat.postMessage; or "response_url", "upload", "file" (reading one); "*" for all
	Kind   TroubleKind
	Times  int // how many calls; zero means one, less than zero all
	Skip   int // how many calls go well first
	Status int
	Wait   time.Duration
	Code   string
	// RetryAfter is what the header of a RateLimited answer says instead of Wait's seconds; "none": there is no
	// such header.
	RetryAfter string

	hits int
}

// Trouble lets calls go wrong from now on. Of several that fit a call, the one that was set up first
// counts. The returned function ends it and says how many calls it hit.
func (s *Server) Trouble(t Trouble) (end func() int) {
	if t.Times == 0 {
		t.Times = 1
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := &t
	s.troubles = append(s.troubles, p)
	return func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		p.Times = 0
		return p.hits
	}
}

// trouble is what is to happen to this call, which came in at begun; nil for nothing.
func (s *Server) trouble(method string, begun time.Time) *Trouble {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.buckets["trouble "+method]
	if told != nil && told.tooEarly(s.clock.Now(), begun) {
		s.fault(FaultRetryAfter, "%s was called before the Retry-After it got had passed", method)
	}
	for _, t := range s.troubles {
		if t.Times == 0 || t.Method != "*" && t.Method != method {
			continue
		}
		if t.Skip > 0 {
			t.Skip--
			continue
		}
		if t.Times > 0 {
			t.Times--
		}
		t.hits++
		if t.Kind == RateLimited {
			s.bucket("trouble "+method).block(s.clock.Now(), max(t.Wait, time.Second))
		}
		now := *t
		return &now
	}
	return nil
}

// stops says whether the call is answered without being served.
func (t *Trouble) stops() bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case FailBefore, DropBefore, RateLimited, ErrorCode:
		return true
	}
	return false
}

// before acts before the call is served, and says whether that was the answer.
func (t *Trouble) before(s *Server, w http.ResponseWriter, r *http.Request) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case FailBefore:
		t.page(w)
	case DropBefore:
		hangUp(w)
	case RateLimited:
		switch t.RetryAfter {
		case "none":
		case "":
			w.Header().Set("Retry-After", strconv.Itoa(int(max(t.Wait, time.Second)/time.Second)))
		default:
			w.Header().Set("Retry-After", t.RetryAfter)
		}
		t.json(w, http.StatusTooManyRequests, "ratelimited")
	case ErrorCode:
		t.json(w, http.StatusOK, t.Code)
	case Slow:
		s.pause(t.Wait, r)
	}
	return t.stops()
}

// after acts when the call was served, and says whether that was the answer.
func (t *Trouble) after(s *Server, w http.ResponseWriter, r *http.Request) bool {
	if t == nil {
		return false
	}
	switch t.Kind {
	case FailAfter:
		t.page(w)
	case DropAfter:
		hangUp(w)
	case Garbage:
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write([]byte(`{"ok":tru`))
	case SlowAnswer:
		s.pause(t.Wait, r)
		return false
	default:
		return false
	}
	return true
}

// status is what the caller gets instead of the status that the call had.
func (t *Trouble) status(served int) int {
	if t == nil {
		return served
	}
	switch t.Kind {
	case FailBefore, FailAfter:
		if t.Status == 0 {
			return http.StatusInternalServerError
		}
		return t.Status
	case DropBefore, DropAfter:
		return 0
	case RateLimited:
		return http.StatusTooManyRequests
	case ErrorCode:
		return http.StatusOK
	}
	return served
}

func (t *Trouble) code() string {
	switch t.Kind {
	case RateLimited:
		return "ratelimited"
	case ErrorCode:
		return t.Code
	}
	return ""
}

func (t *Trouble) page(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(t.status(0))
	_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Server Error</body></html>"))
}

func (t *Trouble) json(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(encode(obj{"ok": false, "error": code}))
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close()
	}
}

// pause waits for d by the server's clock, or until the caller goes away.
func (s *Server) pause(d time.Duration, r *http.Request) {
	ch := make(chan struct{})
	stop := s.clock.AfterFunc(d, func() { close(ch) })
	defer stop()
	select {
	case <-ch:
	case <-r.Context().Done():
	case <-s.ctx.Done():
	}
}
