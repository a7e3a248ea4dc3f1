package chattest

import (
	"slices"
	"strings"
	"testing"

	"guildhall/core/chat"
)

func rooms(t *testing.T, b *bench) {
	r, can := b.Platform.(chat.Roomer)
	if !can {
		lacks(t, "rooms to open")
		return
	}
	spec := chat.RoomSpec{Key: "c7-rubric", Name: "c7-shared-rubric", Topic: "A shared rubric, until 15 January", Section: "collaboration", Record: "C7", Lang: "en"}
	id, fresh, err := r.Open(t.Context(), b.Home.Space, spec)
	if err != nil || !fresh || id == "" {
		t.Fatalf("open: %q %v %v", id, fresh, err)
	}
	if again, fresh, err := r.Open(t.Context(), b.Home.Space, spec); err != nil || fresh || again != id {
		t.Errorf("opened again: %q (was %q) fresh=%v %v", again, id, fresh, err)
	}
	for range 2 {
		if err := r.Bring(t.Context(), b.Home.Space, id, b.Ann); err != nil {
			t.Fatalf("bring: %v", err)
		}
	}
	if b.Members != nil && !slices.Contains(b.Members(t, id), b.Ann) {
		t.Errorf("ann is not among %v", b.Members(t, id))
	}
	at := b.Home
	at.Room, at.Thread = id, ""
	b.sends(t, at, plain("Welcome to C7."), "welcome")
	all, err := r.Rooms(t.Context(), b.Home.Space)
	if err != nil || !slices.ContainsFunc(all, func(x chat.RoomInfo) bool { return x.ID == id && x.Joined }) ||
		!slices.ContainsFunc(all, func(x chat.RoomInfo) bool { return x.ID == b.Home.Room && x.Joined }) {
		t.Errorf("rooms: %+v %v", all, err)
	}
	for range 2 {
		if err := r.Release(t.Context(), b.Home.Space, id, b.Ann); err != nil {
			t.Fatalf("release: %v", err)
		}
	}
	if b.Members != nil && slices.Contains(b.Members(t, id), b.Ann) {
		t.Error("ann is still there")
	}
	for range 2 {
		if err := r.Archive(t.Context(), b.Home.Space, id); err != nil {
			t.Fatalf("archive: %v", err)
		}
	}
}

func reading(t *testing.T, b *bench) {
	r, can := b.Platform.(chat.Reader)
	if !can {
		lacks(t, "threads that can be read back")
		return
	}
	m := plain("H1 · open")
	m.Kind, m.Threaded, m.Record = chat.Card, true, "H1"
	sent := b.sends(t, b.Home, m, "card-2")
	in := b.Home
	in.Thread = sent.Thread
	first := b.Say(t, b.Ann, in, odd)
	b.ear.hears(t, "a message", byMessage(chat.Said, first))
	b.sends(t, in, plain("I carried that."), "carried")
	second := b.Say(t, b.Bea, in, "And this.")
	b.ear.hears(t, "a message", byMessage(chat.Said, second))
	got, err := r.Thread(t.Context(), in, "")
	if err != nil || len(got) != 2 || got[0].Message != first || got[1].Message != second || got[0].Text != odd || got[0].From.Account != b.Ann || got[1].From.Account != b.Bea {
		t.Errorf("%+v %v", got, err)
	}
	one, err := r.Message(t.Context(), in, second)
	if err != nil || one.Text != "And this." || one.From.Account != b.Bea {
		t.Errorf("%+v %v", one, err)
	}
	if l, can := b.Platform.(chat.Linker); can {
		if link := l.Link(in, second); link != "" && !strings.HasPrefix(link, "http") {
			t.Errorf("link %q", link)
		}
	}
}

func ends(t *testing.T, b *bench) {
	if err := b.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}
