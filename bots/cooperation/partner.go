package cooperation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// partnerCommands are the commands of partnerships.
func (b *bot) partnerCommands() []chat.Command {
	if b.Partners == nil {
		return nil
	}
	return []chat.Command{b.partnerListCommand(), b.proposeCommand(), b.agreeCommand(), b.partnerDeclineCommand(), b.partnerShowCommand(), b.endCommand()}
}

// partnerArg is the partnership that a command is about.
func partnerArg() chat.Arg {
	return chat.Arg{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(cooperation.PartnershipLetter))}
}

// Which partnerships are listed.
const (
	partnersActive  = "active"
	partnersOffered = "offered"
	partnersMine    = "mine"
	partnersEnded   = "ended"
)

func (b *bot) partnerListCommand() chat.Command {
	return chat.Command{
		Path: "partner list", Text: "cooperation.partner.list", Section: community.Cooperation, Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{
			{Name: "which", Kind: chat.Choice, Choices: []string{partnersActive, partnersOffered, partnersMine, partnersEnded}},
			{Name: "topic", Kind: chat.Topic},
			{Name: "page", Kind: chat.Number, Typed: true, NoForm: true},
		},
		Run: b.partnerList,
	}
}

func (b *bot) partnerList(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	which := c.Text("which")
	if which == "" {
		which = partnersActive
	}
	page := int(min(max(c.Int("page"), 1), 10_000)) - 1
	f := cooperation.PartnerFilter{Topic: c.Text("topic"), N: pageSize + 1, Skip: page * pageSize}
	switch which {
	case partnersOffered:
		f.States = []cooperation.PartnershipState{cooperation.PartnersOffered, cooperation.PartnersDraft}
	case partnersMine:
		f.States = []cooperation.PartnershipState{cooperation.PartnersOffered, cooperation.PartnersDraft, cooperation.PartnersAgreed, cooperation.PartnersActive}
		f.Organisation = c.Member.Organisation.No
		if f.Organisation == 0 {
			f.Member = max(c.Member.No, -1)
		}
	case partnersEnded:
		f.States = []cooperation.PartnershipState{cooperation.PartnersEnded}
	}
	var gs []cooperation.Partnership
	if which != partnersMine || c.Member.No != 0 { // somebody who has not acted yet has none
		var err error
		if gs, err = b.Partners.List(ctx, c.Community.ID, f); err != nil {
			return chat.Reply{}, err
		}
	}
	heading := "cooperation.partner.list." + which
	r := chat.OnlyYouSay(heading, nil)
	if which == partnersOffered || which == partnersMine {
		r.Visibility = chat.Personal
	}
	for i, g := range gs {
		if i == pageSize || !b.Partners.MayRead(&g, c.Member) {
			continue
		}
		r.List = append(r.List, chat.Item{Text: chat.P("cooperation.list.item", text.Args{"id": chat.Rec(g.ID), "title": text.Clean(g.Title, 120)}),
			Detail:  chat.P("cooperation.partner.list.detail", text.Args{"state": partnerState(&g), "with": partyNames(g.With())}),
			Buttons: []chat.Press{chat.Show(g.ID)}})
	}
	if len(r.List) == 0 {
		r.Lines = []chat.Phrase{chat.P(heading+"_none", nil)}
		return r.Button("partner propose", nil), nil
	}
	to := func(n int, label string) {
		r = r.Press(chat.Press{Command: "partner list", Given: c.With("page", strconv.Itoa(n+1)), Label: label})
	}
	if page > 0 {
		to(page-1, "cooperation.list.previous")
	}
	if len(gs) > pageSize {
		to(page+1, "cooperation.list.next")
	}
	r.Replace = c.Event.Kind == chat.Pressed && c.Has("page")
	return r, nil
}

func partnerState(g *cooperation.Partnership) text.Key { return text.Key("state.G." + string(g.State)) }

// partyNames are the names of organisations.
func partyNames(ps []cooperation.Party) []string {
	out := make([]string, len(ps))
	for i, p := range ps {
		out[i] = p.Organisation.Name
	}
	return out
}

func (b *bot) proposeCommand() chat.Command {
	return chat.Command{
		Path: "partner propose", Text: "cooperation.partner.propose", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{
			{Name: "title", Kind: chat.Line, Required: true, Max: cooperation.MaxTitle},
			{Name: "organisations", Kind: chat.Line, Required: true, Max: 1000},
			{Name: "purpose", Kind: chat.Text, Required: true, Max: cooperation.MaxPurpose},
			{Name: "topic", Kind: chat.Topic, Typed: true, Form: true},
			{Name: "from", Kind: chat.Date, Typed: true, Form: true},
			{Name: "until", Kind: chat.Date, Typed: true, Form: true},
		},
		Run: b.propose,
	}
}

