package bench

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/bottest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/community"
)

// members is how many people of a community give commands.
const members = 20

// network makes communities with one space and its rooms each, and their members.
func network(b testing.TB, db *sqlstore.DB, n int) {
	b.Helper()
	d := db.Directory()
	for i := range n {
		atomically(b, db, func(ctx context.Context) error {
			space := fmt.Sprint("space", i)
			com, err := d.Found(ctx, community.Community{Name: space, Language: "en", Zone: "Europe/Dublin", Policy: community.PolicyOpen}, time.Now())
			if err != nil {
				return err
			}
			if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "web", ID: space, Name: space, Noise: community.NoiseAll, Joined: time.Now()}); err != nil {
				return err
			}
			err = d.AddRoom(ctx, community.Room{Community: com.ID, Platform: "web", Space: space, ID: space + "-help", Sections: []community.Section{community.Communication}})
			for m := range members {
				if err == nil {
					_, _, err = d.Enter(ctx, com.ID, "web", chat.SpaceID(space), author(i, m), time.Now())
				}
			}
			return err
		})
	}
}

func author(of, m int) chat.Author {
	return chat.Author{Account: chat.AccountID(fmt.Sprintf("p%d-%d", of, m)), Name: fmt.Sprint("Person ", m), Locale: "en"}
}

// commands are what is given: a question, which looks for what is like it and makes a record with its
// number, a card for its room, an entry for search and the answer; and the least there is, which
// writes one row and answers.
var commands = map[string]func(b testing.TB, db *sqlstore.DB) (*chat.Engine, func() string){
	"ask": func(b testing.TB, db *sqlstore.DB) (*chat.Engine, func() string) {
		g, err := build.New(build.Options{DB: db, Platforms: []chat.Platform{bottest.NewScreen("web", true)}, Pace: 1 << 30})
		if err != nil {
			b.Fatal(err)
		}
		return g.Engine, func() string { return "ask " + words(12) }
	},
	"note": func(b testing.TB, db *sqlstore.DB) (*chat.Engine, func() string) {
		e, err := chat.New(chat.Options{Bots: []chat.Bot{notes(db)}, Platforms: []chat.Platform{bottest.NewScreen("web", true)}, Pace: 1 << 30,
			Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(), Pendings: db.Desk(),
				Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Index: db.Search(), Queue: db.Work()}})
		if err != nil {
			b.Fatal(err)
		}
		return e, func() string { return "note " + words(12) }
	},
}

// notes is a bot that keeps a line.
func notes(db *sqlstore.DB) chat.Bot {
	catalogue := []byte(`{"notes":{"note":{"about":"Keeps a note.","button":"Note","example":"Hello","arg":{"words":"Words"},"done":"Kept."}}}`)
	return chat.Bot{Name: "notes", Words: fstest.MapFS{"text/en.json": {Data: catalogue}, "text/it.json": {Data: catalogue}},
		Commands: []chat.Command{{Path: "note", Text: "notes.note", Role: community.RoleMember,
			Args: []chat.Arg{{Name: "words", Kind: chat.Line, Required: true, Max: 500}},
			Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
				_, err := db.Desk().Once(ctx, c.Community.ID, c.Text("words"), c.Now)
				return chat.OnlyYouSay("notes.note.done", nil), err
			}}}}
}

// BenchmarkCommand is one command from its event to the stored reply.
func BenchmarkCommand(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(commands)) {
		for _, c := range crowds() {
			b.Run(fmt.Sprintf("%s/callers=%d/communities=%d", name, c.callers, c.communities), func(b *testing.B) {
				eachStore(b, func(b *testing.B, db *sqlstore.DB) {
					network(b, db, c.communities)
					e, line := commands[name](b, db)
					c.give(b, db, e, line)
				})
			})
		}
	}
}

// crowds are those that are measured; GUILDHALL_BENCH_COMMUNITIES adds one in that many.
func crowds() []crowd {
	out := []crowd{{1, 1}, {32, 1}, {32, 50}}
	if n := number("GUILDHALL_BENCH_COMMUNITIES", 0); n > 0 {
		out = append(out, crowd{32, n})
	}
	return out
}

// BenchmarkAskAmong is a question in a community that has many records already:
// GUILDHALL_BENCH_RECORDS says how many at most.
func BenchmarkAskAmong(b *testing.B) {
	sizes := []int{1_000, 20_000}
	if n := number("GUILDHALL_BENCH_RECORDS", 0); n > 0 {
		sizes = append(sizes, n)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			eachStore(b, func(b *testing.B, db *sqlstore.DB) {
				network(b, db, 1)
				library(b, db, n)
				e, _ := commands["ask"](b, db)
				crowd{32, 1}.give(b, db, e, func() string { return "ask " + text(12) })
			})
		})
	}
}

// crowd is who gives commands at once, and in how many communities.
type crowd struct{ callers, communities int }

func (c crowd) give(b *testing.B, db *sqlstore.DB, e *chat.Engine, line func() string) {
	b.Helper()
	var sent atomic.Int64
	give := func() {
		n := int(sent.Add(1))
		of, m := n%c.communities, n/c.communities%members
		space := fmt.Sprint("space", of)
		a, err := e.Handle(b.Context(), chat.Event{ID: chat.EventID(fmt.Sprint("e", n)), Kind: chat.Invoked, At: time.Now(),
			Where: chat.Address{Platform: "web", Space: chat.SpaceID(space), Room: chat.RoomID(space + "-help")},
			From:  author(of, m), Text: line(), Can: chat.Carry{Answer: true}})
		if err != nil || a.Message == nil || a.Message.Kind == chat.Alarm {
			b.Errorf("%+v, %v", a.Message, err)
		}
	}
	give()
	turns := make(chan struct{})
	var callers sync.WaitGroup
	for range c.callers {
		callers.Go(func() {
			for range turns {
				give()
			}
		})
	}
	r, n, asked, trips := begin(b), 0, db.Statements(), db.RoundTrips()
	for b.Loop() {
		turns <- struct{}{}
		n++
	}
	close(turns)
	callers.Wait()
	r.report(b, "commands", n)
	b.ReportMetric(float64(db.Statements()-asked)/float64(n), "statements/op")
	b.ReportMetric(float64(db.RoundTrips()-trips)/float64(n), "trips/op")
}

// words are made up, so that nothing is like anything.
func words(n int) string {
	var out []byte
	for range n {
		for range 4 {
			out = append(out, "bdfgklmnprstvz"[rand.IntN(14)], "aeiou"[rand.IntN(5)])
		}
		out = append(out, ' ')
	}
	return string(out)
}
