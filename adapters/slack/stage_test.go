package slack_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// hall is an engine that does what a test says, and remembers what it was given.
type hall struct {
	mu       sync.Mutex
	events   []chat.Event
	changed  chan struct{}
	answer   func(ev chat.Event) (chat.Answer, error)
	complete func(command, arg, partial string) []chat.Option
	table    []chat.CommandInfo
	home     chat.Message
}

func newHall() *hall { return &hall{changed: make(chan struct{}, 1)} }

func (h *hall) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	h.mu.Lock()
	h.events = append(h.events, ev)
	answer := h.answer
	h.mu.Unlock()
	select {
	case h.changed <- struct{}{}:
	default:
	}
	if answer == nil {
		return chat.Answer{}, nil
	}
	return answer(ev)
}

func (h *hall) Complete(_ context.Context, _ chat.Event, command, arg, partial string) ([]chat.Option, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.complete == nil {
		return nil, nil
	}
	return h.complete(command, arg, partial), nil
}

func (h *hall) Commands(string) []chat.CommandInfo { return h.table }

func (h *hall) Home(context.Context, chat.Event) (chat.Message, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.home, nil
}

// heard are the events of a kind so far.
func (h *hall) heard(kinds ...chat.EventKind) []chat.Event {
	h.mu.Lock()
	defer h.mu.Unlock()
	var out []chat.Event
	for _, ev := range h.events {
		for _, k := range kinds {
			if ev.Kind == k {
				out = append(out, ev)
			}
		}
	}
	return out
}

// stage is a Slack with our platform running against it.
type stage struct {
	t     *testing.T
	s     *slacktest.Server
	w     *slacktest.Workspace
	p     *slack.Platform
	hall  *hall
	room  *slacktest.Channel
	ann   *slacktest.User
	bea   *slacktest.User
	stop  func() error
	ended chan error
}

type setup struct {
	server  []slacktest.Option
	options func(*slack.Options)
	hall    *hall
}

// begin starts a Slack and the platform in Socket Mode, with ann, bea and the bot in #help.
func begin(t *testing.T, with setup) *stage {
	t.Helper()
	// Slack's clock stands still unless told: a busy machine is no reason for a deadline to pass.
	still := slacktest.WithClock(slacktest.NewStepped(time.Now()))
	s := slacktest.New(t, append([]slacktest.Option{still, slacktest.WithPatience(30 * time.Second)}, with.server...)...)
	st := &stage{t: t, s: s, w: s.Workspace(), hall: with.hall}
	if st.hall == nil {
		st.hall = newHall()
	}
	st.ann = st.w.User("ann", slacktest.RealName("Ann Rossi"), slacktest.Locale("it-IT"), slacktest.TZ("Europe/Rome"))
	st.bea = st.w.User("bea", slacktest.RealName("Bea Nowak"), slacktest.Locale("pl-PL"))
	st.room = st.w.NewChannel("help", st.ann, st.bea, st.w.Bot())
	o := slack.Options{Apps: []slack.App{{BotToken: s.BotToken(), AppToken: s.AppToken(), APIURL: s.APIURL()}}, AckWithin: time.Hour,
		Log: slog.New(slog.NewTextHandler(testLog{t}, nil))}
	if with.options != nil {
		with.options(&o)
	}
	p, err := slack.New(o)
	if err != nil {
		t.Fatal(err)
	}
	st.p = p
	st.run()
	if o.Apps[0].AppToken != "" {
		s.AwaitSockets(2)
	}
	return st
}

// run runs the platform until the test ends or stop is called.
func (st *stage) run() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	st.ended = ended
	go func() { ended <- st.p.Run(ctx, st.hall) }()
	var once sync.Once
	var err error
	st.stop = func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	st.t.Cleanup(func() {
		if err := st.stop(); err != nil && !errors.Is(err, chat.ErrGone) {
			st.t.Errorf("Run: %v", err)
		}
	})
}

// clean fails the test if the platform broke one of Slack's rules.
func (st *stage) clean() {
	st.t.Helper()
	for _, f := range st.s.Faults() {
		st.t.Errorf("broke a rule of Slack's: %s", f)
	}
}

// at is an address in the workspace.
func (st *stage) at(c *slacktest.Channel, thread string) chat.Address {
	return chat.Address{Platform: slack.ID, Space: chat.SpaceID(st.w.ID()), Room: chat.RoomID(st.w.ID() + "/" + c.ID()), Thread: chat.ThreadID(thread)}
}

func (st *stage) account(u *slacktest.User) chat.AccountID {
	return chat.AccountID(st.w.ID() + "/" + u.ID())
}

// saying is an answer of one sentence.
func saying(s string) func(chat.Event) (chat.Answer, error) {
	return func(chat.Event) (chat.Answer, error) {
		return chat.Answer{Message: &chat.Message{Body: []text.Rich{text.Plain(s)}}}, nil
	}
}

type testLog struct{ t *testing.T }

func (l testLog) Write(b []byte) (int, error) {
	l.t.Helper()
	l.t.Log(string(b))
	return len(b), nil
}

// awaitEnd waits until Run has ended by itself because no token is taken any more.
func (st *stage) awaitEnd(t *testing.T) {
	t.Helper()
	select {
	case err := <-st.ended:
		st.ended <- err
		if !errors.Is(err, chat.ErrGone) {
			t.Errorf("Run ended with %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("Run goes on without a token")
	}
}
