package search

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// How an index keeps a record, so that it need not look at more than it finds. Each of its tokens
// begins with the mark of its community, so that no community is slower for what others have, and is
// one of:
//
//	rubric      a token of the title or the body
//	¤rubric     a token of the title
//	¶kdocument  what a Filter may ask for: s, k, g, l, t and u for section, kind, language, letter, topic and uses
//	¬rub        what a word begins with, of 2 to 4 letters; only where an index has no prefixes by itself
//	¤¬ru        what a word of the title begins with, of 1 to 3 letters; likewise
//
// SQLite's FTS5 takes all but ASCII letters, digits and what is not ASCII for the end of a token, so no
// token holds anything else.
const (
	titleMark  = "¤"
	filterMark = "¶"
	headMark   = "¬"

	leastHead, mostHead           = 2, 4 // letters that are kept of the beginning of a word
	leastTitleHead, mostTitleHead = 1, 3
)

// Mark is what all tokens of a community begin with, and those of no other: a single rune for the first
// million of them, which FTS5 counts when it is told how long the prefixes are that it keeps.
func Mark(community int64) string {
	const some = 1_000_000
	mark := string(rune(0x10000 + community%some))
	if community >= some {
		mark += "¦" + strconv.FormatInt(community/some, 10) + "¦"
	}
	return mark
}

// IndexTokens are what an index keeps of d, whose TitleTokens and BodyTokens are title and body.
func (d Doc) IndexTokens(community int64, title, body []string) []string {
	mark := Mark(community)
	out := make([]string, 0, 2*len(title)+len(body)+8)
	for _, t := range title {
		out = append(out, mark+t, mark+titleMark+t)
	}
	for _, t := range body {
		out = append(out, mark+t)
	}
	for _, t := range d.filterTokens() {
		out = append(out, mark+t)
	}
	return out
}

// Heads are what an index that has no prefixes by itself keeps besides IndexTokens, each once.
func Heads(community int64, title, body []string) []string {
	mark, seen := Mark(community), map[string]bool{}
	var out []string
	add := func(kind, word string, least, most int) {
		if strings.HasPrefix(word, stemMark) {
			return
		}
		letters := 0
		for i, r := range word {
			if letters++; letters > most {
				break
			}
			head := kind + word[:i+utf8.RuneLen(r)]
			if letters >= least && !seen[head] {
				seen[head] = true
				out = append(out, mark+head)
			}
		}
	}
	for _, w := range title {
		add(titleMark+headMark, w, leastTitleHead, mostTitleHead)
		add(headMark, w, leastHead, mostHead)
	}
	for _, w := range body {
		add(headMark, w, leastHead, mostHead)
	}
	return out
}

func (d Doc) filterTokens() []string {
	var out []string
	for _, n := range usedSteps {
		if d.Uses >= n {
			out = append(out, usedToken(n))
		}
	}
	for _, t := range append([]string{"s" + d.Section, "k" + d.Kind, "g" + d.Language, "l" + d.Letter}, prefixed("t", d.Topics)...) {
		if len(t) > 1 {
			out = append(out, filterToken(t))
		}
	}
	return out
}

// usedSteps are the numbers of uses of which an index knows what was used so often.
var usedSteps = [...]int{4, 16, 64}

func usedToken(n int) string { return filterMark + "u" + strconv.Itoa(n) }

func prefixed(kind string, values []string) []string {
	var out []string
	for _, v := range values {
		out = append(out, kind+v)
	}
	return out
}

// filterToken is a code as a token. Some codes may share one: an index looks at the code itself, too.
func filterToken(code string) string {
	return filterMark + cutRunes(strings.Map(func(r rune) rune {
		switch {
		case r >= 'A' && r <= 'Z':
			return r - 'A' + 'a'
		case r < 0x80 && !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') || r == utf8.RuneError:
			return '·'
		}
		return r
	}, code), 200)
}

// Expr is what an index looks for: the records that have, of every clause, an atom at least.
type Expr struct {
	mark    string
	clauses []clause
}

type clause []atom

// atom is a token, or the beginning of one.
type atom struct {
	text   string
	title  bool // in the title
	prefix bool
}

