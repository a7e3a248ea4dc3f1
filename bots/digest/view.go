package digest

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/digest"
	"guildhall/core/text"
)

// card shows an issue: what was chosen then, as it is now.
func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	i, err := b.Issues.Issue(ctx, l.Community.ID, l.Subject.ID.No)
	if err != nil {
		return chat.Say{}, fmt.Errorf("read a digest: %w", err)
	}
	if i == nil {
		return chat.Say{}, chat.ErrHidden
	}
	loc := l.Community.Location()
	_, week := i.Until.In(loc).ISOWeek()
	say := chat.Say{Kind: chat.Card, Title: chat.P("digest.title", text.Args{"community": l.Community.Name, "week": fmt.Sprint(week)}),
		Lines: []chat.Phrase{head(i.People, i.Countries)}}
	if say.List, err = b.rows(ctx, l.Community.ID, i.Items, l.Lang, i.Until, loc); err != nil {
		return say, err
	}
	if len(say.List) == 0 {
		return say, chat.ErrHidden
	}
	if i.Note != "" {
		say.Lines = append(say.Lines, chat.P("digest.note", text.Args{"note": i.Note}))
	}
	say.Buttons = []chat.Press{{Command: "digest show"}, {Command: "digest why", Label: "digest.what"}}
	return say, nil
}

// head says how many people did something; nothing where nobody did.
func head(people, countries int) chat.Phrase {
	args := text.Args{"n": people, "countries": countries}
	switch {
	case people == 0:
		return chat.Phrase{}
	case countries < 2:
		return chat.P("digest.people", args)
	}
	return chat.P("digest.people_countries", args)
}

// rows are the items of a digest, as they are now, a line each; the first of a part names it. until is
// the day on which it was made.
func (b *bot) rows(ctx context.Context, of int64, items []digest.Kept, lang string, until time.Time, loc *time.Location) ([]chat.Item, error) {
	hidden, err := b.Issues.Hidden(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("read what is left out: %w", err)
	}
	var out []chat.Item
	var last digest.Part
	for _, x := range items {
		if hidden[x.ID] {
			continue
		}
		brief, ok, err := b.brief(ctx, of, x.ID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		foreign := ""
		if brief.Language != "" && brief.Language != lang {
			foreign = text.LanguageName(brief.Language, lang)
		}
		args := text.Args{"id": chat.Rec(x.ID), "title": brief.Title, "in": text.Maybe("digest.in", foreign), "language": foreign,
			"state": text.Maybe("state."+string(rune(x.ID.Letter))+"."+brief.State, brief.State), "n": int(until.Sub(x.At).Hours() / 24), "day": text.DateOf(x.At.In(loc)),
			"weekday": x.At.In(loc).Weekday(), "what": text.Key("digest.item." + string(x.Part)), "part": text.Key("digest.part." + string(x.Part))}
		if x.Part == digest.Talk && brief.State != "solved" || x.Part == digest.Toolbox {
			args["what"] = text.Key("digest.item.plain")
		}
		key := "digest.row"
		if x.Part != last {
			key = "digest.first"
		}
		last = x.Part
		out = append(out, chat.Item{Text: chat.P(key, args), Buttons: []chat.Press{chat.Show(x.ID)}})
	}
	return out, nil
}
