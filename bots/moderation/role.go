package moderation

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

func (b *bot) roleCommand() chat.Command {
	return chat.Command{Path: "mod role", Text: "moderation.role", Role: community.RoleModerator, Person: true, Run: b.role,
		Args: []chat.Arg{
			{Name: "member", Kind: chat.Member, Required: true},
			{Name: "role", Kind: chat.Choice, Required: true, Choices: []string{"member", "curator", "moderator", "admin"}},
		}}
}

func (b *bot) role(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	r, _ := community.ParseRole(c.Text("role"))
	m, again, err := b.Office.GiveRole(ctx, c.Member, c.Int("member"), r)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"who": text.Person{Name: m.Name}, "by": text.Person{Name: c.Member.Name}, "community": c.Community.Name,
		"role": text.Key("moderation.role.a." + r.String())}
	if again {
		return chat.OnlyYouSay("moderation.role.again", args), nil
	}
	out := chat.OnlyYouSay("moderation.role.done", args)
	if m.No == c.Member.No {
		return chat.OnlyYouSay("moderation.role.stepped", args), nil
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("moderation.role.told", args)}}
	if r >= community.RoleModerator {
		say.Buttons = []chat.Press{{Command: "help", Given: chat.Given{"command": "mod"}, Label: "moderation.role.what_now"}}
	}
	return out.Tell(chat.Post{To: chat.To{Member: m.No}, Say: say}), nil
}
