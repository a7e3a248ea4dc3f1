package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
)

// Practices keeps best practices and what they quote.
type Practices struct{ db *DB }

var _ cooperation.Practices = Practices{}

// Practices keeps best practices and what they quote.
func (db *DB) Practices() Practices { return Practices{db} }

func practiceID(no int64) record.ID { return record.ID{Letter: cooperation.Letter, No: no} }

// An organisation that was merged into another counts as that one.
const orgColumns = `COALESCE(n.number, o.number, 0), COALESCE(n.name, o.name, ''), COALESCE(n.country, o.country, ''),
	COALESCE(n.confirmed, o.confirmed, FALSE)`

// orgOf joins the organisation whose number stands in a column of x.
func orgOf(column string) string {
	return ` LEFT JOIN organisation o ON o.community_id = x.community_id AND o.number = x.` + column + `
	LEFT JOIN organisation n ON n.community_id = o.community_id AND n.number = o.merged_into AND o.merged_into <> 0 `
}

func orgInto(o *community.Organisation) []any { return []any{&o.No, &o.Name, &o.Country, &o.Confirmed} }

const practiceColumns = `x.number, x.title, x.topic, x.language, x.author, x.steward, x.state, x.level, x.hidden, x.reason, x.light,
	x.made, x.active, x.submitted, x.accepted, x.due, x.round, x.parts,
	x.source_platform, x.source_space, x.source_room, x.source_thread, x.source_message, x.source_url, ` + orgColumns

func scanPractice(scan func(into ...any) error, of int64) (cooperation.Practice, error) {
	p := cooperation.Practice{Community: of, Texts: map[string]string{}}
	var made, active, submitted, accepted, due int64
	s := &p.Source
	err := scan(append([]any{&p.ID.No, &p.Title, &p.Topic, &p.Language, &p.Author, &p.Steward, &p.State, &p.Level, &p.Hidden, &p.Reason,
		&p.Light, &made, &active, &submitted, &accepted, &due, &p.Round, &p.Parts,
		&s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL}, orgInto(&p.Organisation)...)...)
	p.ID.Letter = cooperation.Letter
	p.Made, p.Active, p.Submitted, p.AcceptAt, p.DueAt = instant(made), instant(active), instant(submitted), instant(accepted), instant(due)
	return p, err
}

// all reads practices with their texts.
func (t Practices) all(ctx context.Context, of int64, tail string, args ...any) ([]cooperation.Practice, error) {
	var out []cooperation.Practice
	query := `SELECT ` + practiceColumns + ` FROM practice x ` + orgOf("organisation") + tail
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		p, err := scanPractice(scan, of)
		out = append(out, p)
		return err
	})
	for i := range out {
		if err == nil {
			err = t.texts(ctx, &out[i])
		}
	}
	return out, err
}

const practiceTexts = `SELECT section, body FROM practice_text WHERE community_id = $1 AND practice = $2`

func (t Practices) texts(ctx context.Context, p *cooperation.Practice) error {
	return t.db.each(ctx, practiceTexts, []any{p.Community, p.ID.No}, func(scan func(into ...any) error) error {
		var section, body string
		err := scan(&section, &body)
		p.Texts[section] = body
		return err
	})
}

const twinPractice = `
	SELECT number FROM practice
	WHERE community_id = $1 AND author = $2 AND title = $3 AND source_platform = $4 AND source_room = $5 AND source_thread = $6
		AND source_message = $7 AND made >= $8 AND state <> 'withdrawn'
	ORDER BY number DESC LIMIT 1`

const addPractice = `
	INSERT INTO practice (community_id, number, title, topic, language, author, steward, organisation, state, level, hidden, reason, light,
		made, active, submitted, accepted, due, round, parts,
		source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26)`

