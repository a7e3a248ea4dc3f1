package discordtest_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// limited is the body of a 429.
func limited(t *testing.T, r response) (retry float64, global bool) {
	t.Helper()
	var b struct {
		RetryAfter float64 `json:"retry_after"`
		Global     bool
	}
	check(t, json.Unmarshal(r.body, &b))
	return b.RetryAfter, b.Global
}

func TestBuckets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Routes: true}})
	other := w.guild.AddChannel("other")
	post := func(c *discordtest.Channel) response {
		return w.rest("POST", w.path(c, "/messages"), `{"content":"x"}`)
	}
	for i := range 5 {
		r := post(w.room).wants(t, 200, 0)
		if left := r.header.Get("X-RateLimit-Remaining"); left != strconv.Itoa(4-i) || r.header.Get("X-RateLimit-Bucket") == "" {
			t.Errorf("after %d requests %s are left", i+1, left)
		}
	}
	r := post(w.room)
	retry, global := limited(t, r)
	if r.status != 429 || retry <= 0 || retry > 5 || global || r.header.Get("Retry-After") == "" || r.header.Get("X-RateLimit-Scope") != "user" {
		t.Errorf("the sixth got %d %s %v", r.status, r.body, r.header)
	}
	post(other).wants(t, 200, 0)
	w.Advance(150 * time.Millisecond)
	post(w.room)
	rules := strings.Join(w.rules(), ",")
	if rules != "rate-limited,ignored-retry-after,rate-limited" {
		t.Errorf("the faults are %s", rules)
	}
	w.Advance(5 * time.Second)
	post(w.room).wants(t, 200, 0)
	// Reactions: one in 250 ms.
	m := w.room.Messages()[0]
	react := func(e string) response {
		return w.rest("PUT", w.path(w.room, "/messages/"+m.ID.String()+"/reactions/"+e+"/@me"), "")
	}
	react("%E2%9C%85").wants(t, 204, 0)
	if r := react("%F0%9F%94%96"); r.status != 429 {
		t.Errorf("a second reaction at once got %d", r.status)
	}
}

func TestGlobalLimitSparesInteractions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Global: 3}})
	for range 3 {
		w.rest("GET", "/users/@me", "").wants(t, 200, 0)
	}
	r := w.rest("GET", "/users/@me", "")
	if _, global := limited(t, r); r.status != 429 || !global || r.header.Get("X-RateLimit-Global") != "true" {
		t.Errorf("the fourth got %d %s", r.status, r.body)
	}
	w.rest("POST", "/interactions/1/x/callback", `{"type":4}`).wants(t, 404, 10062)
	w.Advance(time.Second)
	w.rest("GET", "/users/@me", "").wants(t, 200, 0)
}

func TestNamesChangeTwiceInTenMinutes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Names: true}})
	rename := func(name string) response { return w.rest("PATCH", w.path(w.room, ""), `{"name":"`+name+`"}`) }
	rename("a").wants(t, 200, 0)
	rename("a").wants(t, 200, 0) // no change
	w.rest("PATCH", w.path(w.room, ""), `{"topic":"t"}`).wants(t, 200, 0)
	r := rename("b")
	if retry, _ := limited(t, r); r.status != 429 || retry < 500 {
		t.Errorf("the third change got %d %s", r.status, r.body)
	}
	w.rest("PATCH", w.path(w.room, ""), `{"rate_limit_per_user":5}`).wants(t, 200, 0)
	w.Advance(10 * time.Minute)
	rename("b").wants(t, 200, 0)
}

func TestInvalidRequestsEndInABan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{Limits: discordtest.Limits{Invalid: 3}})
	w.room.Override(w.App().Bot, 0, discordtest.ViewChannel)
	for range 3 {
		w.rest("GET", w.path(w.room, ""), "").wants(t, 403, 50001)
	}
	r := w.rest("GET", "/users/@me", "")
	if r.status != 429 || !strings.Contains(r.header.Get("Content-Type"), "html") || !strings.Contains(string(r.body), "1015") {
		t.Errorf("a banned app got %d %s", r.status, r.body)
	}
	if w.Invalid() != 3 {
		t.Errorf("%d requests count as invalid", w.Invalid())
	}
	w.Advance(2 * time.Hour)
	w.rest("GET", "/users/@me", "").wants(t, 200, 0)
}

