package chat

import (
	"context"
	"fmt"
)

// Own is what a member has of one kind, as their own page shows it: my requests, my deposits.
type Own struct {
	Title string // the key of its heading
	// List gives at most n of the caller's own, the newest first; more says that there are others. It runs on a
	// read connection, for members alone.
	List func(ctx context.Context, c *Call, n int) (items []Item, more bool, err error)
	// All are the arguments with which the command lists them all; nil when it lists none.
	All Given
}

// ownRows is how many of a kind a page of one's own lists.
const ownRows = 5

// own are the parts of a member's page that list what is theirs. Kinds of which they have none are left out.
func (e *Engine) own(ctx context.Context, c *Call, v voice) ([]Message, error) {
	if c.Member.No == 0 || c.Community.ID == 0 {
		return nil, nil
	}
	var out []Message
	for _, cmd := range e.table.list {
		if cmd.Own == nil || allowed(c.Member, cmd) != nil {
			continue
		}
		items, more, err := cmd.Own.List(ctx, c, ownRows)
		if err != nil {
			return nil, fmt.Errorf("list a member's own of %q: %w", cmd.Path, err)
		}
		if len(items) == 0 {
			continue
		}
		say := Say{Title: P(cmd.Own.Title, nil), List: items}
		if more && cmd.Own.All != nil {
			say.Buttons = []Press{{Command: cmd.Path, Given: cmd.Own.All, Label: "chat.see_all"}}
		}
		part, err := v.message(ctx, say)
		if err != nil {
			return nil, err
		}
		out = append(out, Fit(part, c.Platform.Limits)[0])
	}
	return out, nil
}
