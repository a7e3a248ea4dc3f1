package discord_test

import (
	"context"
	"sync"
	"time"

	"guildhall/adapters/discord"
	"guildhall/core/chat"
)

// store is a discord.Store in memory that two adapters can share.
type store struct {
	mu       sync.Mutex
	holder   map[string]string
	until    map[string]time.Time
	epoch    map[string]int64
	sessions map[string]kept
	followed []chat.Address
	forms    map[string][]byte
	topics   map[string][]string
	held     []chat.Target
	wrote    chan struct{} // a session was kept
	frozen   bool          // writes of sessions and leases are lost
}

func (s *store) sessionOf(shard string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[shard].id
}

func (s *store) gapOf(shard string) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.sessions[shard].gap
}

func (s *store) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen = true
}

// thaw is the store for the next program, once the leases of a killed one have run out.
func (s *store) thaw() *store {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.frozen, s.until = false, map[string]time.Time{}
	return s
}

var _ discord.Store = (*store)(nil)

func newStore() *store {
	return &store{holder: map[string]string{}, until: map[string]time.Time{}, epoch: map[string]int64{}, sessions: map[string]kept{}, forms: map[string][]byte{}, topics: map[string][]string{}, wrote: make(chan struct{}, 1)}
}

func (s *store) follow(at ...chat.Address) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.followed = append(s.followed, at...)
}

func (s *store) Lease(_ context.Context, shard, holder string, now, until time.Time) (int64, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder[shard] != holder {
		if now.Before(s.until[shard]) {
			return 0, false, nil
		}
		s.epoch[shard]++
	}
	s.holder[shard], s.until[shard] = holder, until
	return s.epoch[shard], true, nil
}

func (s *store) Release(_ context.Context, shard, holder string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.holder[shard] == holder && !s.frozen {
		s.until[shard] = time.Time{}
	}
	return nil
}

// kept is where a shard is.
type kept struct {
	id, url string
	seq     int64
	alive   time.Time
	gap     time.Time
}

func (s *store) Session(_ context.Context, shard string) (string, string, int64, time.Time, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.sessions[shard]
	return x.id, x.url, x.seq, x.alive, x.gap, nil
}

func (s *store) Handled(context.Context) (map[string]time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := map[string]time.Time{}
	for shard, x := range s.sessions {
		out[shard] = x.alive
		if !x.gap.IsZero() && x.gap.Before(x.alive) {
			out[shard] = x.gap
		}
	}
	return out, nil
}

func (s *store) KeepSession(_ context.Context, shard string, epoch int64, id, url string, seq int64, alive, gap time.Time) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.epoch[shard] != epoch || s.frozen {
		return false, nil
	}
	s.sessions[shard] = kept{id, url, seq, alive, gap}
	select {
	case s.wrote <- struct{}{}:
	default:
	}
	return true, nil
}

func (s *store) Followed(context.Context, chat.PlatformID) ([]chat.Address, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.followed, nil
}

// hold adds to what Held tells.
func (s *store) hold(t chat.Target) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held = append(s.held, t)
}

func (s *store) Held(context.Context, chat.PlatformID, time.Time, int) ([]chat.Target, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held, nil
}

func (s *store) HeldIn(_ context.Context, at chat.Address) (out []chat.Target, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.held {
		if t.Where.Room == at.Room && (at.Thread == "" || t.Where.Thread == at.Thread) {
			out = append(out, t)
		}
	}
	return out, nil
}

func (s *store) Topics(_ context.Context, _ chat.PlatformID, _ chat.SpaceID, record string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.topics[record], nil
}

func (s *store) KeepForm(_ context.Context, key string, state []byte, _, _ time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forms[key] = state
	return nil
}

func (s *store) Form(_ context.Context, key string, _ time.Time) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.forms[key]
	return b, ok, nil
}

func (s *store) TakeForm(_ context.Context, key string, _ time.Time) ([]byte, bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.forms[key]
	delete(s.forms, key)
	return b, ok, nil
}
