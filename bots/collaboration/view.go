package collaboration

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

func (b *bot) view() chat.View {
	return chat.View{
		Letter: collaboration.Letter, Section: community.Collaboration, Announce: chat.EverySection,
		Card: b.card, Index: b.index, Show: b.show, Brief: b.brief, Opened: b.opened,
		EditArgs: []chat.Arg{
			{Name: "theme", Kind: chat.Line, Max: collaboration.MaxTheme},
			{Name: "goal", Kind: chat.Text, Max: collaboration.MaxGoal},
			{Name: "topic", Kind: chat.Topic},
		},
		Edit: b.edit, Values: b.values, Withdraw: b.withdraw, Hide: b.hide, Unhide: b.unhide, Erase: b.Groups.Erase,
		Export: func(ctx context.Context, of, member int64) (any, error) { return b.Groups.Export(ctx, of, member) },
	}
}

// load is a collaboration that people may see.
func (b *bot) load(ctx context.Context, of int64, id record.ID) (*collaboration.Collaboration, error) {
	g, err := b.Groups.Collaboration(ctx, of, id)
	switch {
	case err != nil:
		return nil, err
	case g == nil:
		return nil, chat.NoRecord(id)
	case g.Hidden:
		return nil, chat.ErrHidden
	}
	return g, nil
}

// state is the code under which a collaboration's state is put into words.
func state(g *collaboration.Collaboration) string {
	if g.Withdrawn {
		return "withdrawn"
	}
	return string(g.State)
}

func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	g, err := b.load(ctx, l.Community.ID, l.Subject.ID)
	if err != nil {
		return chat.Say{}, err
	}
	say, err := b.say(ctx, l.Community, g)
	if err != nil {
		return say, err
	}
	say.Kind = chat.Card
	if g.Live() {
		say.Buttons = []chat.Press{{Command: "collab join", Given: chat.ID(g.ID), Style: chat.Primary}, chat.Show(g.ID)}
	}
	return say, nil
}

// say is a collaboration in words, for everybody alike.
func (b *bot) say(ctx context.Context, com community.Community, g *collaboration.Collaboration) (chat.Say, error) {
	say := chat.Say{Record: g.ID, Title: chat.P("collaboration.card.title."+state(g), text.Args{"id": chat.Rec(g.ID), "theme": g.Theme})}
	if g.Withdrawn {
		if g.Reason != "" {
			say.Lines = []chat.Phrase{chat.P("collaboration.card.reason", text.Args{"reason": g.Reason})}
		}
		return say, nil
	}
	n, err := b.Groups.Counts(ctx, g)
	if err != nil {
		return say, err
	}
	counts := counted(n)
	if !g.Live() {
		say.Lines = append(say.Lines, counts)
		say.Quote = []string{g.Outcome}
		switch {
		case len(g.Results) > 0:
			var ids []text.Rich
			for _, id := range g.Results {
				ids = append(ids, text.ID(id.String()))
			}
			say.Lines = append(say.Lines, chat.P("collaboration.card.results", text.Args{"results": text.Join(", ", ids...)}))
		case g.Because != "":
			say.Lines = append(say.Lines, chat.P("collaboration.card.because", text.Args{"because": g.Because}))
		}
		if g.State == collaboration.Closed {
			say.Notes = append(say.Notes, chat.P("collaboration.card.archive", text.Args{"on": archivedOn(com, g)}))
		}
		return say, nil
	}
	say.Lines = append(say.Lines, chat.P("collaboration.card.until", text.Args{"until": g.Until}), counts)
	say.Quote = []string{g.Goal}
	news, err := b.Groups.LastNews(ctx, g.Community, g.ID)
	if err != nil || news == nil {
		return say, err
	}
	who, err := b.called(ctx, g.Community, news.Author)
	if err != nil {
		return say, err
	}
	say.Notes = append(say.Notes, chat.P("collaboration.card.news", text.Args{"who": who, "news": news.Text,
		"on": text.DateOf(news.At.In(com.Location()))}))
	return say, nil
}

