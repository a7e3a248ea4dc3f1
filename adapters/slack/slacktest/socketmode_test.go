package slacktest_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

func TestHelloCountsConnections(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	for n := 1; n <= 2; n++ {
		hello := dial(t, s).read()
		if hello["type"] != "hello" || hello["num_connections"] != float64(n) {
			t.Errorf("socket %d was greeted %v", n, hello)
		}
		if hello["connection_info"].(map[string]any)["app_id"] != s.App().ID {
			t.Errorf("no app id in %v", hello)
		}
	}
}

func TestEleventhSocketIsSentAway(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	for range 10 {
		dial(t, s).read()
	}
	last := dial(t, s)
	if got := last.read(); got["type"] != "disconnect" || got["reason"] != "too_many_websockets" {
		t.Errorf("got %v", got)
	}
	if _, _, err := last.ws.ReadMessage(); err == nil {
		t.Error("it stays open")
	}
	s.AwaitFault(slacktest.FaultTooManySockets)
}

func TestTicketIsGoodForOneSocket(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	_, url, err := newAPI(s, s.BotToken()).StartSocketModeContext(t.Context())
	ok(t, err)
	for i, want := range []bool{true, false} {
		ws, _, err := dialer.DialContext(t.Context(), url, nil)
		if (err == nil) != want {
			t.Errorf("attempt %d: %v", i+1, err)
		}
		if ws != nil {
			_ = ws.Close()
		}
	}
}

func TestSocketsShareTheEnvelopes(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	a := connect(t, s, nil)
	b := connect(t, s, nil)
	for i := range 10 {
		if got := ann.Slash("#general", "/ask", fmt.Sprint(i)).Wait().Err(); got != "" {
			t.Fatal(got)
		}
	}
	for _, x := range []*bot{a, b} {
		x.mu.Lock()
		n := 0
		for _, ev := range x.events {
			if ev.Type == socketmode.EventTypeSlashCommand {
				n++
			}
		}
		x.mu.Unlock()
		if n != 5 {
			t.Errorf("a socket got %d of 10", n)
		}
	}
}

func TestEventIsToldAgainUntilAcknowledged(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	type try struct {
		attempt         int
		reason, id, env string
	}
	tries := make(chan try, 10)
	answer := make(chan bool, 10)
	connect(t, s, func(ev socketmode.Event) (any, bool) {
		var p struct {
			EventID string `json:"event_id"`
		}
		_ = json.Unmarshal(ev.Request.Payload, &p)
		tries <- try{ev.Request.RetryAttempt, ev.Request.RetryReason, p.EventID, ev.Request.EnvelopeID}
		return nil, <-answer
	})
	ann.Say("#help", "hello")
	var got []try
	for _, step := range []time.Duration{0, 3 * time.Second, time.Minute + 3*time.Second} {
		clock.Advance(step)
		got = append(got, <-tries)
		answer <- len(got) == 3
	}
	s.AwaitAcks()
	clock.Advance(time.Hour)
	if len(tries) != 0 {
		t.Error("told again after the acknowledgement")
	}
	for i, g := range got {
		if g.attempt != i || g.id != got[0].id {
			t.Errorf("attempt %d: %+v", i, g)
		}
		if (g.reason == "timeout") != (i > 0) {
			t.Errorf("attempt %d has reason %q", i, g.reason)
		}
	}
	if got[0].env == got[1].env {
		t.Error("a new attempt is a new envelope")
	}
}

func TestEventIsGivenUpAfterThreeRetries(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	dial(t, s).read()
	ann.Say("#help", "hello")
	clock.Advance(time.Hour)
	s.AwaitAcks()
	if n := len(s.Told("message")); n != 4 {
		t.Errorf("told %d times", n)
	}
	if n := len(s.Faults(slacktest.FaultAckMissing)); n != 4 {
		t.Errorf("%d faults", n)
	}
}

func TestEventsWithoutSocketAreToldLater(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	ann.Say("#help", "is anybody there?")
	b := connect(t, s, nil)
	clock.Advance(3 * time.Second)
	if got := b.message("", 1); got.Text != "is anybody there?" {
		t.Errorf("got %q", got.Text)
	}
	s.AwaitAcks()
	if got := s.Told("message"); len(got) != 1 || got[0].Attempt != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestEventOnACutConnectionIsToldOverAnother(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	first := dial(t, s)
	first.read()
	dial(t, s).read()
	m := ann.Say("#help", "hello")
	told := s.AwaitTold("message", 1)
	s.Sockets()[told.Socket-1].Cut()
	again := s.AwaitTold("message", 2)
	if again.Attempt != 1 || again.EventID != told.EventID || again.Socket == told.Socket {
		t.Errorf("first %+v, then %+v of %s", told, again, m.TS)
	}
}

func TestReconnections(t *testing.T) {
	t.Parallel()
	for name, do := range map[string]func(*slacktest.Socket){
		"cut":               (*slacktest.Socket).Cut,
		"cut mid frame":     (*slacktest.Socket).CutMidFrame,
		"refresh requested": func(k *slacktest.Socket) { k.Disconnect("refresh_requested") },
		"warning":           func(k *slacktest.Socket) { k.Disconnect("warning") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := slacktest.New(t)
			w := s.Workspace()
			ann := w.User("ann")
			w.NewChannel("help", ann, w.Bot())
			b := connect(t, s, nil)
			do(s.Sockets()[0])
			s.AwaitSocketNumber(2)
			s.AwaitSockets(1)
			ann.Say("#help", "still there?")
			if got := b.message("", 1); got.Text != "still there?" {
				t.Errorf("got %q", got.Text)
			}
			s.AwaitAcks()
			noFaults(t, s)
		})
	}
}

