package cooperation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Partners is where organisations agree on partnerships. It keeps the rules; it is safe for
// concurrent use.
type Partners struct {
	store PartnerStore
	now   func() time.Time
}

// PartnerStore is all that it needs.
type PartnerStore struct {
	Transactions
	Partnerships  Partnerships
	Organisations Organisations
	Changes       record.Changes
	Trails        record.Trails
	Queue         work.Queue
}

// Partnerships keeps partnerships with their parties.
type Partnerships interface {
	// AddPartnership keeps a new partnership and gives it its id, unless its proposer has made one with
	// the same title since a time that is not over.
	AddPartnership(ctx context.Context, g *Partnership, since time.Time) (twin record.ID, err error)
	// Partnership is a partnership, with its organisations as they are now; nil when there is none.
	Partnership(ctx context.Context, of int64, id record.ID) (*Partnership, error)
	// LockPartnership is Partnership for what is going to be changed.
	LockPartnership(ctx context.Context, of int64, id record.ID) (*Partnership, error)
	SavePartnership(ctx context.Context, g *Partnership) error
	// ListPartnerships are partnerships in these states (none: all that stand), the newest first.
	ListPartnerships(ctx context.Context, of int64, f PartnerFilter) ([]Partnership, error)
	Speakers
}

// PartnerFilter chooses partnerships for a list.
type PartnerFilter struct {
	States       []PartnershipState
	Topic        string
	Organisation int64 // one of the parties
	Member       int64 // who proposed it or answered for a party
	Skip, N      int
}

// Organisations finds organisations.
type Organisations interface {
	OrganisationCalled(ctx context.Context, of int64, name string) (community.Organisation, bool, error)
}

// NewPartners makes it.
func NewPartners(s PartnerStore, now func() time.Time) *Partners {
	return &Partners{store: s, now: now}
}

// Offer is what became of a proposal or an answer.
type Offer struct {
	Partnership Partnership
	Ask         []int64 // who is to be asked now
	Asked       []int64 // who was asked before: nobody has to answer any more
	Again       bool    // nothing is new
	Became      bool    // its state changed by this
}

// Partnership is a partnership as it is now; nil when there is none.
func (s *Partners) Partnership(ctx context.Context, of int64, id record.ID) (*Partnership, error) {
	g, err := s.store.Partnerships.Partnership(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load partnership %s: %w", id, err)
	}
	return g, nil
}

// List lists partnerships.
func (s *Partners) List(ctx context.Context, of int64, f PartnerFilter) ([]Partnership, error) {
	gs, err := s.store.Partnerships.ListPartnerships(ctx, of, f)
	if err != nil {
		return nil, fmt.Errorf("list partnerships: %w", err)
	}
	return gs, nil
}

// MayRead says whether a member may see the partnership: everybody once it is agreed, before that
// its proposer, the members of its organisations, and moderators.
func (s *Partners) MayRead(g *Partnership, by community.Member) bool {
	return g.Public() || by.Role >= community.RoleModerator || !g.Hidden && by.No != 0 && (by.No == g.Proposer || g.party(by.Organisation.No) != nil)
}

// Propose proposes a partnership to organisations. The proposer's own has agreed by that, when the
// proposer speaks for it.
//
// Errors: refusals for a proposer without an organisation, for organisations that are unknown or not
// confirmed, for fewer than two, and those of the texts and dates.
func (s *Partners) Propose(ctx context.Context, com community.Community, by community.Member, p Proposal) (Offer, error) {
	now := s.now()
	today := text.DateOf(now.In(com.Location()))
	if err := p.check(today); err != nil {
		return Offer{}, err
	}
	if by.Organisation.No == 0 {
		return Offer{}, text.Refuse("cooperation.partner.no_organisation", nil)
	}
	var out Offer
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		out = Offer{}
		g := Partnership{Community: com.ID, Title: p.Title, Purpose: p.Purpose, Topic: p.Topic, From: p.From, Until: p.Until, Proposer: by.No,
			State: PartnersOffered, Source: p.Source, Made: now, Active: now}
		if err := s.parties(ctx, &g, by, p.Organisations); err != nil {
			return err
		}
		twin, err := s.store.Partnerships.AddPartnership(ctx, &g, now.Add(-twinTime))
		if err != nil {
			return fmt.Errorf("keep partnership: %w", err)
		}
		if !twin.IsZero() {
			old, err := s.Partnership(ctx, com.ID, twin)
			if err == nil && old != nil {
				out = Offer{Partnership: *old, Again: true}
			}
			return err
		}
		if err := s.offer(ctx, &g, &out); err != nil {
			return err
		}
		if err := s.save(ctx, &g, "proposed", by.No); err != nil {
			return err
		}
		out.Partnership = g
		if p.Origin.IsZero() {
			return nil
		}
		err = s.store.Trails.Link(ctx, record.Link{Community: com.ID, From: p.Origin, To: g.ID, How: "grew into", At: now})
		if err != nil {
			return fmt.Errorf("note what %s grew from: %w", g.ID, err)
		}
		return nil
	})
	return out, err
}

