package communication

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// The kinds of work that a request leaves for later.
const (
	KindNext    = "communication.next"    // ask the next helper
	KindWaiting = "communication.waiting" // tell the moderators that nobody has answered
	KindForget  = "communication.forget"  // let go of an answer's text
)

// How long one helper has before the next is asked, until when helpers are looked for, and when the
// moderators are told.
const (
	HelperTime  = 24 * time.Hour
	SeekTime    = 14 * 24 * time.Hour
	WaitingTime = 48 * time.Hour
)

// Reminder is the body of a work item about a request.
type Reminder struct {
	Request record.ID `json:"request"`
	Part    int64     `json:"part,omitempty"`
	Round   int64     `json:"round,omitempty"`
	Step    int64     `json:"step,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// Outcome is what became of asking a helper.
type Outcome string

// The outcomes. No one but the helper ever learns of them.
const (
	HelperAsked    Outcome = "asked"
	HelperDeclined Outcome = "declined"
)

// Helping is that a helper was asked about a request.
type Helping struct {
	Request record.ID
	Member  int64
	At      time.Time
	Outcome Outcome
}

// Helpers keeps who may be asked for help, and who was.
type Helpers interface {
	// Candidates are the members who opted in, with their counts as of now and whether they were
	// asked about id (the zero ID: nobody was).
	Candidates(ctx context.Context, of int64, id record.ID, now time.Time) ([]Candidate, error)
	// Free locks a helper until the transaction ends and says whether they may be asked once more:
	// they still are a helper, take messages, and their week's share is not used up.
	Free(ctx context.Context, of, member int64, now time.Time) (bool, error)
	// NoteAsked keeps that a helper is asked, Declined that they said no.
	NoteAsked(ctx context.Context, of int64, h Helping) error
	Declined(ctx context.Context, of int64, id record.ID, member int64) error
	WasAsked(ctx context.Context, of int64, id record.ID, member int64) (bool, error)
	// AskedAbout are those who were asked about a request, first to last.
	AskedAbout(ctx context.Context, of int64, id record.ID) ([]Helping, error)
	// HelpAskedOf is what a member was asked, oldest first; DropHelping forgets it.
	HelpAskedOf(ctx context.Context, of, member int64) ([]Helping, error)
	DropHelping(ctx context.Context, of, member int64) error
	// Enlist makes a member a helper, with a topic more unless it is empty, and gives them
	// defaultCap where they have none. Release makes them none.
	Enlist(ctx context.Context, of, member int64, topic string, defaultCap int) error
	Release(ctx context.Context, of, member int64) error
	// Experts are the helpers who know any of some topics (none: all) and take messages, by name.
	Experts(ctx context.Context, of int64, topics []string) ([]int64, error)
}

// pick chooses and locks the helper to be asked next about r; 0 when there is none.
func (d *Desk) pick(ctx context.Context, r *Request) (int64, error) {
	now := d.now()
	all, err := d.store.Helpers.Candidates(ctx, r.Community, r.ID, now)
	if err != nil {
		return 0, fmt.Errorf("load helpers: %w", err)
	}
	for _, c := range Match(r, all) {
		free, err := d.store.Helpers.Free(ctx, r.Community, c.Member, now)
		if err != nil {
			return 0, fmt.Errorf("lock helper: %w", err)
		}
		if free {
			return c.Member, nil
		}
	}
	return 0, nil
}

// asks notes that helper is asked about r; 0 is nobody.
func (d *Desk) asks(ctx context.Context, r *Request, helper int64) error {
	if helper == 0 {
		return nil
	}
	err := d.store.Helpers.NoteAsked(ctx, r.Community, Helping{Request: r.ID, Member: helper, At: d.now(), Outcome: HelperAsked})
	if err != nil {
		return fmt.Errorf("note who is asked: %w", err)
	}
	return nil
}

// seek begins a new round of looking for an answer, with helper as the first to be asked.
func (d *Desk) seek(ctx context.Context, r *Request, helper int64) error {
	r.Round++
	return d.sought(ctx, r, helper)
}

// sought notes who is asked first in r's round, and sees to it that it goes on.
func (d *Desk) sought(ctx context.Context, r *Request, helper int64) error {
	if err := d.asks(ctx, r, helper); err != nil {
		return err
	}
	now := d.now()
	next := Reminder{Request: r.ID, Round: r.Round, Step: 1, Until: now.Add(SeekTime)}
	err := d.store.Queue.Add(ctx, d.item(r, KindNext, next, now.Add(HelperTime)),
		d.item(r, KindWaiting, Reminder{Request: r.ID, Round: r.Round}, now.Add(WaitingTime)))
	if err != nil {
		return fmt.Errorf("queue reminders: %w", err)
	}
	return nil
}

func (d *Desk) item(r *Request, kind string, body Reminder, due time.Time) work.Item {
	key := fmt.Sprintf("%s/%d/%s/%d.%d.%d", kind, r.Community, r.ID, body.Part, body.Round, body.Step)
	return work.New(kind, "", key, body).In(r.Community).At(due)
}

// Next asks the next helper when the one before had their time, and sees to it that this happens
// again. It returns who is to be asked now: 0 for nobody. The request is nil where the reminder has
// no meaning any more.
func (d *Desk) Next(ctx context.Context, of int64, m Reminder) (r *Request, helper int64, err error) {
	err = d.store.Atomically(ctx, func(ctx context.Context) (err error) {
		r, helper = nil, 0
		got, err := d.store.Requests.Lock(ctx, of, m.Request)
		if err != nil || got == nil || !got.Waits() || got.Round != m.Round {
			return err
		}
		now, last := d.now(), got.Asked
		asked, err := d.store.Helpers.AskedAbout(ctx, of, got.ID)
		if err != nil {
			return fmt.Errorf("load who was asked: %w", err)
		}
		if n := len(asked); n > 0 {
			last = asked[n-1].At
		}
		due := last.Add(HelperTime) // somebody was asked in between: they have their time, too
		if !due.After(now) {
			if helper, err = d.pick(ctx, got); err != nil {
				return err
			}
			if err := d.asks(ctx, got, helper); err != nil {
				return err
			}
			due = now.Add(HelperTime)
		}
		r = got
		if m.Step++; due.Before(m.Until) {
			return d.store.Queue.Add(ctx, d.item(got, KindNext, m, due))
		}
		return nil
	})
	return r, helper, err
}

// Waiting is the request that the moderators are to be told about; nil when somebody has answered it.
func (d *Desk) Waiting(ctx context.Context, of int64, m Reminder) (*Request, error) {
	r, err := d.Request(ctx, of, m.Request)
	if err != nil || r == nil || !r.Waits() || r.Round != m.Round {
		return nil, err
	}
	return r, nil
}

// Asked is a request as a helper sees it who was asked about it. It refuses everybody else, and says
// so when an answer is not needed any more.
func (d *Desk) Asked(ctx context.Context, by community.Member, id record.ID) (*Request, error) {
	asked, err := d.store.Helpers.WasAsked(ctx, by.Community, id, by.No)
	if err != nil {
		return nil, fmt.Errorf("look who was asked: %w", err)
	}
	if !asked {
		return nil, text.Refuse("chat.hidden", nil)
	}
	r, err := d.Request(ctx, by.Community, id)
	if err != nil {
		return nil, err
	}
	if r == nil || r.Hidden || r.Closed() {
		return nil, text.Refuse("communication.help.over", text.Args{"id": text.Record(id.String())})
	}
	return r, nil
}

// Decline notes that a helper cannot help with a request and returns who is to be asked instead: 0
// for nobody. Again, or from somebody who was not asked, it changes nothing.
func (d *Desk) Decline(ctx context.Context, by community.Member, id record.ID) (r *Request, helper int64, err error) {
	err = d.store.Atomically(ctx, func(ctx context.Context) error {
		r, helper = nil, 0
		got, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		asked, err := d.store.Helpers.AskedAbout(ctx, by.Community, id)
		if err != nil {
			return fmt.Errorf("load who was asked: %w", err)
		}
		newest := len(asked) - 1
		mine := -1
		for i, h := range asked {
			if h.Member == by.No && h.Outcome == HelperAsked {
				mine = i
			}
		}
		if mine < 0 {
			return nil
		}
		if err := d.store.Helpers.Declined(ctx, by.Community, id, by.No); err != nil {
			return fmt.Errorf("note that a helper declined: %w", err)
		}
		r = got
		// Who was asked longer ago has been followed by another already.
		if mine < newest || !got.Waits() {
			return nil
		}
		if helper, err = d.pick(ctx, got); err != nil {
			return err
		}
		return d.asks(ctx, got, helper)
	})
	return r, helper, err
}

// Volunteer makes a member a helper, for a topic where it is not empty.
func (d *Desk) Volunteer(ctx context.Context, by community.Member, topic string) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		if err := d.store.Helpers.Enlist(ctx, by.Community, by.No, topic, DefaultCap); err != nil {
			return fmt.Errorf("enlist helper: %w", err)
		}
		return nil
	})
}

// Resign makes a member no helper any more.
func (d *Desk) Resign(ctx context.Context, by community.Member) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		if err := d.store.Helpers.Release(ctx, by.Community, by.No); err != nil {
			return fmt.Errorf("release helper: %w", err)
		}
		return nil
	})
}

// Experts are the members who opted in to being asked about any of some topics.
func (d *Desk) Experts(ctx context.Context, of int64, topics []string) ([]int64, error) {
	nos, err := d.store.Helpers.Experts(ctx, of, topics)
	if err != nil {
		return nil, fmt.Errorf("list experts: %w", err)
	}
	return nos, nil
}

// AskedAbout are the members who were asked about a request and have not declined.
func (d *Desk) AskedAbout(ctx context.Context, of int64, id record.ID) ([]int64, error) {
	asked, err := d.store.Helpers.AskedAbout(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load who was asked: %w", err)
	}
	var out []int64
	for _, h := range asked {
		if h.Outcome == HelperAsked {
			out = append(out, h.Member)
		}
	}
	return out, nil
}

// Talkers are those whom the asker of a private request talks to: who has answered, or, before
// anybody has, who was asked and has not declined.
func (d *Desk) Talkers(ctx context.Context, r *Request) ([]int64, error) {
	as, err := d.Answers(ctx, r.Community, r.ID)
	if err != nil {
		return nil, err
	}
	var out []int64
	for _, a := range as {
		if !a.Own && !a.Gone && !slices.Contains(out, a.Author) {
			out = append(out, a.Author)
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	return d.AskedAbout(ctx, r.Community, r.ID)
}
