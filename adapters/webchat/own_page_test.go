package webchat_test

import (
	"strings"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// A person's own page has parts, each with buttons that can be pressed.
func TestTheOwnPageShowsItsParts(t *testing.T) {
	t.Parallel()
	page := plain("What would you like to do?")
	page.Parts = []chat.Message{{Lang: "en", Title: text.Plain("Waits for you"),
		List: []chat.Row{{Text: text.Plain("Poznań wants to join."), Buttons: []chat.Button{{Key: "k1", Label: "Accept"}}}}}}
	e := &engine{home: func(chat.Event) chat.Message { return page }, on: func(ev chat.Event) chat.Answer { return say("Done: " + ev.Key) }}
	s := begin(t, e)
	mary := s.As(webchat.DemoMary)
	own, err := mary.Own(t.Context())
	check(t, err)
	shown, err := mary.Page(t.Context(), own, "")
	check(t, err)
	if !strings.Contains(shown, "Waits for you") || !strings.Contains(shown, "Poznań wants to join.") {
		t.Error("a part is not shown")
	}
	got, err := mary.PressHome(t.Context(), "Accept")
	check(t, err)
	if got.Answer == nil || got.Answer.Message.Plain() != "Done: k1" {
		t.Errorf("%+v", got)
	}
}
