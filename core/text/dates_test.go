package text

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestDate(t *testing.T) {
	t.Parallel()
	d, err := ParseDate("2027-01-15")
	if err != nil || d != (Date{2027, time.January, 15}) || d.String() != "2027-01-15" {
		t.Fatalf("%v, %v", d, err)
	}
	for _, s := range []string{"", "2027-1-5", "2027-02-30", "15.01.2027", "2027-01-15T00:00:00Z"} {
		if d, err := ParseDate(s); err == nil {
			t.Errorf("ParseDate(%q) = %v", s, d)
		}
	}
	if got := d.AddDays(-15); got.String() != "2026-12-31" {
		t.Errorf("AddDays: %v", got)
	}
	if got := (Date{2028, 2, 28}).AddDays(1); got.Day != 29 {
		t.Errorf("leap day: %v", got)
	}
	later := Date{2027, time.February, 1}
	if !d.Before(later) || later.Before(d) || d.Before(d) || !later.After(d) || d.DaysUntil(later) != 17 || later.DaysUntil(d) != -17 {
		t.Error("order is wrong")
	}
	if d.Weekday() != time.Friday || d.IsZero() || !(Date{}).IsZero() {
		t.Error("weekday or zero is wrong")
	}
}

// TestDateAcrossClockChanges: a day begins on that day everywhere, also where midnight is skipped.
func TestDateAcrossClockChanges(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Rome", "Europe/Dublin", "America/Sao_Paulo", "Asia/Beirut", "Atlantic/Azores", "Africa/Cairo", "UTC"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		for d := (Date{2017, 1, 1}); d.Before(Date{2028, 1, 1}); d = d.AddDays(1) {
			begin := d.Time(zone)
			if DateOf(begin) != d || DateOf(begin.Add(-time.Second)) == d {
				t.Fatalf("%s: %v begins at %v", name, d, begin)
			}
		}
	}
}

func TestFormatDate(t *testing.T) {
	t.Parallel()
	d := Date{2027, time.January, 15}
	for lang, want := range map[string]string{
		"en": "15 January 2027", "it": "15 gennaio 2027", "pl": "15 stycznia 2027", "de": "15. Januar 2027",
		"fr": "15 janvier 2027", "es": "15 de enero de 2027", "pt": "15 de janeiro de 2027", "pt-BR": "15 de janeiro de 2027",
		"el": "15 Ιανουαρίου 2027", "hu": "2027. január 15.", "lt": "2027 m. sausio 15 d.", "xx": "2027-01-15", "": "2027-01-15",
	} {
		if got := FormatDate(lang, d); got != want {
			t.Errorf("FormatDate(%s) = %q, want %q", lang, got, want)
		}
	}
	if got := FormatDate("fr", Date{2027, 1, 1}); got != "1er janvier 2027" {
		t.Error(got)
	}
	if got := FormatDate("ca", Date{2027, 4, 2}); got != "2 d’abril de 2027" {
		t.Error(got)
	}
	for lang, c := range months {
		if len(c.month) != 12 || len(weekdays[lang]) != 7 {
			t.Errorf("%s has %d months and %d days of the week", lang, len(c.month), len(weekdays[lang]))
		}
	}
}

func TestMoment(t *testing.T) {
	t.Parallel()
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2027, 1, 15, 8, 0, 0, 0, time.UTC)
	c := mustLoad(t, map[string]string{"en": `{"due": "due **{at}**"}`})
	r := c.Rich("en", "due", Args{"at": Moment(at).In(rome)})
	if r.Plain() != "due 15 January 2027, 09:00 CET" || !r[1].At.Equal(at) || r[1].Style != StyleBold {
		t.Errorf("%#v", r)
	}
	if got := r.In("it", time.UTC).Plain(); got != "due 15 gennaio 2027, 08:00 UTC" {
		t.Error(got)
	}
}

func TestFormatNumber(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang string
		n    int64
		want string
	}{
		{"en", 999, "999"}, {"en", 1000, "1,000"}, {"en", -1234567, "-1,234,567"}, {"it", 12500, "12.500"},
		{"de", 1000, "1.000"}, {"pl", 1000, "1000"}, {"pl", 12500, "12\u00a0500"}, {"es", 1000, "1000"}, {"es", 10000, "10.000"},
		{"fr", 12500, "12\u00a0500"}, {"xx", 12, "12"}, {"not a tag!", 12, "12"},
	} {
		if got := FormatNumber(c.lang, c.n); got != c.want {
			t.Errorf("FormatNumber(%s, %d) = %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

func TestList(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		lang  string
		items []string
		want  string
	}{
		{"en", nil, ""}, {"en", []string{"a"}, "a"}, {"en", []string{"a", "", "b"}, "a and b"},
		{"it", []string{"a", "b", "c"}, "a, b e c"}, {"pl", []string{"a", "b"}, "a i b"},
		{"es", []string{"España", "Italia"}, "España e Italia"}, {"es", []string{"agua", "hielo"}, "agua y hielo"},
		{"xx", []string{"a", "b"}, "a, b"},
	} {
		var items []Rich
		for _, s := range c.items {
			items = append(items, Plain(s))
		}
		if got := List(c.lang, items...).Plain(); got != c.want {
			t.Errorf("List(%s, %v) = %q, want %q", c.lang, c.items, got, c.want)
		}
	}
}

func TestSafeURL(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://example.org/a?b=c#d": "https://example.org/a?b=c#d",
		"HTTP://example.org":          "http://example.org",
		"mailto:ann@example.org":      "mailto:ann@example.org",
		" https://example.org ":       "https://example.org",
		"https://[2001:db8::1]/x":     "https://[2001:db8::1]/x",
		"":                            "", "example.org": "", "//example.org": "", "javascript:alert(1)": "",
		"data:text/html,x": "", "https://": "", "https://a b": "", "https://a/\u202eb": "", "https://a/<b>": "",
		"ftp://example.org": "", "mailto:": "", "https://a/\n": "https://a/", "https:///path": "", "https://a|b": "",
	} {
		if got := SafeURL(in); got != want {
			t.Errorf("SafeURL(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestConstructors(t *testing.T) {
	t.Parallel()
	r := Join(" · ", ID("R1"), nil, Bold("x"), Link("here", "https://example.org"), Link("no", "javascript:x"), Plain(""))
	if r.Plain() != "R1 · x · here · no" || r[len(r)-1].URL != "" || r[0].Record != "R1" {
		t.Errorf("%#v", r)
	}
	if got := Plain("a").With(StyleItalic | StyleBold); !got[0].Style.Has(StyleItalic) {
		t.Errorf("%#v", got)
	}
	if !(Rich{}).Empty() || r.Empty() {
		t.Error("Empty is wrong")
	}
	for _, s := range []Rich{Italic("x"), Code("x"), Strike("x")} {
		if s[0].Style == 0 {
			t.Errorf("%#v", s)
		}
	}
}
