package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/digest"
	"guildhall/core/record"
)

const claimOwnDigest = `
	INSERT INTO digest_own (community_id, member, period, until) VALUES ($1, $2, $3, $4) ON CONFLICT (community_id, member, period) DO NOTHING`

const keepOwnItem = `
	INSERT INTO digest_own_item (community_id, member, record, state) VALUES ($1, $2, $3, $4)
	ON CONFLICT (community_id, member, record) DO UPDATE SET state = excluded.state`

// AddOwn notes what a member gets as a digest of their own; fresh is false when they have had one for
// the period.
func (t Digests) AddOwn(ctx context.Context, of, member int64, period string, until time.Time, items []digest.Kept) (fresh bool, err error) {
	n, err := t.db.exec(ctx, claimOwnDigest, of, member, period, micros(until))
	if err != nil || n == 0 {
		return false, err
	}
	for _, x := range items {
		if _, err := t.db.exec(ctx, keepOwnItem, of, member, x.ID.String(), x.State); err != nil {
			return false, fmt.Errorf("keep what was shown: %w", err)
		}
	}
	return true, nil
}

// LastOwn is until when a member's last digest told; zero when there was none.
func (t Digests) LastOwn(ctx context.Context, of, member int64) (time.Time, error) {
	var until int64
	_, err := t.db.one(ctx, `SELECT COALESCE(MAX(until), 0) FROM digest_own WHERE community_id = $1 AND member = $2`, []any{of, member}, &until)
	return instant(until), err
}

// ShownOwn says in which state things were shown to a member last.
func (t Digests) ShownOwn(ctx context.Context, of, member int64) (digest.Shown, error) {
	out := digest.Shown{}
	err := t.db.each(ctx, `SELECT record, state FROM digest_own_item WHERE community_id = $1 AND member = $2`, []any{of, member},
		func(scan func(into ...any) error) error {
			var name, state string
			if err := scan(&name, &state); err != nil {
				return err
			}
			id, err := record.Parse(name)
			out[id] = state
			return err
		})
	return out, err
}

const setDigestReader = `
	INSERT INTO digest_reader (community_id, member, parts, paused) VALUES ($1, $2, $3, $4)
	ON CONFLICT (community_id, member) DO UPDATE SET parts = excluded.parts, paused = excluded.paused`

// SetWish keeps which parts a member wants (none: all), and until when they want nothing.
func (t Digests) SetWish(ctx context.Context, of, member int64, parts []digest.Part, paused time.Time) error {
	var list []string
	for _, p := range parts {
		list = append(list, string(p))
	}
	_, err := t.db.exec(ctx, setDigestReader, of, member, strings.Join(list, " "), micros(paused))
	return err
}

// Wish is which parts a member wants, and until when they want nothing.
func (t Digests) Wish(ctx context.Context, of, member int64) (parts []digest.Part, paused time.Time, err error) {
	var list string
	var until int64
	_, err = t.db.one(ctx, `SELECT parts, paused FROM digest_reader WHERE community_id = $1 AND member = $2`, []any{of, member}, &list, &until)
	for _, p := range strings.Fields(list) {
		parts = append(parts, digest.Part(p))
	}
	return parts, instant(until), err
}

// ForgetOwn removes what is kept of a member.
func (t Digests) ForgetOwn(ctx context.Context, of, member int64) error {
	for _, table := range []string{"digest_own_item", "digest_own", "digest_reader"} {
		if _, err := t.db.exec(ctx, `DELETE FROM `+table+` WHERE community_id = $1 AND member = $2`, of, member); err != nil {
			return fmt.Errorf("forget digests: %w", err)
		}
	}
	return nil
}
