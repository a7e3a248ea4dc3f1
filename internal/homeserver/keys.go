package homeserver

import (
	"maps"
	"slices"
	"strings"
)

var keyCalls = map[string]handler{
	"POST keys/upload":                uploadKeys,
	"POST keys/query":                 queryKeys,
	"POST keys/claim":                 claimKeys,
	"GET keys/changes":                keyChanges,
	"POST keys/device_signing/upload": uploadSigning,
	"POST keys/signatures/upload":     uploadSignatures,
	"PUT sendToDevice/{type}/{txn}":   sendToDevice,
}

// onceKey is a key that is given out once (or, as a fallback, again and again).
type onceKey struct {
	id    string // with its algorithm in front
	value any
}

// letter is a message from device to device.
type letter struct {
	pos     int64
	sender  string
	kind    string
	content any
}

// keyChange says that somebody's devices or their keys changed.
type keyChange struct {
	pos  int64
	user string
}

// signing are an account's cross-signing keys.
type signing struct{ master, self, user map[string]any }

func (s *Server) keysChanged(user string) { s.keys = append(s.keys, keyChange{s.next(), user}) }

func uploadKeys(c *call) (any, error) {
	if keys, ok := c.body["device_keys"].(map[string]any); ok {
		if text(keys, "user_id") != c.who.id || text(keys, "device_id") != c.dev.id {
			return nil, invalid("M_INVALID_PARAM", "those are another device's keys")
		}
		c.dev.keys = keys
		c.s.keysChanged(c.who.id)
	}
	once, _ := c.body["one_time_keys"].(map[string]any)
	for _, id := range slices.Sorted(maps.Keys(once)) {
		if at := slices.IndexFunc(c.dev.once, func(k onceKey) bool { return k.id == id }); at >= 0 {
			if a, ok := once[id].(map[string]any); ok {
				if b, ok := c.dev.once[at].value.(map[string]any); ok && !equal(a, b) {
					return nil, invalid("M_UNKNOWN", "the key %s is there already", id)
				}
			}
			continue
		}
		c.dev.once = append(c.dev.once, onceKey{id, once[id]})
	}
	fallback, _ := c.body["fallback_keys"].(map[string]any)
	for id, v := range fallback {
		algorithm, _, _ := strings.Cut(id, ":")
		c.dev.fallback[algorithm] = onceKey{id, v}
	}
	return map[string]any{"one_time_key_counts": c.dev.counts()}, nil
}

func (d *device) counts() map[string]int {
	out := map[string]int{"signed_curve25519": 0}
	for _, k := range d.once {
		algorithm, _, _ := strings.Cut(k.id, ":")
		out[algorithm]++
	}
	return out
}

func queryKeys(c *call) (any, error) {
	wanted, _ := c.body["device_keys"].(map[string]any)
	devices, master, self, user := map[string]any{}, map[string]any{}, map[string]any{}, map[string]any{}
	for who, list := range wanted {
		a := c.s.accounts[who]
		if a == nil {
			continue
		}
		only, _ := list.([]any)
		mine := map[string]any{}
		for id, d := range a.devices {
			if d.keys == nil || len(only) > 0 && !slices.Contains(only, any(id)) {
				continue
			}
			keys := maps.Clone(d.keys)
			keys["unsigned"] = map[string]any{"device_display_name": d.name}
			mine[id] = keys
		}
		devices[who] = mine
		for into, key := range map[*map[string]any]map[string]any{&master: a.signing.master, &self: a.signing.self, &user: a.signing.user} {
			if key != nil && (into != &user || who == c.who.id) {
				(*into)[who] = key
			}
		}
	}
	return map[string]any{"device_keys": devices, "master_keys": master, "self_signing_keys": self, "user_signing_keys": user, "failures": map[string]any{}}, nil
}

func claimKeys(c *call) (any, error) {
	wanted, _ := c.body["one_time_keys"].(map[string]any)
	out := map[string]any{}
	for who, list := range wanted {
		a := c.s.accounts[who]
		byDevice, _ := list.(map[string]any)
		if a == nil {
			continue
		}
		given := map[string]any{}
		for id, algorithm := range byDevice {
			kind, _ := algorithm.(string)
			if d := a.devices[id]; d != nil {
				if k, ok := d.take(kind); ok {
					given[id] = map[string]any{k.id: k.value}
				}
			}
		}
		out[who] = given
	}
	return map[string]any{"one_time_keys": out, "failures": map[string]any{}}, nil
}

// take gives a key out: each once, then the fallback.
func (d *device) take(algorithm string) (onceKey, bool) {
	at := slices.IndexFunc(d.once, func(k onceKey) bool { return strings.HasPrefix(k.id, algorithm+":") })
	if at >= 0 {
		k := d.once[at]
		d.once = slices.Delete(d.once, at, at+1)
		return k, true
	}
	k, ok := d.fallback[algorithm]
	return k, ok
}

