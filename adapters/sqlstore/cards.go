package sqlstore

import (
	"cmp"
	"context"
	"slices"
	"time"

	"guildhall/core/chat"
	"guildhall/core/record"
)

// Cards keeps live messages and followed threads.
type Cards struct{ db *DB }

var _ chat.Cards = Cards{}

// Cards are the cards of this database.
func (db *DB) Cards() Cards { return Cards{db} }

const cardColumns = `community_id, subject, platform, space, room, thread, message, starts, shown, queued, round, gone, posted, listed`

func scanCard(scan func(...any) error) (c chat.CardRow, err error) {
	var subject string
	var posted int64
	if err := scan(&c.Community, &subject, &c.At.Platform, &c.At.Space, &c.At.Room, &c.At.Thread, &c.Message, &c.Starts, &c.Shown,
		&c.Queued, &c.Round, &c.Gone, &posted, &c.Listed); err != nil {
		return c, err
	}
	c.Posted = instant(posted)
	c.Subject, err = record.ParseSubject(subject)
	return c, err
}

// Mark implements chat.Cards.
func (c Cards) Mark(ctx context.Context, of int64, s record.Subject, at chat.Address) (round int64, fresh bool, err error) {
	var queued int64
	_, err = c.db.writeOne(ctx, `INSERT INTO card (`+cardColumns+`) VALUES ($1, $2, $3, $4, $5, $6, '', '', '', 1, 0, FALSE, 0, 0)
		ON CONFLICT (community_id, subject, platform, room, thread) DO UPDATE SET queued = card.queued + 1 RETURNING queued, round`,
		[]any{of, s.String(), string(at.Platform), string(at.Space), string(at.Room), string(at.Thread)}, &queued, &round)
	return round, queued == 1, err
}

func (c Cards) rows(ctx context.Context, where string, args ...any) (out []chat.CardRow, err error) {
	err = c.db.each(ctx, `SELECT `+cardColumns+` FROM card `+where, args, func(scan func(...any) error) error {
		row, err := scanCard(scan)
		out = append(out, row)
		return err
	})
	return out, err
}

// Card implements chat.Cards.
func (c Cards) Card(ctx context.Context, of int64, s record.Subject, at chat.Address) (chat.CardRow, bool, error) {
	rows, err := c.rows(ctx, `WHERE community_id = $1 AND subject = $2 AND platform = $3 AND room = $4 AND thread = $5`,
		of, s.String(), string(at.Platform), string(at.Room), string(at.Thread))
	if err != nil || len(rows) == 0 {
		return chat.CardRow{}, false, err
	}
	return rows[0], true, nil
}

// Settle implements chat.Cards.
func (c Cards) Settle(ctx context.Context, row chat.CardRow) (round int64, again bool, err error) {
	var left int64
	_, err = c.db.writeOne(ctx, `UPDATE card SET message = $6, starts = $7, shown = $8, posted = $9, gone = $10, round = round + 1, listed = $12,
		queued = CASE WHEN queued = $11 THEN 0 ELSE 1 END
		WHERE community_id = $1 AND subject = $2 AND platform = $3 AND room = $4 AND thread = $5 RETURNING queued, round`,
		[]any{row.Community, row.Subject.String(), string(row.At.Platform), string(row.At.Room), string(row.At.Thread), string(row.Message),
			string(row.Starts), row.Shown, micros(row.Posted), row.Gone, row.Queued, row.Listed}, &left, &round)
	return round, left > 0, err
}

// CardsOf implements chat.Cards.
func (c Cards) CardsOf(ctx context.Context, of int64, s record.Subject) ([]chat.CardRow, error) {
	return c.rows(ctx, `WHERE community_id = $1 AND subject = $2 ORDER BY platform, room, thread`, of, s.String())
}

