package homeserver

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

var readCalls = map[string]handler{
	"GET rooms/{room}/state":                             allState,
	"GET rooms/{room}/state/{type}":                      oneState,
	"GET rooms/{room}/state/{type}/{key...}":             oneState,
	"GET rooms/{room}/event/{event}":                     oneEvent,
	"GET rooms/{room}/messages":                          messages,
	"GET rooms/{room}/context/{event}":                   around,
	"GET v1/rooms/{room}/relations/{event}":              relations,
	"GET v1/rooms/{room}/relations/{event}/{rel}":        relations,
	"GET v1/rooms/{room}/relations/{event}/{rel}/{type}": relations,
	"GET v1/rooms/{room}/threads":                        threads,
	"GET v1/rooms/{room}/hierarchy":                      hierarchy,
	"GET rooms/{room}/aliases":                           aliases,
}

// readable is a room whose state a caller may read, and the state: that of when they left, if they did.
func (c *call) readable() (*room, map[string]*event, error) {
	r, err := c.find()
	if err != nil {
		return nil, nil, err
	}
	if r.membership(c.who.id) == "join" {
		return r, r.state, nil
	}
	if at := r.leftAt(c.who.id); at > 0 {
		return r, r.stateAt(at), nil
	}
	return nil, nil, forbidden("%s is not in the room", c.who.id)
}

// leftAt is where somebody left the room in which they were; 0 when they never were.
func (r *room) leftAt(user string) (at int64) {
	in := false
	for _, e := range r.members[user] {
		now := e.content["membership"] == "join"
		if in && !now {
			at = e.pos
		}
		in = now
	}
	return at
}

func allState(c *call) (any, error) {
	r, state, err := c.readable()
	if err != nil {
		return nil, err
	}
	return r.list(sorted(state), c.s, c.dev), nil
}

func oneState(c *call) (any, error) {
	_, state, err := c.readable()
	if err != nil {
		return nil, err
	}
	if e := state[stateName(c.PathValue("type"), c.PathValue("key"))]; e != nil {
		return e.content, nil
	}
	return nil, missing("there is no such state")
}

func oneEvent(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, missing("there is no such event")
	}
	if e := r.byID[c.PathValue("event")]; e != nil && r.sees(c.who.id, e) {
		return r.shown(e, c.s, c.dev), nil
	}
	return nil, missing("there is no such event")
}

// token is a place between events: after the one at the position.
func token(pos int64) string { return fmt.Sprintf("s%d", pos) }

func position(s string) (int64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s[1:], 10, 64)
	if s[0] != 's' || err != nil || n < 0 {
		return 0, invalid("M_INVALID_PARAM", "%q is no position", s)
	}
	return n, nil
}

// count is the limit of a call.
func (c *call) count(usual int) int {
	n, err := strconv.Atoi(c.URL.Query().Get("limit"))
	if err != nil || n <= 0 {
		n = usual
	}
	return min(n, 1000)
}

// messages pages through a room (https://spec.matrix.org/v1.16/client-server-api/#get_matrixclientv3roomsroomidmessages).
func messages(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	q := c.URL.Query()
	back := q.Get("dir") == "b"
	if !back && q.Get("dir") != "f" {
		return nil, invalid("M_MISSING_PARAM", "dir is missing")
	}
	from, err := position(q.Get("from"))
	if err != nil {
		return nil, err
	}
	to, err := position(q.Get("to"))
	if err != nil {
		return nil, err
	}
	if q.Get("from") == "" && back {
		from = c.s.pos
	}
	list, end, more := r.walk(c.who.id, from, to, back, c.count(10), nil)
	out := map[string]any{"start": token(from), "chunk": r.list(list, c.s, c.dev), "state": []any{}}
	if more {
		out["end"] = token(end)
	}
	return out, nil
}

// walk is a page of what somebody may see: newest first when going back, and where to go on.
func (r *room) walk(user string, from, to int64, back bool, limit int, suits func(*event) bool) (list []*event, end int64, more bool) {
	end = from
	i := r.after(from)
	for {
		if back {
			i--
		}
		if i < 0 || i >= len(r.events) {
			return list, end, false
		}
		e := r.events[i]
		if to > 0 && (back && e.pos <= to || !back && e.pos > to) {
			return list, end, false
		}
		if len(list) == limit {
			return list, end, true
		}
		if r.sees(user, e) && (suits == nil || suits(e)) {
			list = append(list, e)
		}
		end = e.pos
		if back {
			end--
		} else {
			i++
		}
	}
}

func around(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	e := r.byID[c.PathValue("event")]
	if e == nil || !r.sees(c.who.id, e) {
		return nil, missing("there is no such event")
	}
	n := c.count(10) / 2
	before, start, _ := r.walk(c.who.id, e.pos-1, 0, true, n, nil)
	after, end, _ := r.walk(c.who.id, e.pos, 0, false, n, nil)
	return map[string]any{"start": token(start), "end": token(end), "event": r.shown(e, c.s, c.dev), "events_before": r.list(before, c.s, c.dev),
		"events_after": r.list(after, c.s, c.dev), "state": r.list(sorted(r.stateAt(e.pos)), c.s, c.dev)}, nil
}

