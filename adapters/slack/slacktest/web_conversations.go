package slacktest

import (
	"strings"
	"unicode/utf8"
)

// channel finds the conversation that a method names; others may not exist for the caller.
func (c *call) channel() (*Channel, *apiError) {
	ch := c.s.channels[c.args.str("channel")]
	if ch == nil || ch.w != c.w || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	return ch, nil
}

// managed finds a channel that the bot wants to change, and asks for the scope.
func (c *call) managed() (*Channel, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if ch.kind == im || ch.kind == mpim {
		return nil, failCode("method_not_supported_for_channel_type")
	}
	return ch, c.need(manageScope(ch.kind))
}

func manageScope(k kind) string {
	return [...]string{"channels:manage", "groups:write", "im:write", "mpim:write"}[k]
}

// checkName refuses names that Slack refuses.
func (c *call) checkName(name string, self *Channel) *apiError {
	code := ""
	lower := strings.ToLower(name)
	switch {
	case strings.TrimSpace(name) == "":
		code = "invalid_name_required"
	case utf8.RuneCountInString(name) > 80:
		code = "invalid_name_maxlength"
	case strings.Trim(name, "-_") == "":
		code = "invalid_name_punctuation"
	case name != lower || strings.ContainsFunc(name, func(r rune) bool {
		return r < 128 && !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '-' || r == '_')
	}):
		code = "invalid_name_specials"
	}
	if code != "" {
		c.s.fault(FaultArguments, "channel name %q: %s", name, code)
		return failCode(code)
	}
	if other := c.w.channelNamed(name); other != nil && other != self {
		return failCode("name_taken")
	}
	return nil
}

func (c *call) create() (obj, *apiError) {
	k := public
	if c.args.bool("is_private") {
		k = private
	}
	if err := c.need(manageScope(k)); err != nil {
		return nil, err
	}
	name := c.args.str("name")
	if err := c.checkName(name, nil); err != nil {
		return nil, err
	}
	ch := c.w.addChannel(name, k, c.bot)
	ch.join(c.bot)
	c.created(ch)
	return obj{"channel": ch.json(c.bot)}, nil
}

// created tells of a new public channel.
func (c *call) created(ch *Channel) {
	c.then = append(c.then, func() { ch.announce() })
}

func (ch *Channel) announce() {
	if ch.kind == public {
		ch.s.emit(ch.w, nil, "channel_created", obj{"channel": obj{
			"id": ch.id, "is_channel": true, "name": ch.name, "name_normalized": ch.name,
			"created": ch.created.Unix(), "creator": ch.creator, "context_team_id": ch.w.id,
		}})
	}
}

func (c *call) archive() (obj, *apiError) {
	ch, err := c.managed()
	if err != nil {
		return nil, err
	}
	switch {
	case ch.general:
		return nil, failCode("cant_archive_general")
	case ch.archived:
		return nil, failCode("already_archived")
	case !ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	}
	ch.shut(c.bot)
	return nil, nil
}

// shut archives the channel, with Slack's line and events.
func (ch *Channel) shut(by *User) {
	sub, ev := "channel_archive", "channel_archive"
	if ch.kind == private {
		sub, ev = "group_archive", "group_archive"
	}
	ch.s.emit(ch.w, ch, ev, obj{"channel": ch.id, "user": by.id, "is_moved": 0})
	ch.system(sub, by, "archived the channel", nil)
	ch.archived = true
}

// reopen unarchives the channel. As in Slack, the bot is a member only if it was.
func (ch *Channel) reopen(by *User) {
	ch.archived = false
	sub, ev := "channel_unarchive", "channel_unarchive"
	if ch.kind == private {
		sub, ev = "group_unarchive", "group_unarchive"
	}
	ch.s.emit(ch.w, ch, ev, obj{"channel": ch.id, "user": by.id})
	ch.system(sub, by, "un-archived the channel", nil)
}

func (c *call) unarchive() (obj, *apiError) {
	ch, err := c.managed()
	if err != nil {
		return nil, err
	}
	if !ch.archived {
		return nil, failCode("not_archived")
	}
	ch.reopen(c.bot)
	return nil, nil
}

func (c *call) rename() (obj, *apiError) {
	ch, err := c.managed()
	if err != nil {
		return nil, err
	}
	switch {
	case ch.archived:
		return nil, failCode("is_archived")
	case !ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	case ch.creator != c.bot.id || ch.general:
		return nil, failCode("not_authorized")
	}
	name := c.args.str("name")
	if err := c.checkName(name, ch); err != nil {
		return nil, err
	}
	ch.call(name, c.bot)
	return obj{"channel": ch.json(c.bot)}, nil
}

