package webchat

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Send implements chat.Platform. A key that was sent before returns the message that stands there.
func (p *Platform) Send(ctx context.Context, to chat.Address, m chat.Message, key chat.Key) (chat.Sent, error) {
	return p.post(ctx, to, "", m, key)
}

// Whisper implements chat.Whisperer.
func (p *Platform) Whisper(ctx context.Context, to chat.Address, who chat.AccountID, _ string, m chat.Message, key chat.Key) error {
	if p.personas[who] == nil {
		return fmt.Errorf("whisper to %q, who does not exist: %w", who, chat.ErrRefused)
	}
	_, err := p.post(ctx, to, who, m, key)
	return err
}

// post puts a message of ours into a room or thread, for one person alone where only is not empty.
func (p *Platform) post(ctx context.Context, to chat.Address, only chat.AccountID, m chat.Message, key chat.Key) (chat.Sent, error) {
	if sent, ok := p.sentAlready(key); ok {
		return sent, nil
	}
	if err := check(m); err != nil {
		return chat.Sent{}, err
	}
	p.begin()
	defer p.end()
	m, err := p.take(ctx, m)
	if err != nil {
		return chat.Sent{}, fmt.Errorf("take the message's files: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if id, ok := p.world.keys[key.ID]; ok && key.ID != "" { // another try was faster
		return p.sent(id), nil
	}
	room, err := p.writable(to, only != "")
	if err != nil {
		return chat.Sent{}, err
	}
	if to.Thread != "" {
		root := p.world.posts[chat.MessageID(to.Thread)]
		if root == nil || root.Gone || root.Room != room.ID || root.Only != "" {
			return chat.Sent{}, fmt.Errorf("the thread %q: %w", to.Thread, chat.ErrGone)
		}
		if root.Thread != "" {
			to.Thread = root.Thread
		}
	}
	post := p.ownPost(to, m, key)
	if room.Direct == "" {
		post.Only = only
	} else if only != "" && room.Direct != only {
		return chat.Sent{}, fmt.Errorf("whisper to %q in somebody else's conversation: %w", only, chat.ErrRefused)
	}
	if err := p.commit(Entry{Posts: []Post{post}}); err != nil {
		return chat.Sent{}, err
	}
	return p.sent(post.ID), nil
}

func (p *Platform) sentAlready(key chat.Key) (chat.Sent, bool) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	id, ok := p.world.keys[key.ID]
	if !ok || key.ID == "" {
		return chat.Sent{}, false
	}
	sent := p.sent(id)
	sent.Stood = true
	return sent, true
}

func (p *Platform) sent(id chat.MessageID) chat.Sent {
	return chat.Sent{Message: id, Thread: p.world.posts[id].starts()}
}

// writable is the room of an address where we may write. A room that was archived takes nothing any
// more but what one person sees alone.
func (p *Platform) writable(to chat.Address, private bool) (*Room, error) {
	room := p.world.rooms[to.Room]
	if room == nil || room.Archived && !private {
		return nil, fmt.Errorf("the room %q: %w", to.Room, chat.ErrGone)
	}
	return room, nil
}

// ownPost is a new message of ours.
func (p *Platform) ownPost(to chat.Address, m chat.Message, key chat.Key) Post {
	post := Post{N: p.next(), Room: to.Room, Thread: to.Thread, At: p.opts.Now(), Message: &m}
	post.ID = chat.MessageID(shortID("m", post.N))
	if key.ID != "" {
		post.Keys = []string{key.ID}
	}
	return post
}

// Edit implements chat.Editor.
func (p *Platform) Edit(ctx context.Context, at chat.Address, id chat.MessageID, m chat.Message) error {
	if err := check(m); err != nil {
		return err
	}
	if _, err := p.ownAt(at, id); err != nil {
		return err
	}
	p.begin()
	defer p.end()
	m, err := p.take(ctx, m)
	if err != nil {
		return fmt.Errorf("take the message's files: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	was, err := p.own(at, id)
	if err != nil || reflect.DeepEqual(*was.Message, m) {
		return err
	}
	now := *was
	now.Message, now.Edited = &m, p.opts.Now()
	return p.commit(Entry{Posts: []Post{now}})
}

// Remove implements chat.Editor.
func (p *Platform) Remove(_ context.Context, at chat.Address, id chat.MessageID) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	was, err := p.own(at, id)
	if errors.Is(err, chat.ErrGone) {
		return nil
	}
	if err != nil {
		return err
	}
	return p.commit(Entry{Posts: []Post{was.emptied()}})
}

func (p *Platform) ownAt(at chat.Address, id chat.MessageID) (*Post, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.own(at, id)
}

// own is a message of ours that is there. p.mu must be held.
func (p *Platform) own(at chat.Address, id chat.MessageID) (*Post, error) {
	post := p.world.posts[id]
	switch {
	case post == nil, post.Gone, post.Room != at.Room:
		return nil, fmt.Errorf("the message %q: %w", id, chat.ErrGone)
	case !post.ours():
		return nil, fmt.Errorf("the message %q is not ours: %w", id, chat.ErrRefused)
	}
	return post, nil
}

// Direct implements chat.Director. There is one conversation with each person, in whatever space
// they are asked for.
func (p *Platform) Direct(_ context.Context, _ chat.SpaceID, who chat.AccountID) (chat.Address, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	persona := p.personas[who]
	if persona == nil || persona.NoDirect {
		return chat.Address{}, fmt.Errorf("write to %q: %w", who, chat.ErrRefused)
	}
	return p.direct(who).address(), nil
}

// direct is the conversation with a persona, which load made.
func (p *Platform) direct(who chat.AccountID) *Room {
	for _, r := range p.world.rooms {
		if r.Direct == who {
			return r
		}
	}
	return nil
}

// OpenForm implements chat.FormOpener: the form appears on every page that the person has open, and
// waits where they have none.
func (p *Platform) OpenForm(_ context.Context, who chat.AccountID, via string, f chat.Form) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.personas[who] == nil {
		return fmt.Errorf("open a form for %q: %w", who, chat.ErrRefused)
	}
	o := OpenForm{For: who, Form: f, At: p.opts.Now()}
	o.Room, o.Thread, o.Message = parseVia(via)
	if p.world.rooms[o.Room] == nil {
		o.Room, o.Thread, o.Message = p.direct(who).ID, "", ""
	}
	if err := p.commit(Entry{Forms: []OpenForm{o}}); err != nil {
		return err
	}
	p.live.publish([]change{{kind: formOpened, form: f.Key, only: who}})
	return nil
}

