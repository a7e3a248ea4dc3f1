package sqlstore

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// itemKey names an item.
type itemKey struct {
	community int64
	key       string // as it is stored
}

// Drop implements work.Queue. It also removes what was given up.
func (w Work) Drop(ctx context.Context, community int64, keys ...string) error {
	for part := range slices.Chunk(keys, chunk) {
		list := make([]itemKey, len(part))
		for i, key := range part {
			list[i] = itemKey{community, plain(key)}
		}
		_, err := w.unqueue(ctx, list, `state IN ('ready', 'dead')`, func(args *[]any, ids []int64) string {
			return `DELETE FROM work WHERE id IN (` + numbers(args, ids) + `) AND state IN ('ready', 'dead')`
		})
		if err != nil {
			return fmt.Errorf("drop work: %w", err)
		}
	}
	return nil
}

// FinishKey ends an item that no worker is at, as if it were done: what it was for has happened in
// another way. done is false when a worker has it, and when it has ended already. Outside a
// transaction those that are finished at the same time share one; the end of ctx then ends the waiting
// alone.
func (w Work) FinishKey(ctx context.Context, community int64, key string) (done bool, err error) {
	item := itemKey{community, plain(key)}
	if txOf(ctx, w.db) != nil {
		ended, err := w.finishKeys(ctx, []itemKey{item})
		if err != nil {
			return false, fmt.Errorf("finish work: %w", err)
		}
		return len(ended) > 0, nil
	}
	done, err = w.db.finishes.do(ctx, item, func(ctx context.Context, list []itemKey) ([]bool, error) {
		ended, err := w.finishKeys(ctx, list)
		out := make([]bool, len(list))
		for i, k := range list {
			if at := slices.Index(ended, k); at >= 0 { // of two for one item the first has ended it
				out[i], ended = true, slices.Delete(ended, at, at+1)
			}
		}
		return out, err
	})
	if err != nil {
		return false, fmt.Errorf("finish work: %w", err)
	}
	return done, nil
}

// finishKeys finishes items in one transaction, and says which of them were not ended nor being worked.
func (w Work) finishKeys(ctx context.Context, keys []itemKey) (ended []itemKey, err error) {
	err = w.db.Atomically(ctx, func(ctx context.Context) (err error) {
		ended, err = w.unqueue(ctx, keys, `state = 'ready'`, func(args *[]any, ids []int64) string {
			*args = append(*args, micros(w.now()))
			return fmt.Sprintf(`UPDATE work SET state = 'done', body = '', cause = '', ended = $%d WHERE id IN (%s)`,
				len(*args), numbers(args, ids))
		})
		return err
	})
	return ended, err
}

// unqueue runs a statement on those items of the keys that no worker is at, brings their lanes up to
// date, and says which items those were. Without such items it runs nothing.
func (w Work) unqueue(ctx context.Context, keys []itemKey, where string, statement func(args *[]any, ids []int64) string) ([]itemKey, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	items, names := map[int64]int64{}, map[int64]itemKey{} // lanes and keys by item
	var args []any
	rows := values(&args, keys, "BT", func(k itemKey) []any { return []any{k.community, k.key} })
	err := w.db.each(ctx, `SELECT id, lane_id, community_id, key FROM work WHERE (community_id, key) IN (`+rows+`) AND `+where, args,
		func(scan func(...any) error) error {
			var id, lane int64
			var k itemKey
			err := scan(&id, &lane, &k.community, &k.key)
			items[id], names[id] = lane, k
			return err
		})
	if err != nil || len(items) == 0 {
		return nil, err
	}
	lanes, err := w.lockLanes(ctx, slices.Collect(maps.Values(items)))
	if err != nil {
		return nil, err
	}
	// Now that the lanes are ours: which of the items are still there, and not being worked?
	now := micros(w.now())
	var ids, free []int64
	var taken []itemKey
	args = nil
	err = w.db.each(ctx, `SELECT id FROM work WHERE id IN (`+numbers(&args, slices.Collect(maps.Keys(items)))+`) AND `+where, args,
		func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			if l := lanes[items[id]]; !l.leased(now) || l.item != id {
				ids, taken = append(ids, id), append(taken, names[id])
			}
			return err
		})
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	args = nil
	query := statement(&args, ids)
	if err := w.db.later(ctx, query, args...); err != nil {
		return nil, err
	}
	for id, l := range lanes {
		if !l.leased(now) {
			free = append(free, id)
		}
	}
	w.db.wakeAfter(ctx)
	return taken, w.settleLanes(ctx, free, now, true)
}
