package communication

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// maxReason is the longest reason for a withdrawal, in graphemes.
const maxReason = 300

// sleepers is how many requests one call of Sleep takes on.
const sleepers = 200

// Closing is what came of a request being taken away.
type Closing struct {
	Request Request
	Again   bool    // it was away before: nothing is new
	Asked   []int64 // the helpers whose being asked is over
}

// Withdraw takes a request back: its question and all that was said to it are removed, and a
// tombstone with the reason stays. Only its asker and moderators may.
func (d *Desk) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (Closing, error) {
	return d.close(ctx, by.Community, id, func(ctx context.Context, r *Request) (bool, error) {
		if err := mayChange(by, r); err != nil {
			return false, err
		}
		if r.State == Withdrawn {
			return false, nil
		}
		return true, d.withdraw(ctx, r, by.No, text.Clean(reason, maxReason))
	})
}

// Hide takes a request off view, with the copies of what was said to it. Whether by may do so was
// checked before.
func (d *Desk) Hide(ctx context.Context, by community.Member, id record.ID) (Closing, error) {
	return d.close(ctx, by.Community, id, func(ctx context.Context, r *Request) (bool, error) {
		if r.Hidden {
			return false, nil
		}
		r.Hidden = true
		if err := d.save(ctx, r, "hidden", by.No, ""); err != nil {
			return false, err
		}
		as, err := d.Answers(ctx, r.Community, r.ID)
		if err != nil {
			return false, err
		}
		for _, a := range as {
			if !a.Gone {
				if err := d.report(ctx, r, a.Subject(), "deleted", by.No, ""); err != nil {
					return false, err
				}
			}
		}
		return true, nil
	})
}

// Unhide puts a request on view again, with what was said to it. Whether by may do so was checked
// before.
func (d *Desk) Unhide(ctx context.Context, by community.Member, id record.ID) (Closing, error) {
	return d.close(ctx, by.Community, id, func(ctx context.Context, r *Request) (bool, error) {
		if !r.Hidden {
			return false, nil
		}
		r.Hidden = false
		if err := d.save(ctx, r, "unhidden", by.No, ""); err != nil {
			return false, err
		}
		as, err := d.Answers(ctx, r.Community, r.ID)
		if err != nil {
			return false, err
		}
		for _, a := range as {
			if !a.Gone {
				if err := d.report(ctx, r, a.Subject(), "unhidden", by.No, ""); err != nil {
					return false, err
				}
			}
		}
		return true, nil
	})
}

func (d *Desk) close(ctx context.Context, of int64, id record.ID, how func(context.Context, *Request) (bool, error)) (Closing, error) {
	var out Closing
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		out = Closing{}
		r, err := d.locked(ctx, of, id)
		if err != nil {
			return err
		}
		done, err := how(ctx, r)
		if err != nil {
			return err
		}
		out.Request, out.Again = *r, !done
		if done {
			out.Asked, err = d.AskedAbout(ctx, of, id)
		}
		return err
	})
	return out, err
}

// withdraw removes what people wrote and leaves the tombstone.
func (d *Desk) withdraw(ctx context.Context, r *Request, by int64, reason string) error {
	as, err := d.Answers(ctx, r.Community, r.ID)
	if err != nil {
		return err
	}
	for i := range as {
		a := &as[i]
		if a.Gone {
			continue
		}
		a.Text, a.Files, a.Gone = "", nil, true
		if err := d.store.Answers.SaveAnswer(ctx, a); err != nil {
			return fmt.Errorf("remove answer: %w", err)
		}
		if err := d.report(ctx, r, a.Subject(), "deleted", by, ""); err != nil {
			return err
		}
	}
	r.Question, r.Reason, r.State, r.Active = "", reason, Withdrawn, d.now()
	r.Accepted, r.Credited, r.Answers = 0, 0, 0
	return d.save(ctx, r, "withdrawn", by, "")
}

// Unask follows the deletion of a message by which requests were opened: they are withdrawn, since
// nothing may be kept of a message that its writer took back. It returns those that were.
func (d *Desk) Unask(ctx context.Context, of int64, s record.Source) ([]Closing, error) {
	if s.Message == "" {
		return nil, nil
	}
	ids, err := d.store.Requests.From(ctx, of, s)
	if err != nil {
		return nil, fmt.Errorf("look for requests by their message: %w", err)
	}
	var out []Closing
	for _, id := range ids {
		c, err := d.close(ctx, of, id, func(ctx context.Context, r *Request) (bool, error) {
			if r.State == Withdrawn {
				return false, nil
			}
			return true, d.withdraw(ctx, r, r.Asker, "")
		})
		if err != nil {
			return nil, err
		}
		if !c.Again {
			out = append(out, c)
		}
	}
	return out, nil
}

// Sleep makes requests stale in which nothing has happened for SleepDays, and returns how many.
func (d *Desk) Sleep(ctx context.Context, of int64) (int, error) {
	n := 0
	err := d.store.Atomically(ctx, func(ctx context.Context) error {
		n = 0
		since := d.now().AddDate(0, 0, -SleepDays)
		ids, err := d.store.Requests.Idle(ctx, of, since, sleepers)
		if err != nil {
			return fmt.Errorf("look for idle requests: %w", err)
		}
		for _, id := range ids {
			r, err := d.locked(ctx, of, id)
			if err != nil {
				return err
			}
			if r.State != Open && r.State != Answered || !r.Active.Before(since) {
				continue
			}
			r.State = Stale
			if err := d.save(ctx, r, "stale", 0, ""); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// Follow makes a member be told of the request's first answer and of its solution. fresh is false
// when they followed it before.
func (d *Desk) Follow(ctx context.Context, by community.Member, id record.ID) (fresh bool, err error) {
	err = d.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := d.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := d.mayAnswer(ctx, by, r); err != nil {
			return err
		}
		if fresh, err = d.store.Requests.Follow(ctx, by.Community, id, by.No); err != nil {
			return fmt.Errorf("follow %s: %w", id, err)
		}
		return nil
	})
	return fresh, err
}

// Unfollow undoes Follow; again is no error.
func (d *Desk) Unfollow(ctx context.Context, by community.Member, id record.ID) error {
	return d.store.Atomically(ctx, func(ctx context.Context) error {
		if err := d.store.Requests.Unfollow(ctx, by.Community, id, by.No); err != nil {
			return fmt.Errorf("unfollow %s: %w", id, err)
		}
		return nil
	})
}