// relations are what relates to an event.
func relations(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	target, rel, kind := c.PathValue("event"), c.PathValue("rel"), c.PathValue("type")
	if e := r.byID[target]; e == nil || !r.sees(c.who.id, e) {
		return nil, missing("there is no such event")
	}
	q := c.URL.Query()
	back := q.Get("dir") != "f"
	from, err := position(q.Get("from"))
	if err != nil {
		return nil, err
	}
	if q.Get("from") == "" && back {
		from = c.s.pos
	}
	to, err := position(q.Get("to"))
	if err != nil {
		return nil, err
	}
	list, end, more := r.walk(c.who.id, from, to, back, c.count(5), func(e *event) bool {
		how, on, _ := relation(e.content)
		return on == target && how != "" && (rel == "" || how == rel) && (kind == "" || e.kind == kind)
	})
	out := map[string]any{"chunk": r.list(list, c.s, c.dev)}
	if more {
		out["next_batch"] = token(end)
	}
	return out, nil
}

// bundle is what servers tell of an event's relations with it
// (https://spec.matrix.org/v1.16/client-server-api/#aggregations-of-child-events).
func (r *room) bundle(e *event, s *Server, to *device) map[string]any {
	out := map[string]any{}
	var edit, latest *event
	n, took := 0, false
	for _, x := range r.events[r.after(e.pos):] {
		how, on, _ := relation(x.content)
		if on != e.id {
			continue
		}
		switch {
		case how == "m.replace" && x.sender == e.sender && x.kind == e.kind && x.key == nil:
			if edit == nil || x.time >= edit.time {
				edit = x
			}
		case how == "m.thread":
			n, latest, took = n+1, x, took || x.sender == to.user
		}
	}
	if edit != nil {
		out["m.replace"] = r.shown(edit, s, nil)
	}
	if latest != nil {
		out["m.thread"] = map[string]any{"latest_event": r.shown(latest, s, nil), "count": n, "current_user_participated": took || e.sender == to.user}
	}
	return out
}

func threads(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	roots := []*event{}
	for _, e := range slices.Backward(r.events) {
		if how, on, _ := relation(e.content); how == "m.thread" && r.byID[on] != nil && !slices.Contains(roots, r.byID[on]) {
			roots = append(roots, r.byID[on])
		}
	}
	return map[string]any{"chunk": r.list(roots, c.s, c.dev)}, nil
}

// hierarchy is a Space and what is in it, one level deep.
func hierarchy(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	list := []map[string]any{c.s.summary(r)}
	for _, e := range sorted(r.state) {
		child := (*room)(nil)
		if via, _ := e.content["via"].([]any); e.kind == "m.space.child" && len(via) > 0 {
			child = c.s.rooms[*e.key]
		}
		if child == nil {
			continue
		}
		rule, m := child.field("m.room.join_rules", "join_rule"), child.membership(c.who.id)
		if rule == "public" || rule == "knock" || m == "join" || m == "invite" || rule == "restricted" && c.s.lets(child, c.who.id) != "" {
			list = append(list, c.s.summary(child))
		}
	}
	return map[string]any{"rooms": list}, nil
}

func (s *Server) summary(r *room) map[string]any {
	in := 0
	for who := range r.members {
		if r.membership(who) == "join" {
			in++
		}
	}
	out := map[string]any{"room_id": r.id, "num_joined_members": in, "world_readable": false, "guest_can_join": false, "children_state": []any{},
		"room_version": r.version, "join_rule": r.field("m.room.join_rules", "join_rule")}
	for name, v := range map[string]string{"name": r.field("m.room.name", "name"), "topic": r.field("m.room.topic", "topic"),
		"room_type": r.field("m.room.create", "type"), "encryption": r.field("m.room.encryption", "algorithm"),
		"canonical_alias": r.field("m.room.canonical_alias", "alias")} {
		if v != "" {
			out[name] = v
		}
	}
	children := []map[string]any{}
	for _, e := range sorted(r.state) {
		if e.kind == "m.space.child" && len(e.content) > 0 {
			children = append(children, map[string]any{"type": e.kind, "state_key": *e.key, "sender": e.sender, "content": e.content, "origin_server_ts": e.time})
		}
	}
	out["children_state"] = children
	return out
}

func aliases(c *call) (any, error) {
	r, _, err := c.readable()
	if err != nil {
		return nil, err
	}
	list := []string{}
	for name, a := range c.s.aliases {
		if a.room == r.id {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return map[string]any{"aliases": list}, nil
}

// equal says whether two contents are the same on the wire.
func equal(a, b map[string]any) bool {
	if reflect.DeepEqual(a, b) {
		return true
	}
	x, err := json.Marshal(a)
	if err != nil {
		return false
	}
	y, err := json.Marshal(b)
	return err == nil && string(x) == string(y)
}
