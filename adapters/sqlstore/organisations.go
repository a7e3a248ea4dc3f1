package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"guildhall/core/community"
	"guildhall/core/text"
)

// AddOrganisation keeps an organisation, or finds the one that is called the same; it is returned
// with its number. One that was merged into another gives that other.
func (d Directory) AddOrganisation(ctx context.Context, of int64, o community.Organisation) (community.Organisation, error) {
	found, ok, err := d.organisationCalled(ctx, of, o.Name)
	if err != nil || ok {
		return found, err
	}
	if o.No, err = d.db.next(ctx, of, "organisation"); err != nil {
		return o, err
	}
	// The counter's row is held until the commit: whoever added the same name before is seen now.
	if found, ok, err = d.organisationCalled(ctx, of, o.Name); err != nil || ok {
		return found, err
	}
	err = d.db.later(ctx, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, '')`, of, o.No, o.Name, text.Fold(o.Name), o.Country, o.Kind, o.Site, o.Confirmed)
	if err != nil {
		return o, fmt.Errorf("add organisation: %w", err)
	}
	return o, nil
}

const organisationColumns = `number, name, country, kind, site, confirmed, merged_into`

func (d Directory) organisationCalled(ctx context.Context, of int64, name string) (community.Organisation, bool, error) {
	o, into, ok, err := d.organisation(ctx, `folded = $2`, of, text.Fold(name))
	if err != nil || !ok || into == 0 {
		return o, ok, err
	}
	o, _, ok, err = d.organisation(ctx, `number = $2`, of, into)
	return o, ok, err
}

func (d Directory) organisation(ctx context.Context, where string, args ...any) (o community.Organisation, into int64, ok bool, err error) {
	ok, err = d.db.one(ctx, `SELECT `+organisationColumns+` FROM organisation WHERE community_id = $1 AND `+where, args,
		&o.No, &o.Name, &o.Country, &o.Kind, &o.Site, &o.Confirmed, &into)
	if err != nil {
		return o, into, ok, fmt.Errorf("read organisation: %w", err)
	}
	return o, into, ok, nil
}

// SetMember keeps what a member says of themselves: everything of their profile but the role.
func (d Directory) SetMember(ctx context.Context, m community.Member) error {
	err := d.db.later(ctx, `UPDATE member SET name = $3, folded = $4, language = $5, country = $6, organisation = $7, topics = $8, zone = $9,
		quote = $10, helper = $11, weekly_cap = $12, reviewer = $13, stopped = $14 WHERE community_id = $1 AND number = $2`,
		m.Community, m.No, m.Name, text.Fold(m.Name), m.Language, m.Country, m.Organisation.No, unwords(m.Topics), m.Zone,
		string(m.Quote), m.Helper, int64(m.WeeklyCap), m.Reviewer, m.Stopped)
	if err != nil {
		return fmt.Errorf("keep a profile: %w", err)
	}
	return nil
}

var _ community.Organisations = Directory{}

// OrganisationCalled implements community.Organisations.
func (d Directory) OrganisationCalled(ctx context.Context, of int64, name string) (community.Organisation, bool, error) {
	return d.organisationCalled(ctx, of, name)
}

// LockOrganisation implements community.Organisations.
func (d Directory) LockOrganisation(ctx context.Context, of, no int64) (community.Organisation, int64, bool, error) {
	return d.organisation(ctx, `number = $2`+d.db.forUpdate(), of, no)
}

// SetOrganisation implements community.Organisations.
func (d Directory) SetOrganisation(ctx context.Context, of int64, o community.Organisation) error {
	err := d.db.later(ctx, `UPDATE organisation SET name = $3, folded = $4, country = $5, kind = $6, site = $7, confirmed = $8
		WHERE community_id = $1 AND number = $2`, of, o.No, o.Name, text.Fold(o.Name), o.Country, o.Kind, o.Site, o.Confirmed)
	return err
}

// MergeOrganisation implements community.Organisations. What was merged away counts nowhere, also
// where both had adopted the same practice and each keeps what it said about it. Its name finds the
// other from now on.
func (d Directory) MergeOrganisation(ctx context.Context, of, from, into int64) error {
	for _, table := range []string{"member", "resource_use", "practice", "practice_review"} {
		if err := d.db.later(ctx, `UPDATE `+table+` SET organisation = $3 WHERE community_id = $1 AND organisation = $2`, of, from, into); err != nil {
			return fmt.Errorf("move %s: %w", table, err)
		}
	}
	if err := d.db.later(ctx, `UPDATE adoption SET organisation = $3 WHERE community_id = $1 AND organisation = $2 AND NOT EXISTS
		(SELECT 1 FROM adoption b WHERE b.community_id = $1 AND b.practice = adoption.practice AND b.organisation = $3)`, of, from, into); err != nil {
		return fmt.Errorf("move adoptions: %w", err)
	}
	theirs, err := d.Contacts(ctx, of, from)
	if err != nil {
		return err
	}
	ours, err := d.Contacts(ctx, of, into)
	if err != nil {
		return err
	}
	for _, no := range theirs {
		if !slices.Contains(ours, no) {
			ours = append(ours, no)
		}
	}
	if err := d.SetContacts(ctx, of, into, ours); err != nil {
		return err
	}
	err = d.db.later(ctx, `UPDATE organisation SET merged_into = $3, confirmed = FALSE, contacts = '' WHERE community_id = $1 AND (number = $2 OR merged_into = $2)`,
		of, from, into)
	return err
}

// ListOrganisations implements community.Organisations.
func (d Directory) ListOrganisations(ctx context.Context, of int64) (out []community.Listed, err error) {
	err = d.db.each(ctx, `SELECT o.number, o.name, o.country, o.kind, o.site, o.confirmed,
		(SELECT COUNT(*) FROM member m WHERE m.community_id = o.community_id AND m.organisation = o.number AND m.erased = FALSE)
		FROM organisation o WHERE o.community_id = $1 AND o.merged_into = 0 ORDER BY o.folded, o.number`, []any{of}, func(scan func(...any) error) error {
		var l community.Listed
		var members int64
		err := scan(&l.No, &l.Name, &l.Country, &l.Kind, &l.Site, &l.Confirmed, &members)
		l.Members = int(members)
		out = append(out, l)
		return err
	})
	return out, err
}

// Contacts implements community.Organisations: numbers of members.
func (d Directory) Contacts(ctx context.Context, of, no int64) (out []int64, err error) {
	var list string
	if _, err := d.db.one(ctx, `SELECT contacts FROM organisation WHERE community_id = $1 AND number = $2`, []any{of, no}, &list); err != nil {
		return nil, fmt.Errorf("read contacts: %w", err)
	}
	for _, s := range words(list) {
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read contacts: %w", err)
		}
		out = append(out, n)
	}
	return out, nil
}

// SetContacts implements community.Organisations.
func (d Directory) SetContacts(ctx context.Context, of, no int64, members []int64) error {
	list := make([]string, len(members))
	for i, m := range members {
		list[i] = strconv.FormatInt(m, 10)
	}
	err := d.db.later(ctx, `UPDATE organisation SET contacts = $3 WHERE community_id = $1 AND number = $2`, of, no, unwords(list))
	return err
}
