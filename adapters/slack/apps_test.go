package slack_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// Two internal apps, each in a workspace of its own, are one platform; the end of one leaves the other alone.
func TestTwoApps(t *testing.T) {
	t.Parallel()
	other := slacktest.New(t, slacktest.WithIDsFrom(100_000))
	st := begin(t, setup{options: func(o *slack.Options) {
		o.Apps = append(o.Apps, slack.App{BotToken: other.BotToken(), AppToken: other.AppToken(), APIURL: other.APIURL(), CommandPrefix: "vet-"})
	}})
	other.AwaitSockets(2)
	w := other.Workspace()
	cal := w.User("cal")
	room := w.NewChannel("help", cal, w.Bot())
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) { return saying("you said " + ev.Text)(ev) }
	if got := cal.Slash("#help", "/vet-ask", "why?").Wait().Reply(); got.Shown != "you said ask why?" {
		t.Errorf("cal sees %q", got.Shown)
	}
	if got := st.ann.Slash("#help", "/ask", "how?").Wait().Reply(); got.Shown != "you said ask how?" {
		t.Errorf("ann sees %q", got.Shown)
	}
	evs := st.hall.heard(chat.Invoked)
	if len(evs) != 2 || evs[0].From.Account == evs[1].From.Account || evs[0].Where.Room == evs[1].Where.Room {
		t.Errorf("not told apart: %+v", evs)
	}
	there := chat.Address{Platform: slack.ID, Space: chat.SpaceID(w.ID()), Room: chat.RoomID(w.ID() + "/" + room.ID())}
	send(st, there, plainMessage("to the other"), "k1")
	cal.Await("#help", slacktest.ByApp("to the other"))
	w.RevokeToken()
	other.AwaitAcks()
	st.s.Await("the end of the other workspace", func() bool {
		_, err := st.p.Send(context.Background(), there, plainMessage("x"), chat.Key{ID: "k2"})
		return errors.Is(err, chat.ErrGone)
	})
	if got := st.ann.Slash("#help", "/ask", "still?").Wait().Reply(); got.Shown != "you said ask still?" {
		t.Errorf("ann sees %q", got.Shown)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for want, o := range map[string]slack.Options{
		"no app is set":          {},
		"set app_token":          {Apps: []slack.App{{BotToken: "xoxb-1"}}},
		"begins with xoxb-":      {Apps: []slack.App{{BotToken: "xoxp-1", AppToken: "xapp-1"}}},
		"begins with xapp-":      {Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "1"}}},
		"set bot_token":          {Apps: []slack.App{{AppToken: "xapp-1"}}},
		"needs the program's":    {Apps: []slack.App{{SigningSecret: "s", ClientID: "1", ClientSecret: "2"}}},
		"small letters":          {Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "xapp-1", CommandPrefix: "VET "}}},
		"Slack allows 1 to 10":   {Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "xapp-1"}}, Sockets: 11},
		"api_url is no address":  {Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: "slack"}}},
		"app 2: set app_token (": {Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "xapp-1"}, {BotToken: "xoxb-2"}}},
	} {
		if _, err := slack.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}

// Slack may be away when we start, and answer slowly when somebody writes: neither costs an event.
func TestSlackInTrouble(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithClock(slacktest.Wall())}})
	st.hall.answer = saying("here")
	st.s.Trouble(slacktest.Trouble{Method: "users.info", Kind: slacktest.Slow, Wait: 1500 * time.Millisecond})
	x := st.ann.Slash("#help", "/ask", "x").Wait()
	if x.Err() != "" {
		t.Errorf("%q after %s", x.Err(), x.Latency())
	}
	if ev := st.hall.heard(chat.Invoked)[0]; ev.From.Name != "ann" {
		t.Errorf("from %+v", ev.From)
	}
	st.s.RefuseSockets(3)
	for _, k := range st.s.Sockets() {
		k.Cut()
	}
	st.s.AwaitSocketNumber(4)
	if x := st.bea.Slash("#help", "/ask", "y").Wait(); x.Err() != "" {
		t.Error(x.Err())
	}
}
