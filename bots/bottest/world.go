package bottest

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/internal/litetest"
	"guildhall/internal/pgtest"
	"guildhall/jobs"
)

// Noon is when every story begins.
var Noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// World is an engine with bots and platforms on an empty store.
type World struct {
	t      testing.TB
	DB     *sqlstore.DB
	Engine *chat.Engine
	Queue  *Queue
	Now    time.Time
	ticks  []chat.Tick
	upkept int
	runner *jobs.Runner
	clock  *jobs.Clock
	kinds  map[string]bool
	again  func() // starts it
}

// OpenPostgres is OpenStore on a real Postgres.
func OpenPostgres(t testing.TB) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), pgtest.Copy(t, "bottest", prepare))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// OpenStore opens an empty, migrated SQLite store that is closed when the test ends.
func OpenStore(t testing.TB) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+litetest.Copy(t, "bottest", migrate))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func migrate(ctx context.Context, path string) error { return prepare(ctx, "sqlite:"+path) }

func prepare(ctx context.Context, address string) error {
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		return err
	}
	_, _, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}

// New makes a world. The bots are made once the engine's own parts are there.
func New(t testing.TB, db *sqlstore.DB, platforms []chat.Platform, bots func(w *World) []chat.Bot) *World {
	t.Helper()
	w := &World{t: t, DB: db, Now: Noon, kinds: map[string]bool{}}
	// Each look at this clock is a little later, so that what was first in the queue comes first.
	var looks atomic.Int64
	later := func() time.Time { return w.Now.Add(time.Duration(looks.Add(1)) * time.Microsecond) }
	w.Queue = &Queue{Work: db.Work().WithClock(later)}
	w.again = func() { w.start(platforms, bots(w)) }
	w.again()
	return w
}

// Restart is the program stopped and started again: what was in its memory is gone.
func (w *World) Restart() {
	w.t.Helper()
	w.again()
}

func (w *World) start(platforms []chat.Platform, all []chat.Bot) {
	w.t.Helper()
	db := w.DB
	w.ticks = nil
	for _, b := range all {
		w.ticks = append(w.ticks, b.Ticks...)
	}
	var err error
	w.Engine, err = chat.New(chat.Options{Bots: all, Platforms: platforms, Now: w.Clock,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(),
			Pendings: db.Desk(), Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Counters: db.Threads(), Index: db.Search(), Queue: w.Queue}})
	if err != nil {
		w.t.Fatal(err)
	}
	kinds := w.Engine.Kinds()
	for _, k := range kinds {
		w.kinds[k.Name] = true
	}
	if w.runner, err = jobs.New(jobs.Options{Store: w.Queue, Kinds: kinds, Now: w.Clock}); err != nil {
		w.t.Fatal(err)
	}
	w.clock, err = jobs.NewClock(jobs.ClockOptions{Transactions: db, Queue: w.Queue, Schedules: db.Schedules(), Upkeeps: db.Schedules(), Paged: w.Engine.Paged, Now: w.Clock})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Clock is the world's time, for what bots are made of.
func (w *World) Clock() time.Time { return w.Now }

// Handle gives an event to the engine; that it cannot be stored fails the test.
func (w *World) Handle(ev chat.Event) chat.Answer {
	w.t.Helper()
	a, err := w.Engine.Handle(w.t.Context(), ev)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// Drain works all that is due, and what that leads to.
func (w *World) Drain() {
	w.t.Helper()
	if _, err := w.runner.Drain(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	counts, err := w.Queue.Counts(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range counts {
		if c.Waiting > 0 && !w.kinds[c.Kind] {
			w.t.Fatalf("no kind %q", c.Kind)
		}
	}
}

// Dead says why items were given up.
func (w *World) Dead() (out []string) {
	for _, err := range w.Queue.Dead {
		out = append(out, err.Error())
	}
	return out
}
