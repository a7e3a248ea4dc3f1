package homeserver

import (
	"encoding/json"
	"slices"
	"strings"
)

// allows says why somebody may not send an event, nil when they may
// (https://spec.matrix.org/v1.16/rooms/v11/#authorization-rules).
func (r *room) allows(sender, kind string, key *string, content map[string]any) error {
	switch {
	case kind == "m.room.create":
		return forbidden("a room is made once")
	case kind == "m.room.member" && key != nil:
		return r.allowsMember(sender, *key, content)
	case r.membership(sender) != "join":
		return forbidden("%s is not in the room", sender)
	}
	if need := r.toSend(kind, key != nil); r.level(sender) < need {
		return forbidden("%s takes power %d, and %s has %d", kind, need, sender, r.level(sender))
	}
	if key != nil && strings.HasPrefix(*key, "@") && *key != sender {
		return forbidden("that state belongs to %s", *key)
	}
	if kind == "m.room.power_levels" && key != nil && *key == "" {
		return r.allowsLevels(sender, content)
	}
	return nil
}

// allowsMember are the rules for memberships.
func (r *room) allowsMember(sender, target string, content map[string]any) error {
	now, mine := r.membership(target), r.membership(sender)
	rule := r.field("m.room.join_rules", "join_rule")
	power := r.level(sender)
	above := power > r.level(target)
	if !slices.Contains([]string{"join", "invite", "leave", "ban", "knock"}, text(content, "membership")) {
		return invalid("M_BAD_JSON", "no such membership")
	}
	if len(target) > 255 || !strings.HasPrefix(target, "@") || !strings.Contains(target, ":") {
		return invalid("M_INVALID_PARAM", "%q is no user id", target)
	}
	switch membership := text(content, "membership"); membership {
	case "join":
		switch {
		case sender != target:
			return forbidden("nobody joins for another one")
		case now == "ban":
			return forbidden("%s is banned", target)
		case now == "join", now == "invite", rule == "public":
			return nil
		case text(content, "join_authorised_via_users_server") != "" && (rule == "restricted" || rule == "knock_restricted"):
			return nil
		}
		return forbidden("%s was not invited", target)
	case "invite":
		switch {
		case mine != "join":
			return forbidden("%s is not in the room", sender)
		case now == "join" || now == "ban":
			return forbidden("%s is in the room already, or banned", target)
		case power < r.needs("invite"):
			return forbidden("inviting takes power %d", r.needs("invite"))
		}
	case "leave":
		switch {
		case sender == target:
			if now == "join" || now == "invite" || now == "knock" {
				return nil
			}
			return forbidden("%s is not in the room", target)
		case mine != "join":
			return forbidden("%s is not in the room", sender)
		case now == "ban" && power < r.needs("ban"), power < r.needs("kick"), !above:
			return forbidden("%s may not put %s out", sender, target)
		}
	case "ban":
		if mine != "join" || power < r.needs("ban") || !above {
			return forbidden("%s may not ban %s", sender, target)
		}
	case "knock":
		if sender != target || rule != "knock" && rule != "knock_restricted" || now == "ban" || now == "join" || now == "invite" {
			return forbidden("%s may not knock", target)
		}
	}
	return nil
}

func text(content map[string]any, name string) string {
	v, _ := content[name].(string)
	return v
}

// allowsLevels are the rules for changes of power levels: nobody gives or takes what they have not.
func (r *room) allowsLevels(sender string, content map[string]any) error {
	power := r.level(sender)
	old := map[string]any{}
	if e := r.get("m.room.power_levels", ""); e != nil {
		old = e.content
	}
	users, _ := content["users"].(map[string]any)
	for _, c := range r.creators {
		if _, listed := users[c]; listed && r.can().endless {
			return invalid("M_BAD_JSON", "creators stand in no list of powers")
		}
	}
	if err := compare(old, content, power, r.can().strict, nil); err != nil {
		return err
	}
	for _, name := range []string{"events", "users", "notifications"} {
		before, _ := old[name].(map[string]any)
		after, isMap := content[name].(map[string]any)
		if content[name] != nil && !isMap {
			return invalid("M_BAD_JSON", "%s is no object", name)
		}
		var others func(string, int64) bool
		if name == "users" {
			others = func(who string, had int64) bool { return who != sender && had >= power }
		}
		if err := compare(before, after, power, r.can().strict, others); err != nil {
			return err
		}
	}
	return nil
}

// compare looks at each number that differs. taboo says which ones may not be changed though they are
// not above the sender.
func compare(before, after map[string]any, power int64, strict bool, taboo func(string, int64) bool) error {
	names := map[string]bool{}
	for k := range before {
		names[k] = true
	}
	for k := range after {
		names[k] = true
	}
	for k := range names {
		if v, ok := after[k]; ok {
			if _, isMap := v.(map[string]any); isMap {
				continue
			}
			if _, whole := number(v); !whole && strict {
				return invalid("M_BAD_JSON", "%s is no whole number", k)
			}
		}
		was, had := number(before[k])
		is, has := number(after[k])
		if had == has && was == is {
			continue
		}
		if had && was > power || has && is > power || had && taboo != nil && taboo(k, was) {
			return forbidden("changing %s takes more power than %d", k, power)
		}
	}
	return nil
}

// Sizes of events (https://spec.matrix.org/v1.16/client-server-api/#size-limits).
const (
	maxEvent = 65536
	maxName  = 255
	overhead = 600 // what a server adds: hashes, signatures, earlier events
)

// fits checks what an event consists of.
func fits(kind string, key *string, content map[string]any) error {
	raw, err := json.Marshal(content)
	switch {
	case err != nil:
		return invalid("M_BAD_JSON", "%v", err)
	case len(raw)+overhead > maxEvent:
		return &problem{status: 413, code: "M_TOO_LARGE", text: "the event is too large"}
	case len(kind) > maxName || key != nil && len(*key) > maxName:
		return invalid("M_BAD_JSON", "a name is too long")
	}
	return whole(content)
}

// whole finds numbers that canonical JSON does not have.
func whole(v any) error {
	switch x := v.(type) {
	case json.Number:
		if n, err := x.Int64(); err != nil || n > 1<<53-1 || n < -(1<<53-1) {
			return invalid("M_BAD_JSON", "%s is no whole number that can be kept", x)
		}
	case map[string]any:
		for _, y := range x {
			if err := whole(y); err != nil {
				return err
			}
		}
	case []any:
		for _, y := range x {
			if err := whole(y); err != nil {
				return err
			}
		}
	}
	return nil
}
