package worktest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/work"
	"guildhall/internal/litetest"
	"guildhall/internal/pgtest"
	"guildhall/jobs"
)

// hall is a store with a clock that stands until it is told to go on.
type hall struct {
	t   *testing.T
	db  *sqlstore.DB
	at  atomic.Int64
	mu  sync.Mutex
	ran []string // what handlers noted
}

func (h *hall) now() time.Time       { return time.UnixMicro(h.at.Load()).UTC() }
func (h *hall) step(d time.Duration) { h.at.Add(d.Microseconds()) }
func (h *hall) work() sqlstore.Work  { return h.db.Work().WithClock(h.now) }

func (h *hall) note(format string, args ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ran = append(h.ran, fmt.Sprintf(format, args...))
}

// notes are what was noted since they were asked for.
func (h *hall) notes() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	out := strings.Join(h.ran, ", ")
	h.ran = nil
	return out
}

func eachStore(t *testing.T, test func(t *testing.T, h *hall)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			var address string
			if engine == "postgres" {
				address = pgtest.Copy(t, "worktest", migrate)
			} else {
				address = "sqlite:" + litetest.Copy(t, "worktest", func(ctx context.Context, path string) error { return migrate(ctx, "sqlite:"+path) })
			}
			db, err := sqlstore.Open(t.Context(), address)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			h := &hall{t: t, db: db}
			h.at.Store(time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC).UnixMicro())
			test(t, h)
		})
	}
}

func migrate(ctx context.Context, address string) error {
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		return err
	}
	_, _, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}

func (h *hall) add(items ...work.Item) {
	h.t.Helper()
	w := h.work()
	if err := h.db.Atomically(h.t.Context(), func(ctx context.Context) error { return w.Add(ctx, items...) }); err != nil {
		h.t.Fatal(err)
	}
}

func item(kind, lane, key string) work.Item { return work.New(kind, lane, key, nil) }

type handler = func(ctx context.Context, it work.Item) (func(ctx context.Context) error, error)

// outside is a kind whose handler runs outside any transaction.
func outside(name string, run handler) work.Kind {
	return work.Kind{Name: name, Run: run, Outside: true}
}

func (h *hall) runner(o jobs.Options) *jobs.Runner {
	h.t.Helper()
	if o.Now == nil {
		o.Now = h.now
	}
	o.Store = h.db.Work().WithClock(o.Now)
	r, err := jobs.New(o)
	if err != nil {
		h.t.Fatal(err)
	}
	return r
}

// start runs a Runner; the function stops it and waits until it has ended.
func (h *hall) start(r *jobs.Runner) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { r.Run(ctx); close(ended) }()
	stop = func() { cancel(); <-ended }
	h.t.Cleanup(stop)
	return stop
}

func (h *hall) drain(r *jobs.Runner) int {
	h.t.Helper()
	n, err := r.Drain(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return n
}

func (h *hall) dead() (out []work.DeadItem) {
	h.t.Helper()
	out, err := h.work().Dead(h.t.Context(), 0, 100)
	if err != nil {
		h.t.Fatal(err)
	}
	return out
}

// waiting is how many items are neither finished nor dead.
func (h *hall) waiting() (n int64) {
	h.t.Helper()
	counts, err := h.work().Counts(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	for _, c := range counts {
		n += c.Waiting
	}
	return n
}

// await waits for a signal of what runs beside the test.
func await[T any](t *testing.T, c <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-c:
	case <-time.After(30 * time.Second):
		t.Fatal("it never came")
	}
	return v
}

func sorted(s string) string {
	parts := strings.Split(s, ", ")
	slices.Sort(parts)
	return strings.Join(parts, ", ")
}
