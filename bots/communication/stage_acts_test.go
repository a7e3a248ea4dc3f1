package communication_test

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/text"
	"guildhall/core/work"
)

// event is something that a person does in the room of their own space.
func (s *stage) event(kind chat.EventKind, who string) chat.Event {
	s.n++
	return chat.Event{ID: chat.EventID(fmt.Sprintf("e%d", s.n)), Kind: kind, At: s.now,
		Where: chat.Address{Platform: service, Space: homes[who], Room: chat.RoomID(string(homes[who]) + " #communication")},
		From:  chat.Author{Account: chat.AccountID(who), Name: strings.ToUpper(who[:1]) + who[1:], Locale: s.speak}, Can: chat.Carry{Answer: !s.bare, Form: !s.bare}}
}

// do gives an event to the engine, shows what it answers, and works all that is due.
func (s *stage) do(ev chat.Event) {
	s.t.Helper()
	a, err := s.e.Handle(s.t.Context(), ev)
	if err != nil {
		s.t.Fatal(err)
	}
	who := string(ev.From.Account)
	if a.Message != nil {
		s.put(ev.Where, who, "", *a.Message, "")
		if a.Delivered != nil {
			if err := a.Delivered(s.t.Context(), chat.Sent{}); err != nil {
				s.t.Fatal(err)
			}
		}
	}
	if a.Form != nil {
		s.form[who] = openForm{*a.Form, ev.Where}
		var fields []string
		for _, in := range a.Form.Inputs {
			fields = append(fields, in.Label)
		}
		s.shown = append(s.shown, "  form for "+who+": "+a.Form.Title+": "+strings.Join(fields, ", "))
	}
	s.drain()
}

func (s *stage) drain() {
	s.t.Helper()
	kinds := map[string]work.Kind{}
	for _, k := range s.e.Kinds() {
		kinds[k.Name] = k
	}
	for range 10_000 {
		i := slices.IndexFunc(s.items, func(it work.Item) bool { return !it.Due.After(s.now) })
		if i < 0 {
			return
		}
		it := s.items[i]
		s.items = slices.Delete(s.items, i, i+1)
		s.done[it.Key] = true
		it.Attempt = 1
		if err := s.work(kinds[it.Kind], it); err != nil {
			s.t.Errorf("%s %s: %v", it.Kind, it.Key, err)
		}
	}
	s.t.Fatal("the work never ends")
}

func (s *stage) work(k work.Kind, it work.Item) error {
	if k.Run == nil {
		return fmt.Errorf("no kind %q", it.Kind)
	}
	ctx := s.t.Context()
	if k.Outside {
		then, err := k.Run(ctx, it)
		if err != nil || then == nil {
			return err
		}
		return s.db.Atomically(ctx, then)
	}
	return s.db.Atomically(ctx, func(ctx context.Context) error {
		then, err := k.Run(ctx, it)
		if err != nil || then == nil {
			return err
		}
		return then(ctx)
	})
}

// types gives a command, as a slash command.
func (s *stage) types(who, line string) {
	s.t.Helper()
	s.does(who, "/"+line)
	ev := s.event(chat.Invoked, who)
	ev.Text = line
	s.do(ev)
}

// says writes a message into the room, or where thread is the id of a request, into its thread in
// the person's own space.
func (s *stage) says(who, thread, words string, files ...string) chat.MessageID {
	s.t.Helper()
	s.does(who, strings.TrimSuffix("writes in "+thread, " in ")+": "+words+strings.Join(append([]string{""}, files...), " + "))
	ev := s.event(chat.Said, who)
	ev.Text = words
	if line, addressed := strings.CutPrefix(words, "/"); addressed {
		ev.Text, ev.Addressed = line, true
	}
	for _, f := range files {
		ev.Files = append(ev.Files, chat.FileRef{ID: f, Name: f})
	}
	if thread != "" {
		ev.Where.Thread = s.thread(who, thread)
	}
	sent := s.put(ev.Where, "", who, chat.Message{}, words)
	ev.Message = sent.Message
	s.do(ev)
	return sent.Message
}

// thread is the thread of a request in a person's space.
func (s *stage) thread(who, id string) chat.ThreadID {
	s.t.Helper()
	for _, m := range s.msgs {
		if m.m.Record == id && m.m.Threaded && m.at.Space == homes[who] {
			return chat.ThreadID(m.id)
		}
	}
	s.t.Fatalf("%s has no thread where %s is", id, who)
	return ""
}

// presses presses the newest button of a label that a person sees.
func (s *stage) presses(who, label string) {
	s.t.Helper()
	s.does(who, "presses ["+label+"]")
	for i := len(s.msgs) - 1; i >= 0; i-- {
		m := s.msgs[i]
		direct := string(m.at.Room) == "dm-"+who
		if m.gone || m.who != "" && m.who != who || !direct && (m.at.Space != homes[who] || strings.HasPrefix(string(m.at.Room), "dm-")) {
			continue
		}
		buttons := m.m.Buttons
		for _, r := range m.m.List {
			buttons = append(buttons, r.Buttons...)
		}
		for _, b := range buttons {
			if b.Label == label {
				ev := s.event(chat.Pressed, who)
				ev.Key, ev.Message, ev.Where, ev.Direct = b.Key, m.id, m.at, direct
				s.do(ev)
				return
			}
		}
	}
	s.t.Fatalf("%s sees no button %q", who, label)
}

