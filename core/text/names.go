package text

import (
	"strings"
	"sync"
	"unicode"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
	"golang.org/x/text/unicode/norm"
)

// naming are the languages in which people may say the name of a language or country. Where two
// disagree, the earlier one is right.
var naming = []string{"en", "it", "de", "fr", "es", "pl", "pt", "el", "nl", "ro", "cs"}

// otherLanguageNames are said often and are in no dictionary under this name.
var otherLanguageNames = map[string]string{
	"castilian": "es", "castellano": "es", "castigliano": "es", "flemish": "nl", "fiammingo": "nl",
	"vlaams": "nl", "mandarin": "zh", "farsi": "fa", "bokmal": "nb", "valencian": "ca",
	"valencia": "ca", "gaelic": "ga", "modern greek": "el", "slovene": "sl", "moldovan": "ro",
}

// otherCountryNames likewise; "EL" and "UK" are how the European Union's forms write two countries.
var otherCountryNames = map[string]string{
	"el": "GR", "uk": "GB", "great britain": "GB", "gran bretagna": "GB", "britain": "GB",
	"england": "GB", "inghilterra": "GB", "scotland": "GB", "scozia": "GB", "wales": "GB",
	"galles": "GB", "northern ireland": "GB", "irlanda del nord": "GB", "usa": "US",
	"united states of america": "US", "america": "US", "holland": "NL", "olanda": "NL",
	"the netherlands": "NL", "czech republic": "CZ", "repubblica ceca": "CZ", "ceska republika": "CZ",
	"north macedonia": "MK", "macedonia del nord": "MK", "macedonia": "MK", "turkiye": "TR",
	"republic of ireland": "IE", "eire": "IE", "slovak republic": "SK", "bosnia": "BA",
	"moldova": "MD", "moldavia": "MD", "kosovo": "XK", "belarus": "BY", "bielorussia": "BY",
	"ivory coast": "CI", "korea": "KR", "russian federation": "RU", "palestine": "PS", "palestina": "PS",
}

// Language reads how a person says a language: a BCP-47 code ("pl", "pl-PL") or the name in the
// language itself, English, Italian and some others ("polski", "Polish", "polacco"). The result is
// the base language, "pl"; ok is false when no language is meant.
func Language(name string) (code string, ok bool) {
	said := foldName(name)
	if said == "" {
		return "", false
	}
	if len(said) == 2 {
		return languageCode(said)
	}
	if code = languageNames()[said]; code != "" {
		return code, true
	}
	return languageCode(said)
}

func languageCode(said string) (string, bool) {
	tag, err := language.Parse(strings.ReplaceAll(said, "_", "-"))
	if err != nil {
		return "", false
	}
	b, confidence := tag.Base()
	code := b.String()
	private := len(code) == 3 && code >= "qaa" && code <= "qtz"
	if confidence != language.Exact || private || code == "und" || code == "mul" || code == "zxx" || code == "mis" {
		return "", false
	}
	return code, true
}

// Country reads how a person says a country: an ISO 3166-1 code of two or three letters, or the name
// in the country's own language, English, Italian and some others ("Italy", "Italia", "IT"). The
// result has two capital letters; ok is false when no country is meant.
func Country(name string) (code string, ok bool) {
	said := foldName(name)
	if said == "" {
		return "", false
	}
	if code = countryNames()[said]; code != "" {
		return code, true
	}
	if len(said) != 2 && len(said) != 3 {
		return "", false
	}
	return countryCode(strings.ToUpper(said))
}

func countryCode(said string) (string, bool) {
	r, err := language.ParseRegion(said)
	if err != nil {
		return "", false
	}
	r = r.Canonicalize()
	code := r.String()
	if !r.IsCountry() || len(code) != 2 || code == "ZZ" {
		return "", false
	}
	return code, true
}

// LanguageName is the name of the language tag as readers of in call it, "polacco" of "pl" in "it";
// in English where in has no name for it, tag itself when it is no language.
func LanguageName(tag, in string) string {
	t, err := language.Parse(tag)
	if err != nil || t == language.Und {
		return Clean(tag, maxName)
	}
	for _, reader := range []string{in, base} {
		if n := display.Languages(language.Make(reader)); n != nil {
			if s := n.Name(t); s != "" {
				return s
			}
		}
	}
	return t.String()
}

// CountryName is the name of the country code as readers of in call it, "Polonia" of "PL" in "it";
// in English where in has no name for it, code itself when it is no country.
func CountryName(code, in string) string {
	known, ok := countryCode(strings.ToUpper(code))
	if !ok {
		return Clean(code, maxName)
	}
	r := language.MustParseRegion(known)
	for _, reader := range []string{in, base} {
		if n := display.Regions(language.Make(reader)); n != nil {
			if s := n.Name(r); s != "" {
				return s
			}
		}
	}
	return known
}

// languageNames is every folded name of a language with its code.
var languageNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for name, code := range otherLanguageNames {
		out[name] = code
	}
	bases := display.Supported.BaseLanguages()
	for _, in := range naming {
		n := display.Languages(language.Make(in))
		for _, b := range bases {
			addName(out, n.Name(b), b.String())
		}
		if in != "it" {
			continue
		}
		for _, b := range bases { // English and Italian first, then each in its own words
			if t, err := language.Compose(b); err == nil {
				addName(out, display.Self.Name(t), b.String())
			}
		}
	}
	return out
})

// countryNames is every folded name of a country with its code.
var countryNames = sync.OnceValue(func() map[string]string {
	out := map[string]string{}
	for name, code := range otherCountryNames {
		out[name] = code
	}
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			// A code that was renamed must not bring its old name back under the new one.
			if code, ok := countryCode(string([]rune{a, b})); ok && code == string([]rune{a, b}) {
				codes = append(codes, code)
			}
		}
	}
	for _, in := range naming {
		n := display.Regions(language.Make(in))
		for _, code := range codes {
			addName(out, n.Name(language.MustParseRegion(code)), code)
		}
		if in != "it" {
			continue
		}
		for _, code := range codes {
			own, _ := language.Make("und-" + code).Base()
			if n := display.Regions(language.Make(own.String())); n != nil {
				addName(out, n.Name(language.MustParseRegion(code)), code)
			}
		}
	}
	return out
})

func addName(names map[string]string, name, code string) {
	if name = foldName(name); name != "" && names[name] == "" && code != "und" {
		names[name] = code
	}
}

var unmarked = strings.NewReplacer("ł", "l", "ø", "o", "đ", "d", "ß", "ss", "æ", "ae", "œ", "oe", "ı", "i", "’", "'")

// foldName makes two spellings of one name equal: case, accents and spaces do not count.
func foldName(s string) string {
	if len(s) > 256 {
		return ""
	}
	s = norm.NFKD.String(Clean(s, 0))
	s = strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return unicode.ToLower(r)
	}, s)
	return strings.Trim(unmarked.Replace(s), " .,;:!?\"'()")
}
