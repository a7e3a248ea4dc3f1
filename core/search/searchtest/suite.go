package searchtest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/search"
)

// Run holds the indexes that open gives, each empty and used by one test alone, against Memory.
// Communities 1 and 2 must exist there where the store wants them to.
func Run(t *testing.T, open func(t *testing.T) search.Index) {
	t.Run("finds what Memory finds", func(t *testing.T) { t.Parallel(); agrees(t, open(t)) })
	t.Run("gives back what was put", func(t *testing.T) { t.Parallel(); gives(t, open(t)) })
	t.Run("replaces and removes", func(t *testing.T) { t.Parallel(); replaces(t, open(t)) })
	t.Run("knows who has a word", func(t *testing.T) { t.Parallel(); has(t, open(t)) })
	t.Run("cuts in order", func(t *testing.T) { t.Parallel(); cuts(t, open(t)) })
	t.Run("reads no question as syntax", func(t *testing.T) { t.Parallel(); hostile(t, open(t)) })
	t.Run("keeps communities apart", func(t *testing.T) { t.Parallel(); apart(t, open(t)) })
}

var day = time.Date(2027, 1, 15, 9, 0, 0, 123456000, time.UTC)

// Library is a small library in several languages, for tests.
func Library() []search.Doc {
	at := func(days int) time.Time { return day.AddDate(0, 0, -days) }
	return []search.Doc{
		{Section: "sharing", Letter: "R", Number: 12, Kind: "document", Title: "Portfolio video in saldatura", Language: "it",
			Body: "Come documentare e valutare con brevi video il lavoro pratico degli apprendisti", Topics: []string{"didactics"}, State: "published", At: at(20), Uses: 4},
		{Section: "sharing", Letter: "R", Number: 13, Kind: "document", Title: "Rubryka oceny spawania", Language: "pl", Body: "Wspólna rubryka z kryteriami.",
			Topics: []string{"didactics", "trainers"}, State: "published", At: at(3), Translations: []search.Translation{{Language: "it", Title: "Rubrica di valutazione della saldatura"}}},
		{Section: "sharing", Letter: "R", Number: 14, Kind: "document", Title: "Mentor handbook", Language: "en", Body: "For in-company mentors", Topics: []string{"trainers"}, State: "published", At: at(2), Uses: 1},
		{Section: "communication", Letter: "H", Number: 3, Kind: "request", Title: "Assessing practical work online", Language: "en", Body: "How do you assess welders remotely?", Topics: []string{"didactics"}, State: "solved", At: at(90), Uses: 2},
		{Section: "communication", Letter: "H", Number: 9, Kind: "request", Title: "Wie finde ich Partnerbetriebe für Erasmus+?", Language: "de", Topics: []string{"funding"}, State: "open", At: at(4)},
		{Section: "communication", Letter: "H", Number: 4, Kind: "request", Title: "Valutazióne delle competenze trasversali", Language: "it", State: "open", At: at(400)},
		{Section: "communication", Letter: "H", Number: 5, Kind: "request", Title: "Come fare l'orientamento nell'aula di oggi?", Language: "it", State: "stale", At: at(500)},
		{Section: "collaboration", Letter: "C", Number: 2, Kind: "collaboration", Title: "A shared rubric for remote assessment", Language: "en", State: "open", At: at(1), Topics: []string{"didactics"}},
		{Section: "cooperation", Letter: "P", Number: 4, Kind: "practice", Title: "Remote assessment with video portfolios", Language: "en", Body: "Welding apprentices film their seams; assessors use one rubric.", State: "accepted", At: at(30), Uses: 3},
		{Section: "sharing", Letter: "R", Number: 15, Kind: "link", Title: "Zażółć gęślą jaźń", Language: "pl", Body: "Straße, Øresund, œuvre, Þingvellir", State: "published", At: at(60)},
		{Section: "sharing", Letter: "R", Number: 16, Kind: "video", Title: "溶接の基本と安全", Language: "ja", Body: "実習ビデオ", State: "published", At: at(61)},
		{Section: "sharing", Letter: "R", Number: 17, Kind: "link", Title: "Αξιολόγηση εξ αποστάσεως", Language: "el", Body: "Συγκολλητές", State: "published", At: at(62)},
		{Section: "sharing", Letter: "R", Number: 18, Kind: "course", Title: "e-learning: \"AND\" OR NOT* NEAR(a b)", Language: "en", Body: "it's 100% 'quoted' \\ back", State: "published", At: at(63)},
		{Section: "sharing", Letter: "R", Number: 19, Kind: "course", Title: "Evaluación de aprendices", Language: "es", Body: "Formación y evaluaciones en la empresa", State: "hidden", At: at(64)},
		{Section: "sharing", Letter: "R", Number: 20, Kind: "course", Title: "Überprüfung der Schweißnähte", Language: "de", Body: "Prüfer, Häuser, Maße", State: "published", At: at(65)},
		{Section: "sharing", Letter: "R", Number: 21, Kind: "link", Title: "", Language: "", State: "published", At: at(66)},
	}
}

