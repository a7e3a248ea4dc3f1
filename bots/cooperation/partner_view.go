package cooperation

import (
	"context"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

func (b *bot) partnerViews() []chat.View {
	if b.Partners == nil {
		return nil
	}
	return []chat.View{{
		Letter: cooperation.PartnershipLetter, Section: community.Cooperation, Announce: chat.WhereMade,
		Card: b.partnerCard, Index: b.partnerIndex, Show: b.showPartnership, Brief: b.partnerBrief,
		EditArgs: []chat.Arg{
			{Name: "title", Kind: chat.Line, Max: cooperation.MaxTitle},
			{Name: "purpose", Kind: chat.Text, Max: cooperation.MaxPurpose},
			{Name: "topic", Kind: chat.Topic},
		},
		Edit: b.partnerEdit, Values: b.partnerValues, Withdraw: b.partnerWithdraw,
		Hide: func(ctx context.Context, c *chat.Call, id record.ID, _ string) (chat.Reply, error) {
			_, err := b.Partners.Hide(ctx, c.Member, id, true)
			return chat.OnlyYouSay("cooperation.hidden.done", text.Args{"id": chat.Rec(id)}), err
		},
		Unhide: func(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
			_, err := b.Partners.Hide(ctx, c.Member, id, false)
			return chat.OnlyYouSay("cooperation.hidden.undone", text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), err
		},
		Erase:  b.Partners.Erase,
		Export: func(ctx context.Context, of, member int64) (any, error) { return b.Partners.Export(ctx, of, member) },
	}}
}

// partnership is one that the caller of a command may see.
func (b *bot) partnership(ctx context.Context, c *chat.Call, id record.ID) (*cooperation.Partnership, error) {
	g, err := b.Partners.Partnership(ctx, c.Community.ID, id)
	switch {
	case err != nil:
		return nil, err
	case g == nil:
		return nil, chat.NoRecord(id)
	case !b.Partners.MayRead(g, c.Member):
		return nil, chat.ErrHidden
	}
	return g, nil
}

// partnerSay is a partnership in words, for everybody alike.
func (b *bot) partnerSay(ctx context.Context, g *cooperation.Partnership, lang string) (chat.Say, error) {
	say := chat.Say{Record: g.ID, Title: chat.P("cooperation.partner.title."+string(g.State), text.Args{"id": chat.Rec(g.ID), "title": g.Title})}
	if g.State == cooperation.PartnersWithdrawn || g.State == cooperation.PartnersEnded {
		if g.Reason != "" {
			say.Lines = append(say.Lines, chat.P("cooperation.reason", text.Args{"reason": g.Reason}))
		}
		if g.State == cooperation.PartnersWithdrawn {
			return say, nil
		}
	}
	topic, err := community.TopicLabel(ctx, b.People, g.Community, g.Topic, lang)
	if err != nil {
		return say, err
	}
	var with []string
	for _, p := range g.With() {
		with = append(with, place(p.Organisation, lang))
	}
	say.Lines = append(say.Lines, chat.P("cooperation.partner.with", text.Args{"with": strings.Join(with, " · "), "about": text.Maybe("cooperation.card.about", topic), "topic": topic}),
		chat.P("cooperation.partner.purpose", text.Args{"purpose": g.Purpose}))
	say.Notes = []chat.Phrase{term(g)}
	return say, nil
}

func (b *bot) partnerCard(ctx context.Context, l chat.Look) (chat.Say, error) {
	g, err := b.Partners.Partnership(ctx, l.Community.ID, l.Subject.ID)
	if err != nil {
		return chat.Say{}, err
	}
	if g == nil || !g.Public() || l.Subject.Part != 0 {
		return chat.Say{}, chat.ErrHidden
	}
	say, err := b.partnerSay(ctx, g, l.Lang)
	say.Kind = chat.Card
	if g.State != cooperation.PartnersWithdrawn {
		say.Buttons = []chat.Press{chat.Show(g.ID)}
	}
	return say, err
}

func (b *bot) showPartnership(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	g, err := b.partnership(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.Reply{}
	if r.Say, err = b.partnerSay(ctx, g, c.Lang); err != nil {
		return r, err
	}
	if !g.Public() {
		r.Visibility = chat.Personal
	}
	if g.Hidden {
		r = r.Note("cooperation.show.hidden", nil)
	}
	if g.State.Open() {
		for _, p := range g.Parties {
			r.List = append(r.List, chat.Item{Text: chat.P("cooperation.partner.party",
				text.Args{"organisation": p.Organisation.Name, "answer": text.Key("cooperation.partner.answer." + string(p.Answer))})})
		}
	}
	return b.partnerButtons(ctx, c, r, g)
}

// partnerButtons are what the reader can do next.
func (b *bot) partnerButtons(ctx context.Context, c *chat.Call, r chat.Reply, g *cooperation.Partnership) (chat.Reply, error) {
	p, speaks, err := b.Partners.Speaks(ctx, g, c.Member)
	if err != nil || g.Hidden {
		return r, err
	}
	press := func(command string, style chat.Style) {
		r = r.Press(chat.Press{Command: command, Given: chat.ID(g.ID), Style: style})
	}
	if speaks && g.State.Open() && p.Answer != cooperation.PartyAgreed {
		press("partner agree", chat.Primary)
	}
	if speaks && g.State.Open() && p.Answer == cooperation.PartyWaiting {
		press("partner decline", chat.Normal)
	}
	if g.State.Stands() && (speaks || c.Member.Role >= community.RoleModerator) {
		press("partner end", chat.Normal)
	}
	if b.Partners.MayEdit(g, c.Member) == nil {
		press("edit", chat.Normal)
	}
	if g.State.Open() && (c.Member.No == g.Proposer || c.Member.Role >= community.RoleModerator) {
		press("withdraw", chat.Normal)
	}
	return r, nil
}

func (b *bot) partnerValues(ctx context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
	g, err := b.partnership(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return chat.Given{"title": g.Title, "purpose": g.Purpose, "topic": g.Topic}, b.Partners.MayEdit(g, c.Member)
}

func (b *bot) partnerEdit(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	g, err := b.Partners.Edit(ctx, c.Member, id, cooperation.PartnerEdit{Title: c.Optional("title"), Purpose: c.Optional("purpose"), Topic: c.Optional("topic")})
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.OnlyYouSay("cooperation.edit.done", text.Args{"id": chat.Rec(id), "title": g.Title}).Press(chat.Show(id)), nil
}

func (b *bot) partnerWithdraw(ctx context.Context, c *chat.Call, id record.ID, reason string) (chat.Reply, error) {
	o, err := b.Partners.Withdraw(ctx, c.Member, id, reason)
	if err != nil {
		return chat.Reply{}, err
	}
	g := &o.Partnership
	if o.Again {
		return chat.OnlyYouSay("cooperation.withdrawn.again", text.Args{"id": chat.Rec(id)}), nil
	}
	r := chat.OnlyYouSay("cooperation.partner.withdrawn", text.Args{"id": chat.Rec(id), "title": g.Title})
	for _, m := range o.Asked {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: partnerTodo(id)})
	}
	return b.turned(ctx, r, g, c.Member.No)
}

func (b *bot) partnerIndex(ctx context.Context, of int64, id record.ID) (search.Doc, bool, error) {
	g, err := b.Partners.Partnership(ctx, of, id)
	if err != nil || g == nil || !g.Public() || g.State == cooperation.PartnersWithdrawn {
		return search.Doc{}, false, err
	}
	doc := search.Doc{Section: string(community.Cooperation), Letter: string(rune(id.Letter)), Number: id.No, Kind: "partnership", Title: g.Title,
		Body: g.Purpose + "\n" + strings.Join(partyNames(g.With()), "\n"), State: string(g.State), At: g.Active, Uses: len(g.With())}
	if g.Topic != "" {
		doc.Topics = []string{g.Topic}
	}
	return doc, true, nil
}

// partnerBrief is a partnership in one line.
func (b *bot) partnerBrief(ctx context.Context, of, reader int64, id record.ID) (chat.Brief, error) {
	g, err := b.Partners.Partnership(ctx, of, id)
	if err != nil {
		return chat.Brief{}, err
	}
	if g == nil {
		return chat.Brief{}, chat.NoRecord(id)
	}
	m, err := community.Load(ctx, b.People, of, reader)
	if err != nil {
		return chat.Brief{}, err
	}
	if !b.Partners.MayRead(g, m) {
		return chat.Brief{}, chat.ErrHidden
	}
	return chat.Brief{ID: id, Title: g.Title, State: string(g.State), Kind: "partnership", Owner: g.Proposer}, nil
}
