package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/work"
)

// Claim takes the first items of lanes that are due, those that have waited longest first, for
// want.Owner. It is called in a transaction.
func (w Work) Claim(ctx context.Context, want work.Want) ([]work.Claim, error) {
	if err := w.flush(ctx); err != nil {
		return nil, err
	}
	now := w.now()
	lanes, err := w.pick(ctx, want, micros(now))
	if err != nil || len(lanes) == 0 {
		return nil, err
	}
	s := &sorting{room: map[string]int{}, now: micros(now), postponed: map[int64]int64{}}
	for _, r := range want.Room {
		s.room[r.Kind] += r.N
	}
	if err := w.sort(ctx, s, lanes); err != nil {
		return nil, fmt.Errorf("claim work: %w", err)
	}
	if err := w.pace(ctx, s, want.Rate); err != nil {
		return nil, fmt.Errorf("claim work: %w", err)
	}
	if err := w.lease(ctx, s, want, now); err != nil {
		return nil, fmt.Errorf("claim work: %w", err)
	}
	// What was not as its lane said.
	if err := w.settleLanes(ctx, s.wrong, s.now, true); err != nil {
		return nil, fmt.Errorf("claim work: %w", err)
	}
	out := make([]work.Claim, 0, len(s.taken))
	for _, c := range s.taken {
		out = append(out, work.Claim{Item: c.item, Lane: c.lane.id, Fence: c.lane.fence + 1, Owner: want.Owner})
	}
	return out, nil
}

// sorting is what becomes of the lanes that were picked.
type sorting struct {
	now       int64
	room      map[string]int
	taken     []candidate
	wrong     []int64
	postponed map[int64]int64 // lanes to the slots that their budgets reserved
}

type candidate struct {
	lane laneRow
	item work.Item
}

