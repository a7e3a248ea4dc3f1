package matrix_test

import (
	"slices"
	"strings"
	"testing"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func TestRepliesKnowTheirTarget(t *testing.T) { everywhere(t, repliesKnowTheirTarget) }

func repliesKnowTheirTarget(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	pdf := h.bea.File(t, h.home, "", "rubryka.pdf", "", "application/pdf", []byte("%PDF"))
	e.hears(t, "a file", func(ev chat.Event) bool { return string(ev.Message) == pdf })
	// As older clients write it: with the quote in front.
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "> <" + h.bea.ID + "> sent a file.\n\n!deposit Rubric",
		"m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": pdf}}})
	ev := e.hears(t, "a command as a reply", saying("deposit Rubric"))
	if ev.Target == nil || string(ev.Target.Message) != pdf || ev.Where.Thread != "" || string(ev.Target.Starts) != pdf {
		t.Fatalf("%+v %+v", ev, ev.Target)
	}
	// What the event does not carry is read.
	got, err := h.bot.Message(t.Context(), ev.Target.Where, ev.Target.Message)
	if err != nil || len(got.Files) != 1 || got.Files[0].Name != "rubryka.pdf" || string(got.From.Account) != h.bea.ID {
		t.Errorf("%+v %v", got, err)
	}

	card := chat.Message{Lang: "en", Kind: chat.Card, Title: text.Plain("H1"), Threaded: true}
	sent := h.sends(t, h.at(), card, "card")
	// A client without threads replies to the card, and to what stands in its thread.
	h.bea.Reply(t, h.home, string(sent.Message), "With portfolios.")
	if ev := e.hears(t, "a reply to the card", saying("With portfolios.")); ev.Where.Thread != sent.Thread {
		t.Errorf("%+v", ev)
	}
	inside := h.bea.Say(t, h.home, string(sent.Thread), "And a rubric.")
	e.hears(t, "an answer", saying("And a rubric."))
	h.ann.Reply(t, h.home, inside, "!solved")
	ev = e.hears(t, "a reply to an answer", saying("solved"))
	if ev.Where.Thread != sent.Thread || ev.Target == nil || string(ev.Target.Message) != inside || ev.Target.Where.Thread != sent.Thread {
		t.Errorf("%+v %+v", ev, ev.Target)
	}
	// In a thread, what stands there for older clients is no target.
	h.ann.Say(t, h.home, string(sent.Thread), "!help")
	if ev := e.hears(t, "a command in the thread", saying("help")); ev.Target != nil || ev.Where.Thread != sent.Thread {
		t.Errorf("%+v %+v", ev, ev.Target)
	}
	// A real reply within the thread is one.
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "!show", "m.relates_to": map[string]any{"rel_type": "m.thread",
		"event_id": string(sent.Thread), "is_falling_back": false, "m.in_reply_to": map[string]any{"event_id": inside}}})
	if ev := e.hears(t, "a reply in the thread", saying("show")); ev.Target == nil || string(ev.Target.Message) != inside {
		t.Errorf("%+v %+v", ev, ev.Target)
	}
	// Ours carries the fallback for clients without threads.
	h.sends(t, chat.Address{Platform: "matrix", Room: chat.RoomID(h.home), Thread: sent.Thread}, plain("Thank you."), "thanks")
	for _, raw := range h.ann.Events(t, h.home) {
		if raw.Text("body") == "Thank you." {
			r, _ := raw.Content["m.relates_to"].(map[string]any)
			if r["rel_type"] != "m.thread" || r["is_falling_back"] != true || r["m.in_reply_to"] == nil || raw.Text("msgtype") != "m.notice" {
				t.Errorf("%+v", raw.Content)
			}
		}
	}
}

// matrix-js-sdk names a thread's relation so on a homeserver that does not tell that it knows threads.
func TestThreadsByTheirOlderName(t *testing.T) { everywhere(t, threadsByTheirOlderName) }

