package search

import "strings"

// level is how well one term is found in a record.
type level uint8

const (
	none level = iota
	bodyPrefix
	bodyStem
	bodyWord
	titlePrefix
	titleStem
	titleWord
)

// matcher finds the terms of one query in the tokens of many records.
type matcher struct {
	whole    map[string][]hit // by token
	prefixes []prefix
	first    [256]bool // whether any token or prefix begins with this byte
	best     []level   // by term, of the record that is being read
	words    int       // words of the title, without stems
}

type hit struct {
	term int
	word bool // else a stem
}

type prefix struct {
	text string
	term int
}

func newMatcher(q Query) *matcher {
	m := &matcher{whole: map[string][]hit{}, best: make([]level, len(q.Terms))}
	for i, t := range q.Terms {
		for _, w := range t.Words {
			m.add(w, hit{i, true})
		}
		for _, s := range t.Stems {
			m.add(s, hit{i, false})
		}
		if t.Prefix != "" {
			m.prefixes = append(m.prefixes, prefix{t.Prefix, i})
			m.first[t.Prefix[0]] = true
		}
	}
	return m
}

func (m *matcher) add(token string, h hit) {
	if token == "" {
		return
	}
	m.whole[token] = append(m.whole[token], h)
	m.first[token[0]] = true
}

// reset makes m ready for another record.
func (m *matcher) reset() {
	clear(m.best)
	m.words = 0
}

// scan reads the tokens of a title or a body.
func (m *matcher) scan(tokens string, title bool) {
	for tokens != "" {
		token := tokens
		if i := strings.IndexByte(tokens, ' '); i >= 0 {
			token, tokens = tokens[:i], tokens[i+1:]
		} else {
			tokens = ""
		}
		if token == "" {
			continue
		}
		if title && !strings.HasPrefix(token, stemMark) {
			m.words++
		}
		if m.first[token[0]] {
			m.token(token, title)
		}
	}
}

func (m *matcher) token(token string, title bool) {
	for _, h := range m.whole[token] {
		switch {
		case h.word && title:
			m.raise(h.term, titleWord)
		case h.word:
			m.raise(h.term, bodyWord)
		case title:
			m.raise(h.term, titleStem)
		default:
			m.raise(h.term, bodyStem)
		}
	}
	for _, p := range m.prefixes {
		if !strings.HasPrefix(token, p.text) {
			continue
		}
		if title {
			m.raise(p.term, titlePrefix)
		} else {
			m.raise(p.term, bodyPrefix)
		}
	}
}

func (m *matcher) raise(term int, l level) {
	m.best[term] = max(m.best[term], l)
}
