package worktest

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"guildhall/core/chat"
	"guildhall/core/work"
	"guildhall/jobs"
)

func (h *hall) clock(tasks ...jobs.Task) *jobs.Clock {
	h.t.Helper()
	c, err := jobs.NewClock(jobs.ClockOptions{Transactions: h.db, Queue: h.work(), Schedules: h.db.Schedules(), Upkeeps: h.db.Schedules(), Tasks: tasks,
		Communities: func(context.Context) ([]int64, error) { return []int64{3, 4, 5}, nil }, Now: h.now})
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

func (h *hall) set(s work.Schedule) {
	h.t.Helper()
	err := h.db.Atomically(h.t.Context(), func(ctx context.Context) error {
		_, err := h.db.Schedules().SetSchedule(ctx, s, h.now())
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) ticks() *jobs.Runner {
	return h.runner(jobs.Options{Kinds: []work.Kind{outside("digest", func(_ context.Context, it work.Item) (func(context.Context) error, error) {
		var tick work.Tick
		if err := it.Read(&tick); err != nil {
			return nil, err
		}
		h.note("%d %s %s", it.Community, tick.Name, tick.Period)
		return nil, nil
	})}})
}

// Whatever the hour of the change to and from summer time, and however many programs look at once,
// each period comes once.
func TestSchedulesComeOncePerPeriod(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		h.at.Store(time.Date(2027, 3, 26, 0, 0, 0, 0, time.UTC).UnixMicro())
		h.set(work.Schedule{Community: 3, Name: "gap", Kind: "digest", Zone: "Europe/Rome", Rule: work.Rule{Pace: work.Weekly, Day: time.Sunday, Hour: 2, Minute: 30}})
		r := h.ticks()
		for range 3 * 24 * 2 { // half hours, over the night of the change
			var many sync.WaitGroup
			for range 4 {
				c := h.clock() // a restart each time
				many.Go(func() {
					if err := c.Tick(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			many.Wait()
			h.drain(r)
			h.step(30 * time.Minute)
		}
		for range 9 { // three days each
			h.step(3 * 24 * time.Hour)
			if err := h.clock().Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.drain(r)
		}
		want := "3 gap 2027-W12, 3 gap 2027-W13, 3 gap 2027-W14, 3 gap 2027-W15"
		if got := h.notes(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	})
}

func TestMissedPeriodsComeAsOne(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		weekly := work.Schedule{Community: 3, Name: "d", Kind: "digest", Zone: "Europe/Rome", Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 9}}
		h.set(weekly)
		h.set(work.Schedule{Community: 3, Name: "off", Kind: "digest", Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 9}})
		err := h.db.Atomically(t.Context(), func(ctx context.Context) error { return h.db.Schedules().StopSchedule(ctx, 3, "off") })
		if err != nil {
			t.Fatal(err)
		}
		r, c := h.ticks(), h.clock()
		tick := func() {
			t.Helper()
			if err := c.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.drain(r)
		}
		h.step(24 * 24 * time.Hour) // the program did not run
		tick()
		if got := h.notes(); got != "3 d 2027-W12" {
			t.Error(got)
		}
		weekly.Rule.Day = time.Friday // moved within the week that was done
		h.set(weekly)
		h.step(2 * 24 * time.Hour)
		tick()
		if got := h.notes(); got != "" {
			t.Error("twice in a week:", got)
		}
		h.step(7 * 24 * time.Hour)
		tick()
		if got := h.notes(); got != "3 d 2027-W13" {
			t.Error(got)
		}
		s, ok, err := h.db.Schedules().Schedule(t.Context(), 3, "d")
		if err != nil || !ok || s.Last != "2027-W13" || s.Period != "2027-W14" || s.Rule != weekly.Rule {
			t.Errorf("%+v %v %v", s, ok, err)
		}
	})
}

// A schedule that cannot be planned keeps no other from coming.
func TestAWrongScheduleHarmsNoOther(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		rule := work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 9}
		err := h.db.Atomically(t.Context(), func(ctx context.Context) error {
			s := h.db.Schedules()
			if _, err := s.SetSchedule(ctx, work.Schedule{Community: 3, Name: "x", Zone: "Europe/Nowhere", Rule: rule}, h.now()); err == nil {
				t.Error("a zone that is not was kept")
			}
			return s.KeepSchedule(ctx, work.Schedule{Community: 3, Name: "wrong", Kind: "digest", Zone: "Europe/Nowhere", Rule: rule, Due: h.now(), Period: "2027-W09"})
		})
		if err != nil {
			t.Fatal(err)
		}
		h.set(work.Schedule{Community: 4, Name: "good", Kind: "digest", Rule: rule})
		h.step(24 * time.Hour)
		if err := h.clock().Tick(t.Context()); err != nil {
			t.Fatal(err)
		}
		h.drain(h.ticks())
		if got := h.notes(); got != "4 good 2027-W09" {
			t.Error(got)
		}
	})
}

