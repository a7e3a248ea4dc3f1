package chattest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Hostile are texts that want to be more than text.
var Hostile = []string{
	"@everyone @here @channel @room", "<!channel> <!here> <!everyone> <@U012AB3CD> <#C012AB3CD> <!subteam^S1>", "<@&1> <@123456789012345678> <#123456789012345678>",
	"<script>alert(1)</script><img src=x onerror=alert(1)>", "[click](https://evil.example) <https://evil.example|click>", "**bold** *it* _it_ ~~no~~ `code` ||spoiler||",
	"> quote\n# head\n- item\n1. item", "\u202egnp.exe\u202c", "a\u200bb\u2066c\u2069", "&lt;b&gt; &amp;", "line\r\nline\tend", ":white_check_mark: <:x:1> <a:x:1> <t:1:R>", "https://matrix.to/#/@ann:example.org",
}

func hostile(t *testing.T, b *bench) {
	for i, words := range Hostile {
		shown := text.CleanLines(words, 0) // as the engine hands it on
		m := chat.Message{Lang: "en", Kind: chat.Card, Title: text.Plain(text.Clean(words, 0)), Body: []text.Rich{text.Plain("mark " + fmt.Sprint(i))}, Quote: []text.Rich{text.Plain(shown)},
			Fields: []chat.Field{{Name: "Field", Value: text.Plain(text.Clean(words, 0))}}, List: []chat.Row{{Text: text.Plain(text.Clean(words, 0))}}, Speaker: text.Clean(words, 60)}
		b.sends(t, b.Home, m, fmt.Sprintf("hostile-%d", i))
		s := b.sees(t, b.Ann, b.Home, "a hostile text", func(s Shown) bool { return strings.Contains(s.Text, fmt.Sprintf("mark %d", i)) })
		if len(s.Pings) > 0 {
			t.Errorf("%q notified %v", words, s.Pings)
		}
		for _, link := range s.Links {
			if strings.Contains(link, "evil.example") && !strings.Contains(words, link) {
				t.Errorf("%q became a link to %s", words, link)
			}
		}
		if got, want := letters(s.Text), letters(shown); !strings.Contains(got, want) {
			t.Errorf("%q is shown as %q", shown, s.Text)
		}
	}
}

// letters are the signs of a text that a markup could eat, without the space between them.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if r <= ' ' || r == '\u200b' || r == '\u2060' || r == '\u200d' {
			return -1
		}
		return r
	}, s)
}

// everything: what a message can have arrives, with who is to be told.
func everything(t *testing.T, b *bench) {
	m := Whole()
	m.Accounts, m.Pings = map[int64]chat.AccountID{1: b.Ann}, []chat.AccountID{b.Ann}
	m.Body = append(m.Body, text.Rich{{Text: "Ann", Member: 1}, {Text: " asked."}})
	b.sends(t, b.Home, m, "whole")
	s := b.sees(t, b.Ann, b.Home, "the whole message", func(s Shown) bool { return strings.Contains(s.Text, "R13 · Rubric") })
	for _, part := range []string{"A first paragraph.", "Second.", "What a person wrote.", "Licence", "CC BY 4.0", "First row", "its detail", "Second row", "Small print."} {
		if !strings.Contains(s.Text, part) {
			t.Errorf("without %q: %q", part, s.Text)
		}
	}
	if b.Press != nil {
		for _, label := range []string{"Show", "Edit"} {
			if !slices.ContainsFunc(s.Buttons, func(x string) bool { return strings.Contains(x, label) }) {
				t.Errorf("no button %q among %q", label, s.Buttons)
			}
		}
	}
	if !slices.Contains(s.Pings, b.Ann) || len(s.Pings) != 1 {
		t.Errorf("notified %v, want %v", s.Pings, b.Ann)
	}
}

// Whole is a message with all parts but files, picture and pings.
func Whole() chat.Message {
	return chat.Message{Lang: "en", Kind: chat.Card, Record: "R13", Title: text.Plain("R13 · Rubric"),
		Body:   []text.Rich{text.Plain("A first paragraph."), {{Text: "Second.", Style: text.StyleBold}}},
		Quote:  []text.Rich{text.Plain("What a person wrote.\nOn two lines.")},
		Fields: []chat.Field{{Name: "Licence", Value: text.Plain("CC BY 4.0")}, {Name: "Language", Value: text.Plain("Polish")}},
		List: []chat.Row{{Text: text.Plain("First row"), Detail: text.Plain("its detail"), Buttons: []chat.Button{{Key: "1~show R1", Label: "Show R1", Line: "show R1"}}},
			{Text: text.Plain("Second row")}},
		Numbered: true, Note: []text.Rich{text.Plain("Small print.")},
		Buttons: []chat.Button{{Key: "1~show R13", Label: "Show", Name: "Show R13", Line: "show R13", Style: chat.Primary},
			{Key: "1~edit R13", Label: "Edit", Name: "Edit R13", Line: "edit R13"}, {Label: "Open", URL: "https://example.org/r13"}},
		Menus: []chat.Menu{{Key: "1~find x section", Label: "All in", Options: []chat.Option{{Value: "sharing", Label: "Sharing"}, {Value: "cooperation", Label: "Cooperation", On: true}}}},
	}
}

