package matrix

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"guildhall/core/chat"
)

// Open implements chat.Roomer. The room's alias is its key.
func (p *Platform) Open(ctx context.Context, space chat.SpaceID, spec chat.RoomSpec) (chat.RoomID, bool, error) {
	if err := p.ready(ctx); err != nil {
		return "", false, told("open the session", err)
	}
	unlock := p.gates.enter("space " + string(space))
	defer unlock()
	parent, err := p.matrixSpace(ctx, string(space), spec.Community)
	if err != nil {
		return "", false, told("find the Space", err)
	}
	room, alias, err := p.byAlias(ctx, string(space), "room "+spec.Key)
	if err != nil {
		return "", false, told("find a room", err)
	}
	pl := p.roomPlan(string(space), parent, alias, spec)
	fresh := room == ""
	if fresh {
		room, err = p.createRoom(ctx, pl)
		if code(err) == "M_ROOM_IN_USE" { // another program was faster
			fresh = false
			room, _, err = p.byAlias(ctx, string(space), "room "+spec.Key)
		}
	}
	if err != nil {
		return "", false, told("make a room", err)
	}
	if room == "" {
		return "", false, fmt.Errorf("make a room: the alias of %q is taken and leads nowhere", spec.Key)
	}
	if err := p.finish(ctx, room, pl); err != nil {
		return "", false, told("make a room", err)
	}
	if err := p.addChild(ctx, parent, room, true); err != nil {
		return "", false, told("put a room into its Space", err)
	}
	return chat.RoomID(room), fresh, nil
}

// roomPlan is what a room of a Space is like. Rooms are plain: what is asked in them is kept and
// shown elsewhere.
func (p *Platform) roomPlan(space, parent, alias string, spec chat.RoomSpec) plan {
	rule := map[string]any{"join_rule": "restricted", "allow": allowed(parent)}
	powers := map[string]any{"invite": 50}
	if spec.PostOnly {
		powers["events_default"] = 50
		powers["events"] = map[string]any{"m.reaction": 0, "m.room.redaction": 0}
	}
	key := p.aliasFor(space, "room "+spec.Key, 0)
	return plan{
		key: key, preset: "private_chat", name: spec.Name, topic: spec.Topic, alias: alias, powers: powers,
		state: []stateEvent{
			{Type: "m.room.join_rules", Content: rule},
			{Type: "m.room.history_visibility", Content: map[string]any{"history_visibility": "shared"}},
			{Type: "m.space.parent", Key: parent, Content: map[string]any{"via": p.via(parent), "canonical": true}},
			{Type: markerType, Content: map[string]any{"section": spec.Section, "record": spec.Record, "key": key}},
		},
	}
}

// Archive implements chat.Roomer: nobody may post any more, the room goes out of the Space, and we
// leave. There is no tombstone: nothing comes after it, and it stays readable.
func (p *Platform) Archive(ctx context.Context, space chat.SpaceID, room chat.RoomID) error {
	if err := p.ready(ctx); err != nil {
		return told("open the session", err)
	}
	unlock := p.gates.enter(string(room))
	defer unlock()
	here, err := p.know(ctx, string(room))
	if err != nil {
		return told("look at a room", err)
	}
	if here {
		if err := p.silence(ctx, string(room)); err != nil && status(err) != http.StatusForbidden {
			return told("end posting", err)
		}
	}
	if parent := p.spaceRoom(string(space)); parent != "" {
		there := false
		p.rooms.look(parent, func(r *chamber) { _, there = r.children[string(room)] })
		if there {
			if err := p.setState(ctx, parent, "m.space.child", string(room), map[string]any{}); err != nil {
				return told("take a room out of its Space", err)
			}
		}
	}
	if !here {
		return nil
	}
	call, cancel := limited(ctx)
	defer cancel()
	if _, err := p.client.LeaveRoom(call, id.RoomID(room)); err != nil && status(err) != http.StatusForbidden && status(err) != http.StatusNotFound {
		return told("leave a room", err)
	}
	p.rooms.drop(string(room))
	return nil
}

// silence takes from everybody what it takes to post.
func (p *Platform) silence(ctx context.Context, room string) error {
	ctx, cancel := limited(ctx)
	defer cancel()
	var current map[string]any
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &current, MaxAttempts: 1,
		URL: p.stateURL(room, "m.room.power_levels", "")})
	if err != nil {
		return err
	}
	if current["events_default"] == float64(100) && current["users_default"] == float64(0) {
		return nil
	}
	current["events_default"], current["state_default"], current["users_default"] = 100, 100, 0
	events, _ := current["events"].(map[string]any)
	for kind := range events {
		if l, ok := events[kind].(float64); ok && l < 100 {
			events[kind] = 100
		}
	}
	return p.setState(ctx, room, "m.room.power_levels", "", current)
}

// Bring implements chat.Roomer: the person is invited.
func (p *Platform) Bring(ctx context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	if _, err := p.member(ctx, room, who); err != nil {
		return err
	}
	return p.invite(ctx, string(room), string(who))
}

