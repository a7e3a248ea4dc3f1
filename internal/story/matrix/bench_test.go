package matrix_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"guildhall/adapters/matrix/matrixtest"
)

// watch is a member's client that notes when the answer to each of its messages is seen.
type watch struct {
	p    *matrixtest.Person
	mu   sync.Mutex
	seen map[string]chan time.Time // by the message that is answered
}

func newWatch(b *testing.B, p *matrixtest.Person, from string) *watch {
	b.Helper()
	w := &watch{p: p, seen: map[string]chan time.Time{}}
	syncer := p.Syncer.(*mautrix.DefaultSyncer)
	syncer.OnEventType(event.EventMessage, func(_ context.Context, e *event.Event) {
		c := e.Content.AsMessage()
		if string(e.Sender) != from || c.RelatesTo == nil {
			return
		}
		to := c.RelatesTo.GetThreadParent()
		if to == "" {
			to = c.RelatesTo.GetReplyTo()
		}
		select {
		case w.of(string(to)) <- time.Now():
		default:
		}
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	over := make(chan struct{})
	go func() { defer close(over); _ = p.SyncWithContext(ctx) }()
	b.Cleanup(func() { cancel(); <-over })
	return w
}

func (w *watch) of(msg string) chan time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[msg] == nil {
		w.seen[msg] = make(chan time.Time, 1)
	}
	return w.seen[msg]
}

// ask says something and waits until the answer is seen.
func (w *watch) ask(b *testing.B, room, words string) time.Duration {
	begun := time.Now()
	select {
	case at := <-w.of(w.p.Say(b, room, "", words)):
		return at.Sub(begun)
	case <-time.After(matrixtest.Patience):
		b.Error("no answer to " + words)
		return 0
	}
}

// round measures the time to an answer one by one, and how many are answered in a second when many
// wait at once.
func (w *watch) round(b *testing.B, room string, n int, words func(i int) string) (p50, p99 time.Duration, rate float64) {
	b.Helper()
	w.ask(b, room, words(-1))
	var took []time.Duration
	for i := range n {
		took = append(took, w.ask(b, room, words(i)))
	}
	slices.Sort(took)
	begun := time.Now()
	var wg sync.WaitGroup
	const callers = 16
	for c := range callers {
		wg.Go(func() {
			for i := range n / callers {
				w.ask(b, room, words(1000+c*n+i))
			}
		})
	}
	wg.Wait()
	return took[len(took)/2], took[len(took)*99/100], float64(n/callers*callers) / time.Since(begun).Seconds()
}

// echo is a bare mautrix bot that answers each message, and stores nothing.
func echo(b *testing.B, p *matrixtest.Person) {
	b.Helper()
	syncer := p.Syncer.(*mautrix.DefaultSyncer)
	syncer.OnSync(p.DontProcessOldEvents)
	syncer.OnEventType(event.EventMessage, func(ctx context.Context, e *event.Event) {
		c := e.Content.AsMessage()
		if e.Sender == p.UserID || c.MsgType == event.MsgNotice {
			return
		}
		out := &event.MessageEventContent{MsgType: event.MsgNotice, Body: c.Body, RelatesTo: (&event.RelatesTo{}).SetThread(e.ID, e.ID)}
		_, _ = p.SendMessageEvent(ctx, e.RoomID, event.EventMessage, out)
	})
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	over := make(chan struct{})
	go func() { defer close(over); _ = p.SyncWithContext(ctx) }()
	b.Cleanup(func() { cancel(); <-over })
}

// BenchmarkAnswer measures from a member's sending to the visible answer, beside a bare echo on the
// same homeserver in the same run:
//
//	go test ./internal/story/matrix -run '^$' -bench Answer -benchtime 1x
func BenchmarkAnswer(b *testing.B) {
	const n = 200
	c := newTown(b)
	c.bot = startBot(b, c.server.URL(), c.botID)
	c.setUp()
	room := c.rooms["communication"]
	mirror := matrixtest.Register(b, c.server, matrixtest.Name("echo"))
	hall := c.ann.NewRoom(b, "Echo", mirror.ID)
	mirror.Join(b, hall)
	echo(b, mirror)

	asker := matrixtest.LogIn(b, c.server, c.bea.ID)
	toBot := newWatch(b, asker, c.botID)
	caller := matrixtest.LogIn(b, c.server, c.ann.ID)
	toEcho := newWatch(b, caller, mirror.ID)
	for b.Loop() {
		e50, e99, erate := toEcho.round(b, hall, n, func(i int) string { return fmt.Sprint("hello ", i) })
		for name, words := range map[string]func(i int) string{
			"ask":  func(i int) string { return fmt.Sprintf("!ask %s %d?", strings.Repeat(fmt.Sprintf("w%d ", i), 8), i) },
			"find": func(i int) string { return fmt.Sprintf("!find w%d", i) },
		} {
			p50, p99, rate := toBot.round(b, room, n, words)
			b.ReportMetric(float64(p50.Microseconds())/1000, name+"-p50-ms")
			b.ReportMetric(float64(p99.Microseconds())/1000, name+"-p99-ms")
			b.ReportMetric(rate, name+"/s")
			b.ReportMetric(float64(p50)/float64(e50), name+"-p50/echo")
			b.ReportMetric(rate/erate, name+"-rate/echo")
		}
		b.ReportMetric(float64(e50.Microseconds())/1000, "echo-p50-ms")
		b.ReportMetric(float64(e99.Microseconds())/1000, "echo-p99-ms")
		b.ReportMetric(erate, "echo/s")
	}
}
