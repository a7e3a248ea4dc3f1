package discordtest

import "slices"

// GuildTrait changes a guild when it is made.
type GuildTrait func(*Guild)

// GuildLocale is the guild's preferred language; "en-US" without it.
func GuildLocale(tag string) GuildTrait { return func(g *Guild) { g.locale = tag } }

// OwnedBy makes somebody the owner, who may do everything.
func OwnedBy(p *Person) GuildTrait { return func(g *Guild) { g.owner = p } }

// WithoutBot makes a guild that the app is not in; AddBot adds it.
func WithoutBot() GuildTrait { return func(g *Guild) { g.noBot = true } }

// AddGuild makes a guild with the app in it. It has no channels yet.
func (s *Server) AddGuild(name string, traits ...GuildTrait) *Guild {
	s.mu.Lock()
	defer s.mu.Unlock()
	g := &Guild{s: s, ID: s.newID(), Name: name, locale: "en-US", members: map[Snowflake]*Member{}}
	g.everyone = &Role{ID: g.ID, Name: "@everyone", guild: g, permissions: EveryonePermissions}
	g.roles = []*Role{g.everyone}
	for _, t := range traits {
		t(g)
	}
	if g.owner == nil {
		g.owner = s.newPerson("owner-of-" + name)
	}
	g.addMember(g.owner)
	s.guilds[g.ID] = g
	s.guildOrder = append(s.guildOrder, g)
	if !g.noBot {
		g.addBot(BotPermissions)
	}
	return g
}

func (g *Guild) addMember(p *Person, roles ...*Role) *Member {
	m := &Member{guild: g, user: p, joined: g.s.now(), roles: roles}
	g.members[p.ID] = m
	g.order = append(g.order, m)
	return m
}

// addBot adds the app with its managed role, and tells it.
func (g *Guild) addBot(p Permission) {
	g.botRole = g.newRole(g.s.app.Name, p)
	g.botRole.managed = true
	g.addMember(g.s.app.Bot, g.botRole)
	g.tellCreated()
}

func (g *Guild) tellCreated() {
	for _, sess := range g.s.gateway.sessions {
		if sess.wants(event{guild: g, intents: Guilds}) {
			sess.dispatch("GUILD_CREATE", marshal(g.created(sess.intents)))
		}
	}
}

// AddBot adds the app to the guild, with these permissions for its own role.
func (g *Guild) AddBot(p Permission) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	if g.bot() == nil {
		g.addBot(p)
	}
}

// KickBot removes the app from the guild.
func (g *Guild) KickBot() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	g.removeBot()
}

func (g *Guild) removeBot() {
	m := g.bot()
	if m == nil {
		return
	}
	delete(g.members, m.user.ID)
	g.order = slices.DeleteFunc(g.order, func(x *Member) bool { return x == m })
	g.roles = slices.DeleteFunc(g.roles, func(r *Role) bool { return r == g.botRole })
	g.botRole = nil
	g.rank()
	g.s.commands = slices.DeleteFunc(g.s.commands, func(c *Command) bool { return c.GuildID == g.ID })
	g.s.emit(event{name: "GUILD_DELETE", guild: g, intents: Guilds, always: true, data: map[string]any{"id": g.ID}})
}

// Outage makes the guild unavailable, as in an outage of Discord; Restore brings it back.
func (g *Guild) Outage() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.s.emit(event{name: "GUILD_DELETE", guild: g, intents: Guilds, data: map[string]any{"id": g.ID, "unavailable": true}})
	g.unavailable = true
}

// Restore ends an outage.
func (g *Guild) Restore() {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.unavailable = false
	g.tellCreated()
}

// HasBot says whether the app is in the guild.
func (g *Guild) HasBot() bool {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return g.bot() != nil
}

// SetBotPermissions changes what the app's own role allows.
func (g *Guild) SetBotPermissions(p Permission) {
	g.s.mu.Lock()
	r := g.botRole
	g.s.mu.Unlock()
	if r != nil {
		r.Set(p)
	}
}

// Everyone is the @everyone role.
func (g *Guild) Everyone() *Role { return g.everyone }

func (g *Guild) newRole(name string, p Permission) *Role {
	r := &Role{ID: g.s.newID(), Name: name, guild: g, permissions: p}
	g.roles = slices.Insert(g.roles, 1, r)
	g.rank()
	return r
}

// rank numbers the roles by their order; @everyone is 0.
func (g *Guild) rank() {
	for i, r := range g.roles {
		r.position = i
	}
}

