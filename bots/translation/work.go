package translation

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
	"guildhall/core/translation"
	"guildhall/core/work"
)

// tries is how often a translation for a room is tried before the room goes without it.
const tries = 4

// result is what came of an order.
type result struct {
	order  *translation.Order
	texts  []translation.Text
	failed error // why there are none
}

// look has an order translated. nil: there is nothing to do any more.
func (b *bot) look(ctx context.Context, it work.Item) (any, error) {
	var w order
	if err := it.Read(&w); err != nil {
		return nil, err
	}
	o, err := b.Desk.Orders.Order(ctx, it.Community, w.No)
	if err != nil {
		return nil, fmt.Errorf("read what is to be translated: %w", err)
	}
	if o == nil || o.Gone || o.Revision != w.Revision {
		return (*result)(nil), nil
	}
	reader, err := b.People.Member(ctx, o.Community, o.For)
	if err != nil {
		return nil, fmt.Errorf("load who asked: %w", err)
	}
	x, err := b.original(ctx, o, reader)
	if refusal(err) || err == nil && x.Words == "" {
		return &result{order: o}, nil // it may not be read any more
	}
	if err != nil {
		return nil, err
	}
	r := &result{order: o}
	for _, to := range o.To {
		t, err := b.Desk.Translate(ctx, o.Community, x.Words, x.Language, to)
		switch {
		case err == nil:
			r.texts = append(r.texts, t)
		case o.For == 0 && patient(err) && it.Attempt < tries:
			return nil, later(err)
		default:
			r.failed = err
		}
	}
	return r, nil
}

// patient says whether an error may be over a little later.
func patient(err error) bool { return errors.Is(err, translation.ErrAway) }

// later is when to try again: when the service said, else when the queue thinks.
func later(err error) error {
	var busy *translation.Busy
	if errors.As(err, &busy) {
		return work.Later(time.Now().Add(busy.After), err)
	}
	return err
}

// done gives an order's translation to whom it is for.
func (b *bot) done(ctx context.Context, it work.Item) (chat.Reply, error) {
	r, _ := chat.Prepared(ctx).(*result)
	if r == nil {
		return chat.Nothing(), nil
	}
	o, err := b.Desk.Orders.Order(ctx, it.Community, r.order.No)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read what is to be translated: %w", err)
	}
	if o == nil || o.Gone || o.Revision != r.order.Revision {
		return chat.Nothing(), nil
	}
	if r.failed != nil && len(r.texts) == 0 {
		return b.failed(ctx, o, r.failed)
	}
	if err := b.Desk.Deliver(ctx, o, r.texts); err != nil {
		return chat.Reply{}, err
	}
	if o.Shown() {
		out := chat.Nothing()
		out.Cards = []chat.CardAt{{Subject: o.Subject(), At: at(o)}}
		return out, nil
	}
	if len(r.texts) == 0 {
		return chat.Nothing(), nil
	}
	return b.tell(o, func(lang string) (chat.Reply, error) { return answer(o, r.texts[0], lang), nil })
}

// failed says to who asked why there is no translation. A room goes without.
func (b *bot) failed(ctx context.Context, o *translation.Order, cause error) (chat.Reply, error) {
	if o.For == 0 {
		if err := b.sorry(ctx, o, cause, ""); err == nil || o.Revision == 0 {
			return chat.Nothing(), b.forget(ctx, o)
		}
	}
	if o.Shown() && o.Revision > 0 { // what stands there is of words that were changed since
		if err := b.Desk.Deliver(ctx, o, nil); err != nil {
			return chat.Reply{}, err
		}
		out := chat.Nothing()
		out.Cards = []chat.CardAt{{Subject: o.Subject(), At: at(o)}}
		return out, nil
	}
	asker, err := b.People.Member(ctx, o.Community, o.For)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("load who asked: %w", err)
	}
	return b.tell(o, func(lang string) (chat.Reply, error) {
		if no := b.sorry(ctx, o, cause, lang); no != nil {
			var r *text.Refusal
			errors.As(no, &r)
			return chat.OnlyYouSay(r.Key, r.Args), b.forget(ctx, o)
		}
		return b.away(ctx, o, asker)
	})
}

func (b *bot) forget(ctx context.Context, o *translation.Order) error {
	if err := b.Desk.Orders.DropOrder(ctx, o.Community, o.No); err != nil {
		return fmt.Errorf("forget a translation: %w", err)
	}
	return nil
}

// tell answers who asked, later.
func (b *bot) tell(o *translation.Order, what func(lang string) (chat.Reply, error)) (chat.Reply, error) {
	var who caller
	if err := json.Unmarshal(o.Back, &who); err != nil {
		return chat.Reply{}, fmt.Errorf("read how to answer: %w", err)
	}
	said, err := what(who.Lang)
	if err != nil {
		return chat.Reply{}, err
	}
	return chat.Nothing().Tell(chat.Post{To: chat.To{Back: &who.Back}, Say: said.Say}), nil
}

// away says that the service is, and shows the original.
func (b *bot) away(ctx context.Context, o *translation.Order, reader community.Member) (chat.Reply, error) {
	r := chat.OnlyYouSay("translation.away", nil)
	r.Kind = chat.Alarm
	x, err := b.original(ctx, o, reader)
	if err != nil && !refusal(err) {
		return r, err
	}
	if x.Words != "" {
		r.Quote = strings.Split(x.Words, "\n\n")
	}
	return r.Press(chat.Press{Command: "translate again", Given: given(o)}), nil
}
