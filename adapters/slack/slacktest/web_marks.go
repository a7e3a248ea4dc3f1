package slacktest

import (
	"slices"
	"strings"
)

// marked finds the message that a reaction or a pin is for.
func (c *call) marked() (*message, *apiError) {
	ts := c.args.str("timestamp")
	if ts == "" {
		return nil, failCode("no_item_specified")
	}
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if _, ok := parseTS(ts); !ok {
		c.s.fault(FaultArguments, "timestamp %q", ts)
		return nil, failCode("bad_timestamp")
	}
	m := ch.byTS[ts]
	if m == nil || m.tombstone {
		return nil, failCode("message_not_found")
	}
	return m, nil
}

func emoji(name string) string { return strings.Trim(name, ":") }

func (c *call) reactionAdd() (obj, *apiError) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	name := c.args.str("name")
	if !validEmoji(emoji(name)) {
		c.s.fault(FaultArguments, "emoji %q", name)
		return nil, failCode("invalid_name")
	}
	switch {
	case m.ch.archived:
		return nil, failCode("is_archived")
	case !m.ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	}
	if !m.react(c.bot, emoji(name)) {
		return nil, failCode("already_reacted")
	}
	return nil, nil
}

// validEmoji says whether name can be an emoji's; which ones exist is not known here.
func validEmoji(name string) bool {
	return name != "" && len(name) <= 100 && !strings.ContainsFunc(name, func(r rune) bool {
		return r > 127 || !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("_-+':", r))
	})
}

func (c *call) reactionRemove() (obj, *apiError) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	if !m.unreact(c.bot, emoji(c.args.str("name"))) {
		return nil, failCode("no_reaction")
	}
	return nil, nil
}

func (c *call) reactionGet() (obj, *apiError) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	return obj{"type": "message", "channel": m.ch.id, "message": m.json(false)}, nil
}

func (m *message) react(u *User, name string) bool {
	i := slices.IndexFunc(m.reactions, func(r *reaction) bool { return r.name == name })
	if i < 0 {
		m.reactions = append(m.reactions, &reaction{name: name})
		i = len(m.reactions) - 1
	}
	r := m.reactions[i]
	if slices.Contains(r.users, u) {
		return false
	}
	r.users = append(r.users, u)
	m.ch.s.emit(m.ch.w, m.ch, "reaction_added", m.reactionEvent(u, name))
	m.ch.s.changed.fire()
	return true
}

func (m *message) unreact(u *User, name string) bool {
	i := slices.IndexFunc(m.reactions, func(r *reaction) bool { return r.name == name && slices.Contains(r.users, u) })
	if i < 0 {
		return false
	}
	r := m.reactions[i]
	r.users = slices.DeleteFunc(r.users, func(x *User) bool { return x == u })
	if len(r.users) == 0 {
		m.reactions = slices.Delete(m.reactions, i, i+1)
	}
	m.ch.s.emit(m.ch.w, m.ch, "reaction_removed", m.reactionEvent(u, name))
	m.ch.s.changed.fire()
	return true
}

func (m *message) reactionEvent(u *User, name string) obj {
	ev := obj{
		"user": u.id, "reaction": name,
		"item": obj{"type": "message", "channel": m.ch.id, "ts": m.ts},
	}
	if m.user != nil {
		ev["item_user"] = m.user.id
	}
	return ev
}

func (c *call) pinAdd() (obj, *apiError) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	switch {
	case !m.ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	case m.pinned:
		return nil, failCode("already_pinned")
	case len(m.ch.pins) >= 100:
		return nil, failCode("too_many_pins")
	}
	m.pinned = true
	m.ch.pins = append(m.ch.pins, m)
	c.s.emit(c.w, m.ch, "pin_added", m.pinEvent(c.bot))
	return nil, nil
}

func (m *message) pinEvent(u *User) obj {
	return obj{
		"user": u.id, "channel_id": m.ch.id, "pin_count": len(m.ch.pins),
		"item": obj{"type": "message", "channel": m.ch.id, "created_by": u.id, "message": m.json(false)},
	}
}

