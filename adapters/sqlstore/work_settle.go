package sqlstore

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/work"
)

// Settle writes how claims ended and frees their lanes. It is called in a transaction, after all
// else that belongs to the outcome, or outside any; then those that are settled at the same time share
// one. lost are the items of claims that were not ours any more: of those nothing was written, and what
// was done for them in this transaction must not be committed.
func (w Work) Settle(ctx context.Context, outcomes ...work.Outcome) (lost []int64, err error) {
	if txOf(ctx, w.db) != nil {
		return w.settleNow(ctx, outcomes)
	}
	for _, o := range outcomes {
		gone, err := w.db.settles.do(ctx, o, w.settleAll)
		if err != nil {
			return nil, fmt.Errorf("settle work: %w", err)
		}
		lost = append(lost, gone...)
	}
	return lost, nil
}

// settleAll settles in one transaction, and says of each outcome which items were lost.
func (w Work) settleAll(ctx context.Context, outcomes []work.Outcome) ([][]int64, error) {
	var lost []int64
	err := w.db.Atomically(ctx, func(ctx context.Context) (err error) {
		lost, err = w.settleNow(ctx, outcomes)
		return err
	})
	out := make([][]int64, len(outcomes))
	for i, o := range outcomes {
		if slices.Contains(lost, o.Claim.ID) {
			out[i] = []int64{o.Claim.ID}
		}
	}
	return out, err
}

func (w Work) settleNow(ctx context.Context, outcomes []work.Outcome) (lost []int64, err error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	for part := range slices.Chunk(outcomes, chunk) {
		gone, err := w.settle(ctx, part)
		if err != nil {
			return nil, fmt.Errorf("settle work: %w", err)
		}
		lost = append(lost, gone...)
	}
	if len(outcomes) > 0 {
		w.db.wakeAfter(ctx)
	}
	return lost, nil
}

func (w Work) settle(ctx context.Context, outcomes []work.Outcome) (lost []int64, err error) {
	ids := make([]int64, len(outcomes))
	for i, o := range outcomes {
		ids[i] = o.Claim.Lane
	}
	lanes, err := w.lockLanes(ctx, ids)
	if err != nil {
		return nil, fmt.Errorf("lock lanes: %w", err)
	}
	var held []int64
	var finished []int64
	var again, dead, holds []work.Outcome
	for _, o := range outcomes {
		l, ok := lanes[o.Claim.Lane]
		if !ok || l.owner != o.Claim.Owner || l.fence != o.Claim.Fence {
			lost = append(lost, o.Claim.ID)
			continue
		}
		held = append(held, l.id)
		switch {
		case o.End == work.Finished:
			finished = append(finished, o.Claim.ID)
		case o.End == work.Died:
			dead = append(dead, o)
		default:
			again = append(again, o)
		}
		if o.Hold && o.Claim.Budget != "" {
			holds = append(holds, o)
		}
	}
	now := micros(w.now())
	if err := w.finish(ctx, finished, now); err != nil {
		return nil, err
	}
	if err := w.putBack(ctx, again, now); err != nil {
		return nil, err
	}
	if err := w.bury(ctx, dead, now); err != nil {
		return nil, err
	}
	if err := w.hold(ctx, holds); err != nil {
		return nil, err
	}
	return lost, w.settleLanes(ctx, held, now, false)
}

func (w Work) finish(ctx context.Context, ids []int64, now int64) error {
	if len(ids) == 0 {
		return nil
	}
	args := []any{now}
	err := w.db.later(ctx, `UPDATE work SET state = 'done', body = '', cause = '', ended = $1
		WHERE id IN (`+numbers(&args, ids)+`) AND state = 'ready'`, args...)
	if err != nil {
		return fmt.Errorf("finish items: %w", err)
	}
	return nil
}

// putBack writes when items are due again, and counts their attempts.
func (w Work) putBack(ctx context.Context, list []work.Outcome, now int64) error {
	if len(list) == 0 {
		return nil
	}
	var args []any
	rows := values(&args, list, "BBBT", func(o work.Outcome) []any {
		due, attempts := micros(o.Due), o.Claim.Attempt
		switch o.End {
		case work.Postponed:
			attempts--
		case work.Interrupted:
			due = now
		}
		return []any{o.Claim.ID, due, attempts, clean(o.Cause)}
	})
	err := w.db.later(ctx, `UPDATE work SET due = v.column2, attempts = v.column3, cause = v.column4
		FROM (`+rows+`) AS v WHERE work.id = v.column1 AND work.state = 'ready'`, args...)
	if err != nil {
		return fmt.Errorf("put items back: %w", err)
	}
	return nil
}

func (w Work) bury(ctx context.Context, list []work.Outcome, now int64) error {
	if len(list) == 0 {
		return nil
	}
	args := []any{now}
	rows := values(&args, list, "BBT", func(o work.Outcome) []any { return []any{o.Claim.ID, o.Claim.Attempt, clean(o.Cause)} })
	err := w.db.later(ctx, `UPDATE work SET state = 'dead', ended = $1, attempts = v.column2, cause = v.column3
		FROM (`+rows+`) AS v WHERE work.id = v.column1 AND work.state = 'ready'`, args...)
	if err != nil {
		return fmt.Errorf("give items up: %w", err)
	}
	return nil
}
