package discordtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sort"
	"strings"
	"time"
)

// Request is one request that the app made.
type Request struct {
	At      time.Time
	Took    time.Duration
	Method  string
	Route   string // as "POST /channels/{channel}/messages"; empty for an unknown path
	Path    string
	Query   string
	Body    json.RawMessage
	Files   []string // names of uploaded files
	Status  int
	Code    int  // of an error
	Planned bool // the answer was made by a Trouble
}

// Fault is a rule that the app broke.
type Fault struct {
	At     time.Time
	Rule   string // a short stable name, such as "form", "late-response", "ignored-retry-after"
	Where  string // the request or event
	Detail string
}

func (f Fault) String() string { return f.Rule + ": " + f.Where + ": " + f.Detail }

// record is what the server remembers of the app. It is guarded by Server.mu.
type record struct {
	requests  []Request
	downloads []string
	faults    []Fault
	latencies []time.Duration
	counts    map[string]int
}

// remember keeps a finished request, and the fault that its answer shows.
func (s *Server) remember(c *call, a *answer, arrived time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := Request{
		At: arrived.Add(s.skew), Took: time.Since(arrived), Method: c.r.Method, Path: c.r.URL.Path,
		Query: c.r.URL.RawQuery, Body: c.body, Status: a.status, Code: a.code, Planned: a.planned,
	}
	if c.route != nil {
		r.Route = c.route.String()
		if s.record.counts == nil {
			s.record.counts = map[string]int{}
		}
		s.record.counts[r.Route]++
	}
	for _, f := range c.files {
		r.Files = append(r.Files, f.name)
	}
	if s.opts.KeepRequests > 0 {
		if len(s.record.requests) >= s.opts.KeepRequests {
			s.record.requests = s.record.requests[len(s.record.requests)/2:]
		}
		s.record.requests = append(s.record.requests, r)
	}
	if rule := ruleBroken(a); rule != "" {
		s.fault(rule, c, "%d %s", a.status, a.body)
	}
	if !strings.HasPrefix(c.r.UserAgent(), "DiscordBot (") {
		s.fault("user-agent", c, "%q is not of the form DiscordBot (url, version)", c.r.UserAgent())
	}
	s.signal()
}

// ruleBroken names the rule that a refusal shows to be broken. What the app cannot know, such as
// that a message was deleted or that somebody takes no DMs, breaks none.
func ruleBroken(a *answer) string {
	if a.planned || a.status < 400 {
		return ""
	}
	switch a.code {
	case 50035:
		return "form"
	case 50006:
		return "empty-message"
	case 40060:
		return "double-response"
	case 10062:
		return "late-response"
	case 50027, 10015:
		return "expired-token"
	case 50001, 50013:
		return "permission"
	case 50007, 50278, 10003, 10004, 10007, 10008, 10013, 50083, 160004, 160005:
		return ""
	}
	switch a.status {
	case http.StatusUnauthorized:
		return "unauthorized"
	case http.StatusTooManyRequests:
		return "rate-limited"
	}
	return "refused"
}

// fault records a broken rule; c may be nil. It needs the lock.
func (s *Server) fault(rule string, c *call, format string, args ...any) {
	where := ""
	if c != nil {
		where = c.r.Method + " " + c.r.URL.Path
	}
	s.record.faults = append(s.record.faults, Fault{At: s.now(), Rule: rule, Where: where, Detail: fmt.Sprintf(format, args...)})
}

// Fault records a broken rule that something outside the server noticed.
func (s *Server) Fault(rule, where, detail string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.record.faults = append(s.record.faults, Fault{At: s.now(), Rule: rule, Where: where, Detail: detail})
}

// Faults are the rules that the app has broken so far, interactions that it never answered included.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireUnanswered()
	return append([]Fault(nil), s.record.faults...)
}

// ForgetFaults starts afresh, for a test that breaks a rule on purpose.
func (s *Server) ForgetFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireUnanswered()
	s.record.faults = nil
}

// Requests are what the app asked, oldest first; the routes choose, none means all.
func (s *Server) Requests(routes ...string) []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Request
	for _, r := range s.record.requests {
		if len(routes) == 0 {
			out = append(out, r)
			continue
		}
		for _, want := range routes {
			if r.Route == want {
				out = append(out, r)
			}
		}
	}
	return out
}

// Count is how often an endpoint was called, also when requests are not kept.
func (s *Server) Count(route string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record.counts[route]
}

// Downloads are the paths that were fetched from the CDN; a refused one ends in " (gone)".
func (s *Server) Downloads() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.record.downloads...)
}

func (s *Server) rememberDownload(r *http.Request, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	path := r.URL.Path
	if !ok {
		path += " (gone)"
	}
	s.record.downloads = append(s.record.downloads, path)
	s.signal()
}

// Latencies are the times from an interaction to its first response, sorted; for benchmarks.
func (s *Server) Latencies() []time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := append([]time.Duration(nil), s.record.latencies...)
	sort.Slice(out, func(i, j int) bool { return out[i] < out[j] })
	return out
}
