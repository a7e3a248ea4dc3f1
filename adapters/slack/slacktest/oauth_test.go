package slacktest_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

func TestInstallingInAnotherWorkspace(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock), slacktest.WithApp(slacktest.AppSpec{RedirectURLs: []string{"https://guildhall.example/slack"}}))
	other := s.NewWorkspace("Cork ETB")
	mia := other.User("mia", slacktest.Admin())
	app := s.App()
	link := func(state string) string {
		q := url.Values{"client_id": {app.ClientID}, "scope": {"chat:write,commands"}, "state": {state}, "redirect_uri": {"https://guildhall.example/slack/done"}}
		return s.URL() + "/oauth/v2/authorize?" + q.Encode()
	}
	back, err := url.Parse(mia.Authorize(link("s1")))
	ok(t, err)
	if back.Host != "guildhall.example" || back.Query().Get("state") != "s1" || back.Query().Get("code") == "" {
		t.Fatalf("sent to %s", back)
	}
	exchange := func(code, redirect string) (*slack.OAuthV2Response, error) {
		return slack.GetOAuthV2Response(http.DefaultClient, app.ClientID, app.ClientSecret, code, redirect, slack.OAuthOptionAPIURL(s.APIURL()))
	}
	got, err := exchange(back.Query().Get("code"), "https://guildhall.example/slack/done")
	ok(t, err)
	if got.Team.ID != other.ID() || got.AccessToken != other.BotToken() || got.BotUserID != other.Bot().ID() || got.AuthedUser.ID != mia.ID() || got.Scope != "chat:write,commands" {
		t.Errorf("got %+v", got)
	}
	_, err = exchange(back.Query().Get("code"), "https://guildhall.example/slack/done")
	wantCode(t, err, "invalid_code")
	back, _ = url.Parse(mia.Authorize(link("s2")))
	_, err = exchange(back.Query().Get("code"), "https://guildhall.example/elsewhere")
	wantCode(t, err, "bad_redirect_uri")
	back, _ = url.Parse(mia.Authorize(link("s3")))
	clock.Advance(11 * time.Minute)
	_, err = exchange(back.Query().Get("code"), "https://guildhall.example/slack/done")
	wantCode(t, err, "invalid_code")
	back, _ = url.Parse(mia.Deny(link("s4")))
	if back.Query().Get("error") != "access_denied" {
		t.Errorf("sent to %s", back)
	}
	// Each workspace has its own token, and sees only its own.
	api := newAPI(s, other.BotToken())
	me, err := api.AuthTest()
	ok(t, err)
	if me.Team != "Cork ETB" {
		t.Errorf("got %+v", me)
	}
	_, _, err = api.PostMessage(s.Workspace().Channel("general").ID(), slack.MsgOptionText("x", false))
	wantCode(t, err, "channel_not_found")
	_, err = api.GetUserInfo(mia.ID())
	wantCode(t, err, "missing_scope")
}

func TestManifests(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	good := `{
		"display_information": {"name": "Guildhall"},
		"features": {
			"app_home": {"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
			"bot_user": {"display_name": "Guildhall", "always_online": true},
			"shortcuts": [{"name": "Deposit", "type": "message", "callback_id": "deposit", "description": "Keep it"}],
			"slash_commands": [{"command": "/ask", "description": "Ask", "should_escape": false}]
		},
		"oauth_config": {"scopes": {"bot": ["commands", "chat:write", "app_mentions:read"]}},
		"settings": {
			"event_subscriptions": {"bot_events": ["app_mention"]},
			"interactivity": {"is_enabled": true}, "socket_mode_enabled": true
		}
	}`
	ok(t, s.UseManifest([]byte(good)))
	if a := s.App(); len(a.Commands) != 1 || len(a.Shortcuts) != 1 || a.NoHomeTab || a.MessagesReadOnly || len(a.Scopes) != 3 {
		t.Errorf("got %+v", a)
	}
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	connect(t, s, nil)
	ann.Say("#help", "not subscribed")
	if got := ann.Slash("#help", "/ask", "x").Wait().Err(); got != "" {
		t.Error(got)
	}
	ann.Say("#help", "@guildhall hi")
	s.AwaitAcks()
	if got := s.Told("message", "app_mention"); len(got) != 1 {
		t.Errorf("told %+v", got)
	}
	for change, why := range map[[2]string]string{
		{`"/ask"`, `"/topic"`}:                                         "reserved",
		{`"/ask"`, `"/Ask"`}:                                           "lower-case",
		{`"commands", `, ``}:                                           "need the scope commands",
		{`"app_mentions:read"`, `"users:read"`}:                        "app_mention needs",
		{`"name": "Guildhall"`, `"name": ""`}:                          "1 to 35 characters",
		{`"is_enabled": true`, `"is_enabled": false`}:                  "need interactivity",
		{`"socket_mode_enabled": true`, `"socket_mode": true`}:         "socket_mode",
		{`"name": "Deposit"`, `"name": "` + n(25) + `"`}:               "1 to 24 characters",
		{`"socket_mode_enabled": true`, `"org_deploy_enabled": false`}: "needed without Socket Mode",
	} {
		err := s.UseManifest(bytesReplace(good, change))
		if err == nil {
			t.Errorf("%s is taken", change[1])
			continue
		}
		contains(t, err.Error(), why)
	}
}
