package homeserver

import (
	"maps"
	"slices"
	"strings"
)

var memberCalls = map[string]handler{
	"POST join/{room}":                join,
	"POST rooms/{room}/join":          join,
	"POST knock/{room}":               knock,
	"POST rooms/{room}/leave":         leave,
	"POST rooms/{room}/forget":        func(*call) (any, error) { return nil, nil }, //nolint:nilnil // an empty object
	"POST rooms/{room}/invite":        put("invite"),
	"POST rooms/{room}/kick":          put("leave"),
	"POST rooms/{room}/ban":           put("ban"),
	"POST rooms/{room}/unban":         put("leave"),
	"GET joined_rooms":                joinedRooms,
	"GET rooms/{room}/members":        members,
	"GET rooms/{room}/joined_members": joinedMembers,
}

// find is the room of a call, by its id or alias.
func (c *call) find() (*room, error) {
	name := c.PathValue("room")
	if a, ok := c.s.aliases[name]; ok {
		name = a.room
	}
	r := c.s.rooms[name]
	if r == nil {
		if strings.HasPrefix(name, "#") {
			return nil, missing("there is no such alias")
		}
		return nil, forbidden("%s is not in that room, or there is none", c.who.id)
	}
	return r, nil
}

// joined is the room of a call, whose caller must be in it.
func (c *call) joined() (*room, error) {
	r, err := c.find()
	if err == nil && r.membership(c.who.id) != "join" {
		err = forbidden("%s is not in the room", c.who.id)
	}
	return r, err
}

func (c *call) member(r *room, target string, content map[string]any) error {
	if reason := c.text("reason"); reason != "" {
		content["reason"] = reason
	}
	if err := r.allows(c.who.id, "m.room.member", &target, content); err != nil {
		return err
	}
	c.s.add(r, c.who.id, "m.room.member", &target, content)
	return nil
}

// join joins a room; into a restricted one for whoever is in a room that it names
// (https://spec.matrix.org/v1.16/client-server-api/#restricted-rooms).
func join(c *call) (any, error) {
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	if r.membership(c.who.id) == "join" {
		return map[string]any{"room_id": r.id}, nil
	}
	content := c.who.memberContent("join")
	rule := r.field("m.room.join_rules", "join_rule")
	if r.membership(c.who.id) != "invite" && (rule == "restricted" && r.can().restricted || rule == "knock_restricted" && r.can().knockOrRule) {
		if by := c.s.lets(r, c.who.id); by != "" {
			content["join_authorised_via_users_server"] = by
		}
	}
	if err := c.member(r, c.who.id, content); err != nil {
		return nil, err
	}
	return map[string]any{"room_id": r.id}, nil
}

// lets is who may invite into a restricted room on whose behalf somebody comes in; empty when nobody may.
func (s *Server) lets(r *room, who string) string {
	allow, _ := r.get("m.room.join_rules", "").content["allow"].([]any)
	in := slices.ContainsFunc(allow, func(x any) bool {
		rule, _ := x.(map[string]any)
		other := s.rooms[text(rule, "room_id")]
		return rule["type"] == "m.room_membership" && other != nil && other.membership(who) == "join"
	})
	if !in {
		return ""
	}
	for _, id := range slices.Sorted(maps.Keys(r.members)) {
		if r.membership(id) == "join" && r.level(id) >= r.needs("invite") {
			return id
		}
	}
	return ""
}

func knock(c *call) (any, error) {
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	if !r.can().knock {
		return nil, forbidden("rooms of version %s cannot be knocked at", r.version)
	}
	if err := c.member(r, c.who.id, c.who.memberContent("knock")); err != nil {
		return nil, err
	}
	return map[string]any{"room_id": r.id}, nil
}

func leave(c *call) (any, error) {
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	return nil, c.member(r, c.who.id, map[string]any{"membership": "leave"})
}

// put is inviting, kicking and banning.
func put(membership string) handler {
	return func(c *call) (any, error) {
		r, err := c.find()
		if err != nil {
			return nil, err
		}
		target := c.text("user_id")
		content := map[string]any{"membership": membership}
		if membership == "invite" {
			content = c.s.memberContent(target, membership)
		}
		return nil, c.member(r, target, content)
	}
}

func joinedRooms(c *call) (any, error) {
	list := []string{}
	for id, r := range c.s.rooms {
		if r.membership(c.who.id) == "join" {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return map[string]any{"joined_rooms": list}, nil
}

func members(c *call) (any, error) {
	r, state, err := c.readable()
	if err != nil {
		return nil, err
	}
	var list []*event
	for _, e := range sorted(state) {
		if e.kind == "m.room.member" && (c.URL.Query().Get("membership") == "" || c.URL.Query().Get("membership") == text(e.content, "membership")) {
			list = append(list, e)
		}
	}
	return map[string]any{"chunk": r.list(list, c.s, c.dev)}, nil
}

func joinedMembers(c *call) (any, error) {
	r, err := c.joined()
	if err != nil {
		return nil, err
	}
	out := map[string]any{}
	for who := range r.members {
		if r.membership(who) == "join" {
			m := r.get("m.room.member", who).content
			out[who] = map[string]any{"display_name": m["displayname"], "avatar_url": m["avatar_url"]}
		}
	}
	return map[string]any{"joined": out}, nil
}
