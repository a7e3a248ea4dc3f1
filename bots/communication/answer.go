package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// answerCommand is "I can help" on a card, and every other way to answer through a form.
func (b *bot) answerCommand() chat.Command {
	return chat.Command{
		Path: "request answer", Text: "communication.answer", Role: community.RoleMember, Hidden: true,
		Args: []chat.Arg{idArg(), {Name: "answer", Kind: chat.Text, Required: true, Max: communication.MaxAnswer}},
		Run:  b.answer,
	}
}

func (b *bot) answer(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	r, err := b.load(ctx, c, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	h, err := b.Desk.Hear(ctx, c.Member, r.ID, said(c, c.Text("answer")))
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(r.ID)}
	var out chat.Reply
	switch {
	case c.Event.Kind == chat.Said && c.Thread == r.ID:
		return b.answered(ctx, chat.Nothing(), h) // it stands there for all to see
	case h.Answer.Private:
		out = chat.PersonalSay("communication.answer.private", args)
	case h.Answer.Own && !h.Request.Named():
		out = chat.PersonalSay("communication.answer.unnamed", args)
	default:
		out = chat.OnlyYouSay("communication.answer.done", args)
	}
	return b.answered(ctx, out.Press(chat.Show(r.ID)), h)
}

// said is what somebody wrote, with where. Only a message of their own counts as its source.
func said(c *chat.Call, words string) communication.Said {
	s := communication.Said{Text: words, Via: c.Platform.Name, Source: place(c)}
	if c.Event.Kind == chat.Said {
		s.Source.Message = string(c.Event.Message)
		for _, f := range c.Event.Files {
			s.Files = append(s.Files, f.Name)
		}
	}
	return s
}

// heard keeps what is said in a request's thread.
func (b *bot) heard(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	h, err := b.Desk.Hear(ctx, c.Member, c.Thread, said(c, c.Event.Text))
	if err != nil {
		return chat.Reply{}, err
	}
	return b.answered(ctx, chat.Nothing(), h)
}

// changed follows edits and deletions of messages that are a question or an answer.
func (b *bot) changed(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	at := c.Source()
	if c.Event.Kind == chat.Edited {
		var files []string
		for _, f := range c.Event.Files {
			files = append(files, f.Name)
		}
		_, err := b.Desk.Reword(ctx, c.Community.ID, at, c.Event.Text, files)
		return chat.Nothing(), err
	}
	if _, err := b.Desk.Unsay(ctx, c.Community.ID, at); err != nil {
		return chat.Reply{}, err
	}
	gone, err := b.Desk.Unask(ctx, c.Community.ID, at)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.Nothing()
	for _, g := range gone {
		if r, err = b.over(ctx, r, &g.Request, g.Asked); err != nil {
			return r, err
		}
		r = r.Tell(chat.Post{To: chat.To{Member: g.Request.Asker}, Key: "unasked/" + g.Request.ID.String(),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("communication.unasked", text.Args{"id": chat.Rec(g.Request.ID)})},
				Buttons: []chat.Press{{Command: "ask"}}}})
	}
	return r, nil
}

// The keys of what waits for people because of a request.
func helpTodo(id record.ID) string    { return "help/" + id.String() }
func answersTodo(id record.ID) string { return "answers/" + id.String() }
func waitingTodo(id record.ID) string { return "waiting/" + id.String() }

// answered tells those whom a new answer concerns.
func (b *bot) answered(ctx context.Context, r chat.Reply, h communication.Heard) (chat.Reply, error) {
	if !h.Fresh {
		return r, nil
	}
	q := &h.Request
	if q.State != communication.Open {
		var err error
		if r, err = b.noLonger(ctx, r, q, h.Asked); err != nil {
			return r, err
		}
	}
	for _, m := range h.Follow {
		r = r.Tell(chat.Post{To: chat.To{Member: m, Thread: q.ID}, Key: "followed/answered/" + q.ID.String(),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("communication.follow.answered", text.Args{"id": chat.Rec(q.ID)})}, Buttons: []chat.Press{chat.Show(q.ID)}}})
	}
	switch {
	case h.Answer.Private:
		return b.between(ctx, r, h)
	case h.Answer.Own:
	case !q.Named(), h.First && q.Source.Space == "":
		return b.tellAsker(ctx, r, h)
	}
	return r, nil
}

