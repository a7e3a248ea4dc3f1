package cooperation

import (
	"context"
	"slices"
	"strings"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Edit is what may be changed of a practice; nil leaves it as it is.
type Edit struct {
	Title    *string
	Topic    *string
	Language *string
	Texts    map[string]string // by section
}

// MayEdit refuses whoever may not change p now, with the same sentences as Edit.
func (b *Book) MayEdit(p *Practice, by community.Member) error {
	if err := mayChange(p, by); err != nil {
		return err
	}
	if p.State.Over() {
		return wrongState(p, "cooperation.over")
	}
	return nil
}

// Edit changes a practice. Its author, its steward and moderators may, until it is over.
func (b *Book) Edit(ctx context.Context, by community.Member, id record.ID, e Edit) (Practice, error) {
	return b.change(ctx, by.No, by.Community, id, func(_ context.Context, p *Practice) (string, error) {
		if err := b.MayEdit(p, by); err != nil {
			return "", err
		}
		changed, err := e.apply(p, by.Role >= community.RoleModerator)
		if err != nil || len(changed) == 0 {
			return "", err
		}
		return "edited", nil
	})
}

// apply changes p. What reviewers have accepted stays as it is until it is to be revised; what they
// did not see may be added. Moderators may correct anything.
func (e Edit) apply(p *Practice, moderator bool) ([]string, error) {
	var changed []string
	if e.Title != nil {
		title, err := checked("title", *e.Title, MaxTitle, false)
		if err != nil {
			return nil, err
		}
		if title == "" {
			return nil, text.RefuseArg("title", "cooperation.title.empty", nil)
		}
		if title != p.Title {
			p.Title, changed = title, append(changed, "title")
		}
	}
	if e.Topic != nil && *e.Topic != p.Topic {
		p.Topic, changed = *e.Topic, append(changed, "topic")
	}
	if e.Language != nil && *e.Language != p.Language {
		p.Language, changed = *e.Language, append(changed, "language")
	}
	for _, s := range Sections {
		given, ok := e.Texts[s]
		if !ok {
			continue
		}
		words, err := checked(s, given, MaxSection, true)
		if err != nil {
			return nil, err
		}
		if words == "" && p.State != Candidate && p.State != Revised && slices.Contains(Needed, s) {
			return nil, text.RefuseArg(s, "cooperation.section.needed", text.Args{"section": text.Key("cooperation.section." + s)})
		}
		if words != p.Texts[s] {
			if reviewed := p.State == Accepted || p.State == Due; reviewed && p.Texts[s] != "" && !moderator {
				return nil, text.RefuseArg(s, "cooperation.edit.reviewed",
					text.Args{"id": text.Record(p.ID.String()), "section": text.Key("cooperation.section." + s)})
			}
			if p.Texts == nil {
				p.Texts = map[string]string{}
			}
			p.Texts[s], changed = words, append(changed, s)
		}
	}
	return changed, nil
}

// Withdraw takes a practice back: its words and quotes are removed, a tombstone with the reason
// stays. again says that it was withdrawn before.
func (b *Book) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (p Practice, again bool, err error) {
	p, err = b.change(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice) (string, error) {
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if again = p.State == Withdrawn; again {
			return "", nil
		}
		_, err := b.dropQuotes(ctx, p)
		p.State, p.Reason, p.Texts, p.Level, p.Source = Withdrawn, text.Clean(reason, MaxComment), nil, Unproven, record.Source{}
		p.Round++
		return "withdrawn", err
	})
	return p, again, err
}

func (b *Book) dropQuotes(ctx context.Context, p *Practice) (int, error) {
	return b.changeQuotes(ctx, p.Community, p.ID, func(q *Quote) bool {
		if q.Gone {
			return false
		}
		q.Text, q.Gone, q.Source = "", true, record.Source{}
		return true
	})
}

// Hide takes a practice off view. Whether by may do so was checked before.
func (b *Book) Hide(ctx context.Context, by community.Member, id record.ID) (Practice, error) {
	return b.change(ctx, by.No, by.Community, id, func(_ context.Context, p *Practice) (string, error) {
		if p.Hidden {
			return "", nil
		}
		p.Hidden = true
		return "hidden", nil
	})
}

// Unhide puts a hidden practice back on view. Whether by may do so was checked before.
func (b *Book) Unhide(ctx context.Context, by community.Member, id record.ID) (Practice, error) {
	return b.change(ctx, by.No, by.Community, id, func(_ context.Context, p *Practice) (string, error) {
		if !p.Hidden {
			return "", nil
		}
		p.Hidden = false
		return "unhidden", nil
	})
}

// checked is a text fit to be kept; it may be empty.
func checked(arg, s string, most int, lines bool) (string, error) {
	words := text.Clean(s, 0)
	if lines {
		words = text.CleanLines(s, 0)
	}
	if n := text.Length(words); n > most {
		return "", text.RefuseArg(arg, "cooperation.long", text.Args{"n": most, "length": n})
	}
	return words, nil
}

func checkedTexts(given map[string]string) (map[string]string, error) {
	out := map[string]string{}
	for _, s := range Sections {
		words, err := checked(s, strings.TrimSpace(given[s]), MaxSection, true)
		if err != nil {
			return nil, err
		}
		if words != "" {
			out[s] = words
		}
	}
	return out, nil
}
