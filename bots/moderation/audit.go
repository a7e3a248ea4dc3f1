package moderation

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// auditPage is how much of the trail is shown at a time.
const auditPage = 15

func (b *bot) auditCommand() chat.Command {
	return chat.Command{Path: "mod audit", Text: "moderation.audit", Role: community.RoleModerator, Personal: true, Reads: true, Person: true, Run: b.audit,
		Args: []chat.Arg{
			{Name: "id", Kind: chat.Record, NoForm: true},
			{Name: "member", Kind: chat.Member, NoForm: true},
			{Name: "from", Kind: chat.Number, Typed: true, Button: true},
		}}
}

// step is one thing that somebody did.
type step struct {
	at     time.Time
	by     int64
	phrase func(ctx context.Context, who any) (chat.Phrase, error)
}

// audit lists who did what, newest first: to records and to the community. What people wrote is
// nowhere in it.
func (b *bot) audit(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	from := int(min(max(c.Int("from"), 0), 100_000))
	id, by, most := c.Record("id"), c.Int("member"), from+auditPage+1
	changes, err := b.Changes.Audit(ctx, c.Community.ID, id, by, most)
	if err != nil {
		return chat.Reply{}, fmt.Errorf("read the trail: %w", err)
	}
	var steps []step
	for i, x := range changes {
		// A part of a record and the record itself often change together: that is one thing to know,
		// of the record.
		if i > 0 && together(changes[i-1], x) {
			if x.Subject.Part == 0 {
				steps[len(steps)-1] = b.change(x)
			}
			continue
		}
		steps = append(steps, b.change(x))
	}
	if id.IsZero() {
		acts, err := b.Lists.ActsOf(ctx, c.Community.ID, by, most)
		if err != nil {
			return chat.Reply{}, fmt.Errorf("read the trail: %w", err)
		}
		for _, a := range acts {
			steps = append(steps, b.act(c.Community.ID, a))
		}
	}
	slices.SortStableFunc(steps, func(x, y step) int { return y.at.Compare(x.at) })
	if len(steps) <= from {
		return chat.PersonalSay("moderation.audit.nothing", nil), nil
	}
	r := chat.PersonalSay("moderation.audit.trail", nil)
	r.Replace = c.Has("from")
	for _, s := range steps[from:min(len(steps), from+auditPage)] {
		who, err := b.called(ctx, c.Community.ID, s.by)
		if err != nil {
			return r, err
		}
		line, err := s.phrase(ctx, who)
		if err != nil {
			return r, err
		}
		r.List = append(r.List, chat.Item{Text: line, Detail: chat.P("moderation.audit.when", text.Args{"when": text.Moment(s.at)})})
	}
	if from > 0 {
		r = r.Press(chat.Press{Command: "mod audit", Given: c.With("from", strconv.Itoa(max(0, from-auditPage))), Label: "moderation.newer"})
	}
	if len(steps) > from+auditPage {
		r = r.Press(chat.Press{Command: "mod audit", Given: c.With("from", strconv.Itoa(from+auditPage)), Label: "moderation.older"})
	}
	return r, nil
}

// together says whether two changes are of one record, by one member, at one moment, and the same.
func together(x, y record.Change) bool {
	return x.Subject.ID == y.Subject.ID && x.What == y.What && x.By == y.By && x.At.Equal(y.At)
}

// word is a verb in words, or as it is.
func (b *bot) word(prefix, what string) any {
	if key := prefix + what; b.words.Has(key) {
		return text.Key(key)
	}
	return strings.ReplaceAll(what, "_", " ")
}

func (b *bot) change(x record.Change) step {
	key := "moderation.audit.line"
	if x.Subject.Part != 0 {
		key = "moderation.audit.part"
	}
	return step{x.At, x.By, func(_ context.Context, who any) (chat.Phrase, error) {
		return chat.P(key, text.Args{"who": who, "what": b.word("moderation.audit.did.", x.What), "about": text.Record(x.Subject.ID.String())}), nil
	}}
}

// act is something done to the community in words.
func (b *bot) act(of int64, a community.Act) step {
	return step{a.At, a.By, func(ctx context.Context, who any) (chat.Phrase, error) {
		about, err := b.done(ctx, of, a)
		args := text.Args{"who": who, "what": a.What, "about": about}
		if key := "moderation.audit.act." + a.What; b.words.Has(key) {
			return chat.P(key, args), err
		}
		return chat.P("moderation.audit.line", args), err
	}}
}

// done is what an act was done to: looked up by its number, so that it is called what it is called now.
func (b *bot) done(ctx context.Context, of int64, a community.Act) (any, error) {
	kind, ref, _ := strings.Cut(a.About, " ")
	no, err := strconv.ParseInt(ref, 10, 64)
	if err != nil {
		return ref, nil //nolint:nilerr // a code, not a number
	}
	switch kind {
	case "member":
		return b.called(ctx, of, no)
	case "organisation":
		list, err := b.Lists.ListOrganisations(ctx, of)
		if err != nil {
			return nil, fmt.Errorf("list organisations: %w", err)
		}
		for _, o := range list {
			if o.No == no {
				return o.Name, nil
			}
		}
	}
	return "#" + ref, nil
}