func TestTrouble(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	const route = "POST /channels/{channel}/messages"
	count := func() int { return len(w.room.Messages()) }
	post := func() error { _, err := s.ChannelMessageSend(w.room.ID.String(), "x"); return err }

	w.Cause(discordtest.Trouble{Route: route, Times: 1, Status: 500})
	if err := post(); err == nil || count() != 0 {
		t.Errorf("a 500 before the effect: %v, %d messages", err, count())
	}
	w.Cause(discordtest.Trouble{Route: route, Times: 1, Status: 503, After: true})
	if err := post(); err == nil || count() != 1 {
		t.Errorf("a 503 after the effect: %v, %d messages", err, count())
	}
	w.Cause(discordtest.Trouble{Route: route, Times: 1, Drop: true, After: true})
	if err := post(); err == nil || count() != 2 {
		t.Errorf("a dropped response: %v, %d messages", err, count())
	}
	w.Cause(discordtest.Trouble{Route: route, Skip: 1, Times: 1, Status: 502})
	check(t, post())
	if err := post(); err == nil || count() != 3 {
		t.Errorf("a skipped 502: %v, %d messages", err, count())
	}
	w.Cause(discordtest.Trouble{Route: route, Holding: "poison", Status: 500})
	check(t, post())
	if _, err := s.ChannelMessageSend(w.room.ID.String(), "poison"); err == nil {
		t.Error("the poison went through")
	}
	held := w.Cause(discordtest.Trouble{Route: route, Hold: true})
	done := make(chan error)
	go func() { done <- post() }()
	check(t, held.Struck(1))
	check(t, w.Until("the effect", func() bool { return count() == 5 }))
	held.End()
	check(t, <-done)

	slow := w.Cause(discordtest.Trouble{Route: route, Times: 1, Delay: 30 * time.Millisecond})
	before := time.Now()
	if check(t, post()); time.Since(before) < slow.Delay || count() != 6 {
		t.Errorf("a slow response came after %v, %d messages", time.Since(before), count())
	}

	var rate *discordgo.RateLimitError
	w.Cause(discordtest.Trouble{Route: route, Times: 1, RateLimit: 10 * time.Millisecond, Global: true})
	if err := post(); !errors.As(err, &rate) || rate.RetryAfter < 10*time.Millisecond {
		t.Errorf("a global limit gave %v", err)
	}
	w.Cause(discordtest.Trouble{Route: route, Times: 1, RateLimit: time.Second, Cloudflare: true})
	if err := post(); err == nil || errors.As(err, new(*discordgo.RateLimitError)) {
		t.Errorf("the proxy's page gave %v", err)
	}
	w.clean() // none of this was the app's fault
	if n := w.Count(route); n != 11 {
		t.Errorf("%d requests were counted", n)
	}
	if r := w.Requests(route); len(r) != 11 || !r[0].Planned || r[0].Status != 500 || !strings.Contains(string(r[0].Body), `"x"`) || !strings.Contains(string(r[3].Body), `"x"`) {
		t.Errorf("the record is %d long, the first %+v", len(r), r[0])
	}
}

func TestShapesFindWhatLimitsDoNot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	t.Log(w.Checks())
	w.rest("POST", w.path(w.room, "/messages"), `{"content":"x","embeds":[{"title":"t","timestamp":5}]}`).wants(t, 400, 50035)
	w.ForgetFaults()
	w.rest("POST", "/applications/"+w.App().ID.String()+"/commands", `{"name":"a","description":"d","contexts":[]}`).wants(t, 201, 0)
	found := fmt.Sprint(w.Faults())
	checked := strings.HasPrefix(w.Checks(), "requests are checked")
	if got := strings.Contains(found, "shape"); got != checked {
		t.Errorf("%s, and the faults are %s", w.Checks(), found)
	}
}

func TestTokenAndUserAgent(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	c := w.wire()
	w.opened(c, everything)
	w.rest("GET", "/users/@me", "").wants(t, 200, 0)
	old := w.Token()
	w.ChangeToken("another")
	if code := c.closed(); code != 4004 {
		t.Errorf("the connection was closed with %d", code)
	}
	s := w.dial(everything)
	s.Token = "Bot " + old
	if _, err := s.User("@me"); err == nil {
		t.Error("the old token was taken")
	}
	req := must(w.Client().Get("https://discord.com/api/v10/gateway"))(t)
	req.Body.Close()
	if got := strings.Join(w.rules(), ","); got != "unauthorized,user-agent" {
		t.Errorf("the faults are %s", got)
	}
}
