package discord

import (
	"bytes"
	"encoding/json"
	pathpkg "path"
	"strconv"
	"time"
)

// What we read of Discord, and no more: fields that are missing, of another type or new cost nothing
// but themselves.

// id is a snowflake: a string of digits, sometimes given as a number.
type id string

// UnmarshalJSON implements json.Unmarshaler.
func (i *id) UnmarshalJSON(b []byte) error {
	s := string(bytes.Trim(b, `"`))
	if !isID(s) {
		s = ""
	}
	*i = id(s)
	return nil
}

// epoch is where snowflakes begin, in milliseconds since 1970.
const epoch = 1420070400000

// number is an id as a number; 0 when it is none.
func (i id) number() uint64 {
	n, err := strconv.ParseUint(string(i), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// at is when an id was made.
func (i id) at() time.Time {
	if i == "" {
		return time.Time{}
	}
	return time.UnixMilli(int64(i.number()>>22) + epoch)
}

// idBefore is smaller than all ids of a moment and later.
func idBefore(t time.Time) string {
	return strconv.FormatInt(max(0, (t.UnixMilli()-epoch)<<22-1), 10)
}

// bits is a permission set: a string of digits when Discord tells it, a number when it is told (so its
// OpenAPI description).
type bits uint64

// UnmarshalJSON implements json.Unmarshaler.
func (p *bits) UnmarshalJSON(b []byte) error {
	n, err := strconv.ParseUint(string(bytes.Trim(b, `"`)), 10, 64)
	if err == nil {
		*p = bits(n)
	}
	return nil
}

func (p bits) has(want bits) bool { return p&want == want }

type user struct {
	ID     id     `json:"id"`
	Name   string `json:"username"`
	Global string `json:"global_name"`
	Bot    bool   `json:"bot"`
	System bool   `json:"system"`
}

type member struct {
	User  *user  `json:"user"`
	Nick  string `json:"nick"`
	Roles []id   `json:"roles"`
	Perms bits   `json:"permissions"`
}

// callName is what people call a member.
func callName(m *member, u user) string {
	switch {
	case m != nil && m.Nick != "":
		return m.Nick
	case u.Global != "":
		return u.Global
	}
	return u.Name
}

type attachment struct {
	ID   id     `json:"id"`
	Name string `json:"filename"`
	// Title is what the sender called it, without the ending, where Name had to differ.
	Title string `json:"title"`
	Type  string `json:"content_type"`
	Size  int64  `json:"size"`
	URL   string `json:"url"`
}

func (a attachment) called() string {
	if a.Title != "" {
		return a.Title + pathpkg.Ext(a.Name)
	}
	return a.Name
}

type emoji struct {
	ID   *id    `json:"id"`
	Name string `json:"name"`
}

type reference struct {
	Type    int `json:"type"`
	Message id  `json:"message_id"`
	Channel id  `json:"channel_id"`
}

type message struct {
	ID          id           `json:"id"`
	Channel     id           `json:"channel_id"`
	Guild       id           `json:"guild_id"`
	Type        int          `json:"type"`
	Author      *user        `json:"author"`
	Member      *member      `json:"member"`
	Content     string       `json:"content"`
	Time        string       `json:"timestamp"`
	Edited      string       `json:"edited_timestamp"`
	Flags       int          `json:"flags"`
	Webhook     id           `json:"webhook_id"`
	Application id           `json:"application_id"`
	Mentions    []mention    `json:"mentions"`
	Roles       []id         `json:"mention_roles"`
	Attachments []attachment `json:"attachments"`
	Ref         *reference   `json:"message_reference"`
	Referenced  *message     `json:"referenced_message"`
	Thread      *channel     `json:"thread"`
	Snapshots   []struct {
		Message message `json:"message"`
	} `json:"message_snapshots"`
	Embeds []struct {
		URL string `json:"url"`
	} `json:"embeds"`
	Nonce any `json:"nonce"`
}

type mention struct {
	user
	Member *member `json:"member"`
}

// Flags of messages that matter here.
const (
	flagThread    = 1 << 5 // a thread starts from it
	flagEphemeral = 1 << 6
)

// Types of messages that people write.
const (
	plainMessage = 0
	replyMessage = 19
)

type channel struct {
	ID         id          `json:"id"`
	Type       int         `json:"type"`
	Guild      id          `json:"guild_id"`
	Parent     id          `json:"parent_id"`
	Name       string      `json:"name"`
	Topic      string      `json:"topic"`
	Owner      id          `json:"owner_id"`
	Overwrites []overwrite `json:"permission_overwrites"`
	Tags       []tag       `json:"available_tags"`
	Applied    []id        `json:"applied_tags"`
	Flags      int         `json:"flags"`
	Recipients []user      `json:"recipients"`
	Thread     *struct {
		Archived bool `json:"archived"`
		Locked   bool `json:"locked"`
	} `json:"thread_metadata"`
}

type tag struct {
	ID        id     `json:"id,omitempty"`
	Name      string `json:"name"`
	Moderated bool   `json:"moderated"`
	EmojiID   *id    `json:"emoji_id,omitempty"`
	EmojiName string `json:"emoji_name,omitempty"`
}

type overwrite struct {
	ID    id   `json:"id"`
	Type  int  `json:"type"` // 0 a role, 1 a person
	Allow bits `json:"allow"`
	Deny  bits `json:"deny"`
}

// Types of channels.
const (
	textChannel    = 0
	directChannel  = 1
	category       = 4
	newsChannel    = 5
	newsThread     = 10
	publicThread   = 11
	privateThread  = 12
	forumChannel   = 15
	mediaChannel   = 16
	flagTagNeeded  = 1 << 4
	flagPinnedPost = 1 << 1
)

func (c channel) isThread() bool {
	return c.Type == newsThread || c.Type == publicThread || c.Type == privateThread
}

// isRoom says whether a thread is a room of ours: one that was opened where there is no place for a channel.
// We make no other private threads.
func (c channel) isRoom(me id) bool { return c.Type == privateThread && c.Owner == me && me != "" }

func (c channel) isForum() bool { return c.Type == forumChannel || c.Type == mediaChannel }

type role struct {
	ID    id   `json:"id"`
	Perms bits `json:"permissions"`
	Tags  *struct {
		Bot id `json:"bot_id"`
	} `json:"tags"`
}

type guild struct {
	ID          id        `json:"id"`
	Name        string    `json:"name"`
	Owner       id        `json:"owner_id"`
	Unavailable bool      `json:"unavailable"`
	Features    []string  `json:"features"`
	Tier        int       `json:"premium_tier"`
	System      id        `json:"system_channel_id"`
	Count       int       `json:"approximate_member_count"`
	Members     int       `json:"member_count"`
	Roles       []role    `json:"roles"`
	Channels    []channel `json:"channels"`
	Threads     []channel `json:"threads"`
	Joined      string    `json:"joined_at"` // when we came
}

type interaction struct {
	ID      id       `json:"id"`
	App     id       `json:"application_id"`
	Type    int      `json:"type"`
	Token   string   `json:"token"`
	Guild   id       `json:"guild_id"`
	Channel id       `json:"channel_id"`
	In      *channel `json:"channel"`
	Member  *member  `json:"member"`
	User    *user    `json:"user"`
	Locale  string   `json:"locale"`
	InGuild string   `json:"guild_locale"`
	Message *message `json:"message"`
	Data    given    `json:"data"`
}

// Types of interactions.
const (
	commandUsed    = 2
	componentUsed  = 3
	autocompleting = 4
	modalSent      = 5
)

// given is what an interaction carries.
type given struct {
	Name     string   `json:"name"`
	Type     int      `json:"type"` // of the command: 1 typed, 2 on a person, 3 on a message
	Options  []option `json:"options"`
	Target   id       `json:"target_id"`
	Resolved struct {
		Messages    map[string]message    `json:"messages"`
		Users       map[string]user       `json:"users"`
		Members     map[string]member     `json:"members"`
		Attachments map[string]attachment `json:"attachments"`
	} `json:"resolved"`
	CustomID   string      `json:"custom_id"`
	Values     []string    `json:"values"`
	Components []component `json:"components"`
}

type option struct {
	Name    string          `json:"name"`
	Type    int             `json:"type"`
	Value   json.RawMessage `json:"value"`
	Focused bool            `json:"focused"`
	Options []option        `json:"options"`
}

// component is a field of a modal, or what holds fields.
type component struct {
	CustomID   string      `json:"custom_id"`
	Value      string      `json:"value"`
	Values     []string    `json:"values"`
	Components []component `json:"components"`
	Component  *component  `json:"component"`
}
