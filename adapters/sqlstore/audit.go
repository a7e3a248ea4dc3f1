package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/community"
)

var _ community.Acts = Directory{}

// NoteAct implements community.Acts.
func (d Directory) NoteAct(ctx context.Context, a community.Act) error {
	n, err := d.db.next(ctx, a.Community, "act")
	if err != nil {
		return err
	}
	err = d.db.later(ctx, `INSERT INTO act (community_id, number, by_member, what, about, at) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.Community, n, a.By, a.What, a.About, micros(a.At))
	if err != nil {
		return fmt.Errorf("note an act: %w", err)
	}
	return nil
}

// ActsOf implements community.Acts.
func (d Directory) ActsOf(ctx context.Context, of, by int64, n int) (out []community.Act, err error) {
	err = d.db.each(ctx, `SELECT by_member, what, about, at FROM act WHERE community_id = $1 AND (CAST($2 AS BIGINT) = 0 OR by_member = $2)
		ORDER BY number DESC LIMIT $3`, []any{of, by, int64(n)}, func(scan func(...any) error) error {
		a := community.Act{Community: of}
		var at int64
		err := scan(&a.By, &a.What, &a.About, &at)
		a.At = instant(at)
		out = append(out, a)
		return err
	})
	return out, err
}
