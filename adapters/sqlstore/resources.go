package sqlstore

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/record"
	"guildhall/core/sharing"
)

// Resources keeps the toolbox.
type Resources struct{ db *DB }

var _ sharing.Resources = Resources{}

// Resources keeps the toolbox.
func (db *DB) Resources() Resources { return Resources{db} }

const resourceColumns = `number, state, hidden, reason, depositor, creator, said, title, summary, kind, language, licence, rights_holder,
	topics, level, audience, replaced_by, version, uses, created, issued, modified,
	source_platform, source_space, source_room, source_thread, source_message, source_url`

func scanResource(scan func(into ...any) error, of int64) (sharing.Resource, error) {
	r := sharing.Resource{Community: of}
	var no, replaced, created, issued, modified int64
	var topics string
	s := &r.Source
	err := scan(&no, &r.State, &r.Hidden, &r.Reason, &r.Depositor, &r.Creator, &r.Said, &r.Title, &r.Summary, &r.Kind, &r.Language,
		&r.Licence, &r.RightsHolder, &topics, &r.Level, &r.Audience, &replaced, &r.Version, &r.Uses, &created, &issued, &modified,
		&s.Platform, &s.Space, &s.Room, &s.Thread, &s.Message, &s.URL)
	r.ID = resourceID(no)
	if replaced != 0 {
		r.ReplacedBy = resourceID(replaced)
	}
	if topics != "" {
		r.Topics = strings.Fields(topics)
	}
	r.Created, r.Issued, r.Modified = instant(created), instant(issued), instant(modified)
	return r, err
}

func resourceID(no int64) record.ID { return record.ID{Letter: sharing.Letter, No: no} }

func (t Resources) all(ctx context.Context, of int64, query string, args ...any) ([]sharing.Resource, error) {
	var out []sharing.Resource
	err := t.db.each(ctx, query, args, func(scan func(into ...any) error) error {
		r, err := scanResource(scan, of)
		out = append(out, r)
		return err
	})
	return out, err
}

const addResource = `
	INSERT INTO resource (community_id, number, state, hidden, reason, depositor, creator, said, title, summary, kind, language, licence,
		rights_holder, topics, level, audience, replaced_by, version, uses, created, issued, modified,
		source_platform, source_space, source_room, source_thread, source_message, source_url)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27,
		$28, $29)`

