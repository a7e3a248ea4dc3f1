package chattest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// Run plays the whole suite. fresh makes a service of its own for each test.
func Run(t *testing.T, fresh func(t *testing.T) *Driver) {
	t.Helper()
	for _, test := range []struct {
		name string
		run  func(*testing.T, *bench)
	}{
		{"info", info}, {"said", said}, {"addressed", addressed}, {"command", command}, {"thread", thread}, {"in order", inOrder},
		{"not ours", notOurs}, {"edited and deleted", changed}, {"reactions", reactions}, {"pressed", pressed}, {"acted", acted},
		{"files in", filesIn}, {"files out", filesOut}, {"acknowledged when durable", durable}, {"repeated", repeated},
		{"once per key", once}, {"hostile text", hostile}, {"everything a message has", everything}, {"at the limits", limits},
		{"edit in place", edits}, {"gone", gone}, {"only you", whisper}, {"direct", directly}, {"lost reply", lost},
		{"asked to wait", throttled}, {"rooms", rooms}, {"reading", reading}, {"ends", ends},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			test.run(t, begin(t, fresh))
		})
	}
}

func info(t *testing.T, b *bench) {
	i := b.Platform.Platform()
	if i.ID == "" || i.Name == "" {
		t.Errorf("without id or name: %+v", i)
	}
	if i.ID != b.Home.Platform {
		t.Errorf("home is on %q, the platform is %q", b.Home.Platform, i.ID)
	}
	if _, can := b.Platform.(chat.Whisperer); can != i.Private {
		t.Errorf("Private is %v, and it can whisper: %v", i.Private, can)
	}
	if i.Limits.Buttons < 0 || i.Limits.Message < 0 {
		t.Errorf("limits: %+v", i.Limits)
	}
}

// byMessage suits what was said as a message.
func byMessage(kind chat.EventKind, msg chat.MessageID) func(chat.Event) bool {
	return func(ev chat.Event) bool { return ev.Kind == kind && ev.Message == msg }
}

const odd = "Zażółć gęślą jaźń 👩‍🔧 a & b < c > d \"e\" *f* _g_ `h` ~i~ [j](k) | l \\ m"

func said(t *testing.T, b *bench) {
	for _, words := range []string{"How do you assess welders?", odd, "two\nlines"} {
		id := b.Say(t, b.Ann, b.Home, words)
		ev := b.ear.hears(t, "a message", byMessage(chat.Said, id))
		if ev.Text != words || ev.From.Account != b.Ann || ev.ID == "" || ev.Where.Room != b.Home.Room || ev.Where.Platform != b.Home.Platform ||
			ev.Where.Space != b.Home.Space || ev.Direct || ev.Addressed || ev.From.Bot || ev.At.IsZero() {
			t.Errorf("%q: %+v", words, ev)
		}
	}
}

func addressed(t *testing.T, b *bench) {
	if b.Addressed == nil {
		lacks(t, "way to speak to us in a message")
		return
	}
	id := b.Say(t, b.Bea, b.Home, b.Addressed("ask How do you assess welders?"))
	ev := b.ear.hears(t, "a message to us", byMessage(chat.Said, id))
	if !ev.Addressed || strings.TrimSpace(ev.Text) != "ask How do you assess welders?" {
		t.Errorf("%+v", ev)
	}
}

func command(t *testing.T, b *bench) {
	if b.Command == nil {
		lacks(t, "native commands")
		return
	}
	b.ear.answers(func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind != chat.Invoked {
			return chat.Answer{}, nil
		}
		if !ev.Can.Answer {
			return chat.Answer{}, fmt.Errorf("a command that cannot be answered")
		}
		m := chat.Message{Lang: "en", Body: []text.Rich{text.Plain("H1 is open.")}}
		return chat.Answer{Message: &m, Key: chat.Key{ID: "answer-1"}}, nil
	})
	b.Command(t, b.Ann, b.Home, `ask "How do you assess welders?"`)
	ev := b.ear.hears(t, "a command", func(ev chat.Event) bool { return ev.Kind == chat.Invoked })
	switch {
	case ev.Command == "ask":
		if ev.Given["question"] != "How do you assess welders?" {
			t.Errorf("given %+v", ev.Given)
		}
	case strings.TrimSpace(ev.Text) != `ask "How do you assess welders?"`:
		t.Errorf("%+v", ev)
	}
	if ev.From.Account != b.Ann || ev.Where.Room != b.Home.Room {
		t.Errorf("%+v", ev)
	}
	s := b.sees(t, b.Ann, b.Home, "the answer", func(s Shown) bool { return strings.Contains(s.Text, "H1 is open.") })
	if !s.Only {
		t.Errorf("others see it, too: %+v", s)
	}
	for _, s := range b.Shown(t, b.Bea, b.Home) {
		if strings.Contains(s.Text, "H1 is open.") {
			t.Errorf("bea sees %+v", s)
		}
	}
}

