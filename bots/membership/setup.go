package membership

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// setupCommand makes the space where it is used a community. It first shows what it will make; the
// button under that says yes.
func (b *bot) setupCommand() chat.Command {
	return chat.Command{
		Path: "setup start", Text: "membership.setup", Role: community.Anyone, Alone: true, Top: 8,
		Args: append([]chat.Arg{
			{Name: "name", Kind: chat.Line, Max: 60},
			{Name: "language", Kind: chat.Language},
			{Name: "timezone", Kind: chat.Zone},
			{Name: "rooms", Kind: chat.Line, Typed: true, Max: 400},
		}, append(sectionArgs(), chat.Arg{Name: "sure", Kind: chat.Yes, Typed: true, Button: true})...),
		Form: b.setupForm, Prepare: b.mayBegin, Run: b.begin,
	}
}

// seen is what Prepare found out about a space.
type seen struct {
	rights chat.Rights
	rooms  []chat.RoomInfo
	listed bool // the platform could tell
}

func found(c *chat.Call) seen { s, _ := c.Prepared.(seen); return s }

// mayBegin asks the platform whether the caller is an admin of the space, and which rooms it has.
func (b *bot) mayBegin(ctx context.Context, c *chat.Call) error {
	if c.Event.Direct || c.Event.Where.Space == "" {
		return text.Refuse("membership.setup.not_here", nil)
	}
	if c.Community.ID != 0 {
		return nil // Run says so
	}
	return b.look(ctx, c)
}

// look fills in what the platform knows of the space; a refusal for who is no admin there.
func (b *bot) look(ctx context.Context, c *chat.Call) error {
	rights, err := b.rights(ctx, c.Event.Where, c.Event.From.Account)
	if err != nil {
		return fmt.Errorf("ask for rights: %w", err)
	}
	if !rights.Admin {
		return text.Refuse("membership.setup.not_admin", nil)
	}
	s := seen{rights: rights}
	if namesRooms(c) {
		s.rooms, s.listed = b.roomsOf(ctx, c)
	}
	c.Prepared = s
	return nil
}

// planned is the community that was asked for.
func planned(c *chat.Call) community.Community {
	out := community.Community{Name: c.Text("name"), Language: c.Text("language"), Zone: c.Text("timezone"), Policy: community.PolicyOpen}
	if out.Language == "" {
		out.Language = "en"
		if said, ok := text.Language(c.Event.From.Locale); ok {
			out.Language = said
		}
	}
	if out.Zone == "" {
		out.Zone = community.Location(c.Event.From.Zone).String()
	}
	return out
}

// setupForm proposes what most people want.
func (b *bot) setupForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	if c.Text("rooms") == "choose" {
		return b.roomsForm(ctx, c, f)
	}
	f.Inputs = slices.DeleteFunc(f.Inputs, func(in chat.Input) bool { return isSection(in.Name) })
	plan := planned(c)
	for i, in := range f.Inputs {
		switch in.Name {
		case "language":
			f.Inputs[i].Value = plan.Language
		case "timezone":
			f.Inputs[i].Value = plan.Zone
		case "rooms":
			f.Inputs[i].Kind, f.Inputs[i].Value = chat.Choice, "create"
			f.Inputs[i].Options = nil
			for _, code := range roomChoices {
				f.Inputs[i].Options = append(f.Inputs[i].Options, chat.Option{Value: code, Label: b.say(c, "membership.setup.rooms."+code)})
			}
		}
	}
	return nil
}

func (b *bot) begin(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Community.ID != 0 {
		return already(c), nil
	}
	names := []string{"name", "language", "timezone", "rooms"}
	if !c.Platform.Forms || !c.Event.Can.Form {
		names = []string{"name", "rooms"}
	}
	if c.Text("name") == "" || c.Has("sure") && !c.Yes("sure") {
		given := c.With("sure", "")
		delete(given, "sure")
		return chat.AskFor("setup start", given, names...), nil
	}
	if choosing(c) {
		return chat.AskFor("setup start", c.With("rooms", "choose"), sectionNames()...), nil
	}
	rooms, err := planRooms(c)
	if err != nil {
		return chat.Reply{}, err
	}
	plan := planned(c)
	if !c.Yes("sure") {
		return preview(c, plan, rooms), nil
	}
	if err := b.untaken(ctx, c); err != nil {
		return chat.Reply{}, err
	}
	made, err := b.register.Found(ctx, plan, c.Now)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("found a community: %w", err)
	}
	if err := b.firstSpace(ctx, c, made, rooms); err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.setup.done", text.Args{"name": made.Name})
	if rooms.serves(community.News) {
		r = r.Line("membership.setup.digest", text.Args{"room": "#" + rooms.name(community.News)})
	}
	r = r.Line("membership.setup.first_week", nil)
	for _, advice := range b.advice(c) {
		r = r.Note("membership.setup.advice", text.Args{"advice": advice})
	}
	r.Replace = true
	r.Rooms = rooms.open(c.Event.Where, made)
	r = r.Button("help", nil)
	if b.Office != nil {
		r = r.Button("setup invite", nil)
	}
	if b.Moderation {
		r = r.Press(chat.Press{Command: "mod topic", Label: "membership.setup.topics"})
	}
	return r, nil
}

