package matrix

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
	"guildhall/core/text"
)

var update = flag.Bool("update", false, "write the golden files")

func TestRender(t *testing.T) {
	t.Parallel()
	whole := chattest.Whole()
	whole.Accounts, whole.Pings = map[int64]chat.AccountID{7: "@ann/o:example.org"}, []chat.AccountID{"@ann/o:example.org"}
	whole.Note = append(whole.Note, text.Rich{{Text: "Ann", Member: 7}, {Text: " and "}, {Text: "Bea", Member: 8}})
	evil := text.Plain(strings.Join(chattest.Hostile, "\n"))
	for name, m := range map[string]chat.Message{
		"whole": whole,
		"hostile": {Title: evil, Body: []text.Rich{evil}, Quote: []text.Rich{evil}, Speaker: "<b>@room</b>",
			Fields: []chat.Field{{Name: "<i>", Value: evil}}, List: []chat.Row{{Text: evil, Detail: evil}},
			Buttons: []chat.Button{{Key: "k", Label: "<b>", Line: "show <b>"}, {Label: "go", URL: "javascript:alert(1)"}}},
		"list": {Body: []text.Rich{text.Plain("Five things look close.")}, Numbered: true, From: 5, List: []chat.Row{
			{Text: text.ID("R12"), Detail: text.Plain("Video portfolios"), Buttons: []chat.Button{{Key: "1~show R12", Label: "Show", Name: "Show R12", Line: "show R12"}}},
			{Text: text.ID("H3"), Buttons: []chat.Button{{Key: "1~show H3", Label: "Show", Name: "Show H3", Line: "show H3"}}}},
			Buttons: []chat.Button{{Key: "1~find x from:10", Label: "Next"}}},
		"styles": {Body: []text.Rich{text.Join(" ", text.Bold("bold"), text.Italic("italic"), text.Code("!help"), text.Strike("gone"),
			text.Link("a page", "https://example.org/?a=1&b=2"), text.Plain("end\nof line"))}},
		"question": {Body: []text.Rich{text.Plain("May others use it?"), text.Plain("1. yes"), text.Plain("2. no")},
			Form: &chat.Form{Key: "F", Inputs: []chat.Input{{Name: "licence", Options: []chat.Option{{Value: "CC-BY-4.0", Label: "yes"}, {Value: "none", Label: "no"}}}}}},
		"picture": {Title: text.Plain("S3"), Picture: &chat.Picture{Alt: "Cost falls, demand grows."}, Speaker: "Bea (Slack · ZDZ)", Quote: []text.Rich{text.Plain("Portfolios.\nWith a rubric.")}},
		"reaction": {Body: []text.Rich{text.Plain("Solved?")}, Buttons: []chat.Button{
			{Key: "1~yes", Label: "Yes", Emoji: "✅", Style: chat.Primary}, {Key: "1~no", Label: "No", Emoji: "✅"}, {Label: "Page", URL: "https://example.org/"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := render(m, "!")
			var b strings.Builder
			fmt.Fprintf(&b, "%s\n----\n%s\n----\n%s\n----\n", r.Body, r.HTML, strings.Join(r.Mentions, " "))
			for _, o := range r.Offers {
				fmt.Fprintf(&b, "%+v\n", o)
			}
			path := filepath.Join("testdata", name+".golden")
			if *update {
				if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if b.String() != string(want) {
				t.Errorf("rendered differently (go test -update writes it anew):\n%s", b.String())
			}
		})
	}
}

func TestOffersStayWithinWhatAMessageGets(t *testing.T) {
	t.Parallel()
	var m chat.Message
	for i := range 40 {
		m.Buttons = append(m.Buttons, chat.Button{Key: fmt.Sprint("k", i), Label: "b"})
	}
	f := offered(m)
	if len(f.offers) != maxOffers || f.buttons[0] == "" || f.buttons[39] != "" {
		t.Errorf("%d offers: %q", len(f.offers), f.buttons)
	}
	seen := map[string]bool{}
	for _, o := range f.offers {
		if seen[plainEmoji(o.Emoji)] {
			t.Errorf("%s twice", o.Emoji)
		}
		seen[plainEmoji(o.Emoji)] = true
	}
}

func TestTextStaysWithinAnEvent(t *testing.T) {
	t.Parallel()
	p := &Platform{}
	for _, long := range []string{strings.Repeat("<&>\"", 40000), strings.Repeat("👩‍🔧", 9000), strings.Repeat("ż", 60000)} {
		m := chat.Message{Body: []text.Rich{text.Plain(long)}}
		for _, encrypted := range []bool{false, true} {
			limit := maxContent
			if encrypted {
				limit = maxEncrypted
			}
			fields := p.text(render(m, "!"), m, encrypted)
			if n := sizeOf(fields); n > limit || fields["body"] == "" {
				t.Errorf("%d bytes of at most %d", n, limit)
			}
		}
	}
}

// BenchmarkRender renders a whole card.
func BenchmarkRender(b *testing.B) {
	m := chattest.Whole()
	for b.Loop() {
		render(m, "!")
	}
}
