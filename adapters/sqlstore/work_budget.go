package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"guildhall/core/work"
)

// budgetRow is the pace of one budget: a virtual clock that each use moves on by the rate's Every
// (the generic cell rate algorithm). A use is in time when that clock is no more than the burst
// ahead.
type budgetRow struct {
	next int64 // of the virtual clock
	held int64 // nothing before
}

// take gives a use its moment: now, or the one that is reserved for it.
func (b *budgetRow) take(now int64, r work.Rate) (at int64) {
	every := r.Every.Microseconds()
	if every <= 0 {
		return max(now, b.held)
	}
	burst := every * int64(max(r.Burst, 1)-1)
	next := max(b.next, b.held+burst) // no burst after a hold
	at = max(now, next-burst)
	b.next = max(next, at) + every
	return at
}

// spread is over how long the lanes of a budget without a rate of its own come back after a hold.
const spread = time.Second

// pace takes what is taken out of its budgets; what must wait is put off to a moment of its own, so
// that it is looked at once more and not at each use of another.
func (w Work) pace(ctx context.Context, s *sorting, rate func(string) work.Rate) error {
	var names []string
	for _, c := range s.taken {
		if c.item.Budget != "" {
			names = append(names, c.item.Budget)
		}
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	names = slices.Compact(names)
	rows, err := w.budgets(ctx, names)
	if err != nil {
		return err
	}
	var taken []candidate
	after := map[string]int64{}
	for _, c := range s.taken {
		name := c.item.Budget
		b := rows[name]
		if name == "" || c.lane.slot != 0 && c.lane.slot >= b.held {
			taken = append(taken, c) // what it reserved has come
			continue
		}
		r := rateOf(rate, name)
		at := b.take(s.now, r)
		rows[name] = b
		if at <= s.now {
			taken = append(taken, c)
			continue
		}
		if r.Every <= 0 {
			after[name] += spread.Microseconds() / 50
			at += after[name] % spread.Microseconds()
		}
		s.postponed[c.lane.id] = at
	}
	s.taken = taken
	return w.keepBudgets(ctx, names, rows)
}

func rateOf(rate func(string) work.Rate, name string) work.Rate {
	if rate == nil {
		return work.Rate{}
	}
	return rate(name)
}

// budgets locks budgets, in the order of their names; those that are not there are made.
func (w Work) budgets(ctx context.Context, names []string) (map[string]budgetRow, error) {
	out, err := w.lockBudgets(ctx, names)
	if err != nil || len(out) == len(names) {
		return out, err
	}
	var args []any
	rows := values(&args, names, "T", func(n string) []any { return []any{n} })
	err = w.db.later(ctx, `INSERT INTO budget (name, next, held) SELECT v.column1, 0, 0 FROM (`+rows+`) AS v
		WHERE TRUE ON CONFLICT (name) DO NOTHING`, args...)
	if err != nil {
		return nil, fmt.Errorf("make budgets: %w", err)
	}
	return w.lockBudgets(ctx, names)
}

func (w Work) lockBudgets(ctx context.Context, names []string) (map[string]budgetRow, error) {
	out := map[string]budgetRow{}
	var args []any
	rows := values(&args, names, "T", func(n string) []any { return []any{n} })
	err := w.db.each(ctx, `SELECT name, next, held FROM budget WHERE name IN (`+rows+`) ORDER BY name`+w.db.forUpdate(), args,
		func(scan func(...any) error) error {
			var name string
			var b budgetRow
			err := scan(&name, &b.next, &b.held)
			out[name] = b
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("read budgets: %w", err)
	}
	return out, nil
}

func (w Work) keepBudgets(ctx context.Context, names []string, all map[string]budgetRow) error {
	var args []any
	rows := values(&args, names, "TBB", func(n string) []any { return []any{n, all[n].next, all[n].held} })
	err := w.db.later(ctx, `UPDATE budget SET next = v.column2, held = v.column3 FROM (`+rows+`) AS v WHERE budget.name = v.column1`, args...)
	if err != nil {
		return fmt.Errorf("write budgets: %w", err)
	}
	return nil
}

// hold stops the budgets of outcomes that a service has told to come later.
func (w Work) hold(ctx context.Context, list []work.Outcome) error {
	until := map[string]int64{}
	for _, o := range list {
		until[o.Claim.Budget] = max(until[o.Claim.Budget], micros(o.Due))
	}
	names := slices.Sorted(maps.Keys(until))
	if len(names) == 0 {
		return nil
	}
	rows, err := w.budgets(ctx, names)
	if err != nil {
		return err
	}
	for name, t := range until {
		b := rows[name]
		b.held = max(b.held, t)
		rows[name] = b
	}
	return w.keepBudgets(ctx, names, rows)
}
