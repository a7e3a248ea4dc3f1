// Package searchtest holds what a search.Index must do, as a suite that every store passes, and an
// index in memory that passes it by definition.
package searchtest

import (
	"context"
	"math"
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

// ref is what Memory calls a record.
func ref(c search.Candidate) search.Ref {
	return search.Ref{Record: int64(c.Letter[0])<<48 + c.Number, At: c.At.UnixMicro()}
}

// Having implements search.Index.
func (m *Memory) Having(ctx context.Context, community int64, terms []search.Term, limit int) ([][]search.Ref, error) {
	out := make([][]search.Ref, len(terms))
	for i, t := range terms {
		all, err := m.Candidates(ctx, community, search.Query{Terms: []search.Term{t}}, search.Filter{}, math.MaxInt)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			r := ref(c)
			if len(out[i]) >= limit && out[i][len(out[i])-1].At != r.At {
				break
			}
			out[i] = append(out[i], r)
		}
	}
	return out, nil
}

// Read implements search.Index.
func (m *Memory) Read(ctx context.Context, community int64, refs []search.Ref, f search.Filter) ([]search.Candidate, error) {
	all, err := m.Candidates(ctx, community, search.Query{}, f, math.MaxInt)
	return slices.DeleteFunc(all, func(c search.Candidate) bool { return !slices.Contains(refs, ref(c)) }), err
}

// Size implements search.Index.
func (m *Memory) Size(ctx context.Context, community int64) (int, error) {
	all, err := m.Candidates(ctx, community, search.Query{}, search.Filter{}, math.MaxInt)
	return len(all), err
}
