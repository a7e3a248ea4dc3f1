package cooperation

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// circleCommands are the commands of circles.
func (b *bot) circleCommands() []chat.Command {
	if !b.Book.HasCircles() {
		return nil
	}
	return []chat.Command{b.circleCommand(), b.joinCommand("practice join", "cooperation.join", true), b.joinCommand("practice leave", "cooperation.leave", false)}
}

func (b *bot) circleCommand() chat.Command {
	return chat.Command{
		Path: "practice circle", Text: "cooperation.circle", Section: community.Cooperation, Role: community.RoleMember,
		Args: []chat.Arg{idArg(),
			{Name: "start", Kind: chat.Date, Typed: true, Form: true},
			{Name: "organisations", Kind: chat.Line, Typed: true, Form: true, Max: 1000},
			{Name: "outcomes", Kind: chat.Text, Typed: true, Form: true, Max: cooperation.MaxResult},
		},
		Form: func(_ context.Context, _ *chat.Call, f *chat.Form) error {
			for i := range f.Inputs {
				f.Inputs[i].Required = f.Inputs[i].Name == "start"
			}
			return nil
		},
		Run: b.startCircle,
	}
}

func (b *bot) startCircle(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p, err := b.load(ctx, c, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	if !c.Has("start") {
		there, err := b.Book.Circle(ctx, p.Community, p.ID)
		switch {
		case err != nil:
			return chat.Reply{}, err
		case there != nil && there.State.Open():
			r := chat.OnlyYouSay("cooperation.circle.under_way", text.Args{"id": chat.Rec(p.ID)})
			r.Lines = append(r.Lines, circleLine(there), planLine(there))
			return joins(r, p.ID, there, c.Member), nil
		case !p.Applicable():
			return chat.Reply{}, text.Refuse("cooperation.adopt.state", text.Args{"id": chat.Rec(p.ID), "state": stateWord(p)})
		}
		names := []string{"start"}
		if forms(c) {
			names = append(names, "organisations", "outcomes")
		}
		return chat.AskFor("practice circle", c.Given, names...), nil
	}
	out, err := b.Book.StartCircle(ctx, c.Community, c.Member, p.ID, cooperation.CirclePlan{Start: c.Date("start"), Outcomes: c.Text("outcomes"),
		Organisations: strings.FieldsFunc(c.Text("organisations"), func(r rune) bool { return r == ',' || r == ';' || r == '\n' })})
	if err != nil {
		return chat.Reply{}, err
	}
	circle := &out.Circle
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "n": len(out.Ask), "start": circle.Start, "least": cooperation.MinCircle, "most": cooperation.MaxCircle}
	r := chat.OnlyYouSay("cooperation.circle.done", args)
	r.Lines = append(r.Lines, planLine(circle))
	if !out.Again {
		r = b.invite(r, p, circle, out.Ask, c.Member)
		if len(circle.Members) == 1 {
			r = r.Tell(b.callCircle(p, circle, c.Member))
		}
	}
	return r.Press(chat.Show(p.ID)), nil
}

// invite asks those who speak for the organisations that a circle wants.
func (b *bot) invite(r chat.Reply, p *cooperation.Practice, c *cooperation.Circle, ask []int64, by community.Member) chat.Reply {
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.circle.invited", text.Args{"id": chat.Rec(p.ID), "title": p.Title, "who": chat.Called(by)}), planLine(c)},
		Buttons: []chat.Press{
			{Command: "practice join", Given: chat.ID(p.ID), Style: chat.Primary},
			{Command: "practice leave", Given: chat.ID(p.ID), Label: "cooperation.leave.decline"},
			chat.Show(p.ID),
		}}
	if c.Outcomes != "" {
		say.Quote = []string{c.Outcomes}
	}
	for _, no := range ask {
		r = r.Tell(chat.Post{To: chat.To{Member: no}, Say: say, Key: circleTodo(c), Todo: circleTodo(c)})
	}
	return r
}

// callCircle calls whoever wants to join, in the section's rooms: nobody was named.
func (b *bot) callCircle(p *cooperation.Practice, c *cooperation.Circle, by community.Member) chat.Post {
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.circle.call", text.Args{"id": chat.Rec(p.ID), "title": p.Title, "who": chat.Called(by),
		"least": cooperation.MinCircle, "most": cooperation.MaxCircle}), planLine(c)},
		Buttons: []chat.Press{{Command: "practice join", Given: chat.ID(p.ID), Style: chat.Primary}, chat.Show(p.ID)}}
	if c.Outcomes != "" {
		say.Quote = []string{c.Outcomes}
	}
	return chat.Post{To: chat.To{Section: community.Cooperation}, Say: say, Key: circleTodo(c)}
}

// planLine says when a circle does what.
func planLine(c *cooperation.Circle) chat.Phrase {
	return chat.P("cooperation.circle.plan", text.Args{"study": c.Start, "try": c.Try(), "show": c.Show(), "end": c.End()})
}

