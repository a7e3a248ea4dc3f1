package sharing

import (
	"context"
	"fmt"

	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// Page is what a link says of itself.
type Page struct {
	Title    string
	Summary  string
	Language string // BCP 47 base tag; empty when unknown
}

// Describe is the body of work of KindDescribe.
type Describe struct {
	Resource record.ID `json:"resource"`
	Title    string    `json:"title"` // the title that was made up; empty when its depositor gave one
}

// askLink queues another try at what a link is.
func (t *Toolbox) askLink(ctx context.Context, r *Resource, guessed bool) error {
	if r.Link == "" {
		return nil
	}
	d := Describe{Resource: r.ID}
	if guessed {
		d.Title = r.Title
	}
	it := work.New(KindDescribe, "", fmt.Sprintf("sharing/%d/%s/describe", r.Community, r.ID), d).In(r.Community)
	if err := t.store.Queue.Add(ctx, it); err != nil {
		return fmt.Errorf("queue a link to ask: %w", err)
	}
	return nil
}

// ToDescribe is the link that is still to be asked what it is; empty for none.
func (t *Toolbox) ToDescribe(ctx context.Context, of int64, d Describe) (string, error) {
	r, err := t.Resource(ctx, of, d.Resource)
	if err != nil || r == nil || !d.wanted(r) {
		return "", err
	}
	return r.Link, nil
}

// wanted says whether a link's words are still of use.
func (d Describe) wanted(r *Resource) bool {
	return r.State != Withdrawn && r.Link != "" && (r.Summary == "" || r.Language == "" || d.Title != "" && r.Title == d.Title)
}

// Described fills in what a link says of itself where nobody has said anything meanwhile.
func (t *Toolbox) Described(ctx context.Context, of int64, d Describe, p Page) error {
	return t.store.Atomically(ctx, func(ctx context.Context) error {
		r, err := t.store.Resources.Lock(ctx, of, d.Resource)
		if err != nil {
			return fmt.Errorf("lock resource %s: %w", d.Resource, err)
		}
		if r == nil || !d.wanted(r) || !p.fill(r, d.Title) {
			return nil
		}
		return t.save(ctx, r, "edited", 0)
	})
}

// fill puts into r what is missing there, and says whether that was anything.
func (p Page) fill(r *Resource, madeUp string) bool {
	before := *r
	if title := text.Clean(p.Title, MaxTitle); title != "" && madeUp != "" && r.Title == madeUp {
		r.Title = title
	}
	if r.Summary == "" {
		r.Summary = text.CleanLines(p.Summary, MaxSummary)
	}
	if code, ok := text.Language(p.Language); ok && r.Language == "" {
		r.Language = code
	}
	return r.Title != before.Title || r.Summary != before.Summary || r.Language != before.Language
}
