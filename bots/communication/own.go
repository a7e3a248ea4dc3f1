package communication

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/communication"
)

// own are the reader's requests.
func (b *bot) own() *chat.Own {
	return &chat.Own{Title: "communication.own", All: chat.Given{"which": mine},
		List: func(ctx context.Context, c *chat.Call, n int) (items []chat.Item, more bool, err error) {
			list, err := b.Desk.List(ctx, c.Community.ID, communication.Filter{Asker: c.Member.No, N: n + 1})
			if err != nil {
				return nil, false, err
			}
			for i := range list[:min(n, len(list))] {
				items = append(items, b.item(c, &list[i]))
			}
			return items, len(list) > n, nil
		}}
}
