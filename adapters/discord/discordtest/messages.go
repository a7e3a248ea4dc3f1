package discordtest

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

type nonceKey struct {
	channel *Channel
	author  *Person
	nonce   string
}

type nonceUse struct {
	message *message
	at      time.Time
}

// message finds the channel and message that a request names. Ephemeral messages do not exist for
// these endpoints.
func (c *call) message() (*Channel, *message, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, nil, err
	}
	id, err := c.id("message")
	if err != nil {
		return nil, nil, err
	}
	m := c.s.messages[id]
	if m == nil || m.Channel != ch || m.For != nil {
		return nil, nil, errUnknownMessage
	}
	return ch, m, nil
}

func (s *Server) getMessage(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := ch.need(s.app.Bot, ReadHistory); err != nil {
		return nil, err
	}
	return m.forApp(), nil
}

// listMessages gives the newest first. Without READ_MESSAGE_HISTORY there are none.
func (s *Server) listMessages(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(50, 100)
	if err != nil {
		return nil, err
	}
	if !ch.holdsMessages() {
		return nil, errNonText
	}
	out := []*messageJSON{}
	if !ch.permissions(s.app.Bot).has(ReadHistory) {
		return out, nil
	}
	for _, m := range window(ch.posts, c, limit) {
		out = append(out, m.forApp())
	}
	slices.Reverse(out)
	return out, nil
}

// window is the part of a channel's messages that before, after, around and limit name, oldest first.
func window(posts []*message, c *call, limit int) []*message {
	from := func(key string) (int, bool) {
		id, err := ParseSnowflake(c.query.Get(key))
		at, _ := slices.BinarySearchFunc(posts, id, func(m *message, id Snowflake) int { return compareIDs(m.ID, id) })
		return at, err == nil
	}
	if at, ok := from("after"); ok {
		id, _ := ParseSnowflake(c.query.Get("after"))
		if at < len(posts) && posts[at].ID == id {
			at++
		}
		return posts[at:min(at+limit, len(posts))]
	}
	if at, ok := from("around"); ok {
		first := max(at-limit/2, 0)
		return posts[first:min(first+limit, len(posts))]
	}
	end := len(posts)
	if at, ok := from("before"); ok {
		end = at
	}
	return posts[max(end-limit, 0):end]
}

// createMessage posts as the bot.
func (s *Server) createMessage(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	b := &messageForm{}
	if err := c.decode(b); err != nil {
		return nil, err
	}
	if !ch.holdsMessages() {
		return nil, errNonText
	}
	if err := s.maySend(ch, b, len(c.files) > 0); err != nil {
		return nil, err
	}
	files, err := b.check(c, checkNew)
	if err != nil {
		return nil, err
	}
	if b.flags()&flagEphemeral != 0 {
		s.fault("ephemeral-flag", c, "only responses to interactions can be ephemeral; the flag was ignored")
	}
	reply, err := b.replyTo(ch)
	if err != nil {
		return nil, err
	}
	nonce := b.nonce()
	key := nonceKey{ch, s.app.Bot, nonce}
	if used, ok := s.nonces[key]; ok && b.EnforceNonce && s.now().Sub(used.at) < s.opts.NonceMemory && !used.message.Deleted {
		return used.message.forApp(), nil
	}
	m := s.newMessage(ch, s.app.Bot)
	m.fill(b, files)
	m.answers(reply, b)
	if nonce != "" {
		m.Nonce, m.nonce = nonce, b.Nonce
		s.nonces[key] = nonceUse{m, s.now()}
	}
	m.post()
	return m.forApp(), nil
}

// maySend checks the right to post what is in the body.
func (s *Server) maySend(ch *Channel, b *messageForm, files bool) error {
	bot := s.app.Bot
	if ch.guild == nil {
		return s.mayDM(ch)
	}
	need := ch.talk()
	if b.TTS {
		need |= SendTTS
	}
	if b.Embeds != nil && len(*b.Embeds) > 0 {
		need |= EmbedLinks
	}
	if files {
		need |= AttachFiles
	}
	if err := ch.need(bot, need); err != nil {
		return err
	}
	if b.Reference != nil && !ch.permissions(bot).has(ReadHistory) {
		return errReplyHistory
	}
	return ch.writable(bot)
}

