package discordtest

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// reaction is one emoji under a message, with who gave it in order.
type reaction struct {
	key string // "✅", or "name:id"
	by  []*Person
}

type emojiJSON struct {
	ID   *Snowflake `json:"id"`
	Name string     `json:"name"`
}

type reactionJSON struct {
	Emoji   emojiJSON      `json:"emoji"`
	Count   int            `json:"count"`
	Details map[string]int `json:"count_details"`
	Colors  []string       `json:"burst_colors"`
	MeBurst bool           `json:"me_burst"`
	Me      bool           `json:"me"`
}

func (r *reaction) json(me *Person) *reactionJSON {
	return &reactionJSON{
		Emoji: emojiOf(r.key), Count: len(r.by), Details: map[string]int{"burst": 0, "normal": len(r.by)},
		Colors: []string{}, Me: slices.Contains(r.by, me),
	}
}

func emojiOf(key string) emojiJSON {
	if name, id, custom := strings.Cut(key, ":"); custom {
		n, _ := ParseSnowflake(id)
		return emojiJSON{ID: &n, Name: name}
	}
	return emojiJSON{Name: key}
}

var customEmoji = regexp.MustCompile(`^(?:a:)?(\w+:\d+)$`)

// emojiKey is an emoji of a path in one form. A plain word is no emoji.
func emojiKey(text string) (string, error) {
	if m := customEmoji.FindStringSubmatch(text); m != nil {
		return m[1], nil
	}
	for _, r := range text {
		if r > 127 && (unicode.IsSymbol(r) || unicode.In(r, unicode.So, unicode.Sk, unicode.Mn, unicode.Cf) || r > 0x2000) {
			return text, nil
		}
	}
	return "", errUnknownEmoji
}

// react adds one reaction; false when it was there already.
func (m *message) react(by *Person, key string) (bool, error) {
	for _, r := range m.reactions {
		if r.key == key {
			if slices.Contains(r.by, by) {
				return false, nil
			}
			r.by = append(r.by, by)
			return true, nil
		}
	}
	if !m.Channel.permissions(by).has(AddReactions) {
		return false, errMissingPermission
	}
	if len(m.reactions) >= maxReactionKinds {
		return false, errTooManyReactions
	}
	m.reactions = append(m.reactions, &reaction{key: key, by: []*Person{by}})
	return true, nil
}

// unreact takes one reaction away; false when there was none.
func (m *message) unreact(by *Person, key string) bool {
	for i, r := range m.reactions {
		at := slices.Index(r.by, by)
		if r.key != key || at < 0 {
			continue
		}
		if r.by = slices.Delete(r.by, at, at+1); len(r.by) == 0 {
			m.reactions = slices.Delete(m.reactions, i, i+1)
		}
		return true
	}
	return false
}

// tellReaction tells of a reaction given or taken.
func (m *message) tellReaction(name string, by *Person, key string) {
	m.Channel.changes = append(m.Channel.changes, m)
	g, intents := m.intents(GuildReactions, DirectReactions)
	data := map[string]any{
		"user_id": by.ID, "channel_id": m.Channel.ID, "message_id": m.ID, "emoji": emojiOf(key), "burst": false, "type": 0,
	}
	if g != nil {
		data["guild_id"] = g.ID
		if name == "MESSAGE_REACTION_ADD" {
			data["message_author_id"] = m.Author.ID
			if member := g.members[by.ID]; member != nil {
				data["member"] = member.json()
			}
		}
	}
	m.s.emit(event{name: name, guild: g, intents: intents, channel: m.Channel, data: data})
}

