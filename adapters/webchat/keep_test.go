package webchat_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
)

// What was said is there after the program was killed, and nothing is there twice.
func TestKilled(t *testing.T) {
	t.Parallel()
	first := begin(t, &engine{})
	anna := first.As(webchat.DemoAnna)
	room := first.room(t, anna, webchat.DemoNet, "lobby")
	said, err := anna.Try("one").Say(t.Context(), room, "", "Chi mi aiuta?", webchattest.File{Name: "rubrica.pdf", Data: []byte("%PDF-1.7 x")})
	check(t, err)
	at := chat.Address{Platform: webchat.ID, Space: webchat.DemoNet, Room: room}
	sent, err := first.web.Send(t.Context(), at, plain("H1 · open"), chat.Key{ID: "card"})
	check(t, err)
	check(t, came(anna.React(t.Context(), said.Message, "✅", true)))
	form := chat.Form{Key: "f", Title: "Review"}
	check(t, first.web.OpenForm(t.Context(), webchat.DemoAnna, "", form))
	dir := first.killed(t)
	first.end()

	second := beginIn(t, &engine{}, dir)
	anna = second.As(webchat.DemoAnna)
	again, err := anna.Try("one").Say(t.Context(), room, "", "Chi mi aiuta?")
	check(t, err)
	if again.Message != said.Message {
		t.Errorf("said twice: %s and %s", said.Message, again.Message)
	}
	resent, err := second.web.Send(t.Context(), at, plain("H1 · open"), chat.Key{ID: "card", Again: true})
	if err != nil || resent.Message != sent.Message {
		t.Errorf("sent as %s and %s: %v", sent.Message, resent.Message, err)
	}
	all, err := anna.Messages(t.Context(), room)
	check(t, err)
	if len(all) != 2 || all[0].Text != "Chi mi aiuta?" || len(all[0].Reactions) != 1 || all[1].Text != "H1 · open" {
		t.Fatalf("%+v", all)
	}
	if data, err := anna.Fetch(t.Context(), all[0].Files[0].ID, "rubrica.pdf"); err != nil || string(data) != "%PDF-1.7 x" {
		t.Errorf("the file: %q %v", data, err)
	}
	if s, err := anna.See(t.Context(), ""); err != nil || len(s.Forms) != 1 {
		t.Errorf("forms: %+v %v", s.Forms, err)
	}
}

// An event that the engine had not taken when the program ended is given by the next Run.
func TestGivenAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	idle, err := webchat.New(webchat.Options{Dir: dir})
	check(t, err)
	check(t, idle.Close())

	never := &engine{fail: make([]error, 1000)}
	for i := range never.fail {
		never.fail[i] = errors.New("the database is away")
	}
	first := beginIn(t, never, dir)
	anna := first.As(webchat.DemoAnna)
	room := first.room(t, anna, webchat.DemoNet, "lobby")
	said, err := anna.Say(t.Context(), room, "", "Is it kept?")
	check(t, err)
	first.end()

	taken := &engine{}
	heard := make(chan chat.Event, 8)
	taken.on = func(ev chat.Event) chat.Answer { heard <- ev; return chat.Answer{} }
	beginIn(t, taken, dir)
	for {
		select {
		case ev := <-heard:
			if ev.Kind == chat.Said && ev.Message == said.Message && ev.Text == "Is it kept?" {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatal("the event was not given again")
		}
	}
}

// A person who waits is told that nothing was saved, and the event is over.
func TestNothingSaved(t *testing.T) {
	t.Parallel()
	s := begin(t, &failing{})
	anna := s.As(webchat.DemoAnna)
	c, err := anna.Say(t.Context(), s.room(t, anna, webchat.DemoNet, "lobby"), "", "/ask anything")
	check(t, err)
	if c.Failed != "I can't save anything right now." {
		t.Errorf("%+v", c)
	}
}

// failing is an engine whose store is away.
type failing struct{ engine }

func (f *failing) Handle(_ context.Context, ev chat.Event) (chat.Answer, error) {
	if !ev.Can.Answer {
		return chat.Answer{}, nil
	}
	return say("I can't save anything right now."), errors.New("the database is away")
}

