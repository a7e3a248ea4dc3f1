package community

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"guildhall/core/text"
)

// What a profile takes.
const (
	MaxName         = 60  // graphemes
	MaxOrganisation = 120 // graphemes
	MaxCap          = 20  // requests a week
)

// Profile is what a member changes of what is known of them; nil leaves a thing as it is.
type Profile struct {
	Name, Language, Country, Organisation, Zone *string
	Topics                                      *[]string
	Helper, Reviewer                            *bool
	WeeklyCap                                   *int
	Quote                                       *Quote
}

// Changed is what came of a change.
type Changed struct {
	Member Member
	// Unconfirmed is the organisation when the member said one that no moderator has confirmed yet.
	Unconfirmed *Organisation
}

// Change changes by's profile. An organisation that nobody named before is added, and counts once a
// moderator has confirmed it.
func (o *Office) Change(ctx context.Context, by Member, p Profile) (Changed, error) {
	var out Changed
	err := o.store.Atomically(ctx, func(ctx context.Context) error {
		out = Changed{}
		m, err := o.store.People.LockMember(ctx, by.Community, by.No)
		if err != nil {
			return fmt.Errorf("load member: %w", err)
		}
		if m.No == 0 || m.Erased {
			return nobody()
		}
		before := m.Organisation.No
		if err := p.apply(&m); err != nil {
			return err
		}
		if p.Organisation != nil {
			if m.Organisation, err = o.organisation(ctx, m, *p.Organisation); err != nil {
				return err
			}
		}
		if err := o.store.People.SetMember(ctx, m); err != nil {
			return err
		}
		if w := m.Organisation; w.No != 0 && w.No != before && !w.Confirmed {
			out.Unconfirmed = &w
		}
		out.Member = m
		return nil
	})
	return out, err
}

func (p Profile) apply(m *Member) error {
	if p.Name != nil {
		name, err := line("name", *p.Name, MaxName)
		if err != nil {
			return err
		}
		if name == "" {
			return text.RefuseArg("name", "community.profile.name", nil)
		}
		m.Name = name
	}
	if p.WeeklyCap != nil {
		if *p.WeeklyCap < 1 || *p.WeeklyCap > MaxCap {
			return text.RefuseArg("cap", "community.profile.cap", text.Args{"n": MaxCap})
		}
		m.WeeklyCap = *p.WeeklyCap
	}
	if p.Topics != nil {
		m.Topics = slices.Compact(slices.Sorted(slices.Values(*p.Topics)))
	}
	set(&m.Language, p.Language)
	set(&m.Country, p.Country)
	set(&m.Zone, p.Zone)
	set(&m.Helper, p.Helper)
	set(&m.Reviewer, p.Reviewer)
	set(&m.Quote, p.Quote)
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

// organisation finds or adds the organisation of that name; empty for none.
func (o *Office) organisation(ctx context.Context, m Member, name string) (Organisation, error) {
	name, err := line("organisation", name, MaxOrganisation)
	if err != nil || strings.Trim(name, " -–—.") == "" {
		return Organisation{}, err
	}
	if !sayable(name) {
		return Organisation{}, text.RefuseArg("organisation", "community.organisation.name", nil)
	}
	org, err := o.store.Organisations.AddOrganisation(ctx, m.Community, Organisation{Name: name, Country: m.Country, Kind: "provider"})
	if err != nil {
		return org, fmt.Errorf("find organisation: %w", err)
	}
	return org, nil
}

// Stop is what a member says who wants to be left alone: never written to first, counted nowhere.
// Start undoes it. Again is true when it was so already.
func (o *Office) Stop(ctx context.Context, by Member, stopped bool) (again bool, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		m, err := o.store.People.LockMember(ctx, by.Community, by.No)
		if err != nil {
			return fmt.Errorf("load member: %w", err)
		}
		if m.No == 0 || m.Erased {
			return nobody()
		}
		if again = m.Stopped == stopped; again {
			return nil
		}
		m.Stopped = stopped
		return o.store.People.SetMember(ctx, m)
	})
	return again, err
}

// GiveRole gives a member a role. Moderators make curators; only admins make moderators and admins,
// or unmake them; the last admin stays one. Everybody may step down. Again is true when the member
// has the role already.
func (o *Office) GiveRole(ctx context.Context, by Member, no int64, r Role) (m Member, again bool, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		admins, err := o.store.People.LockAdmins(ctx, by.Community)
		if err != nil {
			return fmt.Errorf("load admins: %w", err)
		}
		me, err := o.store.People.Member(ctx, by.Community, by.No)
		if err != nil {
			return fmt.Errorf("load member: %w", err)
		}
		if m, err = o.store.People.LockMember(ctx, by.Community, no); err != nil {
			return fmt.Errorf("load member: %w", err)
		}
		if m.No == 0 || m.Erased {
			return nobody()
		}
		if again = m.Role == r; again {
			return nil
		}
		if err := mayGive(me, m, r, len(admins)); err != nil {
			return err
		}
		if err := o.store.People.SetRole(ctx, by.Community, no, r); err != nil {
			return fmt.Errorf("give a role: %w", err)
		}
		m.Role = r
		return o.note(ctx, by, "role."+r.String(), numbered("member", no))
	})
	return m, again, err
}

func mayGive(me, m Member, r Role, admins int) error {
	down := me.No == m.No && r < m.Role
	switch {
	case m.Role == RoleAdmin && admins <= 1:
		return text.RefuseArg("role", "community.role.last_admin", nil)
	case down:
		return nil
	case me.Role < RoleModerator:
		return text.Refuse("chat.role.moderator", nil)
	case me.Role < RoleAdmin && (r >= RoleModerator || m.Role >= RoleModerator):
		return text.RefuseArg("role", "community.role.admin_only", nil)
	}
	return nil
}

// Erase takes everything off a member but the number: their records stay under nobody's name. What
// they left in records is to be erased before, by those who keep them. by is the member themself, or
// an admin for someone who has left. Those who have a role in the community give it back first, so
// that it is never left without anybody.
func (o *Office) Erase(ctx context.Context, by Member, no int64) error {
	return o.store.Atomically(ctx, func(ctx context.Context) error {
		if err := o.MayErase(ctx, by, no); err != nil {
			return err
		}
		if err := o.store.People.Forget(ctx, by.Community, no); err != nil {
			return fmt.Errorf("forget a member: %w", err)
		}
		return o.note(ctx, by, "erased", numbered("member", no))
	})
}

// MayErase says, by a refusal, why by may not erase a member.
func (o *Office) MayErase(ctx context.Context, by Member, no int64) error {
	admins, err := o.store.People.LockAdmins(ctx, by.Community)
	if err != nil {
		return fmt.Errorf("load admins: %w", err)
	}
	m, err := o.store.People.LockMember(ctx, by.Community, no)
	switch {
	case err != nil:
		return fmt.Errorf("load member: %w", err)
	case m.No == 0 || m.Erased:
		return nobody()
	case no != by.No && by.Role < RoleAdmin:
		return text.Refuse("chat.role.admin", nil)
	case no != by.No && m.Role >= RoleModerator:
		return text.Refuse("community.erase.role", nil)
	case m.Role == RoleAdmin && len(admins) <= 1:
		return text.Refuse("community.erase.last_admin", nil)
	}
	return nil
}
