package matrix

import (
	"context"
	"sync"
	"time"

	"maunium.net/go/mautrix/id"
)

// alive shows people that somebody is there: read receipts and typing. All of it may be lost.
type alive struct {
	p      *Platform
	ctx    context.Context
	cancel context.CancelFunc
	slots  chan struct{}
	wg     sync.WaitGroup
	mu     sync.Mutex
	shut   bool
	types  map[string]time.Time // until when a room sees us type; zero: not yet
	reads  map[string]string    // the last message read, by room
	stirs  map[string]time.Time // when somebody last asked us something in a room, or we spoke there
}

// typingTime is how long we are seen typing when nothing comes of it.
const typingTime = 8 * time.Second

func newAlive(p *Platform) *alive {
	ctx, cancel := context.WithCancel(context.Background())
	return &alive{p: p, ctx: ctx, cancel: cancel, slots: make(chan struct{}, 8), types: map[string]time.Time{},
		reads: map[string]string{}, stirs: map[string]time.Time{}}
}

// try does something beside everything else; it is left out when too much is going on.
func (a *alive) try(f func(ctx context.Context)) {
	select {
	case a.slots <- struct{}{}:
	default:
		return
	}
	a.start(func() {
		defer func() { <-a.slots }()
		ctx, cancel := limited(a.ctx)
		defer cancel()
		f(ctx)
	})
}

// later does something after a while, as long as the program runs.
func (a *alive) later(after time.Duration, f func(ctx context.Context)) {
	a.start(func() {
		sleep(a.ctx, after)
		if a.ctx.Err() == nil {
			f(a.ctx)
		}
	})
}

func (a *alive) start(f func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shut {
		return
	}
	a.wg.Go(f)
}

func (a *alive) close() {
	a.mu.Lock()
	a.shut = true
	a.mu.Unlock()
	a.cancel()
	a.wg.Wait()
}

// How long receipts and typing wait: what follows at once makes them needless.
const (
	receiptTime = 250 * time.Millisecond
	beforeTime  = 300 * time.Millisecond
)

// read sends a read receipt for all threads of the room, one for all that comes within a moment.
func (a *alive) read(room, event string) {
	a.mu.Lock()
	_, waits := a.reads[room]
	a.reads[room] = event
	a.mu.Unlock()
	if waits {
		return
	}
	a.later(receiptTime, func(ctx context.Context) {
		a.mu.Lock()
		last := a.reads[room]
		delete(a.reads, room)
		a.mu.Unlock()
		a.try(func(ctx context.Context) {
			if err := a.p.client.MarkRead(ctx, id.RoomID(room), id.EventID(last)); err != nil {
				a.p.log.Debug("matrix: read receipt", "room", room, "error", err)
			}
		})
	})
}

// typing shows that an answer is on its way, when it takes a moment.
func (a *alive) typing(room string) {
	now := a.p.now()
	a.mu.Lock()
	a.stirs[room] = time.Now()
	_, already := a.types[room]
	if !already {
		a.types[room] = time.Time{}
	}
	a.mu.Unlock()
	if already {
		return
	}
	a.later(beforeTime, func(context.Context) {
		a.mu.Lock()
		_, still := a.types[room]
		if still {
			a.types[room] = now.Add(typingTime)
		}
		a.mu.Unlock()
		if !still {
			return
		}
		a.try(func(ctx context.Context) { _, _ = a.p.client.UserTyping(ctx, id.RoomID(room), true, typingTime) })
		a.later(typingTime, func(context.Context) {
			a.mu.Lock()
			defer a.mu.Unlock()
			delete(a.types, room) // it has run out by itself
		})
	})
}

// quiet ends typing.
func (a *alive) quiet(room string) {
	a.mu.Lock()
	a.stirs[room] = time.Now()
	on := a.types[room].After(a.p.now())
	delete(a.types, room)
	a.mu.Unlock()
	if on {
		a.try(func(ctx context.Context) { _, _ = a.p.client.UserTyping(ctx, id.RoomID(room), false, 0) })
	}
}

// How long a room is at rest before we do there what nobody waits for, and how long that waits at most.
const (
	restTime  = 100 * time.Millisecond
	mostDelay = time.Second
)

// rest waits until nobody in a room waits for an answer, at most until the time given: homeservers
// take a room's events one after the other.
func (a *alive) rest(ctx context.Context, room string, until time.Time) {
	for ctx.Err() == nil && time.Now().Before(until) {
		a.mu.Lock()
		_, waits := a.types[room]
		calm := restTime - time.Since(a.stirs[room])
		a.mu.Unlock()
		if waits && calm <= 0 {
			calm = restTime / 5
		}
		if calm <= 0 {
			return
		}
		sleep(ctx, min(calm, time.Until(until)))
	}
}
