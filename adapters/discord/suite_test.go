package discord_test

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	chattest.Run(t, driver)
}

// actor drives a stage as the suite wants it.
type actor struct{ *stage }

func driver(t *testing.T) *chattest.Driver {
	s := newStage(t, discordtest.Options{})
	a := &actor{s}
	return &chattest.Driver{Platform: s.dc, Home: s.at(s.help), Ann: chat.AccountID(s.ann.ID.String()), Bea: chat.AccountID(s.bea.ID.String()),
		Start: a.begin, Say: a.say, Addressed: func(line string) string { return "<@" + s.srv.App().Bot.ID.String() + "> " + line },
		Command: a.command, Edit: a.edit, Delete: a.erase, React: a.react, Unreact: a.unreact, Press: a.press, Act: a.act,
		Shown: a.shown, Members: a.members,
		LoseReply: func(testing.TB) {
			s.srv.Cause(discordtest.Trouble{Route: "POST /channels/{channel}/messages", Times: 1, After: true, Drop: true})
		},
		Throttle: func(_ testing.TB, d time.Duration) {
			s.srv.Cause(discordtest.Trouble{Route: "POST /channels/{channel}/messages", Times: 1, RateLimit: d})
		},
		Repeat: func(testing.TB) {
			s.srv.Disturb(discordtest.Disturbance{Event: "MESSAGE_CREATE", Double: true, Times: 1})
		}}
}

func (a *actor) begin(ctx context.Context, t testing.TB, h chat.Handler) <-chan error {
	if err := a.dc.Publish(ctx, map[string][]chat.CommandInfo{"en": h.Commands("en")}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- a.dc.Run(ctx, h) }()
	if err := a.srv.Connected(1); err != nil {
		t.Fatal(err)
	}
	return ended
}

func (a *actor) who(id chat.AccountID) *discordtest.Person {
	for _, p := range []*discordtest.Person{a.ann, a.bea} {
		if p.ID.String() == string(id) {
			return p
		}
	}
	return nil
}

func (a *actor) channel(at chat.Address) *discordtest.Channel {
	id := string(at.Room)
	if at.Thread != "" {
		id = string(at.Thread)
	}
	n, err := discordtest.ParseSnowflake(id)
	if err != nil {
		return nil
	}
	return a.srv.ChannelByID(n)
}

func (a *actor) message(t testing.TB, id chat.MessageID) discordtest.Message {
	t.Helper()
	n, err := discordtest.ParseSnowflake(string(id))
	if err != nil {
		t.Fatal(err)
	}
	m, ok := a.srv.MessageByID(n)
	if !ok {
		t.Fatalf("there is no message %s", id)
	}
	return m
}

