package matrix

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// cache is what the rooms are like that we are in: their state, as far as it matters here. It is
// loaded from the homeserver and kept up by /sync, so it can always be had again.
type cache struct {
	me     string
	asked  atomic.Int64
	mu     sync.RWMutex
	rooms  map[string]*room
	direct map[string][]string // our m.direct: rooms by person
}

// room is one room's state.
type room struct {
	id         string
	loaded     time.Time
	asked      int64  // when its state was asked for, as a number in order
	kind       string // "m.space" for a Space
	creators   []string
	version    string
	before     string // the room that it replaced
	after      string // the room that replaced it
	name       string
	alias      string
	topic      string
	joinRule   string
	encryption json.RawMessage
	levels     levels
	hasLevels  bool
	members    map[string]member
	children   map[string]string // of a Space: who put the room there, by room
	parents    map[string]bool
	marker     string // of a Space that we use: the engine's id of it
	direct     string // of a conversation that we opened: the person
	record     string // of a room that we opened for a record: its id
	key        string // of a room that we opened: what for
	pinned     []string
	last       map[string]string // the newest message by thread
	has        map[string]bool   // the state that there is beside members, as type/key
}

type member struct {
	Membership string `json:"membership"`
	Name       string `json:"displayname"`
	Direct     bool   `json:"is_direct"`
}

// levels are m.room.power_levels (https://spec.matrix.org/v1.16/client-server-api/#mroompower_levels).
type levels struct {
	Users         map[string]power `json:"users"`
	UsersDefault  power            `json:"users_default"`
	Events        map[string]power `json:"events"`
	EventsDefault power            `json:"events_default"`
	StateDefault  *power           `json:"state_default"`
}

// power is a number that rooms before version 10 may have as text.
type power float64

// UnmarshalJSON takes what is no number as none.
func (p *power) UnmarshalJSON(raw []byte) error {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		raw = []byte(strings.TrimSpace(s))
	}
	n, err := strconv.ParseFloat(string(raw), 64)
	if err == nil && !math.IsNaN(n) {
		*p = power(n)
	}
	return nil
}

func newCache(me string) *cache {
	return &cache{me: me, rooms: map[string]*room{}, direct: map[string][]string{}}
}

func newRoom(id string) *room {
	return &room{id: id, members: map[string]member{}, children: map[string]string{}, parents: map[string]bool{}, last: map[string]string{}, has: map[string]bool{}}
}

// apply takes over a state event.
func (r *room) apply(e entry, me string) {
	if e.StateKey == nil {
		return
	}
	if e.Type != "m.room.member" {
		r.has[e.Type+"/"+*e.StateKey] = true
	}
	switch key := *e.StateKey; e.Type {
	case "m.room.member":
		var m member
		e.into(&m)
		r.members[key] = m
	case "m.space.child":
		var c struct {
			Via []string `json:"via"`
		}
		e.into(&c)
		delete(r.children, key)
		if len(c.Via) > 0 {
			r.children[key] = e.Sender
		}
	case "m.space.parent":
		var c struct {
			Via []string `json:"via"`
		}
		e.into(&c)
		delete(r.parents, key)
		if len(c.Via) > 0 {
			r.parents[key] = true
		}
	default:
		if key == "" {
			r.applyOne(e, me)
		}
	}
}

func (r *room) applyOne(e entry, me string) {
	switch e.Type {
	case "m.room.create":
		var c struct {
			Type        string   `json:"type"`
			Version     string   `json:"room_version"`
			Additional  []string `json:"additional_creators"`
			Key         string   `json:"guildhall.key"`
			Direct      string   `json:"guildhall.direct"`
			Predecessor struct {
				Room string `json:"room_id"`
			} `json:"predecessor"`
		}
		e.into(&c)
		r.kind, r.version, r.before = c.Type, c.Version, c.Predecessor.Room
		r.creators = append([]string{e.Sender}, c.Additional...)
		if e.Sender == me {
			r.key, r.direct = c.Key, c.Direct
		}
	case "m.room.name":
		r.name = field(e, "name")
	case "m.room.canonical_alias":
		r.alias = field(e, "alias")
	case "m.room.topic":
		r.topic = field(e, "topic")
	case "m.room.join_rules":
		r.joinRule = field(e, "join_rule")
	case "m.room.encryption":
		if field(e, "algorithm") != "" {
			r.encryption = e.Content // once on, it is never off
		}
	case "m.room.tombstone":
		r.after = field(e, "replacement_room")
	case "m.room.power_levels":
		r.levels, r.hasLevels = levels{}, true
		e.into(&r.levels)
	case "m.room.pinned_events":
		var c struct {
			Pinned []string `json:"pinned"`
		}
		e.into(&c)
		r.pinned = c.Pinned
	case markerType:
		if e.Sender == me { // anybody can write one into a room of their own
			r.marker = field(e, "space")
			r.record = field(e, "record")
			if key := field(e, "key"); key != "" {
				r.key = key
			}
			if who := field(e, "direct"); who != "" {
				r.direct = who
			}
		}
	}
}

