package translation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
	"guildhall/core/translation"
)

// page is how many terms are listed at once.
const page = 15

// betterCommand is the button "Better wording?".
func (b *bot) betterCommand() chat.Command {
	return chat.Command{Path: "translate better", Text: "translation.better", Role: community.RoleMember, Hidden: true, Run: b.better,
		Args: []chat.Arg{
			{Name: "term", Kind: chat.Line, Required: true, Max: translation.MaxTerm},
			{Name: "better", Kind: chat.Line, Required: true, Max: translation.MaxTerm},
			{Name: "to", Kind: chat.Language, Required: true, NoForm: true},
			{Name: "no", Kind: chat.Number, Button: true},
		}}
}

func (b *bot) better(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	o, err := b.mine(ctx, c)
	if err != nil {
		return chat.Reply{}, err
	}
	w := translation.Wish{Community: c.Community.ID, To: c.Text("to"), Source: c.Text("term"), Target: c.Text("better"), By: c.Member.No}
	if t, ok := o.Into(w.To); ok {
		w.From = t.From
	}
	if err := b.Desk.Suggest(ctx, &w); err != nil {
		return chat.Reply{}, err
	}
	return chat.OnlyYouSay("translation.better.done", text.Args{"term": w.Source, "better": w.Target}), nil
}

func (b *bot) listCommand() chat.Command {
	return chat.Command{Path: "glossary list", Text: "translation.list", Role: community.RoleMember, Reads: true, Run: b.list,
		Args: []chat.Arg{
			{Name: "words", Kind: chat.Line},
			{Name: "from", Kind: chat.Number, Typed: true, Button: true},
		}}
}

// list shows the glossary, and to moderators what members think should be in it.
func (b *bot) list(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	all, _, err := b.Desk.Glossary.Terms(ctx, c.Community.ID)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read the glossary: %w", err)
	}
	var list []translation.Term
	for _, t := range all {
		if f := strings.ToLower(c.Text("words")); strings.Contains(t.Fold(), f) || strings.Contains(strings.ToLower(t.Target), f) {
			list = append(list, t)
		}
	}
	moderates := c.Member.Role >= community.RoleModerator
	from := int(min(max(c.Int("from"), 0), int64(len(list))))
	r := chat.OnlyYouSay("translation.list.terms", text.Args{"n": len(list)})
	switch {
	case len(all) == 0:
		r = chat.OnlyYouSay("translation.list.empty", nil)
	case len(list) == 0:
		r = chat.OnlyYouSay("translation.list.none", nil)
	}
	r.Replace = c.Has("from")
	for _, t := range list[from:min(len(list), from+page)] {
		item := chat.Item{Text: line(t.Source, t.Target), Detail: between(t.From, t.To, c.Lang)}
		if moderates {
			item.Buttons = []chat.Press{{Command: "glossary remove", Given: chat.Given{"term": "#" + strconv.FormatInt(t.No, 10)}, Args: text.Args{"id": t.Source}}}
		}
		r.List = append(r.List, item)
	}
	if from > 0 {
		r = r.Press(chat.Press{Command: "glossary list", Given: c.With("from", strconv.Itoa(max(0, from-page))), Label: "translation.previous"})
	}
	if len(list) > from+page {
		r = r.Press(chat.Press{Command: "glossary list", Given: c.With("from", strconv.Itoa(from+page)), Label: "translation.next"})
	}
	if !moderates {
		return r, nil
	}
	if from == 0 && !c.Has("words") {
		if r, err = b.wishes(ctx, c, r); err != nil {
			return r, err
		}
	}
	return r.Button("glossary add", nil), nil
}

// wishes adds what members think should be in the glossary.
func (b *bot) wishes(ctx context.Context, c *chat.Call, r chat.Reply) (chat.Reply, error) {
	list, err := b.Desk.Glossary.Wishes(ctx, c.Community.ID)
	if err != nil {
		return r, fmt.Errorf("read wishes: %w", err)
	}
	for _, w := range list[:min(len(list), 5)] {
		r.List = append(r.List, chat.Item{Text: Wished(w),
			Detail: between(w.From, w.To, c.Lang), Buttons: Decisions(w)})
	}
	return r, nil
}

// Wished is a wish in a line.
func Wished(w translation.Wish) chat.Phrase {
	return chat.P("translation.list.wish", text.Args{"term": w.Source, "better": w.Target})
}

