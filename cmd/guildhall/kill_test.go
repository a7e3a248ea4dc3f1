package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/internal/pgtest"
)

// beGuildhall makes the test's own binary run as the program.
const beGuildhall = "GUILDHALL_TEST_RUN"

func TestMain(m *testing.M) {
	if args := os.Getenv(beGuildhall); args != "" {
		ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM) //nolint:govet // the process ends with it
		os.Exit(run(ctx, world{os.Getenv, os.Stdout, os.Stderr}, strings.Fields(args)))
	}
	os.Exit(m.Run())
}

// killed is the program in a process of its own, which is killed and started again.
type killed struct {
	t    *testing.T
	env  []string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
}

// tail keeps the last lines of what the program says.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.mu.Lock()
		l.lines = append(l.lines[max(0, len(l.lines)-60):], s.Text())
		l.mu.Unlock()
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

func (k *killed) start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), k.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	done := make(chan struct{})
	k.cmd, k.done = cmd, done
	go func() {
		k.log.read(out)
		_ = cmd.Wait()
		close(done)
	}()
}

// serving starts the program on a configuration; it ends with the test.
func serving(t *testing.T, file string) *killed {
	k := &killed{t: t, log: &tail{}, env: []string{beGuildhall + "=serve -config " + file}}
	k.start()
	t.Cleanup(func() {
		k.kill()
		if t.Failed() {
			t.Logf("the program's last words:\n%s", k.log)
		}
	})
	return k
}

// kill ends the program as a power cut would.
func (k *killed) kill() {
	k.mu.Lock()
	cmd, done := k.cmd, k.done
	k.mu.Unlock()
	_ = cmd.Process.Kill()
	<-done
}

// hall is a Slack workspace of the community, on a Slack of its own.
type hall struct {
	*slacktest.Server
	w    *slacktest.Workspace
	ann  *slacktest.User
	room *slacktest.Channel
}

func newHall(t *testing.T, who string, idsFrom uint64) *hall {
	t.Helper()
	// Slack tries an event again at once, after a minute and after five; here it is in more of a hurry.
	h := &hall{Server: slacktest.New(t, slacktest.WithoutLimits(), slacktest.WithIDsFrom(idsFrom), slacktest.WithPatience(90*time.Second),
		slacktest.WithRetryAfter(0, time.Second, time.Second, 2*time.Second, 2*time.Second, 4*time.Second, 4*time.Second, 8*time.Second, 8*time.Second))}
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

// foundNet makes a community of both workspaces.
func foundNet(t *testing.T, address string, halls ...*hall) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	err = db.Atomically(t.Context(), func(ctx context.Context) error {
		d, now := db.Directory(), time.Now()
		com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, now)
		if err != nil {
			return err
		}
		for _, h := range halls {
			if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "slack", ID: h.space(), Name: h.ann.Name(), Noise: community.NoiseAll, Joined: now}); err != nil {
				return err
			}
			if err := d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "slack", Space: h.space(), ID: h.channel(h.room), Name: "vet-communication",
				Sections: []community.Section{community.Communication}}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
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
)

func envNumber(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func killTest(t *testing.T, address, dir string, programs int) {
	a, b := newHall(t, "ann", 0), newHall(t, "bea", 1_000_000)
	foundNet(t, address, a, b)
	file := filepath.Join(dir, "guildhall.toml")
	settings := fmt.Sprintf("[database]\nurl = %q\n[files]\ndir = %q\n[web]\nlisten = \"127.0.0.1:0\"\n", address, filepath.Join(dir, "files"))
	for _, h := range []*hall{a, b} {
		settings += fmt.Sprintf("[[slack]]\nbot_token = %q\napp_token = %q\napi_url = %q\n", h.BotToken(), h.AppToken(), h.APIURL())
	}
	if err := os.WriteFile(file, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
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
		load.Go(func() { talk(t, a, cardA, fmt.Sprintf("hall-%d", n)) })
		load.Go(func() { talk(t, b, cardB, fmt.Sprintf("annex-%d", n)) })
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
	onceInStore(t, address)
}

// asked gives a command until it is answered, as a person does, and fails when it never is.
func asked(t *testing.T, who *slacktest.User, question string) {
	for range 60 {
		x := who.Slash("#vet-communication", "/ask", question).Wait()
		if x.Err() == "" && len(x.Payload()) > 0 {
			return
		}
		<-time.After(200 * time.Millisecond) // a person waits a little, too
	}
	t.Errorf("%q is never answered", question)
}

// talk writes into the thread of a card, and gives commands in between.
func talk(t *testing.T, h *hall, card slacktest.Message, name string) {
	for i := range eachSays {
		h.ann.Reply(card, fmt.Sprintf("%s says %d.", name, i))
		if i%perAsk == 0 {
			asked(t, h.ann, fmt.Sprintf("%s%d zq%d?", strings.ReplaceAll(name, "-", ""), i, rand.Int64()))
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

// onceInStore fails unless each question that was answered is kept once.
func onceInStore(t *testing.T, address string) {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	list, err := db.Requests().List(t.Context(), 1, communication.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, r := range list {
		kept[r.Question]++
	}
	for question, n := range kept {
		if n != 1 {
			t.Errorf("%q is kept %d times", question, n)
		}
	}
	if want := 1 + 2*talkers*((eachSays+perAsk-1)/perAsk); len(list) != want {
		t.Errorf("%d questions are kept, %d were answered", len(list), want)
	}
}

// stop ends the program as whoever runs it does, and waits until it has ended.
func (k *killed) stop() {
	k.mu.Lock()
	cmd, done := k.cmd, k.done
	k.mu.Unlock()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(time.Minute):
		k.t.Error("the program does not end")
		k.kill()
	}
}

var _ chat.Platform = (*slack.Platform)(nil)
