package slack

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares v, as indented JSON, with a file.
func golden(t *testing.T, name string, v any) {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", name+".json")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("%s is not as it was; run with -update and read the difference:\n%s", path, b.String())
	}
}

// messages are every kind of message there is.
func messages() map[string]chat.Message {
	asker := map[int64]chat.AccountID{1: "T1/U1", 2: "T1/U2"}
	rich := func(parts ...text.Rich) text.Rich { return text.Join("", parts...) }
	plain := func(s string) text.Rich { return text.Rich{{Text: s}} }
	return map[string]chat.Message{
		"answer": {
			Lang: "en", Body: []text.Rich{rich(text.Bold("R13"), plain(" · Welding rubric is in the toolbox."))},
			Note:    []text.Rich{text.Plain("Others find it with /find.")},
			Buttons: []chat.Button{{Key: "1~show R13", Label: "Show", Name: "Show R13", Style: chat.Primary}, {Key: "1~edit R13", Label: "Describe it further"}},
		},
		"card": {
			Lang: "en", Kind: chat.Card, Record: "H7", Title: text.Plain("H7 · Come valutare <a distanza> gli apprendisti & saldatori?"),
			Body: []text.Rich{rich(plain("Asked by "), text.Mention(text.Person{Member: 1, Name: "Ann"}), plain(" · CFP Bologna, Italy")),
				text.Plain("Answer in the thread. Answers here appear in all rooms of VET Net.")},
			Fields: []chat.Field{{Name: "Topic", Value: text.Plain("Innovative didactics")}, {Name: "Language", Value: text.Plain("Italian")}},
			Buttons: []chat.Button{{Key: "1~help H7", Label: "I can help", Style: chat.Primary}, {Label: "Page", URL: "https://example.org/h7?a=1&b=2"},
				{Key: "1~withdraw H7", Label: "Withdraw", Style: chat.Danger}},
			Accounts: asker, Pings: []chat.AccountID{"T1/U1"}, Threaded: true, Pin: true,
		},
		"carried": {
			Lang: "en", Speaker: "B (Matrix · ZDZ Poznań)", Body: []text.Rich{text.Plain("Używamy portfolio wideo z wspólną rubryką…")},
			Accounts: asker, Pings: []chat.AccountID{"T1/U1"},
		},
		"list": {
			Lang: "en", Body: []text.Rich{text.Plain("Two things look close:")}, Numbered: true, From: 5,
			List: []chat.Row{
				{Text: rich(text.ID("R12"), plain(" Video portfolios")), Detail: text.Italic("CC BY, Italian"), Buttons: []chat.Button{{Key: "1~show R12", Label: "Show", Name: "Show R12"}}},
				{Text: text.Plain("H3 Assessing online"), Buttons: []chat.Button{{Key: "1~show H3", Label: "Show"}, {Key: "1~follow H3", Label: "Follow"}}},
			},
			Menus: []chat.Menu{
				{Key: "1~find rubric ?section", Label: "Section", Options: []chat.Option{{Value: "sharing", Label: "Sharing", About: "The toolbox"}, {Value: "all", Label: "All", On: true}}},
				{Key: "1~topics ?topics", Label: "Topics", Many: true, Options: []chat.Option{{Value: "welding", Label: "Welding", On: true}, {Value: "fitting", Label: "Fitting"}}},
			},
		},
		"quote": {
			Lang: "en", Body: []text.Rich{text.Plain("Mia would like to quote you:")}, Quote: []text.Rich{text.Plain("First line\nsecond <line>")},
			Note: []text.Rich{text.Plain("No answer in 14 days means no.")},
		},
		"alarm": {Lang: "en", Kind: chat.Alarm, Title: text.Plain("Something did not work"), Body: []text.Rich{text.Plain("I can't save anything right now.")}},
		"digest": {
			Lang: "en", Title: text.Plain("VET Net, week 48"),
			Body: []text.Rich{rich(text.Bold("Dates"), plain(" · C2 ends on "),
				text.Rich{{Text: "27 November, 09:00", At: time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)}}),
				rich(plain("See "), text.Link("the <library>", "https://example.org/?q=a&c=d"), plain(" and "), text.Code("x < y"), plain(" "), text.Strike("old"))},
			Picture: &chat.Picture{File: chat.Attachment{Name: "chart.png"}, Alt: "Records per section: 3, 4, 2, 1"},
		},
		"hostile": {
			Lang: "en", Kind: chat.Card, Title: text.Plain("<!channel> *bold* <@U1> &amp; :smile:"),
			Body: []text.Rich{
				text.Plain("*not bold* _not italic_ ~no~ `no` <!here> <@U999|x> <https://evil.example|safe>"),
				rich(text.Bold("Title"), plain(" by *someone* <!everyone>")),
				text.Plain("> not a quote\n&gt; nor this"),
				text.Plain("https://example.org/ is not linked by us"),
			},
			Quote:    []text.Rich{text.Plain("*x* <!channel>\n> y")},
			Fields:   []chat.Field{{Name: "*Name* <x>", Value: rich(plain("_v_ <!here> "), text.Bold("b"))}},
			Note:     []text.Rich{text.Plain("~s~ <!subteam^S1>")},
			Buttons:  []chat.Button{{Key: "k", Label: "*<Press>* &"}},
			Accounts: map[int64]chat.AccountID{9: "T1/U9|x>", 1: "T1/U1"}, Pings: []chat.AccountID{"T1/U9|x>"},
		},
	}
}

func TestRender(t *testing.T) {
	t.Parallel()
	for name, m := range messages() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			golden(t, name, render(m, look{picture: "F1"}))
		})
	}
}

// Whatever is in a text, Slack's special mentions and links never come of it.
func TestNoTextBecomesMarkup(t *testing.T) {
	t.Parallel()
	b, err := json.Marshal(render(messages()["hostile"], look{}))
	if err != nil {
		t.Fatal(err)
	}
	var r rendered
	if err := json.Unmarshal(b, &r); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"<!", "<@U", "<https", "<#", "S1>"} {
		for _, s := range mrkdwnIn(r.Blocks) {
			if strings.Contains(s, bad) {
				t.Errorf("%q is in %q", bad, s)
			}
		}
		if strings.Contains(r.Text, bad) {
			t.Errorf("%q is in the text %q", bad, r.Text)
		}
	}
}

// mrkdwnIn are all texts in which Slack reads markup.
func mrkdwnIn(v any) []string {
	var out []string
	b, _ := json.Marshal(v)
	var walk func(any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			if s, ok := v["text"].(string); ok && v["type"] == "mrkdwn" {
				out = append(out, s)
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	var any_ any
	_ = json.Unmarshal(b, &any_)
	walk(any_)
	return out
}
