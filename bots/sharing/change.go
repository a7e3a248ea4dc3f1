package sharing

import (
	"context"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/record"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

// editArgs are what can be changed of a resource's description.
func editArgs() []chat.Arg {
	return []chat.Arg{
		{Name: "title", Kind: chat.Line, Max: sharing.MaxTitle},
		{Name: "summary", Kind: chat.Text, Max: sharing.MaxSummary},
		{Name: "kind", Kind: chat.Choice, Choices: chat.Codes(sharing.Kinds)},
		{Name: "language", Kind: chat.Language},
		{Name: "licence", Kind: chat.Choice, Choices: licences()},
		{Name: "topics", Kind: chat.Topics},
		{Name: "level", Kind: chat.Number},
		{Name: "audience", Kind: chat.Line, Max: sharing.MaxAudience},
		{Name: "rights", Kind: chat.Line, Max: sharing.MaxAudience},
		{Name: "replaced_by", Kind: chat.Record, Letters: string(rune(sharing.Letter))},
	}
}

// changes are what a call of edit wants.
func changes(c *chat.Call) sharing.Edit {
	e := sharing.Edit{Title: c.Optional("title"), Summary: c.Optional("summary"), Language: c.Optional("language"),
		Audience: c.Optional("audience"), RightsHolder: c.Optional("rights")}
	if v := c.Optional("kind"); v != nil {
		k := sharing.Kind(*v)
		e.Kind = &k
	}
	if v := c.Optional("licence"); v != nil {
		l := licence(*v)
		e.Licence = &l
	}
	if c.Has("topics") {
		list := c.List("topics")
		e.Topics = &list
	}
	if c.Has("level") {
		n := int(c.Int("level"))
		e.Level = &n
	}
	if c.Has("replaced_by") {
		id := c.Record("replaced_by")
		e.ReplacedBy = &id
	}
	return e
}

func (b *bot) edit(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	out, err := b.Toolbox.Edit(ctx, c.Member, id, changes(c))
	if err != nil {
		return chat.Reply{}, err
	}
	key := "sharing.edited.done"
	if out.Sent {
		key = "sharing.edited.sent"
	}
	r := chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id)}).Press(chat.Show(id))
	switch {
	case out.Missing:
		r = r.Note("sharing.edited.missing", text.Args{"id": chat.Rec(id)}).Button("version", chat.ID(id))
	case c.Has("licence") && b.waiting(&out.Resource):
		r = r.Line("sharing.deposit.copying", text.Args{"n": len(out.Resource.Files)})
	case out.LetGo:
		r = r.Line("sharing.edited.let_go", nil)
	}
	if out.Sent {
		r = r.Tell(review(&out.Resource, c.Member))
	}
	return r, nil
}

func (b *bot) withdraw(ctx context.Context, c *chat.Call, id record.ID, reason string) (chat.Reply, error) {
	out, err := b.Toolbox.Withdraw(ctx, c.Member, id, reason)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if out.Again {
		return chat.OnlyYouSay("sharing.gone.again", args), nil
	}
	r := b.toDepositor(c, chat.OnlyYouSay("sharing.gone.done", args), &out.Resource, "sharing.gone.told", "withdrawn", nil)
	return b.looked(ctx, r, &out.Resource)
}

func (b *bot) hide(ctx context.Context, c *chat.Call, id record.ID, _ string) (chat.Reply, error) {
	out, err := b.Toolbox.Hide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	args := text.Args{"id": chat.Rec(id)}
	if out.Again {
		return chat.OnlyYouSay("sharing.hidden.again", args), nil
	}
	r := chat.OnlyYouSay("sharing.hidden.done", args)
	if out.Resource.Depositor != c.Member.No {
		r = r.Tell(chat.Post{To: chat.To{Member: out.Resource.Depositor}, Key: "sharing/hidden/" + id.String(),
			Say: chat.Say{Lines: []chat.Phrase{chat.P("sharing.hidden.told", args)}}})
	}
	return b.looked(ctx, r, &out.Resource)
}

func (b *bot) unhide(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, error) {
	out, err := b.Toolbox.Unhide(ctx, c.Member, id)
	if err != nil {
		return chat.Reply{}, err
	}
	key := "sharing.hidden.undone"
	if out.Again {
		key = "sharing.hidden.not"
	}
	return chat.OnlyYouSay(key, text.Args{"id": chat.Rec(id)}).Press(chat.Show(id)), nil
}

// values are what editArgs are now.
func (b *bot) values(ctx context.Context, c *chat.Call, id record.ID) (chat.Given, error) {
	x, err := b.load(ctx, c.Community.ID, c.Member.No, id)
	if err != nil {
		return nil, err
	}
	if err := x.Editable(c.Member); err != nil {
		return nil, err
	}
	g := chat.Given{"title": x.Title, "summary": x.Summary, "kind": string(x.Kind), "language": x.Language, "licence": choiceOf(x.Licence),
		"topics": strings.Join(x.Topics, ", "), "audience": x.Audience, "rights": x.RightsHolder, "replaced_by": x.ReplacedBy.String()}
	if x.Level != 0 {
		g["level"] = strconv.Itoa(x.Level)
	}
	return g, nil
}

// saidNo tells a depositor that whoever wrote something does not want it kept.
func (b *bot) saidNo(ctx context.Context, it work) (chat.Reply, error) {
	var no sharing.SaidNo
	if err := it.Read(&no); err != nil {
		return chat.Reply{}, err
	}
	x, err := b.Toolbox.Resource(ctx, it.Community, no.Resource)
	if err != nil || x == nil {
		return chat.Nothing(), err
	}
	key := "sharing.consent.no"
	if x.State != sharing.Withdrawn {
		key = "sharing.consent.no_link"
	}
	say := chat.Say{Record: x.ID, Lines: []chat.Phrase{chat.P(key, text.Args{"id": chat.Rec(x.ID), "title": no.Title})}, Buttons: []chat.Press{chat.Show(x.ID)}}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Member: x.Depositor, Thread: x.ID}, Say: say, Key: "sharing/no/" + x.ID.String()}), nil
}

// changed follows the deletion of a message that something was deposited from.
func (b *bot) changed(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Event.Kind != chat.Deleted {
		return chat.Nothing(), nil
	}
	gone := *c
	gone.Target = nil
	return chat.Nothing(), b.Toolbox.Deleted(ctx, c.Community.ID, gone.Source())
}
