package chattest

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
)

// patience is how long the suite waits for what must happen. It is never waited out when all is well.
const patience = time.Minute

// ear is an engine that writes down what it hears.
type ear struct {
	mu     sync.Mutex
	events []chat.Event
	more   chan struct{}
	answer func(chat.Event) (chat.Answer, error)
}

func newEar() *ear { return &ear{more: make(chan struct{}, 1)} }

// Handle implements chat.Handler.
func (e *ear) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
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
	return answer(ev)
}

// Complete implements chat.Handler.
func (e *ear) Complete(context.Context, chat.Event, string, string, string) ([]chat.Option, error) {
	return nil, nil
}

// Commands implements chat.Handler.
func (e *ear) Commands(string) []chat.CommandInfo { return table }

// Home implements chat.Handler.
func (e *ear) Home(context.Context, chat.Event) (chat.Message, error) { return chat.Message{}, nil }

// table is a small command table: what the suite's drivers may register.
var table = []chat.CommandInfo{
	{Path: "help", About: "What I can do", Example: "ask", Button: "Help", Reads: true, Role: 0},
	{Path: "ask", About: "Ask for help", Example: `"How do you assess welders?"`, Button: "Ask for help", Top: 1, Role: 1,
		Args: []chat.ArgInfo{{Name: "question", Label: "Question", Hint: "What do you need?", Kind: chat.Line, Required: true}}},
	{Path: "deposit", About: "Deposit something in the toolbox", Example: `"A rubric"`, Button: "Deposit", Top: 2, Role: 1, Target: chat.AnyMessage, Action: true,
		Args: []chat.ArgInfo{{Name: "title", Label: "Title", Kind: chat.Line, Required: true}}},
	{Path: "setup start", About: "Make this space a community", Example: `"VET Net"`, Button: "Set up", Top: 8, Role: 0,
		Args: []chat.ArgInfo{{Name: "name", Label: "Name", Kind: chat.Line, Required: true}}},
}

// hears waits for the first event that suits and that was not given out before.
func (e *ear) hears(t testing.TB, what string, suits func(chat.Event) bool) chat.Event {
	t.Helper()
	ev, ok := e.waits(patience, suits)
	if !ok {
		e.mu.Lock()
		defer e.mu.Unlock()
		t.Fatalf("%s was not given; what was given: %+v", what, e.events)
	}
	return ev
}

func (e *ear) waits(d time.Duration, suits func(chat.Event) bool) (chat.Event, bool) {
	deadline := time.NewTimer(d)
	defer deadline.Stop()
	for {
		e.mu.Lock()
		for i, ev := range e.events {
			if suits(ev) {
				e.events = append(e.events[:i:i], e.events[i+1:]...)
				e.mu.Unlock()
				return ev, true
			}
		}
		e.mu.Unlock()
		select {
		case <-e.more:
		case <-deadline.C:
			return chat.Event{}, false
		}
	}
}

func (e *ear) answers(f func(chat.Event) (chat.Answer, error)) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.answer = f
}

// bench is a driver with its adapter running.
type bench struct {
	*Driver
	ear  *ear
	stop func() error
}

func begin(t *testing.T, fresh func(t *testing.T) *Driver) *bench {
	t.Helper()
	b := &bench{Driver: fresh(t), ear: newEar()}
	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	var over <-chan error
	if b.Start != nil {
		over = b.Start(ctx, t, b.ear)
	} else {
		ended := make(chan error, 1)
		go func() { ended <- b.Platform.Run(ctx, b.ear) }()
		over = ended
	}
	var once sync.Once
	var ended error
	b.stop = func() error {
		once.Do(func() {
			cancel()
			select {
			case ended = <-over:
			case <-time.After(patience):
				ended = errors.New("Run did not return when its context ended")
			}
		})
		return ended
	}
	t.Cleanup(func() {
		if err := b.stop(); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	return b
}

// sees waits until somebody sees what suits in a place.
func (b *bench) sees(t testing.TB, who chat.AccountID, at chat.Address, what string, suits func(Shown) bool) Shown {
	t.Helper()
	var all []Shown
	for until := time.Now().Add(patience); time.Now().Before(until); <-time.After(20 * time.Millisecond) {
		all = b.Shown(t, who, at)
		for _, s := range all {
			if suits(s) {
				return s
			}
		}
	}
	t.Fatalf("%s does not see %s, but %+v", who, what, all)
	return Shown{}
}

// lacks logs what a service does not have, so that nobody believes it was tested.
func lacks(t *testing.T, what string) {
	t.Helper()
	t.Logf("not tested: this service has no %s", what)
}
