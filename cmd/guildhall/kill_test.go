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

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/cmd/guildhall/build"
	"guildhall/internal/pgtest"
)

// hall is a Slack workspace of the community, on a Slack of its own.
type hall struct {
	*slacktest.Server
	w    *slacktest.Workspace
	ann  *slacktest.User
	room *slacktest.Channel
}

func newHall(t *testing.T, who string, idsFrom uint64, more ...slacktest.Option) *hall {
	t.Helper()
	// Slack tries an event again at once, after a minute and after five; here it is in more of a hurry.
	options := []slacktest.Option{slacktest.WithoutLimits(), slacktest.WithIDsFrom(idsFrom), slacktest.WithPatience(90 * time.Second),
		slacktest.WithRetryAfter(0, time.Second, time.Second, 2*time.Second, 2*time.Second, 4*time.Second, 4*time.Second, 8*time.Second, 8*time.Second)}
	h := &hall{Server: slacktest.New(t, append(options, more...)...)}
	h.w = h.Workspace()
	h.ann = h.w.User(who)
	h.room = h.w.NewChannel("vet-communication", h.ann, h.w.Bot())
	commands, err := build.Commands("en")
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := slack.Manifest(slack.ManifestOptions{Commands: commands})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.UseManifest(manifest); err != nil {
		t.Fatal(err)
	}
	return h
}

// space is how the adapter names the workspace, and a channel in it.
func (h *hall) space() string                       { return h.w.ID() }
func (h *hall) channel(c *slacktest.Channel) string { return h.w.ID() + "/" + c.ID() }

// foundNet makes a community of workspaces.
func foundNet(t *testing.T, address string, halls ...*hall) {
	t.Helper()
	var places []place
	for _, h := range halls {
		places = append(places, place{"slack", h.space(), h.ann.Name(), h.channel(h.room)})
	}
	found(t, address, places...)
}

// slackFile is the configuration of a program on workspaces.
func slackFile(t *testing.T, dir, address string, halls ...*hall) string {
	t.Helper()
	settings := fmt.Sprintf("[database]\nurl = %q\n[files]\ndir = %q\n[web]\nlisten = \"127.0.0.1:0\"\n", address, filepath.Join(dir, "files"))
	for _, h := range halls {
		settings += fmt.Sprintf("[[slack]]\nbot_token = %q\napp_token = %q\napi_url = %q\n", h.BotToken(), h.AppToken(), h.APIURL())
	}
	file := filepath.Join(dir, "guildhall.toml")
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestNothingIsLostOrDoubled kills the program under load at random moments, on both stores, while
// its chat servers lose replies and repeat events. On Postgres two programs share the work. What was answered is there once, and every room
// saw every post once.
func TestNothingIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		killTest(t, "sqlite:"+filepath.Join(dir, "guildhall.db"), dir, 1)
	})
	t.Run("two programs on one postgres", func(t *testing.T) {
		t.Parallel()
		killTest(t, pgtest.New(t, pgtest.Durable), t.TempDir(), 2)
	})
}

// The campaign: how often the program is killed (GUILDHALL_TEST_KILLS makes it longer), who writes
// meanwhile, how many messages each, and after how many of them a command.
var (
	kills    = envNumber("GUILDHALL_TEST_KILLS", 12)
	talkers  = 3
	eachSays = kills
	perAsk   = 3
	// All that is asked: one at first, and what everybody asks in between.
	questions = 1 + 2*talkers*((eachSays+perAsk-1)/perAsk)
)

