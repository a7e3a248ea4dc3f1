package slacktest

import (
	"strings"
	"unicode/utf8"
)

// draft reads the arguments that make up a message.
func (c *call) draft() (*draft, *apiError) {
	d := &draft{text: c.args.str("text"), markdown: c.args.str("markdown_text")}
	var ok bool
	if d.blocks, ok = c.args.any("blocks"); !ok {
		c.s.fault(FaultBlocks, "blocks are not JSON")
		return nil, failCode("invalid_blocks_format")
	}
	if d.attachments, ok = c.args.any("attachments"); !ok {
		c.s.fault(FaultArguments, "attachments are not JSON")
		return nil, failCode("invalid_attachments")
	}
	meta, ok := c.args.any("metadata")
	if !ok {
		c.s.fault(FaultArguments, "metadata is not JSON")
		return nil, failCode("invalid_metadata_format")
	}
	if meta != nil {
		d.hasMetadata = true
		if d.metadata = asObj(meta); d.metadata == nil {
			return nil, failCode("invalid_metadata_format")
		}
		if len(d.metadata) == 0 {
			d.metadata = nil
		}
	}
	if err := c.s.checkDraft(d); err != nil {
		return nil, err
	}
	if d.truncated {
		c.warnings = append(c.warnings, "message_truncated")
	}
	if d.text == "" && d.markdown == "" {
		c.warnings = append(c.warnings, "missing_text_in_message")
	}
	return d, nil
}

// target is the conversation to post in: an id, a #name, or a person, whose conversation with the bot is
// meant.
func (c *call) target(where string) (*Channel, *apiError) {
	if u := c.s.users[where]; u != nil && u.w == c.w {
		if c.s.app.spec.NoMessagesTab && u.bot == "" {
			return nil, failCode("messages_tab_disabled")
		}
		if u.deleted || u == c.bot {
			return nil, failCode("channel_not_found")
		}
		return c.w.dm(c.bot, u), nil
	}
	ch := c.w.find(where)
	if ch == nil || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	return ch, nil
}

// mayPost refuses where the bot may not write.
func (c *call) mayPost(ch *Channel) *apiError {
	switch {
	case ch.archived:
		return failCode("is_archived")
	case !ch.isMember[c.bot] && !(ch.kind == public && c.in.has("chat:write.public")):
		return failCode("not_in_channel")
	case ch.postOnly != nil && !ch.postOnly[c.bot]:
		return failCode("restricted_action_read_only_channel")
	}
	return nil
}

func (c *call) postMessage() (obj, *apiError) {
	ch, err := c.target(c.args.str("channel"))
	if err == nil {
		err = c.mayPost(ch)
	}
	if err != nil {
		return nil, err
	}
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	m := &message{ch: ch, ts: c.s.ts(), user: c.bot, bot: c.in}
	if name := c.args.str("username"); name != "" || c.args.str("icon_emoji")+c.args.str("icon_url") != "" {
		if err := c.need("chat:write.customize"); err != nil {
			return nil, err
		}
		m.subtype, m.username = "bot_message", name
		m.icon = obj{}
		if e := c.args.str("icon_emoji"); e != "" {
			m.icon["emoji"] = e
		}
		if e := c.args.str("icon_url"); e != "" {
			m.icon["image_48"] = e
		}
	}
	if ts := c.args.str("thread_ts"); ts != "" {
		if err := c.reply(m, ts); err != nil {
			return nil, err
		}
	}
	d.fill(m)
	ch.add(m)
	c.then = append(c.then, func() { c.s.emitMessage(m) })
	return obj{"channel": ch.id, "ts": m.ts, "message": copyJSON(m.json(true))}, nil
}

// reply puts m into the thread of ts. Where that message is gone, Slack posts outside the thread.
func (c *call) reply(m *message, ts string) *apiError {
	if _, ok := parseTS(ts); !ok || !strings.Contains(ts, ".") {
		c.s.fault(FaultArguments, "thread_ts %q", ts)
		return failCode("invalid_thread_ts")
	}
	p := m.ch.byTS[ts]
	if p == nil {
		return nil
	}
	if m.ch.noThreads {
		return failCode("restricted_action_non_threadable_channel")
	}
	if strings.HasPrefix(p.subtype, "channel_") {
		return failCode("cannot_reply_to_message")
	}
	m.join(p)
	if c.args.bool("reply_broadcast") {
		m.broadcast, m.subtype = true, "thread_broadcast"
	}
	return nil
}

func (c *call) postEphemeral() (obj, *apiError) {
	ch := c.w.find(c.args.str("channel"))
	if ch == nil || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	switch {
	case ch.archived:
		return nil, failCode("is_archived")
	case !ch.isMember[c.bot] && !(ch.kind == public && c.in.has("chat:write.public")):
		return nil, failCode("not_in_channel")
	}
	u := c.s.users[c.args.str("user")]
	if u == nil || !ch.isMember[u] {
		return nil, failCode("user_not_in_channel")
	}
	if utf8.RuneCountInString(c.args.str("text")) > maxText {
		c.s.fault(FaultTooLong, "ephemeral text")
		return nil, failCode("msg_too_long")
	}
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	m := &message{ch: ch, ts: c.s.ts(), user: c.bot, bot: c.in, to: u, threadTS: c.args.str("thread_ts")}
	d.fill(m)
	ch.add(m)
	return obj{"message_ts": m.ts}, nil
}

// own finds a message of the app.
func (c *call) own(refusal string) (*message, *apiError) {
	ch := c.w.find(c.args.str("channel"))
	if ch == nil || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	m := ch.byTS[c.args.str("ts")]
	switch {
	case m == nil || m.tombstone:
		return nil, failCode("message_not_found")
	case !m.byApp() || m.subtype != "" && m.subtype != "bot_message" && m.subtype != "thread_broadcast" && m.subtype != "file_share":
		return nil, failCode(refusal)
	}
	return m, nil
}

func (c *call) chatUpdate() (obj, *apiError) {
	m, err := c.own("cant_update_message")
	if err != nil {
		return nil, err
	}
	if m.ch.archived {
		return nil, failCode("is_archived")
	}
	if n := utf8.RuneCountInString(c.args.str("text")); n > maxUpdate {
		c.s.fault(FaultTooLong, "chat.update with %d characters", n)
		return nil, failCode("msg_too_long")
	}
	d, err := c.draft()
	if err != nil {
		return nil, err
	}
	d.keep = true
	c.w.change(m, d, c.bot)
	return obj{"channel": m.ch.id, "ts": m.ts, "text": m.text, "message": copyJSON(m.json(true))}, nil
}

func (c *call) chatDelete() (obj, *apiError) {
	m, err := c.own("cant_delete_message")
	if err != nil {
		return nil, err
	}
	c.w.erase(m)
	return obj{"channel": m.ch.id, "ts": m.ts}, nil
}

func (c *call) permalink() (obj, *apiError) {
	ch := c.w.find(c.args.str("channel"))
	if ch == nil || !ch.visibleTo(c.bot) {
		return nil, failCode("channel_not_found")
	}
	m := ch.byTS[c.args.str("message_ts")]
	if m == nil {
		return nil, failCode("message_not_found")
	}
	return obj{"channel": ch.id, "permalink": m.permalink()}, nil
}

func (m *message) permalink() string {
	link := "https://" + m.ch.w.domain + ".slack.com/archives/" + m.ch.id + "/p" + strings.ReplaceAll(m.ts, ".", "")
	if m.parent != nil {
		link += "?thread_ts=" + m.threadTS + "&cid=" + m.ch.id
	}
	return link
}
