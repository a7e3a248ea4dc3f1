package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/collaboration"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Collaborations keeps collaborations, who is in them, and their news.
type Collaborations struct{ db *DB }

var _ collaboration.Collaborations = Collaborations{}

// Collaborations keeps collaborations, who is in them, and their news.
func (db *DB) Collaborations() Collaborations { return Collaborations{db} }

func collaborationID(no int64) record.ID { return record.ID{Letter: collaboration.Letter, No: no} }

const collaborationColumns = `number, theme, goal, topic, until, owner, state, hidden, withdrawn, reason, extended, opened, active, closed,
	outcome, because, results, members, organisations, countries, news,
	source_platform, source_space, source_room, source_thread, source_message, source_url`

func scanCollaboration(scan func(into ...any) error, of int64) (collaboration.Collaboration, error) {
	c := collaboration.Collaboration{Community: of}
	var opened, active, closed int64
	var until, results string
	s, n := &c.Source, &c.Final
	err := scan(&c.ID.No, &c.Theme, &c.Goal, &c.Topic, &until, &c.Owner, &c.State, &c.Hidden, &c.Withdrawn, &c.Reason, &c.Extended,
		&opened, &active, &closed, &c.Outcome, &c.Because, &results, &n.Members, &n.Organisations, &n.Countries, &c.News,
		&s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
	if err != nil {
		return c, err
	}
	c.ID.Letter = collaboration.Letter
	c.Opened, c.Active, c.ClosedAt = instant(opened), instant(active), instant(closed)
	if c.Until, err = text.ParseDate(until); err != nil {
		return c, fmt.Errorf("read deadline of %s: %w", c.ID, err)
	}
	for _, word := range strings.Fields(results) {
		id, err := record.Parse(word)
		if err != nil {
			return c, fmt.Errorf("read results of %s: %w", c.ID, err)
		}
		c.Results = append(c.Results, id)
	}
	return c, nil
}

func resultWords(ids []record.ID) string {
	var words []string
	for _, id := range ids {
		words = append(words, id.String())
	}
	return strings.Join(words, " ")
}

// all reads collaborations from a query over collaborationColumns.
func (t Collaborations) all(ctx context.Context, of int64, query string, args ...any) ([]collaboration.Collaboration, error) {
	var out []collaboration.Collaboration
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		c, err := scanCollaboration(scan, of)
		out = append(out, c)
		return err
	})
	return out, err
}

const twinCollaboration = `
	SELECT number FROM collaboration
	WHERE community_id = $1 AND owner = $2 AND theme = $3 AND goal = $4 AND opened >= $5 AND withdrawn = FALSE AND closed = 0
	ORDER BY number DESC LIMIT 1`

const addCollaboration = `
	INSERT INTO collaboration (community_id, number, theme, goal, topic, until, owner, state, hidden, withdrawn, reason, extended, opened,
		active, closed, outcome, because, results, members, organisations, countries, news,
		source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)`

