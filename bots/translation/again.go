package translation

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
	"guildhall/core/translation"
)

// originalCommand and shownCommand turn a private translation over.
func (b *bot) originalCommand() chat.Command {
	return chat.Command{Path: "translate original", Text: "translation.original", Role: community.RoleMember, Hidden: true, Reads: true,
		Args: []chat.Arg{number()}, Run: b.showOriginal}
}

func (b *bot) shownCommand() chat.Command {
	return chat.Command{Path: "translate shown", Text: "translation.shown", Role: community.RoleMember, Hidden: true, Reads: true,
		Args: []chat.Arg{number()}, Run: b.showTranslation}
}

// againCommand tries once more what failed.
func (b *bot) againCommand() chat.Command {
	return chat.Command{Path: "translate again", Text: "translation.again", Role: community.RoleMember, Hidden: true,
		Args: []chat.Arg{number()}, Prepare: b.prepareAgain, Run: b.again}
}

// mine is an order that the caller may see: their own, or one that stands in the room where they are.
func (b *bot) mine(ctx context.Context, c *chat.Call) (*translation.Order, error) {
	o, err := b.Desk.Orders.Order(ctx, c.Community.ID, c.Int("no"))
	if err != nil {
		return nil, fmt.Errorf("read a translation: %w", err)
	}
	w := c.Event.Where
	switch {
	case o == nil || o.Gone:
	case !o.Shown() && o.For == c.Member.No && c.Member.No != 0:
		return o, nil
	case o.Shown() && o.At.Platform == string(w.Platform) && o.At.Room == string(w.Room):
		return o, nil
	}
	return nil, text.Refuse("translation.old", nil)
}

func (b *bot) showOriginal(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	o, err := b.mine(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	x, err := b.original(ctx, o, c.Member)
	if err != nil {
		return chat.Reply{}, err
	}
	if x.Words == "" || len(o.Texts) == 0 {
		return chat.Reply{}, text.Refuse("translation.old", nil)
	}
	r := chat.OnlyYouSay("", nil)
	r.Quote = strings.Split(x.Words, "\n\n")
	r.Replace = true
	r = r.Note("translation.as_written", nil)
	if from := o.Texts[0].From; from != "" {
		r.Notes = []chat.Phrase{chat.P("translation.as_written_in", text.Args{"language": text.LanguageName(from, c.Lang)})}
	}
	return r.Press(chat.Press{Command: "translate shown", Given: given(o)}), nil
}

func (b *bot) showTranslation(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	o, err := b.mine(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if _, err := b.original(ctx, o, c.Member); err != nil {
		return chat.Reply{}, err
	}
	if len(o.Texts) == 0 {
		return chat.Reply{}, text.Refuse("translation.old", nil)
	}
	r := answer(o, o.Texts[0], c.Lang)
	r.Replace = true
	return r, nil
}

func (b *bot) prepareAgain(ctx context.Context, c *chat.Call) error {
	o, err := b.mine(ctx, c)
	if err != nil {
		return err
	}
	x, err := b.original(ctx, o, c.Member)
	if err != nil {
		return err
	}
	if o.Shown() || x.Words == "" {
		return text.Refuse("translation.old", nil)
	}
	a := &asked{order: *o}
	a.order.From = x.Language
	c.Prepared = a
	return b.try(ctx, a, x.Words)
}

func (b *bot) again(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	a, ok := c.Prepared.(*asked)
	if !ok {
		return chat.Reply{}, text.Refuse("translation.old", nil)
	}
	o, err := b.mine(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	if no := b.sorry(ctx, o, a.failed, c.Lang); no != nil {
		return chat.Reply{}, no
	}
	var r chat.Reply
	switch {
	case a.failed == nil:
		if err := b.Desk.Deliver(ctx, o, []translation.Text{a.text}); err != nil {
			return chat.Reply{}, err
		}
		r = answer(o, a.text, c.Lang)
	case errors.Is(a.failed, errSlow):
		o.Revision++ // work of its own
		if o.Back, err = back(c); err != nil {
			return chat.Reply{}, err
		}
		if err := b.Desk.Orders.SaveOrder(ctx, o); err != nil {
			return chat.Reply{}, fmt.Errorf("try again: %w", err)
		}
		if err := b.queue(ctx, o); err != nil {
			return chat.Reply{}, err
		}
		r = chat.OnlyYouSay("translation.under_way", nil)
	default:
		if r, err = b.away(ctx, o, c.Member); err != nil {
			return chat.Reply{}, err
		}
	}
	r.Replace = true
	return r, nil
}
