package cooperation

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/text"
)

func (b *bot) submitCommand() chat.Command {
	return chat.Command{
		Path: "practice submit", Text: "cooperation.submit", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{idArg()}, Run: b.submit,
	}
}

func (b *bot) submit(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	s, err := b.Book.Submit(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "cooperation.submit.done"
	if s.Again {
		key = "cooperation.submit.again"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id), "title": s.Practice.Title})
	r.Lines = append(r.Lines, b.lacks(&s.Practice, s.Need))
	switch {
	case s.Need.Origin:
		r.Lines = append(r.Lines, chat.P("cooperation.submit.origin", nil))
	case len(s.Waiting) == 0 && !s.Need.Met():
		r.Lines = append(r.Lines, chat.P("cooperation.submit.nobody", nil))
	}
	return b.callReviewer(r, &s).Press(chat.Show(id)), nil
}

// lacks says what a review still lacks.
func (b *bot) lacks(p *cooperation.Practice, n cooperation.Need) chat.Phrase {
	return chat.P(n.Key(), n.Args(p.ID))
}

// callReviewer asks one reviewer, privately.
func (b *bot) callReviewer(r chat.Reply, s *cooperation.Reviewing) chat.Reply {
	if s.Ask == 0 {
		return r
	}
	p := &s.Practice
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.call", text.Args{"id": chat.Rec(p.ID), "title": p.Title})}, Buttons: []chat.Press{
		{Command: "practice review", Given: chat.ID(p.ID), Style: chat.Primary},
		{Command: "practice pass", Given: chat.ID(p.ID)},
		chat.Show(p.ID),
	}}
	return r.Tell(chat.Post{To: chat.To{Member: s.Ask}, Say: say, Key: fmt.Sprintf("%s/%d", reviewTodo(p.ID), p.Round), Todo: reviewTodo(p.ID)})
}

func (b *bot) reviewCommand() chat.Command {
	args := []chat.Arg{idArg(),
		{Name: "verdict", Kind: chat.Choice, Choices: chat.Codes(cooperation.Verdicts), Form: true},
		{Name: "comment", Kind: chat.Text, Form: true, Max: cooperation.MaxComment}}
	for _, k := range cooperation.Criteria {
		args = append(args, chat.Arg{Name: k, Kind: chat.Number, Typed: true, Form: true})
	}
	return chat.Command{
		Path: "practice review", Text: "cooperation.review", Section: community.Cooperation, Role: community.RoleMember,
		Args: args, Form: reviewForm, Run: b.review, Own: b.ownReviews(),
	}
}

// reviewForm marks what a verdict cannot do without.
func reviewForm(_ context.Context, _ *chat.Call, f *chat.Form) error {
	for i := range f.Inputs {
		in := &f.Inputs[i]
		in.Required = in.Name == "verdict" || in.Name == "comment"
	}
	return nil
}

func (b *bot) review(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p, err := b.load(ctx, c, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	// Whoever may not review is told so before they write anything.
	if err := b.Book.MayReview(ctx, p, c.Member); err != nil {
		return chat.Reply{}, err
	}
	if !c.Has("verdict") || !c.Has("comment") {
		names := []string{"verdict", "comment"}
		if forms(c) {
			names = append(names, cooperation.Criteria...)
			if most := c.Platform.Limits.Inputs; most > 0 {
				names = names[:min(most, len(names))]
			}
		}
		return chat.AskFor("practice review", c.Given, names...), nil
	}
	o := cooperation.Opinion{Verdict: cooperation.Verdict(c.Text("verdict")), Comment: c.Text("comment"), Points: map[string]int{}}
	for _, k := range cooperation.Criteria {
		if c.Has(k) && c.Given[k] != "" {
			o.Points[k] = int(min(max(c.Int(k), -1), 99))
		}
	}
	s, err := b.Book.Review(ctx, c.Member, p.ID, o)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.reviewed(ctx, c, &s, o)
}

// reviewed thanks a reviewer, tells the author, and goes on to whom it concerns next.
func (b *bot) reviewed(ctx context.Context, c *chat.Call, s *cooperation.Reviewing, o cooperation.Opinion) (chat.Reply, error) {
	p := &s.Practice
	r := chat.OnlyYouSay("cooperation.review.done", text.Args{"id": chat.Rec(p.ID)})
	r.Done = []chat.Todo{{Member: c.Member.No, Key: reviewTodo(p.ID)}}
	if !counted(p, c.Member) {
		r = r.Note("cooperation.review.uncounted", nil)
	}
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "who": chat.Called(c.Member), "verdict": verdictWord(o.Verdict)}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.review.told", args)}, Quote: []string{o.Comment},
		Notes: []chat.Phrase{b.lacks(p, s.Need)}, Buttons: []chat.Press{chat.Show(p.ID)}}
	if o.Verdict != cooperation.Accept {
		say.Buttons = append(say.Buttons, chat.Press{Command: "practice edit", Given: chat.ID(p.ID)})
	}
	r = r.Tell(chat.Post{To: chat.To{Member: p.Author}, Say: say})
	r = b.callReviewer(r, s)
	return b.ready(ctx, r, s)
}

