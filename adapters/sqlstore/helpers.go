package sqlstore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"guildhall/core/communication"
	"guildhall/core/record"
)

// Helpers keeps who may be asked for help, and who was.
type Helpers struct{ db *DB }

var _ communication.Helpers = Helpers{}

// Helpers keeps who may be asked for help, and who was.
func (db *DB) Helpers() Helpers { return Helpers{db} }

const helperCandidates = `
	SELECT m.number, m.language, m.topics, m.weekly_cap,
		COALESCE(SUM(CASE WHEN h.at > $2 THEN 1 ELSE 0 END), 0),
		COUNT(h.at), COALESCE(MAX(h.at), 0),
		COALESCE(MAX(CASE WHEN h.request = $4 THEN 1 ELSE 0 END), 0)
	FROM member m
	LEFT JOIN helping h ON h.community_id = m.community_id AND h.member = m.number AND (h.at > $3 OR h.request = $4)
	WHERE m.community_id = $1 AND m.helper = TRUE AND m.stopped = FALSE AND m.erased = FALSE
	GROUP BY m.number, m.language, m.topics, m.weekly_cap
	ORDER BY m.number`

// Candidates implements communication.Helpers. Those who want no messages are left out already.
func (t Helpers) Candidates(ctx context.Context, of int64, id record.ID, now time.Time) ([]communication.Candidate, error) {
	var out []communication.Candidate
	args := []any{of, micros(now.Add(-communication.Week)), micros(now.Add(-communication.Recent)), id.No}
	err := t.db.each(ctx, helperCandidates, args, func(scan func(into ...any) error) error {
		var c communication.Candidate
		var topics string
		var last, asked int64
		err := scan(&c.Member, &c.Language, &topics, &c.Cap, &c.Week, &c.Recent, &last, &asked)
		c.Topics, c.Last, c.Asked = strings.Fields(topics), instant(last), asked > 0
		out = append(out, c)
		return err
	})
	return out, err
}

const lockHelper = `
	SELECT weekly_cap FROM member
	WHERE community_id = $1 AND number = $2 AND helper = TRUE AND stopped = FALSE AND erased = FALSE`

const helperWeek = `SELECT COUNT(*) FROM helping WHERE community_id = $1 AND member = $2 AND at > $3`

// errNotFree undoes a savepoint.
var errNotFree = errors.New("the helper may not be asked")

// Free implements communication.Helpers. Asking is counted under the lock of the member's row, so
// that no two transactions both find the last free place. Where there is none the lock is let go of:
// who holds one helper while waiting for another could wait for ever.
func (t Helpers) Free(ctx context.Context, of, member int64, now time.Time) (bool, error) {
	err := t.db.Savepoint(ctx, func(ctx context.Context) error {
		var most, had int64
		found, err := t.db.writeOne(ctx, lockHelper+t.db.forUpdate(), []any{of, member}, &most)
		if err != nil {
			return err
		}
		if _, err := t.db.one(ctx, helperWeek, []any{of, member, micros(now.Add(-communication.Week))}, &had); err != nil {
			return err
		}
		if !found || had >= most {
			return errNotFree
		}
		return nil
	})
	if errors.Is(err, errNotFree) {
		return false, nil
	}
	return err == nil, err
}

const noteHelping = `
	INSERT INTO helping (community_id, request, member, at, outcome) VALUES ($1, $2, $3, $4, $5)
	ON CONFLICT (community_id, request, member) DO NOTHING`

// NoteAsked implements communication.Helpers.
func (t Helpers) NoteAsked(ctx context.Context, of int64, h communication.Helping) error {
	err := t.db.later(ctx, noteHelping, of, h.Request.No, h.Member, micros(h.At), string(h.Outcome))
	return err
}

const declineHelping = `UPDATE helping SET outcome = 'declined' WHERE community_id = $1 AND request = $2 AND member = $3`