// parties finds the organisations of a proposal.
func (s *Partners) parties(ctx context.Context, g *Partnership, by community.Member, names []string) error {
	own := Party{Organisation: by.Organisation, Answer: PartyWaiting}
	speaks, err := speaksFor(ctx, s.store.Partnerships, by, by.Organisation.No)
	if err != nil {
		return err
	}
	if speaks {
		own.Answer, own.Member, own.At = PartyAgreed, by.No, g.Made
	}
	g.Parties = []Party{own}
	for _, name := range names {
		if name = text.Clean(name, MaxTitle); name == "" {
			continue
		}
		org, err := confirmed(ctx, s.store.Organisations, g.Community, name)
		if err != nil {
			return err
		}
		if g.party(org.No) == nil {
			g.Parties = append(g.Parties, Party{Organisation: org, Answer: PartyWaiting})
		}
	}
	switch {
	case len(g.Parties) < 2:
		return text.RefuseArg("organisations", "cooperation.partner.alone", nil)
	case len(g.Parties) > MaxParties:
		return text.RefuseArg("organisations", "cooperation.partner.crowd", text.Args{"n": MaxParties})
	}
	return nil
}

// offer finds who is to be asked. As long as one organisation has nobody, it is a draft and nobody is.
func (s *Partners) offer(ctx context.Context, g *Partnership, out *Offer) error {
	out.Ask = nil
	all, empty, err := s.answerers(ctx, g)
	if err != nil {
		return err
	}
	g.State = PartnersOffered
	if empty {
		g.State = PartnersDraft
		return nil
	}
	out.Ask = all
	return nil
}

// answerers are those who speak for the organisations that have not answered; empty says that one of
// these has nobody.
func (s *Partners) answerers(ctx context.Context, g *Partnership) (all []int64, empty bool, err error) {
	for _, p := range g.Parties {
		if p.Answer != PartyWaiting {
			continue
		}
		who, err := s.store.Partnerships.Answerers(ctx, g.Community, p.Organisation.No)
		if err != nil {
			return nil, false, fmt.Errorf("look up who speaks for an organisation: %w", err)
		}
		empty = empty || len(who) == 0
		for _, m := range who {
			if !slices.Contains(all, m) {
				all = append(all, m)
			}
		}
	}
	return all, empty, nil
}

