package slack_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

func TestDisconnects(t *testing.T) {
	t.Parallel()
	for _, reason := range []string{"warning", "refresh_requested", "link_disabled"} {
		t.Run(reason, func(t *testing.T) {
			t.Parallel()
			st := begin(t, setup{})
			st.hall.answer = saying("still here")
			for _, k := range st.s.AwaitSockets(2) {
				number := k.Number()
				k.Disconnect(reason)
				if got := st.ann.Slash("#help", "/find", "x").Wait(); got.Err() != "" || got.Reply().Shown != "still here" {
					t.Errorf("after %s of socket %d: %s", reason, number, got.Err())
				}
				st.s.AwaitSocketNumber(number + 2)
			}
			if reason != "warning" { // after which Slack lets a connection live for ten seconds more
				st.s.AwaitSockets(2)
			}
			st.clean()
		})
	}
}

func TestBrokenConnections(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = saying("still here")
	socks := st.s.AwaitSockets(2)
	socks[0].CutMidFrame()
	socks[1].Cut()
	st.s.AwaitSocketNumber(4)
	st.s.AwaitSockets(2)
	st.ann.Say("#help", "hello again")
	if got := st.ann.Slash("#help", "/find", "x").Wait().Reply(); got.Shown != "still here" {
		t.Errorf("ann sees %q", got.Shown)
	}
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
}

// What slack-go cannot read is read all the same.
func TestOddThingsAreAcknowledged(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.ann.SayBlocks("#help", "", map[string]any{"type": "rich_text", "elements": []any{map[string]any{"type": "rich_text_section",
		"elements": []any{map[string]any{"type": "text", "text": "an odd "}, map[string]any{"type": "wormhole", "to": 1}, map[string]any{"type": "text", "text": "block"}}}}})
	st.w.Event(map[string]any{"type": "something_new", "user": map[string]any{"id": 7}})
	st.w.Event(map[string]any{"type": "message", "channel": []int{1}, "text": 5})
	for _, k := range st.s.Sockets() {
		k.Send(`{"type":"unheard_of"}`)
		k.Send(`not json`)
	}
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said); len(got) != 1 || got[0].Text != "an odd block" {
		t.Errorf("heard %+v", got)
	}
	st.clean()
}

func TestRevokedTokensEndQuietly(t *testing.T) {
	t.Parallel()
	for name, revoke := range map[string]func(*stage){
		"app token": func(st *stage) { st.s.RevokeAppToken() },
		"bot token": func(st *stage) { st.w.RevokeToken() },
		"uninstall": func(st *stage) { st.w.Uninstall() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := begin(t, setup{})
			revoke(st)
			st.t = t
			st.awaitEnd(t)
			if _, err := st.p.Send(t.Context(), st.at(st.room, ""), plainMessage("x"), chat.Key{ID: "x"}); name != "app token" && !errors.Is(err, chat.ErrGone) {
				t.Errorf("sending then: %v", err)
			}
		})
	}
}

// Under a load of many people at once every acknowledgement comes in time, though some of what they want
// takes long.
func TestAcknowledgementsUnderLoad(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithoutLimits(), slacktest.WithClock(slacktest.Wall())}})
	slow := make(chan struct{})
	time.AfterFunc(300*time.Millisecond, func() { close(slow) })
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Text == "find slow" {
			<-slow
		}
		return saying("done")(ev)
	}
	var all sync.WaitGroup
	for i := range 60 {
		u := st.w.User(fmt.Sprintf("user%d", i))
		st.room.Add(u)
		all.Go(func() {
			for j := range 5 {
				word := "quick"
				if i%10 == 0 && j == 0 {
					word = "slow"
				}
				if x := u.Slash("#help", "/find", word).Wait(); x.Err() != "" {
					t.Errorf("%s: %q after %s", u.Name(), x.Err(), x.Latency())
				}
			}
		})
	}
	all.Wait()
	st.clean()
}