// questions are asked of every index, as every kind of query and under every filter.
var questions = []string{
	"", "rubrica saldatura", "saldatura", "valutazione", "valutare", "zazolc", "zażółć gesla", "strasse", "Straße", "assessing welders",
	"R13", "r 13", "video", "vid", "rubr", "remote assessment", "spawaniem rubryki", "溶接", "安全 溶", "ビデオ", "αξιολογηση", "elearning", "e-learning",
	"ueberpruefung", "prufung", "evaluacion", "evaluaciones", "formacion", "l'aula", "erasmus", "nothing like this", "portfolio portfolios video", "100",
	"and or not", `"AND"`, "near(a b)", "title:video", "*", "'; drop table", `\`, "a\x00b", "§itsaldatur", "Þingvellir thing", "øresund oeresund",
}

var filters = []search.Filter{
	{}, {Section: "sharing"}, {Kind: "document"}, {Topic: "didactics"}, {Topic: "train"}, {Language: "it"}, {Letters: []string{"H", "P"}},
	{Hidden: []string{"hidden", "stale"}}, {Used: 2}, {Used: 4, Letters: []string{"R"}}, {Used: 5}, {Section: "sharing", Kind: "course", Language: "en", Hidden: []string{"open"}}, {Section: "' OR 1=1 --"},
}

func fill(t *testing.T, community int64, docs []search.Doc, indexes ...search.Index) {
	t.Helper()
	for _, x := range indexes {
		for _, d := range docs {
			if err := x.Put(t.Context(), community, d); err != nil {
				t.Fatalf("put %s%d: %v", d.Letter, d.Number, err)
			}
		}
	}
}

func ask(t *testing.T, x search.Index, community int64, q search.Query, f search.Filter, limit int) []search.Candidate {
	t.Helper()
	out, err := x.Candidates(t.Context(), community, q, f, limit)
	if err != nil {
		t.Fatalf("candidates for %s: %v", q.Where(community, f).FTS5(), err)
	}
	slices.SortFunc(out, func(a, b search.Candidate) int { return search.Order(a.Doc, b.Doc) })
	return out
}

func ids(found []search.Candidate) string {
	var out []string
	for _, c := range found {
		out = append(out, fmt.Sprintf("%s%d", c.Letter, c.Number))
	}
	return strings.Join(out, " ")
}

func agrees(t *testing.T, x search.Index) {
	var memory Memory
	fill(t, 1, Library(), x, &memory)
	for i, words := range questions {
		for _, lang := range []string{"it", "pl", ""} {
			q := search.Parse(words, lang)
			for _, q.Match = range []search.Match{search.All, search.Title, search.SomeTitle, search.Any} {
				of := filters[:1]
				if i%10 == 0 { // each filter with some questions, and every question without one
					of = filters
				}
				for _, f := range of {
					got, want := ids(ask(t, x, 1, q, f, 100)), ids(ask(t, &memory, 1, q, f, 100))
					if got != want {
						t.Errorf("%q in %q, match %d, filter %+v:\n got %s\nwant %s", words, lang, q.Match, f, got, want)
					}
				}
			}
		}
	}
}

// whoHas is the records that have each of the terms, and pass f.
func whoHas(t *testing.T, x search.Index, community int64, terms []search.Term, f search.Filter, limit int) (out []string) {
	t.Helper()
	lists, err := x.Having(t.Context(), community, terms, limit)
	if err != nil || len(lists) != len(terms) {
		t.Fatalf("%d lists for %d terms: %v", len(lists), len(terms), err)
	}
	for _, refs := range lists {
		found, err := x.Read(t.Context(), community, refs, f)
		if err != nil {
			t.Fatalf("read: %v", err)
		}
		slices.SortFunc(found, func(a, b search.Candidate) int { return search.Order(a.Doc, b.Doc) })
		out = append(out, fmt.Sprint(len(refs), " ", ids(found)))
	}
	return out
}

func has(t *testing.T, x search.Index) {
	var memory Memory
	fill(t, 1, Library(), x, &memory)
	other := Library()[3]
	other.Title = "Rubrica, video, saldatura"
	fill(t, 2, []search.Doc{other}, x, &memory)
	var terms []search.Term
	for _, words := range questions {
		terms = append(terms, search.Parse(words, "it").Terms...)
	}
	for i, f := range filters {
		limit := []int{1, 2, 3, 200}[i%4]
		got, want := whoHas(t, x, 1, terms, f, limit), whoHas(t, &memory, 1, terms, f, limit)
		for j := range terms {
			if got[j] != want[j] {
				t.Errorf("%v, filter %+v, limit %d: got %s, want %s", terms[j], f, limit, got[j], want[j])
			}
		}
	}
	if got := whoHas(t, x, 1, nil, search.Filter{}, 5); len(got) != 0 {
		t.Errorf("nothing was asked for, got %v", got)
	}
	for of, least := range map[int64]int{1: len(Library()), 2: 1, 3: 0} {
		n, err := x.Size(t.Context(), of)
		if err != nil || n < least || least == 0 && n != 0 {
			t.Errorf("community %d has %d records (%v), want %d at least", of, n, err, least)
		}
	}
}

func gives(t *testing.T, x search.Index) {
	var memory Memory
	fill(t, 1, Library(), x, &memory)
	got, want := ask(t, x, 1, search.Query{}, search.Filter{}, 100), ask(t, &memory, 1, search.Query{}, search.Filter{}, 100)
	if len(got) != len(want) {
		t.Fatalf("got %s, want %s", ids(got), ids(want))
	}
	for i := range got {
		g, w := got[i], want[i]
		if !g.At.Equal(w.At) {
			t.Errorf("%s%d: At is %v, want %v", w.Letter, w.Number, g.At, w.At)
		}
		g.At, w.At = time.Time{}, time.Time{}
		if len(g.Topics) == 0 && len(w.Topics) == 0 {
			g.Topics, w.Topics = nil, nil
		}
		if a, b := fmt.Sprintf("%+v", g), fmt.Sprintf("%+v", w); a != b {
			t.Errorf("got  %s\nwant %s", a, b)
		}
	}
}

func replaces(t *testing.T, x search.Index) {
	d := search.Doc{Section: "sharing", Letter: "R", Number: 1, Title: "Welding rubric", Body: "seams", Language: "en", State: "published", At: day}
	fill(t, 1, []search.Doc{d}, x)
	d.Title, d.Body, d.State = "Baking handbook", "", "open"
	fill(t, 1, []search.Doc{d, d}, x)
	for words, want := range map[string]string{"welding": "", "seams": "", "baking": "R1"} {
		if got := ids(ask(t, x, 1, search.Parse(words, "en"), search.Filter{}, 10)); got != want {
			t.Errorf("after a change, %q found %q, want %q", words, got, want)
		}
	}
	for range 2 {
		if err := x.Remove(t.Context(), 1, "R", 1); err != nil {
			t.Fatalf("remove: %v", err)
		}
		for _, q := range []search.Query{search.Parse("baking", "en"), {}} {
			if got := ask(t, x, 1, q, search.Filter{}, 10); len(got) != 0 {
				t.Errorf("after its removal: %s", ids(got))
			}
		}
	}
	fill(t, 1, []search.Doc{d}, x)
	if got := ids(ask(t, x, 1, search.Parse("baking", "en"), search.Filter{}, 10)); got != "R1" {
		t.Errorf("put again, found %q", got)
	}
}

func cuts(t *testing.T, x search.Index) {
	var memory Memory
	var docs []search.Doc
	for i := range 60 {
		d := search.Doc{Section: "sharing", Letter: []string{"R", "H", "C"}[i%3], Number: int64(1 + i*7%60), Title: fmt.Sprintf("welding %d", i), Language: "en",
			State: "published", At: day.Add(time.Duration(i%5) * time.Microsecond)}
		if i%2 == 0 {
			d.Title, d.Body = fmt.Sprintf("number %d", i), "welding"
		}
		docs = append(docs, d)
	}
	fill(t, 1, docs, x, &memory)
	for _, q := range []search.Query{search.Parse("welding", "en"), search.Parse("weld", "en"), search.Parse("number welding", "en"), {}} {
		for _, q.Match = range []search.Match{search.All, search.Title, search.SomeTitle, search.Any} {
			for _, limit := range []int{1, 7, 30, 59, 60, 1000} {
				if got, want := ids(ask(t, x, 1, q, search.Filter{}, limit)), ids(ask(t, &memory, 1, q, search.Filter{}, limit)); got != want {
					t.Errorf("limit %d, match %d:\n got %s\nwant %s", limit, q.Match, got, want)
				}
			}
		}
		for _, limit := range []int{1, 7, 30, 100} {
			if got, want := whoHas(t, x, 1, q.Terms, search.Filter{}, limit), whoHas(t, &memory, 1, q.Terms, search.Filter{}, limit); !slices.Equal(got, want) {
				t.Errorf("having, limit %d:\n got %s\nwant %s", limit, got, want)
			}
		}
	}
}

// hostile gives an index terms that no Parse makes.
func hostile(t *testing.T, x search.Index) {
	var memory Memory
	fill(t, 1, Library(), x, &memory)
	nasty := []string{`"`, `'`, `\`, `''`, `\'`, `" OR "a`, `' | 'a`, `video" OR title:"`, "a\x00b", "*", ":*", "(", ")", "!", "&", "<->", ":A", "§", "^a", "-a", "+a", "{title}", "\xff", " ", "\u00a0", "🙂"}
	for _, a := range nasty {
		for _, q := range []search.Query{
			{Terms: []search.Term{{Words: []string{a}}}},
			{Terms: []search.Term{{Words: []string{"video"}, Stems: []string{"§it" + a}, Prefix: a}}},
			{Terms: []search.Term{{Words: []string{"video"}}, {Words: []string{a, "rubric"}}}, Match: search.Any},
		} {
			for _, q.Match = range []search.Match{search.All, search.Title, search.SomeTitle, search.Any} {
				if _, err := x.Candidates(t.Context(), 1, q, search.Filter{}, 100); err != nil {
					t.Errorf("%q: %v", a, err)
				}
			}
			if _, err := x.Having(t.Context(), 1, q.Terms, 100); err != nil {
				t.Errorf("having %q: %v", a, err)
			}
		}
	}
	long := strings.Repeat("wort ", 500) + strings.Repeat("ж", 5000)
	d := search.Doc{Letter: "R", Number: 99, Title: strings.Repeat("Überlänge ", 1000), Body: manyWords(20000) + long + "\x00\xff'\\\"", Language: "de", State: "published", At: day}
	fill(t, 1, []search.Doc{d}, x, &memory)
	for _, words := range []string{"überlange", "w19", manyWords(40), long} {
		q := search.Parse(words, "de")
		if got, want := ids(ask(t, x, 1, q, search.Filter{}, 100)), ids(ask(t, &memory, 1, q, search.Filter{}, 100)); got != want {
			t.Errorf("%.40q: got %s, want %s", words, got, want)
		}
	}
}

func manyWords(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "w%d ", i)
	}
	return b.String()
}

func apart(t *testing.T, x search.Index) {
	d := search.Doc{Section: "sharing", Letter: "R", Number: 1, Title: "Welding", Language: "en", State: "published", At: day}
	fill(t, 1, []search.Doc{d}, x)
	d.Title = "Welding elsewhere"
	fill(t, 2, []search.Doc{d}, x)
	if err := x.Remove(context.Background(), 1, "R", 1); err != nil {
		t.Fatal(err)
	}
	q := search.Parse("welding", "en")
	if got := ask(t, x, 1, q, search.Filter{}, 10); len(got) != 0 {
		t.Errorf("community 1 still has %s", ids(got))
	}
	if got := ask(t, x, 2, q, search.Filter{}, 10); len(got) != 1 || got[0].Title != "Welding elsewhere" {
		t.Errorf("community 2 has %s", ids(got))
	}
}
