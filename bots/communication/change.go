package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/record"
	"guildhall/core/text"
)

// editArgs are what can be changed of a request.
func editArgs() []chat.Arg {
	return []chat.Arg{
		{Name: "question", Kind: chat.Text, Max: communication.MaxQuestion},
		{Name: "topic", Kind: chat.Topic},
		{Name: "language", Kind: chat.Language},
		{Name: "urgency", Kind: chat.Choice, Choices: chat.Codes(communication.Urgencies)},
	}
}

// values are what editArgs are now.
func (b *bot) values(ctx context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
	q, err := b.load(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if err := q.Editable(c.Member); err != nil {
		return nil, err
	}
	return chat.Given{"question": q.Question, "topic": q.Topic, "language": q.Language, "urgency": string(q.Urgency)}, nil
}

func (b *bot) edit(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	var e communication.Edit
	e.Question, e.Topic, e.Language = c.Optional("question"), c.Optional("topic"), c.Optional("language")
	if v := c.Optional("urgency"); v != nil {
		u := communication.Urgency(*v)
		e.Urgency = &u
	}
	q, err := b.Desk.Edit(ctx, c.Member, id, e)
	if err != nil {
		return chat.Reply{}, err
	}
	return quietly(chat.OnlyYouSay("communication.edited", text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), &q), nil
}

func (b *bot) withdraw(ctx context.Context, c *chat.Call, id record.ID, reason string) (chat.Reply, error) {
	g, err := b.Desk.Withdraw(ctx, c.Member, id, reason)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if g.Again {
		return quietly(chat.OnlyYouSay("communication.withdrawn.again", args), &g.Request), nil
	}
	r := quietly(chat.OnlyYouSay("communication.withdrawn.done", args), &g.Request)
	if c.Member.No != g.Request.Asker {
		r = r.Tell(b.toAsker(&g.Request, "communication.withdrawn.told", "withdrawn"))
	}
	return b.over(ctx, r, &g.Request, g.Asked)
}

func (b *bot) hide(ctx context.Context, c *chat.Call, id record.ID, _ string) (chat.Reply, error) {
	g, err := b.Desk.Hide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if g.Again {
		return chat.OnlyYouSay("communication.hidden.again", args), nil
	}
	r := chat.OnlyYouSay("communication.hidden.done", args)
	if c.Member.No != g.Request.Asker {
		r = r.Tell(b.toAsker(&g.Request, "communication.hidden.told", "hidden"))
	}
	return b.over(ctx, r, &g.Request, g.Asked)
}

func (b *bot) unhide(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	g, err := b.Desk.Unhide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "communication.hidden.undone"
	if g.Again {
		key = "communication.hidden.not"
	}
	return chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
}

// toAsker tells an asker what a moderator did, and nobody else.
func (b *bot) toAsker(q *communication.Request, key, what string) chat.Post {
	return chat.Post{To: chat.To{Member: q.Asker}, Key: what + "/" + q.ID.String(),
		Say: chat.Say{Lines: []chat.Phrase{chat.P(key, text.Args{"id": chat.Rec(q.ID)})}}}
}

// quietly makes an answer personal where it would tell who asked.
func quietly(r chat.Reply, q *communication.Request) chat.Reply {
	if q.To != communication.Everyone {
		r.Visibility = chat.Personal
	}
	return r
}
