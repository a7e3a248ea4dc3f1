package discord

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"time"

	"guildhall/core/chat"
)

// event takes one event of the gateway: what it says of the world is noted at once, what people did
// is queued in the lane of its channel or person. again says whether it may have come before.
func (s *shard) event(ctx context.Context, n int64, kind string, d json.RawMessage, again repeat) {
	marks := s.marks()
	marks.begin(n)
	queued := false
	defer func() {
		if !queued {
			marks.end(n)
		}
	}()
	var lane string
	var job func(context.Context) bool
	s.p.guarded("read "+kind, func() { lane, job = s.read(ctx, n, kind, d, again) })
	if job == nil {
		return
	}
	queued = true
	s.lanes.add(ctx, lane, func(ctx context.Context) {
		done := true // one bad event must not come again and again
		s.p.guarded("handle "+kind, func() { done = ctx.Err() == nil && job(ctx) })
		if done {
			marks.end(n)
		}
	})
}

// guarded runs f; a panic ends f alone.
func (p *Platform) guarded(what string, f func()) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("a panic in the Discord adapter", "doing", what, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		}
	}()
	f()
}

// read is what an event means: nothing, or a job in a lane. A job says whether it was done; one that
// was not is given again after a restart.
func (s *shard) read(ctx context.Context, n int64, kind string, d json.RawMessage, again repeat) (lane string, job func(context.Context) bool) {
	w := s.p.world
	switch kind {
	case "GUILD_CREATE":
		return s.guildCame(d)
	case "GUILD_UPDATE":
		var g guild
		if loose(d, &g) == nil && g.ID != "" {
			w.mu.Lock()
			w.land(g).live = true
			w.mu.Unlock()
		}
	case "GUILD_DELETE":
		var g guild
		if loose(d, &g) == nil && g.ID != "" {
			s.guildWent(g)
		}
	case "GUILD_ROLE_CREATE", "GUILD_ROLE_UPDATE":
		var r struct {
			Guild id   `json:"guild_id"`
			Role  role `json:"role"`
		}
		if loose(d, &r) == nil {
			w.putRole(r.Guild, r.Role)
		}
	case "GUILD_ROLE_DELETE":
		var r struct {
			Guild id `json:"guild_id"`
			Role  id `json:"role_id"`
		}
		if loose(d, &r) == nil {
			w.dropRole(r.Guild, r.Role)
		}
	case "CHANNEL_CREATE", "CHANNEL_UPDATE", "THREAD_CREATE", "THREAD_UPDATE":
		var c channel
		if loose(d, &c) == nil && c.ID != "" {
			w.putChannel(c, true)
		}
	case "THREAD_LIST_SYNC":
		var l struct {
			Guild   id        `json:"guild_id"`
			Threads []channel `json:"threads"`
		}
		if loose(d, &l) == nil {
			for _, c := range l.Threads {
				c.Guild = l.Guild
				w.putChannel(c, true)
			}
		}
	case "CHANNEL_DELETE", "THREAD_DELETE":
		return s.channelWent(kind, d)
	case "INTERACTION_CREATE":
		return s.interacted(ctx, d, again)
	default:
		return s.happened(n, kind, d)
	}
	return "", nil
}

// guildWent is an outage of a guild, or the end of our being there.
func (s *shard) guildWent(g guild) {
	s.mu.Lock()
	s.known[g.ID] = g.Unavailable // after an outage it comes again, and is no new one
	s.mu.Unlock()
	if !g.Unavailable {
		s.p.world.dropGuild(g.ID)
		s.p.log.Warn("Guildhall was removed from a Discord server", "guild", string(g.ID))
	}
}

// newcomer is how long ago we may have been added to a guild that is told of as new: a session that is
// gone on with does not say which guilds were there before.
const newcomer = time.Hour

