package discord

import (
	"context"
	"sync"
	"time"
)

// turns let shards identify one after the other, as many at once as Discord allows.
type turns struct {
	every time.Duration
	mu    sync.Mutex
	wide  int
	next  map[int]time.Time
}

func newTurns(every time.Duration) *turns {
	return &turns{every: every, wide: 1, next: map[int]time.Time{}}
}

func (t *turns) atOnce(n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.wide = max(1, n)
}

func (t *turns) wait(ctx context.Context, shard int) error {
	t.mu.Lock()
	key, now := shard%t.wide, time.Now()
	at := later(t.next[key], now)
	t.next[key] = at.Add(t.every)
	t.mu.Unlock()
	if !sleep(ctx, at.Sub(now)) {
		return ctx.Err()
	}
	return nil
}