// plain is a short message.
func plain(words string) chat.Message {
	return chat.Message{Lang: "en", Body: []text.Rich{text.Plain(words)}}
}

func (b *bench) sends(t *testing.T, to chat.Address, m chat.Message, key string) chat.Sent {
	t.Helper()
	sent, err := b.Platform.Send(t.Context(), to, m, chat.Key{ID: key})
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if sent.Message == "" {
		t.Fatal("sent without an id")
	}
	return sent
}

func thread(t *testing.T, b *bench) {
	m := plain("H1 · How do you assess welders?")
	m.Kind, m.Threaded, m.Record = chat.Card, true, "H1"
	sent := b.sends(t, b.Home, m, "card-1")
	if sent.Thread == "" {
		t.Fatal("no thread starts from a threaded message")
	}
	in := b.Home
	in.Thread = sent.Thread
	id := b.Say(t, b.Bea, in, "With portfolios.")
	ev := b.ear.hears(t, "a message in the thread", byMessage(chat.Said, id))
	if ev.Where.Thread != sent.Thread || ev.Where.Room != b.Home.Room {
		t.Errorf("said in %+v, the thread is %q", ev.Where, sent.Thread)
	}
	b.sends(t, in, plain("Thank you, Bea."), "reply-1")
	b.sees(t, b.Ann, in, "what was sent to the thread", func(s Shown) bool { return strings.Contains(s.Text, "Thank you, Bea.") && s.From == "" })
}

func inOrder(t *testing.T, b *bench) {
	var ids []chat.MessageID
	for i := range 12 {
		ids = append(ids, b.Say(t, []chat.AccountID{b.Ann, b.Bea}[i%2], b.Home, fmt.Sprintf("number %d", i)))
	}
	for i, id := range ids {
		ev := b.ear.hears(t, "each message", func(ev chat.Event) bool { return ev.Kind == chat.Said })
		if ev.Message != id {
			t.Fatalf("number %d is %q, %q was said", i, ev.Text, id)
		}
	}
}

func notOurs(t *testing.T, b *bench) {
	sent := b.sends(t, b.Home, plain("I'm Guildhall."), "hello")
	after := b.Say(t, b.Ann, b.Home, "Hello!")
	if ev := b.ear.hears(t, "a message", func(ev chat.Event) bool { return ev.Kind == chat.Said && !ev.From.Bot }); ev.Message != after {
		t.Errorf("our own message %q came back: %+v", sent.Message, ev)
	}
}

func changed(t *testing.T, b *bench) {
	if b.Edit == nil {
		lacks(t, "edits")
		return
	}
	id := b.Say(t, b.Ann, b.Home, "With a rubrik.")
	b.ear.hears(t, "a message", byMessage(chat.Said, id))
	b.Edit(t, b.Ann, b.Home, id, "With a rubric.")
	first := b.ear.hears(t, "an edit", byMessage(chat.Edited, id))
	if first.Text != "With a rubric." || first.Where.Room != b.Home.Room || first.From.Account != "" && first.From.Account != b.Ann {
		t.Errorf("%+v", first)
	}
	b.Edit(t, b.Ann, b.Home, id, "With a good rubric.")
	if second := b.ear.hears(t, "another edit", byMessage(chat.Edited, id)); second.ID == first.ID || second.Text != "With a good rubric." {
		t.Errorf("%+v", second)
	}
	b.Delete(t, b.Ann, b.Home, id)
	if ev := b.ear.hears(t, "a deletion", byMessage(chat.Deleted, id)); ev.Where.Room != b.Home.Room {
		t.Errorf("%+v", ev)
	}
}

func reactions(t *testing.T, b *bench) {
	if b.React == nil {
		lacks(t, "reactions")
		return
	}
	id := b.Say(t, b.Bea, b.Home, "With portfolios.")
	b.ear.hears(t, "a message", byMessage(chat.Said, id))
	for _, emoji := range []string{"✅", "🔖", "🏆"} {
		b.React(t, b.Ann, b.Home, id, emoji)
		ev := b.ear.hears(t, "a reaction", func(ev chat.Event) bool {
			return ev.Kind == chat.Reacted && strings.TrimRight(ev.Reaction, "\ufe0f") == emoji
		})
		if ev.From.Account != b.Ann || ev.Target == nil || ev.Target.Message != id || ev.Target.Where.Room != b.Home.Room {
			t.Errorf("%+v %+v", ev, ev.Target)
		}
	}
	if b.Unreact == nil {
		return
	}
	b.Unreact(t, b.Ann, b.Home, id, "✅")
	if ev := b.ear.hears(t, "a reaction taken back", func(ev chat.Event) bool { return ev.Kind == chat.Unreacted }); ev.Target == nil || ev.Target.Message != id {
		t.Errorf("%+v", ev)
	}
}

