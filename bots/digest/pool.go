package digest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"guildhall/core/digest"
)

// What the digests of one run are chosen from is gathered once for all of a community's readers, and
// used for so long: whatever happens meanwhile is told the next time. What is withdrawn meanwhile is
// left out all the same, because a digest is put in words when it is sent.
const poolAge = 5 * time.Minute

// mostPools is how many communities' pools are kept at a time.
const mostPools = 4

// farthest is how far back any reader's window goes: that of somebody who reads once a month.
const farthest = digest.LongestMonth

// pool is what the digests of one run are chosen from.
type pool struct {
	*digest.Pool
	until time.Time

	mu      sync.Mutex
	heads   map[time.Time][2]int // who was at work since a time
	backlog *Backlog
}

// pools are those of the communities that were looked at last.
type pools struct {
	mu  sync.Mutex
	of  map[int64]*pool
	age []int64 // the oldest first
}

// pool gives a community's, made afresh when there is none or it is old.
func (b *bot) pool(ctx context.Context, of int64) (*pool, error) {
	b.pools.mu.Lock() // one that is being made is waited for
	defer b.pools.mu.Unlock()
	now := b.Now()
	if p := b.pools.of[of]; p != nil && !now.Before(p.until) && now.Sub(p.until) < poolAge {
		return p, nil
	}
	items, err := b.gather(ctx, of, digest.Window{Since: now.Add(-farthest), Until: now}, mostChanges)
	if err != nil {
		return nil, err
	}
	p := &pool{Pool: digest.NewPool(items), until: now, heads: map[time.Time][2]int{}}
	b.pools.keep(of, p)
	return p, nil
}

func (s *pools) keep(of int64, p *pool) {
	if s.of == nil {
		s.of = map[int64]*pool{}
	}
	for at, x := range s.age {
		if x == of {
			s.age = append(s.age[:at:at], s.age[at+1:]...)
			break
		}
	}
	if len(s.age) == mostPools {
		delete(s.of, s.age[0])
		s.age = s.age[1:]
	}
	s.of[of], s.age = p, append(s.age, of)
}

// mostHeads bounds how many windows a pool knows the figures of: readers of one rhythm share theirs.
const mostHeads = 1_000

// head is how many people were at work in a window of the pool, and of how many countries.
func (b *bot) head(ctx context.Context, of int64, p *pool, w digest.Window) (people, countries int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n, known := p.heads[w.Since]; known {
		return n[0], n[1], nil
	}
	if people, countries, err = b.Changes.AtWork(ctx, of, w.Since, w.Until); err != nil {
		return 0, 0, fmt.Errorf("count who was at work: %w", err)
	}
	if len(p.heads) < mostHeads {
		p.heads[w.Since] = [2]int{people, countries}
	}
	return people, countries, nil
}

// waits is what waits for the moderators, looked up once for a pool.
func (b *bot) waits(ctx context.Context, of int64, p *pool) (Backlog, error) {
	if b.Backlog == nil {
		return Backlog{}, nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.backlog == nil {
		found, err := b.Backlog(ctx, of)
		if err != nil {
			return found, fmt.Errorf("count what waits for moderators: %w", err)
		}
		p.backlog = &found
	}
	return *p.backlog, nil
}
