package slacktest

// Create lets the person make a channel and enter it.
func (u *User) Create(name string, isPrivate bool) *Channel {
	s := u.s
	s.mu.Lock()
	if u.w.channelNamed(name) != nil {
		s.mu.Unlock()
		s.fail("the name #%s is taken", name)
		return nil
	}
	defer s.mu.Unlock()
	k := public
	if isPrivate {
		k = private
	}
	c := u.w.addChannel(name, k, u)
	c.join(u)
	c.announce()
	return c
}

// Join lets the person enter a public channel.
func (u *User) Join(where string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.enter(u, nil)
	u.s.changed.fire()
}

// Leave lets the person leave a channel.
func (u *User) Leave(where string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.exit(u)
	u.s.changed.fire()
}

// Invite lets the person bring others into a channel.
func (u *User) Invite(where string, others ...*User) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for _, o := range others {
		c.enter(o, u)
	}
	u.s.changed.fire()
}

// InviteBot lets the person bring the app into a channel, with /invite.
func (u *User) InviteBot(where string) { u.Invite(where, u.w.Bot()) }

// Remove lets the person take someone out of a channel.
func (u *User) Remove(where string, other *User) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.exit(other)
	u.s.changed.fire()
}

// Archive lets the person archive a channel.
func (u *User) Archive(where string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.shut(u)
	u.s.changed.fire()
}

// Unarchive lets the person unarchive a channel.
func (u *User) Unarchive(where string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.reopen(u)
	u.s.changed.fire()
}

// Rename lets the person rename a channel.
func (u *User) Rename(where, name string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.call(name, u)
	u.s.changed.fire()
}

// SetTopic lets the person set a channel's topic.
func (u *User) SetTopic(where, topic string) {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	c.describe("topic", topic, u)
	u.s.changed.fire()
}

// Change changes the person's profile, with the event user_change.
func (u *User) Change(opts ...UserOption) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for _, opt := range opts {
		opt(u)
	}
	u.updated = u.s.clock.Now()
	u.s.emit(u.w, nil, "user_change", obj{"user": u.json(true), "cache_ts": u.updated.Unix()})
}

// Deactivate ends the person's account, with the event user_change.
func (u *User) Deactivate() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	u.deleted, u.updated = true, u.s.clock.Now()
	u.s.emit(u.w, nil, "user_change", obj{"user": u.json(true), "cache_ts": u.updated.Unix()})
}
