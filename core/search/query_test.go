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
		filter   Filter
		fts5, ts string
	}{
		{All, Filter{}, `("@rubric" OR "@§enrubric") AND ("@weld" OR "@weld"*)`, `('@rubric' | '@§enrubric') & ('@weld' | '@¬weld')`},
		{Any, Filter{}, `("@rubric" OR "@§enrubric" OR "@weld" OR "@weld"*)`, `('@rubric' | '@§enrubric' | '@weld' | '@¬weld')`},
		{Title, Filter{}, `("@¤rubric" OR "@¤§enrubric") AND ("@¤weld" OR "@¤weld"*)`, `('@¤rubric' | '@¤§enrubric') & ('@¤weld' | '@¤weld':*)`},
		{SomeTitle, Filter{}, `("@rubric" OR "@§enrubric") AND ("@weld" OR "@weld"*) AND ("@¤rubric" OR "@¤§enrubric" OR "@¤weld" OR "@¤weld"*)`,
			`('@rubric' | '@§enrubric') & ('@weld' | '@¬weld') & ('@¤rubric' | '@¤§enrubric' | '@¤weld' | '@¤weld':*)`},
		{Any, Filter{Section: "sharing", Kind: "lesson-plan", Language: "it", Topic: `a"'\b`, Letters: []string{"R", "H"}, Hidden: []string{"x"}},
			`("@rubric" OR "@§enrubric" OR "@weld" OR "@weld"*) AND ("@¶ssharing") AND ("@¶klesson·plan") AND ("@¶git") AND ("@¶ta···b") AND ("@¶lr" OR "@¶lh")`,
			`('@rubric' | '@§enrubric' | '@weld' | '@¬weld') & ('@¶ssharing') & ('@¶klesson·plan') & ('@¶git') & ('@¶ta···b') & ('@¶lr' | '@¶lh')`},
	} {
		q.Match = c.match
		e := q.Where(7, c.filter)
		if got := strings.ReplaceAll(e.FTS5(), "\U00010007", "@"); got != c.fts5 {
			t.Errorf("got  %s\nwant %s", got, c.fts5)
		}
		if got := strings.ReplaceAll(e.TSQuery(), "\U00010007", "@"); got != c.ts {
			t.Errorf("got  %s\nwant %s", got, c.ts)
		}
	}
	if e := (Query{Match: Title}).Where(1, Filter{Hidden: []string{"x"}}); !e.Empty() || e.FTS5() != "" || e.TSQuery() != "" {
		t.Error("a query without terms is a condition")
	}
	if got := TSVector([]string{"r1", "weld"}, []string{"§enrubric"}); got != "'r1' 'weld' '§enrubric'" {
		t.Error(got)
	}
	empty := Query{Terms: []Term{{Words: []string{"\x00", "'"}, Prefix: "*"}}}.Where(0, Filter{})
	if got := empty.FTS5() + empty.TSQuery(); got != "(\"\U00010000§\")('\U00010000§')" {
		t.Error(got)
	}
}

// TestWide: of a long prefix an index looks for what it has ready.
func TestWide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		prefix string
		match  Match
		want   string
		more   bool
	}{
		{"weldi", All, "('@x' | '@¬weld')", true}, {"weld", All, "('@x' | '@¬weld')", false}, {"we", All, "('@x' | '@¬we')", false},
		{"w", All, "('@x' | '@w':*)", false}, {"w", Title, "('@¤x' | '@¤¬w')", false}, {"weld", Title, "('@¤x' | '@¤¬wel')", true},
		{"żółwie", All, "('@x' | '@¬żółw')", true}, {"§enweldi", All, "('@x' | '@§enweldi':*)", false},
	} {
		e, more := Query{Terms: []Term{{Words: []string{"x"}, Prefix: c.prefix}}, Match: c.match}.Where(1, Filter{}).Wide()
		if got := strings.ReplaceAll(e.TSQuery(), Mark(1), "@"); got != c.want || more != c.more {
			t.Errorf("%s: %s, %v, want %s", c.prefix, got, more, c.want)
		}
	}
}

// TestMarks: nothing that is looked for in one community is the beginning of a token of another.
func TestMarks(t *testing.T) {
	t.Parallel()
	communities := []int64{1, 2, 10, 999_999, 1_000_000, 1_000_001, 2_000_001, 12_000_001}
	for _, a := range communities {
		for _, b := range communities {
			for _, token := range []string{"1", "2", "2weld", "§", "¤", "¶", "¬"} {
				if a != b && strings.HasPrefix(Mark(a)+"2weld", Mark(b)+token) {
					t.Errorf("%d begins as %d: %q, %q", a, b, Mark(a), Mark(b)+token)
				}
			}
		}
	}
	d := Doc{Letter: "R", Number: 7, Section: "sharing", Topics: []string{"green-skills"}, Title: "Żółw", Body: "weld a"}
	title, body := d.TitleTokens(), d.BodyTokens()
	got := strings.ReplaceAll(strings.Join(append(d.IndexTokens(1, title, body), Heads(1, title, body)...), " "), Mark(1), "@")
	for _, want := range []string{"@r7 @¤r7", "@zołw", "@¶ssharing", "@¶tgreen·skills", "@¬weld", "@¬we", "@¤¬r", "@¤¬r7", "@¬r7"} {
		if want = strings.ReplaceAll(want, "ł", "l"); !strings.Contains(" "+got+" ", " "+want+" ") {
			t.Errorf("%s is missing in %s", want, got)
		}
	}
	if strings.Contains(got, "¬a ") || strings.Contains(got, "¬§") || strings.Contains(got, "¶k") || strings.Contains(got, "¤weld") {
		t.Errorf("too much: %s", got)
	}
}

var (
	fts5Syntax = regexp.MustCompile(`^\("[^"[:cntrl:]]+"( OR "[^"[:cntrl:]]+"\*?)*\)( AND \("[^"[:cntrl:]]+"( OR "[^"[:cntrl:]]+"\*?)*\))*$`)
	tsSyntax   = regexp.MustCompile(`^\('[^'\\[:cntrl:]]+'( \| '[^'\\[:cntrl:]]+'(:\*)?)*\)( & \('[^'\\[:cntrl:]]+'( \| '[^'\\[:cntrl:]]+'(:\*)?)*\))*$`)
)

// checkSyntax holds that nothing but quoted tokens and our own operators is in q's conditions.
func checkSyntax(t *testing.T, q Query) {
	t.Helper()
	if len(q.Terms) == 0 {
		return
	}
	e := q.Where(3, Filter{Topic: q.Terms[0].Words[0], Letters: q.Terms[0].Words})
	if s := e.FTS5(); !fts5Syntax.MatchString(s) {
		t.Fatalf("FTS5: %s", s)
	}
	if s := e.TSQuery(); !tsSyntax.MatchString(s) {
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
		for _, q.Match = range []Match{All, Title, SomeTitle, Any} {
			checkSyntax(t, q)
		}
		for _, token := range Tokens(word, "it") {
			if s := TSVector([]string{token}); strings.Count(s, "'") != 2 {
				t.Fatalf("TSVector: %s", s)
			}
		}
	})
}
