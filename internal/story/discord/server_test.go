package discord_test

import (
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/adapters/files"
	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/jobs"
)

// server is a Discord server with all of Guildhall behind it.
type server struct {
	t *testing.T
	*discordtest.Server
	g             *discordtest.Guild
	lobby         *discordtest.Channel
	mia, ann, bea *discordtest.Person
	eve           *discordtest.Person
	dc            *discord.Platform
	db            *sqlstore.DB
}

func openServer(t *testing.T, o discordtest.Options) *server {
	t.Helper()
	o.Patience = 20 * time.Second
	if o.ResponseTime == 0 {
		o.ResponseTime = 20 * time.Second // of a busy machine: a test of its own keeps to Discord's three
	}
	s := &server{t: t, Server: discordtest.Start(t, o)}
	s.g = s.AddGuild("VET Net")
	s.lobby = s.g.AddChannel("general")
	s.mia, s.ann, s.bea = s.AddPerson("mia"), s.AddPerson("ann", discordtest.Locale("it")), s.AddPerson("bea", discordtest.Locale("en-GB"))
	s.eve = s.AddPerson("eve", discordtest.Locale("es-ES"))
	s.g.JoinAsAdmin(s.mia)
	s.g.Join(s.eve)
	s.g.Join(s.ann)
	s.g.Join(s.bea)
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, "sqlite:"+filepath.Join(t.TempDir(), "guildhall.db"))
	s.must(err)
	s.db = db
	_, _, err = db.Migrate(ctx)
	s.must(err)
	kept, err := files.Open(filepath.Join(t.TempDir(), "files"), 1<<20)
	s.must(err)
	log := slog.New(slog.NewTextHandler(logTo{t}, &slog.HandlerOptions{Level: slog.LevelWarn}))
	s.dc, err = discord.New(discord.Options{Token: s.Token(), APIURL: s.APIURL(), Content: o.Disallowed&discordtest.MessageContent == 0, Store: db.Discord(), Log: log})
	s.must(err)
	g, err := build.New(build.Options{DB: db, Files: kept, Platforms: []chat.Platform{s.dc}, Log: log, Pace: 1000})
	s.must(err)
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: g.Engine.Kinds(), Rate: g.Engine.Rate, Log: log})
	s.must(err)
	table := map[string][]chat.CommandInfo{}
	for _, lang := range g.Engine.Words().Languages() {
		table[lang] = g.Engine.Commands(lang)
	}
	s.must(s.dc.Publish(ctx, table))
	running, stop := context.WithCancel(ctx)
	worked, ran := make(chan struct{}), make(chan error, 1)
	go func() { runner.Run(running); close(worked) }()
	go func() { ran <- s.dc.Run(running, g.Engine) }()
	t.Cleanup(func() {
		stop()
		if err := <-ran; err != nil {
			t.Errorf("Run: %v", err)
		}
		<-worked
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		if faults := s.Faults(); len(faults) > 0 {
			t.Errorf("Discord's rules were broken: %v", faults)
		}
	})
	s.must(s.Connected(1))
	return s
}

func (s *server) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// did is what somebody alone sees of what they did.
func (s *server) did(i *discordtest.Interaction, err error) discordtest.Message {
	s.t.Helper()
	s.must(err)
	m, err := i.Reply()
	s.must(err)
	return m
}

// opened is the form that opened, with its fields' names.
func (s *server) opened(i *discordtest.Interaction, err error) *discordtest.Modal {
	s.t.Helper()
	s.must(err)
	m, err := i.Modal()
	s.must(err)
	return m
}

// has fails unless a text has all parts.
func (s *server) has(shown string, parts ...string) {
	s.t.Helper()
	for _, p := range parts {
		if !strings.Contains(shown, p) {
			s.t.Errorf("%q is missing in:\n%s", p, shown)
		}
	}
}

func (s *server) room(name string) *discordtest.Channel {
	s.t.Helper()
	c, err := s.g.AwaitChannel(name, func(c *discordtest.Channel) bool { return c.Name() == name })
	s.must(err)
	return c
}

// sees waits until somebody sees a message with all these parts.
func (s *server) sees(p *discordtest.Person, c *discordtest.Channel, parts ...string) discordtest.Message {
	s.t.Helper()
	m, err := p.Sees(c, strings.Join(parts, " and "), func(m discordtest.Message) bool {
		for _, part := range parts {
			if !strings.Contains(m.Text(), part) {
				return false
			}
		}
		return true
	})
	s.must(err)
	return m
}

// press presses the button whose label holds a word.
func (s *server) press(p *discordtest.Person, m discordtest.Message, word string) (*discordtest.Interaction, error) {
	s.t.Helper()
	m, _ = s.MessageByID(m.ID)
	for _, l := range m.Labels() {
		if strings.Contains(l, word) {
			return p.Press(m, l)
		}
	}
	s.t.Fatalf("no button with %q among %q under %q", word, m.Labels(), m.Text())
	return nil, nil
}

// threaded is a card once its thread is followed.
func (s *server) threaded(m discordtest.Message) discordtest.Message {
	s.t.Helper()
	followed := s.poll(func() bool {
		places, err := s.db.Discord().Followed(s.t.Context(), "discord")
		s.must(err)
		for _, at := range places {
			if now, ok := s.MessageByID(m.ID); ok && string(at.Thread) == m.ID.String() && now.Thread() != nil {
				m = now
				return true
			}
		}
		return false
	})
	if !followed {
		s.t.Fatalf("nothing follows the thread of %q", m.Text())
	}
	return m
}

// poll asks again and again, for twenty seconds, until something holds that no signal tells.
func (s *server) poll(holds func() bool) bool {
	tick, late := time.NewTicker(10*time.Millisecond), time.NewTimer(20*time.Second)
	defer tick.Stop()
	defer late.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late.C:
			return holds()
		}
	}
	return true
}

// logTo writes a program's log to the test's.
type logTo struct{ t *testing.T }

func (l logTo) Write(b []byte) (int, error) {
	if l.t.Context().Err() == nil {
		l.t.Log(strings.TrimSpace(string(b)))
	}
	return len(b), nil
}