// counted says whether a review of a member counts: their organisation is known to be another one.
func counted(p *cooperation.Practice, m community.Member) bool {
	return cooperation.Other(p.Organisation, m.Organisation)
}

// ready tells the moderators, once a round, that a review is complete.
func (b *bot) ready(_ context.Context, r chat.Reply, s *cooperation.Reviewing) (chat.Reply, error) {
	p := &s.Practice
	if p.State != cooperation.InReview || !s.Need.Met() {
		return r, nil
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.ready", text.Args{"id": chat.Rec(p.ID), "title": p.Title})}, Buttons: []chat.Press{
		{Command: "practice accept", Given: chat.ID(p.ID), Style: chat.Primary},
		{Command: "practice decline", Given: chat.ID(p.ID)},
		chat.Show(p.ID),
	}}
	say.Lines = append(say.Lines, light(s.Need.Light))
	if s.Need.Changes > 0 {
		say.Lines = append(say.Lines, chat.P("cooperation.changes", text.Args{"n": s.Need.Changes}))
	}
	return r.Tell(chat.Post{To: chat.To{Moderators: true}, Say: say, Key: fmt.Sprintf("%s/%d", decideTodo(p.ID), p.Round), Todo: decideTodo(p.ID)}), nil
}

// light says why one outside review is enough; nothing where it is not.
func light(l cooperation.Light) chat.Phrase {
	if l == cooperation.NotLight {
		return chat.Phrase{}
	}
	return chat.P("cooperation.light."+string(l), text.Args{"n": cooperation.FewOrgs, "days": int(cooperation.LightTime.Hours() / 24)})
}

func (b *bot) passCommand() chat.Command {
	return chat.Command{
		Path: "practice pass", Text: "cooperation.pass", Role: community.RoleMember, Hidden: true, Personal: true, Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			id := c.Record("id")
			s, err := b.Book.Pass(ctx, c.Member, id)
			if err != nil {
				return chat.Reply{}, err
			}
			r := chat.PersonalSay("cooperation.pass.done", text.Args{"id": chat.Rec(id)})
			r.Replace = true
			r.Done = []chat.Todo{{Member: c.Member.No, Key: reviewTodo(id)}}
			return b.callReviewer(r, &s), nil
		},
	}
}

func (b *bot) reviewerCommand() chat.Command {
	return chat.Command{
		Path: "practice reviewer", Text: "cooperation.reviewer", Section: community.Cooperation, Role: community.RoleMember, Personal: true,
		Args: []chat.Arg{{Name: "on", Kind: chat.Yes}},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			on := !c.Has("on") || c.Yes("on")
			asked, err := b.Book.Volunteer(ctx, c.Member, on)
			if err != nil {
				return chat.Reply{}, err
			}
			if !on {
				return chat.PersonalSay("cooperation.reviewer.no", nil).
					Press(chat.Press{Command: "practice reviewer", Given: chat.Given{"on": "yes"}, Label: "cooperation.reviewer.again"}), nil
			}
			r := chat.PersonalSay("cooperation.reviewer.yes", nil)
			if c.Member.Organisation.No == 0 {
				r = r.Note("cooperation.reviewer.where", nil)
			}
			for i := range asked {
				r = b.callReviewer(r, &asked[i])
			}
			return r.Press(chat.Press{Command: "practice list", Given: chat.Given{"which": whichReview}, Label: "cooperation.reviewer.list"}).
				Press(chat.Press{Command: "practice reviewer", Given: chat.Given{"on": "no"}, Label: "cooperation.reviewer.stop"}), nil
		},
	}
}

