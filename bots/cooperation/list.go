package cooperation

import (
	"context"
	"strconv"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/text"
)

// pageSize is how many practices one answer lists.
const pageSize = 8

// Which practices are listed.
const (
	whichUsable  = "accepted"
	whichReview  = "review"
	whichMine    = "mine"
	whichRetired = "retired"
)

func (b *bot) listCommand() chat.Command {
	return chat.Command{
		Path: "practice list", Text: "cooperation.list", Section: community.Cooperation, Role: community.RoleMember, Reads: true, Top: 6,
		Args: []chat.Arg{
			{Name: "which", Kind: chat.Choice, Choices: []string{whichUsable, whichReview, whichMine, whichRetired}},
			{Name: "topic", Kind: chat.Topic},
			{Name: "page", Kind: chat.Number, Typed: true, NoForm: true},
		},
		Run: b.list, Own: b.own(),
	}
}

func (b *bot) list(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	which := c.Text("which")
	if which == "" {
		which = whichUsable
	}
	page := int(min(max(c.Int("page"), 1), 10_000)) - 1
	f := cooperation.Filter{Topic: c.Text("topic"), N: pageSize + 1, Skip: page * pageSize}
	switch which {
	case whichReview:
		f.States = []cooperation.State{cooperation.InReview}
	case whichMine:
		f.Author = c.Member.No
	case whichRetired:
		f.States, f.Public = []cooperation.State{cooperation.Retired}, true
	default:
		f.States = []cooperation.State{cooperation.InReview, cooperation.Accepted, cooperation.Due, cooperation.Revised}
		f.Public = true
	}
	var ps []cooperation.Practice
	if which != whichMine || c.Member.No != 0 { // somebody who has not acted yet has none
		var err error
		if ps, err = b.Book.Practices(ctx, c.Community.ID, f); err != nil {
			return chat.Reply{}, err
		}
	}
	heading := "cooperation.list." + which
	r := chat.OnlyYouSay(heading, nil)
	if !f.Public {
		r.Visibility = chat.Personal
	}
	for i, p := range ps {
		if i == pageSize {
			break
		}
		may, err := b.Book.MayRead(ctx, &p, c.Member)
		if err != nil {
			return r, err
		}
		if may {
			r.List = append(r.List, b.item(&p))
		}
	}
	if len(r.List) == 0 {
		r.Lines = []chat.Phrase{chat.P(heading+"_none", nil)}
		if which == whichReview && !c.Member.Reviewer {
			return r.Button("practice reviewer", nil), nil
		}
		return r.Button("promote", nil), nil
	}
	to := func(n int, label string) {
		r = r.Press(chat.Press{Command: "practice list", Given: c.With("page", strconv.Itoa(n+1)), Label: label})
	}
	if page > 0 {
		to(page-1, "cooperation.list.previous")
	}
	if len(ps) > pageSize {
		to(page+1, "cooperation.list.next")
	}
	r.Replace = c.Event.Kind == chat.Pressed && c.Has("page")
	return r, nil
}

// item is one practice of a list.
func (b *bot) item(p *cooperation.Practice) chat.Item {
	detail := chat.P("cooperation.list.state", text.Args{"state": stateWord(p)})
	if p.Level != cooperation.Unproven && p.Applicable() {
		detail = chat.P("cooperation.list.detail", text.Args{"state": stateWord(p), "level": levelWord(p.Level)})
	}
	return chat.Item{Text: chat.P("cooperation.list.item", text.Args{"id": chat.Rec(p.ID), "title": text.Clean(p.Title, 120)}), Detail: detail,
		Buttons: []chat.Press{chat.Show(p.ID)}}
}

func stateWord(p *cooperation.Practice) text.Key   { return text.Key("state.P." + string(p.State)) }
func levelWord(l cooperation.Level) text.Key       { return text.Key("cooperation.level." + string(l)) }
func sectionWord(section string) text.Key          { return text.Key("cooperation.section." + section) }
func verdictWord(v cooperation.Verdict) text.Key   { return text.Key("cooperation.verdict." + string(v)) }
func useWord(s cooperation.AdoptionState) text.Key { return text.Key("choice.state." + string(s)) }
