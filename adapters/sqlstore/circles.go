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

const circlesWhere = `SELECT x.practice, x.number, x.host, x.start, x.outcomes, x.state, x.made FROM practice_circle x WHERE x.community_id = $1 AND `

var circleMembers = `
	SELECT x.member, x.gone, x.at, ` + orgColumns + ` FROM practice_circle_member x ` + orgOf("organisation") + `
	WHERE x.community_id = $1 AND x.practice = $2 AND x.circle = $3 ORDER BY x.place`

// Circle implements cooperation.Circles.
func (t Circles) Circle(ctx context.Context, of int64, id record.ID) (*cooperation.Circle, error) {
	cs, err := t.all(ctx, of, `x.practice = $2 ORDER BY x.number DESC LIMIT 1`, id.No)
	if err != nil || len(cs) == 0 {
		return nil, err
	}
	return &cs[0], nil
}

// CirclesOf implements cooperation.Circles.
func (t Circles) CirclesOf(ctx context.Context, of, member int64) ([]cooperation.Circle, error) {
	return t.all(ctx, of, `(x.host = $2 OR EXISTS (SELECT 1 FROM practice_circle_member y WHERE y.community_id = x.community_id
		AND y.practice = x.practice AND y.circle = x.number AND y.member = $2)) ORDER BY x.practice DESC, x.number DESC`, member)
}

// all reads circles with their organisations.
func (t Circles) all(ctx context.Context, of int64, where string, args ...any) ([]cooperation.Circle, error) {
	var out []cooperation.Circle
	err := t.db.each(ctx, circlesWhere+where, append([]any{of}, args...), func(scan func(into ...any) error) error {
		c := cooperation.Circle{Community: of, Practice: practiceID(0)}
		var start string
		var made int64
		err := scan(&c.Practice.No, &c.No, &c.Host, &start, &c.Outcomes, &c.State, &made)
		if err == nil {
			c.Start, err = text.ParseDate(start)
		}
		c.Made = instant(made)
		out = append(out, c)
		return err
	})
	for i := range out {
		if err == nil {
			err = t.members(ctx, &out[i])
		}
	}
	return out, err
}

// members reads the organisations of a circle. Two that were merged are one, which is in where one of
// them was.
func (t Circles) members(ctx context.Context, c *cooperation.Circle) error {
	return t.db.each(ctx, circleMembers, []any{c.Community, c.Practice.No, c.No}, func(scan func(into ...any) error) error {
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
}

const putCircle = `
	INSERT INTO practice_circle (community_id, practice, number, host, start, outcomes, state, made) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
	ON CONFLICT (community_id, practice, number) DO UPDATE SET state = excluded.state, outcomes = excluded.outcomes`

const dropCircleMembers = `DELETE FROM practice_circle_member WHERE community_id = $1 AND practice = $2 AND circle = $3`

const addCircleMember = `
	INSERT INTO practice_circle_member (community_id, practice, circle, place, organisation, member, gone, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// PutCircle implements cooperation.Circles.
func (t Circles) PutCircle(ctx context.Context, c *cooperation.Circle) error {
	err := t.db.later(ctx, putCircle, c.Community, c.Practice.No, c.No, c.Host, c.Start.String(), c.Outcomes, string(c.State), micros(c.Made))
	if err != nil {
		return err
	}
	if err := t.db.later(ctx, dropCircleMembers, c.Community, c.Practice.No, c.No); err != nil {
		return err
	}
	for i, m := range c.Members {
		err := t.db.later(ctx, addCircleMember, c.Community, c.Practice.No, c.No, int64(i+1), m.Organisation.No, m.Member, m.Out, micros(m.At))
		if err != nil {
			return err
		}
	}
	return nil
}