// fills sends the form that is open for a person.
func (s *stage) fills(who string, given chat.Given) {
	s.t.Helper()
	f, ok := s.form[who]
	if !ok {
		s.t.Fatalf("no form is open for %s", who)
	}
	s.does(who, fmt.Sprint("fills in ", given))
	ev := s.event(chat.Submitted, who)
	ev.Key, ev.Given, ev.Where = f.form.Key, given, f.room
	ev.Direct = strings.HasPrefix(string(f.room.Room), "dm-")
	s.do(ev)
}

// newest is the newest message in a person's space that says something.
func (s *stage) newest(who, words string) *message {
	s.t.Helper()
	for i := len(s.msgs) - 1; i >= 0; i-- {
		m := s.msgs[i]
		if !m.gone && m.who == "" && m.at.Space == homes[who] && strings.Contains(m.words+m.m.Plain(), words) {
			return m
		}
	}
	s.t.Fatalf("%s sees no message that says %q", who, words)
	return nil
}

func (s *stage) on(kind chat.EventKind, who, words string) chat.Event {
	s.t.Helper()
	m := s.newest(who, words)
	ev := s.event(kind, who)
	ev.Target = &chat.Target{Where: m.at, Message: m.id, Text: m.words, From: chat.Author{Account: chat.AccountID(m.from), Name: m.from}}
	if m.from == "" {
		ev.Target.From = chat.Author{Account: "guildhall", Name: "Guildhall", Bot: true}
	}
	return ev
}

func (s *stage) reacts(who, emoji, words string) {
	s.t.Helper()
	s.does(who, fmt.Sprintf("reacts %s to %q", emoji, words))
	ev := s.on(chat.Reacted, who, words)
	ev.Reaction = emoji
	s.do(ev)
}

func (s *stage) acts(who, command, words string) {
	s.t.Helper()
	s.does(who, fmt.Sprintf("uses %q on %q", command, words))
	ev := s.on(chat.Acted, who, words)
	ev.Command = command
	s.do(ev)
}

func (s *stage) edits(who string, id chat.MessageID, words string) {
	s.t.Helper()
	m := s.find(id)
	s.does(who, fmt.Sprintf("changes %q to: %s", m.words, words))
	m.words = words
	ev := s.event(chat.Edited, who)
	ev.Where, ev.Message, ev.Text = m.at, id, words
	s.do(ev)
}

func (s *stage) deletes(who string, id chat.MessageID) {
	s.t.Helper()
	m := s.find(id)
	s.does(who, fmt.Sprintf("deletes %q", m.words))
	m.gone = true
	ev := s.event(chat.Deleted, who)
	ev.Where, ev.Message = m.at, id
	s.do(ev)
}

// later lets time pass.
func (s *stage) later(d time.Duration) {
	s.t.Helper()
	s.shown = append(s.shown, "", fmt.Sprintf("%.0f hours later", d.Hours()))
	s.now = s.now.Add(d)
	s.drain()
}

// story begins a transcript that is compared with testdata/<name>.txt when the test ends. With
// UPDATE=1 in the environment it is written anew: then read it aloud.
func story(t *testing.T, name string) *stage {
	t.Helper()
	return played(t, newStage(t, "en"), name)
}

func played(t *testing.T, s *stage, name string) *stage {
	t.Helper()
	t.Cleanup(func() {
		file := filepath.Join("testdata", name+".txt")
		got := strings.Join(s.shown, "\n") + "\n"
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
				t.Error(err)
			}
			return
		}
		want, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
		}
		if got != string(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", file, got, want)
		}
	})
	return s
}

// tell writes a sentence into the transcript.
func (s *stage) tell(sentence string) { s.shown = append(s.shown, "", "# "+sentence) }

// does writes what somebody does into the transcript.
func (s *stage) does(who, what string) {
	s.shown = append(s.shown, "", who+" "+text.Clean(strings.ReplaceAll(what, "\n", " / "), 100))
}

// offers makes a member a helper for a topic (empty: for whatever comes).
func (s *stage) offers(who, set string) {
	s.t.Helper()
	s.does(who, "offers help with "+cmp.Or(set, "whatever comes"))
	name := strings.ToUpper(who[:1]) + who[1:]
	err := s.db.Atomically(s.t.Context(), func(ctx context.Context) error {
		found, err := s.db.Directory().Find(ctx, s.com.ID, name, 1)
		if err != nil {
			return err
		}
		return s.db.Helpers().Enlist(ctx, s.com.ID, found[0].No, set, 3)
	})
	if err != nil {
		s.t.Fatal(err)
	}
}

// upkeep does what the bot does regularly.
func (s *stage) upkeep() {
	s.t.Helper()
	s.shown = append(s.shown, "", "upkeep")
	for i, tick := range s.ticks {
		s.n++
		if err := s.e.Tick(s.t.Context(), tick, s.com.ID, fmt.Sprint(i, s.n)); err != nil {
			s.t.Fatal(err)
		}
	}
	s.drain()
}

// replies writes into the thread of a person's own message, where a question waits.
func (s *stage) replies(who string, to chat.MessageID, words string) {
	s.t.Helper()
	s.does(who, "replies: "+words)
	ev := s.event(chat.Said, who)
	ev.Text, ev.Where.Thread = words, chat.ThreadID(to)
	ev.Message = s.put(ev.Where, "", who, chat.Message{}, words).Message
	s.do(ev)
}
