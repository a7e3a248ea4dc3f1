package cooperation

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// maxSteps bounds how often reviewers are looked for in one round: about a year.
const maxSteps = 52

// Reviewing is a practice in review, with what it still lacks.
type Reviewing struct {
	Practice Practice
	Need     Need
	Ask      int64   // the reviewer to be asked now; 0 for nobody
	Waiting  []int64 // who was asked and has not answered
	Again    bool    // it stood there before: nothing is new
}

// Submit puts a candidate, or a practice that was to be revised, up for review and chooses the first
// reviewer to be asked.
//
// Errors: refusals when a needed section is missing, and for the wrong person or state.
func (b *Book) Submit(ctx context.Context, by community.Member, id record.ID) (Reviewing, error) {
	return b.reviewing(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice, out *Reviewing) (string, error) {
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if p.State == InReview {
			out.Again = true
			return "", nil
		}
		if p.State != Candidate && p.State != Revised {
			return "", wrongState(p, "cooperation.submit.state")
		}
		if missing := p.Missing(); len(missing) > 0 {
			return "", text.RefuseArg(missing[0], "cooperation.submit.missing",
				text.Args{"id": text.Record(p.ID.String()), "n": len(missing), "sections": sectionKeys(missing)})
		}
		p.State, p.Submitted, p.Reason = InReview, b.now(), ""
		p.Round++
		return "submitted", nil
	})
}

func sectionKeys(sections []string) []text.Key {
	out := make([]text.Key, len(sections))
	for i, s := range sections {
		out[i] = text.Key("cooperation.section." + s)
	}
	return out
}

// reviewing runs fn on a locked practice and then sees who is to be asked next.
func (b *Book) reviewing(ctx context.Context, by, of int64, id record.ID, fn func(ctx context.Context, p *Practice, out *Reviewing) (string, error)) (Reviewing, error) {
	var out Reviewing
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = Reviewing{}
		p, err := b.locked(ctx, of, id)
		if err != nil {
			return err
		}
		what, err := fn(ctx, p, &out)
		if err != nil {
			return err
		}
		if what != "" {
			if err := b.save(ctx, p, what, by, ""); err != nil {
				return err
			}
		}
		out.Practice = *p
		if p.State != InReview {
			return nil
		}
		return b.seek(ctx, p, &out)
	})
	return out, err
}

// seek finds what a review lacks and, unless somebody has been asked and still has time, who is to
// be asked next.
func (b *Book) seek(ctx context.Context, p *Practice, out *Reviewing) error {
	now := b.now()
	reviewers, err := b.store.Reviews.Reviewers(ctx, p.Community)
	if err != nil {
		return fmt.Errorf("load reviewers: %w", err)
	}
	reviews, err := b.Reviews(ctx, p)
	if err != nil {
		return err
	}
	if out.Need, err = b.needOf(ctx, p, reviews, reviewers); err != nil {
		return err
	}
	askings, err := b.store.Reviews.Askings(ctx, p.Community, p.ID, p.Round)
	if err != nil {
		return fmt.Errorf("load who was asked: %w", err)
	}
	busy, open := []int64{p.Author, p.Steward}, false
	for _, a := range askings {
		busy = append(busy, a.Member)
		if a.Outcome == ReviewerAsked {
			out.Waiting = append(out.Waiting, a.Member)
			open = open || now.Before(a.At.Add(ReviewerTime))
		}
	}
	if open || out.Need.Met() {
		return b.again(ctx, p, now)
	}
	for _, r := range reviews {
		busy = append(busy, r.Member)
	}
	quotes, err := b.Quotes(ctx, p.Community, p.ID)
	if err != nil {
		return err
	}
	for _, q := range quotes {
		if q.stands() {
			busy = append(busy, q.Author)
		}
	}
	if next := NextReviewer(p.Organisation, reviewers, busy, out.Need.Abroad); next != 0 {
		err := b.store.Reviews.PutAsking(ctx, p.Community, Asking{Practice: p.ID, Round: p.Round, Member: next, At: now, Outcome: ReviewerAsked})
		if err != nil {
			return fmt.Errorf("note who is asked: %w", err)
		}
		out.Ask = next
		out.Waiting = append(out.Waiting, next)
	}
	return b.again(ctx, p, now)
}

// again sees to it that reviewers are looked for when the time of the one asked now is over. Steps
// count weeks and days since the submission, so that one item stands for one day at most.
func (b *Book) again(ctx context.Context, p *Practice, now time.Time) error {
	due := now.Add(ReviewerTime)
	step := int64(due.Sub(p.Submitted) / (24 * time.Hour))
	if step > maxSteps*7 {
		return nil
	}
	return b.remind(ctx, p.Community, KindNext, Reminder{Practice: p.ID, Round: p.Round, Step: step}, due)
}

func (b *Book) needOf(ctx context.Context, p *Practice, reviews []Review, reviewers []Reviewer) (Need, error) {
	n, err := b.store.Reviews.Organisations(ctx, p.Community)
	if err != nil {
		return Need{}, fmt.Errorf("count organisations: %w", err)
	}
	bench := Bench{Organisations: n, Waited: b.now().Sub(p.Submitted)}
	for _, r := range reviewers {
		bench.Abroad = bench.Abroad || r.Member != p.Author && Abroad(p.Organisation, r.Organisation)
	}
	return NeedOf(p.Organisation, reviews, bench), nil
}

// Need is what a practice in review still lacks.
func (b *Book) Need(ctx context.Context, p *Practice) (Need, error) {
	reviews, err := b.Reviews(ctx, p)
	if err != nil {
		return Need{}, err
	}
	reviewers, err := b.store.Reviews.Reviewers(ctx, p.Community)
	if err != nil {
		return Need{}, fmt.Errorf("load reviewers: %w", err)
	}
	return b.needOf(ctx, p, reviews, reviewers)
}