// Speakers are those who speak for the organisations of a partnership that have not declined.
func (s *Partners) Speakers(ctx context.Context, g *Partnership) ([]int64, error) {
	var out []int64
	for _, p := range g.With() {
		who, err := s.store.Partnerships.Answerers(ctx, g.Community, p.Organisation.No)
		if err != nil {
			return nil, fmt.Errorf("look up who speaks for an organisation: %w", err)
		}
		if p.Member != 0 && !slices.Contains(who, p.Member) {
			who = append(who, p.Member)
		}
		for _, m := range who {
			if !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out, nil
}

// Answer is an organisation's answer, by somebody who speaks for it. Until all have agreed it may be
// changed. Whoever declines leaves the others to it, as long as two are left.
func (s *Partners) Answer(ctx context.Context, com community.Community, by community.Member, id record.ID, agree bool, reason string) (Offer, error) {
	why, err := checked("reason", reason, MaxComment, true)
	if err != nil {
		return Offer{}, err
	}
	return s.change(ctx, by, id, func(ctx context.Context, g *Partnership, out *Offer) (string, error) {
		party, err := s.answering(ctx, g, by)
		if err != nil {
			return "", err
		}
		answer := PartyDeclined
		if agree {
			answer = PartyAgreed
		}
		if party.Answer == answer {
			out.Again = true
			return "", nil
		}
		if !g.State.Open() {
			return "", s.wrongState(g, "cooperation.partner.answered")
		}
		if out.Asked, err = s.store.Partnerships.Answerers(ctx, g.Community, party.Organisation.No); err != nil {
			return "", fmt.Errorf("look up who was asked: %w", err)
		}
		party.Answer, party.Member, party.At = answer, by.No, s.now()
		before := g.State
		g.State = g.settle(text.DateOf(s.now().In(com.Location())))
		if out.Became = g.State != before; g.State == PartnersEnded {
			g.Reason = why
		}
		if g.State.Stands() {
			if err := s.remind(ctx, com, g); err != nil {
				return "", err
			}
		}
		return string(answer), nil
	})
}

// Speaks is the party of g for which a member may speak, one that has not answered first; ok is false
// when they speak for none.
func (s *Partners) Speaks(ctx context.Context, g *Partnership, by community.Member) (p Party, ok bool, err error) {
	found, err := s.answering(ctx, g, by)
	var no *text.Refusal
	if errors.As(err, &no) {
		return Party{}, false, nil
	}
	if err != nil {
		return Party{}, false, err
	}
	return *found, true, nil
}

// answering is the party for which a member answers: of an organisation that they speak for.
func (s *Partners) answering(ctx context.Context, g *Partnership, by community.Member) (*Party, error) {
	if g.Hidden || g.State == PartnersWithdrawn {
		return nil, text.Refuse("chat.hidden", nil)
	}
	var mine *Party
	for i := range g.Parties {
		p := &g.Parties[i]
		speaks, err := speaksFor(ctx, s.store.Partnerships, by, p.Organisation.No)
		if err != nil {
			return nil, err
		}
		if speaks && (mine == nil || mine.Answer != PartyWaiting) { // whoever speaks for two answers for one after the other
			mine = p
		}
	}
	if mine != nil {
		return mine, nil
	}
	return nil, text.Refuse("cooperation.partner.not_yours", text.Args{"id": text.Record(g.ID.String())})
}

// End ends a partnership: somebody who speaks for one of its organisations, or a moderator, does.
func (s *Partners) End(ctx context.Context, by community.Member, id record.ID, reason string) (Offer, error) {
	why, err := checked("reason", reason, MaxComment, true)
	if err != nil {
		return Offer{}, err
	}
	return s.change(ctx, by, id, func(ctx context.Context, g *Partnership, out *Offer) (string, error) {
		if by.Role < community.RoleModerator {
			if _, err := s.answering(ctx, g, by); err != nil {
				return "", err
			}
		}
		if g.State == PartnersEnded {
			out.Again = true
			return "", nil
		}
		if !g.State.Stands() {
			return "", s.wrongState(g, "cooperation.partner.end_state")
		}
		if why == "" {
			return "", text.RefuseArg("reason", "cooperation.partner.reason", nil)
		}
		g.State, g.Reason, out.Became = PartnersEnded, why, true
		return "ended", nil
	})
}

// change runs fn on a locked partnership in a transaction and saves it when what is not empty.
func (s *Partners) change(ctx context.Context, by community.Member, id record.ID, fn func(ctx context.Context, g *Partnership, out *Offer) (string, error)) (Offer, error) {
	var out Offer
	err := s.store.Atomically(ctx, func(ctx context.Context) error {
		out = Offer{}
		g, err := s.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		what, err := fn(ctx, g, &out)
		if err != nil {
			return err
		}
		if what != "" {
			if err := s.save(ctx, g, what, by.No); err != nil {
				return err
			}
		}
		out.Partnership = *g
		return nil
	})
	return out, err
}

func (s *Partners) locked(ctx context.Context, of int64, id record.ID) (*Partnership, error) {
	g, err := s.store.Partnerships.LockPartnership(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("lock partnership %s: %w", id, err)
	}
	if g == nil {
		return nil, text.Refuse("chat.no_record", text.Args{"id": id.String()})
	}
	return g, nil
}

// save stores g and reports what happened to it.
func (s *Partners) save(ctx context.Context, g *Partnership, what string, by int64) error {
	g.Active = s.now()
	if err := s.store.Partnerships.SavePartnership(ctx, g); err != nil {
		return fmt.Errorf("save partnership %s: %w", g.ID, err)
	}
	err := s.store.Changes.Record(ctx, record.Change{Community: g.Community, Subject: g.Subject(), What: what, By: by, At: g.Active,
		Quiet: !g.Public() && what != "hidden"})
	if err != nil {
		return fmt.Errorf("report that %s was %s: %w", g.ID, what, err)
	}
	return nil
}

func (s *Partners) wrongState(g *Partnership, key string) error {
	return text.Refuse(key, text.Args{"id": text.Record(g.ID.String()), "state": text.Key("state.G." + string(g.State))})
}
