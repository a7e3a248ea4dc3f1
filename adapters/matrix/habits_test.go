package matrix_test

import (
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/internal/homeserver"
)

// small is a hall on a homeserver in memory, with its bot running.
func small(t *testing.T) (*homeserver.Server, *hall, *ear) {
	t.Helper()
	s := homeserver.Start(t)
	h := newHall(t, s)
	e := newEar()
	h.run(t, e)
	return s, h, e
}

// What is a command and what is talk, as clients write it. given is what the engine is told; empty
// where the message is not for us.
func TestWhatIsACommand(t *testing.T) {
	t.Parallel()
	_, h, e := small(t)
	bot := h.botID
	local := strings.TrimPrefix(strings.Split(bot, ":")[0], "@")
	html := func(body, formatted string) map[string]any {
		return map[string]any{"msgtype": "m.text", "body": body, "format": "org.matrix.custom.html", "formatted_body": formatted}
	}
	said := func(body string) map[string]any { return map[string]any{"msgtype": "m.text", "body": body} }
	to := `<a href="https://matrix.to/#/` + bot + `">Guildhall</a>`
	for i, c := range []struct {
		content map[string]any
		given   string
	}{
		{said("!ask How?"), "ask How?"},
		{said("!ASK How?"), "ASK How?"},
		{said("  !ask How?\n"), "ask How?"},
		{said("/ask How?"), "ask How?"},
		{said("!ask"), "ask"},
		{said("!"), ""},
		{said("!!"), ""},
		{said("!!ask How?"), ""},
		{said("! ask How?"), ""},
		{said("!?"), ""},
		{said("!5 of them"), ""},
		{said("//ask How?"), ""},
		{said("/"), ""},
		{said("/usr/bin/env"), ""},
		{said("Well!ask How?"), ""},
		{said("First this.\n!ask How?"), ""},
		{said("```\n!ask How?\n```"), ""},
		{said("`!ask How?`"), ""},
		{said("> !ask How?\n\nThat is how you ask."), ""},
		{html("!ask How?", "<pre><code>!ask How?\n</code></pre>"), ""},
		{html("!ask How?", "<p><code>!ask How?</code></p>"), ""},
		{html("!ask How?", "<blockquote><p>!ask How?</p></blockquote>"), ""},
		{html("!ask How?", "<p>!ask <code>How?</code></p>"), "ask How?"},
		{said("@guildhall: ask How?"), "ask How?"},
		{said("Guildhall, ask How?"), "ask How?"},
		{said("guildhall: !ask How?"), "ask How?"},
		{said("@" + local + " ask How?"), "ask How?"},
		{said(bot + ": ask How?"), "ask How?"},
		{said("Guildhall is a bot."), ""},
		{said("guildhalls: what are they?"), ""},
		{html("Guildhall: ask How?", to+": ask How?"), "ask How?"},
		{html("[Guildhall]("+"https://matrix.to/#/"+bot+") ask How?", "<p>"+to+" ask How?</p>"), "ask How?"},
		{html("The Hall ask How?", `<a href="https://matrix.to/#/`+strings.NewReplacer("@", "%40", ":", "%3A").Replace(bot)+`">The Hall</a> ask How?`), "ask How?"},
		{html("The Hall ask How?", `<a href="matrix:u/`+strings.TrimPrefix(bot, "@")+`">The Hall</a> ask How?`), "ask How?"},
		{html("Somebody: ask How?", `<a href="https://matrix.to/#/@somebody:x">Somebody</a>: ask How?`), ""},
		{html("Ask Guildhall: How?", "Ask "+to+": How?"), ""},
		{map[string]any{"msgtype": "m.notice", "body": "!ask How?"}, "-"},
		{map[string]any{"msgtype": "m.emote", "body": "!ask How?"}, ""},
		{map[string]any{"msgtype": "m.location", "body": "!ask How?", "geo_uri": "geo:1,2"}, "-"},
		{map[string]any{"msgtype": "m.key.verification.request", "body": "!ask How?", "to": bot}, "-"},
		{map[string]any{"msgtype": "org.example.odd", "body": "!ask How?"}, "-"},
	} {
		id := h.ann.Send(t, h.home, "m.room.message", c.content)
		after := fmt.Sprintf("after %d", i)
		h.ann.Say(t, h.home, "", "!"+after)
		e.hears(t, after, saying(after))
		got := e.all(func(ev chat.Event) bool { return string(ev.Message) == id })
		switch {
		case c.given == "-" && len(got) > 0:
			t.Errorf("%v was given: %+v", c.content, got)
		case c.given == "-":
		case len(got) != 1:
			t.Errorf("%v was given %d times", c.content, len(got))
		case got[0].Addressed != (c.given != ""), c.given != "" && got[0].Text != c.given:
			t.Errorf("%v was given as %v %q", c.content, got[0].Addressed, got[0].Text)
		}
	}
	// Other kinds of events that people's clients send.
	for kind, content := range map[string]map[string]any{
		"m.sticker":                     {"body": "!ask", "url": "mxc://guildhall.test/x", "info": map[string]any{}},
		"org.matrix.msc3381.poll.start": {"org.matrix.msc1767.text": "!ask", "org.matrix.msc3381.poll.start": map[string]any{"question": map[string]any{"org.matrix.msc1767.text": "!ask"}}},
		"m.poll.start":                  {"m.text": []any{map[string]any{"body": "!ask"}}},
		"m.call.invite":                 {"call_id": "1", "version": "1"},
		"m.beacon":                      {"org.matrix.msc3488.location": map[string]any{"uri": "geo:1,2"}},
	} {
		id := h.ann.Send(t, h.home, kind, content)
		h.ann.Say(t, h.home, "", "!after "+kind)
		e.hears(t, kind, saying("after "+kind))
		if got := e.all(func(ev chat.Event) bool { return string(ev.Message) == id }); len(got) > 0 {
			t.Errorf("%s was given: %+v", kind, got)
		}
	}
}

