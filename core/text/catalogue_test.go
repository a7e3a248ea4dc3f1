package text

import (
	"reflect"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

func files(content map[string]string) fstest.MapFS {
	out := fstest.MapFS{}
	for lang, data := range content {
		out["text/"+lang+".json"] = &fstest.MapFile{Data: []byte(data)}
	}
	return out
}

func mustLoad(t testing.TB, content map[string]string) *Catalogue {
	t.Helper()
	c, err := Load(files(content))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var story = map[string]string{
	"en": `{
		"ask": {
			"open": "**{id} · {title}**\nAsked by {who}.",
			"answers": {"zero": "No answer yet", "one": "{n} answer", "other": "{n} answers"},
			"nested.key": "until {day}"
		},
		"links": "See [the *guide*](https://example.org/g?x={title}) or [this]({url}).",
		"typed": "Type ` + "`!edit {id}`" + ` \\*now\\*",
		"kind": {"video": "video"},
		"list": "with {people}, a {kind}"
	}`,
	"it": `{
		"ask": {
			"open": "**{id} · {title}**\nChiesto da {who}.",
			"answers": {"zero": "Ancora nessuna risposta", "one": "una risposta", "other": "{n} risposte"},
			"nested": {"key": "fino al {day}"}
		},
		"links": "Vedi [la *guida*](https://example.org/g?x={title}) o [questo]({url}).",
		"typed": "Scrivi ` + "`!edit {id}`" + ` \\*ora\\*",
		"kind.video": "video",
		"list": "con {people}, un {kind}"
	}`,
	"pl": `{
		"ask": {
			"open": "**{id} · {title}**\nPyta {who}.",
			"answers": {"one": "{n} odpowiedź", "few": "{n} odpowiedzi", "many": "{n} odpowiedzi!"},
			"nested.key": "do {day}"
		},
		"links": "Zobacz [*poradnik*](https://example.org/g?x={title}) lub [to]({url}).",
		"typed": "Napisz ` + "`!edit {id}`" + ` \\*teraz\\*",
		"kind.video": "film",
		"list": "z {people}, {kind}"
	}`,
}

func TestRich(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, story)
	got := c.Rich("en", "ask.open", Args{"id": Record("H7"), "title": "**not bold** [x](https://evil.example)", "who": Person{Member: 4, Name: "Ann"}})
	want := Rich{
		{Text: "H7", Style: StyleBold, Record: "H7"},
		{Text: " · **not bold** [x](https://evil.example)", Style: StyleBold},
		{Text: "\nAsked by "},
		{Text: "Ann", Member: 4},
		{Text: "."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}

	got = c.Rich("en", "links", Args{"title": "a/b?c&d=ü", "url": "https://example.org/x"})
	to := "https://example.org/g?x=a%2Fb%3Fc&d=%C3%BC"
	want = Rich{
		{Text: "See "}, {Text: "the ", URL: to}, {Text: "guide", Style: StyleItalic, URL: to},
		{Text: " or "}, {Text: "this", URL: "https://example.org/x"}, {Text: "."},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %#v\nwant %#v", got, want)
	}

	if got := c.Rich("it", "typed", Args{"id": "R1"}); !reflect.DeepEqual(got, Rich{
		{Text: "Scrivi "}, {Text: "!edit R1", Style: StyleCode}, {Text: " *ora*"}}) {
		t.Errorf("typed: %#v", got)
	}
}

func TestPlain(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, story)
	day := Date{2027, time.January, 15}
	for _, x := range []struct {
		lang, key string
		args      Args
		want      string
	}{
		{"en", "ask.answers", Args{"n": 0}, "No answer yet"},
		{"en", "ask.answers", Args{"n": 1}, "1 answer"},
		{"en", "ask.answers", Args{"n": int64(12500)}, "12,500 answers"},
		{"en", "ask.answers", Args{"n": 10_000_001}, "10,000,001 answers"},
		{"en", "ask.answers", nil, "{n} answers"},
		{"it", "ask.answers", Args{"n": 1}, "una risposta"},
		{"it-CH", "ask.answers", Args{"n": uint8(7)}, "7 risposte"},
		{"pl", "ask.answers", Args{"n": 0}, "0 odpowiedzi!"},
		{"pl", "ask.answers", Args{"n": 22}, "22 odpowiedzi"},
		{"pl", "ask.answers", Args{"n": 12}, "12 odpowiedzi!"},
		{"pl", "ask.answers", Args{"n": 1}, "1 odpowiedź"},
		{"pl", "ask.answers", Args{"n": -1}, "-1 odpowiedź"},
		{"en", "ask.nested.key", Args{"day": day}, "until 15 January 2027"},
		{"it", "ask.nested.key", Args{"day": day}, "fino al 15 gennaio 2027"},
		{"de", "ask.nested.key", Args{"day": day}, "until 15 January 2027"},
		{"en", "ask.nested.key", Args{"day": time.Friday}, "until Friday"},
		{"it", "ask.nested.key", Args{"day": time.Friday}, "fino al venerdì"},
		{"en", "ask.nested.key", Args{}, "until {day}"},
		{"en", "ask.nested.key", Args{"day": nil}, "until {day}"},
		{"en", "links", Args{"title": "x", "url": "javascript:alert(1)"}, "See the guide or this."},
		{"en", "list", Args{"people": []string{"a", "b", "c"}, "kind": Key("kind.video")}, "with a, b and c, a video"},
		{"it", "list", Args{"people": []Rich{Bold("a"), Plain("b")}, "kind": Key("kind.video")}, "con a e b, un video"},
		{"pl", "list", Args{"people": []Person{{Name: "Ala"}}, "kind": Key("kind.video")}, "z Ala, film"},
		{"en", "list", Args{"people": []string{}, "kind": Key("none")}, "with , a ⟨none⟩"},
		{"en", "list", Args{"people": Key("list"), "kind": 1.5}, "with with with with with ⟨list⟩, a 1.5, a 1.5, a 1.5, a 1.5, a 1.5"},
		{"en", "no.such", nil, "⟨no.such⟩"},
		{"", "kind.video", nil, "video"},
	} {
		if got := c.Plain(x.lang, x.key, x.args); got != x.want {
			t.Errorf("Plain(%q, %q, %v)\n got %q\nwant %q", x.lang, x.key, x.args, got, x.want)
		}
	}
	if got := strings.Join(c.Missing(), " "); got != "no.such none" {
		t.Errorf("missing: %q", got)
	}
	if !c.Has("list") || c.Has("ask") || c.Has("no.such") {
		t.Error("Has is wrong")
	}
}

func TestHostileArguments(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, map[string]string{"en": `{"say": "**{who}** says"}`})
	got := c.Rich("en", "say", Args{"who": "a\u202e\x00\xff`{who}`"})
	want := Rich{{Text: "a\ufffd`{who}`", Style: StyleBold}, {Text: " says"}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %#v", got)
	}
	var none *Date
	if got := c.Plain("en", "say", Args{"who": none}); got != " says" {
		t.Errorf("nil pointer: %q", got)
	}
}

