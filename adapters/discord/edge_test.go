package discord_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// At each of Discord's limits and one above it everything is shown, and the server refuses nothing.
func TestMessagesAtTheLimits(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	send := func(what string, m chat.Message) discordtest.Message {
		t.Helper()
		sent, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: fmt.Sprintf("k%x", len(s.help.Messages()))})
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		return s.message(sent.Message)
	}
	for _, n := range []int{1999, 2000, 2001, 3000} {
		for name, letter := range map[string]string{"letters": "a", "emoji": "🎓", "families": "👩‍👩‍👧‍👦", "stars": "*"} {
			long := strings.Repeat(letter, n/len([]rune(letter)))
			if name == "stars" {
				long = long[:len(long)/2] // an escape stands before each
			}
			m := plain(long)
			got := send(name, m)
			if shown := strings.ReplaceAll(got.Text(), `\`, ""); strings.Count(shown, letter) != strings.Count(long, letter) && len([]rune(long)) <= 2000 {
				t.Errorf("%d %s: %d of %d are shown", n, name, strings.Count(shown, letter), strings.Count(long, letter))
			}
			// The same for one person alone.
			s.ear.says(m)
			i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
			must1[discordtest.Message](s)(i.Reply())
		}
	}
	for _, n := range []int{4, 5, 6, 24, 25, 26, 40} {
		m := plain("Many.")
		menu := chat.Menu{Key: "menu", Label: "Which?", Many: true}
		for i := range n {
			m.Fields = append(m.Fields, chat.Field{Name: fmt.Sprint("Field ", i), Value: text.Plain("x")})
			m.Buttons = append(m.Buttons, chat.Button{Key: fmt.Sprint("b", i), Label: strings.Repeat("👩‍🔧", 70+i%20)})
			m.Files = append(m.Files, attachedFile(fmt.Sprintf("f%d.txt", i)))
			menu.Options = append(menu.Options, chat.Option{Value: fmt.Sprint(i), Label: strings.Repeat("ß", 99+i%3), About: strings.Repeat("x", 100+i%3)})
		}
		got := send(fmt.Sprint(n, " of each"), m)
		if want := min(n, 25); len(got.Labels()) < want {
			t.Errorf("%d buttons of %d", len(got.Labels()), n)
		}
		send(fmt.Sprint("a menu of ", n), chat.Message{Lang: "en", Title: text.Plain("Menu"), Menus: []chat.Menu{menu}})
	}
	for _, n := range []int{99, 100, 101} {
		card := chat.Message{Lang: "en", Title: text.Plain(strings.Repeat("é", n)), Threaded: true, Kind: chat.Card}
		send(fmt.Sprint("a thread called by ", n), card)
		send(fmt.Sprint("a key of ", n), chat.Message{Lang: "en", Body: plain("Key.").Body, Buttons: []chat.Button{{Key: strings.Repeat("k", n), Label: "Press"}}})
	}
}

func attachedFile(name string) chat.Attachment {
	return chat.Attachment{Name: name, Size: 1, Open: func(context.Context) (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader([]byte("x"))), nil }}
}

func (s *stage) message(id chat.MessageID) discordtest.Message {
	s.t.Helper()
	n, err := discordtest.ParseSnowflake(string(id))
	s.must(err)
	m, ok := s.srv.MessageByID(n)
	if !ok {
		s.t.Fatalf("there is no message %s", id)
	}
	return m
}

// A modal has five fields, a title and labels of forty-five letters and texts of four thousand; suggestions
// are twenty-five of a hundred letters.
func TestFormsAndSuggestionsAtTheLimits(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	for _, n := range []int{1, 4, 5, 6, 11} {
		for _, long := range []int{44, 45, 46, 4000, 4001} {
			f := chat.Form{Key: "f", Title: strings.Repeat("t", long)}
			for i := range n {
				f.Inputs = append(f.Inputs, chat.Input{Name: fmt.Sprint("in", i), Label: strings.Repeat("🎓", long), Hint: strings.Repeat("h", long), Kind: chat.Text, Value: strings.Repeat("v", long), Required: i == 0})
			}
			s.ear.answers(func(context.Context, chat.Event) (chat.Answer, error) { return chat.Answer{Form: &f}, nil })
			i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
			must1[discordtest.Outcome](s)(i.Outcome())
		}
	}
	for _, n := range []int{24, 25, 26, 60} {
		s.ear.complete = func(string, string, string) (out []chat.Option) {
			for i := range n {
				out = append(out, chat.Option{Value: fmt.Sprint("R", i), Label: strings.Repeat("🎓", 49+i%3) + fmt.Sprint(i%2), About: strings.Repeat("a", i)})
			}
			return out
		}
		got := must1[[]discordtest.CommandChoice](s)(s.ann.Complete(s.help, "show", "id", "r"))
		if len(got) != min(n, 25) {
			t.Errorf("%d of %d are suggested", len(got), n)
		}
	}
}

// A button that was shown before a restart works after it, however old the message is.
func TestAnOldButtonWorksAfterARestart(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := plain("Card.")
	m.Buttons = []chat.Button{{Key: "join", Label: "Join"}}
	sent, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "k"})
	s.must(err)
	s.must(s.end())
	s.srv.Advance(40 * 24 * time.Hour)
	before := s.srv.Gateway()
	s.make()
	s.start()
	s.must(s.srv.Until("the next program to connect", func() bool {
		now := s.srv.Gateway()
		return now.Identifies > before.Identifies || now.Resumed > before.Resumed
	}))
	s.ear.says(plain("Joined."))
	i := must1[*discordtest.Interaction](s)(s.ann.Press(s.message(sent.Message), "Join"))
	if got := must1[discordtest.Message](s)(i.Reply()); got.Text() != "Joined." {
		t.Errorf("%q", got.Text())
	}
	if ev := s.hears("the press", kind(chat.Pressed)); ev.Key != "join" || ev.Message != sent.Message {
		t.Errorf("%+v", ev)
	}
}
