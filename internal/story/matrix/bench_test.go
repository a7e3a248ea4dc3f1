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

// crowd is how many are answered in a second when many wait at once.
func (w *watch) crowd(b *testing.B, room string, n int, words func(i int) string) float64 {
	b.Helper()
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
	return float64(n/callers*callers) / time.Since(begun).Seconds()
}

// asked is something that a member says again and again.
type asked struct {
	name  string
	by    *watch
	room  string
	words func(i int) string
	took  []time.Duration
}

// at is the time within which a share of the answers came.
func (a *asked) at(percent int) time.Duration { return a.took[len(a.took)*percent/100] }

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

// BenchmarkAnswer measures from a member's sending to the visible answer, of a command that reads and
// of one that writes, beside a bare echo on the same homeserver in the same run. The three take turns,
// so that whatever else the machine does slows all of them:
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

	toBot := newWatch(b, matrixtest.LogIn(b, c.server, c.bea.ID), c.botID)
	toEcho := newWatch(b, matrixtest.LogIn(b, c.server, c.ann.ID), mirror.ID)
	bare := &asked{name: "echo", by: toEcho, room: hall, words: func(i int) string { return fmt.Sprint("hello ", i) }}
	all := []*asked{
		bare,
		{name: "find", by: toBot, room: room, words: func(i int) string { return fmt.Sprintf("!find w%d", i) }},
		{name: "ask", by: toBot, room: room, words: func(i int) string {
			return fmt.Sprintf("!ask %s %d?", strings.Repeat(fmt.Sprintf("w%d ", i), 8), i)
		}},
	}
	for b.Loop() {
		for i := -1; i < n; i++ {
			for _, a := range all {
				if took := a.by.ask(b, a.room, a.words(i)); i >= 0 {
					a.took = append(a.took, took)
				}
			}
		}
		rate := 0.0
		for _, a := range all {
			slices.Sort(a.took)
			b.ReportMetric(float64(a.at(50).Microseconds())/1000, a.name+"-p50-ms")
			b.ReportMetric(float64(a.at(99).Microseconds())/1000, a.name+"-p99-ms")
			crowd := a.by.crowd(b, a.room, n, a.words)
			b.ReportMetric(crowd, a.name+"/s")
			if a == bare {
				rate = crowd
				continue
			}
			b.ReportMetric(float64(a.at(50))/float64(bare.at(50)), a.name+"-p50/echo")
			b.ReportMetric(crowd/rate, a.name+"-rate/echo")
		}
	}
}
