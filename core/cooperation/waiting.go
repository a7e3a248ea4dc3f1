package cooperation

import (
	"context"
	"fmt"
	"slices"
)

// Waiting is what waits for the moderators.
type Waiting struct {
	Complete []Practice // reviewed: to be accepted or declined
	Lacking  []Lacking  // in review, and nobody is being asked
	Due      []Practice // to be checked again; their stewards were asked
}

// Lacking is a practice in review that lacks reviewers.
type Lacking struct {
	Practice Practice
	Need     Need
}

// Waiting lists what waits for the moderators, the newest first. Practices whose reviewer still has
// time are left out, and so are those that were taken off view.
func (b *Book) Waiting(ctx context.Context, of int64) (Waiting, error) {
	var out Waiting
	ps, err := b.Practices(ctx, of, Filter{States: []State{InReview, Due}})
	if err != nil {
		return out, err
	}
	for _, p := range ps {
		switch {
		case p.Hidden:
			continue
		case p.State == Due:
			out.Due = append(out.Due, p)
			continue
		}
		need, err := b.Need(ctx, &p)
		if err != nil {
			return out, err
		}
		if need.Met() {
			out.Complete = append(out.Complete, p)
			continue
		}
		open, err := b.beingAsked(ctx, &p)
		if err != nil {
			return out, err
		}
		if !open {
			out.Lacking = append(out.Lacking, Lacking{p, need})
		}
	}
	return out, nil
}

// beingAsked says whether somebody who was asked to review still has time.
func (b *Book) beingAsked(ctx context.Context, p *Practice) (bool, error) {
	as, err := b.store.Reviews.Askings(ctx, p.Community, p.ID, p.Round)
	for _, a := range as {
		if a.Outcome == ReviewerAsked && b.now().Before(a.At.Add(ReviewerTime)) {
			return true, nil
		}
	}
	return false, err
}

// mostReviewing is how many of their latest askings are looked at for what a member reviews.
const mostReviewing = 20

// Reviewing are the practices in review that a member was asked to look at: those that wait for their verdict
// still, and those that they have given it on, each the newest first.
func (b *Book) Reviewing(ctx context.Context, of, member int64) (waiting, given []Practice, err error) {
	as, err := b.store.Reviews.AskingsOf(ctx, of, member)
	if err != nil {
		return nil, nil, fmt.Errorf("list what a member reviews: %w", err)
	}
	as = as[max(0, len(as)-mostReviewing):]
	for _, a := range slices.Backward(as) {
		open := a.Outcome == ReviewerAsked && b.now().Before(a.At.Add(ReviewerTime))
		if !open && a.Outcome != ReviewerDone {
			continue
		}
		p, err := b.Practice(ctx, of, a.Practice)
		if err != nil {
			return nil, nil, err
		}
		switch {
		case p == nil || p.Hidden || p.State != InReview || p.Round != a.Round:
		case open:
			waiting = append(waiting, *p)
		default:
			given = append(given, *p)
		}
	}
	return waiting, given, nil
}
