package bottest

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/work"
)

// Later lets time pass, and works all that is due then.
func (w *World) Later(d time.Duration) {
	w.t.Helper()
	w.Now = w.Now.Add(d)
	w.due()
	w.Drain()
}

// due queues what people have set up to happen regularly.
func (w *World) due() {
	w.t.Helper()
	s := w.DB.Schedules()
	err := w.DB.Atomically(w.t.Context(), func(ctx context.Context) error {
		list, err := s.DueSchedules(ctx, w.Now, 100)
		if err != nil {
			return err
		}
		var taken []work.Schedule
		for _, x := range list {
			done, next, err := x.Take(w.Now)
			if err != nil {
				return err
			}
			taken = append(taken, done)
			if err := s.KeepSchedule(ctx, next); err != nil {
				return err
			}
		}
		return w.Queue.Add(ctx, work.Items(taken, w.Engine.Paged)...)
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// Upkeep does once what the bots do regularly, for every community.
func (w *World) Upkeep() {
	w.t.Helper()
	all, err := w.DB.Directory().Communities(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	for _, c := range all {
		for _, tick := range w.ticks {
			w.upkept++
			if err := w.Engine.Tick(w.t.Context(), tick, c.ID, fmt.Sprintf("%s/%d", tick.Name, w.upkept)); err != nil {
				w.t.Fatal(err)
			}
		}
	}
	w.Drain()
}
