package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// laneRow is a lane as it stands.
type laneRow struct {
	id, due, fence, item, begun, slot int64
	owner                             string
}

// leased says whether a worker has the lane.
func (l laneRow) leased(now int64) bool { return l.owner != "" && l.due > now }

const laneColumns = `id, due, fence, item, begun, slot, owner`

func scanLane(scan func(...any) error) (l laneRow, err error) {
	err = scan(&l.id, &l.due, &l.fence, &l.item, &l.begun, &l.slot, &l.owner)
	return l, err
}

// lockLanes locks lanes against being taken, not against being added to. Those that are gone are
// left out.
func (w Work) lockLanes(ctx context.Context, ids []int64) (map[int64]laneRow, error) {
	out := map[int64]laneRow{}
	var args []any
	query := `SELECT ` + laneColumns + ` FROM lane WHERE id IN (` + numbers(&args, ids) + `) ORDER BY id`
	if w.db.engine == Postgres {
		query += ` FOR NO KEY UPDATE`
	}
	err := w.db.each(ctx, query, args, func(scan func(...any) error) error {
		l, err := scanLane(scan)
		out[l.id] = l
		return err
	})
	return out, err
}

// head is the first item of a lane.
type head struct {
	lane, item, due int64
	kind            string
}

// heads are the first items of lanes; those that are empty are left out.
func (w Work) heads(ctx context.Context, lanes []int64) (map[int64]head, error) {
	out := map[int64]head{}
	var args []any
	err := w.db.each(ctx, `SELECT w.lane_id, w.id, w.due, w.kind FROM (`+numbers(&args, lanes)+`) AS l JOIN work w
		ON w.id = (SELECT MIN(x.id) FROM work x WHERE x.lane_id = l.column1 AND x.state = 'ready')`, args,
		func(scan func(...any) error) error {
			var h head
			err := scan(&h.lane, &h.item, &h.due, &h.kind)
			out[h.lane] = h
			return err
		})
	return out, err
}

// recheck is when a lane is looked at again that somebody is just adding to.
const recheck = 20 * time.Millisecond

// settleLanes makes lanes that are locked free again and due when their first item is; an empty one
// goes. keep says whether what was begun of an item that stays the first is still unknown.
func (w Work) settleLanes(ctx context.Context, lanes []int64, now int64, keep bool) error {
	if len(lanes) == 0 {
		return nil
	}
	heads, err := w.heads(ctx, lanes)
	if err != nil {
		return err
	}
	var ready []head
	var rest []int64
	for _, id := range lanes {
		if h, ok := heads[id]; ok && h.due <= now {
			h.due = now // behind all that wait already, however old the item is
			ready = append(ready, h)
		} else {
			rest = append(rest, id)
		}
	}
	if err := w.freeLanes(ctx, ready, keep); err != nil {
		return err
	}
	return w.restLanes(ctx, rest, heads, now, keep)
}

// restLanes puts lanes off to when their first item is due, and deletes empty ones. That is not
// done to a lane that somebody is adding to: who comes first then is not known yet.
func (w Work) restLanes(ctx context.Context, lanes []int64, heads map[int64]head, now int64, keep bool) error {
	if len(lanes) == 0 {
		return nil
	}
	sole := lanes
	if w.db.engine == Postgres {
		var err error
		if sole, err = w.soleLanes(ctx, lanes); err != nil {
			return fmt.Errorf("hold lanes: %w", err)
		}
		if heads, err = w.heads(ctx, lanes); err != nil { // what was added before they were held
			return err
		}
	}
	var later []head
	var soon, empty []int64
	for _, id := range lanes {
		h, ok := heads[id]
		switch {
		case !slices.Contains(sole, id):
			soon = append(soon, id)
		case ok:
			h.due = max(h.due, now)
			later = append(later, h)
		default:
			empty = append(empty, id)
		}
	}
	if err := w.freeLanes(ctx, later, keep); err != nil {
		return err
	}
	if len(soon) > 0 {
		args := []any{now + recheck.Microseconds()}
		if err := w.db.later(ctx, `UPDATE lane SET owner = '', due = $1 WHERE id IN (`+numbers(&args, soon)+`)`, args...); err != nil {
			return fmt.Errorf("look at lanes again: %w", err)
		}
	}
	if len(empty) > 0 {
		var args []any
		if err := w.db.later(ctx, `DELETE FROM lane WHERE id IN (`+numbers(&args, empty)+`)`, args...); err != nil {
			return fmt.Errorf("delete lanes: %w", err)
		}
	}
	return nil
}

// soleLanes are those of the lanes that nobody is adding to; from now on who wants to add waits.
func (w Work) soleLanes(ctx context.Context, lanes []int64) (out []int64, err error) {
	var args []any
	err = w.db.each(ctx, `SELECT id FROM lane WHERE id IN (`+numbers(&args, lanes)+`) ORDER BY id FOR UPDATE SKIP LOCKED`, args,
		func(scan func(...any) error) error {
			var id int64
			err := scan(&id)
			out = append(out, id)
			return err
		})
	return out, err
}

// freeLanes takes the lanes' leases away and makes them due with their heads.
func (w Work) freeLanes(ctx context.Context, heads []head, keep bool) error {
	if len(heads) == 0 {
		return nil
	}
	var args []any
	rows := values(&args, heads, "BBBT", func(h head) []any { return []any{h.lane, h.item, h.due, h.kind} })
	begun, slot := `0`, `0`
	if keep {
		begun = `CASE WHEN lane.item = v.column2 THEN lane.begun ELSE 0 END`
		slot = `CASE WHEN lane.item = v.column2 THEN lane.slot ELSE 0 END`
	}
	err := w.db.later(ctx, `UPDATE lane SET owner = '', due = v.column3, kind = v.column4, begun = `+begun+`, slot = `+slot+`, item = v.column2
		FROM (`+rows+`) AS v WHERE lane.id = v.column1`, args...)
	if err != nil {
		return fmt.Errorf("free lanes: %w", err)
	}
	return nil
}

// values is a VALUES list of the rows, whose columns are of the given types (B for BIGINT, T for
// TEXT); its values are added to args. The number of rows is made even by repeating the last one,
// so that few different statements are prepared.
func values[R any](args *[]any, rows []R, types string, row func(R) []any) string {
	var b strings.Builder
	b.WriteString("VALUES ")
	n := 1
	for n < len(rows) {
		n *= 2
	}
	for i := range n {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for j, v := range row(rows[min(i, len(rows)-1)]) {
			if j > 0 {
				b.WriteString(", ")
			}
			*args = append(*args, v)
			name := "BIGINT"
			if types[j] == 'T' {
				name = "TEXT"
			}
			fmt.Fprintf(&b, "CAST($%d AS %s)", len(*args), name)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// numbers is a VALUES list of numbers.
func numbers(args *[]any, list []int64) string {
	return values(args, list, "B", func(n int64) []any { return []any{n} })
}
