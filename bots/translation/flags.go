package translation

import "guildhall/core/chat"

// speak is the language that the flag of a country stands for. Countries whose flag could mean several are
// left out: Belgium, Switzerland, Canada, Luxembourg.
var speak = map[string]string{
	"AL": "sq", "AT": "de", "BG": "bg", "BR": "pt", "CN": "zh", "CY": "el", "CZ": "cs", "DE": "de", "DK": "da", "EE": "et", "ES": "es",
	"FI": "fi", "FR": "fr", "GB": "en", "GR": "el", "HR": "hr", "HU": "hu", "IE": "en", "IS": "is", "IT": "it", "JP": "ja", "LT": "lt",
	"LV": "lv", "MK": "mk", "MT": "mt", "NL": "nl", "NO": "nb", "PL": "pl", "PT": "pt", "RO": "ro", "RS": "sr", "SE": "sv", "SI": "sl",
	"SK": "sk", "TR": "tr", "UA": "uk", "US": "en",
}

// flags are the reactions that ask for a translation, each with its language.
func flags() map[string]chat.Given {
	out := make(map[string]chat.Given, len(speak))
	for country, lang := range speak {
		flag := string([]rune{'🇦' + rune(country[0]-'A'), '🇦' + rune(country[1]-'A')})
		out[flag] = chat.Given{"to": lang}
	}
	return out
}
