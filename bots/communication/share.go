package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/text"
)

// shareCommand is "Share this answer" on a message in a request's thread: where we cannot read what
// people write, answers are carried to the other threads one by one.
func (b *bot) shareCommand() chat.Command {
	return chat.Command{Path: "request share", Text: "communication.share", Role: community.RoleMember, Hidden: true,
		Target: chat.AnyMessage, Action: true, Unread: true, Run: b.share}
}

func (b *bot) share(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Thread.Letter != communication.Letter || c.Target == nil || c.Target.From.Bot {
		return chat.Reply{}, text.Refuse("communication.share.not_here", nil)
	}
	writer := c.Member
	if c.Target.From.Account != c.Event.From.Account {
		m, known, err := b.People.Known(ctx, c.Community.ID, c.Target.Where.Platform, c.Target.From.Account)
		if err != nil {
			return chat.Reply{}, err
		}
		if !known || m.Erased || m.Stopped {
			return chat.Reply{}, text.Refuse("communication.share.theirs", text.Args{"who": text.Person{Name: c.Target.From.Name}})
		}
		writer = m
	}
	said := communication.Said{Text: c.Target.Text, Via: c.Platform.Name, Source: c.Source()}
	for _, f := range c.Target.Files {
		said.Files = append(said.Files, f.Name)
	}
	h, err := b.Desk.Hear(ctx, writer, c.Thread, said)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "communication.share.done"
	if !h.Fresh {
		key = "communication.share.again"
	}
	return b.answered(ctx, chat.OnlyYouSay(key, text.Args{"id": chat.Rec(c.Thread)}).Press(chat.Show(c.Thread)), h)
}
