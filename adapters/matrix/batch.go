package matrix

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"guildhall/core/chat"
)

// take hands over all that an answer of /sync says; the rooms beside each other, in order in each.
// It fails only when something could not be made durable or read, and may then be done again.
func (p *Platform) take(ctx context.Context, h chat.Handler, got *reply, since string, stored time.Time) error {
	p.takeAccountData(got)
	if p.cipher != nil {
		p.cipher.receive(ctx, got, since)
		// What was said before comes before what is said about it now.
		if err := p.readWaiting(ctx, h); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(got.Rooms.Invite)) {
		p.invited(ctx, id, got.Rooms.Invite[id])
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	slots := make(chan struct{}, 16)
	each := func(work func() error) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := work(); err != nil {
				mu.Lock()
				first = err
				mu.Unlock()
			}
		})
	}
	for _, id := range slices.Sorted(maps.Keys(got.Rooms.Join)) {
		each(func() error { return p.takeRoom(ctx, h, id, got.Rooms.Join[id], since, stored) })
	}
	wg.Wait()
	for _, id := range slices.Sorted(maps.Keys(got.Rooms.Leave)) {
		each(func() error { return p.takeLeft(ctx, h, id, got.Rooms.Leave[id], since) })
	}
	wg.Wait()
	return first
}

func (p *Platform) takeAccountData(got *reply) {
	for _, e := range readAll(got.AccountData.Events) {
		if e.Type != "m.direct" {
			continue
		}
		var direct map[string][]string
		if json.Unmarshal(e.Content, &direct) == nil && direct != nil {
			p.rooms.mu.Lock()
			p.rooms.direct = direct
			p.rooms.mu.Unlock()
		}
	}
}

// takeRoom is one room's part. What was said before we came, or before the first start, is passed over.
func (p *Platform) takeRoom(ctx context.Context, h chat.Handler, id string, got joinedRoom, since string, stored time.Time) error {
	known := p.rooms.look(id, func(*room) {})
	if !known {
		if err := p.load(ctx, id); err != nil {
			return err
		}
	}
	for _, e := range readAll(got.State.Events) {
		p.takeState(ctx, id, e)
	}
	list := readAll(got.Timeline.Events)
	if since == "" {
		for _, e := range list {
			p.takeState(ctx, id, e)
		}
		return nil
	}
	start, came := arrival(list, p.me)
	if !came && got.Timeline.Limited {
		missed, err := p.fill(ctx, id, got.Timeline.PrevBatch, since, stored)
		if err != nil {
			return err
		}
		list = append(missed, list...)
		start, came = arrival(list, p.me)
	}
	if !came && !known {
		start = 0
	}
	last := ""
	for i, e := range list {
		p.takeState(ctx, id, e)
		if i < start {
			continue
		}
		if err := p.takeEvent(ctx, h, id, e); err != nil {
			return err
		}
		if e.StateKey == nil && e.Sender != p.me && e.ID != "" {
			last = e.ID
		}
	}
	if last != "" {
		p.alive.read(id, last)
	}
	return nil
}

// inviteTime is how long before our coming something may have been said to us all the same.
const inviteTime = time.Minute

// arrival is where in a timeline our own coming begins: what is older is not for us. What was said
// between a fresh invitation and our coming was.
func arrival(list []entry, me string) (start int, came bool) {
	invited, at := -1, 0.0
	for i, e := range list {
		if e.Type != "m.room.member" || e.StateKey == nil || *e.StateKey != me {
			continue
		}
		switch membership := field(e, "membership"); {
		case membership == "invite":
			invited, at = i, e.Time
		case membership == "join" && before(e) != "join":
			start, came = i, true
			if invited >= 0 && e.Time-at < float64(inviteTime.Milliseconds()) {
				start = invited
			}
		}
	}
	return start, came
}

// before is the membership that a member event changed.
func before(e entry) string {
	var u struct {
		Prev struct {
			Membership string `json:"membership"`
		} `json:"prev_content"`
	}
	_ = json.Unmarshal(e.Unsigned, &u)
	return u.Prev.Membership
}

func (p *Platform) takeState(ctx context.Context, id string, e entry) {
	if e.StateKey == nil {
		return
	}
	if e.Type == "m.room.member" && p.cipher != nil {
		p.cipher.member(ctx, id, e)
	}
	p.rooms.with(id, func(r *room) { r.apply(e, p.me) })
	if e.Type == "m.room.member" && *e.StateKey != p.me && field(e, "membership") == "join" && before(e) != "join" {
		p.empower(ctx, id, *e.StateKey)
	}
	if e.isState("m.room.power_levels") && e.Sender != p.me {
		p.named(ctx, id)
	}
}

