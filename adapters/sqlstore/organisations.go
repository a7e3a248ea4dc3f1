package sqlstore

import (
	"context"
	"fmt"

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
	_, err = d.db.exec(ctx, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
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
	_, err := d.db.exec(ctx, `UPDATE member SET name = $3, folded = $4, language = $5, country = $6, organisation = $7, topics = $8, zone = $9,
		quote = $10, helper = $11, weekly_cap = $12, reviewer = $13, stopped = $14 WHERE community_id = $1 AND number = $2`,
		m.Community, m.No, m.Name, text.Fold(m.Name), m.Language, m.Country, m.Organisation.No, unwords(m.Topics), m.Zone,
		string(m.Quote), m.Helper, int64(m.WeeklyCap), m.Reviewer, m.Stopped)
	if err != nil {
		return fmt.Errorf("keep a profile: %w", err)
	}
	return nil
}
