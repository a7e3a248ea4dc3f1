package matrix

import (
	"context"
	"encoding/json"
	"slices"
	"testing"
	"time"

	"guildhall/core/chat"
)

// late is an encryption whose key comes when the test says so.
type late struct{ here bool }

func (*late) receive(context.Context, *reply, string) {}
func (*late) member(context.Context, string, entry)   {}
func (*late) faults() []string                        { return nil }
func (*late) close() error                            { return nil }
func (*late) encrypt(context.Context, string, string, json.RawMessage) (map[string]any, error) {
	return nil, errNoKey
}
func (l *late) decrypt(_ context.Context, _ string, e entry) (entry, error) {
	if !l.here {
		return entry{}, errNoKey
	}
	e.Type, e.Content, e.hidden = "m.room.message", json.RawMessage(`{"msgtype":"m.text","body":"With portfolios."}`), true
	return e, nil
}

// shelf keeps what waits; nothing else of a Store is asked.
type shelf struct {
	Store
	list []Waiting
}

func (s *shelf) Wait(_ context.Context, _, room, event string, body []byte, now time.Time) error {
	s.list = append(s.list, Waiting{Room: room, Event: event, Body: body, Since: now})
	return nil
}
func (s *shelf) Waiting(context.Context, string) ([]Waiting, error) { return slices.Clone(s.list), nil }
func (s *shelf) Unwait(_ context.Context, _, event string) error {
	s.list = slices.DeleteFunc(s.list, func(w Waiting) bool { return w.Event == event })
	return nil
}

// heard writes down what it is given.
type heard struct {
	chat.Handler
	events []chat.Event
}

func (h *heard) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	h.events = append(h.events, ev)
	return chat.Answer{}, nil
}

// A reaction on a message whose key is late comes after the message, not before it.
func TestNothingOvertakesWhatItIsAbout(t *testing.T) {
	t.Parallel()
	key, kept, ear := &late{}, &shelf{}, &heard{}
	p, err := New(Options{Homeserver: "http://127.0.0.1:1", UserID: me, Password: "x", Store: kept})
	if err != nil {
		t.Fatal(err)
	}
	p.cipher = key
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	known(t, p.rooms, "!help", created("@ann:x", ""))
	for _, raw := range []string{
		`{"event_id":"$a","type":"m.room.encrypted","sender":"@ann:x","content":{"algorithm":"m.megolm.v1.aes-sha2"}}`,
		`{"event_id":"$r","type":"m.reaction","sender":"@bea:x","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$a","key":"✅"}}}`,
		`{"event_id":"$b","type":"m.room.message","sender":"@bea:x","content":{"msgtype":"m.text","body":"something else"}}`,
	} {
		e, ok := read([]byte(raw))
		if !ok {
			t.Fatal(raw)
		}
		if err := p.takeEvent(t.Context(), ear, "!help", e); err != nil {
			t.Fatal(err)
		}
	}
	if len(ear.events) != 1 || ear.events[0].Text != "something else" || len(kept.list) != 2 {
		t.Fatalf("before the key: %+v, %d wait", ear.events, len(kept.list))
	}
	p.unread = map[string]bool{} // as after a restart
	for _, here := range []bool{false, true} {
		key.here = here
		if err := p.readWaiting(t.Context(), ear); err != nil {
			t.Fatal(err)
		}
	}
	if len(ear.events) != 3 || ear.events[1].Text != "With portfolios." || ear.events[2].Kind != chat.Reacted || ear.events[2].Target.Message != "$a" || len(kept.list) != 0 {
		t.Errorf("after the key: %+v, %d wait", ear.events, len(kept.list))
	}
}
