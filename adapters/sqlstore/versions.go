package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/record"
	"guildhall/core/sharing"
)

// ResourceVersions keeps the content of resources.
type ResourceVersions struct{ db *DB }

var _ sharing.Versions = ResourceVersions{}

// ResourceVersions keeps the content of resources.
func (db *DB) ResourceVersions() ResourceVersions { return ResourceVersions{db} }

const addResourceVersion = `
	INSERT INTO resource_version (community_id, resource, version, by_member, note, at, link, plain) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`

// AddVersion implements sharing.Versions.
func (t ResourceVersions) AddVersion(ctx context.Context, of int64, v *sharing.Version) error {
	err := t.db.later(ctx, addResourceVersion, of, v.Resource.No, v.No, v.By, v.Note, micros(v.At), v.Link, v.Plain)
	if err != nil {
		return err
	}
	return t.addFiles(ctx, of, v)
}

const addResourceFile = `
	INSERT INTO resource_file (community_id, resource, version, position, name, type, size, sha256, kept, ref)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`

func (t ResourceVersions) addFiles(ctx context.Context, of int64, v *sharing.Version) error {
	for i, f := range v.Files {
		err := t.db.later(ctx, addResourceFile, of, v.Resource.No, v.No, int64(i+1), f.Name, f.Type, f.Size, f.SHA, f.Kept, f.Ref)
		if err != nil {
			return fmt.Errorf("keep file %d: %w", i+1, err)
		}
	}
	return nil
}

const saveResourceVersion = `
	UPDATE resource_version SET link = $4, plain = $5, note = CASE WHEN CAST($6 AS BOOLEAN) THEN '' ELSE note END
	WHERE community_id = $1 AND resource = $2 AND version = $3`

const dropResourceFiles = `DELETE FROM resource_file WHERE community_id = $1 AND resource = $2 AND version = $3`

// SaveVersion implements sharing.Versions. A note can only be taken away, with the content.
func (t ResourceVersions) SaveVersion(ctx context.Context, of int64, v *sharing.Version) error {
	cleared := v.IsEmpty() && v.Note == ""
	if err := t.db.later(ctx, saveResourceVersion, of, v.Resource.No, v.No, v.Link, v.Plain, cleared); err != nil {
		return err
	}
	if err := t.db.later(ctx, dropResourceFiles, of, v.Resource.No, v.No); err != nil {
		return err
	}
	return t.addFiles(ctx, of, v)
}

const versionColumns = `resource, version, by_member, note, at, link, plain`

const resourceVersions = `SELECT ` + versionColumns + ` FROM resource_version WHERE community_id = $1 AND resource = $2 ORDER BY version`

// Versions implements sharing.Versions.
func (t ResourceVersions) Versions(ctx context.Context, of int64, id record.ID) ([]sharing.Version, error) {
	return t.all(ctx, of, resourceVersions, of, id.No)
}

const resourceVersionsOf = `
	SELECT ` + versionColumns + ` FROM resource_version WHERE community_id = $1 AND by_member = $2 ORDER BY at, resource, version`

// VersionsOf implements sharing.Versions.
func (t ResourceVersions) VersionsOf(ctx context.Context, of, member int64) ([]sharing.Version, error) {
	return t.all(ctx, of, resourceVersionsOf, of, member)
}

func (t ResourceVersions) all(ctx context.Context, of int64, query string, args ...any) ([]sharing.Version, error) {
	var out []sharing.Version
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		var v sharing.Version
		var no, at int64
		err := scan(&no, &v.No, &v.By, &v.Note, &at, &v.Link, &v.Plain)
		v.Resource, v.At = resourceID(no), instant(at)
		out = append(out, v)
		return err
	})
	for i := range out {
		if err == nil {
			out[i].Files, err = t.files(ctx, of, out[i].Resource.No, out[i].No)
		}
	}
	return out, err
}

const resourceLink = `SELECT link, plain FROM resource_version WHERE community_id = $1 AND resource = $2 AND version = $3`

// content is what one version is made of.
func (t ResourceVersions) content(ctx context.Context, of, resource, version int64) (sharing.Content, error) {
	var c sharing.Content
	_, err := t.db.one(ctx, resourceLink, []any{of, resource, version}, &c.Link, &c.Plain)
	if err == nil {
		c.Files, err = t.files(ctx, of, resource, version)
	}
	return c, err
}

const resourceFiles = `
	SELECT name, type, size, sha256, kept, ref FROM resource_file
	WHERE community_id = $1 AND resource = $2 AND version = $3 ORDER BY position`

func (t ResourceVersions) files(ctx context.Context, of, resource, version int64) ([]sharing.File, error) {
	var out []sharing.File
	err := t.db.each(ctx, resourceFiles, []any{of, resource, version}, func(scan func(into ...any) error) error {
		var f sharing.File
		err := scan(&f.Name, &f.Type, &f.Size, &f.SHA, &f.Kept, &f.Ref)
		out = append(out, f)
		return err
	})
	return out, err
}

// Needed implements sharing.Versions.
func (t ResourceVersions) Needed(ctx context.Context, contents []string) ([]string, error) {
	var out []string
	for len(contents) > 0 {
		some := contents[:min(len(contents), 500)] // engines take a limited number of parameters
		contents = contents[len(some):]
		var marks []string
		var args []any
		for i, c := range some {
			marks, args = append(marks, fmt.Sprintf("$%d", i+1)), append(args, c)
		}
		query := `SELECT DISTINCT sha256 FROM resource_file WHERE kept = TRUE AND sha256 IN (` + strings.Join(marks, ", ") + `) ORDER BY sha256`
		err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
			var sha string
			err := scan(&sha)
			out = append(out, sha)
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
