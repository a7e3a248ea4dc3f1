package sharing

import (
	"context"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/sharing"
	"guildhall/core/text"
)

func (b *bot) usedCommand() chat.Command {
	return chat.Command{
		Path: "used", Text: "sharing.used", Section: community.Sharing, Role: community.RoleMember,
		Args: []chat.Arg{idArg(), {Name: "note", Kind: chat.Text, Max: sharing.MaxNote}}, Run: b.used,
	}
}

func (b *bot) used(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	u, err := b.Toolbox.Used(ctx, c.Member, c.Record("id"), c.Text("note"))
	if err != nil {
		return chat.Reply{}, err
	}
	x := &u.Resource
	works := c.Member.Organisation.Name
	args := text.Args{"id": chat.Rec(x.ID), "title": x.Title, "who": chat.Called(c.Member), "works": text.Maybe("sharing.used.works", works), "org": works}
	key := "sharing.used.done"
	switch {
	case !u.Fresh && c.Text("note") != "":
		key = "sharing.used.noted"
	case !u.Fresh:
		key = "sharing.used.again"
	case c.Member.Organisation.No != 0 && !u.First:
		key = "sharing.used.too"
	}
	r := chat.OnlyYouSay(key, args)
	r.Lines = append(r.Lines, reach(u.Reach))
	if c.Member.Organisation.No == 0 {
		r = r.Note("sharing.used.no_organisation", nil)
	}
	r = r.Press(chat.Show(x.ID))
	if u.Fresh && x.Depositor != c.Member.No {
		say := chat.Say{Record: x.ID, Lines: []chat.Phrase{chat.P("sharing.used.told", args)}, Buttons: []chat.Press{chat.Show(x.ID)}}
		if note := text.CleanLines(c.Text("note"), sharing.MaxNote); note != "" {
			say.Quote = []string{note}
		}
		r = r.Tell(chat.Post{To: chat.To{Member: x.Depositor, Thread: x.ID}, Say: say, Key: fmt.Sprintf("sharing/used/%s/%d", x.ID, c.Member.No)})
	}
	return r, nil
}

// reach says how far a resource has come; nothing where nobody counts.
func reach(u sharing.Reach) chat.Phrase {
	args := text.Args{"n": u.Members, "organisations": u.Organisations, "countries": u.Countries}
	switch {
	case u.Members == 0:
		return chat.Phrase{}
	case u.Organisations < 2:
		return chat.P("sharing.used.members", args)
	case u.Countries < 2:
		return chat.P("sharing.used.organisations", args)
	}
	return chat.P("sharing.used.countries", args)
}