// limits: what the engine has fitted to the limits is taken.
func limits(t *testing.T, b *bench) {
	limit := b.Platform.Platform().Limits
	long := strings.Repeat("Zażółć & <b> ", 800)
	m := Whole()
	m.Title = text.Plain(long)
	m.Body = []text.Rich{text.Plain(long), text.Plain(long)}
	m.Quote = []text.Rich{text.Plain(strings.Repeat("&<>*_", 3000))}
	for i := range 30 {
		m.Fields = append(m.Fields, chat.Field{Name: fmt.Sprintf("Field %d %s", i, long[:100]), Value: text.Plain(long[:1500])})
		m.List = append(m.List, chat.Row{Text: text.Plain(fmt.Sprintf("Row %d %s", i, long[:400])), Detail: text.Plain(long[:300]),
			Buttons: []chat.Button{{Key: fmt.Sprintf("1~show R%d", i), Label: fmt.Sprintf("Show R%d", i), Line: fmt.Sprintf("show R%d", i)}}})
		m.Buttons = append(m.Buttons, chat.Button{Key: fmt.Sprintf("1~show P%d", i), Label: fmt.Sprintf("P%d %s", i, long[:120]), Line: "show P1"})
	}
	for range 150 {
		m.Menus[0].Options = append(m.Menus[0].Options, chat.Option{Value: fmt.Sprint(len(m.Menus[0].Options)), Label: long[:200], About: long[:200]})
	}
	for i, part := range chat.Fit(m, limit) {
		if _, err := b.Platform.Send(t.Context(), b.Home, part, chat.Key{ID: fmt.Sprintf("limit-%d", i)}); err != nil {
			t.Errorf("part %d was not taken: %v", i, err)
		}
	}
	// One part, edited into another, is taken, too.
	sent := b.sends(t, b.Home, plain("small"), "small")
	if ed, can := b.Platform.(chat.Editor); can {
		if err := ed.Edit(t.Context(), b.Home, sent.Message, chat.Fit(m, limit)[0]); err != nil {
			t.Errorf("edit to the limit: %v", err)
		}
	}
}

func edits(t *testing.T, b *bench) {
	ed, can := b.Platform.(chat.Editor)
	if !can {
		lacks(t, "edits of ours")
		return
	}
	sent := b.sends(t, b.Home, plain("H1 · open"), "state")
	for range 2 { // twice does no harm
		if err := ed.Edit(t.Context(), b.Home, sent.Message, plain("H1 · solved")); err != nil {
			t.Fatalf("edit: %v", err)
		}
	}
	b.sees(t, b.Bea, b.Home, "the new words", func(s Shown) bool { return strings.Contains(s.Text, "H1 · solved") && s.ID == sent.Message })
	if n := count(b.Shown(t, b.Bea, b.Home), "H1 · open"); n != 0 {
		t.Error("the old words still stand")
	}
	for range 2 {
		if err := ed.Remove(t.Context(), b.Home, sent.Message); err != nil {
			t.Fatalf("remove: %v", err)
		}
	}
	for until := time.Now().Add(patience); count(b.Shown(t, b.Bea, b.Home), "H1 · solved") != 0; <-time.After(20 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it still stands")
		}
	}
	if err := ed.Edit(t.Context(), b.Home, sent.Message, plain("H1 · back")); !errors.Is(err, chat.ErrGone) {
		t.Errorf("edit of what is gone: %v", err)
	}
}

func gone(t *testing.T, b *bench) {
	nowhere := b.Home
	nowhere.Room += "9"
	if _, err := b.Platform.Send(t.Context(), nowhere, plain("Hello?"), chat.Key{ID: "nowhere"}); !errors.Is(err, chat.ErrGone) && !errors.Is(err, chat.ErrRefused) {
		t.Errorf("a room that does not exist: %v", err)
	}
}
