package slack_test

import (
	"bytes"
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/chat/chattest"
)

func TestSuite(t *testing.T) {
	t.Parallel()
	chattest.Run(t, driver)
}

// actor does on the fake Slack what people do.
type actor struct {
	t    *testing.T
	s    *slacktest.Server
	w    *slacktest.Workspace
	p    *slack.Platform
	room *slacktest.Channel
	ann  *slacktest.User
	bea  *slacktest.User
}

func driver(t *testing.T) *chattest.Driver {
	s := slacktest.New(t, slacktest.WithoutLimits())
	a := &actor{t: t, s: s, w: s.Workspace()}
	a.ann, a.bea = a.w.User("ann"), a.w.User("bea")
	a.room = a.w.NewChannel("help", a.ann, a.bea, a.w.Bot())
	p, err := slack.New(slack.Options{Apps: []slack.App{{BotToken: s.BotToken(), AppToken: s.AppToken(), APIURL: s.APIURL()}}})
	if err != nil {
		t.Fatal(err)
	}
	a.p = p
	home := chat.Address{Platform: slack.ID, Space: chat.SpaceID(a.w.ID()), Room: chat.RoomID(a.w.ID() + "/" + a.room.ID())}
	return &chattest.Driver{Platform: p, Home: home, Ann: a.account(a.ann), Bea: a.account(a.bea), Start: a.begin,
		Say: a.say, Addressed: func(line string) string { return "@guildhall " + line },
		Command: func(_ testing.TB, who chat.AccountID, at chat.Address, line string) {
			word, rest, _ := strings.Cut(line, " ")
			a.who(who).Slash(a.where(at), "/"+word, rest).Wait()
		},
		Edit: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, text string) {
			a.who(who).Edit(a.message(t, at, msg), text)
		},
		Delete: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID) {
			a.who(who).Delete(a.message(t, at, msg))
		},
		React: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string) {
			a.who(who).React(a.message(t, at, msg), emojiNames[emoji])
		},
		Unreact: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, emoji string) {
			a.who(who).Unreact(a.message(t, at, msg), emojiNames[emoji])
		},
		Press: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, label string) {
			a.who(who).Press(a.message(t, at, msg), label).Wait()
		},
		Act: func(t testing.TB, who chat.AccountID, at chat.Address, msg chat.MessageID, command string) {
			a.who(who).MessageShortcut("message:"+command, a.message(t, at, msg)).Wait()
		},
		Shown: a.shown, Members: a.members,
		LoseReply: func(testing.TB) {
			s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.DropAfter})
		},
		Throttle: func(_ testing.TB, d time.Duration) {
			s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.RateLimited, Wait: d})
		},
		Repeat: func(testing.TB) {
			told := s.Told("message")
			s.Redeliver(told[len(told)-1].EventID)
		},
		Unacked: func(testing.TB) int { return len(s.Told()) - len(s.Acks()) },
	}
}

var emojiNames = map[string]string{"✅": "white_check_mark", "🔖": "bookmark", "🏆": "trophy"}

func (a *actor) begin(ctx context.Context, _ testing.TB, h chat.Handler) <-chan error {
	ended := make(chan error, 1)
	go func() { ended <- a.p.Run(ctx, h) }()
	a.s.AwaitSockets(2)
	return ended
}

func (a *actor) account(u *slacktest.User) chat.AccountID {
	return chat.AccountID(a.w.ID() + "/" + u.ID())
}

func (a *actor) who(id chat.AccountID) *slacktest.User {
	if id == a.account(a.ann) {
		return a.ann
	}
	return a.bea
}

// where is a room's id as Slack knows it.
func (a *actor) where(at chat.Address) string {
	_, id, _ := strings.Cut(string(at.Room), "/")
	return id
}

func (a *actor) all(at chat.Address) []slacktest.Message {
	ch := a.w.Channel(a.where(at))
	if ch == nil { // somebody's conversation with us
		out := a.ann.Sees(a.where(at))
		for _, m := range out {
			out = append(out, a.ann.Thread(m)[1:]...)
		}
		return out
	}
	return ch.All()
}

func (a *actor) message(t testing.TB, at chat.Address, id chat.MessageID) slacktest.Message {
	t.Helper()
	for _, m := range a.all(at) {
		if m.TS == string(id) {
			return m
		}
	}
	t.Fatalf("there is no message %s", id)
	return slacktest.Message{}
}

func (a *actor) say(t testing.TB, who chat.AccountID, at chat.Address, text string, files ...chattest.File) chat.MessageID {
	t.Helper()
	u := a.who(who)
	var root slacktest.Message
	if at.Thread != "" {
		root = a.message(t, at, chat.MessageID(at.Thread))
	}
	var up []slacktest.Upload
	for _, f := range files {
		up = append(up, slacktest.Upload{Name: f.Name, Data: f.Data})
	}
	switch {
	case len(up) > 0:
		return chat.MessageID(u.Upload(a.where(at), text, root, up...).TS)
	case at.Thread != "":
		return chat.MessageID(u.Reply(root, text).TS)
	}
	return chat.MessageID(u.Say(a.where(at), text).TS)
}

func (a *actor) members(_ testing.TB, room chat.RoomID) (out []chat.AccountID) {
	names := a.w.Channel(a.where(chat.Address{Room: room})).Members()
	for _, u := range []*slacktest.User{a.ann, a.bea} {
		if slices.Contains(names, u.Name()) {
			out = append(out, a.account(u))
		}
	}
	return out
}

func (a *actor) shown(t testing.TB, who chat.AccountID, at chat.Address) (out []chattest.Shown) {
	u := a.who(who)
	var list []slacktest.Message
	if at.Thread != "" {
		list = u.Thread(a.message(t, at, chat.MessageID(at.Thread)))
	} else {
		list = u.Sees(a.where(at))
	}
	for _, m := range list {
		s := chattest.Shown{ID: chat.MessageID(m.TS), Text: m.Shown, Only: m.Ephemeral, Buttons: m.Buttons(), Files: map[string][]byte{}}
		if m.User != a.w.Bot().ID() {
			s.From = chat.AccountID(a.w.ID() + "/" + m.User)
		} else {
			a.look(&s, m)
		}
		for _, f := range m.Files {
			s.Files[f.Name()] = bytes.Clone(f.Bytes())
		}
		out = append(out, s)
	}
	return out
}

var special = regexp.MustCompile(`<([@!#]?)([^<>|^]+)[^<>]*>`)

// look reads who is called and what is linked out of a message of ours, as Slack's clients do.
func (a *actor) look(s *chattest.Shown, m slacktest.Message) {
	found := func(sign, what string) {
		switch sign {
		case "@":
			s.Pings = append(s.Pings, chat.AccountID(a.w.ID()+"/"+what))
		case "!":
			if what != "date" {
				s.Pings = append(s.Pings, "everyone")
			}
		case "":
			s.Links = append(s.Links, what)
		}
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for _, x := range v {
				walk(x)
			}
		case map[string]any:
			str := func(key string) string { s, _ := v[key].(string); return s }
			switch str("type") {
			case "mrkdwn":
				for _, x := range special.FindAllStringSubmatch(str("text"), -1) {
					found(x[1], x[2])
				}
			case "user":
				found("@", str("user_id"))
			case "broadcast", "usergroup":
				found("!", "everyone")
			case "link":
				found("", str("url"))
			}
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(m.Blocks)
	for _, x := range special.FindAllStringSubmatch(m.Text, -1) {
		if x[1] == "@" || x[1] == "!" {
			found(x[1], x[2])
		}
	}
}
