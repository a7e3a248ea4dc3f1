package sqlstore

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/digest"
	"guildhall/core/record"
)

// Digests keeps which digests rooms got.
type Digests struct{ db *DB }

// Digests keeps which digests rooms got.
func (db *DB) Digests() Digests { return Digests{db} }

const addIssue = `
	INSERT INTO digest_issue (community_id, number, platform, room, period, since, until, people, countries, note)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (community_id, platform, room, period) DO NOTHING`

const addIssueItem = `
	INSERT INTO digest_item (community_id, issue, position, part, record, state, at, score) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// Add keeps an issue and gives it its number; fresh is false when the room has had one for the period.
func (t Digests) Add(ctx context.Context, i *digest.Issue) (fresh bool, err error) {
	no, err := t.db.next(ctx, i.Community, string(rune(record.Issue)))
	if err != nil {
		return false, err
	}
	n, err := t.db.exec(ctx, addIssue, i.Community, no, i.Platform, i.Room, i.Period, micros(i.Since), micros(i.Until), int64(i.People), int64(i.Countries), i.Note)
	if err != nil || n == 0 {
		return false, err
	}
	i.No = no
	for at, x := range i.Items {
		err := t.db.later(ctx, addIssueItem, i.Community, no, int64(at+1), string(x.Part), x.ID.String(), x.State, micros(x.At), int64(x.Score))
		if err != nil {
			return false, fmt.Errorf("keep item %d: %w", at+1, err)
		}
	}
	return true, nil
}

const issueColumns = `number, platform, room, period, since, until, people, countries, note`

func (t Digests) issue(ctx context.Context, of int64, where string, args ...any) (*digest.Issue, error) {
	i := digest.Issue{Community: of}
	var since, until int64
	found, err := t.db.one(ctx, `SELECT `+issueColumns+` FROM digest_issue WHERE community_id = $1 AND `+where, append([]any{of}, args...),
		&i.No, &i.Platform, &i.Room, &i.Period, &since, &until, &i.People, &i.Countries, &i.Note)
	if err != nil || !found {
		return nil, err
	}
	i.Since, i.Until = instant(since), instant(until)
	i.Items, err = t.items(ctx, of, i.No)
	return &i, err
}

const issueItems = `SELECT part, record, state, at, score FROM digest_item WHERE community_id = $1 AND issue = $2 ORDER BY position`

func (t Digests) items(ctx context.Context, of, no int64) (out []digest.Kept, err error) {
	err = t.db.each(ctx, issueItems, []any{of, no}, func(scan func(into ...any) error) error {
		var x digest.Kept
		var id string
		var at int64
		if err := scan(&x.Part, &id, &x.State, &at, &x.Score); err != nil {
			return err
		}
		x.At = instant(at)
		var err error
		x.ID, err = record.Parse(id)
		out = append(out, x)
		return err
	})
	return out, err
}

// Issue is an issue by its number; nil when there is none.
func (t Digests) Issue(ctx context.Context, of, no int64) (*digest.Issue, error) {
	return t.issue(ctx, of, `number = $2`, no)
}

// Newest is the last issue that a room got; nil when there was none.
func (t Digests) Newest(ctx context.Context, of int64, platform, room string) (*digest.Issue, error) {
	return t.issue(ctx, of, `platform = $2 AND room = $3 ORDER BY until DESC, number DESC LIMIT 1`, platform, room)
}

const shownInRoom = `
	SELECT i.record, i.state FROM digest_item i JOIN digest_issue d ON d.community_id = i.community_id AND d.number = i.issue
	WHERE d.community_id = $1 AND d.platform = $2 AND d.room = $3 AND d.until >= $4 ORDER BY d.until, d.number`

// Shown says in which state things were shown in a room last, since a time.
func (t Digests) Shown(ctx context.Context, of int64, platform, room string, since time.Time) (digest.Shown, error) {
	out := digest.Shown{}
	err := t.db.each(ctx, shownInRoom, []any{of, platform, room, micros(since)}, func(scan func(into ...any) error) error {
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

const issuesHolding = `
	SELECT DISTINCT i.issue FROM digest_item i JOIN digest_issue d ON d.community_id = i.community_id AND d.number = i.issue
	WHERE i.community_id = $1 AND i.record = $2 AND d.until >= $3 ORDER BY i.issue`

// Holding are the issues since a time that hold a record.
func (t Digests) Holding(ctx context.Context, of int64, id record.ID, since time.Time) (out []record.Subject, err error) {
	err = t.db.each(ctx, issuesHolding, []any{of, id.String(), micros(since)}, func(scan func(into ...any) error) error {
		i := digest.Issue{}
		err := scan(&i.No)
		out = append(out, i.Subject())
		return err
	})
	return out, err
}

const hideFromDigest = `INSERT INTO digest_hidden (community_id, record) VALUES ($1, $2) ON CONFLICT (community_id, record) DO NOTHING`

// Hide keeps a record out of all digests; again is no error.
func (t Digests) Hide(ctx context.Context, of int64, id record.ID) error {
	err := t.db.later(ctx, hideFromDigest, of, id.String())
	return err
}

const hiddenFromDigest = `SELECT record FROM digest_hidden WHERE community_id = $1`

// Hidden is what is kept out of digests.
func (t Digests) Hidden(ctx context.Context, of int64) (map[record.ID]bool, error) {
	out := map[record.ID]bool{}
	err := t.db.each(ctx, hiddenFromDigest, []any{of}, func(scan func(into ...any) error) error {
		var name string
		if err := scan(&name); err != nil {
			return err
		}
		id, err := record.Parse(name)
		out[id] = true
		return err
	})
	return out, err
}

const setDigestNote = `
	INSERT INTO digest_note (community_id, platform, room, note) VALUES ($1, $2, $3, $4)
	ON CONFLICT (community_id, platform, room) DO UPDATE SET note = excluded.note`

// SetNote keeps the note for a room's next digest; empty for none.
func (t Digests) SetNote(ctx context.Context, of int64, platform, room, note string) error {
	err := t.db.later(ctx, setDigestNote, of, platform, room, note)
	return err
}

// Note is the note for a room's next digest.
func (t Digests) Note(ctx context.Context, of int64, platform, room string) (note string, err error) {
	_, err = t.db.one(ctx, `SELECT note FROM digest_note WHERE community_id = $1 AND platform = $2 AND room = $3`, []any{of, platform, room}, &note)
	return note, err
}

const changesBetween = `
	SELECT subject, what, by_member, note, at FROM change WHERE community_id = $1 AND at >= $2 AND at < $3 ORDER BY number LIMIT $4`

// Between are the changes from one time up to and without another, oldest first, at most n.
func (l Ledger) Between(ctx context.Context, of int64, since, until time.Time, n int) (out []record.Change, err error) {
	err = l.db.each(ctx, changesBetween, []any{of, micros(since), micros(until), int64(n)}, func(scan func(into ...any) error) error {
		c, err := scanChange(scan, of)
		out = append(out, c)
		return err
	})
	return out, err
}

// Moved are the changes of some verbs from one time up to and without another, newest first, at most n.
func (l Ledger) Moved(ctx context.Context, of int64, since, until time.Time, verbs []string, n int) (out []record.Change, err error) {
	in, args := some([]any{of, micros(since), micros(until), int64(n)}, verbs)
	err = l.db.each(ctx, `SELECT subject, what, by_member, note, at FROM change WHERE community_id = $1 AND at >= $2 AND at < $3
		AND what IN (`+in+`) ORDER BY at DESC, number DESC LIMIT $4`, args, func(scan func(into ...any) error) error {
		c, err := scanChange(scan, of)
		out = append(out, c)
		return err
	})
	return out, err
}

const atWork = `
	SELECT COUNT(*), COUNT(DISTINCT CASE WHEN m.country <> '' THEN m.country WHEN o.country <> '' THEN o.country END)
	FROM (SELECT DISTINCT by_member FROM change WHERE community_id = $1 AND at >= $2 AND at < $3 AND by_member <> 0) w
	JOIN member m ON m.community_id = $1 AND m.number = w.by_member
	LEFT JOIN organisation o ON o.community_id = m.community_id AND o.number = m.organisation
	WHERE m.stopped = FALSE AND m.erased = FALSE`

// AtWork is how many people changed something from one time up to and without another, and of how many
// countries they are. Who wants to be counted nowhere is not.
func (l Ledger) AtWork(ctx context.Context, of int64, since, until time.Time) (people, countries int, err error) {
	_, err = l.db.one(ctx, atWork, []any{of, micros(since), micros(until)}, &people, &countries)
	return people, countries, err
}
