package slacktest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

func TestSlashCommandIsDeliveredAndAnswered(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("help", ann, bea)
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		return map[string]any{"text": "you said " + ev.Data.(slack.SlashCommand).Text}, true
	})

	x := ann.Slash("#help", "/ask", `how <do> I & "weld"?`)
	if got := x.Wait().Err(); got != "" {
		t.Fatalf("failed: %s", got)
	}
	cmd := b.wait("command", func(ev socketmode.Event) bool { return ev.Type == socketmode.EventTypeSlashCommand }).Data.(slack.SlashCommand)
	if cmd.Text != `how <do> I & "weld"?` {
		t.Errorf("the text is raw, got %q", cmd.Text)
	}
	if cmd.Command != "/ask" || cmd.ChannelName != "help" || cmd.UserID != ann.ID() || cmd.TeamID != w.ID() || cmd.ResponseURL == "" || cmd.TriggerID == "" {
		t.Errorf("incomplete: %+v", cmd)
	}
	reply := x.Reply()
	if !reply.Ephemeral {
		t.Error("an answer without response_type is private")
	}
	if len(ann.Ephemerals("#help")) != 1 || len(bea.Ephemerals("#help")) != 0 {
		t.Error("only ann sees the answer")
	}
	if x.Latency() <= 0 || len(s.Acks()) != 1 {
		t.Error("the acknowledgement is not on record")
	}
	ann.Reload()
	if len(ann.Ephemerals("#help")) != 0 {
		t.Error("a reload forgets private answers")
	}
	noFaults(t, s)
}

func TestSlashCommandEscapesWhereTheManifestSaysSo(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithApp(slacktest.AppSpec{Commands: []slacktest.Command{{Name: "/ask", Escape: true}}}))
	w := s.Workspace()
	ann := w.User("ann")
	bea := w.User("bea")
	b := connect(t, s, nil)
	ann.Slash("#general", "/ask", "@bea <3 #general https://example.org/x").Wait()
	cmd := b.wait("command", func(ev socketmode.Event) bool { return ev.Type == socketmode.EventTypeSlashCommand }).Data.(slack.SlashCommand)
	want := bea.Mention() + " &lt;3 <#" + w.Channel("general").ID() + "|general> <https://example.org/x>"
	if cmd.Text != want {
		t.Errorf("got  %q\nwant %q", cmd.Text, want)
	}
	if got := ann.Slash("#general", "/other", "").Wait().Err(); !strings.Contains(got, "not a valid command") {
		t.Errorf("a command that the app does not have: %q", got)
	}
}

func TestCommandWithoutAcknowledgementTimesOut(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	ann := s.Workspace().User("ann")
	hold := make(chan string, 1)
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		hold <- ev.Request.EnvelopeID
		return nil, false
	})
	x := ann.Slash("#general", "/ask", "x")
	envelope := <-hold
	clock.Advance(3 * time.Second)
	if got := x.Wait().Err(); got != "operation_timeout" {
		t.Errorf("got %q", got)
	}
	if n := ann.AwaitNotice("operation_timeout"); n.What != "/ask" {
		t.Errorf("ann was told %+v", n)
	}
	s.AwaitFault(slacktest.FaultAckMissing)
	// What comes late is not shown.
	ok(t, b.client.AckCtx(t.Context(), envelope, map[string]any{"text": "late"}))
	s.AwaitFault(slacktest.FaultAckLate)
	if len(ann.Ephemerals("#general")) != 0 {
		t.Error("a late answer was shown")
	}
	// Commands are not told again.
	clock.Advance(10 * time.Minute)
	if got := s.Told("/ask"); len(got) != 1 {
		t.Errorf("told %d times", len(got))
	}
}

func TestCommandWithoutSocketFailsAtOnce(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	if got := ann.Slash("#general", "/ask", "x").Wait().Err(); got != "dispatch_failed" {
		t.Errorf("got %q", got)
	}
}

func TestCommandAnswers(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("help", ann, bea)
	var answer any
	connect(t, s, func(socketmode.Event) (any, bool) { return answer, true })

	answer = map[string]any{"response_type": "in_channel", "text": "for *all*", "blocks": []slack.Block{section("for *all* &amp; you")}}
	x := ann.Slash("#help", "/ask", "")
	if got := x.Wait().Err(); got != "" {
		t.Fatal(got)
	}
	if m := bea.Await("#help", slacktest.Says("for *all* & you")); m.Ephemeral || m.BotID == "" {
		t.Errorf("not a public message of the app: %+v", m)
	}

	answer = "just text"
	if got := ann.Slash("#help", "/ask", "").Reply(); got.Text != "just text" {
		t.Errorf("got %q", got.Text)
	}

	answer = map[string]any{"blocks": []any{map[string]any{"type": "sectoin"}}}
	if got := ann.Slash("#help", "/ask", "").Wait().Err(); got != "invalid_command_response" {
		t.Errorf("got %q", got)
	}
	s.AwaitFault(slacktest.FaultBlocks)

	answer = nil
	x = ann.Slash("#help", "/ask", "")
	if got := x.Wait(); got.Err() != "" || len(got.Replies()) != 0 {
		t.Errorf("a plain acknowledgement shows nothing: %v", got.Replies())
	}
}

func TestAcknowledgementOf20KBIsDropped(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	ann := s.Workspace().User("ann")
	got := make(chan string, 1)
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		got <- ev.Request.EnvelopeID
		return nil, false
	})
	x := ann.Slash("#general", "/ask", "x")
	// slack-go itself refuses to send it, and says so.
	envelope := <-got
	if err := b.client.AckCtx(t.Context(), envelope, map[string]any{"text": strings.Repeat("x", 20*1024)}); err == nil {
		t.Error("slack-go sent it")
	}
	raw := dial(t, s)
	raw.send(`{"envelope_id":"` + envelope + `","payload":{"text":"` + strings.Repeat("x", 20*1024) + `"}}`)
	s.AwaitFault(slacktest.FaultAckTooLarge)
	clock.Advance(3 * time.Second)
	if got := x.Wait().Err(); got != "operation_timeout" {
		t.Errorf("got %q", got)
	}
}
