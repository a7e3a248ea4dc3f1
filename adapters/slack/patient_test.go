package slack_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// Whatever a 429 says about its end, it stops its method and channel alone, is never taken for an answer that got
// lost, and nothing is asked again before its time.
func TestOddRetryAfters(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithClock(clock), slacktest.WithoutLimits()}, options: func(o *slack.Options) { o.Now = clock.Now }})
	for name, want := range map[string]time.Duration{
		"none": time.Second, "0": time.Second, "-5": time.Second, "soon": time.Second, "1.5": 2 * time.Second, "7": 7 * time.Second,
		"99999999999999999999999": time.Hour, "NaN": time.Second, "Inf": time.Hour,
		"Mon, 02 Jan 2006 15:04:05 GMT": time.Second,
		"in 20 seconds":                 20 * time.Second,
	} {
		if name == "in 20 seconds" {
			name = clock.Now().Add(want).UTC().Format(http.TimeFormat)
		}
		hot, cool := st.w.NewChannel("hot-"+itoa(len(st.s.Calls())), st.w.Bot()), st.w.NewChannel("cool-"+itoa(len(st.s.Calls())), st.w.Bot())
		st.s.Trouble(slacktest.Trouble{Method: "chat.postMessage", Kind: slacktest.RateLimited, RetryAfter: name})
		_, err := st.p.Send(t.Context(), st.at(hot, ""), plainMessage("hot"), chat.Key{ID: "hot" + hot.Name()})
		var wait *chat.RetryAfter
		if !errors.As(err, &wait) || wait.After < want-time.Second || wait.After > want+time.Second {
			t.Errorf("%q: %v, want a wait of %s", name, err, want)
			continue
		}
		before := st.s.Count("chat.postMessage")
		if _, err := st.p.Send(t.Context(), st.at(hot, ""), plainMessage("hot"), chat.Key{ID: "hot" + hot.Name()}); !errors.As(err, &wait) || st.s.Count("chat.postMessage") != before {
			t.Errorf("%q: asked again at once: %v", name, err)
		}
		if _, err := st.p.Send(t.Context(), st.at(cool, ""), plainMessage("cool"), chat.Key{ID: "cool" + cool.Name()}); err != nil {
			t.Errorf("%q: another channel: %v", name, err)
		}
		st.s.AwaitAcks()
		clock.Advance(wait.After)
		if _, err := st.p.Send(t.Context(), st.at(hot, ""), plainMessage("hot"), chat.Key{ID: "hot" + hot.Name()}); err != nil {
			t.Errorf("%q: after the pause: %v", name, err)
		}
	}
}

// What does not reach Slack says nothing about a token.
func TestDoctorKnowsAwayFromRefused(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	status, header := http.StatusServiceUnavailable, ""
	ill := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", header)
		w.WriteHeader(status)
	}))
	t.Cleanup(ill.Close)
	check := func(address string) string {
		p, err := slack.New(slack.Options{Apps: []slack.App{{BotToken: "xoxb-1", AppToken: "xapp-1", APIURL: address}}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		got := p.Check(ctx)
		if len(got) != 1 {
			t.Errorf("%s: %q", address, got)
			return ""
		}
		return got[0]
	}
	if got := check(gone.URL + "/api/"); !strings.Contains(got, "could not be reached") || strings.Contains(got, "refused (") || strings.Contains(got, "xoxb") {
		t.Errorf("away: %s", got)
	}
	if got := check(ill.URL + "/api/"); !strings.Contains(got, "trouble of its own") {
		t.Errorf("ill: %s", got)
	}
	status, header = http.StatusTooManyRequests, "30"
	if got := check(ill.URL + "/api/"); !strings.Contains(got, "asks for patience (30s)") {
		t.Errorf("limited: %s", got)
	}
}
