package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

const (
	maxText = 256 << 10 // bytes of one text that are read
	maxWord = 40        // runes of one word that count
)

// word is one word of a text in the forms it can be found by.
type word struct {
	text   string // folded: decomposed, without marks, small letters; this is the token
	raw    string // as written, in small letters, composed: what stemmers know; empty for cjk
	also   string // another spelling with the same sounds (ue for ü), folded; mostly empty
	joined string // the whole compound when text is a part of one ("elearning"); mostly empty
	cjk    bool   // a piece of a script that puts no spaces between words
	bound  bool   // says nothing by itself: the l of l'aula, a character that has neighbours
}

// splitter calls yield for each word of a text until yield says no.
type splitter struct {
	yield func(word) bool
	done  bool
	run   []rune // the word that is being read
	parts []word // the parts of the compound that is being read
}

// eachWord splits text into words and calls yield for each, until yield returns false. It reads the
// first maxText bytes. Words are runs of letters, digits and marks; apostrophes and hyphens separate
// them, but leave word.bound and word.joined behind. Scripts without spaces give single characters
// and pairs of neighbours.
func eachWord(text string, yield func(word) bool) {
	if len(text) > maxText {
		text = text[:maxText]
	}
	s := splitter{yield: yield}
	// Compatibility forms first: some of them hold spaces and signs of their own.
	text = norm.NFKD.String(strings.ToValidUTF8(text, " "))
	for _, r := range text {
		switch {
		case r == '\u00b7' && len(s.run) > 0: // within a Catalan word
		case r != '\u200b' && unicode.Is(unicode.Cf, r): // soft hyphens, joiners: no part of the spelling
		case apostrophe(r):
			s.cut(true)
		case wordRune(r):
			s.run = append(s.run, r)
			if len(s.run) > 4*maxWord { // no word; and nothing may grow without end
				s.endCompound()
			}
		case r == '-' || r == '\u2010' || r == '\u2011':
			s.cut(false)
		default:
			s.endCompound()
		}
		if s.done {
			return
		}
	}
	s.endCompound()
}

func wordRune(r rune) bool { return unicode.In(r, unicode.L, unicode.N, unicode.M) }

func apostrophe(r rune) bool {
	return r == '\'' || r == '\u2019' || r == '\u02bc' || r == '\u2018' || r == '\u055a' || r == '`' || r == '\u00b4'
}

// cut ends one part of a compound.
func (s *splitter) cut(elided bool) {
	if len(s.run) == 0 {
		return
	}
	before := len(s.parts)
	for from := 0; from < len(s.run); {
		to := from + 1
		cjk := spaceless(s.run[from])
		for to < len(s.run) && (spaceless(s.run[to]) == cjk || unicode.Is(unicode.M, s.run[to])) {
			to++
		}
		if cjk {
			s.pieces(s.run[from:to])
		} else if w := newWord(s.run[from:to]); w.text != "" {
			s.parts = append(s.parts, w)
		}
		from = to
	}
	s.run = s.run[:0]
	if n := len(s.parts); elided && n > before && !s.parts[n-1].cjk {
		s.parts[n-1].bound = elision(s.parts[n-1].text)
	}
	if len(s.parts) > 64 {
		s.flush()
	}
}

// elision reports whether w loses its vowel before another word: l', dell', qu', un'.
func elision(w string) bool {
	if utf8.RuneCountInString(w) <= 1 {
		return true
	}
	switch w {
	case "qu", "un", "dell", "nell", "dall", "sull", "all", "coll", "quell", "quest", "gl", "jusqu", "lorsqu", "puisqu":
		return true
	}
	return false
}

// endCompound ends the word and the compound that it may be part of.
func (s *splitter) endCompound() {
	s.cut(false)
	s.flush()
}

func (s *splitter) flush() {
	joined := ""
	if n := len(s.parts); n > 1 && n <= 4 {
		for _, p := range s.parts {
			if p.cjk || p.bound {
				joined = ""
				break
			}
			joined += p.text
		}
		if utf8.RuneCountInString(joined) > maxWord {
			joined = ""
		}
	}
	for _, p := range s.parts {
		p.joined = joined
		if !s.done && !s.yield(p) {
			s.done = true
		}
	}
	s.parts = s.parts[:0]
}

