package search_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/core/search"
	"guildhall/core/search/searchtest"
)

var today = time.Date(2027, 1, 16, 9, 0, 0, 0, time.UTC)

func finder(t testing.TB, docs ...search.Doc) *search.Finder {
	t.Helper()
	index := new(searchtest.Memory)
	for _, d := range docs {
		if err := index.Put(context.Background(), 1, d); err != nil {
			t.Fatal(err)
		}
	}
	return search.NewFinder(index, func() time.Time { return today })
}

func ids(hits []search.Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s%d", h.Letter, h.Number))
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	t.Parallel()
	f := finder(t, searchtest.Library()...)
	visible := search.Filter{Hidden: []string{"hidden"}}
	for _, c := range []struct {
		words, lang string
		filter      search.Filter
		want        string
		some        bool
	}{
		{"rubrica saldatura", "it", visible, "R13 R12", true},
		{"saldatura", "it", visible, "R12 R13", false},
		{"valutazione", "it", visible, "R13 H4 R12", false},
		{"zazolc", "en", visible, "R15", false},
		{"strasse", "it", visible, "R15", false},
		{"remote assessment", "en", visible, "P4 C2 H3", false},
		{"remote assessment", "en", search.Filter{Section: "cooperation"}, "P4", false},
		{"video", "it", search.Filter{Letters: []string{"R"}}, "R12", false},
		{"evaluacion", "es", visible, "", false},
		{"evaluacion", "es", search.Filter{}, "R19", false},
		{"r13", "it", visible, "R13", false},
		{"溶接", "ja", visible, "R16", false},
		{"rubryki spawania", "pl", visible, "R13", false},
		{"?!", "it", visible, "", false},
		{"nothing whatsoever", "it", visible, "", false},
		{"", "it", search.Filter{Section: "communication"}, "H3 H4 H5 H9", false},
	} {
		p, err := f.Find(t.Context(), 1, c.words, c.lang, c.filter, 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		got := ids(p.Hits)
		if c.words == "" {
			got = sorted(got)
		}
		if got != c.want || p.Some != c.some || p.Total != len(p.Hits) {
			t.Errorf("Find(%q, %s) = %s (some: %v), want %s", c.words, c.lang, got, p.Some, c.want)
		}
	}
}

func sorted(s string) string {
	f := strings.Fields(s)
	for i := range f {
		for j := i; j > 0 && f[j] < f[j-1]; j-- {
			f[j], f[j-1] = f[j-1], f[j]
		}
	}
	return strings.Join(f, " ")
}

func TestPages(t *testing.T) {
	t.Parallel()
	var docs []search.Doc
	for i := range 13 {
		docs = append(docs, search.Doc{Letter: "R", Number: int64(i), Title: "Saldatura", Language: "it", At: today.Add(-time.Duration(i) * time.Hour)})
	}
	f := finder(t, docs...)
	for _, c := range []struct {
		offset, n int
		want      string
		more      bool
	}{
		{0, 5, "R0 R1 R2 R3 R4", true}, {5, 5, "R5 R6 R7 R8 R9", true}, {10, 5, "R10 R11 R12", false}, {13, 5, "", false}, {99, 5, "", false},
		{-4, 2, "R0 R1", true}, {0, 0, "R0 R1 R2 R3 R4", true}, {0, -1, "R0", true}, {8, 5, "R8 R9 R10 R11 R12", false},
	} {
		p, err := f.Find(t.Context(), 1, "saldatura", "it", search.Filter{}, c.offset, c.n)
		if err != nil {
			t.Fatal(err)
		}
		if ids(p.Hits) != c.want || p.More != c.more || p.Total != 13 || p.Cut {
			t.Errorf("page %d+%d: %s, more %v, total %d", c.offset, c.n, ids(p.Hits), p.More, p.Total)
		}
	}
}

// TestCrowded: in a library with more records than can be ranked, the right one is still found.
func TestCrowded(t *testing.T) {
	t.Parallel()
	var docs []search.Doc
	for i := range 1500 {
		docs = append(docs, search.Doc{Letter: "R", Number: int64(i), Title: "Corso di formazione", Body: "saldatura e rubrica", Language: "it", At: today.Add(-time.Duration(i) * time.Minute)})
	}
	old := today.AddDate(-3, 0, 0)
	docs = append(docs,
		search.Doc{Letter: "P", Number: 1, Title: "Saldatura e formazione", Language: "it", At: old},
		search.Doc{Letter: "P", Number: 2, Title: "Mosaico", Language: "it", At: old})
	for i := range 400 { // whose words only begin like one that another has
		docs = append(docs, search.Doc{Letter: "H", Number: int64(i), Title: "Altro", Body: "vrona", Language: "it", At: today.Add(-time.Duration(i) * time.Minute)},
			search.Doc{Letter: "C", Number: int64(i), Title: "Tornio", Language: "en", At: today.Add(-time.Duration(i) * time.Minute)})
	}
	docs = append(docs,
		search.Doc{Letter: "P", Number: 3, Title: "Rubrica", Body: "saldatura", Language: "it", At: old},
		search.Doc{Letter: "P", Number: 4, Title: "Corso di formazione", Language: "it", At: old, Uses: 300},
		search.Doc{Letter: "P", Number: 5, Title: "Altro", Body: "vr", Language: "it", At: old},
		search.Doc{Letter: "P", Number: 6, Title: "Tornio", Language: "it", At: today.AddDate(0, 0, -3)},
		search.Doc{Letter: "P", Number: 7, Title: "Tornio", Language: "it", At: today.AddDate(0, 0, -3), Uses: 1, Kind: "x"})
	f := finder(t, docs...)
	for words, want := range map[string]string{"saldatura formazione": "P1", "formazione mosaico": "P2", "saldatura rubrica": "P3", "formazione": "P4", "vr": "P5", "tornio": "P6"} {
		p, err := f.Find(t.Context(), 1, words, "it", search.Filter{}, 0, 5)
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, h := range p.Hits {
			found = found || fmt.Sprintf("%s%d", h.Letter, h.Number) == want
		}
		if !found || !p.Cut {
			t.Errorf("%q found %s (cut: %v), want %s among them", words, ids(p.Hits), p.Cut, want)
		}
	}
}

// crowd is what a network of schools talks about otherwise.
func crowd() []search.Doc {
	titles := map[string][]string{
		"it": {"Orientamento in entrata", "Contratto di apprendistato: modello", "Come coinvolgere le aziende del territorio?", "Corso sulla sicurezza nei laboratori", "Valutazione delle competenze digitali dei docenti",
			"Bando Erasmus 2027: partenariati", "Materiali per l'educazione finanziaria", "Formazione a distanza: strumenti liberi", "Saldatura TIG: schede di lavoro", "Tutor aziendale: manuale", "Alternanza scuola lavoro: buone prassi",
			"Come tenere alta la motivazione?", "Calendario degli incontri", "Verbale della riunione", "Apprendisti stranieri: corso di lingua", "Robotica per principianti"},
		"en": {"Digital badges for apprentices", "Health and safety poster", "Motivating reluctant learners", "EQAVET peer review guide", "How to write a project budget", "Labour market data in Ireland", "Baking: lesson plans"},
		"pl": {"Program stażu", "Jak motywować uczniów?", "Budżet projektu Erasmus", "Karty pracy: spawanie MAG", "Bezpieczeństwo w warsztacie"},
		"de": {"Ausbildungsrahmenplan Metallbau", "Berufsorientierung in der Schule", "Prüfungsfragen Elektrotechnik"},
	}
	var out []search.Doc
	n := int64(100)
	for _, lang := range []string{"it", "en", "pl", "de"} {
		for _, title := range titles[lang] {
			n++
			out = append(out, search.Doc{Section: "sharing", Letter: "R", Number: n, Title: title, Language: lang, State: "published", At: today.AddDate(0, 0, -int(n)), Body: "Materiale per la scuola e la formazione"})
		}
	}
	return out
}

func TestSimilar(t *testing.T) {
	t.Parallel()
	docs := append(crowd(), searchtest.Library()...)
	docs = append(docs, search.Doc{Section: "communication", Letter: "H", Number: 20, Kind: "request", Title: "Valutare gli apprendisti a distanza: chi lo fa?", Language: "it", State: "solved", At: today.AddDate(0, -8, 0)})
	f := finder(t, docs...)
	for _, c := range []struct {
		text, lang string
		letters    []string
		want       string
	}{
		{"Come valutare a distanza gli apprendisti saldatori?", "it", []string{"H", "R"}, "H20 R12"},
		{"Come valutare a distanza gli apprendisti saldatori?", "en", []string{"H", "R"}, "H20 R12"},
		{"Come valutare a distanza gli apprendisti saldatori?", "", []string{"H", "R"}, "H20 R12"},
		{"Jak oceniać spawanie uczniów? Czy macie rubrykę?", "pl", nil, "R13"},
		{"How do you assess welding apprentices remotely with video?", "en", []string{"P", "H"}, "P4 H3"},
		{"Qualcuno ha un modello di contratto di apprendistato?", "it", nil, "R102"},
		{"Dove si parcheggia a Bologna durante la fiera?", "it", nil, ""},
		{"Ciao a tutti", "it", nil, ""}, {"", "it", nil, ""}, {"!!", "it", nil, ""},
	} {
		hits, err := f.Similar(t.Context(), 1, c.text, c.lang, c.letters, []string{"hidden"}, 3)
		if err != nil {
			t.Fatal(err)
		}
		if got := ids(hits); !strings.HasPrefix(got, c.want) || c.want == "" && got != "" || len(hits) > 3 {
			t.Errorf("Similar(%q, %s) = %s, want %s first", c.text, c.lang, got, c.want)
		}
		// Not everything: most of what is there has nothing to do with it.
		if hits, _ = f.Similar(t.Context(), 1, c.text, c.lang, nil, nil, 100); len(hits) > 8 {
			t.Errorf("Similar(%q) found %s", c.text, ids(hits))
		}
	}
}

// TestSimilarLong: a page of text finds what it is about.
func TestSimilarLong(t *testing.T) {
	t.Parallel()
	f := finder(t, append(crowd(), searchtest.Library()...)...)
	text := strings.Repeat("Buongiorno, lavoro in un centro di formazione e seguo il laboratorio. ", 3) +
		"Vorremmo documentare con brevi video il lavoro pratico degli apprendisti in saldatura, per valutare anche chi lavora lontano. Avete un portfolio o una rubrica da condividere con noi? Grazie mille e buon lavoro a tutti!"
	hits, err := f.Similar(t.Context(), 1, text, "it", []string{"R"}, nil, 3)
	if err != nil {
		t.Fatal(err)
	}
	if got := ids(hits); !strings.HasPrefix(got, "R12") {
		t.Errorf("found %s", got)
	}
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	f := finder(t, searchtest.Library()...)
	for _, c := range []struct {
		partial, letters string
		n                int
		want             string
	}{
		{"R1", "", 3, "R12 R14 R13"}, {"r13", "R", 9, "R13"}, {"r 13", "", 9, "R13"}, {"por", "", 9, "R12 P4"}, {"sald", "RH", 9, "R12 R13"}, {"men h", "", 9, "R14"},
		{"", "C", 9, "C2"}, {"", "", 2, "C2 R14"}, {"??", "", 9, ""}, {"R13", "H", 9, ""}, {"por", "", 0, ""},
	} {
		got, err := f.Suggest(t.Context(), 1, c.partial, c.letters, c.n)
		if err != nil {
			t.Fatal(err)
		}
		var s []string
		for _, id := range got {
			s = append(s, id.String())
		}
		if strings.Join(s, " ") != c.want {
			t.Errorf("Suggest(%q, %s) = %v, want %s", c.partial, c.letters, s, c.want)
		}
	}
}

type broken struct{ search.Index }

var errAway = errors.New("the database is away")

func (broken) Candidates(context.Context, int64, search.Query, search.Filter, int) ([]search.Candidate, error) {
	return nil, errAway
}

func (broken) Size(context.Context, int64) (int, error) { return 0, errAway }

func TestErrorsArePassedOn(t *testing.T) {
	t.Parallel()
	f := search.NewFinder(broken{}, time.Now)
	_, a := f.Find(t.Context(), 1, "x", "", search.Filter{}, 0, 5)
	_, b := f.Similar(t.Context(), 1, "saldatura", "", nil, nil, 5)
	_, c := f.Suggest(t.Context(), 1, "x", "", 5)
	for _, err := range []error{a, b, c} {
		if !errors.Is(err, errAway) {
			t.Errorf("got %v", err)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	var docs []search.Doc
	for range 30 {
		for _, d := range append(crowd(), searchtest.Library()...) {
			d.Number += int64(len(docs) * 1000)
			docs = append(docs, d)
		}
	}
	f := finder(b, docs...)
	for b.Loop() {
		if _, err := f.Similar(context.Background(), 1, "Come valutare a distanza gli apprendisti saldatori?", "it", nil, nil, 3); err != nil {
			b.Fatal(err)
		}
	}
}
