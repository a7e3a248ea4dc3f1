package webchat_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// looker is a browser page that looks on.
type looker struct {
	t      *testing.T
	lines  *bufio.Scanner
	cancel context.CancelFunc
}

type sent struct{ id, event, data string }

func (s *stage) looks(t *testing.T, who chat.AccountID, room chat.RoomID, since string) *looker {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", s.server.URL+"/live?"+url.Values{"as": {string(who)}, "room": {string(room)}}.Encode(), nil)
	check(t, err)
	r.Header.Set("Last-Event-ID", since)
	response, err := s.server.Client().Do(r)
	check(t, err)
	t.Cleanup(func() { _ = response.Body.Close() })
	if kind := response.Header.Get("Content-Type"); kind != "text/event-stream" {
		t.Fatalf("the stream is %q", kind)
	}
	return &looker{t, bufio.NewScanner(response.Body), cancel}
}

// next is the next event.
func (l *looker) next() (out sent) {
	l.t.Helper()
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch name {
		case "id":
			out.id = value
		case "event":
			out.event = value
		case "data":
			out.data = value
		case "":
			if out.event != "" {
				return out
			}
		}
	}
	l.t.Fatalf("the stream ended: %v", l.lines.Err())
	return out
}

// A page that was away goes on where it stopped; one that knows another run of the program loads anew.
func TestCatchUp(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoMary)
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	sight, err := anna.See(t.Context(), lobby)
	check(t, err)
	check(t, came(mary.Say(t.Context(), lobby, "", "one")))
	check(t, came(mary.Say(t.Context(), lobby, "", "two")))

	l := s.looks(t, webchat.DemoAnna, lobby, sight.Live)
	var last string
	for _, want := range []string{"one", "two"} {
		got := l.next()
		if got.event != "post" || !strings.Contains(got.data, want) {
			t.Fatalf("%+v, want %q", got, want)
		}
		last = got.id
	}
	check(t, came(mary.Say(t.Context(), lobby, "", "three")))
	got := l.next()
	if got.event != "post" || !strings.Contains(got.data, "three") {
		t.Fatalf("%+v", got)
	}
	l.cancel()
	check(t, came(mary.Say(t.Context(), lobby, "", "four")))
	if got := s.looks(t, webchat.DemoAnna, lobby, last).next(); !strings.Contains(got.data, "three") {
		t.Errorf("after a pause: %+v", got)
	}
	for _, since := range []string{"", "another-5", "nonsense", last[:8] + "-999999", last[:8] + "--1"} {
		if got := s.looks(t, webchat.DemoAnna, lobby, since).next(); got.event != "reset" {
			t.Errorf("since %q: %+v", since, got)
		}
	}
}

// What is in another room shows at the side; what is for somebody else does not show.
func TestStreamIsOnesOwn(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna, bogdan, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoBogdan), s.As(webchat.DemoMary)
	lobby, other := s.room(t, anna, webchat.DemoNet, "lobby"), s.room(t, bogdan, webchat.DemoPoznan, "lobby")
	sight, err := anna.See(t.Context(), lobby)
	check(t, err)
	marys, annas := s.looks(t, webchat.DemoMary, lobby, sight.Live), s.looks(t, webchat.DemoAnna, lobby, sight.Live)
	at := chat.Address{Platform: webchat.ID, Space: webchat.DemoNet, Room: lobby}
	check(t, s.web.Whisper(t.Context(), at, webchat.DemoAnna, "", plain("Only for Anna."), chat.Key{ID: "w"}))
	check(t, s.web.OpenForm(t.Context(), webchat.DemoAnna, "", chat.Form{Key: "f", Title: "For Anna"}))
	check(t, came(bogdan.Say(t.Context(), other, "", "Dzień dobry")))
	check(t, came(mary.Say(t.Context(), lobby, "", "Hello")))
	if got := annas.next(); got.event != "post" || !strings.Contains(got.data, "Only for Anna.") {
		t.Errorf("Anna: %+v", got)
	}
	if got := annas.next(); got.event != "form" || !strings.Contains(got.data, "For Anna") {
		t.Errorf("Anna: %+v", got)
	}
	if got := annas.next(); got.event != "post" || !strings.Contains(got.data, "Hello") {
		t.Errorf("Anna is told of %+v", got)
	}
	var rooms struct {
		HTML string `json:"html"`
		Room bool   `json:"room"`
	}
	for hello := false; !hello || rooms.HTML == ""; {
		got := marys.next()
		hello = hello || got.event == "post" && strings.Contains(got.data, "Hello")
		if strings.Contains(got.data, "Anna.") || got.event == "form" {
			t.Errorf("Mary is told of %+v", got)
		}
		if got.event == "rooms" {
			check(t, json.Unmarshal([]byte(got.data), &rooms))
		}
	}
	if !strings.Contains(rooms.HTML, "unread") || rooms.Room {
		t.Errorf("Mary's side bar: %+v", rooms)
	}
}

// The streams end with Run, so that a server that shuts down is not held up.
func TestStreamsEnd(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	lobby := s.room(t, s.As(webchat.DemoAnna), webchat.DemoNet, "lobby")
	sight, err := s.As(webchat.DemoAnna).See(t.Context(), lobby)
	check(t, err)
	l := s.looks(t, webchat.DemoAnna, lobby, sight.Live)
	go s.end()
	for l.lines.Scan() {
		if strings.HasPrefix(l.lines.Text(), "event: ") {
			t.Errorf("%s", l.lines.Text())
		}
	}
	if err := l.lines.Err(); err != nil {
		t.Errorf("the stream broke: %v", err)
	}
}
