package discord_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/internal/crowd"
)

// TestInTimeAndOnceUnderLoadAndFaults: many people at once, while requests and connections break in every
// way: each is answered within Discord's three seconds, and nothing is posted twice.
func TestInTimeAndOnceUnderLoadAndFaults(t *testing.T) {
	const inTime = slower * 3 * time.Second
	s := openServer(t, discordtest.Options{ResponseTime: inTime})
	s.setUp()
	help := s.room("vet-communication")
	s.sees(s.ann, help, "I'm Guildhall")
	const posting, answering = "POST /channels/{channel}/messages", "POST /interactions/{interaction}/{token}/callback"
	for n, trouble := range []discordtest.Trouble{
		{Route: posting, Times: 3, Drop: true, After: true}, {Route: posting, Times: 3, Status: 502, After: true}, {Route: posting, Times: 3, Status: 500},
		{Route: posting, Times: 2, RateLimit: 300 * time.Millisecond}, {Route: posting, Times: 1, RateLimit: 200 * time.Millisecond, Global: true},
		{Route: answering, Times: 4, Drop: true, After: true}, {Route: answering, Times: 4, Status: 503}, {Route: answering, Times: 3, Delay: 400 * time.Millisecond},
		{Route: "PATCH /channels/{channel}/messages/{message}", Times: 3, Status: 502, After: true},
		{Route: "POST /channels/{channel}/messages/{message}/threads", Times: 2, Drop: true, After: true}} {
		trouble.Skip = n
		s.Cause(trouble)
	}
	s.Disturb(discordtest.Disturbance{Event: "INTERACTION_CREATE", Double: true, Times: 10})
	s.Disturb(discordtest.Disturbance{Event: "INTERACTION_CREATE", After: 3, Times: 5})
	var people []*discordtest.Person
	for n := range 16 {
		p := s.AddPerson(fmt.Sprint("person", n))
		s.g.Join(p)
		people = append(people, p)
	}
	var all sync.WaitGroup
	begun := time.Now()
	for n, p := range people {
		all.Go(func() {
			for k := range 3 {
				i, err := p.Slash(help, "ask", discordtest.Opt("question", crowd.Made(8)))
				if err == nil {
					_, err = i.Reply()
				}
				if err != nil {
					t.Errorf("person %d, question %d: %v", n, k, err)
				}
				if n == 0 {
					breakConnection(s.Server, k)
				}
			}
		})
	}
	all.Wait()
	t.Log("asked", time.Since(begun))
	for _, l := range s.Latencies() {
		if l > inTime {
			t.Errorf("a first response took %v", l)
		}
	}
	// All that was asked stands in the room: in cards of its own, and in the list of the rest.
	s.sees(s.ann, help, "**H1**")
	s.settled(help)
	t.Log("settled", time.Since(begun))
	seen := map[string]int{}
	for _, c := range s.g.Channels() {
		for _, m := range c.Messages() {
			if m.Author == s.App().Bot && m.Text() != "" && m.Thread() == nil {
				seen[c.ID.String()+" "+m.Text()]++
			}
		}
	}
	for what, n := range seen {
		if n > 1 {
			t.Errorf("posted %d times: %s", n, what)
		}
	}
	s.ForgetFaults() // the repeats of what was cut off
}

func breakConnection(s *discordtest.Server, how int) {
	switch how {
	case 0:
		s.RequestReconnect()
	case 1:
		s.DropConnections()
	default:
		s.InvalidateSessions(true)
	}
}

// settled waits until nothing has been posted or changed in a channel for a second.
func (s *server) settled(c *discordtest.Channel) {
	s.t.Helper()
	last, since := "", time.Now()
	s.poll(func() bool {
		now := fmt.Sprint(len(c.Messages()))
		for _, m := range c.Messages() {
			now += m.Edited.String()
		}
		if now != last {
			last, since = now, time.Now()
		}
		return time.Since(since) > time.Second
	})
}
