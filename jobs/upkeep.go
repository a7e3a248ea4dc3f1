package jobs

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/chat"
)

// How long things are kept.
const (
	keepEvents = 48 * time.Hour      // Slack repeats what came while no connection was open
	keepDone   = 48 * time.Hour      // keys of finished work, so that a repeat adds nothing
	keepDead   = 30 * 24 * time.Hour // work that was given up, for moderators to see
)

// Kept is what is swept.
type Kept struct {
	Transactions
	Inbox    chat.Inbox
	Keys     chat.Keys
	Pendings chat.Pendings
	Work     interface {
		// Sweep forgets some of what was done before one time and of what was given up before another;
		// more is true when there is more of it.
		Sweep(ctx context.Context, done, dead time.Time) (more bool, err error)
	}
	Now func() time.Time
}

// Sweeps are the tasks that forget what has had its time.
func Sweeps(k Kept) []Task {
	in := func(sweep func(ctx context.Context, now time.Time) error) func(context.Context, time.Time) error {
		return func(ctx context.Context, _ time.Time) error {
			return k.Atomically(ctx, func(ctx context.Context) error { return sweep(ctx, k.Now()) })
		}
	}
	return []Task{
		{Name: "sweep inbox", Cron: "7 * * * *", Run: in(func(ctx context.Context, now time.Time) error {
			return k.Inbox.Sweep(ctx, now.Add(-keepEvents))
		})},
		{Name: "sweep keys", Cron: "17 * * * *", Run: in(k.Keys.SweepKeys)},
		{Name: "sweep pendings", Cron: "*/15 * * * *", Run: in(k.Pendings.SweepPending)},
		{Name: "sweep work", Cron: "27 * * * *", Run: func(ctx context.Context, _ time.Time) error {
			for more := true; more; {
				err := k.Atomically(ctx, func(ctx context.Context) (err error) {
					more, err = k.Work.Sweep(ctx, k.Now().Add(-keepDone), k.Now().Add(-keepDead))
					return err
				})
				if err != nil {
					return fmt.Errorf("sweep work: %w", err)
				}
			}
			return nil
		}},
	}
}

// Ticker runs a bot's regular upkeep for one community: the engine.
type Ticker interface {
	Tick(ctx context.Context, t chat.Tick, of int64, key string) error
}

// Ticks are the bots' regular upkeep as tasks.
func Ticks(e Ticker, bots []chat.Bot) []Task {
	var out []Task
	for _, b := range bots {
		for _, t := range b.Ticks {
			out = append(out, Task{Name: b.Name + "/" + t.Name, Cron: t.Cron, Each: func(ctx context.Context, of int64, key string) error {
				return e.Tick(ctx, t, of, key)
			}})
		}
	}
	return out
}
