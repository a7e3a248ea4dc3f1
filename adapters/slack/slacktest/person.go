package slacktest

import (
	"fmt"
	"slices"
	"strings"
)

// in is a conversation by #name, name, id, or @name for a direct message. Unless it is one that the
// person may see, it fails the test.
func (u *User) in(where string) *Channel {
	u.s.mu.Lock()
	c := u.w.find(where)
	if name, ok := strings.CutPrefix(where, "@"); ok {
		if other := u.w.userNamed(name); other != nil {
			c = u.w.dm(u, other)
		}
	}
	ok := c != nil && c.visibleTo(u)
	u.s.mu.Unlock()
	if !ok {
		u.s.fail("%s sees no channel %q", u.name, where)
	}
	return c
}

// DM is the id of the person's conversation with the app.
func (u *User) DM() string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.w.dm(u, u.w.install.bot).id
}

// message finds what a snapshot was taken of.
func (s *Server) message(m Message) *message {
	c := s.channels[m.Channel]
	if c == nil {
		return nil
	}
	if x := c.byTS[m.TS]; x != nil {
		return x
	}
	i := slices.IndexFunc(c.ephemeral, func(x *message) bool { return x.ts == m.TS })
	if i < 0 {
		return nil
	}
	return c.ephemeral[i]
}

// must finds what a snapshot was taken of, or fails the test.
func (u *User) must(m Message) *message {
	u.s.mu.Lock()
	x := u.s.message(m)
	u.s.mu.Unlock()
	if x == nil {
		u.s.fail("%s: that message is no more: %s", u.name, m)
	}
	return x
}

// mayWrite says why the person cannot write in c; empty when they can.
func (u *User) mayWrite(c *Channel) string {
	spec := u.s.app.spec
	switch {
	case c.archived:
		return "the channel is archived"
	case !c.isMember[u]:
		return "not a member of the channel"
	case c.postOnly != nil && !c.postOnly[u]:
		return "the channel is read-only"
	case c.kind == im && c.other(u).bot != "" && (spec.NoMessagesTab || spec.MessagesReadOnly):
		return "sending messages to this app has been turned off"
	}
	return ""
}

// Say lets the person write a message, typed as in the composer: @name, #channel and addresses become
// mentions and links. To write to the app itself, where is DM().
func (u *User) Say(where, text string) Message { return u.write(where, u.markup(text), "", false, nil) }

// SayRaw is Say with the text as Slack stores it.
func (u *User) SayRaw(where, stored string) Message { return u.write(where, stored, "", false, nil) }

// SayBlocks posts a message of the person with these blocks, as they are: for kinds of blocks that a
// client's library does not know, or reads too strictly.
func (u *User) SayBlocks(where, text string, blocks ...map[string]any) Message {
	all := make([]any, 0, len(blocks))
	for _, b := range blocks {
		all = append(all, b)
	}
	return u.write(where, u.markup(text), "", false, all)
}

// Reply lets the person answer in a message's thread.
func (u *User) Reply(to Message, text string) Message {
	return u.write(to.Channel, u.markup(text), to.TS, false, nil)
}

// ReplyAlso is Reply with "also send to channel".
func (u *User) ReplyAlso(to Message, text string) Message {
	return u.write(to.Channel, u.markup(text), to.TS, true, nil)
}

func (u *User) markup(text string) string {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.w.markup(text)
}

// write posts a message; with blocks nil, with the one that the composer makes of the text.
func (u *User) write(where, stored, thread string, broadcast bool, blocks []any) Message {
	c := u.in(where)
	s := u.s
	s.mu.Lock()
	problem := u.mayWrite(c)
	if thread != "" && c.byTS[thread] == nil {
		problem = "the thread is no more"
	}
	if problem != "" {
		s.mu.Unlock()
		s.fail("%s cannot write in #%s: %s", u.name, c.name, problem)
		return Message{}
	}
	defer s.mu.Unlock()
	m := &message{ch: c, ts: s.ts(), user: u, text: stored, clientID: s.uuid(), blocks: blocks}
	if blocks == nil {
		m.blocks, m.plain = richText(s, stored), true
	}
	if thread != "" {
		m.join(c.byTS[thread])
		if broadcast {
			m.broadcast, m.subtype = true, "thread_broadcast"
		}
	}
	c.add(m)
	s.emitMessage(m)
	return m.snapshot()
}

