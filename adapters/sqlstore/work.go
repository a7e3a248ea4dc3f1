package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/work"
)

// Work is the queue of what happens later.
//
// Adding never changes a lane that is there already: on Postgres it only shares a lock on the
// lane's row with all others that add, so that nobody takes the lane away before the addition is
// committed. A lane is deleted, or put off to when its next item is due, only under a lock that
// nobody who adds holds; without that an item that is committed at the same moment would wait until
// something else woke its lane.
type Work struct {
	db  *DB
	now func() time.Time
}

var _ work.Queue = Work{}

// Work is the queue of this database.
func (db *DB) Work() Work { return Work{db: db, now: db.now} }

// WithClock is the queue by another clock.
func (w Work) WithClock(now func() time.Time) Work { w.now = now; return w }

// Atomically is DB.Atomically.
func (w Work) Atomically(ctx context.Context, fn func(ctx context.Context) error) error {
	return w.db.Atomically(ctx, fn)
}

// chunk is how many rows one statement takes.
const chunk = 256

// Add implements work.Queue. The items are written all at once when the transaction ends, or before
// it looks at the queue: that takes fewer statements, and holds the lanes for less time.
func (w Work) Add(ctx context.Context, items ...work.Item) error {
	tx := txOf(ctx, w.db)
	switch {
	case tx == nil:
		panic("sqlstore: a write outside Atomically")
	case tx.ended || tx.over != nil:
		return fmt.Errorf("add work: %w", sql.ErrTxDone)
	case len(items) == 0:
		return nil
	}
	tx.items = append(tx.items, items...)
	tx.flush = w.flush
	w.db.wakeAfter(ctx)
	return nil
}

// flush writes what was added in the transaction of ctx.
func (w Work) flush(ctx context.Context) error {
	tx := txOf(ctx, w.db)
	if tx == nil || len(tx.items) == 0 {
		return nil
	}
	items := tx.items
	tx.items = nil
	add := w.add
	if p, ok := tx.st.(*pipe); ok && !p.direct {
		add = w.addAtOnce
	}
	for part := range slices.Chunk(items, chunk) {
		if err := add(ctx, part); err != nil {
			return fmt.Errorf("add work: %w", err)
		}
	}
	return nil
}

func (w Work) add(ctx context.Context, items []work.Item) error {
	now := micros(w.now())
	lanes, made, err := w.lanes(ctx, items, now)
	if err != nil {
		return err
	}
	// Ids are given out only now that the lanes are held: in a lane that was put off to its next
	// item, what is added later stands behind that item.
	n, err := w.insert(ctx, items, lanes, now)
	if err != nil || n == int64(len(items)) {
		return err
	}
	// Of some the key was there already, so a lane that was made for them is perhaps not theirs.
	return w.settleLanes(ctx, made, now, false)
}

// place names a lane.
type place struct {
	community int64
	name      string
}

func placeOf(it work.Item) place { return place{it.Community, laneName(it)} }

// laneName is the item's lane, or one of its own.
func laneName(it work.Item) string {
	if it.Lane == "" {
		return plain(it.Key)
	}
	return plain(it.Lane)
}

// clean is text as both engines take it: valid and without NUL.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\u2400")
}

// plain is a clean name that is short enough for an index.
func plain(s string) string {
	const most = 400
	if s = clean(s); len(s) <= most {
		return s
	}
	sum := sha256.Sum256([]byte(s))
	return strings.ToValidUTF8(s[:most/2], "") + "…" + hex.EncodeToString(sum[:])
}

// lanes finds or makes the items' lanes; they stay until the transaction ends.
func (w Work) lanes(ctx context.Context, items []work.Item, now int64) (all map[place]int64, made []int64, err error) {
	all = map[place]int64{}
	first := w.firsts(items)
	note := func(scan func(...any) error) (id int64, err error) {
		var p place
		err = scan(&id, &p.community, &p.name)
		all[p] = id
		return id, err
	}
	known := func(it work.Item) bool { return all[placeOf(it)] != 0 }
	for range 100 {
		err = w.makeLanes(ctx, first, now, func(scan func(...any) error) error {
			id, err := note(scan)
			made = append(made, id)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		first = slices.DeleteFunc(first, known)
		err = w.holdLanes(ctx, first, func(scan func(...any) error) error { _, err := note(scan); return err })
		if err != nil {
			return nil, nil, err
		}
		// One may have been deleted between the two.
		if first = slices.DeleteFunc(first, known); len(first) == 0 {
			return all, made, nil
		}
	}
	return nil, nil, errors.New("a lane comes and goes all the time")
}

// makeLanes makes those lanes that are not there. The first fence of a lane is the time, so that it
// is greater than all of a lane of that name that is gone.
func (w Work) makeLanes(ctx context.Context, first []work.Item, now int64, note func(func(...any) error) error) error {
	if len(first) == 0 {
		return nil
	}
	args := []any{now}
	rows := values(&args, first, "BTTB", func(it work.Item) []any {
		return []any{it.Community, laneName(it), clean(it.Kind), max(micros(it.Due), now)}
	})
	return w.db.each(ctx, `INSERT INTO lane (community_id, name, kind, due, owner, fence, item, begun, slot)
		SELECT v.column1, v.column2, v.column3, v.column4, '', CAST($1 AS BIGINT), 0, 0, 0 FROM (`+rows+`) AS v
		WHERE TRUE ON CONFLICT (community_id, name) DO NOTHING RETURNING id, community_id, name`, args, note)
}

// holdLanes keeps lanes that are there from being deleted before this transaction ends.
func (w Work) holdLanes(ctx context.Context, lanes []work.Item, note func(func(...any) error) error) error {
	if len(lanes) == 0 {
		return nil
	}
	var args []any
	rows := values(&args, lanes, "BT", func(it work.Item) []any { return []any{it.Community, laneName(it)} })
	query := `SELECT id, community_id, name FROM lane WHERE (community_id, name) IN (` + rows + `)`
	if w.db.engine == Postgres {
		query += ` ORDER BY community_id, name FOR KEY SHARE`
	}
	return w.db.each(ctx, query, args, note)
}

func (w Work) insert(ctx context.Context, items []work.Item, lanes map[place]int64, now int64) (int64, error) {
	args := []any{now}
	rows := values(&args, items, "BTTTTTBB", func(it work.Item) []any { return append(itemRow(it, now), lanes[placeOf(it)]) })
	return w.db.exec(ctx, `INSERT INTO work (community_id, key, lane_id, lane, kind, body, budget, due, added, attempts, state, cause, ended)
		SELECT v.column1, v.column2, v.column8, v.column3, v.column4, v.column5, v.column6, v.column7, CAST($1 AS BIGINT), 0, 'ready', '', 0
		FROM (`+rows+`) AS v WHERE TRUE ON CONFLICT (community_id, key) DO NOTHING`, args...)
}

// Waits says whether an item of a kind stands in a lane and has not ended.
func (w Work) Waits(ctx context.Context, community int64, lane, kind string) (bool, error) {
	var n int64
	_, err := w.db.one(ctx, `SELECT COUNT(*) FROM lane l JOIN work w ON w.lane_id = l.id AND w.state = 'ready'
		WHERE l.community_id = $1 AND l.name = $2 AND w.kind = $3`, []any{community, lane, kind}, &n)
	if err != nil {
		return false, fmt.Errorf("look into a lane: %w", err)
	}
	return n > 0, nil
}
