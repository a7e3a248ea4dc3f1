package slack_test

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// overHTTP starts the platform in HTTP mode. The server's address is needed before the platform exists.
func overHTTP(t *testing.T, with setup) (*stage, string) {
	t.Helper()
	var h atomic.Pointer[http.Handler]
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { (*h.Load()).ServeHTTP(w, r) }))
	t.Cleanup(web.Close)
	more := with.options
	with.options = func(o *slack.Options) {
		o.Apps[0].AppToken = ""
		o.PublicURL = web.URL
		if more != nil {
			more(o)
		}
	}
	secret := "8f742231b10e8888abcd99yyyzzz85a5"
	with.server = append(with.server, slacktest.WithApp(slacktest.AppSpec{Name: "guildhall", SigningSecret: secret, ClientID: "111.222", ClientSecret: "shh"}))
	inner := with.options
	with.options = func(o *slack.Options) {
		o.Apps[0].SigningSecret = secret
		inner(o)
	}
	st := begin(t, with)
	handler := st.p.Handler()
	h.Store(&handler)
	mode := slacktest.HTTPMode{Events: web.URL + "/slack/events", Commands: web.URL + "/slack/commands", Interactivity: web.URL + "/slack/interactive"}
	if err := st.s.UseHTTP(mode); err != nil {
		t.Fatal(err)
	}
	return st, web.URL
}

func TestHTTPMode(t *testing.T) {
	t.Parallel()
	st, _ := overHTTP(t, setup{})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		switch {
		case ev.Kind == chat.Invoked && ev.Text == "ask":
			return chat.Answer{Form: form("K1", questionInput)}, nil
		case ev.Kind == chat.Said:
			return chat.Answer{}, nil
		}
		return saying("well, " + ev.Text + ev.Given["question"])(ev)
	}
	if got := st.ann.Slash("#help", "/find", "rubrics & more").Wait().Reply(); got.Shown != "well, find rubrics & more" {
		t.Errorf("ann sees %q", got.Shown)
	}
	st.ann.Slash("#help", "/ask", "").Wait()
	st.ann.AwaitModal("Your question")
	st.ann.Submit(slacktest.Values{"Your question": "why?"}).Wait()
	st.ann.Await("#help", slacktest.ByApp("why?"))
	st.ann.Say("#help", "hello")
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said); len(got) != 1 {
		t.Errorf("%d messages", len(got))
	}
	st.clean()
}

func TestSignatures(t *testing.T) {
	t.Parallel()
	st, base := overHTTP(t, setup{})
	body := []byte(url.Values{"command": {"/find"}, "text": {"x"}, "team_id": {st.w.ID()}, "channel_id": {st.room.ID()}, "user_id": {st.ann.ID()},
		"trigger_id": {"1.2.3"}, "response_url": {st.s.URL() + "/none"}}.Encode())
	const kind = "application/x-www-form-urlencoded"
	post := func(body []byte, h http.Header) int {
		t.Helper()
		got, err := st.s.Post(base+"/slack/commands", kind, body, h)
		if err != nil {
			t.Fatal(err)
		}
		return got.Status
	}
	now := time.Now()
	forged := st.s.Sign(body, now)
	forged.Set("X-Slack-Signature", "v0="+strings.Repeat("0", 64))
	if got := post(body, forged); got != http.StatusUnauthorized {
		t.Errorf("a forged request got %d", got)
	}
	if got := post(append(body, "&x=1"...), st.s.Sign(body, now)); got != http.StatusUnauthorized {
		t.Errorf("a changed body got %d", got)
	}
	if got := post(body, st.s.Sign(body, now.Add(-6*time.Minute))); got != http.StatusUnauthorized {
		t.Errorf("an old request got %d", got)
	}
	if got := post(body, st.s.Sign(body, now.Add(6*time.Minute))); got != http.StatusUnauthorized {
		t.Errorf("a request from the future got %d", got)
	}
	unsigned := http.Header{"X-Slack-Request-Timestamp": nil, "X-Slack-Signature": nil}
	if got := post(body, unsigned); got != http.StatusUnauthorized {
		t.Errorf("an unsigned request got %d", got)
	}
	good := st.s.Sign(body, now)
	if got := post(body, good); got != http.StatusOK {
		t.Errorf("a good request got %d", got)
	}
	if got := post(body, good); got != http.StatusUnauthorized {
		t.Errorf("a replay got %d", got)
	}
	if got := st.hall.heard(chat.Invoked); len(got) != 1 {
		t.Errorf("%d commands had an effect", len(got))
	}
	if resp, err := http.Post(base+"/slack/events", "application/json", bytes.NewReader([]byte(`{"type":"url_verification","challenge":"x"}`))); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("an unsigned challenge: %v %v", resp, err)
	}
}

func TestRetriesOverHTTP(t *testing.T) {
	t.Parallel()
	st, _ := overHTTP(t, setup{server: []slacktest.Option{slacktest.WithClock(slacktest.Faster(60))}})
	var tries atomic.Int32
	st.hall.answer = func(chat.Event) (chat.Answer, error) {
		if tries.Add(1) == 1 {
			return chat.Answer{}, errors.New("the store is away")
		}
		return chat.Answer{}, nil
	}
	st.ann.Say("#help", "keep this")
	st.s.Await("a second try", func() bool { return tries.Load() == 2 })
	st.s.AwaitAcks()
	told := st.s.Told("message")
	st.s.Redeliver(told[len(told)-1].EventID)
	st.s.AwaitAcks()
	if got := tries.Load(); got != 2 {
		t.Errorf("%d effects", got)
	}
}

