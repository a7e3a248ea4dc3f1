package translation

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"
)

func TestWhatIsWorthTranslating(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]int{
		"":                              0,
		"ok":                            1,
		"😀 👍 :thumbsup: 12 %":           0,
		"See https://example.org/a-b_c": 1,
		"R12, H7 and P4":                1,
		"@mia <@U123> #general":         0,
		"mia@example.org":               0,
		"```func main() {}```":          0,
		"Dzień dobry wszystkim":         3,
		"l’apprendista è qui":           2,
		"我们明天见面":                        2,
		"a b c":                         0,
		"Use `go test` for all of it":   5,
	} {
		if got := Words(text); got != want {
			t.Errorf("%q has %d words, want %d", text, got, want)
		}
	}
	for text, want := range map[string]bool{
		"/ask where do we meet": false, "!translate all of this": false, "grazie mille": false,
		"Grazie mille a tutti": true, "/ this is no command": true, "! neither is this": true,
	} {
		if got := ForRoom(text); got != want {
			t.Errorf("%q for a room: %v", text, got)
		}
	}
	if Fits(strings.Repeat("a", MaxText+1)) || !Fits(strings.Repeat("è", MaxText)) {
		t.Error("a text's length is counted in graphemes")
	}
}

func TestWhatMustStayComesBack(t *testing.T) {
	t.Parallel()
	const text = "Hi @mia, look at https://example.org/a?b=(c), `x := 1` and R12 :smile: [X7X] #welding."
	list := spans(text)
	var kept []string
	for _, s := range list {
		kept = append(kept, s.becomes)
	}
	want := []string{"@mia", "https://example.org/a?b=(c", "`x := 1`", "R12", ":smile:", "[X7X]", "#welding"}
	if !slices.Equal(kept, want) {
		t.Errorf("kept %q", kept)
	}
	sent := masked(text, list)
	for name, c := range map[string]struct {
		answer string
		ok     bool
	}{
		"as sent":             {sent, true},
		"spaces and case":     {strings.NewReplacer("[X0X]", "[ x 0 X ]", "[X1X]", "［X1X］").Replace(sent), true},
		"another order":       {"[X6X] [X5X] [X4X] [X3X] [X2X] [X1X] [X0X]", true},
		"one is lost":         {strings.Replace(sent, "[X3X]", "", 1), false},
		"one came twice":      {sent + " [X3X]", false},
		"one was never there": {sent + " [X31X]", false},
	} {
		got, err := unmasked(c.answer, list)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
		if name == "as sent" && got != text {
			t.Errorf("came back as %q", got)
		}
	}
}

// Whatever people write, what is sent and comes back unchanged is what they wrote; so are the parts of a
// long text put together.
func TestAnEchoIsTheText(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.SliceOf(rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{"https://a.example/b", "@x", "[X0X]", "[x 1 X]", "`", "```", "H7", "\n", " ", "Rubric", "video portfolio", "İstanbul", "ẞ"})))
		text := strings.ToValidUTF8(strings.Join(words.Draw(t, "words"), " "), "?")
		glossary := terms([]Term{{Source: "rubric"}, {Source: "Video portfolio"}, {Source: "i\u0307stanbul"}}, "en", "it")
		list := hold(text, spans(text), glossary)
		for i, s := range list {
			if i > 0 && s.from < list[i-1].to {
				t.Fatalf("%q: spans overlap", text)
			}
		}
		back, err := unmasked(masked(text, list), list)
		if err != nil || back != text {
			t.Fatalf("%q came back as %q: %v", text, back, err)
		}
		most := rapid.IntRange(1, 40).Draw(t, "most")
		var whole strings.Builder
		for _, p := range pieces(text, most) {
			if utf8.RuneCountInString(p.text) > most {
				t.Fatalf("a part of %d characters, at most %d", utf8.RuneCountInString(p.text), most)
			}
			whole.WriteString(p.before + p.text + p.after)
		}
		if whole.String() != text {
			t.Fatalf("%q in parts is %q", text, whole.String())
		}
	})
}

func TestALongTextIsCutBetweenSentences(t *testing.T) {
	t.Parallel()
	text := "The first line.\n\nA second one. It has two sentences.\nEnd. And a very long sentence without an end that anybody could see"
	var got []string
	for _, p := range pieces(text, 30) {
		got = append(got, p.text)
	}
	want := []string{"The first line.", "A second one.", "It has two sentences.\nEnd.", "And a very long sentence", "without an end that anybody", "could see"}
	if !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

func TestTheGlossary(t *testing.T) {
	t.Parallel()
	all := []Term{
		{No: 1, Source: "rubric", Target: "griglia", To: "it"},
		{No: 2, Source: "assessment rubric", Target: "griglia di valutazione", From: "en", To: "it"},
		{No: 3, Source: "Europass"},
		{No: 4, Source: "rubric", Target: "rubryka", To: "pl"},
		{No: 5, Source: "assessment rubric", Target: "wrong", To: "it"},
		{No: 6, Source: "KPI", Target: "KPI!", To: "it", From: "fr"},
		{No: 7, Source: "C++"},
	}
	for text, want := range map[string]string{
		"an assessment rubric":              "an griglia di valutazione",
		"Rubric for all":                    "Griglia for all",
		"RUBRIC":                            "Griglia",
		"rubrics and a subrubric":           "rubrics and a subrubric",
		"the europass":                      "the europass",
		"assessment\nrubric":                "griglia di valutazione",
		"KPI":                               "KPI",
		"https://example.org/rubric rubric": "https://example.org/rubric griglia",
		"C++ and Europass, a rubric.":       "C++ and Europass, a griglia.",
	} {
		list := hold(text, spans(text), terms(all, "en", "it"))
		got, err := unmasked(masked(text, list), list)
		if err != nil || got != want {
			t.Errorf("%q becomes %q (%v), want %q", text, got, err, want)
		}
	}
}

func TestTermsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		source, target, to string
		ok                 bool
	}{
		{"rubric", "rubrica", "it", true}, {"rubric", "", "", true}, {"rubric", "rubrica", "", false}, {"12", "", "", false},
		{strings.Repeat("a", MaxTerm+1), "", "", false}, {"a", strings.Repeat("b", MaxTerm+1), "it", false}, {"è", "", "", true},
	} {
		if err := checkTerm(c.source, c.target, c.to); (err == nil) != c.ok {
			t.Errorf("%q as %q: %v", c.source, c.target, err)
		}
	}
}