// Files with words beside them, voice messages, and edits that repeat the quote of what they answer.
func TestWhatClientsDoWithMessages(t *testing.T) {
	t.Parallel()
	_, h, e := small(t)
	up, err := h.ann.UploadBytesWithName(t.Context(), []byte("%PDF"), "application/pdf", "rubric.pdf")
	if err != nil {
		t.Fatal(err)
	}
	uri := up.ContentURI.String()
	info := map[string]any{"mimetype": "application/pdf", "size": 4}
	file := func(more map[string]any) chat.Event {
		t.Helper()
		content := map[string]any{"msgtype": "m.file", "url": uri, "info": info}
		for k, v := range more {
			content[k] = v
		}
		id := h.ann.Send(t, h.home, "m.room.message", content)
		return e.hears(t, "a file", func(ev chat.Event) bool { return string(ev.Message) == id })
	}
	if ev := file(map[string]any{"body": "rubric.pdf"}); ev.Addressed || ev.Text != "" || len(ev.Files) != 1 || ev.Files[0].Name != "rubric.pdf" {
		t.Errorf("a file alone: %+v", ev)
	}
	if ev := file(map[string]any{"body": "!deposit Rubric", "filename": "rubric.pdf"}); !ev.Addressed || ev.Text != "deposit Rubric" || ev.Files[0].Name != "rubric.pdf" {
		t.Errorf("a command as a caption: %+v", ev)
	}
	if ev := file(map[string]any{"body": "!ask.pdf"}); ev.Addressed {
		t.Errorf("a file that is called like a command: %+v", ev)
	}
	if ev := file(map[string]any{"msgtype": "m.audio", "body": "Voice message", "org.matrix.msc3245.voice": map[string]any{}}); ev.Addressed || len(ev.Files) != 1 {
		t.Errorf("a voice message: %+v", ev)
	}
	if ev := file(map[string]any{"body": "x", "filename": "../../e\x00vil\u202efdp.exe\n"}); strings.ContainsAny(ev.Files[0].Name, "\x00\n\u202e") {
		t.Errorf("a file's name: %q", ev.Files[0].Name)
	}

	root := h.bea.Say(t, h.home, "", "How do you do it?")
	old := "> <" + h.bea.ID + "> How do you do it?\n\n"
	answer := h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": old + "With films.",
		"format": "org.matrix.custom.html", "formatted_body": "<mx-reply><blockquote>How do you do it?</blockquote></mx-reply>With films.",
		"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": root}}})
	if ev := e.hears(t, "a reply", func(ev chat.Event) bool { return string(ev.Message) == answer }); ev.Text != "With films." {
		t.Errorf("%q", ev.Text)
	}
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": old + "* With videos.",
		"m.new_content": map[string]any{"msgtype": "m.text", "body": old + "With videos."},
		"m.relates_to":  map[string]any{"rel_type": "m.replace", "event_id": answer}})
	if ev := e.hears(t, "an edit", kind(chat.Edited)); ev.Text != "With videos." || string(ev.Message) != answer {
		t.Errorf("%+v", ev)
	}
	if got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(answer)); err != nil || got.Text != "With videos." {
		t.Errorf("%+v %v", got, err)
	}
	// An edit without words is none: it would wipe out what was said.
	for _, fresh := range []any{3, map[string]any{}, map[string]any{"msgtype": 7}, map[string]any{"msgtype": "m.notice", "body": "x"}} {
		h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "* x", "m.new_content": fresh,
			"m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": answer}})
	}
	h.ann.Say(t, h.home, "", "!after that")
	e.hears(t, "a command", saying("after that"))
	if got := e.all(kind(chat.Edited)); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	if got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(answer)); err != nil || got.Text != "With videos." {
		t.Errorf("%+v %v", got, err)
	}
	// A reaction that is taken back is known, and one on our message in a thread belongs there.
	sign := h.bea.React(t, h.home, answer, "🔖")
	e.hears(t, "a reaction", func(ev chat.Event) bool { return ev.Kind == chat.Reacted && ev.Reaction == "🔖" })
	h.bea.Redact(t, h.home, sign)
	if ev := e.hears(t, "its going", kind(chat.Unreacted)); string(ev.Message) != answer || ev.Reaction != "🔖" {
		t.Errorf("%+v", ev)
	}
}

