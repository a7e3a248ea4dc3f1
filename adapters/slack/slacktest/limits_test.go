package slacktest_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func bytesReplace(text string, change [2]string) []byte {
	return []byte(strings.Replace(text, change[0], change[1], 1))
}

func retryAfter(t testing.TB, err error) time.Duration {
	t.Helper()
	var limited *slack.RateLimitedError
	if err != nil && !errors.As(err, &limited) {
		t.Fatal(err)
	}
	if limited == nil {
		return 0
	}
	return limited.RetryAfter
}

func TestTiers(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	api := newAPI(s, s.BotToken())
	ann := s.Workspace().User("ann")
	for name, c := range map[string]struct {
		perMinute int
		call      func() error
	}{
		"tier 2": {20, func() error { _, _, err := api.GetConversations(&slack.GetConversationsParameters{}); return err }},
		"tier 3": {50, func() error { _, err := api.GetTeamInfo(); return err }},
		"tier 4": {100, func() error { _, err := api.GetUserInfo(ann.ID()); return err }},
	} {
		for i := range c.perMinute {
			if err := c.call(); err != nil {
				t.Fatalf("%s, call %d: %v", name, i, err)
			}
		}
		wait := retryAfter(t, c.call())
		if wait < time.Second || wait > 3*time.Second {
			t.Errorf("%s: wait %s", name, wait)
		}
		clock.Advance(wait)
		if err := c.call(); err != nil {
			t.Errorf("%s after waiting: %v", name, err)
		}
	}
	noFaults(t, s)
}

func TestPostsAreLimitedPerChannel(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	a, b := w.NewChannel("a", w.Bot()), w.NewChannel("b", w.Bot())
	api := newAPI(s, s.BotToken())
	post := func(ch *slacktest.Channel) time.Duration {
		_, _, err := api.PostMessage(ch.ID(), slack.MsgOptionText("x", false))
		return retryAfter(t, err)
	}
	sent := 0
	for post(a) == 0 {
		sent++
	}
	if sent < 2 || sent > 10 {
		t.Errorf("a burst of %d", sent)
	}
	if post(b) != 0 {
		t.Error("another channel is not concerned")
	}
	for range 10 {
		clock.Advance(time.Second)
		if wait := post(a); wait != 0 {
			t.Errorf("one a second is too much: %s", wait)
		}
	}
	if len(s.Faults(slacktest.FaultRetryAfter)) != 0 {
		t.Error("nothing was called too early")
	}
	if post(a) != time.Second {
		t.Error("two a second are fine")
	}
	s.Await("a call before Retry-After had passed", func() bool {
		post(a)
		return len(s.Faults(slacktest.FaultRetryAfter)) > 0
	})
}

func TestLimitsCanBeSwitchedOffAndDistributedAppsReadSlowly(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	help := w.NewChannel("help", w.Bot())
	api := newAPI(s, s.BotToken())
	for range 60 {
		_, _, err := api.PostMessage(help.ID(), slack.MsgOptionText("x", false))
		ok(t, err)
	}
	d := slacktest.New(t, slacktest.WithDistributedApp())
	w = d.Workspace()
	help = w.NewChannel("help", w.User("ann"), w.Bot())
	for range 20 {
		w.User("ann").Say("#help", "x")
	}
	api = newAPI(d, d.BotToken())
	h, err := api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID(), Limit: 100})
	ok(t, err)
	if len(h.Messages) != 15 || !h.HasMore {
		t.Errorf("%d messages", len(h.Messages))
	}
	_, err = api.GetConversationHistory(&slack.GetConversationHistoryParameters{ChannelID: help.ID()})
	if wait := retryAfter(t, err); wait < 50*time.Second {
		t.Errorf("wait %s", wait)
	}
}

