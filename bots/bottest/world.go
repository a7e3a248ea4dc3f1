package bottest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
	"guildhall/core/work"
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
}

// OpenStore opens an empty, migrated SQLite store that is closed when the test ends.
func OpenStore(t testing.TB) *sqlstore.DB {
	t.Helper()
	db, err := sqlstore.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "guildhall.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// New makes a world. The bots are made once the engine's own parts are there.
func New(t testing.TB, db *sqlstore.DB, platforms []chat.Platform, bots func(w *World) []chat.Bot) *World {
	t.Helper()
	w := &World{t: t, DB: db, Queue: NewQueue(db), Now: Noon}
	all := bots(w)
	for _, b := range all {
		w.ticks = append(w.ticks, b.Ticks...)
	}
	var err error
	w.Engine, err = chat.New(chat.Options{Bots: all, Platforms: platforms, Now: func() time.Time { return w.Now },
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: inbox{db.Inbox(), w.Queue, &sync.Map{}}, Keys: db.Desk(),
			Pendings: db.Desk(), Cards: db.Cards(), Todos: db.Desk(), Once: db.Desk(), Index: db.Search(), Queue: w.Queue}})
	if err != nil {
		t.Fatal(err)
	}
	return w
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

// Drain works all that is due.
func (w *World) Drain() {
	w.t.Helper()
	kinds := map[string]work.Kind{}
	for _, k := range w.Engine.Kinds() {
		kinds[k.Name] = k
	}
	for range 1000 {
		w.Queue.mu.Lock()
		i := -1
		for j, it := range w.Queue.items {
			if !it.Due.After(w.Now) {
				i = j
				break
			}
		}
		if i < 0 {
			w.Queue.mu.Unlock()
			return
		}
		it := w.Queue.items[i]
		w.Queue.items = append(w.Queue.items[:i:i], w.Queue.items[i+1:]...)
		w.Queue.mu.Unlock()
		it.Attempt++
		w.work(kinds[it.Kind], it)
	}
	w.t.Fatal("the work never ends")
}

func (w *World) work(k work.Kind, it work.Item) {
	w.t.Helper()
	if k.Run == nil {
		w.t.Fatalf("no kind %q", it.Kind)
	}
	finish := func(then func(context.Context) error) error {
		return w.DB.Atomically(w.t.Context(), func(ctx context.Context) error {
			if then == nil {
				return nil
			}
			return then(ctx)
		})
	}
	var err error
	if k.Outside {
		var then func(context.Context) error
		if then, err = k.Run(w.t.Context(), it); err == nil {
			err = finish(then)
		}
	} else {
		err = finish(func(ctx context.Context) error { _, err := k.Run(ctx, it); return err })
	}
	w.Queue.mu.Lock()
	defer w.Queue.mu.Unlock()
	switch {
	case err == nil:
		w.Queue.done[it.Key] = true
	case work.IsDead(err):
		w.Queue.Dead = append(w.Queue.Dead, err)
	default:
		it.Due = w.Now
		w.Queue.items = append([]work.Item{it}, w.Queue.items...)
	}
}

// Dead says why items were given up.
func (w *World) Dead() (out []string) {
	for _, err := range w.Queue.Dead {
		out = append(out, err.Error())
	}
	return out
}
