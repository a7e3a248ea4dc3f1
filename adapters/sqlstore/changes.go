package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Ledger keeps the audit trail, the trails between records, and consent.
type Ledger struct{ db *DB }

var (
	_ record.Changes     = Ledger{}
	_ record.Trails      = Ledger{}
	_ community.Consents = Ledger{}
)

// Ledger is the ledger of this database.
func (db *DB) Ledger() Ledger { return Ledger{db} }

var addChange = numbering{name: "change", table: "change", columns: "subject, what, by_member, note, at"}

// Record implements record.Changes.
func (l Ledger) Record(ctx context.Context, c record.Change) error {
	if err := l.db.addNumberedLater(ctx, addChange, c.Community, c.Subject.String(), c.What, c.By, c.Note, micros(c.At)); err != nil {
		return fmt.Errorf("note change of %s: %w", c.Subject, err)
	}
	return nil
}

// Audit are the latest changes to a record, or by a member, newest first; the zero ID and 0 for all.
func (l Ledger) Audit(ctx context.Context, of int64, id record.ID, by int64, n int) (out []record.Change, err error) {
	err = l.db.each(ctx, `SELECT subject, what, by_member, note, at FROM change
		WHERE community_id = $1 AND ($2 = '' OR subject = $2 OR subject LIKE $2 || '.%') AND ($3 = 0 OR by_member = $3)
		ORDER BY number DESC LIMIT $4`, []any{of, id.String(), by, int64(n)}, func(scan func(...any) error) error {
		c, err := scanChange(scan, of)
		out = append(out, c)
		return err
	})
	return out, err
}

// scanChange reads subject, what, by_member, note, at.
func scanChange(scan func(...any) error, of int64) (record.Change, error) {
	c := record.Change{Community: of}
	var subject string
	var at int64
	if err := scan(&subject, &c.What, &c.By, &c.Note, &at); err != nil {
		return c, err
	}
	c.At = instant(at)
	var err error
	c.Subject, err = record.ParseSubject(subject)
	return c, err
}

// Link implements record.Trails.
func (l Ledger) Link(ctx context.Context, k record.Link) error {
	err := l.db.later(ctx, `INSERT INTO trail (community_id, from_id, to_id, how, at) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (community_id, from_id, to_id, how) DO NOTHING`, k.Community, k.From.String(), k.To.String(), k.How, micros(k.At))
	return err
}

// Trail implements record.Trails.
func (l Ledger) Trail(ctx context.Context, of int64, id record.ID) (from, to []record.Link, err error) {
	err = l.db.each(ctx, `SELECT from_id, to_id, how, at FROM trail WHERE community_id = $1 AND (from_id = $2 OR to_id = $2)
		ORDER BY at, from_id, to_id, how`, []any{of, id.String()}, func(scan func(...any) error) error {
		k := record.Link{Community: of}
		var a, b string
		var at int64
		if err := scan(&a, &b, &k.How, &at); err != nil {
			return err
		}
		k.At = instant(at)
		var err error
		if k.From, err = record.Parse(a); err != nil {
			return err
		}
		if k.To, err = record.Parse(b); err != nil {
			return err
		}
		if k.To == id {
			from = append(from, k)
		} else {
			to = append(to, k)
		}
		return nil
	})
	return from, to, err
}

// Ask implements community.Consents.
func (l Ledger) Ask(ctx context.Context, m community.Member, subject string, now time.Time) (community.Answer, error) {
	answer, answered := community.ConsentWaiting, now
	switch {
	case m.Erased || m.Quote == community.QuoteNever:
		answer = community.ConsentNo
	case m.Quote == community.QuoteAlways:
		answer = community.ConsentYes
	default:
		answered = time.Time{}
	}
	var kept string
	_, err := l.db.writeOne(ctx, `INSERT INTO consent (community_id, member, subject, answer, asked, answered) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (community_id, subject, member) DO UPDATE SET asked = consent.asked RETURNING answer`,
		[]any{m.Community, m.No, subject, string(answer), micros(now), micros(answered)}, &kept)
	return community.Answer(kept), err
}

// Consent implements community.Consents.
func (l Ledger) Consent(ctx context.Context, of, member int64, subject string) (community.Consent, error) {
	c := community.Consent{Community: of, Member: member, Subject: subject, Answer: community.ConsentWaiting}
	var asked, answered int64
	_, err := l.db.one(ctx, `SELECT answer, asked, answered FROM consent WHERE community_id = $1 AND member = $2 AND subject = $3`,
		[]any{of, member, subject}, &c.Answer, &asked, &answered)
	c.Asked, c.Answered = instant(asked), instant(answered)
	return c, err
}

// SetConsent implements community.Consents.
func (l Ledger) SetConsent(ctx context.Context, of, member int64, subject string, a community.Answer, now time.Time) error {
	err := l.db.later(ctx, `INSERT INTO consent (community_id, member, subject, answer, asked, answered) VALUES ($1, $2, $3, $4, $5, $5)
		ON CONFLICT (community_id, subject, member) DO UPDATE SET answer = excluded.answer, answered = excluded.answered`,
		of, member, subject, string(a), micros(now))
	if err == nil && a == community.ConsentAlways {
		err = l.db.later(ctx, `UPDATE member SET quote = $3 WHERE community_id = $1 AND number = $2`, of, member, string(community.QuoteAlways))
	}
	return err
}

// OverdueConsents implements community.Consents.
func (l Ledger) OverdueConsents(ctx context.Context, of int64, t time.Time, n int) (out []community.Consent, err error) {
	err = l.db.each(ctx, `SELECT member, subject, asked FROM consent WHERE community_id = $1 AND answer = 'waiting' AND asked < $2
		ORDER BY asked, subject LIMIT $3`, []any{of, micros(t), int64(n)}, func(scan func(...any) error) error {
		c := community.Consent{Community: of, Answer: community.ConsentWaiting}
		var asked int64
		err := scan(&c.Member, &c.Subject, &asked)
		c.Asked = instant(asked)
		out = append(out, c)
		return err
	})
	return out, err
}
