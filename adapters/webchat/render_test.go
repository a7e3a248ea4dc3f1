package webchat

import (
	"flag"
	"html/template"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
	"guildhall/core/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// annas is how Anna sees messages, in a test.
func annas(t testing.TB) look {
	t.Helper()
	files, personas := Demo()
	p, err := New(Options{Store: &Memory{}, Files: mustFolder(t), Spaces: files, Personas: personas})
	if err != nil {
		t.Fatal(err)
	}
	return p.look(p.personas[DemoAnna])
}

func mustFolder(t testing.TB) *Folder {
	t.Helper()
	f, err := OpenFolder(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func golden(t *testing.T, name string, html template.HTML) {
	t.Helper()
	path := filepath.Join("testdata", "render", name+".html")
	got := string(html) + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test -update writes it anew):\n%s", path, got)
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	l := annas(t)
	at := time.Date(2026, 11, 25, 9, 30, 0, 0, time.UTC)
	hostile := chat.Message{Lang: "en", Kind: chat.Card}
	for _, s := range chattest.Hostile {
		hostile.Body = append(hostile.Body, text.Plain(s))
		hostile.Fields = append(hostile.Fields, chat.Field{Name: s, Value: text.Plain(s)})
		hostile.Buttons = append(hostile.Buttons, chat.Button{Key: s, Label: s, Name: s, Line: s})
	}
	hostile.Menus = []chat.Menu{{Key: `"><script>`, Label: "<b>", Options: []chat.Option{{Value: `"'>`, Label: "<i>", About: "&"}}}}
	sha := strings.Repeat("0123456789abcdef", 4)
	for name, m := range map[string]chat.Message{
		"empty": {},
		"whole": chattest.Whole(),
		"spans": {Lang: "it", Body: []text.Rich{{
			{Text: "bold ", Style: text.StyleBold}, {Text: "italic ", Style: text.StyleItalic}, {Text: "code", Style: text.StyleCode}, {Text: " struck ", Style: text.StyleStrike},
			{Text: "all", Style: text.StyleBold | text.StyleItalic | text.StyleCode | text.StyleStrike}, {Text: " a link ", URL: "https://example.org/?a=1&b=2"},
			{Text: "R13", Record: "R13"}, {Text: " by "}, {Text: "Anna", Member: 1}, {Text: ", "}, {Text: "Bogdan", Member: 2}, {Text: ", "}, {Text: "Nobody", Member: 3},
			{Text: " at "}, {Text: "10:30", At: at}, {Text: "two\nlines"},
		}}, Accounts: map[int64]chat.AccountID{1: DemoAnna, 2: DemoBogdan}, Pings: []chat.AccountID{DemoAnna}},
		"bad-links": {Body: []text.Rich{{{Text: "a", URL: "javascript:alert(1)"}, {Text: "b", URL: "data:text/html,x"}, {Text: "c", URL: "//evil.example"}, {Text: "d", URL: "mailto:a@example.org"}}},
			Buttons: []chat.Button{{Label: "Open", URL: "javascript:alert(1)", Key: ""}, {Label: "Page", URL: "https://example.org", Style: chat.Primary}, {Label: "Erase", Key: "k", Style: chat.Danger}}},
		"hostile": hostile,
		"files": {Files: []chat.Attachment{{SHA256: sha, Name: "rubryka żółta & co.pdf", Size: 212_400}, {SHA256: sha, Name: "noname", Size: 3_400_000}, {SHA256: sha, Size: 12}},
			Picture: &chat.Picture{File: chat.Attachment{SHA256: sha, Name: "chart.png"}, Alt: "Records per section: 3, 5, 2 and 1."}},
		"menus": {Menus: []chat.Menu{
			{Key: "one", Label: "Section", Options: []chat.Option{{Value: "a", Label: "All", About: "everything"}, {Value: "s", Label: "Sharing", On: true}}},
			{Key: "none", Label: "Language", Options: []chat.Option{{Value: "it", Label: "Italian"}}},
			{Key: "many", Label: "Topics", Many: true, Options: []chat.Option{{Value: "d", Label: "Didactics", On: true}, {Value: "f", Label: "Funding", About: "European"}}}}},
		"alarm":   {Lang: "en", Kind: chat.Alarm, Body: []text.Rich{text.Plain("I can't save anything right now, so nothing was done.")}},
		"numbers": {Numbered: true, From: 5, List: []chat.Row{{Text: text.Plain("sixth")}, {Text: text.Plain("seventh"), Detail: text.Plain("quiet")}}},
		"bullets": {List: []chat.Row{{Text: text.Plain("one")}, {Text: text.Plain("two")}}},
	} {
		html, err := render(m, l)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		golden(t, name, html)
	}
}

// What people write is shown as they wrote it: addresses and mentions can be followed, nothing else.
func TestWritten(t *testing.T) {
	t.Parallel()
	l := annas(t)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain  text\nof two lines", "plain  text\nof two lines"},
		{"see https://example.org/a_(b)?c=d#e.", "see [https://example.org/a_(b)?c=d#e]."},
		{"(https://example.org), \"http://a.example\"!", "([https://example.org]), \"[http://a.example]\"!"},
		{"HTTPS://EXAMPLE.ORG", "[HTTPS://EXAMPLE.ORG]"},
		{"javascript:alert(1) data:x //evil.example ftp://a", "javascript:alert(1) data:x //evil.example ftp://a"},
		{"https:// http://", "https:// http://"},
		{"@anna, @bogdan: @nobody @", "@Anna Bianchi!, @Bogdan Nowak: @nobody @"},
		{"@ANNA a@anna", "@Anna Bianchi! a@anna"},
		{"<b> &amp; *no* `markup`", "<b> &amp; *no* `markup`"},
	} {
		var b strings.Builder
		for _, r := range l.written(c.in) {
			switch {
			case r.URL != "":
				b.WriteString("[" + r.Text + "]")
			case r.Me:
				b.WriteString(r.Text + "!")
			default:
				b.WriteString(r.Text)
			}
		}
		if b.String() != c.want {
			t.Errorf("%q became %q, want %q", c.in, b.String(), c.want)
		}
	}
}

// Whatever is written, nothing of it is lost or becomes something else.
func FuzzWritten(f *testing.F) {
	for _, s := range append(chattest.Hostile, "see (https://example.org/a)…", "@anna") {
		f.Add(s)
	}
	l := look{me: DemoAnna, name: func(chat.AccountID) string { return "" }}
	f.Fuzz(func(t *testing.T, s string) {
		var b strings.Builder
		for _, r := range l.written(s) {
			b.WriteString(r.Text)
			if r.URL != "" && !strings.HasPrefix(strings.ToLower(r.URL), "http") && !strings.HasPrefix(strings.ToLower(r.URL), "mailto:") {
				t.Errorf("a link to %q", r.URL)
			}
		}
		if b.String() != s {
			t.Errorf("%q became %q", s, b.String())
		}
	})
}

func TestForm(t *testing.T) {
	t.Parallel()
	files, personas := Demo()
	p, err := New(Options{Store: &Memory{}, Files: mustFolder(t), Spaces: files, Personas: personas})
	if err != nil {
		t.Fatal(err)
	}
	few := []chat.Option{{Value: "a", Label: "<A>", About: "first"}, {Value: "b", Label: "B"}}
	var many []chat.Option
	for _, v := range []string{"1", "2", "3", "4", "5", "6"} {
		many = append(many, chat.Option{Value: v, Label: "No. " + v})
	}
	form := chat.Form{Key: `k"1`, Title: "Ask <for> help", Intro: []text.Rich{text.Plain("Say it in one line.")}, Submit: "Ask", Inputs: []chat.Input{
		{Name: "question", Label: "Question", Hint: "What do you need?", Kind: chat.Text, Required: true, Max: 300, Value: "</textarea><b>"},
		{Name: "title", Label: "Title", Kind: chat.Line, Value: `"quoted"`, Problem: "That is too long."},
		{Name: "radio", Label: "Radio", Kind: chat.Choice, Required: true, Options: few, Value: "b"},
		{Name: "choice", Label: "Choice", Kind: chat.Choice, Options: few, Value: "a"},
		{Name: "long", Label: "Long", Kind: chat.Choice, Required: true, Options: many},
		{Name: "topics", Label: "Topics", Kind: chat.Topics, Options: few, Value: "a, b"},
		{Name: "yes", Label: "Yes", Kind: chat.Yes, Value: "no"},
		{Name: "until", Label: "Until", Kind: chat.Date, Value: "2027-01-15"},
		{Name: "since", Label: "Since", Kind: chat.Date, Value: "six weeks ago"},
		{Name: "link", Label: "Link", Kind: chat.Link}, {Name: "mail", Label: "Mail", Kind: chat.Mail}, {Name: "hour", Label: "Hour", Kind: chat.Hour},
		{Name: "who", Label: "Who", Kind: chat.Member}, {Name: "file", Label: "File", Kind: chat.File, Required: true},
	}}
	shown, err := p.showForm(&OpenForm{For: DemoAnna, Form: form}, p.personas[DemoAnna])
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "form", shown.HTML)
}

// BenchmarkRender makes a whole card, with fields, a list, buttons and a menu, into HTML.
func BenchmarkRender(b *testing.B) {
	m, l := chattest.Whole(), annas(b)
	for b.Loop() {
		if _, err := render(m, l); err != nil {
			b.Fatal(err)
		}
	}
}
