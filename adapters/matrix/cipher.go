package matrix

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"guildhall/core/chat"
)

// encryption is the end-to-end encryption of a session. It is nil where there is none.
type encryption interface {
	// receive takes keys and device lists from an answer of /sync, before anything else in it.
	receive(ctx context.Context, got *reply, since string)
	// member is told of each change of who is in a room, before the cache is.
	member(ctx context.Context, room string, e entry)
	// encrypt is the content of an m.room.encrypted event.
	encrypt(ctx context.Context, room, kind string, content json.RawMessage) (map[string]any, error)
	// decrypt is the event inside an m.room.encrypted one; errNoKey when its key has not come (yet).
	decrypt(ctx context.Context, room string, e entry) (entry, error)
	// faults are sentences for the operator.
	faults() []string
	close() error
}

// errNoKey says that a message's key is not known.
var errNoKey = errors.New("the message's key is not known")

// keyTime is how long a message may wait for its key: clients send it beside the message, servers
// hand it over when they like.
const keyTime = 20 * time.Second

// decrypted is an encrypted event in plain. ok is false when it cannot be read (yet).
func (p *Platform) decrypted(ctx context.Context, id string, e entry) (plain entry, ok bool, err error) {
	if e.Sender == p.me {
		p.noteOwn(id, e)
		return e, false, nil
	}
	if p.cipher == nil {
		p.say(ctx, id, "matrix.no_encryption", plainly)
		return e, false, nil
	}
	plain, err = p.cipher.decrypt(ctx, id, e)
	switch {
	case err == nil:
		return plain, true, nil
	case errors.Is(err, errNoKey):
		return e, false, p.wait(ctx, id, e)
	}
	p.log.Info("matrix: a message cannot be decrypted", "room", id, "event_id", e.ID, "error", err)
	p.say(ctx, id, "matrix.unreadable", chat.Plain)
	return e, false, nil
}

// wait keeps an event until its key has come, or that of what it is about.
func (p *Platform) wait(ctx context.Context, id string, e entry) error {
	p.mu.Lock()
	p.unread[id+"/"+e.ID] = true
	p.mu.Unlock()
	if err := p.o.Store.Wait(ctx, p.me, id, e.ID, e.raw, p.now()); err != nil {
		return fmt.Errorf("keep a message that cannot be read yet: %w", err)
	}
	return nil
}

// held says whether an event is about one that waits for its key: a reaction must not come before
// what it stands on.
func (p *Platform) held(id string, e entry) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.unread) == 0 {
		return false
	}
	var c content
	e.into(&c)
	about := []string{e.Redacts, field(e, "redacts")}
	if c.Relates != nil {
		about = append(about, c.Relates.Event)
		if c.Relates.Answered != nil {
			about = append(about, c.Relates.Answered.Event)
		}
	}
	for _, on := range about {
		if on != "" && p.unread[id+"/"+on] {
			return true
		}
	}
	return false
}

// noteOwn remembers the place of a message of ours that comes back encrypted.
func (p *Platform) noteOwn(id string, e entry) {
	var c content
	e.into(&c)
	c2 := entry{ID: e.ID, Type: "m.room.message"}
	p.noteThread(id, c2, c)
}

// readWaiting tries again what could not be read before, and gives up on what has waited too long.
func (p *Platform) readWaiting(ctx context.Context, h chat.Handler) error {
	p.mu.Lock()
	none := p.listed && len(p.unread) == 0
	p.mu.Unlock()
	if none {
		return nil
	}
	list, err := p.o.Store.Waiting(ctx, p.me)
	if err != nil {
		return fmt.Errorf("list what waits for its key: %w", err)
	}
	unread := map[string]bool{}
	for _, w := range list {
		unread[w.Room+"/"+w.Event] = true
	}
	p.mu.Lock()
	p.unread, p.listed = unread, true // what a program that was killed had left, too
	p.mu.Unlock()
	for _, w := range list {
		done, err := p.readOne(ctx, h, w)
		if err != nil {
			return err
		}
		if !done {
			continue
		}
		if err := p.o.Store.Unwait(ctx, p.me, w.Event); err != nil {
			return fmt.Errorf("forget what waited for its key: %w", err)
		}
		p.mu.Lock()
		delete(p.unread, w.Room+"/"+w.Event)
		p.mu.Unlock()
	}
	return nil
}

// readOne tries one event that waits; done when it was handed over or given up.
func (p *Platform) readOne(ctx context.Context, h chat.Handler, w Waiting) (done bool, err error) {
	e, ok := read(w.Body)
	if !ok {
		return true, nil
	}
	late := p.now().Sub(w.Since) >= keyTime
	if p.held(w.Room, e) && !late {
		return false, nil
	}
	if e.Type != "m.room.encrypted" {
		return true, p.tell(ctx, h, w.Room, e)
	}
	plain, err := p.cipher.decrypt(ctx, w.Room, e)
	switch {
	case err == nil:
		return true, p.tell(ctx, h, w.Room, plain)
	case !late:
		return false, nil
	}
	p.say(ctx, w.Room, "matrix.unreadable", chat.Plain)
	return true, nil
}