// Subject implements chat.Cards.
func (c Cards) Subject(ctx context.Context, p chat.PlatformID, r chat.RoomID, m chat.MessageID) (int64, record.Subject, bool, error) {
	if m == "" {
		return 0, record.Subject{}, false, nil
	}
	rows, err := c.rows(ctx, `WHERE platform = $1 AND room = $2 AND message = $3`, string(p), string(r), string(m))
	if err != nil || len(rows) == 0 {
		return 0, record.Subject{}, false, err
	}
	return rows[0].Community, rows[0].Subject, true, nil
}

// Follow implements chat.Cards.
func (c Cards) Follow(ctx context.Context, of int64, at chat.Address, id record.ID) error {
	err := c.db.later(ctx, `INSERT INTO thread (community_id, platform, room, thread, space, record) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (platform, room, thread) DO UPDATE SET record = excluded.record`,
		of, string(at.Platform), string(at.Room), string(at.Thread), string(at.Space), id.String())
	return err
}

// Followed implements chat.Cards.
func (c Cards) Followed(ctx context.Context, p chat.PlatformID, r chat.RoomID, t chat.ThreadID) (of int64, id record.ID, ok bool, err error) {
	var name string
	ok, err = c.db.one(ctx, `SELECT community_id, record FROM thread WHERE platform = $1 AND room = $2 AND thread = $3`,
		[]any{string(p), string(r), string(t)}, &of, &name)
	if err != nil || !ok {
		return 0, record.ID{}, false, err
	}
	id, err = record.Parse(name)
	return of, id, err == nil, err
}

// Today implements chat.Cards.
func (c Cards) Today(ctx context.Context, of int64, p chat.PlatformID, r chat.RoomID, t time.Time) (int, error) {
	var n int64
	_, err := c.db.one(ctx, `SELECT COUNT(*) FROM card WHERE community_id = $1 AND platform = $2 AND room = $3 AND posted >= $4 AND subject NOT LIKE '%.%'
		AND subject NOT LIKE 'Z%' AND subject NOT LIKE 'T%'`,
		[]any{of, string(p), string(r), micros(t)}, &n)
	return int(n), err
}

// Unsettled implements chat.Cards.
func (c Cards) Unsettled(ctx context.Context, of int64, p chat.PlatformID, r chat.RoomID, parts bool) (bool, error) {
	var n int64
	_, err := c.db.one(ctx, `SELECT COUNT(*) FROM card WHERE community_id = $1 AND platform = $2 AND room = $3 AND posted = 0
		AND message = '' AND gone = FALSE AND listed <= 0 AND queued > 0 AND ($4 OR subject NOT LIKE '%.%')
		AND subject NOT LIKE 'Z%' AND subject NOT LIKE 'T%'`,
		[]any{of, string(p), string(r), parts}, &n)
	return n > 0, err
}

// Listed implements chat.Cards.
func (c Cards) Listed(ctx context.Context, of int64, p chat.PlatformID, r chat.RoomID, day int64) (out []record.ID, err error) {
	rows, err := c.rows(ctx, `WHERE community_id = $1 AND platform = $2 AND room = $3 AND listed = $4`, of, string(p), string(r), day)
	for _, row := range rows {
		out = append(out, row.Subject.ID)
	}
	slices.SortFunc(out, func(a, b record.ID) int { return cmp.Or(cmp.Compare(a.Letter, b.Letter), cmp.Compare(a.No, b.No)) })
	return out, err
}

// Unlist implements chat.Cards.
func (c Cards) Unlist(ctx context.Context, of int64, s record.Subject, at chat.Address) (day int64, err error) {
	row, ok, err := c.Card(ctx, of, s, at)
	if err != nil || !ok || row.Listed <= 0 {
		return 0, err
	}
	err = c.db.later(ctx, `UPDATE card SET listed = -1 WHERE community_id = $1 AND subject = $2 AND platform = $3 AND room = $4 AND thread = $5`,
		of, s.String(), string(at.Platform), string(at.Room), string(at.Thread))
	return row.Listed, err
}
