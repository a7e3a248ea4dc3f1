package bench

import (
	"iter"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/search"
)

// shelf is a library as it might be: words by Zipf's law in six languages, words that all of them
// share, a few that nearly every third record has, records whose number grows from year to year.
type shelf struct {
	rand      *rand.Rand
	languages []tongue
	shared    tongue // words that are the same everywhere
}

type tongue struct {
	code  string
	share float64 // of all records, up to this one
	words []string
}

// zipf is one of n words by a number between 0 and 1: the r-th comes as often as 1/(r+10) says, for the
// first ten of a language are words that say nothing, and not looked for.
func zipf(n int, by float64) int {
	const q = 10
	return min(n-1, int(q*(math.Pow((float64(n)+q)/q, by))-q))
}

const shelfWords = 30_000 // of each language

func newShelf() *shelf {
	s := &shelf{rand: rand.New(rand.NewPCG(7, 11))}
	sounds := []struct {
		code              string
		share             float64
		begin, then, ends string
	}{
		{"en", 0.35, "b br c ch d dr f g h l m n p pr r s sh st t tr w wh", "a e i o u ea oo", "ing ed er tion ment ness ly s ight e"},
		{"it", 0.57, "b c ch d f g gl l m n p pr qu r s sc st t tr v z", "a e i o u ia io", "zione mento are ato ita ezza oso ale i e"},
		{"de", 0.72, "b br d f g h k kl l m n p pf r s sch st t tr w z", "a e i o u ä ö ü ei au", "ung en er heit keit lich schaft t e isch"},
		{"pl", 0.82, "b br c cz d dz g j k l ł m n p prz r s sz t tr w z", "a e i o u y ą ę ó", "anie ość owy nia ów ami ego y a ek"},
		{"es", 0.91, "b c ch d f g j l ll m n p pr qu r s t tr v z", "a e i o u ie ue", "ción miento ar ado dad eza oso al es o"},
		{"fr", 1.01, "b c ch d f g j l m n p pr qu r s t tr v", "a e i o u é è ou oi", "tion ment er age ité eux elle s ant ée"},
	}
	for _, l := range sounds {
		begin, then, ends := strings.Fields(l.begin), strings.Fields(l.then), strings.Fields(l.ends)
		t := tongue{code: l.code, share: l.share, words: make([]string, shelfWords)}
		for i := range t.words {
			var w string
			for range 1 + s.rand.IntN(3) {
				w += begin[s.rand.IntN(len(begin))] + then[s.rand.IntN(len(then))]
			}
			t.words[i] = w + begin[s.rand.IntN(len(begin))] + ends[s.rand.IntN(len(ends))]
		}
		s.languages = append(s.languages, t)
	}
	s.shared.words = strings.Fields("erasmus video online pdf stem ects moodle mentor tutor portfolio erp cnc cad cobot robot laser vr ar mooc open")
	for range 2000 {
		s.shared.words = append(s.shared.words, s.languages[s.rand.IntN(6)].words[s.rand.IntN(shelfWords)])
	}
	return s
}

func (s *shelf) text(l tongue, n int) string {
	var b strings.Builder
	for range n {
		from := l.words
		if s.rand.IntN(12) == 0 {
			from = s.shared.words
		}
		b.WriteString(from[zipf(len(from), s.rand.Float64())])
		b.WriteByte(' ')
	}
	return b.String()
}

var shelfKinds = []struct {
	section, letter, kind string
	upTo                  float64
}{
	{"sharing", "R", "document", 0.35}, {"sharing", "R", "video", 0.47}, {"sharing", "R", "link", 0.57}, {"sharing", "R", "course", 0.60}, {"sharing", "R", "tool", 0.61},
	{"communication", "H", "request", 0.9}, {"communication", "S", "scenario", 0.902},
	{"collaboration", "C", "collaboration", 0.96}, {"cooperation", "P", "practice", 1.01},
}

var shelfTopics = strings.Fields("didactics trainers labour-market funding digital inclusion assessment quality guidance mobility green apprenticeship")

// records are n of community of, the oldest first, the last of them just before now: half of five
// years' records are of the last eight months.
func (s *shelf) records(of int64, n int, now time.Time) iter.Seq[sqlstore.Entry] {
	numbers := map[string]int64{}
	return func(yield func(sqlstore.Entry) bool) {
		for i := range n {
			share, at := s.rand.Float64(), 0
			for s.languages[at].share < share {
				at++
			}
			l := s.languages[at]
			share, at = s.rand.Float64(), 0
			for shelfKinds[at].upTo < share {
				at++
			}
			k := shelfKinds[at]
			numbers[k.letter]++
			left := float64(n-i) / float64(n)
			d := search.Doc{Section: k.section, Letter: k.letter, Number: numbers[k.letter], Kind: k.kind, Title: s.text(l, 4+s.rand.IntN(5)),
				Body: s.text(l, 15+s.rand.IntN(50)), Language: l.code, State: "open", At: now.Add(-time.Duration(left * left * left * float64(5*365*24*time.Hour))).Truncate(time.Microsecond), Uses: int(s.rand.ExpFloat64() * 2)}
			if s.rand.IntN(10) > 0 {
				d.Topics = append(d.Topics, shelfTopics[zipf(len(shelfTopics), s.rand.Float64())])
			}
			if s.rand.IntN(4) == 0 {
				d.Topics = append(d.Topics, shelfTopics[zipf(len(shelfTopics), s.rand.Float64())])
			}
			if k.letter == "H" && s.rand.IntN(2) == 0 {
				d.State = "solved"
			}
			if !yield(sqlstore.Entry{Community: of, Doc: d}) {
				return
			}
		}
	}
}

// all are the records of a database: n of community 1, and a thousandth of that of each of fifty more.
func (s *shelf) all(n int, now time.Time) iter.Seq[sqlstore.Entry] {
	return func(yield func(sqlstore.Entry) bool) {
		for of := range int64(51) {
			size := n
			if of > 0 {
				size = max(n/1000, 1)
			}
			for e := range s.records(of+1, size, now) {
				if !yield(e) {
					return
				}
			}
		}
	}
}
