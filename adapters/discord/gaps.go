package discord

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"guildhall/core/chat"
)

// What was missed in a channel is read in portions of gapPortion messages, and at most gapMost: a gap may be
// long, and what is not read now nobody looks for again.
const (
	gapPortion = 1000
	gapMost    = 100_000
)

// fillGaps reads what was written in the followed rooms and threads since a moment: a session that
// could not be gone on with lost its events. What was handled already is recognised by its id. Until all
// of it was handled, a program that takes over begins here again.
func (s *shard) fillGaps(ctx context.Context, since time.Time) {
	s.mu.Lock()
	s.gap = earlier(s.gap, since)
	s.fills++
	s.mu.Unlock()
	s.lanes.add(ctx, "gaps", func(ctx context.Context) {
		f := &filling{s: s, since: since}
		if !f.run(ctx) {
			return // ctx has ended
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.fills--; s.fills == 0 {
			s.gap = time.Time{}
		}
	})
}

// mineIs says whether a guild belongs to this shard. Source: "Sharding" of Discord's reference.
func (s *shard) mineIs(g id) bool {
	return s.of <= 1 || int(g.number()>>22%uint64(s.of)) == s.number
}

// filling is one search for what was missed.
type filling struct {
	s     *shard
	since time.Time
	found int
	given sync.WaitGroup // what was found and is not handled yet
	left  atomic.Bool    // something of it was not handled
}

// run looks everywhere, again where that fails, and waits until what it found is handled; false when ctx
// ended before that.
func (f *filling) run(ctx context.Context) bool {
	places, asked := []chat.Address(nil), false
	for pause := f.s.p.opt.Pause; ; pause = min(2*pause, time.Minute) {
		var err error
		if places == nil {
			places, err = f.s.p.opt.Store.Followed(ctx, f.s.p.id)
		}
		if err == nil {
			places, err = f.look(ctx, places)
		}
		if err == nil && !asked {
			err = f.askAgain(ctx)
			asked = err == nil
		}
		if err == nil {
			break
		}
		f.s.p.log.Warn("what was missed on Discord could not be looked for everywhere", "shard", f.s.number, "left", len(places), "error", err)
		if !sleep(ctx, pause) {
			return false
		}
	}
	f.given.Wait()
	f.s.p.log.Info("looked for what was missed on Discord", "shard", f.s.number, "since", f.since, "messages", f.found)
	return ctx.Err() == nil && !f.left.Load()
}

// look looks in places, and returns those where it failed.
func (f *filling) look(ctx context.Context, places []chat.Address) ([]chat.Address, error) {
	failed := []chat.Address{}
	var why error
	for _, at := range places {
		if !f.s.mineIs(id(at.Space)) {
			continue
		}
		if ctx.Err() != nil {
			return failed, ctx.Err()
		}
		err := f.lookIn(ctx, at)
		if err != nil && !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused) {
			failed, why = append(failed, at), err
		}
	}
	return failed, why
}

func (f *filling) lookIn(ctx context.Context, at chat.Address) error {
	c := target(at)
	if ch, err := f.s.p.channel(ctx, c); err != nil || ch.isForum() {
		return err
	}
	from := f.since.Add(-f.s.p.opt.Overlap)
	var changed []message
	if err := patiently(ctx, func() (err error) { changed, err = f.s.editedSince(ctx, c, from); return err }); err != nil {
		return err
	}
	f.found += len(changed)
	for _, m := range changed {
		f.giveMessage(ctx, at, m, f.s.p.edited)
	}
	after := idBefore(from)
	for n := 0; n < gapMost; n += gapPortion {
		var list []message
		if err := patiently(ctx, func() (err error) { list, err = f.s.p.history(ctx, c, after, gapPortion); return err }); err != nil {
			return err
		}
		f.found += len(list)
		for _, m := range list {
			f.giveMessage(ctx, at, m, f.s.p.said)
			after = string(m.ID)
		}
		if len(list) < gapPortion {
			return nil
		}
	}
	f.s.p.log.Error("so much was missed in a channel on Discord that the rest is left out", "channel", string(c), "messages", gapMost)
	return nil
}

// patiently does something again as often as it meets a rate limit.
func patiently(ctx context.Context, do func() error) error {
	for {
		err := do()
		var wait *chat.RetryAfter
		if !errors.As(err, &wait) || !sleep(ctx, wait.After) {
			return err
		}
	}
}

func (f *filling) giveMessage(ctx context.Context, at chat.Address, m message, read func(context.Context, message) (chat.Event, bool, error)) {
	m.Guild, m.Channel = id(at.Space), target(at)
	f.give(ctx, m.Channel, f.s.withEvent(m, read))
}

// give puts a job into the lane of its channel.
func (f *filling) give(ctx context.Context, c id, job func(context.Context) bool) {
	f.given.Add(1)
	added := f.s.lanes.add(ctx, string(c), func(ctx context.Context) {
		defer f.given.Done()
		done := true
		f.s.p.guarded("make up for what was missed", func() { done = job(ctx) })
		if !done {
			f.left.Store(true)
		}
	})
	if !added {
		f.given.Done()
		f.left.Store(true)
	}
}

// heldTime is how long after it was written a message is asked for again, and heldMost how many are.
const (
	heldTime = 30 * 24 * time.Hour
	heldMost = 1000
)

// askAgain asks for the messages of which something is kept: what was deleted or changed meanwhile has
// to go or change here, too.
func (f *filling) askAgain(ctx context.Context) error {
	p := f.s.p
	held, err := p.opt.Store.Held(ctx, p.id, p.opt.Now().Add(-heldTime), heldMost)
	if err != nil {
		return fmt.Errorf("list what is kept: %w", err)
	}
	var why error
	for _, t := range held {
		c := target(t.Where)
		if !f.s.mineIs(id(t.Where.Space)) {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var m message
		err := patiently(ctx, func() (err error) { m, err = p.askMessage(ctx, c, id(t.Message)); return err })
		switch {
		case coded(err, codeUnknownMessage, codeUnknownChannel):
			gone := []id{id(t.Message)}
			f.give(ctx, c, func(ctx context.Context) bool { return f.s.deleted(ctx, id(t.Where.Space), c, gone) })
		case err == nil && m.Edited != "":
			if at, perr := time.Parse(time.RFC3339, m.Edited); perr == nil && !at.Before(f.since.Add(-f.s.p.opt.Overlap)) {
				f.giveMessage(ctx, t.Where, m, p.edited)
			}
		case err != nil && !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused):
			why = err
		}
	}
	return why
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