// field is one text of an event's content.
func field(e entry, name string) string {
	var c map[string]json.RawMessage
	e.into(&c)
	var s string
	_ = json.Unmarshal(c[name], &s)
	return s
}

// level is how much power somebody has in the room. Creators have more than anybody from room
// version 12 on.
func (r *room) level(who string) power {
	if r.endless(who) {
		return 1 << 53
	}
	if !r.hasLevels {
		if slices.Contains(r.creators[:min(1, len(r.creators))], who) {
			return 100
		}
		return 0
	}
	if l, ok := r.levels.Users[who]; ok {
		return l
	}
	return r.levels.UsersDefault
}

// endless says whether somebody is a creator of a room whose version gives creators all power.
func (r *room) endless(who string) bool {
	switch r.version {
	case "", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11":
		return false
	}
	return slices.Contains(r.creators, who)
}

// needs is the power that a state event of the kind takes.
func (r *room) needs(kind string) power {
	if l, ok := r.levels.Events[kind]; ok {
		return l
	}
	switch {
	case r.levels.StateDefault != nil:
		return *r.levels.StateDefault
	case r.hasLevels:
		return 50
	}
	return 0
}

// admin says whether somebody runs the room: who may change who may do what.
func (r *room) admin(who string) bool {
	if r.members[who].Membership != "join" {
		return false
	}
	l := r.level(who)
	if need, ok := r.levels.Events["m.room.power_levels"]; ok && need > 0 {
		return l >= need && l >= 50
	}
	return l >= 100
}

// people are those who are in the room or invited.
func (r *room) people(except string) (in, invited []string) {
	for who, m := range r.members {
		switch {
		case who == except:
		case m.Membership == "join":
			in = append(in, who)
		case m.Membership == "invite":
			invited = append(invited, who)
		}
	}
	slices.Sort(in)
	slices.Sort(invited)
	return in, invited
}

// markerType is our own state event, in Spaces and rooms that we made.
const markerType = "guildhall.room"

// with runs f on a room that is known.
func (c *cache) with(id string, f func(r *room)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	r, ok := c.rooms[id]
	if ok {
		f(r)
	}
	return ok
}

// look copies what is asked for out of a room that is known.
func (c *cache) look(id string, f func(r *room)) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r, ok := c.rooms[id]
	if ok {
		f(r)
	}
	return ok
}

// put keeps a room's state, unless it was asked for before what is kept: of two answers the one that was asked for
// first may come last, and of a room that is just being made it has but half. What is encrypted stays so.
func (c *cache) put(r *room) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.rooms[r.id]; old != nil {
		if old.asked > r.asked {
			return
		}
		r.last = old.last
		if r.encryption == nil {
			r.encryption = old.encryption
		}
	}
	c.rooms[r.id] = r
}

func (c *cache) drop(id string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.rooms, id)
}

func (c *cache) ids() []string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return slices.Sorted(maps.Keys(c.rooms))
}

// spaceOf is the engine's space of a room: the Space that we use for it, else one that the room's
// own admins put it into, else the room itself (or the one that it replaced). What strangers say of
// their own rooms and Spaces moves no room of others.
func (c *cache) spaceOf(id string) string {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.spaceOfLocked(id, 0)
}

func (c *cache) spaceOfLocked(id string, depth int) string {
	r := c.rooms[id]
	if r != nil && r.kind == "m.space" {
		if r.marker != "" {
			return r.marker
		}
		return id
	}
	best, marked := "", false
	for _, s := range c.rooms {
		if s.kind != "m.space" || s.after != "" {
			continue
		}
		if s.marker == id {
			return id
		}
		by, child := s.children[id]
		if !child {
			continue
		}
		ours := s.marker != ""
		if !ours && (r == nil || !r.parents[s.id] && r.level(by) < 50) {
			continue
		}
		name := s.id
		if ours {
			name = s.marker
		}
		if best == "" || ours && !marked || ours == marked && name < best {
			best, marked = name, ours
		}
	}
	if best != "" {
		return best
	}
	if r != nil && r.before != "" && depth < 20 {
		if old := c.rooms[r.before]; old != nil && old.after == id {
			return c.spaceOfLocked(r.before, depth+1)
		}
	}
	return id
}

// isDirect says whether a room is a conversation with one person: nobody else can be reading, and it
// was opened as one (or looks as clients open them: without a name, and both may do everything).
func (c *cache) isDirect(id string) bool {
	c.mu.RLock()
	defer c.mu.RUnlock()
	r := c.rooms[id]
	if r == nil || r.kind != "" {
		return false
	}
	in, invited := r.people(c.me)
	if len(in)+len(invited) > 1 {
		return false
	}
	if r.direct != "" || r.members[c.me].Direct {
		return true
	}
	for _, who := range append(in, invited...) {
		if slices.Contains(c.direct[who], id) || r.members[who].Direct {
			return true
		}
	}
	return r.name == "" && r.alias == "" && len(in) == 1 && r.joinRule != "public" && len(r.parents) == 0 &&
		r.level(c.me) >= 100 && r.level(in[0]) >= 100
}