func (s *Server) addReaction(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	key, err := emojiKey(c.vars["emoji"])
	if err != nil {
		return nil, err
	}
	if err := ch.need(s.app.Bot, ReadHistory); err != nil {
		return nil, err
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	added, err := m.react(s.app.Bot, key)
	if added {
		m.tellReaction("MESSAGE_REACTION_ADD", s.app.Bot, key)
	}
	return nil, err
}

func (s *Server) removeReaction(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	key, err := emojiKey(c.vars["emoji"])
	if err != nil {
		return nil, err
	}
	by := s.app.Bot
	if c.vars["user"] != "@me" {
		id, err := c.id("user")
		if err != nil {
			return nil, err
		}
		if by = s.users[id]; by == nil {
			return nil, errUnknownUser
		}
	}
	if by != s.app.Bot {
		if ch.guild == nil {
			return nil, errOnDM
		}
		if err := ch.need(s.app.Bot, ManageMessages); err != nil {
			return nil, err
		}
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	if m.unreact(by, key) {
		m.tellReaction("MESSAGE_REACTION_REMOVE", by, key)
	}
	return nil, nil
}

// clearReactions takes all reactions away, or all of one emoji.
func (s *Server) clearReactions(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := ch.need(s.app.Bot, ManageMessages); err != nil {
		return nil, err
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	g, intents := m.intents(GuildReactions, DirectReactions)
	data := map[string]any{"channel_id": ch.ID, "message_id": m.ID}
	if g != nil {
		data["guild_id"] = g.ID
	}
	name := "MESSAGE_REACTION_REMOVE_ALL"
	if text, one := c.vars["emoji"]; one {
		key, err := emojiKey(text)
		if err != nil {
			return nil, err
		}
		name, data["emoji"] = "MESSAGE_REACTION_REMOVE_EMOJI", emojiOf(key)
		m.reactions = slices.DeleteFunc(m.reactions, func(r *reaction) bool { return r.key == key })
	} else {
		m.reactions = nil
	}
	ch.changes = append(ch.changes, m)
	s.emit(event{name: name, guild: g, intents: intents, channel: ch, data: data})
	return nil, nil
}

// getReactions lists who reacted with an emoji.
func (s *Server) getReactions(c *call) (any, error) {
	_, m, err := c.message()
	if err != nil {
		return nil, err
	}
	key, err := emojiKey(c.vars["emoji"])
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(25, 100)
	if err != nil {
		return nil, err
	}
	after, _ := ParseSnowflake(c.query.Get("after"))
	out := []*userJSON{}
	for _, r := range m.reactions {
		if r.key != key {
			continue
		}
		sorted := slices.Clone(r.by)
		slices.SortFunc(sorted, func(a, b *Person) int { return compareIDs(a.ID, b.ID) })
		for _, u := range sorted {
			if u.ID > after && len(out) < limit {
				out = append(out, u.json())
			}
		}
	}
	return out, nil
}

const maxPins = 250

// getPins answers both lists of pinned messages: the old one is bare, the new one pages.
func (s *Server) getPins(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	limit, err := c.limit(50, 50)
	if err != nil {
		return nil, err
	}
	var pinned []*message
	if ch.permissions(s.app.Bot).has(ReadHistory) {
		for _, m := range ch.posts {
			if m.Pinned {
				pinned = append(pinned, m)
			}
		}
	}
	slices.SortFunc(pinned, func(a, b *message) int { return b.pinnedAt.Compare(a.pinnedAt) })
	if strings.HasSuffix(c.route.pattern, "messages/pins") {
		items := []map[string]any{}
		for _, m := range pinned[:min(limit, len(pinned))] {
			items = append(items, map[string]any{"pinned_at": stamp(m.pinnedAt), "message": m.forApp()})
		}
		return map[string]any{"items": items, "has_more": len(pinned) > limit}, nil
	}
	out := []*messageJSON{}
	for _, m := range pinned[:min(50, len(pinned))] {
		out = append(out, m.forApp())
	}
	return out, nil
}

// pin needs PIN_MESSAGES, which was split off from MANAGE_MESSAGES. A system message tells of it.
func (s *Server) pin(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := ch.need(s.app.Bot, PinMessages); err != nil {
		return nil, err
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	return nil, ch.pin(s.app.Bot, m)
}

func (c *Channel) pin(by *Person, m *message) error {
	if m.Pinned {
		return nil
	}
	n := 0
	for _, x := range c.posts {
		if x.Pinned {
			n++
		}
	}
	if n >= maxPins {
		return refuse(http.StatusBadRequest, 30003, "Maximum number of pins reached for the channel (250)")
	}
	m.Pinned, m.pinnedAt = true, c.s.now()
	c.pinsChanged()
	m.updated()
	notice := c.s.newMessage(c, by)
	notice.Type = pinnedType
	notice.reference = &referenceJSON{MessageID: m.ID, ChannelID: c.ID}
	if c.guild != nil {
		notice.reference.GuildID = c.guild.ID
	}
	notice.post()
	return nil
}

func (c *Channel) pinsChanged() {
	c.lastPin = c.s.now()
	data := map[string]any{"channel_id": c.ID, "last_pin_timestamp": stamp(c.lastPin)}
	intents := DirectMessages
	if c.guild != nil {
		intents, data["guild_id"] = Guilds, c.guild.ID
	}
	c.s.emit(event{name: "CHANNEL_PINS_UPDATE", guild: c.guild, intents: intents, channel: c, data: data})
}

func (s *Server) unpin(c *call) (any, error) {
	ch, m, err := c.message()
	if err != nil {
		return nil, err
	}
	if err := ch.need(s.app.Bot, PinMessages); err != nil {
		return nil, err
	}
	if err := ch.changeable(s.app.Bot); err != nil {
		return nil, err
	}
	if m.Pinned {
		m.Pinned = false
		ch.pinsChanged()
		m.updated()
	}
	return nil, nil
}
