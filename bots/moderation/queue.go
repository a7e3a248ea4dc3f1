package moderation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// How much of each kind the queue shows: a few of all, or a page of one.
const (
	fewOfAll  = 3
	pageOfOne = 10
	mostDead  = 500
)

func (b *bot) queueCommand() chat.Command {
	return chat.Command{Path: "mod queue", Text: "moderation.queue", Role: community.RoleModerator, Personal: true, Reads: true, Run: b.queue,
		Args: []chat.Arg{
			{Name: "only", Kind: chat.Word, NoForm: true},
			{Name: "from", Kind: chat.Number, Typed: true, Button: true},
		}}
}

// sources are all kinds of things that wait.
func (b *bot) sources() []Source {
	all := []Source{{"guests", b.guests}, {"reports", b.reports}, {"organisations", b.organisations}}
	all = append(all, b.Parts.Sources...)
	if b.Failed != nil {
		all = append(all, Source{"failed", b.failed})
	}
	return all
}

func (b *bot) queue(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if only := strings.ToLower(c.Text("only")); only != "" {
		return b.oneKind(ctx, c, only)
	}
	var kinds []kind
	for _, s := range b.sources() {
		list, err := s.List(ctx, c.Community.ID)
		if err != nil {
			return chat.Reply{}, err
		}
		if len(list) > 0 {
			kinds = append(kinds, kind{s.Name, list})
		}
	}
	if len(kinds) == 0 {
		return chat.PersonalSay("moderation.queue.nothing", nil), nil
	}
	r := chat.PersonalSay("moderation.queue.waits", nil)
	for few := fewOfAll; few >= 0; few-- {
		r.List = nil
		for _, k := range kinds {
			r.List = append(r.List, k.head(few))
			r.List = append(r.List, items(k.list[:min(len(k.list), few)])...)
		}
		if fits(r.List, c.Platform.Limits) {
			break
		}
	}
	return r, nil
}

// kind is what waits of one kind.
type kind struct {
	name string
	list []Waiting
}

// head is the line above a kind's first few; where there are more, it leads to all.
func (k kind) head(few int) chat.Item {
	it := chat.Item{Text: chat.P("moderation.queue.of."+k.name, text.Args{"n": len(k.list)})}
	if len(k.list) > few || k.name == "failed" {
		it.Buttons = []chat.Press{{Command: "mod queue", Given: chat.Given{"only": k.name}, Label: "moderation.queue.all"}}
	}
	return it
}

// fits says whether a service shows a list whole, with all its buttons.
func fits(list []chat.Item, l chat.Limits) bool {
	buttons := 0
	for _, it := range list {
		buttons += len(it.Buttons)
	}
	return (l.Rows == 0 || len(list) <= l.Rows) && (l.Buttons == 0 || buttons <= l.Buttons)
}

// page is how many of a list's first items a service shows whole, at most most, with room for the
// buttons that turn pages.
func page(list []chat.Item, most int, l chat.Limits) int {
	const turning = 3
	if l.Buttons > 0 {
		l.Buttons = max(l.Buttons-turning, 1)
	}
	n := min(len(list), most)
	for n > 1 && !fits(list[:n], l) {
		n--
	}
	return n
}

func items(list []Waiting) []chat.Item {
	var out []chat.Item
	for _, w := range list {
		it := chat.Item{Text: w.Text, Detail: w.Detail, Buttons: w.Buttons}
		if it.Detail.Key == "" && !w.Since.IsZero() {
			it.Detail = chat.P("moderation.queue.since", text.Args{"when": text.Moment(w.Since)})
		}
		out = append(out, it)
	}
	return out
}

// oneKind is a page of one kind.
func (b *bot) oneKind(ctx context.Context, c *chat.Call, only string) (chat.Reply, error) {
	for _, s := range b.sources() {
		if s.Name != only {
			continue
		}
		list, err := s.List(ctx, c.Community.ID)
		if err != nil {
			return chat.Reply{}, err
		}
		from := int(min(max(c.Int("from"), 0), int64(len(list))))
		rows := items(list[from:])
		n := page(rows, pageOfOne, c.Platform.Limits)
		r := chat.PersonalSay("moderation.queue.of."+s.Name, text.Args{"n": len(list)})
		r.List, r.Numbered, r.From, r.Replace = rows[:n], true, from, c.Has("from")
		if s.Name == "failed" && len(list) > 0 {
			r = r.Press(chat.Press{Command: "mod replay", Given: chat.Given{"item": "all"}, Label: "moderation.replay.all"})
		}
		if from > 0 {
			r = r.Press(chat.Press{Command: "mod queue", Given: chat.Given{"only": only, "from": strconv.Itoa(max(0, from-max(n, 1)))}, Label: "moderation.previous"})
		}
		if from+n < len(list) {
			r = r.Press(chat.Press{Command: "mod queue", Given: chat.Given{"only": only, "from": strconv.Itoa(from + n)}, Label: "moderation.next"})
		}
		return r, nil
	}
	var known []text.Rich
	for _, s := range b.sources() {
		known = append(known, text.Code(s.Name))
	}
	return chat.Reply{}, text.RefuseArg("only", "moderation.queue.which", text.Args{"known": known})
}

