package homeserver

import (
	"maps"
	"slices"
	"strings"
)

var roomCalls = map[string]handler{
	"POST createRoom":                        createRoom,
	"POST rooms/{room}/upgrade":              upgrade,
	"PUT rooms/{room}/send/{type}/{txn}":     send,
	"POST rooms/{room}/send/{type}":          send,
	"PUT rooms/{room}/state/{type}":          setState,
	"PUT rooms/{room}/state/{type}/{key...}": setState,
	"PUT rooms/{room}/redact/{event}/{txn}":  redact,
	"GET directory/room/{room}":              resolve,
	"PUT directory/room/{room}":              nameRoom,
	"DELETE directory/room/{room}":           unname,
	"GET directory/list/room/{room}":         func(*call) (any, error) { return map[string]any{"visibility": "private"}, nil },
	"PUT directory/list/room/{room}":         func(*call) (any, error) { return nil, nil }, //nolint:nilnil // an empty object
}

// repeated is what a transaction gave that was made before; note keeps it.
func (c *call) repeated(kind string) (before string, note func(string)) {
	txn := c.PathValue("txn")
	name := strings.Join([]string{kind, c.PathValue("room"), c.PathValue("type"), c.PathValue("event"), txn}, "\x00")
	return c.dev.done[name], func(id string) {
		if txn != "" {
			c.dev.done[name] = id
		}
	}
}

func (c *call) sent(e *event) *event {
	e.device, e.txn = c.dev.user+"/"+c.dev.id, c.PathValue("txn")
	return e
}

// send sends an event that is no state.
func send(c *call) (any, error) {
	before, note := c.repeated("send")
	if before != "" {
		return map[string]any{"event_id": before}, nil
	}
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	kind := c.PathValue("type")
	if err := r.allows(c.who.id, kind, nil, c.body); err != nil {
		return nil, err
	}
	if err := fits(kind, nil, c.body); err != nil {
		return nil, err
	}
	if kind == "m.room.redaction" {
		return c.redacts(r, text(c.body, "redacts"), note)
	}
	if err := r.related(c.who.id, kind, c.body); err != nil {
		return nil, err
	}
	e := c.sent(c.s.add(r, c.who.id, kind, nil, c.body))
	note(e.id)
	return map[string]any{"event_id": e.id}, nil
}

// related refuses relations that cannot be: a second reaction of the same kind, and threads in threads
// (https://spec.matrix.org/v1.16/client-server-api/#avoiding-duplicate-annotations).
func (r *room) related(sender, kind string, content map[string]any) error {
	rel, to, key := relation(content)
	switch rel {
	case "m.annotation":
		for _, e := range r.events {
			if k, on, what := relation(e.content); e.sender == sender && e.kind == kind && k == rel && on == to && what == key {
				return invalid("M_DUPLICATE_ANNOTATION", "that reaction stands there already")
			}
		}
	case "m.thread":
		if root := r.byID[to]; root != nil {
			if k, _, _ := relation(root.content); k != "" {
				return invalid("M_UNKNOWN", "a thread cannot begin with an event that relates to another")
			}
		}
	}
	return nil
}

// relation is what an event's content relates to, and how.
func relation(content map[string]any) (kind, to, key string) {
	rel, _ := content["m.relates_to"].(map[string]any)
	return text(rel, "rel_type"), text(rel, "event_id"), text(rel, "key")
}

// setState sets a piece of state; the same once more makes no event.
func setState(c *call) (any, error) {
	r, err := c.find()
	if err != nil {
		return nil, err
	}
	kind, key := c.PathValue("type"), c.PathValue("key")
	if err := fits(kind, &key, c.body); err != nil {
		return nil, err
	}
	if err := r.allows(c.who.id, kind, &key, c.body); err != nil {
		return nil, err
	}
	if old := r.get(kind, key); old != nil && old.sender == c.who.id && equal(old.content, c.body) {
		return map[string]any{"event_id": old.id}, nil
	}
	if kind == "m.room.canonical_alias" {
		if a, ok := c.s.aliases[text(c.body, "alias")]; text(c.body, "alias") != "" && (!ok || a.room != r.id) {
			return nil, invalid("M_BAD_ALIAS", "the alias does not lead to this room")
		}
	}
	e := c.sent(c.s.add(r, c.who.id, kind, &key, c.body))
	return map[string]any{"event_id": e.id}, nil
}

