package chat_test

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"testing"
	"testing/fstest"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// world is an engine on SQLite with two platforms and a bot of notes.
type world struct {
	*bottest.World
	t     *testing.T
	web   *bottest.Screen // private answers and forms
	bare  *bottest.Screen // neither: as Matrix
	notes *notes
	com   community.Community
	n     int
}

// notes is a bot whose records are lines of text. What it keeps in memory is kept with the commit.
type notes struct {
	mu      sync.Mutex
	kept    func(ctx context.Context, f func())
	changes record.Changes
	text    map[int64]string
	hidden  map[int64]bool
	heard   []string
	runs    int
}

func (b *notes) bot() chat.Bot {
	return chat.Bot{Name: "notes", Words: fstest.MapFS{
		"text/en.json": {Data: []byte(`{"notes":{
			"note":{"about":"Keeps a note.","button":"Note","example":"\"Hello\"","arg":{"words":"Words","mood":"Mood"},"mood":{"good":"Good","bad":"Bad"},"done":"{id} is kept: {words}"},
			"boom":{"about":"Breaks.","button":"Break"},
			"list":{"about":"Lists.","button":"List","all":"Notes: {all}"},
			"rule":{"about":"For moderators.","button":"Rule","done":"Done."},
			"hide":{"button":"Hide {id}","arg":{"id":"Note"}},
			"pick":{"button":"Pick","arg":{"which":"Which"},"done":"Picked: {which}"},
			"help":{"about":"Helps.","button":"Help","says":"This is help."},
			"card":"**{id}** · {words}","full":"There are too many."}}`)},
		"text/it.json": {Data: []byte(`{"notes":{
			"note":{"about":"Tiene una nota.","button":"Nota","example":"\"Ciao\"","arg":{"words":"Parole","mood":"Umore"},"mood":{"good":"Bene","bad":"Male"},"done":"{id} è tenuta: {words}"},
			"boom":{"about":"Rompe.","button":"Rompi"},
			"list":{"about":"Elenca.","button":"Elenco","all":"Note: {all}"},
			"rule":{"about":"Per moderatori.","button":"Regola","done":"Fatto."},
			"hide":{"button":"Nascondi {id}","arg":{"id":"Nota"}},
			"pick":{"button":"Scegli","arg":{"which":"Quale"},"done":"Scelto: {which}"},
			"help":{"about":"Aiuta.","button":"Aiuto","says":"Questo è l'aiuto."},
			"card":"**{id}** · {words}","full":"Sono troppe."}}`)},
	}, Commands: []chat.Command{
		{Path: "note", Text: "notes.note", Role: community.RoleMember, Run: b.note, Args: []chat.Arg{
			{Name: "words", Kind: chat.Line, Required: true, Max: 50}, {Name: "mood", Kind: chat.Choice, Choices: []string{"good", "bad"}}}},
		{Path: "boom", Text: "notes.boom", Role: community.RoleMember, Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if _, err := b.note(ctx, c); err != nil {
				return chat.Reply{}, err
			}
			panic("a bug")
		}},
		{Path: "list", Text: "notes.list", Role: community.RoleMember, Reads: true, Run: b.list},
		{Path: "rule", Text: "notes.rule", Role: community.RoleModerator, Run: func(context.Context, *chat.Call) (chat.Reply, error) {
			return chat.OnlyYouSay("notes.rule.done", nil), nil
		}},
		{Path: "hide", Text: "notes.hide", Role: community.RoleMember, Hidden: true, Run: b.hide,
			Args: []chat.Arg{{Name: "id", Kind: chat.Record, Letters: "H", Required: true}}},
		{Path: "pick", Text: "notes.pick", Role: community.RoleMember, Hidden: true, Run: pick,
			Args: []chat.Arg{{Name: "which", Kind: chat.Ticks, Asked: true}},
			Form: func(_ context.Context, _ *chat.Call, f *chat.Form) error {
				f.Inputs[0].Options = []chat.Option{{Value: "m1", Label: "Ann: one"}, {Value: "m2", Label: "Bea: two"}}
				return nil
			}},
		{Path: "help", Text: "notes.help", Alone: true, Reads: true, Run: func(context.Context, *chat.Call) (chat.Reply, error) {
			return chat.OnlyYouSay("notes.help.says", nil), nil
		}},
	}, Views: []chat.View{{Letter: 'H', Section: community.Communication, Announce: chat.EverySection, Follow: true, Card: b.card}},
		Heard: []chat.Hearing{{Letter: 'H', Heard: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.heard = append(b.heard, c.Thread.String()+" "+c.Event.From.Name+": "+c.Event.Text)
			return chat.Nothing(), nil
		}, Changed: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.heard = append(b.heard, string(c.Event.Kind)+" "+c.Event.From.Name+": "+c.Event.Text)
			return chat.Nothing(), nil
		}}}}
}

