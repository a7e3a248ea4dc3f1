package sqlstore

import (
	"context"
	"strings"

	"guildhall/core/communication"
	"guildhall/core/record"
)

// Answers keeps the parts of requests for help.
type Answers struct{ db *DB }

var _ communication.Answers = Answers{}

// Answers keeps the parts of requests for help.
func (db *DB) Answers() Answers { return Answers{db} }

const answerColumns = `request, part, author, body, files, via, written, edited, own, private, calls, gone, forgotten, kept,
	source_platform, source_space, source_room, source_thread, source_message, source_url`

func (t Answers) all(ctx context.Context, of int64, query string, args ...any) ([]communication.Answer, error) {
	var out []communication.Answer
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		a := communication.Answer{Community: of}
		var request, written, edited int64
		var files string
		s := &a.Source
		err := scan(&request, &a.Part, &a.Author, &a.Text, &files, &a.Via, &written, &edited, &a.Own, &a.Private, &a.Calls, &a.Gone,
			&a.Forgotten, &a.Kept, &s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
		a.Request, a.At, a.Edited = requestID(request), instant(written), instant(edited)
		if files != "" {
			a.Files = strings.Split(files, "\n")
		}
		out = append(out, a)
		return err
	})
	return out, err
}

func (t Answers) first(ctx context.Context, of int64, query string, args ...any) (*communication.Answer, error) {
	as, err := t.all(ctx, of, query, args...)
	if err != nil || len(as) == 0 {
		return nil, err
	}
	return &as[0], nil
}

const addAnswer = `
	INSERT INTO answer (community_id, request, part, author, body, files, via, written, edited, own, private, calls, gone, forgotten,
		kept, source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
	ON CONFLICT DO NOTHING`

// AddAnswer implements communication.Answers.
func (t Answers) AddAnswer(ctx context.Context, a *communication.Answer) (bool, error) {
	s := a.Source
	n, err := t.db.exec(ctx, addAnswer, a.Community, a.Request.No, a.Part, a.Author, a.Text, strings.Join(a.Files, "\n"), a.Via,
		micros(a.At), micros(a.Edited), a.Own, a.Private, a.Calls, a.Gone, a.Forgotten, string(a.Kept),
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return n > 0, err
}

const answerByPart = `SELECT ` + answerColumns + ` FROM answer WHERE community_id = $1 AND request = $2 AND part = $3`

// Answer implements communication.Answers.
func (t Answers) Answer(ctx context.Context, of int64, id record.ID, part int64) (*communication.Answer, error) {
	return t.first(ctx, of, answerByPart, of, id.No, part)
}

const answerBySource = `
	SELECT ` + answerColumns + ` FROM answer
	WHERE community_id = $1 AND source_platform = $2 AND source_room = $3 AND source_message = $4 AND source_message <> ''`

// AnswerAt implements communication.Answers.
func (t Answers) AnswerAt(ctx context.Context, of int64, s record.Source) (*communication.Answer, error) {
	return t.first(ctx, of, answerBySource, of, s.Platform, s.Room, s.Message)
}

const answersTo = `SELECT ` + answerColumns + ` FROM answer WHERE community_id = $1 AND request = $2 ORDER BY part`

// AnswersTo implements communication.Answers.
func (t Answers) AnswersTo(ctx context.Context, of int64, id record.ID) ([]communication.Answer, error) {
	return t.all(ctx, of, answersTo, of, id.No)
}

const saveAnswer = `
	UPDATE answer SET body = $4, files = $5, via = $6, edited = $7, gone = $8, forgotten = $9, kept = $10,
		source_platform = $11, source_space = $12, source_room = $13, source_thread = $14, source_message = $15, source_url = $16
	WHERE community_id = $1 AND request = $2 AND part = $3`

// SaveAnswer implements communication.Answers.
func (t Answers) SaveAnswer(ctx context.Context, a *communication.Answer) error {
	s := a.Source
	err := t.db.later(ctx, saveAnswer, a.Community, a.Request.No, a.Part, a.Text, strings.Join(a.Files, "\n"), a.Via, micros(a.Edited),
		a.Gone, a.Forgotten, string(a.Kept), s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

const answersOf = `SELECT ` + answerColumns + ` FROM answer WHERE community_id = $1 AND author = $2 ORDER BY written, request, part`

// AnswersOf implements communication.Answers.
func (t Answers) AnswersOf(ctx context.Context, of, author int64) ([]communication.Answer, error) {
	return t.all(ctx, of, answersOf, of, author)
}

const acceptedAnswers = `SELECT COUNT(*) FROM request WHERE community_id = $1 AND credited = $2 AND state = 'solved'`

// Accepted implements communication.Answers.
func (t Answers) Accepted(ctx context.Context, of, author int64) (int, error) {
	var n int
	_, err := t.db.one(ctx, acceptedAnswers, []any{of, author}, &n)
	return n, err
}
