package sharing

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Withdrawal is what came of a resource being taken away.
type Withdrawal struct {
	Resource Resource
	Again    bool     // it was away before: nothing is new
	Drop     []string // contents that nobody refers to any more
}

// Withdraw takes a resource out of the toolbox: its description and content are removed, a tombstone
// with the reason stays. Only its depositor and moderators may.
func (t *Toolbox) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (Withdrawal, error) {
	var out Withdrawal
	reason, err := wording("reason", reason, MaxReason, false)
	if err != nil {
		return out, err
	}
	err = t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Withdrawal{}
		r, err := t.changeable(ctx, by, id)
		if err != nil {
			return err
		}
		if out.Again = r.State == Withdrawn; !out.Again {
			if out.Drop, err = t.withdraw(ctx, r, by.No, reason); err != nil {
				return err
			}
		}
		out.Resource = *r
		return nil
	})
	return out, err
}

// Hide takes a resource off view. Whether by may do so was checked before.
func (t *Toolbox) Hide(ctx context.Context, by community.Member, id record.ID) (Withdrawal, error) {
	return t.setHidden(ctx, by, id, true, "hidden")
}

func (t *Toolbox) setHidden(ctx context.Context, by community.Member, id record.ID, hidden bool, what string) (Withdrawal, error) {
	var out Withdrawal
	err := t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Withdrawal{}
		r, err := t.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if out.Again = r.Hidden == hidden; !out.Again {
			r.Hidden = hidden
			if err := t.save(ctx, r, what, by.No); err != nil {
				return err
			}
		}
		out.Resource = *r
		return nil
	})
	return out, err
}

// Unhide puts a resource back on view. Whether by may do so was checked before.
func (t *Toolbox) Unhide(ctx context.Context, by community.Member, id record.ID) (Withdrawal, error) {
	return t.setHidden(ctx, by, id, false, "unhidden")
}

// withdraw leaves the tombstone.
func (t *Toolbox) withdraw(ctx context.Context, r *Resource, by int64, reason string) ([]string, error) {
	vs, err := t.Versions(ctx, r.Community, r.ID)
	if err != nil {
		return nil, err
	}
	var had []string
	for i := range vs {
		had = append(had, vs[i].Contents()...)
	}
	r.Reason = reason
	if err := t.clear(ctx, r); err != nil {
		return nil, err
	}
	drop, err := t.unneeded(ctx, r.Community, had)
	if err != nil {
		return nil, err
	}
	return drop, t.report(ctx, r, "withdrawn", by)
}

// clear removes all that people wrote and gave.
func (t *Toolbox) clear(ctx context.Context, r *Resource) error {
	vs, err := t.Versions(ctx, r.Community, r.ID)
	if err != nil {
		return err
	}
	for i := range vs {
		vs[i].Content, vs[i].Note = Content{}, ""
		if err := t.store.Versions.SaveVersion(ctx, r.Community, &vs[i]); err != nil {
			return fmt.Errorf("clear version: %w", err)
		}
	}
	r.State, r.Modified, r.Content = Withdrawn, t.now(), Content{}
	r.Title, r.Summary, r.Audience, r.RightsHolder, r.Topics, r.Source = "", "", "", "", nil, record.Source{}
	return t.saveQuietly(ctx, r)
}
