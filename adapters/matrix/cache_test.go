package matrix

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"
)

// known puts a room into a cache, from its state as "type key sender content".
func known(t *testing.T, c *cache, id string, state ...[4]string) {
	t.Helper()
	r := newRoom(id)
	for _, s := range state {
		r.apply(entry{Type: s[0], StateKey: &s[1], Sender: s[2], Content: json.RawMessage(s[3])}, c.me)
	}
	r.loaded = time.Unix(1, 0)
	c.put(r)
}

func created(by, more string) [4]string {
	return [4]string{"m.room.create", "", by, `{"room_version":"10"` + more + `}`}
}

func isSpace(by string) [4]string { return created(by, `,"type":"m.space"`) }

func child(id, by string) [4]string {
	return [4]string{"m.space.child", id, by, `{"via":["example.org"]}`}
}

func marked(as, by string) [4]string {
	return [4]string{markerType, "", by, fmt.Sprintf(`{"space":%q}`, as)}
}

func TestSpaceOf(t *testing.T) {
	t.Parallel()
	for name, x := range map[string]struct {
		set  func(c *cache)
		want string
	}{
		"a room alone is its own": {func(*cache) {}, "!help"},
		"a Space that we made for another room": {func(c *cache) {
			known(t, c, "!S", isSpace(me), marked("!lobby", me), child("!help", me))
		}, "!lobby"},
		"the room for which we made one": {func(c *cache) {
			known(t, c, "!S", isSpace(me), marked("!help", me))
		}, "!help"},
		"a Space into which the room's admin put it": {func(c *cache) {
			known(t, c, "!X", isSpace("@ann:x"), child("!help", "@ann:x"))
		}, "!X"},
		"a stranger's Space": {func(c *cache) {
			known(t, c, "!X", isSpace("@eve:x"), child("!help", "@eve:x"))
		}, "!help"},
		"a stranger's mark": {func(c *cache) {
			known(t, c, "!X", isSpace("@eve:x"), marked("!lobby", "@eve:x"), child("!help", "@eve:x"))
		}, "!help"},
		"ours before an admin's": {func(c *cache) {
			known(t, c, "!A", isSpace("@ann:x"), child("!help", "@ann:x"))
			known(t, c, "!S", isSpace(me), marked("!lobby", me), child("!help", me))
		}, "!lobby"},
		"taken out again": {func(c *cache) {
			known(t, c, "!S", isSpace(me), marked("!lobby", me), child("!help", me), [4]string{"m.space.child", "!help", me, `{}`})
		}, "!help"},
	} {
		c := newCache(me)
		known(t, c, "!help", created("@ann:x", ""), [4]string{"m.room.power_levels", "", "@ann:x", `{"users":{"@ann:x":100}}`})
		x.set(c)
		if got := c.spaceOf("!help"); got != x.want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestSpaceOfAReplacedRoom(t *testing.T) {
	t.Parallel()
	c := newCache(me)
	known(t, c, "!old", created("@ann:x", ""), [4]string{"m.room.tombstone", "", "@ann:x", `{"replacement_room":"!new"}`})
	known(t, c, "!new", created("@ann:x", `,"predecessor":{"room_id":"!old"}`))
	known(t, c, "!forged", created("@eve:x", `,"predecessor":{"room_id":"!old"}`))
	if got := c.spaceOf("!new"); got != "!old" {
		t.Errorf("the new room is of %s", got)
	}
	if got := c.spaceOf("!forged"); got != "!forged" {
		t.Errorf("a room that only says so is of %s", got)
	}
}

func TestIsDirect(t *testing.T) {
	t.Parallel()
	join := func(who string) [4]string { return [4]string{"m.room.member", who, who, `{"membership":"join"}`} }
	mine := [4]string{"m.room.member", me, "@ann:x", `{"membership":"join","is_direct":true}`}
	equals := [4]string{"m.room.power_levels", "", "@ann:x", `{"users":{"@ann:x":100,"` + me + `":100}}`}
	name := [4]string{"m.room.name", "", "@ann:x", `{"name":"Us"}`}
	for what, x := range map[string]struct {
		state [][4]string
		want  bool
	}{
		"flagged":                 {[][4]string{created("@ann:x", ""), mine, join("@ann:x"), name}, true},
		"flagged, but three":      {[][4]string{created("@ann:x", ""), mine, join("@ann:x"), join("@bea:x")}, false},
		"two equals without name": {[][4]string{created("@ann:x", ""), join(me), join("@ann:x"), equals}, true},
		"two without name":        {[][4]string{created("@ann:x", ""), join(me), join("@ann:x")}, false},
		"two with name":           {[][4]string{created("@ann:x", ""), join(me), join("@ann:x"), equals, name}, false},
		"two behind an open door": {[][4]string{created("@ann:x", ""), join(me), join("@ann:x"), equals, {"m.room.join_rules", "", "@ann:x", `{"join_rule":"public"}`}}, false},
		"opened by us":            {[][4]string{created(me, ""), join(me), {markerType, "", me, `{"direct":"@ann:x"}`}, {"m.room.member", "@ann:x", me, `{"membership":"invite"}`}}, true},
		"a Space":                 {[][4]string{isSpace("@ann:x"), mine, join("@ann:x")}, false},
	} {
		c := newCache(me)
		known(t, c, "!d", x.state...)
		if got := c.isDirect("!d"); got != x.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	levels := func(s string) [4]string { return [4]string{"m.room.power_levels", "", "@ann:x", s} }
	v12 := [4]string{"m.room.create", "", "@ann:x", `{"room_version":"12","additional_creators":["@bea:x"]}`}
	for what, x := range map[string]struct {
		state []([4]string)
		who   string
		want  bool
	}{
		"who made it":                {[][4]string{created("@ann:x", "")}, "@ann:x", true},
		"somebody":                   {[][4]string{created("@ann:x", "")}, "@bea:x", false},
		"a hundred":                  {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":100}}`)}, "@bea:x", true},
		"a moderator":                {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":50}}`)}, "@bea:x", false},
		"who may change levels":      {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":75},"events":{"m.room.power_levels":75}}`)}, "@bea:x", true},
		"everybody may":              {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":10},"events":{"m.room.power_levels":0}}`)}, "@bea:x", false},
		"a creator of version 12":    {[][4]string{v12, levels(`{"users":{}}`)}, "@ann:x", true},
		"another creator":            {[][4]string{v12, levels(`{"users":{}}`)}, "@bea:x", true},
		"whoever made an older room": {[][4]string{created("@ann:x", ""), levels(`{"users":{}}`)}, "@ann:x", false},
		"odd levels":                 {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":["100"]}}`)}, "@bea:x", false},
		"levels as older rooms have": {[][4]string{created("@ann:x", ""), levels(`{"users":{"@bea:x":"100"}}`)}, "@bea:x", true},
		"who is not there":           {[][4]string{created("@ann:x", ""), levels(`{"users":{"@dan:x":100}}`)}, "@dan:x", false},
	} {
		c := newCache(me)
		for _, who := range []string{"@ann:x", "@bea:x"} {
			x.state = append(x.state, [4]string{"m.room.member", who, who, `{"membership":"join"}`})
		}
		known(t, c, "!r", x.state...)
		got := false
		c.look("!r", func(r *room) { got = r.admin(x.who) })
		if got != x.want {
			t.Errorf("%s: %v", what, got)
		}
	}
}

func TestArrival(t *testing.T) {
	t.Parallel()
	said := entry{Type: "m.room.message", ID: "$m"}
	mine := func(membership, before string, at float64) entry {
		key := me
		return entry{Type: "m.room.member", StateKey: &key, Time: at, Content: json.RawMessage(`{"membership":"` + membership + `"}`),
			Unsigned: json.RawMessage(`{"prev_content":{"membership":"` + before + `"}}`)}
	}
	for what, x := range map[string]struct {
		list  []entry
		start int
		came  bool
	}{
		"there already":          {[]entry{said, said}, 0, false},
		"came in the middle":     {[]entry{said, mine("join", "leave", 1), said}, 1, true},
		"invited just before":    {[]entry{said, mine("invite", "", 1000), said, mine("join", "invite", 2000), said}, 1, true},
		"invited long before":    {[]entry{said, mine("invite", "", 1000), said, mine("join", "invite", 1e7), said}, 3, true},
		"only changed its name":  {[]entry{said, mine("join", "join", 1), said}, 0, false},
		"went and came back":     {[]entry{mine("join", "", 1), said, mine("leave", "join", 2), said, mine("join", "leave", 3), said}, 4, true},
		"an odd event before it": {[]entry{{Type: "m.room.member"}, mine("join", "", 1)}, 1, true},
	} {
		if start, came := arrival(x.list, me); start != x.start || came != x.came {
			t.Errorf("%s: %d %v", what, start, came)
		}
	}
}
