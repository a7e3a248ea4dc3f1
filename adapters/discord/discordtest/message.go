package discordtest

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// Kinds of message (the field type).
const (
	plainType       = 0
	pinnedType      = 6
	replyType       = 19
	slashType       = 20
	starterType     = 21
	contextMenuType = 23
)

// Flags of a message.
const (
	flagCrossposted   = 1 << 0
	flagNoEmbeds      = 1 << 2
	flagHasThread     = 1 << 5
	flagEphemeral     = 1 << 6
	flagLoading       = 1 << 7
	flagSilent        = 1 << 12
	flagComponentsV2  = 1 << 15
	flagsOfMessages   = flagNoEmbeds | flagSilent | flagComponentsV2
	flagsOfResponses  = flagsOfMessages | flagEphemeral
	flagsThatStay     = flagCrossposted | flagHasThread | flagEphemeral | flagComponentsV2
	maxReactionKinds  = 20
	bulkDeleteMaximum = 100
)

// Message is a message as it stood when it was looked at.
type Message struct {
	ID         Snowflake
	Channel    *Channel
	Author     *Person
	Type       int
	Content    string
	Embeds     []Embed
	Components []Component
	Files      []File
	Reactions  []Reaction
	Flags      int
	At         time.Time
	Edited     time.Time // zero when it was never edited
	Pinned     bool
	TTS        bool
	Deleted    bool
	ReplyTo    Snowflake // the message it answers
	Nonce      string
	For        *Person // who alone sees it; nil when it is not ephemeral
	Pings      Pings   // who was really notified when it was posted

	s *Server
}

// File is an attachment: URL is a signed link of the CDN that expires.
type File struct {
	ID          Snowflake
	Name        string
	ContentType string
	Description string
	Size        int
	URL         string
	Data        []byte
}

// Reaction is one emoji under a message.
type Reaction struct {
	Emoji string // "✅", or "name:id" of a custom one
	By    []*Person
}

// message is what the world keeps: the snapshot's fields, and how they are connected.
type message struct {
	Message
	attachments    []*attachment
	reactions      []*reaction
	mentions       []*Person
	mentionRoles   []*Role
	everyone       bool
	reference      *referenceJSON
	referenced     *message
	nonce          json.RawMessage
	thread         *Channel // that was started from it
	interaction    *Interaction
	originalReply  Snowflake // for a follow-up: the first response
	pinnedAt       time.Time
	rawComponents  json.RawMessage // sent instead of Components, for kinds no library knows
	viaInteraction bool
	pingsReplied   bool // it mentions whom it answers
}

type referenceJSON struct {
	Type      int       `json:"type"`
	MessageID Snowflake `json:"message_id,omitzero"`
	ChannelID Snowflake `json:"channel_id,omitzero"`
	GuildID   Snowflake `json:"guild_id,omitzero"`
}

// newMessage makes a message that nobody sees yet.
func (s *Server) newMessage(c *Channel, author *Person) *message {
	return &message{Message: Message{s: s, ID: s.newID(), Channel: c, Author: author, At: s.now()}}
}

// snapshot is the message as it stands.
func (m *message) snapshot() Message {
	out := m.Message
	out.Files, out.Reactions = nil, nil
	for _, a := range m.attachments {
		out.Files = append(out.Files, a.file())
	}
	for _, r := range m.reactions {
		out.Reactions = append(out.Reactions, Reaction{Emoji: r.key, By: slices.Clone(r.by)})
	}
	return out
}

// Ephemeral says whether only one person sees it.
func (m Message) Ephemeral() bool { return m.For != nil }

// Thinking says whether it is a deferred answer that is still to come.
func (m Message) Thinking() bool { return m.Flags&flagLoading != 0 }

// Text is everything there is to read: the content, the embeds' parts and the text components, a
// line each.
func (m Message) Text() string {
	var lines []string
	add := func(parts ...string) {
		for _, p := range parts {
			if p != "" {
				lines = append(lines, p)
			}
		}
	}
	add(m.Content)
	for _, e := range m.Embeds {
		if e.Author != nil {
			add(e.Author.Name)
		}
		add(e.Title, e.Description)
		for _, f := range e.Fields {
			add(f.Name + ": " + f.Value)
		}
		if e.Footer != nil {
			add(e.Footer.Text)
		}
	}
	walk(m.Components, func(c *Component) {
		if c.Type == TextDisplay {
			add(c.Content)
		}
	})
	return strings.Join(lines, "\n")
}