func threadsByTheirOlderName(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	root := h.bea.Say(t, h.home, "", "We use video portfolios.")
	inside := h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "!promote", "m.relates_to": map[string]any{
		"rel_type": "io.element.thread", "event_id": root, "is_falling_back": true, "m.in_reply_to": map[string]any{"event_id": root}}})
	ev := e.hears(t, "a command in a thread", saying("promote"))
	if string(ev.Where.Thread) != root || ev.Target != nil {
		t.Errorf("%+v %+v", ev.Where, ev.Target)
	}
	h.bea.React(t, h.home, root, "👍")
	h.bea.Say(t, h.home, root, "14 of 16 passed.")
	var got []chat.Target
	var err error
	// The homeserver shows a message a moment after it has taken it.
	matrixtest.Until(t, "the whole thread", func() bool {
		got, err = h.bot.Thread(t.Context(), ev.Where, "")
		return err != nil || len(got) > 2
	})
	if err != nil || len(got) != 3 || string(got[0].Message) != root || string(got[1].Message) != inside || got[2].Text != "14 of 16 passed." {
		t.Errorf("%+v %v", got, err)
	}
}

func TestWhatIsNotForUs(t *testing.T) { everywhere(t, whatIsNotForUs) }

func whatIsNotForUs(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.notice", "body": "!ask as a program"})
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.emote", "body": "!ask with a wave"})
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "!ask over a bridge", "fi.mau.double_puppet_source": "slack"})
	ask := h.ann.Say(t, h.home, "", "!ask How?")
	h.ann.Edit(t, h.home, ask, "!ask How, please?")
	h.ann.Say(t, h.home, "", "!help")
	if ev := e.hears(t, "a command", func(ev chat.Event) bool { return ev.Addressed }); ev.Text != "ask How?" {
		t.Errorf("%+v", ev)
	}
	if ev := e.hears(t, "another command", func(ev chat.Event) bool { return ev.Addressed }); ev.Text != "help" {
		t.Errorf("%+v", ev)
	}
	if ev := e.hears(t, "an edit", kind(chat.Edited)); string(ev.Message) != ask || ev.Text != "ask How, please?" {
		t.Errorf("%+v", ev)
	}
	if got := e.all(saying("ask as a program")); len(got) > 0 {
		t.Error("a notice was heard")
	}
	for _, words := range []string{"!ask with a wave", "!ask over a bridge"} {
		if ev := e.hears(t, words, saying(words)); ev.Addressed {
			t.Errorf("%+v", ev)
		}
	}
}

func TestOnlyTheWriterEdits(t *testing.T) { everywhere(t, onlyTheWriterEdits) }

func onlyTheWriterEdits(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	msg := h.ann.Say(t, h.home, "", "With portfolios.")
	h.bea.Edit(t, h.home, msg, "With nothing at all.")
	h.ann.Edit(t, h.home, msg, "With video portfolios.")
	if ev := e.hears(t, "an edit", kind(chat.Edited)); ev.Text != "With video portfolios." || string(ev.From.Account) != h.ann.ID {
		t.Errorf("%+v", ev)
	}
	if got, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(msg)); err != nil || got.Text != "With video portfolios." {
		t.Errorf("%+v %v", got, err)
	}
	// A moderator of the room may take back what others wrote.
	theirs := h.bea.Say(t, h.home, "", "Something rude.")
	h.ann.Redact(t, h.home, theirs)
	if ev := e.hears(t, "a deletion", kind(chat.Deleted)); string(ev.Message) != theirs {
		t.Errorf("%+v", ev)
	}
	if _, err := h.bot.Message(t.Context(), h.at(), chat.MessageID(theirs)); err == nil {
		t.Error("it can still be read")
	}
}

func TestButtonsAreReactions(t *testing.T) { everywhere(t, buttonsAreReactions) }

