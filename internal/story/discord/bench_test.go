package discord_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/jobs"
)

// outstanding is how many people wait for an answer at the same time.
const outstanding = 32

// BenchmarkBesideABareEcho measures the whole way of a command on the fake Discord, from the event to
// the answer that its person sees, beside an unmodified discordgo that stores nothing and answers "ok":
//
//	go test ./internal/story/discord -run '^$' -bench . -benchtime 3s
//
// Each of ours is durable on SQLite before it is answered. note is the least there is: one row and an
// answer; ask opens a request, with its number, card, search entry and thread; help only reads. The
// figure that travels is ratio: ours by the echo's in the same run.
func BenchmarkBesideABareEcho(b *testing.B) {
	for _, c := range []struct {
		name   string
		path   string
		engine func(b *testing.B, db *sqlstore.DB, p chat.Platform) *chat.Engine
		option func() []discordtest.Option
	}{
		{"note", "note", noteEngine, func() []discordtest.Option {
			return []discordtest.Option{discordtest.Opt("words", made(6))}
		}},
		{"ask", "ask", wholeEngine, func() []discordtest.Option {
			return []discordtest.Option{discordtest.Opt("question", made(12))}
		}},
		{"help", "help", wholeEngine, func() []discordtest.Option { return nil }},
	} {
		b.Run(c.name, func(b *testing.B) {
			echo := newYard(b)
			echo.bare(b, c.path)
			ours := newYard(b)
			ours.guildhall(b, c.engine)
			ours.give(b, c.path, c.option, 2*outstanding) // everybody is a member from here on
			b.ResetTimer()
			ourRate := ours.give(b, c.path, c.option, b.N)
			b.StopTimer()
			echoRate := echo.give(b, c.path, c.option, max(b.N, 500))
			l := ours.srv.Latencies()
			b.ReportMetric(ourRate, "commands/s")
			b.ReportMetric(echoRate, "echo/s")
			b.ReportMetric(ourRate/echoRate, "ratio")
			b.ReportMetric(float64(l[len(l)/2].Microseconds())/1000, "p50-ms")
			b.ReportMetric(float64(l[len(l)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// yard is a fake Discord with many people.
type yard struct {
	srv    *discordtest.Server
	g      *discordtest.Guild
	room   *discordtest.Channel
	people []*discordtest.Person
}

func newYard(b *testing.B) *yard {
	b.Helper()
	srv, err := discordtest.New(discordtest.Options{NoSchema: true, KeepRequests: -1, Patience: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(srv.Close)
	y := &yard{srv: srv, g: srv.AddGuild("VET Net")}
	y.room = y.g.AddChannel("help")
	for n := range outstanding {
		p := srv.AddPerson(fmt.Sprint("person", n))
		y.g.Join(p)
		y.people = append(y.people, p)
	}
	return y
}

// give lets everybody use a command, again and again, n times together, and says how many were answered
// in a second.
func (y *yard) give(b *testing.B, path string, options func() []discordtest.Option, n int) float64 {
	b.Helper()
	turns := make(chan struct{}, n)
	for range n {
		turns <- struct{}{}
	}
	close(turns)
	begun := time.Now()
	var all sync.WaitGroup
	for _, p := range y.people {
		all.Go(func() {
			for range turns {
				i, err := p.Slash(y.room, path, options()...)
				if err == nil {
					_, err = i.Reply()
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	all.Wait()
	return float64(n) / time.Since(begun).Seconds()
}

// bare is discordgo as its examples use it.
func (y *yard) bare(b *testing.B, path string) {
	b.Helper()
	s, err := discordgo.New("Bot " + y.srv.Token())
	if err != nil {
		b.Fatal(err)
	}
	s.Client, s.Dialer = y.srv.Client(), y.srv.Dialer()
	s.Identify.Intents = discordgo.IntentsGuilds
	s.AddHandler(func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		err := s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Content: "ok", Flags: discordgo.MessageFlagsEphemeral}})
		if err != nil {
			b.Error(err)
		}
	})
	if err := s.Open(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	command := &discordgo.ApplicationCommand{Name: path, Description: "Echo", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionString, Name: "words", Description: "Words"},
		{Type: discordgo.ApplicationCommandOptionString, Name: "question", Description: "Question"}}}
	if _, err := s.ApplicationCommandCreate(y.srv.App().ID.String(), "", command); err != nil {
		b.Fatal(err)
	}
}

// guildhall is ours, on a store of its own with its queue at work.
func (y *yard) guildhall(b *testing.B, engine func(*testing.B, *sqlstore.DB, chat.Platform) *chat.Engine) {
	b.Helper()
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(b.TempDir(), "guildhall.db"))
	if err != nil {
		b.Fatal(err)
	}
	if _, _, err := db.Migrate(ctx); err != nil {
		b.Fatal(err)
	}
	space := y.g.ID.String()
	err = db.Atomically(ctx, func(ctx context.Context) error {
		d := db.Directory()
		com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, time.Now())
		if err != nil {
			return err
		}
		if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "discord", ID: space, Name: "VET Net", Noise: community.NoiseAll, Joined: time.Now()}); err != nil {
			return err
		}
		return d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "discord", Space: space, ID: y.room.ID.String(), Sections: []community.Section{community.Communication}})
	})
	if err != nil {
		b.Fatal(err)
	}
	dc, err := discord.New(discord.Options{Token: y.srv.Token(), APIURL: y.srv.APIURL(), Content: true, Store: db.Discord()})
	if err != nil {
		b.Fatal(err)
	}
	e := engine(b, db, dc)
	if err := dc.Publish(ctx, map[string][]chat.CommandInfo{"en": e.Commands("en")}); err != nil {
		b.Fatal(err)
	}
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: e.Kinds(), Rate: e.Rate})
	if err != nil {
		b.Fatal(err)
	}
	running, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { runner.Run(running) })
	all.Go(func() {
		if err := dc.Run(running, e); err != nil {
			b.Error(err)
		}
	})
	b.Cleanup(func() {
		stop()
		all.Wait()
		_ = db.Close()
	})
	if err := y.srv.Connected(1); err != nil {
		b.Fatal(err)
	}
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
			Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Index: db.Search(), Queue: db.Work()}})
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