func (b *bot) propose(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p := cooperation.Proposal{Title: c.Text("title"), Purpose: c.Text("purpose"), Topic: c.Text("topic"), From: c.Date("from"), Until: c.Date("until"),
		Organisations: strings.FieldsFunc(c.Text("organisations"), func(r rune) bool { return r == ',' || r == ';' || r == '\n' }), Origin: c.Thread}
	if w := c.Event.Where; !c.Event.Direct {
		p.Source = record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread)}
	}
	o, err := b.Partners.Propose(ctx, c.Community, c.Member, p)
	if err != nil {
		return chat.Reply{}, err
	}
	g := &o.Partnership
	args := text.Args{"id": chat.Rec(g.ID), "title": g.Title, "n": len(o.Ask)}
	key := "cooperation.partner.propose.done"
	switch {
	case o.Again:
		key = "cooperation.partner.propose.twin"
	case g.State == cooperation.PartnersDraft:
		key = "cooperation.partner.propose.draft"
	}
	return b.askParties(ctx, chat.OnlyYouSay(key, args), &o, c.Member).Press(chat.Show(g.ID)), nil
}

// askParties asks those who speak for the organisations of a proposal.
func (b *bot) askParties(_ context.Context, r chat.Reply, o *cooperation.Offer, by community.Member) chat.Reply {
	g := &o.Partnership
	args := text.Args{"id": chat.Rec(g.ID), "title": g.Title, "who": chat.Called(by), "with": partyNames(g.With())}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.partner.asked", args)}, Quote: []string{g.Purpose}, Notes: []chat.Phrase{term(g)},
		Buttons: []chat.Press{
			{Command: "partner agree", Given: chat.ID(g.ID), Style: chat.Primary},
			{Command: "partner decline", Given: chat.ID(g.ID)},
			chat.Show(g.ID),
		}}
	for _, m := range o.Ask {
		r = r.Tell(chat.Post{To: chat.To{Member: m}, Say: say, Key: partnerTodo(g.ID), Todo: partnerTodo(g.ID)})
	}
	return r
}

// term says from when until when.
func term(g *cooperation.Partnership) chat.Phrase {
	if g.Until.IsZero() {
		return chat.P("cooperation.partner.open_ended", text.Args{"from": g.From})
	}
	return chat.P("cooperation.partner.term", text.Args{"from": g.From, "until": g.Until})
}

func (b *bot) agreeCommand() chat.Command {
	return chat.Command{
		Path: "partner agree", Text: "cooperation.partner.agree", Section: community.Cooperation, Role: community.RoleMember, Args: []chat.Arg{partnerArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.answerFor(ctx, c, true) },
	}
}

func (b *bot) partnerDeclineCommand() chat.Command {
	return chat.Command{
		Path: "partner decline", Text: "cooperation.partner.decline", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{partnerArg(), {Name: "reason", Kind: chat.Text, Max: cooperation.MaxComment}},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.answerFor(ctx, c, false) },
	}
}

// answerFor is an organisation's answer.
func (b *bot) answerFor(ctx context.Context, c *chat.Call, agree bool) (chat.Reply, error) {
	id := c.Record("id")
	o, err := b.Partners.Answer(ctx, c.Community, c.Member, id, agree, c.Text("reason"))
	if err != nil {
		return chat.Reply{}, err
	}
	g, key := &o.Partnership, "cooperation.partner.decline"
	if agree {
		key = "cooperation.partner.agree"
	}
	args := text.Args{"id": chat.Rec(id), "title": g.Title, "who": chat.Called(c.Member), "organisation": answered(g, c.Member)}
	if o.Again {
		return chat.OnlyYouSay(key+".again", args).Press(chat.Show(id)), nil
	}
	r := chat.OnlyYouSay(key+".done", args)
	r.Replace = c.Event.Kind == chat.Pressed
	r.Done = []chat.Todo{{Member: c.Member.No, Key: partnerTodo(id)}}
	for _, m := range o.Asked {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: partnerTodo(id)})
	}
	if g.Proposer != c.Member.No && !(agree && o.Became) { // what it comes to says it all
		say := chat.Say{Lines: []chat.Phrase{chat.P(key+".told", args)}, Buttons: []chat.Press{chat.Show(id)}}
		if why := c.Text("reason"); why != "" && !agree {
			say.Quote = []string{why}
		}
		r = r.Tell(chat.Post{To: chat.To{Member: g.Proposer}, Say: say})
	}
	if !o.Became {
		return r.Press(chat.Show(id)), nil
	}
	r, err = b.turned(ctx, r, g, c.Member.No)
	return r.Press(chat.Show(id)), err
}