// Where is what an index of community looks for to find what q matches and f passes, but for f.Hidden,
// and for codes and numbers that share a token. It is Empty when that is everything.
func (q Query) Where(community int64, f Filter) Expr {
	e := Expr{mark: Mark(community)}
	var any, titles clause
	for _, t := range q.Terms {
		c := t.atoms(q.Match == Title)
		if q.Match == Any {
			any = append(any, c...)
			continue
		}
		if q.Match == SomeTitle {
			titles = append(titles, t.atoms(true)...)
		}
		e.clauses = append(e.clauses, c)
	}
	for _, c := range []clause{any, titles} {
		if len(c) > 0 {
			e.clauses = append(e.clauses, c)
		}
	}
	one := func(kind string, values ...string) {
		var c clause
		for _, v := range values {
			if v != "" {
				c = append(c, atom{text: filterToken(kind + v)})
			}
		}
		if len(c) > 0 {
			e.clauses = append(e.clauses, c)
		}
	}
	one("s", f.Section)
	one("k", f.Kind)
	one("g", f.Language)
	one("t", f.Topic)
	one("l", f.Letters...)
	for _, n := range slices.Backward(usedSteps[:]) {
		if f.Used >= n {
			e.clauses = append(e.clauses, clause{{text: usedToken(n)}})
			break
		}
	}
	return e
}

func (t Term) atoms(title bool) clause {
	var out clause
	for _, token := range t.tokens() {
		out = append(out, atom{text: token, title: title})
	}
	if p := harmless(t.Prefix); p != "" {
		out = append(out, atom{text: p, title: title, prefix: true})
	}
	return out
}

// Empty says that e matches everything that the community has.
func (e Expr) Empty() bool { return len(e.clauses) == 0 }

// Wide is e with its long prefixes cut to what an index has ready, and whether it matches more than e
// then: to look for a long one itself takes as long as to read all that begins like that.
func (e Expr) Wide() (wide Expr, more bool) {
	wide.mark = e.mark
	for _, c := range e.clauses {
		cut := make(clause, len(c))
		for i, a := range c {
			if cut[i] = a; a.prefix && !a.stem() {
				cut[i].text = letters(a.text, a.mostHead())
				more = more || cut[i].text != a.text
			}
		}
		wide.clauses = append(wide.clauses, cut)
	}
	return wide, more
}

func (a atom) stem() bool { return strings.HasPrefix(a.text, stemMark) }

func (a atom) mostHead() int {
	if a.title {
		return mostTitleHead
	}
	return mostHead
}

// isHead reports whether what begins with a is kept as a token.
func (a atom) isHead() bool {
	n, least := utf8.RuneCountInString(a.text), leastHead
	if a.title {
		least = leastTitleHead
	}
	return !a.stem() && n >= least && n <= a.mostHead()
}

// letters are the first n of s.
func letters(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

// FTS5 is e as the right side of MATCH, for a table of SQLite's FTS5 with one column that holds the
// IndexTokens of a record, joined by spaces, made with
//
//	tokenize='ascii', detail='none', prefix='3 4 5'
//
// so that every token stays one token as it is, and the beginnings of words are kept (a mark is one
// more letter, that of a title another). It is "" when e is Empty: leave the condition out then. Every
// token is quoted; no text of a person can be read as syntax.
func (e Expr) FTS5() string {
	return e.write(" AND ", " OR ", func(b *strings.Builder, a atom) {
		b.WriteByte('"')
		b.WriteString(e.mark)
		if a.title {
			b.WriteString(titleMark)
		}
		b.WriteString(a.text)
		b.WriteByte('"')
		if a.prefix {
			b.WriteByte('*')
		}
	})
}

// TSQuery is e as the text of a Postgres tsquery, to be cast ($1::tsquery) and matched by @@ against a
// tsvector with the IndexTokens and the Heads of a record, whose text TSVector gives. It is "" when e is
// Empty: leave the condition out then. Every token is quoted; no text of a person can be read as
// syntax. Never pass it through to_tsquery.
func (e Expr) TSQuery() string {
	return e.write(" & ", " | ", func(b *strings.Builder, a atom) {
		token, head := a.text, a.prefix && a.isHead()
		if head {
			token = headMark + token
		}
		if a.title {
			token = titleMark + token
		}
		b.WriteString(quoteTS(e.mark + token))
		if a.prefix && !head {
			b.WriteString(":*")
		}
	})
}

func (e Expr) write(and, or string, put func(*strings.Builder, atom)) string {
	var b strings.Builder
	for i, c := range e.clauses {
		if i > 0 {
			b.WriteString(and)
		}
		b.WriteByte('(')
		for j, a := range c {
			if j > 0 {
				b.WriteString(or)
			}
			put(&b, a)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// TSVector is the text of a tsvector with tokens, to be cast ($1::tsvector), never to be parsed by
// to_tsvector. With what a Doc gives it stays below the megabyte that Postgres allows.
func TSVector(tokens ...[]string) string {
	var b strings.Builder
	for _, list := range tokens {
		for _, t := range list {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(quoteTS(t))
		}
	}
	return b.String()
}

var tsEscapes = strings.NewReplacer("'", "''", `\`, `\\`)

func quoteTS(token string) string { return "'" + tsEscapes.Replace(token) + "'" }
