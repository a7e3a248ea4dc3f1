package sharing

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Versioned is what came of a new version.
type Versioned struct {
	Resource Resource
	Version  Version
	Users    []int64  // who said that they used an older one, to be told; without who added this one
	Sent     bool     // the resource had been given back and waits for a curator again
	Drop     []string // contents that were fetched for it and are not kept
}

// AddVersion gives a resource new content under the same id; older versions stay. Only its depositor
// and moderators may.
//
// Errors: refusals for a stranger, a withdrawn resource, no content, and for what is in the newest
// version already.
func (t *Toolbox) AddVersion(ctx context.Context, by community.Member, id record.ID, link string, files []File, note string) (Versioned, error) {
	var out Versioned
	c, err := t.content(link, files)
	if err != nil {
		return out, err
	}
	if c.IsEmpty() {
		return out, text.RefuseArg("file", "sharing.empty", nil)
	}
	if note, err = wording("note", note, MaxNote, true); err != nil {
		return out, err
	}
	fetched := c.Contents()
	err = t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Versioned{}
		r, err := t.changeable(ctx, by, id)
		if err != nil {
			return err
		}
		if err := standing(r); err != nil {
			return err
		}
		if r.Same(c) {
			return text.Refuse("sharing.version.same", text.Args{"id": text.Record(id.String()), "version": r.Version})
		}
		if out, err = t.addVersion(ctx, by, r, c, note); err != nil {
			return err
		}
		out.Drop, err = t.unneeded(ctx, r.Community, fetched)
		return err
	})
	return out, err
}

func (t *Toolbox) addVersion(ctx context.Context, by community.Member, r *Resource, c Content, note string) (Versioned, error) {
	var out Versioned
	if !r.MayKeep() {
		c = c.unkept()
		if c.Link == "" && r.Source.Message == "" && r.Source.URL == "" {
			return out, text.RefuseArg("link", "sharing.licence.needed", nil)
		}
	}
	r.Content, r.Modified = c, t.now()
	r.Version++
	v := Version{Resource: r.ID, No: r.Version, By: by.No, Note: note, At: r.Modified, Content: c}
	if err := t.store.Versions.AddVersion(ctx, r.Community, &v); err != nil {
		return out, fmt.Errorf("keep version %d of %s: %w", v.No, r.ID, err)
	}
	what := "versioned"
	if r.State == Draft {
		r.State, r.Reason, out.Sent, what = Submitted, "", true, "submitted"
	}
	if err := t.save(ctx, r, what, by.No); err != nil {
		return out, err
	}
	uses, err := t.Uses(ctx, r.Community, r.ID)
	if err != nil {
		return out, err
	}
	for _, u := range uses {
		if u.Member != by.No && u.Version < v.No {
			out.Users = append(out.Users, u.Member)
		}
	}
	out.Resource, out.Version = *r, v
	return out, t.fetch(ctx, r)
}
