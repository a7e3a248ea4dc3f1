package worktest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"guildhall/core/work"
	"guildhall/jobs"
)

func TestFailuresComeAgainWithBackOffAndThenDie(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		k := outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			h.note("%s at %d", it.Key, it.Attempt)
			if it.Key == "bad" {
				return nil, fmt.Errorf("refused %d", it.Attempt)
			}
			return nil, nil
		})
		k.Attempts = 3
		r := h.runner(jobs.Options{Kinds: []work.Kind{k}})
		h.add(item("a", "l", "bad"), item("a", "l", "next"), item("a", "m", "other"))
		h.drain(r)
		if got := sorted(h.notes()); got != "bad at 1, other at 1" {
			t.Error(got)
		}
		h.step(700 * time.Millisecond)
		h.drain(r)
		if got := h.notes(); got != "" {
			t.Error("too early:", got)
		}
		h.step(500 * time.Millisecond)
		h.drain(r)
		h.step(2400 * time.Millisecond)
		h.drain(r)
		if got := h.notes(); got != "bad at 2, bad at 3, next at 1" {
			t.Error(got)
		}
		if dead := h.dead(); len(dead) != 1 || dead[0].Cause != "refused 3" || dead[0].Attempt != 3 || dead[0].Key != "bad" {
			t.Errorf("%+v", dead)
		}
	})
}

func TestLaterCountsNoAttemptAndHoldsTheBudget(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		refuse := true
		r := h.runner(jobs.Options{Kinds: []work.Kind{outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			h.note("%s at %d", it.Key, it.Attempt)
			if refuse {
				refuse = false
				return nil, work.Later(h.now().Add(time.Minute), errors.New("too many"))
			}
			return nil, nil
		})}})
		first, second := item("a", "", "1"), item("a", "", "2")
		first.Budget, second.Budget = "api", "api"
		h.add(first)
		h.drain(r)
		h.add(second)
		h.step(59 * time.Second)
		h.drain(r)
		if got := h.notes(); got != "1 at 1" {
			t.Error(got)
		}
		for range 3 {
			h.step(time.Second)
			h.drain(r)
		}
		if got := sorted(h.notes()); got != "1 at 1, 2 at 1" {
			t.Error(got)
		}
	})
}

func TestDeadEndsAtOnceAndTheLaneGoesOn(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		r := h.runner(jobs.Options{Kinds: []work.Kind{outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			h.note("%s", it.Key)
			if it.Key == "1" {
				return nil, fmt.Errorf("send: %w", work.Dead(errors.New("no such room")))
			}
			return nil, nil
		})}})
		h.add(item("a", "l", "1"), item("a", "l", "2"))
		if n := h.drain(r); n != 2 || h.notes() != "1, 2" {
			t.Error(n)
		}
		dead := h.dead()
		if len(dead) != 1 || dead[0].Cause != "send: no such room" {
			t.Fatalf("%+v", dead)
		}
		w := h.work()
		if err := h.db.Atomically(t.Context(), func(ctx context.Context) error { _, err := w.Replay(ctx, 0, dead[0].ID); return err }); err != nil {
			t.Fatal(err)
		}
		h.drain(r)
		if got := h.notes(); got != "1" {
			t.Error("not replayed:", got)
		}
	})
}

// What a handler writes goes with its outcome, whether it runs inside the transaction or not.
func TestWritesGoWithTheOutcome(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		write := func(ctx context.Context, it work.Item) error {
			first, err := h.db.Desk().Once(ctx, 0, it.Key, h.now())
			h.note("%s first: %v", it.Key, first)
			if err == nil && it.Attempt == 1 {
				err = errors.New("after it has written")
			}
			return err
		}
		r := h.runner(jobs.Options{Kinds: []work.Kind{
			{Name: "inside", Run: func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
				return nil, write(ctx, it)
			}},
			{Name: "then", Outside: true, Run: func(_ context.Context, it work.Item) (func(context.Context) error, error) {
				return func(ctx context.Context) error { return write(ctx, it) }, nil
			}},
		}})
		h.add(item("inside", "", "i"), item("then", "", "t"))
		for range 3 {
			h.drain(r)
			h.step(2 * time.Second)
		}
		if got := sorted(h.notes()); got != "i first: true, i first: true, t first: true, t first: true" {
			t.Error(got)
		}
		if n := h.waiting(); n != 0 || len(h.dead()) > 0 {
			t.Error(n, h.dead())
		}
	})
}

