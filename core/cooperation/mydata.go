package cooperation

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/record"
)

// Erase removes what a member left: their quotes, what they were asked, and the words of their
// reviews. Practices and adoptions stay, under the pseudonym that the community gives them.
func (b *Book) Erase(ctx context.Context, of, member int64) error {
	return b.store.Atomically(ctx, func(ctx context.Context) error {
		qs, err := b.store.Practices.QuotesOf(ctx, of, member)
		if err != nil {
			return fmt.Errorf("load a member's quotes: %w", err)
		}
		seen := map[record.ID]bool{}
		for _, q := range qs {
			if seen[q.Practice] {
				continue
			}
			seen[q.Practice] = true
			_, err := b.changeQuotes(ctx, of, q.Practice, func(x *Quote) bool {
				if x.Author != member || x.Gone && x.Source.IsZero() {
					return false
				}
				x.Text, x.Gone, x.Source = "", true, record.Source{}
				return true
			})
			if err != nil {
				return err
			}
		}
		if err := b.eraseReviews(ctx, of, member); err != nil {
			return err
		}
		return b.eraseSources(ctx, of, member)
	})
}

func (b *Book) eraseReviews(ctx context.Context, of, member int64) error {
	rs, err := b.store.Reviews.ReviewsOf(ctx, of, member)
	if err != nil {
		return fmt.Errorf("load a member's reviews: %w", err)
	}
	for _, r := range rs {
		r.Comment, r.Points = "", nil
		if err := b.store.Reviews.PutReview(ctx, of, r); err != nil {
			return fmt.Errorf("erase review: %w", err)
		}
	}
	if err := b.store.Reviews.DropAskings(ctx, of, member); err != nil {
		return fmt.Errorf("erase what a reviewer was asked: %w", err)
	}
	return nil
}

// everyState is for lists that leave out nothing.
var everyState = []State{Candidate, InReview, Accepted, Due, Revised, Retired, Withdrawn}

func (b *Book) eraseSources(ctx context.Context, of, member int64) error {
	ps, err := b.Practices(ctx, of, Filter{Author: member, States: everyState})
	if err != nil {
		return err
	}
	for _, p := range ps {
		_, err := b.change(ctx, 0, of, p.ID, func(_ context.Context, p *Practice) (string, error) {
			p.Source = record.Source{}
			return "edited", nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Export is all that is kept of one member, for JSON.
type Export struct {
	Practices []ExportedPractice `json:"practices"`
	Quotes    []ExportedQuote    `json:"quotes"`
	Reviews   []ExportedReview   `json:"reviews"`
	Asked     []ExportedAsking   `json:"asked_to_review"`
	Adoptions []ExportedAdoption `json:"adoptions"`
	Circles   []ExportedCircle   `json:"circles"`
}

// ExportedPractice is a practice that the member made.
type ExportedPractice struct {
	ID    string            `json:"id"`
	Title string            `json:"title"`
	Texts map[string]string `json:"texts,omitempty"`
	State State             `json:"state"`
	Made  time.Time         `json:"made"`
}

// ExportedQuote is something of the member's that a practice quotes.
type ExportedQuote struct {
	Practice string    `json:"practice"`
	Part     int64     `json:"part"`
	Text     string    `json:"text"`
	Consent  string    `json:"consent"`
	Written  time.Time `json:"written"`
}

// ExportedReview is a review that the member gave.
type ExportedReview struct {
	Practice string         `json:"practice"`
	Verdict  Verdict        `json:"verdict"`
	Comment  string         `json:"comment"`
	Points   map[string]int `json:"points,omitempty"`
	At       time.Time      `json:"at"`
}

// ExportedAsking is a time when the member was asked to review.
type ExportedAsking struct {
	Practice string    `json:"practice"`
	Outcome  Outcome   `json:"outcome"`
	At       time.Time `json:"at"`
}

// ExportedAdoption is an adoption that the member recorded.
type ExportedAdoption struct {
	Practice     string        `json:"practice"`
	Organisation string        `json:"organisation"`
	State        AdoptionState `json:"state"`
	Changed      string        `json:"changed,omitempty"`
	Result       string        `json:"result,omitempty"`
	Reach        string        `json:"reach,omitempty"`
	At           time.Time     `json:"at"`
}

// ExportedCircle is a circle that the member started or answered for.
type ExportedCircle struct {
	Practice string      `json:"practice"`
	Start    string      `json:"start"`
	State    CircleState `json:"state"`
	Started  bool        `json:"started"`
	Outcomes string      `json:"outcomes,omitempty"` // of one that they started
	For      []string    `json:"for,omitempty"`      // organisations that they answered for
}

// Export gives all that is kept of one member.
func (b *Book) Export(ctx context.Context, of, member int64) (Export, error) {
	out := Export{Practices: []ExportedPractice{}, Quotes: []ExportedQuote{}, Reviews: []ExportedReview{}, Asked: []ExportedAsking{},
		Adoptions: []ExportedAdoption{}, Circles: []ExportedCircle{}}
	ps, err := b.Practices(ctx, of, Filter{Author: member, States: everyState})
	if err != nil {
		return out, err
	}
	for _, p := range ps {
		out.Practices = append(out.Practices, ExportedPractice{p.ID.String(), p.Title, p.Texts, p.State, p.Made})
	}
	qs, err := b.store.Practices.QuotesOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's quotes: %w", err)
	}
	for _, q := range qs {
		out.Quotes = append(out.Quotes, ExportedQuote{q.Practice.String(), q.Part, q.Text, string(q.Kept), q.At})
	}
	rs, err := b.store.Reviews.ReviewsOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's reviews: %w", err)
	}
	for _, r := range rs {
		out.Reviews = append(out.Reviews, ExportedReview{r.Practice.String(), r.Verdict, r.Comment, r.Points, r.At})
	}
	asked, err := b.store.Reviews.AskingsOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load what a reviewer was asked: %w", err)
	}
	for _, a := range asked {
		out.Asked = append(out.Asked, ExportedAsking{a.Practice.String(), a.Outcome, a.At})
	}
	as, err := b.store.Adoptions.AdoptionsBy(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's adoptions: %w", err)
	}
	for _, a := range as {
		out.Adoptions = append(out.Adoptions, ExportedAdoption{a.Practice.String(), a.Organisation.Name, a.State, a.Changed, a.Result, a.Reach, a.At})
	}
	return out, b.exportCircles(ctx, of, member, &out)
}

func (b *Book) exportCircles(ctx context.Context, of, member int64, out *Export) error {
	if b.store.Circles == nil {
		return nil
	}
	cs, err := b.store.Circles.CirclesOf(ctx, of, member)
	if err != nil {
		return fmt.Errorf("load a member's circles: %w", err)
	}
	for _, c := range cs {
		x := ExportedCircle{Practice: c.Practice.String(), Start: c.Start.String(), State: c.State, Started: c.Host == member}
		if x.Started {
			x.Outcomes = c.Outcomes
		}
		for _, m := range c.Members {
			if m.Member == member {
				x.For = append(x.For, m.Organisation.Name)
			}
		}
		out.Circles = append(out.Circles, x)
	}
	return nil
}