// pick locks lanes that are due; those that another has locked are passed over.
func (w Work) pick(ctx context.Context, want work.Want, now int64) (out []laneRow, err error) {
	lock := ""
	if w.db.engine == Postgres {
		lock = " FOR NO KEY UPDATE SKIP LOCKED"
	}
	args := []any{now}
	var parts []string
	for _, r := range want.Room {
		if r.N <= 0 {
			continue
		}
		args = append(args, r.Kind, min(r.N, want.Most))
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT `+laneColumns+` FROM lane WHERE kind = $%d AND due <= $1 ORDER BY due, id LIMIT $%d%s) AS k`,
			len(args)-1, len(args), lock))
	}
	if len(parts) == 0 || want.Most <= 0 {
		return nil, nil
	}
	args = append(args, want.Most)
	query := `SELECT * FROM (` + strings.Join(parts, " UNION ALL ") + fmt.Sprintf(`) AS u ORDER BY due, id LIMIT $%d`, len(args))
	err = w.db.each(ctx, query, args, func(scan func(...any) error) error {
		l, err := scanLane(scan)
		out = append(out, l)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("pick lanes: %w", err)
	}
	return out, nil
}

const itemColumns = `id, community_id, key, lane, kind, body, budget, due, added, attempts`

func scanItem(scan func(...any) error, more ...any) (it work.Item, err error) {
	var body string
	var due, added int64
	err = scan(append([]any{&it.ID, &it.Community, &it.Key, &it.Lane, &it.Kind, &body, &it.Budget, &due, &added, &it.Attempt}, more...)...)
	it.Body, it.Due, it.Added = []byte(body), instant(due), instant(added)
	return it, err
}

// sort finds the lanes' first items. This is a statement of its own, after the lanes were locked:
// the one that locked them may still see an item that another has just finished.
func (w Work) sort(ctx context.Context, s *sorting, lanes []laneRow) error {
	ids := make([]int64, len(lanes))
	for i, l := range lanes {
		ids[i] = l.id
	}
	items := map[int64]work.Item{}
	var args []any
	err := w.db.each(ctx, `SELECT `+itemColumns+`, lane_id FROM (`+numbers(&args, ids)+`) AS l JOIN work w
		ON w.id = (SELECT MIN(x.id) FROM work x WHERE x.lane_id = l.column1 AND x.state = 'ready')`, args,
		func(scan func(...any) error) error {
			var lane int64
			it, err := scanItem(scan, &lane)
			items[lane] = it
			return err
		})
	if err != nil {
		return fmt.Errorf("read items: %w", err)
	}
	for _, l := range lanes {
		it, ok := items[l.id]
		if l.begun > 0 && l.item != it.ID {
			// Something with a smaller id was committed late; that the other was begun must not be lost.
			if err := w.noteBegun(ctx, l); err != nil {
				return err
			}
			l.begun = 0
		}
		if !ok || micros(it.Due) > s.now || s.room[it.Kind] <= 0 {
			s.wrong = append(s.wrong, l.id)
			continue
		}
		s.room[it.Kind]--
		it.Attempt += int(l.begun) + 1
		s.taken = append(s.taken, candidate{l, it})
	}
	return nil
}

func (w Work) noteBegun(ctx context.Context, l laneRow) error {
	err := w.db.later(ctx, `UPDATE work SET attempts = attempts + $2 WHERE id = $1 AND state = 'ready'`, l.item, l.begun)
	if err != nil {
		return fmt.Errorf("note an attempt: %w", err)
	}
	return nil
}

// lease writes who has the lanes now, and puts off those that must keep their pace.
func (w Work) lease(ctx context.Context, s *sorting, want work.Want, now time.Time) error {
	if len(s.taken) > 0 {
		args := []any{want.Owner, micros(now.Add(want.Lease))}
		rows := values(&args, s.taken, "BBB", func(c candidate) []any { return []any{c.lane.id, c.item.ID, c.lane.begun + 1} })
		err := w.db.later(ctx, `UPDATE lane SET owner = $1, due = $2, fence = fence + 1, slot = 0, item = v.column2, begun = v.column3
			FROM (`+rows+`) AS v WHERE lane.id = v.column1`, args...)
		if err != nil {
			return fmt.Errorf("take lanes: %w", err)
		}
	}
	if len(s.postponed) > 0 {
		var args []any
		var lanes []int64
		for id := range s.postponed {
			lanes = append(lanes, id)
		}
		slices.Sort(lanes)
		rows := values(&args, lanes, "BB", func(id int64) []any { return []any{id, s.postponed[id]} })
		err := w.db.later(ctx, `UPDATE lane SET owner = '', due = v.column2, slot = v.column2 FROM (`+rows+`) AS v WHERE lane.id = v.column1`, args...)
		if err != nil {
			return fmt.Errorf("put lanes off: %w", err)
		}
	}
	return nil
}

// Renew keeps claims for another while. lost are the items of those that are not ours any more.
func (w Work) Renew(ctx context.Context, until time.Time, claims ...work.Claim) (lost []int64, err error) {
	held := map[int64]int64{}
	for part := range slices.Chunk(claims, chunk) {
		args := []any{micros(until)}
		rows := values(&args, part, "BBT", func(c work.Claim) []any { return []any{c.Lane, c.Fence, c.Owner} })
		err := w.db.each(ctx, `UPDATE lane SET due = $1 FROM (`+rows+`) AS v
			WHERE lane.id = v.column1 AND lane.fence = v.column2 AND lane.owner = v.column3 RETURNING lane.id, lane.fence`, args,
			func(scan func(...any) error) error {
				var id, fence int64
				err := scan(&id, &fence)
				held[id] = fence
				return err
			})
		if err != nil {
			return nil, fmt.Errorf("renew leases: %w", err)
		}
	}
	for _, c := range claims {
		if held[c.Lane] != c.Fence {
			lost = append(lost, c.ID)
		}
	}
	return lost, nil
}