func uploadSigning(c *call) (any, error) {
	had := c.who.signing.master != nil
	if master, ok := c.body["master_key"].(map[string]any); !had || ok && !equal(master, c.who.signing.master) {
		if err := c.again(); err != nil {
			return nil, err
		}
	}
	for name, into := range map[string]*map[string]any{"master_key": &c.who.signing.master, "self_signing_key": &c.who.signing.self, "user_signing_key": &c.who.signing.user} {
		if key, ok := c.body[name].(map[string]any); ok {
			*into = key
		}
	}
	c.s.keysChanged(c.who.id)
	return nil, nil //nolint:nilnil // an empty object
}

// uploadSignatures adds signatures to what they sign: devices by their id, keys by themselves.
func uploadSignatures(c *call) (any, error) {
	for who, signed := range c.body {
		a := c.s.accounts[who]
		byKey, _ := signed.(map[string]any)
		if a == nil {
			continue
		}
		for id, v := range byKey {
			object, _ := v.(map[string]any)
			if d := a.devices[id]; d != nil && d.keys != nil {
				merge(d.keys, object)
				continue
			}
			for _, key := range []map[string]any{a.signing.master, a.signing.self, a.signing.user} {
				if keys, ok := key["keys"].(map[string]any); ok && keys["ed25519:"+id] != nil {
					merge(key, object)
				}
			}
		}
		c.s.keysChanged(who)
	}
	return map[string]any{"failures": map[string]any{}}, nil
}

func merge(into, from map[string]any) {
	have, _ := into["signatures"].(map[string]any)
	all := map[string]any{}
	maps.Copy(all, have)
	more, _ := from["signatures"].(map[string]any)
	for who, v := range more {
		both := map[string]any{}
		if old, ok := all[who].(map[string]any); ok {
			maps.Copy(both, old)
		}
		if fresh, ok := v.(map[string]any); ok {
			maps.Copy(both, fresh)
		}
		all[who] = both
	}
	into["signatures"] = all
}

func sendToDevice(c *call) (any, error) {
	before, note := c.repeated("sendToDevice")
	if before != "" {
		return nil, nil //nolint:nilnil // an empty object
	}
	messages, _ := c.body["messages"].(map[string]any)
	for who, v := range messages {
		a := c.s.accounts[who]
		byDevice, _ := v.(map[string]any)
		if a == nil {
			continue
		}
		for id, content := range byDevice {
			for _, d := range a.devices {
				if id == d.id || id == "*" {
					d.mail = append(d.mail, letter{c.s.next(), c.who.id, c.PathValue("type"), content})
				}
			}
		}
	}
	note("done")
	return nil, nil //nolint:nilnil // an empty object
}

// collectMail forgets what a device has got: it asks for what came after.
func (l *look) collectMail() {
	l.dev.mail = slices.DeleteFunc(l.dev.mail, func(m letter) bool { return m.pos <= l.since })
}

// addKeys adds what an encrypting client wants to know.
func (l *look) addKeys(out map[string]any) {
	letters := []map[string]any{}
	for _, m := range l.dev.mail {
		letters = append(letters, map[string]any{"type": m.kind, "sender": m.sender, "content": m.content})
	}
	changed, left := l.s.listChanges(l.who.id, l.since)
	l.news = l.news || len(letters) > 0 || len(changed)+len(left) > 0
	out["to_device"] = map[string]any{"events": letters}
	out["device_lists"] = map[string]any{"changed": changed, "left": left}
	out["device_one_time_keys_count"] = l.dev.counts()
	unused := []string{}
	for algorithm := range l.dev.fallback {
		unused = append(unused, algorithm)
	}
	out["device_unused_fallback_key_types"] = unused
}

// listChanges are those whose devices are to be asked for anew, and those who need not be followed any more
// (https://spec.matrix.org/v1.16/client-server-api/#tracking-the-device-list-for-a-user).
func (s *Server) listChanges(me string, since int64) (changed, left []string) {
	changed, left = []string{}, []string{}
	if since == 0 {
		return changed, left
	}
	shared, fresh, went := map[string]bool{me: true}, map[string]bool{}, map[string]bool{}
	for _, r := range s.rooms {
		if r.membership(me) != "join" {
			continue
		}
		came := r.joinedAt(me) > since
		for who := range r.members {
			switch {
			case r.membership(who) == "join":
				shared[who] = true
				fresh[who] = fresh[who] || who != me && (came || r.joinedAt(who) > since)
			case r.leftAt(who) > since:
				went[who] = true
			}
		}
	}
	for _, k := range s.keys {
		if k.pos > since && shared[k.user] {
			fresh[k.user] = true
		}
	}
	for who, is := range fresh {
		if is {
			changed = append(changed, who)
		}
	}
	for who := range went {
		if !shared[who] {
			left = append(left, who)
		}
	}
	slices.Sort(changed)
	slices.Sort(left)
	return changed, left
}

func keyChanges(c *call) (any, error) {
	from, err := position(c.URL.Query().Get("from"))
	if err != nil {
		return nil, err
	}
	changed, left := c.s.listChanges(c.who.id, max(from, 1))
	return map[string]any{"changed": changed, "left": left}, nil
}
