package chat

import (
	"context"
	"errors"
	"fmt"

	"guildhall/core/work"
)

// homeWork is the body of "chat.home": show a person's own page anew.
type homeWork struct{ Of, Member int64 }

// homeChanged asks for a member's own page to be shown anew, where a platform has such a page.
// cause is unique for what happened.
func (e *Engine) homeChanged(ctx context.Context, of, member int64, cause string) error {
	for _, pf := range e.platforms {
		if _, can := pf.(Homer); !can {
			continue
		}
		it := work.New("chat.home", fmt.Sprintf("home/%d/%d", of, member), fmt.Sprintf("home/%d/%d/%s", of, member, cause), homeWork{of, member}).In(of)
		return e.store.Queue.Add(ctx, it)
	}
	return nil
}

// showHome does "chat.home". A page that is gone or refused is nobody's loss: it is built when it is
// opened.
func (e *Engine) showHome(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var w homeWork
	if err := it.Read(&w); err != nil {
		return nil, err
	}
	accounts, err := e.store.Directory.Accounts(ctx, w.Of, w.Member)
	if err != nil {
		return nil, fmt.Errorf("load accounts: %w", err)
	}
	for _, a := range accounts {
		h, can := e.platforms[PlatformID(a.Platform)].(Homer)
		if !can {
			continue
		}
		at := Address{Platform: PlatformID(a.Platform), Space: SpaceID(a.Space)}
		m, err := e.Home(ctx, Event{Kind: Pressed, Where: at, From: Author{Account: AccountID(a.ID)}, At: e.now()})
		if err != nil {
			return nil, err
		}
		err = h.Refresh(ctx, SpaceID(a.Space), AccountID(a.ID), m)
		if err != nil && !errors.Is(err, ErrGone) && !errors.Is(err, ErrRefused) {
			return nil, e.outcome(err)
		}
	}
	return nil, nil
}