// Decisions are the buttons with which a moderator decides about a wish.
func Decisions(w translation.Wish) []chat.Press {
	g := chat.Given{"no": strconv.FormatInt(w.No, 10)}
	return []chat.Press{{Command: "glossary accept", Given: g, Args: text.Args{"id": w.Source}}, {Command: "glossary decline", Given: g, Args: text.Args{"id": w.Source}}}
}

// line is a term and what it becomes.
func line(source, target string) chat.Phrase {
	if target == "" {
		return chat.P("translation.list.alone", text.Args{"term": source})
	}
	return chat.P("translation.list.term", text.Args{"term": source, "target": target})
}

// between says for which languages a term counts.
func between(from, to, lang string) chat.Phrase {
	name := func(l string) any {
		if l == "" {
			return text.Key("translation.any")
		}
		return text.LanguageName(l, lang)
	}
	if from == "" && to == "" {
		return chat.P("translation.everywhere", nil)
	}
	return chat.P("translation.between", text.Args{"from": name(from), "to": name(to)})
}

func (b *bot) addCommand() chat.Command {
	return chat.Command{Path: "glossary add", Text: "translation.add", Role: community.RoleModerator, Run: b.add,
		Args: []chat.Arg{
			{Name: "term", Kind: chat.Line, Required: true, Max: translation.MaxTerm},
			{Name: "as", Kind: chat.Line, Typed: true, Asked: true, Max: translation.MaxTerm},
			{Name: "from", Kind: chat.Language, Typed: true},
			{Name: "to", Kind: chat.Language, Typed: true, Asked: true},
		}}
}

func (b *bot) add(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	t := translation.Term{Community: c.Community.ID, From: c.Text("from"), To: c.Text("to"), Source: c.Text("term"), Target: c.Text("as"), By: c.Member.No}
	return b.added(ctx, c, &t)
}

func (b *bot) added(ctx context.Context, c *chat.Call, t *translation.Term) (chat.Reply, error) {
	if err := b.Desk.AddTerm(ctx, t); err != nil {
		return chat.Reply{}, err
	}
	if err := b.Audit.Note(ctx, c.Member, "glossary.added", "term "+t.Source); err != nil {
		return chat.Reply{}, fmt.Errorf("note who did it: %w", err)
	}
	key := "translation.add.done"
	if t.Alone() {
		key = "translation.add.alone"
	}
	r := chat.OnlyYouSay(key, text.Args{"term": t.Source, "target": t.Target})
	if t.From != "" || t.To != "" {
		p := between(t.From, t.To, c.Lang)
		r = r.Note(p.Key, p.Args)
	}
	return r.Button("glossary list", nil), nil
}

func (b *bot) removeCommand() chat.Command {
	return chat.Command{Path: "glossary remove", Text: "translation.remove", Role: community.RoleModerator, Run: b.remove,
		Args: []chat.Arg{{Name: "term", Kind: chat.Line, Required: true, Max: translation.MaxTerm + 20}}}
}

// remove takes terms off: the one with a number, or all that are called so.
func (b *bot) remove(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	gone, err := b.Desk.RemoveTerms(ctx, c.Community.ID, c.Text("term"))
	if err != nil {
		return chat.Reply{}, err
	}
	for _, t := range gone {
		if err := b.Audit.Note(ctx, c.Member, "glossary.removed", "term "+t.Source); err != nil {
			return chat.Reply{}, fmt.Errorf("note who did it: %w", err)
		}
	}
	return chat.OnlyYouSay("translation.remove.done", text.Args{"term": gone[0].Source}).Button("glossary list", nil), nil
}

func (b *bot) acceptCommand() chat.Command {
	return chat.Command{Path: "glossary accept", Text: "translation.accept", Role: community.RoleModerator, Hidden: true, Args: []chat.Arg{number()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			w, err := b.Desk.TakeWish(ctx, c.Community.ID, c.Int("no"))
			if err != nil {
				return chat.Reply{}, err
			}
			return b.added(ctx, c, &translation.Term{Community: w.Community, From: w.From, To: w.To, Source: w.Source, Target: w.Target, By: c.Member.No})
		}}
}

func (b *bot) declineCommand() chat.Command {
	return chat.Command{Path: "glossary decline", Text: "translation.decline", Role: community.RoleModerator, Hidden: true, Args: []chat.Arg{number()},
		Run: func(ctx context.Context, c *chat.Call) (chat.Reply, error) {
			w, err := b.Desk.TakeWish(ctx, c.Community.ID, c.Int("no"))
			if err != nil {
				return chat.Reply{}, err
			}
			return chat.OnlyYouSay("translation.decline.done", text.Args{"term": w.Source}), nil
		}}
}
