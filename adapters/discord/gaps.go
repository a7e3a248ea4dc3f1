package discord

import (
	"context"
	"errors"
	"time"

	"guildhall/core/chat"
)

// gapMargin is how much earlier than the last handled event the missing ones are looked for.
const gapMargin = 2 * time.Second

// gapMost is how many messages of one channel are made up for.
const gapMost = 1000

// fillGaps reads what was written in the followed rooms and threads since a moment: a session that
// could not be gone on with lost its events. What was handled already is recognised by its id.
func (s *shard) fillGaps(ctx context.Context, since time.Time) {
	s.lanes.add(ctx, "gaps", func(ctx context.Context) {
		for pause := time.Second; ; pause = min(2*pause, time.Minute) {
			places, err := s.p.opt.Store.Followed(ctx, s.p.id)
			if err == nil {
				s.fill(ctx, places, since)
				return
			}
			s.p.log.Warn("what was missed on Discord could not be looked for", "error", err)
			if !sleep(ctx, pause) {
				return
			}
		}
	})
}

// mineIs says whether a guild belongs to this shard. Source: "Sharding" of Discord's reference.
func (s *shard) mineIs(g id) bool {
	return s.of <= 1 || int(g.number()>>22%uint64(s.of)) == s.number
}

func (s *shard) fill(ctx context.Context, places []chat.Address, since time.Time) {
	found := 0
	for _, at := range places {
		if !s.mineIs(id(at.Space)) || ctx.Err() != nil {
			continue
		}
		n, err := s.fillOne(ctx, at, since)
		found += n
		if err != nil && !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused) {
			s.p.log.Warn("what was missed in a channel of Discord could not be read", "channel", string(target(at)), "error", err)
		}
	}
	s.askAgain(ctx, since)
	s.p.log.Info("looked for what was missed on Discord", "shard", s.number, "since", since, "places", len(places), "messages", found)
}

func (s *shard) fillOne(ctx context.Context, at chat.Address, since time.Time) (int, error) {
	c := target(at)
	if ch, err := s.p.channel(ctx, c); err != nil || ch.isForum() {
		return 0, err
	}
	var list []message
	for {
		var err error
		list, err = s.p.history(ctx, c, idAt(since.Add(-gapMargin)), gapMost)
		var wait *chat.RetryAfter
		if errors.As(err, &wait) {
			if !sleep(ctx, wait.After) {
				return 0, err
			}
			continue
		}
		if err != nil {
			return 0, err
		}
		break
	}
	give := func(m message, read func(context.Context, message) (chat.Event, bool, error)) {
		m.Guild, m.Channel = id(at.Space), c
		job := s.withEvent(m, read)
		s.lanes.add(ctx, string(c), func(ctx context.Context) { job(ctx) })
	}
	changed, err := s.editedSince(ctx, c, since.Add(-gapMargin))
	for _, m := range changed {
		give(m, s.p.edited)
	}
	for _, m := range list {
		give(m, s.p.said)
	}
	return len(list) + len(changed), err
}

// heldTime is how long after it was written a message is asked for again, and heldMost how many are.
const (
	heldTime = 30 * 24 * time.Hour
	heldMost = 1000
)

// askAgain asks for the messages of which something is kept: what was deleted or changed meanwhile has
// to go or change here, too.
func (s *shard) askAgain(ctx context.Context, since time.Time) {
	held, err := s.p.opt.Store.Held(ctx, s.p.id, s.p.opt.Now().Add(-heldTime), heldMost)
	if err != nil {
		s.p.log.Warn("what is kept of Discord could not be listed", "error", err)
		return
	}
	for _, t := range held {
		c := target(t.Where)
		if ctx.Err() != nil || !s.mineIs(id(t.Where.Space)) {
			continue
		}
		m, err := s.p.askMessage(ctx, c, id(t.Message))
		var wait *chat.RetryAfter
		for errors.As(err, &wait) && sleep(ctx, wait.After) {
			m, err = s.p.askMessage(ctx, c, id(t.Message))
		}
		switch {
		case coded(err, codeUnknownMessage):
			gone := []id{id(t.Message)}
			s.lanes.add(ctx, string(c), func(ctx context.Context) { s.deleted(ctx, id(t.Where.Space), c, gone) })
		case err == nil && m.Edited != "":
			if at, perr := time.Parse(time.RFC3339, m.Edited); perr != nil || at.Before(since.Add(-gapMargin)) {
				continue
			}
			m.Guild, m.Channel = id(t.Where.Space), c
			job := s.withEvent(m, s.p.edited)
			s.lanes.add(ctx, string(c), func(ctx context.Context) { job(ctx) })
		}
	}
}

// editedSince are the older ones among a channel's last messages that were edited since a moment.
func (s *shard) editedSince(ctx context.Context, c id, since time.Time) ([]message, error) {
	var last, out []message
	err := s.p.rest.do(ctx, ask{method: "GET", path: path("channels", string(c), "messages"), route: "/channels/*/messages", major: string(c),
		query: map[string][]string{"limit": {"100"}}, again: true}, &last)
	for _, m := range last {
		at, perr := time.Parse(time.RFC3339, m.Edited)
		if perr == nil && at.After(since) && m.ID.at().Before(since) {
			out = append(out, m)
		}
	}
	return out, err
}
