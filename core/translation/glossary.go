package translation

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"guildhall/core/text"
)

// The longest term and the most terms that a glossary holds.
const (
	MaxTerm  = 120
	MaxTerms = 2000
)

// Term is an entry of a community's glossary: what a word, or several, become in a translation. Only the
// form that is written down is found, in any case: a glossary does not bend words, and a wrong ending
// would be worse than what the service makes of it.
type Term struct {
	Community int64
	No        int64
	From      string // BCP 47 base tag; empty: whatever the text is in
	To        string // BCP 47 base tag; empty: into any language
	Source    string
	Target    string // empty: it is left alone
	By        int64  // the member who added it
	At        time.Time
}

// Alone says whether the term is to be left as it is.
func (t Term) Alone() bool { return t.Target == "" }

// Fold is how two sources are compared.
func (t Term) Fold() string { return folded(t.Source) }

func folded(s string) string { return strings.ToLower(strings.Join(strings.Fields(s), " ")) }

// Wish is what somebody thinks should be translated better.
type Wish struct {
	Community int64     `json:"-"`
	No        int64     `json:"number"`
	From      string    `json:"from,omitempty"`
	To        string    `json:"to"`
	Source    string    `json:"term"`
	Target    string    `json:"better"`
	By        int64     `json:"-"`
	At        time.Time `json:"at"`
}

// terms are those of a glossary that count between two languages, the longest first; of two with the same
// words, the one that says more about the languages.
func terms(all []Term, from, to string) []Term {
	var out []Term
	for _, t := range all {
		if (t.From == "" || t.From == from) && (t.To == "" || t.To == to) && strings.TrimSpace(t.Source) != "" {
			out = append(out, t)
		}
	}
	told := func(t Term) (n int) {
		if t.From != "" {
			n++
		}
		if t.To != "" {
			n += 2
		}
		return n
	}
	slices.SortStableFunc(out, func(a, b Term) int {
		return cmp.Or(cmp.Compare(utf8.RuneCountInString(b.Fold()), utf8.RuneCountInString(a.Fold())), cmp.Compare(told(b), told(a)))
	})
	return out
}

// hold adds to the spans of a text those of its terms. A word that stands in a span already stays there.
func hold(s string, list []span, glossary []Term) []span {
	if len(glossary) == 0 {
		return list
	}
	taken := make([]bool, len(s))
	for _, x := range list {
		occupy(taken, x.from, x.to)
	}
	// Lower case may be longer or shorter in bytes: the text is compared rune by rune.
	lower, at := lowered(s)
	for _, t := range glossary {
		want := []rune(t.Fold())
		for i := 0; i+len(want) <= len(lower); i++ {
			if !slices.Equal(lower[i:i+len(want)], want) || !parted(lower, i, i+len(want)) || overlaps(taken, at[i], at[i+len(want)]) {
				continue
			}
			from, to := at[i], at[i+len(want)]
			occupy(taken, from, to)
			list = append(list, span{from, to, t.in(s[from:to])})
		}
	}
	slices.SortFunc(list, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	return list
}

// in is what the term becomes where it is written like this: a capital stays one.
func (t Term) in(written string) string {
	if t.Alone() {
		return written
	}
	first, _ := utf8.DecodeRuneInString(written)
	own, _ := utf8.DecodeRuneInString(t.Source)
	if unicode.IsUpper(first) && !unicode.IsUpper(own) {
		r, n := utf8.DecodeRuneInString(t.Target)
		return string(unicode.ToUpper(r)) + t.Target[n:]
	}
	return t.Target
}

// lowered are the runes of s in lower case, white space as a space, and where each begins in s; one more
// is the end.
func lowered(s string) (out []rune, at []int) {
	for i, r := range s {
		if unicode.IsSpace(r) {
			r = ' '
		}
		out, at = append(out, unicode.ToLower(r)), append(at, i)
	}
	return out, append(at, len(s))
}

// parted says whether what stands from i to j is whole words.
func parted(rs []rune, i, j int) bool {
	letter := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.M, r) }
	return (i == 0 || !letter(rs[i-1]) || !letter(rs[i])) && (j == len(rs) || !letter(rs[j]) || !letter(rs[j-1]))
}

func occupy(taken []bool, from, to int) {
	for i := from; i < to; i++ {
		taken[i] = true
	}
}

func overlaps(taken []bool, from, to int) bool { return slices.Contains(taken[from:to], true) }

// checkTerm is what is wrong with a term, for people; nil for nothing.
func checkTerm(source, target, to string) error {
	switch {
	case text.Length(source) > MaxTerm || text.Length(target) > MaxTerm:
		return text.Refuse("translation.term.long", text.Args{"n": MaxTerm})
	case Words(source) == 0 && !strings.ContainsFunc(source, unicode.IsLetter):
		return text.RefuseArg("term", "translation.term.nothing", nil)
	case target != "" && to == "":
		return text.RefuseArg("to", "translation.term.into", nil)
	}
	return nil
}
