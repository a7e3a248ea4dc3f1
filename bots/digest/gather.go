package digest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/text"
)

// How many changes a digest looks through, the newest first: for all readers of a community, and for
// one who asks.
const (
	mostChanges = 20_000
	fewChanges  = 2_000
)

// verbs are those of happened.
var verbs = []string{"answered", "solved", "published", "versioned", "opened", "closed", "accepted", "graded", "demonstrated", "replicated", "adopted",
	"verified", "revised"}

// happened says in which part of a digest a change belongs, and how its state is called there; the
// empty part for none.
func happened(c record.Change) (digest.Part, string) {
	switch c.Subject.ID.Letter {
	case 'H':
		if c.What == "answered" || c.What == "solved" {
			return digest.Talk, ""
		}
	case 'R':
		switch c.What {
		case "published":
			return digest.Toolbox, ""
		case "versioned":
			return digest.Toolbox, "version of " + text.DateOf(c.At.UTC()).String()
		}
	case 'C':
		if c.What == "opened" || c.What == "closed" {
			return digest.Collaborations, ""
		}
	case 'P':
		switch c.What {
		case "accepted", "graded", "demonstrated", "replicated", "adopted", "verified", "revised":
			return digest.Practices, ""
		}
	}
	return "", ""
}

// gather collects what happened in a window, at most the newest n changes, what waits, and what has a date.
func (b *bot) gather(ctx context.Context, of int64, w digest.Window, n int) ([]digest.Item, error) {
	changes, err := b.Changes.Moved(ctx, of, w.Since, w.Until, verbs, n)
	if err != nil {
		return nil, fmt.Errorf("read what changed: %w", err)
	}
	var found []digest.Item
	seen := map[record.ID]bool{}
	for _, c := range changes {
		part, state := happened(c)
		if part == "" || c.Quiet || seen[c.Subject.ID] {
			continue // the last word counts, which comes first
		}
		seen[c.Subject.ID] = true
		found = append(found, digest.Item{Part: part, ID: c.Subject.ID, State: state, At: c.At})
	}
	if b.Waiting != nil {
		list, err := b.Waiting(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("list what waits: %w", err)
		}
		for _, d := range list {
			found = append(found, digest.Item{Part: digest.Needs, ID: d.ID, At: d.At, By: d.By, Waiting: true})
		}
	}
	for _, ahead := range b.Ahead {
		list, err := ahead(ctx, of, w.Until, w.Until.AddDate(0, 0, digest.Ahead+1))
		if err != nil {
			return nil, fmt.Errorf("list dates: %w", err)
		}
		for _, d := range list {
			found = append(found, digest.Item{Part: digest.Dates, ID: d.ID, At: d.At})
		}
	}
	return b.describe(ctx, of, found)
}

// describe fills in what is known of items that everybody may read; the others are left out.
func (b *bot) describe(ctx context.Context, of int64, found []digest.Item) ([]digest.Item, error) {
	var threads []record.ID
	for _, i := range found {
		if i.ID.Letter == 'H' {
			threads = append(threads, i.ID)
		}
	}
	counts, err := b.Threads.Counts(ctx, of, threads)
	if err != nil {
		return nil, err
	}
	hidden, err := b.Issues.Hidden(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("read what is left out: %w", err)
	}
	var out []digest.Item
	authors := map[int64]community.Member{}
	for _, i := range found {
		if hidden[i.ID] {
			continue
		}
		brief, ok, err := b.brief(ctx, of, i.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		if i.State == "" {
			i.State = brief.State
		}
		i.Title, i.Language, i.Author = brief.Title, brief.Language, brief.Owner
		if i.Topics, err = b.topics(ctx, of, i.ID); err != nil {
			return nil, err
		}
		if i.ID.Letter == 'H' {
			i.Thread = counts[i.ID]
			i.Thread.Solved = brief.State == "solved"
		}
		author, known := authors[i.Author]
		if !known {
			if author, err = community.Load(ctx, b.People, of, i.Author); err != nil {
				return nil, err
			}
			authors[i.Author] = author
		}
		i.Org, i.Country = author.Organisation.No, from(author)
		if i.Room, err = b.room(ctx, of, i.ID); err != nil {
			return nil, err
		}
		out = append(out, i)
	}
	return out, nil
}

// brief is a record in one line as everybody may read it.
func (b *bot) brief(ctx context.Context, of int64, id record.ID) (chat.Brief, bool, error) {
	view, ok := b.Views(id.Letter)
	if !ok || view.Brief == nil {
		return chat.Brief{}, false, nil
	}
	brief, err := view.Brief(ctx, of, 0, id)
	var no *text.Refusal
	switch {
	case errors.As(err, &no):
		return brief, false, nil
	case err != nil:
		return brief, false, fmt.Errorf("describe %s: %w", id, err)
	}
	return brief, brief.State != "withdrawn" && brief.Title != "", nil
}

func (b *bot) topics(ctx context.Context, of int64, id record.ID) ([]string, error) {
	view, _ := b.Views(id.Letter)
	if view.Index == nil {
		return nil, nil
	}
	doc, _, err := view.Index(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("describe %s: %w", id, err)
	}
	return doc.Topics, nil
}

// room is where a record lives: where its first card is.
func (b *bot) room(ctx context.Context, of int64, id record.ID) (string, error) {
	cards, err := b.Cards.CardsOf(ctx, of, record.Subject{ID: id})
	if err != nil || len(cards) == 0 {
		return "", err
	}
	at := cards[0].At
	return string(at.Platform) + "/" + string(at.Room), nil
}

func from(m community.Member) string {
	if m.Country != "" {
		return m.Country
	}
	return m.Organisation.Country
}

// heldFor is how long a room's digest follows what happens to what it holds.
const heldFor = 14 * 24 * time.Hour

// shows are the digests that a record is shown in.
func (b *bot) shows(ctx context.Context, of int64, id record.ID) ([]record.Subject, error) {
	if id.Letter == record.Issue || id.Letter == record.DayList {
		return nil, nil
	}
	return b.Issues.Holding(ctx, of, id, b.Now().Add(-heldFor))
}
