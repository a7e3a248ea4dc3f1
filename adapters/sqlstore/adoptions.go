package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Adoptions keeps who applies practices.
type Adoptions struct{ db *DB }

var _ cooperation.Adoptions = Adoptions{}

// Adoptions keeps who applies practices.
func (db *DB) Adoptions() Adoptions { return Adoptions{db} }

const putAdoption = `
	INSERT INTO adoption (community_id, practice, organisation, member, state, changed, result, reach, at, updated, round)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
	ON CONFLICT (community_id, practice, organisation) DO UPDATE SET member = excluded.member, state = excluded.state,
		changed = excluded.changed, result = excluded.result, reach = excluded.reach, updated = excluded.updated, round = excluded.round`

// PutAdoption implements cooperation.Adoptions.
func (t Adoptions) PutAdoption(ctx context.Context, a *cooperation.Adoption) error {
	err := t.db.later(ctx, putAdoption, a.Community, a.Practice.No, a.Organisation.No, a.Member, string(a.State), a.Changed, a.Result,
		a.Reach, micros(a.At), micros(a.Updated), a.Round)
	return err
}

var adoptionsWhere = `
	SELECT x.practice, x.member, x.state, x.changed, x.result, x.reach, x.at, x.updated, x.round, ` + orgColumns + `
	FROM adoption x ` + orgOf("organisation") + ` WHERE x.community_id = $1 AND `

func (t Adoptions) all(ctx context.Context, where string, of int64, args ...any) ([]cooperation.Adoption, error) {
	var out []cooperation.Adoption
	query := adoptionsWhere + where + ` ORDER BY x.at, x.practice, x.organisation`
	err := t.db.each(ctx, query, append([]any{of}, args...), func(scan func(into ...any) error) error {
		a := cooperation.Adoption{Community: of, Practice: practiceID(0)}
		var at, updated int64
		err := scan(append([]any{&a.Practice.No, &a.Member, &a.State, &a.Changed, &a.Result, &a.Reach, &at, &updated, &a.Round},
			orgInto(&a.Organisation)...)...)
		a.At, a.Updated = instant(at), instant(updated)
		out = append(out, a)
		return err
	})
	return out, err
}

// Adoptions implements cooperation.Adoptions.
func (t Adoptions) Adoptions(ctx context.Context, of int64, id record.ID) ([]cooperation.Adoption, error) {
	return t.all(ctx, `x.practice = $2`, of, id.No)
}

// AdoptionsBy implements cooperation.Adoptions.
func (t Adoptions) AdoptionsBy(ctx context.Context, of, member int64) ([]cooperation.Adoption, error) {
	return t.all(ctx, `x.member = $2`, of, member)
}

var organisationFolded = `SELECT ` + orgColumns + ` FROM organisation x ` + orgOf("number") + ` WHERE x.community_id = $1 AND x.folded = $2`

const addOrganisationNamed = `
	INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
	VALUES ($1, $2, $3, $4, '', '', '', FALSE, 0, '')`

// OrganisationNamed implements cooperation.Adoptions.
func (t Adoptions) OrganisationNamed(ctx context.Context, of int64, name string) (community.Organisation, error) {
	var o community.Organisation
	folded := text.Fold(name)
	if folded == "" {
		return o, nil
	}
	found, err := t.db.one(ctx, organisationFolded, []any{of, folded}, orgInto(&o)...)
	if err != nil || found {
		return o, err
	}
	no, err := t.db.next(ctx, of, "organisation")
	if err != nil {
		return o, err
	}
	// The counter's row is ours to the commit: one that was added at the same time is there by now.
	if found, err = t.db.one(ctx, organisationFolded, []any{of, folded}, orgInto(&o)...); err != nil || found {
		return o, err
	}
	if err := t.db.later(ctx, addOrganisationNamed, of, no, name, folded); err != nil {
		return o, fmt.Errorf("add organisation: %w", err)
	}
	return community.Organisation{No: no, Name: name}, nil
}
