package communication

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// forgetTime is how long the text of an answer stays after its author has said no, so that copies
// that are on their way arrive.
const forgetTime = time.Hour

// secondAccepted is after how many accepted answers their author is asked to become a helper.
const secondAccepted = 2

// Solution is what came of saying that a request is solved.
type Solution struct {
	Request  Request
	Answer   *Answer // what solved it; nil when no answer did
	Again    bool    // it was solved by just that before: nothing is new
	AskKeep  bool    // the author has to be asked whether the text may be kept
	Offer    bool    // the author may be asked whether they want to be a helper
	Asked    []int64 // the helpers whose being asked is over
	Follow   []int64 // who follows the request
	Credited bool    // the answer is somebody else's than the asker's
}

// Solve closes a request with the part that solved it, or with none (part 0). Only its asker and
// moderators may. Another part than before moves the credit.
//
// Errors: refusals for a withdrawn or hidden request, for a stranger, for a part that is not there.
func (d *Desk) Solve(ctx context.Context, by community.Member, id record.ID, part int64) (Solution, error) {
	var out Solution
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		out = Solution{}
		r, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := mayChange(by, r); err != nil {
			return err
		}
		if err := closed(r); err != nil {
			return err
		}
		if part != 0 {
			if out.Answer, err = d.Answer(ctx, by.Community, record.Subject{ID: id, Part: part}); err != nil {
				return err
			}
			if out.Answer == nil || out.Answer.Gone {
				return text.RefuseArg("answer", "communication.solved.no_answer", text.Args{"id": text.Record(id.String())})
			}
		}
		out.Credited = out.Answer != nil && !out.Answer.Own
		if r.State == Solved && (r.Accepted == part || part == 0) {
			out.Request, out.Again = *r, true
			return nil
		}
		return d.solve(ctx, by, r, &out)
	})
	return out, err
}

func (d *Desk) solve(ctx context.Context, by community.Member, r *Request, out *Solution) (err error) {
	now := d.now()
	r.State, r.SolvedAt, r.Active = Solved, now, now
	r.Accepted, r.Credited = 0, 0
	if a := out.Answer; a != nil {
		r.Accepted = a.Part
		if out.Credited {
			r.Credited = a.Author
		}
		if err := d.askKeep(ctx, by, r, a, out); err != nil {
			return err
		}
	}
	if err := d.save(ctx, r, "solved", by.No, ""); err != nil {
		return err
	}
	if out.Credited {
		n, err := d.store.Answers.Accepted(ctx, r.Community, r.Credited)
		if err != nil {
			return fmt.Errorf("count accepted answers: %w", err)
		}
		out.Offer = n >= secondAccepted
	}
	if out.Asked, err = d.AskedAbout(ctx, r.Community, r.ID); err != nil {
		return err
	}
	if out.Follow, err = d.followers(ctx, r, by.No); err != nil {
		return err
	}
	out.Request = *r
	return nil
}

// askKeep finds out whether the text of an accepted answer may be kept with the request. What was
// said to the asker alone stays so, and nobody is asked.
func (d *Desk) askKeep(ctx context.Context, by community.Member, r *Request, a *Answer, out *Solution) error {
	if a.Private || a.Text == "" {
		return nil
	}
	subject := a.Subject().String()
	switch {
	case a.Own && !r.Named():
		a.Kept = community.ConsentUnnamed
	case a.Author == by.No:
		a.Kept = community.ConsentYes // their own words, by their own hand
	default:
		author, err := d.store.Members.Member(ctx, r.Community, a.Author)
		if err != nil {
			return fmt.Errorf("load author: %w", err)
		}
		if a.Kept, err = d.store.Consents.Ask(ctx, author, subject, d.now()); err != nil {
			return fmt.Errorf("ask for consent: %w", err)
		}
		out.AskKeep = a.Kept == community.ConsentWaiting
	}
	if a.Author == by.No {
		if err := d.store.Consents.SetConsent(ctx, r.Community, a.Author, subject, a.Kept, d.now()); err != nil {
			return fmt.Errorf("note consent: %w", err)
		}
	}
	return d.kept(ctx, r, a)
}

// kept stores what an author's answer makes of the text.
func (d *Desk) kept(ctx context.Context, r *Request, a *Answer) error {
	if a.Kept == community.ConsentNo {
		if err := d.forgetLater(ctx, r, a); err != nil {
			return err
		}
	}
	if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
		return fmt.Errorf("save answer: %w", err)
	}
	return nil
}

// Consented follows an author's answer to whether their text may be kept.
func (d *Desk) Consented(ctx context.Context, of int64, s record.Subject, member int64, answer community.Answer) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := d.store.Requests.Lock(ctx, of, s.ID)
		if err != nil || r == nil {
			return err
		}
		a, err := d.Answer(ctx, of, s)
		if err != nil || a == nil || a.Author != member || a.Gone || a.Kept == answer {
			return err
		}
		a.Kept = answer
		if err := d.kept(ctx, r, a); err != nil {
			return err
		}
		if r.Accepted != a.Part {
			return nil
		}
		return d.report(ctx, r, r.Subject(), "edited", member, "")
	})
}

func (d *Desk) forgetLater(ctx context.Context, r *Request, a *Answer) error {
	now := d.now()
	// The minute makes it another item each time that it has to be done anew.
	it := d.item(r, KindForget, Reminder{Request: r.ID, Part: a.Part, Step: now.Unix() / 60}, now.Add(forgetTime))
	if err := d.store.Queue.Add(ctx, it); err != nil {
		return fmt.Errorf("queue the end of an answer's text: %w", err)
	}
	return nil
}

// Forget lets go of the text of an answer whose author did not want it kept. Its copies in threads
// stay as they are.
func (d *Desk) Forget(ctx context.Context, of int64, m Reminder) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := d.store.Requests.Lock(ctx, of, m.Request)
		if err != nil || r == nil {
			return err
		}
		a, err := d.Answer(ctx, of, record.Subject{ID: m.Request, Part: m.Part})
		if err != nil || a == nil || a.Gone || a.Kept != community.ConsentNo || !r.Closed() {
			return err
		}
		a.Text, a.Files, a.Forgotten = "", nil, true
		if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
			return fmt.Errorf("forget answer: %w", err)
		}
		return nil
	})
}