func pressed(t *testing.T, b *bench) {
	if b.Press == nil {
		lacks(t, "buttons")
		return
	}
	key := "2s~show R13 " + strings.Repeat("x", 87)
	m := plain("R13 is in the toolbox.")
	m.Buttons = []chat.Button{{Key: key[:99], Label: "Show", Name: "Show R13", Line: "show R13"}, {Key: "2s~edit R13", Label: "Edit", Name: "Edit R13", Line: "edit R13", Style: chat.Primary}}
	sent := b.sends(t, b.Home, m, "buttons")
	for i, label := range []string{"Show", "Edit"} {
		b.Press(t, b.Ann, b.Home, sent.Message, label)
		ev := b.ear.hears(t, "a button", func(ev chat.Event) bool { return ev.Kind == chat.Pressed })
		if ev.Key != m.Buttons[i].Key || ev.From.Account != b.Ann || ev.Where.Room != b.Home.Room || ev.Message != sent.Message {
			t.Errorf("%+v", ev)
		}
	}
}

func acted(t *testing.T, b *bench) {
	if b.Act == nil {
		lacks(t, "message actions")
		return
	}
	id := b.Say(t, b.Bea, b.Home, "Here is our rubric: https://example.org/rubric")
	b.ear.hears(t, "a message", byMessage(chat.Said, id))
	b.Act(t, b.Ann, b.Home, id, "deposit")
	ev := b.ear.hears(t, "a message action", func(ev chat.Event) bool { return ev.Kind == chat.Acted })
	if ev.Command != "deposit" || ev.From.Account != b.Ann || ev.Target == nil || ev.Target.Message != id || ev.Target.Where.Room != b.Home.Room {
		t.Errorf("%+v %+v", ev, ev.Target)
	}
}

func filesIn(t *testing.T, b *bench) {
	d, can := b.Platform.(chat.Downloader)
	if !can {
		lacks(t, "files")
		return
	}
	data := bytes.Repeat([]byte("%PDF-1.7 and so on \x00\xff"), 500)
	id := b.Say(t, b.Ann, b.Home, "Our rubric", File{"rubryka żółta.pdf", data})
	ev := b.ear.hears(t, "a message with a file", func(ev chat.Event) bool {
		return ev.Kind == chat.Said && len(ev.Files) == 1 && (ev.Message == id || id == "")
	})
	f := ev.Files[0]
	if f.Name != "rubryka żółta.pdf" || f.ID == "" {
		t.Errorf("%+v", f)
	}
	r, err := d.Download(t.Context(), f)
	if err != nil {
		t.Fatalf("download: %v", err)
	}
	defer func() { _ = r.Close() }()
	if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes of %d came: %v", len(got), len(data), err)
	}
}

