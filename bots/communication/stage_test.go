package communication_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	bots "guildhall/bots/communication"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/search"
	"guildhall/core/work"
)

// stage is the engine with this bot on SQLite, and two spaces of one community on a chat service in
// memory: ann, mia and dan are in the hall, bea and eve in the annex. What anybody is shown is kept
// as lines.
type stage struct {
	t     *testing.T
	db    *sqlstore.DB
	e     *chat.Engine
	com   community.Community
	now   time.Time
	n     int
	items []work.Item
	done  map[string]bool
	shown []string
	msgs  []*message
	alike []search.Hit
	lang  string // what the detector says
	form  map[string]openForm
	ticks []chat.Tick
	view  chat.View
	index index
	speak string // the language of everybody, and of the community
	bare  bool   // no private answers and no forms, as on Matrix
}

// message is something on a screen.
type message struct {
	id     chat.MessageID
	at     chat.Address
	who    string // only this account
	from   string // a person's
	m      chat.Message
	words  string
	gone   bool
	edited bool
}

type openForm struct {
	form chat.Form
	room chat.Address
}

var homes = map[string]chat.SpaceID{"ann": "hall", "mia": "hall", "dan": "hall", "bea": "annex", "eve": "annex"}

const service = "webchat"

func (s *stage) Platform() chat.Info {
	return chat.Info{ID: service, Name: "web chat", Prefix: "/", Private: !s.bare, Forms: !s.bare}
}

func (s *stage) Run(ctx context.Context, _ chat.Handler) error { <-ctx.Done(); return nil }

func (s *stage) put(at chat.Address, who, from string, m chat.Message, words string) chat.Sent {
	s.n++
	msg := &message{id: chat.MessageID(fmt.Sprintf("m%d", s.n)), at: at, who: who, from: from, m: m, words: words}
	s.msgs = append(s.msgs, msg)
	sent := chat.Sent{Message: msg.id}
	if m.Threaded {
		sent.Thread = chat.ThreadID(msg.id)
	}
	if from == "" {
		s.note(msg, "")
	}
	return sent
}

// note keeps what somebody sees as lines.
func (s *stage) note(msg *message, how string) {
	where := s.place(msg)
	text := msg.m.Plain()
	var buttons []string
	for _, b := range msg.m.Buttons {
		buttons = append(buttons, "["+b.Label+"]")
	}
	for _, r := range msg.m.List {
		for _, b := range r.Buttons {
			buttons = append(buttons, "["+b.Label+"]")
		}
	}
	if len(buttons) > 0 {
		text += "\n" + strings.Join(buttons, " ")
	}
	var pings []string
	for _, p := range msg.m.Pings {
		pings = append(pings, "@"+string(p))
	}
	if len(pings) > 0 && how == "" {
		text += "\n(tells " + strings.Join(pings, " ") + ")"
	}
	s.shown = append(s.shown, "  "+where+how+": "+strings.ReplaceAll(text, "\n", "\n    "))
}

func (s *stage) place(msg *message) string {
	if msg.who != "" {
		return "only " + msg.who
	}
	if who, direct := strings.CutPrefix(string(msg.at.Room), "dm-"); direct {
		return "to " + who
	}
	where := string(msg.at.Room)
	if msg.at.Thread != "" {
		where += " thread"
	}
	return where
}

func (s *stage) find(id chat.MessageID) *message {
	for _, m := range s.msgs {
		if m.id == id && !m.gone {
			return m
		}
	}
	return nil
}

func (s *stage) Send(_ context.Context, to chat.Address, m chat.Message, _ chat.Key) (chat.Sent, error) {
	return s.put(to, "", "", m, ""), nil
}

func (s *stage) Edit(_ context.Context, _ chat.Address, id chat.MessageID, m chat.Message) error {
	msg := s.find(id)
	if msg == nil {
		return chat.ErrGone
	}
	msg.m = m
	s.note(msg, " (changed)")
	return nil
}

func (s *stage) Remove(_ context.Context, _ chat.Address, id chat.MessageID) error {
	if msg := s.find(id); msg != nil {
		msg.gone = true
		s.shown = append(s.shown, "  "+s.place(msg)+" (removed)")
	}
	return nil
}

func (s *stage) Whisper(_ context.Context, to chat.Address, who chat.AccountID, _ string, m chat.Message, _ chat.Key) error {
	s.put(to, string(who), "", m, "")
	return nil
}

