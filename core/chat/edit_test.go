package chat_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/record"
)

// gallery is a chat service that looks at the pictures of what it is given.
type gallery struct {
	*bottest.Screen
	sent, edited []chat.Picture
}

// Send implements chat.Platform.
func (g *gallery) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	if m.Picture != nil {
		g.sent = append(g.sent, *m.Picture)
	}
	return g.Screen.Send(ctx, to, m, key)
}

// Edit implements chat.Editor.
func (g *gallery) Edit(ctx context.Context, at chat.Address, id chat.MessageID, m chat.Message) error {
	if m.Picture != nil {
		g.edited = append(g.edited, *m.Picture)
	}
	return g.Screen.Edit(ctx, at, id, m)
}

// TestAnEditedCardHasItsPicture: what a card shows can be opened when it is edited, as when it was sent.
func TestAnEditedCardHasItsPicture(t *testing.T) {
	t.Parallel()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false),
		notes: &notes{kept: db.AfterCommit, changes: chat.Recorder{Keep: db.Ledger()}, text: map[int64]string{}, hidden: map[int64]bool{}}}
	house := &gallery{Screen: w.web}
	bot := w.notes.bot()
	bot.Views[0].Card = func(ctx context.Context, l chat.Look) (chat.Say, error) {
		say, err := w.notes.card(ctx, l)
		say.Picture = &chat.Picture{File: chat.Attachment{SHA256: "0f", Name: "weeks.png", Type: "image/png", Size: 9}, Alt: "Twelve weeks"}
		return say, err
	}
	note := bot.Commands[0].Run
	bot.Commands[0].Run = func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
		if c.Text("words") != "Hello again" {
			return note(ctx, c)
		}
		w.notes.kept(ctx, func() { w.notes.text[1] = c.Text("words") })
		return chat.Nothing(), w.notes.changes.Record(ctx, record.Change{Community: c.Community.ID, Subject: record.Subject{ID: record.ID{Letter: 'H', No: 1}}, What: "changed", At: c.Now})
	}
	w.World = bottest.New(t, db, []chat.Platform{house, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{bot} })
	w.people(t)
	w.typed("ann", "note Hello")
	w.Drain()
	w.typed("ann", "note Hello again")
	w.Drain()
	if len(house.sent) != 1 || len(house.edited) != 1 {
		t.Fatalf("sent %d times, edited %d times", len(house.sent), len(house.edited))
	}
	for _, p := range append(house.sent, house.edited...) {
		if p.File.Open == nil {
			t.Fatal("a picture that cannot be opened")
		}
		if _, err := p.File.Open(t.Context()); !errors.Is(err, chat.ErrGone) { // no files are kept here
			t.Errorf("opened: %v", err)
		}
	}
}

// forgetful is a chat service whose answer to the first message is lost; before says that the message is, too.
type forgetful struct {
	*bottest.Screen
	before bool
	sent   int
}

// Send implements chat.Platform.
func (f *forgetful) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	if f.sent++; f.sent > 1 {
		return f.Screen.Send(ctx, to, m, key)
	}
	lost := &chat.UnknownOutcome{Cause: errors.New("the line went dead")}
	if f.before {
		return chat.Sent{}, lost
	}
	_, err := f.Screen.Send(ctx, to, m, key)
	return chat.Sent{}, errors.Join(err, lost)
}

// TestACardThatMayStandThereGoesWithItsRecord: what is withdrawn while nobody knows whether its card was posted
// does not stay where it may have been.
func TestACardThatMayStandThereGoesWithItsRecord(t *testing.T) {
	t.Parallel()
	for name, before := range map[string]bool{"it was posted": false, "it was not": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := bottest.OpenStore(t)
			w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false), notes: newNotes(db)}
			house := &forgetful{Screen: w.web, before: before}
			w.World = bottest.New(t, db, []chat.Platform{house, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{w.notes.bot()} })
			w.people(t)
			a := w.typed("ann", "note Hello")
			w.Drain()
			ev := w.event(chat.Pressed, "ann")
			ev.Key = a.Message.Buttons[0].Key // hides it
			w.Handle(ev)
			w.Now = w.Now.Add(time.Minute)
			w.Drain()
			if house.sent != 2 {
				t.Errorf("it was not looked for: %d calls", house.sent)
			}
			same(t, w.web.Shows())
			if dead := w.Dead(); len(dead) > 0 {
				t.Errorf("given up: %q", dead)
			}
		})
	}
}
