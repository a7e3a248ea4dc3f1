package matrix_test

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"guildhall/adapters/matrix"
)

// memory is a matrix.Store that outlives the platform, not the test.
type memory struct {
	mu       sync.Mutex
	device   string
	token    string
	position string
	stored   time.Time
	epoch    int64
	holder   string
	held     time.Time
	once     map[string]bool
	waiting  []matrix.Waiting
}

var _ matrix.Store = (*memory)(nil)

func newMemory() *memory { return &memory{once: map[string]bool{}} }

func (m *memory) Session(context.Context, string) (string, string, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.device, m.token, m.token != "", nil
}

func (m *memory) KeepSession(_ context.Context, _, device, token string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.device, m.token = device, token
	return nil
}

func (m *memory) Lead(_ context.Context, _, holder string, now, until time.Time) (int64, bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder != holder {
		if m.held.After(now) {
			return m.epoch, false, nil
		}
		m.epoch++
	}
	m.holder, m.held = holder, until
	return m.epoch, true, nil
}

func (m *memory) Resign(_ context.Context, _, holder string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.holder == holder {
		m.held = time.Time{}
	}
	return nil
}

func (m *memory) Position(context.Context, string) (string, time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.position, m.stored, nil
}

func (m *memory) Advance(_ context.Context, _ string, epoch int64, position string, now time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.epoch != epoch {
		return false, nil
	}
	m.position, m.stored = position, now
	return true, nil
}

func (m *memory) Once(_ context.Context, _, name string, _ time.Time) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	first := !m.once[name]
	m.once[name] = true
	return first, nil
}

func (m *memory) Wait(_ context.Context, _, room, event string, body []byte, now time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !slices.ContainsFunc(m.waiting, func(w matrix.Waiting) bool { return w.Event == event }) {
		m.waiting = append(m.waiting, matrix.Waiting{Room: room, Event: event, Body: body, Since: now})
	}
	return nil
}

func (m *memory) Waiting(context.Context, string) ([]matrix.Waiting, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := slices.Clone(m.waiting)
	slices.SortStableFunc(out, func(a, b matrix.Waiting) int { return cmp.Compare(a.Since.UnixNano(), b.Since.UnixNano()) })
	return out, nil
}

func (m *memory) Unwait(_ context.Context, _, event string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.waiting = slices.DeleteFunc(m.waiting, func(w matrix.Waiting) bool { return w.Event == event })
	return nil
}
