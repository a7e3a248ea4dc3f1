package membership

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

func (b *bot) inviteCommand() chat.Command {
	return chat.Command{Path: "setup invite", Text: "membership.invite", Role: community.RoleModerator, Run: b.invite}
}

// invite makes a code, and says how another space uses it.
func (b *bot) invite(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	i, err := b.Office.Invite(ctx, c.Member)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.invite.intro", text.Args{"community": c.Community.Name})
	var others []string
	for _, w := range b.ways() {
		if w.url != "" {
			r = r.Press(chat.Press{URL: w.url, Label: "membership.invite.on", Args: text.Args{"platform": w.platform}})
		}
		if w.words != "" {
			others = append(others, w.words)
		}
	}
	switch {
	case len(r.Buttons) > 0 && len(others) > 0:
		r = r.Line("membership.invite.add_or", text.Args{"others": others})
	case len(others) > 0:
		r = r.Line("membership.invite.add_by", text.Args{"others": others})
	default:
		r = r.Line("membership.invite.add", nil)
	}
	return r.Line("membership.invite.code", text.Args{"line": text.Code("setup join " + i.Code), "n": community.InvitationDays}).
		Note("membership.invite.shared", nil), nil
}

// way is how a platform's space adds us.
type way struct{ platform, words, url string }

func (b *bot) ways() []way {
	if b.Platforms == nil {
		return nil
	}
	var out []way
	for _, p := range b.Platforms() {
		if inviter, can := p.(chat.Inviter); can {
			words, url := inviter.Invite()
			out = append(out, way{p.Platform().Name, words, url})
		}
	}
	slices.SortFunc(out, func(x, y way) int { return strings.Compare(x.platform, y.platform) })
	return out
}

func (b *bot) joinCommand() chat.Command {
	return chat.Command{Path: "setup join", Text: "membership.join", Role: community.Anyone, Alone: true, Prepare: b.mayJoin, Run: b.join,
		Args: []chat.Arg{
			{Name: "code", Kind: chat.Line, Required: true, Max: 60},
			{Name: "rooms", Kind: chat.Choice, Choices: []string{"create", "later"}, Typed: true},
		}}
}

func (b *bot) mayJoin(ctx context.Context, c *chat.Call) error {
	if c.Event.Direct || c.Event.Where.Space == "" {
		return text.Refuse("membership.setup.not_here", nil)
	}
	if c.Community.ID != 0 {
		return text.Refuse("membership.setup.already", text.Args{"community": c.Community.Name})
	}
	return b.look(ctx, c)
}

// join asks the moderator who invited. What does not work is said, not refused: the try counts.
func (b *bot) join(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	at, rights := c.Event.Where, found(c).rights
	name := rights.Name
	if name == "" {
		name = string(at.Space)
	}
	g := community.Guest{Platform: string(at.Platform), Space: string(at.Space), Room: string(at.Room), Name: text.Clean(name, 80),
		People: max(rights.Count, 0), Account: string(c.Event.From.Account), Later: c.Text("rooms") == "later"}
	i, knocked, err := b.Office.Knock(ctx, c.Text("code"), g)
	if err != nil {
		return chat.Reply{}, err
	}
	if knocked != community.KnockAsked {
		r := chat.OnlyYouSay("membership.join."+string(knocked), nil)
		r.Kind = chat.Alarm
		return r, nil
	}
	if c.Community, err = b.Lists.Community(ctx, i.Community); err != nil {
		return chat.Reply{}, fmt.Errorf("load community: %w", err)
	}
	r := chat.OnlyYouSay("membership.join.asked", text.Args{"community": c.Community.Name})
	to, err := b.host(ctx, i)
	if err != nil {
		return r, err
	}
	return r.Tell(chat.Post{To: to, Say: b.knocks(c, i), Key: "join/" + i.Code, Todo: "join/" + i.Code}), nil
}

// host is who answers a space that wants to join: who invited, or all moderators when that is no
// moderator any more.
func (b *bot) host(ctx context.Context, i community.Invitation) (chat.To, error) {
	m, err := b.Lists.Member(ctx, i.Community, i.By)
	if err != nil {
		return chat.To{}, fmt.Errorf("load member: %w", err)
	}
	if m.No == 0 || m.Erased || m.Role < community.RoleModerator {
		return chat.To{Moderators: true}, nil
	}
	return chat.To{Member: m.No}, nil
}

// knocks is what they are asked.
func (b *bot) knocks(c *chat.Call, i community.Invitation) chat.Say {
	args := text.Args{"space": i.Guest.Name, "platform": c.Platform.Name, "n": i.Guest.People, "community": c.Community.Name}
	key := "membership.join.wants"
	if i.Guest.People == 0 {
		key = "membership.join.wants_uncounted"
	}
	return chat.Say{Lines: []chat.Phrase{chat.P(key, args)}, Buttons: []chat.Press{
		{Command: "setup admit", Given: chat.Given{"code": i.Code}, Style: chat.Primary},
		{Command: "setup decline", Given: chat.Given{"code": i.Code}},
	}}
}

func (b *bot) admitCommand() chat.Command {
	return chat.Command{Path: "setup admit", Text: "membership.admit", Role: community.RoleModerator, Hidden: true, Run: b.admit,
		Args: []chat.Arg{{Name: "code", Kind: chat.Word, Required: true}}}
}

func (b *bot) declineCommand() chat.Command {
	return chat.Command{Path: "setup decline", Text: "membership.decline", Role: community.RoleModerator, Hidden: true, Run: b.decline,
		Args: []chat.Arg{{Name: "code", Kind: chat.Word, Required: true}}}
}

func (b *bot) admit(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	i, space, err := b.Office.Admit(ctx, c.Member, c.Text("code"))
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.admit.done", text.Args{"space": space.Name, "community": c.Community.Name})
	key := "membership.admit.welcome"
	at := chat.Address{Platform: chat.PlatformID(space.Platform), Space: chat.SpaceID(space.ID)}
	if i.Guest.Later {
		key = "membership.admit.welcome_later"
	} else {
		r.Rooms = roomPlan{}.open(at, c.Community)
	}
	at.Room = chat.RoomID(i.Guest.Room)
	r = r.Tell(chat.Post{To: chat.To{Room: at}, Key: "joined/" + i.Code,
		Say: chat.Say{Lines: []chat.Phrase{chat.P(key, text.Args{"community": c.Community.Name})}, Buttons: []chat.Press{{Command: "help"}}}})
	return b.answered(ctx, c, r, i)
}

func (b *bot) decline(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	i, err := b.Office.TurnAway(ctx, c.Member, c.Text("code"))
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("membership.decline.done", text.Args{"space": i.Guest.Name})
	at := chat.Address{Platform: chat.PlatformID(i.Guest.Platform), Space: chat.SpaceID(i.Guest.Space), Room: chat.RoomID(i.Guest.Room)}
	r = r.Tell(chat.Post{To: chat.To{Room: at}, Key: "joined/" + i.Code,
		Say: chat.Say{Lines: []chat.Phrase{chat.P("membership.decline.told", text.Args{"community": c.Community.Name})}}})
	return b.answered(ctx, c, r, i)
}

// answered settles the question for whoever was asked.
func (b *bot) answered(ctx context.Context, c *chat.Call, r chat.Reply, i community.Invitation) (chat.Reply, error) {
	r.Replace = true
	r.Done = append(r.Done, chat.Todo{Member: i.By, Key: "join/" + i.Code})
	return b.done(ctx, r, c.Community.ID, "join/"+i.Code)
}
