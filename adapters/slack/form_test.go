package slack

import (
	"strings"
	"testing"

	"guildhall/core/chat"
	"guildhall/core/text"
)

func ownWords(t *testing.T) words {
	t.Helper()
	c, err := text.Load(wordFiles)
	if err != nil {
		t.Fatal(err)
	}
	return words{all: c}.in("en")
}

func options(n int, prefix string) []chat.Option {
	var out []chat.Option
	for i := range n {
		s := prefix + string(rune('a'+i%26)) + strings.Repeat("x", i/26)
		out = append(out, chat.Option{Value: s, Label: strings.ToUpper(s)})
	}
	return out
}

// everyKind is a form with each kind of input.
func everyKind() chat.Form {
	return chat.Form{Key: "FORMKEY", Command: "every kind", Title: "Everything that can be asked", Submit: "Send it off",
		Intro: []text.Rich{text.Plain("Say what you <like>.")},
		Inputs: []chat.Input{
			{Name: "line", Label: "Line", Kind: chat.Line, Required: true, Max: 300, Value: "as <it> was", Hint: "one line"},
			{Name: "text", Label: "Text", Kind: chat.Text, Max: 2000},
			{Name: "long", Label: "Long text", Kind: chat.Text, Max: 8000, Value: "line one\nline two"},
			{Name: "word", Label: "Word", Kind: chat.Word, Problem: "Too long."},
			{Name: "number", Label: "Number", Kind: chat.Number, Value: "42"},
			{Name: "yes", Label: "Yes or no", Kind: chat.Yes, Value: "yes"},
			{Name: "must", Label: "You must say", Kind: chat.Yes, Required: true},
			{Name: "record", Label: "Record", Kind: chat.Record, Value: "R13"},
			{Name: "records", Label: "Records", Kind: chat.Records, Value: "R13, P4"},
			{Name: "few", Label: "One of few", Kind: chat.Choice, Required: true, Options: options(3, "f"), Value: "fb"},
			{Name: "many", Label: "One of many", Kind: chat.Choice, Options: options(40, "m")},
			{Name: "masses", Label: "One of masses", Kind: chat.Choice, Options: options(150, "z")},
			{Name: "some", Label: "Some of few", Kind: chat.Choices, Options: options(4, "s"), Value: "sa, sc"},
			{Name: "topics", Label: "Topics", Kind: chat.Topics, Options: options(12, "t"), Value: "tb"},
			{Name: "date", Label: "Until", Kind: chat.Date, Value: "2027-01-15"},
			{Name: "hour", Label: "Hour", Kind: chat.Hour, Value: "09:00"},
			{Name: "language", Label: "Language", Kind: chat.Language, Value: "pl"},
			{Name: "languages", Label: "Languages", Kind: chat.Languages},
			{Name: "country", Label: "Country", Kind: chat.Country},
			{Name: "spaces", Label: "Where", Kind: chat.Spaces, Options: options(2, "sp")},
			{Name: "link", Label: "Link", Kind: chat.Link, Value: "https://example.org/x"},
			{Name: "file", Label: "File", Kind: chat.File},
			{Name: "member", Label: "Member", Kind: chat.Member, Value: "T1/U1"},
			{Name: "org", Label: "Organisation", Kind: chat.Org},
			{Name: "zone", Label: "Time zone", Kind: chat.Zone, Value: "Europe/Rome"},
			{Name: "mail", Label: "Mail", Kind: chat.Mail},
			{Name: "ticks", Label: "Messages", Kind: chat.Ticks, Required: true, Options: options(23, "k"), Value: "ka"},
		}}
}

func TestModal(t *testing.T) {
	t.Parallel()
	golden(t, "form", modal(everyKind(), formState{Room: "C1", Thread: "1.2", URL: "https://hooks.example/x", At: 1}, ownWords(t)))
}

// A form's private data stays within what Slack takes.
func TestModalStateIsBounded(t *testing.T) {
	t.Parallel()
	f := everyKind()
	for i := range f.Inputs {
		f.Inputs[i].Name = strings.Repeat("n", 200) + f.Inputs[i].Name
		f.Inputs[i].Value = "x"
	}
	v := modal(f, formState{Room: "C1", URL: strings.Repeat("u", 500)}, ownWords(t))
	private, _ := v["private_metadata"].(string)
	if len(private) > maxPrivate || decodeState(private).Key != "FORMKEY" || decodeState(private).Room != "C1" {
		t.Errorf("%d bytes: %s", len(private), private)
	}
}

func TestTextsAreCutToSlacksLimits(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("<&*👩‍🏫_", 3000)
	m := chat.Message{Kind: chat.Card, Title: text.Plain(long), Body: []text.Rich{text.Plain(long), text.Bold(long)}, Quote: []text.Rich{text.Plain(strings.Repeat("<& ", 3000))},
		Fields: []chat.Field{{Name: long, Value: text.Plain(long)}}, Note: []text.Rich{text.Plain(long)}, Buttons: []chat.Button{{Key: "k", Label: long, Name: long}}}
	for range 80 {
		m.List = append(m.List, chat.Row{Text: text.Plain("row"), Buttons: []chat.Button{{Key: "k", Label: "Show"}}})
	}
	r := render(m, look{})
	if len(r.Blocks) > maxBlocks || length(r.Blocks) > maxBlocksText || units(r.Text) > maxText {
		t.Errorf("%d blocks with %d units, %d in the text", len(r.Blocks), length(r.Blocks), units(r.Text))
	}
	last := r.Blocks[len(r.Blocks)-1]
	if last["type"] != "actions" {
		t.Errorf("what can be pressed was cut away: %v", last)
	}
}

func FuzzRender(f *testing.F) {
	f.Add("*a* <!channel> _b_", "<@U1> `c`\n> d")
	f.Add("&amp;<https://x|y>", "~e~ :smile:")
	f.Fuzz(func(t *testing.T, a, b string) {
		a, b = text.CleanLines(a, 5000), text.CleanLines(b, 5000)
		m := chat.Message{Title: text.Plain(a), Body: []text.Rich{text.Plain(a), text.Join(" ", text.Bold(a), text.Plain(b))}, Quote: []text.Rich{text.Plain(b)},
			Fields: []chat.Field{{Name: a, Value: text.Join(" ", text.Italic(b), text.Plain(a))}}, Note: []text.Rich{text.Plain(b)}}
		r := render(m, look{})
		for _, s := range append(mrkdwnIn(r.Blocks), r.Text) {
			if strings.Contains(s, "<") {
				t.Errorf("markup in %q", s)
			}
		}
		if len(r.Blocks) > maxBlocks || length(r.Blocks) > maxBlocksText {
			t.Errorf("%d blocks with %d units", len(r.Blocks), length(r.Blocks))
		}
	})
}
