package slack_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/fstest"
	"time"

	sdk "github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/internal/pgtest"
	"guildhall/jobs"
)

// yard is a fake Slack with many people.
type yard struct {
	*slacktest.Server
	w      *slacktest.Workspace
	room   *slacktest.Channel
	people []*slacktest.User
	late   atomic.Int64 // commands that were not acknowledged in time
}

// crowd is how many people there are: as many as wait for an answer at the same time.
const crowd = 32

func newYard(b *testing.B) *yard {
	b.Helper()
	s := slacktest.New(b, slacktest.WithoutLimits(), slacktest.WithoutRecords(), slacktest.WithPatience(time.Minute))
	y := &yard{Server: s, w: s.Workspace()}
	y.room = y.w.NewChannel("help", y.w.Bot())
	for n := range crowd {
		p := y.w.User(fmt.Sprint("person", n))
		y.room.Add(p)
		y.people = append(y.people, p)
	}
	return y
}

// took is how long one command took to be acknowledged, and to show an answer.
type took struct{ ack, seen time.Duration }

// give lets so many of the people use a command, again and again, n times together, each waiting for its
// answer before the next; it says how many were answered in a second.
func (y *yard) give(b *testing.B, people, n int, command string, words func() string) (float64, []took) {
	b.Helper()
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	var mu sync.Mutex
	var all []took
	var waiting sync.WaitGroup
	begun := time.Now()
	for _, p := range y.people[:people] {
		waiting.Go(func() {
			for range turns {
				one := y.once(p, command, words())
				mu.Lock()
				all = append(all, one)
				mu.Unlock()
			}
		})
	}
	waiting.Wait()
	return float64(n) / time.Since(begun).Seconds(), all
}

func (y *yard) once(p *slacktest.User, command, words string) took {
	x := p.Slash("#help", command, words).Wait()
	if x.Err() != "" { // not acknowledged in time, on a machine that has other things to do
		y.late.Add(1)
		return took{x.Latency(), x.Latency()}
	}
	x.Reply()
	return took{x.Latency(), x.RepliedAfter()}
}

// pace sends n commands evenly, so many a second, whether or not those before are answered.
func (y *yard) pace(b *testing.B, perSecond, n int, command string, words func() string) []took {
	b.Helper()
	var mu sync.Mutex
	var all []took
	var waiting sync.WaitGroup
	begun := time.Now()
	for i := range n {
		due := begun.Add(time.Duration(i) * time.Second / time.Duration(perSecond))
		<-time.After(time.Until(due))
		waiting.Go(func() {
			one := y.once(y.people[i%crowd], command, words())
			mu.Lock()
			all = append(all, one)
			mu.Unlock()
		})
	}
	waiting.Wait()
	return all
}

// bare is slack-go as its examples use it: it stores nothing and answers "ok".
func (y *yard) bare(b *testing.B) {
	b.Helper()
	api := sdk.New(y.BotToken(), sdk.OptionAppLevelToken(y.AppToken()), sdk.OptionAPIURL(y.APIURL()))
	ctx, stop := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for range 2 {
		client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
		running.Go(func() { _ = client.RunContext(ctx) })
		running.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case ev := <-client.Events:
					if ev.Type == socketmode.EventTypeSlashCommand {
						_ = client.AckCtx(ctx, ev.Request.EnvelopeID, map[string]any{"text": "ok"})
					}
				}
			}
		})
	}
	b.Cleanup(func() { stop(); running.Wait() })
	y.AwaitSockets(2)
}

// guildhall is ours, on a store of its own with its queue at work.
func (y *yard) guildhall(b *testing.B, address string, engine func(*testing.B, *sqlstore.DB, chat.Platform) *chat.Engine) {
	b.Helper()
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	space := y.w.ID()
	err = db.Atomically(ctx, func(ctx context.Context) error {
		d := db.Directory()
		com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, time.Now())
		if err != nil {
			return err
		}
		if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: slack.ID, ID: space, Name: "VET Net", Noise: community.NoiseAll, Joined: time.Now()}); err != nil {
			return err
		}
		return d.AddRoom(ctx, community.Room{Community: com.ID, Platform: slack.ID, Space: space, ID: space + "/" + y.room.ID(), Sections: []community.Section{community.Communication}})
	})
	if err != nil {
		b.Fatal(err)
	}
	p, err := slack.New(slack.Options{Apps: []slack.App{{BotToken: y.BotToken(), AppToken: y.AppToken(), APIURL: y.APIURL()}}})
	if err != nil {
		b.Fatal(err)
	}
	e := engine(b, db, p)
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: e.Kinds(), Rate: e.Rate})
	if err != nil {
		b.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { runner.Run(running) })
	all.Go(func() {
		if err := p.Run(running, e); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		stop()
		all.Wait()
		_ = db.Close()
	})
	y.AwaitSockets(2)
}

func wholeEngine(b *testing.B, db *sqlstore.DB, p chat.Platform) *chat.Engine {
	b.Helper()
	g, err := build.New(build.Options{DB: db, Platforms: []chat.Platform{p}, Pace: 1 << 30})
	if err != nil {
		b.Fatal(err)
	}
	return g.Engine
}

