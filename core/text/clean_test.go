package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

func TestClean(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		max  int
		want string
	}{
		{"", 5, ""},
		{"plain", 0, "plain"},
		{"plain", 5, "plain"},
		{"plain text", 5, "plai…"},
		{"abcd efgh", 6, "abcd…"},
		{"  a \t\r\n b  ", 0, "a b"},
		{"a\x00b\x07c\x7fd\u0085e", 0, "abcd e"},
		{"a\xff\xfeb", 0, "a\ufffdb"},
		{"\xed\xa0\x80x", 0, "\ufffdx"},
		{"user\u202etxt.exe", 0, "usertxt.exe"},
		{"a\u2066b\u2069c\u200ed\u200fe\u061cf", 0, "abcdef"},
		{"a\u2028b\u2029c", 0, "a b c"},
		{"Z" + strings.Repeat("\u0301", 50), 0, "Z" + strings.Repeat("\u0301", 8)},
		{"Zażółć gęślą jaźń", 6, "Zażół…"},
		{"👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2, "👩‍👩‍👧‍👦…"},
		{"🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F", 0, "🏴\U000E0067\U000E0062\U000E0065\U000E006E\U000E0067\U000E007F"},
		{"hi\U000E0068\U000E0069", 0, "hi"},
		{"می\u200cخواهم", 0, "می\u200cخواهم"},
		{"\ufeffa", 0, "a"},
		{"\u200b\u200b\u3164 \u2060", 0, ""},
		{"a\u00a0\u2003b", 0, "a b"},
		{"a\ufffe\U0010ffffb", 0, "ab"},
		{"<b>@everyone</b>", 0, "<b>@everyone</b>"},
		{"abc", 1, "…"},
	} {
		if got := Clean(c.in, c.max); got != c.want {
			t.Errorf("Clean(%q, %d) = %q, want %q", c.in, c.max, got, c.want)
		}
	}
	for in, want := range map[string]string{
		"a\r\nb\rc\nd":          "a\nb\nc\nd",
		"\n\n a\n\n\n\n\nb \n":  "a\n\nb",
		"a  \n\tb  c":           "a\n\tb  c",
		"x\u2028y":              "x\ny",
		"x\x00\n\x00\n\x00\n y": "x\n\n y",
	} {
		if got := CleanLines(in, 0); got != want {
			t.Errorf("CleanLines(%q) = %q, want %q", in, got, want)
		}
	}
	if got := Length("zażółć👩‍👩‍👧‍👦"); got != 7 {
		t.Errorf("Length = %d", got)
	}
}

// FuzzClean holds what Clean promises for any input.
func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "a\u202eb", "Z\u0301\u0301", "👩‍👩‍👧‍👦", "\xff\x00", " a  b\r\n\r\n\r\nc ", "🏴\U000E0067\U000E007F", "ᄀᄀᄀ", "\u0600a", "🇮🇹🇵🇱🇮"} {
		f.Add(s, 3)
		f.Add(s, 0)
	}
	f.Fuzz(func(t *testing.T, s string, max int) {
		for name, clean := range map[string]func(string, int) string{"Clean": Clean, "CleanLines": CleanLines} {
			got := clean(s, max)
			if !utf8.ValidString(got) {
				t.Fatalf("%s gave invalid UTF-8: %q", name, got)
			}
			if max > 0 && uniseg.GraphemeClusterCount(got) > max {
				t.Fatalf("%s gave %d graphemes for %d: %q", name, uniseg.GraphemeClusterCount(got), max, got)
			}
			for _, r := range got {
				if dropped(r) && (name == "Clean" || r != '\n' && r != '\t') {
					t.Fatalf("%s kept %U in %q", name, r, got)
				}
			}
			if name == "Clean" && strings.ContainsAny(got, "\n\r\t\u2028\u2029") {
				t.Fatalf("more than one line: %q", got)
			}
			if again := clean(got, max); again != got {
				t.Fatalf("%s is not stable: %q, then %q", name, got, again)
			}
		}
	})
}

// FuzzFormat: no argument changes the structure of a message, and nothing panics.
func FuzzFormat(f *testing.F) {
	f.Add("en", "**x** {y}", int64(1))
	f.Add("it-IT", "a\u202e`", int64(-9223372036854775808))
	f.Add("ar", "[l](https://x)", int64(9223372036854775807))
	c := mustLoad(f, map[string]string{
		"en": `{"k": "**{a}** [{a}]({a}) {n}", "p": {"one": "{n} {a}", "other": "{n} {a}"}}`,
		"it": `{"k": "**{a}** [{a}]({a}) {n}", "p": {"one": "{n} {a}", "other": "{n} {a}"}}`,
	})
	f.Fuzz(func(t *testing.T, lang, s string, n int64) {
		r := c.Rich(lang, "k", Args{"a": s, "n": n})
		for _, span := range r {
			if !utf8.ValidString(span.Text) || CleanLines("x"+span.Text+"x", 0) != "x"+span.Text+"x" {
				t.Fatalf("span is not clean: %q", span.Text)
			}
			if span.URL != "" && SafeURL(span.URL) != span.URL {
				t.Fatalf("unsafe address %q", span.URL)
			}
			if span.Style&^StyleBold != 0 || span.Member != 0 || span.Record != "" {
				t.Fatalf("%q became markup: %+v", s, span)
			}
		}
		a := CleanLines(s, 0)
		if got, want := r.Plain(), a+" "+a+" "; !strings.HasPrefix(got, want) {
			t.Fatalf("got %q, want the prefix %q", got, want)
		}
		c.Plain(lang, "p", Args{"a": s, "n": n})
		c.Plain(lang, s, Args{"a": s, "n": n})
		FormatNumber(lang, n)
		Language(s)
		Country(s)
		LanguageName(s, lang)
		CountryName(s, lang)
	})
}

// FuzzMarkup: a catalogue string is either refused or shown; it never panics.
func FuzzMarkup(f *testing.F) {
	for _, s := range []string{"**a**", "*a", "[a](https://x.eu/{b})", "`{c}`", "\\*", "***a* b**"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		m, err := parseMessage(s)
		if err != nil {
			return
		}
		var r Rich
		for _, p := range m.parts {
			r = formatter{}.part(r, p)
		}
		for _, span := range r {
			if span.URL != "" && SafeURL(span.URL) == "" {
				t.Fatalf("unsafe address %q from %q", span.URL, s)
			}
		}
	})
}

func BenchmarkClean(b *testing.B) {
	s := strings.Repeat("Zażółć gęślą jaźń, abc. ", 40)
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		Clean(s, 500)
	}
}