// circleLine says who is in a circle, and where it stands.
func circleLine(c *cooperation.Circle) chat.Phrase {
	var with []string
	for _, m := range c.Joined() {
		with = append(with, m.Organisation.Name)
	}
	if len(with) == 0 {
		return chat.P("cooperation.circle.empty", nil)
	}
	return chat.P("cooperation.circle.with", text.Args{"state": text.Key("cooperation.circle.state." + string(c.State)), "with": with})
}

// joins adds the button with which the reader can join, while organisations gather.
func joins(r chat.Reply, id record.ID, c *cooperation.Circle, by community.Member) chat.Reply {
	if c.State != cooperation.CircleGathers {
		return r
	}
	for _, m := range c.Joined() {
		if m.Organisation.No == by.Organisation.No {
			return r.Press(chat.Press{Command: "practice leave", Given: chat.ID(id)})
		}
	}
	return r.Press(chat.Press{Command: "practice join", Given: chat.ID(id)})
}

// joinCommand joins a circle, or leaves it.
func (b *bot) joinCommand(path, words string, join bool) chat.Command {
	return chat.Command{
		Path: path, Text: words, Role: community.RoleMember, Hidden: true, Args: []chat.Arg{idArg()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			out, err := b.Book.JoinCircle(ctx, c.Member, c.Record("id"), join)
			if err != nil {
				return chat.Reply{}, err
			}
			p, circle := &out.Practice, &out.Circle
			args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "organisation": c.Member.Organisation.Name, "who": chat.Called(c.Member), "start": circle.Start}
			key := words + ".done"
			if out.Again {
				key = words + ".again"
			}
			r := chat.OnlyYouSay(key, args)
			for _, no := range append(out.Asked, c.Member.No) {
				r.Done = append(r.Done, chat.Todo{Member: no, Key: circleTodo(circle)})
			}
			if !out.Again && circle.Host != c.Member.No {
				say := chat.Say{Lines: []chat.Phrase{chat.P(words+".told", args), circleLine(circle)}, Buttons: []chat.Press{chat.Show(p.ID)}}
				r = r.Tell(chat.Post{To: chat.To{Member: circle.Host}, Say: say})
			}
			return joins(r.Press(chat.Show(p.ID)), p.ID, circle, c.Member), nil
		},
	}
}

// circleJobs are a circle's stages.
func (b *bot) circleJobs() []chat.Job {
	if !b.Book.HasCircles() {
		return nil
	}
	return []chat.Job{{Kind: cooperation.KindCircle, Run: func(ctx context.Context, it work.Item) (chat.Reply, error) {
		var m cooperation.CircleReminder
		if err := it.Read(&m); err != nil {
			return chat.Reply{}, err
		}
		out, err := b.Book.TurnCircle(ctx, it.Community, m)
		if err != nil || out.Circle.No == 0 {
			return chat.Nothing(), err
		}
		return b.turnedCircle(ctx, &out)
	}}}
}

// turnedCircle tells each organisation of a circle what comes now.
func (b *bot) turnedCircle(ctx context.Context, out *cooperation.Circled) (chat.Reply, error) {
	p, c, r := &out.Practice, &out.Circle, chat.Nothing()
	for _, no := range out.Asked {
		r.Done = append(r.Done, chat.Todo{Member: no, Key: circleTodo(c)})
	}
	if out.Rose {
		r = r.Tell(rose(p))
	}
	shown, silent, err := b.Book.Shown(ctx, c)
	if err != nil {
		return r, err
	}
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title, "try": c.Try(), "show": c.Show(), "end": c.End(), "n": len(shown), "all": len(shown) + len(silent),
		"least": cooperation.MinCircle}
	tell := func(member int64, buttons ...chat.Press) {
		key := "cooperation.circle.turned." + string(c.State)
		if c.State == cooperation.CircleOff && !p.Applicable() {
			key = "cooperation.circle.turned.gone"
		}
		say := chat.Say{Lines: []chat.Phrase{chat.P(key, args)}, Buttons: append(buttons, chat.Show(p.ID))}
		if c.State == cooperation.CircleStudies {
			say.Lines = append(say.Lines, circleLine(c))
		}
		if c.Outcomes != "" && c.State != cooperation.CircleOff {
			say.Quote = []string{c.Outcomes}
		}
		r = r.Tell(chat.Post{To: chat.To{Member: member}, Say: say, Key: fmt.Sprintf("%s/%s", circleTodo(c), c.State)})
	}
	told := map[int64]bool{}
	ask := c.Joined()
	if c.State == cooperation.CircleShows { // nobody is asked for what they have shown
		ask = silent
		for _, m := range shown {
			told[m.Member] = true
		}
	}
	for _, m := range ask {
		var buttons []chat.Press
		switch c.State {
		case cooperation.CircleTries, cooperation.CircleShows, cooperation.CircleDone:
			buttons = append(buttons, tells(p.ID, m.Organisation, "cooperation.tell.button"))
		}
		tell(m.Member, buttons...)
		told[m.Member] = true
	}
	if !told[c.Host] {
		tell(c.Host)
	}
	return r, nil
}

func circleTodo(c *cooperation.Circle) string { return fmt.Sprintf("circle/%s/%d", c.Practice, c.No) }
