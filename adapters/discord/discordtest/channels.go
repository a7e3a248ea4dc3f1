package discordtest

import (
	"slices"
	"time"
)

// ChannelType is Discord's number for a kind of channel.
type ChannelType int

// The kinds of channel that the fake knows.
const (
	Text               ChannelType = 0
	DirectMessage      ChannelType = 1
	Voice              ChannelType = 2
	Category           ChannelType = 4
	Announcement       ChannelType = 5
	AnnouncementThread ChannelType = 10
	PublicThread       ChannelType = 11
	PrivateThread      ChannelType = 12
	Forum              ChannelType = 15
)

const (
	maxChannels    = 500 // in a guild
	maxInCategory  = 50
	flagRequireTag = 1 << 4
	flagPinned     = 1 << 1
)

// Channel is anything with messages, and categories.
type Channel struct {
	s    *Server
	ID   Snowflake
	Type ChannelType

	guild          *Guild
	parent         *Channel // a category, or a thread's channel
	name, topic    string
	position       int
	slowmode       int
	flags          int
	defaultArchive int
	overwrites     []overwrite
	tags           []Tag     // a forum's
	recipients     []*Person // a DM's
	thread         *thread
	lastMessage    Snowflake
	lastPin        time.Time
	deleted        bool
	hidden         bool        // the app did not see it when Guild.syncThreads last looked
	renames        []time.Time // changes of name or topic that Limits.Names counts

	posts      []*message // sorted by id
	ephemerals []*message
	changes    []*message // made or changed, in order: what somebody who waits has to look at
	forgotten  int        // changes that are no more kept
}

// Tag is a forum's tag.
type Tag struct {
	ID        Snowflake  `json:"id"`
	Name      string     `json:"name"`
	Moderated bool       `json:"moderated"`
	EmojiID   *Snowflake `json:"emoji_id"`
	EmojiName *string    `json:"emoji_name"`
}

func (c *Channel) isThread() bool { return c.thread != nil }

// holdsMessages says whether messages can be sent here.
func (c *Channel) holdsMessages() bool { return c.Type != Category && c.Type != Forum }

// named says whether names are lower case without spaces here.
func (t ChannelType) named() bool { return t == Text || t == Announcement || t == Forum }

type guildChannelJSON struct {
	ID             Snowflake   `json:"id"`
	Type           ChannelType `json:"type"`
	LastMessageID  *Snowflake  `json:"last_message_id"`
	Flags          int         `json:"flags"`
	LastPin        *string     `json:"last_pin_timestamp,omitempty"`
	GuildID        Snowflake   `json:"guild_id"`
	Name           string      `json:"name"`
	ParentID       *Snowflake  `json:"parent_id"`
	Slowmode       int         `json:"rate_limit_per_user"`
	Topic          *string     `json:"topic"`
	DefaultArchive int         `json:"default_auto_archive_duration,omitempty"`
	Position       int         `json:"position"`
	Overwrites     []overwrite `json:"permission_overwrites"`
	NSFW           bool        `json:"nsfw"`
	Tags           []Tag       `json:"available_tags,omitzero"`
}

type dmJSON struct {
	ID            Snowflake   `json:"id"`
	Type          ChannelType `json:"type"`
	LastMessageID *Snowflake  `json:"last_message_id"`
	Flags         int         `json:"flags"`
	Recipients    []*userJSON `json:"recipients"`
}

// json is the channel object as the app sees it.
func (c *Channel) json() any {
	switch {
	case c.isThread():
		return c.threadJSON()
	case c.guild == nil:
		j := &dmJSON{ID: c.ID, Type: c.Type, LastMessageID: c.lastMessage.orNull(), Recipients: []*userJSON{}}
		for _, r := range c.recipients {
			if r != c.s.app.Bot {
				j.Recipients = append(j.Recipients, r.json())
			}
		}
		return j
	}
	j := &guildChannelJSON{
		ID: c.ID, Type: c.Type, LastMessageID: c.lastMessage.orNull(), Flags: c.flags, LastPin: stampOrNull(c.lastPin),
		GuildID: c.guild.ID, Name: c.name, ParentID: c.parentID().orNull(), Slowmode: c.slowmode,
		Topic: stringOrNull(c.topic), DefaultArchive: c.defaultArchive, Position: c.position,
		Overwrites: slices.Clone(c.overwrites),
	}
	if j.Overwrites == nil {
		j.Overwrites = []overwrite{}
	}
	if c.Type == Forum {
		j.Tags = append([]Tag{}, c.tags...)
	}
	return j
}

