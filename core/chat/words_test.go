package chat

import (
	"testing"

	"guildhall/core/text"
)

func TestWordsAreWhole(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range []string{"en", "it"} {
		if got := c.Match(lang); got != lang {
			t.Errorf("no catalogue in %s, only %v", lang, c.Languages())
		}
	}
}

func TestParseDay(t *testing.T) {
	t.Parallel()
	today := text.Date{Year: 2026, Month: 11, Day: 25} // a Wednesday
	for said, want := range map[string]string{
		"2027-03-01": "2027-03-01", "6 weeks": "2027-01-06", "in two months": "2027-01-25", "tomorrow": "2026-11-26",
		"Friday": "2026-11-27", "Wednesday": "2026-12-02", "1 March 2027": "2027-03-01", "March 1": "2027-03-01",
		"15/1/2027": "2027-01-15", "6 settimane": "2027-01-06", "venerdì": "2026-11-27", "domani": "2026-11-26",
		"1 marzo": "2027-03-01", "2w": "2026-12-09", "15. Januar 2027": "2027-01-15", "until 15 January": "2027-01-15",
		"soon": "", "": "", "32/1/2027": "", "2027-02-30": "", "0 weeks": "", "99999 weeks": "", "next": "", "30 Feb": "",
	} {
		d, ok := ParseDay(said, today)
		got := ""
		if ok {
			got = d.String()
		}
		if got != want {
			t.Errorf("%q is %q, want %q", said, got, want)
		}
	}
}

func TestGivenReadsWhatLineWrote(t *testing.T) {
	t.Parallel()
	c := Command{Path: "deposit", Args: []Arg{{Name: "title", Kind: Line, Required: true}, {Name: "link", Kind: Link}, {Name: "licence", Kind: Choice}}}
	for line, want := range map[string]Given{
		`"Welding rubric" link:https://example.org/r.pdf`: {"title": "Welding rubric", "link": "https://example.org/r.pdf"},
		`Welding rubric`:                        {"title": "Welding rubric"},
		`Welding rubric --licence cc-by-4.0`:    {"title": "Welding rubric", "licence": "cc-by-4.0"},
		`“Curly quotes” licence:"a b"`:          {"title": "Curly quotes", "licence": "a b"},
		`What: is "this" about`:                 {"title": `What: is "this" about`},
		`"never closed`:                         {"title": `"never closed`},
		`title:named link:https://e.org/?a=b:c`: {"title": "named", "link": "https://e.org/?a=b:c"},
		"several  spaces\nand lines":            {"title": "several  spaces\nand lines"},
		``:                                      {},
	} {
		got, _ := c.given(line)
		if len(got) != len(want) {
			t.Errorf("%q gave %v, want %v", line, got, want)
			continue
		}
		for k, v := range want {
			if got[k] != v {
				t.Errorf("%q gave %s %q, want %q", line, k, got[k], v)
			}
		}
		_, rest := cutWord(c.line(got))
		back, _ := c.given(rest)
		for k, v := range got {
			if back[k] != v {
				t.Errorf("%q: %s came back as %q, was %q", line, k, back[k], v)
			}
		}
	}
}

func FuzzGiven(f *testing.F) {
	c := Command{Path: "deposit", Args: []Arg{{Name: "title", Kind: Line, Required: true}, {Name: "link", Kind: Link}, {Name: "licence", Kind: Choice}}}
	for _, s := range []string{`"a b" link:x`, `--`, `"`, `“”`, `title:`, "\\", `--link`, `a\"b`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		line = text.CleanLines(line, 0)
		got, _ := c.given(line)
		_, rest := cutWord(c.line(got))
		back, _ := c.given(rest)
		for k, v := range got {
			if v != "" && back[k] != v {
				t.Errorf("%q: %s came back as %q, was %q", line, k, back[k], v)
			}
		}
	})
}
