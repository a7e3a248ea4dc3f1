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

// Book is where practices are put together, reviewed, applied and checked again. It keeps the rules;
// it is safe for concurrent use.
type Book struct {
	store Store
	now   func() time.Time
}

// Store is all that the book needs.
type Store struct {
	Transactions
	Practices Practices
	Reviews   Reviews
	Adoptions Adoptions
	Circles   Circles // nil: there are none
	Members   Members
	Consents  community.Consents
	Changes   record.Changes
	Trails    record.Trails
	Queue     work.Queue
}

// Transactions runs a function in one transaction, which travels in the context; inside another it
// joins. The function may be run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Members knows who is who.
type Members interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
}

// Practices keeps practices and what they quote.
type Practices interface {
	// AddPractice keeps a new practice and gives it its id, unless its author has made one with the
	// same title from the same source since a time.
	AddPractice(ctx context.Context, p *Practice, since time.Time) (twin record.ID, err error)
	// Practice is a practice, with its organisation as it is now; nil when there is none.
	Practice(ctx context.Context, of int64, id record.ID) (*Practice, error)
	// LockPractice is Practice for what is going to be changed: it waits for others who do so.
	LockPractice(ctx context.Context, of int64, id record.ID) (*Practice, error)
	SavePractice(ctx context.Context, p *Practice) error
	// ListPractices are practices, the newest first.
	ListPractices(ctx context.Context, of int64, f Filter) ([]Practice, error)

	AddQuote(ctx context.Context, q *Quote) error
	SaveQuote(ctx context.Context, q *Quote) error
	// Quotes are what a practice quotes, in order; QuotesAt what all quote of one message, QuotesOf
	// what all quote of one author.
	Quotes(ctx context.Context, of int64, id record.ID) ([]Quote, error)
	QuotesAt(ctx context.Context, of int64, s record.Source) ([]Quote, error)
	QuotesOf(ctx context.Context, of, author int64) ([]Quote, error)
}

// Filter chooses practices for a list.
type Filter struct {
	States []State // none: all that are not over
	Topic  string
	Author int64 // only this member's
	Public bool  // only those that every member may see
	Skip   int
	N      int
}

// Reviews keeps who reviews practices.
type Reviews interface {
	// Reviewers are the members who opted in and take messages.
	Reviewers(ctx context.Context, of int64) ([]Reviewer, error)
	// Organisations is how many confirmed organisations the community has.
	Organisations(ctx context.Context, of int64) (int, error)
	// PutAsking keeps an asking, in place of the one of the same round and member.
	PutAsking(ctx context.Context, of int64, a Asking) error
	// Askings are those of a practice's round, first to last; AskingsOf those of a member.
	Askings(ctx context.Context, of int64, id record.ID, round int64) ([]Asking, error)
	AskingsOf(ctx context.Context, of, member int64) ([]Asking, error)
	// PutReview keeps a review, in place of the one of the same round and member.
	PutReview(ctx context.Context, of int64, r Review) error
	// Reviews are those of a practice's round with their organisations as they are now, first to last;
	// ReviewsOf those of a member.
	Reviews(ctx context.Context, of int64, id record.ID, round int64) ([]Review, error)
	ReviewsOf(ctx context.Context, of, member int64) ([]Review, error)
	// DropAskings forgets what a member was asked.
	DropAskings(ctx context.Context, of, member int64) error
	// Volunteer opts a member in or out.
	Volunteer(ctx context.Context, of, member int64, on bool) error
}

// Adoptions keeps who applies practices.
type Adoptions interface {
	// PutAdoption keeps an adoption, in place of the one of the same organisation.
	PutAdoption(ctx context.Context, a *Adoption) error
	// Adoptions are a practice's, with their organisations as they are now, first to last;
	// AdoptionsBy those that a member recorded.
	Adoptions(ctx context.Context, of int64, id record.ID) ([]Adoption, error)
	AdoptionsBy(ctx context.Context, of, member int64) ([]Adoption, error)
	// OrganisationNamed finds an organisation by its name, however it was typed, or adds it
	// unconfirmed.
	OrganisationNamed(ctx context.Context, of int64, name string) (community.Organisation, error)
}

// New makes a book.
func New(s Store, now func() time.Time) *Book { return &Book{store: s, now: now} }

// Practice is a practice as it is now; nil when there is none.
func (b *Book) Practice(ctx context.Context, of int64, id record.ID) (*Practice, error) {
	p, err := b.store.Practices.Practice(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load practice %s: %w", id, err)
	}
	return p, nil
}

// Practices lists practices.
func (b *Book) Practices(ctx context.Context, of int64, f Filter) ([]Practice, error) {
	ps, err := b.store.Practices.ListPractices(ctx, of, f)
	if err != nil {
		return nil, fmt.Errorf("list practices: %w", err)
	}
	return ps, nil
}

// Quotes are what a practice quotes, in order, those that may not be shown included.
func (b *Book) Quotes(ctx context.Context, of int64, id record.ID) ([]Quote, error) {
	qs, err := b.store.Practices.Quotes(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load quotes of %s: %w", id, err)
	}
	return qs, nil
}

// Reviews are the reviews of the practice's present round.
func (b *Book) Reviews(ctx context.Context, p *Practice) ([]Review, error) {
	rs, err := b.store.Reviews.Reviews(ctx, p.Community, p.ID, p.Round)
	if err != nil {
		return nil, fmt.Errorf("load reviews of %s: %w", p.ID, err)
	}
	return rs, nil
}

