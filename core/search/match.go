package search

import (
	"strings"
	"unicode/utf8"
)

// Matches says whether a record with these tokens, joined by single spaces, is one that q takes. It
// defines what FTS5 and TSQuery mean.
func (q Query) Matches(titleTokens, bodyTokens string) bool {
	if len(q.Terms) == 0 {
		return true
	}
	m := newMatcher(q)
	m.scan(titleTokens, true)
	if q.Match != Title {
		m.scan(bodyTokens, false)
	}
	found := 0
	for _, l := range m.best {
		if l > none {
			found++
		}
	}
	if q.Match == Any {
		return found > 0
	}
	return found == len(q.Terms)
}

// FTS5 is q as the right side of MATCH, for a table of SQLite's FTS5 with the columns title and body
// that hold the tokens of a record, joined by spaces, made with
//
//	tokenize='ascii'
//
// so that every token stays one token as it is (detail='column' and prefix='2 3' save space and
// time; columnsize and ranking are not needed). It is "" when q has no terms: leave the condition out
// then. Every token is quoted; no text of a person can be read as syntax.
func (q Query) FTS5() string {
	var b strings.Builder
	for i, t := range q.Terms {
		if i > 0 {
			b.WriteString(q.operator(" OR ", " AND "))
		}
		b.WriteByte('(')
		for j, token := range t.tokens() {
			if j > 0 {
				b.WriteString(" OR ")
			}
			b.WriteString(quoteFTS5(token))
		}
		if p := harmless(t.Prefix); p != "" {
			b.WriteString(" OR ")
			b.WriteString(quoteFTS5(p))
			b.WriteByte('*')
		}
		b.WriteByte(')')
	}
	if q.Match == Title && b.Len() > 0 {
		return "{title} : (" + b.String() + ")"
	}
	return b.String()
}

// TSQuery is q as the text of a Postgres tsquery, to be cast ($1::tsquery) and matched by @@ against
// a tsvector whose text TSVector gives. It is "" when q has no terms: leave the condition out then.
// Every token is quoted; no text of a person can be read as syntax. Never pass it through to_tsquery.
func (q Query) TSQuery() string {
	weight, star := "", ":*"
	if q.Match == Title {
		weight, star = ":A", ":*A"
	}
	var b strings.Builder
	for i, t := range q.Terms {
		if i > 0 {
			b.WriteString(q.operator(" | ", " & "))
		}
		b.WriteByte('(')
		for j, token := range t.tokens() {
			if j > 0 {
				b.WriteString(" | ")
			}
			b.WriteString(quoteTS(token))
			b.WriteString(weight)
		}
		if p := harmless(t.Prefix); p != "" {
			b.WriteString(" | ")
			b.WriteString(quoteTS(p))
			b.WriteString(star)
		}
		b.WriteByte(')')
	}
	return b.String()
}

// TSVector is the text of the Postgres tsvector of a record, to be cast ($1::tsvector), never to be
// parsed by to_tsvector: the tokens of the title have the weight A, those of the body B. It stays
// below the megabyte that Postgres allows.
func TSVector(titleTokens, bodyTokens []string) string {
	var b strings.Builder
	write := func(tokens []string, label string) {
		for _, t := range tokens {
			if b.Len() > 0 {
				b.WriteByte(' ')
			}
			b.WriteString(quoteTS(harmless(t)))
			b.WriteString(label)
		}
	}
	write(titleTokens, ":1A")
	write(bodyTokens, ":2B")
	return b.String()
}

func (q Query) operator(any, all string) string {
	if q.Match == Any {
		return any
	}
	return all
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

func quoteFTS5(token string) string {
	return `"` + strings.ReplaceAll(token, `"`, `""`) + `"`
}

var tsEscapes = strings.NewReplacer("'", "''", `\`, `\\`)

func quoteTS(token string) string {
	return "'" + tsEscapes.Replace(token) + "'"
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
