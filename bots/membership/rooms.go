package membership

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// roomChoices are what setup offers for all rooms together.
var roomChoices = []string{"create", "later", "choose"}

// listTime is how long a platform may take to list a space's rooms while a form waits to be opened.
const listTime = 1500 * time.Millisecond

// served are the sections that have rooms, and the place for announcements.
var served = append(slices.Clone(community.Sections), community.News)

func sectionArgs() []chat.Arg {
	var out []chat.Arg
	for _, s := range served {
		out = append(out, chat.Arg{Name: string(s), Kind: chat.Line, Typed: true, Max: 100})
	}
	return out
}

func sectionNames() []string {
	var out []string
	for _, s := range served {
		out = append(out, string(s))
	}
	return out
}

func isSection(name string) bool { return slices.Contains(served, community.Section(name)) }

func roomName(s community.Section) string { return chat.SectionRoom(s, community.Community{}).Name }

// place is where a section lives.
type place struct {
	room  chat.RoomInfo     // an existing room; zero for none
	with  community.Section // the section whose new room it shares; empty for its own
	later bool
	keep  bool // as it is
}

// roomPlan says where every section lives.
type roomPlan map[community.Section]place

// namesRooms says whether a call needs to know the rooms of its space.
func namesRooms(c *chat.Call) bool {
	for _, s := range served {
		if c.Given[string(s)] != "" {
			return true
		}
	}
	return strings.ContainsAny(c.Text("rooms"), ":=")
}

// choosing says whether the caller wants to choose for each section and has not done so yet.
func choosing(c *chat.Call) bool {
	for _, s := range served {
		if c.Has(string(s)) {
			return false
		}
	}
	word := text.Fold(c.Text("rooms"))
	return word == "choose" || word == "3" || word == "scelgo"
}

// roomsOf lists the rooms of the space of a call, as far as the platform can.
func (b *bot) roomsOf(ctx context.Context, c *chat.Call) ([]chat.RoomInfo, bool) {
	if b.Platforms == nil {
		return nil, false
	}
	r, can := b.Platforms()[c.Event.Where.Platform].(chat.Roomer)
	if !can {
		return nil, false
	}
	ctx, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	rooms, err := r.Rooms(ctx, c.Event.Where.Space)
	return rooms, err == nil // rooms can be named all the same, only not be found
}

// roomsForm offers the rooms of the space for each section.
func (b *bot) roomsForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	rooms, _ := b.roomsOf(ctx, c)
	f.Inputs = slices.DeleteFunc(f.Inputs, func(in chat.Input) bool { return !isSection(in.Name) })
	for i, in := range f.Inputs {
		options := []chat.Option{{Value: "new", Label: b.say(c, "membership.setup.place.new")}, {Value: "later", Label: b.say(c, "membership.setup.place.later")}}
		for _, room := range rooms {
			if room.Joined {
				options = append(options, chat.Option{Value: "#" + room.Name, Label: "#" + text.Clean(room.Name, 60)})
			}
		}
		f.Inputs[i].Kind, f.Inputs[i].Options = chat.Choice, options
		if in.Value == "" {
			f.Inputs[i].Value = "new"
		}
	}
	return nil
}

// planRooms reads where every section is to live: all new unless something else was said.
func planRooms(c *chat.Call) (roomPlan, error) {
	out := roomPlan{}
	said := map[community.Section]string{}
	fallback := "new"
	switch word := text.Fold(c.Text("rooms")); {
	case word == "" || word == "create" || word == "1" || word == "choose" || word == "3":
	case word == "later" || word == "2":
		fallback = "later"
	case strings.Contains(c.Text("rooms"), ":"):
		if err := pairs(c.Text("rooms"), said); err != nil {
			return nil, err
		}
	default:
		return nil, text.RefuseArg("rooms", "membership.setup.which_rooms", nil)
	}
	for _, s := range served {
		if v := c.Text(string(s)); v != "" {
			said[s] = v
		}
	}
	for _, s := range served {
		v := said[s]
		if v == "" {
			v = fallback
		}
		p, err := placeOf(c, s, v)
		if err != nil {
			return nil, err
		}
		out[s] = p
	}
	return out.shared(), nil
}

// shared lets sections that share a room with one another mean the same room.
func (p roomPlan) shared() roomPlan {
	out := roomPlan{}
	for _, s := range served {
		at, first := p[s], s
		for range served { // whoever shares with one that shares means the first of them
			if at.with == "" {
				break
			}
			first, at = at.with, p[at.with]
		}
		switch {
		case first == s || at.with != "": // its own, or shared in a circle
			at.with = ""
			out[s] = at
		case at.room.ID != "" || at.later:
			out[s] = at
		default:
			out[s] = place{with: first}
		}
	}
	return out
}

