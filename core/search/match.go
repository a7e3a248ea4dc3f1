package search

import (
	"strings"
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
		if t.Prefix != "" {
			b.WriteString(" OR ")
			b.WriteString(quoteFTS5(t.Prefix))
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
		if t.Prefix != "" {
			b.WriteString(" | ")
			b.WriteString(quoteTS(t.Prefix))
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
			b.WriteString(quoteTS(t))
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

// tokens are the whole tokens of t, words before stems.
func (t Term) tokens() []string {
	return append(append(make([]string, 0, len(t.Words)+len(t.Stems)), t.Words...), t.Stems...)
}

func quoteFTS5(token string) string {
	return `"` + strings.ReplaceAll(harmless(token), `"`, `""`) + `"`
}

func quoteTS(token string) string {
	return "'" + strings.NewReplacer("'", "''", `\`, `\\`).Replace(harmless(token)) + "'"
}

// harmless drops what neither engine takes inside quotes. No token that this package makes has any of
// it, but a Query can be made by hand.
func harmless(token string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7F {
			return -1
		}
		return r
	}, strings.ToValidUTF8(token, ""))
}
