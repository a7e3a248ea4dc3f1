package membership

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// roomsCommand shows and changes which rooms of this space serve which section.
func (b *bot) roomsCommand() chat.Command {
	return chat.Command{Path: "setup rooms", Text: "membership.rooms", Role: community.RoleMember, Args: sectionArgs(), Form: b.roomsNowForm,
		Prepare: b.mayRun, Run: b.changeRooms}
}

// mayRun lets pass who may set up this space: the community's moderators, and the space's own admins.
func (b *bot) mayRun(ctx context.Context, c *chat.Call) error {
	if c.Event.Direct || c.Space.ID == "" {
		return text.Refuse("membership.setup.not_here", nil)
	}
	err := b.look(ctx, c)
	if err != nil && c.Member.Role < community.RoleModerator {
		return err
	}
	if err != nil {
		s := seen{}
		if namesRooms(c) {
			s.rooms, s.listed = b.roomsOf(ctx, c)
		}
		c.Prepared = s
	}
	return nil
}

// serving are the live rooms of this space that serve sections.
func (b *bot) serving(ctx context.Context, c *chat.Call) (map[community.Section]community.Room, error) {
	all, err := b.Lists.Rooms(ctx, c.Community.ID)
	if err != nil {
		return nil, fmt.Errorf("list rooms: %w", err)
	}
	out := map[community.Section]community.Room{}
	for _, r := range all {
		if r.Platform != c.Space.Platform || r.Space != c.Space.ID || r.Archived {
			continue
		}
		for _, s := range r.Sections {
			if _, there := out[s]; !there {
				out[s] = r
			}
		}
	}
	return out, nil
}

func (b *bot) roomsNowForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	if err := b.roomsForm(ctx, c, f); err != nil {
		return err
	}
	now, err := b.serving(ctx, c)
	if err != nil {
		return err
	}
	for i, in := range f.Inputs {
		s := community.Section(in.Name)
		room, there := now[s]
		switch {
		case c.Given[in.Name] != "":
		case there:
			f.Inputs[i].Value = "#" + room.Name
			if !slices.ContainsFunc(in.Options, func(o chat.Option) bool { return o.Value == "#"+room.Name }) {
				f.Inputs[i].Options = append(f.Inputs[i].Options, chat.Option{Value: "#" + room.Name, Label: "#" + text.Clean(room.Name, 60)})
			}
		default:
			f.Inputs[i].Value = "later"
		}
	}
	return nil
}

func (b *bot) changeRooms(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	now, err := b.serving(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	asked := false
	for _, s := range served {
		asked = asked || c.Text(string(s)) != ""
	}
	if !asked {
		if c.Platform.Forms && c.Event.Can.Form && c.Event.Kind == chat.Pressed {
			return chat.AskFor("setup rooms", chat.Given{}, sectionNames()...), nil
		}
		return shownRooms(c, now), nil
	}
	plan, err := b.planChange(c, now)
	if err != nil {
		return chat.Reply{}, err
	}
	if err := b.move(ctx, c, now, plan); err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.rooms.done", nil)
	if made := plan.fresh(); len(made) > 0 {
		r = r.Line("membership.rooms.opening", text.Args{"rooms": made})
	}
	r.Fields = plan.facts()
	r.Rooms = plan.open(c.Event.Where, c.Community)
	return r, nil
}

func shownRooms(c *chat.Call, now map[community.Section]community.Room) chat.Reply {
	r := chat.OnlyYouSay("membership.rooms.now", text.Args{"space": c.Space.Name})
	for _, s := range served {
		value := chat.P("membership.rooms.none", nil)
		if room, there := now[s]; there {
			value = chat.P("membership.as_is", text.Args{"text": "#" + room.Name})
		} else if slices.Contains(c.Space.Later, s) {
			value = chat.P("membership.setup.when_needed", nil)
		}
		r.Fields = append(r.Fields, chat.Fact{Label: "membership.setup.arg." + string(s), Value: value})
	}
	return r.Press(chat.Press{Command: "setup rooms", Label: "membership.rooms.change"}).
		Note("membership.rooms.by_name", text.Args{"line": c.Platform.Prefix + "setup rooms sharing:#library"})
}

// planChange is what was said; what nothing was said about stays.
func (b *bot) planChange(c *chat.Call, now map[community.Section]community.Room) (roomPlan, error) {
	s := found(c)
	for _, room := range now { // what serves a section already can be named, whatever the platform lists
		if !slices.ContainsFunc(s.rooms, func(x chat.RoomInfo) bool { return string(x.ID) == room.ID }) {
			s.rooms = append(s.rooms, chat.RoomInfo{ID: chat.RoomID(room.ID), Name: room.Name, Joined: true, Encrypted: room.Encrypted})
		}
	}
	c.Prepared = s
	out := roomPlan{}
	for _, section := range served {
		said := c.Text(string(section))
		if said == "" {
			out[section] = place{keep: true}
			continue
		}
		p, err := placeOf(c, section, said)
		if err != nil {
			return nil, err
		}
		if p.with != "" {
			room, there := now[p.with]
			if !there {
				return nil, text.RefuseArg(string(section), "membership.setup.not_joined", text.Args{"room": "#" + string(p.with)})
			}
			p = place{room: chat.RoomInfo{ID: chat.RoomID(room.ID), Name: room.Name, Encrypted: room.Encrypted, Joined: true}}
		}
		room, there := now[section]
		if there && string(p.room.ID) == room.ID || !there && p.later && slices.Contains(c.Space.Later, section) {
			p = place{keep: true}
		}
		out[section] = p
	}
	return out, nil
}

// move takes sections from the rooms that served them, and gives them to those that are there.
func (b *bot) move(ctx context.Context, c *chat.Call, now map[community.Section]community.Room, plan roomPlan) error {
	rooms := map[string]community.Room{}
	for _, r := range now {
		rooms[r.ID] = r
	}
	later := slices.DeleteFunc(slices.Clone(c.Space.Later), func(s community.Section) bool { return !plan[s].keep })
	for _, s := range served {
		p := plan[s]
		if p.keep {
			continue
		}
		if old, there := now[s]; there {
			r := rooms[old.ID]
			r.Sections = slices.DeleteFunc(slices.Clone(r.Sections), func(x community.Section) bool { return x == s })
			rooms[old.ID] = r
		}
		if p.later {
			later = append(later, s)
		}
		if r, there := rooms[string(p.room.ID)]; there && p.room.ID != "" {
			r.Sections = append(slices.Clone(r.Sections), s)
			rooms[r.ID] = r
			plan[s] = place{keep: true}
		}
	}
	for _, r := range rooms {
		if err := b.Lists.AddRoom(ctx, r); err != nil {
			return fmt.Errorf("change a room: %w", err)
		}
	}
	_, err := b.Office.Tune(ctx, c.Member, c.Space.Platform, c.Space.ID, nil, nil, &later)
	return err
}
