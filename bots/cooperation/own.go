package cooperation

import (
	"context"

	"guildhall/core/chat"
	"guildhall/core/cooperation"
)

// own are the reader's practices.
func (b *bot) own() *chat.Own {
	return &chat.Own{Title: "cooperation.own", All: chat.Given{"which": whichMine},
		List: func(ctx context.Context, c *chat.Call, n int) (items []chat.Item, more bool, err error) {
			list, err := b.Book.Practices(ctx, c.Community.ID, cooperation.Filter{Author: c.Member.No, N: n + 1})
			if err != nil {
				return nil, false, err
			}
			for i := range list[:min(n, len(list))] {
				items = append(items, b.item(&list[i]))
			}
			return items, len(list) > n, nil
		}}
}

// ownReviews are the practices that the reader reviews: those that wait for a verdict first, each with the
// button that gives it.
func (b *bot) ownReviews() *chat.Own {
	return &chat.Own{Title: "cooperation.own_reviews",
		List: func(ctx context.Context, c *chat.Call, n int) (items []chat.Item, more bool, err error) {
			waiting, given, err := b.Book.Reviewing(ctx, c.Community.ID, c.Member.No)
			if err != nil {
				return nil, false, err
			}
			for i := range waiting {
				it := b.item(&waiting[i])
				it.Buttons = append([]chat.Press{{Command: "practice review", Given: chat.ID(waiting[i].ID)}}, it.Buttons...)
				items = append(items, it)
			}
			for i := range given {
				items = append(items, b.item(&given[i]))
			}
			return items[:min(n, len(items))], len(items) > n, nil
		}}
}
