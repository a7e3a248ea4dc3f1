package discord

import (
	"context"
	"sync"
	"time"

	"guildhall/core/chat"
)

// memory is a Store for a program that is alone and keeps nothing.
type memory struct {
	mu       sync.Mutex
	holders  map[string]memoryLease
	sessions map[string]memorySession
	forms    map[string]memoryForm
}

type memoryLease struct {
	holder string
	until  time.Time
	epoch  int64
}

type memorySession struct {
	id, url string
	seq     int64
	alive   time.Time
	gap     time.Time
}

type memoryForm struct {
	state   []byte
	expires time.Time
}

func newMemory() *memory {
	return &memory{holders: map[string]memoryLease{}, sessions: map[string]memorySession{}, forms: map[string]memoryForm{}}
}

func (m *memory) Lease(_ context.Context, shard, holder string, now, until time.Time) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	l := m.holders[shard]
	if l.holder != holder && now.Before(l.until) {
		return 0, false, nil
	}
	if l.holder != holder {
		l.epoch++
	}
	l.holder, l.until = holder, until
	m.holders[shard] = l
	return l.epoch, true, nil
}

func (m *memory) Release(_ context.Context, shard, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if l := m.holders[shard]; l.holder == holder {
		l.until = time.Time{}
		m.holders[shard] = l
	}
	return nil
}

func (m *memory) Session(_ context.Context, shard string) (string, string, int64, time.Time, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := m.sessions[shard]
	return s.id, s.url, s.seq, s.alive, s.gap, nil
}

func (m *memory) Handled(context.Context) (map[string]time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string]time.Time{}
	for shard, s := range m.sessions {
		out[shard] = earlier(s.alive, s.gap)
	}
	return out, nil
}

func (m *memory) KeepSession(_ context.Context, shard string, epoch int64, name, address string, seq int64, alive, gap time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holders[shard].epoch != epoch {
		return false, nil
	}
	m.sessions[shard] = memorySession{name, address, seq, alive, gap}
	return true, nil
}

func (m *memory) Followed(context.Context, chat.PlatformID) ([]chat.Address, error) { return nil, nil }

func (m *memory) Held(context.Context, chat.PlatformID, time.Time, int) ([]chat.Target, error) {
	return nil, nil
}

func (m *memory) HeldIn(context.Context, chat.Address) ([]chat.Target, error) { return nil, nil }

func (m *memory) Topics(context.Context, chat.PlatformID, chat.SpaceID, string) ([]string, error) {
	return nil, nil
}

func (m *memory) KeepForm(_ context.Context, key string, state []byte, now, expires time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k, f := range m.forms {
		if !now.Before(f.expires) {
			delete(m.forms, k)
		}
	}
	m.forms[key] = memoryForm{state, expires}
	return nil
}

func (m *memory) Form(_ context.Context, key string, now time.Time) ([]byte, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	f, ok := m.forms[key]
	return f.state, ok && now.Before(f.expires), nil
}

func (m *memory) TakeForm(ctx context.Context, key string, now time.Time) ([]byte, bool, error) {
	b, ok, err := m.Form(ctx, key, now)
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.forms, key)
	return b, ok, err
}
