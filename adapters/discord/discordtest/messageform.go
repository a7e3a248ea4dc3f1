package discordtest

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

const (
	maxContent = 2000
	maxEmbeds  = 10
	maxFiles   = 10
	maxNonce   = 25
	maxAltText = 1024
)

// messageForm is the body of sending and editing a message, a response's data included.
type messageForm struct {
	Content         *string           `json:"content"`
	Embeds          *[]Embed          `json:"embeds"`
	Components      *[]Component      `json:"components"`
	AllowedMentions *allowedMentions  `json:"allowed_mentions"`
	Reference       *referenceForm    `json:"message_reference"`
	Nonce           json.RawMessage   `json:"nonce"`
	EnforceNonce    bool              `json:"enforce_nonce"`
	Flags           *int              `json:"flags"`
	TTS             bool              `json:"tts"`
	Attachments     *[]attachmentForm `json:"attachments"`
	Poll            json.RawMessage   `json:"poll"`
	StickerIDs      []Snowflake       `json:"sticker_ids"`

	under string          // where the form stands in the body, for error paths
	named map[string]bool // fields that the body names, be they null
}

type referenceForm struct {
	Type      int       `json:"type"`
	MessageID Snowflake `json:"message_id"`
	ChannelID Snowflake `json:"channel_id"`
	FailIfNot *bool     `json:"fail_if_not_exists"`
}

type attachmentForm struct {
	ID          json.RawMessage `json:"id"`
	Filename    string          `json:"filename"`
	Description *string         `json:"description"`
}

// UnmarshalJSON also notes which fields are named, since null is not the same as left out.
func (b *messageForm) UnmarshalJSON(raw []byte) error {
	type plain messageForm
	if err := json.Unmarshal(raw, (*plain)(b)); err != nil {
		return err
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return err
	}
	b.named = make(map[string]bool, len(keys))
	for k := range keys {
		b.named[k] = true
	}
	return nil
}

func (b *messageForm) path(field string) string { return joinPath(b.under, field) }

func (b *messageForm) flags() int {
	if b.Flags == nil {
		return 0
	}
	return *b.Flags
}

func (b *messageForm) onlyFlags() bool {
	return len(b.named) == 1 && b.named["flags"]
}

// nonce is the nonce as text; empty when there is none.
func (b *messageForm) nonce() string {
	if string(b.Nonce) == "null" {
		return ""
	}
	return strings.Trim(string(b.Nonce), `"`)
}

type checkMode int

const (
	checkNew  checkMode = iota // must not be empty
	checkEdit                  // names only what changes
)

// check validates the form against Discord's limits and returns the new attachments.
func (b *messageForm) check(c *call, mode checkMode) ([]*attachment, error) {
	var f form
	if b.Content != nil {
		f.length(b.path("content"), trimmed(*b.Content), 0, maxContent)
	}
	if n := b.nonce(); n != "" && runes(n) > maxNonce {
		f.length(b.path("nonce"), n, 0, maxNonce)
	}
	if b.Embeds != nil {
		checkEmbeds(&f, b.path("embeds"), *b.Embeds)
	}
	v2 := b.flags()&flagComponentsV2 != 0
	if b.Components != nil {
		checkComponents(&f, b.path("components"), *b.Components, v2)
	}
	if v2 {
		b.checkV2(&f)
	}
	b.AllowedMentions.check(&f, b.path("allowed_mentions"))
	files := b.takeFiles(&f, c)
	if err := f.err(); err != nil {
		return nil, err
	}
	if mode == checkNew && b.empty(len(files)) {
		return nil, errEmpty
	}
	return files, nil
}

