package text

import "testing"

func TestLanguage(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"pl": "pl", "PL": "pl", "pl-PL": "pl", "pl_PL": "pl", "Polish": "pl", "polacco": "pl",
		"polski": "pl", "POLSKI ": "pl", "italiano": "it", "Italian": "it", "włoski": "it", "wloski": "it",
		"Deutsch": "de", "tedesco": "de", "Ελληνικά": "el", "ελληνικα": "el", "Greek": "el",
		"español": "es", "espanol": "es", "castellano": "es", "Mandarin": "zh", "zh-Hant-TW": "zh",
		"pol": "pl", "iw": "he", "English": "en", "inglese": "en", "čeština": "cs", "cestina": "cs",
		"українська": "uk", "português": "pt", "pt-BR": "pt", "slovene": "sl", "français": "fr",
	} {
		if got, ok := Language(said); got != want || !ok {
			t.Errorf("Language(%q) = %q, %v; want %q", said, got, ok, want)
		}
	}
	for _, said := range []string{"", " ", "klingonese", "xx", "und", "mul", "e", "english please", "!!", "\xff", "-", "qqq-qqq-qqq"} {
		if got, ok := Language(said); ok {
			t.Errorf("Language(%q) = %q; want none", said, got)
		}
	}
}

func TestCountry(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"Italy": "IT", "Italia": "IT", "IT": "IT", "it": "IT", "ITA": "IT", "Polska": "PL",
		"Polonia": "PL", "Poland": "PL", "UK": "GB", "GB": "GB", "EL": "GR", "GR": "GR", "Ελλάδα": "GR",
		"Deutschland": "DE", "Germania": "DE", "Österreich": "AT", "osterreich": "AT", "Türkiye": "TR",
		"Eire": "IE", "Ireland": "IE", "España": "ES", "Kosovo": "XK", "the Netherlands": "NL",
		"Paesi Bassi": "NL", "Czechia": "CZ", "Česko": "CZ", "Czech Republic": "CZ", "Suomi": "FI",
		"North Macedonia": "MK", "United States": "US", "Stati Uniti": "US", "Côte d’Ivoire": "CI",
	} {
		if got, ok := Country(said); got != want || !ok {
			t.Errorf("Country(%q) = %q, %v; want %q", said, got, ok, want)
		}
	}
	for _, said := range []string{"", "Atlantis", "Europe", "EU", "ZZ", "001", "150", "x", "\x00"} {
		if got, ok := Country(said); ok {
			t.Errorf("Country(%q) = %q; want none", said, got)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ got, want string }{
		{LanguageName("pl", "it"), "polacco"},
		{LanguageName("pl", "pl"), "polski"},
		{LanguageName("pl", "en"), "Polish"},
		{LanguageName("pl", "xx"), "Polish"},
		{LanguageName("no language", "en"), "no language"},
		{CountryName("PL", "it"), "Polonia"},
		{CountryName("pl", "en"), "Poland"},
		{CountryName("GR", "el"), "Ελλάδα"},
		{CountryName("UK", "en"), "United Kingdom"},
		{CountryName("??", "en"), "??"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

// TestNamesComeBack: whatever we call a language or country, people may call it the same.
func TestNamesComeBack(t *testing.T) {
	t.Parallel()
	for _, in := range []string{"en", "it"} {
		for _, code := range []string{"bg", "cs", "da", "de", "el", "en", "es", "et", "fi", "fr", "ga", "hr", "hu", "it", "lt", "lv", "mt", "nl", "pl", "pt", "ro", "sk", "sl", "sv", "tr", "uk", "sq", "sr", "mk", "is", "no"} {
			if got, _ := Language(LanguageName(code, in)); got != code {
				t.Errorf("%s is called %q in %s, which is read as %q", code, LanguageName(code, in), in, got)
			}
		}
		for _, code := range []string{"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "GB", "NO", "IS", "LI", "CH", "TR", "RS", "MK", "AL", "UA", "ME", "BA", "MD", "GE", "XK"} {
			if got, _ := Country(CountryName(code, in)); got != code {
				t.Errorf("%s is called %q in %s, which is read as %q", code, CountryName(code, in), in, got)
			}
		}
	}
}
