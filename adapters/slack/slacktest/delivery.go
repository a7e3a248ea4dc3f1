package slacktest

import (
	"bytes"
	"encoding/json"
	"time"
)

const (
	kindEvent       = "events_api"
	kindCommand     = "slash_commands"
	kindInteractive = "interactive"
)

// delivery is one thing that the app is told: an event, which is told again until acknowledged, or a
// command or interaction, which is told once.
type delivery struct {
	kind    string
	what    string
	in      *install
	payload []byte
	eventID string
	takes   bool // an acknowledgement may carry a payload
	command *Command
	x       *Exchange // nil for events
	ended   bool
}

// attempt is one try at delivering.
type attempt struct {
	d        *delivery
	envelope string
	n        int
	reason   string
	socket   *Socket
	sent     time.Time // by the wall clock
	stop     func()    // ends the deadline
	over     bool      // acknowledged or given up
	acked    bool
	copies   int // how often its envelope was sent
}

// Ways in which an attempt fails, in the words of retry_reason.
const (
	failTimeout    = "http_timeout"
	failSocket     = "timeout"
	failConnection = "connection_failed"
	failHTTP       = "http_error"
	failRedirects  = "too_many_redirects"
)

// encode is v as JSON; v is made here, so that it cannot fail. Unlike json.Marshal it leaves <, > and &
// as they are.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		panic("slacktest: " + err.Error())
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

func (s *Server) deliver(d *delivery) {
	s.pending++
	s.try(d, 0, "")
}

// try makes the nth attempt, by the way that the app is configured for.
func (s *Server) try(d *delivery, n int, reason string) {
	if d.ended || s.ctx.Err() != nil {
		return
	}
	a := &attempt{d: d, n: n, reason: reason, envelope: s.uuid()}
	if s.app.http != nil {
		s.tryHTTP(a)
		return
	}
	s.trySocket(a)
}

// trySocket hands the attempt to one of the open sockets. Where none is open, a command fails at once
// and an event when its deadline has passed.
func (s *Server) trySocket(a *attempt) {
	k := s.pickSocket()
	if k == nil {
		if a.d.x != nil {
			s.fault(FaultNotReachable, "no socket is open for %s", a.d.what)
			s.end(a.d, "dispatch_failed")
			return
		}
		a.stop = s.clock.AfterFunc(s.opts.ackWithin, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.failed(a, failSocket)
		})
		return
	}
	a.socket = k
	s.envelopes[a.envelope] = a
	k.pending[a.envelope] = a
	a.sent = time.Now()
	a.stop = s.clock.AfterFunc(s.opts.ackWithin, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timedOut(a)
	})
	s.tell(a, k.number)
	s.send(k, a)
}

func (s *Server) tell(a *attempt, socket int) {
	if s.opts.keepRecords {
		d := a.d
		s.rec.told = append(s.rec.told, Told{
			Kind: d.kind, What: d.what, EventID: d.eventID, Attempt: a.n, Reason: a.reason, Socket: socket,
			Payload: d.payload,
		})
		s.changed.fire()
	}
}

// bytes is the attempt's envelope.
func (a *attempt) bytes() []byte {
	b := make([]byte, 0, len(a.d.payload)+200)
	b = append(b, `{"envelope_id":"`...)
	b = append(b, a.envelope...)
	b = append(b, `","type":"`...)
	b = append(b, a.d.kind...)
	b = append(b, `","accepts_response_payload":`...)
	if a.d.takes {
		b = append(b, "true"...)
	} else {
		b = append(b, "false"...)
	}
	if a.d.kind == kindEvent {
		b = append(b, `,"retry_attempt":`...)
		b = append(b, byte('0'+min(a.n, 9)))
		b = append(b, `,"retry_reason":"`...)
		b = append(b, a.reason...)
		b = append(b, '"')
	}
	b = append(b, `,"payload":`...)
	b = append(b, a.d.payload...)
	return append(b, '}')
}

func (s *Server) timedOut(a *attempt) {
	if a.over || a.d.ended {
		return
	}
	s.fault(FaultAckMissing, "%s was not acknowledged within %s", a.d.what, s.opts.ackWithin)
	s.failed(a, failSocket)
}

// failed ends an attempt without an acknowledgement and begins the next, if there is one.
func (s *Server) failed(a *attempt, why string) {
	if a.over || a.d.ended {
		return
	}
	a.over = true
	if a.stop != nil {
		a.stop()
	}
	d := a.d
	switch {
	case d.x != nil && (why == failSocket || why == failTimeout):
		s.end(d, "operation_timeout")
	case d.x != nil:
		s.end(d, "dispatch_failed")
	case a.n >= len(s.opts.retryAfter):
		s.end(d, why)
	case s.opts.retryAfter[a.n] == 0:
		s.try(d, a.n+1, why)
	default:
		s.clock.AfterFunc(s.opts.retryAfter[a.n], func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.try(d, a.n+1, why)
		})
	}
}

// end closes a delivery: with why empty it was acknowledged.
func (s *Server) end(d *delivery, why string) {
	if d.ended {
		return
	}
	d.ended = true
	s.pending--
	if d.x != nil {
		d.x.finish(why)
	}
	s.changed.fire()
}

// acked takes an acknowledgement for an attempt.
func (s *Server) acked(a *attempt, payload json.RawMessage) {
	d := a.d
	late := a.over
	latency := time.Since(a.sent)
	s.recordAck(Ack{Kind: d.kind, What: d.what, Latency: latency, Late: late, Payload: payload, Attempt: a.n})
	if late {
		s.fault(FaultAckLate, "%s was acknowledged after %s", d.what, latency.Round(time.Millisecond))
		// The work is done all the same: an event is not told again.
		if d.x == nil {
			s.end(d, "")
		}
		return
	}
	a.over = true
	a.stop()
	if d.x == nil {
		if hasPayload(payload) {
			s.fault(FaultAckPayload, "%s takes no payload", d.what)
		}
		s.end(d, "")
		return
	}
	d.x.latency, d.x.payload = latency, payload
	if hasPayload(payload) {
		if !d.takes {
			s.fault(FaultAckPayload, "%s takes no payload", d.what)
		} else if why := d.x.take(payload); why != "" {
			s.end(d, why)
			return
		}
	} else if d.x.taken != nil {
		d.x.taken(nil)
	}
	s.end(d, "")
}

func hasPayload(p json.RawMessage) bool {
	t := bytes.TrimSpace(p)
	return len(t) > 0 && !bytes.Equal(t, []byte("null")) && !bytes.Equal(t, []byte("{}")) && !bytes.Equal(t, []byte(`""`))
}