func TestMatch(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, story)
	if got := strings.Join(c.Languages(), " "); got != "en it pl" {
		t.Errorf("Languages: %s", got)
	}
	for _, x := range []struct {
		want   string
		wishes []string
	}{
		{"it", []string{"it-IT"}}, {"it", []string{"it_IT"}}, {"pl", []string{"xx", "!!", "pl"}},
		{"en", nil}, {"en", []string{""}}, {"en", []string{"ja"}}, {"it", []string{"ja", "it"}},
		{"en", []string{"en-GB"}}, {"pl", []string{"pl-PL", "en"}}, {"en", []string{strings.Repeat("it-", 99)}},
	} {
		if got := c.Match(x.wishes...); got != x.want {
			t.Errorf("Match(%v) = %s, want %s", x.wishes, got, x.want)
		}
	}
}

// TestFaults: all of them are named at once, and the catalogue still works.
func TestFaults(t *testing.T) {
	t.Parallel()
	c, err := Load(
		files(map[string]string{
			"en":    `{"a": "x {who}", "b": {"one": "{n} b", "other": "{n} bs"}, "c": "c", "d": "d", "d": "again", "g": {}, "h": 3, "i": ["x"], "j": {"one": "1", "two": "2", "other": "{n}"}, "k": "", "l": null}`,
			"pl":    `{"a": "x {what}", "b": {"one": "{n} b", "other": "{n} bs"}, "d": "d", "e": "e"}`,
			"it":    `{"a": "{who", "b": "b", "c": {"one": "c", "other": "c"}, "d": "**d"}`,
			"de":    `{"a": `,
			"qq qq": `{}`,
		}),
		files(map[string]string{"en": `{"c": "twice", "m..n": "x"}`, "fr": `[1]`}),
		files(nil),
	)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`en: d: is given twice`, `en: c: is given twice`, `en: g: is empty`, `en: k: is empty`,
		`en: h: 3 is neither a string nor an object`, `en: i: an array`, `en: l: <nil> is neither`,
		`en: j: the plural form "two" is never used`, `en: m..n: the name "m..n" has an empty part`,
		`pl: a: has the placeholders [what], English has [who]`,
		`pl: b: the plural form "few" is missing`, `pl: b: the plural form "many" is missing`,
		`pl: c: is missing`, `pl: e: is unknown to English`,
		`it: a: unclosed markup`, `it: b: the plural forms are missing`, `it: c: has plural forms, English has none`,
		`it: d: unclosed markup: "**" at byte 0 is never closed`,
		`de: read text/de.json of source 1`, `qq qq: text/qq qq.json of source 1 is not named after a language`,
		`fr: text/fr.json of source 2 is no object`, `en: source 3 has no text/*.json`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("not named: %s", want)
		}
	}
	if t.Failed() {
		t.Log(err)
	}
	if got := c.Languages(); len(got) != 1 || got[0] != "en" {
		t.Errorf("Languages: %v", got)
	}
	if got := c.Plain("en", "a", Args{"who": "y"}); got != "x y" {
		t.Errorf("text: %q", got)
	}
}

