package slacktest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"guildhall/adapters/slack/slacktest"
)

// webApp is an app over HTTP made of nothing but slack-go's parsers and verifier.
type webApp struct {
	t      testing.TB
	secret string
	srv    *httptest.Server

	mu       sync.Mutex
	requests []webRequest
	respond  func(w http.ResponseWriter, r webRequest)
}

type webRequest struct {
	path, retryNum, retryReason string
	event                       slackevents.EventsAPIEvent
	command                     slack.SlashCommand
	interaction                 slack.InteractionCallback
	refused                     error
}

func serveApp(t testing.TB, s *slacktest.Server) *webApp {
	t.Helper()
	a := &webApp{t: t, secret: s.SigningSecret()}
	a.srv = httptest.NewServer(a)
	t.Cleanup(a.srv.Close)
	ok(t, s.UseHTTP(slacktest.HTTPMode{Events: a.srv.URL + "/events", Commands: a.srv.URL + "/commands", Interactivity: a.srv.URL + "/interact"}))
	return a
}

func (a *webApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	req := webRequest{path: r.URL.Path, retryNum: r.Header.Get("X-Slack-Retry-Num"), retryReason: r.Header.Get("X-Slack-Retry-Reason")}
	v, err := slack.NewSecretsVerifier(r.Header, a.secret)
	if err == nil {
		_, _ = v.Write(body)
		err = v.Ensure()
	}
	if err != nil {
		req.refused = err
		a.keep(req)
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	switch r.URL.Path {
	case "/events":
		req.event, err = slackevents.ParseEvent(body, slackevents.OptionNoVerifyToken())
		if c, is := req.event.Data.(*slackevents.EventsAPIURLVerificationEvent); is && req.event.Type == slackevents.URLVerification {
			_, _ = io.WriteString(w, c.Challenge)
			return
		}
	case "/commands":
		req.command, err = slack.SlashCommandParse(r)
	case "/interact":
		req.interaction, err = slack.InteractionCallbackParse(r)
	}
	if err != nil {
		a.t.Errorf("%s: %v", r.URL.Path, err)
	}
	respond := a.keep(req)
	if respond != nil {
		respond(w, req)
	}
}

func (a *webApp) keep(r webRequest) func(http.ResponseWriter, webRequest) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests = append(a.requests, r)
	return a.respond
}

func (a *webApp) answer(f func(http.ResponseWriter, webRequest)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.respond = f
}

func (a *webApp) all() []webRequest {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]webRequest(nil), a.requests...)
}

func TestHTTPMode(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	a := serveApp(t, s)
	a.answer(func(w http.ResponseWriter, r webRequest) {
		if r.path == "/commands" {
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]any{"text": "you said " + r.command.Text})
		}
	})
	if got := ann.Slash("#help", "/ask", "a & b").Reply(); got.Text != "you said a &amp; b" || !got.Ephemeral {
		t.Errorf("got %+v", got)
	}
	ann.Say("#help", "hello")
	s.AwaitAcks()
	api := newAPI(s, s.BotToken())
	_, _, err := api.PostMessage(help.ID(), slack.MsgOptionBlocks(slack.NewActionBlock("acts", button("go", "Go"))))
	ok(t, err)
	x := ann.Press(ann.Await("#help", slacktest.Says("Go")), "Go").Wait()
	if x.Err() != "" {
		t.Error(x.Err())
	}
	s.AwaitAcks()
	var kinds []string
	for _, r := range a.all() {
		switch {
		case r.command.Command != "":
			kinds = append(kinds, r.command.Command+" "+r.command.Text)
		case r.interaction.Type != "":
			kinds = append(kinds, string(r.interaction.Type))
		default:
			kinds = append(kinds, r.event.InnerEvent.Type)
		}
	}
	if got := strings.Join(kinds, ", "); got != "/ask a & b, message, message, block_actions" && got != "/ask a & b, message, block_actions, message" {
		t.Errorf("got %s", got)
	}
	_, _, err = api.StartSocketModeContext(t.Context())
	if err == nil {
		t.Error("Socket Mode is off")
	}
	for _, f := range s.Faults() {
		if f.Kind != slacktest.FaultAuth {
			t.Errorf("fault: %s", f)
		}
	}
}