func TestWarnedSocketClosesTenSecondsLater(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	k := dial(t, s)
	k.read()
	s.Disconnect("warning")
	if got := k.read(); got["reason"] != "warning" {
		t.Errorf("got %v", got)
	}
	ann.Slash("#general", "/ask", "while warned")
	if got := k.read(); got["type"] != "slash_commands" {
		t.Errorf("a warned socket still works, got %v", got)
	}
	clock.Advance(10 * time.Second)
	if got := k.read(); got["reason"] != "refresh_requested" {
		t.Errorf("got %v", got)
	}
	if got := ann.Slash("#general", "/ask", "too late").Wait().Err(); got != "dispatch_failed" {
		t.Errorf("got %q", got)
	}
	clock.Advance(10 * time.Second)
	if _, _, err := k.ws.ReadMessage(); err == nil {
		t.Error("it stays open")
	}
}

func TestRefusedSocketsAreTriedAgain(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	s.RefuseSockets(2)
	connect(t, s, nil)
	if n := s.Count("apps.connections.open"); n != 3 {
		t.Errorf("%d calls", n)
	}
}

func TestRevokedAppTokenStopsTheClient(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	b := connect(t, s, nil)
	s.RevokeAppToken()
	err := <-b.done
	b.done <- err
	wantCode(t, err, "invalid_auth")
}

func TestDoubledAndReorderedEnvelopes(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	s.Network(slacktest.Network{Double: 1})
	ann.Say("#help", "twice")
	b.message("", 2)
	s.AwaitAcks()
	s.Network(slacktest.Network{Reorder: 3})
	for _, text := range []string{"one", "two", "three"} {
		ann.Say("#help", text)
	}
	b.message("", 5)
	var texts []string
	b.mu.Lock()
	for _, ev := range b.events {
		if m, ok := inner(ev).(*slackevents.MessageEvent); ok {
			texts = append(texts, m.Text)
		}
	}
	b.mu.Unlock()
	if want := []string{"twice", "twice", "three", "two", "one"}; !slices.Equal(texts, want) {
		t.Errorf("got %q", texts)
	}
	s.AwaitAcks()
	noFaults(t, s)
}

func TestLateEnvelopesKeepTheirDeadline(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	ann := s.Workspace().User("ann")
	connect(t, s, nil)
	s.Network(slacktest.Network{Late: 4 * time.Second})
	x := ann.Slash("#general", "/ask", "x")
	clock.Advance(3 * time.Second)
	if got := x.Wait().Err(); got != "operation_timeout" {
		t.Errorf("got %q", got)
	}
}

func TestUnknownAndRepeatedAcknowledgementsAreFaults(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	k := dial(t, s)
	k.read()
	ann.Slash("#general", "/ask", "x")
	id := k.read()["envelope_id"].(string)
	for _, text := range []string{`{"envelope_id":"` + id + `"}`, `{"envelope_id":"` + id + `"}`, `{"envelope_id":"no-such"}`, `ping`} {
		k.send(text)
	}
	s.Await("three faults", func() bool { return len(s.Faults(slacktest.FaultAckUnknown)) == 3 })
}

func TestAcknowledgementsOfEventsTakeNoPayload(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	connect(t, s, func(socketmode.Event) (any, bool) { return map[string]any{"text": "hi"}, true })
	ann.Say("#help", "hello")
	s.AwaitFault(slacktest.FaultAckPayload)
	if got := s.Told("message")[0]; got.Kind != "events_api" {
		t.Errorf("got %+v", got)
	}
}

func TestOddEventsBreakStrictDecoding(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	w.Event(map[string]any{"type": "galaxy_merged", "channel": "C1"})
	// slack-go reads a block's text as an object.
	ann.SayBlocks("#help", "readable text", map[string]any{"type": "section", "text": "not an object"})
	if _, err := b.api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID()}); err == nil {
		t.Error("slack-go reads it in history")
	}
	s.Sockets()[0].Send(`{"type":"new_kind_of_envelope","envelope_id":"e1"}`)
	var bad []*socketmode.ErrorBadMessage
	b.wait("three bad messages", func(ev socketmode.Event) bool {
		if e, is := ev.Data.(*socketmode.ErrorBadMessage); is && !slices.Contains(bad, e) {
			bad = append(bad, e)
		}
		return len(bad) == 3
	})
	for _, e := range bad[:2] {
		var env struct {
			ID string `json:"envelope_id"`
		}
		ok(t, json.Unmarshal(e.Message, &env))
		ok(t, b.client.AckCtx(t.Context(), env.ID, nil))
	}
	s.AwaitAcks()
}

func TestAcknowledgedEventsMayComeAgain(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	ann.Say("#help", "once")
	s.AwaitAcks()
	s.Redeliver(s.Told("message")[0].EventID)
	b.message("", 2)
	s.AwaitAcks()
	if got := s.Told("message"); len(got) != 2 || got[1].EventID != got[0].EventID || got[1].Attempt != 1 {
		t.Errorf("told %+v", got)
	}
}

func TestSilentSocketIsLeft(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithPing(50*time.Millisecond))
	// A client that expects a ping each 200 ms.
	connectWith(t, s, nil, socketmode.OptionPingInterval(200*time.Millisecond))
	s.Sockets()[0].Mute()
	s.AwaitSocketNumber(2)
}
