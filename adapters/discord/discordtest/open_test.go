package discordtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// world is a guild with a channel, two people and the app in it.
type world struct {
	*discordtest.Server
	t     *testing.T
	guild *discordtest.Guild
	room  *discordtest.Channel
	ann   *discordtest.Person
	ben   *discordtest.Person
}

func newWorld(t *testing.T, o discordtest.Options) *world {
	t.Helper()
	// On a busy machine with the race detector on, three seconds are not much.
	if o.ResponseTime == 0 {
		o.ResponseTime = 30 * time.Second
	}
	if o.Patience == 0 {
		o.Patience = 30 * time.Second
	}
	s := discordtest.Start(t, o)
	discordtest.InspectAnswers(s, t.Errorf)
	w := &world{Server: s, t: t, guild: s.AddGuild("VET Net", discordtest.GuildLocale("it"))}
	w.room = w.guild.AddChannel("General talk", discordtest.About("anything"))
	w.ann = s.AddPerson("ann", discordtest.Locale("it"), discordtest.Called("Ann"))
	w.ben = s.AddPerson("ben")
	w.guild.JoinAsAdmin(w.ann)
	w.guild.Join(w.ben)
	return w
}

// dial makes a discordgo session that has not been opened.
func (w *world) dial(intents discordtest.Intent) *discordgo.Session {
	w.t.Helper()
	s := must(discordgo.New("Bot " + w.Token()))(w.t)
	s.Client, s.Dialer = w.Client(), w.Dialer()
	s.Identify.Intents = discordgo.Intent(intents)
	s.LogLevel = -1
	s.ShouldRetryOnRateLimit = false
	s.MaxRestRetries = 0
	return s
}

// session is one that is open; it is closed at the test's end.
func (w *world) session(intents discordtest.Intent, handlers ...any) *discordgo.Session {
	w.t.Helper()
	s := w.dial(intents)
	for _, h := range handlers {
		s.AddHandler(h)
	}
	check(w.t, s.Open())
	w.t.Cleanup(func() { quit(s) })
	check(w.t, w.Connected(1))
	return s
}

// quit ends a session at once: discordgo's own Close waits a second for an answer. It must not touch
// ShouldReconnectOnError, which discordgo reads without a lock.
func quit(s *discordgo.Session) { go s.Close() }

// response is what plain HTTP got back.
type response struct {
	status int
	header http.Header
	body   []byte
	Code   int             `json:"code"`
	Errors json.RawMessage `json:"errors"`
	ID     string          `json:"id"`
}

// rest makes a plain HTTP request as the bot.
func (w *world) rest(method, path, body string) response {
	w.t.Helper()
	return w.send(method, path, "application/json", strings.NewReader(body), body != "")
}

func (w *world) send(method, path, kind string, body io.Reader, typed bool) response {
	w.t.Helper()
	req := must(http.NewRequest(method, w.APIURL()+path, body))(w.t)
	req.Header.Set("Authorization", "Bot "+w.Token())
	req.Header.Set("User-Agent", "DiscordBot (https://example.org, 1)")
	if typed {
		req.Header.Set("Content-Type", kind)
	}
	res := must(http.DefaultClient.Do(req))(w.t)
	defer res.Body.Close()
	out := response{status: res.StatusCode, header: res.Header, body: must(io.ReadAll(res.Body))(w.t)}
	if bytes.HasPrefix(out.body, []byte("{")) {
		check(w.t, json.Unmarshal(out.body, &out))
	}
	return out
}

// wants fails unless a request was refused with a status and code, or with code 0 answered with the
// status.
func (r response) wants(t *testing.T, status, code int) response {
	t.Helper()
	if r.status != status || r.Code != code {
		t.Fatalf("got %d code %d: %s; want %d code %d", r.status, r.Code, r.body, status, code)
	}
	return r
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// rules are the names of the broken rules.
func (w *world) rules() []string {
	var out []string
	for _, f := range w.Faults() {
		out = append(out, f.Rule)
	}
	return out
}

// clean fails when the app broke a rule.
func (w *world) clean() {
	w.t.Helper()
	for _, f := range w.Faults() {
		w.t.Errorf("broken rule: %s", f)
	}
}
