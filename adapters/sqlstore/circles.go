package sqlstore

import (
	"context"
	"slices"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Circles keeps the circles of practices.
type Circles struct {
	Partnerships // who speaks for an organisation
	db           *DB
}

var _ cooperation.Circles = Circles{}

// Circles keeps the circles of practices.
func (db *DB) Circles() Circles { return Circles{db.Partnerships(), db} }

// OrganisationCalled implements cooperation.Circles.
func (t Circles) OrganisationCalled(ctx context.Context, of int64, name string) (community.Organisation, bool, error) {
	return t.db.Directory().OrganisationCalled(ctx, of, name)
}

const newestCircle = `
	SELECT number, host, start, outcomes, state, made FROM practice_circle
	WHERE community_id = $1 AND practice = $2 ORDER BY number DESC LIMIT 1`

var circleMembers = `
	SELECT x.member, x.gone, x.at, ` + orgColumns + ` FROM practice_circle_member x ` + orgOf("organisation") + `
	WHERE x.community_id = $1 AND x.practice = $2 AND x.circle = $3 ORDER BY x.place`

// Circle implements cooperation.Circles. Two organisations that were merged are one, which is in
// where one of them was.
func (t Circles) Circle(ctx context.Context, of int64, id record.ID) (*cooperation.Circle, error) {
	c := cooperation.Circle{Community: of, Practice: id}
	var start string
	var made int64
	found, err := t.db.one(ctx, newestCircle, []any{of, id.No}, &c.No, &c.Host, &start, &c.Outcomes, &c.State, &made)
	if err != nil || !found {
		return nil, err
	}
	if c.Start, err = text.ParseDate(start); err != nil {
		return nil, err
	}
	c.Made = instant(made)
	err = t.db.each(ctx, circleMembers, []any{of, id.No, c.No}, func(scan func(into ...any) error) error {
		var m cooperation.CircleMember
		var at int64
		if err := scan(append([]any{&m.Member, &m.Out, &at}, orgInto(&m.Organisation)...)...); err != nil {
			return err
		}
		m.At = instant(at)
		i := slices.IndexFunc(c.Members, func(x cooperation.CircleMember) bool { return x.Organisation.No == m.Organisation.No })
		switch {
		case i < 0:
			c.Members = append(c.Members, m)
		case m.In():
			c.Members[i] = m
		}
		return nil
	})
	return &c, err
}

const putCircle = `
	INSERT INTO practice_circle (community_id, practice, number, host, start, outcomes, state, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (community_id, practice, number) DO UPDATE SET state = excluded.state, outcomes = excluded.outcomes`

const dropCircleMembers = `DELETE FROM practice_circle_member WHERE community_id = $1 AND practice = $2 AND circle = $3`

const addCircleMember = `
	INSERT INTO practice_circle_member (community_id, practice, circle, place, organisation, member, gone, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// PutCircle implements cooperation.Circles.
func (t Circles) PutCircle(ctx context.Context, c *cooperation.Circle) error {
	_, err := t.db.exec(ctx, putCircle, c.Community, c.Practice.No, c.No, c.Host, c.Start.String(), c.Outcomes, string(c.State), micros(c.Made))
	if err != nil {
		return err
	}
	if _, err := t.db.exec(ctx, dropCircleMembers, c.Community, c.Practice.No, c.No); err != nil {
		return err
	}
	for i, m := range c.Members {
		_, err := t.db.exec(ctx, addCircleMember, c.Community, c.Practice.No, c.No, int64(i+1), m.Organisation.No, m.Member, m.Out, micros(m.At))
		if err != nil {
			return err
		}
	}
	return nil
}