// call gives the channel a new name.
func (ch *Channel) call(name string, by *User) {
	old := ch.name
	ch.previous = append(ch.previous, old)
	ch.name = name
	sub, ev := "channel_name", "channel_rename"
	if ch.kind == private {
		sub, ev = "group_name", "group_rename"
	}
	ch.s.emit(ch.w, ch, ev, obj{"channel": obj{"id": ch.id, "name": name, "name_normalized": name, "created": ch.created.Unix()}})
	ch.system(sub, by, "has renamed the channel from \""+old+"\" to \""+name+"\"", obj{"old_name": old, "name": name})
}

func (c *call) setTopic() (obj, *apiError) { return c.describe("topic") }

func (c *call) setPurpose() (obj, *apiError) { return c.describe("purpose") }

func (c *call) describe(what string) (obj, *apiError) {
	ch, err := c.managed()
	if err != nil {
		return nil, err
	}
	text := c.args.str(what)
	switch {
	case ch.archived:
		return nil, failCode("is_archived")
	case !ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	case utf8.RuneCountInString(text) > 250:
		c.s.fault(FaultTooLong, "%s of %d characters", what, utf8.RuneCountInString(text))
		return nil, failCode("too_long")
	}
	ch.describe(what, text, c.bot)
	return obj{"channel": ch.json(c.bot), what: text}, nil
}

func (ch *Channel) describe(what, text string, by *User) {
	a := about{value: normalise(text), creator: by.id, at: ch.s.clock.Now().Unix()}
	sub := "channel_" + what
	if ch.kind == private {
		sub = "group_" + what
	}
	if what == "topic" {
		ch.topic = a
	} else {
		ch.purpose = a
	}
	ch.system(sub, by, "set the channel "+what+": "+a.value, obj{what: a.value})
}

func (c *call) invite() (obj, *apiError) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	if ch.kind == im || ch.kind == mpim {
		return nil, failCode("method_not_supported_for_channel_type")
	}
	if err := c.need(manageScope(ch.kind), ch.kind.scopeName()+":write.invites"); err != nil {
		return nil, err
	}
	switch {
	case ch.archived:
		return nil, failCode("is_archived")
	case !ch.isMember[c.bot]:
		return nil, failCode("not_in_channel")
	}
	return c.inviteAll(ch, c.args.words("users"))
}

// inviteAll invites all or, unless forced, none.
func (c *call) inviteAll(ch *Channel, ids []string) (obj, *apiError) {
	if len(ids) == 0 {
		return nil, failCode("no_user")
	}
	var good []*User
	var errs []any
	first := ""
	for _, id := range ids {
		u, code := c.s.users[id], ""
		switch {
		case u == nil || u.w != c.w || u.deleted:
			code = "user_not_found"
		case u == c.bot:
			code = "cant_invite_self"
		case ch.isMember[u]:
			code = "already_in_channel"
		default:
			good = append(good, u)
			continue
		}
		if first == "" {
			first = code
		}
		errs = append(errs, obj{"error": code, "ok": false, "user": id})
	}
	if len(errs) > 0 && !(c.args.bool("force") && len(good) > 0) {
		return nil, &apiError{code: first, extra: obj{"errors": errs}}
	}
	for _, u := range good {
		ch.enter(u, c.bot)
	}
	return obj{"channel": ch.json(c.bot)}, nil
}

func (c *call) joinChannel() (obj, *apiError) {
	ch, err := c.channel()
	switch {
	case err != nil:
		return nil, err
	case ch.kind != public:
		return nil, failCode("method_not_supported_for_channel_type")
	case ch.archived:
		return nil, failCode("is_archived")
	case ch.isMember[c.bot]:
		c.warnings = append(c.warnings, "already_in_channel")
	default:
		ch.enter(c.bot, nil)
	}
	return obj{"channel": ch.json(c.bot)}, nil
}

func (c *call) leaveChannel() (obj, *apiError) {
	ch, err := c.managed()
	switch {
	case err != nil:
		return nil, err
	case ch.archived:
		return nil, failCode("is_archived")
	case ch.general:
		return nil, failCode("cant_leave_general")
	case !ch.isMember[c.bot]:
		return obj{"not_in_channel": true}, nil
	case ch.kind == private && len(ch.members) == 1:
		return nil, failCode("last_member")
	}
	ch.exit(c.bot)
	return nil, nil
}

func (c *call) kick() (obj, *apiError) {
	ch, err := c.managed()
	if err != nil {
		return nil, err
	}
	u := c.s.users[c.args.str("user")]
	switch {
	case u == nil || u.w != c.w:
		return nil, failCode("user_not_found")
	case u == c.bot:
		return nil, failCode("cant_kick_self")
	case ch.general:
		return nil, failCode("cant_kick_from_general")
	case !ch.isMember[c.bot] || !ch.isMember[u]:
		return nil, failCode("not_in_channel")
	}
	ch.exit(u)
	// An empty object, as Slack answers here.
	return obj{"errors": obj{}}, nil
}
