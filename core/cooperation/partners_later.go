package cooperation

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// KindPartners is the work that a partnership begins, is about to end, or has ended.
const KindPartners = "cooperation.partners"

// remindHour is when people are reminded, in the community's zone.
const remindHour = 9

// SoonDays is how many days before its end those who speak for a partnership are told.
const SoonDays = 30

// PartnerReminder is its body.
type PartnerReminder struct {
	ID    record.ID `json:"id"`
	What  string    `json:"what"`  // begin, soon, over
	Until string    `json:"until"` // the end that it was made for
}

// The days of a partnership that matter.
const (
	PartnersBegin = "begin"
	PartnersSoon  = "soon"
	PartnersOver  = "over"
)

// remind sees to it that a partnership that was agreed begins and ends on its days.
func (s *Partners) remind(ctx context.Context, com community.Community, g *Partnership) error {
	at := func(d text.Date) time.Time {
		return time.Date(d.Year, d.Month, d.Day, remindHour, 0, 0, 0, com.Location())
	}
	days := map[string]time.Time{}
	if g.State == PartnersAgreed {
		days[PartnersBegin] = at(g.From)
	}
	if !g.Until.IsZero() {
		days[PartnersSoon], days[PartnersOver] = at(g.Until.AddDays(-SoonDays)), at(g.Until.AddDays(1))
	}
	var items []work.Item
	for what, due := range days {
		if what == PartnersSoon && !due.After(s.now()) {
			continue // so short that everybody knows
		}
		m := PartnerReminder{ID: g.ID, What: what, Until: g.Until.String()}
		key := fmt.Sprintf("%s/%d/%s/%s/%s", KindPartners, g.Community, g.ID, what, m.Until)
		items = append(items, work.New(KindPartners, "", key, m).In(g.Community).At(due))
	}
	if len(items) == 0 {
		return nil
	}
	if err := s.store.Queue.Add(ctx, items...); err != nil {
		return fmt.Errorf("queue reminders of %s: %w", g.ID, err)
	}
	return nil
}

// Turn follows a reminder: it returns the partnership that begins, is about to end, or has ended;
// nil when the reminder has been overtaken.
func (s *Partners) Turn(ctx context.Context, of int64, m PartnerReminder) (*Partnership, error) {
	var out *Partnership
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		out = nil
		g, err := s.store.Partnerships.LockPartnership(ctx, of, m.ID)
		if err != nil || g == nil || !g.State.Stands() || g.Until.String() != m.Until {
			return err
		}
		switch m.What {
		case PartnersBegin:
			if g.State == PartnersActive {
				return nil
			}
			g.State = PartnersActive
			err = s.save(ctx, g, "began", 0)
		case PartnersOver:
			g.State = PartnersEnded
			err = s.save(ctx, g, "ended", 0)
		}
		if !g.Hidden {
			out = g
		}
		return err
	})
	return out, err
}

// Offer looks at drafts again: one for each of whose organisations somebody can answer by now is
// offered.
func (s *Partners) Offer(ctx context.Context, of int64) ([]Offer, error) {
	drafts, err := s.List(ctx, of, PartnerFilter{States: []PartnershipState{PartnersDraft}})
	if err != nil {
		return nil, err
	}
	var out []Offer
	for _, d := range drafts {
		o, err := s.change(ctx, community.Member{Community: of}, d.ID, func(ctx context.Context, g *Partnership, o *Offer) (string, error) {
			if g.State != PartnersDraft || g.Hidden {
				return "", nil
			}
			if err := s.offer(ctx, g, o); err != nil || g.State == PartnersDraft {
				return "", err
			}
			return "offered", nil
		})
		if err != nil {
			return nil, err
		}
		if len(o.Ask) > 0 {
			out = append(out, o)
		}
	}
	return out, nil
}

// PartnerEdit is what may be changed of a partnership; nil leaves it as it is.
type PartnerEdit struct {
	Title, Purpose, Topic *string
}

// MayEdit refuses whoever may not change g now: its proposer and moderators may, until somebody else
// has agreed to it.
func (s *Partners) MayEdit(g *Partnership, by community.Member) error {
	args := text.Args{"id": text.Record(g.ID.String())}
	if by.No != g.Proposer && by.Role < community.RoleModerator {
		return text.Refuse("cooperation.partner.not_proposer", args)
	}
	for _, p := range g.Parties {
		if p.Answer == PartyAgreed && p.Member != g.Proposer || !g.State.Open() {
			return text.Refuse("cooperation.partner.settled", args)
		}
	}
	return nil
}

