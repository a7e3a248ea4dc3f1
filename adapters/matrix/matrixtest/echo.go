package matrixtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Echo has a client answer each message in its thread and keep nothing: the least that a bot can do,
// to measure another one beside it. It ends with ctx; what it returns waits for that.
func Echo(ctx context.Context, c *mautrix.Client) (wait func()) {
	syncer := mautrix.NewDefaultSyncer()
	c.Syncer = syncer
	syncer.OnSync(c.DontProcessOldEvents)
	syncer.OnEventType(event.EventMessage, func(ctx context.Context, e *event.Event) {
		said := e.Content.AsMessage()
		if e.Sender == c.UserID || said.MsgType == event.MsgNotice {
			return
		}
		out := &event.MessageEventContent{MsgType: event.MsgNotice, Body: said.Body, RelatesTo: (&event.RelatesTo{}).SetThread(e.ID, e.ID)}
		_, _ = c.SendMessageEvent(ctx, e.RoomID, event.EventMessage, out)
	})
	return syncing(ctx, c)
}

// syncing runs a client's sync until ctx ends.
func syncing(ctx context.Context, c *mautrix.Client) (wait func()) {
	over := make(chan struct{})
	go func() {
		defer close(over)
		_ = c.SyncWithContext(ctx)
	}()
	return func() { <-over }
}

// Watch is somebody's client that notes when the answer to each of their messages is seen.
type Watch struct {
	c    *mautrix.Client
	mu   sync.Mutex
	seen map[id.EventID]chan time.Time // by the message that is answered
}

// NewWatch watches for what from says in threads and as replies. It ends with ctx; wait waits for that.
func NewWatch(ctx context.Context, c *mautrix.Client, from string) (w *Watch, wait func()) {
	w = &Watch{c: c, seen: map[id.EventID]chan time.Time{}}
	syncer := mautrix.NewDefaultSyncer()
	c.Syncer = syncer
	syncer.OnEventType(event.EventMessage, func(_ context.Context, e *event.Event) {
		said := e.Content.AsMessage()
		if string(e.Sender) != from || said.RelatesTo == nil {
			return
		}
		to := said.RelatesTo.GetThreadParent()
		if to == "" {
			to = said.RelatesTo.GetReplyTo()
		}
		select {
		case w.of(to) <- time.Now():
		default: // it was answered before
		}
	})
	return w, syncing(ctx, c)
}

func (w *Watch) of(msg id.EventID) chan time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[msg] == nil {
		w.seen[msg] = make(chan time.Time, 1)
	}
	return w.seen[msg]
}

// Ask says something and waits until the answer is seen: how long that took, the sending included.
func (w *Watch) Ask(ctx context.Context, room, words string) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	begun := time.Now()
	got, err := w.c.SendText(ctx, id.RoomID(room), words)
	if err != nil {
		return 0, fmt.Errorf("say %q: %w", words, err)
	}
	select {
	case at := <-w.of(got.EventID):
		w.mu.Lock()
		delete(w.seen, got.EventID)
		w.mu.Unlock()
		return at.Sub(begun), nil
	case <-ctx.Done():
		return 0, fmt.Errorf("wait for the answer to %q: %w", words, ctx.Err())
	}
}
