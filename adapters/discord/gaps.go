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
	for _, m := range list {
		m.Guild, m.Channel = id(at.Space), c
		job := s.withEvent(m, s.p.said)
		s.lanes.add(ctx, string(c), func(ctx context.Context) { job(ctx) })
	}
	return len(list), nil
}