func TestUpkeepComesOnceAcrossRestartsAndPrograms(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		tasks := []jobs.Task{
			{Name: "hourly", Cron: "30 * * * *", Run: func(_ context.Context, at time.Time) error { h.note("hourly %s", at.Format("15:04")); return nil }},
			{Name: "each", Cron: "0 10 * * *", Each: func(_ context.Context, of int64, key string) error { h.note("each %d %s", of, key); return nil }},
		}
		for _, step := range []struct {
			by   time.Duration
			want string
		}{
			{0, ""}, // what never ran is not due at once
			{29 * time.Minute, ""},
			{1 * time.Minute, "hourly 09:30"},
			{5 * time.Minute, ""},
			{25 * time.Minute, "each 3 upkeep/each/2027-03-01T10:00:00Z/3, each 4 upkeep/each/2027-03-01T10:00:00Z/4, each 5 upkeep/each/2027-03-01T10:00:00Z/5"},
			{5 * time.Hour, "hourly 14:30"}, // the program did not run
			{30 * time.Minute, "hourly 15:30"},
		} {
			h.step(step.by)
			var many sync.WaitGroup
			clocks := make([]*jobs.Clock, 4)
			for i := range clocks {
				clocks[i] = h.clock(tasks...)
				many.Go(func() {
					if err := clocks[i].Tick(t.Context()); err != nil {
						t.Error(err)
					}
				})
			}
			many.Wait()
			h.drain(h.runner(jobs.Options{Kinds: clocks[0].Kinds()}))
			if got := sorted(h.notes()); got != step.want {
				t.Errorf("after %v at %s: %q, want %q", step.by, h.now(), got, step.want)
			}
		}
		if dead := h.dead(); len(dead) > 0 {
			t.Errorf("%+v", dead)
		}
	})
}

// What has had its time is forgotten, by the tasks as the program has them.
func TestSweeps(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		desk, in := h.db.Desk(), h.db.Inbox()
		err := h.db.Atomically(t.Context(), func(ctx context.Context) error {
			if err := desk.KeepKey(ctx, "k", "line", h.now().Add(time.Hour)); err != nil {
				return err
			}
			if err := desk.KeepPending(ctx, chat.Pending{Key: "p", Expires: h.now().Add(time.Hour)}); err != nil {
				return err
			}
			_, err := in.Take(ctx, chat.Taken{Platform: "x", Event: "e", At: h.now()})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		c := h.clock(jobs.Sweeps(jobs.Kept{Transactions: h.db, Inbox: in, Keys: desk, Pendings: desk, Work: h.work(), Now: h.now})...)
		quiet := outside("a", func(context.Context, work.Item) (func(context.Context) error, error) { return nil, nil })
		r := h.runner(jobs.Options{Kinds: append(c.Kinds(), quiet)})
		h.add(item("a", "", "1"))
		there := func() string {
			_, key, err1 := desk.KeyLine(t.Context(), "k", time.Time{})
			_, pending, err2 := desk.PendingForm(t.Context(), "p", time.Time{})
			event, err3 := in.Taken(t.Context(), "x", "e")
			// A finished item's key is free again once it is forgotten.
			h.add(item("a", "", "1"))
			n := h.drain(r)
			if err1 != nil || err2 != nil || err3 != nil {
				t.Fatal(err1, err2, err3)
			}
			return fmt.Sprint(key, pending, event, n == 0)
		}
		sweep := func() {
			if err := c.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.drain(r)
		}
		sweep()
		for _, step := range []struct {
			by   time.Duration
			want string
		}{{time.Minute, "true true true true"}, {90 * time.Minute, "false false true true"}, {46 * time.Hour, "false false true true"}, {3 * time.Hour, "false false false false"}} {
			h.step(step.by)
			sweep()
			if got := there(); got != step.want {
				t.Errorf("after %v: %s, want %s", step.by, got, step.want)
			}
		}
	})
}

// A clock that was a year ahead for a while, or an hour behind, leaves nothing that waits for a year, and
// nothing that comes twice.
func TestAClockThatWasWrong(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, h *hall) {
		h.set(work.Schedule{Community: 3, Name: "d", Kind: "digest", Zone: "Europe/Rome", Rule: work.Rule{Pace: work.Weekly, Day: time.Tuesday, Hour: 9}})
		h.set(work.Schedule{Community: 4, Name: "m", Kind: "digest", Rule: work.Rule{Pace: work.Monthly, Day: time.Friday, Hour: 9}})
		r := h.ticks()
		c := h.clock(jobs.Task{Name: "hourly", Cron: "30 * * * *", Run: func(_ context.Context, at time.Time) error { h.note("hourly %s", at.Format("15:04")); return nil }})
		u := h.runner(jobs.Options{Kinds: c.Kinds()})
		for _, step := range []struct {
			by   time.Duration
			want string
		}{
			{0, ""},
			{24 * time.Hour, "3 d 2027-W09, hourly 08:30"},
			{-time.Hour, ""},
			{2 * time.Hour, "hourly 09:30"},
			{365 * 24 * time.Hour, "3 d 2028-W09, 4 m 2028-02, hourly 09:30"},
			{-365 * 24 * time.Hour, ""},
			{time.Hour, "hourly 10:30"},
			{7 * 24 * time.Hour, "3 d 2027-W10, 4 m 2027-03, hourly 10:30"},
			{7 * 24 * time.Hour, "3 d 2027-W11, hourly 10:30"},
		} {
			h.step(step.by)
			if err := c.Tick(t.Context()); err != nil {
				t.Fatal(err)
			}
			h.drain(r)
			h.drain(u)
			if got := sorted(h.notes()); got != step.want {
				t.Errorf("after %v at %s: %q, want %q", step.by, h.now(), got, step.want)
			}
		}
	})
}
