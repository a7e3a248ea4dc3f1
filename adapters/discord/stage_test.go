package discord_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// patience is how long a test waits for what must happen.
const patience = time.Minute

// stage is a fake Discord with an adapter in front of it and an engine that writes down what it hears.
type stage struct {
	t    *testing.T
	srv  *discordtest.Server
	g    *discordtest.Guild
	help *discordtest.Channel
	ann  *discordtest.Person
	bea  *discordtest.Person
	ear  *ear
	dc   *discord.Platform
	opt  discord.Options
	end  func() error // stops the adapter
	wait func() error // waits until it stops by itself
}

// newStage makes a stage without starting the adapter.
func newStage(t *testing.T, o discordtest.Options, change ...func(*discord.Options)) *stage {
	t.Helper()
	if o.Patience == 0 {
		o.Patience = patience
	}
	if o.ResponseTime == 0 {
		o.ResponseTime = patience // of machines, not of the adapter: tests of the deadline set their own
	}
	s := &stage{t: t, srv: discordtest.Start(t, o), ear: newEar()}
	s.g = s.srv.AddGuild("VET Net")
	s.help = s.g.AddChannel("help")
	s.ann, s.bea = s.srv.AddPerson("ann", discordtest.Locale("it")), s.srv.AddPerson("bea", discordtest.Locale("pl"))
	s.g.JoinAsAdmin(s.ann)
	s.g.Join(s.bea)
	s.opt = discord.Options{Token: s.srv.Token(), APIURL: s.srv.APIURL(), Content: o.Disallowed&discordtest.MessageContent == 0,
		Pause: 20 * time.Millisecond, Keep: 20 * time.Millisecond, Identify: time.Millisecond, Watch: 2 * time.Second,
		Log: slog.New(slog.NewTextHandler(testLog{t}, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	for _, c := range change {
		c(&s.opt)
	}
	s.make()
	return s
}

// begin makes a stage with the adapter running and its commands registered.
func begin(t *testing.T, o discordtest.Options, change ...func(*discord.Options)) *stage {
	t.Helper()
	s := newStage(t, o, change...)
	s.must(s.dc.Publish(t.Context(), s.ear.byLang()))
	s.run()
	t.Cleanup(func() {
		if faults := s.srv.Faults(); len(faults) > 0 && !t.Failed() {
			t.Errorf("the adapter broke Discord's rules: %v", faults)
		}
	})
	return s
}

// make makes the adapter, as a program that starts does.
func (s *stage) make() {
	s.t.Helper()
	dc, err := discord.New(s.opt)
	s.must(err)
	s.dc = dc
}

// run runs the adapter until stop, and waits until it is connected.
func (s *stage) run() {
	s.t.Helper()
	s.start()
	s.must(s.srv.Connected(1))
}

func (s *stage) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	dc := s.dc
	go func() { ended <- dc.Run(ctx, s.ear) }()
	var once sync.Once
	var err error
	s.wait = func() error {
		once.Do(func() {
			late := time.NewTimer(patience)
			defer late.Stop()
			select {
			case err = <-ended:
			case <-late.C:
				err = errors.New("Run does not end")
			}
		})
		return err
	}
	wait := s.wait
	s.end = func() error { cancel(); return wait() }
	s.t.Cleanup(func() { _ = s.end() })
}

func (s *stage) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// must1 is v, or the end of the test.
func must1[T any](s *stage) func(T, error) T {
	return func(v T, err error) T { s.t.Helper(); s.must(err); return v }
}

// at is a channel as an address.
func (s *stage) at(c *discordtest.Channel) chat.Address {
	a := chat.Address{Platform: "discord", Space: chat.SpaceID(s.g.ID.String()), Room: chat.RoomID(c.ID.String())}
	if p := c.Parent(); p != nil && (c.Type == discordtest.PublicThread || c.Type == discordtest.PrivateThread) {
		a.Room, a.Thread = chat.RoomID(p.ID.String()), chat.ThreadID(c.ID.String())
	}
	return a
}

// testLog writes the adapter's log to the test's.
type testLog struct{ t *testing.T }

var logs sync.Mutex

func (l testLog) Write(b []byte) (int, error) {
	logs.Lock()
	defer logs.Unlock()
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}

// ear is an engine that writes down what it hears.
type ear struct {
	mu       sync.Mutex
	events   []chat.Event
	more     chan struct{}
	answer   func(context.Context, chat.Event) (chat.Answer, error)
	complete func(command, arg, partial string) []chat.Option
	table    map[string][]chat.CommandInfo
}

func newEar() *ear { return &ear{more: make(chan struct{}, 1), table: theTable()} }

func (e *ear) Handle(ctx context.Context, ev chat.Event) (chat.Answer, error) {
	e.mu.Lock()
	answer := e.answer
	e.events = append(e.events, ev)
	e.mu.Unlock()
	select {
	case e.more <- struct{}{}:
	default:
	}
	if answer == nil {
		return chat.Answer{}, nil
	}
	return answer(ctx, ev)
}

func (e *ear) Complete(_ context.Context, _ chat.Event, command, arg, partial string) ([]chat.Option, error) {
	if e.complete == nil {
		return nil, nil
	}
	return e.complete(command, arg, partial), nil
}

func (e *ear) Commands(lang string) []chat.CommandInfo { return e.table[lang] }

func (e *ear) Home(context.Context, chat.Event) (chat.Message, error) { return chat.Message{}, nil }

func (e *ear) byLang() map[string][]chat.CommandInfo { return e.table }

func (e *ear) answers(f func(context.Context, chat.Event) (chat.Answer, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

// says answers everything with a message.
func (e *ear) says(m chat.Message) {
	e.answers(func(context.Context, chat.Event) (chat.Answer, error) { return chat.Answer{Message: &m}, nil })
}

// drop forgets what was given so far.
func (e *ear) drop() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.events = nil
}

// heard is how often an event was given so far.
func (e *ear) heard(suits func(chat.Event) bool) int {
	e.mu.Lock()
	defer e.mu.Unlock()
	n := 0
	for _, ev := range e.events {
		if suits(ev) {
			n++
		}
	}
	return n
}

// hears waits for the first event that suits, and takes it out.
func (s *stage) hears(what string, suits func(chat.Event) bool) chat.Event {
	s.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for {
		s.ear.mu.Lock()
		for i, ev := range s.ear.events {
			if suits(ev) {
				s.ear.events = append(s.ear.events[:i:i], s.ear.events[i+1:]...)
				s.ear.mu.Unlock()
				return ev
			}
		}
		s.ear.mu.Unlock()
		select {
		case <-s.ear.more:
		case <-deadline.C:
			s.ear.mu.Lock()
			defer s.ear.mu.Unlock()
			s.t.Fatalf("%s was not given; what was given: %+v", what, s.ear.events)
		}
	}
}

func kind(k chat.EventKind) func(chat.Event) bool {
	return func(ev chat.Event) bool { return ev.Kind == k }
}

func saying(t string) func(chat.Event) bool {
	return func(ev chat.Event) bool { return ev.Kind == chat.Said && ev.Text == t }
}

// plain is a message of one paragraph.
func plain(s string) chat.Message { return chat.Message{Lang: "en", Body: []text.Rich{text.Plain(s)}} }

// theTable is a command table with every kind of argument.
func theTable() map[string][]chat.CommandInfo {
	english := []chat.CommandInfo{
		{Path: "help", About: "What I can do", Example: "ask", Button: "Help", Reads: true},
		{Path: "ask", About: "Ask for help", Button: "Ask for help", Top: 1, Role: community.RoleMember, Args: []chat.ArgInfo{
			{Name: "question", Label: "Question", Hint: "What do you need?", Kind: chat.Line, Required: true, Max: 300},
			{Name: "topic", Label: "Topic", Kind: chat.Topic},
			{Name: "urgent", Label: "Urgent", Kind: chat.Yes}}},
		{Path: "deposit", About: "Deposit something in the toolbox", Button: "Deposit in toolbox", Role: community.RoleMember, Target: chat.AnyMessage, Action: true, Args: []chat.ArgInfo{
			{Name: "title", Label: "Title", Kind: chat.Line, Required: true, Max: 300},
			{Name: "file", Label: "File", Kind: chat.File},
			{Name: "licence", Label: "Licence", Kind: chat.Choice, Options: []chat.Option{{Value: "CC-BY-4.0", Label: "Yes, with my name"}, {Value: "none", Label: "Not sure"}}}}},
		{Path: "show", About: "Shows a record", Button: "Show", Reads: true, Args: []chat.ArgInfo{{Name: "id", Label: "Record", Kind: chat.Record, Required: true}}},
		{Path: "collab open", About: "Open a collaboration", Button: "Open a collaboration", Args: []chat.ArgInfo{
			{Name: "theme", Label: "Theme", Kind: chat.Line, Required: true}, {Name: "weeks", Label: "Weeks", Kind: chat.Number}}},
		{Path: "collab join", About: "Join a collaboration", Button: "Join", Args: []chat.ArgInfo{{Name: "id", Label: "Collaboration", Kind: chat.Record, Letters: "C", Required: true}}},
		{Path: "profile", About: "Your profile", Button: "Profile", Person: true, Args: []chat.ArgInfo{{Name: "member", Label: "Member", Kind: chat.Member}}},
		{Path: "setup start", About: "Make this space a community", Button: "Set up", Args: []chat.ArgInfo{{Name: "name", Label: "Name", Kind: chat.Line, Required: true}}},
		{Path: "mod queue", About: "What waits", Button: "Queue", Role: community.RoleModerator},
		{Path: "press", Button: "Press", Hidden: true},
	}
	italian := make([]chat.CommandInfo, len(english))
	words := map[string][2]string{"ask": {"Chiedi aiuto", "Chiedi aiuto a tutti"}, "deposit": {"Metti nella cassetta", "Deposita qualcosa"}, "help": {"Aiuto", "Che cosa so fare"}}
	for i, c := range english {
		italian[i] = c
		if w, ok := words[c.Path]; ok {
			italian[i].Button, italian[i].About = w[0], w[1]
			italian[i].Args = append([]chat.ArgInfo{}, c.Args...)
		}
		for k, a := range italian[i].Args {
			if a.Name == "question" {
				italian[i].Args[k].Label = "Domanda"
			}
		}
	}
	return map[string][]chat.CommandInfo{"en": english, "it": italian}
}
