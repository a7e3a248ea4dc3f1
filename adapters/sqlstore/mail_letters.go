package sqlstore

import (
	"context"
	"time"

	"guildhall/core/mail"
)

const beginLetter = `
	INSERT INTO mail_letter (community_id, reader, kind, period, fate, at) VALUES ($1, $2, $3, $4, 'sending', $5)
	ON CONFLICT (community_id, reader, kind, period) DO NOTHING`

const letterFate = `SELECT fate FROM mail_letter WHERE community_id = $1 AND reader = $2 AND kind = $3 AND period = $4`

// Begin implements mail.Sendings.
func (t Mail) Begin(ctx context.Context, of, reader int64, kind, period string, at time.Time) (before mail.Fate, err error) {
	n, err := t.db.exec(ctx, beginLetter, of, reader, kind, period, micros(at))
	if err != nil || n > 0 {
		return "", err
	}
	_, err = t.db.one(ctx, letterFate, []any{of, reader, kind, period}, &before)
	return before, err
}

const endLetter = `
	UPDATE mail_letter SET fate = $5, at = $6 WHERE community_id = $1 AND reader = $2 AND kind = $3 AND period = $4`

const unbeginLetter = `
	DELETE FROM mail_letter WHERE community_id = $1 AND reader = $2 AND kind = $3 AND period = $4 AND fate = 'sending'`

// Ended implements mail.Sendings.
func (t Mail) Ended(ctx context.Context, of, reader int64, kind, period string, f mail.Fate, at time.Time) error {
	if f == "" {
		err := t.db.later(ctx, unbeginLetter, of, reader, kind, period)
		return err
	}
	err := t.db.later(ctx, endLetter, of, reader, kind, period, string(f), micros(at))
	return err
}

// SentTo implements mail.Sendings.
func (t Mail) SentTo(ctx context.Context, of, reader int64, n int) (out []mail.Trace, err error) {
	err = t.db.each(ctx, `SELECT kind, period, fate, at FROM mail_letter WHERE community_id = $1 AND reader = $2 ORDER BY at DESC, kind, period LIMIT $3`,
		[]any{of, reader, int64(n)}, func(scan func(into ...any) error) error {
			var x mail.Trace
			var at int64
			err := scan(&x.Kind, &x.Period, &x.Fate, &at)
			x.At = instant(at)
			out = append(out, x)
			return err
		})
	return out, err
}