// Raise puts the role above all others.
func (r *Role) Raise() {
	g := r.guild
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.roles = append(slices.DeleteFunc(g.roles, func(x *Role) bool { return x == r }), r)
	g.rank()
	g.s.emit(event{name: "GUILD_ROLE_UPDATE", guild: g, intents: Guilds, data: map[string]any{"guild_id": g.ID, "role": r.json()}})
}

// AddRole makes a role; as in the client it stands right above @everyone, below all others.
func (g *Guild) AddRole(name string, p Permission) *Role {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	r := g.newRole(name, p)
	g.s.emit(event{name: "GUILD_ROLE_CREATE", guild: g, intents: Guilds, data: map[string]any{"guild_id": g.ID, "role": r.json()}})
	return r
}

// Set changes a role's permissions.
func (r *Role) Set(p Permission) {
	r.guild.s.mu.Lock()
	defer r.guild.s.mu.Unlock()
	r.permissions = p
	r.guild.s.emit(event{name: "GUILD_ROLE_UPDATE", guild: r.guild, intents: Guilds, data: map[string]any{"guild_id": r.guild.ID, "role": r.json()}})
	r.guild.syncThreads()
}

// SetMentionable sets whether everybody may mention the role.
func (r *Role) SetMentionable(yes bool) {
	r.guild.s.mu.Lock()
	defer r.guild.s.mu.Unlock()
	r.mentionable = yes
}

// Join makes somebody a member, with roles.
func (g *Guild) Join(p *Person, roles ...*Role) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	if g.members[p.ID] != nil {
		return
	}
	j := g.addMember(p, roles...).json()
	j.GuildID = g.ID
	g.s.emit(event{name: "GUILD_MEMBER_ADD", guild: g, intents: GuildMembers, data: j})
}

// JoinAsAdmin makes somebody a member with a role that has every permission.
func (g *Guild) JoinAsAdmin(p *Person) {
	g.Join(p, g.AddRole("admins-"+p.Name, Administrator))
}

// Leave takes somebody out of the guild, be it by themselves or by a kick.
func (g *Guild) Leave(p *Person) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	m := g.members[p.ID]
	if m == nil {
		return
	}
	delete(g.members, p.ID)
	g.order = slices.DeleteFunc(g.order, func(x *Member) bool { return x == m })
	for _, c := range g.channels {
		if c.isThread() {
			delete(c.thread.members, p.ID)
		}
	}
	g.s.emit(event{name: "GUILD_MEMBER_REMOVE", guild: g, intents: GuildMembers, data: map[string]any{"guild_id": g.ID, "user": p.json()}})
}

// Give gives a member a role, Take takes it away.
func (g *Guild) Give(p *Person, r *Role) { g.changeRole(p, r, true) }

// Take takes a role from a member.
func (g *Guild) Take(p *Person, r *Role) { g.changeRole(p, r, false) }

func (g *Guild) changeRole(p *Person, r *Role, on bool) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	if m := g.members[p.ID]; m != nil {
		g.setRole(m, r, on)
	}
}

// Nick sets a member's name in this guild.
func (g *Guild) Nick(p *Person, nick string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if m := g.members[p.ID]; m != nil {
		m.nick = nick
		g.memberUpdated(m)
	}
}

// memberUpdated tells of a changed member; of itself the app hears without any intent.
func (g *Guild) memberUpdated(m *Member) {
	j := m.json()
	j.GuildID = g.ID
	intents := GuildMembers
	if m.user == g.s.app.Bot {
		intents = noIntent
	}
	g.s.emit(event{name: "GUILD_MEMBER_UPDATE", guild: g, intents: intents, data: j})
}

// Rename changes the guild's name.
func (g *Guild) Rename(name string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	g.Name = name
	g.s.emit(event{name: "GUILD_UPDATE", guild: g, intents: Guilds, data: g.json()})
}

// Channels are the guild's channels and threads, in the order of their making.
func (g *Guild) Channels() []*Channel {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	return slices.Clone(g.channels)
}

// Channel finds a channel or thread by name; nil when there is none.
func (g *Guild) Channel(name string) *Channel {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	for _, c := range g.channels {
		if c.name == name {
			return c
		}
	}
	return nil
}

// Members are the people in the guild, bots included.
func (g *Guild) Members() []*Person {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	out := make([]*Person, len(g.order))
	for i, m := range g.order {
		out[i] = m.user
	}
	return out
}

// ChannelByID finds any channel, thread or DM; nil when there is none.
func (s *Server) ChannelByID(id Snowflake) *Channel {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.channels[id]; c != nil && !c.deleted {
		return c
	}
	return nil
}

// MessageByID finds any message as it stands; false when it is gone.
func (s *Server) MessageByID(id Snowflake) (Message, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if m := s.messages[id]; m != nil {
		return m.snapshot(), true
	}
	return Message{}, false
}