// Edit changes a partnership.
func (s *Partners) Edit(ctx context.Context, by community.Member, id record.ID, e PartnerEdit) (Partnership, error) {
	out, err := s.change(ctx, by, id, func(_ context.Context, g *Partnership, _ *Offer) (string, error) {
		if err := s.MayEdit(g, by); err != nil {
			return "", err
		}
		p := Proposal{Title: g.Title, Purpose: g.Purpose, From: g.From}
		for _, x := range []struct{ from, to *string }{{e.Title, &p.Title}, {e.Purpose, &p.Purpose}, {e.Topic, &g.Topic}} {
			if x.from != nil {
				*x.to = *x.from
			}
		}
		if err := p.check(g.From); err != nil {
			return "", err
		}
		g.Title, g.Purpose = p.Title, p.Purpose
		return "edited", nil
	})
	return out.Partnership, err
}

// Withdraw takes a proposal back: a tombstone with the reason stays. What was agreed is ended instead.
func (s *Partners) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (Offer, error) {
	return s.change(ctx, by, id, func(ctx context.Context, g *Partnership, out *Offer) (string, error) {
		if by.No != g.Proposer && by.Role < community.RoleModerator {
			return "", text.Refuse("cooperation.partner.not_proposer", text.Args{"id": text.Record(g.ID.String())})
		}
		if g.State == PartnersWithdrawn {
			out.Again = true
			return "", nil
		}
		if !g.State.Open() {
			return "", s.wrongState(g, "cooperation.partner.withdraw_state")
		}
		var err error
		if out.Asked, _, err = s.answerers(ctx, g); err != nil {
			return "", err
		}
		g.State, g.Reason, g.Purpose, g.Source, out.Became = PartnersWithdrawn, text.Clean(reason, MaxComment), "", record.Source{}, true
		return "withdrawn", nil
	})
}

// Hide takes a partnership off view, or puts it back. Whether by may do so was checked before.
func (s *Partners) Hide(ctx context.Context, by community.Member, id record.ID, hidden bool) (Partnership, error) {
	out, err := s.change(ctx, by, id, func(_ context.Context, g *Partnership, _ *Offer) (string, error) {
		if g.Hidden == hidden {
			return "", nil
		}
		g.Hidden = hidden
		if hidden {
			return "hidden", nil
		}
		return "unhidden", nil
	})
	return out.Partnership, err
}

// Erase forgets where a member proposed partnerships; these stay, under the pseudonym that the
// community gives the member.
func (s *Partners) Erase(ctx context.Context, of, member int64) error {
	gs, err := s.List(ctx, of, PartnerFilter{Member: member, States: everyPartnership})
	if err != nil {
		return err
	}
	for _, x := range gs {
		_, err := s.change(ctx, community.Member{Community: of}, x.ID, func(_ context.Context, g *Partnership, _ *Offer) (string, error) {
			if g.Proposer != member || g.Source.IsZero() {
				return "", nil
			}
			g.Source = record.Source{}
			return "edited", nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

var everyPartnership = []PartnershipState{PartnersDraft, PartnersOffered, PartnersAgreed, PartnersActive, PartnersEnded, PartnersWithdrawn}

// ExportedPartnership is a partnership that a member proposed or answered for, for JSON.
type ExportedPartnership struct {
	ID       string            `json:"id"`
	Title    string            `json:"title"`
	Purpose  string            `json:"purpose,omitempty"`
	State    PartnershipState  `json:"state"`
	Proposed bool              `json:"proposed"`
	Answers  map[string]string `json:"answers,omitempty"` // by organisation
	Made     time.Time         `json:"made"`
}

// Export gives all that is kept of one member.
func (s *Partners) Export(ctx context.Context, of, member int64) ([]ExportedPartnership, error) {
	out := []ExportedPartnership{}
	gs, err := s.List(ctx, of, PartnerFilter{Member: member, States: everyPartnership})
	if err != nil {
		return out, err
	}
	for _, g := range gs {
		x := ExportedPartnership{ID: g.ID.String(), Title: g.Title, State: g.State, Proposed: g.Proposer == member, Made: g.Made, Answers: map[string]string{}}
		if x.Proposed {
			x.Purpose = g.Purpose
		}
		for _, p := range g.Parties {
			if p.Member == member {
				x.Answers[p.Organisation.Name] = string(p.Answer)
			}
		}
		out = append(out, x)
	}
	return out, nil
}
