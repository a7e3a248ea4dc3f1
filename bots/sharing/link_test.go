package sharing

import (
	"strings"
	"testing"
	"unicode/utf8"
)

func TestCutLink(t *testing.T) {
	t.Parallel()
	for _, x := range []struct{ given, rest, link string }{
		{"Welding rubric", "Welding rubric", ""},
		{"https://example.org/a", "", "https://example.org/a"},
		{"Rubric: https://example.org/a.", "Rubric", "https://example.org/a"},
		{"See https://example.org/a, it is good", "See it is good", "https://example.org/a"},
		{"(https://example.org/wiki/Weld_(metal))", "", "https://example.org/wiki/Weld_(metal)"},
		{"Rubric <https://example.org/a|our rubric>", "Rubric our rubric>", "https://example.org/a"},
		{"two https://a.example https://b.example", "two https://b.example", "https://a.example"},
		{"ftp://example.org/a", "ftp://example.org/a", ""},
		{"https://", "https://", ""},
		{"javascript:alert(1)//https://evil.example", "javascript:alert(1)//", "https://evil.example"},
	} {
		if rest, link := cutLink(x.given); rest != x.rest || link != x.link {
			t.Errorf("%q: %q and %q", x.given, rest, link)
		}
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	for given, want := range map[string]string{
		"rubryka_oceny-2.pdf": "rubryka oceny 2", ".hidden": ".hidden", "v1.2 final": "v1.2 final", "a.tar.gz": "a.tar", "": "", "noext": "noext",
	} {
		if got := nameOfFile(given); got != want {
			t.Errorf("%q is called %q", given, got)
		}
	}
	for given, want := range map[string]string{
		"https://example.org/tools/weld_rubric.html?x=1": "weld rubric", "https://example.org": "example.org", "https://example.org/": "example.org",
		"https://example.org/a%2Fb%0A": "b", "https://exa mple": "https://exa mple",
	} {
		if got := nameOfLink(given); got != want {
			t.Errorf("%q is called %q", given, got)
		}
	}
	if got := label("https://www.example.org/" + strings.Repeat("a", 100) + "/"); !strings.HasPrefix(got, "example.org/aaa") || utf8.RuneCountInString(got) > 60 {
		t.Errorf("%q", got)
	}
}

func FuzzCutLink(f *testing.F) {
	for _, s := range []string{"", "see https://example.org/a).", "https://[::1]:99/?#", "http://\x00", "https://é.example/ ü|>", "https://a.b/((((]]}}"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		rest, link := cutLink(s)
		if link == "" {
			if rest != s {
				t.Errorf("%q lost something: %q", s, rest)
			}
			return
		}
		if !strings.Contains(s, link) || strings.ContainsAny(link, " \t\n<>\"|") || !strings.HasPrefix(link, "http") {
			t.Errorf("%q has the link %q", s, link)
		}
		if again, more := cutLink(link); more != link || again != "" {
			t.Errorf("%q is not the same link again: %q, %q", link, again, more)
		}
		if len(rest) > len(s)+1 {
			t.Errorf("%q grew to %q", s, rest)
		}
		_, _ = nameOfLink(link), label(link)
	})
}