// What reaches the engine can be kept: nothing without end, no NUL, nothing that is no text.
func TestWhatReachesTheEngineCanBeKept(t *testing.T) {
	t.Parallel()
	_, h, e := small(t)
	bad := []string{"$" + strings.Repeat("x", 60000), "$a\x00b", "x", "", "$a b", "$a/../b", "$\u202e\n"}
	said := h.ann.Say(t, h.home, "", "something")
	if err := h.ann.SetDisplayName(t.Context(), "<b>A\x00nn\n\u202e</b>"); err != nil {
		t.Fatal(err)
	}
	h.ann.SetState(t, h.home, "m.room.name", "", map[string]any{"name": strings.Repeat("Room\x00 ", 2000)})
	for _, id := range bad {
		for _, rel := range []map[string]any{
			{"rel_type": "m.thread", "event_id": id}, {"rel_type": "m.replace", "event_id": id}, {"m.in_reply_to": map[string]any{"event_id": id}},
			{"rel_type": "m.thread", "event_id": said, "m.in_reply_to": map[string]any{"event_id": id}},
		} {
			h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "!ask\x00 How?", "m.relates_to": rel,
				"m.new_content": map[string]any{"msgtype": "m.text", "body": "x"}})
		}
		h.ann.Send(t, h.home, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": id, "key": "✅"}})
	}
	for _, key := range []string{strings.Repeat("🏆", 3000), "\x00", "\n"} {
		h.ann.Send(t, h.home, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": said, "key": key}})
	}
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "!ask " + strings.Repeat("long ", 11500)})
	h.ann.Say(t, h.home, "", "!after that")
	e.hears(t, "a command", saying("after that"))
	for _, ev := range e.all(func(chat.Event) bool { return true }) {
		ids := []string{string(ev.ID), string(ev.Message), string(ev.Where.Thread), string(ev.Where.Room), ev.Reaction, ev.Named, ev.From.Zone, ev.From.Locale, ev.Key}
		if ev.Target != nil {
			ids = append(ids, string(ev.Target.Message), string(ev.Target.Where.Thread), string(ev.Target.Starts))
		}
		for _, s := range ids {
			if len(s) > 600 || !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl) {
				t.Errorf("%.80q in %.300q", s, fmt.Sprintf("%+v", ev))
			}
		}
	}
}

