package discordtest

import (
	"net/http"
	"slices"
	"strings"
)

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
	c.guild.syncThreads()
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