func (c *Channel) parentID() Snowflake {
	if c.parent == nil {
		return 0
	}
	return c.parent.ID
}

// channel finds the channel that a request names. The app must see it.
func (c *call) channel() (*Channel, error) {
	id, err := c.id("channel")
	if err != nil {
		return nil, err
	}
	ch := c.s.channels[id]
	switch {
	case ch == nil || ch.deleted:
		return nil, errUnknownChannel
	case !ch.visible(c.s.app.Bot):
		return nil, errMissingAccess
	}
	return ch, nil
}

// channelWith is channel for what needs permissions.
func (c *call) channelWith(p Permission) (*Channel, error) {
	ch, err := c.channel()
	if err == nil {
		err = ch.need(c.s.app.Bot, p)
	}
	return ch, err
}

func (s *Server) getChannel(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	return ch.json(), nil
}

func (s *Server) guildChannels(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	out := []any{}
	for _, ch := range g.channels {
		if !ch.isThread() {
			out = append(out, ch.json())
		}
	}
	return out, nil
}

func (s *Server) setOverwrite(c *call) (any, error) {
	ch, o, err := c.overwrite()
	if err != nil {
		return nil, err
	}
	target := o.ID
	if err := c.decode(&o); err != nil {
		return nil, err
	}
	o.ID = target
	if err := mayOverwrite(ch.guild.bot(), ch, []overwrite{o}); err != nil {
		return nil, err
	}
	ch.setOverwrite(o)
	return nil, nil
}

func (c *Channel) setOverwrite(o overwrite) {
	c.overwrites = slices.DeleteFunc(slices.Clone(c.overwrites), func(x overwrite) bool { return x.ID == o.ID })
	c.overwrites = append(c.overwrites, o)
	c.updated()
}

func (s *Server) deleteOverwrite(c *call) (any, error) {
	ch, o, err := c.overwrite()
	if err != nil {
		return nil, err
	}
	at := slices.IndexFunc(ch.overwrites, func(x overwrite) bool { return x.ID == o.ID })
	if at < 0 {
		return nil, errUnknownOverwrite
	}
	ch.overwrites = slices.Delete(slices.Clone(ch.overwrites), at, at+1)
	ch.updated()
	return nil, nil
}

func (c *call) overwrite() (*Channel, overwrite, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, overwrite{}, err
	}
	id, err := c.id("overwrite")
	switch {
	case err != nil:
		return nil, overwrite{}, err
	case ch.guild == nil:
		return nil, overwrite{}, errOnDM
	case ch.isThread():
		return nil, overwrite{}, errChannelType
	}
	return ch, overwrite{ID: id}, ch.need(c.s.app.Bot, ManageRoles)
}

func (s *Server) typing(c *call) (any, error) {
	ch, err := c.channel()
	if err == nil {
		err = ch.need(s.app.Bot, ch.talk())
	}
	return nil, err
}

// openDM returns the DM with a user; asking again returns the same one.
func (s *Server) openDM(c *call) (any, error) {
	var b struct {
		Recipient *Snowflake `json:"recipient_id"`
	}
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if b.Recipient == nil {
		return nil, errRecipients
	}
	u := s.users[*b.Recipient]
	switch {
	case u == nil:
		return nil, errRecipients
	case u.bot:
		return nil, errCannotDM
	}
	return s.dm(u).json(), nil
}

// dm is the DM between the app and a person.
func (s *Server) dm(p *Person) *Channel {
	if c := p.dms[s.app.ID]; c != nil {
		return c
	}
	c := &Channel{s: s, ID: s.newID(), Type: DirectMessage, recipients: []*Person{s.app.Bot, p}}
	s.channels[c.ID] = c
	p.dms[s.app.ID] = c
	return c
}
