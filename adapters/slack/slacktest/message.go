package slacktest

import (
	"encoding/json"
	"slices"
)

// message is one message as Slack stores it.
type message struct {
	ch        *Channel
	ts        string
	threadTS  string // its own ts for the parent of a thread
	user      *User  // who wrote it; for apps, their bot user
	bot       *install
	foreign   *foreignBot
	subtype   string
	text      string
	blocks    []any
	plain     bool // the blocks are Slack's own, made of the text
	attached  []any
	files     []*File
	metadata  obj
	clientID  string
	edited    obj
	reactions []*reaction
	replies   []*message
	parent    *message
	broadcast bool
	deleted   bool
	tombstone bool
	hidden    bool
	to        *User // whose eyes only
	username  string
	icon      obj
	extra     obj
	pinned    bool
}

type reaction struct {
	name  string
	users []*User
}

// foreignBot is another app's bot that posts in the world.
type foreignBot struct {
	id, app, name string
}

// add files m under its channel and thread.
func (c *Channel) add(m *message) {
	if m.to != nil {
		c.ephemeral = append(c.ephemeral, m)
		c.s.changed.fire()
		return
	}
	c.byTS[m.ts] = m
	if m.parent != nil {
		p := m.parent
		p.threadTS = p.ts
		p.replies = append(p.replies, m)
	}
	if m.parent == nil || m.broadcast {
		c.messages = append(c.messages, m)
	}
	c.s.changed.fire()
}

func (c *Channel) remove(m *message) {
	m.deleted = true
	delete(c.byTS, m.ts)
	same := func(x *message) bool { return x == m }
	if m.to != nil {
		c.ephemeral = slices.DeleteFunc(c.ephemeral, same)
	}
	if m.parent != nil {
		m.parent.replies = slices.DeleteFunc(m.parent.replies, same)
	}
	c.messages = slices.DeleteFunc(c.messages, same)
	c.pins = slices.DeleteFunc(c.pins, same)
	c.s.changed.fire()
}

// byApp says whether the app under test wrote m.
func (m *message) byApp() bool { return m.bot != nil }

// json is the message as the Web API and events give it.
func (m *message) json(metadata bool) obj {
	o := obj{"type": "message", "ts": m.ts, "text": m.text}
	if m.user != nil {
		o["user"] = m.user.id
	}
	m.addAuthor(o)
	if m.subtype != "" {
		o["subtype"] = m.subtype
	}
	if m.clientID != "" {
		o["client_msg_id"] = m.clientID
	}
	if m.blocks != nil {
		o["blocks"] = m.blocks
	}
	if m.attached != nil {
		o["attachments"] = m.attached
	}
	if m.edited != nil {
		o["edited"] = m.edited
	}
	if metadata && m.metadata != nil {
		o["metadata"] = m.metadata
	}
	m.addFiles(o)
	m.addThread(o)
	m.addMarks(o)
	for k, v := range m.extra {
		o[k] = v
	}
	return o
}

func (m *message) addAuthor(o obj) {
	switch {
	case m.bot != nil:
		o["bot_id"], o["app_id"], o["team"] = m.bot.botID, m.bot.app.spec.ID, m.ch.w.id
		o["bot_profile"] = m.bot.profile()
		if m.username != "" {
			o["username"] = m.username
		}
		if m.icon != nil {
			o["icons"] = m.icon
		}
	case m.foreign != nil:
		o["bot_id"], o["app_id"], o["username"] = m.foreign.id, m.foreign.app, m.foreign.name
	case m.clientID != "":
		o["team"] = m.ch.w.id
	}
	if m.tombstone {
		o["user"], o["hidden"] = "USLACKBOT", true
	}
}

func (m *message) addFiles(o obj) {
	if len(m.files) == 0 {
		return
	}
	var fs []any
	for _, f := range m.files {
		fs = append(fs, f.json())
	}
	o["files"], o["upload"] = fs, false
	if m.bot == nil {
		o["display_as_bot"] = false
	}
}

func (m *message) addThread(o obj) {
	if m.threadTS == "" {
		return
	}
	o["thread_ts"] = m.threadTS
	if m.parent != nil {
		if m.parent.user != nil {
			o["parent_user_id"] = m.parent.user.id
		}
		if m.broadcast {
			o["root"] = m.parent.json(false)
		}
		return
	}
	who, n := []string{}, len(m.replies)
	for _, r := range m.replies {
		if r.user != nil && !slices.Contains(who, r.user.id) && len(who) < 5 {
			who = append(who, r.user.id)
		}
	}
	o["reply_count"], o["reply_users"], o["reply_users_count"] = n, who, len(who)
	o["is_locked"], o["subscribed"] = false, m.byApp()
	if n > 0 {
		o["latest_reply"] = m.replies[n-1].ts
	}
}

func (m *message) addMarks(o obj) {
	if len(m.reactions) > 0 {
		var rs []any
		for _, r := range m.reactions {
			var us []string
			for _, u := range r.users {
				us = append(us, u.id)
			}
			rs = append(rs, obj{"name": r.name, "users": us, "count": len(us)})
		}
		o["reactions"] = rs
	}
	if m.pinned {
		o["pinned_to"] = []string{m.ch.id}
	}
}

// event is the message as a "message" event.
func (m *message) event() obj {
	o := m.json(false)
	o["channel"], o["channel_type"], o["event_ts"] = m.ch.id, m.ch.kind.eventName(), m.ts
	delete(o, "reactions")
	delete(o, "reply_count")
	delete(o, "reply_users")
	delete(o, "reply_users_count")
	delete(o, "latest_reply")
	delete(o, "is_locked")
	delete(o, "subscribed")
	return o
}

// copyJSON is v as if it had gone over the wire: what changes later does not change the copy.
func copyJSON(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic("slacktest: " + err.Error())
	}
	var out any
	if err := json.Unmarshal(b, &out); err != nil {
		panic("slacktest: " + err.Error())
	}
	return out
}