// AddPractice implements cooperation.Practices.
func (t Practices) AddPractice(ctx context.Context, p *cooperation.Practice, since time.Time) (record.ID, error) {
	no, err := t.db.next(ctx, p.Community, string(rune(cooperation.Letter)))
	if err != nil {
		return record.ID{}, err
	}
	// The counter's row is ours to the commit: a twin that was made at the same time is there by now.
	s := p.Source
	var twin int64
	found, err := t.db.one(ctx, twinPractice, []any{p.Community, p.Author, p.Title, s.Platform, s.Room, s.Thread, s.Message, micros(since)}, &twin)
	if err != nil || found {
		return practiceID(twin), err
	}
	p.ID = practiceID(no)
	err = t.db.later(ctx, addPractice, p.Community, no, p.Title, p.Topic, p.Language, p.Author, p.Steward, p.Organisation.No, string(p.State),
		string(p.Level), p.Hidden, p.Reason, string(p.Light), micros(p.Made), micros(p.Active), micros(p.Submitted), micros(p.AcceptAt),
		micros(p.DueAt), p.Round, p.Parts, s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return record.ID{}, err
	}
	return record.ID{}, t.saveTexts(ctx, p)
}

const lockPractice = `SELECT number FROM practice WHERE community_id = $1 AND number = $2`

// LockPractice implements cooperation.Practices.
func (t Practices) LockPractice(ctx context.Context, of int64, id record.ID) (*cooperation.Practice, error) {
	var no int64
	// An outer join cannot be locked as a whole: the practice's own row is, and read afterwards.
	found, err := t.db.writeOne(ctx, lockPractice+t.db.forUpdate(), []any{of, id.No}, &no)
	if err != nil || !found {
		return nil, err
	}
	return t.Practice(ctx, of, id)
}

// Practice implements cooperation.Practices.
func (t Practices) Practice(ctx context.Context, of int64, id record.ID) (*cooperation.Practice, error) {
	if id.Letter != cooperation.Letter {
		return nil, nil
	}
	ps, err := t.all(ctx, of, `WHERE x.community_id = $1 AND x.number = $2`, of, id.No)
	if err != nil || len(ps) == 0 {
		return nil, err
	}
	return &ps[0], nil
}

const savePractice = `
	UPDATE practice SET title = $3, topic = $4, language = $5, author = $6, steward = $7, organisation = $8, state = $9, level = $10,
		hidden = $11, reason = $12, light = $13, active = $14, submitted = $15, accepted = $16, due = $17, round = $18, parts = $19,
		source_platform = $20, source_space = $21, source_room = $22, source_thread = $23, source_message = $24, source_url = $25
	WHERE community_id = $1 AND number = $2`

// SavePractice implements cooperation.Practices.
func (t Practices) SavePractice(ctx context.Context, p *cooperation.Practice) error {
	s := p.Source
	err := t.db.later(ctx, savePractice, p.Community, p.ID.No, p.Title, p.Topic, p.Language, p.Author, p.Steward, p.Organisation.No,
		string(p.State), string(p.Level), p.Hidden, p.Reason, string(p.Light), micros(p.Active), micros(p.Submitted), micros(p.AcceptAt),
		micros(p.DueAt), p.Round, p.Parts, s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return err
	}
	return t.saveTexts(ctx, p)
}

const dropPracticeTexts = `DELETE FROM practice_text WHERE community_id = $1 AND practice = $2`

const addPracticeText = `INSERT INTO practice_text (community_id, practice, section, body) VALUES ($1, $2, $3, $4)`

func (t Practices) saveTexts(ctx context.Context, p *cooperation.Practice) error {
	if err := t.db.later(ctx, dropPracticeTexts, p.Community, p.ID.No); err != nil {
		return err
	}
	for _, s := range cooperation.Sections {
		if p.Texts[s] == "" {
			continue
		}
		if err := t.db.later(ctx, addPracticeText, p.Community, p.ID.No, s, p.Texts[s]); err != nil {
			return err
		}
	}
	return nil
}

