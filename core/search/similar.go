package search

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"unicode/utf8"
)

const (
	maxSimilarTerms = 8   // words of a question that are looked for
	maxHaving       = 100 // records that are counted for one word
	maxAlike        = 50  // records that are compared with a question
	smallLibrary    = 10_000
	// likeness is the share of a question that a record must be about to be shown as similar.
	likeness = 0.27
)

// Similar are at most n records that text, a question of a sentence or a page by somebody who writes
// lang, may be about, best first. letters are those of the ids that are wanted, empty for all; hidden
// are states that must not be found. A record counts when it has two of the question's words at
// least, and enough of what makes the question special: a word that many records have weighs little,
// and a word of the same family ("saldatura" for "saldatori") about half.
//
// It takes about as long in a library of a million records as in one of a thousand: each word is
// counted to maxHaving only, and of a record that has none but words of very many records nothing is
// known once it is old.
func (s *Finder) Similar(ctx context.Context, community int64, text, lang string, letters, hidden []string, n int) ([]Hit, error) {
	q := similarQuery(text, lang)
	if len(q.Terms) == 0 || n <= 0 {
		return nil, nil
	}
	size, err := s.index.Size(ctx, community)
	if err != nil {
		return nil, fmt.Errorf("look for what is similar: %w", err)
	}
	lists, err := s.index.Having(ctx, community, lookedFor(q, lang, size), maxHaving)
	if err != nil {
		return nil, fmt.Errorf("look for what is similar: %w", err)
	}
	refs, weights := promising(lists)
	if len(refs) == 0 {
		return nil, nil
	}
	candidates, err := s.index.Read(ctx, community, refs, Filter{Letters: letters, Hidden: hidden})
	if err != nil {
		return nil, fmt.Errorf("read what is similar: %w", err)
	}
	like := likenesses(q, weights, candidates)
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

// lookedFor are the terms of q with what records are looked for by: the words and their stems in the
// languages that the question may be in. Families are looked for where that takes little: in a small
// library, and by somebody whose language has no stemmer.
func lookedFor(q Query, lang string, size int) []Term {
	own := stemCode(lang)
	families := size <= smallLibrary || stemCode(lang) != "" && !hasStemmer(lang)
	terms := slices.Clone(q.Terms)
	for i := range terms {
		t := &terms[i]
		t.Stems = slices.DeleteFunc(slices.Clone(t.Stems), func(stem string) bool {
			code, _ := stemLanguage(stem)
			return code != own && code != "en"
		})
		if !families {
			t.Prefix = ""
		}
	}
	return terms
}

// promising are the records that are worth comparing: those with a word that few have, and those with
// two words at least. When they are many, it is those with the most of what is rare, the newest among
// equals. weights are those of the terms.
func promising(lists [][]Ref) (refs []Ref, weights []float64) {
	type tally struct {
		weight float64
		words  int
		rare   bool
	}
	have := make([]int, len(lists))
	tallies := map[Ref]*tally{}
	for i, list := range lists {
		have[i] = len(list)
		for _, r := range list {
			if tallies[r] == nil {
				tallies[r] = &tally{}
			}
		}
	}
	weights = rarities(have, len(tallies))
	for i, list := range lists {
		for _, r := range list {
			t := tallies[r]
			t.weight += weights[i]
			t.words++
			t.rare = t.rare || len(list) < maxHaving
		}
	}
	for r, t := range tallies {
		if t.rare || t.words > 1 || len(lists) == 1 {
			refs = append(refs, r)
		}
	}
	order := func(a, b Ref) int {
		return cmp.Or(cmp.Compare(tallies[b].weight, tallies[a].weight), cmp.Compare(b.At, a.At))
	}
	slices.SortFunc(refs, order)
	most := min(maxAlike, len(refs))
	for most < len(refs) && order(refs[most-1], refs[most]) == 0 {
		most++ // which of them comes first is no matter of the index
	}
	return refs[:most], weights
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
func likenesses(q Query, weights []float64, candidates []Candidate) map[recordKey]float64 {
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
