package search

import (
	"context"
	"fmt"
	"strings"
	"time"

	"guildhall/core/record"
)

const (
	maxCandidates = 200 // records of each kind that are ranked for one question
	maxFavoured   = 100 // of those that were used more, or are in the reader's language
	enough        = 5   // hits with all words that need no help from those with some
	maxPage       = 100
)

// Finder answers questions over one index. It is safe for concurrent use when its index is.
type Finder struct {
	index Index
	now   func() time.Time
}

// NewFinder makes a Finder; now is the clock by which records are recent.
func NewFinder(index Index, now func() time.Time) *Finder { return &Finder{index, now} }

// Page is a part of what was found.
type Page struct {
	Hits   []Hit
	Offset int  // of the first hit in the whole list
	Total  int  // length of the whole list
	More   bool // there are hits after this page
	Cut    bool // there were too many records to look at each; Total is less than there are
	Some   bool // the page has hits with only some of the words
}

// Find is the page of n hits from offset for words by somebody who writes lang. Records with all the
// words come first; where these are fewer than five, those with some follow. Without words it is all
// records that pass f, newest first; words that are none ("?!") find nothing. n is held within 1 and
// 100, 5 when it is 0.
func (s *Finder) Find(ctx context.Context, community int64, words, lang string, f Filter, offset, n int) (Page, error) {
	q := Parse(words, lang)
	if len(q.Terms) == 0 && strings.TrimSpace(words) != "" {
		return Page{}, nil
	}
	candidates, cut, err := s.gather(ctx, community, q, f)
	if err != nil {
		return Page{}, err
	}
	return page(Rank(q, candidates, s.now()), offset, n, cut), nil
}

func page(hits []Hit, offset, n int, cut bool) Page {
	if n == 0 {
		n = 5
	}
	n = min(max(n, 1), maxPage)
	offset = min(max(offset, 0), len(hits))
	end := min(offset+n, len(hits))
	p := Page{Hits: hits[offset:end], Offset: offset, Total: len(hits), More: end < len(hits), Cut: cut}
	for _, h := range p.Hits {
		p.Some = p.Some || !h.AllFound
	}
	return p
}

// gather asks the index for what is worth ranking, of each kind so many of the newest:
//
//   - records with all terms as they are typed, or by their stems; when these are fewer, also those
//     that have a term only as the beginning of a word;
//   - when there are more, those that would stand before them: all terms in the title, as they are typed
//     and then as beginnings, and, when these are fewer, at least one;
//   - when even the best of these kinds is more, those of it that were used more often, and those in the
//     reader's language, which stand before what is newer and no better otherwise;
//   - when there are fewer than a handful, records with any term.
//
// So a record is left out only for a hundred and more that stand before it, being better or newer.
func (s *Finder) gather(ctx context.Context, community int64, q Query, f Filter) (found []Candidate, cut bool, err error) {
	q.Match = All
	best, prefixes := q.whole()
	if found, err = s.ask(ctx, community, best, f, maxCandidates); err != nil {
		return nil, false, err
	}
	if prefixes && len(found) < maxCandidates {
		some, err := s.ask(ctx, community, q, f, maxCandidates)
		if err != nil {
			return nil, false, err
		}
		found, best, cut = union(found, some), q, len(some) >= maxCandidates
	}
	switch {
	case len(q.Terms) == 0:
		return found, len(found) >= maxCandidates, nil
	case cut || len(found) >= maxCandidates:
		better, err := s.gatherBetter(ctx, community, q, best, f)
		return union(better, found), true, err
	case len(found) < enough && len(q.Terms) > 1:
		some, cut, err := s.gatherAny(ctx, community, q, f)
		return union(found, some), cut, err
	}
	return found, false, nil
}