// checkV2: with the new components there is neither content nor embeds.
func (b *messageForm) checkV2(f *form) {
	const code = "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2"
	if b.Content != nil && *b.Content != "" {
		f.at(b.path("content"), code, "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
	}
	if b.Embeds != nil && len(*b.Embeds) > 0 {
		f.at(b.path("embeds"), code, "The 'embeds' field cannot be used when using MessageFlags.IS_COMPONENTS_V2")
	}
}

func (b *messageForm) empty(files int) bool {
	return (b.Content == nil || trimmed(*b.Content) == "") && (b.Embeds == nil || len(*b.Embeds) == 0) &&
		(b.Components == nil || len(*b.Components) == 0) && files == 0 && len(b.StickerIDs) == 0 &&
		(len(b.Poll) == 0 || string(b.Poll) == "null")
}

// takeFiles makes attachments of the uploaded files; the body's attachments describe them by index.
func (b *messageForm) takeFiles(f *form, c *call) []*attachment {
	if f.count(b.path("attachments"), len(c.files), 0, maxFiles); len(c.files) > maxFiles {
		return nil
	}
	var out []*attachment
	for _, up := range c.files {
		a := c.s.newAttachment(up.name, up.contentType, up.data)
		if b.Attachments != nil {
			for i, want := range *b.Attachments {
				if strings.Trim(string(want.ID), `"`) != itoa(up.index) {
					continue
				}
				if want.Filename != "" {
					a.name = want.Filename
				}
				if want.Description != nil {
					f.length(b.path("attachments."+itoa(i)+".description"), *want.Description, 0, maxAltText)
					a.description = *want.Description
				}
			}
		}
		out = append(out, a)
	}
	return out
}

// fill sets a new message from the form.
func (m *message) fill(b *messageForm, files []*attachment) {
	if b.Content != nil {
		m.Content = trimmed(*b.Content)
	}
	if b.Embeds != nil {
		m.Embeds = shownEmbeds(*b.Embeds)
	}
	if b.Components != nil {
		m.Components = m.numbered(*b.Components)
	}
	m.TTS = b.TTS
	m.Flags = b.flags() & flagsOfMessages
	m.attach(files)
	m.mention(b.AllowedMentions, true)
}

// edit changes what the form names, and tells.
func (m *message) edit(b *messageForm, files []*attachment) error {
	kept := m.attachments
	if b.Attachments != nil {
		kept = m.kept(*b.Attachments)
	}
	content, embeds, components := m.Content, m.Embeds, m.Components
	if b.named["content"] {
		content = ""
		if b.Content != nil {
			content = trimmed(*b.Content)
		}
	}
	if b.named["embeds"] {
		embeds = nil
		if b.Embeds != nil {
			embeds = shownEmbeds(*b.Embeds)
		}
	}
	if b.named["components"] {
		components = nil
		if b.Components != nil {
			components = m.numbered(*b.Components)
		}
	}
	if content == "" && len(embeds) == 0 && len(components) == 0 && len(kept)+len(files) == 0 {
		return errEmpty
	}
	m.Content, m.Embeds, m.Components, m.attachments = content, embeds, components, kept
	m.attach(files)
	if b.Flags != nil {
		m.Flags = m.Flags&flagsThatStay | *b.Flags&(flagNoEmbeds|flagComponentsV2)
	}
	m.Edited = m.s.now()
	m.mention(b.AllowedMentions, false)
	if m.pingsReplied && (b.AllowedMentions == nil || b.AllowedMentions.RepliedUser) {
		m.ping(m.referenced.Author, false)
	}
	m.updated()
	return nil
}

// kept are the attachments that an edit names by id.
func (m *message) kept(forms []attachmentForm) []*attachment {
	var out []*attachment
	for _, a := range m.attachments {
		if slices.ContainsFunc(forms, func(f attachmentForm) bool { return strings.Trim(string(f.ID), `"`) == a.ID.String() }) {
			out = append(out, a)
		}
	}
	return out
}

// replyTo is the message that the form answers; nil when it is not a reply.
func (b *messageForm) replyTo(ch *Channel) (*message, error) {
	if b.Reference == nil || b.Reference.MessageID == 0 {
		return nil, nil
	}
	if b.Reference.Type != 0 {
		return nil, invalid("message_reference.type", "BASE_TYPE_CHOICES", "Value must be one of {0}.")
	}
	m := ch.s.messages[b.Reference.MessageID]
	if m == nil || m.Channel != ch || m.For != nil {
		if b.Reference.FailIfNot != nil && !*b.Reference.FailIfNot {
			return nil, nil
		}
		return nil, invalid("message_reference", "MESSAGE_REFERENCE_UNKNOWN_MESSAGE", "Unknown message")
	}
	if m.Type != plainType && m.Type != replyType && m.Type != slashType && m.Type != contextMenuType && m.Type != starterType {
		return nil, invalid("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message")
	}
	return m, nil
}

// answers makes it a reply. Its author is mentioned unless allowed_mentions.replied_user says no.
func (m *message) answers(to *message, b *messageForm) {
	if to == nil {
		return
	}
	m.Type, m.ReplyTo, m.referenced = replyType, to.ID, to
	m.reference = &referenceJSON{MessageID: to.ID, ChannelID: to.Channel.ID}
	if to.Channel.guild != nil {
		m.reference.GuildID = to.Channel.guild.ID
	}
	if m.pingsReplied = b.AllowedMentions == nil || b.AllowedMentions.RepliedUser; m.pingsReplied {
		m.ping(to.Author, true)
	}
}

// Embed is one embed of a message.
type Embed struct {
	Type        string       `json:"type"`
	Title       string       `json:"title,omitempty"`
	Description string       `json:"description,omitempty"`
	URL         string       `json:"url,omitempty"`
	Timestamp   string       `json:"timestamp,omitempty"`
	Color       int          `json:"color,omitempty"`
	Author      *EmbedAuthor `json:"author,omitempty"`
	Footer      *EmbedFooter `json:"footer,omitempty"`
	Image       *EmbedMedia  `json:"image,omitempty"`
	Thumbnail   *EmbedMedia  `json:"thumbnail,omitempty"`
	Fields      []EmbedField `json:"fields,omitempty"`
}

// EmbedAuthor stands above the title.
type EmbedAuthor struct {
	Name    string `json:"name"`
	URL     string `json:"url,omitempty"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedFooter stands below everything.
type EmbedFooter struct {
	Text    string `json:"text"`
	IconURL string `json:"icon_url,omitempty"`
}

// EmbedMedia is an embed's picture.
type EmbedMedia struct {
	URL string `json:"url"`
}

// EmbedField is a name with a value.
type EmbedField struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Inline bool   `json:"inline"`
}

func shownEmbeds(list []Embed) []Embed {
	out := slices.Clone(list)
	for i := range out {
		out[i].Type = "rich"
	}
	return out
}

// checkEmbeds applies the limits of one embed, and of all of a message together. Source: "Embed
// Limits" of Discord's reference.
func checkEmbeds(f *form, path string, list []Embed) {
	f.count(path, len(list), 0, maxEmbeds)
	total := 0
	for i, e := range list {
		at := func(field string) string { return path + "." + itoa(i) + "." + field }
		f.length(at("title"), e.Title, 0, 256)
		f.length(at("description"), e.Description, 0, 4096)
		f.count(at("fields"), len(e.Fields), 0, 25)
		total += runes(e.Title) + runes(e.Description)
		for n, field := range e.Fields {
			f.length(at("fields."+itoa(n)+".name"), field.Name, 1, 256)
			f.length(at("fields."+itoa(n)+".value"), field.Value, 1, 1024)
			total += runes(field.Name) + runes(field.Value)
		}
		if e.Author != nil {
			f.length(at("author.name"), e.Author.Name, 1, 256)
			checkURL(f, at("author.url"), e.Author.URL, 2048)
			total += runes(e.Author.Name)
		}
		if e.Footer != nil {
			f.length(at("footer.text"), e.Footer.Text, 1, 2048)
			total += runes(e.Footer.Text)
		}
		checkURL(f, at("url"), e.URL, 2048)
		for name, media := range map[string]*EmbedMedia{"image": e.Image, "thumbnail": e.Thumbnail} {
			if media != nil && !strings.HasPrefix(media.URL, "attachment://") {
				checkURL(f, at(name+".url"), media.URL, 2048)
			}
		}
		if e.Title+e.Description == "" && len(e.Fields) == 0 && e.Author == nil && e.Footer == nil && e.Image == nil && e.Thumbnail == nil {
			f.required(at("description"))
		}
		if e.Color < 0 || e.Color > 0xFFFFFF {
			f.at(at("color"), "NUMBER_TYPE_MAX", "int value should be less than or equal to 16777215.")
		}
	}
	if total > 6000 {
		f.at(path, "MAX_EMBED_SIZE_EXCEEDED", "Embed size exceeds maximum size of 6000")
	}
}

func checkURL(f *form, path, text string, most int) {
	if text == "" || !f.length(path, text, 0, most) {
		return
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		f.at(path, "URL_TYPE_INVALID_URL", "Not a well formed URL.")
	case u.Scheme != "http" && u.Scheme != "https":
		f.at(path, "URL_TYPE_INVALID_SCHEME", "Scheme %q is not one of ('http', 'https').", u.Scheme)
	}
}
