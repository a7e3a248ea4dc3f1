package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord/discordtest"
	"guildhall/adapters/slack/slacktest"
	"guildhall/internal/pgtest"
)

// noted keeps what is written, from several goroutines.
type noted struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (n *noted) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.Write(p)
}

func (n *noted) String() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.b.String()
}

// canaries are settings whose secrets are looked for wherever they might come out.
type canaries struct {
	file    string            // the configuration
	secrets map[string]string // by the setting's key and a number
	heard   map[string]string // all that came out, by where
}

// settingsWith writes a configuration with everything in it that there is. Each secret that values does not
// name is made up.
func settingsWith(t *testing.T, values map[string]string) *canaries {
	t.Helper()
	c := &canaries{secrets: map[string]string{}, heard: map[string]string{}}
	var text strings.Builder
	for _, section := range []string{"database", "files", "web", "log", "matrix", "slack", "discord", "mail", "translate"} {
		head := "[" + section + "]"
		if section == "slack" {
			head = "[[slack]]"
		}
		fmt.Fprintln(&text, head)
		for _, s := range settings {
			if s.Section != section {
				continue
			}
			v, given := values[s.key()]
			if s.Secret && !given {
				v = "canary" + strings.ReplaceAll(s.Section+s.Name, "_", "") + "0123456789"
				for _, begin := range []string{"xoxb-", "xapp-"} {
					if s.check != nil && s.check(v) != nil {
						v = begin + strings.TrimPrefix(strings.TrimPrefix(v, "xoxb-"), "xapp-")
					}
				}
			}
			if v != "" {
				fmt.Fprintf(&text, "%s = %q\n", s.Name, v)
			}
			if s.Secret {
				c.secrets[s.key()] = v
			}
		}
	}
	c.file = filepath.Join(t.TempDir(), "guildhall.toml")
	if err := os.WriteFile(c.file, []byte(text.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	// Of the database's address the password is what is secret.
	if u, err := url.Parse(c.secrets["database.url"]); err == nil {
		c.secrets["database.url"], _ = u.User.Password()
	}
	for key, v := range c.secrets {
		if len(v) < 12 {
			t.Errorf("%s has no secret worth looking for: %q", key, v)
		}
	}
	return c
}

// says runs a subcommand and keeps what it says.
func (c *canaries) says(t *testing.T, args ...string) string {
	t.Helper()
	var out noted
	run(t.Context(), world{func(string) string { return "" }, &out, &out}, args)
	c.heard["guildhall "+args[0]] += out.String()
	return out.String()
}

// search fails for each secret that came out.
func (c *canaries) search(t *testing.T) {
	t.Helper()
	for where, text := range c.heard {
		for key, secret := range c.secrets {
			if i := strings.Index(text, secret); i >= 0 {
				t.Errorf("%s shows the secret of %s: …%.200s…", where, key, text[max(0, i-100):])
			}
		}
	}
}

// served starts the program in this process; its log is debug's, as JSON. The address is that of its pages.
func served(t *testing.T, file string) (address string, log *noted, stop func() error) {
	t.Helper()
	log = &noted{}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan int, 1)
	go func() {
		over <- run(ctx, world{func(string) string { return "" }, log, log}, []string{"serve", "-config", file})
	}()
	for deadline := time.Now().Add(90 * time.Second); address == ""; {
		for line := range strings.Lines(log.String()) {
			var said struct{ Web string }
			if json.Unmarshal([]byte(line), &said) == nil && said.Web != "" {
				address = "http://" + said.Web
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("it never started: %s", log)
		}
		<-time.After(10 * time.Millisecond)
	}
	return address, log, func() error {
		cancel()
		if code := <-over; code != 0 {
			return fmt.Errorf("it ended with %d", code)
		}
		return nil
	}
}

// page keeps what a page shows, head and all.
func (c *canaries) page(t *testing.T, method, url, body string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	a, err := (&http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	b, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	shown := fmt.Sprint(a.Status, a.Header, string(b))
	c.heard["a page"] += shown
	return shown
}

// TestNoSecretComesOut gives every secret of the settings a value that stands nowhere else, lets things
// go well and wrong, and looks for it in the log, the pages, the metrics, the database, and what the
// subcommands say.
func TestNoSecretComesOut(t *testing.T) {
	t.Parallel()
	server := pgtest.NewServer(t)
	address, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	address.User = url.UserPassword(address.User.Username(), "canarydatabase0123456789")
	h := newHall(t, "ann", 0)
	dc := discordtest.Start(t, discordtest.Options{Token: "canarydiscord0123456789"})
	dc.AddGuild("VET Net")
	c := settingsWith(t, map[string]string{
		"database.url": address.String(), "files.dir": t.TempDir(), "web.listen": "127.0.0.1:0", "web.public_url": "https://guildhall.example.org",
		"log.level": "debug", "log.format": "json",
		"slack.bot_token": h.BotToken(), "slack.app_token": h.AppToken(), "slack.client_id": "client", "slack.api_url": h.APIURL(),
		"discord.token": dc.Token(), "discord.api_url": dc.APIURL(),
		"matrix.homeserver": "http://127.0.0.1:1", "matrix.user_id": "@guildhall:example.org",
		"mail.host": "127.0.0.1", "mail.port": "1", "mail.user": "guildhall", "mail.from": "guildhall@example.org",
		"translate.kind": "libretranslate", "translate.url": "http://127.0.0.1:1",
	})
	foundNet(t, address.String(), h)
	web, log, stop := served(t, c.file)
	h.AwaitSockets(2)
	asked(t, h.ann, "How do you assess welders remotely?")
	for _, path := range []string{"/", "/healthz", "/readyz", "/slack/install", "/slack/callback?code=x&state=y", "/mail/unsubscribe?token=x", "/nowhere", "/debug/pprof/"} {
		c.page(t, http.MethodGet, web+path, "")
		c.page(t, http.MethodPost, web+path, "{")
	}
	c.page(t, http.MethodPost, web+"/slack/events", `{"type":"url_verification"}`)
	if shown := c.page(t, http.MethodGet, web+"/metrics", ""); !strings.Contains(shown, "guildhall_commands_total") {
		t.Error("no metrics were looked at")
	}
	if err := server.Crash(); err != nil {
		t.Fatal(err)
	}
	h.ann.Slash("#vet-communication", "/ask", "Is anybody there?").Wait()
	if shown := c.page(t, http.MethodGet, web+"/readyz", ""); !strings.Contains(shown, "503") {
		t.Errorf("without a database: %s", shown)
	}
	if said := c.says(t, "doctor", "-config", c.file); !strings.Contains(said, "mend  database") {
		t.Errorf("doctor without a database: %s", said)
	}
	c.says(t, "migrate", "-config", c.file)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	asked(t, h.ann, "Is anybody there again?")
	if said := c.says(t, "doctor", "-config", c.file); !strings.Contains(said, "mend  matrix") {
		t.Errorf("doctor: %s", said)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	c.heard["the log"] = log.String()
	if !strings.Contains(log.String(), `"level":"ERROR"`) && !strings.Contains(log.String(), `"level":"WARN"`) {
		t.Error("nothing went wrong")
	}
	for _, name := range []string{"config", "version", "slack-manifest"} {
		c.says(t, name)
	}
	copied := filepath.Join(t.TempDir(), "copy.db")
	c.says(t, "move", "-config", c.file, "-to", "sqlite:"+copied)
	kept, err := os.ReadFile(copied)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(kept, []byte("assess welders remotely")) {
		t.Error("the database was not looked at")
	}
	c.heard["the database"] = string(kept)
	c.search(t)
}

// TestNoRefusedSecretComesOut: the services refuse every token, and say so at length.
func TestNoRefusedSecretComesOut(t *testing.T) {
	t.Parallel()
	h := slacktest.New(t, slacktest.WithPatience(time.Minute))
	dc := discordtest.Start(t, discordtest.Options{Token: "another"})
	matrix := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasSuffix(r.URL.Path, "/versions") {
			_, _ = w.Write([]byte(`{"versions":["v1.11"]}`))
			return
		}
		w.WriteHeader(http.StatusForbidden)
		_, _ = w.Write([]byte(`{"errcode":"M_FORBIDDEN","error":"Invalid username or password"}`))
	}))
	t.Cleanup(matrix.Close)
	dir := t.TempDir()
	db := "sqlite:" + filepath.Join(dir, "guildhall.db")
	c := settingsWith(t, map[string]string{"database.url": "postgres://u:canarydatabase0123456789@127.0.0.1:1/g", "files.dir": dir, "web.listen": "127.0.0.1:0",
		"web.public_url": "https://guildhall.example.org", "log.level": "debug", "log.format": "json",
		"slack.client_id": "client", "slack.api_url": h.APIURL(), "discord.api_url": dc.APIURL(), "matrix.homeserver": matrix.URL, "matrix.user_id": "@guildhall:example.org",
		"mail.host": "127.0.0.1", "mail.port": "1", "mail.user": "guildhall", "mail.from": "guildhall@example.org",
		"translate.kind": "libretranslate", "translate.url": "http://127.0.0.1:1"})
	c.says(t, "serve", "-config", c.file) // no database: it does not start
	elsewhere := func(k string) string {
		if k == "GUILDHALL_DATABASE_URL" {
			return db
		}
		return ""
	}
	var out noted
	run(t.Context(), world{elsewhere, &out, &out}, []string{"doctor", "-config", c.file})
	if said := out.String(); !strings.Contains(said, "refused") {
		t.Errorf("doctor: %s", said)
	}
	ctx, cancel := context.WithCancel(t.Context())
	over := make(chan struct{})
	go func() {
		defer close(over)
		run(ctx, world{elsewhere, &out, &out}, []string{"serve", "-config", c.file})
	}()
	for deadline := time.Now().Add(90 * time.Second); ; <-time.After(10 * time.Millisecond) {
		said := out.String()
		if strings.Contains(said, "the Discord token was refused") && strings.Contains(said, "is not listened to any more") && strings.Contains(said, "M_FORBIDDEN") {
			break
		}
		if time.Now().After(deadline) {
			t.Errorf("not everything was refused: %s", said)
			break
		}
	}
	cancel()
	<-over
	c.heard["what was said of what was refused"] = out.String()
	for path, what := range map[string]string{c.file: "the file", filepath.Join(dir, "guildhall.db"): "the database"} {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if what == "the file" { // what is searched for can be found
			for key, secret := range c.secrets {
				if !bytes.Contains(b, []byte(secret)) {
					t.Errorf("%s is not set", key)
				}
			}
			continue
		}
		c.heard[what] = string(b)
	}
	broken := filepath.Join(dir, "broken.toml")
	b, _ := os.ReadFile(c.file)
	if err := os.WriteFile(broken, append(b, "[web\nlisten = "...), 0o600); err != nil {
		t.Fatal(err)
	}
	c.says(t, "serve", "-config", broken)
	c.search(t)
}
