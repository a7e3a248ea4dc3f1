package bottest_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"guildhall/bots/bottest"
	communicationbot "guildhall/bots/communication"
	"guildhall/bots/help"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// story is the world with the bots that exist.
type story struct {
	*bottest.World
	t   *testing.T
	web *bottest.Screen
	n   int
}

func begin(t *testing.T) *story {
	t.Helper()
	db := bottest.OpenStore(t)
	s := &story{t: t, web: bottest.NewScreen("web", true)}
	s.World = bottest.New(t, db, []chat.Platform{s.web}, basics)
	return s
}

// basics are the bots without which nothing goes, and the one of requests.
func basics(w *bottest.World) []chat.Bot {
	d, l := w.DB.Directory(), w.DB.Ledger()
	return []chat.Bot{
		library.New(w.View, w.Finder(), l), help.New(w.Commands), membership.New(d, l, w.View, w.Rights),
		communicationbot.New(communicationbot.Parts{Desk: w.Desk(), People: d, Alike: w.Finder()}),
	}
}

func (s *story) event(kind chat.EventKind, who string, at chat.Address) chat.Event {
	s.n++
	at.Platform = "web"
	return chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", s.n)), Kind: kind, At: s.Now, Where: at, Message: chat.MessageID(fmt.Sprintf("said%d", s.n)),
		From: chat.Author{Account: chat.AccountID(who), Name: strings.ToUpper(who[:1]) + who[1:], Locale: "en"}, Can: chat.Carry{Answer: true, Form: true}}
}

// does gives an event to the engine and works all that follows; it returns what only that person sees.
func (s *story) does(ev chat.Event) chat.Answer {
	s.t.Helper()
	a := s.Handle(ev)
	if a.Delivered != nil {
		if err := a.Delivered(s.t.Context(), chat.Sent{}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.Drain()
	return a
}

func (s *story) types(who string, at chat.Address, line string) chat.Answer {
	s.t.Helper()
	ev := s.event(chat.Invoked, who, at)
	ev.Text = line
	return s.does(ev)
}

func (s *story) presses(who string, at chat.Address, m *chat.Message, label string) chat.Answer {
	s.t.Helper()
	for _, b := range m.Buttons {
		if b.Label == label {
			ev := s.event(chat.Pressed, who, at)
			ev.Key = b.Key
			return s.does(ev)
		}
	}
	s.t.Fatalf("no button %q under %q", label, m.Plain())
	return chat.Answer{}
}

// sees fails unless something shown begins with start.
func (s *story) sees(start string) {
	s.t.Helper()
	if !slices.ContainsFunc(s.web.Shows(), func(line string) bool { return strings.HasPrefix(line, start) }) {
		s.t.Errorf("nothing begins with %q:\n%s", start, strings.Join(s.web.Shows(), "\n"))
	}
}

func TestSettingUpAskingAndSolving(t *testing.T) {
	t.Parallel()
	s := begin(t)
	hall := chat.Address{Space: "hall", Room: "lobby"}
	preview := s.types("mia", hall, `setup "VET Net" timezone:Europe/Dublin`)
	if preview.Message == nil || len(s.web.Shows()) != 0 {
		t.Fatalf("%v %v", preview, s.web.Shows())
	}
	done := s.presses("mia", hall, preview.Message, "Do it")
	if got := done.Message.Plain(); !strings.HasPrefix(got, "VET Net is ready.") {
		t.Error(got)
	}
	s.sees("hall-vet-communication: I'm Guildhall.")
	s.sees("hall-vet-news: I'm Guildhall.")

	// A second space of the same community.
	err := s.DB.Atomically(t.Context(), func(ctx context.Context) error {
		d := s.DB.Directory()
		if err := d.AddSpace(ctx, community.Space{Community: 1, Platform: "web", ID: "annex", Name: "ZDZ Poznań", Noise: community.NoiseAll, Joined: s.Now}); err != nil {
			return err
		}
		return d.AddRoom(ctx, community.Room{Community: 1, Platform: "web", Space: "annex", ID: "annex-help", Sections: []community.Section{community.Communication}})
	})
	if err != nil {
		t.Fatal(err)
	}
	room := chat.Address{Space: "hall", Room: "hall-vet-communication"}
	s.types("ann", room, "ask How do you assess welders remotely?")
	s.sees("hall-vet-communication: H1 · How do you assess welders remotely?")
	s.sees("annex-help: H1 · How do you assess welders remotely?")

	// Bea answers in the annex's thread: Ann reads it in hers.
	thread := s.threadOf("annex-help")
	ev := s.event(chat.Said, "bea", thread)
	ev.Text = "With video portfolios and a shared rubric."
	s.does(ev)
	s.does(ev) // the platform gives it twice
	mine := s.threadOf("hall-vet-communication")
	copies := 0
	for _, line := range s.web.Shows() {
		if strings.HasPrefix(line, string(mine.Room)+"/"+string(mine.Thread)) && strings.Contains(line, "With video portfolios and a shared rubric.") {
			copies++
		}
	}
	if copies != 1 {
		t.Errorf("%d copies:\n%s", copies, strings.Join(s.web.Shows(), "\n"))
	}

	// She corrects herself, and the copy follows; another takes theirs back, and the copy goes.
	edit := s.event(chat.Edited, "bea", thread)
	edit.Message, edit.Text = ev.Message, "With video portfolios and one shared rubric."
	s.does(edit)
	if all := strings.Join(s.web.Shows(), "\n"); !strings.Contains(all, "one shared rubric") || strings.Contains(all, "a shared rubric") {
		t.Error(all)
	}
	if a := s.types("ann", mine, "solved H1"); a.Message != nil && a.Message.Kind == chat.Alarm {
		t.Error(a.Message.Plain())
	}
	if all := strings.Join(s.web.Shows(), "\n"); !strings.Contains(strings.ToLower(all), "solved") {
		t.Error(all)
	}
	if a := s.types("bea", thread, "find welders"); a.Message == nil || len(a.Message.List) != 1 || !strings.HasPrefix(a.Message.List[0].Text.Plain(), "H1 · ") {
		t.Errorf("%+v", a.Message)
	}
	if a := s.types("bea", thread, "show h1"); a.Message == nil || !strings.Contains(a.Message.Plain(), "How do you assess welders remotely?") {
		t.Errorf("%+v", a.Message)
	}
	if a := s.types("bea", thread, "show R999"); a.Message == nil || !strings.HasPrefix(a.Message.Plain(), "There is no R999 here.") {
		t.Errorf("%+v", a.Message)
	}
	gone := s.event(chat.Deleted, "bea", thread)
	gone.Message = ev.Message
	s.does(gone)
	if all := strings.Join(s.web.Shows(), "\n"); strings.Contains(all, "rubric") {
		t.Errorf("what was deleted is still shown:\n%s", all)
	}
	if len(s.Queue.Dead) > 0 {
		t.Error(s.Queue.Dead)
	}
}

// threadOf is the thread of the request's card in a room.
func (s *story) threadOf(room chat.RoomID) chat.Address {
	s.t.Helper()
	at, ok := s.web.ThreadIn(room, "H1")
	if !ok {
		s.t.Fatalf("H1 has no card in %s", room)
	}
	return at
}
