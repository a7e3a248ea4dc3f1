package communication

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// nobody is what is given as the answer when none of them solved the request.
const nobody = "none"

// answersOffered is how many answers are offered when it has to be said which one it was.
const answersOffered = 8

func (b *bot) solvedCommand() chat.Command {
	return chat.Command{
		Path: "solved", Text: "communication.solved", Section: community.Communication, Role: community.RoleMember,
		Args: []chat.Arg{
			{Name: "id", Kind: chat.Record, Letters: string(rune(communication.Letter))},
			{Name: "answer", Kind: chat.Line},
		},
		Target: chat.AnyMessage, Action: true, Reaction: "✅",
		Run: b.solved,
	}
}

// partName is an answer as it is given to the command.
func partName(part int64) string { return strconv.FormatInt(part, 10) }

func (b *bot) solved(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Event.Kind == chat.Reacted {
		return b.ticked(ctx, c)
	}
	a, err := b.meant(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	id := c.Record("id")
	switch {
	case !id.IsZero() || c.Has("answer"):
	case a != nil:
		return b.solve(ctx, c, a.Request, a.Part)
	case c.Event.Kind == chat.Acted:
		return chat.Reply{}, text.Refuse("communication.solved.not_an_answer", nil)
	case c.Subject.ID.Letter == communication.Letter:
		id = c.Subject.ID
	}
	if id.IsZero() && c.Thread.Letter == communication.Letter {
		id = c.Thread
	}
	if id.IsZero() {
		return b.whichRequest(ctx, c)
	}
	if a != nil && a.Request == id && !c.Has("answer") {
		return b.solve(ctx, c, id, a.Part)
	}
	return b.byAnswer(ctx, c, id)
}

// meant is the answer that the target message is, or is a copy of; nil when it is none.
func (b *bot) meant(ctx context.Context, c *chat.Call) (*communication.Answer, error) {
	if c.Target == nil {
		return nil, nil
	}
	if s := c.Subject; s.ID.Letter == communication.Letter && s.Part != 0 {
		return b.Desk.Answer(ctx, c.Community.ID, s)
	}
	return b.Desk.Written(ctx, c.Community.ID, c.Source())
}

// ticked is a ✅. It counts on an answer, from who may say that it solved the request, and is
// otherwise only a ✅.
func (b *bot) ticked(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	a, err := b.meant(ctx, c)
	if err != nil || a == nil || a.Own || a.Gone || a.Private {
		return chat.Nothing(), err
	}
	q, err := b.Desk.Request(ctx, c.Community.ID, a.Request)
	if err != nil || q == nil || !q.MayChange(c.Member) || q.Hidden || q.State == communication.Withdrawn {
		return chat.Nothing(), err
	}
	return b.solve(ctx, c, a.Request, a.Part)
}

// byAnswer finds out which answer is meant by what was given, and asks where that leaves a doubt.
func (b *bot) byAnswer(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	q, err := b.load(ctx, c, id)
	if err != nil {
		return chat.Reply{}, err
	}
	all, err := b.Desk.Answers(ctx, c.Community.ID, id)
	if err != nil {
		return chat.Reply{}, err
	}
	given := strings.TrimPrefix(strings.TrimSpace(c.Text("answer")), "#")
	if n, err := strconv.ParseInt(given, 10, 64); err == nil && n > 0 {
		return b.solve(ctx, c, id, n)
	}
	if strings.EqualFold(given, nobody) {
		return b.solve(ctx, c, id, 0)
	}
	var standing []communication.Answer
	for _, a := range all {
		if !a.Own && !a.Gone {
			standing = append(standing, a)
		}
	}
	if given != "" {
		if standing, err = b.byName(ctx, standing, strings.TrimPrefix(given, "@")); err != nil {
			return chat.Reply{}, err
		}
		if len(standing) == 0 {
			return chat.Reply{}, text.RefuseArg("answer", "communication.solved.no_such", text.Args{"id": chat.Rec(id), "given": text.Clean(given, 60)})
		}
	}
	switch {
	case !q.MayChange(c.Member), q.State == communication.Solved && given == "":
		return b.solve(ctx, c, id, 0) // the desk knows what to say to that
	case len(standing) == 0:
		return b.solve(ctx, c, id, 0)
	case len(standing) == 1:
		return b.solve(ctx, c, id, standing[0].Part)
	}
	return b.whichAnswer(ctx, c, q, standing)
}

// byName are the answers of the members whose name begins with what was given.
func (b *bot) byName(ctx context.Context, all []communication.Answer, given string) ([]communication.Answer, error) {
	var out []communication.Answer
	wanted := text.Fold(given)
	for _, a := range all {
		m, err := community.Load(ctx, b.People, a.Community, a.Author)
		if err != nil {
			return nil, err
		}
		if wanted != "" && strings.HasPrefix(text.Fold(m.Name), wanted) {
			out = append(out, a)
		}
	}
	return out, nil
}

// whichAnswer asks which answer it was: by who gave it and when, since what they wrote stays in its
// thread.
func (b *bot) whichAnswer(ctx context.Context, c *chat.Call, q *communication.Request, all []communication.Answer) (chat.Reply, error) {
	r := chat.OnlyYouSay("communication.solved.which", text.Args{"id": chat.Rec(q.ID)})
	if q.To != communication.Everyone {
		r.Visibility = chat.Personal
	}
	if len(all) > answersOffered {
		all = all[len(all)-answersOffered:]
	}
	for _, a := range all {
		m, err := community.Load(ctx, b.People, a.Community, a.Author)
		if err != nil {
			return r, err
		}
		r = r.Press(chat.Press{Command: "solved", Given: chat.ID(q.ID).With("answer", partName(a.Part)), Label: "communication.solved.one",
			Args: text.Args{"who": chat.Called(m), "when": text.Moment(a.At.In(c.Location()))}})
	}
	return r.Press(chat.Press{Command: "solved", Given: chat.ID(q.ID).With("answer", nobody), Label: "communication.solved.none"}), nil
}

// whichRequest asks which of the caller's own requests is meant.
func (b *bot) whichRequest(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	mine, err := b.Desk.List(ctx, c.Community.ID, communication.Filter{Asker: c.Member.No, N: answersOffered,
		States: []communication.State{communication.Open, communication.Answered, communication.Stale}})
	if err != nil {
		return chat.Reply{}, err
	}
	if len(mine) == 0 {
		return chat.Reply{}, text.RefuseArg("id", "communication.solved.none_open", nil)
	}
	r := chat.PersonalSay("communication.solved.which_request", nil)
	for _, q := range mine {
		title, _ := q.Headline(100)
		given := chat.ID(q.ID)
		if c.Has("answer") {
			given = given.With("answer", c.Text("answer"))
		}
		r.List = append(r.List, chat.Item{Text: chat.P("communication.item", text.Args{"id": chat.Rec(q.ID), "title": title}),
			Buttons: []chat.Press{{Command: "solved", Given: given, Label: "communication.solved.that_one"}}})
	}
	return r, nil
}

// solve closes the request and says so to everybody whom it concerns.
func (b *bot) solve(ctx context.Context, c *chat.Call, id record.ID, part int64) (chat.Reply, error) {
	s, err := b.Desk.Solve(ctx, c.Member, id, part)
	if err != nil {
		return chat.Reply{}, err
	}
	q := &s.Request
	r, said, err := b.solvedReply(ctx, c, s)
	if err != nil || s.Again {
		return r, err
	}
	if said.Key != "" {
		r = r.Tell(chat.Post{To: chat.To{Thread: id}, Key: fmt.Sprintf("solved/%s/%d", id, q.Accepted), Say: chat.Say{Lines: []chat.Phrase{said}}})
	}
	if r, err = b.over(ctx, r, q, s.Asked); err != nil {
		return r, err
	}
	if s.AskKeep {
		r = r.Tell(b.askKeep(c, s))
	}
	if s.Offer {
		if r, err = b.offer(ctx, r, q); err != nil {
			return r, err
		}
	}
	for _, m := range s.Follow {
		if m == q.Credited {
			continue
		}
		r = r.Tell(chat.Post{To: chat.To{Member: m, Thread: id}, Key: "followed/solved/" + id.String(),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("communication.follow.solved", text.Args{"id": chat.Rec(id)})}, Buttons: []chat.Press{chat.Show(id)}}})
	}
	if q.To == communication.OneHelper && q.Credited != 0 {
		r = r.Tell(chat.Post{To: chat.To{Member: q.Credited}, Key: "solved/" + id.String(),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("communication.private.solved", text.Args{"id": chat.Rec(id)})}}})
	}
	return r, nil
}

