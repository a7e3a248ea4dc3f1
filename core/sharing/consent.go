package sharing

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// askCreator asks a new resource's creator, or takes their standing answer; all is its content with
// the files that may then be kept. A creator who is never to be quoted leaves a link, or a refusal.
func (t *Toolbox) askCreator(ctx context.Context, r *Resource, all Content, out *Deposited) error {
	m, err := t.store.Members.Member(ctx, r.Community, r.Creator)
	if err != nil {
		return fmt.Errorf("load creator: %w", err)
	}
	answer, err := t.store.Consents.Ask(ctx, m, r.Subject().String(), t.now())
	if err != nil {
		return fmt.Errorf("ask creator: %w", err)
	}
	out.Ask = answer == community.ConsentWaiting
	if out.Ask {
		return nil
	}
	r.Said = answer
	if r.MayKeep() {
		r.Content = all
	} else {
		r.Content = r.unkept()
	}
	if answer == community.ConsentNo {
		if r.Link == "" {
			return text.Refuse("sharing.creator.no", nil)
		}
		r.Files = nil
	}
	if err := t.store.Versions.SaveVersion(ctx, r.Community, r.newest()); err != nil {
		return fmt.Errorf("save version: %w", err)
	}
	return t.saveQuietly(ctx, r)
}

// newest is the version that holds the resource's content, for saving the content.
func (r *Resource) newest() *Version {
	return &Version{Resource: r.ID, No: r.Version, Content: r.Content}
}

func (t *Toolbox) saveQuietly(ctx context.Context, r *Resource) error {
	if err := t.store.Resources.Save(ctx, r); err != nil {
		return fmt.Errorf("save resource %s: %w", r.ID, err)
	}
	return nil
}

// Consented follows a creator's answer to whether their work may be kept. After yes its files are
// fetched. After no only a link stays, without the name, and where there is none, the tombstone.
func (t *Toolbox) Consented(ctx context.Context, of int64, s record.Subject, member int64, answer community.Answer) error {
	return t.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := t.store.Resources.Lock(ctx, of, s.ID)
		if err != nil || r == nil {
			return err
		}
		if s.Part != 0 || r.Creator != member || member == 0 || r.State == Withdrawn || r.Said == answer {
			return nil
		}
		r.Said, r.Modified = answer, t.now()
		if answer == community.ConsentNo {
			return t.refused(ctx, r)
		}
		if err := t.save(ctx, r, "edited", member); err != nil {
			return err
		}
		return t.fetch(ctx, r)
	})
}

// Deleted follows the deletion of a message that something was deposited from. A resource stays, but
// whoever deletes what they have not yet agreed to has said no.
func (t *Toolbox) Deleted(ctx context.Context, of int64, from record.Source) error {
	return t.store.Atomically(ctx, func(ctx context.Context) error {
		ids, err := t.store.Resources.From(ctx, of, from)
		if err != nil {
			return fmt.Errorf("find what is from a message: %w", err)
		}
		for _, id := range ids {
			r, err := t.locked(ctx, of, id)
			if err != nil {
				return err
			}
			r.Source.Message, r.Source.URL = "", ""
			if r.Awaits() {
				r.Said, r.Modified = community.ConsentNo, t.now()
				err = t.refused(ctx, r)
			} else {
				err = t.save(ctx, r, "edited", 0)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// refused takes away what a creator does not want to be kept, and has the depositor told.
func (t *Toolbox) refused(ctx context.Context, r *Resource) error {
	no := SaidNo{Resource: r.ID, Title: r.Title}
	it := work.New(KindSaidNo, "", fmt.Sprintf("sharing/%d/%s/no", r.Community, r.ID), no).In(r.Community)
	if err := t.store.Queue.Add(ctx, it); err != nil {
		return fmt.Errorf("queue word to the depositor: %w", err)
	}
	if r.Link == "" {
		_, err := t.withdraw(ctx, r, 0, "")
		return err
	}
	vs, err := t.Versions(ctx, r.Community, r.ID)
	if err != nil {
		return err
	}
	var had []string
	for i := range vs {
		had = append(had, vs[i].Contents()...)
		vs[i].Files = nil
		if err := t.store.Versions.SaveVersion(ctx, r.Community, &vs[i]); err != nil {
			return fmt.Errorf("save version: %w", err)
		}
	}
	r.Files = nil
	if _, err := t.unneeded(ctx, r.Community, had); err != nil {
		return err
	}
	return t.save(ctx, r, "edited", 0)
}
