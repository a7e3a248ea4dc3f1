package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/communication"
	"guildhall/core/record"
)

// Requests keeps requests for help.
type Requests struct{ db *DB }

var _ communication.Requests = Requests{}

// Requests keeps requests for help.
func (db *DB) Requests() Requests { return Requests{db} }

const requestColumns = `number, question, topic, language, urgency, audience, asker, state, hidden, reason, asked, active, answered,
	solved, accepted, credited, parts, answers, round,
	source_platform, source_space, source_room, source_thread, source_message, source_url`

func scanRequest(scan func(into ...any) error, of int64) (communication.Request, error) {
	r := communication.Request{Community: of}
	var asked, active, answered, solved int64
	s := &r.Source
	err := scan(&r.ID.No, &r.Question, &r.Topic, &r.Language, &r.Urgency, &r.To, &r.Asker, &r.State, &r.Hidden, &r.Reason, &asked, &active,
		&answered, &solved, &r.Accepted, &r.Credited, &r.Parts, &r.Answers, &r.Round,
		&s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
	r.ID.Letter = communication.Letter
	r.Asked, r.Active, r.AnsweredAt, r.SolvedAt = instant(asked), instant(active), instant(answered), instant(solved)
	return r, err
}

// all reads requests from a query over requestColumns.
func (t Requests) all(ctx context.Context, of int64, query string, args ...any) ([]communication.Request, error) {
	var out []communication.Request
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		r, err := scanRequest(scan, of)
		out = append(out, r)
		return err
	})
	return out, err
}

const twinRequest = `
	SELECT number FROM request
	WHERE community_id = $1 AND asker = $2 AND digest = $3 AND audience = $4 AND asked >= $5 AND state <> 'withdrawn'
	ORDER BY number DESC LIMIT 1`

// Twin implements communication.Requests.
func (t Requests) Twin(ctx context.Context, r *communication.Request, since time.Time) (record.ID, error) {
	if t.db.engine == Postgres {
		if err := t.db.later(ctx, `SELECT 1 FROM member WHERE community_id = $1 AND number = $2 FOR NO KEY UPDATE`, r.Community, r.Asker); err != nil {
			return record.ID{}, fmt.Errorf("lock the asker: %w", err)
		}
	}
	var no int64
	args := []any{r.Community, r.Asker, r.Digest(), string(r.To), micros(since)}
	if found, err := t.db.one(ctx, twinRequest, args, &no); err != nil || !found {
		return record.ID{}, err
	}
	return requestID(no), nil
}

func requestID(no int64) record.ID { return record.ID{Letter: communication.Letter, No: no} }

var addRequest = numbering{name: string(rune(communication.Letter)), table: "request", columns: `question, digest, topic, language, urgency, audience,
	asker, state, hidden, reason, asked, active, answered, solved, accepted, credited, parts, answers, round,
	source_platform, source_space, source_room, source_thread, source_message, source_url`}

