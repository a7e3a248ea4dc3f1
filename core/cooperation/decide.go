package cooperation

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Decide accepts a practice whose review is complete, or declines it: a candidate again, with the
// reason. Moderators do this.
//
// Errors: a refusal that says what is missing.
func (b *Book) Decide(ctx context.Context, by community.Member, id record.ID, accept bool, reason string) (Reviewing, error) {
	why, err := checked("comment", reason, MaxComment, true)
	if err != nil {
		return Reviewing{}, err
	}
	return b.reviewing(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice, out *Reviewing) (string, error) {
		if err := moderates(p, by); err != nil {
			return "", err
		}
		if accept && p.State == Accepted {
			out.Again = true
			return "", nil
		}
		if p.State != InReview {
			return "", wrongState(p, "cooperation.decide.state")
		}
		var err error
		if out.Waiting, err = b.Asked(ctx, p); err != nil {
			return "", err
		}
		if !accept {
			if why == "" {
				return "", text.RefuseArg("comment", "cooperation.decline.reason", nil)
			}
			p.State, p.Reason = Candidate, why
			if !p.AcceptAt.IsZero() {
				p.State = Revised
			}
			return "declined", nil
		}
		need, err := b.Need(ctx, p)
		if err != nil {
			return "", err
		}
		if !need.Met() {
			return "", need.refusal(p)
		}
		return "accepted", b.accept(ctx, p, need.Light)
	})
}

// Asked are the members who were asked to review p in its present round and have not answered.
func (b *Book) Asked(ctx context.Context, p *Practice) ([]int64, error) {
	as, err := b.store.Reviews.Askings(ctx, p.Community, p.ID, p.Round)
	if err != nil {
		return nil, fmt.Errorf("load who was asked: %w", err)
	}
	var out []int64
	for _, a := range as {
		if a.Outcome == ReviewerAsked {
			out = append(out, a.Member)
		}
	}
	return out, nil
}

// accept makes p accepted, from now on for a year. The reviews stay with the round they belong to.
func (b *Book) accept(ctx context.Context, p *Practice, light Light) error {
	p.State, p.Light, p.Reason, p.AcceptAt = Accepted, light, "", b.now()
	p.DueAt = p.AcceptAt.AddDate(0, CheckMonths, 0)
	if _, err := b.grade(ctx, p); err != nil {
		return err
	}
	return b.remind(ctx, p.Community, KindCheck, Reminder{Practice: p.ID, Round: p.Round, Step: p.AcceptAt.Unix()}, p.DueAt)
}

// Key is the sentence that says what a review lacks, under "cooperation.need.".
func (n Need) Key() string {
	switch {
	case n.Origin:
		return "cooperation.need.origin"
	case n.Reviews > 0 && n.Abroad:
		return "cooperation.need.both"
	case n.Reviews > 0:
		return "cooperation.need.reviews"
	case n.Abroad:
		return "cooperation.need.abroad"
	}
	return "cooperation.need.nothing"
}

// Args are what the sentence of Key names.
func (n Need) Args(id record.ID) text.Args {
	return text.Args{"id": text.Record(id.String()), "n": n.Reviews}
}

func (n Need) refusal(p *Practice) error { return text.Refuse(n.Key(), n.Args(p.ID)) }