// ListPractices implements cooperation.Practices.
func (t Practices) ListPractices(ctx context.Context, of int64, f cooperation.Filter) ([]cooperation.Practice, error) {
	where, args := []string{"x.community_id = $1"}, []any{of}
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if len(f.States) == 0 {
		where = append(where, "x.state NOT IN ('retired', 'withdrawn')")
	} else {
		var ps []string
		for _, s := range f.States {
			ps = append(ps, param(string(s)))
		}
		where = append(where, "x.state IN ("+strings.Join(ps, ", ")+")")
	}
	if f.Public {
		where = append(where, "x.hidden = FALSE", "(x.state IN ('accepted', 'due', 'revised', 'retired') OR x.state = 'review' AND x.accepted <> 0)")
	}
	if f.Topic != "" {
		where = append(where, "x.topic = "+param(f.Topic))
	}
	if f.Author != 0 {
		where = append(where, "x.author = "+param(f.Author))
	}
	tail := `WHERE ` + strings.Join(where, " AND ") + ` ORDER BY x.number DESC`
	if f.N > 0 {
		tail += " LIMIT " + param(int64(f.N)) + " OFFSET " + param(int64(f.Skip))
	}
	return t.all(ctx, of, tail, args...)
}

const addPracticeQuote = `
	INSERT INTO practice_quote (community_id, practice, part, author, body, written, gone, kept,
		source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

// AddQuote implements cooperation.Practices.
func (t Practices) AddQuote(ctx context.Context, q *cooperation.Quote) error {
	s := q.Source
	err := t.db.later(ctx, addPracticeQuote, q.Community, q.Practice.No, q.Part, q.Author, q.Text, micros(q.At), q.Gone, string(q.Kept),
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

const savePracticeQuote = `
	UPDATE practice_quote SET body = $4, gone = $5, kept = $6, source_platform = $7, source_space = $8, source_room = $9,
		source_thread = $10, source_message = $11, source_url = $12
	WHERE community_id = $1 AND practice = $2 AND part = $3`

// SaveQuote implements cooperation.Practices.
func (t Practices) SaveQuote(ctx context.Context, q *cooperation.Quote) error {
	s := q.Source
	err := t.db.later(ctx, savePracticeQuote, q.Community, q.Practice.No, q.Part, q.Text, q.Gone, string(q.Kept),
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

const quotesWhere = `
	SELECT practice, part, author, body, written, gone, kept,
		source_platform, source_space, source_room, source_thread, source_message, source_url
	FROM practice_quote WHERE community_id = $1 AND `

func (t Practices) quotes(ctx context.Context, where string, of int64, args ...any) ([]cooperation.Quote, error) {
	var out []cooperation.Quote
	query := quotesWhere + where + ` ORDER BY practice, part`
	err := t.db.each(ctx, query, append([]any{of}, args...), func(scan func(into ...any) error) error {
		q := cooperation.Quote{Community: of, Practice: practiceID(0)}
		var at int64
		s := &q.Source
		err := scan(&q.Practice.No, &q.Part, &q.Author, &q.Text, &at, &q.Gone, &q.Kept, &s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
		q.At = instant(at)
		out = append(out, q)
		return err
	})
	return out, err
}

// Quotes implements cooperation.Practices.
func (t Practices) Quotes(ctx context.Context, of int64, id record.ID) ([]cooperation.Quote, error) {
	return t.quotes(ctx, `practice = $2`, of, id.No)
}

// QuotesAt implements cooperation.Practices.
func (t Practices) QuotesAt(ctx context.Context, of int64, s record.Source) ([]cooperation.Quote, error) {
	return t.quotes(ctx, `source_platform = $2 AND source_room = $3 AND source_message = $4`, of, s.Platform, s.Room, s.Message)
}

// QuotesOf implements cooperation.Practices.
func (t Practices) QuotesOf(ctx context.Context, of, author int64) ([]cooperation.Quote, error) {
	return t.quotes(ctx, `author = $2`, of, author)
}
