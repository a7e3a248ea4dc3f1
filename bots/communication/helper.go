package communication

import (
	"context"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// callHelper asks one helper, privately; 0 is nobody. There is no thread in which they could be
// mentioned without everybody seeing that they were asked.
func (b *bot) callHelper(ctx context.Context, r chat.Reply, q *communication.Request, helper int64) (chat.Reply, error) {
	if helper == 0 {
		return r, nil
	}
	m, err := community.Load(ctx, b.People, q.Community, helper)
	if err != nil {
		return r, err
	}
	topic, err := community.TopicLabel(ctx, b.People, q.Community, q.Topic, m.Language)
	if err != nil {
		return r, err
	}
	key := "communication.help.any"
	if topic != "" && slices.Contains(m.Topics, q.Topic) {
		key = "communication.help.topic"
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P(key, text.Args{"id": chat.Rec(q.ID), "topic": topic})}, Buttons: []chat.Press{
		{Command: "helper show", Given: chat.ID(q.ID), Style: chat.Primary},
		{Command: "helper later", Given: chat.ID(q.ID)},
		{Command: "helper stop", Given: chat.ID(q.ID)},
	}}
	return r.Tell(chat.Post{To: chat.To{Member: helper}, Say: say, Key: helpTodo(q.ID), Todo: helpTodo(q.ID)}), nil
}

func (b *bot) helperShowCommand() chat.Command {
	return chat.Command{
		Path: "helper show", Text: "communication.helper.show", Role: community.RoleMember, Hidden: true, Reads: true, Personal: true,
		Args: []chat.Arg{idArg()}, Run: b.helperShow,
	}
}

func (b *bot) helperShow(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	q, err := b.Desk.Asked(ctx, c.Member, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	by, err := b.askedBy(ctx, q, c.Lang, false)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.Reply{Visibility: chat.Personal}
	r.Lines = []chat.Phrase{by}
	r.Quote = []string{q.Question}
	note := "communication.help.in_thread"
	if q.To == communication.OneHelper {
		note = "communication.help.in_private"
	}
	return r.Note(note, text.Args{"id": chat.Rec(q.ID)}).
		Press(chat.Press{Command: "request answer", Given: chat.ID(q.ID), Label: "communication.answer.do", Style: chat.Primary}).
		Button("helper later", chat.ID(q.ID)).Button("helper stop", chat.ID(q.ID)), nil
}

func (b *bot) helperLaterCommand() chat.Command {
	return chat.Command{
		Path: "helper later", Text: "communication.helper.later", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id := c.Record("id")
			return b.declines(ctx, c, id, chat.PersonalSay("communication.helper.later.done", text.Args{"id": chat.Rec(id)}))
		},
	}
}

func (b *bot) helperStopCommand() chat.Command {
	return chat.Command{
		Path: "helper stop", Text: "communication.helper.stop", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if err := b.Desk.Resign(ctx, c.Member); err != nil {
				return chat.Reply{}, err
			}
			r := chat.PersonalSay("communication.helper.stop.done", nil).
				Press(chat.Press{Command: "helper yes", Label: "communication.helper.stop.undo"})
			return b.declines(ctx, c, c.Record("id"), r)
		},
	}
}

// declines notes that a helper cannot help and asks the next one at once.
func (b *bot) declines(ctx context.Context, c *chat.Call, id record.ID, r chat.Reply) (chat.Reply, error) {
	q, next, err := b.Desk.Decline(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	r.Done = append(r.Done, chat.Todo{Member: c.Member.No, Key: helpTodo(id)})
	if q == nil {
		return r, nil
	}
	return b.callHelper(ctx, r, q, next)
}

// offerTodo is the key of the question whether somebody wants to be a helper; it is put once.
const offerTodo = "offer"

// offer asks somebody whose answers solved two requests whether they may be asked first. It is put
// only once, whatever they say.
func (b *bot) offer(ctx context.Context, r chat.Reply, q *communication.Request) (chat.Reply, error) {
	m, err := community.Load(ctx, b.People, q.Community, q.Credited)
	if err != nil || m.No == 0 || m.Helper || m.Stopped || m.Erased {
		return r, err
	}
	given := chat.Given{}
	if q.Topic != "" {
		given["topic"] = q.Topic
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("communication.offer", nil)},
		Buttons: []chat.Press{{Command: "helper yes", Given: given, Style: chat.Primary}, {Command: "helper no"}}}
	return r.Tell(chat.Post{To: chat.To{Member: m.No}, Say: say, Key: offerTodo, Todo: offerTodo}), nil
}

func (b *bot) helperYesCommand() chat.Command {
	return chat.Command{
		Path: "helper yes", Text: "communication.helper.yes", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []chat.Arg{{Name: "topic", Kind: chat.Topic, NoForm: true}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if err := b.Desk.Volunteer(ctx, c.Member, c.Text("topic")); err != nil {
				return chat.Reply{}, err
			}
			topic, err := community.TopicLabel(ctx, b.People, c.Community.ID, c.Text("topic"), c.Lang)
			if err != nil {
				return chat.Reply{}, err
			}
			key := "communication.helper.yes.any"
			if topic != "" {
				key = "communication.helper.yes.topic"
			}
			most := c.Member.WeeklyCap
			if most <= 0 {
				most = communication.DefaultCap
			}
			r := chat.PersonalSay(key, text.Args{"topic": topic, "n": most})
			r.Done = []chat.Todo{{Member: c.Member.No, Key: offerTodo}}
			return r, nil
		},
	}
}

func (b *bot) helperNoCommand() chat.Command {
	return chat.Command{
		Path: "helper no", Text: "communication.helper.no", Role: community.RoleMember, Hidden: true, Personal: true,
		Run: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			r := chat.PersonalSay("communication.helper.no.done", nil)
			r.Done = []chat.Todo{{Member: c.Member.No, Key: offerTodo}}
			return r, nil
		},
	}
}
