package matrix_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/matrix/matrixtest"
)

// asked is something that a member says again and again.
type asked struct {
	name  string
	by    *matrixtest.Watch
	room  string
	words func(i int) string
	next  int
	alone []time.Duration // one after the other
	load  []time.Duration // at a steady pace
}

func (a *asked) ask(b *testing.B, i int) time.Duration {
	took, err := a.by.Ask(b.Context(), a.room, a.words(i))
	if err != nil {
		b.Error(err)
	}
	return took
}

// oneByOne says n things, each when the last was answered.
func (a *asked) oneByOne(b *testing.B, n int) {
	for range n {
		a.next++
		a.alone = append(a.alone, a.ask(b, a.next))
	}
}

// steadily says n things at a pace, whether or not the last was answered: time counts from when each was due.
func (a *asked) steadily(b *testing.B, n int, every time.Duration) {
	var wg sync.WaitGroup
	var mu sync.Mutex
	tick := time.NewTicker(every)
	defer tick.Stop()
	for range n {
		due := <-tick.C
		a.next++
		i := a.next
		wg.Go(func() {
			late := time.Since(due)
			took := a.ask(b, i) + late
			mu.Lock()
			defer mu.Unlock()
			a.load = append(a.load, took)
		})
	}
	wg.Wait()
}

// within is the time within which a share of the answers came, in milliseconds.
func within(list []time.Duration, percent int) float64 {
	list = slices.Sorted(slices.Values(list))
	return float64(list[len(list)*percent/100].Microseconds()) / 1000
}

// BenchmarkAnswer measures from a member's sending to the visible answer, of a command that reads and
// of one that writes, and the same of a bare echo on the same homeserver in the same run. While one is
// measured nothing is asked of the others; each is measured twice, in both orders, because a
// homeserver gets slower as it fills. First each member waits for the answer ("alone"), then messages
// come at a steady pace, the same for all ("steady"):
//
//	go test ./internal/story/matrix -run '^$' -bench Answer -benchtime 1x
func BenchmarkAnswer(b *testing.B) {
	const (
		n     = 60
		every = 250 * time.Millisecond
	)
	c := newTown(b)
	c.bot = startBot(b, c.server.URL(), c.botID)
	c.setUp()
	mirror := matrixtest.Register(b, c.server, matrixtest.Name("echo"))
	hall := c.ann.NewRoom(b, "Echo", mirror.ID)
	mirror.Join(b, hall)
	ctx, cancel := context.WithCancel(context.WithoutCancel(b.Context()))
	echoes := matrixtest.Echo(ctx, mirror.Client)
	toBot, one := matrixtest.NewWatch(ctx, matrixtest.LogIn(b, c.server, c.bea.ID).Client, c.botID)
	toEcho, other := matrixtest.NewWatch(ctx, matrixtest.LogIn(b, c.server, c.ann.ID).Client, mirror.ID)
	b.Cleanup(func() { cancel(); echoes(); one(); other() })

	room := c.rooms["communication"]
	echo := &asked{name: "echo", by: toEcho, room: hall, words: func(i int) string { return fmt.Sprint("hello ", i) }}
	find := &asked{name: "find", by: toBot, room: room, words: func(i int) string { return fmt.Sprintf("!find w%d", i) }}
	ask := &asked{name: "ask", by: toBot, room: room, words: func(i int) string {
		return fmt.Sprintf("!ask %s %d?", strings.Repeat(fmt.Sprintf("w%d ", i), 8), i)
	}}
	for b.Loop() {
		for _, a := range []*asked{echo, find, ask} { // what comes first is slower
			a.ask(b, 0)
		}
		for _, a := range []*asked{echo, find, ask, ask, find, echo} {
			a.oneByOne(b, n)
		}
		for _, a := range []*asked{echo, find, ask, ask, find, echo} {
			a.steadily(b, n, every)
		}
		for _, a := range []*asked{echo, find, ask} {
			for how, list := range map[string][2][]time.Duration{"alone": {a.alone, echo.alone}, "steady": {a.load, echo.load}} {
				b.ReportMetric(within(list[0], 50), a.name+"-"+how+"-p50-ms")
				b.ReportMetric(within(list[0], 99), a.name+"-"+how+"-p99-ms")
				if a != echo {
					b.ReportMetric(within(list[0], 50)/within(list[1], 50), a.name+"-"+how+"-p50/echo")
				}
			}
		}
	}
}
