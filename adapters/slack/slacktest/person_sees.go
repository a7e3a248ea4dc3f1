package slacktest

import (
	"slices"
	"strings"
)

// Sees is what the person sees in a conversation, oldest first: its messages, without replies in
// threads, and what is for their eyes only.
func (u *User) Sees(where string) []Message {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.look(c)
}

func (u *User) look(c *Channel) []Message {
	var all []*message
	if c.isMember[u] || c.visibleTo(u) {
		all = append(all, c.messages...)
	}
	for _, m := range c.ephemeral {
		if m.to == u && m.threadTS == "" {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all, func(a, b *message) int { return strings.Compare(a.ts, b.ts) })
	out := make([]Message, 0, len(all))
	for _, m := range all {
		out = append(out, m.snapshot())
	}
	return out
}

// Thread is what the person sees in a message's thread: the message, its replies, and what is for their
// eyes only.
func (u *User) Thread(of Message) []Message {
	x := u.must(of)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.lookThread(x)
}

func (u *User) lookThread(x *message) []Message {
	if x.parent != nil {
		x = x.parent
	}
	all := append([]*message{x}, x.replies...)
	for _, m := range x.ch.ephemeral {
		if m.to == u && m.threadTS == x.ts {
			all = append(all, m)
		}
	}
	slices.SortStableFunc(all[1:], func(a, b *message) int { return strings.Compare(a.ts, b.ts) })
	out := make([]Message, 0, len(all))
	for _, m := range all {
		out = append(out, m.snapshot())
	}
	return out
}

// Ephemerals are the messages for the person's eyes only in a conversation and its threads.
func (u *User) Ephemerals(where string) []Message {
	c := u.in(where)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	var out []Message
	for _, m := range c.ephemeral {
		if m.to == u {
			out = append(out, m.snapshot())
		}
	}
	return out
}

// Reload is a reload of the client: ephemeral messages are gone.
func (u *User) Reload() {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	for _, c := range u.w.channels {
		c.ephemeral = slices.DeleteFunc(c.ephemeral, func(m *message) bool { return m.to == u })
	}
}

// Match says whether a message is the one.
type Match func(Message) bool

// Says matches messages that show all of texts.
func Says(texts ...string) Match {
	return func(m Message) bool { return containsAll(m.Shown, texts) }
}

// ByApp matches messages of the app that show all of texts.
func ByApp(texts ...string) Match {
	return func(m Message) bool {
		return m.BotID != "" && m.Subtype != "channel_join" && containsAll(m.Shown, texts)
	}
}

// Await waits until the person sees a message in a conversation that matches, and returns the last such.
func (u *User) Await(where string, match Match) Message {
	c := u.in(where)
	what := u.name + " to see a message in " + where
	return awaitValue(u.s, what, func() (Message, bool) { return last(u.look(c), match) })
}

// AwaitReply waits until the person sees a message in a thread that matches, and returns the last such.
func (u *User) AwaitReply(of Message, match Match) Message {
	x := u.must(of)
	what := u.name + " to see a reply to " + of.TS
	return awaitValue(u.s, what, func() (Message, bool) { return last(u.lookThread(x)[1:], match) })
}

func last(all []Message, match Match) (Message, bool) {
	for _, m := range slices.Backward(all) {
		if match(m) {
			return m, true
		}
	}
	return Message{}, false
}

// AwaitNotice waits until the person has seen something fail, with that error.
func (u *User) AwaitNotice(err string) Notice {
	return awaitValue(u.s, u.name+" to be told "+err, func() (Notice, bool) {
		i := slices.IndexFunc(u.notices, func(n Notice) bool { return n.Err == err })
		if i < 0 {
			return Notice{}, false
		}
		return u.notices[i], true
	})
}

// Now is the message as it is now; ok is false when it is deleted.
func (s *Server) Now(m Message) (now Message, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.message(m)
	if x == nil {
		return Message{}, false
	}
	return x.snapshot(), true
}

// AwaitNow waits until the message, as it is then, matches.
func (s *Server) AwaitNow(m Message, match Match) Message {
	return awaitValue(s, "a change of "+m.TS, func() (Message, bool) {
		x := s.message(m)
		if x == nil {
			return Message{}, false
		}
		now := x.snapshot()
		return now, match(now)
	})
}

// AwaitGone waits until the message is deleted.
func (s *Server) AwaitGone(m Message) {
	awaitValue(s, "the deletion of "+m.TS, func() (int, bool) { return 0, s.message(m) == nil })
}

// Bookmarks are a channel's bookmarks, as title and link.
func (c *Channel) Bookmarks() [][2]string {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	var out [][2]string
	for _, b := range c.bookmarks {
		out = append(out, [2]string{b.title, b.link})
	}
	return out
}

// All is everything in the channel, also replies, oldest first; not what is for single eyes.
func (c *Channel) All() []Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	all := make([]*message, 0, len(c.byTS))
	for _, m := range c.byTS {
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b *message) int { return strings.Compare(a.ts, b.ts) })
	out := make([]Message, 0, len(all))
	for _, m := range all {
		out = append(out, m.snapshot())
	}
	return out
}

// Backdate posts a message of by as of an earlier day, without telling the app: for history and plans.
func (c *Channel) Backdate(by *User, text string, daysAgo int) Message {
	c.s.mu.Lock()
	defer c.s.mu.Unlock()
	at := c.s.clock.Now().AddDate(0, 0, -daysAgo)
	m := &message{ch: c, ts: formatTS(at.UnixMicro() + int64(len(c.messages))), user: by, text: c.w.markup(text), clientID: c.s.uuid(), plain: true}
	m.blocks = richText(c.s, m.text)
	c.byTS[m.ts] = m
	i, _ := slices.BinarySearchFunc(c.messages, m, func(a, b *message) int { return strings.Compare(a.ts, b.ts) })
	c.messages = slices.Insert(c.messages, i, m)
	return m.snapshot()
}