func (b *bot) guests(ctx context.Context, of int64) ([]Waiting, error) {
	list, err := b.Lists.Guests(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("list guests: %w", err)
	}
	var out []Waiting
	for _, i := range list {
		given := chat.Given{"code": i.Code}
		out = append(out, Waiting{Text: chat.P("moderation.queue.guest", text.Args{"space": i.Guest.Name, "n": i.Guest.People}), Since: i.Asked,
			Buttons: []chat.Press{{Command: "setup admit", Given: given}, {Command: "setup decline", Given: given}}})
	}
	return out, nil
}

func (b *bot) organisations(ctx context.Context, of int64) ([]Waiting, error) {
	list, err := b.Lists.ListOrganisations(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("list organisations: %w", err)
	}
	var out []Waiting
	for _, o := range list {
		if o.Confirmed {
			continue
		}
		no := "#" + strconv.FormatInt(o.No, 10)
		out = append(out, Waiting{Text: chat.P("moderation.queue.organisation", text.Args{"number": no, "name": o.Name, "n": o.Members}),
			Buttons: []chat.Press{{Command: "mod org", Given: chat.Given{"do": "confirm", "organisation": no}, Label: "moderation.org.confirm"}}})
	}
	return out, nil
}

func (b *bot) reports(ctx context.Context, of int64) ([]Waiting, error) {
	list, err := b.Lists.OpenReports(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("list reports: %w", err)
	}
	var out []Waiting
	for _, x := range list {
		who, err := b.called(ctx, of, x.By)
		if err != nil {
			return nil, err
		}
		key := "moderation.queue.report_message"
		if x.Subject != "" {
			key = "moderation.queue.report_record"
		}
		w := Waiting{Text: chat.P(key, text.Args{"who": who, "id": text.Record(x.Subject), "writer": text.Person{Name: x.Writer}}), Since: x.At}
		if x.Reason != "" {
			w.Detail = chat.P("moderation.as_is", text.Args{"text": text.Clean(x.Reason, 200)})
		}
		if id, err := record.Parse(x.Subject); err == nil {
			w.Buttons = append(w.Buttons, chat.Press{Command: "show", Given: chat.ID(id)}, chat.Press{Command: "mod hide", Given: chat.ID(id)})
		}
		if x.Source.URL != "" {
			w.Buttons = append(w.Buttons, chat.Press{URL: x.Source.URL, Label: "moderation.queue.open"})
		}
		w.Buttons = append(w.Buttons, chat.Press{Command: "settle", Given: chat.Given{"number": strconv.FormatInt(x.No, 10)}})
		out = append(out, w)
	}
	return out, nil
}

func (b *bot) failed(ctx context.Context, of int64) ([]Waiting, error) {
	list, err := b.Failed.Dead(ctx, of, mostDead)
	if err != nil {
		return nil, fmt.Errorf("list what failed: %w", err)
	}
	var out []Waiting
	for _, d := range list {
		out = append(out, Waiting{Text: chat.P("moderation.queue.dead", text.Args{"what": b.task(d.Item), "when": text.Moment(d.Died)}), Since: d.Died,
			Detail:  chat.P("moderation.as_is", text.Args{"text": text.Clean(d.Cause, 200)}),
			Buttons: []chat.Press{{Command: "mod replay", Given: chat.Given{"item": strconv.FormatInt(d.ID, 10)}}}})
	}
	return out, nil
}

// task is a kind of work in words.
func (b *bot) task(it work.Item) any {
	if key := "moderation.kind." + strings.ReplaceAll(it.Kind, ".", "_"); b.words.Has(key) {
		return text.Key(key)
	}
	return it.Kind
}

// replayCommand puts what failed back into the queue.
func (b *bot) replayCommand() chat.Command {
	return chat.Command{Path: "mod replay", Text: "moderation.replay", Role: community.RoleModerator, Hidden: true, Personal: true, Run: b.replay,
		Args: []chat.Arg{{Name: "item", Kind: chat.Word, Required: true}}}
}

func (b *bot) replay(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	if b.Failed == nil {
		return chat.PersonalSay("moderation.queue.nothing", nil), nil
	}
	var ids []int64
	if c.Text("item") == "all" {
		list, err := b.Failed.Dead(ctx, c.Community.ID, mostDead)
		if err != nil {
			return chat.Reply{}, fmt.Errorf("list what failed: %w", err)
		}
		for _, d := range list {
			ids = append(ids, d.ID)
		}
	} else if id, err := strconv.ParseInt(c.Text("item"), 10, 64); err == nil {
		ids = []int64{id}
	}
	n, err := b.Failed.Replay(ctx, c.Community.ID, ids...)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("replay: %w", err)
	}
	if n == 0 {
		return chat.PersonalSay("moderation.replay.gone", nil), nil
	}
	if err := b.Office.Note(ctx, c.Member, "work.replayed", ""); err != nil {
		return chat.Reply{}, err
	}
	return chat.PersonalSay("moderation.replay.done", text.Args{"n": n}), nil
}