func killTest(t *testing.T, address, dir string, programs int) {
	a, b := newHall(t, "ann", 0), newHall(t, "bea", 1_000_000)
	foundNet(t, address, a, b)
	file := slackFile(t, dir, address, a, b)
	var all []*killed
	for range programs {
		all = append(all, serving(t, file))
	}
	a.AwaitSockets(2 * programs)
	b.AwaitSockets(2 * programs)
	asked(t, a.ann, "How do you assess welders remotely?")
	cardA, cardB := a.ann.Await("#vet-communication", slacktest.ByApp("assess welders")), b.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))

	stop := make(chan struct{})
	var chaos sync.WaitGroup
	for _, h := range []*hall{a, b} {
		chaos.Go(func() { trouble(h, stop) })
	}
	var load sync.WaitGroup
	for n := range talkers {
		load.Go(func() { a.talk(t, a.talker(n), cardA, fmt.Sprintf("hall-%d", n)) })
		load.Go(func() { b.talk(t, b.talker(n), cardB, fmt.Sprintf("annex-%d", n)) })
	}
	for range kills {
		<-time.After(time.Duration(100+rand.IntN(900)) * time.Millisecond) // when a process dies is nobody's signal
		k := all[rand.IntN(len(all))]
		k.kill()
		k.start()
	}
	load.Wait()
	close(stop)
	chaos.Wait()

	for n := range talkers {
		for i := range eachSays {
			for _, x := range []struct {
				h    *hall
				card slacktest.Message
				said string
			}{{b, cardB, fmt.Sprintf("hall-%d says %d.", n, i)}, {a, cardA, fmt.Sprintf("annex-%d says %d.", n, i)}} {
				x.h.ann.AwaitReply(x.card, slacktest.ByApp(x.said))
			}
		}
	}
	onceInEach(t, a, cardA, "annex")
	onceInEach(t, b, cardB, "hall")
	keptOnce(t, address, questions)
	t.Logf("figures: %d kills of %d programs: %d messages and %d questions, each there once", kills, programs, 2*talkers*eachSays, questions)
}

// asked gives a command until it is answered, as a person does, and fails when it never is. Who gave too many
// in a minute is told so, and waits.
func asked(t *testing.T, who *slacktest.User, question string) {
	for over := time.Now().Add(4 * time.Minute); time.Now().Before(over); {
		x := who.Slash("#vet-communication", "/ask", question).Wait()
		if x.Err() == "" && len(x.Payload()) > 0 && !strings.Contains(string(x.Payload()), "in a minute") {
			return
		}
		<-time.After(200 * time.Millisecond) // a person waits a little, too
	}
	t.Errorf("%q is never answered", question)
}

// talker is one of those who talk: each member may give so many commands a minute.
func (h *hall) talker(n int) *slacktest.User {
	u := h.w.User(fmt.Sprint("talker", n))
	h.room.Add(u)
	return u
}

// talk writes into the thread of a card, and gives commands in between.
func (h *hall) talk(t *testing.T, who *slacktest.User, card slacktest.Message, name string) {
	for i := range eachSays {
		who.Reply(card, fmt.Sprintf("%s says %d.", name, i))
		if i%perAsk == 0 {
			asked(t, who, fmt.Sprintf("%s%d zq%d?", strings.ReplaceAll(name, "-", ""), i, rand.Int64()))
		}
	}
}

// trouble loses replies and repeats events until it is told to stop. One thing goes wrong at a time.
func trouble(h *hall, stop <-chan struct{}) {
	kinds := []slacktest.TroubleKind{slacktest.DropAfter, slacktest.FailAfter, slacktest.DropBefore, slacktest.FailBefore, slacktest.RateLimited}
	for {
		end := h.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: kinds[rand.IntN(len(kinds))], Skip: rand.IntN(4)})
		select {
		case <-stop:
			end()
			return
		case <-time.After(600 * time.Millisecond):
		}
		end()
		if told := h.Told("message"); len(told) > 0 {
			h.Redeliver(told[rand.IntN(len(told))].EventID)
		}
	}
}

// onceInEach fails unless each message of the other workspace stands once in a thread.
func onceInEach(t *testing.T, h *hall, card slacktest.Message, from string) {
	t.Helper()
	seen := map[string]int{}
	for _, m := range h.ann.Thread(card) {
		for n := range talkers {
			for i := range eachSays {
				if said := fmt.Sprintf("%s-%d says %d.", from, n, i); strings.Contains(m.Shown, said) {
					seen[said]++
				}
			}
		}
	}
	for said, n := range seen {
		if n != 1 {
			t.Errorf("%q stands %d times in the other workspace", said, n)
		}
	}
	if len(seen) != talkers*eachSays {
		t.Errorf("%d of %d messages arrived", len(seen), talkers*eachSays)
	}
}