// Declined implements communication.Helpers.
func (t Helpers) Declined(ctx context.Context, of int64, id record.ID, member int64) error {
	err := t.db.later(ctx, declineHelping, of, id.No, member)
	return err
}

const wasAsked = `SELECT COUNT(*) FROM helping WHERE community_id = $1 AND request = $2 AND member = $3`

// WasAsked implements communication.Helpers.
func (t Helpers) WasAsked(ctx context.Context, of int64, id record.ID, member int64) (bool, error) {
	var n int
	_, err := t.db.one(ctx, wasAsked, []any{of, id.No, member}, &n)
	return n > 0, err
}

const helpingAbout = `SELECT request, member, at, outcome FROM helping WHERE community_id = $1 AND request = $2 ORDER BY at, member`

// AskedAbout implements communication.Helpers.
func (t Helpers) AskedAbout(ctx context.Context, of int64, id record.ID) ([]communication.Helping, error) {
	return t.all(ctx, helpingAbout, of, id.No)
}

const helpingOf = `SELECT request, member, at, outcome FROM helping WHERE community_id = $1 AND member = $2 ORDER BY at, request`

// HelpAskedOf implements communication.Helpers.
func (t Helpers) HelpAskedOf(ctx context.Context, of, member int64) ([]communication.Helping, error) {
	return t.all(ctx, helpingOf, of, member)
}

func (t Helpers) all(ctx context.Context, query string, args ...any) ([]communication.Helping, error) {
	var out []communication.Helping
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		var h communication.Helping
		var no, at int64
		err := scan(&no, &h.Member, &at, &h.Outcome)
		h.Request, h.At = requestID(no), instant(at)
		out = append(out, h)
		return err
	})
	return out, err
}

const dropHelping = `DELETE FROM helping WHERE community_id = $1 AND member = $2`

// DropHelping implements communication.Helpers.
func (t Helpers) DropHelping(ctx context.Context, of, member int64) error {
	err := t.db.later(ctx, dropHelping, of, member)
	return err
}

const memberTopics = `SELECT topics FROM member WHERE community_id = $1 AND number = $2`

const enlistHelper = `
	UPDATE member SET helper = TRUE, topics = $3, weekly_cap = CASE WHEN weekly_cap <= 0 THEN $4 ELSE weekly_cap END
	WHERE community_id = $1 AND number = $2`

// Enlist implements communication.Helpers.
func (t Helpers) Enlist(ctx context.Context, of, member int64, topic string, defaultCap int) error {
	var topics string
	found, err := t.db.writeOne(ctx, memberTopics+t.db.forUpdate(), []any{of, member}, &topics)
	if err != nil || !found {
		return err
	}
	list := strings.Fields(topics)
	if topic != "" && !slices.Contains(list, topic) {
		list = append(list, topic)
	}
	err = t.db.later(ctx, enlistHelper, of, member, strings.Join(list, " "), int64(defaultCap))
	return err
}

const releaseHelper = `UPDATE member SET helper = FALSE WHERE community_id = $1 AND number = $2`

// Release implements communication.Helpers.
func (t Helpers) Release(ctx context.Context, of, member int64) error {
	err := t.db.later(ctx, releaseHelper, of, member)
	return err
}

const helperTopics = `
	SELECT number, topics FROM member
	WHERE community_id = $1 AND helper = TRUE AND stopped = FALSE AND erased = FALSE ORDER BY folded, number`

// Experts implements communication.Helpers.
func (t Helpers) Experts(ctx context.Context, of int64, topics []string) ([]int64, error) {
	var out []int64
	err := t.db.each(ctx, helperTopics, []any{of}, func(scan func(into ...any) error) error {
		var no int64
		var known string
		if err := scan(&no, &known); err != nil {
			return err
		}
		knows := func(topic string) bool { return slices.Contains(strings.Fields(known), topic) }
		if len(topics) == 0 || slices.ContainsFunc(topics, knows) {
			out = append(out, no)
		}
		return nil
	})
	return out, err
}
