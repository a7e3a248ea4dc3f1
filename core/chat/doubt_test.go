package chat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/record"
)

// shaky is a chat service that comes up again: what it does is not always what it says.
type shaky struct {
	*bottest.Screen
	lost   int // answers to posts that do not get through
	unsure int // edits of which it says that the message is gone
	edits  int
}

// Send implements chat.Platform.
func (s *shaky) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	sent, err := s.Screen.Send(ctx, to, m, key)
	if err == nil && m.Record != "" && s.lost > 0 {
		s.lost--
		return chat.Sent{}, &chat.UnknownOutcome{Cause: errors.New("the answer was lost")}
	}
	return sent, err
}

// Edit implements chat.Editor.
func (s *shaky) Edit(ctx context.Context, at chat.Address, id chat.MessageID, m chat.Message) error {
	s.edits++
	if s.unsure > 0 {
		s.unsure--
		return chat.ErrGone
	}
	return s.Screen.Edit(ctx, at, id, m)
}

func newShaky(t *testing.T) (*world, *shaky) {
	t.Helper()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false), notes: newNotes(db)}
	s := &shaky{Screen: w.web}
	bot := w.notes.bot()
	note := bot.Commands[0].Run
	bot.Commands[0].Run = func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
		if len(w.notes.text) == 0 {
			return note(ctx, c)
		}
		db.AfterCommit(ctx, func() { w.notes.text[1] = c.Text("words") })
		return chat.Nothing(), w.notes.changes.Record(ctx, record.Change{Community: c.Community.ID, Subject: record.Subject{ID: record.ID{Letter: 'H', No: 1}}, What: "changed", At: c.Now})
	}
	w.World = bottest.New(t, db, []chat.Platform{s, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{bot} })
	w.people(t)
	return w, s
}

func (w *world) shows(words string) (n int) {
	for _, line := range w.web.Shows() {
		n += strings.Count(line, words)
	}
	return n
}

// TestAPostWhoseAnswerWasLostShowsWhatIsSo: a card that was posted, without anybody knowing, shows its record
// as it was then; it follows what has changed since.
func TestAPostWhoseAnswerWasLostShowsWhatIsSo(t *testing.T) {
	t.Parallel()
	w, s := newShaky(t)
	s.lost = 1
	w.typed("ann", "note Hello")
	w.Drain()
	w.typed("ann", "note Changed meanwhile")
	for range 5 {
		w.Later(time.Minute)
	}
	if w.shows("Changed meanwhile") != 1 || w.shows("Hello") != 0 {
		t.Errorf("shown: %q", w.web.Shows())
	}
	if s.edits != 1 {
		t.Errorf("edited %d times", s.edits)
	}
}

// TestWhatIsSaidToBeGoneIsAskedOnceMore: a service that comes up again may not know its messages for a moment.
func TestWhatIsSaidToBeGoneIsAskedOnceMore(t *testing.T) {
	t.Parallel()
	for unsure, want := range map[int]string{1: "Second", 2: "First"} { // said twice, it is believed
		w, s := newShaky(t)
		w.typed("ann", "note First")
		w.Drain()
		s.unsure = unsure
		w.typed("ann", "note Second")
		w.Drain()
		w.Later(time.Minute)
		if w.shows(want) != 1 {
			t.Errorf("said to be gone %d times, shown: %q", unsure, w.web.Shows())
		}
		w.typed("ann", "note Third")
		w.Drain()
		w.Later(time.Minute)
		if n := w.shows("Third"); (n == 1) != (unsure == 1) {
			t.Errorf("said to be gone %d times, shown at last: %q", unsure, w.web.Shows())
		}
		if dead := w.Dead(); len(dead) > 0 {
			t.Errorf("given up: %v", dead)
		}
	}
}
