package sqlstore

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

const matrixBot = "@guildhall:example.org"

func TestMatrixSessionIsKept(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		m := db.Matrix()
		if _, _, found, err := m.Session(t.Context(), matrixBot); found || err != nil {
			t.Fatalf("before any: %v %v", found, err)
		}
		if _, held, err := m.Lead(t.Context(), matrixBot, "one", time.Unix(100, 0), time.Unix(115, 0)); !held || err != nil {
			t.Fatal(held, err)
		}
		if _, _, found, err := m.Session(t.Context(), matrixBot); found || err != nil {
			t.Fatalf("a lead is no session: %v %v", found, err)
		}
		for _, token := range []string{"first", "second"} {
			if err := m.KeepSession(t.Context(), matrixBot, "DEVICE", token); err != nil {
				t.Fatal(err)
			}
			device, got, found, err := m.Session(t.Context(), matrixBot)
			if device != "DEVICE" || got != token || !found || err != nil {
				t.Fatalf("%q %q %v %v", device, got, found, err)
			}
		}
	})
}

func TestMatrixPositionBelongsToWhoLeads(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		m, ctx := db.Matrix(), t.Context()
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		first, held, err := m.Lead(ctx, matrixBot, "one", now, now.Add(15*time.Second))
		if !held || err != nil {
			t.Fatal(held, err)
		}
		if again, held, err := m.Lead(ctx, matrixBot, "one", now.Add(3*time.Second), now.Add(18*time.Second)); again != first || !held || err != nil {
			t.Fatalf("renewed: epoch %d, then %d %v %v", first, again, held, err)
		}
		if ok, err := m.Advance(ctx, matrixBot, first, "s1", now); !ok || err != nil {
			t.Fatal(ok, err)
		}
		second, held, err := m.Lead(ctx, matrixBot, "two", now.Add(4*time.Second), now.Add(19*time.Second))
		if err != nil || held != (db.Engine() == SQLite) {
			t.Fatalf("while another leads: %v %v", held, err)
		}
		if !held {
			if err := m.Resign(ctx, matrixBot, "one"); err != nil {
				t.Fatal(err)
			}
			if second, held, err = m.Lead(ctx, matrixBot, "two", now.Add(4*time.Second), now.Add(19*time.Second)); !held || err != nil {
				t.Fatalf("after it resigned: %v %v", held, err)
			}
		}
		if second <= first {
			t.Fatalf("epoch %d after %d", second, first)
		}
		if ok, err := m.Advance(ctx, matrixBot, first, "s0", now); ok || err != nil {
			t.Fatalf("the late one moved the position: %v %v", ok, err)
		}
		got, stored, err := m.Position(ctx, matrixBot)
		if got != "s1" || !stored.Equal(now) || err != nil {
			t.Fatalf("%q %v %v", got, stored, err)
		}
	})
}

func TestMatrixOnceIsOnce(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var firsts atomic.Int64
		var wg sync.WaitGroup
		for range 32 {
			wg.Go(func() {
				first, err := db.Matrix().Once(t.Context(), matrixBot, "greeting/!a", time.Unix(1, 0))
				if err != nil {
					t.Error(err)
				}
				if first {
					firsts.Add(1)
				}
			})
		}
		wg.Wait()
		if firsts.Load() != 1 {
			t.Errorf("%d times first", firsts.Load())
		}
	})
}

func TestMatrixWaitsInOrder(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		m, ctx := db.Matrix(), t.Context()
		for i := range 3 {
			for range 2 {
				if err := m.Wait(ctx, matrixBot, "!a", fmt.Sprint("$", i), []byte(`{"type":"x"}`), time.Unix(int64(10-i), 0)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := m.Unwait(ctx, matrixBot, "$1"); err != nil {
			t.Fatal(err)
		}
		got, err := m.Waiting(ctx, matrixBot)
		if err != nil || len(got) != 2 || got[0].Event != "$2" || got[1].Event != "$0" || string(got[0].Body) != `{"type":"x"}` || !got[1].Since.Equal(time.Unix(10, 0)) {
			t.Errorf("%+v %v", got, err)
		}
	})
}
