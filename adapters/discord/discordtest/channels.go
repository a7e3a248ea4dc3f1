package discordtest

import (
	"net/http"
	"slices"
	"strings"
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
	renames        []time.Time // changes of name or topic that Limits.Names counts

	posts      []*message // sorted by id
	ephemerals []*message
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

// channelForm is the body of creating and editing a channel or a thread.
type channelForm struct {
	Name           *string      `json:"name"`
	Type           *ChannelType `json:"type"`
	Topic          *string      `json:"topic"`
	Position       *int         `json:"position"`
	ParentID       *Snowflake   `json:"parent_id"`
	Slowmode       *int         `json:"rate_limit_per_user"`
	Overwrites     *[]overwrite `json:"permission_overwrites"`
	Tags           *[]Tag       `json:"available_tags"`
	Flags          *int         `json:"flags"`
	DefaultArchive *int         `json:"default_auto_archive_duration"`

	Archived    *bool        `json:"archived"`
	Locked      *bool        `json:"locked"`
	Invitable   *bool        `json:"invitable"`
	AutoArchive *int         `json:"auto_archive_duration"`
	AppliedTags *[]Snowflake `json:"applied_tags"`
}

// check is what holds for the fields of every guild channel.
func (b *channelForm) check(f *form, g *Guild, kind ChannelType) {
	if b.Name != nil {
		f.length("name", *b.Name, 1, 100)
	}
	if b.Topic != nil {
		most := 1024
		if kind == Forum {
			most = 4096
		}
		f.length("topic", *b.Topic, 0, most)
	}
	if b.Slowmode != nil && (*b.Slowmode < 0 || *b.Slowmode > 21600) {
		f.at("rate_limit_per_user", "NUMBER_TYPE_MAX", "int value should be less than or equal to 21600.")
	}
	if b.ParentID != nil && *b.ParentID != 0 {
		parent := g.s.channels[*b.ParentID]
		switch {
		case parent == nil || parent.guild != g || parent.Type != Category:
			f.at("parent_id", "CHANNEL_PARENT_INVALID_TYPE", "Not a category")
		case g.childrenOf(parent) >= maxInCategory:
			f.at("parent_id", "CHANNEL_PARENT_MAX_CHANNELS", "Maximum number of channels in category reached (50)")
		}
	}
	if b.Tags != nil {
		f.count("available_tags", len(*b.Tags), 0, 20)
		for i, t := range *b.Tags {
			f.length(joinPath("available_tags", itoa(i)+".name"), t.Name, 1, 20)
		}
	}
}

func (g *Guild) childrenOf(parent *Channel) int {
	n := 0
	for _, c := range g.channels {
		if c.parent == parent && !c.isThread() {
			n++
		}
	}
	return n
}

// mayOverwrite checks that a member may set overwrites: they need MANAGE_ROLES, and may only allow
// or deny what they have themselves.
func mayOverwrite(m *Member, where *Channel, list []overwrite) error {
	p := m.base()
	if where != nil {
		p = m.in(where)
	}
	if p.has(Administrator) {
		return nil
	}
	for _, o := range list {
		if !p.has(ManageRoles) || !p.has(o.Allow|o.Deny) {
			return errMissingPermission
		}
	}
	return nil
}

func (s *Server) createChannel(c *call) (any, error) {
	g, err := c.guild()
	if err != nil {
		return nil, err
	}
	var b channelForm
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	if !g.bot().base().has(ManageChannels) {
		return nil, errMissingPermission
	}
	kind := Text
	if b.Type != nil {
		kind = *b.Type
	}
	var f form
	if b.Name == nil {
		f.required("name")
	}
	switch kind {
	case Text, Voice, Category, Announcement, Forum:
	default:
		f.choice("type", 0, 2, 4, 5, 13, 14, 15, 16)
	}
	b.check(&f, g, kind)
	if err := f.err(); err != nil {
		return nil, err
	}
	if b.Overwrites != nil {
		if err := mayOverwrite(g.bot(), nil, *b.Overwrites); err != nil {
			return nil, err
		}
	}
	if g.countChannels() >= maxChannels {
		return nil, refuse(http.StatusBadRequest, 30013, "Maximum number of guild channels reached (500)")
	}
	ch := g.newChannel(*b.Name, kind)
	ch.apply(&b, c)
	s.emit(event{name: "CHANNEL_CREATE", guild: g, intents: Guilds, data: ch.json()})
	return ch.json(), nil
}

func (g *Guild) countChannels() int {
	n := 0
	for _, c := range g.channels {
		if !c.isThread() {
			n++
		}
	}
	return n
}

// newChannel adds a channel without telling anybody.
func (g *Guild) newChannel(name string, kind ChannelType) *Channel {
	if kind.named() {
		name = channelName(name)
	}
	c := &Channel{s: g.s, ID: g.s.newID(), Type: kind, guild: g, name: name, position: len(g.channels)}
	g.channels = append(g.channels, c)
	g.s.channels[c.ID] = c
	return c
}

// channelName is what Discord makes of a text channel's name.
func channelName(name string) string {
	return strings.Map(func(r rune) rune {
		if r == ' ' {
			return '-'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}

// apply sets what the body names.
func (c *Channel) apply(b *channelForm, req *call) {
	if b.Name != nil && *b.Name != "" {
		c.name = *b.Name
		if c.Type.named() {
			c.name = channelName(c.name)
		}
	}
	if req.has("topic") {
		c.topic = ""
		if b.Topic != nil {
			c.topic = *b.Topic
		}
	}
	if req.has("parent_id") {
		c.parent = nil
		if b.ParentID != nil {
			c.parent = c.s.channels[*b.ParentID]
		}
	}
	if b.Position != nil {
		c.position = *b.Position
	}
	if b.Slowmode != nil {
		c.slowmode = *b.Slowmode
	}
	if b.Flags != nil {
		c.flags = *b.Flags
	}
	if b.DefaultArchive != nil {
		c.defaultArchive = *b.DefaultArchive
	}
	if b.Overwrites != nil {
		c.overwrites = slices.Clone(*b.Overwrites)
	} else if c.parent != nil && c.overwrites == nil && req.has("parent_id") {
		c.overwrites = slices.Clone(c.parent.overwrites) // a new channel is synced with its category
	}
	if b.Tags != nil {
		c.tags = slices.Clone(*b.Tags)
		for i := range c.tags {
			if c.tags[i].ID == 0 {
				c.tags[i].ID = c.s.newID()
			}
		}
	}
}

func (s *Server) editChannel(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	var b channelForm
	if err := c.decode(&b); err != nil {
		return nil, err
	}
	switch {
	case ch.guild == nil:
		return nil, errOnDM
	case ch.isThread():
		return s.editThread(c, ch, &b)
	}
	if err := ch.need(s.app.Bot, ManageChannels); err != nil {
		return nil, err
	}
	var f form
	b.check(&f, ch.guild, ch.Type)
	if err := f.err(); err != nil {
		return nil, err
	}
	if b.Overwrites != nil {
		if err := mayOverwrite(ch.guild.bot(), ch, *b.Overwrites); err != nil {
			return nil, err
		}
	}
	if err := ch.rename(&b); err != nil {
		return nil, err
	}
	ch.apply(&b, c)
	ch.updated()
	return ch.json(), nil
}

func (c *Channel) updated() {
	if c.isThread() {
		c.s.emit(event{name: "THREAD_UPDATE", guild: c.guild, intents: Guilds, data: c.json(), channel: c})
		return
	}
	c.s.emit(event{name: "CHANNEL_UPDATE", guild: c.guild, intents: Guilds, data: c.json()})
}

func (s *Server) deleteChannel(c *call) (any, error) {
	ch, err := c.channel()
	if err != nil {
		return nil, err
	}
	switch {
	case ch.guild == nil:
		return ch.json(), nil // closing a DM: it opens again with the same id
	case ch.isThread():
		err = ch.need(s.app.Bot, ManageThreads)
	default:
		err = ch.need(s.app.Bot, ManageChannels)
	}
	if err != nil {
		return nil, err
	}
	j := ch.json()
	ch.remove()
	return j, nil
}

// remove deletes a channel with its threads, and tells.
func (c *Channel) remove() {
	for _, t := range slices.Clone(c.guild.channels) {
		if t.parent == c && t.isThread() {
			t.remove()
		}
	}
	if c.isThread() {
		c.s.emit(event{name: "THREAD_DELETE", guild: c.guild, intents: Guilds, channel: c, data: map[string]any{
			"id": c.ID, "guild_id": c.guild.ID, "parent_id": c.parentID().orNull(), "type": c.Type,
		}})
	} else {
		c.s.emit(event{name: "CHANNEL_DELETE", guild: c.guild, intents: Guilds, data: c.json()})
	}
	c.deleted = true
	c.guild.channels = slices.DeleteFunc(c.guild.channels, func(x *Channel) bool { return x == c })
	for _, m := range c.posts {
		m.Deleted = true
	}
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
