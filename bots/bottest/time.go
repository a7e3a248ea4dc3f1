package bottest

import (
	"fmt"
	"time"
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
	if err := w.clock.Tick(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
}

// Due queues what is due, and works nothing of it: the program ends just then.
func (w *World) Due() { w.t.Helper(); w.due() }

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
