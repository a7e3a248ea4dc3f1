package communication_test

import (
	"strings"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
)

// Where we cannot read what people write, an answer is carried on by an action on it: once, with the name
// of who wrote it.
func TestAnAnswerIsSharedWhereNoneIsRead(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, desk, "world unread")
	card := s.Act(`ann #communication /ask "How do you assess welders?"`)
	if !strings.Contains(strings.Join(card, "\n"), "annex #communication: H1") {
		t.Fatal(card)
	}
	thread := s.ThreadOf("hall", "H1")
	n := 0
	share := func(who, wrote string, at chat.Address, message chat.MessageID) string {
		n++
		ev := chat.Event{ID: chat.EventID("share" + string(rune('0'+n))), Kind: chat.Acted, At: s.Now, Where: at, Command: "request share",
			From: chat.Author{Account: chat.AccountID(who), Name: who, Locale: "en"}, Can: chat.Carry{Answer: true}}
		ev.Target = &chat.Target{Where: thread, Message: message, Text: "By video portfolios.", At: s.Now,
			From: chat.Author{Account: chat.AccountID(wrote), Name: wrote}}
		ev.Target.Where = at
		return strings.Join(s.Give(ev), "\n")
	}
	if got := share("dan", "olga", thread, "x1"); !strings.Contains(got, "I don't know olga here yet, so only they can share it.") {
		t.Error(got)
	}
	if got := share("dan", "dan", thread, "x2"); !strings.Contains(got, "It appears in all threads of H1 now") || !strings.Contains(got, "annex #communication thread: Dan (web chat · Berufskolleg Essen):\n> By video portfolios.") {
		t.Error(got)
	}
	if got := share("ann", "dan", thread, "x2"); !strings.Contains(got, "It appears in all threads of H1 already.") || strings.Contains(got, "annex") {
		t.Error(got)
	}
	room := thread
	room.Thread = ""
	if got := share("dan", "dan", room, "x3"); !strings.Contains(got, "Only an answer in a request's thread can be shared.") {
		t.Error(got)
	}
}
