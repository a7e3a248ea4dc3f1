package chat

import (
	"context"
	"fmt"
	"strings"

	"guildhall/core/work"
)

// lateWork is the kind of what came too early.
const lateWork = "chat.late"

// lateWaits says whether something that came too early still waits in the event's room. What follows
// it there must not overtake it: an edit, a deletion or a ✅ would find nothing yet.
func (e *Engine) lateWaits(ctx context.Context, s *scene) (bool, error) {
	if s.community.ID == 0 || strings.HasPrefix(string(s.ev.ID), latePrefix) {
		return false, nil
	}
	return e.store.Queue.Waits(ctx, s.community.ID, placeLane(s.ev.Where), lateWork)
}

// early says whether an event happened in a thread that may be a record's though we do not know it
// yet: a card of this room has been sent, or will be, and that it stands has not been written down. A
// program that was killed in between learns of people's answers before it learns of its own card.
func (e *Engine) early(ctx context.Context, s *scene) (bool, error) {
	if s.ev.Where.Thread == "" && s.ev.Kind == Said {
		return false, nil
	}
	if waits, err := e.lateWaits(ctx, s); err != nil || waits {
		return waits, err
	}
	if s.ev.Where.Thread == "" || s.community.ID == 0 || !s.followed.IsZero() {
		return false, nil
	}
	unsettled, err := e.store.Cards.Unsettled(ctx, s.community.ID, s.ev.Where.Platform, s.ev.Where.Room, false)
	if err != nil {
		return false, fmt.Errorf("look for cards under way: %w", err)
	}
	if unsettled {
		return true, nil
	}
	// The card may have been written down since its thread was looked for.
	return false, e.follow(ctx, s)
}

// earlyReaction is the same for a reaction: to a message that waits itself, or to one of ours that is
// not known to stand there yet.
func (e *Engine) earlyReaction(ctx context.Context, s *scene) (bool, error) {
	t := s.ev.Target
	if strings.HasPrefix(string(s.ev.ID), latePrefix) {
		return false, nil
	}
	if waits, err := e.lateWaits(ctx, s); err != nil || waits {
		return waits, err
	}
	if t.From.Account != "" && !t.From.Bot {
		return false, nil
	}
	unsettled, err := e.store.Cards.Unsettled(ctx, s.community.ID, t.Where.Platform, t.Where.Room, true)
	if err != nil || !unsettled {
		return false, err
	}
	_, _, known, err := e.store.Cards.Subject(ctx, t.Where.Platform, t.Where.Room, t.Message)
	return !known, err
}

// latePrefix is put before the id of an event that came early, when its time has come.
const latePrefix = "late/"

// later puts an event that came too early behind the cards of its room.
func (e *Engine) later(ctx context.Context, s *scene, o *outcome) error {
	o.word = "early"
	ev := s.ev
	ev.Via = ""
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		fresh, err := e.store.Inbox.Take(ctx, Taken{Platform: ev.Where.Platform, Event: ev.ID, Community: s.community.ID, At: e.now()})
		if err != nil || !fresh {
			return err
		}
		return e.store.Queue.Add(ctx, work.New(lateWork, placeLane(ev.Where), workKey(ev, "late"), ev).In(s.community.ID))
	})
}

// hearLate does lateWork: what was said in no record's thread, as is known now, has nothing to do
// with us.
func (e *Engine) hearLate(ctx context.Context, it work.Item) (func(context.Context) error, error) {
	var ev Event
	if err := it.Read(&ev); err != nil {
		return nil, err
	}
	ev.ID = latePrefix + ev.ID
	s, err := e.scene(ctx, ev)
	if err != nil {
		return nil, err
	}
	o := &outcome{}
	if ev.Kind == Reacted {
		_, err := e.reacted(ctx, s, o)
		return nil, err
	}
	if ev.Kind != Said {
		return nil, e.hear(ctx, s, o, changes)
	}
	if err := e.follow(ctx, s); err != nil || s.followed.IsZero() && !e.listens(s) {
		return nil, err
	}
	return nil, e.hear(ctx, s, o, hearsIn(s))
}
