package search

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
)

// stemMark begins every stem; it is no letter, digit or mark, so no word has it.
const stemMark = "§"

// stemmer knows one language.
type stemmer struct {
	code   string // two letters; part of the token
	script *unicode.RangeTable
	stem   func(*snowballstem.Env) bool
}

var stemmers = []stemmer{
	{"ar", unicode.Arabic, arabic.Stem}, {"da", unicode.Latin, danish.Stem}, {"de", unicode.Latin, german.Stem},
	{"en", unicode.Latin, english.Stem}, {"es", unicode.Latin, spanish.Stem}, {"fi", unicode.Latin, finnish.Stem},
	{"fr", unicode.Latin, french.Stem}, {"ga", unicode.Latin, irish.Stem}, {"hu", unicode.Latin, hungarian.Stem},
	{"it", unicode.Latin, italian.Stem}, {"nl", unicode.Latin, dutch.Stem}, {"no", unicode.Latin, norwegian.Stem},
	{"pt", unicode.Latin, portuguese.Stem}, {"ro", unicode.Latin, romanian.Stem}, {"ru", unicode.Cyrillic, russian.Stem},
	{"sv", unicode.Latin, swedish.Stem}, {"ta", unicode.Tamil, tamil.Stem}, {"tr", unicode.Latin, turkish.Stem},
}

// spokenWidely are the stemmers for a text whose language is not known.
var spokenWidely = []string{"ar", "de", "en", "es", "fr", "it", "pt", "ru", "ta"}

// stemmersOf are the stemmers for a text in lang: its own, and English, since people everywhere
// write some words in English. A language without a stemmer has only English.
func stemmersOf(lang string) []*stemmer {
	lang = stemCode(lang)
	codes := []string{lang, "en"}
	if lang == "" {
		codes = spokenWidely
	}
	var out []*stemmer
	for i := range stemmers {
		for _, c := range codes {
			if stemmers[i].code == c {
				out = append(out, &stemmers[i])
				break
			}
		}
	}
	return out
}

// allStemmers are used for questions: which language a record is in decides, not what the question
// seems to be in.
var allStemmers = func() []*stemmer {
	out := make([]*stemmer, len(stemmers))
	for i := range stemmers {
		out[i] = &stemmers[i]
	}
	return out
}()

// stemCode is the base language of lang, with one code for all kinds of Norwegian.
func stemCode(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	switch lang = strings.ToLower(lang); lang {
	case "nb", "nn":
		return "no"
	case "und":
		return ""
	}
	return lang
}

// hasStemmer reports whether texts in lang get stems of their own.
func hasStemmer(lang string) bool {
	lang = stemCode(lang)
	for i := range stemmers {
		if stemmers[i].code == lang {
			return true
		}
	}
	return false
}

var envs = sync.Pool{New: func() any { return snowballstem.NewEnv("") }}

// stems appends to out the stem tokens of w by each of by, without repeats. A word that somebody
// wrote without its accents is stemmed with them, too, where the language has a rule for it.
func (w word) stems(out []string, by []*stemmer) []string {
	if w.cjk || !stemmable(w.raw) {
		return out
	}
	first, _ := utf8.DecodeRuneInString(w.raw)
	env := envs.Get().(*snowballstem.Env)
	defer envs.Put(env)
	for _, s := range by {
		if !unicode.Is(s.script, first) {
			continue
		}
		from := len(out)
		out = s.add(out, from, env, w.raw)
		if w.raw != w.text {
			out = s.add(out, from, env, w.text)
		}
		if w.also != "" {
			out = s.add(out, from, env, w.also)
		}
		if full := accented(s.code, w.text); full != w.text && full != w.raw {
			out = s.add(out, from, env, full)
		}
	}
	return out
}

// add appends one stem unless it stands in out[from:] already.
func (s *stemmer) add(out []string, from int, env *snowballstem.Env, spelling string) []string {
	env.SetCurrent(spelling)
	s.stem(env)
	stem := env.Current()
	if !utf8.ValidString(stem) {
		return out
	}
	folded := foldWord(stem)
	if utf8.RuneCountInString(folded) < 2 {
		return out
	}
	token := stemMark + s.code + folded
	for _, t := range out[from:] {
		if t == token {
			return out
		}
	}
	return append(out, token)
}

// stemmable reports whether raw is a word that a stemmer may know: letters and marks only.
func stemmable(raw string) bool {
	n := 0
	for _, r := range raw {
		if !unicode.In(r, unicode.L, unicode.M) {
			return false
		}
		n++
	}
	return n >= 3 && n <= maxWord
}

// accented puts back the accents that stemmers need to see an ending, and that people leave away.
func accented(code, w string) string {
	switch code {
	case "es":
		for _, e := range [...][2]string{{"cion", "ción"}, {"sion", "sión"}, {"gion", "gión"}, {"logia", "logía"}} {
			if before, ok := strings.CutSuffix(w, e[0]); ok && before != "" {
				return before + e[1]
			}
		}
	case "pt":
		for _, e := range [...][2]string{{"coes", "ções"}, {"cao", "ção"}, {"sao", "são"}, {"soes", "sões"}} {
			if before, ok := strings.CutSuffix(w, e[0]); ok && before != "" {
				return before + e[1]
			}
		}
	case "it":
		if before, ok := strings.CutSuffix(w, "ita"); ok && len(before) > 3 {
			return before + "ità"
		}
	}
	return w
}
