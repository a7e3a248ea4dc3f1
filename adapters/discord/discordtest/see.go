package discordtest

import (
	"fmt"
	"slices"
	"strings"
)

// Reads are the messages that a person sees in a channel now, oldest first, ephemeral ones included.
func (p *Person) Reads(c *Channel) []Message {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.reads(c)
}

func (p *Person) reads(c *Channel) []Message {
	if c.deleted || !c.visible(p) {
		return nil
	}
	var list []*message
	if c.permissions(p).has(ReadHistory) {
		list = slices.Clone(c.posts)
	}
	for _, m := range c.ephemerals {
		if m.For == p {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b *message) int { return compareIDs(a.ID, b.ID) })
	return snapshots(list)
}

// Sees waits until a person sees a message that fits in a channel; the newest one is returned.
func (p *Person) Sees(c *Channel, what string, fits func(Message) bool) (Message, error) {
	look := &look{p: p, c: c, fits: fits}
	if p.s.await(look.again) {
		return look.found, nil
	}
	return Message{}, fmt.Errorf("%s waited in vain for %s; %s", p, what, p.describe(c))
}

// look is a repeated look at a channel. After the first time it looks only at what has changed, or at
// everything again when the person's rights have.
type look struct {
	p     *Person
	c     *Channel
	fits  func(Message) bool
	found Message

	looked bool
	at     int // in Channel.changes, those forgotten included
	rights Permission
}

func (l *look) again() bool {
	c := l.c
	if c.deleted || !c.visible(l.p) {
		l.looked = false
		return false
	}
	rights := c.permissions(l.p)
	var list []*message
	if l.looked && rights == l.rights && l.at >= c.forgotten {
		list = c.changes[l.at-c.forgotten:]
	} else {
		list = append(slices.Clone(c.posts), c.ephemerals...)
		slices.SortStableFunc(list, func(a, b *message) int { return compareIDs(a.ID, b.ID) })
	}
	l.looked, l.at, l.rights = true, c.forgotten+len(c.changes), rights
	for i := len(list) - 1; i >= 0; i-- {
		m := list[i]
		if m.Deleted || m.For != nil && m.For != l.p || m.For == nil && !rights.has(ReadHistory) {
			continue
		}
		if s := m.snapshot(); l.fits(s) {
			l.found = s
			return true
		}
	}
	return false
}

// SeesText waits for a message of the app with a text somewhere in it.
func (p *Person) SeesText(c *Channel, part string) (Message, error) {
	return p.Sees(c, fmt.Sprintf("%q", part), func(m Message) bool {
		return m.Author == p.s.app.Bot && strings.Contains(m.Text(), part)
	})
}

// SeesPrivately waits for an ephemeral message, or one in their DM, with a text somewhere in it.
func (p *Person) SeesPrivately(c *Channel, part string) (Message, error) {
	return p.Sees(c, fmt.Sprintf("%q, only for them", part), func(m Message) bool {
		return (m.Ephemeral() || c.guild == nil) && strings.Contains(m.Text(), part)
	})
}

// SeesChange waits until a message fits as it stands; it may have to be edited for that.
func (p *Person) SeesChange(m Message, what string, fits func(Message) bool) (Message, error) {
	return p.Sees(m.Channel, what, func(x Message) bool { return x.ID == m.ID && fits(x) })
}

// SeesGone waits until a message is deleted.
func (p *Person) SeesGone(m Message) error {
	if p.s.await(func() bool { return p.s.messages[m.ID] == nil }) {
		return nil
	}
	return fmt.Errorf("%s waited in vain for a message to go: %s", p, m.Text())
}

// SeesReaction waits until the app has reacted to a message.
func (p *Person) SeesReaction(m Message, emoji string) error {
	_, err := p.SeesChange(m, "the reaction "+emoji, func(x Message) bool {
		return slices.ContainsFunc(x.Reactions, func(r Reaction) bool {
			return r.Emoji == emoji && slices.Contains(r.By, p.s.app.Bot)
		})
	})
	return err
}

// SeesModal waits for a modal on the person's screen.
func (p *Person) SeesModal() (*Modal, error) {
	var m *Modal
	ok := p.s.await(func() bool {
		if len(p.modals) > 0 {
			m = p.modals[len(p.modals)-1]
		}
		return m != nil
	})
	if !ok {
		return nil, fmt.Errorf("%s waited in vain for a modal", p)
	}
	return m, nil
}

// describe is what stands in a channel, for the error of a vain wait.
func (p *Person) describe(c *Channel) string {
	list := p.Reads(c)
	if len(list) == 0 {
		return "there is nothing to read"
	}
	var b strings.Builder
	b.WriteString("there is:")
	for _, m := range list[max(len(list)-8, 0):] {
		fmt.Fprintf(&b, "\n  %s: %s %q", m.Author, m.Text(), m.Labels())
	}
	return b.String()
}

// Unanswered are the interactions that still wait for their first response.
func (s *Server) Unanswered() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expireUnanswered()
	return len(s.unanswered)
}