// takeEvent hands one event of a room over.
func (p *Platform) takeEvent(ctx context.Context, h chat.Handler, id string, e entry) error {
	if e.StateKey == nil && p.held(id, e) {
		return p.wait(ctx, id, e)
	}
	if e.Type == "m.room.encrypted" && e.StateKey == nil {
		plain, ok, err := p.decrypted(ctx, id, e)
		if err != nil || !ok {
			return err
		}
		e = plain
	}
	return p.tell(ctx, h, id, e)
}

// tell gives what a readable event means to the engine.
func (p *Platform) tell(ctx context.Context, h chat.Handler, id string, e entry) error {
	for _, ev := range p.understood(ctx, id, e) {
		if ev.Kind == chat.Said && ev.Addressed || ev.Kind == chat.Pressed {
			p.alive.typing(id)
		}
		if err := p.hand(ctx, h, ev); err != nil {
			return err
		}
	}
	return nil
}

// understood is events, whatever an event holds.
func (p *Platform) understood(ctx context.Context, id string, e entry) (out []chat.Event) {
	defer func() {
		if v := recover(); v != nil {
			p.log.Error("matrix: a panic while an event was read", "room", id, "event_id", e.ID, "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
			out = nil
		}
	}()
	return p.events(ctx, id, e)
}

// hand gives one event to the engine until it is durable.
func (p *Platform) hand(ctx context.Context, h chat.Handler, ev chat.Event) error {
	for failed := 1; ; failed++ {
		_, err := h.Handle(ctx, ev)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("hand over %s: %w", ev.ID, err)
		}
		pause(ctx, nil, failed)
	}
}

// takeLeft is a room that we are no more in.
func (p *Platform) takeLeft(ctx context.Context, h chat.Handler, id string, got joinedRoom, since string) error {
	known := p.rooms.look(id, func(*room) {})
	space := chat.SpaceID(p.rooms.spaceOf(id))
	var mine *entry
	for _, e := range append(readAll(got.State.Events), readAll(got.Timeline.Events)...) {
		if e.Type == "m.room.member" && e.StateKey != nil && *e.StateKey == p.me && field(e, "membership") != "join" {
			mine = &e
		}
	}
	p.rooms.drop(id)
	if since == "" || !known && (mine == nil || before(*mine) != "join") {
		return nil
	}
	ev := chat.Event{Kind: chat.Left, ID: chat.EventID("left/" + id + "/" + since), Where: chat.Address{Platform: p.id, Space: space, Room: chat.RoomID(id)}}
	if mine != nil && mine.ID != "" {
		ev.ID, ev.At = eventID(id, mine.ID), millis(mine.Time)
		if mine.Sender != p.me {
			ev.From.Account = chat.AccountID(mine.Sender)
		}
	}
	return p.hand(ctx, h, ev)
}

// eventID is unique: ids of old room versions are only so within their room.
func eventID(room, id string) chat.EventID { return chat.EventID(room + "/" + id) }

// millis reads a time of Matrix. What is no reasonable time is none.
func millis(ms float64) time.Time {
	if ms <= 0 || ms > 4e12 {
		return time.Time{}
	}
	return time.UnixMilli(int64(ms)).UTC()
}

// invited accepts an invitation. Whoever invites us there has nothing to say about what we do there:
// commands are answered by the rights of who gives them.
func (p *Platform) invited(ctx context.Context, id string, got invitedRoom) {
	r := newRoom(id)
	inviter, direct := "", false
	for _, e := range readAll(got.State.Events) {
		r.apply(e, p.me)
		if e.Type == "m.room.member" && e.StateKey != nil && *e.StateKey == p.me && field(e, "membership") == "invite" {
			inviter, direct = e.Sender, r.members[p.me].Direct
		}
	}
	if inviter == "" || p.rooms.look(id, func(*room) {}) {
		return
	}
	if err := p.join(ctx, id, inviter); err != nil {
		p.log.Warn("matrix: accept an invitation", "room", id, "error", err)
		return
	}
	if direct {
		if err := p.noteDirect(ctx, inviter, id); err != nil {
			p.log.Warn("matrix: note a direct conversation", "room", id, "error", err)
		}
	}
	follows := false
	if r.before != "" {
		p.rooms.look(r.before, func(old *room) { follows = old.after == id })
	}
	if !follows {
		p.greetStranger(ctx, id, inviter)
	}
}

// joinTries is how often an invitation is tried: the room's own server may be away.
const joinTries = 4

// join joins a room, through the server of who knows of it. Twice does no harm.
func (p *Platform) join(ctx context.Context, id, by string) error {
	var err error
	for try := 1; try <= joinTries; try++ {
		if err = p.joinOnce(ctx, id, by); err == nil {
			return p.load(ctx, id)
		}
		if s := status(err); s >= 400 && s < 500 && s != 429 || ctx.Err() != nil {
			return err
		}
		pause(ctx, err, try)
	}
	return err
}

// serverOf is the server part of an id; room ids of version 12 and later have none.
func serverOf(id string) string {
	_, server, _ := strings.Cut(id, ":")
	return server
}
