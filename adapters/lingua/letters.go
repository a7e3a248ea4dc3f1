package lingua

import (
	"strings"
	"unicode"
)

// ownLetters are the lower-case letters beyond a to z of a language's own words and common loans
// (CLDR main exemplar characters). A language that is missing here is not checked.
var ownLetters = map[string]string{
	"ca": "àçèéíïòóúü·", "cs": "áčďéěíňóřšťúůýž", "da": "åæøéü", "de": "äöüßé", "en": "éï",
	"es": "áéíñóúü", "et": "äõöüšž", "fi": "äöåšž", "fr": "àâæçèéêëîïôœùûüÿ", "hr": "čćđšž",
	"hu": "áéíóöőúüű", "it": "àèéìíîòóùú", "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž",
	"nb": "åæøàéòóô", "nl": "áäéëíïóöúü", "pl": "ąćęłńóśźż", "pt": "áàâãçéêíóôõúü",
	"ro": "ăâîșțşţ", "sk": "áäčďéíĺľňóôŕšťúýž", "sl": "čšž", "sv": "åäöéà",
}

// maxForeign is the share of words that may hold a letter which the language does not have: names
// of people and towns.
const maxForeign = 0.2

// spells reports whether prose can be in the language with this tag by its letters. The library does
// not count a letter that a language lacks against it, and takes Catalan for English.
func spells(tag, prose string) bool {
	own, known := ownLetters[tag]
	if !known {
		return true
	}
	words, foreign := 0, 0
	for _, word := range strings.Fields(prose) {
		if strings.IndexFunc(word, unicode.IsLetter) < 0 {
			continue
		}
		words++
		if strings.ContainsFunc(word, func(r rune) bool {
			return r > unicode.MaxASCII && unicode.Is(unicode.Latin, r) &&
				!strings.ContainsRune(own, unicode.ToLower(r)) && !strings.ContainsRune("ªº", r)
		}) {
			foreign++
		}
	}
	return float64(foreign) <= maxForeign*float64(words)
}
