package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/digest"
)

const riseOf = `
	SELECT SUBSTR(subject, 1, 1), (at - $2) / $4, COUNT(DISTINCT subject) FROM change
	WHERE community_id = $1 AND at >= $2 AND at < $3 AND what IN ('opened', 'published', 'promoted', 'proposed') AND subject NOT LIKE '%.%'
	GROUP BY SUBSTR(subject, 1, 1), (at - $2) / $4`

const countriesAtWork = `
	SELECT DISTINCT CASE WHEN m.country <> '' THEN m.country ELSE COALESCE(o.country, '') END AS country
	FROM (SELECT DISTINCT by_member FROM change WHERE community_id = $1 AND at >= $2 AND at < $3 AND by_member <> 0) w
	JOIN member m ON m.community_id = $1 AND m.number = w.by_member
	LEFT JOIN organisation o ON o.community_id = m.community_id AND o.number = m.organisation
	WHERE m.stopped = FALSE AND m.erased = FALSE ORDER BY country`

// Rise is how much came into being in the weeks before a time.
func (l Ledger) Rise(ctx context.Context, of int64, until time.Time) (digest.Rise, error) {
	const week = 7 * 24 * time.Hour
	out := digest.Rise{First: until.Add(-digest.Weeks * week)}
	err := l.db.each(ctx, riseOf, []any{of, micros(out.First), micros(until), week.Microseconds()}, func(scan func(into ...any) error) error {
		var letter string
		var at, n int64
		if err := scan(&letter, &at, &n); err != nil {
			return err
		}
		section := map[string]int{"H": 0, "S": 0, "R": 1, "C": 2, "P": 3, "G": 3}
		if s, known := section[letter]; known && at >= 0 && at < digest.Weeks {
			out.Sections[s][at] += int(n)
		}
		return nil
	})
	if err != nil {
		return out, fmt.Errorf("count what came into being: %w", err)
	}
	err = l.db.each(ctx, countriesAtWork, []any{of, micros(out.First), micros(until)}, func(scan func(into ...any) error) error {
		var country string
		err := scan(&country)
		if strings.TrimSpace(country) != "" {
			out.Countries = append(out.Countries, country)
		}
		return err
	})
	return out, err
}

// KeepPicture keeps the picture of a week in a language, unless there is one.
func (t Digests) KeepPicture(ctx context.Context, of int64, week, lang string, p digest.Picture) error {
	err := t.db.later(ctx, `INSERT INTO digest_picture (community_id, week, language, sha256, size, alt) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (community_id, week, language) DO NOTHING`, of, week, lang, p.SHA256, p.Size, p.Alt)
	return err
}

// Picture is the picture of a week in a language; ok is false when there is none.
func (t Digests) Picture(ctx context.Context, of int64, week, lang string) (p digest.Picture, ok bool, err error) {
	ok, err = t.db.one(ctx, `SELECT sha256, size, alt FROM digest_picture WHERE community_id = $1 AND week = $2 AND language = $3`, []any{of, week, lang},
		&p.SHA256, &p.Size, &p.Alt)
	return p, ok, err
}
