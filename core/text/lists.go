package text

import "strings"

// and is what stands before the last item of a list.
var and = map[string]string{
	"bg": "и", "ca": "i", "cs": "a", "da": "og", "de": "und", "el": "και", "en": "and", "es": "y",
	"et": "ja", "fi": "ja", "fr": "et", "ga": "agus", "hr": "i", "hu": "és", "it": "e", "lt": "ir",
	"lv": "un", "mt": "u", "nb": "og", "nl": "en", "no": "og", "pl": "i", "pt": "e", "ro": "și",
	"ru": "и", "sk": "a", "sl": "in", "sq": "dhe", "sr": "и", "sv": "och", "tr": "ve", "uk": "і",
}

// List is the enumeration of items in lang: "a, b and c". Items that show nothing are left out. A
// language whose "and" is not known has only commas.
func List(lang string, items ...Rich) Rich {
	shown := make([]Rich, 0, len(items))
	for _, r := range items {
		if len(r) > 0 {
			shown = append(shown, r)
		}
	}
	var out Rich
	for i, r := range shown {
		switch {
		case i == 0:
		case i == len(shown)-1:
			out = out.add(Span{Text: lastSeparator(lang, r.Plain())})
		default:
			out = out.add(Span{Text: ", "})
		}
		for _, s := range r {
			out = out.add(s)
		}
	}
	return out
}

// lastSeparator stands between the last two items. Spanish says "e" before a word that begins with
// the sound of "y" itself.
func lastSeparator(lang, last string) string {
	word := and[baseOf(lang)]
	if word == "" {
		return ", "
	}
	if word == "y" {
		l := strings.ToLower(last)
		vowel := strings.HasPrefix(l, "i") || strings.HasPrefix(l, "hi") || strings.HasPrefix(l, "í")
		if vowel && !strings.HasPrefix(l, "hie") && !strings.HasPrefix(l, "hia") && !strings.HasPrefix(l, "io") {
			word = "e"
		}
	}
	return " " + word + " "
}

// baseOf is the language of a tag without script and region: "pt" of "pt-BR".
func baseOf(lang string) string {
	if i := strings.IndexAny(lang, "-_"); i >= 0 {
		lang = lang[:i]
	}
	return strings.ToLower(lang)
}
