package library

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/search"
	"guildhall/core/text"
)

// pageSize is how many records are shown at a time.
const pageSize = 5

func (b *bot) findCommand() chat.Command {
	args := []chat.Arg{
		{Name: "words", Kind: chat.Line, Required: true},
		{Name: "section", Kind: chat.Choice, Typed: true, Choices: sections()},
	}
	if len(b.kinds) > 0 {
		args = append(args, chat.Arg{Name: "kind", Kind: chat.Choice, Typed: true, Choices: b.kinds})
	}
	return chat.Command{Path: "find", Text: "library.find", Role: community.RoleMember, Reads: true, Global: true, Top: 3, Run: b.find,
		Args: append(args, chat.Arg{Name: "topic", Kind: chat.Topic, Typed: true}, chat.Arg{Name: "language", Kind: chat.Language, Typed: true},
			chat.Arg{Name: "from", Kind: chat.Number, Typed: true, Button: true})}
}

func sections() []string { return chat.Codes(community.Sections) }

func (b *bot) find(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	from := int(min(max(c.Int("from"), 0), 1000))
	page, err := b.finder.Find(ctx, c.Community.ID, c.Text("words"), c.Lang,
		search.Filter{Section: c.Text("section"), Kind: c.Text("kind"), Topic: c.Text("topic"), Language: c.Text("language")}, from, pageSize)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("find: %w", err)
	}
	if len(page.Hits) == 0 {
		return nothing(c), nil
	}
	r := chat.OnlyYouSay("library.find.found", text.Args{"words": c.Text("words"), "n": page.Total})
	r.Numbered, r.From, r.Replace = true, from, c.Has("from")
	for _, h := range page.Hits {
		item, ok, err := b.line(ctx, c, h)
		if err != nil {
			return r, err
		}
		if ok {
			r.List = append(r.List, item)
		}
	}
	if from > 0 {
		r = r.Press(chat.Press{Command: "find", Given: c.With("from", strconv.Itoa(max(from-pageSize, 0))), Label: "library.find.previous"})
	}
	if page.More {
		r = r.Press(chat.Press{Command: "find", Given: c.With("from", strconv.Itoa(from+pageSize)), Label: "library.find.next"})
	}
	return narrower(c, page, r), nil
}

// nothing is said when nothing was found; what was narrowed can be widened again.
func nothing(c *chat.Call) chat.Reply {
	r := chat.OnlyYouSay("library.find.nothing", text.Args{"words": c.Text("words")})
	for _, name := range []string{"section", "kind", "topic", "language"} {
		if c.Has(name) {
			return r.Press(chat.Press{Command: "find", Given: chat.Given{"words": c.Text("words")}, Label: "library.find.anywhere"})
		}
	}
	return r
}

// narrower offers one section, and the reader's own language where others are among what was found.
func narrower(c *chat.Call, page search.Page, r chat.Reply) chat.Reply {
	given := c.With("from", "")
	delete(given, "from")
	within, foreign, own := map[string]bool{}, false, false
	for _, h := range page.Hits {
		within[h.Section] = true
		foreign = foreign || h.Language != "" && h.Language != c.Lang
		own = own || h.Language == c.Lang
	}
	if foreign && own && !c.Has("language") {
		r = r.Press(chat.Press{Command: "find", Given: given.With("language", c.Lang), Label: "library.find.only",
			Args: text.Args{"language": text.LanguageName(c.Lang, c.Lang)}})
	}
	if c.Has("section") || len(within) < 2 {
		return r
	}
	menu := chat.Choose{Command: "find", Given: given, Arg: "section", Label: "library.find.within"}
	for _, s := range sections() {
		if within[s] {
			menu.Options = append(menu.Options, chat.Pick{Value: s, Label: chat.P("library.find.section."+s, nil)})
		}
	}
	r.Menus = append(r.Menus, menu)
	return r
}

// line is one hit, when the reader may see it.
func (b *bot) line(ctx context.Context, c *chat.Call, h search.Hit) (chat.Item, bool, error) {
	id := record.ID{Letter: h.Letter[0], No: h.Number}
	view, ok := b.views(id.Letter)
	if !ok || view.Brief == nil {
		return chat.Item{}, false, nil
	}
	brief, err := view.Brief(ctx, c.Community.ID, c.Member.No, id)
	var no *text.Refusal
	if errors.As(err, &no) {
		return chat.Item{}, false, nil
	}
	if err != nil {
		return chat.Item{}, false, fmt.Errorf("describe %s: %w", id, err)
	}
	return chat.Item{Text: chat.P("library.trail.step", text.Args{"id": text.Record(id.String()), "title": brief.Title}), Detail: detail(c, id, brief),
		Buttons: []chat.Press{chat.Show(id)}}, true, nil
}

// usual are the states that say nothing about a record that was found.
var usual = map[string]bool{"": true, "published": true, "open": true}

// detail is a record's state, where it says something, and its language, where it is not the reader's.
func detail(c *chat.Call, id record.ID, b chat.Brief) chat.Phrase {
	state, foreign := !usual[b.State], b.Language != "" && b.Language != c.Lang
	args := text.Args{"state": text.Key("state." + string(rune(id.Letter)) + "." + b.State), "language": text.LanguageName(b.Language, c.Lang)}
	switch {
	case state && foreign:
		return chat.P("library.find.both", args)
	case state:
		return chat.P("library.find.state", args)
	case foreign:
		return chat.P("library.find.in", args)
	}
	return chat.Phrase{}
}