// TestMarkup: what is wrong is refused, and what is right means what it looks like.
func TestMarkup(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]Rich{
		"***a* b**":              {{Text: "a", Style: StyleBold | StyleItalic}, {Text: " b", Style: StyleBold}},
		"***a** b*":              nil,
		"**a *b***":              {{Text: "a ", Style: StyleBold}, {Text: "b", Style: StyleBold | StyleItalic}},
		"*a*b*c*":                {{Text: "a", Style: StyleItalic}, {Text: "b"}, {Text: "c", Style: StyleItalic}},
		"`**`":                   {{Text: "**", Style: StyleCode}},
		"`\\``":                  {{Text: "`", Style: StyleCode}},
		"\\[x\\] \\{y\\} \\\\":   {{Text: "[x] {y} \\"}},
		"a] (b) c_d ~e~ <f> #g":  {{Text: "a] (b) c_d ~e~ <f> #g"}},
		"[**a**](mailto:a@b.eu)": {{Text: "a", Style: StyleBold, URL: "mailto:a@b.eu"}},
		"**[a](http://b.eu)**":   {{Text: "a", Style: StyleBold, URL: "http://b.eu"}},
		"è **ß** 🏴":              {{Text: "è "}, {Text: "ß", Style: StyleBold}, {Text: " 🏴"}},
		"**a":                    nil, "*a": nil, "`a": nil, "a*": nil, "**a*b**": nil, "*a**b*c**": nil, "{": nil, "}": nil, "{a b}": nil,
		"{}": nil, "{1}": nil, "[a]": nil, "[a](": nil, "[a]()": nil, "[a](ftp://x)": nil, "[a](javascript:x)": nil,
		"[a](/x)": nil, "[a [b](http://c.eu)](http://d.eu)": nil, "*[a*](http://b.eu)": nil, "[*a](http://b.eu)*": nil,
		"\\": nil, "\\n": nil, "[a](http://{": nil,
	} {
		m, err := parseMessage(s)
		if want == nil {
			if err == nil {
				t.Errorf("%q was read as %+v", s, m.parts)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		var got Rich
		for _, p := range m.parts {
			got = formatter{}.part(got, p)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q\n got %#v\nwant %#v", s, got, want)
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	t.Parallel()
	c := mustLoad(t, story)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 100 {
				c.Plain("pl", "ask.answers", Args{"n": i * 1000})
				c.Plain("it", "no such key", nil)
				c.Match("it-IT", "pl")
			}
		})
	}
	wg.Wait()
	if got := c.Missing(); len(got) != 1 {
		t.Errorf("missing: %v", got)
	}
}
