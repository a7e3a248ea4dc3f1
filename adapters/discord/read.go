package discord

import (
	"context"
	"errors"
	"slices"

	"guildhall/core/chat"
)

// maxThread is how many messages of a thread are read.
const maxThread = 200

// Message implements chat.Reader. A forum's post starts with its first message.
func (p *Platform) Message(ctx context.Context, at chat.Address, msg chat.MessageID) (chat.Target, error) {
	c, err := p.where(ctx, at, msg)
	if err != nil {
		return chat.Target{}, err
	}
	m, err := p.askMessage(ctx, c, id(msg))
	if coded(err, codeUnknownMessage) && at.Thread != "" && string(at.Thread) == string(msg) {
		// The message that a thread starts from stands in the channel itself.
		m, err = p.askMessage(ctx, id(at.Room), id(msg))
		at.Thread = ""
	}
	if err != nil {
		return chat.Target{}, err
	}
	return p.targetOf(at, m), nil
}

// Thread implements chat.Reader. Without a thread it is what hangs together by replies, and what is in
// the thread that starts from the message.
func (p *Platform) Thread(ctx context.Context, at chat.Address, msg chat.MessageID) ([]chat.Target, error) {
	if err := p.whoAmI(ctx); err != nil {
		return nil, err
	}
	if at.Thread == "" {
		m, err := p.Message(ctx, at, msg)
		if err != nil {
			return nil, err
		}
		if m.Starts == "" {
			return p.replies(ctx, at, id(msg))
		}
		at.Thread = m.Starts
	}
	list, err := p.history(ctx, id(at.Thread), "", maxThread)
	if err != nil {
		return nil, err
	}
	out := p.targets(at, list)
	if !slices.ContainsFunc(out, func(t chat.Target) bool { return string(t.Message) == string(at.Thread) }) {
		first, err := p.askMessage(ctx, id(at.Room), id(at.Thread))
		switch {
		case err == nil:
			out = append(p.targets(at.Parent(), []message{first}), out...)
		case !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused):
			return nil, err
		}
	}
	return out[:min(len(out), maxThread)], nil
}

// history is what a channel holds after a message, oldest first, at most n.
func (p *Platform) history(ctx context.Context, c id, after string, n int) ([]message, error) {
	if after == "" {
		after = "0"
	}
	var out []message
	for len(out) < n {
		var part []message
		err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c), "messages"), route: "/channels/*/messages", major: string(c),
			query: map[string][]string{"after": {after}, "limit": {"100"}}, again: true}, &part)
		if err != nil {
			return nil, err
		}
		slices.SortFunc(part, func(a, b message) int { return compareIDs(a.ID, b.ID) })
		for _, m := range part {
			if compareIDs(m.ID, id(after)) > 0 {
				out = append(out, m)
			}
		}
		if len(part) < 100 || string(part[len(part)-1].ID) == after {
			break
		}
		after = string(part[len(part)-1].ID)
	}
	return out[:min(len(out), n)], nil
}

// compareIDs orders ids as numbers.
func compareIDs(a, b id) int {
	switch {
	case len(a) != len(b):
		return len(a) - len(b)
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// targets are the messages that people wrote.
func (p *Platform) targets(at chat.Address, list []message) []chat.Target {
	var out []chat.Target
	for _, m := range list {
		if p.byPerson(m) {
			out = append(out, p.targetOf(at, m))
		}
	}
	return out
}

// replies are the messages around one that answer it, or that it answers, and so on.
func (p *Platform) replies(ctx context.Context, at chat.Address, msg id) ([]chat.Target, error) {
	var near []message
	c := target(at)
	err := p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c), "messages"), route: "/channels/*/messages", major: string(c),
		query: map[string][]string{"around": {string(msg)}, "limit": {"100"}}, again: true}, &near)
	if err != nil {
		return nil, err
	}
	together := map[id]bool{msg: true}
	for grown := true; grown; {
		grown = false
		for _, m := range near {
			if m.Ref == nil || m.Ref.Message == "" || together[m.ID] == together[m.Ref.Message] {
				continue
			}
			together[m.ID], together[m.Ref.Message], grown = true, true, true
		}
	}
	var out []message
	for _, m := range near {
		if together[m.ID] {
			out = append(out, m)
		}
	}
	slices.SortFunc(out, func(a, b message) int { return compareIDs(a.ID, b.ID) })
	return p.targets(at, out), nil
}
