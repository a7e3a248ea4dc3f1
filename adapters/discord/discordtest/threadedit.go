package discordtest

import (
	"slices"
	"time"
)

// checkTags are the tags to apply. Some forums require one; moderated ones need MANAGE_THREADS.
func (c *Channel) checkTags(by *Person, applied []Snowflake) ([]Snowflake, error) {
	if len(applied) == 0 && c.flags&flagRequireTag != 0 {
		return nil, errTagRequired
	}
	var f form
	f.count("applied_tags", len(applied), 0, maxAppliedTags)
	for i, id := range applied {
		at := slices.IndexFunc(c.tags, func(t Tag) bool { return t.ID == id })
		switch {
		case at < 0:
			f.at(joinPath("applied_tags", itoa(i)), "FORUM_TAG_UNKNOWN", "Unknown tag")
		case c.tags[at].Moderated && !c.permissions(by).has(ManageThreads):
			return nil, errMissingPermission
		}
	}
	return slices.Clone(applied), f.err()
}

// editThread changes a thread. Its creator may change name, archived and the duration; locked,
// slow mode and foreign threads need MANAGE_THREADS; an archived thread takes no change but its
// opening.
func (s *Server) editThread(c *call, ch *Channel, b *channelForm) (any, error) {
	var f form
	if b.Name != nil {
		f.length("name", *b.Name, 1, 100)
	}
	if b.AutoArchive != nil {
		checkAutoArchive(&f, *b.AutoArchive)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := ch.mayEdit(s.app.Bot, b); err != nil {
		return nil, err
	}
	if err := ch.rename(b); err != nil {
		return nil, err
	}
	if b.AppliedTags != nil {
		if ch.parent.Type != Forum {
			return nil, errChannelType
		}
		tags, err := ch.parent.checkTags(s.app.Bot, *b.AppliedTags)
		if err != nil {
			return nil, err
		}
		ch.thread.tags = tags
	}
	ch.editedThread(b)
	return ch.json(), nil
}

func (c *Channel) mayEdit(by *Person, b *channelForm) error {
	t := c.thread
	manages := c.permissions(by).has(ManageThreads)
	opening := b.Archived != nil && !*b.Archived
	member := !t.members[by.ID].IsZero()
	switch {
	case t.archived && !opening:
		return errArchived
	case opening && t.archived && t.locked && !manages:
		return errThreadLocked
	case opening && (member || !t.locked) && c.permissions(by).has(SendMessagesInThreads) && b.onlyArchived():
		return nil
	case manages:
		return nil
	case t.owner != by || b.Locked != nil || b.Slowmode != nil:
		return errMissingPermission
	}
	return nil
}

// onlyArchived says whether a body changes nothing but archived.
func (b *channelForm) onlyArchived() bool {
	rest := *b
	rest.Archived = nil
	return rest == channelForm{}
}

func (c *Channel) editedThread(b *channelForm) {
	t := c.thread
	if b.Name != nil {
		c.name = *b.Name
	}
	if b.Slowmode != nil {
		c.slowmode = *b.Slowmode
	}
	if b.Flags != nil {
		c.flags = *b.Flags
	}
	if b.Invitable != nil {
		t.invitable = *b.Invitable
	}
	if b.Locked != nil {
		t.locked = *b.Locked
	}
	if b.AutoArchive != nil {
		t.autoArchive, t.archivedAt, t.active = *b.AutoArchive, c.s.now(), c.s.now()
	}
	if b.Archived != nil && *b.Archived != t.archived {
		c.setArchived(*b.Archived)
	}
	c.updated()
}

func (c *Channel) setArchived(archived bool) {
	c.thread.archived, c.thread.archivedAt = archived, c.s.now()
	if !archived {
		c.thread.active = c.s.now()
	}
}

// writable is nil when somebody may post in a thread. An archived one opens by being written to,
// unless it is locked.
func (c *Channel) writable(by *Person) error {
	if !c.isThread() || !c.thread.locked {
		return nil
	}
	if c.thread.archived || !c.permissions(by).has(ManageThreads) {
		return errThreadLocked
	}
	return nil
}

// wake opens an archived thread that was written to, and counts the message.
func (c *Channel) wake(m *message) {
	t := c.thread
	t.active = c.s.now()
	if m.ID != c.ID {
		t.total++
	}
	if _, in := t.members[m.Author.ID]; !in {
		t.members[m.Author.ID] = c.s.now()
		c.membersChanged([]*Person{m.Author}, nil)
	}
	if t.archived {
		c.setArchived(false)
		c.updated()
	}
}

// archiveIdleThreads archives what has been idle for its time.
func (s *Server) archiveIdleThreads() {
	for _, g := range s.guildOrder {
		for _, c := range g.channels {
			if c.isThread() && !c.thread.archived &&
				s.now().Sub(c.thread.active) >= time.Duration(c.thread.autoArchive)*time.Minute {
				c.setArchived(true)
				c.updated()
			}
		}
	}
}
