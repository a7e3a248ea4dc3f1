package mail_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	adapter "guildhall/adapters/mail"
	"guildhall/core/mail"
	"guildhall/core/text"
	"guildhall/internal/mailpit"
)

func sender(t *testing.T, s *mailpit.Server, change func(*adapter.Options)) *adapter.Sender {
	t.Helper()
	o := adapter.Options{Host: s.Host, Port: s.Port, TLS: adapter.None, From: "VET Net <guildhall@vet.example>", ReplyTo: "people@vet.example",
		Unsubscribe: "leave@vet.example", Timeout: time.Minute}
	if change != nil {
		change(&o)
	}
	out, err := adapter.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func letter(to string) mail.Letter {
	return mail.Letter{ID: "0a1b2c3d", To: to, Subject: "VET Net, week 48",
		List: &mail.List{ID: "digest-1", Name: "VET Net: the digest", Stop: "https://guildhall.example/mail/stop/1.2..abc", Code: "1.2..abc"},
		Body: body()}
}

func body() mail.Body {
	row := func(s, url string) mail.Row { return mail.Row{Text: text.Plain(s), URL: url} }
	return mail.Body{Lang: "en", Title: "VET Net, week 48", Lead: []text.Rich{text.Plain("9 people from 5 countries were at work here.")},
		Sections: []mail.Section{
			{Heading: "Needs you", Rows: []mail.Row{row("H9 Wie finde ich Partnerbetriebe für Erasmus+? (German): no answer for 4 days", "https://guildhall.example/mail/read/1.2.H9..x")}},
			{Heading: "New in the toolbox", Rows: []mail.Row{row("R13 Rubryka oceny spawania (Polish)", "https://guildhall.example/mail/read/1.2.R13..x"),
				{Text: text.Plain("R14 Mentor handbook"), Detail: text.Plain("A handbook for mentors in companies."), URL: "https://guildhall.example/mail/read/1.2.R14..x"}}}},
		Small: []text.Rich{text.Join("", text.Plain("You get this because you asked for it. In the chat, "), text.Code("digest settings"), text.Plain(" changes it."))},
		Links: []mail.Button{{Label: "Stop these mails", URL: "https://guildhall.example/mail/stop/1.2..abc"}}}
}

func TestALetterArrives(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	if err := sender(t, s, nil).Send(t.Context(), letter("ann@cfp.example")); err != nil {
		t.Fatal(err)
	}
	got := s.Inbox(t, "ann@cfp.example")
	if len(got) != 1 {
		t.Fatalf("%d mails", len(got))
	}
	m := got[0]
	for name, want := range map[string]string{
		"From": `"VET Net" <guildhall@vet.example>`, "Reply-To": "<people@vet.example>", "Subject": "VET Net, week 48",
		"To": "<ann@cfp.example>", "Message-Id": "<0a1b2c3d@vet.example>",
		"List-Id":               `"VET Net: the digest" <digest-1.vet.example>`,
		"List-Unsubscribe":      "<https://guildhall.example/mail/stop/1.2..abc>, <mailto:leave@vet.example?subject=unsubscribe%201.2..abc>",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Precedence": "bulk", "Auto-Submitted": "auto-generated",
	} {
		if v := m.Header.Get(name); v != want {
			t.Errorf("%s: %q, want %q", name, v, want)
		}
	}
	if typ := m.Header.Get("Content-Type"); !strings.HasPrefix(typ, "multipart/alternative") {
		t.Errorf("content type %q", typ)
	}
	for _, want := range []string{"NEEDS YOU", "* R13 Rubryka oceny spawania (Polish)\n  https://guildhall.example/mail/read/1.2.R13..x\n", "Stop these mails: https://"} {
		if !strings.Contains(strings.ReplaceAll(m.Text, "\r\n", "\n"), want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	for _, want := range []string{`<html lang="en">`, "Wie finde ich Partnerbetriebe für Erasmus+?", `content="light dark"`, `href="https://guildhall.example/mail/read/1.2.H9..x"`} {
		if !strings.Contains(m.HTML, want) {
			t.Errorf("the HTML lacks %q", want)
		}
	}
	// What comes from elsewhere would tell that the mail was read.
	for _, bad := range []string{"<img", "@import", "<script", "url(", "<link"} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("the HTML holds %q", bad)
		}
	}
	if percent, lacking := s.Shown(t, m); percent < 90 {
		t.Errorf("%.1f %% of mail clients show it whole: %v", percent, lacking)
	}
}

func TestAConfirmationIsNoList(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	l := letter("ann@cfp.example")
	l.List = nil
	if err := sender(t, s, nil).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	m := s.Inbox(t, "ann@cfp.example")[0]
	for _, name := range []string{"List-Id", "List-Unsubscribe", "List-Unsubscribe-Post", "Precedence"} {
		if v := m.Header.Get(name); v != "" {
			t.Errorf("%s: %q", name, v)
		}
	}
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	const evil = "Hi\r\nBcc: all@victim.example\r\n\r\n<script>alert(1)</script> <b>bold</b> =?utf-8?q?x?= \u202eabc\u0000 \U0001F600"
	l := letter("ann@cfp.example")
	l.Subject, l.List.Name = evil, evil+"\" <x@y>, "+strings.Repeat("ß", 500)
	l.Body.Title = evil
	l.Body.Lead = []text.Rich{text.Plain(evil), text.Link("press", "javascript:alert(1)"), {{Text: "go", URL: "javascript:alert(2)"}}}
	l.Body.Sections = []mail.Section{{Heading: evil, Rows: []mail.Row{{Text: text.Plain(evil), Detail: text.Plain(evil), URL: `https://x.example/"><script>`}}}}
	if err := sender(t, s, nil).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	got := s.Inbox(t, "ann@cfp.example")
	if len(got) != 1 || len(s.Inbox(t, "all@victim.example")) != 0 {
		t.Fatalf("%d mails", len(got))
	}
	m := got[0]
	if m.Header.Get("Bcc") != "" || strings.Contains(strings.SplitN(m.Raw, "\r\n\r\n", 2)[0], "\nBcc") {
		t.Errorf("a header was made up:\n%s", m.Raw)
	}
	for _, bad := range []string{"<script>alert", "<b>bold", "javascript:"} {
		if strings.Contains(m.HTML, bad) {
			t.Errorf("the HTML holds %q", bad)
		}
	}
	if !strings.Contains(m.HTML, "&lt;script&gt;") {
		t.Errorf("what was written is gone:\n%s", m.HTML)
	}
	for _, line := range strings.Split(m.Raw, "\r\n") {
		if len(line) > 998 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
	bad := letter("ann@cfp.example>\r\nRCPT TO:<all@victim.example")
	var refused *mail.Refused
	if err := sender(t, s, nil).Send(t.Context(), bad); !errors.As(err, &refused) {
		t.Errorf("a hostile address: %v", err)
	}
	if n := len(s.Inbox(t, "all@victim.example")); n != 0 {
		t.Errorf("%d mails for somebody else", n)
	}
}

func TestAPictureComesWithTheMail(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	l := letter("ann@cfp.example")
	l.Body.Picture = &mail.Picture{PNG: []byte("\x89PNG\r\n\x1a\n not really"), Alt: "Records a week: 3, 4, 9"}
	if err := sender(t, s, nil).Send(t.Context(), l); err != nil {
		t.Fatal(err)
	}
	m := s.Inbox(t, "ann@cfp.example")[0]
	if !strings.Contains(m.Raw, "Content-Id: <week.png>") && !strings.Contains(m.Raw, "Content-ID: <week.png>") {
		t.Errorf("no picture:\n%s", m.Raw)
	}
	if !strings.Contains(m.HTML, `alt="Records a week: 3, 4, 9"`) || strings.Contains(m.HTML, "ZgotmplZ") || !strings.Contains(m.Text, "3, 4, 9") {
		t.Errorf("%s\n%s", m.HTML, m.Text)
	}
}

func TestWhatTheServerAnswers(t *testing.T) {
	t.Parallel()
	s := mailpit.Start(t)
	to := "ann@cfp.example"
	var refused *mail.Refused
	var unknown *mail.Unknown
	for _, c := range []struct {
		recipient, sender int
		bounce            bool
	}{{550, 0, true}, {553, 0, true}, {450, 0, false}, {421, 0, false}, {0, 550, false}, {0, 451, false}} {
		s.Refuse(t, c.recipient, c.sender)
		err := sender(t, s, nil).Send(t.Context(), letter(to))
		if err == nil || errors.As(err, &refused) != c.bounce || errors.As(err, &unknown) {
			t.Errorf("%+v: %v", c, err)
		}
		if err != nil && strings.Contains(err.Error(), to) {
			t.Errorf("the error names the reader: %v", err)
		}
	}
	s.Refuse(t, 0, 0)
	if n := len(s.Inbox(t, to)); n != 0 {
		t.Fatalf("%d mails", n)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := sender(t, s, nil).Send(t.Context(), letter(to)); err == nil || errors.As(err, &refused) || errors.As(err, &unknown) {
		t.Errorf("a server that is away: %v", err)
	}
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	if err := sender(t, s, nil).Send(t.Context(), letter(to)); err != nil || len(s.Inbox(t, to)) != 1 {
		t.Errorf("a server that is back: %v", err)
	}
}

func TestEncryptionAndPasswords(t *testing.T) {
	t.Parallel()
	cert, key, roots := certificate(t)
	dir := t.TempDir()
	files := map[string][]byte{"cert.pem": cert, "key.pem": key, "users": []byte("guildhall:correct-horse\n")}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := mailpit.Start(t, "--smtp-tls-cert", filepath.Join(dir, "cert.pem"), "--smtp-tls-key", filepath.Join(dir, "key.pem"),
		"--smtp-require-starttls", "--smtp-auth-file", filepath.Join(dir, "users"))
	whole := func(o *adapter.Options) {
		o.TLS, o.User, o.Password, o.Certificates = adapter.StartTLS, "guildhall", "correct-horse", &tls.Config{RootCAs: roots}
	}
	if err := sender(t, s, whole).Send(t.Context(), letter("ann@cfp.example")); err != nil || len(s.Inbox(t, "ann@cfp.example")) != 1 {
		t.Errorf("with everything right: %v", err)
	}
	if faults := sender(t, s, whole).Check(t.Context()); len(faults) != 0 {
		t.Errorf("with everything right: %v", faults)
	}
	plain := mailpit.Start(t)
	for name, c := range map[string]struct {
		to     *mailpit.Server
		change func(*adapter.Options)
		says   string
	}{
		"no encryption there": {plain, func(o *adapter.Options) { o.TLS = adapter.StartTLS }, "STARTTLS"},
		"another certificate": {s, func(o *adapter.Options) { whole(o); o.Certificates = &tls.Config{RootCAs: x509.NewCertPool()} }, "certificate"},
		"another password":    {s, func(o *adapter.Options) { whole(o); o.Password = "hunter2hunter2" }, "mail.password"},
		"a password in clear": {plain, func(o *adapter.Options) { o.User, o.Password = "guildhall", "hunter2hunter2" }, "mail.user"},
		"tls from the start":  {plain, func(o *adapter.Options) { o.TLS = adapter.Implicit }, "mail.tls"},
		"no such port":        {s, func(o *adapter.Options) { whole(o); o.Port = 1 }, "mail.port"},
		"no such host":        {s, func(o *adapter.Options) { whole(o); o.Host = "nowhere.invalid" }, "mail.host"},
	} {
		p := sender(t, c.to, c.change)
		if err := p.Send(t.Context(), letter("eve@cfp.example")); err == nil {
			t.Errorf("%s: it was sent", name)
		}
		faults := p.Check(t.Context())
		if len(faults) != 1 || !strings.Contains(faults[0], c.says) || strings.Contains(faults[0], "hunter2") || strings.Contains(faults[0], "\n") {
			t.Errorf("%s: %q", name, faults)
		}
	}
	if len(s.Inbox(t, "eve@cfp.example"))+len(plain.Inbox(t, "eve@cfp.example")) != 0 {
		t.Error("something was sent all the same")
	}
	if faults := sender(t, plain, nil).Check(t.Context()); len(faults) != 0 {
		t.Errorf("a plain server: %v", faults)
	}
	plain.Refuse(t, 0, 550)
	if faults := sender(t, plain, nil).Check(t.Context()); len(faults) != 1 || !strings.Contains(faults[0], "mail.from") {
		t.Errorf("a sender that is refused: %v", faults)
	}
}

func TestFaultsAreNamedAtOnce(t *testing.T) {
	t.Parallel()
	_, err := adapter.New(adapter.Options{From: "nobody", ReplyTo: "a@b\r\nBcc: c@d", Unsubscribe: "x"})
	for _, want := range []string{"mail.host", "mail.from", "mail.reply_to", "mail.unsubscribe"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
}
