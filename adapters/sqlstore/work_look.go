package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/work"
)

// NextDue is when the next lane of the kinds can be taken; the zero time when there is none.
func (w Work) NextDue(ctx context.Context, kinds ...string) (time.Time, error) {
	if err := w.flush(ctx); err != nil || len(kinds) == 0 {
		return time.Time{}, err
	}
	var args []any
	var parts []string
	for _, k := range kinds {
		args = append(args, k)
		parts = append(parts, fmt.Sprintf(`SELECT (SELECT MIN(due) FROM lane WHERE kind = $%d) AS due`, len(args)))
	}
	var due int64
	_, err := w.db.one(ctx, `SELECT COALESCE(MIN(due), 0) FROM (`+strings.Join(parts, " UNION ALL ")+`) AS d`, args, &due)
	if err != nil {
		return time.Time{}, fmt.Errorf("next due work: %w", err)
	}
	return instant(due), nil
}

// unended are those of the keys whose items are neither done nor given up, as plain keys.
func (w Work) unended(ctx context.Context, community int64, keys []string) (map[string]bool, error) {
	out := map[string]bool{}
	if err := w.flush(ctx); err != nil || len(keys) == 0 {
		return out, err
	}
	args := []any{community}
	rows := values(&args, keys, "T", func(key string) []any { return []any{plain(key)} })
	err := w.db.each(ctx, `SELECT key FROM work WHERE community_id = $1 AND key IN (`+rows+`) AND state = 'ready'`, args,
		func(scan func(...any) error) error {
			var key string
			err := scan(&key)
			out[key] = true
			return err
		})
	return out, err
}

// Dead are the items of a community that were given up, the newest first.
func (w Work) Dead(ctx context.Context, community int64, most int) (out []work.DeadItem, err error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	err = w.db.each(ctx, `SELECT `+itemColumns+`, cause, ended FROM work
		WHERE state = 'dead' AND community_id = $1 ORDER BY id DESC LIMIT $2`, []any{community, most},
		func(scan func(...any) error) error {
			var d work.DeadItem
			var ended int64
			it, err := scanItem(scan, &d.Cause, &ended)
			d.Item, d.Died = it, instant(ended)
			out = append(out, d)
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("list dead work: %w", err)
	}
	return out, nil
}

// Replay puts items that were given up back into the queue, at the end of their lanes, and says how
// many there were. They count as tried once, because some of what they do may have been done.
func (w Work) Replay(ctx context.Context, community int64, ids ...int64) (n int, err error) {
	if err := w.flush(ctx); err != nil {
		return 0, err
	}
	var items []work.Item
	for part := range slices.Chunk(ids, chunk) {
		args := []any{community}
		err := w.db.each(ctx, `DELETE FROM work WHERE state = 'dead' AND community_id = $1 AND id IN (`+numbers(&args, part)+`)
			RETURNING `+itemColumns, args, func(scan func(...any) error) error {
			it, err := scanItem(scan)
			it.Due = time.Time{}
			items = append(items, it)
			return err
		})
		if err != nil {
			return 0, fmt.Errorf("replay work: %w", err)
		}
	}
	slices.SortFunc(items, func(a, b work.Item) int { return int(a.ID - b.ID) })
	if err := errors.Join(w.Add(ctx, items...), w.flush(ctx)); err != nil {
		return 0, err
	}
	for part := range slices.Chunk(items, chunk) {
		args := []any{community}
		rows := values(&args, part, "T", func(it work.Item) []any { return []any{it.Key} })
		if err := w.db.later(ctx, `UPDATE work SET attempts = 1 WHERE community_id = $1 AND key IN (`+rows+`)`, args...); err != nil {
			return 0, fmt.Errorf("replay work: %w", err)
		}
	}
	return len(items), nil
}

// Counts is how the queue stands, for each kind that has anything in it. It reads all that waits.
func (w Work) Counts(ctx context.Context) ([]work.Count, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	now := micros(w.now())
	all := map[string]*work.Count{}
	of := func(kind string) *work.Count {
		if all[kind] == nil {
			all[kind] = &work.Count{Kind: kind}
		}
		return all[kind]
	}
	err := w.db.each(ctx, `SELECT kind, state, COUNT(*) FROM work WHERE state = 'ready' OR state = 'dead' GROUP BY kind, state`, nil,
		func(scan func(...any) error) error {
			var kind, state string
			var n int64
			err := scan(&kind, &state, &n)
			if state == "dead" {
				of(kind).Dead = n
			} else {
				of(kind).Waiting = n
			}
			return err
		})
	if err != nil {
		return nil, fmt.Errorf("count work: %w", err)
	}
	err = w.db.each(ctx, `SELECT kind, COALESCE(SUM(CASE WHEN owner <> '' AND due > $1 THEN 1 ELSE 0 END), 0), COALESCE(MIN(due), 0)
		FROM lane GROUP BY kind`, []any{now}, func(scan func(...any) error) error {
		var kind string
		var running, due int64
		err := scan(&kind, &running, &due)
		c := of(kind)
		c.Running, c.Lag = running, time.Duration(max(now-due, 0))*time.Microsecond
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("count lanes: %w", err)
	}
	out := make([]work.Count, 0, len(all))
	for _, c := range all {
		out = append(out, *c)
	}
	slices.SortFunc(out, func(a, b work.Count) int { return strings.Compare(a.Kind, b.Kind) })
	return out, nil
}

// sweepMost is how many rows one sweep deletes of each sort.
const sweepMost = 2000

// Sweep forgets items that were done before one time and those that were given up before another.
// more is true when it should be called again. It is called in a transaction.
func (w Work) Sweep(ctx context.Context, done, dead time.Time) (more bool, err error) {
	n, err := w.db.exec(ctx, `DELETE FROM work WHERE id IN (
		SELECT id FROM work WHERE state = 'done' AND ended < $1 ORDER BY ended LIMIT $2)`, micros(done), sweepMost)
	if err != nil {
		return false, fmt.Errorf("sweep work that is done: %w", err)
	}
	more = n == sweepMost
	n, err = w.db.exec(ctx, `DELETE FROM work WHERE id IN (
		SELECT id FROM work WHERE state = 'dead' AND ended < $1 LIMIT $2)`, micros(dead), sweepMost)
	if err != nil {
		return false, fmt.Errorf("sweep dead work: %w", err)
	}
	past := micros(w.now().Add(-time.Hour))
	if err := w.db.later(ctx, `DELETE FROM budget WHERE next < $1 AND held < $1`, past); err != nil {
		return false, fmt.Errorf("sweep budgets: %w", err)
	}
	return more || n == sweepMost, nil
}
