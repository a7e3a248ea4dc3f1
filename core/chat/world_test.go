package chat_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sort"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
	"guildhall/core/work"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// screen is a chat service in memory: it keeps what it was told to show.
type screen struct {
	info  chat.Info
	mu    sync.Mutex
	posts map[chat.MessageID]*post
	keys  map[string]chat.MessageID
	order []chat.MessageID
	fail  []error // returned by the next sends
}

type post struct {
	at  chat.Address
	who chat.AccountID
	m   chat.Message
}

func (s *screen) Platform() chat.Info                           { return s.info }
func (s *screen) Run(ctx context.Context, _ chat.Handler) error { <-ctx.Done(); return nil }

func (s *screen) put(at chat.Address, who chat.AccountID, m chat.Message, key chat.Key) (chat.Sent, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fail) > 0 {
		err := s.fail[0]
		s.fail = s.fail[1:]
		if err != nil {
			return chat.Sent{}, err
		}
	}
	if id, there := s.keys[key.ID]; there {
		return chat.Sent{Message: id, Thread: chat.ThreadID("t-" + id)}, nil
	}
	id := chat.MessageID(fmt.Sprintf("m%d", len(s.order)+1))
	s.posts[id], s.keys[key.ID] = &post{at, who, m}, id
	s.order = append(s.order, id)
	return chat.Sent{Message: id, Thread: chat.ThreadID("t-" + id)}, nil
}

func (s *screen) Send(_ context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	return s.put(to, "", m, key)
}

func (s *screen) Edit(_ context.Context, _ chat.Address, id chat.MessageID, m chat.Message) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.posts[id] == nil {
		return chat.ErrGone
	}
	s.posts[id].m = m
	return nil
}

func (s *screen) Remove(_ context.Context, _ chat.Address, id chat.MessageID) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.posts, id)
	return nil
}

func (s *screen) Whisper(_ context.Context, to chat.Address, who chat.AccountID, _ string, m chat.Message, key chat.Key) error {
	_, err := s.put(to, who, m, key)
	return err
}

// shows are the posts in order, as "room/thread to: text".
func (s *screen) shows() (out []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		p := s.posts[id]
		if p == nil {
			continue
		}
		line := string(p.at.Room)
		if p.at.Thread != "" {
			line += "/" + string(p.at.Thread)
		}
		if p.who != "" {
			line += " only " + string(p.who)
		}
		out = append(out, line+": "+p.m.Plain())
	}
	return out
}

// queue works items in memory, in order per lane, when it is told to.
type queue struct {
	db    *sqlstore.DB
	mu    sync.Mutex
	items []work.Item
	done  map[string]bool
	dead  []error
}

func (q *queue) Add(ctx context.Context, items ...work.Item) error {
	q.db.AfterCommit(ctx, func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		for _, it := range items {
			if !q.done[it.Key] && !q.has(it.Key) {
				q.items = append(q.items, it)
			}
		}
	})
	return nil
}

func (q *queue) has(key string) bool {
	for _, it := range q.items {
		if it.Key == key {
			return true
		}
	}
	return false
}

func (q *queue) Drop(context.Context, int64, ...string) error { return nil }

func (q *queue) FinishKey(_ context.Context, _ int64, key string) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i, it := range q.items {
		if it.Key == key {
			q.items = append(q.items[:i:i], q.items[i+1:]...)
			q.done[key] = true
			return true, nil
		}
	}
	return false, nil
}

// inbox asks the queue in memory whether an answer got through.
type inbox struct {
	sqlstore.Inbox
	q    *queue
	kept *sync.Map
}

func (b inbox) Keep(ctx context.Context, e chat.Taken) error {
	b.kept.Store(fmt.Sprint(e.Member, e.Command), e)
	return b.Inbox.Keep(ctx, e)
}

func (b inbox) Unfinished(_ context.Context, _, member int64, command string, since time.Time) ([]byte, string, bool, error) {
	v, ok := b.kept.Load(fmt.Sprint(member, command))
	if !ok {
		return nil, "", false, nil
	}
	e := v.(chat.Taken)
	b.q.mu.Lock()
	defer b.q.mu.Unlock()
	return e.Answer, e.WorkKey, e.WorkKey != "" && b.q.has(e.WorkKey) && !e.At.Before(since), nil
}

type noIndex struct{}

func (noIndex) Put(context.Context, int64, search.Doc) error       { return nil }
func (noIndex) Remove(context.Context, int64, string, int64) error { return nil }

// world is an engine on SQLite with two platforms and a bot of notes.
type world struct {
	t     *testing.T
	db    *sqlstore.DB
	e     *chat.Engine
	q     *queue
	web   *screen // private answers and forms
	bare  *screen // neither: as Matrix
	notes *notes
	com   community.Community
	n     int
	now   time.Time
}

// notes is a bot whose records are lines of text.
type notes struct {
	mu      sync.Mutex
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
			"help":{"about":"Helps.","button":"Help","says":"This is help."},
			"card":"**{id}** · {words}","full":"There are too many."}}`)},
		"text/it.json": {Data: []byte(`{"notes":{
			"note":{"about":"Tiene una nota.","button":"Nota","example":"\"Ciao\"","arg":{"words":"Parole","mood":"Umore"},"mood":{"good":"Bene","bad":"Male"},"done":"{id} è tenuta: {words}"},
			"boom":{"about":"Rompe.","button":"Rompi"},
			"list":{"about":"Elenca.","button":"Elenco","all":"Note: {all}"},
			"rule":{"about":"Per moderatori.","button":"Regola","done":"Fatto."},
			"hide":{"button":"Nascondi {id}","arg":{"id":"Nota"}},
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
		{Path: "help", Text: "notes.help", Alone: true, Reads: true, Run: func(context.Context, *chat.Call) (chat.Reply, error) {
			return chat.OnlyYouSay("notes.help.says", nil), nil
		}},
	}, Views: []chat.View{{Letter: 'H', Section: community.Communication, Announce: chat.EverySection, Follow: true, Card: b.card}},
		Heard: []chat.Hearing{{Letter: 'H', Heard: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.heard = append(b.heard, c.Thread.String()+" "+c.Event.From.Name+": "+c.Event.Text)
			return chat.Nothing(), nil
		}}}}
}