// pieces gives the characters of a run in a script without spaces, and each two neighbours.
func (s *splitter) pieces(run []rune) {
	var units []string
	for _, r := range norm.NFC.String(string(run)) {
		if unicode.Is(unicode.M, r) && len(units) > 0 && len(units[len(units)-1]) < 16 {
			units[len(units)-1] += string(r)
		} else {
			units = append(units, string(r))
		}
	}
	for i, u := range units {
		s.parts = append(s.parts, word{text: u, cjk: true, bound: len(units) > 1})
		if i > 0 {
			s.parts = append(s.parts, word{text: units[i-1] + u, cjk: true})
		}
	}
}

// spaceless reports whether r belongs to a script that puts no spaces between words, or that puts
// them where they do not help, as Korean does with its endings.
func spaceless(r rune) bool {
	return r >= 0x0E00 && (r == 'ー' ||
		unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar))
}

// newWord makes a word of decomposed runes.
func newWord(run []rune) word {
	if len(run) > 2*maxWord {
		run = run[:2*maxWord]
	}
	small := make([]rune, 0, len(run))
	for _, r := range run {
		small = append(small, lower(r))
	}
	w := word{text: fold(small)}
	if w.text == "" {
		return w
	}
	w.raw = norm.NFC.String(string(small))
	w.also = otherSpelling(small)
	if w.also == w.text {
		w.also = ""
	}
	return w
}

func lower(r rune) rune {
	if r == 'ς' {
		return 'σ'
	}
	return unicode.ToLower(r)
}

// fold drops the marks of decomposed small letters and maps the letters that have no decomposition.
func fold(run []rune) string {
	var b strings.Builder
	n := 0
	for _, r := range run {
		if droppedMark(r) {
			continue
		}
		if n++; n > maxWord {
			break
		}
		if s, ok := plainLetters[r]; ok {
			b.WriteString(s)
		} else {
			b.WriteRune(r)
		}
	}
	return norm.NFC.String(b.String())
}

// plainLetters are the small letters that Unicode does not take apart but people type without.
var plainLetters = map[rune]string{
	'ł': "l", 'ø': "o", 'đ': "d", 'ð': "d", 'þ': "th", 'ß': "ss", 'æ': "ae", 'œ': "oe", 'ı': "i",
	'ħ': "h", 'ŧ': "t", 'ŋ': "n", 'ĸ': "k", 'ſ': "s", 'ɨ': "i", 'ƶ': "z", 'ȷ': "j", 'ə': "e", 'ɓ': "b", 'ɗ': "d",
	'ґ': "г", 'є': "е", 'ђ': "д",
}

// droppedMark reports whether r is an accent. Marks that are half of a letter, such as the vowel
// signs of Indic scripts and the sound marks of kana, stay.
func droppedMark(r rune) bool {
	if r < 0x300 || !unicode.Is(unicode.M, r) {
		return false
	}
	var buf [utf8.UTFMax]byte
	class := norm.NFD.Properties(buf[:utf8.EncodeRune(buf[:], r)]).CCC()
	switch {
	case r <= 0x36F, r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF, r >= 0xFE20 && r <= 0xFE2F:
		return true // marks made for Latin, Greek and Cyrillic
	case class >= 10 && class <= 36:
		return true // points of Hebrew and Arabic
	}
	return class >= 200 || unicode.In(r, unicode.Me) || r >= 0xFE00 && r <= 0xFE0F || r >= 0xE0100
}

// otherSpelling writes ä ö ü å ø as German and the Nordic languages do without these letters; empty
// when there are none.
func otherSpelling(run []rune) string {
	var b strings.Builder
	found := false
	for i := 0; i < len(run); i++ {
		r := run[i]
		var next rune
		if i+1 < len(run) {
			next = run[i+1]
		}
		switch {
		case next == 0x308 && (r == 'a' || r == 'o' || r == 'u'):
			b.WriteRune(r)
			b.WriteRune('e')
			found = true
		case next == 0x30A && r == 'a':
			b.WriteString("aa")
			found = true
		case r == 'ø':
			b.WriteString("oe")
			found = true
		default:
			b.WriteRune(r)
		}
	}
	if !found {
		return ""
	}
	return fold([]rune(b.String()))
}
