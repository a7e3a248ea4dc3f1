package homeserver

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"sort"
)

// room is a room: its events in order, and what its state is after the last.
type room struct {
	id, version string
	creators    []string
	events      []*event
	byID        map[string]*event
	state       map[string]*event // by type, a zero byte and state key
	members     map[string][]*event
	typing      map[string]bool
	typed       int64                       // position of the last change
	receipts    map[string]map[string]datum // by kind and user: content is the receipt's event and time
}

// event is one event of a room.
type event struct {
	pos      int64
	id       string
	kind     string
	sender   string
	key      *string // of state
	time     int64   // milliseconds
	content  map[string]any
	replaced *event // the state before
	redacts  string
	because  *event // it was taken back by this one
	device   string // whose device sent it, as user/device
	txn      string
	history  string // the history visibility when it was sent
}

// stateName is where an event stands in a room's state.
func stateName(kind, key string) string { return kind + "\x00" + key }

func (r *room) get(kind, key string) *event { return r.state[stateName(kind, key)] }

// field is a text of a piece of state.
func (r *room) field(kind, name string) string {
	if e := r.get(kind, ""); e != nil {
		v, _ := e.content[name].(string)
		return v
	}
	return ""
}

// membership is somebody's membership now; "leave" for who never was there.
func (r *room) membership(user string) string {
	list := r.members[user]
	if len(list) == 0 {
		return "leave"
	}
	v, _ := list[len(list)-1].content["membership"].(string)
	return v
}

// membershipAt is a membership right after a position.
func (r *room) membershipAt(user string, pos int64) string {
	out := "leave"
	for _, e := range r.members[user] {
		if e.pos > pos {
			break
		}
		out, _ = e.content["membership"].(string)
	}
	return out
}

// joinedAt is where somebody's present stay in the room began.
func (r *room) joinedAt(user string) int64 {
	var at int64
	in := false
	for _, e := range r.members[user] {
		now := e.content["membership"] == "join"
		if now && !in {
			at = e.pos
		}
		in = now
	}
	return at
}

// sees says whether somebody may see an event
// (https://spec.matrix.org/v1.16/client-server-api/#server-behaviour-5).
func (r *room) sees(user string, e *event) bool {
	if e.kind == "m.room.member" && e.key != nil && *e.key == user || e.history == "world_readable" {
		return true
	}
	at, later := "leave", false
	for _, m := range r.members[user] {
		v, _ := m.content["membership"].(string)
		if m.pos <= e.pos {
			at = v
		} else if v == "join" {
			later = true
		}
	}
	switch {
	case at == "join":
		return true
	case e.history == "shared":
		return later
	case e.history == "invited":
		return at == "invite" && later
	}
	return false
}

// stateAt is the room's state right after a position.
func (r *room) stateAt(pos int64) map[string]*event {
	out := map[string]*event{}
	for _, e := range r.events {
		if e.pos > pos {
			break
		}
		if e.key != nil {
			out[stateName(e.kind, *e.key)] = e
		}
	}
	return out
}

// after is the index of the first event after a position.
func (r *room) after(pos int64) int {
	return sort.Search(len(r.events), func(i int) bool { return r.events[i].pos > pos })
}

func newID() string {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw)
}

// add puts an event into a room. It is not checked.
func (s *Server) add(r *room, sender, kind string, key *string, content map[string]any) *event {
	if content == nil {
		content = map[string]any{}
	}
	e := &event{pos: s.next(), id: "$" + newID(), kind: kind, sender: sender, key: key, content: content, time: s.now().UnixMilli()}
	if key != nil {
		name := stateName(kind, *key)
		e.replaced, r.state[name] = r.state[name], e
		if kind == "m.room.member" {
			r.members[*key] = append(r.members[*key], e)
		}
	}
	e.history = r.field("m.room.history_visibility", "history_visibility")
	if e.history == "" {
		e.history = "shared"
	}
	r.events, r.byID[e.id] = append(r.events, e), e
	return e
}

// shown is an event as a client gets it.
func (r *room) shown(e *event, s *Server, to *device) map[string]any {
	out := map[string]any{"event_id": e.id, "room_id": r.id, "type": e.kind, "sender": e.sender, "origin_server_ts": e.time, "content": e.content}
	if e.key != nil {
		out["state_key"] = *e.key
	}
	unsigned := map[string]any{"age": max(0, s.now().UnixMilli()-e.time)}
	if e.redacts != "" && e.because == nil {
		out["redacts"] = e.redacts // also where the version has it in the content, for older clients
	}
	if e.replaced != nil {
		unsigned["prev_content"], unsigned["prev_sender"], unsigned["replaces_state"] = e.replaced.content, e.replaced.sender, e.replaced.id
	}
	if e.because != nil {
		unsigned["redacted_because"] = r.shown(e.because, s, nil)
	}
	if to != nil {
		if e.txn != "" && e.device == to.user+"/"+to.id {
			unsigned["transaction_id"] = e.txn
		}
		unsigned["membership"] = r.membershipAt(to.user, e.pos)
		if bundle := r.bundle(e, s, to); len(bundle) > 0 {
			unsigned["m.relations"] = bundle
		}
	}
	out["unsigned"] = unsigned
	return out
}

func (r *room) list(events []*event, s *Server, to *device) []map[string]any {
	out := []map[string]any{}
	for _, e := range events {
		out = append(out, r.shown(e, s, to))
	}
	return out
}

// sorted are pieces of state in the order in which they came about.
func sorted(state map[string]*event) []*event {
	out := make([]*event, 0, len(state))
	for _, e := range state {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *event) int { return int(a.pos - b.pos) })
	return out
}

// stripped is what the invited see of a room
// (https://spec.matrix.org/v1.16/client-server-api/#stripped-state).
func (r *room) stripped(user string) []map[string]any {
	out := []map[string]any{}
	for _, kind := range []string{"m.room.create", "m.room.name", "m.room.avatar", "m.room.topic", "m.room.join_rules", "m.room.canonical_alias", "m.room.encryption"} {
		if e := r.get(kind, ""); e != nil {
			out = append(out, map[string]any{"type": kind, "state_key": "", "sender": e.sender, "content": e.content})
		}
	}
	mine := r.get("m.room.member", user)
	for _, e := range []*event{r.get("m.room.member", mine.sender), mine} {
		if e != nil && (len(out) == 0 || e == mine || e.sender != user) {
			out = append(out, map[string]any{"type": e.kind, "state_key": *e.key, "sender": e.sender, "content": e.content,
				"event_id": e.id, "origin_server_ts": e.time})
		}
	}
	return out
}

// number reads a whole number of JSON.
func number(v any) (int64, bool) {
	switch n := v.(type) {
	case json.Number:
		i, err := n.Int64()
		return i, err == nil
	case int:
		return int64(n), true
	case int64:
		return n, true
	case float64:
		return int64(n), n == float64(int64(n))
	}
	return 0, false
}
