package chat

import (
	"context"
	"fmt"

	"guildhall/core/community"
	"guildhall/core/record"
)

// scene is an event with what is known of its place and person.
type scene struct {
	ev        Event
	info      Info
	platform  Platform
	community community.Community
	space     community.Space
	room      community.Room
	member    community.Member // No 0: has not acted yet
	followed  record.ID
	several   []community.Community // a direct message of someone with several communities
	placed    bool                  // taken says whether the event had been taken before; else that is not known yet
	taken     bool
}

// scene looks up where an event happened and who caused it.
func (e *Engine) scene(ctx context.Context, ev Event) (*scene, error) {
	p := e.platforms[ev.Where.Platform]
	if p == nil {
		return nil, fmt.Errorf("an event of the unknown platform %q", ev.Where.Platform)
	}
	s := &scene{ev: ev, platform: p, info: p.Platform()}
	d := e.store.Directory
	var of int64
	if !ev.Direct && ev.Where.Space != "" {
		pl, ok, err := d.Place(ctx, ev.Where, ev.From.Account, ev.ID)
		if err != nil {
			return nil, fmt.Errorf("look up place: %w", err)
		}
		if ok {
			s.space, s.community, s.room, s.member = pl.Space, pl.Community, pl.Room, pl.Member
			s.placed, s.taken = true, pl.Taken
		}
		return s, nil
	}
	if ev.Direct && ev.From.Account != "" {
		own, err := d.Memberships(ctx, ev.Where.Platform, ev.From.Account)
		if err != nil {
			return nil, fmt.Errorf("look up memberships: %w", err)
		}
		switch len(own) {
		case 0:
		case 1:
			of = own[0].ID
		default:
			s.several = own
		}
		if of == 0 && len(own) == 0 && ev.Where.Space != "" {
			sp, ok, err := d.Space(ctx, ev.Where.Platform, ev.Where.Space)
			if err != nil {
				return nil, fmt.Errorf("look up space: %w", err)
			}
			if ok {
				of = sp.Community
			}
		}
	}
	return s, e.settleScene(ctx, s, of)
}

// settleScene fills in what depends on the community.
func (e *Engine) settleScene(ctx context.Context, s *scene, of int64) (err error) {
	if of == 0 {
		return nil
	}
	d := e.store.Directory
	if s.community, err = d.Community(ctx, of); err != nil {
		return fmt.Errorf("load community: %w", err)
	}
	if s.ev.From.Account != "" {
		if s.member, _, err = d.Known(ctx, of, s.ev.Where.Platform, s.ev.From.Account); err != nil {
			return fmt.Errorf("load member: %w", err)
		}
	}
	if s.ev.Direct {
		return nil
	}
	room, ok, err := d.Room(ctx, s.ev.Where.Platform, s.ev.Where.Room)
	if err != nil {
		return fmt.Errorf("load room: %w", err)
	}
	if ok && room.Community == of {
		s.room = room
	}
	return nil
}
