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

// mostChanges bounds what one digest looks through.
const mostChanges = 20_000

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

// gathered is what a digest may hold, and who did something.
type gathered struct {
	items     []digest.Item
	people    int
	countries int
}

// gather collects what happened in a window, what waits, and what has a date.
func (b *bot) gather(ctx context.Context, of int64, w digest.Window) (gathered, error) {
	changes, err := b.Changes.Between(ctx, of, w.Since, w.Until, mostChanges)
	if err != nil {
		return gathered{}, fmt.Errorf("read what changed: %w", err)
	}
	var found []digest.Item
	at := map[record.ID]int{}
	by := map[int64]bool{}
	for _, c := range changes {
		if c.By != 0 {
			by[c.By] = true
		}
		part, state := happened(c)
		if part == "" || c.Quiet {
			continue
		}
		i := digest.Item{Part: part, ID: c.Subject.ID, State: state, At: c.At}
		if old, again := at[i.ID]; again {
			found[old] = i // the last word counts
			continue
		}
		at[i.ID] = len(found)
		found = append(found, i)
	}
	if b.Waiting != nil {
		list, err := b.Waiting(ctx, of)
		if err != nil {
			return gathered{}, fmt.Errorf("list what waits: %w", err)
		}
		for _, d := range list {
			found = append(found, digest.Item{Part: digest.Needs, ID: d.ID, At: d.At, Waiting: true})
		}
	}
	for _, ahead := range b.Ahead {
		list, err := ahead(ctx, of, w.Until, w.Until.AddDate(0, 0, digest.Ahead+1))
		if err != nil {
			return gathered{}, fmt.Errorf("list dates: %w", err)
		}
		for _, d := range list {
			found = append(found, digest.Item{Part: digest.Dates, ID: d.ID, At: d.At})
		}
	}
	out := gathered{}
	if out.items, err = b.describe(ctx, of, found); err != nil {
		return out, err
	}
	out.people, out.countries, err = b.count(ctx, of, by)
	return out, err
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
		author, err := community.Load(ctx, b.People, of, i.Author)
		if err != nil {
			return nil, err
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
	return string(cards[0].At.Platform) + "/" + string(cards[0].At.Room), nil
}

func from(m community.Member) string {
	if m.Country != "" {
		return m.Country
	}
	return m.Organisation.Country
}

// count is how many people did something, and of how many countries they are. Who wants to be counted
// nowhere is not.
func (b *bot) count(ctx context.Context, of int64, by map[int64]bool) (people, countries int, err error) {
	seen := map[string]bool{}
	for no := range by {
		m, err := community.Load(ctx, b.People, of, no)
		if err != nil {
			return 0, 0, err
		}
		if m.No == 0 || m.Stopped || m.Erased {
			continue
		}
		people++
		if c := from(m); c != "" {
			seen[c] = true
		}
	}
	return people, len(seen), nil
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
