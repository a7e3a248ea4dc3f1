package matrix_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"maunium.net/go/mautrix"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func plain(words string) chat.Message {
	return chat.Message{Lang: "en", Body: []text.Rich{text.Plain(words)}}
}

func (h *hall) sends(t testing.TB, to chat.Address, m chat.Message, key string) chat.Sent {
	t.Helper()
	sent, err := h.bot.Send(t.Context(), to, m, chat.Key{ID: key})
	if err != nil {
		t.Fatalf("send: %v", err)
	}
	return sent
}

func TestWhatWasSaidBeforeIsNotAnswered(t *testing.T) { everywhere(t, whatWasSaidBeforeIsNotAnswered) }

func whatWasSaidBeforeIsNotAnswered(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	h.ann.Say(t, h.home, "", "!ask before anybody came") // the invitation stands, but is older than the first start
	other := h.ann.NewRoom(t, "Other")
	h.ann.Say(t, other, "", "!ask long before")
	e := newEar()
	h.run(t, e)
	if _, err := h.ann.InviteUser(t.Context(), roomID(other), &mautrix.ReqInviteUser{UserID: userID(h.botID)}); err != nil {
		t.Fatal(err)
	}
	e.hears(t, "the bot's coming", func(ev chat.Event) bool { return ev.Kind == chat.Entered && string(ev.Where.Room) == other })
	h.ann.Say(t, other, "", "!ask now")
	e.hears(t, "a command", saying("ask now"))
	if old := e.all(saying("ask long before")); len(old) > 0 {
		t.Errorf("answered: %+v", old)
	}
}

func TestWhileTheBotWasAway(t *testing.T) { everywhere(t, whileTheBotWasAway) }

func whileTheBotWasAway(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	h.ann.Say(t, h.home, "", "!ask 0")
	e.hears(t, "a command", saying("ask 0"))
	h.settle(t)
	stop()
	const n = 120 // more than one answer of /sync brings
	for i := 1; i <= n; i++ {
		h.ann.Say(t, h.home, "", fmt.Sprintf("!ask %d", i))
	}
	h.bot = h.fresh(t)
	h.run(t, e)
	for i := 1; i <= n; i++ {
		ev := e.hears(t, "each command in order", kind(chat.Said))
		for ev.Text == "ask 0" { // it may come again, the engine knows it
			ev = e.hears(t, "each command in order", kind(chat.Said))
		}
		if ev.Text != fmt.Sprintf("ask %d", i) {
			t.Fatalf("%q instead of number %d", ev.Text, i)
		}
	}
	if again := e.all(func(ev chat.Event) bool { return ev.Kind == chat.Said && ev.Text != "ask 0" }); len(again) > 0 {
		t.Errorf("again: %d, the first %q", len(again), again[0].Text)
	}
}

func TestWhatCannotBeStoredComesAgain(t *testing.T) { everywhere(t, whatCannotBeStoredComesAgain) }

func whatCannotBeStoredComesAgain(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	e.mu.Lock()
	e.fail = 3
	e.mu.Unlock()
	h.ann.Say(t, h.home, "", "!ask one")
	h.ann.Say(t, h.home, "", "!ask two")
	for _, want := range []string{"ask one", "ask two"} {
		if ev := e.hears(t, "what could not be stored", kind(chat.Said)); ev.Text != want {
			t.Errorf("%q instead of %q", ev.Text, want)
		}
	}
}

func TestHostileEventsSpoilNothing(t *testing.T) { everywhere(t, hostileEventsSpoilNothing) }

