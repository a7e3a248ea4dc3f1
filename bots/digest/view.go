package digest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/digest"
	"guildhall/core/record"
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
	look := look{of: l.Community.ID, lang: l.Lang, until: i.Until, zone: loc, platform: i.Platform, own: string(l.At.Space)}
	rows, items, err := b.rows(ctx, look, i.Items)
	if err != nil {
		return say, err
	}
	say.List = rows
	thanks, err := b.thanks(ctx, l.Community.ID, items)
	if err != nil {
		return say, err
	}
	say.Notes = []chat.Phrase{thanks}
	if len(say.List) == 0 {
		return say, chat.ErrHidden
	}
	if i.Note != "" {
		say.Lines = append(say.Lines, chat.P("digest.note", text.Args{"note": i.Note}))
	}
	if say.Picture, err = b.picture(ctx, l.Community, i.Until, l.Lang); err != nil {
		return say, err
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

// look is who looks at the items of a digest, and when it was made.
type look struct {
	of            int64
	lang          string
	until         time.Time
	zone          *time.Location
	member        int64  // 0: everybody
	platform, own string // the space that a room's digest is for; empty for none
}

// rows are the items of a digest as they are now, a line each; the first of a part names it. What is
// not to be seen any more, and what does not wait any more, is left out; items are those that are there.
func (b *bot) rows(ctx context.Context, l look, all []digest.Kept) (rows []chat.Item, items []digest.Kept, err error) {
	hidden, err := b.Issues.Hidden(ctx, l.of)
	if err != nil {
		return nil, nil, fmt.Errorf("read what is left out: %w", err)
	}
	rooms, err := b.People.Rooms(ctx, l.of)
	if err != nil {
		return nil, nil, fmt.Errorf("list rooms: %w", err)
	}
	tasks, err := b.tasks(ctx, l, all)
	if err != nil {
		return nil, nil, err
	}
	var last digest.Part
	for _, x := range all {
		if hidden[x.ID] {
			continue
		}
		args, ok, err := b.row(ctx, l, x, tasks)
		if err != nil {
			return nil, nil, err
		}
		if !ok {
			continue
		}
		key := "digest.row"
		if x.Part != last {
			key = "digest.first"
		}
		last = x.Part
		it := chat.Item{Text: chat.P(key, args), Buttons: []chat.Press{chat.Show(x.ID)}}
		if it.Detail, err = b.where(ctx, l, rooms, x.ID); err != nil {
			return nil, nil, err
		}
		rows, items = append(rows, it), append(items, x)
	}
	return rows, items, nil
}

// tasks are what waits for who looks, by key; nil when nothing of it is in the digest.
func (b *bot) tasks(ctx context.Context, l look, all []digest.Kept) (map[string]digest.Task, error) {
	if l.member == 0 || !slices.ContainsFunc(all, isTask) {
		return nil, nil
	}
	list, err := b.Issues.Tasks(ctx, l.of, []int64{l.member})
	if err != nil {
		return nil, fmt.Errorf("read to-dos: %w", err)
	}
	out := map[string]digest.Task{}
	for _, t := range list[l.member] {
		out[t.Key] = t
	}
	return out, nil
}

// isTask says whether an item is something that was asked of the reader: its state is the to-do's key.
func isTask(x digest.Kept) bool { return x.Part == digest.Needs && strings.Contains(x.State, "/") }

// row is what is said of an item; ok is false when it is not to be seen, or does not wait any more.
func (b *bot) row(ctx context.Context, l look, x digest.Kept, tasks map[string]digest.Task) (_ text.Args, ok bool, err error) {
	args := text.Args{"id": chat.Rec(x.ID), "part": text.Key("digest.part." + string(x.Part)), "what": text.Key("digest.item." + string(x.Part))}
	if isTask(x) {
		args["what"] = taskText(tasks[x.State])
		return args, args["what"] != "", nil
	}
	brief, ok, err := b.brief(ctx, l.of, x.ID)
	if err != nil || !ok {
		return nil, false, err
	}
	foreign := ""
	if brief.Language != "" && brief.Language != l.lang {
		foreign = text.LanguageName(brief.Language, l.lang)
	}
	args["title"], args["in"], args["language"] = brief.Title, text.Maybe("digest.in", foreign), foreign
	args["state"] = text.Maybe("state."+string(rune(x.ID.Letter))+"."+brief.State, brief.State)
	args["n"], args["day"], args["weekday"] = int(l.until.Sub(x.At).Hours()/24), text.DateOf(x.At.In(l.zone)), x.At.In(l.zone).Weekday()
	switch {
	case x.Part == digest.Needs && brief.State != "open" && x.ID.Letter == 'H':
		args["what"] = text.Key("digest.item.state") // it has been answered since
	case x.Part == digest.Talk && brief.State != "solved":
		args["what"] = text.Key("digest.item.state")
	case x.Part == digest.Toolbox:
		args["what"] = text.Key("digest.item.plain")
	}
	return args, true, nil
}

// thanks is one line for those whose answers solved what is shown; nothing where there are none.
func (b *bot) thanks(ctx context.Context, of int64, items []digest.Kept) (chat.Phrase, error) {
	var names []any
	seen := map[int64]bool{}
	for _, x := range items {
		if b.Credit == nil || x.Part != digest.Talk || x.ID.Letter != 'H' {
			continue
		}
		no, err := b.Credit(ctx, of, x.ID)
		if err != nil {
			return chat.Phrase{}, fmt.Errorf("look up who solved %s: %w", x.ID, err)
		}
		if no == 0 || seen[no] {
			continue
		}
		seen[no] = true
		m, err := community.Load(ctx, b.People, of, no)
		if err != nil {
			return chat.Phrase{}, err
		}
		if m.No != 0 && !m.Stopped && !m.Erased && m.Name != "" {
			names = append(names, m.Name)
		}
	}
	if len(names) == 0 {
		return chat.Phrase{}, nil
	}
	return chat.P("digest.thanks", text.Args{"who": names}), nil
}

// where names the room in which a record lives: that of the space which looks, if it lives there, too.
func (b *bot) where(ctx context.Context, l look, rooms []community.Room, id record.ID) (chat.Phrase, error) {
	cards, err := b.Cards.CardsOf(ctx, l.of, record.Subject{ID: id})
	if err != nil {
		return chat.Phrase{}, fmt.Errorf("find the room of %s: %w", id, err)
	}
	var found *community.Room
	for _, card := range cards {
		for i, r := range rooms {
			if string(card.At.Platform) != r.Platform || string(card.At.Room) != r.ID || r.Name == "" {
				continue
			}
			if r.Platform == l.platform && r.Space == l.own {
				found = &rooms[i]
			} else if found == nil {
				found = &rooms[i]
			}
		}
	}
	if found == nil {
		return chat.Phrase{}, nil
	}
	return chat.P("digest.where", text.Args{"room": strings.TrimPrefix(found.Name, "#")}), nil
}
