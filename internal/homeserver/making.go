package homeserver

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// alias is a name of a room.
type alias struct{ room, by string }

// creation is the body of POST /createRoom.
type creation struct {
	Preset     string         `json:"preset"`
	Visibility string         `json:"visibility"`
	Name       string         `json:"name"`
	Topic      string         `json:"topic"`
	Alias      string         `json:"room_alias_name"`
	Version    string         `json:"room_version"`
	Direct     bool           `json:"is_direct"`
	Invite     []string       `json:"invite"`
	Creation   map[string]any `json:"creation_content"`
	Powers     map[string]any `json:"power_level_content_override"`
	State      []struct {
		Type    string         `json:"type"`
		Key     string         `json:"state_key"`
		Content map[string]any `json:"content"`
	} `json:"initial_state"`
}

// createRoom makes a room (https://spec.matrix.org/v1.16/client-server-api/#post_matrixclientv3createroom).
func createRoom(c *call) (any, error) {
	var req creation
	if err := c.into(&req); err != nil {
		return nil, err
	}
	if req.Version == "" {
		req.Version = c.s.version
	}
	if _, ok := roomVersions[req.Version]; !ok {
		return nil, invalid("M_UNSUPPORTED_ROOM_VERSION", "version %s is not known here", req.Version)
	}
	full := ""
	if req.Alias != "" {
		full = "#" + req.Alias + ":" + Name
		if strings.ContainsAny(req.Alias, ": \x00") {
			return nil, invalid("M_INVALID_PARAM", "no such alias can be")
		}
		if _, taken := c.s.aliases[full]; taken {
			return nil, invalid("M_ROOM_IN_USE", "the alias is taken")
		}
	}
	for _, who := range req.Invite {
		if !strings.HasPrefix(who, "@") || !strings.Contains(who, ":") || strings.ContainsAny(who, " ") {
			return nil, invalid("M_INVALID_PARAM", "%q is no user id", who)
		}
	}
	r := c.s.newRoom(c.who, req.Version, req.Creation)
	if err := c.furnish(r, req, full); err != nil {
		return nil, err
	}
	return map[string]any{"room_id": r.id}, nil
}

// newRoom is a room with its first two events.
func (s *Server) newRoom(by *account, version string, content map[string]any) *room {
	content = maps.Clone(content)
	if content == nil {
		content = map[string]any{}
	}
	r := &room{version: version, creators: []string{by.id}, byID: map[string]*event{}, state: map[string]*event{}, members: map[string][]*event{},
		typing: map[string]bool{}, receipts: map[string]map[string]datum{}}
	content["room_version"] = version
	if !r.can().bareCreate {
		content["creator"] = by.id
	}
	r.id = "!" + newID()[:18] + ":" + Name
	if r.can().endless {
		r.id = "!" + newID()
		more, _ := content["additional_creators"].([]any)
		for _, who := range more {
			if id, ok := who.(string); ok {
				r.creators = append(r.creators, id)
			}
		}
	} else {
		delete(content, "additional_creators")
	}
	s.rooms[r.id] = r
	empty := ""
	s.add(r, by.id, "m.room.create", &empty, content)
	s.add(r, by.id, "m.room.member", &by.id, by.memberContent("join"))
	return r
}

// furnish gives a new room its state, in the order that the specification wants.
func (c *call) furnish(r *room, req creation, full string) error {
	set := func(kind, key string, content map[string]any) { c.s.add(r, c.who.id, kind, &key, normal(content)) }
	if req.Preset == "" {
		req.Preset = "private_chat"
		if req.Visibility == "public" {
			req.Preset = "public_chat"
		}
	}
	set("m.room.power_levels", "", r.firstPowers(req))
	if full != "" {
		c.s.aliases[full] = alias{r.id, c.who.id}
		set("m.room.canonical_alias", "", map[string]any{"alias": full})
	}
	rule, guests := "invite", "can_join"
	if req.Preset == "public_chat" {
		rule, guests = "public", "forbidden"
	}
	set("m.room.join_rules", "", map[string]any{"join_rule": rule})
	set("m.room.history_visibility", "", map[string]any{"history_visibility": "shared"})
	set("m.room.guest_access", "", map[string]any{"guest_access": guests})
	for _, e := range req.State {
		if err := fits(e.Type, &e.Key, e.Content); err != nil {
			return err
		}
		set(e.Type, e.Key, e.Content)
	}
	if req.Name != "" {
		set("m.room.name", "", map[string]any{"name": req.Name})
	}
	if req.Topic != "" {
		set("m.room.topic", "", map[string]any{"topic": req.Topic})
	}
	for _, who := range req.Invite {
		content := c.s.memberContent(who, "invite")
		if req.Direct {
			content["is_direct"] = true
		}
		if err := r.allows(c.who.id, "m.room.member", &who, content); err != nil {
			return err
		}
		set("m.room.member", who, content)
	}
	return nil
}

