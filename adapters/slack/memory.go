package slack

import (
	"sync"
	"time"
)

// memory remembers something by key for a while.
type memory[V any] struct {
	now  func() time.Time
	life time.Duration
	mu   sync.Mutex
	kept map[string]remembered[V]
}

type remembered[V any] struct {
	value V
	until time.Time
}

// maxMemory is how much is remembered before what is over is swept.
const maxMemory = 4096

func newMemory[V any](now func() time.Time, life time.Duration) *memory[V] {
	return &memory[V]{now: now, life: life, kept: map[string]remembered[V]{}}
}

func (m *memory[V]) get(key string) (v V, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.kept[key]
	if !ok || m.now().After(r.until) {
		return v, false
	}
	return r.value, true
}

func (m *memory[V]) put(key string, v V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(key, v)
}

// add is put for what must be new; fresh is false when it was there.
func (m *memory[V]) add(key string, v V) (fresh bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if r, ok := m.kept[key]; ok && !m.now().After(r.until) {
		return false
	}
	m.set(key, v)
	return true
}

func (m *memory[V]) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
}

func (m *memory[V]) set(key string, v V) {
	now := m.now()
	if len(m.kept)%maxMemory == maxMemory-1 {
		for k, r := range m.kept {
			if now.After(r.until) {
				delete(m.kept, k)
			}
		}
	}
	m.kept[key] = remembered[V]{v, now.Add(m.life)}
}