func TestJournal(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j, err := webchat.OpenJournal(dir)
	check(t, err)
	if _, err := webchat.OpenJournal(dir); err == nil {
		t.Error("two have the journal open")
	}
	for _, text := range []string{"one", "two"} {
		check(t, j.Append(webchat.Entry{Posts: []webchat.Post{{ID: chat.MessageID(text), Text: text}}}))
	}
	check(t, j.Close())
	path := filepath.Join(dir, "chat.jsonl")
	whole, err := os.ReadFile(path)
	check(t, err)

	read := func() (out []string) {
		t.Helper()
		j, err := webchat.OpenJournal(dir)
		check(t, err)
		check(t, j.Read(func(e webchat.Entry) error { out = append(out, e.Posts[0].Text); return nil }))
		check(t, j.Close())
		return out
	}
	for name, torn := range map[string]string{"": "", "half a line": `{"posts":[{"n":1,"id":"thr`, "zeroes": strings.Repeat("\x00", 40), "an ended broken line": "{\"posts\":[{\n"} {
		check(t, os.WriteFile(path, append(whole[:len(whole):len(whole)], torn...), 0o600))
		if got := strings.Join(read(), " "); got != "one two" {
			t.Errorf("with %s at the end: %q", name, got)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != string(whole) {
			t.Errorf("with %s at the end the file is %q, %v", name, now, err)
		}
	}
	check(t, os.WriteFile(path, append([]byte("{broken\n"), whole...), 0o600))
	if _, err := webchat.OpenJournal(dir); err == nil {
		t.Error("a broken line before others is no error")
	}
	check(t, os.WriteFile(path, whole, 0o600))
	j, err = webchat.OpenJournal(dir)
	check(t, err)
	check(t, j.Replace([]webchat.Entry{{Posts: []webchat.Post{{ID: "3", Text: "three"}}}}))
	check(t, j.Append(webchat.Entry{Posts: []webchat.Post{{ID: "4", Text: "four"}}}))
	check(t, j.Close())
	if got := strings.Join(read(), " "); got != "three four" {
		t.Errorf("after a replacement: %q", got)
	}
}

// A store that keeps nothing: whoever writes is told, and nothing appears.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	files, err := webchat.OpenFolder(t.TempDir())
	check(t, err)
	store := &full{}
	s := beginWith(t, &engine{}, webchat.Options{Store: store, Files: files})
	web := s.web
	if faults := web.Check(t.Context()); len(faults) != 0 {
		t.Errorf("%q", faults)
	}
	anna := s.As(webchat.DemoAnna)
	room := s.room(t, anna, webchat.DemoNet, "lobby")
	store.full.Store(true)
	if _, err := anna.Say(t.Context(), room, "", "Hello"); !refused(err, 503) {
		t.Errorf("%v", err)
	}
	if _, err := web.Send(t.Context(), chat.Address{Room: room}, plain("Hello"), chat.Key{ID: "k"}); err == nil {
		t.Error("sent without being kept")
	}
	if faults := web.Check(t.Context()); len(faults) != 1 || !strings.Contains(faults[0], "disk") {
		t.Errorf("%q", faults)
	}
	store.full.Store(false)
	if all, err := anna.Messages(t.Context(), room); err != nil || len(all) != 0 {
		t.Errorf("%+v %v", all, err)
	}
}

type full struct {
	webchat.Memory
	full atomic.Bool
}

func (f *full) Append(e webchat.Entry) error {
	if f.full.Load() {
		return errors.New("no space left on device")
	}
	return f.Memory.Append(e)
}

// A file goes with the last message that has it; another message with the same content keeps it.
func TestFilesGo(t *testing.T) {
	t.Parallel()
	s := begin(t, &engine{})
	anna := s.As(webchat.DemoAnna)
	room := s.room(t, anna, webchat.DemoNet, "lobby")
	file := webchattest.File{Name: "a.pdf", Data: []byte("%PDF-1.7 same")}
	first, err := anna.Say(t.Context(), room, "", "one", file)
	check(t, err)
	second, err := anna.Say(t.Context(), room, "", "two", file)
	check(t, err)
	all, err := anna.Messages(t.Context(), room)
	check(t, err)
	content := all[0].Files[0].ID
	check(t, came(anna.Delete(t.Context(), first.Message)))
	if _, err := anna.Fetch(t.Context(), content, "a.pdf"); err != nil {
		t.Errorf("gone with the first: %v", err)
	}
	check(t, came(anna.Delete(t.Context(), second.Message)))
	if _, err := anna.Fetch(t.Context(), content, "a.pdf"); !refused(err, 404) {
		t.Errorf("still there: %v", err)
	}
}

// An answer that stands is noted by the engine, though the program ends in that moment.
func TestNotedAtTheEnd(t *testing.T) {
	t.Parallel()
	web, err := webchat.New(webchat.Options{Dir: t.TempDir()})
	check(t, err)
	defer func() { _ = web.Close() }()
	ctx, end := context.WithCancel(t.Context())
	e := &engine{}
	noted := make(chan error, 1)
	e.on = func(ev chat.Event) chat.Answer {
		if ev.Kind != chat.Invoked {
			return chat.Answer{}
		}
		a := say("H1 is open.")
		a.Delivered = func(ctx context.Context, _ chat.Sent) error { noted <- ctx.Err(); return nil }
		end()
		return a
	}
	over := make(chan error, 1)
	go func() { over <- web.Run(ctx, e) }()
	server := httptest.NewServer(web.Handler())
	defer server.Close()
	client := webchattest.New(server.URL)
	defer client.Close()
	anna := client.As(webchat.DemoAnna)
	room, err := anna.Room(t.Context(), webchat.DemoNet, "lobby")
	check(t, err)
	c, err := anna.Say(t.Context(), room, "", "/ask")
	if err != nil || c.Answer == nil {
		t.Errorf("%+v %v", c, err)
	}
	if err := <-noted; err != nil {
		t.Errorf("noted with a context that has ended: %v", err)
	}
	check(t, <-over)
}
