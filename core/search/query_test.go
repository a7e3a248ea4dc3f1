package search

import (
	"regexp"
	"strings"
	"testing"
)

func words(q Query) string {
	var out []string
	for _, t := range q.Terms {
		s := strings.Join(t.Words, "|")
		if t.Prefix != "" {
			s += "|" + t.Prefix + "*"
		}
		out = append(out, s)
	}
	return strings.Join(out, " ")
}

func TestParse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ q, lang, want string }{
		{"", "it", ""}, {"?!", "it", ""},
		{"rubrica saldatura", "it", "rubrica saldatura|saldatura*"},
		{"Come valutare gli apprendisti?", "it", "valutare apprendisti|apprendisti*"},
		{"come", "it", "come|come*"}, {"come gli", "it", "come gli|gli*"},
		{"l'aula", "it", "aula|aula*"}, {"e-learning", "en", "learning|elearning|learning*"},
		{"spawanie rubryki", "pl", "spawanie|spawan* rubryki|rubry*"},
		{"oceny", "pl", "oceny|ocen*"}, {"TIG", "pl", "tig|tig*"},
		{"welding welding Welding", "en", "welding|welding*"},
		{"a", "en", "a"}, {"r13", "en", "r13|r13*"}, {"R 13", "en", "13|13*"}, {"5", "en", "5"},
		{"溶接", "ja", "溶接"}, {"溶 接", "ja", "溶 接"}, {"溶接の", "ja", "溶接 接の"},
		{"Prüfung X", "de", "prufung|pruefung|prufung*"},
		{"tool and die", "en", "tool die|die*"}, {"tool and die", "de", "tool|tool*"},
		{"a b c d e f g h i j k l m n", "xx", "a b c d e f g h i j k l"},
	} {
		if got := words(Parse(c.q, c.lang)); got != c.want {
			t.Errorf("Parse(%q, %s)\n got %s\nwant %s", c.q, c.lang, got, c.want)
		}
	}
	if q := Parse("saldature", "en"); !strings.Contains(strings.Join(q.Terms[0].Stems, " "), "§itsaldatur") {
		t.Errorf("a stem is missing: %v", q.Terms)
	}
	if q := Parse("x", "it-IT"); q.Language != "it" {
		t.Errorf("language %q", q.Language)
	}
	if q := Parse(strings.Repeat("parola ", 100000), "it"); len(q.Terms) != 1 {
		t.Errorf("%d terms", len(q.Terms))
	}
}

func TestSyntax(t *testing.T) {
	t.Parallel()
	q := Query{Terms: []Term{{Words: []string{"rubric"}, Stems: []string{"§enrubric"}}, {Words: []string{"weld"}, Prefix: "weld"}}}
	for _, c := range []struct {
		match    Match
		fts5, ts string
	}{
		{All, `("rubric" OR "§enrubric") AND ("weld" OR "weld"*)`, `('rubric' | '§enrubric') & ('weld' | 'weld':*)`},
		{Any, `("rubric" OR "§enrubric") OR ("weld" OR "weld"*)`, `('rubric' | '§enrubric') | ('weld' | 'weld':*)`},
		{Title, `{title} : (("rubric" OR "§enrubric") AND ("weld" OR "weld"*))`, `('rubric':A | '§enrubric':A) & ('weld':A | 'weld':*A)`},
	} {
		q.Match = c.match
		if got := q.FTS5(); got != c.fts5 {
			t.Errorf("got  %s\nwant %s", got, c.fts5)
		}
		if got := q.TSQuery(); got != c.ts {
			t.Errorf("got  %s\nwant %s", got, c.ts)
		}
	}
	if (Query{}).FTS5() != "" || (Query{Match: Title}).FTS5() != "" || (Query{Match: Title}).TSQuery() != "" {
		t.Error("a query without terms is a condition")
	}
	if got := TSVector([]string{"r1", "weld"}, []string{"§enrubric"}); got != "'r1':1A 'weld':1A '§enrubric':2B" {
		t.Error(got)
	}
	empty := Query{Terms: []Term{{Words: []string{"\x00", "'"}, Prefix: "*"}}}
	if got := empty.FTS5() + empty.TSQuery(); got != `("§")('§')` {
		t.Error(got)
	}
}

var (
	fts5Syntax = regexp.MustCompile(`^(\{title\} : \()?\("[^"[:cntrl:]]+"( OR "[^"[:cntrl:]]+"\*?)*\)(( AND | OR )\("[^"[:cntrl:]]+"( OR "[^"[:cntrl:]]+"\*?)*\))*\)?$`)
	tsSyntax   = regexp.MustCompile(`^\('[^'\\[:cntrl:]]+'(:A)?( \| '[^'\\[:cntrl:]]+'(:\*?A?)?)*\)(( & | \| )\('[^'\\[:cntrl:]]+'(:A)?( \| '[^'\\[:cntrl:]]+'(:\*?A?)?)*\))*$`)
)

// checkSyntax holds that nothing but quoted tokens and our own operators is in q's conditions.
func checkSyntax(t *testing.T, q Query) {
	t.Helper()
	if len(q.Terms) == 0 {
		return
	}
	if s := q.FTS5(); !fts5Syntax.MatchString(s) {
		t.Fatalf("FTS5: %s", s)
	}
	if s := q.TSQuery(); !tsSyntax.MatchString(s) {
		t.Fatalf("TSQuery: %s", s)
	}
}

// FuzzSyntax: a query made by hand, too, gives conditions in which text cannot become syntax.
func FuzzSyntax(f *testing.F) {
	for _, s := range []string{`"`, `'`, `\`, `" OR "`, `':*`, "a\x00", "\xff", ""} {
		f.Add(s, s, s)
	}
	f.Fuzz(func(t *testing.T, word, stem, prefix string) {
		q := Query{Terms: []Term{{Words: []string{word}, Stems: []string{stem}, Prefix: prefix}, {Words: []string{word}}}}
		for _, q.Match = range []Match{All, Title, Any} {
			checkSyntax(t, q)
		}
		if s := TSVector([]string{word}, []string{stem}); strings.Count(s, "'") != 4 {
			t.Fatalf("TSVector: %s", s)
		}
	})
}