func TestFormsOverHTTP(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	a := serveApp(t, s)
	x := ann.GlobalShortcut("new").Wait()
	_, err := newAPI(s, s.BotToken()).OpenView(x.TriggerID(), form("Over HTTP"))
	ok(t, err)
	a.answer(func(w http.ResponseWriter, r webRequest) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(slack.NewErrorsViewSubmissionResponse(map[string]string{"theme": "no"}))
	})
	if got := ann.Submit(slacktest.Values{"theme": "x", "topic": "w"}).Wait().FieldErrors()["theme"]; got != "no" {
		t.Errorf("got %q", got)
	}
	a.answer(nil)
	ann.Submit(nil).Wait()
	ann.AwaitNoModal()
}

func TestHTTPFailuresAsPeopleSeeThem(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	ann := s.Workspace().User("ann")
	a := serveApp(t, s)
	for status, want := range map[int]string{500: "http_service_error", 404: "http_client_error", 200: ""} {
		a.answer(func(w http.ResponseWriter, _ webRequest) { w.WriteHeader(status) })
		if got := ann.Slash("#general", "/ask", "").Wait().Err(); got != want {
			t.Errorf("%d: got %q", status, got)
		}
	}
	a.answer(func(w http.ResponseWriter, _ webRequest) { _, _ = io.WriteString(w, "plain words") })
	if got := ann.Slash("#general", "/ask", "").Reply().Text; got != "plain words" {
		t.Errorf("got %q", got)
	}
	came, leave := make(chan bool), make(chan bool)
	a.answer(func(http.ResponseWriter, webRequest) { came <- true; <-leave })
	x := ann.Slash("#general", "/ask", "")
	<-came
	clock.Advance(3 * time.Second)
	if got := x.Wait().Err(); got != "operation_timeout" {
		t.Errorf("got %q", got)
	}
	close(leave)
	a.srv.Close()
	if got := ann.Slash("#general", "/ask", "").Wait().Err(); got != "dispatch_failed" {
		t.Errorf("got %q", got)
	}
}

func TestEventsOverHTTPAreToldAgain(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann := w.User("ann")
	w.NewChannel("help", ann, w.Bot())
	a := serveApp(t, s)
	a.answer(func(w http.ResponseWriter, _ webRequest) { w.WriteHeader(http.StatusServiceUnavailable) })
	ann.Say("#help", "hello")
	faults := func(n int) {
		t.Helper()
		s.Await("answers", func() bool { return len(s.Faults(slacktest.FaultHTTPAnswer)) == n })
	}
	faults(2) // the first and, at once, the second
	clock.Advance(time.Minute)
	faults(3)
	clock.Advance(5 * time.Minute)
	faults(4)
	s.AwaitAcks()
	for i, r := range a.all() {
		want := [][2]string{{"", ""}, {"1", "http_error"}, {"2", "http_error"}, {"3", "http_error"}}[i]
		if r.retryNum != want[0] || r.retryReason != want[1] {
			t.Errorf("request %d: %q %q", i, r.retryNum, r.retryReason)
		}
	}
	told := s.Told("message")
	for _, d := range told {
		if d.EventID != told[0].EventID {
			t.Errorf("another event id: %+v", d)
		}
	}
	a.answer(func(w http.ResponseWriter, _ webRequest) {
		w.Header().Set("X-Slack-No-Retry", "1")
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	ann.Say("#help", "do not repeat")
	s.AwaitAcks()
	clock.Advance(time.Hour)
	if n := len(s.Told("message")); n != 5 {
		t.Errorf("told %d times", n)
	}
}

func TestForgedRequestsAreNoticedByTheVerifier(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	a := serveApp(t, s)
	body := []byte(url.Values{"command": {"/ask"}, "text": {"x"}}.Encode())
	stale := s.Sign(body, time.Now().Add(-6*time.Minute))
	forged := http.Header{"X-Slack-Signature": {"v0=" + strings.Repeat("0", 64)}}
	for name, c := range map[string]struct {
		h    http.Header
		want int
	}{"genuine": {nil, 200}, "stale": {stale, 401}, "forged": {forged, 401}, "unsigned": {http.Header{"X-Slack-Signature": nil}, 401}} {
		got, err := s.Post(a.srv.URL+"/commands", "application/x-www-form-urlencoded", body, c.h)
		ok(t, err)
		if got.Status != c.want {
			t.Errorf("%s: %d", name, got.Status)
		}
	}
}

func TestURLVerificationIsAsked(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	wrong := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	defer wrong.Close()
	if err := s.UseHTTP(slacktest.HTTPMode{Events: wrong.URL}); err == nil {
		t.Error("it was saved")
	}
}
