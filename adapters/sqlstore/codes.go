package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
)

var _ community.Spaces = Directory{}

// LockSpace implements community.Spaces.
func (d Directory) LockSpace(ctx context.Context, platform, space string) (s community.Space, ok bool, err error) {
	err = d.db.each(ctx, `SELECT `+spaceColumns+` FROM space WHERE platform = $1 AND space = $2 AND has_left = FALSE`+d.db.forUpdate(),
		[]any{platform, space}, func(scan func(...any) error) (err error) {
			ok = true
			s, err = scanSpace(scan)
			return err
		})
	return s, ok, err
}

// LockCommunity implements community.Spaces.
func (d Directory) LockCommunity(ctx context.Context, of int64) error {
	var id int64
	_, err := d.db.one(ctx, `SELECT id FROM community WHERE id = $1`+d.db.forUpdate(), []any{of}, &id)
	return err
}

// AdminsElsewhere implements community.Spaces.
func (d Directory) AdminsElsewhere(ctx context.Context, of int64, platform, space string) (n int, err error) {
	var count int64
	_, err = d.db.one(ctx, `SELECT COUNT(DISTINCT m.number) FROM member m
		JOIN account a ON a.community_id = m.community_id AND a.member = m.number
		JOIN space s ON s.community_id = a.community_id AND s.platform = a.platform AND s.space = a.space AND s.has_left = FALSE
		WHERE m.community_id = $1 AND m.role = 'admin' AND NOT (a.platform = $2 AND a.space = $3)`, []any{of, platform, space}, &count)
	return int(count), err
}

const invitationColumns = `code, community_id, by_member, made, expires, state, guest_platform, guest_space, guest_room, guest_name,
	guest_people, guest_account, guest_later, asked`

func scanInvitation(scan func(...any) error) (i community.Invitation, err error) {
	var made, expires, people, asked int64
	err = scan(&i.Code, &i.Community, &i.By, &made, &expires, &i.State, &i.Guest.Platform, &i.Guest.Space, &i.Guest.Room, &i.Guest.Name,
		&people, &i.Guest.Account, &i.Guest.Later, &asked)
	i.Made, i.Expires, i.Asked, i.Guest.People = instant(made), instant(expires), instant(asked), int(people)
	return i, err
}

// AddInvitation implements community.Spaces.
func (d Directory) AddInvitation(ctx context.Context, i community.Invitation) error {
	err := d.db.later(ctx, `INSERT INTO invitation (`+invitationColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, '', '', '', '', 0, '', FALSE, 0)`,
		i.Code, i.Community, i.By, micros(i.Made), micros(i.Expires), string(i.State))
	return err
}

// TakeInvitation implements community.Spaces: the one statement that changes the row decides who was first.
func (d Directory) TakeInvitation(ctx context.Context, code string, g community.Guest, now time.Time) (i community.Invitation, ok bool, err error) {
	n, err := d.db.exec(ctx, `UPDATE invitation SET state = 'asked', guest_platform = $2, guest_space = $3, guest_room = $4, guest_name = $5,
		guest_people = $6, guest_account = $7, guest_later = $8, asked = $9 WHERE code = $1 AND state = 'open' AND expires > $9`,
		code, g.Platform, g.Space, g.Room, g.Name, int64(g.People), g.Account, g.Later, micros(now))
	if err != nil || n == 0 {
		return i, false, err
	}
	return d.invitation(ctx, `WHERE code = $1`, code)
}

func (d Directory) invitation(ctx context.Context, where string, args ...any) (i community.Invitation, ok bool, err error) {
	err = d.db.each(ctx, `SELECT `+invitationColumns+` FROM invitation `+where, args, func(scan func(...any) error) (err error) {
		ok = true
		i, err = scanInvitation(scan)
		return err
	})
	return i, ok, err
}

// GuestWaits implements community.Spaces.
func (d Directory) GuestWaits(ctx context.Context, platform, space string) (bool, error) {
	var one int64
	return d.db.one(ctx, `SELECT 1 FROM invitation WHERE guest_platform = $1 AND guest_space = $2 AND state = 'asked' LIMIT 1`,
		[]any{platform, space}, &one)
}

// LockInvitation implements community.Spaces.
func (d Directory) LockInvitation(ctx context.Context, of int64, code string) (community.Invitation, bool, error) {
	return d.invitation(ctx, `WHERE community_id = $1 AND code = $2`+d.db.forUpdate(), of, code)
}

// SetInvitation implements community.Spaces.
func (d Directory) SetInvitation(ctx context.Context, i community.Invitation) error {
	err := d.db.later(ctx, `UPDATE invitation SET state = $3 WHERE community_id = $1 AND code = $2`, i.Community, i.Code, string(i.State))
	return err
}

// Guests implements community.Spaces.
func (d Directory) Guests(ctx context.Context, of int64) (out []community.Invitation, err error) {
	err = d.db.each(ctx, `SELECT `+invitationColumns+` FROM invitation WHERE community_id = $1 AND state = 'asked' ORDER BY asked, code`,
		[]any{of}, func(scan func(...any) error) error {
			i, err := scanInvitation(scan)
			out = append(out, i)
			return err
		})
	return out, err
}

// CountTry implements community.Spaces: an hour begins with the first try in it.
func (d Directory) CountTry(ctx context.Context, platform, who string, now time.Time, window time.Duration) (n int64, err error) {
	_, err = d.db.writeOne(ctx, `INSERT INTO code_try (platform, who, since, count) VALUES ($1, $2, $3, 1)
		ON CONFLICT (platform, who) DO UPDATE SET
		count = CASE WHEN code_try.since > $4 THEN code_try.count + 1 ELSE 1 END,
		since = CASE WHEN code_try.since > $4 THEN code_try.since ELSE $3 END
		RETURNING count`, []any{platform, who, micros(now), micros(now.Add(-window))}, &n)
	if err != nil {
		return 0, fmt.Errorf("count a try: %w", err)
	}
	return n, nil
}

// SweepCodes forgets invitations that nobody used, and tries, from before a time.
func (d Directory) SweepCodes(ctx context.Context, before time.Time) error {
	if err := d.db.later(ctx, `DELETE FROM invitation WHERE state = 'open' AND expires < $1`, micros(before)); err != nil {
		return fmt.Errorf("sweep invitations: %w", err)
	}
	if err := d.db.later(ctx, `DELETE FROM code_try WHERE since < $1`, micros(before)); err != nil {
		return fmt.Errorf("sweep tries: %w", err)
	}
	return nil
}