func (c *call) pinRemove() (obj, *apiError) {
	m, err := c.marked()
	if err != nil {
		return nil, err
	}
	if !m.pinned {
		return nil, failCode("no_pin")
	}
	m.pinned = false
	m.ch.pins = slices.DeleteFunc(m.ch.pins, func(x *message) bool { return x == m })
	c.s.emit(c.w, m.ch, "pin_removed", m.pinEvent(c.bot))
	return nil, nil
}

func (c *call) pinList() (obj, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	items := []any{}
	for _, m := range slices.Backward(ch.pins) {
		items = append(items, obj{"type": "message", "channel": ch.id, "message": m.json(false)})
	}
	return obj{"items": items}, nil
}

// bookmark is one entry of a channel's bookmark bar.
type bookmark struct {
	id, title, link, emoji string
	created, updated       int64
	by                     string
}

func (b *bookmark) json(ch *Channel, app string) obj {
	return obj{
		"id": b.id, "channel_id": ch.id, "title": b.title, "link": b.link, "emoji": b.emoji, "icon_url": "",
		"type": "link", "entity_id": nil, "date_created": b.created, "date_updated": b.updated, "rank": "U",
		"last_updated_by_user_id": b.by, "last_updated_by_team_id": ch.w.id, "shortcut_id": nil, "app_id": app,
	}
}

func (c *call) bookmarked() (*Channel, *apiError) {
	ch := c.s.channels[c.args.str("channel_id")]
	if ch == nil || ch.w != c.w || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	if !ch.isMember[c.bot] {
		return nil, failCode("permission_denied")
	}
	return ch, nil
}

func (c *call) bookmarkAdd() (obj, *apiError) {
	ch, err := c.bookmarked()
	if err != nil {
		return nil, err
	}
	b := &bookmark{title: c.args.str("title"), link: c.args.str("link"), emoji: c.args.str("emoji"), by: c.bot.id}
	switch {
	case c.args.str("type") != "link":
		return nil, failCode("invalid_bookmark_type")
	case !validLink(b.link):
		c.s.fault(FaultArguments, "bookmark link %q", b.link)
		return nil, failCode("invalid_link")
	case b.emoji != "" && !validEmoji(emoji(b.emoji)):
		return nil, failCode("invalid_emoji")
	case len(ch.bookmarks) >= 100:
		return nil, failCode("too_many_bookmarks")
	}
	b.id, b.created = c.s.id("Bk"), c.s.clock.Now().Unix()
	ch.bookmarks = append(ch.bookmarks, b)
	return obj{"bookmark": b.json(ch, c.s.app.spec.ID)}, nil
}

func validLink(link string) bool {
	k := &kit{}
	k.url(obj{"link": link}, "link", "")
	return len(k.errs) == 0
}

func (c *call) bookmark() (*Channel, *bookmark, *apiError) {
	ch, err := c.bookmarked()
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(ch.bookmarks, func(b *bookmark) bool { return b.id == c.args.str("bookmark_id") })
	if i < 0 {
		return nil, nil, failCode("not_found")
	}
	return ch, ch.bookmarks[i], nil
}

func (c *call) bookmarkEdit() (obj, *apiError) {
	ch, b, err := c.bookmark()
	if err != nil {
		return nil, err
	}
	if l := c.args.str("link"); l != "" {
		if !validLink(l) {
			return nil, failCode("invalid_link")
		}
		b.link = l
	}
	if t := c.args.str("title"); t != "" {
		b.title = t
	}
	if c.args.has("emoji") {
		b.emoji = c.args.str("emoji")
	}
	b.updated = c.s.clock.Now().Unix()
	return obj{"bookmark": b.json(ch, c.s.app.spec.ID)}, nil
}

func (c *call) bookmarkRemove() (obj, *apiError) {
	ch, b, err := c.bookmark()
	if err != nil {
		return nil, err
	}
	ch.bookmarks = slices.DeleteFunc(ch.bookmarks, func(x *bookmark) bool { return x == b })
	return nil, nil
}

func (c *call) bookmarkList() (obj, *apiError) {
	ch, err := c.bookmarked()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, b := range ch.bookmarks {
		out = append(out, b.json(ch, c.s.app.spec.ID))
	}
	return obj{"bookmarks": out}, nil
}
