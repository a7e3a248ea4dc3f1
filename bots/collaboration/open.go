package collaboration

import (
	"context"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) openCommand() chat.Command {
	return chat.Command{
		Path: "collab open", Text: "collaboration.open", Section: community.Collaboration, Role: community.RoleMember, Global: true,
		Args: []chat.Arg{
			{Name: "theme", Kind: chat.Line, Required: true, Max: collaboration.MaxTheme},
			{Name: "goal", Kind: chat.Text, Required: true, Max: collaboration.MaxGoal},
			{Name: "until", Kind: chat.Date, Required: true},
			{Name: "topic", Kind: chat.Topic, Form: true},
			{Name: "spaces", Kind: chat.Spaces, Form: true},
		},
		Run: b.open,
	}
}

func (b *bot) open(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	w := c.Event.Where
	p := collaboration.Plan{Theme: c.Text("theme"), Goal: c.Text("goal"), Topic: c.Text("topic"), Until: c.Date("until"),
		Source: record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread)},
		From:   c.Thread}
	g, twin, err := b.Groups.Open(ctx, c.Community, c.Member, p)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(g.ID), "theme": g.Theme, "until": g.Until}
	if twin {
		return chat.OnlyYouSay("collaboration.open.twin", args).Press(chat.Show(g.ID)), nil
	}
	r := chat.OnlyYouSay("collaboration.open.done", args).Press(chat.Show(g.ID))
	places := c.List("spaces")
	if len(places) == 0 && c.Space.ID != "" {
		places = []string{c.Space.Platform + "/" + c.Space.ID}
	}
	for _, p := range places {
		platform, space, ok := strings.Cut(p, "/")
		if !ok {
			continue
		}
		r.Rooms = append(r.Rooms, room(&g, platform, space))
	}
	if len(r.Rooms) > 0 {
		r = r.Line("collaboration.open.rooms", text.Args{"n": len(r.Rooms)})
	}
	return r, nil
}

// room is a collaboration's room in one space.
func room(g *collaboration.Collaboration, platform, space string) chat.OpenRoom {
	return chat.OpenRoom{Platform: chat.PlatformID(platform), Space: chat.SpaceID(space), Spec: chat.RoomSpec{
		Key: strings.ToLower(g.ID.String()), Name: g.RoomName(), Topic: g.Theme, Section: string(community.Collaboration), Record: g.ID.String()}}
}

// opened brings the members into a room that was opened for their collaboration.
func (b *bot) opened(ctx context.Context, of int64, id record.ID, at community.Room) (chat.Reply, error) {
	g, err := b.Groups.Collaboration(ctx, of, id)
	if err != nil || g == nil {
		return chat.Nothing(), err
	}
	r := chat.Nothing()
	if g.Hidden || !g.Live() {
		r.Close = []chat.CloseRoom{{Platform: chat.PlatformID(at.Platform), Room: chat.RoomID(at.ID), At: g.ArchiveAt()}}
		return r, nil
	}
	crew, err := b.Groups.Crew(ctx, of, id)
	if err != nil {
		return r, err
	}
	for _, m := range crew {
		r.Bring = append(r.Bring, chat.BringTo{Member: m.No, Record: id})
	}
	return r, nil
}

func (b *bot) joinCommand() chat.Command {
	return chat.Command{
		Path: "collab join", Text: "collaboration.join", Section: community.Collaboration, Role: community.RoleMember,
		Args: []chat.Arg{idArg()}, Run: b.join,
	}
}

func (b *bot) join(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id, err := which(c)
	if err != nil {
		return chat.Reply{}, err
	}
	g, fresh, err := b.Groups.Join(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "collaboration.join.done"
	if !fresh {
		key = "collaboration.join.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id), "theme": g.Theme}).Press(chat.Show(id)).Button("collab leave", chat.ID(id))
	r.Bring = []chat.BringTo{{Member: c.Member.No, Record: id}}
	if c.Space.ID == "" {
		return r, nil
	}
	rooms, err := b.rooms(ctx, c.Community.ID, id)
	if err != nil {
		return r, err
	}
	for _, x := range rooms {
		if x.Platform == c.Space.Platform && x.Space == c.Space.ID {
			return r, nil
		}
	}
	// Whoever joins from a space without a room would have nowhere to work.
	r.Rooms = []chat.OpenRoom{room(&g, c.Space.Platform, c.Space.ID)}
	return r, nil
}

func (b *bot) leaveCommand() chat.Command {
	return chat.Command{
		Path: "collab leave", Text: "collaboration.leave", Section: community.Collaboration, Role: community.RoleMember,
		Args: []chat.Arg{idArg()}, Run: b.leave,
	}
}

func (b *bot) leave(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id, err := which(c)
	if err != nil {
		return chat.Reply{}, err
	}
	l, err := b.Groups.Leave(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id), "theme": l.Collaboration.Theme}
	if !l.Was {
		return chat.OnlyYouSay("collaboration.leave.again", args), nil
	}
	r := chat.OnlyYouSay("collaboration.leave.done", args)
	r.Bring = []chat.BringTo{{Member: c.Member.No, Record: id, Out: true}}
	if l.Heir == 0 {
		return r, nil
	}
	if args["who"], err = b.called(ctx, c.Community.ID, l.Heir); err != nil {
		return r, err
	}
	r.Done = append(r.Done, chat.Todo{Member: c.Member.No, Key: todo(id)})
	r = r.Line("collaboration.leave.heir", args)
	return r.Tell(chat.Post{To: chat.To{Member: l.Heir, Thread: id}, Say: chat.Say{Record: id,
		Lines: []chat.Phrase{chat.P("collaboration.leave.yours", text.Args{"id": chat.Rec(id), "theme": l.Collaboration.Theme})}, Buttons: []chat.Press{chat.Show(id)}}}), nil
}
