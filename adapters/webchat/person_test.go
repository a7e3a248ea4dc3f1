package webchat_test

import (
	"strings"
	"testing"

	"guildhall/adapters/webchat"
	"guildhall/core/chat"
)

// What is offered on a person is found on what they wrote, and is about them.
func TestAnActionOnAPerson(t *testing.T) {
	t.Parallel()
	e := &engine{table: []chat.CommandInfo{{Path: "profile", Button: "My settings", Person: true}, {Path: "deposit", Button: "Share", Action: true}}}
	s := begin(t, e)
	anna, mary := s.As(webchat.DemoAnna), s.As(webchat.DemoMary)
	lobby := s.room(t, anna, webchat.DemoNet, "lobby")
	check(t, came(anna.Say(t.Context(), lobby, "", "Hello Cork!")))
	msg, err := mary.WaitText(t.Context(), lobby, "Hello Cork!")
	check(t, err)
	check(t, came(mary.ActOn(t.Context(), msg.ID, "profile")))
	e.mu.Lock()
	ev := e.events[len(e.events)-1]
	e.mu.Unlock()
	if ev.Kind != chat.Acted || ev.Command != "profile" || ev.Given["member"] != "<@"+string(webchat.DemoAnna)+">" || ev.Target != nil || ev.From.Account != webchat.DemoMary {
		t.Errorf("%+v", ev)
	}
	for name, err := range map[string]error{
		"an action on messages": came(mary.ActOn(t.Context(), msg.ID, "deposit")), "one on people": came(mary.Act(t.Context(), msg.ID, "profile")),
	} {
		if !refused(err, 409) {
			t.Errorf("%s: %v", name, err)
		}
	}
	page, err := mary.Page(t.Context(), lobby, "")
	check(t, err)
	if !strings.Contains(page, "Who is {who}?") || !strings.Contains(page, " person ") {
		t.Error("it is not offered")
	}
}
