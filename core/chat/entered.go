package chat

import (
	"context"
	"fmt"
)

// entered is our coming into a room. One that we had left, or that was archived, is open again: cards appear there
// as before.
func (e *Engine) entered(ctx context.Context, s *scene, o *outcome) error {
	if s.room.ID != "" && s.room.Archived {
		if err := e.reopen(ctx, s); err != nil {
			return err
		}
	}
	return e.hear(ctx, s, o, func(h Hearing) func(context.Context, *Call) (Reply, error) { return h.Entered })
}

func (e *Engine) reopen(ctx context.Context, s *scene) error {
	s.room.Archived = false
	return e.store.Atomically(ctx, func(ctx context.Context) error {
		room, ok, err := e.store.Directory.Room(ctx, s.ev.Where.Platform, s.ev.Where.Room)
		if err != nil {
			return fmt.Errorf("load room: %w", err)
		}
		if !ok || !room.Archived {
			return nil
		}
		room.Archived = false
		return e.store.Directory.AddRoom(ctx, room)
	})
}
