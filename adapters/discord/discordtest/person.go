package discordtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// Upload is a file that a person sends, or gives as an option's value.
type Upload struct {
	Name        string
	ContentType string
	Data        []byte
}

// DM is the person's conversation with the app.
func (p *Person) DM() *Channel {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	return p.s.dm(p)
}

// may checks what the Discord client would let a person do.
func (p *Person) may(c *Channel, need Permission) error {
	switch {
	case c.deleted:
		return errors.New("the channel is gone")
	case !c.visible(p):
		return fmt.Errorf("%s does not see #%s", p, c.name)
	case !c.permissions(p).has(need):
		return fmt.Errorf("%s may not do that in #%s", p, c.name)
	}
	return nil
}

// Say writes a message.
func (p *Person) Say(c *Channel, text string, files ...Upload) (Message, error) {
	return p.write(c, text, nil, files)
}

// Reply answers a message; its author is mentioned, as the client does by default.
func (p *Person) Reply(to Message, text string, files ...Upload) (Message, error) {
	return p.write(to.Channel, text, &to, files)
}

func (p *Person) write(c *Channel, text string, to *Message, files []Upload) (Message, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	switch err := p.may(c, c.talk()); {
	case err != nil:
		return Message{}, err
	case !c.holdsMessages():
		return Message{}, fmt.Errorf("#%s holds no messages", c.name)
	case trimmed(text) == "" && len(files) == 0:
		return Message{}, errors.New("an empty message cannot be sent")
	}
	if err := c.writable(p); err != nil {
		return Message{}, err
	}
	m := p.s.newMessage(c, p)
	m.fill(&messageForm{Content: &text}, p.s.uploaded(files))
	if to != nil {
		if target := p.s.messages[to.ID]; target != nil {
			m.answers(target, &messageForm{})
		}
	}
	m.post()
	return m.snapshot(), nil
}

func (s *Server) uploaded(files []Upload) []*attachment {
	var out []*attachment
	for _, f := range files {
		out = append(out, s.newAttachment(f.Name, f.ContentType, f.Data))
	}
	return out
}

// SayRaw posts a message whose components are taken as they are, as another app's may be: with kinds
// that no library knows yet.
func (p *Person) SayRaw(c *Channel, text string, components json.RawMessage) (Message, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	if err := p.may(c, c.talk()); err != nil {
		return Message{}, err
	}
	m := p.s.newMessage(c, p)
	m.fill(&messageForm{Content: &text}, nil)
	m.rawComponents = components
	m.post()
	return m.snapshot(), nil
}

// change runs something on a message as it stands now.
func (p *Person) change(m Message, need Permission, do func(*message) error) error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	x := p.s.messages[m.ID]
	switch {
	case x == nil:
		return errors.New("the message is gone")
	case x.For != nil && x.For != p:
		return fmt.Errorf("%s does not see that message", p)
	}
	if err := p.may(x.Channel, need); err != nil {
		return err
	}
	return do(x)
}

// Edit changes a message of one's own.
func (p *Person) Edit(m Message, text string) error {
	return p.change(m, 0, func(x *message) error {
		if x.Author != p {
			return fmt.Errorf("the message is not %s's", p)
		}
		if err := x.Channel.changeable(p); err != nil {
			return err
		}
		return x.edit(&messageForm{Content: &text, named: map[string]bool{"content": true}}, nil)
	})
}

// Delete deletes a message of one's own, or with MANAGE_MESSAGES anybody's.
func (p *Person) Delete(m Message) error {
	return p.change(m, 0, func(x *message) error {
		if x.For != nil {
			x.remove() // dismissed: nobody is told
			return nil
		}
		if x.Author != p && !x.Channel.permissions(p).has(ManageMessages) {
			return fmt.Errorf("%s may not delete that message", p)
		}
		x.delete()
		return nil
	})
}

// React puts an emoji under a message: "✅", or "name:id".
func (p *Person) React(m Message, emoji string) error {
	return p.change(m, ReadHistory, func(x *message) error {
		key, err := emojiKey(emoji)
		if err != nil {
			return err
		}
		if err := x.Channel.changeable(p); err != nil {
			return err
		}
		added, err := x.react(p, key)
		if added {
			x.tellReaction("MESSAGE_REACTION_ADD", p, key)
		}
		return err
	})
}

// Unreact takes one's emoji away.
func (p *Person) Unreact(m Message, emoji string) error {
	return p.change(m, ReadHistory, func(x *message) error {
		key, err := emojiKey(emoji)
		if err != nil {
			return err
		}
		if x.unreact(p, key) {
			x.tellReaction("MESSAGE_REACTION_REMOVE", p, key)
		}
		return nil
	})
}

// Pin pins a message.
func (p *Person) Pin(m Message) error {
	return p.change(m, PinMessages, func(x *message) error { return x.Channel.pin(p, x) })
}

// StartThread starts a public thread from a message.
func (p *Person) StartThread(m Message, name string) (*Channel, error) {
	var t *Channel
	err := p.change(m, CreatePublicThreads, func(x *message) error {
		var err error
		t, err = p.s.startThread(p, x.Channel, x, name, 0)
		return err
	})
	return t, err
}

// StartThreadIn starts a thread without a message.
func (p *Person) StartThreadIn(c *Channel, name string, private bool) (*Channel, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	kind, need := PublicThread, CreatePublicThreads
	if private {
		kind, need = PrivateThread, CreatePrivateThreads
	}
	if err := p.may(c, need); err != nil {
		return nil, err
	}
	t := c.newThread(p.s.newID(), name, kind, p, 0)
	t.announceThread()
	return t, nil
}

// Post opens a post in a forum.
func (p *Person) Post(forum *Channel, title, text string, tags ...string) (*Channel, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	if err := p.may(forum, SendMessages); err != nil {
		return nil, err
	}
	var ids []Snowflake
	for _, t := range forum.tags {
		if slices.Contains(tags, t.Name) {
			ids = append(ids, t.ID)
		}
	}
	applied, err := forum.checkTags(p, ids)
	if err != nil {
		return nil, err
	}
	t := forum.newThread(p.s.newID(), title, PublicThread, p, 0)
	t.thread.tags, t.thread.fromPost = applied, true
	m := p.s.newMessage(t, p)
	m.ID = t.ID
	m.fill(&messageForm{Content: &text}, nil)
	t.announceThread()
	m.post()
	return t, nil
}

// JoinThread adds somebody to a thread, LeaveThread takes them out.
func (p *Person) JoinThread(t *Channel) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	if _, in := t.thread.members[p.ID]; !in {
		t.thread.members[p.ID] = p.s.now()
		t.membersChanged([]*Person{p}, nil)
	}
}

// LeaveThread takes the person out of a thread.
func (p *Person) LeaveThread(t *Channel) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	defer p.s.signal()
	delete(t.thread.members, p.ID)
	t.membersChanged(nil, []*Person{p})
}
