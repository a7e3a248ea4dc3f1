package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

var update = flag.Bool("update", false, "write what is rendered to the golden files")

func paragraphs(ps ...string) (out []text.Rich) {
	for _, p := range ps {
		out = append(out, text.Plain(p))
	}
	return out
}

func attached(name string, size int64) chat.Attachment {
	return chat.Attachment{Name: name, Type: "image/png", Size: size, Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader("x")), nil
	}}
}

func rows(n int, buttons bool) (out []chat.Row) {
	for i := range n {
		r := chat.Row{Text: text.Join(" ", text.ID(fmt.Sprintf("R%d", i+1)), text.Plain("A rubric")), Detail: text.Plain("Polish, CC BY")}
		if buttons {
			r.Buttons = []chat.Button{{Key: fmt.Sprintf("1~show R%d", i+1), Label: "Show", Name: fmt.Sprintf("Show R%d", i+1)}}
		}
		out = append(out, r)
	}
	return out
}

func options(n int) (out []chat.Option) {
	for i := range n {
		out = append(out, chat.Option{Value: fmt.Sprintf("m%d", i), Label: fmt.Sprintf("Message %d", i), About: "first words", On: i == 2})
	}
	return out
}

// every kind of message that the engine makes.
var renderings = map[string]struct {
	m chat.Message
	l look
}{
	"card": {m: chat.Message{Lang: "en", Kind: chat.Card, Title: text.Join(" · ", text.ID("H7"), text.Plain("How do you assess welders?")), Record: "H7",
		Body: []text.Rich{append(text.Rich{{Text: "Asked by "}}, text.Mention(text.Person{Member: 1, Name: "Ann"})...),
			text.Join(" ", text.Plain("Open until"), text.Rich{{Text: "15 January 2027", At: time.Date(2027, 1, 15, 9, 0, 0, 0, time.UTC)}})},
		Quote:    paragraphs("First line\nsecond line"),
		Note:     paragraphs("Answers in the thread appear in all rooms of VET Net."),
		Buttons:  []chat.Button{{Key: "1~help H7", Label: "I can help", Style: chat.Primary}, {Key: "1~close H7", Label: "Close", Name: "Close H7", Style: chat.Danger}, {Label: "Read more", URL: "https://example.org/h7"}},
		Accounts: map[int64]chat.AccountID{1: "42"}, Pings: []chat.AccountID{"42"}},
		l: look{mark: "https://discord.com/channels/1/2?gh=abc"}},
	"answer": {m: chat.Message{Lang: "en", Body: paragraphs("R13 is in the toolbox.", "Add more whenever you like."), Note: paragraphs("Only you see this."),
		Buttons: []chat.Button{{Key: "1~show R13", Label: "Show", Name: "Show R13"}}}, l: look{private: true}},
	"alarm": {m: chat.Message{Lang: "en", Kind: chat.Alarm, Body: []text.Rich{append(append(text.Rich{{Text: "There is no "}}, text.Code("R`999")...), text.Span{Text: " here."})}}, l: look{mark: "https://discord.com/channels/1/2?gh=x"}},
	"fields": {m: chat.Message{Lang: "en", Title: text.Plain("Profile"), Fields: []chat.Field{{Name: "Language", Value: text.Plain("Italian")}, {Name: "Topics", Value: text.Plain("welding, " + strings.Repeat("and more ", 12))}},
		Note: paragraphs("Small print.")}, l: look{private: true}},
	"fields-list": {m: chat.Message{Lang: "en", Fields: []chat.Field{{Name: "Language", Value: text.Plain("Italian")}}, List: rows(2, false)}, l: look{mark: "https://discord.com/channels/1/2?gh=x"}},
	"list":        {m: chat.Message{Lang: "en", Body: paragraphs("Found:"), List: rows(5, true), Numbered: true, From: 5, Buttons: []chat.Button{{Key: "1~find page:2", Label: "Next"}}, Menus: []chat.Menu{{Key: "1~find ?section", Label: "All sections", Options: options(4)}}}, l: look{private: true}},
	"long-list":   {m: chat.Message{Lang: "it", List: rows(20, true), Menus: []chat.Menu{{Key: "1~promote ?ticks", Label: "Messages", Many: true, Options: options(60)}}}, l: look{private: true}},
	"carried": {m: chat.Message{Lang: "en", Speaker: "B (Matrix · ZDZ Poznań)", Quote: paragraphs("Używamy portfolio wideo."), Accounts: map[int64]chat.AccountID{1: "42"}, Pings: []chat.AccountID{"42"},
		Buttons: []chat.Button{{Key: "1~translate", Label: "Translate for me"}}}, l: look{mark: "https://discord.com/channels/1/2?gh=k"}},
	"picture": {m: chat.Message{Lang: "en", Title: text.Plain("Week 48"), Picture: &chat.Picture{File: attached("week 48.png", 10), Alt: "Records: 3 in Sharing, 2 in Communication"},
		Files: []chat.Attachment{attached("../../rubryka oceny.pdf", 20), attached("huge.mp4", 30<<20)}}, l: look{mark: "https://discord.com/channels/1/2?gh=k", largest: uploadLimit}},
	"styles": {m: chat.Message{Lang: "en", Body: []text.Rich{
		text.Join("", text.Bold("bold"), text.Italic("italic"), text.Strike("gone"), text.Rich{{Text: " and "}}, text.Link("a label", "https://example.org/a_(b)"), text.Rich{{Text: " "}},
			text.Link("https://example.org/x", "https://example.org/x"), text.Rich{{Text: " "}}, text.Link("write us", "mailto:a@example.org"))}}, l: look{private: true}},
	"hostile": {m: chat.Message{Lang: "en", Title: text.Plain("@everyone **bold** <@&1> # x"), Speaker: "@here <@2> `x`",
		Quote:   paragraphs("# heading\n> quote\n- list\n1. one\n||spoiler|| [click](https://evil.example) https://evil.example discord.gg/abc <@123> <#4> <:a:5> </ask:6> <t:1:R> @everyone @HERE ```x``` \\*"),
		Fields:  []chat.Field{{Name: "@everyone", Value: text.Plain("<@&99> [x](http://evil.example)")}},
		Buttons: []chat.Button{{Key: "1~x", Label: "@everyone <@1>\nnext"}, {Key: "1~x", Label: "the same key"}}},
		l: look{mark: "https://discord.com/channels/1/2?gh=k"}},
	"empty": {m: chat.Message{Lang: "en"}, l: look{private: true}},
}

