package chat

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/text"
)

// maxOptions is how many values Complete offers.
const maxOptions = 25

// Complete implements Handler.
func (e *Engine) Complete(ctx context.Context, ev Event, command, arg, partial string) ([]Option, error) {
	cmd := e.table.byPath[command]
	if cmd == nil {
		return nil, nil
	}
	s, err := e.scene(ctx, ev)
	if err != nil {
		return nil, err
	}
	c := e.call(s)
	for _, a := range cmd.Args {
		if a.Name != arg {
			continue
		}
		if a.Kind == Record || a.Kind == Records {
			return e.completeRecord(ctx, c, a, partial)
		}
		if a.Kind == Member {
			return e.completeMember(ctx, c, partial)
		}
		return matching(e.input(ctx, c, cmd, a, nil).Options, partial), nil
	}
	return nil, nil
}

func (e *Engine) completeRecord(ctx context.Context, c *Call, a Arg, partial string) ([]Option, error) {
	if e.search == nil || c.Community.ID == 0 {
		return nil, nil
	}
	ids, err := e.search.Suggest(ctx, c.Community.ID, partial, a.Letters, maxOptions)
	if err != nil {
		return nil, fmt.Errorf("suggest records: %w", err)
	}
	var out []Option
	for _, id := range ids {
		view := e.views[id.Letter]
		if view.Brief == nil {
			continue
		}
		b, err := view.Brief(ctx, c.Community.ID, c.Member.No, id)
		if err != nil {
			continue // withdrawn or hidden since
		}
		out = append(out, Option{Value: id.String(), Label: text.Clean(id.String()+" · "+b.Title, 90)})
	}
	return out, nil
}

func (e *Engine) completeMember(ctx context.Context, c *Call, partial string) ([]Option, error) {
	if c.Community.ID == 0 {
		return nil, nil
	}
	found, err := e.store.Directory.Find(ctx, c.Community.ID, partial, maxOptions)
	if err != nil {
		return nil, fmt.Errorf("find members: %w", err)
	}
	var out []Option
	for _, m := range found {
		out = append(out, Option{Value: "#" + strconv.FormatInt(m.No, 10), Label: text.Clean(m.Name, 60), About: text.Clean(m.Organisation.Name, 60)})
	}
	return out, nil
}

// matching are the options whose label or value has what was typed, those that begin with it first.
func matching(all []Option, partial string) []Option {
	p := text.Fold(partial)
	var first, then []Option
	for _, o := range all {
		label, value := text.Fold(o.Label), text.Fold(o.Value)
		switch {
		case strings.HasPrefix(label, p), strings.HasPrefix(value, p):
			first = append(first, o)
		case strings.Contains(label, p):
			then = append(then, o)
		}
	}
	out := append(first, then...)
	return out[:min(len(out), maxOptions)]
}

// Home implements Handler: it is what "help" shows, then what waits for the reader and
// what they have of each kind.
func (e *Engine) Home(ctx context.Context, ev Event) (Message, error) {
	s, err := e.scene(ctx, ev)
	if err != nil {
		return Message{}, err
	}
	cmd := e.table.byPath["help"]
	if cmd == nil {
		return Message{}, nil
	}
	c := e.call(s)
	c.values = map[string]value{}
	r, err := e.run(ctx, cmd, c)
	if err != nil {
		return Message{}, err
	}
	v := e.voiceFor(c.Member, c.Community, ev.From.Locale, s.info)
	m, err := e.compose(ctx, v, r.Say, ev.Where.Platform, c.Member.No)
	if err != nil {
		return Message{}, err
	}
	waits := Message{Lang: m.Lang, Title: v.phrase(P("chat.waits", nil)), List: m.List, Accounts: m.Accounts}
	m.List = nil
	m = Fit(m, s.info.Limits)[0]
	if len(waits.List) > 0 {
		m.Parts = append(m.Parts, Fit(waits, s.info.Limits)[0])
	}
	own, err := e.own(ctx, c, v)
	m.Parts = append(m.Parts, own...)
	return m, err
}