// Edit lets the person change their message.
func (u *User) Edit(m Message, text string) Message {
	x := u.must(m)
	stored := u.markup(text)
	if x.user != u {
		u.s.fail("%s cannot edit what others wrote", u.name)
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	before := asObj(copyJSON(x.json(false)))
	x.text, x.blocks, x.plain = stored, richText(u.s, stored), true
	x.edited = obj{"user": u.id, "ts": u.s.ts()}
	u.s.emitChanged(x, before)
	u.s.changed.fire()
	return x.snapshot()
}

// Delete lets the person delete their message; admins can delete any.
func (u *User) Delete(m Message) {
	x := u.must(m)
	if x.user != u && !u.admin {
		u.s.fail("%s cannot delete what others wrote", u.name)
	}
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	if x.to != nil && x.to != u {
		return
	}
	u.w.erase(x)
}

// React lets the person add a reaction, by the emoji's name.
func (u *User) React(m Message, name string) {
	x := u.must(m)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	x.react(u, emoji(name))
}

// Unreact takes a reaction back.
func (u *User) Unreact(m Message, name string) {
	x := u.must(m)
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	x.unreact(u, emoji(name))
}

// Upload lets the person share files with a comment; thread is the message in whose thread it goes, or
// the zero Message.
func (u *User) Upload(where, comment string, thread Message, files ...Upload) Message {
	c := u.in(where)
	stored := u.markup(comment)
	s := u.s
	s.mu.Lock()
	defer s.mu.Unlock()
	m := &message{ch: c, ts: s.ts(), user: u, text: stored, subtype: "file_share", clientID: s.uuid(), plain: true}
	m.blocks = richText(s, stored)
	if p := c.byTS[thread.TS]; p != nil {
		m.join(p)
	}
	for _, up := range files {
		f := u.w.newFile(up.Name, up.Data, u)
		if up.Kind != "" {
			f.kind = up.Kind
		}
		f.share(m)
	}
	c.add(m)
	for _, f := range m.files {
		f.emitFile(m)
	}
	s.emitMessage(m)
	return m.snapshot()
}

// Upload is a file that a person shares. Kind is its media type, by the name when empty.
type Upload struct {
	Name string
	Kind string
	Data []byte
}

// DeleteFile lets the person delete a file; its messages stay.
func (u *User) DeleteFile(f *File) {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	f.remove()
}

// NewFile is a file of the person's that is not shared anywhere, for a form's file input.
func (u *User) NewFile(name string, data []byte) *File {
	u.s.mu.Lock()
	defer u.s.mu.Unlock()
	return u.w.newFile(name, data, u)
}

// ForeignBot posts a message as another app's bot does: with subtype bot_message, a bot_id, and no user.
func (w *Workspace) ForeignBot(name, where, text string) Message {
	c := w.Channel(where)
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	m := &message{
		ch: c, ts: w.s.ts(), subtype: "bot_message", text: w.markup(text), plain: true,
		foreign: &foreignBot{id: w.s.id("B"), app: w.s.id("A"), name: name},
	}
	c.add(m)
	w.s.emitMessage(m)
	return m.snapshot()
}

// Unfurl lets Slack show a link's preview under a message: a message_changed that nobody edited.
func (w *Workspace) Unfurl(m Message, link, title string) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	x := w.s.message(m)
	if x == nil {
		return
	}
	before := asObj(copyJSON(x.json(false)))
	x.attached = append(x.attached, obj{"id": len(x.attached) + 1, "from_url": link, "title": title, "fallback": title})
	w.s.emitChanged(x, before)
}

func (u *User) String() string { return fmt.Sprintf("%s (%s)", u.name, u.id) }
