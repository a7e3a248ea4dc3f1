package jobs

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/robfig/cron/v3"

	"guildhall/core/work"
)

// Task is a part of the program's own upkeep. It has either Run or Each.
type Task struct {
	Name string
	Cron string // five fields, UTC; written in code, never taken from a person: some lines panic
	// Run does it once for all, outside any transaction.
	Run func(ctx context.Context, now time.Time) error
	// Each does it for one community, inside a transaction. key is unique for the task, the community
	// and the time at which it was due.
	Each func(ctx context.Context, of int64, key string) error
}

// ClockOptions are what a Clock is made of.
type ClockOptions struct {
	Transactions
	Queue       work.Queue
	Schedules   Schedules
	Upkeeps     Upkeeps
	Tasks       []Task
	Communities func(ctx context.Context) ([]int64, error) // for tasks with Each
	Paged       func(kind string) bool                     // whose schedules are queued many to an item (work.Items); nil: none
	Poll        time.Duration                              // how often it looks; 0: 15 s
	Now         func() time.Time
	Log         *slog.Logger
}

// Clock queues what comes round regularly. Several programs on one database may have one each.
type Clock struct {
	ClockOptions
	tasks map[string]task
}

type task struct {
	Task
	times cron.Schedule
}

// NewClock makes a Clock. It fails, naming all faults at once, when a task has no name of its own,
// not exactly one of Run and Each, or a line that cannot be read.
func NewClock(o ClockOptions) (*Clock, error) {
	c := &Clock{ClockOptions: o, tasks: map[string]task{}}
	if c.Poll == 0 {
		c.Poll = 15 * time.Second
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Paged == nil {
		c.Paged = func(string) bool { return false }
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	var faults []error
	for _, t := range o.Tasks {
		times, err := cron.ParseStandard(t.Cron)
		if err != nil {
			faults = append(faults, fmt.Errorf("task %q: %w", t.Name, err))
		}
		if _, twice := c.tasks[t.Name]; twice || t.Name == "" {
			faults = append(faults, fmt.Errorf("task %q: it needs a name of its own", t.Name))
		}
		if (t.Run == nil) == (t.Each == nil) || t.Each != nil && o.Communities == nil {
			faults = append(faults, fmt.Errorf("task %q: it needs Run, or Each and a list of communities", t.Name))
		}
		c.tasks[t.Name] = task{t, times}
	}
	return c, errors.Join(faults...)
}

// Run queues what is due, until ctx ends.
func (c *Clock) Run(ctx context.Context) {
	for {
		if err := c.Tick(ctx); err != nil && ctx.Err() == nil {
			c.Log.Error("queue what is due", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(c.Poll):
		}
	}
}

// Tick queues what is due now. What fails does not keep the rest from being queued.
func (c *Clock) Tick(ctx context.Context) error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(c.tasks)) {
		if err := c.upkeep(ctx, c.tasks[name]); err != nil {
			errs = append(errs, fmt.Errorf("upkeep %s: %w", name, err))
		}
	}
	if err := c.schedules(ctx); err != nil {
		errs = append(errs, err)
	}
	if err := c.far(ctx); err != nil {
		errs = append(errs, fmt.Errorf("plan anew what is due too late: %w", err))
	}
	return errors.Join(errs...)
}

// dueMost is how many schedules one transaction takes.
const dueMost = 200

// wrongWait is how long a schedule that cannot be planned waits.
const wrongWait = time.Hour

// schedules queues the items of schedules that are due.
func (c *Clock) schedules(ctx context.Context) error {
	if c.Schedules == nil {
		return nil
	}
	for {
		n := 0
		err := c.Atomically(ctx, func(ctx context.Context) error {
			now := c.Now()
			due, err := c.Schedules.DueSchedules(ctx, now, dueMost)
			if err != nil {
				return err
			}
			n = len(due)
			var taken []work.Schedule
			for _, s := range due {
				done, next, err := s.Take(now)
				if err != nil {
					c.Log.Error("plan a schedule", "community", s.Community, "name", s.Name, "error", err)
					next.Due = now.Add(wrongWait)
				} else {
					taken = append(taken, done)
				}
				if err := c.Schedules.KeepSchedule(ctx, next); err != nil {
					return err
				}
			}
			return c.Queue.Add(ctx, work.Items(taken, c.Paged)...)
		})
		if err != nil || n < dueMost {
			return err
		}
	}
}

// far plans anew what a clock that had jumped ahead put off for too long.
func (c *Clock) far(ctx context.Context) error {
	if c.Schedules == nil {
		return nil
	}
	for {
		n := 0
		err := c.Atomically(ctx, func(ctx context.Context) error {
			now := c.Now()
			list, err := c.Schedules.FarSchedules(ctx, now.Add(work.Farthest), dueMost)
			if err != nil {
				return err
			}
			n = len(list)
			for _, s := range list {
				next, err := s.Plan(now)
				if err != nil {
					c.Log.Error("plan a schedule", "community", s.Community, "name", s.Name, "error", err)
					next.Due = now.Add(wrongWait)
				}
				if err := c.Schedules.KeepSchedule(ctx, next); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || n < dueMost {
			return err
		}
	}
}

// Names of the kinds of upkeep.
const (
	kindUpkeep = "jobs.upkeep"
	kindEach   = "jobs.each"
)

// chore is the body of upkeep.
type chore struct {
	Task string
	At   time.Time
	Key  string `json:",omitempty"` // of kindEach
}

// upkeep queues a task if a time of it has come since the last one. Of several the latest counts.
func (c *Clock) upkeep(ctx context.Context, t task) error {
	return c.Atomically(ctx, func(ctx context.Context) error {
		now := c.Now().UTC()
		last, err := c.Upkeeps.LastUpkeep(ctx, t.Name, now)
		if err != nil {
			return err
		}
		if last.After(now) { // by a clock that was wrong
			return c.Upkeeps.KeepUpkeep(ctx, t.Name, now)
		}
		var at time.Time
		for next := t.times.Next(last.UTC()); !next.IsZero() && !next.After(now); next = t.times.Next(next) {
			at = next
			if now.Sub(next) > 24*time.Hour {
				next = now.Add(-24 * time.Hour) // nobody wants to count through a year
			}
		}
		if at.IsZero() {
			return nil
		}
		key := fmt.Sprintf("upkeep/%s/%s", t.Name, at.Format(time.RFC3339))
		if err := c.Queue.Add(ctx, work.New(kindUpkeep, "upkeep/"+t.Name, key, chore{Task: t.Name, At: at})); err != nil {
			return err
		}
		return c.Upkeeps.KeepUpkeep(ctx, t.Name, at)
	})
}

// Kinds are the kinds of work that the Clock's tasks are.
func (c *Clock) Kinds() []work.Kind {
	return []work.Kind{
		{Name: kindUpkeep, Run: c.do, Outside: true, Limit: 2, Attempts: 3, Timeout: 10 * time.Minute},
		{Name: kindEach, Run: c.doEach, Limit: 2, Attempts: 3},
	}
}

func (c *Clock) task(it work.Item) (chore, task, error) {
	var ch chore
	if err := it.Read(&ch); err != nil {
		return ch, task{}, err
	}
	t, ok := c.tasks[ch.Task]
	if !ok {
		return ch, t, work.Dead(fmt.Errorf("no task %q", ch.Task)) // of an older version of the program
	}
	return ch, t, nil
}

func (c *Clock) do(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	ch, t, err := c.task(it)
	if err != nil {
		return nil, err
	}
	if t.Run != nil {
		return nil, t.Run(ctx, ch.At)
	}
	list, err := c.Communities(ctx)
	if err != nil {
		return nil, fmt.Errorf("list communities: %w", err)
	}
	items := make([]work.Item, len(list))
	for i, of := range list {
		key := fmt.Sprintf("%s/%d", it.Key, of)
		items[i] = work.New(kindEach, fmt.Sprintf("each/%s/%d", t.Name, of), key, chore{Task: t.Name, At: ch.At, Key: key}).In(of)
	}
	return func(ctx context.Context) error { return c.Queue.Add(ctx, items...) }, nil
}

func (c *Clock) doEach(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	ch, t, err := c.task(it)
	if err != nil {
		return nil, err
	}
	if t.Each == nil {
		return nil, work.Dead(fmt.Errorf("task %q is not for each community any more", ch.Task))
	}
	return nil, t.Each(ctx, it.Community, ch.Key)
}
