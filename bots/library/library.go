// Package library is what people can do with every record, whichever section it is of: find it, see
// it with its trail, change its description, take it back.
package library

import (
	"context"
	"embed"
	"fmt"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// Finder ranks records of all sections in one list.
type Finder interface {
	Find(ctx context.Context, community int64, words, lang string, f search.Filter, offset, n int) (search.Page, error)
}

// Views gives how records of a letter are seen.
type Views func(letter byte) (chat.View, bool)

type bot struct {
	views  Views
	finder Finder
	trails record.Trails
	fields []string // all that edit takes, by name
	kinds  []string // that records can have, and whoever searches can choose
}

// New makes the bot. kinds are the views of all bots: what they can edit becomes the arguments of
// "edit", whose labels are the words library.edit.arg.<name>. views is asked when a command runs.
func New(views Views, finder Finder, trails record.Trails, kinds ...chat.View) chat.Bot {
	b := &bot{views: views, finder: finder, trails: trails}
	edit := b.editCommand(kinds)
	for _, a := range edit.Args[1:] {
		b.fields = append(b.fields, a.Name)
		if a.Name == "kind" {
			b.kinds = a.Choices
		}
	}
	return chat.Bot{Name: "library", Words: words, Commands: []chat.Command{b.findCommand(), b.showCommand(), edit, b.withdrawCommand()}}
}

func (b *bot) showCommand() chat.Command {
	return chat.Command{Path: "show", Text: "library.show", Role: community.RoleMember, Reads: true,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true}}, Run: b.show}
}

func (b *bot) show(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	view, ok := b.views(id.Letter)
	if !ok || view.Show == nil {
		return chat.Reply{}, chat.NoRecord(id)
	}
	r, err := view.Show(ctx, c, id)
	if err != nil {
		return r, err
	}
	from, to, err := b.trails.Trail(ctx, c.Community.ID, id)
	if err != nil {
		return r, fmt.Errorf("read the trail: %w", err)
	}
	for _, l := range from {
		r.Fields = b.step(ctx, c, r.Fields, "library.trail.from", l.From)
	}
	for _, l := range to {
		r.Fields = b.step(ctx, c, r.Fields, "library.trail.to", l.To)
	}
	return r, nil
}

// step adds one step of a trail, when the reader may see where it leads.
func (b *bot) step(ctx context.Context, c *chat.Call, fields []chat.Fact, label string, id record.ID) []chat.Fact {
	view, ok := b.views(id.Letter)
	if !ok || view.Brief == nil {
		return fields
	}
	brief, err := view.Brief(ctx, c.Community.ID, c.Member.No, id)
	if err != nil {
		return fields // gone or hidden: the trail ends there
	}
	return append(fields, chat.Fact{Label: label, Value: chat.P("library.trail.step", text.Args{"id": text.Record(id.String()), "title": brief.Title})})
}

func (b *bot) withdrawCommand() chat.Command {
	return chat.Command{Path: "withdraw", Text: "library.withdraw", Role: community.RoleMember, Run: b.withdraw,
		Args: []chat.Arg{{Name: "id", Kind: chat.Record, Required: true}, {Name: "reason", Kind: chat.Line, Required: true}}}
}

func (b *bot) withdraw(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	id := c.Record("id")
	view, ok := b.views(id.Letter)
	if !ok || view.Withdraw == nil {
		return chat.Reply{}, chat.NoRecord(id)
	}
	return view.Withdraw(ctx, c, id, c.Text("reason"))
}