// gatherBetter asks for what stands before the newest of what best finds, which are too many.
func (s *Finder) gatherBetter(ctx context.Context, community int64, q, best Query, f Filter) (found []Candidate, err error) {
	ask := func(q Query, f Filter, most int) (more bool) {
		var some []Candidate
		if err == nil {
			some, err = s.ask(ctx, community, q, f, most)
			found = union(found, some)
		}
		return len(some) >= most
	}
	whole, prefixes := q.whole()
	for _, kind := range []struct {
		q    Query
		as   Match
		asks bool
	}{{whole, Title, prefixes}, {q, Title, true}, {q, SomeTitle, len(q.Terms) > 1}} {
		if kind.q.Match = kind.as; kind.asks && ask(kind.q, f, maxCandidates) {
			best = kind.q
			break
		}
	}
	used := f
	for _, used.Used = range usedSteps {
		if used.Used > f.Used && !ask(best, used, maxFavoured) {
			break
		}
	}
	if q.Language != "" && f.Language == "" {
		f.Language = q.Language
		ask(best, f, maxFavoured)
	}
	return found, err
}

func (s *Finder) ask(ctx context.Context, community int64, q Query, f Filter, most int) ([]Candidate, error) {
	found, err := s.index.Candidates(ctx, community, q, f, most)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return found, nil
}

// gatherAny asks for records with any of q's terms. When there are too many, the terms that most of
// them have crowd out what the others would find, so it asks again without these.
func (s *Finder) gatherAny(ctx context.Context, community int64, q Query, f Filter) (found []Candidate, cut bool, err error) {
	q.Match = Any
	if found, err = s.ask(ctx, community, q, f, maxCandidates); err != nil || len(found) < maxCandidates {
		return found, false, err
	}
	rare := rarer(q, found)
	if len(rare.Terms) == 0 {
		return found, true, nil
	}
	more, err := s.ask(ctx, community, rare, f, maxCandidates)
	return union(found, more), true, err
}

// union is a followed by what b has besides.
func union(a, b []Candidate) []Candidate {
	seen := make(map[recordKey]bool, len(a))
	for i := range a {
		seen[recordKey{a[i].Letter, a[i].Number}] = true
	}
	for i := range b {
		if !seen[recordKey{b[i].Letter, b[i].Number}] {
			a = append(a, b[i])
		}
	}
	return a
}

// rarer is q without the terms that a quarter of candidates have.
func rarer(q Query, candidates []Candidate) Query {
	have := frequencies(q, candidates)
	terms := q.Terms
	q.Terms = nil
	for i, t := range terms {
		if have[i] < len(candidates)/4 {
			q.Terms = append(q.Terms, t)
		}
	}
	return q
}

// frequencies is how many candidates have each term of q.
func frequencies(q Query, candidates []Candidate) []int {
	m := newMatcher(q)
	have := make([]int, len(q.Terms))
	for i := range candidates {
		m.read(&candidates[i])
		for t, l := range m.best {
			if l > none {
				have[t]++
			}
		}
	}
	return have
}

// Suggest is the ids of at most n records for an argument that somebody is typing: those whose id or
// title begins with partial first; the newest when nothing is typed yet. letters are those of the
// ids that are wanted, such as "RC"; "" wants all.
func (s *Finder) Suggest(ctx context.Context, community int64, partial, letters string, n int) ([]record.ID, error) {
	f := Filter{}
	if letters != "" {
		f.Letters = strings.Split(letters, "")
	}
	q := suggestion(partial)
	if len(q.Terms) == 0 && strings.TrimSpace(partial) != "" {
		return nil, nil
	}
	candidates, err := s.index.Candidates(ctx, community, q, f, maxCandidates)
	if err != nil {
		return nil, fmt.Errorf("suggest records: %w", err)
	}
	var out []record.ID
	for _, h := range Rank(q, candidates, s.now()) {
		if len(out) == n {
			break
		}
		if len(h.Letter) == 1 {
			out = append(out, record.ID{Letter: h.Letter[0], No: h.Number})
		}
	}
	return out, nil
}

// suggestion takes every word as it is typed: what will become of "th" is not known yet.
func suggestion(partial string) Query {
	q := Query{Match: Title}
	if id, err := record.Parse(partial); err == nil {
		partial = id.String()
	}
	eachWord(cutRunes(partial, maxQuestion), func(w word) bool {
		if !w.bound {
			q.Terms = append(q.Terms, Term{Words: []string{w.text}, Prefix: w.text})
		}
		return len(q.Terms) < maxTerms
	})
	return q
}
