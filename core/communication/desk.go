package communication

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Desk is where requests are opened, answered and solved. It keeps the rules; it is safe for
// concurrent use.
type Desk struct {
	store Store
	now   func() time.Time
}

// Store is all that the desk needs.
type Store struct {
	Transactions
	Requests Requests
	Answers  Answers
	Helpers  Helpers
	Members  Members
	Consents community.Consents
	Changes  record.Changes
	Trails   record.Trails
	Queue    work.Queue
}

// Transactions runs a function in one transaction, which travels in the context; inside another it
// joins. The function may be run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Requests keeps requests.
type Requests interface {
	// Add keeps a new request and gives it its id.
	Add(ctx context.Context, r *Request) error
	// Twin is the newest request that r's asker opened since a time with the same words to the same
	// audience and that was not withdrawn; the zero ID when there is none. Others who look for one of the
	// same asker wait until the transaction ends.
	Twin(ctx context.Context, r *Request, since time.Time) (record.ID, error)
	// ByID is a request; nil when there is none.
	ByID(ctx context.Context, of int64, id record.ID) (*Request, error)
	// Lock is ByID for what is going to be changed: it waits for others who do so.
	Lock(ctx context.Context, of int64, id record.ID) (*Request, error)
	Save(ctx context.Context, r *Request) error
	// From are the requests that were opened by a message.
	From(ctx context.Context, of int64, s record.Source) ([]record.ID, error)
	List(ctx context.Context, of int64, f Filter) ([]Request, error)
	// Idle are open and answered requests without a word since a time, oldest first.
	Idle(ctx context.Context, of int64, since time.Time, n int) ([]record.ID, error)
	// AskedBy are all requests of a member, oldest first.
	AskedBy(ctx context.Context, of, asker int64) ([]Request, error)

	Follow(ctx context.Context, of int64, id record.ID, member int64) (fresh bool, err error)
	Unfollow(ctx context.Context, of int64, id record.ID, member int64) error
	Followers(ctx context.Context, of int64, id record.ID) ([]int64, error)
	// Followed are the requests that a member follows; DropFollows forgets them all.
	Followed(ctx context.Context, of, member int64) ([]record.ID, error)
	DropFollows(ctx context.Context, of, member int64) error
}

// Answers keeps the parts of requests.
type Answers interface {
	// AddAnswer keeps a new part. fresh is false, and nothing is kept, when its message was kept before.
	AddAnswer(ctx context.Context, a *Answer) (fresh bool, err error)
	// Answer is one part; nil when there is none.
	Answer(ctx context.Context, of int64, id record.ID, part int64) (*Answer, error)
	// AnswerAt is the part that was written as a message; nil when there is none.
	AnswerAt(ctx context.Context, of int64, s record.Source) (*Answer, error)
	// AnswersTo are a request's parts in order.
	AnswersTo(ctx context.Context, of int64, id record.ID) ([]Answer, error)
	SaveAnswer(ctx context.Context, a *Answer) error
	// AnswersOf are all parts that a member wrote, oldest first.
	AnswersOf(ctx context.Context, of, author int64) ([]Answer, error)
	// Accepted is how many requests a member's answers solved.
	Accepted(ctx context.Context, of, author int64) (int, error)
}

// Members knows who is who.
type Members interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
}

// Filter chooses requests for a list.
type Filter struct {
	States []State  // none: all but withdrawn ones
	Topics []string // none: all
	Asker  int64    // only this member's, whatever their audience; 0: all that members may see
	Before time.Time
	Skip   int
	N      int
}

// New makes a desk.
func New(s Store, now func() time.Time) *Desk { return &Desk{store: s, now: now} }

// Request is a request as it is now; nil when there is none.
func (d *Desk) Request(ctx context.Context, of int64, id record.ID) (*Request, error) {
	r, err := d.store.Requests.ByID(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load request %s: %w", id, err)
	}
	return r, nil
}

// Answer is one part of a request; nil when there is none.
func (d *Desk) Answer(ctx context.Context, of int64, s record.Subject) (*Answer, error) {
	a, err := d.store.Answers.Answer(ctx, of, s.ID, s.Part)
	if err != nil {
		return nil, fmt.Errorf("load answer %s: %w", s, err)
	}
	return a, nil
}

// Answers are a request's parts in order, those that are gone included.
func (d *Desk) Answers(ctx context.Context, of int64, id record.ID) ([]Answer, error) {
	as, err := d.store.Answers.AnswersTo(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load answers to %s: %w", id, err)
	}
	return as, nil
}

// Written is the part that was written as a message; nil when the message is none.
func (d *Desk) Written(ctx context.Context, of int64, s record.Source) (*Answer, error) {
	if s.Message == "" {
		return nil, nil
	}
	a, err := d.store.Answers.AnswerAt(ctx, of, s)
	if err != nil {
		return nil, fmt.Errorf("look for an answer by its message: %w", err)
	}
	return a, nil
}

// List are the requests of f, newest first. Requests to one helper, hidden and withdrawn ones are
// among them only where f asks for the asker's own, and withdrawn ones only where f names that state.
func (d *Desk) List(ctx context.Context, of int64, f Filter) ([]Request, error) {
	rs, err := d.store.Requests.List(ctx, of, f)
	if err != nil {
		return nil, fmt.Errorf("list requests: %w", err)
	}
	return rs, nil
}

// MayRead says whether a member may read the request: everyone, unless it is hidden or was put to one
// helper; then its asker, and who was asked.
func (d *Desk) MayRead(ctx context.Context, r *Request, reader int64) (bool, error) {
	switch {
	case r.Hidden:
		return false, nil
	case r.To != OneHelper || reader == r.Asker && reader != 0:
		return true, nil
	case reader == 0:
		return false, nil
	}
	asked, err := d.store.Helpers.WasAsked(ctx, r.Community, r.ID, reader)
	if err != nil {
		return false, fmt.Errorf("look who was asked: %w", err)
	}
	return asked, nil
}

// locked loads a request for changing it.
func (d *Desk) locked(ctx context.Context, of int64, id record.ID) (*Request, error) {
	r, err := d.store.Requests.Lock(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("lock request %s: %w", id, err)
	}
	if r == nil {
		return nil, text.Refuse("chat.no_record", text.Args{"id": id.String()})
	}
	return r, nil
}

// save keeps a request and reports what happened to it.
func (d *Desk) save(ctx context.Context, r *Request, what string, by int64, note string) error {
	if err := d.store.Requests.Save(ctx, r); err != nil {
		return fmt.Errorf("save request %s: %w", r.ID, err)
	}
	return d.report(ctx, r, r.Subject(), what, by, note)
}

func (d *Desk) report(ctx context.Context, r *Request, s record.Subject, what string, by int64, note string) error {
	return d.changed(ctx, r, record.Change{Subject: s, What: what, By: by, Note: note})
}

// changed reports a change of r or of a part of it.
func (d *Desk) changed(ctx context.Context, r *Request, c record.Change) error {
	c.Community, c.By, c.At, c.Quiet = r.Community, r.By(c.By), d.now(), r.To == OneHelper
	if err := d.store.Changes.Record(ctx, c); err != nil {
		return fmt.Errorf("report that %s was %s: %w", c.Subject, c.What, err)
	}
	return nil
}

// closed refuses what a withdrawn or hidden request does not take.
func closed(r *Request) error {
	switch {
	case r.State == Withdrawn:
		return text.Refuse("communication.closed", text.Args{"id": text.Record(r.ID.String())})
	case r.Hidden:
		return text.Refuse("chat.hidden", nil)
	}
	return nil
}
