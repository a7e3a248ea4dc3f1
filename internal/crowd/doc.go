// Package crowd lets many people give commands at once on the servers that behave as Slack and Discord
// do, and in the web chat over HTTP: with Guildhall behind them, or with a bare echo, which is the
// platform's own library as its examples use it, storing nothing and answering "ok". Benchmarks and
// internal/load measure the one beside the other in one run.
package crowd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing/fstest"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
	"guildhall/jobs"
)

// TB is what is needed of a test, or of a program that stands in for one.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(func())
	TempDir() string
}

// Size is how many there are.
type Size struct {
	Spaces  int // each a community of its own
	Members int // of each
}

// Place is a space, and the room in it where the commands are given.
type Place struct {
	Space, Room string
}

// Crowd is a platform with people on it, and nobody who answers yet.
type Crowd interface {
	// People is how many there are.
	People() int
	// Use lets one of them give a command and waits until it is answered.
	Use(person int, command, words string) Took
	Places() []Place
	// Echo answers with the platform's own library alone; ok is false where there is none.
	Echo(tb TB, command string) (ok bool)
	// Adapter is Guildhall's side of it.
	Adapter(tb TB, db *sqlstore.DB) chat.Platform
	// Ready waits until the adapter, which runs and knows the commands, is connected.
	Ready(tb TB)
}

// Took is how long a command took to be acknowledged, and to show an answer.
type Took struct {
	Ack, Seen time.Duration
	Late      bool // it was not answered in the platform's time
}

// An Engine makes what answers.
type Engine func(tb TB, db *sqlstore.DB, p chat.Platform) *chat.Engine

// Guildhall puts Guildhall behind a crowd, on the empty database at address, until the test ends.
func Guildhall(tb TB, c Crowd, address string, engine Engine) *sqlstore.DB {
	tb.Helper()
	ctx := context.Background()
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	if _, _, err := db.Migrate(ctx); err != nil {
		tb.Fatalf("%v", err)
	}
	p := c.Adapter(tb, db)
	if err := found(ctx, db, string(p.Platform().ID), c.Places()); err != nil {
		tb.Fatalf("%v", err)
	}
	e := engine(tb, db, p)
	if pub, can := p.(chat.Publisher); can {
		if err := pub.Publish(ctx, map[string][]chat.CommandInfo{"en": e.Commands("en")}); err != nil {
			tb.Fatalf("%v", err)
		}
	}
	runner, err := jobs.New(jobs.Options{Store: db.Work(), Kinds: e.Kinds(), Rate: e.Rate})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	running, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { runner.Run(running) })
	all.Go(func() {
		if err := p.Run(running, e); err != nil && !errors.Is(err, context.Canceled) {
			tb.Errorf("%v", err)
		}
	})
	tb.Cleanup(func() {
		stop()
		all.Wait()
		_ = db.Close()
	})
	c.Ready(tb)
	return db
}

// found makes a community of each place.
func found(ctx context.Context, db *sqlstore.DB, platform string, places []Place) error {
	d, now := db.Directory(), time.Now()
	for i, at := range places {
		name := fmt.Sprint("VET Net ", i+1)
		err := db.Atomically(ctx, func(ctx context.Context) error {
			com, err := d.Found(ctx, community.Community{Name: name, Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, now)
			if err != nil {
				return err
			}
			err = d.AddSpace(ctx, community.Space{Community: com.ID, Platform: platform, ID: at.Space, Name: name, Noise: community.NoiseAll, Joined: now})
			if err != nil {
				return err
			}
			return d.AddRoom(ctx, community.Room{Community: com.ID, Platform: platform, Space: at.Space, ID: at.Room,
				Sections: []community.Section{community.Communication}})
		})
		if err != nil {
			return fmt.Errorf("found a community: %w", err)
		}
	}
	return nil
}

// Whole is all of Guildhall.
func Whole(tb TB, db *sqlstore.DB, p chat.Platform) *chat.Engine {
	tb.Helper()
	g, err := build.New(build.Options{DB: db, Platforms: []chat.Platform{p}, Pace: 1 << 30})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return g.Engine
}

// Notes has one command, note, which keeps a line: the least that a command can do. Who said it in a room is answered
// there.
func Notes(tb TB, db *sqlstore.DB, p chat.Platform) *chat.Engine {
	tb.Helper()
	catalogue := []byte(`{"notes":{"note":{"about":"Keeps a note.","button":"Note","example":"Hello","arg":{"words":"Words"},"done":"Kept.","said":"Kept: {words}"}}}`)
	notes := chat.Bot{Name: "notes", Words: fstest.MapFS{"text/en.json": {Data: catalogue}, "text/it.json": {Data: catalogue}},
		Commands: []chat.Command{{Path: "note", Text: "notes.note", Role: community.RoleMember,
			Args: []chat.Arg{{Name: "words", Kind: chat.Line, Required: true, Max: 500}},
			Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
				_, err := db.Desk().Once(ctx, c.Community.ID, c.Text("words"), c.Now)
				if c.Event.Kind == chat.Said { // where it was asked for, for all to see
					return chat.InThreadSay("notes.note.said", text.Args{"words": c.Text("words")}), err
				}
				return chat.OnlyYouSay("notes.note.done", nil), err
			}}}}
	e, err := chat.New(chat.Options{Bots: []chat.Bot{notes}, Platforms: []chat.Platform{p}, Pace: 1 << 30,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(), Pendings: db.Desk(),
			Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Counters: db.Threads(), Index: db.Search(), Queue: db.Work()}})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return e
}

// Made are made-up words, so that nothing is like anything.
func Made(n int) string {
	var out []byte
	for range n {
		for range 4 {
			out = append(out, "bdfgklmnprstvz"[rand.IntN(14)], "aeiou"[rand.IntN(5)])
		}
		out = append(out, ' ')
	}
	return string(out)
}