// advice is what the platform has to say to whoever sets up a space.
func (b *bot) advice(c *chat.Call) []string {
	if b.Platforms == nil {
		return nil
	}
	if a, has := b.Platforms()[c.Event.Where.Platform].(chat.Adviser); has {
		return a.Advice(c.Lang)
	}
	return nil
}

// untaken looks once more whether the space is free: whoever presses twice, or two admins at the same
// moment, get one community.
func (b *bot) untaken(ctx context.Context, c *chat.Call) error {
	if b.Lists == nil {
		return nil
	}
	sp, there, err := b.Lists.Space(ctx, c.Event.Where.Platform, c.Event.Where.Space)
	if err != nil || !there {
		return err
	}
	com, err := b.Lists.Community(ctx, sp.Community)
	if err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	return text.Refuse("membership.setup.already", text.Args{"community": com.Name})
}

// firstSpace makes the space the community's first, and the caller its admin.
func (b *bot) firstSpace(ctx context.Context, c *chat.Call, made community.Community, rooms roomPlan) error {
	name := found(c).rights.Name
	if name == "" {
		name = made.Name
	}
	at := c.Event.Where
	space := community.Space{Community: made.ID, Platform: string(at.Platform), ID: string(at.Space), Name: text.Clean(name, 80),
		Noise: community.NoiseAll, Later: rooms.later(), Joined: c.Now}
	if err := b.register.AddSpace(ctx, space); err != nil {
		return fmt.Errorf("add the space: %w", err)
	}
	m, _, err := b.register.Enter(ctx, made.ID, at.Platform, at.Space, c.Event.From, c.Now)
	if err != nil {
		return fmt.Errorf("enter the admin: %w", err)
	}
	if err := b.register.SetRole(ctx, made.ID, m.No, community.RoleAdmin); err != nil {
		return fmt.Errorf("make the caller an admin: %w", err)
	}
	m.Role = community.RoleAdmin
	c.Community, c.Space, c.Member = made, space, m
	return nil
}

// already says what else setup can do here.
func already(c *chat.Call) chat.Reply {
	r := chat.OnlyYouSay("membership.setup.already", text.Args{"community": c.Community.Name})
	if c.Member.Role >= community.RoleModerator {
		r = r.Button("setup invite", nil)
	}
	return r.Button("setup rooms", nil).Button("setup space", nil)
}

// preview shows what will be made, before anything is.
func preview(c *chat.Call, plan community.Community, rooms roomPlan) chat.Reply {
	var r chat.Reply
	if made := rooms.fresh(); len(made) > 0 {
		r = chat.OnlyYouSay("membership.setup.will_create", text.Args{"name": plan.Name, "rooms": made})
	} else if len(rooms.later()) == len(served) {
		r = chat.OnlyYouSay("membership.setup.will_wait", text.Args{"name": plan.Name})
	} else {
		r = chat.OnlyYouSay("membership.setup.will_begin", text.Args{"name": plan.Name})
	}
	r.Fields = append(r.Fields,
		chat.Fact{Label: "membership.setup.arg.language", Plain: text.LanguageName(plan.Language, c.Lang)},
		chat.Fact{Label: "membership.setup.arg.timezone", Plain: plan.Zone})
	if len(rooms.later()) < len(served) {
		r.Fields = append(r.Fields, rooms.facts()...)
	}
	given := rooms.given(chat.Given{"name": plan.Name, "language": plan.Language, "timezone": plan.Zone, "sure": "yes"})
	change := chat.Given{"name": plan.Name, "language": plan.Language, "timezone": plan.Zone, "sure": "no"}
	return r.Press(chat.Press{Command: "setup start", Given: given, Label: "membership.setup.do_it", Style: chat.Primary}).
		Press(chat.Press{Command: "setup start", Given: change, Label: "membership.setup.change"})
}
