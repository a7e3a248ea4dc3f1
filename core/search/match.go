package search

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Matches says whether a record with these tokens, joined by single spaces, is one that q takes. It
// defines what Where means.
func (q Query) Matches(titleTokens, bodyTokens string) bool {
	if len(q.Terms) == 0 {
		return true
	}
	return newMatcher(q).matches(q, titleTokens, bodyTokens)
}

// Matching are those of candidates that q takes, in the same place.
func (q Query) Matching(candidates []Candidate) []Candidate {
	if len(q.Terms) == 0 {
		return candidates
	}
	m := newMatcher(q)
	return slices.DeleteFunc(candidates, func(c Candidate) bool { return !m.matches(q, c.TitleTokens, c.BodyTokens) })
}

func (m *matcher) matches(q Query, titleTokens, bodyTokens string) bool {
	m.reset()
	m.scan(titleTokens, true)
	if q.Match != Title {
		m.scan(bodyTokens, false)
	}
	found, titles := 0, 0
	for _, l := range m.best {
		if l > none {
			found++
		}
		if l >= titlePrefix {
			titles++
		}
	}
	switch q.Match {
	case Any:
		return found > 0
	case SomeTitle:
		return found == len(q.Terms) && titles > 0
	}
	return found == len(q.Terms)
}

// tokens are the whole tokens of t, words before stems: at least one, if only one that no record has.
func (t Term) tokens() []string {
	out := make([]string, 0, len(t.Words)+len(t.Stems))
	for _, list := range [][]string{t.Words, t.Stems} {
		for _, token := range list {
			if token = harmless(token); token != "" {
				out = append(out, token)
			}
		}
	}
	if len(out) == 0 {
		out = append(out, stemMark)
	}
	return out
}

// harmless drops what no token has. All that this package makes are so already, but a Query can be
// made by hand, and inside quotes either engine would still take some signs for its own.
func harmless(token string) string {
	clean := func(r rune) bool { return r != utf8.RuneError && (wordRune(r) || strings.ContainsRune(stemMark, r)) }
	return strings.Map(func(r rune) rune {
		if !clean(r) {
			return -1
		}
		return r
	}, token)
}
