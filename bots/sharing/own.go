package sharing

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// own are the reader's deposits.
func (b *bot) own() *chat.Own {
	return &chat.Own{Title: "sharing.own", List: func(ctx context.Context, c *chat.Call, n int) (items []chat.Item, more bool, err error) {
		list, err := b.Toolbox.Deposits(ctx, c.Community.ID, c.Member.No, n+1)
		if err != nil {
			return nil, false, err
		}
		for _, r := range list[:min(n, len(list))] {
			items = append(items, chat.Item{Text: chat.P("sharing.own_item", text.Args{"id": chat.Rec(r.ID), "title": r.Title}),
				Detail: chat.P("state.R."+string(r.State), nil), Buttons: []chat.Press{chat.Show(r.ID)}})
		}
		return items, len(list) > n, nil
	}}
}
