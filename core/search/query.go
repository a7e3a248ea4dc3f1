package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Match says which records a Query takes.
type Match uint8

const (
	All       Match = iota // every term, each in the title or in the body
	Title                  // every term in the title
	SomeTitle              // every term, and at least one of them in the title
	Any                    // at least one term, anywhere
)

// Query is what somebody looks for: terms, and how many of them must be there. A query without terms
// matches every record.
type Query struct {
	Terms    []Term
	Match    Match
	Language string // of who asks, as a base tag; records in it stand first among equals
}

// Term is one word of a question with everything that counts as that word. A record has the term
// when it has any of these tokens.
type Term struct {
	Words  []string // the word as typed, folded, and other spellings of it
	Stems  []string // its stems in every language whose script it has
	Prefix string   // a word that begins like this counts, too; empty: none
}

const (
	maxQuestion = 2000 // bytes of a question that are read
	maxTerms    = 12   // words of a question that count
	minPrefix   = 2    // letters of a prefix
)

// Parse reads a question by somebody who writes lang, a BCP-47 tag or "". Words that say nothing in
// lang or English are left out, unless there are no others. The last word is also taken for the
// beginning of a word; in a language without a stemmer each longer word is, less its ending. A word
// is stemmed in every language, since nothing tells what language a word of a question is in.
func Parse(q, lang string) Query { return parse(q, lang, maxTerms, true) }

func parse(q, lang string, most int, typing bool) Query {
	out := Query{Language: stemCode(lang)}
	if len(q) > maxQuestion {
		q = cutRunes(q, maxQuestion)
		if i := strings.LastIndexByte(q, ' '); i > 0 { // half a word would be looked for in vain
			q = q[:i]
		}
	}
	var telling, empty []word
	eachWord(q, func(w word) bool {
		if w.bound || letter(w) || stop(w.text, lang) {
			empty = append(empty, w)
		} else {
			telling = append(telling, w)
		}
		return true
	})
	words := telling
	if len(words) == 0 {
		words = empty
	}
	for i, w := range words {
		last := typing && i == len(words)-1
		if at := out.index(w.text); at >= 0 {
			if last && out.Terms[at].Prefix == "" {
				out.Terms[at].Prefix = prefixOf(w)
			}
			continue
		}
		if len(out.Terms) == most {
			break
		}
		out.Terms = append(out.Terms, newTerm(w, lang, last))
	}
	return out
}

// letter reports whether w is a single letter of a script with longer words.
func letter(w word) bool {
	r, n := utf8.DecodeRuneInString(w.text)
	return !w.cjk && n == len(w.text) && !unicode.Is(unicode.N, r)
}

func newTerm(w word, lang string, last bool) Term {
	t := Term{Words: []string{w.text}}
	for _, other := range []string{w.also, w.joined} {
		if other != "" && other != w.text {
			t.Words = append(t.Words, other)
		}
	}
	t.Stems = w.stems(nil, allStemmers)
	if stemCode(lang) != "" && !hasStemmer(lang) {
		t.Prefix = withoutEnding(w)
	}
	if last && t.Prefix == "" {
		t.Prefix = prefixOf(w)
	}
	return t
}

// prefixOf is w as the beginning of a word.
func prefixOf(w word) string {
	if w.cjk || utf8.RuneCountInString(w.text) < minPrefix {
		return ""
	}
	return w.text
}

// withoutEnding is w less as many letters as an ending may have in languages that put grammar there.
// It stands in for a stemmer, and is worth less than one.
func withoutEnding(w word) string {
	runes := []rune(w.text)
	switch n := len(runes); {
	case w.cjk || !stemmable(w.raw) || n < 5:
		return ""
	case n < 7:
		return string(runes[:n-1])
	default:
		return string(runes[:n-2])
	}
}

func (q Query) index(w string) int {
	for i, t := range q.Terms {
		if t.Words[0] == w {
			return i
		}
	}
	return -1
}

// whole is q without what only begins like a word, and whether it had any of that.
func (q Query) whole() (whole Query, prefixes bool) {
	q.Terms = slices.Clone(q.Terms)
	for i := range q.Terms {
		prefixes = prefixes || q.Terms[i].Prefix != ""
		q.Terms[i].Prefix = ""
	}
	return q, prefixes
}

// cutRunes is s cut to at most n bytes, between runes.
func cutRunes(s string, n int) string {
	for n > 0 && n < len(s) && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:min(n, len(s))]
}

// Within is q without the stems of languages that are not in codes: where no record has any of these,
// it matches the same.
func (q Query) Within(codes []string) Query {
	q.Terms = slices.Clone(q.Terms)
	for i := range q.Terms {
		q.Terms[i].Stems = slices.DeleteFunc(slices.Clone(q.Terms[i].Stems), func(stem string) bool {
			code, ok := stemLanguage(stem)
			return ok && !slices.Contains(codes, code)
		})
	}
	return q
}

// StemLanguages are the languages whose stems are among lists of tokens.
func StemLanguages(lists ...[]string) []string {
	var out []string
	for _, tokens := range lists {
		for _, t := range tokens {
			if code, ok := stemLanguage(t); ok && !slices.Contains(out, code) {
				out = append(out, code)
			}
		}
	}
	slices.Sort(out)
	return out
}

func stemLanguage(token string) (code string, ok bool) {
	rest, ok := strings.CutPrefix(token, stemMark)
	if !ok || len(rest) < 2 {
		return "", false
	}
	return rest[:2], true
}
