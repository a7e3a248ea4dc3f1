package cooperation

import (
	"context"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

func (b *bot) promoteCommand() chat.Command {
	return chat.Command{
		Path: "promote", Text: "cooperation.promote", Section: community.Cooperation, Role: community.RoleMember, Top: 5,
		Args: []chat.Arg{
			{Name: "thread", Kind: chat.Record, Letters: grownFrom, NoForm: true},
			{Name: "title", Kind: chat.Line, Form: true, Max: cooperation.MaxTitle},
			{Name: "messages", Kind: chat.Ticks, Typed: true, Form: true},
			{Name: "topic", Kind: chat.Topic, Typed: true, Form: true},
			{Name: "to", Kind: chat.Record, Letters: string(rune(cooperation.Letter)), Typed: true, NoForm: true},
		},
		Target: chat.InThread, Action: true, Reaction: "🏆", Offer: true,
		Form: b.promoteForm, Prepare: b.hearPromoted, Run: b.promote,
	}
}

// decided says whether a call has all that has to be asked of whoever promotes.
func (b *bot) decided(c *chat.Call, o origin) bool {
	if c.Has("to") {
		return true
	}
	// A form without a tick may leave the list out.
	return c.Has("title") && (c.Has("messages") || c.Event.Kind == chat.Submitted || !b.lists(c, o))
}

// hearPromoted reads what can be quoted, once it is known that it will be.
func (b *bot) hearPromoted(ctx context.Context, c *chat.Call) error {
	o := from(c)
	if !b.decided(c, o) && b.lists(c, o) {
		return nil
	}
	all, err := b.listen(ctx, c, o)
	c.Prepared = all
	return err
}

// promoteForm proposes a title and lists the messages to be ticked.
func (b *bot) promoteForm(ctx context.Context, c *chat.Call, f *chat.Form) error {
	o := from(c)
	var inputs []chat.Input
	for _, in := range f.Inputs {
		switch in.Name {
		case "title":
			in.Required = true
			if in.Value == "" {
				in.Value = b.proposedTitle(ctx, c, o)
			}
		case "messages":
			all, err := b.listen(ctx, c, o)
			if err != nil {
				return err
			}
			if len(all) == 0 {
				continue
			}
			marked := strings.Split(c.Given["messages"], ",")
			for _, l := range all {
				opt := l.option()
				for _, m := range marked {
					opt.On = opt.On || strings.TrimSpace(m) == l.value
				}
				in.Options = append(in.Options, opt)
			}
			in.Value = ""
		}
		inputs = append(inputs, in)
	}
	f.Inputs = inputs
	return nil
}

// proposedTitle is the title of the record that a practice grows from; empty when there is none.
func (b *bot) proposedTitle(ctx context.Context, c *chat.Call, o origin) string {
	brief, err := b.brief(ctx, c, o.from)
	if err != nil {
		return ""
	}
	return text.Clean(brief.Title, 120)
}

// origins looks whether the caller may see the record that a practice is to grow from.
func (b *bot) brief(ctx context.Context, c *chat.Call, id record.ID) (chat.Brief, error) {
	if id.IsZero() || b.Views == nil {
		return chat.Brief{}, nil
	}
	v, ok := b.Views(id.Letter)
	if !ok || v.Brief == nil {
		return chat.Brief{}, chat.NoRecord(id)
	}
	return v.Brief(ctx, c.Community.ID, c.Member.No, id)
}

func (b *bot) promote(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	o := from(c)
	origin, err := b.brief(ctx, c, o.from)
	if err != nil {
		return chat.Reply{}, err
	}
	all, _ := c.Prepared.([]line)
	lists := b.lists(c, o)
	if !lists && o.target != nil && len(all) == 0 {
		return chat.Reply{}, text.Refuse("cooperation.promote.unread", nil)
	}
	if !lists && len(all) > 0 && !c.Has("title") && !c.Has("to") {
		draft, err := b.Book.Drafting(ctx, c.Member, o.source())
		if err != nil {
			return chat.Reply{}, err
		}
		if draft != nil {
			return b.addTo(ctx, c, draft.ID, o, all)
		}
	}
	if !b.decided(c, o) {
		return b.asksPromoter(c, o, lists), nil
	}
	if lists {
		if all, err = ticked(all, c.List("messages"), c.Event.Kind == chat.Submitted); err != nil {
			return chat.Reply{}, err
		}
	}
	if c.Has("to") {
		return b.addTo(ctx, c, c.Record("to"), o, all)
	}
	said, err := b.said(ctx, c, all)
	if err != nil {
		return chat.Reply{}, err
	}
	d := cooperation.Draft{Title: c.Text("title"), Topic: c.Text("topic"), Language: origin.Language, Said: said, Source: o.source(), From: o.from}
	if d.Language == "" {
		d.Language = b.language(ctx, d)
	}
	out, err := b.Book.Promote(ctx, c.Member, d)
	if err != nil {
		return chat.Reply{}, err
	}
	return b.promoted(c, o, out), nil
}

// asksPromoter asks for the title and for what is to be quoted.
func (b *bot) asksPromoter(c *chat.Call, o origin, lists bool) chat.Reply {
	g, names := c.Given, []string{"title"}
	if !o.from.IsZero() {
		g = g.With("thread", o.from.String())
	}
	if o.part != 0 { // the form does not know any more what the target shows
		g = g.With("messages", record.Subject{ID: o.from, Part: o.part}.String())
	}
	if lists {
		names = append(names, "messages")
	}
	if forms(c) {
		names = append(names, "topic")
	}
	return chat.AskFor("promote", g, names...)
}

// language is the language of what is quoted; empty when it is in doubt.
func (b *bot) language(ctx context.Context, d cooperation.Draft) string {
	if b.Detector == nil {
		return ""
	}
	all := d.Title
	for _, s := range d.Said {
		all += "\n" + s.Text
	}
	if tag, ok := b.Detector.Detect(ctx, text.CleanLines(all, 2000)); ok {
		return tag
	}
	return ""
}

// addTo adds messages to a draft.
func (b *bot) addTo(ctx context.Context, c *chat.Call, id record.ID, o origin, all []line) (chat.Reply, error) {
	said, err := b.said(ctx, c, all)
	if err != nil {
		return chat.Reply{}, err
	}
	if len(said) == 0 {
		return chat.Reply{}, text.Refuse("cooperation.promote.nothing", nil)
	}
	out, err := b.Book.AddQuotes(ctx, c.Member, id, said, o.from)
	if err != nil {
		return chat.Reply{}, err
	}
	p := &out.Practice
	key := "cooperation.promote.added"
	if out.Twin {
		key = "cooperation.promote.there"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(p.ID), "title": p.Title})
	return b.asks(c, o, r, out).Press(complete(p.ID)).Press(chat.Show(p.ID)), nil
}

