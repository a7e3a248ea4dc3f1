package sharing

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Use is a member's word that they used a resource.
type Use struct {
	Resource     record.ID
	Member       int64
	Organisation community.Organisation // as said then; from the store as it is known today, merged ones as one
	Silent       bool                   // the member wants to be counted nowhere
	Version      int64
	Note         string
	At           time.Time
}

// Reach is how far a resource has come.
type Reach struct {
	Members       int
	Organisations int // that a moderator has confirmed
	Countries     int // of those organisations
}

// Count sums uses up. An organisation that is missing or unconfirmed never counts, and neither does
// a country that nobody named; who wants to be counted nowhere is not.
func Count(uses []Use) Reach {
	members, organisations, countries := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
	for _, u := range uses {
		if u.Silent {
			continue
		}
		members[u.Member] = true
		o := u.Organisation
		if o.No == 0 || !o.Confirmed {
			continue
		}
		organisations[o.No] = true
		if o.Country != "" {
			countries[o.Country] = true
		}
	}
	return Reach{len(members), len(organisations), len(countries)}
}

// Organisations are the names of those whose members used something, in the order in which they did,
// as far as they count.
func Organisations(uses []Use) []string {
	var out []string
	seen := map[int64]bool{}
	for _, u := range uses {
		if o := u.Organisation; !u.Silent && o.No != 0 && o.Confirmed && !seen[o.No] {
			seen[o.No] = true
			out = append(out, o.Name)
		}
	}
	return out
}

// Used is what came of somebody's saying that they used a resource.
type Used struct {
	Resource Resource
	Fresh    bool // they had not said so before
	First    bool // nobody of their organisation had
	Reach    Reach
}

// Used notes that a member used a resource, once; saying it again changes the note, if one is given,
// and the version. Only what is published can have been used.
func (t *Toolbox) Used(ctx context.Context, by community.Member, id record.ID, note string) (Used, error) {
	var out Used
	note, err := wording("note", note, MaxNote, true)
	if err != nil {
		return out, err
	}
	err = t.store.Atomically(ctx, func(ctx context.Context) error {
		out = Used{}
		r, err := t.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := standing(r); err != nil {
			return err
		}
		if !r.Public() {
			if r.MayRead(by) && !r.Hidden {
				return text.Refuse("sharing.used.early", ref(id))
			}
			return text.Refuse("chat.hidden", nil)
		}
		u := Use{Resource: id, Member: by.No, Organisation: by.Organisation, Version: r.Version, Note: note, At: t.now()}
		if out.Fresh, err = t.store.Uses.AddUse(ctx, by.Community, &u); err != nil {
			return fmt.Errorf("keep use: %w", err)
		}
		if out.Fresh {
			r.Uses++
			if err := t.save(ctx, r, "used", by.No); err != nil {
				return err
			}
		}
		uses, err := t.Uses(ctx, by.Community, id)
		out.Resource, out.Reach = *r, Count(uses)
		out.First = out.Fresh && alone(uses, by)
		return err
	})
	return out, err
}

// alone says whether nobody else of a member's organisation is among those who used something.
func alone(uses []Use, by community.Member) bool {
	for _, u := range uses {
		if u.Member != by.No && u.Organisation.No != 0 && u.Organisation.No == by.Organisation.No {
			return false
		}
	}
	return by.Organisation.No != 0
}

// Uses are the uses of a resource, oldest first.
func (t *Toolbox) Uses(ctx context.Context, of int64, id record.ID) ([]Use, error) {
	us, err := t.store.Uses.UsesOf(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load uses of %s: %w", id, err)
	}
	return us, nil
}
