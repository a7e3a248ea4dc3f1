package sharing

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

// review asks the moderators to look at a deposit.
func review(r *sharing.Resource, by community.Member) chat.Post {
	return chat.Post{To: chat.To{Moderators: true}, Key: fmt.Sprintf("%s/%d", toReview(r.ID), r.Modified.UnixMicro()), Todo: toReview(r.ID),
		Say: chat.Say{Record: r.ID, Lines: []chat.Phrase{chat.P("sharing.review.ask", text.Args{"who": chat.Called(by), "id": chat.Rec(r.ID), "title": r.Title})},
			Buttons: append([]chat.Press{chat.Show(r.ID)}, decisions(r)...)}}
}

// decisions are the buttons of those who look at a deposit.
func decisions(r *sharing.Resource) []chat.Press {
	return []chat.Press{{Command: "resource accept", Given: chat.ID(r.ID), Style: chat.Primary}, {Command: "resource decline", Given: chat.ID(r.ID)}}
}

func (b *bot) acceptCommand() chat.Command {
	return chat.Command{Path: "resource accept", Text: "sharing.accept", Role: community.RoleCurator, Hidden: true,
		Args: []chat.Arg{idArg()}, Run: b.accept}
}

func (b *bot) declineCommand() chat.Command {
	return chat.Command{Path: "resource decline", Text: "sharing.decline", Role: community.RoleCurator, Hidden: true,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true, Letters: string(rune(sharing.Letter)), NoForm: true},
			{Name: "reason", Kind: chat.Line, Required: true, Max: sharing.MaxReason}}, Run: b.decline}
}

func (b *bot) accept(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	out, err := b.Toolbox.Accept(ctx, c.Member, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "sharing.accept.done"
	if out.Again {
		key = "sharing.accept.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(out.Resource.ID)}).Press(chat.Show(out.Resource.ID))
	if !out.Again {
		r = b.toDepositor(c, r, &out.Resource, "sharing.accept.told", "accepted", nil)
	}
	return b.looked(ctx, r, &out.Resource)
}

func (b *bot) decline(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	out, err := b.Toolbox.Decline(ctx, c.Member, c.Record("id"), c.Text("reason"))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "sharing.decline.done"
	if out.Again {
		key = "sharing.decline.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(out.Resource.ID)})
	if !out.Again {
		again := chat.Press{Command: "edit", Given: chat.ID(out.Resource.ID)}
		r = b.toDepositor(c, r, &out.Resource, "sharing.decline.told", "declined", []chat.Press{again})
	}
	return b.looked(ctx, r, &out.Resource)
}

// toDepositor tells a depositor what became of theirs, unless they did it themself.
func (b *bot) toDepositor(c *chat.Call, r chat.Reply, x *sharing.Resource, key, what string, more []chat.Press) chat.Reply {
	if x.Depositor == c.Member.No {
		return r
	}
	args := text.Args{"id": chat.Rec(x.ID), "title": x.Title, "reason": x.Reason}
	lines := []chat.Phrase{chat.P(key, args)}
	if what == "declined" {
		lines = append(lines, chat.P("sharing.decline.then", nil))
	}
	return r.Tell(chat.Post{To: chat.To{Member: x.Depositor, Thread: x.ID}, Key: fmt.Sprintf("sharing/%s/%s/%d", what, x.ID, x.Modified.UnixMicro()),
		Say: chat.Say{Record: x.ID, Lines: lines, Buttons: append([]chat.Press{chat.Show(x.ID)}, more...)}})
}

// looked settles the to-dos of all who were asked to look at a deposit.
func (b *bot) looked(ctx context.Context, r chat.Reply, x *sharing.Resource) (chat.Reply, error) {
	moderators, err := b.People.Moderators(ctx, x.Community)
	if err != nil {
		return r, fmt.Errorf("list moderators: %w", err)
	}
	for _, m := range moderators {
		r.Done = append(r.Done, chat.Todo{Member: m.No, Key: toReview(x.ID)})
	}
	return r, nil
}