// promoted says what became of a promotion, and asks those who are quoted.
func (b *bot) promoted(c *chat.Call, o origin, out cooperation.Promoted) chat.Reply {
	p := &out.Practice
	args := text.Args{"id": chat.Rec(p.ID), "title": p.Title}
	if out.Twin {
		return chat.OnlyYouSay("cooperation.promote.twin", args).Press(chat.Show(p.ID))
	}
	r := chat.OnlyYouSay("cooperation.promote.done", args)
	r.Lines = append(r.Lines, headings(p))
	return b.asks(c, o, r, out).Press(complete(p.ID)).Press(chat.Show(p.ID))
}

// asks asks the authors of what is quoted, and says so.
func (b *bot) asks(c *chat.Call, o origin, r chat.Reply, out cooperation.Promoted) chat.Reply {
	p := &out.Practice
	if n := len(out.Ask); n > 0 {
		r = r.Line("cooperation.promote.asked", text.Args{"n": n, "days": community.ConsentDays})
	}
	if out.Refused > 0 {
		r = r.Line("cooperation.promote.refused", text.Args{"n": out.Refused})
	}
	mention := record.ID{} // where nobody can be written to, the thread of the request says that something waits
	if o.asked() {
		mention = o.from
	}
	for _, q := range out.Ask {
		r = r.Tell(chat.AskConsent(q.Author, q.Subject(), "cooperation.promote.consent",
			text.Args{"who": chat.Called(c.Member), "id": chat.Rec(p.ID), "title": p.Title}, mention))
	}
	return r
}

// consented follows an answer. A yes that comes when nothing is left to be quoted is told so.
func (b *bot) consented(ctx context.Context, of int64, s record.Subject, member int64, a community.Answer) error {
	if err := b.Book.Consented(ctx, of, s, member, a); err != nil {
		return err
	}
	if a != community.ConsentYes && a != community.ConsentUnnamed {
		return nil
	}
	qs, err := b.Book.Quotes(ctx, of, s.ID)
	if err != nil {
		return err
	}
	for _, q := range qs {
		if _, _, ok := q.Shown(); ok && q.Author == member {
			return nil
		}
	}
	return text.Refuse("cooperation.promote.too_late", text.Args{"id": chat.Rec(s.ID)})
}

// complete is the button that asks for what a practice does not say yet.
func complete(id record.ID) chat.Press {
	return chat.Press{Command: "practice edit", Given: chat.ID(id), Label: "cooperation.edit.complete", Style: chat.Primary}
}

// changed follows edits and deletions of messages that are quoted.
func (b *bot) changed(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	var err error
	if c.Event.Kind == chat.Edited {
		_, err = b.Book.Reword(ctx, c.Community.ID, c.Source(), c.Event.Text)
	} else {
		_, err = b.Book.Unsay(ctx, c.Community.ID, c.Source())
	}
	return chat.Nothing(), err
}

// headings says which parts of a practice are written.
func headings(p *cooperation.Practice) chat.Phrase {
	args := text.Args{}
	for _, s := range cooperation.Sections {
		args[s] = "—"
		if p.Texts[s] != "" {
			args[s] = "✓"
		}
	}
	return chat.P("cooperation.headings", args)
}
