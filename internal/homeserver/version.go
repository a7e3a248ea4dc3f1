package homeserver

import "slices"

// roomVersion is what a room version can (https://spec.matrix.org/v1.16/rooms/).
type roomVersion struct {
	knock       bool // from 7 on
	restricted  bool // from 8 on
	knockOrRule bool // knock_restricted, from 10 on
	strict      bool // power levels are whole numbers, from 10 on
	bareCreate  bool // no creator in m.room.create; redacts stands in the content; from 11 on
	endless     bool // creators have all power, and ids have no server; from 12 on
}

var roomVersions = map[string]roomVersion{
	"1": {}, "2": {}, "3": {}, "4": {}, "5": {}, "6": {},
	"7":  {knock: true},
	"8":  {knock: true, restricted: true},
	"9":  {knock: true, restricted: true},
	"10": {knock: true, restricted: true, knockOrRule: true, strict: true},
	"11": {knock: true, restricted: true, knockOrRule: true, strict: true, bareCreate: true},
	"12": {knock: true, restricted: true, knockOrRule: true, strict: true, bareCreate: true, endless: true},
}

func (r *room) can() roomVersion { return roomVersions[r.version] }

// endless is more power than any number.
const endless = int64(1) << 60

// level is somebody's power.
func (r *room) level(user string) int64 {
	if r.can().endless && slices.Contains(r.creators, user) {
		return endless
	}
	e := r.get("m.room.power_levels", "")
	if e == nil {
		if len(r.creators) > 0 && r.creators[0] == user {
			return 100
		}
		return 0
	}
	if users, ok := e.content["users"].(map[string]any); ok {
		if n, ok := number(users[user]); ok {
			return n
		}
	}
	n, _ := number(e.content["users_default"])
	return n
}

// needs is the power that something takes: one of the names in m.room.power_levels.
func (r *room) needs(what string) int64 {
	e := r.get("m.room.power_levels", "")
	if e != nil {
		if n, ok := number(e.content[what]); ok {
			return n
		}
	}
	switch {
	case what == "invite", what == "events_default":
		return 0
	case what == "state_default" && e == nil:
		return 0
	}
	return 50
}

// toSend is the power that sending an event takes.
func (r *room) toSend(kind string, state bool) int64 {
	if e := r.get("m.room.power_levels", ""); e != nil {
		if events, ok := e.content["events"].(map[string]any); ok {
			if n, ok := number(events[kind]); ok {
				return n
			}
		}
	}
	if state {
		return r.needs("state_default")
	}
	return r.needs("events_default")
}
