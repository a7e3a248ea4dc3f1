package search

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

var now = time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC)

// candidate is d as a store gives it back.
func candidate(d Doc) Candidate {
	c := Candidate{Doc: d, TitleTokens: strings.Join(d.TitleTokens(), " "), BodyTokens: strings.Join(d.BodyTokens(), " ")}
	c.Body, c.Translations = "", nil
	return c
}

func order(hits []Hit) string {
	var out []string
	for _, h := range hits {
		out = append(out, fmt.Sprintf("%s%d", h.Letter, h.Number))
	}
	return strings.Join(out, " ")
}

// TestRank puts records that differ in one thing against each other; the first of each row is best.
func TestRank(t *testing.T) {
	t.Parallel()
	day := 24 * time.Hour
	for _, c := range []struct {
		name, words string
		docs        []Doc // best first
	}{
		{"a title before a body", "saldatura", []Doc{{Title: "La saldatura di oggi in molte scuole"}, {Title: "Corso", Body: "saldatura"}}},
		{"the end of a title before a body that says nothing else", "sald", []Doc{{Title: "Saldatura e molto altro ancora"}, {Title: "x", Body: "sald"}}},
		{"a word before its stem", "saldature", []Doc{{Title: "Saldature nuove"}, {Title: "Saldatura nuova"}}},
		{"a stem before a beginning", "weld", []Doc{{Title: "Welding", Language: "en"}, {Title: "Weldability", Language: "en"}}},
		{"a word before its stem in bodies", "saldature", []Doc{{Body: "saldature"}, {Body: "saldatura"}}},
		{"all words in bodies before some in titles", "rubrica saldatura", []Doc{{Title: "x", Body: "rubrica saldatura"}, {Title: "Rubrica rubrica"}}},
		{"two of three before one of three", "rubrica saldatura bologna", []Doc{{Body: "rubrica saldatura"}, {Title: "Bologna"}}},
		{"a title that says nothing else", "saldatura", []Doc{{Title: "Saldatura"}, {Title: "Saldatura di tubi e lamiere nei cantieri navali"}}},
		{"the newer of equals", "saldatura", []Doc{{Title: "Saldatura", At: now.Add(-day)}, {Title: "Saldatura", At: now.Add(-2 * day)}}},
		{"the fresh of near equals", "saldatura", []Doc{{Title: "Saldatura", At: now.Add(-day), Number: 9}, {Title: "Saldatura", At: now.Add(-800 * day), Number: 1}}},
		{"the used of near equals", "saldatura", []Doc{{Title: "Saldatura", Uses: 30, At: now.Add(-40 * day)}, {Title: "Saldatura", At: now}}},
		{"use does not beat a better find", "saldatura", []Doc{{Title: "Saldatura"}, {Title: "Corso", Body: "saldatura", Uses: 1 << 30, At: now}}},
		{"one's own language of near equals", "video", []Doc{{Title: "Video", Language: "it", Number: 2}, {Title: "Video", Language: "en", Number: 1}}},
		{"the smaller letter and number", "video", []Doc{{Title: "Video", Letter: "C", Number: 7}, {Title: "Video", Letter: "R", Number: 1}, {Title: "Video", Letter: "R", Number: 2}}},
		{"an id", "R13", []Doc{{Title: "Something else", Letter: "R", Number: 13}, {Title: "x", Body: "see R13"}}},
	} {
		var in []Candidate
		want := make([]string, len(c.docs))
		for i, d := range c.docs {
			if d.Letter == "" {
				d.Letter = "R"
			}
			if d.Number == 0 {
				d.Number = int64(90 - i) // so that the id alone would put them the other way round
			}
			if d.Language == "" {
				d.Language = "it"
			}
			if d.At.IsZero() {
				d.At = now.Add(-500 * day)
			}
			want[i] = fmt.Sprintf("%s%d", d.Letter, d.Number)
			in = append(in, candidate(d))
		}
		slices.Reverse(in)
		if got := order(Rank(Parse(c.words, "it"), in, now)); got != strings.Join(want, " ") {
			t.Errorf("%s: got %s, want %s", c.name, got, want)
		}
	}
}

