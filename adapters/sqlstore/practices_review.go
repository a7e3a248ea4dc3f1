package sqlstore

import (
	"context"

	"guildhall/core/cooperation"
	"guildhall/core/record"
)

// Reviews keeps who reviews practices.
type Reviews struct{ db *DB }

var _ cooperation.Reviews = Reviews{}

// Reviews keeps who reviews practices.
func (db *DB) Reviews() Reviews { return Reviews{db} }

var practiceReviewers = `
	SELECT x.number, (SELECT COUNT(*) FROM practice_asking a WHERE a.community_id = x.community_id AND a.member = x.number),
		(SELECT COALESCE(MAX(a.at), 0) FROM practice_asking a WHERE a.community_id = x.community_id AND a.member = x.number), ` + orgColumns + `
	FROM member x ` + orgOf("organisation") + `
	WHERE x.community_id = $1 AND x.reviewer = TRUE AND x.stopped = FALSE AND x.erased = FALSE ORDER BY x.number`

// Reviewers implements cooperation.Reviews.
func (t Reviews) Reviewers(ctx context.Context, of int64) ([]cooperation.Reviewer, error) {
	var out []cooperation.Reviewer
	err := t.db.each(ctx, practiceReviewers, []any{of}, func(scan func(into ...any) error) error {
		var r cooperation.Reviewer
		var last int64
		err := scan(append([]any{&r.Member, &r.Asked, &last}, orgInto(&r.Organisation)...)...)
		r.Last = instant(last)
		out = append(out, r)
		return err
	})
	return out, err
}

const countOrganisations = `SELECT COUNT(*) FROM organisation WHERE community_id = $1 AND confirmed = TRUE AND merged_into = 0`

// Organisations implements cooperation.Reviews.
func (t Reviews) Organisations(ctx context.Context, of int64) (int, error) {
	var n int
	_, err := t.db.one(ctx, countOrganisations, []any{of}, &n)
	return n, err
}

const putAsking = `
	INSERT INTO practice_asking (community_id, practice, round, member, at, outcome) VALUES ($1, $2, $3, $4, $5, $6)
	ON CONFLICT (community_id, practice, round, member) DO UPDATE SET at = excluded.at, outcome = excluded.outcome`

// PutAsking implements cooperation.Reviews.
func (t Reviews) PutAsking(ctx context.Context, of int64, a cooperation.Asking) error {
	err := t.db.later(ctx, putAsking, of, a.Practice.No, a.Round, a.Member, micros(a.At), string(a.Outcome))
	return err
}

const askingsWhere = `SELECT practice, round, member, at, outcome FROM practice_asking WHERE community_id = $1 AND `

func (t Reviews) askings(ctx context.Context, where string, args ...any) ([]cooperation.Asking, error) {
	var out []cooperation.Asking
	err := t.db.each(ctx, askingsWhere+where+` ORDER BY at, practice, member`, args, func(scan func(into ...any) error) error {
		a := cooperation.Asking{Practice: practiceID(0)}
		var at int64
		err := scan(&a.Practice.No, &a.Round, &a.Member, &at, &a.Outcome)
		a.At = instant(at)
		out = append(out, a)
		return err
	})
	return out, err
}

// Askings implements cooperation.Reviews.
func (t Reviews) Askings(ctx context.Context, of int64, id record.ID, round int64) ([]cooperation.Asking, error) {
	return t.askings(ctx, `practice = $2 AND round = $3`, of, id.No, round)
}

// AskingsOf implements cooperation.Reviews.
func (t Reviews) AskingsOf(ctx context.Context, of, member int64) ([]cooperation.Asking, error) {
	return t.askings(ctx, `member = $2`, of, member)
}

const dropAskings = `DELETE FROM practice_asking WHERE community_id = $1 AND member = $2`

// DropAskings implements cooperation.Reviews.
func (t Reviews) DropAskings(ctx context.Context, of, member int64) error {
	err := t.db.later(ctx, dropAskings, of, member)
	return err
}

const putReview = `
	INSERT INTO practice_review (community_id, practice, round, member, organisation, verdict, comment,
		relevance, effectiveness, evidence, transferability, at)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
	ON CONFLICT (community_id, practice, round, member) DO UPDATE SET organisation = excluded.organisation, verdict = excluded.verdict,
		comment = excluded.comment, relevance = excluded.relevance, effectiveness = excluded.effectiveness, evidence = excluded.evidence,
		transferability = excluded.transferability, at = excluded.at`

// PutReview implements cooperation.Reviews.
func (t Reviews) PutReview(ctx context.Context, of int64, r cooperation.Review) error {
	args := []any{of, r.Practice.No, r.Round, r.Member, r.Organisation.No, string(r.Verdict), r.Comment}
	for _, c := range cooperation.Criteria {
		args = append(args, int64(r.Points[c]))
	}
	err := t.db.later(ctx, putReview, append(args, micros(r.At))...)
	return err
}

var reviewsWhere = `
	SELECT x.practice, x.round, x.member, x.verdict, x.comment, x.relevance, x.effectiveness, x.evidence, x.transferability, x.at, ` +
	orgColumns + ` FROM practice_review x ` + orgOf("organisation") + ` WHERE x.community_id = $1 AND `

func (t Reviews) reviews(ctx context.Context, where string, args ...any) ([]cooperation.Review, error) {
	var out []cooperation.Review
	err := t.db.each(ctx, reviewsWhere+where+` ORDER BY x.at, x.practice, x.member`, args, func(scan func(into ...any) error) error {
		r := cooperation.Review{Practice: practiceID(0)}
		var at int64
		points := make([]int, len(cooperation.Criteria))
		err := scan(append([]any{&r.Practice.No, &r.Round, &r.Member, &r.Verdict, &r.Comment, &points[0], &points[1], &points[2], &points[3], &at},
			orgInto(&r.Organisation)...)...)
		for i, c := range cooperation.Criteria {
			if points[i] == 0 {
				continue
			}
			if r.Points == nil {
				r.Points = map[string]int{}
			}
			r.Points[c] = points[i]
		}
		r.At = instant(at)
		out = append(out, r)
		return err
	})
	return out, err
}

// Reviews implements cooperation.Reviews.
func (t Reviews) Reviews(ctx context.Context, of int64, id record.ID, round int64) ([]cooperation.Review, error) {
	return t.reviews(ctx, `x.practice = $2 AND x.round = $3`, of, id.No, round)
}

// ReviewsOf implements cooperation.Reviews.
func (t Reviews) ReviewsOf(ctx context.Context, of, member int64) ([]cooperation.Review, error) {
	return t.reviews(ctx, `x.member = $2`, of, member)
}

const volunteerReviewer = `UPDATE member SET reviewer = $3 WHERE community_id = $1 AND number = $2`

// Volunteer implements cooperation.Reviews.
func (t Reviews) Volunteer(ctx context.Context, of, member int64, on bool) error {
	err := t.db.later(ctx, volunteerReviewer, of, member, on)
	return err
}
