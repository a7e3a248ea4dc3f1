// Package translation is how people have something translated: a message or a record for themselves, or
// every message of a room for all in it; and the glossary that says which words are to be what. It is there
// only where a service that translates is configured.
package translation

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/translation"
	"guildhall/core/work"
)

//go:embed text
var words embed.FS

// Original is what a record, or a part of one, says.
type Original struct {
	Words    string
	Language string        // BCP 47 base tag; empty when not known
	Source   record.Source // the message that it was written in; the zero Source for none
	Author   int64
}

// Originals gives what a record says to a member, as it is now; a refusal when they may not read it or
// there is nothing to read. The zero Member is the community at large.
type Originals func(ctx context.Context, of int64, reader community.Member, s record.Subject) (Original, error)

// People knows who is who.
type People interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
	Known(ctx context.Context, of int64, p chat.PlatformID, account chat.AccountID) (m community.Member, known bool, err error)
	Moderators(ctx context.Context, of int64) ([]community.Member, error)
}

// Audit notes who did what to the community.
type Audit interface {
	Note(ctx context.Context, by community.Member, what, about string) error
}

// Parts are what the bot is made of.
type Parts struct {
	Desk      *translation.Desk
	People    People
	Queue     work.Queue
	Audit     Audit
	Originals Originals
	Log       *slog.Logger // nil: what goes wrong with the service is told to nobody
}

type bot struct{ Parts }

// kindOrder is the work that has something translated.
const kindOrder = "translation.order"

// New makes the bot.
func New(p Parts) chat.Bot {
	if p.Log == nil {
		p.Log = slog.New(slog.DiscardHandler)
	}
	b := &bot{p}
	return chat.Bot{
		Name: "translation", Words: words,
		Commands: []chat.Command{
			b.textCommand(), b.stopCommand(), b.startCommand(), b.recordCommand(), b.originalCommand(), b.shownCommand(), b.againCommand(),
			b.betterCommand(), b.listCommand(), b.addCommand(), b.removeCommand(), b.acceptCommand(), b.declineCommand(), b.roomCommand(),
		},
		Views: []chat.View{{Letter: record.Translation, Announce: chat.NowhereItself, Card: b.card}},
		Work:  []chat.Job{{Kind: kindOrder, Prepare: b.look, Run: b.done}},
		Heard: []chat.Hearing{{Within: func(r community.Room) bool { return len(r.Translated) > 0 }, Heard: b.overheard, Changed: b.changed}},
		Ticks: []chat.Tick{{Name: "translation.sweep", Cron: "29 3 * * *", Run: b.sweep}},
		Shows: b.shows,
	}
}

// Button is the button that translates a record, or a part of one, for whoever presses it.
func Button(s record.Subject) chat.Press {
	return chat.Press{Command: "translate record", Given: chat.Given{"of": s.String()}, Args: text.Args{"id": s.ID.String()}}
}

// shows are the translations of a record that stand in rooms.
func (b *bot) shows(ctx context.Context, of int64, id record.ID) (out []record.Subject, err error) {
	list, err := b.Desk.Orders.OrdersOf(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("look for translations: %w", err)
	}
	for _, o := range list {
		if o.Shown() {
			out = append(out, o.Subject())
		}
	}
	return out, nil
}

// sweep forgets what was kept long enough.
func (b *bot) sweep(ctx context.Context, of int64) (chat.Reply, error) {
	return chat.Nothing(), b.Desk.Sweep(ctx, of)
}

// original is what an order is about, as it is now.
func (b *bot) original(ctx context.Context, o *translation.Order, reader community.Member) (Original, error) {
	if o.Of.Subject.ID.IsZero() {
		return Original{Words: o.Words, Language: o.From, Source: o.Of.Source, Author: o.Of.Author.Member}, nil
	}
	if o.Shown() {
		reader = community.Member{} // all in the room see it
	}
	x, err := b.Originals(ctx, o.Community, reader, o.Of.Subject)
	if o.From != "" {
		x.Language = o.From
	}
	return x, err
}

// refusal says whether an error is a sentence for people.
func refusal(err error) bool {
	var no *text.Refusal
	return errors.As(err, &no)
}

// at is where an order is shown to all.
func at(o *translation.Order) chat.Address {
	s := o.At
	return chat.Address{Platform: chat.PlatformID(s.Platform), Space: chat.SpaceID(s.Space), Room: chat.RoomID(s.Room), Thread: chat.ThreadID(s.Thread)}
}

// names are languages as a reader of lang calls them.
func names(list []string, lang string) []string {
	out := make([]string, len(list))
	for i, l := range list {
		out[i] = text.LanguageName(l, lang)
	}
	slices.Sort(out)
	return out
}
