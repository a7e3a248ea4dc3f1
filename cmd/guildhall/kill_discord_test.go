package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/internal/pgtest"
)

// TestAnotherTakesOverTheShards kills the program that has all of Discord's connections. The other one has
// them soon, and what was said in between is passed on, once.
func TestAnotherTakesOverTheShards(t *testing.T) {
	t.Parallel()
	address, dir := pgtest.New(t, pgtest.Durable), t.TempDir()
	fake := discordtest.Start(t, discordtest.Options{Patience: 90 * time.Second, NoSchema: true, Shards: 2, MaxConcurrency: 2})
	a, b := newSquare(t, fake, "ann"), newSquare(t, fake, "bea")
	foundOnDiscord(t, address, a, b)
	file := discordFile(t, address, dir, fake)
	first := serving(t, file)
	if err := fake.Connected(2); err != nil {
		t.Fatal(err)
	}
	serving(t, file)
	a.asks("How do you assess welders remotely?")
	threadA, threadB := a.threadOf("assess welders"), b.threadOf("assess welders")
	for i := range 20 {
		if i == 10 {
			first.kill()
		}
		if _, err := a.who.Say(threadA, fmt.Sprintf("ann says %d.", i)); err != nil {
			t.Fatal(err)
		}
		if _, err := b.who.Say(threadB, fmt.Sprintf("bea says %d.", i)); err != nil {
			t.Fatal(err)
		}
	}
	begun := time.Now()
	if err := fake.Connected(2); err != nil {
		t.Fatal(err)
	}
	t.Logf("taken over after %s", time.Since(begun).Round(100*time.Millisecond))
	a.asks("Is anybody there?")
	for i := range 20 {
		b.awaits(threadB, fmt.Sprintf("ann says %d.", i))
		a.awaits(threadA, fmt.Sprintf("bea says %d.", i))
	}
	for _, in := range []*discordtest.Channel{threadA, threadB} {
		seen := map[string]int{}
		for _, m := range in.Messages() {
			for i := range 20 {
				for _, who := range []string{"ann", "bea"} {
					if said := fmt.Sprintf("%s says %d.", who, i); strings.Contains(m.Text(), said) {
						seen[said]++
					}
				}
			}
		}
		for said, n := range seen {
			if n != 1 {
				t.Errorf("%q stands %d times in one thread", said, n)
			}
		}
		if len(seen) != 40 {
			t.Errorf("%d of 40 messages stand in a thread", len(seen))
		}
	}
}

// square is a Discord server of the community.
type square struct {
	*discordtest.Server
	t    *testing.T
	g    *discordtest.Guild
	who  *discordtest.Person
	room *discordtest.Channel
}

func newSquare(t *testing.T, on *discordtest.Server, who string) *square {
	s := &square{Server: on, t: t, g: on.AddGuild(who + "'s")}
	s.room = s.g.AddChannel("vet-communication")
	s.who = on.AddPerson(who, discordtest.Locale("en-GB"))
	s.g.JoinAsAdmin(s.who)
	return s
}

// foundOnDiscord makes a community of servers.
func foundOnDiscord(t *testing.T, address string, squares ...*square) {
	t.Helper()
	var places []place
	for _, s := range squares {
		places = append(places, place{"discord", s.g.ID.String(), s.who.Name, s.room.ID.String()})
	}
	found(t, address, places...)
}

// TestNothingIsLostOrDoubledOnDiscord kills the program at random moments while two Discord servers of one
// community talk in a request's threads and give commands, and while Discord loses replies, repeats and
// loses events, drops connections and forgets sessions. On Postgres two programs share the work, and one
// takes over the connection of the other. What was answered is there once, and every thread saw every
// message once.
func TestNothingIsLostOrDoubledOnDiscord(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		killOnDiscord(t, "sqlite:"+filepath.Join(dir, "guildhall.db"), dir, 1, func(all []*killed, n int) {
			<-time.After(time.Duration(100+rand.IntN(900)) * time.Millisecond) // when a process dies is nobody's signal
			all[0].kill()
			all[0].start()
		})
	})
	t.Run("two programs on one postgres", func(t *testing.T) {
		t.Parallel()
		killOnDiscord(t, pgtest.New(t, pgtest.Durable), t.TempDir(), 2, func(all []*killed, n int) {
			<-time.After(time.Duration(100+rand.IntN(2900)) * time.Millisecond)
			k := all[rand.IntN(len(all))]
			k.kill()
			k.start()
		})
	})
}

