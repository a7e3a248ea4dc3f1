package discordtest

import "encoding/json"

// messageJSON is a message object; the last fields are only in events.
type messageJSON struct {
	Type            int               `json:"type"`
	Content         string            `json:"content"`
	Mentions        []*userJSON       `json:"mentions"`
	MentionRoles    []Snowflake       `json:"mention_roles"`
	Attachments     []*attachmentJSON `json:"attachments"`
	Embeds          []Embed           `json:"embeds"`
	Timestamp       string            `json:"timestamp"`
	EditedTimestamp *string           `json:"edited_timestamp"`
	Flags           int               `json:"flags"`
	Components      json.RawMessage   `json:"components"`
	ID              Snowflake         `json:"id"`
	ChannelID       Snowflake         `json:"channel_id"`
	Author          *userJSON         `json:"author"`
	Pinned          bool              `json:"pinned"`
	MentionEveryone bool              `json:"mention_everyone"`
	TTS             bool              `json:"tts"`
	Nonce           json.RawMessage   `json:"nonce,omitempty"`
	Reactions       []*reactionJSON   `json:"reactions,omitempty"`
	Reference       *referenceJSON    `json:"message_reference,omitempty"`
	Referenced      json.RawMessage   `json:"referenced_message,omitempty"`
	Thread          *threadJSON       `json:"thread,omitempty"`
	Position        *int              `json:"position,omitempty"`
	WebhookID       Snowflake         `json:"webhook_id,omitzero"`
	ApplicationID   Snowflake         `json:"application_id,omitzero"`
	Interaction     map[string]any    `json:"interaction,omitempty"`
	Metadata        map[string]any    `json:"interaction_metadata,omitempty"`

	GuildID     Snowflake   `json:"guild_id,omitzero"`
	Member      *memberJSON `json:"member,omitempty"`
	ChannelType *int        `json:"channel_type,omitempty"`
}

var emptyList = json.RawMessage("[]")

// json is the message for the app; without content, what people wrote is blank.
func (m *message) json(content bool) *messageJSON {
	j := &messageJSON{
		Type: m.Type, Timestamp: stamp(m.At), EditedTimestamp: stampOrNull(m.Edited), Flags: m.Flags, ID: m.ID,
		ChannelID: m.Channel.ID, Author: m.Author.json(), Pinned: m.Pinned, MentionEveryone: m.everyone, TTS: m.TTS,
		Nonce: m.nonce, Reference: m.reference, Mentions: []*userJSON{}, MentionRoles: []Snowflake{},
		Attachments: []*attachmentJSON{}, Embeds: []Embed{}, Components: emptyList,
	}
	for _, u := range m.mentions {
		j.Mentions = append(j.Mentions, u.json())
	}
	for _, r := range m.mentionRoles {
		j.MentionRoles = append(j.MentionRoles, r.ID)
	}
	if content {
		m.written(j)
	}
	for _, r := range m.reactions {
		j.Reactions = append(j.Reactions, r.json(m.s.app.Bot))
	}
	if m.thread != nil && !m.thread.deleted {
		j.Thread = m.thread.threadJSON()
	}
	if m.reference != nil && m.Type != pinnedType {
		j.Referenced = json.RawMessage("null")
		if r := m.referenced; r != nil && !r.Deleted {
			nested := r.json(content || r.openTo())
			nested.Referenced = nil // one level only
			j.Referenced = marshal(nested)
		}
	}
	if m.viaInteraction {
		j.WebhookID, j.ApplicationID = m.s.app.ID, m.s.app.ID
		m.interaction.describe(m, j)
	}
	return j
}

// written fills in what the MESSAGE_CONTENT intent is about.
func (m *message) written(j *messageJSON) {
	j.Content = m.Content
	if len(m.Embeds) > 0 && m.Flags&flagNoEmbeds == 0 {
		j.Embeds = m.Embeds
	}
	for _, a := range m.attachments {
		j.Attachments = append(j.Attachments, a.json())
	}
	switch {
	case m.rawComponents != nil:
		j.Components = m.rawComponents
	case len(m.Components) > 0:
		j.Components = marshal(m.Components)
	}
}

// eventJSON is the message as events carry it.
func (m *message) eventJSON(content bool) *messageJSON {
	j := m.json(content)
	kind := int(m.Channel.Type)
	j.ChannelType = &kind
	if g := m.Channel.guild; g != nil && m.For == nil {
		j.GuildID = g.ID
		if member := g.members[m.Author.ID]; member != nil {
			j.Member = member.partial()
		}
	}
	return j
}

// forApp is the message as REST answers it: blank without the intent, unless it is open to the app.
// What counts is whether the app was granted the intent, since a request has no session.
func (m *message) forApp() *messageJSON {
	return m.json(m.openTo() || !m.s.opts.Disallowed.has(MessageContent))
}
