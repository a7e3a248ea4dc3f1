package communication

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

// titleLength is how much of a question a card's title holds, in graphemes; a longer question stands
// below it, whole.
const titleLength = 120

func (b *bot) view() chat.View {
	return chat.View{
		Letter: communication.Letter, Section: community.Communication, Announce: chat.EverySection, Follow: true,
		Card: b.card, Index: b.index, Show: b.show, Brief: b.brief,
		EditArgs: editArgs(), Edit: b.edit, Values: b.values, Withdraw: b.withdraw, Hide: b.hide, Unhide: b.unhide,
		Consented: b.Desk.Consented, Erase: b.Desk.Erase,
		Export: func(ctx context.Context, of, member int64) (any, error) { return b.Desk.Export(ctx, of, member) },
	}
}

// card is the shared card of a request, or the copy of one of its answers.
func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	q, err := b.Desk.Request(ctx, l.Community.ID, l.Subject.ID)
	if err != nil {
		return chat.Say{}, err
	}
	if q == nil || q.Hidden || q.To == communication.OneHelper {
		return chat.Say{}, chat.ErrHidden
	}
	home := l.Home || q.Source.Space != "" && q.Source.Platform == string(l.At.Platform) && q.Source.Space == string(l.At.Space)
	if l.Subject.Part != 0 {
		return b.part(ctx, l, q, home)
	}
	return b.whole(ctx, l, q, home)
}

// whole is a request's card.
func (b *bot) whole(ctx context.Context, l chat.Look, q *communication.Request, home bool) (chat.Say, error) {
	title, complete := q.Headline(titleLength)
	say := chat.Say{Kind: chat.Card, Record: q.ID, Threaded: true,
		Title: chat.P("communication.card.title."+string(q.State), text.Args{"id": chat.Rec(q.ID), "title": title})}
	if q.State == communication.Withdrawn {
		if q.Reason != "" {
			say.Lines = []chat.Phrase{chat.P("communication.card.reason", text.Args{"reason": q.Reason})}
		}
		return say, nil
	}
	if !complete {
		say.Quote = []string{q.Question}
	}
	by, err := b.askedBy(ctx, q, l.Lang, home)
	if err != nil {
		return say, err
	}
	say.Lines = []chat.Phrase{by}
	if home && q.To == communication.Everyone {
		say.Ping = []int64{q.Asker}
	}
	if b.Translate != nil {
		say.Buttons = append(say.Buttons, b.Translate(q.Subject()))
	}
	if q.State == communication.Solved {
		thanks, err := b.thanks(ctx, q)
		if err != nil {
			return say, err
		}
		say.Lines = append(say.Lines, thanks)
		say.Buttons = append(say.Buttons, chat.Show(q.ID))
		return say, nil
	}
	if q.State == communication.Stale {
		say.Lines = append(say.Lines, chat.P("communication.card.stale", text.Args{"n": communication.SleepDays}))
	}
	say.Notes = []chat.Phrase{chat.P("communication.card.threads", text.Args{"community": l.Community.Name})}
	say.Buttons = append(say.Buttons, chat.Press{Command: "request answer", Given: chat.ID(q.ID), Style: chat.Primary},
		chat.Press{Command: "request follow", Given: chat.ID(q.ID)})
	return say, nil
}

// thanks says who solved a request, as far as they want to be named.
func (b *bot) thanks(ctx context.Context, q *communication.Request) (chat.Phrase, error) {
	if q.Credited == 0 {
		return chat.Phrase{}, nil
	}
	a, err := b.Desk.Answer(ctx, q.Community, record.Subject{ID: q.ID, Part: q.Accepted})
	if err != nil {
		return chat.Phrase{}, err
	}
	if a != nil && a.Kept == community.ConsentUnnamed {
		return chat.P("communication.card.thanks_unnamed", nil), nil
	}
	m, err := community.Load(ctx, b.People, q.Community, q.Credited)
	if err != nil {
		return chat.Phrase{}, err
	}
	return chat.P("communication.card.thanks", text.Args{"who": chat.Called(m)}), nil
}

// askedBy is the line that says who asks what kind of question. Without their name it says nothing
// by which they could be known either. Only at home is the name a mention.
func (b *bot) askedBy(ctx context.Context, q *communication.Request, lang string, home bool) (chat.Phrase, error) {
	topic, err := community.TopicLabel(ctx, b.People, q.Community, q.Topic, lang)
	if err != nil {
		return chat.Phrase{}, err
	}
	language := ""
	if q.Language != "" {
		language = text.LanguageName(q.Language, lang)
	}
	args := text.Args{
		"topic": text.Maybe("communication.card.topic", topic), "label": topic,
		"in": text.Maybe("communication.card.language", language), "language": language,
		"soon": text.Maybe("communication.card.soon", string(q.Urgency)), "when": text.Key("communication.urgent." + string(q.Urgency)),
	}
	if !q.Named() {
		return chat.P("communication.card.by_nobody", args), nil
	}
	asker, err := community.Load(ctx, b.People, q.Community, q.Asker)
	if err != nil {
		return chat.Phrase{}, err
	}
	works := from(asker, lang)
	args["who"], args["works"], args["org"] = chat.Called(asker), text.Maybe("communication.card.works", works), works
	if home && q.To == communication.Everyone {
		args["who"] = text.Person{Member: asker.No, Name: asker.Name}
	}
	return chat.P("communication.card.by", args), nil
}

