package search

import (
	"math/bits"
	"slices"
	"time"
)

// Hit is a record that was found.
type Hit struct {
	Doc            // without Body and Translations
	Found     int  // how many terms of the query it has
	AllFound  bool // it has all of them
	Relevance int  // how well it has them, 0 to 1000; higher is better
	bonus     int
}

const (
	nearness = 50 // relevances in the same step of this size count as equal
	perTitle = 40 // what a title that says nothing else adds at most
)

// worth is what a term adds by its level. The worst find in a title is worth more than the best in a
// body.
var worth = [...]int{none: 0, bodyPrefix: 200, bodyStem: 300, bodyWord: 380, titlePrefix: 600, titleStem: 780, titleWord: 960}

// Rank puts candidates in the order in which they are shown, best first, leaving out those that have
// no term of q, and all but the first of those with the same id. It depends on nothing but its
// arguments, not even on the order of candidates.
//
// First come those with the most terms; then those that have them better: in the title rather than
// the body, as the word itself rather than by stem, by stem rather than as a beginning. Among those
// that are about equal, what is in the reader's language, recent and much used comes first; then what
// is better by a little, then the newer, then the smaller id. Without terms, the newest come first.
func Rank(q Query, candidates []Candidate, now time.Time) []Hit {
	m := newMatcher(q)
	hits := make([]Hit, 0, len(candidates))
	seen := make(map[recordKey]bool, len(candidates))
	for i := range candidates {
		c := &candidates[i]
		key := recordKey{c.Letter, c.Number}
		if seen[key] {
			continue
		}
		seen[key] = true
		h := Hit{Doc: c.Doc, AllFound: true}
		h.Body, h.Translations = "", nil
		if len(q.Terms) > 0 {
			m.read(c)
			if h.Found, h.Relevance = m.score(); h.Found == 0 {
				continue
			}
			h.AllFound = h.Found == len(q.Terms)
			h.bonus = bonus(q, &c.Doc, now)
		}
		hits = append(hits, h)
	}
	slices.SortFunc(hits, compare)
	return hits
}

type recordKey struct {
	letter string
	number int64
}

// read finds m's terms in c.
func (m *matcher) read(c *Candidate) {
	m.reset()
	m.scan(c.TitleTokens, true)
	m.scan(c.BodyTokens, false)
}

// score is what m found in the record that it has read.
func (m *matcher) score() (found, relevance int) {
	inTitle := 0
	for _, l := range m.best {
		if l > none {
			found++
		}
		if l >= titlePrefix {
			inTitle++
		}
		relevance += worth[l]
	}
	relevance /= len(m.best)
	if m.words > 1 { // the id is one of them
		relevance += perTitle * min(inTitle, m.words-1) / (m.words - 1)
	}
	return found, relevance
}

// bonus decides between records that are found equally well.
func bonus(q Query, d *Doc, now time.Time) int {
	b := 8 * bits.Len(uint(max(d.Uses, 0)))
	if q.Language != "" && stemCode(d.Language) == q.Language {
		b += 12
	}
	switch age := now.Sub(d.At); {
	case age < 30*24*time.Hour:
		b += 24
	case age < 90*24*time.Hour:
		b += 16
	case age < 365*24*time.Hour:
		b += 8
	}
	return b
}

// compare puts a better hit first. It is a total order on hits with different ids.
func compare(a, b Hit) int {
	for _, d := range [...]int{
		b.Found - a.Found, b.Relevance/nearness - a.Relevance/nearness, b.bonus - a.bonus, b.Relevance - a.Relevance,
	} {
		if d != 0 {
			return d
		}
	}
	return earlier(&a.Doc, &b.Doc)
}