func buttonsAreReactions(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	m := plain("H1 · open")
	m.Buttons = []chat.Button{{Key: "1~help H1", Label: "I can help", Line: "offer H1"}, {Key: "1~follow H1", Label: "Follow"}}
	sent := h.sends(t, h.at(), m, "card")
	s := h.bea.See(t, h.home, "two reactions", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) && len(s.Buttons) == 2 })
	if !strings.Contains(s.Body, "!offer H1") {
		t.Errorf("nothing to type: %q", s.Body)
	}
	// Sent again, it has each reaction once.
	if again, err := h.bot.Send(t.Context(), h.at(), m, chat.Key{ID: "card", Again: true}); err != nil || again.Message != sent.Message {
		t.Errorf("%+v %v", again, err)
	}
	reactions := func() (out []string) {
		for _, raw := range h.bea.Events(t, h.home) {
			if _, to, key := raw.Relation(); raw.Type == "m.reaction" && raw.Sender == h.botID && to == string(sent.Message) && raw.Unsigned.Because == nil {
				out = append(out, key)
			}
		}
		return out
	}
	if got := reactions(); !slices.Equal(got, []string{"1️⃣", "2️⃣"}) {
		t.Errorf("reactions %q", got)
	}
	// The card changes: one button goes, another comes.
	m.Buttons = []chat.Button{{Key: "1~reopen H1", Label: "Open it again"}}
	if err := h.bot.Edit(t.Context(), h.at(), sent.Message, m); err != nil {
		t.Fatal(err)
	}
	matrixtest.Until(t, "the edited card's reactions", func() bool { return slices.Equal(reactions(), []string{"1️⃣"}) })
	// It still works in a program that has seen nothing of this.
	h.settle(t)
	stop()
	h.bot = h.fresh(t)
	h.run(t, e)
	h.bea.React(t, h.home, string(sent.Message), "1\u20e3") // as some clients send it, without the variation selector
	if ev := e.hears(t, "the button", kind(chat.Pressed)); ev.Key != "1~reopen H1" || ev.Message != sent.Message || string(ev.From.Account) != h.bea.ID {
		t.Errorf("%+v", ev)
	}
	// A sign without a meaning is only a reaction.
	h.bea.React(t, h.home, string(sent.Message), "👍🏽")
	if ev := e.hears(t, "a reaction", kind(chat.Reacted)); ev.Reaction != "👍" || ev.Target.Message != sent.Message {
		t.Errorf("%+v", ev)
	}
}

func TestAQuestionIsAnsweredByItsNumber(t *testing.T) { everywhere(t, aQuestionIsAnsweredByItsNumber) }

func aQuestionIsAnsweredByItsNumber(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	cmd := h.bea.Say(t, h.home, "", "!deposit Rubric")
	e.hears(t, "a command", saying("deposit Rubric"))
	at := h.at()
	at.Thread = chat.ThreadID(cmd)
	m := chat.Message{Lang: "en", Body: []text.Rich{text.Plain("May others use it?"), text.Plain("1. yes"), text.Plain("2. only look")},
		Form: &chat.Form{Key: "QUESTION", Command: "deposit", Inputs: []chat.Input{{Name: "licence", Options: []chat.Option{
			{Value: "CC-BY-4.0", Label: "yes"}, {Value: "none", Label: "only look"}}}}}}
	sent := h.sends(t, at, m, "question")
	s := h.bea.See(t, h.home, "the question", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) && len(s.Buttons) == 2 })
	h.bea.React(t, h.home, s.ID, "2️⃣")
	ev := e.hears(t, "the answer", kind(chat.Submitted))
	if ev.Key != "QUESTION" || ev.Given["licence"] != "none" || string(ev.Where.Thread) != cmd || string(ev.From.Account) != h.bea.ID {
		t.Errorf("%+v", ev)
	}
}

func TestPills(t *testing.T) { everywhere(t, pills) }

func pills(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	h.ann.Send(t, h.home, "m.room.message", map[string]any{"msgtype": "m.text", "body": "the bot: ask How & why?", "format": "org.matrix.custom.html",
		"formatted_body": `<a href="https://matrix.to/#/` + h.botID + `">the bot</a>: ask How &amp; why?`, "m.mentions": map[string]any{"user_ids": []string{h.botID}}})
	if ev := e.hears(t, "a mention", saying("ask How & why?")); !ev.Addressed {
		t.Errorf("%+v", ev)
	}
	// Ours make pills of members, and notify whom they should.
	m := chat.Message{Lang: "en", Body: []text.Rich{{{Text: "Bea", Member: 4}, {Text: ", this is for you."}}},
		Accounts: map[int64]chat.AccountID{4: chat.AccountID(h.bea.ID)}, Pings: []chat.AccountID{chat.AccountID(h.bea.ID)}}
	sent := h.sends(t, h.at(), m, "ping")
	s := h.ann.See(t, h.home, "a pill", func(s matrixtest.Shown) bool { return s.ID == string(sent.Message) })
	if !slices.Equal(s.Pings, []string{h.bea.ID}) || !slices.Contains(s.Links, "https://matrix.to/#/"+h.bea.ID) || s.Kind != "m.notice" {
		t.Errorf("%+v", s)
	}
	if link := h.bot.Link(h.at(), sent.Message); !strings.HasPrefix(link, "https://matrix.to/#/%21") && !strings.HasPrefix(link, "https://matrix.to/#/!") || !strings.Contains(link, "via=guildhall.test") {
		t.Error(link)
	}
}