// kept is where installations are kept.
type kept struct {
	mu      sync.Mutex
	rows    map[[2]string][]byte
	dropped chan struct{}
}

func (k *kept) KeepSlackInstall(_ context.Context, app, team string, sealed []byte) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rows[[2]string{app, team}] = sealed
	return nil
}

func (k *kept) EachSlackInstall(_ context.Context, f func(app, team string, sealed []byte) error) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	for key, sealed := range k.rows {
		if err := f(key[0], key[1], sealed); err != nil {
			return err
		}
	}
	return nil
}

func (k *kept) DropSlackInstall(_ context.Context, app, team string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.rows, [2]string{app, team})
	k.dropped <- struct{}{}
	return nil
}

func (k *kept) size() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.rows)
}

func TestInstallByOAuth(t *testing.T) {
	t.Parallel()
	store := &kept{rows: map[[2]string][]byte{}, dropped: make(chan struct{}, 10)}
	st, base := overHTTP(t, setup{options: func(o *slack.Options) {
		o.Apps[0].BotToken, o.Apps[0].ClientID, o.Apps[0].ClientSecret = "", "111.222", "shh"
		o.Installs, o.Secret = store, []byte("a secret of the program's own")
	}})
	other := st.s.NewWorkspace("Other")
	cal := other.User("cal", slacktest.Admin())
	browser := func() *http.Client {
		jar, _ := cookiejar.New(nil)
		return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	mine, stranger := browser(), browser()
	get := func(c *http.Client, to string) *http.Response {
		t.Helper()
		resp, err := c.Get(to)
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		return resp
	}
	link := get(mine, base+"/slack/install").Header.Get("Location")
	back := cal.Authorize(link)
	if got := get(stranger, back).StatusCode; got != http.StatusBadRequest {
		t.Errorf("another browser got %d", got)
	}
	if got := get(mine, strings.Replace(back, "state=", "state=1", 1)).StatusCode; got != http.StatusBadRequest {
		t.Errorf("a forged state got %d", got)
	}
	link = get(mine, base+"/slack/install").Header.Get("Location")
	if got := get(mine, cal.Authorize(link)).StatusCode; got != http.StatusOK || store.size() != 1 {
		t.Fatalf("got %d, %d installations", got, store.size())
	}
	for _, sealed := range store.rows {
		if bytes.Contains(sealed, []byte(other.BotToken())) || bytes.Contains(sealed, []byte("xox")) {
			t.Error("the token is kept in the open")
		}
	}
	room := other.NewChannel("talk", cal, other.Bot())
	st.hall.answer = saying("welcome")
	if got := cal.Slash("#talk", "/guildhall", "help").Wait().Reply(); got.Shown != "welcome" {
		t.Errorf("cal sees %q", got.Shown)
	}
	if evs := st.hall.heard(chat.Invoked); len(evs) != 1 || string(evs[0].Where.Space) != other.ID() || evs[0].Text != "help" {
		t.Errorf("heard %+v", evs)
	}
	r, err := st.p.Rights(t.Context(), chat.Address{Space: chat.SpaceID(other.ID())}, chat.AccountID(other.ID()+"/"+cal.ID()))
	if err != nil || !r.Admin || r.Name != "Other" || r.Count == 0 {
		t.Errorf("rights %+v, %v", r, err)
	}
	to := chat.Address{Platform: slack.ID, Space: chat.SpaceID(other.ID()), Room: chat.RoomID(other.ID() + "/" + room.ID())}
	send(st, to, plainMessage("in the other workspace"), "k")
	cal.Await("#talk", slacktest.ByApp("in the other workspace"))
	// News of an end that is none changes nothing; neither does a token that another replica still has after the app
	// was installed again.
	other.Event(map[string]any{"type": "app_uninstalled"})
	st.s.AwaitAcks()
	replica, err := slack.New(slack.Options{Apps: []slack.App{{SigningSecret: st.s.SigningSecret(), ClientID: "111.222", ClientSecret: "shh", APIURL: st.s.APIURL()}},
		Installs: store, Secret: []byte("a secret of the program's own"), PublicURL: base})
	if err != nil {
		t.Fatal(err)
	}
	say := func(words string) error {
		_, err := replica.Send(t.Context(), to, plainMessage(words), chat.Key{ID: words})
		return err
	}
	if err := say("from the replica"); err != nil {
		t.Fatal(err)
	}
	other.RevokeToken()
	<-store.dropped
	if got := get(mine, cal.Authorize(get(mine, base+"/slack/install").Header.Get("Location"))).StatusCode; got != http.StatusOK {
		t.Fatalf("installing again got %d", got)
	}
	if err := say("with the old token"); !errors.Is(err, chat.ErrGone) {
		t.Errorf("with the old token: %v", err)
	}
	if err := say("with the new token"); err != nil {
		t.Errorf("with the new token: %v", err)
	}
	if store.size() != 1 {
		t.Error("the new installation was forgotten")
	}
	other.Uninstall()
	<-store.dropped
	if _, err := st.p.Send(t.Context(), to, plainMessage("too late"), chat.Key{ID: "x"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("sending after the end: %v", err)
	}
	if got := get(mine, cal.Deny(get(mine, base+"/slack/install").Header.Get("Location"))).StatusCode; got != http.StatusOK {
		t.Errorf("a refusal got %d", got)
	}
}
