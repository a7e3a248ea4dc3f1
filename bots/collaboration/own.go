package collaboration

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/collaboration"
)

// own are the collaborations that the reader is in.
func (b *bot) own() *chat.Own {
	return &chat.Own{Title: "collaboration.own", All: chat.Given{"which": mine},
		List: func(ctx context.Context, c *chat.Call, n int) (items []chat.Item, more bool, err error) {
			list, err := b.Groups.List(ctx, c.Community.ID, collaboration.Filter{Member: c.Member.No, States: collaboration.Live, N: n + 1})
			if err != nil {
				return nil, false, err
			}
			for i := range list[:min(n, len(list))] {
				items = append(items, item(&list[i]))
			}
			return items, len(list) > n, nil
		}}
}