// normal is content as it comes over the wire.
func normal(content map[string]any) map[string]any {
	raw, err := json.Marshal(content)
	if err != nil {
		return content
	}
	d := json.NewDecoder(strings.NewReader(string(raw)))
	d.UseNumber()
	var out map[string]any
	if d.Decode(&out) != nil {
		return content
	}
	return out
}

func (r *room) firstPowers(req creation) map[string]any {
	users := map[string]any{}
	first := append([]string{}, r.creators...)
	if req.Preset == "trusted_private_chat" {
		first = append(first, req.Invite...)
	}
	for _, who := range first {
		if !r.can().endless || !slices.Contains(r.creators, who) {
			users[who] = 100
		}
	}
	tombstone := 100
	if r.can().endless {
		tombstone = 150
	}
	out := map[string]any{"users": users, "users_default": 0, "events_default": 0, "state_default": 50, "ban": 50, "kick": 50, "redact": 50, "invite": 0,
		"historical": 100, "events": map[string]any{"m.room.name": 50, "m.room.power_levels": 100, "m.room.history_visibility": 100, "m.room.canonical_alias": 50,
			"m.room.avatar": 50, "m.room.tombstone": tombstone, "m.room.server_acl": 100, "m.room.encryption": 100}}
	maps.Copy(out, req.Powers)
	return out
}

func (s *Server) memberContent(who, membership string) map[string]any {
	if a := s.accounts[who]; a != nil {
		return a.memberContent(membership)
	}
	return map[string]any{"membership": membership}
}

// upgrade replaces a room (https://spec.matrix.org/v1.16/client-server-api/#room-upgrades).
func upgrade(c *call) (any, error) {
	old, err := c.joined()
	if err != nil {
		return nil, err
	}
	version := c.text("new_version")
	if _, ok := roomVersions[version]; !ok {
		return nil, invalid("M_UNSUPPORTED_ROOM_VERSION", "version %s is not known here", version)
	}
	empty := ""
	if err := old.allows(c.who.id, "m.room.tombstone", &empty, nil); err != nil {
		return nil, err
	}
	predecessor := map[string]any{"room_id": old.id}
	if !roomVersions[version].endless {
		predecessor["event_id"] = old.events[len(old.events)-1].id
	}
	made := map[string]any{"predecessor": predecessor}
	if kind := old.field("m.room.create", "type"); kind != "" {
		made["type"] = kind
	}
	r := c.s.newRoom(c.who, version, made)
	for _, kind := range []string{"m.room.power_levels", "m.room.join_rules", "m.room.history_visibility", "m.room.guest_access", "m.room.encryption",
		"m.room.name", "m.room.topic", "m.room.avatar", "m.room.server_acl", "m.room.canonical_alias"} {
		e := old.get(kind, "")
		if e == nil {
			continue
		}
		content := maps.Clone(e.content)
		if users, ok := content["users"].(map[string]any); ok && kind == "m.room.power_levels" && r.can().endless {
			users = maps.Clone(users)
			for _, creator := range r.creators {
				delete(users, creator)
			}
			content["users"] = users
		}
		c.s.add(r, c.who.id, kind, &empty, content)
	}
	for name, a := range c.s.aliases {
		if a.room == old.id {
			c.s.aliases[name] = alias{r.id, a.by}
		}
	}
	c.s.add(old, c.who.id, "m.room.tombstone", &empty, map[string]any{"body": "This room has been replaced", "replacement_room": r.id})
	if e := old.get("m.room.power_levels", ""); e != nil && old.level(c.who.id) >= old.toSend("m.room.power_levels", true) {
		content := maps.Clone(e.content)
		content["events_default"], content["invite"] = 50, 50
		c.s.add(old, c.who.id, "m.room.power_levels", &empty, normal(content))
	}
	return map[string]any{"replacement_room": r.id}, nil
}
