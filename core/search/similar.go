package search

import (
	"context"
	"math"
	"slices"
	"unicode/utf8"
)

const (
	maxSimilarTerms = 24
	// likeness is the share of a question that a record must be about to be shown as similar.
	likeness = 0.27
)

// Similar are at most n records that text, a question of a sentence or a page by somebody who writes
// lang, may be about, best first. letters are those of the ids that are wanted, empty for all; hidden
// are states that must not be found. A record counts when it has two of the question's words at
// least, and enough of what makes the question special: a word that many records have weighs little,
// and a word of the same family ("saldatura" for "saldatori") about half.
func (s *Finder) Similar(ctx context.Context, community int64, text, lang string, letters, hidden []string, n int) ([]Hit, error) {
	q := similarQuery(text, lang)
	if len(q.Terms) == 0 || n <= 0 {
		return nil, nil
	}
	candidates, _, err := s.gatherAny(ctx, community, q, Filter{Letters: letters, Hidden: hidden})
	if err != nil {
		return nil, err
	}
	like := likenesses(q, candidates)
	hits := Rank(q, candidates, s.now())
	hits = slices.DeleteFunc(hits, func(h Hit) bool { return like[recordKey{h.Letter, h.Number}] < likeness })
	slices.SortStableFunc(hits, func(a, b Hit) int {
		// By steps, so that what is about equal stays in the order of Rank.
		x, y := like[recordKey{a.Letter, a.Number}], like[recordKey{b.Letter, b.Number}]
		return int(math.Floor(y*20)) - int(math.Floor(x*20))
	})
	return hits[:min(n, len(hits))], nil
}

// similarQuery has the words of text that tell something; of a long text, the longest words.
func similarQuery(text, lang string) Query {
	q := parse(text, lang, math.MaxInt, false)
	if len(q.Terms) > maxSimilarTerms {
		slices.SortStableFunc(q.Terms, func(a, b Term) int {
			return utf8.RuneCountInString(b.Words[0]) - utf8.RuneCountInString(a.Words[0])
		})
		q.Terms = q.Terms[:maxSimilarTerms]
	}
	for i := range q.Terms {
		q.Terms[i].Prefix = family(q.Terms[i].Words[0])
	}
	return q
}

// family is what a word has in common with others about the same thing, roughly: its first three
// fifths, of four letters at least.
func family(w string) string {
	runes := []rune(w)
	if len(runes) < 6 {
		return ""
	}
	return string(runes[:max(4, len(runes)*3/5)])
}

// likenesses is the share of q, 0 to 1, that each candidate is about; 0 with fewer than two terms of
// several.
func likenesses(q Query, candidates []Candidate) map[recordKey]float64 {
	weights := rarities(frequencies(q, candidates), len(candidates))
	total := 0.0
	for _, w := range weights {
		total += w
	}
	m := newMatcher(q)
	out := make(map[recordKey]float64, len(candidates))
	for i := range candidates {
		c := &candidates[i]
		m.read(c)
		sum, found := 0.0, 0
		for t, l := range m.best {
			if l > none {
				found++
			}
			sum += weights[t] * strength(l)
		}
		if found < min(2, len(q.Terms)) {
			sum = 0
		}
		out[recordKey{c.Letter, c.Number}] = sum / total
	}
	return out
}

// strength is how much of a term's weight a record gets for having it at level l.
func strength(l level) float64 {
	switch l {
	case titleWord, titleStem:
		return 1
	case bodyWord, bodyStem:
		return 0.8
	case titlePrefix:
		return 0.6
	case bodyPrefix:
		return 0.5
	}
	return 0
}

// rarities are the weights of terms by how many of all candidates have them. Among few candidates,
// being frequent says nothing yet. A word that nobody has may be the heart of the question or a mere
// phrase; it counts half.
func rarities(have []int, all int) []float64 {
	const few = 10
	n := float64(max(all, few))
	out := make([]float64, len(have))
	for i, h := range have {
		if h == 0 {
			out[i] = 0.5
			continue
		}
		out[i] = math.Log(1+n/float64(h)) / math.Log(1+n)
	}
	return out
}
