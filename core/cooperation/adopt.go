package cooperation

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// maxQuestions is how often one adoption is asked whether it worked.
const maxQuestions = 6

// Use is what somebody says about applying a practice; nil leaves it as it is.
type Use struct {
	Organisation string // a name; empty: the member's own
	State        AdoptionState
	Changed      *string
	Result       *string
	Reach        *string
}

// Applied is what became of an adoption.
type Applied struct {
	Practice Practice
	Adoption Adoption
	New      bool
	Rose     bool // the evidence level is higher than before
	// By was asked whether it worked until now; 0 for nobody.
	By int64
}

// Adopt records that an organisation applies a practice, or brings its record up to date. An
// organisation that nobody knows yet counts once a moderator confirms it.
//
// Errors: refusals when no organisation is known, for a practice that cannot be applied, and for the
// record of an organisation that the member neither wrote nor belongs to.
func (b *Book) Adopt(ctx context.Context, by community.Member, id record.ID, u Use) (Applied, error) {
	if err := u.check(); err != nil {
		return Applied{}, err
	}
	var out Applied
	_, err := b.change(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice) (string, error) {
		out = Applied{}
		if err := onView(p, by); err != nil {
			return "", err
		}
		if !p.Applicable() {
			return "", wrongState(p, "cooperation.adopt.state")
		}
		org, err := b.organisation(ctx, by, u.Organisation)
		if err != nil {
			return "", err
		}
		a, err := b.adoption(ctx, p, org)
		if err != nil {
			return "", err
		}
		out.New, out.By = a.At.IsZero(), a.Member
		if !out.New && a.Member != by.No && by.Organisation.No != org.No && by.Role < community.RoleModerator {
			return "", text.Refuse("cooperation.adopt.not_yours", text.Args{"organisation": org.Name})
		}
		before := a.State
		u.apply(a)
		a.Member, a.Updated = by.No, b.now()
		if out.New {
			a.At = a.Updated
		}
		if a.State == InUse && before != InUse {
			if err := b.askLater(ctx, a); err != nil {
				return "", err
			}
		}
		if err := b.store.Adoptions.PutAdoption(ctx, a); err != nil {
			return "", fmt.Errorf("keep adoption: %w", err)
		}
		out.Rose, err = b.grade(ctx, p)
		out.Practice, out.Adoption = *p, *a
		return "adopted", err
	})
	return out, err
}

// check cleans what was written.
func (u *Use) check() error {
	for _, f := range []struct {
		arg   string
		words **string
	}{{"changed", &u.Changed}, {"result", &u.Result}, {"reach", &u.Reach}} {
		if *f.words == nil {
			continue
		}
		clean, err := checked(f.arg, **f.words, MaxResult, true)
		if err != nil {
			return err
		}
		*f.words = &clean
	}
	name, err := checked("organisation", u.Organisation, MaxTitle, false)
	u.Organisation = name
	return err
}

func (u *Use) apply(a *Adoption) {
	if u.Changed != nil {
		a.Changed = *u.Changed
	}
	if u.Result != nil {
		a.Result = *u.Result
	}
	if u.Reach != nil {
		a.Reach = *u.Reach
	}
	switch {
	case u.State != "":
		a.State = u.State
	case a.State == "", a.State == Planned && a.Result != "":
		a.State = InUse
	}
}

func (b *Book) organisation(ctx context.Context, by community.Member, name string) (community.Organisation, error) {
	if name == "" {
		if by.Organisation.No == 0 {
			return by.Organisation, text.RefuseArg("organisation", "cooperation.adopt.organisation", nil)
		}
		return by.Organisation, nil
	}
	org, err := b.store.Adoptions.OrganisationNamed(ctx, by.Community, name)
	if err != nil {
		return org, fmt.Errorf("look for organisation: %w", err)
	}
	if org.No == 0 {
		return org, text.RefuseArg("organisation", "cooperation.adopt.organisation", nil)
	}
	return org, nil
}

// adoption is the organisation's record, a new one when there is none.
func (b *Book) adoption(ctx context.Context, p *Practice, org community.Organisation) (*Adoption, error) {
	as, err := b.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return nil, err
	}
	for i := range as {
		if as[i].Organisation.No == org.No {
			return &as[i], nil
		}
	}
	return &Adoption{Community: p.Community, Practice: p.ID, Organisation: org}, nil
}

// askLater has the adoption asked in eight weeks whether it worked.
func (b *Book) askLater(ctx context.Context, a *Adoption) error {
	a.Round++
	if a.Round > maxQuestions {
		return nil
	}
	m := Reminder{Practice: a.Practice, Organisation: a.Organisation.No, Round: a.Round}
	return b.remind(ctx, a.Community, KindEffect, m, b.now().Add(EffectTime))
}

// grade computes the practice's evidence level anew and says whether it rose.
func (b *Book) grade(ctx context.Context, p *Practice) (rose bool, err error) {
	if p.AcceptAt.IsZero() {
		return false, nil
	}
	as, err := b.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return false, err
	}
	before := p.Level
	p.Level = LevelOf(p.Organisation, as)
	return before != Unproven && p.Level.Above(before), nil
}

// Regrade computes the levels of all practices that are applied, since organisations may have been
// confirmed meanwhile, and returns those whose level rose.
func (b *Book) Regrade(ctx context.Context, of int64) ([]Practice, error) {
	ps, err := b.Practices(ctx, of, Filter{States: []State{Accepted, Due, Revised}})
	if err != nil {
		return nil, err
	}
	var out []Practice
	for _, old := range ps {
		as, err := b.Adoptions(ctx, of, old.ID)
		if err != nil {
			return nil, err
		}
		if old.Organisation.No != 0 && LevelOf(old.Organisation, as) == old.Level {
			continue // most are: nothing has to wait for them
		}
		rose := false
		p, err := b.change(ctx, 0, of, old.ID, func(ctx context.Context, p *Practice) (string, error) {
			var err error
			before := p.Level
			if rose, err = b.grade(ctx, p); err != nil || p.Level == before {
				return "", err
			}
			return "graded", nil
		})
		if err != nil {
			return nil, err
		}
		if rose && !p.Hidden {
			out = append(out, p)
		}
	}
	return out, nil
}

// Effect is the adoption that is to be asked whether it worked, eight weeks on; both are nil when
// there is nothing to ask.
func (b *Book) Effect(ctx context.Context, of int64, m Reminder) (*Practice, *Adoption, error) {
	p, err := b.Practice(ctx, of, m.Practice)
	if err != nil || p == nil || p.Hidden || !p.Applicable() {
		return nil, nil, err
	}
	as, err := b.Adoptions(ctx, of, p.ID)
	if err != nil {
		return nil, nil, err
	}
	for i := range as {
		a := &as[i]
		if a.Organisation.No == m.Organisation && a.Round == m.Round && a.State == InUse && a.Result == "" {
			return p, a, nil
		}
	}
	return nil, nil, nil
}

// NotYet has an adoption asked again in eight weeks.
func (b *Book) NotYet(ctx context.Context, by community.Member, id record.ID, org int64) error {
	return b.store.Atomically(ctx, func(ctx context.Context) error {
		p, err := b.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		a, err := b.adoption(ctx, p, community.Organisation{No: org})
		if err != nil || a.At.IsZero() || a.Member != by.No || a.State != InUse {
			return err
		}
		if err := b.askLater(ctx, a); err != nil {
			return err
		}
		if err := b.store.Adoptions.PutAdoption(ctx, a); err != nil {
			return fmt.Errorf("keep adoption: %w", err)
		}
		return nil
	})
}
