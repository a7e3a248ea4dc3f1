package chattest

import (
	"bytes"
	"context"
	"fmt"
	"io"
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
	for until := time.Now().Add(patience); b.Unacked(t) > 0; <-time.After(10 * time.Millisecond) {
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
	second := b.sends(t, b.Home, plain("Said once."), "once-2")
	b.sees(t, b.Ann, b.Home, "the second", func(s Shown) bool { return s.ID == second.Message })
	if n := count(b.Shown(t, b.Ann, b.Home), "Said once."); n != 2 {
		t.Errorf("two keys, %d messages", n)
	}
}