// Rooms from which the bot is put out, and into which it is asked again.
func TestInAndOut(t *testing.T) {
	t.Parallel()
	s, h, e := small(t)
	room := h.ann.NewRoom(t, "Workshop", h.botID)
	e.hears(t, "coming", func(ev chat.Event) bool { return ev.Kind == chat.Entered && string(ev.Where.Room) == room })
	at := chat.Address{Platform: "matrix", Room: chat.RoomID(room)}
	in := func() bool { return h.ann.State(t, room, "m.room.member", h.botID)["membership"] == "join" }
	for i, out := range []func() error{
		func() error {
			_, err := h.ann.KickUser(t.Context(), roomID(room), &mautrix.ReqKickUser{UserID: userID(h.botID)})
			return err
		},
		func() error {
			_, err := h.ann.BanUser(t.Context(), roomID(room), &mautrix.ReqBanUser{UserID: userID(h.botID)})
			return err
		},
	} {
		if err := out(); err != nil {
			t.Fatal(err)
		}
		ev := e.hears(t, "leaving", kind(chat.Left))
		if string(ev.Where.Room) != room || string(ev.From.Account) != h.ann.ID {
			t.Errorf("%+v", ev)
		}
		if _, err := h.bot.Send(t.Context(), at, plain("still here?"), chat.Key{ID: fmt.Sprint("out", i)}); !isGone(err) {
			t.Errorf("a message into a room that the bot is not in: %v", err)
		}
		if _, err := h.ann.UnbanUser(t.Context(), roomID(room), &mautrix.ReqUnbanUser{UserID: userID(h.botID)}); i == 1 && err != nil {
			t.Fatal(err)
		}
		h.ann.Say(t, room, "", "!ask while nobody was there")
		if _, err := h.ann.InviteUser(t.Context(), roomID(room), &mautrix.ReqInviteUser{UserID: userID(h.botID)}); err != nil {
			t.Fatal(err)
		}
		e.hears(t, "coming again", func(ev chat.Event) bool { return ev.Kind == chat.Entered && string(ev.Where.Room) == room })
		matrixtest.Until(t, "the bot's being there", in)
		h.ann.Say(t, room, "", fmt.Sprintf("!ask again %d", i))
		e.hears(t, "a command", saying(fmt.Sprintf("ask again %d", i)))
		h.sends(t, at, plain("here"), fmt.Sprint("in", i))
	}
	if got := e.all(saying("ask while nobody was there")); len(got) > 0 {
		t.Errorf("%+v", got)
	}
	// A room in which only its moderators may write.
	powers := h.ann.State(t, room, "m.room.power_levels", "")
	powers["events_default"] = 50
	h.ann.SetState(t, room, "m.room.power_levels", "", powers)
	if _, err := h.bot.Send(t.Context(), at, plain("may I?"), chat.Key{ID: "silent"}); !isRefused(err) || isGone(err) {
		t.Errorf("a message where the bot may not write: %v", err)
	}
	// An invitation into a room that takes nobody, and one of somebody who is no more.
	s.Refuse("POST", "/join/", 1, 403, "M_FORBIDDEN", nil)
	h.bea.NewRoom(t, "Closed", h.botID)
	s.Deactivate(h.bea.ID)
	h.ann.Say(t, h.home, "", "!help after all that")
	e.hears(t, "a command", saying("help after all that"))
}

// The token runs out while the bot runs: it is renewed, for the same device.
func TestTheTokenRunsOut(t *testing.T) {
	t.Parallel()
	s, h, e := small(t)
	was := s.Asked("POST /_matrix/client/v3/login")
	s.LogOut(h.botID, true)
	h.ann.Say(t, h.home, "", "!ask meanwhile")
	e.hears(t, "a command", saying("ask meanwhile"))
	matrixtest.Until(t, "sending again", func() bool {
		_, err := h.bot.Send(t.Context(), h.at(), plain("renewed"), chat.Key{ID: "renewed"})
		return err == nil
	})
	if n := s.Asked("POST /_matrix/client/v3/login") - was; n != 1 {
		t.Errorf("it logged in %d times", n)
	}
}