// Add implements sharing.Resources.
func (t Resources) Add(ctx context.Context, r *sharing.Resource, v *sharing.Version, anyway bool) (record.ID, error) {
	no, err := t.db.next(ctx, r.Community, string(rune(sharing.Letter)))
	if err != nil {
		return record.ID{}, err
	}
	if !anyway {
		// The counter's row is ours to the commit: a twin that was added at the same time is there by now.
		if twin, err := t.Twin(ctx, r.Community, r.Content); err != nil || !twin.IsZero() {
			return twin, err
		}
	}
	r.ID = resourceID(no)
	v.Resource = r.ID
	s := r.Source
	err = t.db.later(ctx, addResource, r.Community, no, string(r.State), r.Hidden, r.Reason, r.Depositor, r.Creator, string(r.Said), r.Title,
		r.Summary, string(r.Kind), r.Language, string(r.Licence), r.RightsHolder, strings.Join(r.Topics, " "), int64(r.Level), r.Audience,
		r.ReplacedBy.No, r.Version, r.Uses, micros(r.Created), micros(r.Issued), micros(r.Modified),
		s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	if err != nil {
		return record.ID{}, err
	}
	return record.ID{}, t.db.ResourceVersions().AddVersion(ctx, r.Community, v)
}

const twinByLink = `
	SELECT COALESCE(MIN(v.resource), 0) FROM resource_version v
	JOIN resource r ON r.community_id = v.community_id AND r.number = v.resource
	WHERE v.community_id = $1 AND v.plain = $2 AND v.plain <> '' AND r.state <> 'withdrawn'`

const twinByContent = `
	SELECT COALESCE(MIN(f.resource), 0) FROM resource_file f
	JOIN resource r ON r.community_id = f.community_id AND r.number = f.resource
	WHERE f.community_id = $1 AND f.sha256 = $2 AND f.sha256 <> '' AND r.state <> 'withdrawn'`

// Twin implements sharing.Resources.
func (t Resources) Twin(ctx context.Context, of int64, c sharing.Content) (record.ID, error) {
	var first int64
	look := func(query, value string) error {
		if value == "" {
			return nil
		}
		var no int64
		if _, err := t.db.one(ctx, query, []any{of, value}, &no); err != nil {
			return err
		}
		if no != 0 && (first == 0 || no < first) {
			first = no
		}
		return nil
	}
	if err := look(twinByLink, c.Plain); err != nil {
		return record.ID{}, err
	}
	for _, f := range c.Files {
		if err := look(twinByContent, f.SHA); err != nil {
			return record.ID{}, err
		}
	}
	if first == 0 {
		return record.ID{}, nil
	}
	return resourceID(first), nil
}

const resourceByNumber = `SELECT ` + resourceColumns + ` FROM resource WHERE community_id = $1 AND number = $2`

// ByID implements sharing.Resources.
func (t Resources) ByID(ctx context.Context, of int64, id record.ID) (*sharing.Resource, error) {
	return t.get(ctx, of, id, "")
}

// Lock implements sharing.Resources.
func (t Resources) Lock(ctx context.Context, of int64, id record.ID) (*sharing.Resource, error) {
	return t.get(ctx, of, id, t.db.forUpdate())
}

func (t Resources) get(ctx context.Context, of int64, id record.ID, lock string) (*sharing.Resource, error) {
	if id.Letter != sharing.Letter {
		return nil, nil
	}
	rs, err := t.all(ctx, of, resourceByNumber+lock, of, id.No)
	if err != nil || len(rs) == 0 {
		return nil, err
	}
	r := &rs[0]
	r.Content, err = t.db.ResourceVersions().content(ctx, of, id.No, r.Version)
	return r, err
}

const saveResource = `
	UPDATE resource SET state = $3, hidden = $4, reason = $5, creator = $6, said = $7, title = $8, summary = $9, kind = $10, language = $11,
		licence = $12, rights_holder = $13, topics = $14, level = $15, audience = $16, replaced_by = $17, version = $18, uses = $19,
		issued = $20, modified = $21, source_platform = $22, source_space = $23, source_room = $24, source_thread = $25,
		source_message = $26, source_url = $27
	WHERE community_id = $1 AND number = $2`

// Save implements sharing.Resources.
func (t Resources) Save(ctx context.Context, r *sharing.Resource) error {
	s := r.Source
	err := t.db.later(ctx, saveResource, r.Community, r.ID.No, string(r.State), r.Hidden, r.Reason, r.Creator, string(r.Said), r.Title,
		r.Summary, string(r.Kind), r.Language, string(r.Licence), r.RightsHolder, strings.Join(r.Topics, " "), int64(r.Level), r.Audience,
		r.ReplacedBy.No, r.Version, r.Uses, micros(r.Issued), micros(r.Modified), s.Platform, s.Space, s.Room, s.Thread, s.Message, s.URL)
	return err
}

// List implements sharing.Resources.
func (t Resources) List(ctx context.Context, of int64, f sharing.Filter) ([]sharing.Resource, error) {
	where, args := []string{"community_id = $1"}, []any{of}
	param := func(v any) string { args = append(args, v); return fmt.Sprintf("$%d", len(args)) }
	if len(f.States) > 0 {
		var ps []string
		for _, s := range f.States {
			ps = append(ps, param(string(s)))
		}
		where = append(where, "state IN ("+strings.Join(ps, ", ")+")")
	}
	if f.Depositor != 0 {
		where = append(where, "depositor = "+param(f.Depositor))
	}
	if f.Creator != 0 {
		where = append(where, "creator = "+param(f.Creator))
	}
	if f.Depositor == 0 && f.Creator == 0 {
		where = append(where, "hidden = FALSE")
	}
	query := `SELECT ` + resourceColumns + ` FROM resource WHERE ` + strings.Join(where, " AND ") + ` ORDER BY number`
	if !f.Oldest {
		query += " DESC"
	}
	if f.N > 0 {
		query += " LIMIT " + param(int64(f.N)) + " OFFSET " + param(int64(f.Skip))
	}
	return t.all(ctx, of, query, args...)
}

const resourcesFrom = `
	SELECT number FROM resource
	WHERE community_id = $1 AND source_platform = $2 AND source_room = $3 AND source_message = $4 AND state <> 'withdrawn' ORDER BY number`

// From implements sharing.Resources.
func (t Resources) From(ctx context.Context, of int64, s record.Source) ([]record.ID, error) {
	if s.Message == "" {
		return nil, nil
	}
	var out []record.ID
	err := t.db.each(ctx, resourcesFrom, []any{of, s.Platform, s.Room, s.Message}, func(scan func(into ...any) error) error {
		var no int64
		err := scan(&no)
		out = append(out, resourceID(no))
		return err
	})
	return out, err
}

const publishedResources = `
	SELECT COUNT(*) FROM resource
	WHERE community_id = $1 AND depositor = $2 AND state IN ('published', 'superseded') AND hidden = FALSE`

// Published implements sharing.Resources.
func (t Resources) Published(ctx context.Context, of, depositor int64) (int, error) {
	var n int
	_, err := t.db.one(ctx, publishedResources, []any{of, depositor}, &n)
	return n, err
}
