package sqlstore

import (
	"context"
	"time"

	"guildhall/core/collaboration"
	"guildhall/core/record"
)

const joinCollaboration = `
	INSERT INTO collaboration_member (community_id, collaboration, member, joined) VALUES ($1, $2, $3, $4)
	ON CONFLICT (community_id, collaboration, member) DO NOTHING`

// Join implements collaboration.Collaborations.
func (t Collaborations) Join(ctx context.Context, of int64, id record.ID, member int64, at time.Time) (bool, error) {
	n, err := t.db.exec(ctx, joinCollaboration, of, id.No, member, micros(at))
	return n > 0, err
}

const leaveCollaboration = `DELETE FROM collaboration_member WHERE community_id = $1 AND collaboration = $2 AND member = $3`

// Leave implements collaboration.Collaborations.
func (t Collaborations) Leave(ctx context.Context, of int64, id record.ID, member int64) (bool, error) {
	n, err := t.db.exec(ctx, leaveCollaboration, of, id.No, member)
	return n > 0, err
}

const collaborationCrew = `
	SELECT member FROM collaboration_member WHERE community_id = $1 AND collaboration = $2 ORDER BY joined, member`

// Crew implements collaboration.Collaborations.
func (t Collaborations) Crew(ctx context.Context, of int64, id record.ID) ([]int64, error) {
	return t.db.memberNumbers(ctx, collaborationCrew, of, id.No)
}

const joinedCollaborations = `
	SELECT collaboration, joined FROM collaboration_member WHERE community_id = $1 AND member = $2 ORDER BY collaboration`

// Joined implements collaboration.Collaborations.
func (t Collaborations) Joined(ctx context.Context, of, member int64) ([]collaboration.Membership, error) {
	var out []collaboration.Membership
	err := t.db.each(ctx, joinedCollaborations, []any{of, member}, func(scan func(into ...any) error) error {
		var no, joined int64
		err := scan(&no, &joined)
		out = append(out, collaboration.Membership{ID: collaborationID(no), Joined: instant(joined)})
		return err
	})
	return out, err
}

const addNews = `
	INSERT INTO collaboration_news (community_id, collaboration, number, author, body, at) VALUES ($1, $2, $3, $4, $5, $6)`

// AddNews implements collaboration.Collaborations.
func (t Collaborations) AddNews(ctx context.Context, n *collaboration.News) error {
	err := t.db.later(ctx, addNews, n.Community, n.ID.No, n.No, n.Author, n.Text, micros(n.At))
	return err
}

const newsColumns = `SELECT collaboration, number, author, body, at FROM collaboration_news `

func (t Collaborations) news(ctx context.Context, of int64, query string, args ...any) ([]collaboration.News, error) {
	var out []collaboration.News
	err := t.db.each(ctx, newsColumns+query, args, func(scan func(into ...any) error) error {
		n := collaboration.News{Community: of}
		var no, at int64
		err := scan(&no, &n.No, &n.Author, &n.Text, &at)
		n.ID, n.At = collaborationID(no), instant(at)
		out = append(out, n)
		return err
	})
	return out, err
}

const lastNews = `WHERE community_id = $1 AND collaboration = $2 ORDER BY number DESC LIMIT 1`

// LastNews implements collaboration.Collaborations.
func (t Collaborations) LastNews(ctx context.Context, of int64, id record.ID) (*collaboration.News, error) {
	ns, err := t.news(ctx, of, lastNews, of, id.No)
	if err != nil || len(ns) == 0 {
		return nil, err
	}
	return &ns[0], nil
}

const newsOf = `WHERE community_id = $1 AND author = $2 ORDER BY at, collaboration, number`

// NewsOf implements collaboration.Collaborations.
func (t Collaborations) NewsOf(ctx context.Context, of, author int64) ([]collaboration.News, error) {
	return t.news(ctx, of, newsOf, of, author)
}

const (
	dropNews   = `DELETE FROM collaboration_news WHERE community_id = $1 AND collaboration = $2`
	dropNewsBy = dropNews + ` AND author = $3`
)

// DropNews implements collaboration.Collaborations.
func (t Collaborations) DropNews(ctx context.Context, of int64, id record.ID, author int64) error {
	if author == 0 {
		err := t.db.later(ctx, dropNews, of, id.No)
		return err
	}
	err := t.db.later(ctx, dropNewsBy, of, id.No, author)
	return err
}