// TestProgramsAreRenewedOneAfterTheOther: three programs on one Postgres end as they are told to, in turn,
// and are started again, as when a new version comes. Nothing is lost, and nothing comes twice.
func TestProgramsAreRenewedOneAfterTheOther(t *testing.T) {
	t.Parallel()
	killOnDiscord(t, pgtest.New(t, pgtest.Durable), t.TempDir(), 3, func(all []*killed, n int) {
		k := all[n%len(all)]
		<-time.After(time.Second) // meanwhile people talk
		k.stop()
		k.start()
	})
}

// discordFile writes the configuration of a program on a store and a Discord.
func discordFile(t *testing.T, address, dir string, fake *discordtest.Server) string {
	t.Helper()
	file := filepath.Join(dir, "guildhall.toml")
	settings := fmt.Sprintf("[database]\nurl = %q\n[files]\ndir = %q\n[web]\nlisten = \"127.0.0.1:0\"\n[discord]\ntoken = %q\napi_url = %q\nmessage_content = true\n",
		address, filepath.Join(dir, "files"), fake.Token(), fake.APIURL())
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// killOnDiscord is the campaign on one store, with some programs: end ends one, and starts it again.
func killOnDiscord(t *testing.T, address, dir string, programs int, end func(all []*killed, n int)) {
	t.Helper()
	fake := discordtest.Start(t, discordtest.Options{Patience: 90 * time.Second, NoSchema: true})
	a, b := newSquare(t, fake, "ann"), newSquare(t, fake, "bea")
	foundOnDiscord(t, address, a, b)
	file := discordFile(t, address, dir, fake)
	var all []*killed
	for range programs {
		all = append(all, serving(t, file))
	}
	if err := fake.Connected(1); err != nil {
		t.Fatal(err)
	}
	a.asks("How do you assess welders remotely?")
	threadA, threadB := a.threadOf("assess welders"), b.threadOf("assess welders")

	stop := make(chan struct{})
	var chaos, load sync.WaitGroup
	chaos.Go(func() { discordTrouble(fake, stop) })
	for n := range talkers {
		load.Go(func() { a.talk(a.talker(n), threadA, fmt.Sprintf("hall-%d", n)) })
		load.Go(func() { b.talk(b.talker(n), threadB, fmt.Sprintf("annex-%d", n)) })
	}
	for n := range kills {
		end(all, n)
		if programs > 1 { // else the next one dies, too, before it has taken over, and nobody ever answers
			if err := fake.Connected(1); err != nil {
				t.Fatal(err)
			}
		}
	}
	load.Wait()
	close(stop)
	chaos.Wait()

	for n := range talkers {
		for i := range eachSays {
			b.awaits(threadB, fmt.Sprintf("hall-%d says %d.", n, i))
			a.awaits(threadA, fmt.Sprintf("annex-%d says %d.", n, i))
		}
	}
	a.sawOnce(threadA, "annex")
	b.sawOnce(threadB, "hall")
	keptOnce(t, address, questions)
	t.Logf("figures: %d kills of %d programs: %d messages and %d questions, each there once", kills, programs, 2*talkers*eachSays, questions)
	for _, f := range fake.Faults() {
		// While it was dead nothing was answered, and what it is told of when it is back is too late by then. That
		// answers come in time while it lives is another test's.
		if f.Rule != "no-response" && f.Rule != "expired-token" && f.Rule != "late-response" {
			t.Errorf("Discord's rules were broken: %v", f)
		}
	}
}

// asks gives a command until it is answered, as a person does, and fails when it never is.
func (s *square) asks(question string) { s.asksAs(s.who, question) }

func (s *square) asksAs(who *discordtest.Person, question string) {
	for begun := time.Now(); time.Since(begun) < 4*time.Minute; {
		i, err := who.Slash(s.room, "ask", discordtest.Opt("question", question))
		if err == nil {
			var m discordtest.Message
			if m, err = i.Reply(); err == nil && strings.Contains(m.Text(), "H") {
				return
			}
		}
		<-time.After(200 * time.Millisecond) // a person waits a little, too
	}
	s.t.Errorf("%q is never answered", question)
}

// threadOf is the thread of the request's card.
func (s *square) threadOf(part string) *discordtest.Channel {
	s.t.Helper()
	m, err := s.who.SeesText(s.room, part)
	if err != nil {
		s.t.Fatal(err)
	}
	thread, err := s.g.AwaitChannel("the thread of "+part, func(c *discordtest.Channel) bool { return c.ID == m.ID })
	if err != nil {
		s.t.Fatal(err)
	}
	return thread
}

// talker is one of those who talk: each member may give so many commands a minute.
func (s *square) talker(n int) *discordtest.Person {
	p := s.AddPerson(fmt.Sprint(s.who.Name, n), discordtest.Locale("en-GB"))
	s.g.Join(p)
	return p
}

// talk writes into a thread, and gives commands in between.
func (s *square) talk(who *discordtest.Person, thread *discordtest.Channel, name string) {
	for i := range eachSays {
		if _, err := who.Say(thread, fmt.Sprintf("%s says %d.", name, i)); err != nil {
			s.t.Error(err)
		}
		if i%perAsk == 0 {
			s.asksAs(who, fmt.Sprintf("%s%d zq%d?", strings.ReplaceAll(name, "-", ""), i, rand.Int64()))
		}
	}
}

// discordTrouble makes one thing go wrong after the other until it is told to stop. After a connection is
// gone it waits for the next one: a machine that takes longer to connect than Discord takes to drop it
// would never get to answer anything.
func discordTrouble(s *discordtest.Server, stop <-chan struct{}) {
	const posting = "POST /channels/{channel}/messages"
	for n := 0; ; n++ {
		end := func() {}
		switch n % 8 {
		case 0:
			end = s.Cause(discordtest.Trouble{Route: posting, Times: 1 + rand.IntN(3), Drop: true, After: true}).End
		case 1:
			end = s.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Double: true, Times: 3}).End
		case 2:
			end = s.Cause(discordtest.Trouble{Route: posting, Times: 2, Status: 502, After: true}).End
		case 3:
			end = s.Disturb(discordtest.Disturbance{Event: "INTERACTION_CREATE", Double: true, Times: 2}).End
		case 4:
			s.DropConnections()
			end = s.Cause(discordtest.Trouble{Route: posting, Times: 2, Drop: true}).End
		case 5:
			end = s.Cause(discordtest.Trouble{Route: posting, Times: 3, RateLimit: 300 * time.Millisecond}).End
		case 6:
			end = s.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", CutMiddle: true, Times: 1}).End
		case 7:
			s.ExpireSessions()
			s.DropConnections()
		}
		select {
		case <-stop:
			end()
			return
		case <-time.After(400 * time.Millisecond):
		}
		end()
		if err := s.Connected(1); err != nil {
			return // the test says it better: somebody is never answered
		}
	}
}

// awaits waits until a text stands in a thread.
func (s *square) awaits(thread *discordtest.Channel, part string) {
	s.t.Helper()
	if _, err := s.who.SeesText(thread, part); err != nil {
		s.t.Fatal(err)
	}
}

// sawOnce fails unless each message of the other server stands once in a thread.
func (s *square) sawOnce(thread *discordtest.Channel, from string) {
	s.t.Helper()
	seen := map[string]int{}
	for _, m := range thread.Messages() {
		for n := range talkers {
			for i := range eachSays {
				if said := fmt.Sprintf("%s-%d says %d.", from, n, i); strings.Contains(m.Text(), said) {
					seen[said]++
				}
			}
		}
	}
	for said, n := range seen {
		if n != 1 {
			s.t.Errorf("%q stands %d times in the other server", said, n)
		}
	}
	if len(seen) != talkers*eachSays {
		s.t.Errorf("%d of %d messages arrived", len(seen), talkers*eachSays)
	}
}
