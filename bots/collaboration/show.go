package collaboration

import (
	"context"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// pageSize is how many collaborations one answer lists.
const pageSize = 8

// mine asks for those that the caller is in.
const mine = "mine"

func (b *bot) listCommand() chat.Command {
	return chat.Command{
		Path: "collab list", Text: "collaboration.list", Section: community.Collaboration, Role: community.RoleMember, Reads: true, Top: 4,
		Args: []chat.Arg{
			{Name: "which", Kind: chat.Choice, Choices: []string{string(collaboration.Open), string(collaboration.Closed), mine}},
			{Name: "topic", Kind: chat.Topic},
			{Name: "page", Kind: chat.Number, Typed: true, NoForm: true},
		},
		Run: b.list, Own: b.own(),
	}
}

func (b *bot) list(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	page := max(int(min(c.Int("page"), 1000)), 0)
	f := collaboration.Filter{States: collaboration.Live, N: pageSize + 1, Skip: page * pageSize}
	heading := "collaboration.list.open"
	switch c.Text("which") {
	case string(collaboration.Closed):
		f.States, heading = []collaboration.State{collaboration.Closed, collaboration.Archived}, "collaboration.list.closed"
	case mine:
		f.States, f.Member, heading = nil, c.Member.No, "collaboration.list.mine"
	}
	if topic := c.Text("topic"); topic != "" {
		var err error
		if f.Topics, err = community.TopicCodes(ctx, b.People, c.Community.ID, topic); err != nil {
			return chat.Reply{}, err
		}
	}
	var list []collaboration.Collaboration
	if f.Member != 0 || c.Text("which") != mine {
		var err error
		if list, err = b.Groups.List(ctx, c.Community.ID, f); err != nil {
			return chat.Reply{}, err
		}
	}
	if len(list) == 0 {
		return chat.OnlyYouSay(heading+"_none", nil).Button("collab open", nil), nil
	}
	r := chat.OnlyYouSay(heading, nil)
	for i := range list[:min(len(list), pageSize)] {
		r.List = append(r.List, item(&list[i]))
	}
	turn := func(to int, label string) {
		given := c.With("page", strconv.Itoa(to))
		r = r.Press(chat.Press{Command: "collab list", Given: given, Label: label})
	}
	if page > 0 {
		turn(page-1, "collaboration.list.previous")
	}
	if len(list) > pageSize {
		turn(page+1, "collaboration.list.next")
	}
	return r, nil
}

// item is one collaboration of a list.
func item(g *collaboration.Collaboration) chat.Item {
	it := chat.Item{Text: chat.P("collaboration.item", text.Args{"id": chat.Rec(g.ID), "theme": g.Theme}), Buttons: []chat.Press{chat.Show(g.ID)},
		Detail: chat.P("collaboration.list.detail", text.Args{"state": text.Key("state.C." + state(g)), "until": g.Until})}
	if !g.Live() {
		it.Detail = chat.P("state.C."+state(g), nil)
	}
	return it
}

func (b *bot) showCommand() chat.Command {
	return chat.Command{
		Path: "collab show", Text: "collaboration.show", Section: community.Collaboration, Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id, err := which(c)
			if err != nil {
				return chat.Reply{}, err
			}
			return b.show(ctx, c, id)
		},
	}
}

// show is a collaboration for one reader, with who is in it and what the reader can do.
func (b *bot) show(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	g, err := b.load(ctx, c.Community.ID, id)
	if err != nil {
		return chat.Reply{}, err
	}
	say, err := b.say(ctx, c.Community, g)
	if err != nil || g.Withdrawn {
		return chat.Reply{Say: say}, err
	}
	r := chat.Reply{Say: say}
	crew, err := b.Groups.Crew(ctx, c.Community.ID, id)
	if err != nil {
		return r, err
	}
	in := false
	var names []text.Rich
	for _, m := range crew {
		in = in || m.No == c.Member.No
		if m.Name != "" {
			names = append(names, text.Mention(text.Person{Name: m.Name}))
		}
	}
	if len(names) > 0 {
		r = r.Line("collaboration.show.crew", text.Args{"who": text.Join(", ", names...)})
	}
	if !g.Live() {
		if g.MayChange(c.Member) {
			r = r.Button("edit", chat.ID(id))
		}
		return r, nil
	}
	if in {
		r = r.Button("collab update", chat.ID(id)).Button("collab leave", chat.ID(id))
	} else {
		r = r.Press(chat.Press{Command: "collab join", Given: chat.ID(id), Style: chat.Primary})
	}
	if g.MayChange(c.Member) {
		r = r.Button("collab close", chat.ID(id))
		if g.Extended == 0 || c.Member.Role >= community.RoleModerator {
			r = r.Button("collab extend", chat.ID(id))
		}
		r = r.Button("edit", chat.ID(id)).Button("withdraw", chat.ID(id))
	}
	return r, nil
}
