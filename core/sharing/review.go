package sharing

import (
	"context"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Reviewed is what came of a curator's look at a resource.
type Reviewed struct {
	Resource Resource
	Again    bool // it was so before: nothing is new
}

// Accept publishes a resource that waits. Only curators may.
func (t *Toolbox) Accept(ctx context.Context, by community.Member, id record.ID) (Reviewed, error) {
	return t.review(ctx, by, id, func(ctx context.Context, r *Resource) (bool, error) {
		if r.State == Published || r.State == Superseded {
			return false, nil
		}
		if r.State != Submitted {
			return false, text.Refuse("sharing.not_waiting", ref(id))
		}
		r.State, r.Reason, r.Modified = Published, "", t.now()
		if r.Issued.IsZero() {
			r.Issued = r.Modified
		}
		return true, t.save(ctx, r, "published", by.No)
	})
}

// Decline gives a resource that waits back to its depositor, who can change it and so hand it in
// again. Only curators may, and they say why.
func (t *Toolbox) Decline(ctx context.Context, by community.Member, id record.ID, reason string) (Reviewed, error) {
	reason, err := wording("reason", reason, MaxReason, false)
	if err != nil {
		return Reviewed{}, err
	}
	return t.review(ctx, by, id, func(ctx context.Context, r *Resource) (bool, error) {
		switch {
		case r.State == Draft:
			return false, nil
		case r.State != Submitted:
			return false, text.Refuse("sharing.not_waiting", ref(id))
		case reason == "":
			return false, text.RefuseArg("reason", "sharing.reason.empty", nil)
		}
		r.State, r.Reason, r.Modified = Draft, reason, t.now()
		return true, t.save(ctx, r, "declined", by.No)
	})
}

func (t *Toolbox) review(ctx context.Context, by community.Member, id record.ID, how func(context.Context, *Resource) (bool, error)) (Reviewed, error) {
	var out Reviewed
	if by.Role < community.RoleCurator {
		return out, text.Refuse("sharing.curators", nil)
	}
	err := t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Reviewed{}
		r, err := t.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := standing(r); err != nil {
			return err
		}
		done, err := how(ctx, r)
		out = Reviewed{Resource: *r, Again: !done}
		return err
	})
	return out, err
}
