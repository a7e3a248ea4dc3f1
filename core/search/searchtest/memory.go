// Package searchtest holds what a search.Index must do, as a suite that every store passes, and an
// index in memory that passes it by definition.
package searchtest

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"guildhall/core/search"
)

// Memory is a search.Index without a database, for tests. The zero value is empty and ready.
type Memory struct {
	mu      sync.Mutex
	records map[key]search.Candidate
}

var _ search.Index = (*Memory)(nil)

type key struct {
	community int64
	letter    string
	number    int64
}

// Put implements search.Index.
func (m *Memory) Put(_ context.Context, community int64, d search.Doc) error {
	c := search.Candidate{Doc: d, TitleTokens: strings.Join(d.TitleTokens(), " "), BodyTokens: strings.Join(d.BodyTokens(), " ")}
	c.Body, c.Translations = "", nil
	c.Topics = slices.Clone(d.Topics)
	c.At = d.At.Truncate(time.Microsecond)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records == nil {
		m.records = map[key]search.Candidate{}
	}
	m.records[key{community, d.Letter, d.Number}] = c
	return nil
}

// Remove implements search.Index.
func (m *Memory) Remove(_ context.Context, community int64, letter string, number int64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, key{community, letter, number})
	return nil
}

// Candidates implements search.Index.
func (m *Memory) Candidates(ctx context.Context, community int64, q search.Query, f search.Filter, limit int) ([]search.Candidate, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []search.Candidate
	for k, c := range m.records {
		if k.community == community && f.Passes(c.Doc) && q.Matches(c.TitleTokens, c.BodyTokens) {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b search.Candidate) int { return search.Order(a.Doc, b.Doc) })
	return out[:min(max(limit, 0), len(out))], nil
}