// via is the handle of an event for what comes of it later: where it happened, and on what message.
func via(at chat.Address, msg chat.MessageID) string {
	return string(at.Room) + "/" + string(at.Thread) + "/" + string(msg)
}

func parseVia(s string) (chat.RoomID, chat.ThreadID, chat.MessageID) {
	room, rest, _ := strings.Cut(s, "/")
	thread, msg, _ := strings.Cut(rest, "/")
	return chat.RoomID(room), chat.ThreadID(thread), chat.MessageID(msg)
}

// take copies what goes with m into the chat's files and gives m its address there. It is called
// between begin and end.
func (p *Platform) take(ctx context.Context, m chat.Message) (chat.Message, error) {
	files := make([]chat.Attachment, 0, len(m.Files))
	for _, a := range m.Files {
		taken, err := p.takeFile(ctx, a)
		if err != nil {
			return m, err
		}
		files = append(files, taken)
	}
	m.Files = files
	if m.Picture != nil {
		taken, err := p.takeFile(ctx, m.Picture.File)
		if err != nil {
			return m, err
		}
		m.Picture = &chat.Picture{File: taken, Alt: m.Picture.Alt}
	}
	return m, nil
}

func (p *Platform) takeFile(ctx context.Context, a chat.Attachment) (chat.Attachment, error) {
	open := a.Open
	a.Open = nil
	if open == nil {
		return a, fmt.Errorf("%q comes without content: %w", a.Name, chat.ErrRefused)
	}
	if kept, err := p.opts.Files.Open(ctx, a.SHA256); err == nil {
		return a, kept.Close()
	}
	r, err := open(ctx)
	if err != nil {
		return a, fmt.Errorf("open %q: %w", a.Name, err)
	}
	id, size, err := p.opts.Files.Keep(ctx, r, limits.FileBytes)
	if err = errors.Join(err, r.Close()); errors.Is(err, ErrTooLarge) {
		err = errors.Join(err, chat.ErrRefused)
	}
	a.SHA256, a.Size = id, size
	return a, err
}

// check refuses what is beyond limits, as a chat service would.
func check(m chat.Message) error {
	var faults []error
	most := func(what string, n, limit int) {
		if n > limit {
			faults = append(faults, fmt.Errorf("%d %s, at most %d can be shown", n, what, limit))
		}
	}
	buttons := m.Buttons
	for _, r := range m.List {
		most("characters in a row", text.Length(r.Text.Plain()), limits.Text)
		buttons = append(buttons[:len(buttons):len(buttons)], r.Buttons...)
	}
	most("buttons", len(m.Buttons), limits.Buttons)
	most("rows", len(m.List), limits.Rows)
	most("fields", len(m.Fields), limits.Fields)
	most("characters in the title", text.Length(m.Title.Plain()), limits.Title)
	for _, part := range [][]text.Rich{m.Body, m.Quote, m.Note} {
		for _, r := range part {
			most("characters in a paragraph", text.Length(r.Plain()), limits.Text)
		}
	}
	for _, f := range m.Fields {
		most("characters in a field's name", text.Length(f.Name), limits.FieldName)
		most("characters in a field", text.Length(f.Value.Plain()), limits.FieldValue)
	}
	for _, b := range buttons {
		most("characters on a button", text.Length(b.Label), limits.Label)
		most("bytes in a button's key", len(b.Key), maxKey)
	}
	for _, menu := range m.Menus {
		most("options", len(menu.Options), limits.Options)
		most("bytes in a menu's key", len(menu.Key), maxKey)
	}
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("a message that cannot be shown: %w", errors.Join(append(faults, chat.ErrRefused)...))
}

// maxKey is the longest key of a button, in bytes.
const maxKey = 100
