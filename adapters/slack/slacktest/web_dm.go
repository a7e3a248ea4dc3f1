package slacktest

import (
	"slices"
	"strings"
)

func (c *call) open() (obj, *apiError) {
	if id := c.args.str("channel"); id != "" {
		ch, err := c.channel()
		if err != nil {
			return nil, err
		}
		return c.opened(ch, true), nil
	}
	ids := c.args.words("users")
	if len(ids) == 0 {
		return nil, failCode("users_list_not_supplied")
	}
	k := im
	if len(ids) > 1 {
		k = mpim
	}
	if err := c.need(manageScope(k)); err != nil {
		return nil, err
	}
	if len(ids) > 8 {
		return nil, failCode("too_many_users")
	}
	var with []*User
	for _, id := range ids {
		u := c.s.users[id]
		switch {
		case u == nil || u.w != c.w:
			return nil, failCode("user_not_found")
		case u.deleted:
			return nil, failCode("user_disabled")
		}
		with = append(with, u)
	}
	if k == im {
		if c.s.app.spec.NoMessagesTab {
			return nil, failCode("messages_tab_disabled")
		}
		n := len(c.w.channels)
		ch := c.w.dm(c.bot, with[0])
		return c.opened(ch, len(c.w.channels) == n), nil
	}
	return c.openGroup(with), nil
}

func (c *call) opened(ch *Channel, before bool) obj {
	out := obj{"channel": obj{"id": ch.id}}
	if c.args.bool("return_im") {
		out["channel"] = ch.json(c.bot)
	}
	if before {
		out["already_open"], out["no_op"] = true, true
	}
	return out
}

func (c *call) openGroup(with []*User) obj {
	all := append([]*User{c.bot}, with...)
	for _, ch := range c.w.channels {
		if ch.kind == mpim && len(ch.members) == len(all) && !slices.ContainsFunc(all, func(u *User) bool { return !ch.isMember[u] }) {
			return c.opened(ch, true)
		}
	}
	var names []string
	for _, u := range all {
		names = append(names, u.name)
	}
	ch := c.w.addChannel("mpdm-"+strings.Join(names, "--")+"-1", mpim, c.bot)
	for _, u := range all {
		ch.join(u)
	}
	return c.opened(ch, false)
}

func (c *call) closeConversation() (obj, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if ch.named() {
		return nil, failCode("method_not_supported_for_channel_type")
	}
	return nil, c.need(manageScope(ch.kind))
}