func TestGoldenMessages(t *testing.T) {
	t.Parallel()
	for name, r := range renderings {
		r.l.words = words
		got, err := json.MarshalIndent(render(r.m, r.l), "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		got = append(bytes.ReplaceAll(got, []byte(blank), []byte(`\u200b`)), '\n')
		file := filepath.Join("testdata", "render", name+".json")
		if *update {
			if err := os.WriteFile(file, got, 0o600); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
		}
	}
}

// meant finds what Discord would act on: mentions, links, commands, times, custom emoji.
var meant = regexp.MustCompile(`(?i)@everyone|@here|<@[!&]?\d|<#\d|<a?:\w+:\d|</[^:]+:\d|<t:\d|<id:|<(https?|mailto)|(^|[^\\])https?://|discord\.gg/\w|discord(app)?\.com/invite/\w`)

// FuzzNothingThatPeopleWriteMeansAnything holds for titles, bodies, quotes, names and buttons.
func FuzzNothingThatPeopleWriteMeansAnything(f *testing.F) {
	for _, s := range []string{"@everyone", "<@1>", "<\u200b@1>", "https://x.example", "[a](https://x.example)", "discord.gg/x", "**x", "```", "> x\n# y", "<", "@", "\\", "\u202e@everyone",
		"👩‍👩‍👧‍👦" + strings.Repeat("*", 3000), "<@everyone>", "@@everyone", "hhttp://a", "1. x", "<:a:1>", "</x:1>", "<t:1>", "DISCORD.GG/x", "https:\\//x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		s = text.CleanLines(s, 0)
		m := chat.Message{Lang: "en", Title: text.Plain(s), Speaker: s, Body: paragraphs(s, s), Quote: paragraphs(s), Fields: []chat.Field{{Name: s, Value: text.Plain(s)}},
			Note: paragraphs(s), List: []chat.Row{{Text: text.Bold(s), Detail: text.Code(s), Buttons: []chat.Button{{Key: "a", Label: s}}}}, Buttons: []chat.Button{{Key: "b", Label: s}},
			Menus: []chat.Menu{{Key: "c", Label: s, Options: []chat.Option{{Value: "v", Label: s, About: s}}}}}
		for _, private := range []bool{true, false} {
			p := render(m, look{private: private, words: words})
			var all []string
			all = append(all, p.Content)
			for _, e := range p.Embeds {
				all = append(all, e.Description, e.Title)
				if e.Author != nil {
					all = append(all, e.Author.Name)
				}
				if e.Footer != nil {
					all = append(all, e.Footer.Text)
				}
				sum := units(e.Description)
				for _, x := range e.Fields {
					all = append(all, x.Name, x.Value)
					sum += units(x.Name) + units(x.Value)
				}
				if units(e.Description) > maxDescription || sum > maxEmbed {
					t.Errorf("%d units in an embed", sum)
				}
			}
			if units(p.Content) > maxContent {
				t.Errorf("%d units of content", units(p.Content))
			}
			for _, shown := range all {
				if found := meant.FindString(strings.ReplaceAll(shown, `\:`, "")); found != "" && !strings.Contains(found, "http") {
					t.Errorf("%q became %q, in which %q means something", s, shown, found)
				}
				if strings.Contains(shown, "http://") && !strings.Contains(shown, "`") || strings.Contains(shown, "https://") && !strings.Contains(shown, "`") {
					if !inPlainPlace(p, shown) {
						t.Errorf("%q became a link in %q", s, shown)
					}
				}
			}
		}
	})
}

// inPlainPlace says whether a text stands where Discord reads no Markdown.
func inPlainPlace(p post, s string) bool {
	for _, e := range p.Embeds {
		if e.Author != nil && e.Author.Name == s || e.Footer != nil && e.Footer.Text == s {
			return true
		}
		for _, f := range e.Fields {
			if f.Name == s {
				return true
			}
		}
	}
	return false
}

func TestLongTextsStayWithinWhatDiscordTakes(t *testing.T) {
	t.Parallel()
	worst := strings.Repeat("*👩‍👩‍👧‍👦", 1600)
	m := chat.Message{Lang: "en", Kind: chat.Card, Title: text.Plain(worst), Body: paragraphs(worst, worst), Note: paragraphs(worst), Speaker: worst}
	for range 25 {
		m.Fields = append(m.Fields, chat.Field{Name: worst, Value: text.Plain(worst)})
	}
	p := render(m, look{words: words, mark: "https://discord.com/channels/1/2?gh=k"})
	sum := 0
	for _, e := range p.Embeds {
		sum += units(e.Description) + units(e.Author.Name)
		for _, f := range e.Fields {
			sum += units(f.Name) + units(f.Value)
		}
		if e.Footer != nil {
			sum += units(e.Footer.Text)
		}
	}
	if len(p.Embeds) != 1 || sum > maxEmbed || units(p.Embeds[0].Description) > maxDescription || !strings.Contains(p.Embeds[0].Description, "…") {
		t.Errorf("%d units", sum)
	}
}
