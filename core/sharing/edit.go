package sharing

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Edit is what is to be changed of a resource's description; nil leaves a field as it is.
type Edit struct {
	Title, Summary, Language, RightsHolder, Audience *string
	Kind                                             *Kind
	Licence                                          *Licence
	Topics                                           *[]string
	Level                                            *int
	ReplacedBy                                       *record.ID // what supersedes it; the zero ID undoes that
}

// Edited is what came of a change.
type Edited struct {
	Resource Resource
	Sent     bool     // it had been given back and waits for a curator again
	LetGo    bool     // copies are removed that were kept
	Missing  bool     // its licence allows copies, and not all files could be fetched
	Drop     []string // contents that nobody refers to any more
}

// Edit changes a resource's description. Only its depositor and moderators may. A licence that
// allows no copies removes those that are kept.
func (t *Toolbox) Edit(ctx context.Context, by community.Member, id record.ID, e Edit) (Edited, error) {
	var out Edited
	err := t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Edited{}
		r, err := t.changeable(ctx, by, id)
		if err != nil {
			return err
		}
		if err := standing(r); err != nil {
			return err
		}
		if err := e.apply(r); err != nil {
			return err
		}
		if err := t.supersede(ctx, r, e.ReplacedBy); err != nil {
			return err
		}
		if e.Licence != nil {
			if err := reachable(r); err != nil && len(r.Files) > 0 {
				return err
			}
			if out.Drop, out.LetGo, err = t.keepNone(ctx, r); err != nil {
				return err
			}
		}
		r.Modified = t.now()
		what := "edited"
		if r.State == Draft {
			r.State, r.Reason, out.Sent, what = Submitted, "", true, "submitted"
		}
		if err := t.save(ctx, r, what, by.No); err != nil {
			return err
		}
		for _, f := range r.Files {
			out.Missing = out.Missing || r.MayKeep() && !f.Kept && f.Ref == ""
		}
		out.Resource = *r
		return t.fetch(ctx, r)
	})
	return out, err
}

// apply changes r's fields, each of them checked.
func (e Edit) apply(r *Resource) (err error) {
	if e.Title != nil {
		if r.Title, err = titled(*e.Title); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		arg   string
		from  *string
		into  *string
		most  int
		lines bool
	}{
		{"summary", e.Summary, &r.Summary, MaxSummary, true},
		{"rights", e.RightsHolder, &r.RightsHolder, MaxAudience, false},
		{"audience", e.Audience, &r.Audience, MaxAudience, false},
	} {
		if f.from == nil {
			continue
		}
		if *f.into, err = wording(f.arg, *f.from, f.most, f.lines); err != nil {
			return err
		}
	}
	if e.Language != nil {
		r.Language = *e.Language
	}
	if e.Kind != nil {
		r.Kind = *e.Kind
	}
	if e.Level != nil {
		r.Level = *e.Level
	}
	if e.Licence != nil {
		if r.Licence, err = licensed(*e.Licence); err != nil {
			return err
		}
	}
	if e.Topics != nil {
		if r.Topics, err = topics(*e.Topics); err != nil {
			return err
		}
	}
	if err := kind(r.Kind); err != nil {
		return err
	}
	return level(r.Level)
}

// supersede notes what takes a resource's place, or that nothing does.
func (t *Toolbox) supersede(ctx context.Context, r *Resource, by *record.ID) error {
	if by == nil || *by == r.ReplacedBy {
		return nil
	}
	if by.IsZero() {
		r.ReplacedBy = record.ID{}
		if r.State == Superseded {
			r.State = Published
		}
		return nil
	}
	if r.State != Published && r.State != Superseded || *by == r.ID {
		return text.RefuseArg("replaced_by", "sharing.replaced", ref(r.ID))
	}
	other, err := t.Resource(ctx, r.Community, *by)
	if err != nil {
		return err
	}
	if other == nil || other.State != Published || other.Hidden {
		return text.RefuseArg("replaced_by", "sharing.replaced", ref(r.ID))
	}
	r.State, r.ReplacedBy = Superseded, *by
	link := record.Link{Community: r.Community, From: r.ID, To: *by, How: "replaced by", At: t.now()}
	if err := t.store.Trails.Link(ctx, link); err != nil {
		return fmt.Errorf("link %s to what replaces it: %w", r.ID, err)
	}
	return nil
}

// keepNone lets go of all copies of a resource whose licence allows none.
func (t *Toolbox) keepNone(ctx context.Context, r *Resource) (drop []string, any bool, err error) {
	if r.Licence.AllowsCopies() {
		return nil, false, nil
	}
	vs, err := t.Versions(ctx, r.Community, r.ID)
	if err != nil {
		return nil, false, err
	}
	var had []string
	for i := range vs {
		if len(vs[i].Contents()) == 0 {
			continue
		}
		had = append(had, vs[i].Contents()...)
		vs[i].Content = vs[i].unkept()
		if err := t.store.Versions.SaveVersion(ctx, r.Community, &vs[i]); err != nil {
			return nil, false, fmt.Errorf("save version: %w", err)
		}
	}
	r.Content = r.unkept()
	drop, err = t.unneeded(ctx, r.Community, had)
	return drop, len(had) > 0, err
}