// Next asks the next reviewer when the one before had their time. Nobody is in review any more where
// the reminder is of another round: the practice is zero then.
func (b *Book) Next(ctx context.Context, of int64, m Reminder) (Reviewing, error) {
	var out Reviewing
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = Reviewing{}
		p, err := b.store.Practices.LockPractice(ctx, of, m.Practice)
		if err != nil || p == nil || p.State != InReview || p.Round != m.Round {
			return err
		}
		if p.Hidden { // it may come back on view
			return b.again(ctx, p, b.now())
		}
		if p, err = b.locked(ctx, of, m.Practice); err != nil {
			return err
		}
		out.Practice = *p
		return b.seek(ctx, p, &out)
	})
	return out, err
}

// Opinion is what a reviewer says.
type Opinion struct {
	Verdict Verdict
	Comment string
	Points  map[string]int // by criterion, 1 to 5; what was not given is missing
}

// Review keeps a reviewer's verdict, in place of an earlier one of the same reviewer and round, and
// chooses who is asked next.
//
// Errors: refusals for a conflict of interest (the author, whoever is quoted, the same organisation),
// for somebody who has not opted in and was not asked, for a missing sentence, and for a practice
// that is not in review.
func (b *Book) Review(ctx context.Context, by community.Member, id record.ID, o Opinion) (Reviewing, error) {
	comment, err := checked("comment", o.Comment, MaxComment, true)
	if err != nil {
		return Reviewing{}, err
	}
	if comment == "" {
		return Reviewing{}, text.RefuseArg("comment", "cooperation.review.comment", nil)
	}
	for _, c := range Criteria {
		if n, ok := o.Points[c]; ok && (n < 1 || n > 5) {
			return Reviewing{}, text.RefuseArg(c, "cooperation.review.points", nil)
		}
	}
	return b.reviewing(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice, _ *Reviewing) (string, error) {
		if err := b.MayReview(ctx, p, by); err != nil {
			return "", err
		}
		r := Review{Practice: p.ID, Round: p.Round, Member: by.No, Organisation: by.Organisation, Verdict: o.Verdict, Comment: comment,
			Points: o.Points, At: b.now()}
		if err := b.store.Reviews.PutReview(ctx, p.Community, r); err != nil {
			return "", fmt.Errorf("keep review: %w", err)
		}
		if err := b.settle(ctx, p, by.No, ReviewerDone); err != nil {
			return "", err
		}
		return "reviewed", nil
	})
}

// settle closes what a reviewer was asked.
func (b *Book) settle(ctx context.Context, p *Practice, member int64, o Outcome) error {
	as, err := b.store.Reviews.Askings(ctx, p.Community, p.ID, p.Round)
	if err != nil {
		return fmt.Errorf("load who was asked: %w", err)
	}
	for _, a := range as {
		if a.Member != member || a.Outcome == ReviewerDone {
			continue
		}
		a.Outcome = o
		if err := b.store.Reviews.PutAsking(ctx, p.Community, a); err != nil {
			return fmt.Errorf("note what a reviewer did: %w", err)
		}
	}
	return nil
}

// MayReview refuses whoever may not review p now, with the same sentences as Review.
func (b *Book) MayReview(ctx context.Context, p *Practice, by community.Member) error {
	if err := onView(p, by); err != nil {
		return err
	}
	args := text.Args{"id": text.Record(p.ID.String())}
	switch {
	case by.No == p.Author || by.No == p.Steward:
		return text.Refuse("cooperation.review.own", args)
	case p.State != InReview:
		return wrongState(p, "cooperation.review.state")
	case p.Organisation.No != 0 && by.Organisation.No == p.Organisation.No:
		return text.Refuse("cooperation.review.same", args)
	}
	qs, err := b.Quotes(ctx, p.Community, p.ID)
	if err != nil {
		return err
	}
	for _, q := range qs {
		if q.Author == by.No && q.stands() {
			return text.Refuse("cooperation.review.quoted", args)
		}
	}
	if by.Reviewer {
		return nil
	}
	asked, err := b.asked(ctx, p, by.No)
	if err != nil {
		return err
	}
	if !asked {
		return text.Refuse("cooperation.review.opt_in", args)
	}
	return nil
}

// Pass notes that a reviewer cannot review now and chooses who is asked instead. From somebody who
// was not asked it changes nothing.
func (b *Book) Pass(ctx context.Context, by community.Member, id record.ID) (Reviewing, error) {
	return b.reviewing(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice, _ *Reviewing) (string, error) {
		return "", b.settle(ctx, p, by.No, ReviewerPassed)
	})
}

// Volunteer opts a member in to reviewing, or out. Practices that wait for reviewers, with nobody
// being asked, are those for which one is chosen now.
func (b *Book) Volunteer(ctx context.Context, by community.Member, on bool) ([]Reviewing, error) {
	var out []Reviewing
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = nil
		if err := b.store.Reviews.Volunteer(ctx, by.Community, by.No, on); err != nil {
			return fmt.Errorf("note who reviews: %w", err)
		}
		if !on {
			return nil
		}
		w, err := b.Waiting(ctx, by.Community)
		if err != nil {
			return err
		}
		for _, l := range w.Lacking {
			s, err := b.Next(ctx, by.Community, Reminder{Practice: l.Practice.ID, Round: l.Practice.Round})
			if err != nil {
				return err
			}
			if s.Ask != 0 {
				out = append(out, s)
			}
		}
		return nil
	})
	return out, err
}