// Buttons are all buttons, links included.
func (m Message) Buttons() []Component { return m.find(Button) }

// Selects are all select menus.
func (m Message) Selects() []Component {
	return m.find(StringSelect, UserSelect, RoleSelect, MentionableSelect, ChannelSelect)
}

func (m Message) find(kinds ...ComponentType) []Component {
	var out []Component
	walk(m.Components, func(c *Component) {
		if slices.Contains(kinds, c.Type) {
			out = append(out, *c)
		}
	})
	return out
}

// Button is the button with a label or custom_id.
func (m Message) Button(label string) (Component, bool) {
	for _, b := range m.Buttons() {
		if b.Label == label || b.CustomID == label {
			return b, true
		}
	}
	return Component{}, false
}

// Labels are the buttons' labels in order.
func (m Message) Labels() []string {
	var out []string
	for _, b := range m.Buttons() {
		out = append(out, b.Label)
	}
	return out
}

// post puts a message into its channel and tells of it.
func (m *message) post() {
	c := m.Channel
	m.s.messages[m.ID] = m
	if m.For != nil {
		c.ephemerals = append(c.ephemerals, m)
	} else {
		c.posts = append(c.posts, m)
		c.lastMessage = m.ID
		if c.isThread() && m.Type != starterType {
			c.wake(m)
		}
	}
	m.tell("MESSAGE_CREATE")
}

// addStarter puts the message into a new thread that shows where it came from.
func (c *Channel) addStarter(from *message) {
	m := c.s.newMessage(c, from.Author)
	m.Type = starterType
	m.reference = &referenceJSON{MessageID: from.ID, ChannelID: from.Channel.ID, GuildID: c.guild.ID}
	m.referenced = from
	m.post()
}

func (m *message) updated() { m.tell("MESSAGE_UPDATE") }

// intents are those that carry events of messages here. An ephemeral message travels as if it were a
// direct one, without a guild: a known fault of Discord that libraries have to expect.
func (m *message) intents(guild, direct Intent) (*Guild, Intent) {
	if m.Channel.guild == nil || m.For != nil {
		return nil, direct
	}
	return m.Channel.guild, guild
}

func (m *message) tell(name string) {
	m.Channel.changes = append(m.Channel.changes, m)
	g, intents := m.intents(GuildMessages, DirectMessages)
	e := event{name: name, guild: g, intents: intents, channel: m.Channel}
	if m.For != nil {
		e.channel = nil
	}
	e.lazy = func(content bool) any { return m.eventJSON(content) }
	e.plain = m.openTo()
	m.s.emit(e)
}

// openTo says whether the app sees what is written even without the MESSAGE_CONTENT intent: in DMs,
// when it is mentioned, and in its own messages.
func (m *message) openTo() bool {
	bot := m.s.app.Bot
	return m.Author == bot || m.Channel.guild == nil || slices.Contains(m.mentions, bot)
}

// remove deletes it without telling.
func (m *message) remove() {
	m.Deleted = true
	same := func(x *message) bool { return x == m }
	m.Channel.posts = slices.DeleteFunc(m.Channel.posts, same)
	m.Channel.ephemerals = slices.DeleteFunc(m.Channel.ephemerals, same)
	delete(m.s.messages, m.ID)
}

// delete removes it and tells.
func (m *message) delete() {
	m.remove()
	g, intents := m.intents(GuildMessages, DirectMessages)
	data := map[string]any{"id": m.ID, "channel_id": m.Channel.ID}
	if g != nil {
		data["guild_id"] = g.ID
	}
	e := event{name: "MESSAGE_DELETE", guild: g, intents: intents, data: data}
	if m.For == nil {
		e.channel = m.Channel
	}
	m.s.emit(e)
}
