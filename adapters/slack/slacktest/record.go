package slacktest

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Call is one request to the Web API.
type Call struct {
	Method string
	Args   map[string]string // as sent; structured arguments as JSON text; without the token
	Team   string            // id of the workspace whose token it came with
	At     time.Time         // by the server's clock
	Took   time.Duration     // until the answer was ready, by the wall clock
	Status int               // 0 when the connection was dropped
	Err    string            // Slack's error code, empty when ok
}

func (c Call) String() string {
	answer := c.Err
	switch {
	case c.Status == 0:
		answer = "dropped"
	case c.Status != 200:
		answer = fmt.Sprint(c.Status)
	case answer == "":
		answer = "ok"
	}
	keys := make([]string, 0, len(c.Args))
	for k := range c.Args {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var b strings.Builder
	for _, k := range keys {
		v := c.Args[k]
		if len(v) > 120 {
			v = v[:120] + "…"
		}
		fmt.Fprintf(&b, " %s=%s", k, v)
	}
	return fmt.Sprintf("%s %s:%s", c.Method, answer, b.String())
}

// Ack is one acknowledgement by the app.
type Ack struct {
	Kind    string // events_api, slash_commands, interactive
	What    string // message, /ask, block_actions …
	Latency time.Duration
	Late    bool // after the deadline
	Payload json.RawMessage
	Attempt int // 0 for the first delivery
}

// Fault is something that the app did against Slack's rules, or that its users saw fail because of it.
type Fault struct {
	Kind   FaultKind
	Detail string
	At     time.Time
}

func (f Fault) String() string { return string(f.Kind) + ": " + f.Detail }

// FaultKind says which rule.
type FaultKind string

// The rules.
const (
	FaultAckMissing     FaultKind = "ack_missing"      // not acknowledged within the deadline; people see operation_timeout
	FaultAckLate        FaultKind = "ack_late"         // acknowledged after the deadline
	FaultAckUnknown     FaultKind = "ack_unknown"      // an envelope that does not exist, or acknowledged before
	FaultAckTooLarge    FaultKind = "ack_too_large"    // 20 KB and more are dropped
	FaultAckPayload     FaultKind = "ack_payload"      // a payload that this kind does not take, or that is not valid
	FaultNotReachable   FaultKind = "not_reachable"    // no socket open, or the request URL failed
	FaultHTTPAnswer     FaultKind = "http_answer"      // a request URL answered with something else than 200
	FaultRetryAfter     FaultKind = "retry_after"      // called again before Retry-After had passed
	FaultTrigger        FaultKind = "trigger"          // a trigger_id that is unknown, expired or used
	FaultResponseURL    FaultKind = "response_url"     // used more than five times or after thirty minutes
	FaultBlocks         FaultKind = "blocks"           // Block Kit that Slack refuses
	FaultArguments      FaultKind = "arguments"        // arguments that the method refuses
	FaultTooLong        FaultKind = "too_long"         // text that is refused or cut
	FaultScope          FaultKind = "scope"            // a scope that the app does not have
	FaultAuth           FaultKind = "auth"             // no token, or one that is not valid for the method
	FaultTokenElsewhere FaultKind = "token_elsewhere"  // a token was sent to a host that is not Slack, or in an address
	FaultUnknownMethod  FaultKind = "unknown_method"   // a method that does not exist here
	FaultTooManySockets FaultKind = "too_many_sockets" // more than ten
	FaultUpload         FaultKind = "upload"           // length differs from what was announced
)

type recorder struct {
	calls     []Call
	acks      []Ack
	faults    []Fault
	counts    map[string]int
	latencies []time.Duration
	firstAck  time.Time
	lastAck   time.Time
	told      []Told
}

// Told is one thing that the app was told, once per delivery.
type Told struct {
	Kind    string // events_api, slash_commands, interactive
	What    string
	EventID string
	Attempt int
	Reason  string // why it was delivered again
	Socket  int    // number of the socket; 0 over HTTP
	Payload json.RawMessage
}

func (s *Server) fault(k FaultKind, format string, args ...any) {
	s.rec.faults = append(s.rec.faults, Fault{Kind: k, Detail: fmt.Sprintf(format, args...), At: s.clock.Now()})
	s.changed.fire()
}

// Faults are what the app did against the rules so far; with kinds, only those.
func (s *Server) Faults(kinds ...FaultKind) []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Fault
	for _, f := range s.rec.faults {
		if len(kinds) == 0 || slices.Contains(kinds, f.Kind) {
			out = append(out, f)
		}
	}
	return out
}