func hostileEventsSpoilNothing(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	for _, content := range []map[string]any{
		{}, {"msgtype": 7, "body": []string{"x"}}, {"msgtype": "m.text"}, {"msgtype": "m.text", "body": nil},
		{"msgtype": "m.text", "body": "x", "m.relates_to": "no"}, {"msgtype": "m.text", "body": "x", "m.relates_to": map[string]any{"rel_type": "m.thread"}},
		{"msgtype": "m.text", "body": "x", "m.relates_to": map[string]any{"m.in_reply_to": map[string]any{"event_id": "$nothing"}}},
		{"msgtype": "m.text", "body": "x", "m.relates_to": map[string]any{"rel_type": "m.replace", "event_id": "$nothing"}, "m.new_content": 3},
		{"msgtype": "m.file", "body": "x", "url": "https://evil.example/"}, {"msgtype": "m.file", "body": "x", "file": map[string]any{"url": 7}},
		{"msgtype": "m.image", "body": "x", "url": "mxc://a/b", "info": map[string]any{"size": "big", "mimetype": 1}},
	} {
		h.ann.Send(t, h.home, "m.room.message", content)
	}
	h.ann.Send(t, h.home, "m.reaction", map[string]any{})
	h.ann.Send(t, h.home, "m.reaction", map[string]any{"m.relates_to": map[string]any{"rel_type": "m.annotation", "event_id": "$nothing", "key": "✅"}})
	h.ann.Send(t, h.home, "m.room.encrypted", map[string]any{"algorithm": 1})
	h.ann.SetState(t, h.home, "m.room.pinned_events", "", map[string]any{"pinned": "none"})
	// What no server should send, but one day does.
	h.line.set(func(l *line) {
		l.change = func(_ string, body []byte) []byte {
			return bytes.Replace(body, []byte(`"timeline":{"events":[`), []byte(`"timeline":{"events":[7,null,{"type":3},{"type":"m.room.message","origin_server_ts":"yesterday","sender":["x"]},`), 1)
		}
	})
	h.ann.Say(t, h.home, "", "!ask still there?")
	e.hears(t, "a command after all that", saying("ask still there?"))
}

func TestTheConnectionComesAndGoes(t *testing.T) { everywhere(t, theConnectionComesAndGoes) }

func theConnectionComesAndGoes(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	h.line.set(func(l *line) { l.cut = true })
	_, err := h.bot.Send(t.Context(), h.at(), plain("queued"), chat.Key{ID: "away"})
	var unknown *chat.UnknownOutcome
	if !errors.As(err, &unknown) {
		t.Errorf("while the homeserver is away: %v", err)
	}
	h.ann.Say(t, h.home, "", "!ask meanwhile")
	h.line.set(func(l *line) { l.cut = false })
	if _, err := h.bot.Send(t.Context(), h.at(), plain("queued"), chat.Key{ID: "away", Again: true}); err != nil {
		t.Errorf("after it came back: %v", err)
	}
	e.hears(t, "what was said meanwhile", saying("ask meanwhile"))
	// The homeserver shows a message a moment after it has taken it.
	shown := func() (n int) {
		for _, s := range h.ann.Show(t, h.home) {
			if s.Body == "queued" {
				n++
			}
		}
		return n
	}
	matrixtest.Until(t, "what was queued", func() bool { return shown() > 0 })
	if n := shown(); n != 1 {
		t.Errorf("it is shown %d times", n)
	}
}

// A homeserver that goes down may leave out of its last answer what it has taken.
func TestWhatWasLeftOutIsLookedFor(t *testing.T) { everywhere(t, whatWasLeftOutIsLookedFor) }

func whatWasLeftOutIsLookedFor(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	h.ann.Say(t, h.home, "", "!ask before")
	e.hears(t, "a command", saying("ask before"))
	left := make(chan bool, 1)
	h.line.set(func(l *line) {
		l.change = func(_ string, body []byte) []byte {
			var got map[string]any
			if !bytes.Contains(body, []byte("!ask left out")) || json.Unmarshal(body, &got) != nil {
				return body
			}
			rooms, _ := got["rooms"].(map[string]any)
			delete(rooms, "join")
			short, err := json.Marshal(got)
			if err != nil {
				return body
			}
			select {
			case left <- true:
			default:
			}
			return short
		}
	})
	h.ann.Say(t, h.home, "", "!ask left out")
	select {
	case <-left:
	case <-time.After(matrixtest.Patience):
		t.Fatal("the homeserver never said it")
	}
	h.line.severed()
	h.ann.Say(t, h.home, "", "!ask after") // ends the answer that is waited for
	h.line.tried(t)
	h.line.set(func(l *line) { l.cut, l.change = false, nil })
	e.hears(t, "what was left out", saying("ask left out"))
	e.hears(t, "what came after", saying("ask after"))
	if again := e.all(kind(chat.Said)); len(again) > 0 {
		t.Errorf("said again: %+v", again)
	}
}

func TestALostDeviceIsReported(t *testing.T) { everywhere(t, aLostDeviceIsReported) }