// Adoptions are who applies a practice, first to last.
func (b *Book) Adoptions(ctx context.Context, of int64, id record.ID) ([]Adoption, error) {
	as, err := b.store.Adoptions.Adoptions(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load adoptions of %s: %w", id, err)
	}
	return as, nil
}

// MayRead says whether a member may see the practice: everybody once it was accepted; before that
// whoever may change it, is quoted in it, or reviews.
func (b *Book) MayRead(ctx context.Context, p *Practice, by community.Member) (bool, error) {
	switch {
	case p.Public(), p.MayChange(by):
		return true, nil
	case by.No == 0, p.Hidden:
		return false, nil
	case p.State == InReview && by.Reviewer:
		return true, nil
	}
	qs, err := b.Quotes(ctx, p.Community, p.ID)
	if err != nil {
		return false, err
	}
	for _, q := range qs {
		if q.Author == by.No && !q.Gone {
			return true, nil
		}
	}
	return b.asked(ctx, p, by.No)
}

func (b *Book) asked(ctx context.Context, p *Practice, member int64) (bool, error) {
	as, err := b.store.Reviews.Askings(ctx, p.Community, p.ID, p.Round)
	if err != nil {
		return false, fmt.Errorf("load who reviews %s: %w", p.ID, err)
	}
	for _, a := range as {
		if a.Member == member {
			return true, nil
		}
	}
	return false, nil
}

// change runs fn on a locked practice in a transaction and saves it when what is not empty: the
// change that is reported.
func (b *Book) change(ctx context.Context, by, of int64, id record.ID, fn func(ctx context.Context, p *Practice) (what string, err error)) (Practice, error) {
	var out Practice
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		p, err := b.locked(ctx, of, id)
		if err != nil {
			return err
		}
		what, err := fn(ctx, p)
		if err != nil {
			return err
		}
		if what != "" {
			if err := b.save(ctx, p, what, by, ""); err != nil {
				return err
			}
		}
		out = *p
		return nil
	})
	return out, err
}

func (b *Book) locked(ctx context.Context, of int64, id record.ID) (*Practice, error) {
	p, err := b.store.Practices.LockPractice(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("lock practice %s: %w", id, err)
	}
	if p == nil {
		return nil, text.Refuse("chat.no_record", text.Args{"id": id.String()})
	}
	// Whoever says later where they work gives their practice its origin.
	if p.Organisation.No == 0 && p.Author != 0 {
		author, err := b.member(ctx, of, p.Author)
		if err != nil {
			return nil, err
		}
		p.Organisation = author.Organisation
	}
	return p, nil
}

func (b *Book) member(ctx context.Context, of, no int64) (community.Member, error) {
	m, err := b.store.Members.Member(ctx, of, no)
	if err != nil {
		return m, fmt.Errorf("load member %d: %w", no, err)
	}
	return m, nil
}

// save stores p and reports what happened to it.
func (b *Book) save(ctx context.Context, p *Practice, what string, by int64, note string) error {
	p.Active = b.now()
	if err := b.store.Practices.SavePractice(ctx, p); err != nil {
		return fmt.Errorf("save practice %s: %w", p.ID, err)
	}
	return b.report(ctx, p, what, by, note)
}

func (b *Book) report(ctx context.Context, p *Practice, what string, by int64, note string) error {
	err := b.store.Changes.Record(ctx, record.Change{Community: p.Community, Subject: p.Subject(), What: what, By: by, At: b.now(),
		Note: note, Quiet: !p.Public() && what != "hidden"})
	if err != nil {
		return fmt.Errorf("report that %s was %s: %w", p.ID, what, err)
	}
	return nil
}

// The kinds of work that the book puts into the queue. Each has a Reminder as its body.
const (
	KindNext    = "cooperation.next"    // the next reviewer is to be asked
	KindEffect  = "cooperation.effect"  // an adoption is asked whether it worked
	KindCheck   = "cooperation.check"   // an accepted practice is to be checked again
	KindSilence = "cooperation.silence" // a question for consent was not answered in time
)

// Reminder is the body of a work item about a practice.
type Reminder struct {
	Practice     record.ID `json:"practice"`
	Round        int64     `json:"round,omitempty"`
	Step         int64     `json:"step,omitempty"`
	Organisation int64     `json:"organisation,omitempty"`
}

func (b *Book) remind(ctx context.Context, of int64, kind string, m Reminder, due time.Time) error {
	key := fmt.Sprintf("%s/%d/%s/%d.%d.%d", kind, of, m.Practice, m.Organisation, m.Round, m.Step)
	if err := b.store.Queue.Add(ctx, work.New(kind, "", key, m).In(of).At(due)); err != nil {
		return fmt.Errorf("queue reminder: %w", err)
	}
	return nil
}

func mayChange(p *Practice, by community.Member) error {
	if err := onView(p, by); err != nil || p.MayChange(by) {
		return err
	}
	return text.Refuse("cooperation.not_yours", text.Args{"id": text.Record(p.ID.String())})
}

// onView refuses a practice that was taken off view to all but moderators.
func onView(p *Practice, by community.Member) error {
	if p.Hidden && by.Role < community.RoleModerator {
		return text.Refuse("chat.hidden", nil)
	}
	return nil
}

func moderates(p *Practice, by community.Member) error {
	if by.Role >= community.RoleModerator {
		return nil
	}
	return text.Refuse("cooperation.moderators", text.Args{"id": text.Record(p.ID.String())})
}

// wrongState refuses what a practice's state does not allow.
func wrongState(p *Practice, key string) error {
	return text.Refuse(key, text.Args{"id": text.Record(p.ID.String()), "state": text.Key("state.P." + string(p.State))})
}