func (b *bot) acceptCommand() chat.Command {
	return chat.Command{
		Path: "practice accept", Text: "cooperation.accept", Section: community.Cooperation, Role: community.RoleModerator,
		Args: []chat.Arg{idArg()},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.decide(ctx, c, true) },
	}
}

func (b *bot) declineCommand() chat.Command {
	return chat.Command{
		Path: "practice decline", Text: "cooperation.decline", Section: community.Cooperation, Role: community.RoleModerator,
		Args: []chat.Arg{idArg(), {Name: "comment", Kind: chat.Text, Required: true, Max: cooperation.MaxComment}},
		Run:  func(ctx context.Context, c *chat.Call) (chat.Reply, error) { return b.decide(ctx, c, false) },
	}
}

func (b *bot) decide(ctx context.Context, c *chat.Call, accept bool) (chat.Reply, error) {
	d, err := b.Book.Decide(ctx, c.Member, c.Record("id"), accept, c.Text("comment"))
	if err != nil {
		return chat.Reply{}, err
	}
	p := &d.Practice
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "due": dueDate(c.Community, p)}
	if d.Again {
		return chat.OnlyYouSay("cooperation.accept.again", args).Press(chat.Show(p.ID)), nil
	}
	key := "cooperation.decline"
	say := chat.Say{Buttons: []chat.Press{chat.Show(p.ID)}}
	if accept {
		key = "cooperation.accept"
	} else {
		say.Quote = []string{p.Reason}
		say.Buttons = append(say.Buttons, chat.Press{Command: "practice edit", Given: chat.ID(p.ID)})
	}
	say.Lines = []chat.Phrase{chat.P(key+".told", args)}
	r := chat.OnlyYouSay(key+".done", args).Press(chat.Show(p.ID))
	r.Replace = c.Event.Kind == chat.Pressed
	for _, m := range d.Waiting {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: reviewTodo(p.ID)})
	}
	if c.Member.No != p.Author {
		r = r.Tell(chat.Post{To: chat.To{Member: p.Author}, Say: say})
	}
	if !accept {
		return b.settled(ctx, r, p)
	}
	if r, err = b.thankReviewers(ctx, c, inThread(r, p, args), p, args); err != nil {
		return r, err
	}
	return b.settled(ctx, r, p)
}

// thankReviewers tells those who reviewed a practice that it was accepted.
func (b *bot) thankReviewers(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice, args text.Args) (chat.Reply, error) {
	all, err := b.Book.Reviews(ctx, p)
	for _, v := range all {
		if v.Member == c.Member.No {
			continue
		}
		r = r.Tell(chat.Post{To: chat.To{Member: v.Member}, Key: fmt.Sprintf("thanks/%s/%d", p.ID, p.Round),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.accept.thanks", args)}, Buttons: []chat.Press{chat.Show(p.ID)}}})
	}
	return r, err
}

// inThread says in the thread that a practice grew from what became of it.
func inThread(r chat.Reply, p *cooperation.Practice, args text.Args) chat.Reply {
	s := p.Source
	if s.Thread == "" {
		return r
	}
	at := chat.Address{Platform: chat.PlatformID(s.Platform), Space: chat.SpaceID(s.Space), Room: chat.RoomID(s.Room), Thread: chat.ThreadID(s.Thread)}
	return r.Tell(chat.Post{To: chat.To{Room: at}, Key: "accepted/" + p.ID.String(),
		Say: chat.Say{Lines: []chat.Phrase{chat.P("cooperation.accept.thread", args)}, Buttons: []chat.Press{chat.Show(p.ID), adopts(p.ID)}}})
}

// settled are the moderators' to-dos that a decision settles.
func (b *bot) settled(ctx context.Context, r chat.Reply, p *cooperation.Practice) (chat.Reply, error) {
	moderators, err := b.People.Moderators(ctx, p.Community)
	if err != nil {
		return r, fmt.Errorf("list moderators: %w", err)
	}
	for _, m := range moderators {
		r.Done = append(r.Done, chat.Todo{Member: m.No, Key: decideTodo(p.ID)}, chat.Todo{Member: m.No, Key: checkTodo(p.ID)})
	}
	return r, nil
}

// dueDate is the day on which a practice is to be checked again.
func dueDate(com community.Community, p *cooperation.Practice) text.Date {
	if p.DueAt.IsZero() {
		return text.Date{}
	}
	return text.DateOf(p.DueAt.In(com.Location()))
}
