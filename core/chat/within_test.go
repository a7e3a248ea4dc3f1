package chat_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/work"
)

// ear is a bot that hears rooms whole and answers later.
type ear struct {
	mu    sync.Mutex
	heard []string
	back  chat.Back
	queue work.Queue
}

func (b *ear) bot() chat.Bot {
	return chat.Bot{Name: "ear",
		Words: fstest.MapFS{
			"text/en.json": {Data: []byte(`{"ear":{"later":{"about":"Answers later.","button":"Later","example":"it","arg":{"to":"To"},"done":"Here it is."}}}`)},
			"text/it.json": {Data: []byte(`{"ear":{"later":{"about":"Risponde dopo.","button":"Dopo","example":"it","arg":{"to":"A"},"done":"Eccolo."}}}`)}},
		Commands: []chat.Command{{Path: "later", Text: "ear.later", Role: community.RoleMember, Args: []chat.Arg{{Name: "to", Kind: chat.Language}},
			Reactions: map[string]chat.Given{"🇮🇹": {"to": "it"}, "🇵🇱": {"to": "pl"}}, Run: b.later}},
		Heard: []chat.Hearing{{Within: func(r community.Room) bool { return r.ID == "web-help" }, Heard: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			who := "a stranger"
			if c.Member.No != 0 {
				who = c.Member.Name
			}
			b.heard = append(b.heard, who+": "+c.Event.Text)
			return chat.Nothing(), nil
		}}},
		Work: []chat.Job{{Kind: "ear.answer", Run: func(context.Context, work.Item) (chat.Reply, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			return chat.Nothing().Tell(chat.Post{To: chat.To{Back: &b.back}, Say: chat.OnlyYouSay("ear.later.done", nil).Say}), nil
		}}},
	}
}

func (b *ear) later(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.back = c.Back()
	b.heard = append(b.heard, "later "+c.Text("to"))
	return chat.Nothing(), b.queue.Add(ctx, work.New("ear.answer", "", "ear/"+string(c.Event.ID), nil).In(c.Community.ID))
}

func newEar(t *testing.T) (*world, *ear) {
	t.Helper()
	db := bottest.OpenStore(t)
	b := &ear{}
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false)}
	w.World = bottest.New(t, db, []chat.Platform{w.web, w.bare}, func(w *bottest.World) []chat.Bot {
		b.queue = w.Queue
		return []chat.Bot{b.bot()}
	})
	w.people(t)
	return w, b
}

// A room that is heard whole makes nobody a member, and other rooms are not heard.
func TestARoomIsHeardWhole(t *testing.T) {
	t.Parallel()
	w, b := newEar(t)
	say := func(room chat.RoomID, thread chat.ThreadID, text string, addressed bool) {
		t.Helper()
		ev := w.event(chat.Said, "ann")
		ev.Where.Room, ev.Where.Thread, ev.Text, ev.Addressed = room, thread, text, addressed
		w.Handle(ev)
		w.Handle(ev) // again
	}
	say("web-help", "", "Hello all", false)
	say("web-help", "t1", "In a thread", false)
	say("elsewhere", "", "Not heard", false)
	if _, known, err := w.DB.Directory().Known(t.Context(), w.com.ID, "web", "ann"); known || err != nil {
		t.Errorf("who was heard is a member: %v %v", known, err)
	}
	say("web-help", "", "later pl", true)
	say("web-help", "", "Known now", false)
	if want := []string{"a stranger: Hello all", "a stranger: In a thread", "later pl", "ann: Known now"}; !slices.Equal(b.heard, want) {
		t.Errorf("heard %q", b.heard)
	}
}

// An emoji may stand for a command with arguments; where nobody can be answered for it, nothing is done.
func TestAReactionStandsForArguments(t *testing.T) {
	t.Parallel()
	w, b := newEar(t)
	react := func(emoji string) {
		t.Helper()
		ev := w.event(chat.Reacted, "ann")
		ev.Can, ev.Reaction, ev.Target = chat.Carry{}, emoji, &chat.Target{Where: ev.Where, Message: "m7"}
		w.Handle(ev)
		w.Drain()
	}
	for _, emoji := range []string{"🇮🇹", "🇵🇱", "🇫🇷"} {
		react(emoji)
	}
	if want := []string{"later it", "later pl"}; !slices.Equal(b.heard, want) {
		t.Errorf("heard %q", b.heard)
	}
	answered := 0
	for _, line := range w.web.Shows() {
		if strings.Contains(line, "ann") && strings.Contains(line, "Here it is.") {
			answered++
		}
	}
	if answered != 2 {
		t.Errorf("answered %d times: %q", answered, w.web.Shows())
	}
	w.web.Info.Unanswered = true
	if react("🇮🇹"); len(b.heard) != 2 {
		t.Errorf("heard %q", b.heard)
	}
}