// counted is who works together, in words. Each number has a plural of its own.
func counted(n collaboration.Counts) chat.Phrase {
	form := func(what string, n int64) text.Key {
		if n == 1 {
			return text.Key("collaboration.card.one." + what)
		}
		return text.Key("collaboration.card.several." + what)
	}
	return chat.P("collaboration.card.counts", text.Args{
		"members": n.Members, "organisations": n.Organisations, "countries": n.Countries,
		"people": form("members", n.Members), "places": form("organisations", n.Organisations), "lands": form("countries", n.Countries),
	})
}

func (b *bot) index(ctx context.Context, of int64, id record.ID) (search.Doc, bool, error) {
	g, err := b.Groups.Collaboration(ctx, of, id)
	if err != nil || g == nil || g.Hidden || g.Withdrawn {
		return search.Doc{}, false, err
	}
	n, err := b.Groups.Counts(ctx, g)
	if err != nil {
		return search.Doc{}, false, err
	}
	doc := search.Doc{Section: string(community.Collaboration), Letter: string(rune(id.Letter)), Number: id.No, Kind: "collaboration",
		Title: g.Theme, Body: strings.TrimSpace(g.Goal + "\n" + g.Outcome + "\n" + g.Because), State: string(g.State), At: g.Active, Uses: int(n.Members)}
	if g.Topic != "" {
		doc.Topics = []string{g.Topic}
	}
	return doc, true, nil
}

func (b *bot) brief(ctx context.Context, of, _ int64, id record.ID) (chat.Brief, error) {
	g, err := b.load(ctx, of, id)
	if err != nil {
		return chat.Brief{}, err
	}
	return chat.Brief{ID: id, Title: g.Theme, State: state(g), Kind: "collaboration", Owner: g.Owner}, nil
}

func (b *bot) edit(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	given := func(name string) *string {
		if !c.Has(name) {
			return nil
		}
		v := c.Text(name)
		return &v
	}
	_, err := b.Groups.Edit(ctx, c.Member, id, collaboration.Edit{Theme: given("theme"), Goal: given("goal"), Topic: given("topic")})
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.OnlyYouSay("collaboration.edited", text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
}

func (b *bot) withdraw(ctx context.Context, c *chat.Call, id record.ID, reason string) (chat.Reply, error) {
	g, again, err := b.Groups.Withdraw(ctx, c.Member, id, reason)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.away(ctx, c, &g, again, "withdrawn")
}

// values are what can be changed, as it is now.
func (b *bot) values(ctx context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
	g, err := b.load(ctx, c.Community.ID, id)
	if err != nil {
		return nil, err
	}
	if err := g.Editable(c.Member); err != nil {
		return nil, err
	}
	return chat.Given{"theme": g.Theme, "goal": g.Goal, "topic": g.Topic}, nil
}

func (b *bot) hide(ctx context.Context, c *chat.Call, id record.ID, _ string) (chat.Reply, error) {
	g, again, err := b.Groups.Hide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.away(ctx, c, &g, again, "hidden")
}

func (b *bot) unhide(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	_, again, err := b.Groups.Unhide(ctx, c.Community, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "collaboration.hidden.undone"
	if again {
		key = "collaboration.hidden.not"
	}
	return chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
}

// away says that a collaboration was taken off view; its owner is told when somebody else did it.
func (b *bot) away(ctx context.Context, c *chat.Call, g *collaboration.Collaboration, again bool, how string) (chat.Reply, error) {
	args := text.Args{"id": chat.Rec(g.ID)}
	if again {
		return chat.OnlyYouSay("collaboration."+how+".again", args), nil
	}
	r := chat.OnlyYouSay("collaboration."+how+".done", args)
	if g.Owner != 0 && g.Owner != c.Member.No {
		r = r.Tell(chat.Post{To: chat.To{Member: g.Owner}, Key: fmt.Sprintf("collaboration/%s/%s", how, g.ID),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("collaboration."+how+".told", args)}}})
	}
	return b.shut(ctx, r, g)
}
