package cooperation

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

func (b *bot) view() chat.View {
	return chat.View{
		Letter: cooperation.Letter, Section: community.Cooperation, Announce: chat.WhereMade, Home: b.home,
		Card: b.card, Index: b.index, Show: b.show, Brief: b.briefOf,
		EditArgs: editArgs(), Edit: b.edit, Values: b.values, Withdraw: b.withdraw, Hide: b.hide, Unhide: b.unhide,
		Consented: b.consented, Erase: b.Book.Erase,
		Export: func(ctx context.Context, of, member int64) (any, error) { return b.Book.Export(ctx, of, member) },
	}
}

// home is the room for practices in the space where one was made, else the room it was made in.
func (b *bot) home(ctx context.Context, of int64, id record.ID) (chat.Address, error) {
	p, err := b.Book.Practice(ctx, of, id)
	if err != nil || p == nil || p.Source.Room == "" {
		return chat.Address{}, err
	}
	at := chat.Address{Platform: chat.PlatformID(p.Source.Platform), Space: chat.SpaceID(p.Source.Space), Room: chat.RoomID(p.Source.Room)}
	rooms, err := b.People.Rooms(ctx, of)
	if err != nil {
		return at, fmt.Errorf("list rooms: %w", err)
	}
	for _, r := range rooms {
		if r.Is(community.Cooperation) && !r.Archived && r.Platform == p.Source.Platform && r.Space == p.Source.Space {
			at.Room = chat.RoomID(r.ID)
		}
	}
	return at, nil
}

// title is a practice's heading: its id, title and state in words.
func title(p *cooperation.Practice) chat.Phrase {
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "level": levelWord(p.Level)}
	key := "cooperation.title." + string(p.State)
	if p.State == cooperation.InReview && p.Applicable() {
		key = "cooperation.title.again"
	}
	return chat.P(key, args)
}

// by is who a practice comes from, what it is about, and in which language.
func (b *bot) by(ctx context.Context, p *cooperation.Practice, lang string) (chat.Phrase, error) {
	author, err := community.Load(ctx, b.People, p.Community, p.Author)
	if err != nil {
		return chat.Phrase{}, err
	}
	topic, err := community.TopicLabel(ctx, b.People, p.Community, p.Topic, lang)
	if err != nil {
		return chat.Phrase{}, err
	}
	language := ""
	if p.Language != "" {
		language = text.LanguageName(p.Language, lang)
	}
	org := place(p.Organisation, lang)
	return chat.P("cooperation.card.by", text.Args{"who": chat.Called(author),
		"works": text.Maybe("cooperation.card.works", org), "org": org,
		"about": text.Maybe("cooperation.card.about", topic), "topic": topic,
		"in": text.Maybe("cooperation.card.in", language), "language": language}), nil
}

// card is the shared card of a practice that others may apply, or could.
func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	p, err := b.Book.Practice(ctx, l.Community.ID, l.Subject.ID)
	if err != nil {
		return chat.Say{}, err
	}
	if p == nil || !p.Public() || l.Subject.Part != 0 {
		return chat.Say{}, chat.ErrHidden
	}
	say := chat.Say{Kind: chat.Card, Record: p.ID, Title: title(p)}
	if p.State.Over() {
		if p.Reason != "" {
			say.Lines = []chat.Phrase{chat.P("cooperation.reason", text.Args{"reason": p.Reason})}
		}
		if p.State == cooperation.Retired {
			say.Buttons = []chat.Press{chat.Show(p.ID)}
		}
		return say, nil
	}
	by, err := b.by(ctx, p, l.Lang)
	if err != nil {
		return say, err
	}
	say.Lines = []chat.Phrase{by, headings(p)}
	used, err := b.usedBy(ctx, p)
	if err != nil {
		return say, err
	}
	say.Lines = append(say.Lines, used)
	if p.State == cooperation.Accepted {
		say.Notes = append(say.Notes, chat.P("cooperation.card.due", text.Args{"due": dueDate(l.Community, p)}))
	}
	if n := light(p.Light); n.Key != "" {
		say.Notes = append(say.Notes, n)
	}
	if b.Translate != nil {
		say.Buttons = append(say.Buttons, b.Translate(p.Subject()))
	}
	say.Buttons = append(say.Buttons, chat.Show(p.ID), adopts(p.ID))
	return say, nil
}

// usedBy says how many organisations of how many countries apply a practice.
func (b *bot) usedBy(ctx context.Context, p *cooperation.Practice) (chat.Phrase, error) {
	all, err := b.Book.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return chat.Phrase{}, err
	}
	orgs, countries := 0, map[string]bool{}
	for _, a := range all {
		if a.State != cooperation.InUse && a.State != cooperation.Completed || !a.Organisation.Confirmed {
			continue
		}
		orgs++
		if a.Organisation.Country != "" {
			countries[a.Organisation.Country] = true
		}
	}
	if len(countries) > 1 {
		return chat.P("cooperation.card.used_abroad", text.Args{"n": orgs, "countries": len(countries)}), nil
	}
	return chat.P("cooperation.card.used", text.Args{"n": orgs}), nil
}

// index is what search knows of a practice: its parts, and what its quoted authors have agreed to.
func (b *bot) index(ctx context.Context, of int64, id record.ID) (search.Doc, bool, error) {
	p, err := b.Book.Practice(ctx, of, id)
	if err != nil || p == nil || !p.Public() || p.State == cooperation.Withdrawn {
		return search.Doc{}, false, err
	}
	doc := search.Doc{Section: string(community.Cooperation), Letter: string(rune(id.Letter)), Number: id.No, Kind: "practice", Title: p.Title,
		Language: p.Language, State: string(p.State), At: p.Active}
	if p.Topic != "" {
		doc.Topics = []string{p.Topic}
	}
	var body []string
	for _, s := range written(p) {
		body = append(body, p.Texts[s])
	}
	qs, err := b.Book.Quotes(ctx, of, id)
	if err != nil {
		return doc, false, err
	}
	for _, q := range qs {
		if words, _, ok := q.Shown(); ok {
			body = append(body, words)
		}
	}
	doc.Body = strings.Join(body, "\n")
	all, err := b.Book.Adoptions(ctx, of, id)
	doc.Uses = len(all)
	return doc, err == nil, err
}

// briefOf is a practice in one line.
func (b *bot) briefOf(ctx context.Context, of, reader int64, id record.ID) (chat.Brief, error) {
	p, err := b.Book.Practice(ctx, of, id)
	if err != nil {
		return chat.Brief{}, err
	}
	if p == nil {
		return chat.Brief{}, chat.NoRecord(id)
	}
	m, err := community.Load(ctx, b.People, of, reader)
	if err != nil {
		return chat.Brief{}, err
	}
	may, err := b.Book.MayRead(ctx, p, m)
	if err != nil {
		return chat.Brief{}, err
	}
	if !may {
		return chat.Brief{}, chat.ErrHidden
	}
	return chat.Brief{ID: id, Title: p.Title, State: string(p.State), Language: p.Language, Kind: "practice", Owner: p.Author,
		Detail: string(p.Level)}, nil
}