func TestAHandlerThatBreaksHarmsOnlyItself(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		broken := func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			switch it.Key {
			case "panics":
				panic("a handler's")
			case "exits":
				runtime.Goexit()
			case "hangs":
				<-ctx.Done()
				return nil, ctx.Err()
			case "nothing will stop it":
				select {}
			}
			h.note("%s", it.Key)
			return nil, nil
		}
		in := work.Kind{Name: "inside", Run: broken, Attempts: 1}
		out := outside("outside", func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			it.Key = strings.TrimPrefix(it.Key, "out ")
			return broken(ctx, it)
		})
		out.Attempts, out.Timeout = 1, 50*time.Millisecond
		for _, key := range []string{"panics", "exits", "good"} {
			h.add(item("inside", "", key))
		}
		for _, key := range []string{"panics", "exits", "hangs", "nothing will stop it", "good"} {
			h.add(item("outside", "", "out "+key))
		}
		h.drain(h.runner(jobs.Options{Kinds: []work.Kind{in, out}}))
		if got := h.notes(); got != "good, good" {
			t.Error(got)
		}
		causes := map[string]string{}
		for _, d := range h.dead() {
			causes[d.Key] = d.Cause
		}
		for key, want := range map[string]string{"panics": "panic: a handler's", "exits": "the handler ended its goroutine",
			"out panics": "panic: a handler's", "out exits": "the handler ended its goroutine",
			"out hangs": "it took too long", "out nothing will stop it": "the handler does not end: it took too long"} {
			if !strings.HasPrefix(causes[key], want) {
				t.Errorf("%s: %q, want %q", key, causes[key], want)
			}
		}
	})
}

// An item that ends the whole program each time is given up.
func TestAnItemThatKillsItsWorkersIsGivenUp(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		h.add(item("a", "l", "poison"), item("a", "l", "next"))
		w := h.work()
		for i := range 3 {
			err := h.db.Atomically(t.Context(), func(ctx context.Context) error {
				got, err := w.Claim(ctx, work.Want{Owner: fmt.Sprint(i), Lease: time.Second, Most: 1, Room: []work.Room{{Kind: "a", N: 1}}})
				if err == nil && len(got) != 1 {
					return errors.New("nothing to claim")
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			h.step(time.Second) // it died
		}
		k := outside("a", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
			h.note("%s", it.Key)
			return nil, nil
		})
		k.Attempts = 3
		h.drain(h.runner(jobs.Options{Kinds: []work.Kind{k}}))
		if got := h.notes(); got != "next" {
			t.Error(got)
		}
		if dead := h.dead(); len(dead) != 1 || dead[0].Cause != "it was begun 3 times and never came to an end" {
			t.Errorf("%+v", dead)
		}
	})
}

func TestDrainWorksWhatFollows(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		w := h.work()
		r := h.runner(jobs.Options{Kinds: []work.Kind{{Name: "a", Run: func(ctx context.Context, it work.Item) (func(context.Context) error, error) {
			h.note("%s", it.Key)
			if len(it.Key) > 3 {
				return nil, nil
			}
			return nil, w.Add(ctx, item("a", "l", it.Key+"+"), item("a", "", it.Key+"late").At(h.now().Add(time.Hour)))
		}}}})
		h.add(item("a", "l", "1"))
		if n := h.drain(r); n != 4 || h.notes() != "1, 1+, 1++, 1+++" {
			t.Error(n)
		}
		h.step(time.Hour)
		if n := h.drain(r); n != 3 {
			t.Error(n)
		}
	})
}
