package chat

import (
	"context"
	"fmt"

	"guildhall/core/community"
)

// writeCommand is the button "You may write to me": on some services a person is written to directly
// only after they said so.
func (e *Engine) writeCommand() Command {
	return Command{Path: "write me", Text: "chat.write", Role: community.RoleMember, Hidden: true, Personal: true,
		Args: []Arg{{Name: "may", Kind: Yes}},
		Run: func(ctx context.Context, c *Call) (Reply, error) {
			may := !c.Has("may") || c.Yes("may")
			err := e.store.Directory.AllowDirect(ctx, c.Community.ID, c.Event.Where.Platform, c.Event.From.Account, may)
			if err != nil {
				return Reply{}, fmt.Errorf("note a permission: %w", err)
			}
			if !may {
				return OnlyYouSay("chat.write.no", nil), nil
			}
			return OnlyYouSay("chat.write.yes", nil).Press(Press{Command: "write me", Given: Given{"may": "no"}, Label: "chat.write.stop"}), nil
		}}
}
