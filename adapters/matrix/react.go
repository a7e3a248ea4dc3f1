package matrix

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"

	"guildhall/core/chat"
)

// placer places the reactions that stand for messages' buttons, beside the messages themselves: what
// is said next in a room need not wait for them, and what they stand for can be typed meanwhile. What
// is lost when the program is killed, mend finds.
type placer struct {
	p     *Platform
	slots chan struct{}
	mu    sync.Mutex
	todo  map[string][]placing // by room
}

type placing struct {
	event string
	check bool // look at what is there first
}

func newPlacer(p *Platform) *placer {
	return &placer{p: p, slots: make(chan struct{}, 4), todo: map[string][]placing{}}
}

// place makes the reactions of a message of ours those that memory has for it.
func (l *placer) place(room, event string, check bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, running := l.todo[room]
	l.todo[room] = append(l.todo[room], placing{event, check})
	if !running {
		l.p.alive.start(func() { l.run(room) })
	}
}

// run works a room's placings in order until there are none.
func (l *placer) run(room string) {
	l.slots <- struct{}{}
	defer func() { <-l.slots }()
	for {
		l.mu.Lock()
		list := l.todo[room]
		if len(list) == 0 || l.p.alive.ctx.Err() != nil {
			delete(l.todo, room)
			l.mu.Unlock()
			return
		}
		l.todo[room] = list[1:]
		l.mu.Unlock()
		l.try(l.p.alive.ctx, room, list[0])
	}
}

// try places a message's reactions, at the homeserver's pace, when people in the room have their
// answers.
func (l *placer) try(ctx context.Context, room string, what placing) {
	until := time.Now().Add(mostDelay)
	for try := 1; try <= 10 && ctx.Err() == nil; try++ {
		err := l.p.agree(ctx, room, what.event, what.check || try > 1, until)
		var wait *chat.RetryAfter
		switch {
		case err == nil, errors.Is(err, chat.ErrRefused), errors.Is(err, chat.ErrGone):
			return // done, or the room takes no reactions
		case errors.As(err, &wait):
			sleep(ctx, wait.After)
		default:
			pause(ctx, nil, try)
		}
	}
}

// agree places what is missing, and takes back what a message no longer offers. Until the time given
// it lets answers go first.
func (p *Platform) agree(ctx context.Context, room, event string, check bool, until time.Time) error {
	p.alive.rest(ctx, room, until)
	b, known := p.seen.get(room, event)
	if !known || b.gone {
		return nil
	}
	there := map[string]string{}
	if check {
		var err error
		if there, err = p.ownReactions(ctx, room, event); err != nil {
			return err
		}
	}
	wanted := map[string]bool{}
	for _, o := range b.offers {
		wanted[plainEmoji(o.Emoji)] = true
	}
	for emoji, id := range there {
		if wanted[emoji] {
			continue
		}
		if err := p.redact(ctx, room, id, "unoffer-"+id); err != nil && !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused) {
			return err
		}
	}
	for _, o := range b.offers {
		if there[plainEmoji(o.Emoji)] != "" {
			continue
		}
		p.alive.rest(ctx, room, until)
		if err := p.react(ctx, room, event, o.Emoji, rand.Text()); err != nil {
			return err
		}
	}
	return nil
}

// mendTime is how old a message may be whose reactions are looked after at a start.
const mendTime = 24 * time.Hour

// mend places reactions that a program which was killed did not come to.
func (p *Platform) mend(ctx context.Context) {
	for _, room := range p.rooms.ids() {
		got, err := p.messages(ctx, room, "", "", 60)
		if err != nil {
			continue // what can be typed is there
		}
		list := readAll(got.Chunk)
		has := map[string]int{}
		for _, e := range list {
			var c content
			e.into(&c)
			if e.Sender == p.me && e.Type == "m.reaction" && c.Relates != nil && !redacted(e) {
				has[c.Relates.Event]++
			}
		}
		for _, e := range list {
			if e.Sender != p.me || e.Type != "m.room.message" && e.Type != "m.room.encrypted" || redacted(e) || millis(e.Time).Before(p.now().Add(-mendTime)) {
				continue
			}
			var c content
			p.unlocked(ctx, room, e).into(&c)
			if len(c.Offers) == 0 || c.Relates != nil && c.Relates.Type == "m.replace" {
				continue
			}
			if b, err := p.recall(ctx, room, e.ID); err == nil && has[e.ID] != len(b.offers) {
				p.placer.place(room, e.ID, true)
			}
		}
	}
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
