package cooperation

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/text"
	"guildhall/core/work"
)

func (b *bot) recheckCommand() chat.Command {
	return chat.Command{
		Path: "practice recheck", Text: "cooperation.recheck", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{idArg(),
			{Name: "verdict", Kind: chat.Choice, Choices: chat.Codes(cooperation.Findings), Required: true},
			{Name: "comment", Kind: chat.Text, Max: cooperation.MaxComment},
		},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			return b.recheck(ctx, c, cooperation.Finding(c.Text("verdict")))
		},
	}
}

func (b *bot) retireCommand() chat.Command {
	return chat.Command{
		Path: "practice retire", Text: "cooperation.retire", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{idArg(), {Name: "comment", Kind: chat.Text, Required: true, Max: cooperation.MaxComment}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			return b.recheck(ctx, c, cooperation.Retire)
		},
	}
}

func (b *bot) recheck(ctx context.Context, c *chat.Call, f cooperation.Finding) (chat.Reply, error) {
	p, err := b.Book.Recheck(ctx, c.Member, c.Record("id"), f, c.Text("comment"))
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "due": dueDate(c.Community, &p)}
	r := chat.OnlyYouSay("cooperation.recheck."+string(f)+"_done", args)
	r.Replace = c.Event.Kind == chat.Pressed
	r.Done = []chat.Todo{{Member: c.Member.No, Key: checkTodo(p.ID)}, {Member: p.Steward, Key: checkTodo(p.ID)}}
	if r, err = b.settled(ctx, r, &p); err != nil {
		return r, err
	}
	if f == cooperation.Revise {
		r = r.Press(chat.Press{Command: "practice edit", Given: chat.ID(p.ID), Style: chat.Primary}).
			Press(chat.Press{Command: "practice submit", Given: chat.ID(p.ID)})
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.recheck."+string(f)+"_told", args)}, Buttons: []chat.Press{chat.Show(p.ID)}}
	if p.Reason != "" {
		say.Quote = []string{p.Reason}
	}
	if c.Member.No != p.Steward {
		r = r.Tell(chat.Post{To: chat.To{Member: p.Steward}, Say: say})
	}
	if f == cooperation.Retire {
		say.Lines = []chat.Phrase{chat.P("cooperation.adopt.over", args)}
		if r, err = b.tellUsers(ctx, c, r, &p, say); err != nil {
			return r, err
		}
	}
	return r.Press(chat.Show(p.ID)), nil
}

// tellUsers tells those who use a practice, besides the caller and its steward.
func (b *bot) tellUsers(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice, say chat.Say) (chat.Reply, error) {
	all, err := b.Book.Adoptions(ctx, p.Community, p.ID)
	if err != nil {
		return r, err
	}
	told := map[int64]bool{c.Member.No: true, p.Steward: true}
	for _, a := range all {
		r.Done = append(r.Done, chat.Todo{Member: a.Member, Key: workTodo(p.ID, a.Organisation.No)})
		if a.State == cooperation.Stopped || told[a.Member] {
			continue
		}
		told[a.Member] = true
		r = r.Tell(chat.Post{To: chat.To{Member: a.Member}, Say: say})
	}
	return r, nil
}

// jobs are what happens to a practice later.
func (b *bot) jobs() []chat.Job {
	job := func(kind string, run func(ctx context.Context, of int64, m cooperation.Reminder) (chat.Reply, error)) chat.Job {
		return chat.Job{Kind: kind, Run: func(ctx context.Context, it work.Item) (chat.Reply, error) {
			var m cooperation.Reminder
			if err := it.Read(&m); err != nil {
				return chat.Reply{}, err
			}
			return run(ctx, it.Community, m)
		}}
	}
	return []chat.Job{
		job(cooperation.KindNext, b.nextReviewer),
		job(cooperation.KindEffect, b.askEffect),
		job(cooperation.KindCheck, b.checkDue),
		job(cooperation.KindSilence, b.silence),
	}
}

// nextReviewer asks the next reviewer after the one before had their time.
func (b *bot) nextReviewer(ctx context.Context, of int64, m cooperation.Reminder) (chat.Reply, error) {
	s, err := b.Book.Next(ctx, of, m)
	if err != nil || s.Practice.ID.IsZero() {
		return chat.Nothing(), err
	}
	return b.ready(ctx, b.callReviewer(chat.Nothing(), &s), &s)
}

// askEffect asks, eight weeks on, whether an adoption worked.
func (b *bot) askEffect(ctx context.Context, of int64, m cooperation.Reminder) (chat.Reply, error) {
	p, a, err := b.Book.Effect(ctx, of, m)
	if err != nil || a == nil {
		return chat.Nothing(), err
	}
	return chat.Nothing().Tell(effect(p, a)), nil
}

// checkDue asks the steward to look at a practice again; the moderators where nobody is left to ask.
func (b *bot) checkDue(ctx context.Context, of int64, m cooperation.Reminder) (chat.Reply, error) {
	p, err := b.Book.CheckDue(ctx, of, m)
	if err != nil || p == nil {
		return chat.Nothing(), err
	}
	steward, err := community.Load(ctx, b.People, of, p.Steward)
	if err != nil {
		return chat.Nothing(), err
	}
	to := chat.To{Member: p.Steward}
	if steward.No == 0 || steward.Erased || steward.Stopped {
		to = chat.To{Moderators: true}
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.check", text.Args{"id": chat.Rec(p.ID), "title": p.Title})}, Buttons: []chat.Press{chat.Show(p.ID)}}
	for _, f := range cooperation.Findings {
		say.Buttons = append(say.Buttons, chat.Press{Command: "practice recheck", Given: chat.ID(p.ID).With("verdict", string(f)),
			Label: "cooperation.recheck.verdict." + string(f)})
	}
	return chat.Nothing().Tell(chat.Post{To: to, Say: say, Key: fmt.Sprintf("%s/%d", checkTodo(p.ID), p.AcceptAt.Unix()), Todo: checkTodo(p.ID)}), nil
}

// silence takes a question for consent back that nobody answered.
func (b *bot) silence(ctx context.Context, of int64, m cooperation.Reminder) (chat.Reply, error) {
	asked, s, err := b.Book.Silence(ctx, of, m)
	r := chat.Nothing()
	if asked != 0 {
		r.Done = []chat.Todo{{Member: asked, Key: "consent/" + s.String()}}
	}
	return r, err
}