func TestDirectConversations(t *testing.T) { everywhere(t, directConversations) }

func directConversations(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	// One that ann opens; as a stranger she is told once how to begin.
	got, err := h.ann.CreateRoom(t.Context(), &mautrix.ReqCreateRoom{Preset: "trusted_private_chat", IsDirect: true, Invite: []userIDs{userID(h.botID)}})
	if err != nil {
		t.Fatal(err)
	}
	room := string(got.RoomID)
	h.ann.See(t, room, "the sentence", func(s matrixtest.Shown) bool { return strings.Contains(s.Body, "nobody here has met me yet") })
	h.ann.Say(t, room, "", "help")
	if ev := e.hears(t, "a word in a direct conversation", saying("help")); !ev.Direct || !ev.Addressed || ev.Where.Space != "" {
		t.Errorf("%+v", ev)
	}
	at, err := h.bot.Direct(t.Context(), "", chat.AccountID(h.ann.ID))
	if err != nil || string(at.Room) != room {
		t.Errorf("%+v is not the one that she opened, %s: %v", at, room, err)
	}
	// One that we open is found again after a restart, though nothing was noted.
	first, err := h.bot.Direct(t.Context(), "", chat.AccountID(h.bea.ID))
	if err != nil {
		t.Fatal(err)
	}
	bot := matrixtest.LogIn(t, h.server, h.botID)
	if err := bot.SetAccountData(t.Context(), "m.direct", map[string][]string{h.ann.ID: {room}}); err != nil {
		t.Fatal(err)
	}
	h.settle(t)
	stop()
	h.bot = h.fresh(t)
	h.run(t, e)
	if second, err := h.bot.Direct(t.Context(), "", chat.AccountID(h.bea.ID)); err != nil || second != first {
		t.Errorf("%+v, then %+v: %v", first, second, err)
	}
	if invites := h.bea.Invites(t); !slices.Equal(invites, []string{string(first.Room)}) {
		t.Errorf("bea is invited to %v", invites)
	}
	// A third person in it: it is no more for one alone.
	h.bea.Join(t, string(first.Room))
	h.bea.Say(t, string(first.Room), "", "stop")
	if ev := e.hears(t, "a word", saying("stop")); !ev.Direct {
		t.Errorf("%+v", ev)
	}
	if _, err := h.bea.InviteUser(t.Context(), first1(first), &mautrix.ReqInviteUser{UserID: userID(h.ann.ID)}); err != nil {
		t.Fatal(err)
	}
	h.bea.Say(t, string(first.Room), "", "start")
	if ev := e.hears(t, "a word", saying("start")); ev.Direct || ev.Addressed {
		t.Errorf("%+v", ev)
	}
	// Who has left does not want to be written to.
	if _, err := h.ann.LeaveRoom(t.Context(), roomID(room)); err != nil {
		t.Fatal(err)
	}
	matrixtest.Until(t, "a refusal", func() bool {
		_, err := h.bot.Direct(t.Context(), "", chat.AccountID(h.ann.ID))
		return isRefused(err)
	})
	if _, err := h.bot.Direct(t.Context(), "", "nobody"); !isRefused(err) {
		t.Errorf("nobody: %v", err)
	}
}

func TestAMemberInvites(t *testing.T) { everywhere(t, aMemberInvites) }