func (b *notes) note(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.runs++
	no := int64(len(b.text) + 1)
	if no > 50 {
		return chat.Reply{}, text.Refuse("notes.full", nil)
	}
	b.text[no] = c.Text("words")
	id := record.ID{Letter: 'H', No: no}
	err := b.changes.Record(ctx, record.Change{Community: c.Community.ID, Subject: record.Subject{ID: id}, What: "opened", By: c.Member.No, At: c.Now})
	return chat.OnlyYouSay("notes.note.done", text.Args{"id": text.Record(id.String()), "words": c.Text("words")}).Button("hide", chat.ID(id)), err
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
	b.hidden[id.No] = true
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

func newScreen(id chat.PlatformID, private bool) *screen {
	return &screen{info: chat.Info{ID: id, Name: string(id), Prefix: "/", Private: private, Forms: private},
		posts: map[chat.MessageID]*post{}, keys: map[string]chat.MessageID{}}
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "guildhall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, q: &queue{db: db, done: map[string]bool{}}, web: newScreen("web", true), bare: newScreen("bare", false), now: noon,
		notes: &notes{changes: chat.Recorder{Keep: db.Ledger()}, text: map[int64]string{}, hidden: map[int64]bool{}}}
	w.e, err = chat.New(chat.Options{Bots: []chat.Bot{w.notes.bot()}, Platforms: []chat.Platform{w.web, w.bare}, Now: func() time.Time { return w.now },
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: inbox{db.Inbox(), w.q, &sync.Map{}}, Keys: db.Desk(),
			Pendings: db.Desk(), Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Index: noIndex{}, Queue: w.q}})
	if err != nil {
		t.Fatal(err)
	}
	err = db.Atomically(t.Context(), func(ctx context.Context) error {
		d := db.Directory()
		if w.com, err = d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, noon); err != nil {
			return err
		}
		for _, p := range []string{"web", "bare"} {
			s := community.Space{Community: w.com.ID, Platform: p, ID: "hall", Name: p, Noise: community.NoiseAll, Joined: noon}
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
	return w
}

// event is an event of a person on the web platform.
func (w *world) event(kind chat.EventKind, who string) chat.Event {
	w.n++
	return chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", w.n)), Kind: kind, At: w.now, Message: chat.MessageID(fmt.Sprintf("said%d", w.n)),
		Where: chat.Address{Platform: "web", Space: "hall", Room: "web-help"},
		From:  chat.Author{Account: chat.AccountID(who), Name: who, Locale: "en"}, Can: chat.Carry{Answer: true, Form: true}}
}

func (w *world) handle(ev chat.Event) chat.Answer {
	w.t.Helper()
	a, err := w.e.Handle(w.t.Context(), ev)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// typed is a command typed by a person, whose answer is carried by the acknowledgement.
func (w *world) typed(who, line string) chat.Answer {
	w.t.Helper()
	ev := w.event(chat.Invoked, who)
	ev.Text = line
	a := w.handle(ev)
	if a.Delivered != nil {
		if err := a.Delivered(w.t.Context(), chat.Sent{}); err != nil {
			w.t.Fatal(err)
		}
	}
	return a
}

// drain works all that is due.
func (w *world) drain() {
	w.t.Helper()
	kinds := map[string]work.Kind{}
	for _, k := range w.e.Kinds() {
		kinds[k.Name] = k
	}
	for range 1000 {
		w.q.mu.Lock()
		i := -1
		for j, it := range w.q.items {
			if !it.Due.After(w.now) {
				i = j
				break
			}
		}
		if i < 0 {
			w.q.mu.Unlock()
			return
		}
		it := w.q.items[i]
		w.q.items = append(w.q.items[:i:i], w.q.items[i+1:]...)
		w.q.mu.Unlock()
		it.Attempt++
		w.work(kinds[it.Kind], it)
	}
	w.t.Fatal("the work never ends")
}

func (w *world) work(k work.Kind, it work.Item) {
	w.t.Helper()
	if k.Run == nil {
		w.t.Fatalf("no kind %q", it.Kind)
	}
	finish := func(then func(context.Context) error) error {
		return w.db.Atomically(w.t.Context(), func(ctx context.Context) error {
			if then == nil {
				return nil
			}
			return then(ctx)
		})
	}
	var err error
	if k.Outside {
		var then func(context.Context) error
		if then, err = k.Run(w.t.Context(), it); err == nil {
			err = finish(then)
		}
	} else {
		err = finish(func(ctx context.Context) error { _, err := k.Run(ctx, it); return err })
	}
	w.q.mu.Lock()
	defer w.q.mu.Unlock()
	switch {
	case err == nil:
		w.q.done[it.Key] = true
	case work.IsDead(err):
		w.q.dead = append(w.q.dead, err)
	default:
		it.Due = w.now
		w.q.items = append([]work.Item{it}, w.q.items...)
	}
}