// mayDM checks that the person takes messages from the app and shares a guild with it.
func (s *Server) mayDM(dm *Channel) error {
	for _, p := range dm.recipients {
		if p == s.app.Bot {
			continue
		}
		if p.refusesDM {
			return errCannotDM
		}
		if !s.shareGuild(p) {
			return errNoMutualGuild
		}
	}
	return nil
}

func (s *Server) shareGuild(p *Person) bool {
	for _, g := range s.guildOrder {
		if g.bot() != nil && g.members[p.ID] != nil {
			return true
		}
	}
	return false
}

// editMessage changes the bot's own message; of others', only whether embeds are shown.
func (s *Server) editMessage(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	b := &messageForm{}
	if err := c.decode(b); err != nil {
		return nil, err
	}
	switch {
	case m.Author != s.app.Bot && !b.onlyFlags():
		return nil, errNotAuthor
	case m.Author != s.app.Bot:
		if err := ch.need(s.app.Bot, ManageMessages); err != nil {
			return nil, err
		}
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	if err := s.oldEdit(m); err != nil {
		return nil, err
	}
	files, err := b.check(c, checkEdit)
	if err != nil {
		return nil, err
	}
	if err := m.edit(b, files); err != nil {
		return nil, err
	}
	return m.forApp(), nil
}

// changeable is nil when messages here can be edited and reacted to.
func (c *Channel) changeable(by *Person) error {
	switch {
	case !c.isThread():
		return nil
	case c.thread.archived:
		return errArchived
	}
	return c.writable(by)
}

func (s *Server) deleteMessage(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if m.Author != s.app.Bot {
		if ch.guild == nil {
			return nil, errOnDM
		}
		if err := ch.need(s.app.Bot, ManageMessages); err != nil {
			return nil, err
		}
	}
	if m.Type == starterType {
		return nil, errSystemMessage
	}
	m.delete()
	return nil, nil
}

// bulkDelete takes 2 to 100 messages, none older than two weeks; ids that do not exist are ignored.
func (s *Server) bulkDelete(c *call) (any, error) {
	ch, err := c.channelWith(ManageMessages)
	if err != nil {
		return nil, err
	}
	var b struct {
		Messages []Snowflake `json:"messages"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if ch.guild == nil {
		return nil, errOnDM
	}
	if len(b.Messages) < 2 || len(b.Messages) > bulkDeleteMaximum {
		return nil, errBulkCount
	}
	seen := map[Snowflake]bool{}
	for i, id := range b.Messages {
		if seen[id] {
			return nil, invalid("messages."+itoa(i), "SET_TYPE_ALREADY_CONTAINS_VALUE", "The set already contains this value")
		}
		seen[id] = true
		if s.now().Sub(id.Time()) > 14*24*time.Hour {
			return nil, errTooOld
		}
	}
	s.deleteAll(ch, b.Messages)
	return nil, nil
}

// deleteAll deletes messages with one event.
func (s *Server) deleteAll(ch *Channel, ids []Snowflake) {
	var gone []Snowflake
	for _, id := range ids {
		if m := s.messages[id]; m != nil && m.Channel == ch && m.For == nil {
			m.remove()
			gone = append(gone, id)
		}
	}
	if len(gone) > 0 {
		s.emit(event{name: "MESSAGE_DELETE_BULK", guild: ch.guild, intents: GuildMessages, channel: ch, data: map[string]any{
			"ids": gone, "channel_id": ch.ID, "guild_id": ch.guild.ID,
		}})
	}
}

// crosspost publishes a message of an announcement channel.
func (s *Server) crosspost(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	need := SendMessages
	if m.Author != s.app.Bot {
		need |= ManageMessages
	}
	switch err := ch.need(s.app.Bot, need); {
	case err != nil:
		return nil, err
	case ch.Type != Announcement:
		return nil, errChannelType
	case m.Flags&flagCrossposted != 0:
		return nil, refuse(http.StatusBadRequest, 40033, "This message has already been crossposted.")
	}
	m.Flags |= flagCrossposted
	m.updated()
	return m.forApp(), nil
}

// trimmed is a message's content as Discord keeps it.
func trimmed(s string) string { return strings.TrimSpace(s) }
