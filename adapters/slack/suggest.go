package slack

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// suggestTime is how long the options of a menu may take: people type on meanwhile.
const suggestTime = 2 * time.Second

var recordLike = regexp.MustCompile(`^[A-Za-z]?\d{1,9}$`)

// languages are offered by name; any other is understood when it is typed.
var languages = strings.Fields("en it de fr es pl pt el nl ro cs sk sl hr sr bs mk sq bg hu fi sv da nb et lv lt ga mt tr uk ru be is ca eu gl lb ar he fa ur hi bn zh ja ko vi")

// countries likewise.
var countries = strings.Fields("IT PL IE DE ES FR AT BE BG CH CY CZ DK EE FI GB GR HR HU IS LI LT LU LV MT NL NO PT RO SE SI SK " +
	"AL BA GE MD ME MK RS TR UA XK AM AZ BY US CA BR MX AR CL CO ZA EG MA TN IL JO LB IN PK CN JP KR AU NZ")

// suggest answers a menu that asks for its options.
func (d *delivery) suggest(ctx context.Context, t *team, in interaction) {
	rest, ok := strings.CutPrefix(in.ActionID, askID)
	parts := strings.Split(rest, "|")
	if !ok || len(parts) != 3 {
		d.end(ctx, obj{"options": []any{}}, nil)
		return
	}
	ctx2, cancel := context.WithTimeout(ctx, suggestTime)
	defer cancel()
	options := t.options(ctx2, in, parts[0], parts[1], chat.Kind(parts[2]))
	list := make([]any, 0, len(options))
	for _, o := range options[:min(len(options), maxOptions)] {
		if o.Value != "" && units(o.Value) <= maxValue {
			list = append(list, option(o))
		}
	}
	d.end(ctx, obj{"options": list}, nil)
}

func (t *team) options(ctx context.Context, in interaction, command, arg string, kind chat.Kind) []chat.Option {
	typed := strings.TrimSpace(in.Value)
	who := t.author(ctx, in.User.ID, orElse(in.User.Username, in.User.Name))
	switch kind {
	case chat.Language, chat.Languages:
		return languagesLike(typed, t.p.words.in(who.Locale).lang)
	case chat.Country:
		return countriesLike(typed, t.p.words.in(who.Locale).lang)
	}
	ev := chat.Event{Kind: chat.Invoked, At: t.p.opts.Now(), Where: chat.Address{Platform: ID, Space: chat.SpaceID(t.id)}, From: who}
	if in.View != nil {
		if st := decodeState(in.View.Private); st.Room != "" {
			ev.Where.Room, ev.Where.Thread = roomID(t.id, st.Room), chat.ThreadID(st.Thread)
		}
	}
	t.p.mu.Lock()
	h := t.p.handler
	t.p.mu.Unlock()
	if h == nil {
		return nil
	}
	out, err := h.Complete(ctx, ev, command, arg, typed)
	if err != nil {
		t.p.log.Warn("a menu's options could not be found", "command", command, "error", err)
	}
	// An id that is typed in full can be chosen even when nothing was found by it.
	if (kind == chat.Record || kind == chat.Records) && recordLike.MatchString(typed) {
		id := strings.ToUpper(typed)
		if !slices.ContainsFunc(out, func(o chat.Option) bool { return o.Value == id }) {
			out = append([]chat.Option{{Value: id, Label: id}}, out...)
		}
	}
	return out
}

func languagesLike(typed, lang string) []chat.Option {
	var all []chat.Option
	for _, code := range languages {
		all = append(all, chat.Option{Value: code, Label: orElse(text.LanguageName(code, lang), code)})
	}
	if code, ok := text.Language(typed); ok {
		all = append([]chat.Option{{Value: code, Label: orElse(text.LanguageName(code, lang), code)}}, all...)
	}
	return like(all, typed)
}

func countriesLike(typed, lang string) []chat.Option {
	var all []chat.Option
	for _, code := range countries {
		all = append(all, chat.Option{Value: code, Label: orElse(text.CountryName(code, lang), code)})
	}
	if code, ok := text.Country(typed); ok {
		all = append([]chat.Option{{Value: code, Label: orElse(text.CountryName(code, lang), code)}}, all...)
	}
	return like(all, typed)
}

// like are the options that fit what was typed: the one that was said outright, those that begin with it,
// those that hold it.
func like(all []chat.Option, typed string) []chat.Option {
	f := text.Fold(typed)
	rank := func(o chat.Option) int {
		label := text.Fold(o.Label)
		switch {
		case text.Fold(o.Value) == f || label == f:
			return 0
		case strings.HasPrefix(label, f):
			return 1
		case strings.Contains(label, f):
			return 2
		}
		return 3
	}
	var out []chat.Option
	seen := map[string]bool{}
	for want := range 3 {
		for i, o := range all {
			if rank(o) == want && !seen[o.Value] || want == 0 && i == 0 && f != "" && len(all) > len(languages) && !seen[o.Value] {
				seen[o.Value] = true
				out = append(out, o)
			}
		}
	}
	return out
}