// AwaitFault waits for a fault of kind k and returns the first.
func (s *Server) AwaitFault(k FaultKind) Fault {
	return awaitValue(s, "fault "+string(k), func() (Fault, bool) {
		i := slices.IndexFunc(s.rec.faults, func(f Fault) bool { return f.Kind == k })
		if i < 0 {
			return Fault{}, false
		}
		return s.rec.faults[i], true
	})
}

// ForgetFaults begins the list of faults anew.
func (s *Server) ForgetFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.faults = nil
}

// Calls are the Web API calls so far, in order of their answers; with methods, only those. Empty with
// WithoutRecords.
func (s *Server) Calls(methods ...string) []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Call
	for _, c := range s.rec.calls {
		if len(methods) == 0 || slices.Contains(methods, c.Method) {
			out = append(out, c)
		}
	}
	return out
}

// Count is how often method was called, whatever the answer.
func (s *Server) Count(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.rec.counts[method]
}

// AwaitCall waits for the nth call (from 1) of method and returns it.
func (s *Server) AwaitCall(method string, nth int) Call {
	return awaitValue(s, fmt.Sprintf("call %d of %s", nth, method), func() (Call, bool) {
		n := 0
		for _, c := range s.rec.calls {
			if c.Method == method {
				if n++; n == nth {
					return c, true
				}
			}
		}
		return Call{}, false
	})
}

// Acks are the acknowledgements so far. Empty with WithoutRecords.
func (s *Server) Acks() []Ack {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.rec.acks)
}

// Told is what the app was told so far, one entry per delivery; with whats, only those (an event's
// type, a command, an interaction's type). Empty with WithoutRecords.
func (s *Server) Told(whats ...string) []Told {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Told
	for _, t := range s.rec.told {
		if len(whats) == 0 || slices.Contains(whats, t.What) {
			out = append(out, t)
		}
	}
	return out
}

// AwaitTold waits for the nth delivery (from 1) of what and returns it.
func (s *Server) AwaitTold(what string, nth int) Told {
	return awaitValue(s, fmt.Sprintf("delivery %d of %s", nth, what), func() (Told, bool) {
		n := 0
		for _, t := range s.rec.told {
			if t.What == what {
				if n++; n == nth {
					return t, true
				}
			}
		}
		return Told{}, false
	})
}

// Stats sums up the acknowledgements since the start or the last ResetStats.
type Stats struct {
	Acked     int
	PerSecond float64 // between the first and the last
	P50, P99  time.Duration
	Max       time.Duration
}

// Stats returns throughput and latencies of acknowledgements, by the wall clock.
func (s *Server) Stats() Stats {
	s.mu.Lock()
	all := slices.Clone(s.rec.latencies)
	span := s.rec.lastAck.Sub(s.rec.firstAck)
	s.mu.Unlock()
	st := Stats{Acked: len(all)}
	if len(all) == 0 {
		return st
	}
	slices.Sort(all)
	st.P50, st.P99, st.Max = all[len(all)/2], all[len(all)*99/100], all[len(all)-1]
	if span > 0 {
		st.PerSecond = float64(len(all)) / span.Seconds()
	}
	return st
}

// ResetStats begins Stats anew.
func (s *Server) ResetStats() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.rec.latencies, s.rec.firstAck, s.rec.lastAck = nil, time.Time{}, time.Time{}
}

func (s *Server) recordCall(c Call) {
	if s.rec.counts == nil {
		s.rec.counts = map[string]int{}
	}
	s.rec.counts[c.Method]++
	if s.opts.keepRecords {
		s.rec.calls = append(s.rec.calls, c)
	}
	s.changed.fire()
}

func (s *Server) recordAck(a Ack) {
	now := time.Now()
	if s.rec.firstAck.IsZero() {
		s.rec.firstAck = now
	}
	s.rec.lastAck = now
	s.rec.latencies = append(s.rec.latencies, a.Latency)
	if s.opts.keepRecords {
		s.rec.acks = append(s.rec.acks, a)
	}
}