func TestTroubles(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t, slacktest.WithoutLimits())
	w := s.Workspace()
	help := w.NewChannel("help", w.Bot())
	api := newAPI(s, s.BotToken())
	post := func(text string) error {
		_, _, err := api.PostMessage(help.ID(), slack.MsgOptionText(text, false))
		return err
	}
	for _, c := range []struct {
		kind   slacktest.TroubleKind
		status int // 0: dropped; 200: answered, but not well
		posted bool
	}{
		{slacktest.FailBefore, 500, false}, {slacktest.FailAfter, 500, true}, {slacktest.DropBefore, 0, false},
		{slacktest.DropAfter, 0, true}, {slacktest.RateLimited, 429, false}, {slacktest.Garbage, 200, true},
	} {
		end := s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: c.kind})
		before := len(help.All())
		err := post("x")
		if err == nil {
			t.Errorf("%d: no error", c.kind)
		}
		var status slack.StatusCodeError
		if errors.As(err, &status) && status.Code != c.status {
			t.Errorf("%d: got %v", c.kind, err)
		}
		if got := len(help.All()) > before; got != c.posted {
			t.Errorf("%d: posted %v", c.kind, got)
		}
		calls := s.Calls("chat.postMessage")
		if got := calls[len(calls)-1].Status; got != c.status {
			t.Errorf("%d: %d on record", c.kind, got)
		}
		if n := end(); n != 1 {
			t.Errorf("%d: %d hits", c.kind, n)
		}
	}
	s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.ErrorCode, Code: "fatal_error", Times: 2, Skip: 1})
	for i, want := range []string{"", "fatal_error", "fatal_error", ""} {
		if got := code(post("y")); got != want {
			t.Errorf("call %d: got %q, want %q", i, got, want)
		}
	}
	end := s.Trouble(slacktest.Trouble{Method: "*", Kind: slacktest.RateLimited, Times: -1, Wait: 30 * time.Second})
	if wait := retryAfter(t, post("z")); wait != 30*time.Second {
		t.Errorf("wait %s", wait)
	}
	end()
	s.Await("a call before Retry-After had passed", func() bool {
		_ = post("z")
		return len(s.Faults(slacktest.FaultRetryAfter)) > 0
	})
}

func TestSlowAnswers(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	help := w.NewChannel("help", w.User("ann"), w.Bot())
	api := newAPI(s, s.BotToken())
	s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.SlowAnswer, Wait: time.Minute})
	done := make(chan error, 1)
	go func() {
		_, _, err := api.PostMessage(help.ID(), slack.MsgOptionText("slow", false))
		done <- err
	}()
	w.User("ann").Await("#help", slacktest.Says("slow"))
	select {
	case err := <-done:
		t.Fatalf("answered at once: %v", err)
	default:
	}
	s.Await("the answer", func() bool {
		clock.Advance(time.Minute)
		select {
		case err := <-done:
			return err == nil
		default:
			w.User("ann").Say("#help", "tick")
			return false
		}
	})
}

func TestTokensAndMethods(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	_, err := newAPI(s, "xoxb-nonsense").AuthTest()
	wantCode(t, err, "invalid_auth")
	_, err = newAPI(s, "").AuthTest()
	wantCode(t, err, "not_authed")
	_, err = newAPI(s, s.AppToken()).AuthTest()
	wantCode(t, err, "not_allowed_token_type")
	_, err = newAPI(s, s.BotToken()).GetUserGroups()
	wantCode(t, err, "unknown_method")
	var out struct{ Error string }
	call(t, s, "conversations.info", map[string]any{"channel": "C1"}, &out)
	if out.Error != "invalid_arguments" {
		t.Errorf("JSON where it is not read: %q", out.Error)
	}
	resp, err := http.Post(s.APIURL()+"auth.test?token="+s.BotToken(), "", nil)
	ok(t, err)
	_ = resp.Body.Close()
	for _, k := range []slacktest.FaultKind{slacktest.FaultAuth, slacktest.FaultUnknownMethod, slacktest.FaultArguments, slacktest.FaultTokenElsewhere} {
		s.AwaitFault(k)
	}
}