// solvedReply is what the caller is told, and what its threads are. Whoever says it in the thread is
// answered by what everybody there reads.
func (b *bot) solvedReply(ctx context.Context, c *chat.Call, s communication.Solution) (r chat.Reply, said chat.Phrase, err error) {
	q := &s.Request
	args := text.Args{"id": chat.Rec(q.ID)}
	key := "communication.solved.plain"
	if s.Credited && s.Answer != nil || s.Again && q.Credited != 0 {
		author, err := community.Load(ctx, b.People, q.Community, q.Credited)
		if err != nil {
			return r, said, err
		}
		args["who"], key = chat.Called(author), "communication.solved.thanks"
	}
	if q.To != communication.OneHelper {
		said = chat.P(key, args)
	}
	tell := chat.OnlyYouSay(key, args)
	if s.Again {
		tell = chat.OnlyYouSay("communication.solved.again", args)
	}
	if q.To != communication.Everyone {
		tell.Visibility = chat.Personal
	}
	tell.Replace = c.Event.Kind == chat.Pressed
	switch {
	case c.Event.Kind == chat.Reacted:
		tell = chat.Nothing()
	case c.Event.Kind == chat.Said && c.Thread == q.ID && !s.Again:
		tell = chat.Nothing()
	}
	return tell, said, nil
}

// askKeep asks who answered whether the text may be kept with the request.
func (b *bot) askKeep(c *chat.Call, s communication.Solution) chat.Post {
	q, a := &s.Request, s.Answer
	key, args := "communication.solved.keep", text.Args{"id": chat.Rec(q.ID), "who": chat.Called(c.Member)}
	if !q.Named() && c.Member.No == q.Asker {
		key = "communication.solved.keep_unnamed"
	}
	return chat.AskConsent(a.Author, a.Subject(), key, args, q.ID)
}
