package sharing

import (
	"context"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

// depositCommand is the only place that knows how people deposit: the slash command, the form, the
// message action, the reaction, the manifest and the help are all made from it.
func (b *bot) depositCommand() chat.Command {
	return chat.Command{
		Path: "deposit", Text: "sharing.deposit", Section: community.Sharing, Role: community.RoleMember, Top: 2, Global: true, Own: b.own(),
		Target: chat.AnyMessage, Action: true, Reaction: "🔖", Offer: true,
		Args: []chat.Arg{
			{Name: "title", Kind: chat.Line, Asked: true, Form: true, Max: sharing.MaxTitle},
			{Name: "link", Kind: chat.Link, Form: true},
			{Name: "file", Kind: chat.File, Form: true},
			{Name: "summary", Kind: chat.Text, Max: sharing.MaxSummary, Form: true},
			{Name: "kind", Kind: chat.Choice, Choices: chat.Codes(sharing.Kinds)},
			{Name: "language", Kind: chat.Language},
			{Name: "licence", Kind: chat.Choice, Choices: licences(), Asked: true, Form: true},
			{Name: "topics", Kind: chat.Topics},
			{Name: "level", Kind: chat.Number},
			{Name: "audience", Kind: chat.Line, Max: sharing.MaxAudience, Typed: true},
			{Name: "anyway", Kind: chat.Yes, Typed: true, NoForm: true},
		},
		Form: propose, Prepare: b.prepareDeposit, Run: b.deposit,
	}
}

// propose proposes the name of a file as the title (what the message says is its writer's, and is not
// proposed), and where questions are asked one by one, only the licences in plain words.
func propose(_ context.Context, c *chat.Call, f *chat.Form) error {
	files, one := c.Files("file"), len(f.Inputs) == 1
	for i := range f.Inputs {
		in := &f.Inputs[i]
		switch {
		case in.Name == "title" && in.Value == "" && len(files) > 0:
			in.Value = nameOfFile(files[0].Name)
			f.Intro = append(f.Intro, intro(files))
		case in.Name == "licence" && one:
			in.Options = in.Options[:min(firstLicences, len(in.Options))]
		}
	}
	return nil
}

// intro names the files of which a title is asked.
func intro(files []chat.FileRef) text.Rich {
	var out []text.Rich
	for _, f := range files[:min(len(files), 5)] {
		name := text.Bold(text.Clean(f.Name, 80))
		if f.Size > 0 {
			name = text.Join(" · ", name, text.Plain(sizeOf(f.Size)))
		}
		out = append(out, name)
	}
	return text.Join("\n", out...)
}

// sizeOf is a number of bytes as people say it: "212 kB".
func sizeOf(n int64) string {
	if n < 1_000_000 {
		return strconv.FormatInt(max(1, n/1000), 10) + " kB"
	}
	return strconv.FormatInt(n/1_000_000, 10) + " MB"
}

func (b *bot) deposit(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p, _ := c.Prepared.(got)
	if p.gone {
		return chat.Reply{}, text.Refuse("sharing.deposit.gone", nil)
	}
	if p.link == "" {
		again := chat.Press{Command: "deposit", Given: chat.Given{"title": p.title, "licence": c.Given["licence"]}}
		if r, no := p.files.refusal(b, again); no {
			return r, nil
		}
	}
	if r, missing, err := more(c, p); missing || err != nil {
		return r, err
	}
	d := sharing.Deposit{Title: p.title, Link: p.link, Files: p.files.files, Summary: p.summary, Kind: sharing.Kind(c.Text("kind")),
		Language: p.language, Licence: licence(c.Text("licence")), Topics: c.List("topics"), Level: int(c.Int("level")),
		Audience: c.Text("audience"), From: grewFrom(c), Anyway: c.Yes("anyway"), Silent: p.silent, Guessed: p.guessed}
	d.Source = source(c, p)
	creator, err := b.creator(ctx, c, p, &d)
	if err != nil {
		return chat.Reply{}, err
	}
	if nowhere(&d) {
		if _, asked := c.Given["licence"]; !asked {
			return chat.AskFor("deposit", c.Given, "licence"), nil
		}
	}
	out, err := b.Toolbox.Deposit(ctx, c.Member, c.Community.Policy, d)
	if err != nil {
		return chat.Reply{}, err
	}
	if out.Twin != nil {
		return twin(c, p, out.Twin), nil
	}
	return b.deposited(c, p, &d, &out, creator), nil
}

// source is where a deposit stands: the message that it is from, else the place where it was made.
func source(c *chat.Call, p got) record.Source {
	if p.theirs || c.Target != nil && c.Target.From.Account == c.Event.From.Account {
		return c.Source()
	}
	own := *c
	own.Target = nil
	out := own.Source()
	if c.Event.Kind != chat.Said || len(c.Event.Files) == 0 {
		out.Message, out.URL = "", "" // a command, or an answer to a question
	}
	return out
}

// more asks for what is to be deposited, and how it is called, where that is not known yet.
func more(c *chat.Call, p got) (chat.Reply, bool, error) {
	files, form := c.Files("file"), c.Platform.Forms && c.Event.Can.Form
	switch {
	case p.link == "" && len(files) == 0 && !form:
		if _, asked := c.Given["file"]; asked {
			return chat.Reply{}, false, text.RefuseArg("file", "sharing.empty", nil)
		}
		return chat.AskFor("deposit", c.Given, "file"), true, nil
	case p.link == "" && len(files) == 0:
		if c.Event.Kind == chat.Submitted && c.Has("title") {
			return chat.Reply{}, false, text.RefuseArg("file", "sharing.empty", nil)
		}
		return chat.AskFor("deposit", c.Given), true, nil
	case p.title == "":
		if _, asked := c.Given["title"]; asked && !form {
			return chat.Reply{}, false, nil // the rules say that a title is needed
		}
		return chat.AskFor("deposit", c.Given), true, nil
	}
	return chat.Reply{}, false, nil
}

// nowhere says whether files would be neither kept nor anywhere else.
func nowhere(d *sharing.Deposit) bool {
	return len(d.Files) > 0 && !d.Licence.AllowsCopies() && d.Link == "" && d.Source.Message == "" && d.Source.URL == ""
}

// creator notes whose message a deposit is from, where that is not the depositor's own.
func (b *bot) creator(ctx context.Context, c *chat.Call, p got, d *sharing.Deposit) (community.Member, error) {
	if !p.theirs {
		return community.Member{}, nil
	}
	m, known, err := b.People.Known(ctx, c.Community.ID, c.Target.Where.Platform, c.Target.From.Account)
	if err != nil {
		return m, err
	}
	if d.Stranger = !known; !known {
		return m, nil
	}
	if m.No == c.Member.No {
		return community.Member{}, nil // from another account of theirs
	}
	d.Creator = m.No
	return m, nil
}

// grewFrom is the record in whose thread or room something is deposited, or whose card it is about.
func grewFrom(c *chat.Call) record.ID {
	if !c.Subject.ID.IsZero() {
		return c.Subject.ID
	}
	if !c.Thread.IsZero() {
		return c.Thread
	}
	id, err := record.Parse(c.Room.Record)
	if err != nil {
		return record.ID{}
	}
	return id
}

// deposited says what became of a deposit, and asks those who have to be asked.
func (b *bot) deposited(c *chat.Call, p got, d *sharing.Deposit, out *sharing.Deposited, creator community.Member) chat.Reply {
	x := &out.Resource
	args := text.Args{"id": chat.Rec(x.ID), "title": x.Title, "who": chat.Called(c.Member), "creator": chat.Called(creator), "from": chat.Rec(d.From),
		"n": len(x.Files)}
	key := "sharing.deposit.done"
	if x.State == sharing.Submitted {
		key = "sharing.deposit.submitted"
	}
	r := chat.OnlyYouSay(key, args).Press(chat.Show(x.ID)).Press(describe(x.ID))
	r.Replace = c.Has("anyway")
	switch {
	case out.Ask:
		r = r.Line("sharing.deposit.asked", args).
			Tell(chat.AskConsent(x.Creator, x.Subject(), "sharing.consent.ask", args, d.From))
	case d.Stranger:
		r = r.Line("sharing.deposit.stranger", nil)
	case x.Said == community.ConsentNo:
		r = r.Line("sharing.deposit.never", args)
	case len(x.Files) > 0 && !x.Licence.AllowsCopies():
		r = r.Line("sharing.deposit.not_copied", args)
	case b.waiting(x):
		r = r.Line("sharing.deposit.copying", args)
	}
	if !d.From.IsZero() {
		r = r.Note("sharing.deposit.from", args)
	}
	r = p.files.without(b, r)
	if x.State == sharing.Submitted {
		r = r.Tell(review(x, c.Member))
	}
	return r
}

// twin shows what is there already, and how to deposit all the same.
func twin(c *chat.Call, p got, t *sharing.Resource) chat.Reply {
	about := "link"
	if len(p.files.files) > 0 && (p.link == "" || t.Link == "") {
		about = "file"
	}
	args := text.Args{"id": chat.Rec(t.ID), "title": t.Title}
	var r chat.Reply
	if t.MayRead(c.Member) {
		r = chat.OnlyYouSay("sharing.twin."+about, args).Press(chat.Show(t.ID))
		if t.State == sharing.Published && t.Depositor != c.Member.No {
			r = r.Button("used", chat.ID(t.ID))
		}
	} else {
		r = chat.OnlyYouSay("sharing.twin.waits", nil)
	}
	r.Replace = c.Event.Kind == chat.Pressed
	on := c.About()
	if len(p.files.files) > 0 && on == nil {
		return r.Note("sharing.twin.send_again", nil)
	}
	given := c.With("anyway", "yes").With("title", p.title).With("link", p.link)
	return r.Press(chat.Press{Command: "deposit", Given: given, Label: "sharing.twin.anyway", On: on})
}
