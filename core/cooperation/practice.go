// Package cooperation is where what worked becomes a best practice: put together from what was said,
// reviewed by peers of other organisations, applied by others, and looked at again after a year.
//
// Nothing here knows how people talk about it, or where it is kept.
package cooperation

import (
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Letter is the letter of a practice's id.
const Letter = 'P'

// The longest texts, in graphemes.
const (
	MaxTitle   = 200
	MaxSection = 4000
	MaxQuote   = 2000
	MaxComment = 500
	MaxResult  = 1000
	MaxQuotes  = 30 // messages that one practice quotes
)

// State is where a practice stands.
type State string

// The states.
const (
	Candidate State = "candidate"
	InReview  State = "review"
	Accepted  State = "accepted"
	Due       State = "due" // for re-check
	Revised   State = "revised"
	Retired   State = "retired"
	Withdrawn State = "withdrawn" // a tombstone: its words are gone
)

// Settled says whether others can apply a practice in this state.
func (s State) Settled() bool { return s == Accepted || s == Due || s == Revised }

// Over says whether nothing more happens in this state.
func (s State) Over() bool { return s == Retired || s == Withdrawn }

// The parts of a practice's text, in the order in which they are shown.
const (
	Context  = "context"
	Problem  = "problem"
	Approach = "approach"
	Results  = "results"
	Limits   = "limits"
	Transfer = "transfer"
)

// Sections are all parts of the text in order; Needed are those without which nobody reviews it.
var (
	Sections = []string{Context, Problem, Approach, Results, Limits, Transfer}
	Needed   = []string{Context, Problem, Approach}
)

// Practice is a best practice, or what may become one.
type Practice struct {
	Community int64
	ID        record.ID
	Title     string
	Texts     map[string]string // by section; what was not written is missing
	Topic     string            // a code; empty for none
	Language  string            // BCP 47 base tag; empty when unknown
	Author    int64             // who promoted it
	Steward   int64             // who is asked to check it again; the author unless somebody took over
	// Organisation is where the practice comes from: the author's. The zero value while unknown.
	Organisation community.Organisation
	State        State
	Level        Level
	Hidden       bool
	Reason       string // why it was declined, retired or withdrawn
	Light        Light  // why one review was enough when it was accepted
	Source       record.Source

	Made      time.Time
	Active    time.Time // of the last change
	Submitted time.Time // for the review that goes on, or went on last
	AcceptAt  time.Time // accepted or verified last
	DueAt     time.Time // when it is to be checked again
	Round     int64     // counts submissions and verifications: older reminders mean nothing
	Parts     int64     // the number of the last quote
}

// Subject is what the practice's card shows.
func (p *Practice) Subject() record.Subject { return record.Subject{ID: p.ID} }

// Public says whether every member may see the practice: candidates are drafts, and those in review
// are for reviewers unless they had been accepted before.
func (p *Practice) Public() bool { return !p.Hidden && (p.Applicable() || p.State.Over()) }

// Applicable says whether others can apply the practice: it was accepted and is not over.
func (p *Practice) Applicable() bool {
	return p.State.Settled() || p.State == InReview && !p.AcceptAt.IsZero()
}

// Missing are the sections that have to be written before the practice can be reviewed.
func (p *Practice) Missing() []string {
	var out []string
	for _, s := range Needed {
		if p.Texts[s] == "" {
			out = append(out, s)
		}
	}
	return out
}

// MayChange says whether a member may edit, submit or withdraw the practice.
func (p *Practice) MayChange(by community.Member) bool {
	return by.No != 0 && (by.No == p.Author || by.No == p.Steward) || by.Role >= community.RoleModerator
}

// Quote is one message that a practice quotes.
type Quote struct {
	Community int64
	Practice  record.ID
	Part      int64 // from 1
	Author    int64
	Text      string // cleaned; empty once it is gone or its author said no
	Source    record.Source
	At        time.Time
	Gone      bool
	Kept      community.Answer // the author's answer to being quoted
}

// Subject is what the author is asked about.
func (q *Quote) Subject() record.Subject { return record.Subject{ID: q.Practice, Part: q.Part} }

// Shown is what may be shown of the quote and whether with its author's name; ok is false as long as
// the author has not agreed.
func (q *Quote) Shown() (words string, named, ok bool) {
	keep, named := q.Kept.Allows()
	if !keep || q.Gone || q.Text == "" {
		return "", false, false
	}
	return q.Text, named, true
}

// stands says whether the quote is, or may yet become, part of the practice: its author has an
// interest in it then.
func (q *Quote) stands() bool { return !q.Gone && q.Kept != community.ConsentNo }

// Verdict is what a reviewer thinks.
type Verdict string

// The verdicts.
const (
	Accept  Verdict = "accept"
	Change  Verdict = "change"
	Decline Verdict = "decline"
)

// Verdicts are the verdicts in the order in which they are offered.
var Verdicts = []Verdict{Accept, Change, Decline}

// Criteria are what a reviewer may give 1 to 5 points for, in order.
var Criteria = []string{"relevance", "effectiveness", "evidence", "transferability"}

// Outcome is what became of asking a reviewer.
type Outcome string

// The outcomes.
const (
	ReviewerAsked  Outcome = "asked"
	ReviewerPassed Outcome = "passed"
	ReviewerDone   Outcome = "done"
)

// Asking is that a reviewer was asked about a practice.
type Asking struct {
	Practice record.ID
	Round    int64
	Member   int64
	At       time.Time
	Outcome  Outcome
}

// Review is one reviewer's verdict; a later one of the same reviewer takes its place.
type Review struct {
	Practice     record.ID
	Round        int64
	Member       int64
	Organisation community.Organisation
	Verdict      Verdict
	Comment      string
	Points       map[string]int // by criterion, 1 to 5
	At           time.Time
}

// AdoptionState is where an adoption stands.
type AdoptionState string

// The states of an adoption.
const (
	Planned   AdoptionState = "planned"
	InUse     AdoptionState = "use"
	Completed AdoptionState = "completed"
	Stopped   AdoptionState = "stopped"
)

// AdoptionStates are the states of an adoption in order.
var AdoptionStates = []AdoptionState{Planned, InUse, Completed, Stopped}

// Adoption is that an organisation applies a practice. There is one for each of them.
type Adoption struct {
	Community    int64
	Practice     record.ID
	Organisation community.Organisation
	Member       int64 // who said so last
	State        AdoptionState
	Changed      string // what they do differently
	Result       string
	Reach        string // whom it reaches, such as "16 apprentices"
	At           time.Time
	Updated      time.Time
	Round        int64 // counts the questions whether it worked
}
