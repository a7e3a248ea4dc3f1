package matrix

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"guildhall/core/chat"
)

// offer places the reactions that stand for a message's buttons. When the homeserver asks to wait
// they follow by themselves: what they stand for can be typed meanwhile.
func (p *Platform) offer(ctx context.Context, room, event string, offers []offer, key chat.Key) error {
	if len(offers) == 0 {
		return nil
	}
	there := map[string]string{}
	if key.Again {
		var err error
		if there, err = p.ownReactions(ctx, room, event); err != nil {
			return err
		}
	}
	for i, o := range offers {
		if there[plainEmoji(o.Emoji)] != "" {
			continue
		}
		err := p.react(ctx, room, event, o.Emoji, fmt.Sprintf("%s.r%d", key.ID, i))
		var wait *chat.RetryAfter
		switch {
		case errors.As(err, &wait):
			rest := offers[i:]
			p.alive.later(wait.After, func(ctx context.Context) { p.offerSlowly(ctx, room, event, rest) })
			return nil
		case errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrGone):
			return nil // the room takes no reactions, or the message was taken back meanwhile
		case err != nil:
			return err
		}
	}
	return nil
}

// offerSlowly places reactions at the homeserver's pace, as long as this program runs.
func (p *Platform) offerSlowly(ctx context.Context, room, event string, offers []offer) {
	for _, o := range offers {
		for try := 1; try < 20; try++ {
			if b, ok := p.seen.get(room, event); !ok || b.gone || !has(b.offers, o) {
				return // the message has changed since
			}
			err := p.react(ctx, room, event, o.Emoji, rand.Text())
			if err == nil || errors.Is(err, chat.ErrRefused) || ctx.Err() != nil {
				break
			}
			var wait *chat.RetryAfter
			if errors.As(err, &wait) {
				sleep(ctx, wait.After)
				continue
			}
			pause(ctx, nil, try)
		}
	}
}

func has(list []offer, o offer) bool {
	for _, x := range list {
		if x == o {
			return true
		}
	}
	return false
}

func sleep(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
	case <-t.C:
	}
}

// react places one reaction. One that is there already is no error.
func (p *Platform) react(ctx context.Context, room, event, emoji, txn string) error {
	fields := map[string]any{"m.relates_to": relates{Type: "m.annotation", Event: event, Key: emoji}}
	_, err := p.sendEvent(ctx, room, "m.reaction", "", txn, fields)
	if code(err) == "M_DUPLICATE_ANNOTATION" {
		return nil
	}
	return err
}

// ownReactions are the reactions that we placed on a message: event ids by emoji.
func (p *Platform) ownReactions(ctx context.Context, room, event string) (map[string]string, error) {
	list, err := p.related(ctx, room, event, "m.annotation", 200)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	for _, e := range list {
		var c content
		e.into(&c)
		if e.Sender == p.me && !redacted(e) && c.Relates != nil && c.Relates.Key != "" {
			out[plainEmoji(c.Relates.Key)] = e.ID
		}
	}
	return out, nil
}

// reoffer makes the reactions of an edited message those of its buttons now.
func (p *Platform) reoffer(ctx context.Context, room, event string, offers []offer) error {
	there, err := p.ownReactions(ctx, room, event)
	if err != nil {
		return err
	}
	keep := map[string]bool{}
	for _, o := range offers {
		keep[plainEmoji(o.Emoji)] = true
	}
	for emoji, id := range there {
		if keep[emoji] {
			continue
		}
		if err := p.redact(ctx, room, id, "unoffer-"+id); err != nil && !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused) {
			return err
		}
	}
	var missing []offer
	for _, o := range offers {
		if there[plainEmoji(o.Emoji)] == "" {
			missing = append(missing, o)
		}
	}
	return p.offer(ctx, room, event, missing, chat.Key{ID: rand.Text()})
}

// gates let one message at a time be sent to a room, so that none overtakes another, and none is
// looked for while it is being sent.
type gates struct{ mu *sync.Map }

func newGates() gates { return gates{&sync.Map{}} }

// enter waits for the room's gate and returns what leaves it.
func (g gates) enter(room string) func() {
	v, _ := g.mu.LoadOrStore(room, &sync.Mutex{})
	m := v.(*sync.Mutex)
	m.Lock()
	return m.Unlock
}
