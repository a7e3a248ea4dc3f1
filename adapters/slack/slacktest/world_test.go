package slacktest_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

func isInteraction(ev socketmode.Event) bool { return ev.Type == socketmode.EventTypeInteractive }

// refusal is what a driver method says when it cannot do what it is asked to.
func refusal(t *testing.T, do func()) (why string) {
	t.Helper()
	defer func() {
		f, is := recover().(slacktest.Failure)
		if !is {
			t.Error("it was done")
		}
		why = string(f)
	}()
	do()
	return ""
}

func TestWhatPeopleCannotDo(t *testing.T) {
	t.Parallel()
	s, err := slacktest.Start(slacktest.WithPatience(50 * time.Millisecond))
	ok(t, err)
	t.Cleanup(s.Close)
	w := s.Workspace()
	ann, bea, guest := w.User("ann"), w.User("bea"), w.User("gus", slacktest.Guest())
	w.NewPrivate("closed", ann)
	w.NewChannel("old", ann, bea)
	m := ann.Say("#old", "mine")
	ann.Archive("#old")
	for want, do := range map[string]func(){
		"sees no channel":       func() { bea.Say("#closed", "x") },
		"archived":              func() { bea.Say("#old", "x") },
		"gus sees no channel":   func() { guest.Say("#general", "x") },
		"cannot edit":           func() { bea.Edit(m, "x") },
		"cannot delete":         func() { bea.Delete(m) },
		"not the app's":         func() { w.ForeignBot("x", "#general", "x"); bea.Press(bea.SayBlocks("#general", "x", actions()), "Go") },
		"there is no Stop in:":  func() { bea.Press(bea.SayBlocks("#general", "x", actions()), "Stop") },
		"is taken":              func() { ann.Create("old", false) },
		"no modal":              func() { ann.Submit(nil) },
		"there is no channel":   func() { w.Channel("nowhere") },
		"waited 50ms for ann":   func() { ann.Await("#general", slacktest.Says("nothing")) },
		"there is a channel":    func() { w.NewChannel("old") },
		"Slack shows no_scopes": func() { ann.Authorize(s.URL() + "/oauth/v2/authorize?client_id=" + s.App().ClientID) },
	} {
		contains(t, refusal(t, do), want)
	}
	s.Configure(func(a *slacktest.AppSpec) { a.MessagesReadOnly = true })
	contains(t, refusal(t, func() { ann.Say(ann.DM(), "hello?") }), "turned off")
}

func actions() map[string]any {
	return map[string]any{"type": "actions", "block_id": "b", "elements": []any{map[string]any{
		"type": "button", "action_id": "go", "text": map[string]any{"type": "plain_text", "text": "Go"},
	}}}
}

func TestFailuresTellWhatTheAppDid(t *testing.T) {
	t.Parallel()
	s, err := slacktest.Start(slacktest.WithPatience(20 * time.Millisecond))
	ok(t, err)
	t.Cleanup(s.Close)
	_, _, err = newAPI(s, s.BotToken()).PostMessage("C000", slack.MsgOptionText("lost", false))
	wantCode(t, err, "channel_not_found")
	ann := s.Workspace().User("ann")
	why := refusal(t, func() { ann.Await("#general", slacktest.ByApp("lost")) })
	contains(t, why, "call   chat.postMessage channel_not_found", "text=lost")
	if strings.Contains(why, s.BotToken()) {
		t.Error("the token is shown")
	}
}

func TestWatchingMessagesChange(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help").Add(ann).AddBot()
	b := connect(t, s, nil)
	_, ts, err := b.api.PostMessage(help.ID(), slack.MsgOptionBlocks(section("one"), slack.NewActionBlock("acts", button("go", "Go"))))
	ok(t, err)
	m := ann.Await("#help", slacktest.ByApp("one"))
	if c, found := m.Control("go"); !found || c.Value != "v-go" || m.Buttons()[0] != "Go" {
		t.Errorf("got %+v", c)
	}
	_, _, _, err = b.api.UpdateMessage(help.ID(), ts, slack.MsgOptionBlocks(section("two")))
	ok(t, err)
	s.AwaitNow(m, slacktest.Says("two"))
	if now, there := s.Now(m); !there || now.Shown != "two" {
		t.Errorf("got %+v", now)
	}
	reply := ann.ReplyAlso(m, "also here")
	if seen := ann.Sees("#help"); len(seen) != 2 || !seen[1].Broadcast {
		t.Errorf("sees %v", seen)
	}
	if e := b.message("thread_broadcast", 1); e.Root == nil || e.Root.Timestamp != ts {
		t.Errorf("got %+v", e)
	}
	ann.Delete(reply)
	s.AwaitGone(reply)
	if c := s.AwaitCall("chat.update", 1); c.Err != "" || c.Team != w.ID() || c.Args["ts"] != ts {
		t.Errorf("got %+v", c)
	}
	ann.Change(slacktest.Locale("pl-PL"))
	if e := event[*slackevents.UserChangeEvent](b); e.User.ID != ann.ID() {
		t.Errorf("got %+v", e)
	}
}

