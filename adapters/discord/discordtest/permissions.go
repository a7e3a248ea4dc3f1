package discordtest

import "strconv"

// Permission is Discord's bit set. In JSON it is a string of digits.
type Permission uint64

// The permissions that something here depends on. Source: "Permissions" of Discord's reference.
const (
	Administrator         Permission = 1 << 3
	ManageChannels        Permission = 1 << 4
	ManageGuild           Permission = 1 << 5
	AddReactions          Permission = 1 << 6
	ViewChannel           Permission = 1 << 10
	SendMessages          Permission = 1 << 11
	SendTTS               Permission = 1 << 12
	ManageMessages        Permission = 1 << 13
	EmbedLinks            Permission = 1 << 14
	AttachFiles           Permission = 1 << 15
	ReadHistory           Permission = 1 << 16
	MentionEveryone       Permission = 1 << 17
	UseExternalEmojis     Permission = 1 << 18
	ChangeNickname        Permission = 1 << 26
	ManageRoles           Permission = 1 << 28
	UseCommands           Permission = 1 << 31
	ManageThreads         Permission = 1 << 34
	CreatePublicThreads   Permission = 1 << 35
	CreatePrivateThreads  Permission = 1 << 36
	SendMessagesInThreads Permission = 1 << 38
	PinMessages           Permission = 1 << 51

	allPermissions Permission = 1<<53 - 1
)

// EveryonePermissions are what @everyone has in a new guild.
const EveryonePermissions = AddReactions | ViewChannel | SendMessages | EmbedLinks | AttachFiles |
	ReadHistory | MentionEveryone | UseExternalEmojis | ChangeNickname | UseCommands |
	CreatePublicThreads | CreatePrivateThreads | SendMessagesInThreads

// BotPermissions are what the app's own role has when it is added to a guild, unless the test says
// otherwise.
const BotPermissions = ViewChannel | SendMessages | SendMessagesInThreads | EmbedLinks | AttachFiles |
	ReadHistory | AddReactions | ManageChannels | ManageMessages | ManageRoles | ManageThreads |
	CreatePublicThreads | CreatePrivateThreads | PinMessages | UseExternalEmojis | UseCommands | ChangeNickname

// MarshalJSON writes the bits as a decimal string.
func (p Permission) MarshalJSON() ([]byte, error) {
	return []byte(`"` + strconv.FormatUint(uint64(p), 10) + `"`), nil
}

// UnmarshalJSON takes a string or a number.
func (p *Permission) UnmarshalJSON(b []byte) error {
	var s Snowflake
	err := s.UnmarshalJSON(b)
	*p = Permission(s)
	return err
}

func (p Permission) has(q Permission) bool { return p&q == q }

// overwrite changes permissions in one channel, for a role (0) or a member (1).
type overwrite struct {
	ID    Snowflake  `json:"id"`
	Type  int        `json:"type"`
	Allow Permission `json:"allow"`
	Deny  Permission `json:"deny"`
}

// base are a member's permissions in the guild, before overwrites.
func (m *Member) base() Permission {
	if m.guild.owner == m.user {
		return allPermissions
	}
	p := m.guild.everyone.permissions
	for _, r := range m.roles {
		p |= r.permissions
	}
	if p.has(Administrator) {
		return allPermissions
	}
	return p
}

// in are a member's permissions in a channel; those of a thread are its parent's. Source: the
// pseudo-code under "Permission Overwrites" of Discord's reference.
func (m *Member) in(c *Channel) Permission {
	p := m.base()
	if p == allPermissions {
		return p
	}
	if c.parent != nil && c.isThread() {
		c = c.parent
	}
	for _, o := range c.overwrites {
		if o.ID == m.guild.ID {
			p = p&^o.Deny | o.Allow
		}
	}
	var allow, deny Permission
	for _, o := range c.overwrites {
		if o.Type == 0 && o.ID != m.guild.ID && m.hasRole(o.ID) {
			allow |= o.Allow
			deny |= o.Deny
		}
	}
	p = p&^deny | allow
	for _, o := range c.overwrites {
		if o.Type == 1 && o.ID == m.user.ID {
			p = p&^o.Deny | o.Allow
		}
	}
	return implied(p)
}

// implied takes away what other permissions are needed for.
func implied(p Permission) Permission {
	if !p.has(ViewChannel) {
		return 0
	}
	if !p.has(SendMessages) && !p.has(SendMessagesInThreads) {
		p &^= MentionEveryone | SendTTS | AttachFiles | EmbedLinks
	}
	return p
}

// permissions are a person's in a channel: in a DM, all that a DM has.
func (c *Channel) permissions(u *Person) Permission {
	if c.guild == nil {
		for _, r := range c.recipients {
			if r == u {
				return ViewChannel | SendMessages | EmbedLinks | AttachFiles | ReadHistory | AddReactions |
					MentionEveryone | UseExternalEmojis | PinMessages | UseCommands
			}
		}
		return 0
	}
	m := c.guild.members[u.ID]
	if m == nil {
		return 0
	}
	return m.in(c)
}

// visible says whether somebody sees a channel: a private thread only to its members and to who may
// manage threads.
func (c *Channel) visible(u *Person) bool {
	p := c.permissions(u)
	if !p.has(ViewChannel) {
		return false
	}
	if c.Type != PrivateThread || p.has(ManageThreads) {
		return true
	}
	_, in := c.thread.members[u.ID]
	return in
}

// need is nil when somebody has the permissions in a channel: errMissingAccess when they do not see
// it, errMissingPermission when they lack one.
func (c *Channel) need(u *Person, p Permission) error {
	if !c.visible(u) {
		return errMissingAccess
	}
	if !c.permissions(u).has(p) {
		return errMissingPermission
	}
	return nil
}

// talk is the permission to write in a channel.
func (c *Channel) talk() Permission {
	if c.isThread() {
		return SendMessagesInThreads
	}
	return SendMessages
}