// part is the copy of one message in the request's other threads.
func (b *bot) part(ctx context.Context, l chat.Look, q *communication.Request, home bool) (chat.Say, error) {
	a, err := b.Desk.Answer(ctx, l.Community.ID, l.Subject)
	if err != nil {
		return chat.Say{}, err
	}
	thread := string(l.At.Thread)
	if a != nil && thread == "" {
		thread = a.Source.Thread // a room has one thread of a request
	}
	if a == nil || !a.Shown() || a.Stands(string(l.At.Platform), string(l.At.Room), thread) {
		return chat.Say{}, chat.ErrHidden
	}
	author, err := community.Load(ctx, b.People, q.Community, a.Author)
	if err != nil {
		return chat.Say{}, err
	}
	say := chat.Say{Record: q.ID}
	if a.Text != "" {
		say.Quote = []string{a.Text}
	}
	if a.Own && !q.Named() {
		say.Lines = []chat.Phrase{chat.P("communication.part.asker", nil)}
	} else {
		say.Speaker = speaker(author, a.Via)
	}
	if a.Calls && home && q.To == communication.Everyone {
		asker, err := community.Load(ctx, b.People, q.Community, q.Asker)
		if err != nil {
			return chat.Say{}, err
		}
		say.Lines = append(say.Lines, chat.P("communication.part.call", text.Args{"who": text.Person{Member: asker.No, Name: asker.Name}}))
		say.Ping = []int64{asker.No}
	}
	if len(a.Files) > 0 {
		say.Notes = []chat.Phrase{chat.P("communication.part.files", text.Args{"n": len(a.Files), "files": a.Files})}
	}
	if b.Translate != nil && a.Text != "" {
		say.Buttons = []chat.Press{b.Translate(a.Subject())}
	}
	return say, nil
}

// speaker is who a copy is from, such as "Bea (Matrix · ZDZ Poznań)".
func speaker(m community.Member, via string) string {
	name, where := m.Name, via
	if name == "" {
		name = fmt.Sprintf("#%d", m.No)
	}
	if m.Organisation.Name != "" {
		if where != "" {
			where += " · "
		}
		where += m.Organisation.Name
	}
	if where == "" {
		return name
	}
	return name + " (" + where + ")"
}

// index is what search knows of a request: the question, and the answer that solved it once its
// author has agreed.
func (b *bot) index(ctx context.Context, of int64, id record.ID) (search.Doc, bool, error) {
	q, err := b.Desk.Request(ctx, of, id)
	if err != nil || q == nil || q.Hidden || q.To == communication.OneHelper || q.State == communication.Withdrawn {
		return search.Doc{}, false, err
	}
	title, _ := q.Headline(200)
	doc := search.Doc{Section: string(community.Communication), Letter: string(rune(id.Letter)), Number: id.No, Kind: "request", Title: title,
		Body: q.Question, Language: q.Language, State: string(q.State), At: q.Active, Uses: int(q.Answers)}
	if q.Topic != "" {
		doc.Topics = []string{q.Topic}
	}
	if q.State == communication.Solved && q.Accepted != 0 {
		a, err := b.Desk.Answer(ctx, of, record.Subject{ID: id, Part: q.Accepted})
		if err != nil {
			return search.Doc{}, false, err
		}
		if a != nil {
			if words, _, ok := a.Excerpt(); ok {
				doc.Body += "\n" + words
			}
		}
	}
	return doc, true, nil
}

// brief is a request in one line. Its owner is told to nobody who may not know it.
func (b *bot) brief(ctx context.Context, of, reader int64, id record.ID) (chat.Brief, error) {
	q, err := b.Desk.Request(ctx, of, id)
	if err != nil {
		return chat.Brief{}, err
	}
	if q == nil {
		return chat.Brief{}, chat.NoRecord(id)
	}
	may, err := b.Desk.MayRead(ctx, q, reader)
	if err != nil {
		return chat.Brief{}, err
	}
	if !may {
		return chat.Brief{}, chat.ErrHidden
	}
	title, _ := q.Headline(titleLength)
	out := chat.Brief{ID: id, Title: title, State: string(q.State), Language: q.Language, Kind: "request"}
	if q.To == communication.Everyone || reader == q.Asker {
		out.Owner = q.Asker
	}
	return out, nil
}