func (b *notes) note(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	no := int64(len(b.text) + 1)
	if no > 50 {
		return chat.Reply{}, text.Refuse("notes.full", nil)
	}
	b.kept(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.runs++
		b.text[no] = c.Text("words")
	})
	id := record.ID{Letter: 'H', No: no}
	err := b.changes.Record(ctx, record.Change{Community: c.Community.ID, Subject: record.Subject{ID: id}, What: "opened", By: c.Member.No, At: c.Now})
	return chat.OnlyYouSay("notes.note.done", text.Args{"id": text.Record(id.String()), "words": c.Text("words")}).Button("hide", chat.ID(id)), err
}

// pick asks for what it was not given only once it runs.
func pick(_ context.Context, c *chat.Call) (chat.Reply, error) {
	if !c.Has("which") {
		return chat.AskFor("pick", nil, "which"), nil
	}
	return chat.OnlyYouSay("notes.pick.done", text.Args{"which": c.List("which")}), nil
}

func (b *notes) list(context.Context, *chat.Call) (chat.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, s := range b.text {
		all = append(all, s)
	}
	sort.Strings(all)
	return chat.OnlyYouSay("notes.list.all", text.Args{"all": all}), nil
}

func (b *notes) hide(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	id := c.Record("id")
	if _, there := b.text[id.No]; !there {
		return chat.Reply{}, chat.NoRecord(id)
	}
	b.kept(ctx, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.hidden[id.No] = true
	})
	return chat.Nothing(), b.changes.Record(ctx, record.Change{Community: c.Community.ID, Subject: record.Subject{ID: id}, What: "hidden", At: c.Now})
}

func (b *notes) card(_ context.Context, l chat.Look) (chat.Say, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.hidden[l.Subject.ID.No] {
		return chat.Say{}, chat.ErrHidden
	}
	return chat.Say{Title: chat.P("notes.card", text.Args{"id": text.Record(l.Subject.ID.String()), "words": b.text[l.Subject.ID.No]})}, nil
}

func newNotes(db *sqlstore.DB) *notes {
	return &notes{kept: db.AfterCommit, changes: chat.Recorder{Keep: db.Ledger()}, text: map[int64]string{}, hidden: map[int64]bool{}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := bottest.OpenStore(t)
	w := &world{t: t, web: bottest.NewScreen("web", true), bare: bottest.NewScreen("bare", false),
		notes: newNotes(db)}
	w.World = bottest.New(t, db, []chat.Platform{w.web, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{w.notes.bot()} })
	w.people(t)
	return w
}

// people makes the community and its rooms.
func (w *world) people(t *testing.T) {
	t.Helper()
	err := w.DB.Atomically(t.Context(), func(ctx context.Context) error {
		d := w.DB.Directory()
		var err error
		if w.com, err = d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, bottest.Noon); err != nil {
			return err
		}
		for _, p := range []string{"web", "bare"} {
			s := community.Space{Community: w.com.ID, Platform: p, ID: "hall", Name: p, Noise: community.NoiseAll, Joined: bottest.Noon}
			r := community.Room{Community: w.com.ID, Platform: p, Space: "hall", ID: p + "-help", Sections: []community.Section{community.Communication}}
			if err := errors.Join(d.AddSpace(ctx, s), d.AddRoom(ctx, r)); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// event is an event of a person on the web platform.
func (w *world) event(kind chat.EventKind, who string) chat.Event {
	w.n++
	return chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", w.n)), Kind: kind, At: w.Now, Message: chat.MessageID(fmt.Sprintf("said%d", w.n)),
		Where: chat.Address{Platform: "web", Space: "hall", Room: "web-help"},
		From:  chat.Author{Account: chat.AccountID(who), Name: who, Locale: "en"}, Can: chat.Carry{Answer: true, Form: true}}
}

// typed is a command typed by a person, whose answer is carried by the acknowledgement.
func (w *world) typed(who, line string) chat.Answer {
	w.t.Helper()
	ev := w.event(chat.Invoked, who)
	ev.Text = line
	a := w.Handle(ev)
	if a.Delivered != nil {
		if err := a.Delivered(w.t.Context(), chat.Sent{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return a
}