// redact takes an event back.
func redact(c *call) (any, error) {
	before, note := c.repeated("redact")
	if before != "" {
		return map[string]any{"event_id": before}, nil
	}
	r, err := c.joined()
	if err != nil {
		return nil, err
	}
	return c.redacts(r, c.PathValue("event"), note)
}

func (c *call) redacts(r *room, target string, note func(string)) (any, error) {
	old := r.byID[target]
	if old == nil {
		return nil, missing("there is no such event")
	}
	if need := r.toSend("m.room.redaction", false); r.level(c.who.id) < need {
		return nil, forbidden("taking back takes power %d", need)
	}
	if old.sender != c.who.id && r.level(c.who.id) < r.needs("redact") {
		return nil, forbidden("that is somebody else's")
	}
	content := map[string]any{"redacts": target} // clients of all room versions find it there
	if reason := c.text("reason"); reason != "" {
		content["reason"] = reason
	}
	e := c.sent(c.s.add(r, c.who.id, "m.room.redaction", nil, content))
	e.redacts = target
	if old.because == nil {
		old.because, old.content = e, r.kept(old)
	}
	note(e.id)
	return map[string]any{"event_id": e.id}, nil
}

// kept is what stays of an event that was taken back (https://spec.matrix.org/v1.16/rooms/v11/#redactions).
func (r *room) kept(e *event) map[string]any {
	keep := map[string][]string{
		"m.room.member":             {"membership", "join_authorised_via_users_server"},
		"m.room.join_rules":         {"join_rule", "allow"},
		"m.room.history_visibility": {"history_visibility"},
		"m.room.power_levels":       {"ban", "events", "events_default", "invite", "kick", "redact", "state_default", "users", "users_default"},
	}[e.kind]
	out := map[string]any{}
	if e.kind == "m.room.create" {
		maps.Copy(out, e.content)
		return out
	}
	for k, v := range e.content {
		if slices.Contains(keep, k) {
			out[k] = v
		}
	}
	return out
}

func resolve(c *call) (any, error) {
	a, ok := c.s.aliases[c.PathValue("room")]
	if !ok {
		return nil, missing("there is no such alias")
	}
	return map[string]any{"room_id": a.room, "servers": []string{Name}}, nil
}

func nameRoom(c *call) (any, error) {
	name := c.PathValue("room")
	if !strings.HasPrefix(name, "#") || !strings.HasSuffix(name, ":"+Name) {
		return nil, invalid("M_INVALID_PARAM", "that is no alias of this server")
	}
	if _, taken := c.s.aliases[name]; taken {
		return nil, &problem{status: 409, code: "M_UNKNOWN", text: "the alias is taken"}
	}
	if c.s.rooms[c.text("room_id")] == nil {
		return nil, missing("there is no such room")
	}
	c.s.aliases[name] = alias{c.text("room_id"), c.who.id}
	return nil, nil //nolint:nilnil // an empty object
}

func unname(c *call) (any, error) {
	name := c.PathValue("room")
	a, ok := c.s.aliases[name]
	r := c.s.rooms[a.room]
	switch {
	case !ok:
		return nil, missing("there is no such alias")
	case a.by != c.who.id && (r == nil || r.level(c.who.id) < r.toSend("m.room.canonical_alias", true)):
		return nil, forbidden("that alias is somebody else's")
	}
	delete(c.s.aliases, name)
	return nil, nil //nolint:nilnil // an empty object
}
