package slacktest

import (
	"encoding/json"
	"time"
)

// Exchange is a command or an interaction of a person, and what the app answered.
type Exchange struct {
	s        *Server
	w        *Workspace
	who      *User
	ch       *Channel // where it happened; nil for home, modals and global shortcuts
	original *message // the message whose button was pressed
	what     string
	trigger  string
	hook     string
	done     chan struct{}
	err      string
	payload  json.RawMessage
	latency  time.Duration
	began    time.Time
	replied  time.Duration
	replies  []*message
	options  []Choice
	errors   map[string]string

	// take acts on the payload of an acknowledgement and returns the error that the person sees.
	take func(json.RawMessage) string
	// taken, when set, acts on an acknowledgement without payload.
	taken func(json.RawMessage)
}

func (x *Exchange) finish(why string) {
	x.err = why
	if why != "" {
		x.who.notice(x.what, why)
	}
	close(x.done)
}

// Wait waits until the app has acknowledged or Slack has given up on it.
func (x *Exchange) Wait() *Exchange {
	limit := time.NewTimer(x.s.opts.patience)
	defer limit.Stop()
	select {
	case <-x.done:
	case <-limit.C:
		x.s.fail("waited %s for the acknowledgement of %s", x.s.opts.patience, x.what)
	}
	return x
}

// Done is closed when the app has acknowledged or Slack has given up on it.
func (x *Exchange) Done() <-chan struct{} { return x.done }

// Err is what the person was told had failed, after Wait: operation_timeout, dispatch_failed,
// http_service_error, invalid_command_response, or empty.
func (x *Exchange) Err() string {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.err
}

// Payload is what the acknowledgement carried, after Wait.
func (x *Exchange) Payload() json.RawMessage {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.payload
}

// Latency is how long the acknowledgement took, by the wall clock.
func (x *Exchange) Latency() time.Duration {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.latency
}

// RepliedAfter is how long it took until the first answer was to be seen, by acknowledgement or response
// URL; zero when there is none yet.
func (x *Exchange) RepliedAfter() time.Duration {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.replied
}

// Replies are the messages that came by the acknowledgement or by the response URL, as they are now.
func (x *Exchange) Replies() []Message {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	var out []Message
	for _, m := range x.replies {
		if !m.deleted {
			out = append(out, m.snapshot())
		}
	}
	return out
}

// Reply waits for the first message that comes by the acknowledgement or by the response URL.
func (x *Exchange) Reply() Message {
	return awaitValue(x.s, "a reply to "+x.what, func() (Message, bool) {
		for _, m := range x.replies {
			if !m.deleted {
				return m.snapshot(), true
			}
		}
		return Message{}, false
	})
}

// FieldErrors are what a form's submission was refused with, by block id; nil when it was taken.
func (x *Exchange) FieldErrors() map[string]string {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.errors
}

// Choices are the options that answered a Suggest.
func (x *Exchange) Choices() []Choice {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	return x.options
}

// TriggerID is the trigger that came with it.
func (x *Exchange) TriggerID() string { return x.trigger }

// ResponseURL is the response URL that came with it; empty for home, modals and global shortcuts.
func (x *Exchange) ResponseURL() string { return x.hook }

func (x *Exchange) reply(m *message) {
	if x.replied == 0 {
		x.replied = time.Since(x.began)
	}
	x.replies = append(x.replies, m)
	x.s.changed.fire()
}

// Notice is something that a person saw fail, in the words of Slack's error.
type Notice struct {
	What string // /ask, block_actions …
	Err  string // operation_timeout, dispatch_failed …
}

func (u *User) notice(what, err string) {
	u.notices = append(u.notices, Notice{What: what, Err: err})
	u.s.changed.fire()
}

// Notices are what the person saw fail so far.
func (u *User) Notices() []Notice {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return append([]Notice(nil), u.notices...)
}

// newExchange begins an exchange of who; where says the channel, nil when there is none.
func (s *Server) newExchange(who *User, what string, where *Channel) *Exchange {
	x := &Exchange{s: s, w: who.w, who: who, ch: where, what: what, done: make(chan struct{}), began: time.Now()}
	x.trigger = s.newTrigger(who, x)
	return x
}