func fine(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (a *actor) say(t testing.TB, who chat.AccountID, at chat.Address, text string, files ...chattest.File) chat.MessageID {
	t.Helper()
	var up []discordtest.Upload
	for _, f := range files {
		up = append(up, discordtest.Upload{Name: f.Name, ContentType: "application/pdf", Data: f.Data})
	}
	m, err := a.who(who).Say(a.channel(at), text, up...)
	fine(t, err)
	return chat.MessageID(m.ID.String())
}

var quoted = regexp.MustCompile(`^(\w+) "(.*)"$`)

func (a *actor) command(t testing.TB, who chat.AccountID, at chat.Address, line string) {
	t.Helper()
	parts := quoted.FindStringSubmatch(line)
	if parts == nil {
		t.Fatalf("no command: %q", line)
	}
	_, err := a.who(who).Slash(a.channel(at), parts[1], discordtest.Opt("question", parts[2]))
	fine(t, err)
}

func (a *actor) edit(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, text string) {
	t.Helper()
	fine(t, a.who(who).Edit(a.message(t, msg), text))
}

func (a *actor) erase(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID) {
	t.Helper()
	fine(t, a.who(who).Delete(a.message(t, msg)))
}

func (a *actor) react(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, emoji string) {
	t.Helper()
	fine(t, a.who(who).React(a.message(t, msg), emoji))
}

func (a *actor) unreact(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, emoji string) {
	t.Helper()
	fine(t, a.who(who).Unreact(a.message(t, msg), emoji))
}

func (a *actor) press(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, label string) {
	t.Helper()
	m := a.message(t, msg)
	for _, l := range m.Labels() {
		if l == label || strings.HasPrefix(l, label+" ") { // the label has its object
			_, err := a.who(who).Press(m, l)
			fine(t, err)
			return
		}
	}
	t.Fatalf("no button %q among %q", label, m.Labels())
}

func (a *actor) act(t testing.TB, who chat.AccountID, _ chat.Address, msg chat.MessageID, command string) {
	t.Helper()
	_, err := a.who(who).UseOn(a.message(t, msg), map[string]string{"deposit": "Deposit in toolbox"}[command])
	fine(t, err)
}

func (a *actor) members(t testing.TB, room chat.RoomID) (out []chat.AccountID) {
	ch := a.channel(chat.Address{Room: room})
	for _, p := range []*discordtest.Person{a.ann, a.bea} {
		if p != a.ann && ch.In(p) {
			out = append(out, chat.AccountID(p.ID.String()))
		}
	}
	if slices.ContainsFunc(a.srv.Requests("PUT /channels/{channel}/permissions/{overwrite}"), func(r discordtest.Request) bool {
		return strings.Contains(r.Path, string(room)+"/permissions/"+a.ann.ID.String())
	}) && !slices.ContainsFunc(a.srv.Requests("DELETE /channels/{channel}/permissions/{overwrite}"), func(r discordtest.Request) bool {
		return strings.Contains(r.Path, string(room)+"/permissions/"+a.ann.ID.String())
	}) {
		out = append(out, chat.AccountID(a.ann.ID.String())) // she is an admin, who sees everything
	}
	return out
}

func (a *actor) shown(t testing.TB, who chat.AccountID, at chat.Address) (out []chattest.Shown) {
	ch := a.channel(at)
	if ch == nil {
		return nil
	}
	for _, m := range a.who(who).Reads(ch) {
		if m.Thinking() {
			continue
		}
		s := chattest.Shown{ID: chat.MessageID(m.ID.String()), Only: m.Ephemeral(), Buttons: m.Labels(), Files: map[string][]byte{}}
		if m.Author != a.srv.App().Bot {
			s.From = chat.AccountID(m.Author.ID.String())
		}
		s.Text, s.Links = a.seen(m)
		for _, p := range m.Pings.Users {
			s.Pings = append(s.Pings, chat.AccountID(p.ID.String()))
		}
		if m.Pings.Everyone || len(m.Pings.Roles) > 0 {
			s.Pings = append(s.Pings, "everyone")
		}
		for _, f := range m.Files {
			s.Files[f.Name] = bytes.Clone(f.Data)
		}
		out = append(out, s)
	}
	return out
}

// seen is what a message shows once the client has read its Markdown.
func (a *actor) seen(m discordtest.Message) (string, []string) {
	var links []string
	read := func(s string) string {
		t, l := readMarkdown(s)
		links = append(links, l...)
		return t
	}
	out := []string{read(m.Content)}
	for _, e := range m.Embeds {
		if e.Author != nil {
			out = append(out, e.Author.Name)
		}
		out = append(out, read(e.Title), read(e.Description))
		for _, f := range e.Fields {
			out = append(out, f.Name, read(f.Value))
		}
		if e.Footer != nil {
			out = append(out, e.Footer.Text)
		}
	}
	return strings.Join(out, "\n"), links
}

var (
	webLink   = regexp.MustCompile(`^https?://[^\s<>]+`)
	maskLink  = regexp.MustCompile(`^\[((?:\\.|[^\]\\])*)\]\(<?([^)>\s]+)>?\)`)
	lineMarks = regexp.MustCompile(`^(> |-# |#{1,3} )`)
)

// readMarkdown reads Discord's Markdown as its client does, as far as this adapter could write it.
func readMarkdown(s string) (text string, links []string) {
	var b strings.Builder
	for i, line := range strings.Split(s, "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		line = lineMarks.ReplaceAllString(line, "")
		for line != "" {
			r := []rune(line)[0]
			switch {
			case r == '\\' && len(line) > 1 && strings.ContainsRune("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", rune(line[1])):
				b.WriteByte(line[1])
				line = line[2:]
				continue
			case maskLink.MatchString(line):
				m := maskLink.FindStringSubmatch(line)
				label, _ := readMarkdown(m[1])
				b.WriteString(label)
				links = append(links, m[2])
				line = line[len(m[0]):]
				continue
			case webLink.MatchString(line):
				links = append(links, webLink.FindString(line))
			case r == '`':
				if end := strings.IndexByte(line[1:], '`'); end >= 0 {
					b.WriteString(line[1 : 1+end])
					line = line[2+end:]
					continue
				}
			case strings.ContainsRune("*~_", r) && !unicode.IsSpace(r):
				line = strings.TrimLeft(line, "*~_")
				continue
			}
			b.WriteRune(r)
			line = line[len(string(r)):]
		}
	}
	return b.String(), links
}

func TestMarkdownReaderOfTheSuite(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`\*a\* **b**`: "*a* b", "> q\n-# n": "q\nn", "`c*`": "c*", "[l](<https://x.example/>)": "l"} {
		if got, _ := readMarkdown(in); got != want {
			t.Errorf("%q is read as %q", in, got)
		}
	}
	if _, links := readMarkdown("see https://x.example/a and [l](https://y.example)"); fmt.Sprint(links) != "[https://x.example/a https://y.example]" {
		t.Errorf("%v", links)
	}
	if _, links := readMarkdown(`https\://x.example`); len(links) != 0 {
		t.Errorf("%v", links)
	}
}
