package sharing

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

func (b *bot) versionCommand() chat.Command {
	return chat.Command{
		Path: "version", Text: "sharing.version", Section: community.Sharing, Role: community.RoleMember, Target: chat.AnyMessage,
		Args: []chat.Arg{idArg(), {Name: "link", Kind: chat.Link}, {Name: "file", Kind: chat.File},
			{Name: "note", Kind: chat.Text, Max: sharing.MaxNote}},
		Prepare: b.prepareVersion, Run: b.version,
	}
}

// prepareVersion fetches files where the resource may keep copies.
func (b *bot) prepareVersion(ctx context.Context, c *chat.Call) error {
	r, err := b.Toolbox.Resource(ctx, c.Community.ID, c.Record("id"))
	if err != nil {
		return err
	}
	p := got{link: c.Text("link")}
	if p.link == "" {
		_, p.link = cutLink(c.Given["file"])
	}
	p.aim(c)
	if r != nil && r.MayChange(c.Member) && !p.theirs {
		p.files = b.take(ctx, c, r.MayKeep())
	}
	c.Prepared = p
	return nil
}

func (b *bot) version(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	p, _ := c.Prepared.(got)
	id := c.Record("id")
	switch {
	case p.gone:
		return chat.Reply{}, text.Refuse("sharing.deposit.gone", nil)
	case p.theirs:
		return chat.Reply{}, text.Refuse("sharing.version.theirs", nil)
	}
	if p.link == "" {
		if r, no := p.files.refusal(b, chat.Press{Command: "version", Given: chat.ID(id)}); no {
			return r, nil
		}
		if r, missing, err := b.content(ctx, c, id); missing || err != nil {
			return r, err
		}
	}
	v, err := b.Toolbox.AddVersion(ctx, c.Member, id, p.link, p.files.files, c.Text("note"))
	if err != nil {
		return chat.Reply{}, err
	}
	x := &v.Resource
	args := text.Args{"id": chat.Rec(x.ID), "title": x.Title, "version": v.Version.No, "n": len(v.Users)}
	r := chat.OnlyYouSay("sharing.version.done", args).Press(chat.Show(x.ID))
	if b.waiting(x) {
		r = r.Line("sharing.deposit.copying", text.Args{"n": len(x.Files)})
	}
	r = p.files.without(b, r)
	if v.Sent {
		r = r.Tell(review(x, c.Member))
	}
	if x.State != sharing.Published || len(v.Users) == 0 {
		return r, nil
	}
	r = r.Line("sharing.version.telling", args)
	for _, no := range v.Users {
		say := chat.Say{Record: x.ID, Lines: []chat.Phrase{chat.P("sharing.version.told", args)}, Buttons: []chat.Press{chat.Show(x.ID)}}
		if v.Version.Note != "" {
			say.Quote = []string{v.Version.Note}
		}
		r = r.Tell(chat.Post{To: chat.To{Member: no, Thread: x.ID}, Say: say, Key: fmt.Sprintf("sharing/version/%s/%d/%d", x.ID, v.Version.No, no)})
	}
	return r, nil
}

// content asks those who may change a resource for what the new version is, where they have not said.
func (b *bot) content(ctx context.Context, c *chat.Call, id record.ID) (chat.Reply, bool, error) {
	_, asked := c.Given["file"]
	if len(c.Files("file")) > 0 || asked || c.Event.Kind == chat.Submitted {
		return chat.Reply{}, false, nil
	}
	x, err := b.Toolbox.Resource(ctx, c.Community.ID, id)
	if err != nil || x == nil || !x.MayChange(c.Member) || x.State == sharing.Withdrawn {
		return chat.Reply{}, false, err // the rules say why not
	}
	if c.Platform.Forms && c.Event.Can.Form {
		return chat.AskFor("version", c.Given), true, nil
	}
	return chat.AskFor("version", c.Given, "file"), true, nil
}
