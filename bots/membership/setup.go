package membership

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// setupCommand makes the space where it is used a community. It first shows what it will make; the
// button under that says yes.
func (b *bot) setupCommand() chat.Command {
	return chat.Command{
		Path: "setup start", Text: "membership.setup", Role: community.Anyone, Alone: true, Top: 8,
		Args: []chat.Arg{
			{Name: "name", Kind: chat.Line, Required: true, Max: 60},
			{Name: "language", Kind: chat.Language},
			{Name: "timezone", Kind: chat.Zone},
			{Name: "sure", Kind: chat.Yes, NoForm: true, Typed: true},
		},
		Prepare: b.mayBegin, Run: b.begin,
	}
}

// mayBegin asks the platform whether the caller is an admin of the space.
func (b *bot) mayBegin(ctx context.Context, c *chat.Call) error {
	if c.Event.Direct || c.Event.Where.Space == "" {
		return text.Refuse("membership.setup.not_here", nil)
	}
	if c.Community.ID != 0 {
		return text.Refuse("membership.setup.already", text.Args{"community": c.Community.Name})
	}
	rights, err := b.rights(ctx, c.Event.Where, c.Event.From.Account)
	if err != nil {
		return fmt.Errorf("ask for rights: %w", err)
	}
	if !rights.Admin {
		return text.Refuse("membership.setup.not_admin", nil)
	}
	c.Prepared = rights
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

func (b *bot) begin(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	plan := planned(c)
	if !c.Yes("sure") {
		return preview(c, plan), nil
	}
	made, err := b.register.Found(ctx, plan, c.Now)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("found a community: %w", err)
	}
	rights, _ := c.Prepared.(chat.Rights)
	name := rights.Name
	if name == "" {
		name = made.Name
	}
	at := c.Event.Where
	space := community.Space{Community: made.ID, Platform: string(at.Platform), ID: string(at.Space), Name: text.Clean(name, 80),
		Noise: community.NoiseAll, Joined: c.Now}
	if err := b.register.AddSpace(ctx, space); err != nil {
		return chat.Reply{}, fmt.Errorf("add the space: %w", err)
	}
	m, _, err := b.register.Enter(ctx, made.ID, at.Platform, at.Space, c.Event.From, c.Now)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("enter the admin: %w", err)
	}
	if err := b.register.SetRole(ctx, made.ID, m.No, community.RoleAdmin); err != nil {
		return chat.Reply{}, fmt.Errorf("make the caller an admin: %w", err)
	}
	m.Role = community.RoleAdmin
	c.Community, c.Space, c.Member = made, space, m
	r := chat.OnlyYouSay("membership.setup.done", text.Args{"name": made.Name}).Line("membership.setup.first_week", nil)
	r.Replace = true
	r.Rooms = rooms(at, made)
	return r.Button("help", nil), nil
}

// preview shows what will be made, before anything is.
func preview(c *chat.Call, plan community.Community) chat.Reply {
	var names []text.Rich
	for _, s := range append(append([]community.Section{}, community.Sections...), community.News) {
		names = append(names, text.Plain("#"+roomName(s)))
	}
	r := chat.OnlyYouSay("membership.setup.will_create", text.Args{"name": plan.Name, "rooms": names})
	r.Fields = []chat.Fact{
		{Label: "membership.setup.arg.language", Plain: text.LanguageName(plan.Language, c.Lang)},
		{Label: "membership.setup.arg.timezone", Plain: plan.Zone},
	}
	given := chat.Given{"name": plan.Name, "language": plan.Language, "timezone": plan.Zone, "sure": "yes"}
	change := given.With("name", "")
	delete(change, "sure")
	return r.Press(chat.Press{Command: "setup start", Given: given, Label: "membership.setup.do_it", Style: chat.Primary}).
		Press(chat.Press{Command: "setup start", Given: change, Label: "membership.setup.change"})
}

func roomName(s community.Section) string { return "vet-" + string(s) }

// rooms are the five that a community's space gets.
func rooms(at chat.Address, c community.Community) []chat.OpenRoom {
	var out []chat.OpenRoom
	for _, s := range append(append([]community.Section{}, community.Sections...), community.News) {
		key := strings.Join([]string{"section", string(s)}, "-")
		out = append(out, chat.OpenRoom{Platform: at.Platform, Space: at.Space, Sections: []community.Section{s},
			Spec: chat.RoomSpec{Key: key, Name: roomName(s), Section: string(s), Lang: c.Language, PostOnly: false}})
	}
	return out
}