// guildCame takes a guild. One that READY did not name is one that we have just been added to.
func (s *shard) guildCame(d json.RawMessage) (string, func(context.Context) bool) {
	var g guild
	if loose(d, &g) != nil || g.ID == "" || g.Unavailable {
		return "", nil
	}
	s.p.world.putGuild(g)
	s.mu.Lock()
	old := s.known[g.ID]
	s.known[g.ID] = true
	s.mu.Unlock()
	joined, err := time.Parse(time.RFC3339, g.Joined)
	if old || err == nil && time.Since(joined) > newcomer {
		return "", nil
	}
	if err != nil {
		joined = time.Now()
	}
	s.p.log.Info("Guildhall was added to a Discord server", "guild", string(g.ID))
	at := chat.Address{Platform: s.p.id, Space: chat.SpaceID(g.ID), Room: chat.RoomID(s.p.entrance(g))}
	if at.Room == "" {
		return "", nil
	}
	ev := chat.Event{ID: chat.EventID(fmt.Sprintf("g%s/%d", g.ID, joined.UnixMilli())), Kind: chat.Entered, Where: at, Named: g.Name}
	return string(at.Room), func(ctx context.Context) bool { return s.give(ctx, ev) }
}

// entrance is the channel where newcomers are greeted, else the first one.
func (p *Platform) entrance(g guild) id {
	if g.System != "" {
		return g.System
	}
	for _, c := range g.Channels {
		if c.Type == textChannel {
			return c.ID
		}
	}
	return ""
}

func (s *shard) channelWent(kind string, d json.RawMessage) (string, func(context.Context) bool) {
	var c channel
	if loose(d, &c) != nil || c.ID == "" {
		return "", nil
	}
	if was, ok := s.p.world.known(c.ID); ok {
		c = was
	}
	rooms := append(s.p.world.roomsIn(c.ID), c.ID)
	s.p.world.dropChannel(c.ID)
	if c.Guild == "" {
		return "", nil
	}
	at := chat.Address{Platform: s.p.id, Space: chat.SpaceID(c.Guild), Room: chat.RoomID(c.ID)}
	held := at
	if me, _ := s.p.world.self(); kind == "THREAD_DELETE" && !c.isRoom(me) {
		held.Room, held.Thread = chat.RoomID(c.Parent), chat.ThreadID(c.ID)
	}
	return string(c.ID), func(ctx context.Context) bool {
		done := s.heldWent(ctx, held)
		for _, room := range rooms {
			if held.Thread == "" {
				at.Room = chat.RoomID(room)
				done = done && s.give(ctx, chat.Event{ID: chat.EventID("x" + room), Kind: chat.Left, Where: at})
			}
		}
		return done
	}
}

// heldWent gives the deletion of what is kept of a channel or thread that was deleted: its messages went
// with it, and Discord does not tell of each.
func (s *shard) heldWent(ctx context.Context, at chat.Address) bool {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		held, err := s.p.opt.Store.HeldIn(ctx, at)
		if err == nil {
			for _, t := range held {
				ev := chat.Event{ID: chat.EventID("d" + t.Message), Kind: chat.Deleted, Where: t.Where, Message: t.Message}
				if !s.give(ctx, ev) {
					return false
				}
			}
			return true
		}
		if !sleep(ctx, pause) {
			return false
		}
	}
}

// give hands an event to the engine until it is durable; false when the program ends before that.
func (s *shard) give(ctx context.Context, ev chat.Event) bool {
	for pause := 100 * time.Millisecond; ; pause = min(2*pause, 10*time.Second) {
		a, err := s.p.engine().Handle(ctx, ev)
		if err == nil {
			if a.Form != nil {
				if err := s.p.formLater(ctx, ev, *a.Form); err != nil {
					s.p.log.Warn("a form did not get through on Discord", "room", string(ev.Where.Room), "error", err)
				}
			}
			return true
		}
		if !sleep(ctx, pause) {
			return false
		}
	}
}

func (p *Platform) engine() chat.Handler {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.handler
}