func (s *stage) Direct(_ context.Context, space chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	return chat.Address{Platform: service, Space: space, Room: chat.RoomID("dm-" + who)}, nil
}

// The queue.
func (s *stage) Add(ctx context.Context, items ...work.Item) error {
	s.db.AfterCommit(ctx, func() {
		for _, it := range items {
			there := slices.ContainsFunc(s.items, func(x work.Item) bool { return x.Key == it.Key })
			if !there && !s.done[it.Key] {
				s.items = append(s.items, it)
			}
		}
	})
	return nil
}

func (s *stage) Drop(context.Context, int64, ...string) error { return nil }

func (s *stage) FinishKey(_ context.Context, _ int64, key string) (bool, error) {
	before := len(s.items)
	s.items = slices.DeleteFunc(s.items, func(x work.Item) bool { return x.Key == key })
	s.done[key] = true
	return len(s.items) < before, nil
}

// What the bot asks for.
func (s *stage) Detect(context.Context, string) (string, bool) { return s.lang, s.lang != "" }

func (s *stage) Similar(context.Context, int64, string, string, []string, []string, int) ([]search.Hit, error) {
	return s.alike, nil
}

// inbox forgets what the queue of the store would know: whether an answer got through.
type inbox struct{ sqlstore.Inbox }

func (inbox) Unfinished(context.Context, int64, int64, string, time.Time) ([]byte, string, bool, error) {
	return nil, "", false, nil
}

// index keeps what search is told.
type index map[int64]search.Doc

func (x index) Put(_ context.Context, _ int64, d search.Doc) error { x[d.Number] = d; return nil }

func (x index) Remove(_ context.Context, _ int64, _ string, no int64) error {
	delete(x, no)
	return nil
}

func newStage(t *testing.T, lang string) *stage {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "stage.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := &stage{t: t, db: db, now: time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC), done: map[string]bool{}, form: map[string]openForm{}, index: index{}, speak: lang}
	clock := func() time.Time { return s.now }
	ledger := db.Ledger()
	desk := communication.New(communication.Store{Transactions: db, Requests: db.Requests(), Answers: db.Answers(), Helpers: db.Helpers(),
		Members: db.Directory(), Consents: ledger, Changes: chat.Recorder{Keep: ledger}, Trails: ledger, Queue: s}, clock)
	bot := bots.New(bots.Parts{Desk: desk, People: db.Directory(), Detector: s, Alike: s})
	s.ticks, s.view = bot.Ticks, bot.Views[0]
	shelf := shelf(bot.Views[0], ledger)
	s.e, err = chat.New(chat.Options{Bots: []chat.Bot{bot, shelf}, Platforms: []chat.Platform{s}, Now: clock, Pace: 1000,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: inbox{db.Inbox()}, Keys: db.Desk(), Pendings: db.Desk(), Cards: db.Cards(),
			Todos: db.Desk(), Once: db.Desk(), Index: s.index, Queue: s}})
	if err != nil {
		t.Fatal(err)
	}
	s.people()
	return s
}

// people makes the community, its places, and who is who.
func (s *stage) people() {
	s.t.Helper()
	d := s.db.Directory()
	err := s.db.Atomically(s.t.Context(), func(ctx context.Context) (err error) {
		if s.com, err = d.Found(ctx, community.Community{Name: "VET Net", Language: s.speak, Zone: "Europe/Dublin", Policy: community.PolicyOpen}, s.now); err != nil {
			return err
		}
		for _, space := range []chat.SpaceID{"hall", "annex"} {
			err := errors.Join(
				d.AddSpace(ctx, community.Space{Community: s.com.ID, Platform: service, ID: string(space), Name: string(space), Noise: community.NoiseAll, Joined: s.now}),
				d.AddRoom(ctx, community.Room{Community: s.com.ID, Platform: service, Space: string(space), ID: string(space) + " #communication", Sections: []community.Section{community.Communication}}))
			if err != nil {
				return err
			}
		}
		for _, name := range []string{"ann", "bea", "mia", "dan", "eve"} {
			m, _, err := d.Enter(ctx, s.com.ID, service, homes[name], chat.Author{Account: chat.AccountID(name), Name: strings.ToUpper(name[:1]) + name[1:], Locale: s.speak}, s.now)
			if err != nil {
				return err
			}
			if name == "mia" {
				if err := d.SetRole(ctx, s.com.ID, m.No, community.RoleModerator); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		s.t.Fatal(err)
	}
}
