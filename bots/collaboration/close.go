package collaboration

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) updateCommand() chat.Command {
	return chat.Command{
		Path: "collab update", Text: "collaboration.update", Section: community.Collaboration, Role: community.RoleMember,
		Args: []chat.Arg{idArg(), {Name: "text", Kind: chat.Text, Asked: true, Max: collaboration.MaxNews}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id, err := which(c)
			if err != nil {
				return chat.Reply{}, err
			}
			if missing(c, "text") {
				return asks(c, id, "text"), nil
			}
			if _, err := b.Groups.Tell(ctx, c.Member, id, c.Text("text")); err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("collaboration.update.done", text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
		},
	}
}

func (b *bot) extendCommand() chat.Command {
	return chat.Command{
		Path: "collab extend", Text: "collaboration.extend", Section: community.Collaboration, Role: community.RoleMember,
		Args: []chat.Arg{idArg(), {Name: "until", Kind: chat.Date, Asked: true},
			{Name: "reason", Kind: chat.Line, Asked: true, Max: collaboration.MaxReason}},
		Run: b.extend,
	}
}

func (b *bot) extend(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id, err := which(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if missing(c, "until", "reason") {
		return b.asksOwner(ctx, c, id, "until", "reason")
	}
	if no, err := b.refuses(ctx, c, id); no != nil || err != nil {
		return *no, err
	}
	g, again, err := b.Groups.Extend(ctx, c.Community, c.Member, id, c.Date("until"), c.Text("reason"))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "collaboration.extend.done"
	if again {
		key = "collaboration.extend.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id), "until": g.Until}).Press(chat.Show(id))
	return b.settled(ctx, r, &g)
}

func (b *bot) closeCommand() chat.Command {
	args := []chat.Arg{idArg(),
		{Name: "outcome", Kind: chat.Text, Asked: true, Max: collaboration.MaxOutcome},
		{Name: "resources", Kind: chat.Records, Letters: "RP", Form: true}}
	if b.Practices != nil {
		args = append(args, chat.Arg{Name: "practice", Kind: chat.Yes, Form: true})
	}
	args = append(args, chat.Arg{Name: "because", Kind: chat.Text, Form: true, Max: collaboration.MaxReason})
	return chat.Command{
		Path: "collab close", Text: "collaboration.close", Section: community.Collaboration, Role: community.RoleMember,
		Args: args, Run: b.close,
	}
}

func (b *bot) close(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id, err := which(c)
	if err != nil {
		return chat.Reply{}, err
	}
	if missing(c, "outcome") {
		names := []string{"outcome", "resources", "because"}
		if b.Practices != nil {
			names = []string{"outcome", "resources", "practice", "because"}
		}
		return b.asksOwner(ctx, c, id, names...)
	}
	o := collaboration.Outcome{Text: c.Text("outcome"), Results: c.Records("resources"), Because: c.Text("because")}
	if b.Practices != nil && c.Yes("practice") {
		o.Candidate = func(ctx context.Context, g *collaboration.Collaboration) (record.ID, error) {
			return b.Practices.Candidate(ctx, c.Member, g.Theme, g.Outcome, g.ID)
		}
	}
	if no, err := b.refuses(ctx, c, id); no != nil || err != nil {
		return *no, err
	}
	g, again, err := b.Groups.Close(ctx, c.Member, id, o)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if again {
		return chat.OnlyYouSay("collaboration.close.again", args).Press(chat.Show(id)), nil
	}
	r := chat.OnlyYouSay("collaboration.close.done", args).Press(chat.Show(id))
	if r, err = b.shut(ctx, r, &g); err != nil {
		return r, err
	}
	if len(r.Close) > 0 {
		r = r.Line("collaboration.close.rooms", text.Args{"on": archivedOn(c.Community, &g)})
	}
	return r, nil
}

// archivedOn is the day on which a collaboration's rooms are archived.
func archivedOn(com community.Community, g *collaboration.Collaboration) text.Date {
	return text.DateOf(g.ArchiveAt().In(com.Location()))
}

// shut settles what waits because of a collaboration that is over, and closes its rooms.
func (b *bot) shut(ctx context.Context, r chat.Reply, g *collaboration.Collaboration) (chat.Reply, error) {
	rooms, err := b.rooms(ctx, g.Community, g.ID)
	if err != nil {
		return r, err
	}
	for _, x := range rooms {
		r.Close = append(r.Close, chat.CloseRoom{Platform: chat.PlatformID(x.Platform), Room: chat.RoomID(x.ID), At: g.ArchiveAt()})
	}
	return b.settled(ctx, r, g)
}

// asksOwner asks for more, but nobody whose answer would be refused.
func (b *bot) asksOwner(ctx context.Context, c *chat.Call, id record.ID, names ...string) (chat.Reply, error) {
	g, err := b.load(ctx, c.Community.ID, id)
	switch {
	case err != nil:
		return chat.Reply{}, err
	case !g.Live():
		return chat.Reply{}, text.Refuse("collaboration.over", text.Args{"id": chat.Rec(id)})
	}
	if no, err := b.refuses(ctx, c, id); no != nil || err != nil {
		return *no, err
	}
	return asks(c, id, names...), nil
}

// refuses is the answer to whoever is neither owner nor moderator; nil for those who may go on. It is
// asked before the rule is: what a rule refuses is refused as a whole, with its buttons.
func (b *bot) refuses(ctx context.Context, c *chat.Call, id record.ID) (*chat.Reply, error) {
	g, err := b.load(ctx, c.Community.ID, id)
	if err != nil {
		return &chat.Reply{}, err
	}
	if g.MayChange(c.Member) {
		return nil, nil
	}
	r, err := b.notYours(ctx, c, id)
	return &r, err
}

// notYours says who can, and offers to ask them.
func (b *bot) notYours(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	g, err := b.Groups.Collaboration(ctx, c.Community.ID, id)
	if err != nil {
		return chat.Reply{}, err
	}
	if g == nil || g.Hidden {
		return chat.Reply{}, chat.ErrHidden
	}
	r := chat.OnlyYouSay("collaboration.not_yours", text.Args{"id": chat.Rec(id)})
	if g.Owner == 0 || !g.Live() {
		return r, nil
	}
	who, err := b.called(ctx, c.Community.ID, g.Owner)
	if err != nil {
		return r, err
	}
	return r.Press(chat.Press{Command: "collab ask", Given: chat.ID(id), Label: "collaboration.ask.to", Args: text.Args{"who": who}}), nil
}

// askCommand asks an owner to close or extend.
func (b *bot) askCommand() chat.Command {
	return chat.Command{
		Path: "collab ask", Text: "collaboration.ask", Role: community.RoleMember, Hidden: true, Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id, err := which(c)
			if err != nil {
				return chat.Reply{}, err
			}
			g, err := b.load(ctx, c.Community.ID, id)
			if err != nil {
				return chat.Reply{}, err
			}
			if g.Owner == 0 || !g.Live() {
				return chat.Reply{}, text.Refuse("collaboration.over", text.Args{"id": chat.Rec(id)})
			}
			who, err := b.called(ctx, c.Community.ID, c.Member.No)
			if err != nil {
				return chat.Reply{}, err
			}
			r := chat.OnlyYouSay("collaboration.ask.done", text.Args{"id": chat.Rec(id)})
			return r.Tell(chat.Post{To: chat.To{Member: g.Owner, Thread: id}, Todo: todo(id),
				Key: fmt.Sprintf("collaboration/ask/%s/%s/%d", id, g.Until, c.Member.No),
				Say: chat.Say{Record: id, Lines: []chat.Phrase{chat.P("collaboration.ask.told", text.Args{"id": chat.Rec(id), "theme": g.Theme, "who": who})},
					Buttons: []chat.Press{{Command: "collab close", Given: chat.ID(id)}, {Command: "collab extend", Given: chat.ID(id)}}}}), nil
		},
	}
}