// Add implements communication.Requests.
func (t Requests) Add(ctx context.Context, r *communication.Request) error {
	s := r.Source
	no, err := t.db.addNumbered(ctx, addRequest, r.Community, r.Question, r.Digest(), r.Topic, r.Language, string(r.Urgency), string(r.To),
		r.Asker, string(r.State), r.Hidden, r.Reason, micros(r.Asked), micros(r.Active), micros(r.AnsweredAt), micros(r.SolvedAt),
		r.Accepted, r.Credited, r.Parts, r.Answers, r.Round, s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	r.ID = requestID(no)
	return err
}

const requestByNumber = `SELECT ` + requestColumns + ` FROM request WHERE community_id = $1 AND number = $2`

// ByID implements communication.Requests.
func (t Requests) ByID(ctx context.Context, of int64, id record.ID) (*communication.Request, error) {
	return t.get(ctx, of, id, "")
}

// Lock implements communication.Requests.
func (t Requests) Lock(ctx context.Context, of int64, id record.ID) (*communication.Request, error) {
	return t.get(ctx, of, id, t.db.forUpdate())
}

func (t Requests) get(ctx context.Context, of int64, id record.ID, lock string) (*communication.Request, error) {
	if id.Letter != communication.Letter {
		return nil, nil
	}
	rs, err := t.all(ctx, of, requestByNumber+lock, of, id.No)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	return &rs[0], nil
}

const saveRequest = `
	UPDATE request SET question = $3, digest = $4, topic = $5, language = $6, urgency = $7, audience = $8, state = $9, hidden = $10,
		reason = $11, active = $12, answered = $13, solved = $14, accepted = $15, credited = $16, parts = $17, answers = $18,
		round = $19, source_platform = $20, source_space = $21, source_room = $22, source_thread = $23, source_message = $24,
		source_url = $25
	WHERE community_id = $1 AND number = $2`

// Save implements communication.Requests.
func (t Requests) Save(ctx context.Context, r *communication.Request) error {
	s := r.Source
	err := t.db.later(ctx, saveRequest, r.Community, r.ID.No, r.Question, r.Digest(), r.Topic, r.Language, string(r.Urgency),
		string(r.To), string(r.State), r.Hidden, r.Reason, micros(r.Active), micros(r.AnsweredAt), micros(r.SolvedAt), r.Accepted,
		r.Credited, r.Parts, r.Answers, r.Round, s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

const requestsFrom = `
	SELECT number FROM request
	WHERE community_id = $1 AND source_platform = $2 AND source_room = $3 AND source_message = $4 ORDER BY number`

// From implements communication.Requests.
func (t Requests) From(ctx context.Context, of int64, s record.Source) ([]record.ID, error) {
	return t.ids(ctx, requestsFrom, of, s.Platform, s.Room, s.Message)
}

func (t Requests) ids(ctx context.Context, query string, args ...any) ([]record.ID, error) {
	var out []record.ID
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		var no int64
		err := scan(&no)
		out = append(out, requestID(no))
		return err
	})
	return out, err
}

// List implements communication.Requests.
func (t Requests) List(ctx context.Context, of int64, f communication.Filter) ([]communication.Request, error) {
	where, args := []string{"community_id = $1"}, []any{of}
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	in := func(column string, values []string) {
		var ps []string
		for _, v := range values {
			ps = append(ps, param(v))
		}
		where = append(where, column+" IN ("+strings.Join(ps, ", ")+")")
	}
	if f.Asker != 0 {
		where = append(where, "asker = "+param(f.Asker))
	} else {
		where = append(where, "hidden = FALSE", "audience <> 'helper'")
	}
	if len(f.States) == 0 {
		where = append(where, "state <> 'withdrawn'")
	} else {
		var states []string
		for _, s := range f.States {
			states = append(states, string(s))
		}
		in("state", states)
	}
	if len(f.Topics) > 0 {
		in("topic", f.Topics)
	}
	if !f.Before.IsZero() {
		where = append(where, "asked < "+param(micros(f.Before)))
	}
	query := `SELECT ` + requestColumns + ` FROM request WHERE ` + strings.Join(where, " AND ") + ` ORDER BY number DESC`
	if f.N > 0 {
		query += " LIMIT " + param(int64(f.N)) + " OFFSET " + param(int64(f.Skip))
	}
	return t.all(ctx, of, query, args...)
}

const idleRequests = `
	SELECT number FROM request
	WHERE community_id = $1 AND state IN ('open', 'answered') AND active < $2 ORDER BY active, number LIMIT $3`

// Idle implements communication.Requests.
func (t Requests) Idle(ctx context.Context, of int64, since time.Time, n int) ([]record.ID, error) {
	return t.ids(ctx, idleRequests, of, micros(since), int64(n))
}

const requestsAskedBy = `SELECT ` + requestColumns + ` FROM request WHERE community_id = $1 AND asker = $2 ORDER BY number`

// AskedBy implements communication.Requests.
func (t Requests) AskedBy(ctx context.Context, of, asker int64) ([]communication.Request, error) {
	return t.all(ctx, of, requestsAskedBy, of, asker)
}

const followRequest = `
	INSERT INTO request_follower (community_id, request, member) VALUES ($1, $2, $3)
	ON CONFLICT (community_id, request, member) DO NOTHING`

// Follow implements communication.Requests.
func (t Requests) Follow(ctx context.Context, of int64, id record.ID, member int64) (bool, error) {
	n, err := t.db.exec(ctx, followRequest, of, id.No, member)
	return n > 0, err
}

const unfollowRequest = `DELETE FROM request_follower WHERE community_id = $1 AND request = $2 AND member = $3`

// Unfollow implements communication.Requests.
func (t Requests) Unfollow(ctx context.Context, of int64, id record.ID, member int64) error {
	err := t.db.later(ctx, unfollowRequest, of, id.No, member)
	return err
}

const requestFollowers = `SELECT member FROM request_follower WHERE community_id = $1 AND request = $2 ORDER BY member`

// Followers implements communication.Requests.
func (t Requests) Followers(ctx context.Context, of int64, id record.ID) ([]int64, error) {
	return t.db.memberNumbers(ctx, requestFollowers, of, id.No)
}

const followedRequests = `SELECT request FROM request_follower WHERE community_id = $1 AND member = $2 ORDER BY request`

// Followed implements communication.Requests.
func (t Requests) Followed(ctx context.Context, of, member int64) ([]record.ID, error) {
	return t.ids(ctx, followedRequests, of, member)
}

const dropFollows = `DELETE FROM request_follower WHERE community_id = $1 AND member = $2`

// DropFollows implements communication.Requests.
func (t Requests) DropFollows(ctx context.Context, of, member int64) error {
	err := t.db.later(ctx, dropFollows, of, member)
	return err
}

// memberNumbers reads a query's one column of members.
func (db *DB) memberNumbers(ctx context.Context, query string, args ...any) ([]int64, error) {
	var out []int64
	err := db.each(ctx, query, args, func(scan func(into ...any) error) error {
		var n int64
		err := scan(&n)
		out = append(out, n)
		return err
	})
	return out, err
}
