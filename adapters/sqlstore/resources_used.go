package sqlstore

import (
	"context"

	"guildhall/core/record"
	"guildhall/core/sharing"
)

// ResourceUses keeps who used what of the toolbox.
type ResourceUses struct{ db *DB }

var _ sharing.Uses = ResourceUses{}

// ResourceUses keeps who used what of the toolbox.
func (db *DB) ResourceUses() ResourceUses { return ResourceUses{db} }

const addResourceUse = `
	INSERT INTO resource_use (community_id, resource, member, organisation, version, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
	ON CONFLICT (community_id, resource, member) DO NOTHING`

const saveResourceUse = `
	UPDATE resource_use SET organisation = $4, version = $5, note = CASE WHEN CAST($6 AS TEXT) = '' THEN note ELSE CAST($6 AS TEXT) END
	WHERE community_id = $1 AND resource = $2 AND member = $3`

// AddUse implements sharing.Uses. The time of a use is that of the first word about it.
func (t ResourceUses) AddUse(ctx context.Context, of int64, u *sharing.Use) (bool, error) {
	n, err := t.db.exec(ctx, addResourceUse, of, u.Resource.No, u.Member, u.Organisation.No, u.Version, u.Note, micros(u.At))
	if err != nil || n > 0 {
		return n > 0, err
	}
	err = t.db.later(ctx, saveResourceUse, of, u.Resource.No, u.Member, u.Organisation.No, u.Version, u.Note)
	return false, err
}

// useColumns follow a merged organisation to the one that it was merged into; one that was merged in
// its turn, once more.
const useColumns = `
	SELECT u.resource, u.member, u.version, u.note, u.at, COALESCE(m.stopped, FALSE),
		COALESCE(c.number, b.number, a.number, 0), COALESCE(c.name, b.name, a.name, ''), COALESCE(c.country, b.country, a.country, ''),
		COALESCE(c.confirmed, b.confirmed, a.confirmed, FALSE)
	FROM resource_use u
	LEFT JOIN member m ON m.community_id = u.community_id AND m.number = u.member
	LEFT JOIN organisation a ON a.community_id = u.community_id AND a.number = u.organisation
	LEFT JOIN organisation b ON b.community_id = u.community_id AND b.number = a.merged_into
	LEFT JOIN organisation c ON c.community_id = u.community_id AND c.number = b.merged_into`

const usesOfResource = useColumns + ` WHERE u.community_id = $1 AND u.resource = $2 ORDER BY u.at, u.member`

// UsesOf implements sharing.Uses.
func (t ResourceUses) UsesOf(ctx context.Context, of int64, id record.ID) ([]sharing.Use, error) {
	return t.all(ctx, usesOfResource, of, id.No)
}

const resourcesUsedBy = useColumns + ` WHERE u.community_id = $1 AND u.member = $2 ORDER BY u.at, u.resource`

// UsedBy implements sharing.Uses.
func (t ResourceUses) UsedBy(ctx context.Context, of, member int64) ([]sharing.Use, error) {
	return t.all(ctx, resourcesUsedBy, of, member)
}

func (t ResourceUses) all(ctx context.Context, query string, args ...any) ([]sharing.Use, error) {
	var out []sharing.Use
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		var u sharing.Use
		var no, at int64
		o := &u.Organisation
		err := scan(&no, &u.Member, &u.Version, &u.Note, &at, &u.Silent, &o.No, &o.Name, &o.Country, &o.Confirmed)
		u.Resource, u.At = resourceID(no), instant(at)
		out = append(out, u)
		return err
	})
	return out, err
}

const dropResourceUse = `DELETE FROM resource_use WHERE community_id = $1 AND resource = $2 AND member = $3`

// DropUse implements sharing.Uses.
func (t ResourceUses) DropUse(ctx context.Context, of int64, id record.ID, member int64) error {
	err := t.db.later(ctx, dropResourceUse, of, id.No, member)
	return err
}