// answered is the organisation for which a member has answered last.
func answered(g *cooperation.Partnership, m community.Member) string {
	var last cooperation.Party
	for _, p := range g.Parties {
		if p.Member == m.No && (last.Member == 0 || p.At.After(last.At)) {
			last = p
		}
	}
	return last.Organisation.Name
}

// turned tells those who speak for a partnership, and the room where it was proposed, that it was
// agreed, began or ended. but knows already.
func (b *bot) turned(ctx context.Context, r chat.Reply, g *cooperation.Partnership, but int64) (chat.Reply, error) {
	args := text.Args{"id": chat.Rec(g.ID), "title": g.Title, "with": partyNames(g.With()), "from": g.From}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.partner.turned."+string(g.State), args)}, Buttons: []chat.Press{chat.Show(g.ID)}}
	if g.State == cooperation.PartnersEnded && g.Reason != "" {
		say.Quote = []string{g.Reason}
	}
	all, err := b.Partners.Speakers(ctx, g)
	if err != nil {
		return r, err
	}
	for _, m := range all {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: partnerTodo(g.ID)})
		if m != but {
			r = r.Tell(chat.Post{To: chat.To{Member: m}, Say: say, Key: fmt.Sprintf("partner/%s/%s", g.ID, g.State)})
		}
	}
	if s := g.Source; s.Room != "" && g.State != cooperation.PartnersEnded {
		at := chat.Address{Platform: chat.PlatformID(s.Platform), Space: chat.SpaceID(s.Space), Room: chat.RoomID(s.Room), Thread: chat.ThreadID(s.Thread)}
		r = r.Tell(chat.Post{To: chat.To{Room: at}, Say: say, Key: fmt.Sprintf("partner/%s/%s", g.ID, g.State)})
	}
	return r, nil
}

func (b *bot) partnerShowCommand() chat.Command {
	return chat.Command{
		Path: "partner show", Text: "cooperation.partner.show", Section: community.Cooperation, Role: community.RoleMember, Reads: true, Args: []chat.Arg{partnerArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			return b.showPartnership(ctx, c, c.Record("id"))
		},
	}
}

func (b *bot) endCommand() chat.Command {
	return chat.Command{
		Path: "partner end", Text: "cooperation.partner.end", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{partnerArg(), {Name: "reason", Kind: chat.Text, Required: true, Max: cooperation.MaxComment}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			o, err := b.Partners.End(ctx, c.Member, c.Record("id"), c.Text("reason"))
			if err != nil {
				return chat.Reply{}, err
			}
			g := &o.Partnership
			args := text.Args{"id": chat.Rec(g.ID), "title": g.Title}
			if o.Again {
				return chat.OnlyYouSay("cooperation.partner.end.again", args).Press(chat.Show(g.ID)), nil
			}
			return b.turned(ctx, chat.OnlyYouSay("cooperation.partner.end.done", args).Press(chat.Show(g.ID)), g, c.Member.No)
		},
	}
}

// partnerJobs are what happens to a partnership later.
func (b *bot) partnerJobs() []chat.Job {
	if b.Partners == nil {
		return nil
	}
	return []chat.Job{{Kind: cooperation.KindPartners, Run: func(ctx context.Context, it work.Item) (chat.Reply, error) {
		var m cooperation.PartnerReminder
		if err := it.Read(&m); err != nil {
			return chat.Reply{}, err
		}
		g, err := b.Partners.Turn(ctx, it.Community, m)
		if err != nil || g == nil {
			return chat.Nothing(), err
		}
		if m.What != cooperation.PartnersSoon {
			return b.turned(ctx, chat.Nothing(), g, 0)
		}
		all, err := b.Partners.Speakers(ctx, g)
		r := chat.Nothing()
		for _, no := range all {
			r = r.Tell(chat.Post{To: chat.To{Member: no}, Key: fmt.Sprintf("partner/%s/soon/%s", g.ID, g.Until),
				Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.partner.soon", text.Args{"id": chat.Rec(g.ID), "title": g.Title, "until": g.Until})},
					Buttons: []chat.Press{chat.Show(g.ID)}}})
		}
		return r, err
	}}}
}

// offers looks at drafts again: an organisation may have somebody by now.
func (b *bot) offers(ctx context.Context, of int64) (chat.Reply, error) {
	all, err := b.Partners.Offer(ctx, of)
	r := chat.Nothing()
	for i := range all {
		o := &all[i]
		by, err := community.Load(ctx, b.People, of, o.Partnership.Proposer)
		if err != nil {
			return r, err
		}
		r = b.askParties(ctx, r, o, by)
	}
	return r, err
}

func partnerTodo(id record.ID) string { return "partner/" + id.String() }
