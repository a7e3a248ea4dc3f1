package matrix_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
)

// ear is an engine that writes down what it hears.
type ear struct {
	mu     sync.Mutex
	events []chat.Event
	more   chan struct{}
	fail   int // so many events cannot be stored
}

func newEar() *ear { return &ear{more: make(chan struct{}, 1)} }

func (e *ear) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fail > 0 {
		e.fail--
		return chat.Answer{}, errors.New("the store is away")
	}
	e.events = append(e.events, ev)
	select {
	case e.more <- struct{}{}:
	default:
	}
	return chat.Answer{}, nil
}

func (e *ear) Complete(context.Context, chat.Event, string, string, string) ([]chat.Option, error) {
	return nil, nil
}
func (e *ear) Commands(string) []chat.CommandInfo                     { return nil }
func (e *ear) Home(context.Context, chat.Event) (chat.Message, error) { return chat.Message{}, nil }

// hears waits for the first event that suits and takes it.
func (e *ear) hears(t testing.TB, what string, suits func(chat.Event) bool) chat.Event {
	t.Helper()
	deadline := time.NewTimer(matrixtest.Patience)
	defer deadline.Stop()
	for {
		e.mu.Lock()
		for i, ev := range e.events {
			if suits(ev) {
				e.events = append(e.events[:i:i], e.events[i+1:]...)
				e.mu.Unlock()
				return ev
			}
		}
		e.mu.Unlock()
		select {
		case <-e.more:
		case <-deadline.C:
			e.mu.Lock()
			defer e.mu.Unlock()
			t.Fatalf("%s was not heard, but %+v", what, e.events)
		}
	}
}

// all are the events so far that suit.
func (e *ear) all(suits func(chat.Event) bool) (out []chat.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, ev := range e.events {
		if suits(ev) {
			out = append(out, ev)
		}
	}
	return out
}

func saying(text string) func(chat.Event) bool {
	return func(ev chat.Event) bool { return ev.Kind == chat.Said && ev.Text == text }
}

func kind(k chat.EventKind) func(chat.Event) bool {
	return func(ev chat.Event) bool { return ev.Kind == k }
}