func aMemberInvites(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	h.options.Known = known(h.ann.ID)
	h.bot = h.fresh(t)
	e := newEar()
	h.run(t, e)
	for name, p := range map[string]*matrixtest.Person{"a member": h.ann, "a stranger": h.bea} {
		room := p.NewRoom(t, "Of "+name, h.botID)
		ev := e.hears(t, "coming", func(ev chat.Event) bool { return ev.Kind == chat.Entered && string(ev.Where.Room) == room })
		if string(ev.From.Account) != p.ID || ev.Direct || ev.Named != "Of "+name {
			t.Errorf("%s: %+v", name, ev)
		}
		p.Say(t, room, "", "!help "+name)
		e.hears(t, "a command", saying("help "+name))
		said := slices.ContainsFunc(p.Show(t, room), func(s matrixtest.Shown) bool { return strings.Contains(s.Body, "nobody here has met me") })
		if said != (name == "a stranger") {
			t.Errorf("%s was told: %v", name, said)
		}
	}
}

func TestProfile(t *testing.T) { everywhere(t, profile) }

func profile(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	if err := h.ann.SetDisplayName(t.Context(), "Anna Z."); err != nil {
		t.Fatal(err)
	}
	h.line.set(func(l *line) {
		l.profile = `{"displayname":"Anna Z.","m.tz":"Europe/Rome","m.locale":"it-IT"}`
	})
	e := newEar()
	h.run(t, e)
	h.ann.Say(t, h.home, "", "!help")
	if ev := e.hears(t, "a command", saying("help")); ev.From.Name != "Anna Z." || ev.From.Zone != "Europe/Rome" || ev.From.Locale != "it-IT" {
		t.Errorf("%+v", ev.From)
	}
}

func TestARoomIsReplaced(t *testing.T) { everywhere(t, aRoomIsReplaced) }

func aRoomIsReplaced(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	var got struct {
		Room string `json:"replacement_room"`
	}
	_, err := h.ann.MakeRequest(t.Context(), "POST", h.ann.BuildClientURL("v3", "rooms", h.home, "upgrade"), map[string]any{"new_version": "11"}, &got)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.ann.InviteUser(t.Context(), roomID(got.Room), &mautrix.ReqInviteUser{UserID: userID(h.botID)}); err != nil {
		var forbidden = strings.Contains(err.Error(), "already") // the upgrade has invited us
		if !forbidden {
			t.Log(err)
		}
	}
	ev := e.hears(t, "the move", kind(chat.Moved))
	if string(ev.Where.Room) != h.home || ev.Text != got.Room {
		t.Errorf("%+v, the new room is %s", ev, got.Room)
	}
	matrixtest.Until(t, "the bot in the new room", func() bool {
		return h.ann.State(t, got.Room, event.StateMember.Type, h.botID)["membership"] == "join"
	})
	h.ann.Say(t, got.Room, "", "!help here")
	if ev := e.hears(t, "a command in the new room", saying("help here")); string(ev.Where.Space) != h.home {
		t.Errorf("%+v", ev.Where)
	}
}

func TestWithoutEncryption(t *testing.T) { everywhere(t, withoutEncryption) }

func withoutEncryption(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	h.ann.SetState(t, h.home, "m.room.encryption", "", map[string]any{"algorithm": "m.megolm.v1.aes-sha2"})
	for range 2 {
		h.ann.Send(t, h.home, "m.room.encrypted", map[string]any{"algorithm": "m.megolm.v1.aes-sha2", "ciphertext": "AwgA", "session_id": "s", "sender_key": "k", "device_id": "D"})
	}
	h.ann.See(t, h.home, "the sentence", func(s matrixtest.Shown) bool { return strings.Contains(s.Body, "cannot read encrypted messages") })
	h.ann.Say(t, h.home, "", "!help in plain")
	if ev := e.hears(t, "what is said in plain", saying("help in plain")); !ev.Hidden {
		t.Errorf("%+v", ev)
	}
	if _, err := h.bot.Send(t.Context(), h.at(), plain("in plain?"), chat.Key{ID: "x"}); !isRefused(err) {
		t.Errorf("something was sent in plain into an encrypted room: %v", err)
	}
	n := 0
	for _, s := range h.ann.Show(t, h.home) {
		if strings.Contains(s.Body, "cannot read encrypted messages") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("it was said %d times", n)
	}
}
