package cooperation

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// editArgs are what can be changed of a practice.
func editArgs() []chat.Arg {
	args := []chat.Arg{{Name: "title", Kind: chat.Line, Typed: true, Form: true, Max: cooperation.MaxTitle}}
	for _, s := range cooperation.Sections {
		args = append(args, chat.Arg{Name: s, Kind: chat.Text, Typed: true, Form: true, Max: cooperation.MaxSection})
	}
	return append(args, chat.Arg{Name: "topic", Kind: chat.Topic, Typed: true}, chat.Arg{Name: "language", Kind: chat.Language, Typed: true})
}

func (b *bot) editCommand() chat.Command {
	return chat.Command{
		Path: "practice edit", Text: "cooperation.edit", Section: community.Cooperation, Role: community.RoleMember,
		Args: append([]chat.Arg{idArg()}, editArgs()...), Form: b.editForm,
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			for _, a := range editArgs() {
				if c.Has(a.Name) {
					return b.edit(ctx, c, c.Record("id"))
				}
			}
			return b.asksEditor(ctx, c)
		},
	}
}

// asksEditor asks for what a practice does not say yet: as much as a form can hold, else for one
// part at a time.
func (b *bot) asksEditor(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p, err := b.load(ctx, c, c.Record("id"))
	if err != nil {
		return chat.Reply{}, err
	}
	if err := b.Book.MayEdit(p, c.Member); err != nil {
		return chat.Reply{}, err
	}
	var open, written []string
	for _, s := range cooperation.Sections {
		if p.Texts[s] == "" {
			open = append(open, s)
		} else {
			written = append(written, s)
		}
	}
	if !forms(c) {
		if len(open) == 0 {
			return chat.OnlyYouSay("cooperation.edit.whole", text.Args{"id": chat.Rec(p.ID)}).Press(submits(p)).Press(chat.Show(p.ID)), nil
		}
		return chat.AskFor("practice edit", c.Given, open[0]), nil
	}
	names := append(open, written...)
	if most := c.Platform.Limits.Inputs; most > 0 && len(names) > most {
		names = names[:most]
	} else if most == 0 || len(names) < most {
		names = append(names, "title")
	}
	return chat.AskFor("practice edit", c.Given, names...), nil
}

// editForm shows what a practice says now.
func (b *bot) editForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	if c.Record("id").IsZero() {
		return nil // it is asked for first
	}
	now, err := b.values(ctx, c, c.Record("id"))
	if err != nil {
		return err
	}
	for i := range f.Inputs {
		in := &f.Inputs[i]
		if _, typed := c.Given[in.Name]; !typed {
			in.Value = now[in.Name]
		}
	}
	return nil
}

func (b *bot) edit(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	e := cooperation.Edit{Title: c.Optional("title"), Topic: c.Optional("topic"), Language: c.Optional("language"), Texts: map[string]string{}}
	for _, s := range cooperation.Sections {
		if c.Has(s) {
			e.Texts[s] = c.Text(s)
		}
	}
	p, err := b.Book.Edit(ctx, c.Member, id, e)
	if err != nil {
		return chat.Reply{}, err
	}
	r := chat.OnlyYouSay("cooperation.edit.done", text.Args{"id": chat.Rec(id), "title": p.Title})
	r.Lines = append(r.Lines, headings(&p))
	return b.nextForAuthor(r, &p), nil
}

// nextForAuthor are the buttons of who writes a practice.
func (b *bot) nextForAuthor(r chat.Reply, p *cooperation.Practice) chat.Reply {
	whole := len(p.Missing()) == 0
	draft := p.State == cooperation.Candidate || p.State == cooperation.Revised
	if draft && whole {
		r = r.Press(submits(p))
	}
	more := complete(p.ID)
	if whole {
		more.Style = chat.Normal
		if len(written(p)) == len(cooperation.Sections) {
			more.Label = "cooperation.edit.button"
		}
	}
	return r.Press(more).Press(chat.Show(p.ID))
}

func written(p *cooperation.Practice) []string {
	var out []string
	for _, s := range cooperation.Sections {
		if p.Texts[s] != "" {
			out = append(out, s)
		}
	}
	return out
}

func submits(p *cooperation.Practice) chat.Press {
	return chat.Press{Command: "practice submit", Given: chat.ID(p.ID), Style: chat.Primary}
}

func (b *bot) withdraw(ctx context.Context, c *chat.Call, id record.ID, reason string) (chat.Reply, error) {
	p, again, err := b.Book.Withdraw(ctx, c.Member, id, reason)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if again {
		return chat.OnlyYouSay("cooperation.withdrawn.again", args), nil
	}
	r := chat.OnlyYouSay("cooperation.withdrawn.done", args)
	say := chat.Say{Lines: []chat.Phrase{chat.P("cooperation.adopt.over", args)}, Buttons: []chat.Press{chat.Show(id)}}
	if p.Reason != "" {
		say.Quote = []string{p.Reason}
	}
	if r, err = b.tellUsers(ctx, c, r, &p, say); err != nil {
		return r, err
	}
	return b.over(ctx, c, r, &p, "cooperation.withdrawn.told")
}

func (b *bot) hide(ctx context.Context, c *chat.Call, id record.ID, _ string) (chat.Reply, error) {
	p, err := b.Book.Hide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.over(ctx, c, chat.OnlyYouSay("cooperation.hidden.done", text.Args{"id": chat.Rec(id)}), &p, "cooperation.hidden.told")
}

func (b *bot) unhide(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	if _, err := b.Book.Unhide(ctx, c.Member, id); err != nil {
		return chat.Reply{}, err
	}
	return chat.OnlyYouSay("cooperation.hidden.undone", text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
}

// values are what a practice says now, for a form.
func (b *bot) values(ctx context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
	p, err := b.load(ctx, c, id)
	if err != nil {
		return nil, err
	}
	if err := b.Book.MayEdit(p, c.Member); err != nil {
		return nil, err
	}
	now := chat.Given{"title": p.Title, "topic": p.Topic, "language": p.Language}
	for _, s := range cooperation.Sections {
		now[s] = p.Texts[s]
	}
	return now, nil
}

// over settles all that waited because of a practice, and tells its author what a moderator did.
func (b *bot) over(ctx context.Context, c *chat.Call, r chat.Reply, p *cooperation.Practice, told string) (chat.Reply, error) {
	waiting, err := b.Book.Asked(ctx, p)
	if err != nil {
		return r, err
	}
	for _, m := range waiting {
		r.Done = append(r.Done, chat.Todo{Member: m, Key: reviewTodo(p.ID)})
	}
	r.Done = append(r.Done, chat.Todo{Member: p.Steward, Key: checkTodo(p.ID)})
	if r, err = b.settled(ctx, r, p); err != nil {
		return r, err
	}
	quotes, err := b.Book.Quotes(ctx, p.Community, p.ID)
	if err != nil {
		return r, err
	}
	for _, q := range quotes {
		r.Done = append(r.Done, chat.Todo{Member: q.Author, Key: "consent/" + q.Subject().String()})
	}
	if c.Member.No == p.Author {
		return r, nil
	}
	return r.Tell(chat.Post{To: chat.To{Member: p.Author}, Key: told + "/" + p.ID.String(),
		Say: chat.Say{Lines: []chat.Phrase{chat.P(told, text.Args{"id": chat.Rec(p.ID)})}}}), nil
}
