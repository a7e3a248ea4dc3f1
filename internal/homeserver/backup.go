package homeserver

import (
	"maps"
	"strconv"
)

var backupCalls = map[string]handler{
	"POST room_keys/version":              makeBackup,
	"GET room_keys/version":               lastBackup,
	"GET room_keys/version/{version}":     lastBackup,
	"PUT room_keys/version/{version}":     changeBackup,
	"DELETE room_keys/version/{version}":  dropBackup,
	"GET room_keys/keys":                  backedUp,
	"GET room_keys/keys/{room}":           backedUp,
	"GET room_keys/keys/{room}/{session}": backedUp,
	"PUT room_keys/keys":                  backUp,
	"PUT room_keys/keys/{room}":           backUp,
	"PUT room_keys/keys/{room}/{session}": backUp,
}

// backup is a version of an account's backup of keys
// (https://spec.matrix.org/v1.16/client-server-api/#server-side-key-backups).
type backup struct {
	version   string
	algorithm string
	auth      any
	rooms     map[string]map[string]any // by room and session
	changes   int
	gone      bool
}

func makeBackup(c *call) (any, error) {
	b := &backup{version: strconv.Itoa(len(c.who.backups) + 1), algorithm: c.text("algorithm"), auth: c.body["auth_data"], rooms: map[string]map[string]any{}}
	c.who.backups = append(c.who.backups, b)
	return map[string]any{"version": b.version}, nil
}

// backup is the one of a call: the newest where it names none.
func (c *call) backup() (*backup, error) {
	wanted := c.PathValue("version")
	if wanted == "" {
		wanted = c.URL.Query().Get("version")
	}
	for i := len(c.who.backups) - 1; i >= 0; i-- {
		if b := c.who.backups[i]; !b.gone && (wanted == "" || wanted == b.version) {
			return b, nil
		}
	}
	return nil, missing("there is no backup")
}

func (b *backup) count() (n int) {
	for _, r := range b.rooms {
		n += len(r)
	}
	return n
}

func lastBackup(c *call) (any, error) {
	b, err := c.backup()
	if err != nil {
		return nil, err
	}
	return map[string]any{"version": b.version, "algorithm": b.algorithm, "auth_data": b.auth, "count": b.count(), "etag": strconv.Itoa(b.changes)}, nil
}

func changeBackup(c *call) (any, error) {
	b, err := c.backup()
	if err == nil {
		b.auth = c.body["auth_data"]
	}
	return nil, err
}

func dropBackup(c *call) (any, error) {
	b, err := c.backup()
	if err == nil {
		b.gone = true
	}
	return nil, err
}

// backUp keeps keys: of many rooms, of one, or of one session.
func backUp(c *call) (any, error) {
	b, err := c.backup()
	if err != nil {
		return nil, err
	}
	if newest := c.who.backups[len(c.who.backups)-1]; newest != b {
		return nil, &problem{status: 403, code: "M_WRONG_ROOM_KEYS_VERSION", text: "that backup is not the newest", extra: map[string]any{"current_version": newest.version}}
	}
	rooms := map[string]any{}
	switch room, session := c.PathValue("room"), c.PathValue("session"); {
	case room == "":
		rooms, _ = c.body["rooms"].(map[string]any)
	case session == "":
		rooms[room] = c.body
	default:
		rooms[room] = map[string]any{"sessions": map[string]any{session: c.body}}
	}
	for room, v := range rooms {
		one, _ := v.(map[string]any)
		sessions, _ := one["sessions"].(map[string]any)
		if b.rooms[room] == nil {
			b.rooms[room] = map[string]any{}
		}
		maps.Copy(b.rooms[room], sessions)
	}
	b.changes++
	return map[string]any{"count": b.count(), "etag": strconv.Itoa(b.changes)}, nil
}

func backedUp(c *call) (any, error) {
	b, err := c.backup()
	if err != nil {
		return nil, err
	}
	room, session := c.PathValue("room"), c.PathValue("session")
	switch {
	case session != "":
		if v := b.rooms[room][session]; v != nil {
			return v, nil
		}
		return nil, missing("that key is not in the backup")
	case room != "":
		return map[string]any{"sessions": maps.Clone(b.rooms[room])}, nil
	}
	out := map[string]any{}
	for id, sessions := range b.rooms {
		out[id] = map[string]any{"sessions": sessions}
	}
	return map[string]any{"rooms": out}, nil
}
