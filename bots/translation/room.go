package translation

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/translation"
)

// mostLanguages is how many languages a room's messages are translated into.
const mostLanguages = 4

// roomCommand has every message of a room translated, or no more.
func (b *bot) roomCommand() chat.Command {
	return chat.Command{Path: "mod translate", Text: "translation.room", Role: community.RoleModerator, Run: b.room,
		Args: []chat.Arg{
			{Name: "on", Kind: chat.Yes, Required: true},
			{Name: "languages", Kind: chat.Languages},
		}}
}

func (b *bot) room(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Event.Direct || c.Room.ID == "" {
		return chat.Reply{}, text.Refuse("translation.room.not_here", nil)
	}
	var want []string
	for _, l := range c.List("languages") {
		if !slices.Contains(want, l) {
			want = append(want, l)
		}
	}
	switch {
	case !c.Yes("on") && len(c.Room.Translated) == 0:
		return chat.OnlyYouSay("translation.room.off_already", nil), nil
	case !c.Yes("on"):
		want = nil
	case len(want) == 0:
		return chat.AskFor("mod translate", c.Given, "languages"), nil
	case len(want) > mostLanguages:
		return chat.Reply{}, text.RefuseArg("languages", "translation.room.most", text.Args{"n": mostLanguages})
	}
	if err := b.Desk.Orders.Translate(ctx, c.Community.ID, c.Room.Platform, c.Room.ID, want); err != nil {
		return chat.Reply{}, fmt.Errorf("note what a room is translated into: %w", err)
	}
	if len(want) == 0 {
		if err := b.Audit.Note(ctx, c.Member, "room.untranslated", "room "+c.Room.Name); err != nil {
			return chat.Reply{}, fmt.Errorf("note who did it: %w", err)
		}
		return chat.InRoomSay("translation.room.off", nil), nil
	}
	if err := b.Audit.Note(ctx, c.Member, "room.translated", "room "+c.Room.Name); err != nil {
		return chat.Reply{}, fmt.Errorf("note who did it: %w", err)
	}
	s := b.Desk.Service()
	lang := c.Room.Language
	if lang == "" {
		lang = c.Community.Language
	}
	r := chat.InRoomSay("translation.room.on", text.Args{"languages": names(want, lang), "service": s.Name, "host": s.Host})
	r.Pin = true
	return r.Press(chat.Press{Command: "translate stop"}), nil
}

// stopCommand and startCommand are for those who do not want what they write translated for a room.
func (b *bot) stopCommand() chat.Command {
	return chat.Command{Path: "translate stop", Text: "translation.stop", Role: community.RoleMember,
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if err := b.Desk.Hush(ctx, c.Community.ID, c.Member.No, true); err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("translation.stop.done", nil).Press(chat.Press{Command: "translate start"}), nil
		}}
}

func (b *bot) startCommand() chat.Command {
	return chat.Command{Path: "translate start", Text: "translation.start", Role: community.RoleMember,
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			if err := b.Desk.Hush(ctx, c.Community.ID, c.Member.No, false); err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("translation.start.done", nil), nil
		}}
}

// overheard has a message of such a room translated, in its thread.
func (b *bot) overheard(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	ev := c.Event
	if !translation.ForRoom(ev.Text) || !translation.Fits(ev.Text) || ev.Message == "" {
		return chat.Nothing(), nil
	}
	if c.Member.No != 0 {
		if quiet, err := b.Desk.Orders.Hushed(ctx, c.Community.ID, c.Member.No); err != nil || quiet {
			return chat.Nothing(), err
		}
	}
	w := ev.Where
	src := record.Source{Platform: string(w.Platform), Space: string(w.Space), Room: string(w.Room), Thread: string(w.Thread), Message: string(ev.Message)}
	o := &translation.Order{Community: c.Community.ID, Words: ev.Text, To: c.Room.Translated, At: src,
		Of: translation.Origin{Source: src, Author: translation.Author{Member: c.Member.No, Account: string(ev.From.Account), Name: ev.From.Name}}}
	o.At.Message = ""
	if o.At.Thread == "" {
		o.At.Thread = string(ev.Message)
	}
	if err := b.Desk.Take(ctx, o); err != nil {
		return chat.Reply{}, err
	}
	return chat.Nothing(), b.queue(ctx, o)
}

// changed follows an edit or a deletion of what was translated.
func (b *bot) changed(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	out := chat.Nothing()
	if c.Event.Kind == chat.Deleted {
		gone, err := b.Desk.Removed(ctx, c.Community.ID, c.Source())
		for i := range gone {
			out.Cards = append(out.Cards, chat.CardAt{Subject: gone[i].Subject(), At: at(&gone[i])})
		}
		return out, err
	}
	again, err := b.Desk.Reworded(ctx, c.Community.ID, c.Source(), c.Event.Text)
	if err != nil {
		return out, err
	}
	for i := range again {
		if err := b.queue(ctx, &again[i]); err != nil {
			return out, err
		}
	}
	return out, nil
}

// card is a translation that all in a room see.
func (b *bot) card(ctx context.Context, l chat.Look) (chat.Say, error) {
	o, err := b.Desk.Orders.Order(ctx, l.Community.ID, l.Subject.ID.No)
	if err != nil {
		return chat.Say{}, fmt.Errorf("read a translation: %w", err)
	}
	if o == nil || o.Gone || !o.Shown() || len(o.Texts) == 0 {
		return chat.Say{}, chat.ErrHidden
	}
	if !o.Of.Subject.ID.IsZero() {
		switch x, err := b.original(ctx, o, community.Member{}); {
		case refusal(err), err == nil && x.Words == "":
			return chat.Say{}, chat.ErrHidden
		case err != nil:
			return chat.Say{}, err
		}
	}
	say := chat.Say{Notes: notes(o.Texts[0], l.Lang)}
	if s := o.Of.Source; s.Thread != "" && o.Of.Author.Name != "" {
		say.Speaker = o.Of.Author.Name
	}
	if len(o.Texts) == 1 {
		say.Quote = strings.Split(o.Texts[0].Words, "\n\n")
	} else {
		for _, t := range o.Texts {
			say.Lines = append(say.Lines, chat.P("translation.into", text.Args{"language": text.LanguageName(t.To, l.Lang), "words": t.Words}))
		}
	}
	say.Buttons = []chat.Press{{Command: "translate better", Given: given(o).With("to", o.Texts[0].To)}}
	return say, nil
}