// noLonger settles what waited for an answer.
func (b *bot) noLonger(ctx context.Context, r chat.Reply, q *communication.Request, asked []int64) (chat.Reply, error) {
	for _, m := range asked {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: helpTodo(q.ID)})
	}
	moderators, err := b.People.Moderators(ctx, q.Community)
	if err != nil {
		return r, err
	}
	for _, m := range moderators {
		r.Done = append(r.Done, chat.Todo{Member: m.No, Key: waitingTodo(q.ID)})
	}
	return r, nil
}

// over settles all that waited because of a request.
func (b *bot) over(ctx context.Context, r chat.Reply, q *communication.Request, asked []int64) (chat.Reply, error) {
	r.Done = append(r.Done, chat.Todo{Member: q.Asker, Key: answersTodo(q.ID)})
	for _, m := range asked {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: answersTodo(q.ID)})
	}
	return b.noLonger(ctx, r, q, asked)
}

// tellAsker tells an asker whom no mention reaches that there is an answer in the thread.
func (b *bot) tellAsker(ctx context.Context, r chat.Reply, h communication.Heard) (chat.Reply, error) {
	q := &h.Request
	author, err := community.Load(ctx, b.People, q.Community, h.Answer.Author)
	if err != nil {
		return r, err
	}
	to := chat.To{Member: q.Asker}
	if q.Named() {
		to.Thread = q.ID
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("communication.answer.there", text.Args{"id": chat.Rec(q.ID), "who": chat.Called(author)})},
		Buttons: []chat.Press{chat.Show(q.ID), solves(h.Answer.Subject())}}
	return r.Tell(chat.Post{To: to, Say: say, Key: "answer/" + h.Answer.Subject().String(), Todo: answersTodo(q.ID)}), nil
}

// solves is the button that says that an answer solved its request.
func solves(s record.Subject) chat.Press {
	return chat.Press{Command: "solved", Given: chat.ID(s.ID).With("answer", partName(s.Part))}
}

// between carries a private answer to the asker, or the asker's word to those who were asked. What
// was written as a message can be deleted there, so only its place is told; what came through a form
// is told in full.
func (b *bot) between(ctx context.Context, r chat.Reply, h communication.Heard) (chat.Reply, error) {
	q, a := &h.Request, &h.Answer
	author, err := community.Load(ctx, b.People, q.Community, a.Author)
	if err != nil {
		return r, err
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("communication.private.told", text.Args{"id": chat.Rec(q.ID), "who": chat.Called(author)})},
		Buttons: []chat.Press{chat.Show(q.ID), {Command: "request answer", Given: chat.ID(q.ID), Label: "communication.private.reply"}}}
	if a.Source.Message == "" {
		say.Quote = []string{a.Text}
	}
	to := []int64{q.Asker}
	if a.Own {
		if to, err = b.Desk.Talkers(ctx, q); err != nil {
			return r, err
		}
	} else {
		say.Buttons = append(say.Buttons, solves(a.Subject()))
	}
	for _, m := range to {
		r = r.Tell(chat.Post{To: chat.To{Member: m}, Say: say, Key: "answer/" + a.Subject().String(), Todo: answersTodo(q.ID)})
	}
	return r, nil
}

func (b *bot) followCommand() chat.Command {
	return chat.Command{
		Path: "request follow", Text: "communication.follow", Role: community.RoleMember, Hidden: true, Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			r, err := b.load(ctx, c, c.Record("id"))
			if err != nil {
				return chat.Reply{}, err
			}
			args := text.Args{"id": chat.Rec(r.ID)}
			if r.Asker == c.Member.No {
				return chat.PersonalSay("communication.follow.own", args), nil
			}
			fresh, err := b.Desk.Follow(ctx, c.Member, r.ID)
			if err != nil {
				return chat.Reply{}, err
			}
			key := "communication.follow.done"
			if !fresh {
				key = "communication.follow.again"
			}
			return chat.OnlyYouSay(key, args).Button("request unfollow", chat.ID(r.ID)), nil
		},
	}
}

func (b *bot) unfollowCommand() chat.Command {
	return chat.Command{
		Path: "request unfollow", Text: "communication.unfollow", Role: community.RoleMember, Hidden: true, Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id := c.Record("id")
			if err := b.Desk.Unfollow(ctx, c.Member, id); err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("communication.unfollow.done", text.Args{"id": chat.Rec(id)}), nil
		},
	}
}