// pairs reads "communication:#help sharing:#help".
func pairs(s string, into map[community.Section]string) error {
	for _, part := range strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r == ',' || r == ';' }) {
		name, room, ok := strings.Cut(part, ":")
		section := community.Section(text.Fold(name))
		if !ok || !slices.Contains(served, section) || room == "" {
			return text.RefuseArg("rooms", "membership.setup.which_rooms", nil)
		}
		into[section] = room
	}
	return nil
}

// placeOf reads one section's place: "new", "later", a number of the form's list, another section, or
// a room by its name.
func placeOf(c *chat.Call, s community.Section, said string) (place, error) {
	var joined []chat.RoomInfo
	for _, room := range found(c).rooms {
		if room.Joined {
			joined = append(joined, room)
		}
	}
	word := text.Fold(strings.TrimLeft(said, "#"))
	if n, err := strconv.Atoi(strings.TrimSpace(said)); err == nil && n >= 1 && n <= len(joined)+2 {
		if n > 2 {
			return place{room: joined[n-3]}, nil
		}
		word = []string{"new", "later"}[n-1]
	}
	for _, room := range found(c).rooms {
		if string(room.ID) != said && text.Fold(strings.TrimLeft(room.Name, "#")) != word {
			continue
		}
		if !room.Joined {
			return place{}, text.RefuseArg(string(s), "membership.setup.not_joined", text.Args{"room": "#" + strings.TrimLeft(room.Name, "#")})
		}
		return place{room: room}, nil
	}
	switch word {
	case "new", "create", "nuova", "nuovo":
		return place{}, nil
	case "later", "dopo", "poi":
		return place{later: true}, nil
	}
	if other := community.Section(word); slices.Contains(served, other) && other != s {
		return place{with: other}, nil
	}
	return place{}, text.RefuseArg(string(s), "membership.setup.not_joined", text.Args{"room": "#" + text.Clean(strings.TrimLeft(said, "#"), 60)})
}

func (p roomPlan) serves(s community.Section) bool { return !p[s].later }

// name is the name of the room in which a section lives.
func (p roomPlan) name(s community.Section) string {
	at := p[s]
	if at.room.ID != "" {
		return text.Clean(strings.TrimLeft(at.room.Name, "#"), 60)
	}
	if at.with != "" {
		return roomName(at.with)
	}
	return roomName(s)
}

func (p roomPlan) isNew(s community.Section) bool {
	return !p[s].later && p[s].room.ID == "" && !p[s].keep
}

// fresh are the rooms that will be made.
func (p roomPlan) fresh() []text.Rich {
	var out []text.Rich
	for _, s := range served {
		if p.isNew(s) && p[s].with == "" {
			out = append(out, text.Plain("#"+roomName(s)))
		}
	}
	return out
}

// facts say where sections live that do not just get a room of their own now.
func (p roomPlan) facts() []chat.Fact {
	var out []chat.Fact
	for _, s := range served {
		if p.isNew(s) && p[s].with == "" || p[s].keep {
			continue
		}
		value := chat.P("membership.as_is", text.Args{"text": "#" + p.name(s)})
		if p[s].later {
			value = chat.P("membership.setup.when_needed", nil)
		}
		out = append(out, chat.Fact{Label: "membership.setup.arg." + string(s), Value: value})
	}
	return out
}

// later are the sections whose rooms are made once they are needed.
func (p roomPlan) later() []community.Section {
	var out []community.Section
	for _, s := range served {
		if p[s].later {
			out = append(out, s)
		}
	}
	return out
}

// given says the plan again, for the button that does it.
func (p roomPlan) given(g chat.Given) chat.Given {
	for _, s := range served {
		switch at := p[s]; {
		case at.keep:
		case at.later:
			g[string(s)] = "later"
		case at.room.ID != "":
			g[string(s)] = string(at.room.ID)
		case at.with != "":
			g[string(s)] = string(at.with)
		}
	}
	return g
}

// open are the rooms to be made, and those that are there already and from now on serve a section.
func (p roomPlan) open(at chat.Address, c community.Community) []chat.OpenRoom {
	var out []chat.OpenRoom
	for _, s := range served {
		if p[s].later || p[s].with != "" || p[s].keep {
			continue
		}
		o := chat.OpenRoom{Platform: at.Platform, Space: at.Space, Sections: []community.Section{s}, Spec: chat.SectionRoom(s, c)}
		room := p[s].room
		for _, x := range served {
			if x != s && (p[x].with == s || room.ID != "" && p[x].room.ID == room.ID) {
				o.Sections = append(o.Sections, x)
			}
		}
		if room.ID != "" {
			if slices.ContainsFunc(out, func(x chat.OpenRoom) bool { return x.Room == room.ID }) {
				continue
			}
			o.Room, o.Encrypted, o.Spec.Name = room.ID, room.Encrypted, strings.TrimLeft(room.Name, "#")
		}
		out = append(out, o)
	}
	return out
}