func TestRankLeavesOut(t *testing.T) {
	t.Parallel()
	a := candidate(Doc{Letter: "R", Number: 1, Title: "Saldatura", Language: "it"})
	b := candidate(Doc{Letter: "R", Number: 2, Title: "Altro", Language: "it"})
	hits := Rank(Parse("saldatura video", "it"), []Candidate{a, b, a}, now)
	if order(hits) != "R1" || hits[0].Found != 1 || hits[0].AllFound {
		t.Errorf("%+v", hits)
	}
	hits = Rank(Query{}, []Candidate{b, a}, now)
	if order(hits) != "R1 R2" || !hits[0].AllFound {
		t.Errorf("%+v", hits)
	}
}

// library is many records made of few words, so that all kinds of finds and ties come up.
func library(r *rand.Rand, n int) []Candidate {
	vocabulary := strings.Fields("saldatura saldature saldatori rubrica rubriche video portfolio valutazione valutare apprendisti welding rubryka ocena formazione tutor azienda mentor scuola laboratorio Europa")
	pick := func(k int) string {
		var out []string
		for range k {
			out = append(out, vocabulary[r.IntN(len(vocabulary))])
		}
		return strings.Join(out, " ")
	}
	out := make([]Candidate, n)
	for i := range out {
		out[i] = candidate(Doc{
			Letter: string("HRCP"[r.IntN(4)]), Number: int64(i), Title: pick(1 + r.IntN(4)), Body: pick(r.IntN(40)), Language: []string{"it", "en", "pl", ""}[r.IntN(4)],
			At: now.Add(-time.Duration(r.IntN(5)) * 100 * 24 * time.Hour), Uses: r.IntN(5),
		})
	}
	return out
}

// TestRankIsTotal: the order depends on nothing but what is ranked.
func TestRankIsTotal(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	in := library(r, 300)
	for _, words := range []string{"saldatura", "rubrica saldature", "valutare video mentor", "tut", ""} {
		q := Parse(words, "it")
		hits := Rank(q, in, now)
		want := order(hits)
		for i := 1; i < len(hits); i++ {
			if compare(hits[i-1], hits[i]) >= 0 || compare(hits[i], hits[i-1]) <= 0 {
				t.Fatalf("%q: %v and %v are not in order", words, hits[i-1], hits[i])
			}
			if hits[i-1].Found < hits[i].Found {
				t.Fatalf("%q: fewer words stand first", words)
			}
			if hits[i].Relevance < 0 || hits[i].Relevance > 1000 {
				t.Fatalf("relevance %d", hits[i].Relevance)
			}
		}
		for range 20 {
			shuffled := slices.Clone(in)
			r.Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
			if got := order(Rank(q, append(shuffled, shuffled[:9]...), now)); got != want {
				t.Fatalf("%q: the order of candidates matters", words)
			}
		}
		// Leaving one out moves no other.
		without := Rank(q, in[1:], now)
		rest := slices.DeleteFunc(slices.Clone(hits), func(h Hit) bool { return h.Letter == in[0].Letter && h.Number == in[0].Number })
		if order(without) != order(rest) {
			t.Fatalf("%q: records change each other's rank", words)
		}
	}
}

func BenchmarkRank(b *testing.B) {
	in := library(rand.New(rand.NewPCG(1, 2)), 1000)
	for _, words := range []string{"saldatura", "rubrica saldature video apprendisti"} {
		b.Run(fmt.Sprint(len(strings.Fields(words)), " words"), func(b *testing.B) {
			q := Parse(words, "it")
			for b.Loop() {
				Rank(q, in, now)
			}
		})
	}
}

func BenchmarkParse(b *testing.B) {
	for b.Loop() {
		Parse("Come valutare a distanza gli apprendisti saldatori?", "it")
	}
}
