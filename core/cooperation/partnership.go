package cooperation

import (
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// PartnershipLetter is the letter of a partnership's id.
const PartnershipLetter = 'G'

// The longest texts of a partnership, in graphemes, and how many organisations it may have.
const (
	MaxPurpose = 2000
	MaxParties = 20
)

// PartnershipState is where a partnership stands.
type PartnershipState string

// The states. A partnership is a draft as long as one of its organisations has nobody who could
// answer, offered while it waits for answers, agreed once all have said yes, and active from the day
// on which it begins.
const (
	PartnersDraft     PartnershipState = "draft"
	PartnersOffered   PartnershipState = "offered"
	PartnersAgreed    PartnershipState = "agreed"
	PartnersActive    PartnershipState = "active"
	PartnersEnded     PartnershipState = "ended"
	PartnersWithdrawn PartnershipState = "withdrawn" // a tombstone
)

// Open says whether organisations can still answer.
func (s PartnershipState) Open() bool { return s == PartnersDraft || s == PartnersOffered }

// Stands says whether the organisations have agreed and it is not over.
func (s PartnershipState) Stands() bool { return s == PartnersAgreed || s == PartnersActive }

// PartyAnswer is what an organisation said to a partnership.
type PartyAnswer string

// The answers.
const (
	PartyWaiting  PartyAnswer = "waiting"
	PartyAgreed   PartyAnswer = "agreed"
	PartyDeclined PartyAnswer = "declined"
)

// Party is one organisation of a partnership.
type Party struct {
	Organisation community.Organisation
	Answer       PartyAnswer
	Member       int64 // who answered; 0 while nobody did
	At           time.Time
}

// Partnership is what organisations have agreed, or may agree, to do together for longer.
type Partnership struct {
	Community   int64
	ID          record.ID
	Title       string
	Purpose     string    // empty once it is withdrawn
	Topic       string    // a code; empty for none
	From, Until text.Date // in the community's zone; a zero Until: open-ended
	Proposer    int64
	State       PartnershipState
	Hidden      bool
	Reason      string // why it ended, or was withdrawn
	Parties     []Party
	Source      record.Source
	Made        time.Time
	Active      time.Time // of the last change
}

// Subject is what the partnership's card shows.
func (g *Partnership) Subject() record.Subject { return record.Subject{ID: g.ID} }

// Public says whether every member may see the partnership: not before all have agreed.
func (g *Partnership) Public() bool { return !g.Hidden && !g.State.Open() }

// With are the organisations that have not declined.
func (g *Partnership) With() []Party {
	return slices.DeleteFunc(slices.Clone(g.Parties), func(p Party) bool { return p.Answer == PartyDeclined })
}

// Waits says whether an organisation has still to answer.
func (g *Partnership) Waits() bool {
	return slices.ContainsFunc(g.Parties, func(p Party) bool { return p.Answer == PartyWaiting })
}

// party is the organisation's part in it; nil when it has none.
func (g *Partnership) party(org int64) *Party {
	for i := range g.Parties {
		if org != 0 && g.Parties[i].Organisation.No == org {
			return &g.Parties[i]
		}
	}
	return nil
}

// settle is the state that follows from the answers and from today: with fewer than two organisations
// left a partnership is over.
func (g *Partnership) settle(today text.Date) PartnershipState {
	switch {
	case !g.State.Open():
		return g.State
	case len(g.With()) < 2:
		return PartnersEnded
	case g.Waits():
		return g.State
	case g.From.After(today):
		return PartnersAgreed
	}
	return PartnersActive
}

// Proposal is what somebody proposes to other organisations.
type Proposal struct {
	Title         string
	Purpose       string
	Topic         string
	Organisations []string // names; the proposer's own need not be among them
	From, Until   text.Date
	Source        record.Source
	Origin        record.ID // the record that it grew from; zero for none
}

// check cleans a proposal. today is the date in the community's zone.
func (p *Proposal) check(today text.Date) error {
	var err error
	if p.Title, err = checked("title", p.Title, MaxTitle, false); err != nil {
		return err
	}
	if p.Title == "" {
		return text.RefuseArg("title", "cooperation.partner.title_empty", nil)
	}
	if p.Purpose, err = checked("purpose", p.Purpose, MaxPurpose, true); err != nil {
		return err
	}
	if p.Purpose == "" {
		return text.RefuseArg("purpose", "cooperation.partner.purpose_empty", nil)
	}
	if p.From.IsZero() {
		p.From = today
	}
	if !p.Until.IsZero() && (!p.Until.After(p.From) || !p.Until.After(today)) {
		return text.RefuseArg("until", "cooperation.partner.until_early", text.Args{"from": p.From})
	}
	return nil
}
