package discordtest

import (
	"fmt"
	"slices"
)

// ChannelTrait changes a channel when it is made.
type ChannelTrait func(*Channel)

// OfKind makes it another kind than Text.
func OfKind(t ChannelType) ChannelTrait { return func(c *Channel) { c.Type = t } }

// Under puts it into a category.
func Under(category *Channel) ChannelTrait { return func(c *Channel) { c.parent = category } }

// About is its topic.
func About(topic string) ChannelTrait { return func(c *Channel) { c.topic = topic } }

// Tagged gives a forum its tags.
func Tagged(names ...string) ChannelTrait {
	return func(c *Channel) {
		for _, n := range names {
			c.tags = append(c.tags, Tag{ID: c.s.newID(), Name: n})
		}
	}
}

// TagRequired makes a forum refuse posts without a tag.
func TagRequired() ChannelTrait { return func(c *Channel) { c.flags |= flagRequireTag } }

// AddChannel makes a channel as an admin would.
func (g *Guild) AddChannel(name string, traits ...ChannelTrait) *Channel {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	defer g.s.signal()
	c := g.newChannel(name, Text)
	for _, t := range traits {
		t(c)
	}
	if !c.Type.named() {
		c.name = name
	}
	g.s.emit(event{name: "CHANNEL_CREATE", guild: g, intents: Guilds, data: c.json()})
	return c
}

// Name is the channel's name.
func (c *Channel) Name() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.name
}

// Topic is the channel's topic.
func (c *Channel) Topic() string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.topic
}

// Guild is where the channel is; nil for a DM.
func (c *Channel) Guild() *Guild { return c.guild }

// Parent is a thread's channel, or a channel's category.
func (c *Channel) Parent() *Channel {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.parent
}

// Deleted says whether the channel is gone.
func (c *Channel) Deleted() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.deleted
}

// Archived says whether it is a thread that is archived.
func (c *Channel) Archived() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.isThread() && c.thread.archived
}

// Locked says whether it is a thread that is locked.
func (c *Channel) Locked() bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.isThread() && c.thread.locked
}

// Tags are a forum's tags.
func (c *Channel) Tags() []Tag {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return slices.Clone(c.tags)
}

// AppliedTags are a forum post's tags, by name.
func (c *Channel) AppliedTags() []string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var out []string
	if c.isThread() {
		for _, t := range c.parent.tags {
			if slices.Contains(c.thread.tags, t.ID) {
				out = append(out, t.Name)
			}
		}
	}
	return out
}

// In says whether somebody can see the channel.
func (c *Channel) In(p *Person) bool {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return c.visible(p)
}

// Messages are all messages that are not ephemeral, oldest first.
func (c *Channel) Messages() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	return snapshots(c.posts)
}

func snapshots(list []*message) []Message {
	out := make([]Message, len(list))
	for i, m := range list {
		out[i] = m.snapshot()
	}
	return out
}

// Threads are a channel's threads, oldest first.
func (c *Channel) Threads() []*Channel {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var out []*Channel
	for _, t := range c.guild.channels {
		if t.parent == c && t.isThread() {
			out = append(out, t)
		}
	}
	return out
}

// Thread is the thread that was started from a message; nil when there is none.
func (m Message) Thread() *Channel {
	m.s.mu.Lock()
	defer m.s.mu.Unlock()
	if x := m.s.messages[m.ID]; x != nil && x.thread != nil && !x.thread.deleted {
		return x.thread
	}
	return nil
}

// Subject is what permissions can be given to: a Role or a Person.
type Subject interface{ overwriteOf() (Snowflake, int) }

func (r *Role) overwriteOf() (Snowflake, int)   { return r.ID, 0 }
func (p *Person) overwriteOf() (Snowflake, int) { return p.ID, 1 }

// Override sets what a role or person may and may not do in this channel, whatever else they may.
func (c *Channel) Override(who Subject, allow, deny Permission) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	defer c.s.signal()
	id, kind := who.overwriteOf()
	c.setOverwrite(overwrite{ID: id, Type: kind, Allow: allow, Deny: deny})
}

// Rename changes the channel's name as an admin would.
func (c *Channel) Rename(name string) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	defer c.s.signal()
	c.name = name
	c.updated()
}

// Delete deletes the channel as an admin would.
func (c *Channel) Delete() {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	defer c.s.signal()
	c.remove()
}

// SetArchived archives or opens a thread as a moderator would; locked also locks or unlocks it.
func (c *Channel) SetArchived(archived, locked bool) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	defer c.s.signal()
	c.thread.locked = locked
	c.setArchived(archived)
	c.updated()
}

// BulkDelete deletes messages with one event, as a moderation bot would.
func (c *Channel) BulkDelete(messages ...Message) {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	defer c.s.signal()
	var ids []Snowflake
	for _, m := range messages {
		ids = append(ids, m.ID)
	}
	c.s.deleteAll(c, ids)
}

// AwaitChannel waits for a channel or thread of the guild that fits.
func (g *Guild) AwaitChannel(what string, fits func(*Channel) bool) (*Channel, error) {
	var found *Channel
	err := g.s.Until(what, func() bool {
		for _, c := range g.Channels() {
			if fits(c) {
				found = c
				return true
			}
		}
		return false
	})
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", g.Name, err)
	}
	return found, nil
}