func attachment(name string, data []byte) chat.Attachment {
	return chat.Attachment{SHA256: strings.Repeat("ab", 32), Name: name, Type: "application/pdf", Size: int64(len(data)),
		Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

func filesOut(t *testing.T, b *bench) {
	if _, can := b.Platform.(chat.Downloader); !can {
		lacks(t, "files")
		return
	}
	data := bytes.Repeat([]byte("%PDF-1.7 "), 1000)
	m := plain("R13 · Rubric")
	m.Files = []chat.Attachment{attachment("rubric.pdf", data)}
	b.sends(t, b.Home, m, "file-1")
	s := b.sees(t, b.Bea, b.Home, "the file", func(s Shown) bool { return len(s.Files) == 1 })
	if !bytes.Equal(s.Files["rubric.pdf"], data) {
		t.Errorf("files %d bytes, want %d", len(s.Files["rubric.pdf"]), len(data))
	}
}

// durable: what could not be stored is not acknowledged, and comes again.
func durable(t *testing.T, b *bench) {
	if b.Unacked == nil {
		lacks(t, "acknowledgements to be looked at")
		return
	}
	block := make(chan struct{})
	b.ear.answers(func(chat.Event) (chat.Answer, error) { <-block; return chat.Answer{}, nil })
	id := b.Say(t, b.Ann, b.Home, "Is it kept?")
	b.ear.hears(t, "a message", byMessage(chat.Said, id))
	if b.Unacked(t) == 0 {
		t.Error("it was acknowledged before it was stored")
	}
	close(block)
	for until := time.Now().Add(patience); b.Unacked(t) > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(until) {
			t.Fatal("it is never acknowledged")
		}
	}
}

func repeated(t *testing.T, b *bench) {
	if b.Repeat == nil {
		lacks(t, "repeats")
		return
	}
	id := b.Say(t, b.Ann, b.Home, "Once only.")
	first := b.ear.hears(t, "a message", byMessage(chat.Said, id))
	b.Repeat(t)
	// An adapter may drop the repeat itself; one that gives it must give the same id.
	b.Say(t, b.Ann, b.Home, "After.")
	for {
		ev := b.ear.hears(t, "what came after", func(ev chat.Event) bool { return ev.Kind == chat.Said })
		if ev.Text == "After." {
			return
		}
		if ev.ID != first.ID {
			t.Fatalf("the same message came as %q and as %q", first.ID, ev.ID)
		}
	}
}

func count(list []Shown, words string) int {
	n := 0
	for _, s := range list {
		if strings.Contains(s.Text, words) {
			n++
		}
	}
	return n
}

func once(t *testing.T, b *bench) {
	first := b.sends(t, b.Home, plain("Said once."), "once-1")
	again, err := b.Platform.Send(t.Context(), b.Home, plain("Said once."), chat.Key{ID: "once-1", Again: true})
	if err != nil || again.Message != first.Message {
		t.Errorf("%+v, then %+v: %v", first, again, err)
	}
	b.sends(t, b.Home, plain("Said once."), "once-2")
	if n := count(b.Shown(t, b.Ann, b.Home), "Said once."); n != 2 {
		t.Errorf("two keys, %d messages", n)
	}
}

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
	if n := count(b.Shown(t, b.Bea, b.Home), "H1 · solved"); n != 0 {
		t.Error("it still stands")
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

func whisper(t *testing.T, b *bench) {
	w, can := b.Platform.(chat.Whisperer)
	if !can {
		lacks(t, "only-you messages")
		return
	}
	if err := w.Whisper(t.Context(), b.Home, b.Ann, "", plain("Only for Ann."), chat.Key{ID: "whisper"}); err != nil {
		if errors.Is(err, chat.ErrRefused) || errors.Is(err, chat.ErrGone) {
			t.Log("not tested: only-you messages need an event that is answered")
			return
		}
		t.Fatalf("whisper: %v", err)
	}
	if s := b.sees(t, b.Ann, b.Home, "the whisper", func(s Shown) bool { return strings.Contains(s.Text, "Only for Ann.") }); !s.Only {
		t.Error("it is not marked as hers alone")
	}
	if n := count(b.Shown(t, b.Bea, b.Home), "Only for Ann."); n != 0 {
		t.Error("bea sees it")
	}
}

func directly(t *testing.T, b *bench) {
	d, can := b.Platform.(chat.Director)
	if !can {
		lacks(t, "direct messages")
		return
	}
	first, err := d.Direct(t.Context(), b.Home.Space, b.Ann)
	if err != nil {
		t.Fatalf("direct: %v", err)
	}
	if second, err := d.Direct(t.Context(), b.Home.Space, b.Ann); err != nil || second.Room != first.Room {
		t.Errorf("%+v, then %+v: %v", first, second, err)
	}
	b.sends(t, first, plain("Hello Ann."), "direct")
	b.sees(t, b.Ann, first, "the direct message", func(s Shown) bool { return strings.Contains(s.Text, "Hello Ann.") })
	id := b.Say(t, b.Ann, first, "stop")
	if ev := b.ear.hears(t, "a direct message", byMessage(chat.Said, id)); !ev.Direct || !ev.Addressed || ev.Text != "stop" {
		t.Errorf("%+v", ev)
	}
}

func lost(t *testing.T, b *bench) {
	if b.LoseReply == nil {
		lacks(t, "replies that get lost")
		return
	}
	b.LoseReply(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	sent, err := b.Platform.Send(ctx, b.Home, plain("Shown once."), chat.Key{ID: "lost"})
	for try := 0; err != nil && try < 5; try++ {
		sent, err = b.Platform.Send(ctx, b.Home, plain("Shown once."), chat.Key{ID: "lost", Again: true})
		var wait *chat.RetryAfter
		if errors.As(err, &wait) {
			time.Sleep(min(wait.After, time.Second))
		}
	}
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	if n := count(b.Shown(t, b.Ann, b.Home), "Shown once."); n != 1 {
		t.Errorf("it is shown %d times", n)
	}
	if b.Shown(t, b.Ann, b.Home); sent.Message == "" {
		t.Error("without an id")
	}
}

func throttled(t *testing.T, b *bench) {
	if b.Throttle == nil {
		lacks(t, "pace")
		return
	}
	b.Throttle(t, 7*time.Second)
	_, err := b.Platform.Send(t.Context(), b.Home, plain("Later."), chat.Key{ID: "later"})
	var wait *chat.RetryAfter
	if !errors.As(err, &wait) || wait.After < 5*time.Second || wait.After > 10*time.Second {
		t.Errorf("asked to wait 7 s: %v", err)
	}
	if n := count(b.Shown(t, b.Ann, b.Home), "Later."); n != 0 {
		t.Error("it is shown all the same")
	}
}

func rooms(t *testing.T, b *bench) {
	r, can := b.Platform.(chat.Roomer)
	if !can {
		lacks(t, "rooms to open")
		return
	}
	spec := chat.RoomSpec{Key: "c7-rubric", Name: "c7-shared-rubric", Topic: "A shared rubric, until 15 January", Section: "collaboration", Record: "C7", Lang: "en"}
	id, fresh, err := r.Open(t.Context(), b.Home.Space, spec)
	if err != nil || !fresh || id == "" {
		t.Fatalf("open: %q %v %v", id, fresh, err)
	}
	if again, fresh, err := r.Open(t.Context(), b.Home.Space, spec); err != nil || fresh || again != id {
		t.Errorf("opened again: %q (was %q) fresh=%v %v", again, id, fresh, err)
	}
	for range 2 {
		if err := r.Bring(t.Context(), b.Home.Space, id, b.Ann); err != nil {
			t.Fatalf("bring: %v", err)
		}
	}
	if b.Members != nil && !slices.Contains(b.Members(t, id), b.Ann) {
		t.Errorf("ann is not among %v", b.Members(t, id))
	}
	at := b.Home
	at.Room, at.Thread = id, ""
	b.sends(t, at, plain("Welcome to C7."), "welcome")
	all, err := r.Rooms(t.Context(), b.Home.Space)
	if err != nil || !slices.ContainsFunc(all, func(x chat.RoomInfo) bool { return x.ID == id && x.Joined }) ||
		!slices.ContainsFunc(all, func(x chat.RoomInfo) bool { return x.ID == b.Home.Room && x.Joined }) {
		t.Errorf("rooms: %+v %v", all, err)
	}
	for range 2 {
		if err := r.Release(t.Context(), b.Home.Space, id, b.Ann); err != nil {
			t.Fatalf("release: %v", err)
		}
	}
	if b.Members != nil && slices.Contains(b.Members(t, id), b.Ann) {
		t.Error("ann is still there")
	}
	for range 2 {
		if err := r.Archive(t.Context(), b.Home.Space, id); err != nil {
			t.Fatalf("archive: %v", err)
		}
	}
}

func reading(t *testing.T, b *bench) {
	r, can := b.Platform.(chat.Reader)
	if !can {
		lacks(t, "threads that can be read back")
		return
	}
	m := plain("H1 · open")
	m.Kind, m.Threaded, m.Record = chat.Card, true, "H1"
	sent := b.sends(t, b.Home, m, "card-2")
	in := b.Home
	in.Thread = sent.Thread
	first := b.Say(t, b.Ann, in, odd)
	b.ear.hears(t, "a message", byMessage(chat.Said, first))
	b.sends(t, in, plain("I carried that."), "carried")
	second := b.Say(t, b.Bea, in, "And this.")
	b.ear.hears(t, "a message", byMessage(chat.Said, second))
	got, err := r.Thread(t.Context(), in, "")
	if err != nil || len(got) != 2 || got[0].Message != first || got[1].Message != second || got[0].Text != odd || got[0].From.Account != b.Ann || got[1].From.Account != b.Bea {
		t.Errorf("%+v %v", got, err)
	}
	one, err := r.Message(t.Context(), in, second)
	if err != nil || one.Text != "And this." || one.From.Account != b.Bea {
		t.Errorf("%+v %v", one, err)
	}
	if l, can := b.Platform.(chat.Linker); can {
		if link := l.Link(in, second); link != "" && !strings.HasPrefix(link, "http") {
			t.Errorf("link %q", link)
		}
	}
}

func ends(t *testing.T, b *bench) {
	if err := b.stop(); err != nil {
		t.Errorf("Run: %v", err)
	}
}
