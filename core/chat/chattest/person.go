package chattest

import (
	"errors"
	"strings"
	"testing"

	"guildhall/core/chat"
)

func whisper(t *testing.T, b *bench) {
	w, can := b.Platform.(chat.Whisperer)
	if !can {
		lacks(t, "only-you messages")
		return
	}
	if err := w.Whisper(t.Context(), b.Home, b.Ann, "", plain("Only for Ann."), chat.Key{ID: "whisper"}); err != nil {
		if errors.Is(err, chat.ErrRefused) || errors.Is(err, chat.ErrGone) {
			t.Log("not tested: only-you messages need an event that is answered")
			return
		}
		t.Fatalf("whisper: %v", err)
	}
	if s := b.sees(t, b.Ann, b.Home, "the whisper", func(s Shown) bool { return strings.Contains(s.Text, "Only for Ann.") }); !s.Only {
		t.Error("it is not marked as hers alone")
	}
	if n := count(b.Shown(t, b.Bea, b.Home), "Only for Ann."); n != 0 {
		t.Error("bea sees it")
	}
}

func directly(t *testing.T, b *bench) {
	d, can := b.Platform.(chat.Director)
	if !can {
		lacks(t, "direct messages")
		return
	}
	first, err := d.Direct(t.Context(), b.Home.Space, b.Ann)
	if err != nil {
		t.Fatalf("direct: %v", err)
	}
	if second, err := d.Direct(t.Context(), b.Home.Space, b.Ann); err != nil || second.Room != first.Room {
		t.Errorf("%+v, then %+v: %v", first, second, err)
	}
	b.sends(t, first, plain("Hello Ann."), "direct")
	b.sees(t, b.Ann, first, "the direct message", func(s Shown) bool { return strings.Contains(s.Text, "Hello Ann.") })
	id := b.Say(t, b.Ann, first, "stop")
	if ev := b.ear.hears(t, "a direct message", byMessage(chat.Said, id)); !ev.Direct || !ev.Addressed || ev.Text != "stop" {
		t.Errorf("%+v", ev)
	}
}
