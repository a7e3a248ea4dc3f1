package main

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/mail"
	"guildhall/internal/mailpit"
)

// withMail is an environment that sends through a server.
func withMail(t *testing.T, s *mailpit.Server) map[string]string {
	t.Helper()
	return map[string]string{"GUILDHALL_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "g.db"), "GUILDHALL_FILES_DIR": t.TempDir(),
		"GUILDHALL_WEB_PUBLIC_URL": "https://guildhall.example", "GUILDHALL_WEB_SECRET": "sixteen letters and more",
		"GUILDHALL_MAIL_HOST": s.Host, "GUILDHALL_MAIL_PORT": fmt.Sprint(s.Port), "GUILDHALL_MAIL_TLS": "none", "GUILDHALL_MAIL_FROM": "VET Net <guildhall@vet.example>"}
}

func TestDoctorTriesTheMailServer(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	env := withMail(t, s)
	if said := doctors(t, env); !strings.Contains(said, "ok    mail\n") {
		t.Errorf("%s", said)
	}
	env["GUILDHALL_MAIL_TLS"] = "starttls"
	if said := doctors(t, env); !strings.Contains(said, "mend  mail: ") || !strings.Contains(said, "offers no STARTTLS") {
		t.Errorf("%s", said)
	}
	env["GUILDHALL_MAIL_TLS"], env["GUILDHALL_WEB_PUBLIC_URL"] = "none", "http://guildhall.example"
	if said := doctors(t, env); !strings.Contains(said, "mend  mail: web.public_url does not begin with https") {
		t.Errorf("%s", said)
	}
	env["GUILDHALL_WEB_PUBLIC_URL"] = "https://guildhall.example"
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if said := doctors(t, env); !strings.Contains(said, "could not be reached") {
		t.Errorf("%s", said)
	}
}

func TestThePagesOfMails(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	with := withMail(t, s)
	for name, c := range map[string]struct {
		env  map[string]string
		says string
	}{
		"with mail":    {with, "This link leads nowhere."},
		"without mail": {map[string]string{"GUILDHALL_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "h.db"), "GUILDHALL_FILES_DIR": t.TempDir()}, "404 page not found"},
	} {
		conf, err := loadConfig("", func(k string) string { return c.env[k] })
		if err != nil {
			t.Fatal(err)
		}
		p, err := open(t.Context(), conf, slog.New(slog.DiscardHandler), func(*program) ([]chat.Platform, error) { return nil, nil })
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = p.close() })
		if r := p.rate(mail.Budget); r.Every != 500*time.Millisecond || p.rate("slack/x").Every != 0 {
			t.Errorf("%s: the pace is %+v", name, r)
		}
		w := httptest.NewRecorder()
		p.mux.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/mail/confirm/1.2.0.0.z.a", nil))
		if w.Code != http.StatusNotFound || !strings.Contains(w.Body.String(), c.says) {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
}

func TestWhatIsMissingForMailIsSaid(t *testing.T) {
	t.Parallel()
	const web = "[web]\npublic_url = \"https://g.example\"\nsecret = \"sixteen letters and more\"\n"
	for text, want := range map[string]string{
		web + "[mail]\nfrom = \"g@vet.example\"\n":                                               "mail.host is missing",
		web + "[mail]\nhost = \"smtp.vet.example\"\n":                                            "mail.from is missing",
		web + "[mail]\nhost = \"smtp.vet.example\"\nfrom = \"g@vet.example\"\nuser = \"g\"\n":    "mail.password is missing",
		"[mail]\nhost = \"smtp.vet.example\"\nfrom = \"g@vet.example\"\n":                        "web.public_url or web.secret is missing",
		web + "[mail]\nhost = \"h\"\nfrom = \"nobody\"\n":                                        "mail.from should be an address",
		web + "[mail]\nhost = \"h\"\nfrom = \"g@vet.example\"\ntls = \"ssl\"\n":                  "mail.tls should be starttls, tls or none",
		web + "[mail]\nhost = \"h\"\nfrom = \"g@vet.example\"\nport = 99999\n":                   "mail.port should be a number from 1 to 65535",
		web + "[mail]\nhost = \"h\"\nfrom = \"g@vet.example\"\nreply_to = \"a@b.c\\r\\nX: y\"\n": "mail.reply_to should be an address",
	} {
		_, err := loadConfig(fileWith(t, text), func(string) string { return "" })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", text, err)
		}
	}
	secret := fileWith(t, "correct-horse\n")
	env := map[string]string{"GUILDHALL_MAIL_PASSWORD_FILE": secret}
	c, err := loadConfig(fileWith(t, web+"[mail]\nhost = \"smtp.vet.example\"\nfrom = \"g@vet.example\"\nuser = \"g\"\nport = 2525\n"), func(k string) string { return env[k] })
	if err != nil || c.Mail != (mailConfig{Host: "smtp.vet.example", From: "g@vet.example", User: "g", Password: "correct-horse", Port: 2525, PerMinute: 120, TLS: "starttls"}) {
		t.Errorf("%+v, %v", c.Mail, err)
	}
}