// Another program on the same store renews the token: this one takes it over, and nobody logs in again.
func TestAnotherProgramRenewsTheToken(t *testing.T) {
	t.Parallel()
	s, h, e := small(t)
	other := h.fresh(t)
	if _, err := other.Send(t.Context(), h.at(), plain("first"), chat.Key{ID: "first"}); err != nil {
		t.Fatal(err)
	}
	s.LogOut(h.botID, true)
	h.ann.Say(t, h.home, "", "!ask meanwhile")
	e.hears(t, "a command", saying("ask meanwhile"))
	matrixtest.Until(t, "the other program's sending again", func() bool {
		_, err := other.Send(t.Context(), h.at(), plain("second"), chat.Key{ID: "second", Again: true})
		return err == nil
	})
	h.ann.Say(t, h.home, "", "!ask afterwards")
	e.hears(t, "a command", saying("ask afterwards"))
	h.sends(t, h.at(), plain("third"), "third")
}

// Events twice and in the wrong order, limits, refusals and answers that are lost: each command is
// heard, and each message is there once.
func TestABadDay(t *testing.T) {
	t.Parallel()
	s, h, e := small(t)
	s.Twice(3)
	s.Backwards(2)
	s.HangUp("GET", "/sync", 1)
	s.Refuse("GET", "/sync", 1, 502, "M_UNKNOWN", nil)
	s.Refuse("GET", "/sync", 1, 200, "", nil) // an answer that says nothing
	for i := range 12 {
		h.ann.Say(t, h.home, "", fmt.Sprintf("!ask %d", i))
		e.hears(t, "a command", saying(fmt.Sprintf("ask %d", i)))
	}
	s.Throttle("PUT", "/send/", 1, 40*time.Millisecond)
	s.Lose("PUT", "/send/", 1)
	for try := range 4 {
		if _, err := h.bot.Send(t.Context(), h.at(), plain("once"), chat.Key{ID: "once", Again: try > 0}); err == nil {
			break
		} else if try == 3 {
			t.Fatal(err)
		}
	}
	n := 0
	for _, m := range h.ann.Show(t, h.home) {
		if m.Body == "once" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it is there %d times", n)
	}
	s.Refuse("PUT", "/send/", 1, 413, "M_TOO_LARGE", nil)
	if _, err := h.bot.Send(t.Context(), h.at(), plain("too much"), chat.Key{ID: "large"}); !isRefused(err) {
		t.Errorf("%v", err)
	}
	s.Restart()
	h.ann.Client.Client.CloseIdleConnections()
	matrixtest.Until(t, "writing after a restart", func() bool {
		_, err := h.ann.SendMessageEvent(t.Context(), roomID(h.home), event.EventMessage, map[string]any{"msgtype": "m.text", "body": "!ask at last"})
		return err == nil
	})
	e.hears(t, "a command", saying("ask at last"))
}

// What stands between a command and its answer on the wire: nothing that people would wait for.
func TestNothingIsAskedBeforeTheAnswer(t *testing.T) {
	t.Parallel()
	s, h, e := small(t)
	h.ann.Say(t, h.home, "", "!help first") // her profile is asked for once
	e.hears(t, "a command", saying("help first"))
	for i := range 5 {
		h.settle(t)
		before := len(s.Requests())
		words := fmt.Sprintf("help %d", i)
		msg := h.ann.Say(t, h.home, "", "!"+words)
		e.hears(t, "a command", saying(words))
		at := h.at()
		at.Thread = chat.ThreadID(msg)
		h.sends(t, at, plain("Here."), words)
		sent := 0
		for _, r := range s.Requests()[before:] {
			if strings.HasPrefix(r, "PUT ") && strings.Contains(r, "/send/m.room.message/") {
				if sent++; sent == 2 { // hers, and the answer
					break
				}
				continue
			}
			// A receipt of the command before may come now; it is sent beside everything else.
			if !strings.HasPrefix(r, "GET ") || !strings.HasSuffix(r, "/sync") {
				if !strings.Contains(r, "/receipt/") && !strings.Contains(r, "/typing/") {
					t.Errorf("before the answer: %s", r)
				}
			}
		}
	}
}