func aLostDeviceIsReported(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	stop := h.run(t, newEar())
	h.settle(t)
	stop()
	device, token := h.store.device, h.store.token
	if device == "" || token == "" {
		t.Fatal("no session was kept")
	}
	h.bot = h.fresh(t)
	stop = h.run(t, newEar())
	if h.store.device != device || h.store.token != token {
		t.Errorf("logged in again: %s, then %s", device, h.store.device)
	}
	stop()
	bot := matrixtest.LogIn(t, h.server, h.botID)
	if _, err := bot.LogoutAll(t.Context()); err != nil {
		t.Fatal(err)
	}
	h.bot = h.fresh(t)
	ctx, cancel := context.WithTimeout(t.Context(), matrixtest.Patience)
	defer cancel()
	err := h.bot.Run(ctx, newEar())
	if !errors.Is(err, chat.ErrGone) || !strings.Contains(err.Error(), device) || strings.Contains(err.Error(), token) {
		t.Errorf("Run: %v", err)
	}
	if h.store.device != device {
		t.Error("a new device was made silently")
	}
	if faults := h.bot.Check(t.Context()); len(faults) != 1 || !strings.Contains(faults[0], "new_device") {
		t.Errorf("%q", faults)
	}
	h.options.NewDevice = true
	h.bot = h.fresh(t)
	h.line.set(func(l *line) { l.news = nil })
	e := newEar()
	over := make(chan error, 1)
	go func() { over <- h.bot.Run(ctx, e) }()
	h.ann.Say(t, h.home, "", "!ask again")
	e.hears(t, "a command after logging in as a new device", saying("ask again"))
	if h.store.device == device {
		t.Error("the old device is still in use")
	}
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestAWrongPasswordEndsRun(t *testing.T) { everywhere(t, aWrongPasswordEndsRun) }

func aWrongPasswordEndsRun(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	h.options.Password = "wrong"
	h.bot = h.fresh(t)
	ctx, cancel := context.WithTimeout(t.Context(), matrixtest.Patience)
	defer cancel()
	if err := h.bot.Run(ctx, newEar()); !errors.Is(err, chat.ErrGone) || strings.Contains(err.Error(), "wrong") {
		t.Errorf("Run: %v", err)
	}
}

func TestOneProgramReads(t *testing.T) { everywhere(t, oneProgramReads) }

func oneProgramReads(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	stop := h.run(t, e)
	second, other := h.fresh(t), newEar()
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan error, 1)
	go func() { over <- second.Run(ctx, other) }()
	h.ann.Say(t, h.home, "", "!ask who reads?")
	e.hears(t, "a command", saying("ask who reads?"))
	if got := other.all(kind(chat.Said)); len(got) > 0 {
		t.Errorf("the second one read it, too: %+v", got)
	}
	// Any of them can send.
	if _, err := second.Send(t.Context(), h.at(), plain("from the second"), chat.Key{ID: "second"}); err != nil {
		t.Error(err)
	}
	h.settle(t)
	stop()
	h.ann.Say(t, h.home, "", "!ask who reads now?")
	other.hears(t, "a command in the second one", saying("ask who reads now?"))
	cancel()
	if err := <-over; err != nil {
		t.Error(err)
	}
}

func TestSeenAlive(t *testing.T) { everywhere(t, seenAlive) }

func seenAlive(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	e := newEar()
	h.run(t, e)
	msg := h.ann.Say(t, h.home, "", "!ask are you there?")
	e.hears(t, "a command", saying("ask are you there?"))
	receipt, typing := false, false
	since := ""
	matrixtest.Until(t, "a read receipt and typing", func() bool {
		got, err := h.ann.SyncRequest(t.Context(), 0, since, "", false, "")
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range got.Rooms.Join {
			for _, ev := range r.Ephemeral.Events {
				raw := fmt.Sprint(ev.Content.Raw)
				receipt = receipt || ev.Type.Type == "m.receipt" && strings.Contains(raw, h.botID) && strings.Contains(raw, msg)
				typing = typing || ev.Type.Type == "m.typing" && strings.Contains(raw, h.botID)
			}
		}
		return receipt && typing
	})
}

func TestRateLimitOnLogin(t *testing.T) { everywhere(t, rateLimitOnLogin) }

func rateLimitOnLogin(t *testing.T, on matrixtest.Server) {
	h := newHall(t, on)
	tries := 0
	h.options.HTTP = &http.Client{Transport: roundTrip(func(req *http.Request) (*http.Response, error) {
		if strings.HasSuffix(req.URL.Path, "/login") {
			if tries++; tries == 1 {
				return answer(req, 429, []byte(`{"errcode":"M_LIMIT_EXCEEDED","error":"slow","retry_after_ms":300}`)), nil
			}
		}
		return h.line.RoundTrip(req)
	})}
	h.bot = h.fresh(t)
	begun := time.Now()
	h.run(t, newEar())
	if tries != 2 || time.Since(begun) < 300*time.Millisecond {
		t.Errorf("%d tries within %v", tries, time.Since(begun))
	}
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