// invite invites somebody who is neither in a room that is known nor invited. Errors as for Send.
func (p *Platform) invite(ctx context.Context, room, who string) error {
	there := func() (in bool) {
		p.rooms.look(room, func(r *chamber) {
			m := r.members[who].Membership
			in = m == "join" || m == "invite"
		})
		return in
	}
	if there() {
		return nil
	}
	err := p.twice(ctx, func(ctx context.Context) error {
		_, err := p.client.InviteUser(ctx, id.RoomID(room), &mautrix.ReqInviteUser{UserID: id.UserID(who)})
		return err
	})
	if err == nil {
		p.rooms.with(room, func(r *chamber) { r.members[who] = member{Membership: "invite"} })
		return nil
	}
	if status(err) == http.StatusForbidden { // some servers say so of who is there already
		here, lost := p.reload(ctx, room)
		switch {
		case lost != nil:
			return told("look at a room", lost)
		case !here:
			return errors.Join(chat.ErrGone, err)
		case there():
			return nil
		}
	}
	return told("invite somebody", err)
}

// member is a person's membership, in a room that we are in.
func (p *Platform) member(ctx context.Context, room chat.RoomID, who chat.AccountID) (string, error) {
	if err := p.ready(ctx); err != nil {
		return "", told("open the session", err)
	}
	known, err := p.know(ctx, string(room))
	switch {
	case err != nil:
		return "", told("look at a room", err)
	case !known:
		return "", errors.Join(chat.ErrGone, fmt.Errorf("the bot is not in %s", room))
	}
	membership := ""
	p.rooms.look(string(room), func(r *chamber) { membership = r.members[string(who)].Membership })
	return membership, nil
}

// Release implements chat.Roomer.
func (p *Platform) Release(ctx context.Context, _ chat.SpaceID, room chat.RoomID, who chat.AccountID) error {
	there := func(membership string) bool { return membership == "join" || membership == "invite" }
	here, err := p.member(ctx, room, who)
	if err == nil && !there(here) { // what was read of the room may be older than the invitation
		if _, err := p.reload(ctx, string(room)); err != nil {
			return told("look at a room", err)
		}
		here, err = p.member(ctx, room, who)
	}
	if err != nil || !there(here) {
		return err
	}
	err = p.twice(ctx, func(ctx context.Context) error {
		_, err := p.client.KickUser(ctx, id.RoomID(room), &mautrix.ReqKickUser{UserID: id.UserID(who)})
		return err
	})
	if err == nil {
		p.rooms.with(string(room), func(r *chamber) { r.members[string(who)] = member{Membership: "leave"} })
	}
	return told("take somebody out of a room", err)
}

// Rooms implements chat.Roomer: what is in the space and what we can see of it.
func (p *Platform) Rooms(ctx context.Context, space chat.SpaceID) ([]chat.RoomInfo, error) {
	if err := p.ready(ctx); err != nil {
		return nil, told("open the session", err)
	}
	if err := p.catchUp(ctx); err != nil {
		return nil, told("list the rooms", err)
	}
	var out []chat.RoomInfo
	seen := map[string]bool{}
	for _, id := range p.rooms.ids() {
		if p.rooms.spaceOf(id) != string(space) || p.rooms.isDirect(id) {
			continue
		}
		p.rooms.look(id, func(r *chamber) {
			if r.kind == "" && r.after == "" {
				seen[id] = true
				out = append(out, chat.RoomInfo{ID: chat.RoomID(id), Name: r.name, Private: r.joinRule != "public", Encrypted: r.encryption != nil, Joined: true})
			}
		})
	}
	for _, child := range p.hierarchy(ctx, p.spaceRoom(string(space))) {
		if !seen[string(child.ID)] {
			out = append(out, child)
		}
	}
	return out, nil
}

// hierarchy lists the rooms of a Space that we are not in.
func (p *Platform) hierarchy(ctx context.Context, space string) []chat.RoomInfo {
	if space == "" {
		return nil
	}
	ctx, cancel := limited(ctx)
	defer cancel()
	var got struct {
		Rooms []struct {
			ID         string `json:"room_id"`
			Name       string `json:"name"`
			Kind       string `json:"room_type"`
			JoinRule   string `json:"join_rule"`
			Encryption string `json:"encryption"`
		} `json:"rooms"`
	}
	_, err := p.client.MakeFullRequest(ctx, mautrix.FullRequest{Method: http.MethodGet, ResponseJSON: &got, MaxAttempts: 1,
		URL: p.client.BuildURLWithQuery(mautrix.ClientURLPath{"v1", "rooms", space, "hierarchy"}, map[string]string{"limit": "100", "max_depth": "1"})})
	if err != nil {
		p.log.Warn("matrix: list a Space", "space", space, "error", err)
		return nil
	}
	var out []chat.RoomInfo
	for _, r := range got.Rooms {
		known := p.rooms.look(r.ID, func(*chamber) {})
		if r.Kind == "" && !known {
			out = append(out, chat.RoomInfo{ID: chat.RoomID(r.ID), Name: r.Name, Private: r.JoinRule != "public", Encrypted: r.Encryption != ""})
		}
	}
	return out
}

// Rights implements chat.Warden: who runs the room may set up, nothing else comes of it.
func (p *Platform) Rights(ctx context.Context, at chat.Address, who chat.AccountID) (chat.Rights, error) {
	if _, err := p.member(ctx, at.Room, who); err != nil {
		return chat.Rights{}, err
	}
	var out chat.Rights
	count := func(r *chamber) {
		in, _ := r.people(p.me)
		out.Count = len(in)
		if r.name != "" {
			out.Name = r.name
		}
	}
	p.rooms.look(string(at.Room), func(r *chamber) {
		out.Admin = r.admin(string(who))
		count(r)
	})
	if s := p.spaceRoom(string(at.Space)); s != "" {
		p.rooms.look(s, count)
	}
	return out, nil
}