func TestRemainingMethods(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann", slacktest.Email("ann@cfp.example"))
	help := w.NewChannel("help", ann, w.Bot())
	api := newAPI(s, s.BotToken())
	u, err := api.GetUserByEmail("ANN@cfp.example")
	ok(t, err)
	if u.ID != ann.ID() {
		t.Errorf("got %+v", u)
	}
	m := ann.Say("#help", "hi")
	ref := slack.NewRefToMessage(help.ID(), m.TS)
	ann.React(m, "wave")
	rs, err := api.GetReactions(ref, slack.NewGetReactionsParameters())
	ok(t, err)
	if len(rs.Reactions) != 1 || rs.Reactions[0].Count != 1 {
		t.Errorf("got %+v", rs)
	}
	ok(t, api.AddPin(help.ID(), ref))
	pins, _, err := api.ListPins(help.ID())
	ok(t, err)
	if len(pins) != 1 || pins[0].Message.Timestamp != m.TS {
		t.Errorf("got %+v", pins)
	}
	f, err := api.UploadFile(slack.UploadFileParameters{Filename: "a.txt", FileSize: 1, Content: "a", Channel: help.ID()})
	ok(t, err)
	ann.Await("#help", func(m slacktest.Message) bool { return len(m.Files) > 0 })
	files, _, err := api.GetFiles(slack.NewGetFilesParameters())
	ok(t, err)
	if len(files) != 1 || files[0].ID != f.ID {
		t.Errorf("got %+v", files)
	}
	ok(t, api.DeleteFile(f.ID))
	wantCode(t, api.DeleteFile(f.ID), "file_deleted")
	me, err := api.AuthTest()
	ok(t, err)
	bi, err := api.GetBotInfo(slack.GetBotInfoParameters{Bot: me.BotID})
	ok(t, err)
	if bi.UserID != w.Bot().ID() {
		t.Errorf("got %+v", bi)
	}
	_, _, err = api.CloseConversation(ann.DM())
	ok(t, err)
	var out struct {
		Error  string
		Errors []struct{ Pointer string }
	}
	call(t, s, "apps.manifest.validate", map[string]any{"manifest": `{"display_information":{"name":""}}`}, &out)
	if out.Error != "invalid_manifest" || len(out.Errors) != 1 || out.Errors[0].Pointer != "/display_information/name" {
		t.Errorf("got %+v", out)
	}
	call(t, s, "api.test", map[string]any{"error": "my_error"}, &out)
	if out.Error != "my_error" {
		t.Errorf("got %+v", out)
	}
	noFaults(t, s)
	_, err = api.SendAuthRevoke("")
	ok(t, err)
	_, err = api.AuthTest()
	wantCode(t, err, "token_revoked")
	w.Install(ann)
	ok(t, newAPI(s, s.BotToken()).UninstallApp(s.App().ClientID, s.App().ClientSecret))
	_, err = newAPI(s, s.BotToken()).AuthTest()
	wantCode(t, err, "account_inactive")
}

func TestOtherStarts(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock), slacktest.WithoutWorkspace(), slacktest.WithAckWithin(time.Second),
		slacktest.WithRetryAfter(time.Second), slacktest.WithoutRecords())
	if s.Workspace() != nil {
		t.Error("there is a workspace")
	}
	w := s.NewWorkspace("ZDZ Poznań")
	ann := w.User("ann")
	if w.Bot() != nil || w.BotToken() != "" {
		t.Error("the app is installed")
	}
	if got := ann.Slash("#general", "/ask", "").Err(); !strings.Contains(got, "not a valid command") {
		t.Errorf("got %q", got)
	}
	w.Install(ann)
	w.Channel("general").AddBot()
	k := dial(t, s)
	k.read()
	ann.Say("#general", "hi")
	first := k.read()
	clock.Advance(time.Second)
	clock.Advance(time.Second)
	second := k.read()
	if id := func(m map[string]any) any { return m["payload"].(map[string]any)["event_id"] }; id(first) != id(second) || second["retry_attempt"] != float64(1) {
		t.Errorf("got %v", second)
	}
	if len(s.Told()) != 0 || len(s.Calls()) != 0 || s.Count("apps.connections.open") != 1 {
		t.Error("there are records")
	}
}

func TestSwitchingToHTTPAndBackAndRedirects(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	loop := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, r.URL.Path+"x", http.StatusTemporaryRedirect)
	}))
	defer loop.Close()
	ok(t, s.UseHTTP(slacktest.HTTPMode{Commands: loop.URL}))
	if got := ann.Slash("#help", "/ask", "").Wait().Err(); got != "dispatch_failed" {
		t.Errorf("got %q", got)
	}
	if sent := s.Sent(); len(sent) != 1 || sent[0].Header.Get("X-Slack-Signature") == "" {
		t.Errorf("sent %+v", sent)
	}
	s.UseSocketMode()
	connect(t, s, nil)
	if got := ann.Slash("#help", "/ask", "").Wait().Err(); got != "" {
		t.Errorf("got %q", got)
	}
	if len(ann.Notices()) != 1 {
		t.Errorf("notices %v", ann.Notices())
	}
}
