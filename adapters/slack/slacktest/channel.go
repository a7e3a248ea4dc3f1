package slacktest

import (
	"slices"
)

type kind int

const (
	public kind = iota
	private
	im
	mpim
)

// eventName is a kind's name in channel_type and in event subscriptions.
func (k kind) eventName() string { return [...]string{"channel", "group", "im", "mpim"}[k] }

// scopeName is the first part of the scopes for conversations of this kind.
func (k kind) scopeName() string { return [...]string{"channels", "groups", "im", "mpim"}[k] }

// typeName is a kind's name in the argument "types".
func (k kind) typeName() string {
	return [...]string{"public_channel", "private_channel", "im", "mpim"}[k]
}

// Channel is a conversation: a public or private channel, a direct message, or a group of people.
type Channel struct {
	s         *Server
	w         *Workspace
	id        string
	name      string
	kind      kind
	general   bool
	archived  bool
	creator   string
	created   timeOf
	topic     about
	purpose   about
	previous  []string
	members   []*User
	isMember  map[*User]bool
	messages  []*message // without replies in threads, oldest first
	byTS      map[string]*message
	ephemeral []*message
	pins      []*message
	bookmarks []*bookmark
	postOnly  map[*User]bool // when not nil, who may post
	noThreads bool
}

type about struct {
	value, creator string
	at             int64
}

func (a about) json() obj { return obj{"value": a.value, "creator": a.creator, "last_set": a.at} }

// ID is the channel's id.
func (c *Channel) ID() string { return c.id }

// Name is the channel's name now, without #.
func (c *Channel) Name() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.name
}

// Archived says whether the channel is archived.
func (c *Channel) Archived() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.archived
}

// Private says whether the channel is private.
func (c *Channel) Private() bool { return c.kind == private }

// Topic is the channel's topic.
func (c *Channel) Topic() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.topic.value
}

// Purpose is the channel's description.
func (c *Channel) Purpose() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.purpose.value
}

// Members are the names of who is in the channel.
func (c *Channel) Members() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var out []string
	for _, u := range c.members {
		out = append(out, u.name)
	}
	return out
}

// AddBot puts the app's bot user into the channel, silently.
func (c *Channel) AddBot() *Channel { return c.Add(c.w.Bot()) }

// Add puts people into the channel, silently: nobody is told.
func (c *Channel) Add(users ...*User) *Channel {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	for _, u := range users {
		c.join(u)
	}
	return c
}

// RestrictPosting lets only these people post; others, and the app, are refused with
// restricted_action_read_only_channel. With nobody named, everyone may post again.
func (c *Channel) RestrictPosting(to ...*User) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	c.postOnly = nil
	if len(to) > 0 {
		c.postOnly = map[*User]bool{}
		for _, u := range to {
			c.postOnly[u] = true
		}
	}
}

func (c *Channel) named() bool { return c.kind == public || c.kind == private }

func (c *Channel) join(u *User) bool {
	if u == nil || c.isMember[u] {
		return false
	}
	c.isMember[u] = true
	c.members = append(c.members, u)
	return true
}

func (c *Channel) leave(u *User) bool {
	if !c.isMember[u] {
		return false
	}
	delete(c.isMember, u)
	c.members = slices.DeleteFunc(c.members, func(m *User) bool { return m == u })
	return true
}

// visibleTo says whether u may know that the channel exists.
func (c *Channel) visibleTo(u *User) bool { return c.kind == public && !u.guest || c.isMember[u] }

// label is the name that interaction payloads give.
func (c *Channel) label() string {
	switch c.kind {
	case im:
		return "directmessage"
	case private:
		return "privategroup"
	}
	return c.name
}

// json is the channel as viewer gets it from conversations.*.
func (c *Channel) json(viewer *User) obj {
	o := obj{
		"id": c.id, "created": c.created.Unix(), "creator": c.creator, "is_archived": c.archived,
		"is_im": c.kind == im, "is_mpim": c.kind == mpim, "is_private": c.kind != public,
		"is_org_shared": false, "is_shared": false, "is_ext_shared": false, "unlinked": 0,
		"context_team_id": c.w.id, "updated": c.created.UnixMilli(),
	}
	if c.kind == im {
		o["user"], o["is_user_deleted"], o["priority"] = c.other(viewer).id, false, 0
		return o
	}
	o["name"], o["name_normalized"] = c.name, c.name
	o["is_channel"], o["is_group"], o["is_general"] = c.kind == public, c.kind == private, c.general
	o["is_member"] = c.isMember[viewer]
	o["topic"], o["purpose"] = c.topic.json(), c.purpose.json()
	o["previous_names"] = append([]string{}, c.previous...)
	o["num_members"] = len(c.members)
	return o
}

// other is who viewer talks with in a direct message.
func (c *Channel) other(viewer *User) *User {
	for _, u := range c.members {
		if u != viewer {
			return u
		}
	}
	return viewer
}

// system posts one of Slack's own lines, such as "<@U…> has joined the channel".
func (c *Channel) system(subtype string, by *User, text string, extra obj) {
	m := &message{ch: c, ts: c.s.ts(), user: by, subtype: subtype, text: text, extra: extra}
	c.add(m)
	c.s.emitMessage(m)
}

// enter makes u a member, with Slack's line and events. inviter may be nil.
func (c *Channel) enter(u, inviter *User) {
	if !c.join(u) {
		return
	}
	extra, ev := obj{}, obj{"user": u.id, "channel": c.id, "channel_type": c.letter(), "team": c.w.id}
	if inviter != nil && inviter != u {
		extra["inviter"], ev["inviter"] = inviter.id, inviter.id
	}
	c.s.emit(c.w, c, "member_joined_channel", ev)
	sub := "channel_join"
	if c.kind == private {
		sub = "group_join"
	}
	c.system(sub, u, "<@"+u.id+"> has joined the channel", extra)
}

// exit ends u's membership, with Slack's events.
func (c *Channel) exit(u *User) {
	if !c.isMember[u] {
		return
	}
	ev := obj{"user": u.id, "channel": c.id, "channel_type": c.letter(), "team": c.w.id}
	if in := c.w.install; in != nil && u == in.bot {
		c.leave(u)
		kind := "channel_left"
		if c.kind == private {
			kind = "group_left"
		}
		c.s.emit(c.w, nil, kind, obj{"channel": c.id})
		return
	}
	c.leave(u)
	c.s.emit(c.w, c, "member_left_channel", ev)
}

// letter is the channel type in membership events.
func (c *Channel) letter() string {
	if c.kind == public {
		return "C"
	}
	return "G"
}
