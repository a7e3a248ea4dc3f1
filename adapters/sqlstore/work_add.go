package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"guildhall/core/work"
)

// addAtOnce is add in one statement of Postgres, for which nobody waits. It fails, on the missing lane_id
// of an item, where another makes or deletes one of the lanes at the same moment: the statement neither
// makes that lane nor sees it. Then the transaction is run again, and add finds it step by step.
func (w Work) addAtOnce(ctx context.Context, items []work.Item) error {
	now := micros(w.now())
	args := []any{now}
	n := 0
	rows := values(&args, items, "BTTTTTBB", func(it work.Item) []any {
		n++
		return append(itemRow(it, now), int64(n))
	})
	// All lanes are held before the first item has an id, and the ids follow the order of the items. Lanes
	// are made in one order by all, so that two that add at the same time do not wait for each other.
	return w.db.later(ctx, `WITH fresh AS (
			SELECT v.* FROM (`+rows+`) AS v WHERE NOT EXISTS (SELECT 1 FROM work w WHERE w.community_id = v.column1 AND w.key = v.column2)
		), made AS (
			INSERT INTO lane (community_id, name, kind, due, owner, fence, item, begun, slot)
			SELECT DISTINCT ON (column1, column3 COLLATE "C") column1, column3, column4, GREATEST(column7, $1), '', CAST($1 AS BIGINT), 0, 0, 0 FROM fresh
			ORDER BY column1, column3 COLLATE "C", column8
			ON CONFLICT (community_id, name) DO NOTHING RETURNING id, community_id, name
		), held AS (
			SELECT id, community_id, name FROM lane WHERE (community_id, name) IN (SELECT column1, column3 FROM fresh)
			ORDER BY community_id, name COLLATE "C" FOR KEY SHARE
		), there AS (SELECT * FROM made UNION ALL SELECT * FROM held)
		INSERT INTO work (community_id, key, lane_id, lane, kind, body, budget, due, added, attempts, state, cause, ended)
		SELECT v.column1, v.column2, t.id, v.column3, v.column4, v.column5, v.column6, v.column7, CAST($1 AS BIGINT), 0, 'ready', '', 0
		FROM fresh AS v LEFT JOIN there t ON t.community_id = v.column1 AND t.name = v.column3
		ORDER BY v.column8 ON CONFLICT (community_id, key) DO NOTHING`, args...)
}

// itemRow are an item's community, key, lane, kind, body, budget and when it is due.
func itemRow(it work.Item, now int64) []any {
	due := micros(it.Due)
	if due <= 0 {
		due = now
	}
	return []any{it.Community, plain(it.Key), laneName(it), clean(it.Kind), clean(string(it.Body)), plain(it.Budget), due}
}

// firsts are the first items of each lane. On Postgres they have one order for all, so that two that add at the same
// time do not wait for each other; on SQLite, where only one adds, they come as they were added.
func (w Work) firsts(items []work.Item) (out []work.Item) {
	seen := map[place]bool{}
	for _, it := range items {
		if p := placeOf(it); !seen[p] {
			seen[p] = true
			out = append(out, it)
		}
	}
	if w.db.engine == SQLite {
		return out
	}
	slices.SortFunc(out, func(a, b work.Item) int {
		return cmp.Or(cmp.Compare(a.Community, b.Community), strings.Compare(laneName(a), laneName(b)))
	})
	return out
}