// Add implements collaboration.Collaborations.
func (t Collaborations) Add(ctx context.Context, c *collaboration.Collaboration, since time.Time) (record.ID, error) {
	no, err := t.db.next(ctx, c.Community, string(rune(collaboration.Letter)))
	if err != nil {
		return record.ID{}, err
	}
	// The counter's row is ours to the commit: a twin that was opened at the same time is there by now.
	var twin int64
	found, err := t.db.one(ctx, twinCollaboration, []any{c.Community, c.Owner, c.Theme, c.Goal, micros(since)}, &twin)
	if err != nil {
		return record.ID{}, err
	}
	if found {
		return collaborationID(twin), nil
	}
	c.ID = collaborationID(no)
	s, n := c.Source, c.Final
	err = t.db.later(ctx, addCollaboration, c.Community, no, c.Theme, c.Goal, c.Topic, c.Until.String(), c.Owner, string(c.State),
		c.Hidden, c.Withdrawn, c.Reason, c.Extended, micros(c.Opened), micros(c.Active), micros(c.ClosedAt), c.Outcome, c.Because,
		resultWords(c.Results), n.Members, n.Organisations, n.Countries, c.News,
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return record.ID{}, err
}

const collaborationByNumber = `SELECT ` + collaborationColumns + ` FROM collaboration WHERE community_id = $1 AND number = $2`

// ByID implements collaboration.Collaborations.
func (t Collaborations) ByID(ctx context.Context, of int64, id record.ID) (*collaboration.Collaboration, error) {
	return t.get(ctx, of, id, "")
}

// Lock implements collaboration.Collaborations.
func (t Collaborations) Lock(ctx context.Context, of int64, id record.ID) (*collaboration.Collaboration, error) {
	return t.get(ctx, of, id, t.db.forUpdate())
}

func (t Collaborations) get(ctx context.Context, of int64, id record.ID, lock string) (*collaboration.Collaboration, error) {
	if id.Letter != collaboration.Letter {
		return nil, nil
	}
	cs, err := t.all(ctx, of, collaborationByNumber+lock, of, id.No)
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	return &cs[0], nil
}

const saveCollaboration = `
	UPDATE collaboration SET theme = $3, goal = $4, topic = $5, until = $6, owner = $7, state = $8, hidden = $9, withdrawn = $10,
		reason = $11, extended = $12, active = $13, closed = $14, outcome = $15, because = $16, results = $17, members = $18,
		organisations = $19, countries = $20, news = $21, source_platform = $22, source_space = $23, source_room = $24,
		source_thread = $25, source_message = $26, source_url = $27
	WHERE community_id = $1 AND number = $2`

// Save implements collaboration.Collaborations.
func (t Collaborations) Save(ctx context.Context, c *collaboration.Collaboration) error {
	s, n := c.Source, c.Final
	err := t.db.later(ctx, saveCollaboration, c.Community, c.ID.No, c.Theme, c.Goal, c.Topic, c.Until.String(), c.Owner,
		string(c.State), c.Hidden, c.Withdrawn, c.Reason, c.Extended, micros(c.Active), micros(c.ClosedAt), c.Outcome, c.Because,
		resultWords(c.Results), n.Members, n.Organisations, n.Countries, c.News,
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

// List implements collaboration.Collaborations.
func (t Collaborations) List(ctx context.Context, of int64, f collaboration.Filter) ([]collaboration.Collaboration, error) {
	where, args := []string{"community_id = $1"}, []any{of}
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if f.Owner != 0 {
		where = append(where, "owner = "+param(f.Owner))
	} else {
		where = append(where, "hidden = FALSE", "withdrawn = FALSE")
	}
	if f.Member != 0 {
		where = append(where, `number IN (SELECT collaboration FROM collaboration_member WHERE community_id = $1 AND member = `+param(f.Member)+`)`)
	}
	if len(f.States) > 0 {
		var ps []string
		for _, s := range f.States {
			ps = append(ps, param(string(s)))
		}
		where = append(where, "state IN ("+strings.Join(ps, ", ")+")")
	}
	if len(f.Topics) > 0 {
		var ps []string
		for _, s := range f.Topics {
			ps = append(ps, param(s))
		}
		where = append(where, "topic IN ("+strings.Join(ps, ", ")+")")
	}
	query := `SELECT ` + collaborationColumns + ` FROM collaboration WHERE ` + strings.Join(where, " AND ") + ` ORDER BY number DESC`
	if f.N > 0 {
		query += " LIMIT " + param(int64(f.N)) + " OFFSET " + param(int64(f.Skip))
	}
	return t.all(ctx, of, query, args...)
}

const recordKnown = `
	SELECT 1 FROM change WHERE community_id = $1 AND subject = $2 AND NOT EXISTS
		(SELECT 1 FROM change x WHERE x.community_id = $1 AND x.subject = $2 AND x.what IN ('withdrawn', 'hidden'))
	LIMIT 1`

var _ collaboration.Records = Ledger{}

// Known implements collaboration.Records: a record is there once something has happened to it.
func (l Ledger) Known(ctx context.Context, of int64, id record.ID) (bool, error) {
	var n int64
	return l.db.one(ctx, recordKnown, []any{of, id.String()}, &n)
}