// noteEngine has one command, which keeps a line.
func noteEngine(b *testing.B, db *sqlstore.DB, p chat.Platform) *chat.Engine {
	b.Helper()
	catalogue := []byte(`{"notes":{"note":{"about":"Keeps a note.","button":"Note","example":"Hello","arg":{"words":"Words"},"done":"Kept."}}}`)
	notes := chat.Bot{Name: "notes", Words: fstest.MapFS{"text/en.json": {Data: catalogue}, "text/it.json": {Data: catalogue}},
		Commands: []chat.Command{{Path: "note", Text: "notes.note", Role: community.RoleMember,
			Args: []chat.Arg{{Name: "words", Kind: chat.Line, Required: true, Max: 500}},
			Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
				_, err := db.Desk().Once(ctx, c.Community.ID, c.Text("words"), c.Now)
				return chat.OnlyYouSay("notes.note.done", nil), err
			}}}}
	e, err := chat.New(chat.Options{Bots: []chat.Bot{notes}, Platforms: []chat.Platform{p}, Pace: 1 << 30,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(), Pendings: db.Desk(),
			Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Counters: db.Threads(), Index: db.Search(), Queue: db.Work()}})
	if err != nil {
		b.Fatal(err)
	}
	return e
}

// made are made-up words, so that nothing is like anything.
func made(n int) string {
	var out []byte
	for range n {
		for range 4 {
			out = append(out, "bdfgklmnprstvz"[rand.IntN(14)], "aeiou"[rand.IntN(5)])
		}
		out = append(out, ' ')
	}
	return string(out)
}

// stores are addresses of empty stores, as durable as in production.
var stores = []struct {
	name string
	open func(b *testing.B) string
}{
	{"sqlite", func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "guildhall.db") }},
	{"postgres", func(b *testing.B) string { return pgtest.New(b, pgtest.Durable) }},
}

// BenchmarkBesideABareEcho measures the whole way of a command on the fake Slack, from the envelope to the
// answer that its person sees, beside an unmodified slack-go that stores nothing and answers "ok":
//
//	go test ./internal/story/slack -run '^$' -bench BesideABareEcho -benchtime 3s
//
// Each of ours is durable before it is answered. note is the least there is: one row and an answer; ask
// opens a request, with its number, card, search entry and thread. The figures that travel are the ratios,
// ours by the echo's in the same run.
func BenchmarkBesideABareEcho(b *testing.B) {
	for _, store := range stores {
		for _, c := range []struct {
			name   string
			engine func(*testing.B, *sqlstore.DB, chat.Platform) *chat.Engine
			words  func() string
		}{
			{"note", noteEngine, func() string { return made(6) }},
			{"ask", wholeEngine, func() string { return made(12) }},
		} {
			for _, people := range []int{1, crowd} {
				b.Run(fmt.Sprintf("%s/%s/outstanding=%d", store.name, c.name, people), func(b *testing.B) {
					echo, ours := newYard(b), newYard(b)
					echo.bare(b)
					ours.guildhall(b, store.open(b), c.engine)
					ours.give(b, crowd, 2*crowd, "/"+c.name, c.words) // everybody is a member from here on
					b.ResetTimer()
					begun := spent()
					rate, each := ours.give(b, people, b.N, "/"+c.name, c.words)
					b.StopTimer()
					b.ReportMetric(float64((spent()-begun).Microseconds())/float64(b.N), "cpu-µs/command")
					n := max(b.N, 500)
					begun = spent()
					bare, eachBare := echo.give(b, people, n, "/"+c.name, c.words)
					b.ReportMetric(float64((spent()-begun).Microseconds())/float64(n), "echo-cpu-µs/command")
					b.ReportMetric(rate, "commands/s")
					b.ReportMetric(bare, "echo/s")
					b.ReportMetric(rate/bare, "ratio")
					report(b, each)
					b.ReportMetric(millis(part(eachBare, 0.5, seen)), "echo-p50-ms")
					b.ReportMetric(0, "ns/op")
					b.ReportMetric(float64(ours.late.Load()), "late")
				})
			}
		}
	}
}

// BenchmarkAtAPace sends commands at a steady pace and reports how long they take:
//
//	go test ./internal/story/slack -run '^$' -bench AtAPace -benchtime 1x
func BenchmarkAtAPace(b *testing.B) {
	for _, store := range stores {
		for _, perSecond := range []int{50, 200, 1000} {
			b.Run(fmt.Sprintf("%s/%d-a-second", store.name, perSecond), func(b *testing.B) {
				echo, ours := newYard(b), newYard(b)
				echo.bare(b)
				ours.guildhall(b, store.open(b), noteEngine)
				words := func() string { return made(6) }
				ours.give(b, crowd, 2*crowd, "/note", words)
				for b.Loop() {
					report(b, ours.pace(b, perSecond, 3*perSecond, "/note", words))
				}
				bare := echo.pace(b, perSecond, 3*perSecond, "/note", words)
				b.ReportMetric(millis(part(bare, 0.5, seen)), "echo-p50-ms")
				b.ReportMetric(millis(part(bare, 0.99, seen)), "echo-p99-ms")
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(ours.late.Load()), "late")
			})
		}
	}
}

// spent is the processor time that this process has used so far, the fake Slack's share included: what can be
// compared when the machine has other things to do.
func spent() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func seen(t took) time.Duration { return t.seen }

// part is the duration below which so much of all lies.
func part(all []took, p float64, of func(took) time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	list := make([]time.Duration, len(all))
	for i, t := range all {
		list[i] = of(t)
	}
	slices.Sort(list)
	return list[min(int(p*float64(len(list))), len(list)-1)]
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func report(b *testing.B, all []took) {
	b.Helper()
	ack := func(t took) time.Duration { return t.ack }
	b.ReportMetric(millis(part(all, 0.5, ack)), "ack-p50-ms")
	b.ReportMetric(millis(part(all, 0.99, ack)), "ack-p99-ms")
	b.ReportMetric(millis(part(all, 0.5, seen)), "seen-p50-ms")
	b.ReportMetric(millis(part(all, 0.99, seen)), "seen-p99-ms")
}
