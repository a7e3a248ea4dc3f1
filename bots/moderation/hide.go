package moderation

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

func (b *bot) hideCommand() chat.Command {
	return chat.Command{Path: "mod hide", Text: "moderation.hide", Role: community.RoleModerator, Run: b.hide,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true}, {Name: "reason", Kind: chat.Line}}}
}

func (b *bot) hide(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	view, ok := b.Views(id.Letter)
	if !ok || view.Hide == nil {
		return chat.Reply{}, chat.NoRecord(id)
	}
	r, err := view.Hide(ctx, c, id, c.Text("reason"))
	if err == nil && view.Unhide != nil {
		r = r.Press(chat.Press{Command: "mod unhide", Given: chat.ID(id)})
	}
	return r, err
}

func (b *bot) unhideCommand() chat.Command {
	return chat.Command{Path: "mod unhide", Text: "moderation.unhide", Role: community.RoleModerator, Run: b.unhide,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true}}}
}

func (b *bot) unhide(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	view, ok := b.Views(id.Letter)
	if !ok {
		return chat.Reply{}, chat.NoRecord(id)
	}
	if view.Unhide == nil {
		return chat.Reply{}, text.Refuse("moderation.unhide.cannot", text.Args{"id": text.Record(id.String())})
	}
	return view.Unhide(ctx, c, id)
}
