package mailing_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	adapter "guildhall/adapters/mail"
	"guildhall/core/mail"
	"guildhall/internal/mailpit"
)

// reach is a post to a real server.
func reach(t *testing.T, s *mailpit.Server) *adapter.Sender {
	t.Helper()
	out, err := adapter.New(adapter.Options{Host: s.Host, Port: s.Port, TLS: adapter.None, From: "VET Net <guildhall@vet.example>", Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestADigestByMail(t *testing.T) {
	t.Parallel()
	inbox := mailpit.Start(t)
	h := open(t, reach(t, inbox))
	h.Act(`dan #sharing /deposit "Welding <b>rubric</b>" https://example.org/rubric`, `bea #sharing /deposit "Mentor handbook" https://example.org/mentor`,
		`ann #sharing /digest settings email ann@cfp.example`, `ann /digest settings email ann@cfp.example`)
	mails := inbox.Inbox(t, "ann@cfp.example")
	if len(mails) != 1 || mails[0].Header.Get("Subject") != "VET Net: may the digest come here?" {
		t.Fatalf("%d mails: %+v", len(mails), mails)
	}
	// Whatever scans mails follows links: that confirms nothing.
	yes := linkTo(t, mail.Confirm, mails[0].Text)
	if again := linkTo(t, mail.Confirm, mails[0].HTML); again != yes {
		t.Errorf("the HTML leads to %s, the text to %s", again, yes)
	}
	for _, method := range []string{http.MethodGet, http.MethodHead, http.MethodGet} {
		if code, _ := h.fetch(method, yes, nil); code != http.StatusOK || h.state(1) != mail.Asked {
			t.Fatalf("%s: %d, %s", method, code, h.state(1))
		}
	}
	h.shows(http.MethodGet, yes, nil, http.StatusOK, "May the digest of VET Net come to ann@cfp.example?")
	h.shows(http.MethodPost, yes, url.Values{}, http.StatusOK, "Done. The digest of VET Net comes to ann@cfp.example, next on 1 December 2026, 08:00")
	h.shows(http.MethodPost, yes, url.Values{}, http.StatusOK, "Done.")
	if seen := h.Act("ann #sharing /digest settings"); !slices.ContainsFunc(seen, func(s string) bool { return strings.Contains(s, "ann@cfp.example") }) {
		t.Errorf("the settings do not say where: %q", seen)
	}
	h.Act("later 143h")
	mails = inbox.Inbox(t, "ann@cfp.example")
	if len(mails) != 2 {
		t.Fatalf("%d mails", len(mails))
	}
	m := mails[1]
	if m.Header.Get("Subject") != "VET Net, week 49" || m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || m.Header.Get("List-Id") == "" {
		t.Errorf("%v", m.Header)
	}
	for _, want := range []string{"NEW IN THE TOOLBOX", "* R1 Welding <b>rubric</b>", "R2 Mentor handbook", "2 people from 2 countries"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("the text lacks %q:\n%s", want, m.Text)
		}
	}
	if strings.Contains(m.HTML, "<b>rubric") || !strings.Contains(m.HTML, "&lt;b&gt;rubric") || strings.Contains(m.HTML, "⟨") || strings.Contains(m.Text, "⟨") {
		t.Errorf("%s", m.HTML)
	}
	if percent, lacking := inbox.Shown(t, m); percent < 90 {
		t.Errorf("%.1f %% of mail clients show it whole: %v", percent, lacking)
	}
	read := linkTo(t, mail.Read, m.Text)
	h.shows(http.MethodGet, read, nil, http.StatusOK, "Welding &lt;b&gt;rubric")
	if code, _ := h.fetch(http.MethodPost, read, url.Values{}); code != http.StatusMethodNotAllowed {
		t.Errorf("a record can be posted to: %d", code)
	}
	h.Act(`dan #sharing /withdraw R1 "Too early"`)
	h.shows(http.MethodGet, read, nil, http.StatusOK, "R1 has been withdrawn.")
	second := linkTo(t, mail.Read, m.Text[strings.Index(m.Text, "R2 Mentor"):])
	h.Act(`mia #sharing /mod hide R2 spam`)
	if page := h.shows(http.MethodGet, second, nil, http.StatusOK, "R2 is not on view."); strings.Contains(page, "handbook") {
		t.Error("the page of what is hidden tells of it")
	}

	h.leaves(t, inbox, m)
}

// leaves ends a subscription by one click, as mail clients do.
func (h *house) leaves(t *testing.T, inbox *mailpit.Server, m mailpit.Mail) {
	t.Helper()
	stop := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
	if !strings.Contains(m.Text, stop) || !strings.Contains(m.HTML, stop) {
		t.Errorf("the mail does not show %s", stop)
	}
	h.shows(http.MethodGet, stop, nil, http.StatusOK, "come to ann@cfp.example no more?")
	h.shows(http.MethodHead, stop, nil, http.StatusOK, "")
	if h.state(1) != mail.On {
		t.Fatal("looking at the page ended it")
	}
	for range 2 {
		h.shows(http.MethodPost, stop, url.Values{"List-Unsubscribe": {"One-Click"}}, http.StatusOK, "comes to ann@cfp.example no more.")
	}
	if h.state(1) != mail.Off {
		t.Fatal("one click did not end it")
	}
	h.Act(`eve #sharing /deposit "A film" https://example.org/film`, `bea #sharing /deposit "A song" https://example.org/song`, "later 168h")
	if n := len(inbox.Inbox(t, "ann@cfp.example")); n != 2 {
		t.Errorf("%d mails after the end", n)
	}
}

func TestAGuestChoosesLanguageAndZone(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := open(t, post)
	h.Act(`mia #sharing /mod digest invite Guest@VET.example`)
	text := post.text(t)
	if !strings.Contains(text, "VET Net invites you to its digest") {
		t.Fatalf("%s", text)
	}
	yes := linkTo(t, mail.Confirm, text)
	page := h.shows(http.MethodGet, yes, nil, http.StatusOK, `<option value="it">italiano</option>`)
	if !strings.Contains(page, `<option value="Europe/Rome">`) || !strings.Contains(page, `<option value="en" selected>`) {
		t.Errorf("%s", page)
	}
	h.shows(http.MethodPost, yes, url.Values{"language": {"it"}, "zone": {"Europe/Rome"}}, http.StatusOK, "la prossima volta 1 dicembre 2026, 08:00")
	h.Act(`dan #sharing /deposit "Welding rubric" https://example.org/rubric`, `bea #sharing /deposit "Mentor handbook" https://example.org/mentor`, "later 143h")
	if text = post.text(t); !strings.Contains(text, "NUOVO NELLA CASSETTA DEGLI ATTREZZI") || !strings.Contains(text, "Smetti di mandarle: http") {
		t.Errorf("%s", text)
	}
	read := linkTo(t, mail.Read, text)
	h.shows(http.MethodGet, read, nil, http.StatusOK, "Questa pagina è da leggere")
	h.shows(http.MethodPost, linkTo(t, mail.Stop, text), url.Values{}, http.StatusOK, "non arrivano più a guest@vet.example")
	h.shows(http.MethodGet, read, nil, http.StatusNotFound, "works no more")
}

func TestLinksThatAreNone(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := open(t, post)
	h.Act(`ann #sharing /digest settings email ann@cfp.example`, `bea #sharing /digest settings email bea@zdz.example`)
	text := post.text(t)
	yes := linkTo(t, mail.Confirm, text)
	token := yes[strings.LastIndexByte(yes, '/')+1:]
	base := h.server.URL + adapter.Path
	other := mail.NewSigner("somebody else's secret").Token(mail.Link{Verb: mail.Confirm, Community: 1, Reader: 1, Until: h.Now.Add(time.Hour)})
	for name, address := range map[string]string{
		"nothing":         base + "confirm/",
		"forged":          yes[:len(yes)-1] + "a",
		"another's":       base + "confirm/" + strings.Replace(token, "1.2.", "1.1.", 1),
		"another verb":    base + "stop/" + token,
		"another secret":  base + "confirm/" + other,
		"no verb":         base + token,
		"made-up verb":    base + "erase/" + token,
		"very long":       base + "confirm/" + strings.Repeat("a.", 3000),
		"with more to it": yes + "/more",
	} {
		if strings.HasSuffix(address, token) && name == "forged" {
			continue
		}
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			if code, page := h.fetch(method, address, nil); code != http.StatusNotFound || !strings.Contains(page, "This link leads nowhere.") {
				t.Errorf("%s, %s: %d %s", name, method, code, page)
			}
		}
	}
	if h.state(1) != mail.Asked || h.state(2) != mail.Asked {
		t.Errorf("%s, %s", h.state(1), h.state(2))
	}
	for _, method := range []string{http.MethodPut, http.MethodDelete, http.MethodPatch} {
		if code, _ := h.fetch(method, yes, nil); code != http.StatusMethodNotAllowed {
			t.Errorf("%s: %d", method, code)
		}
	}
	h.Act("later 169h")
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		h.shows(method, yes, nil, http.StatusNotFound, "This link works no more.")
	}
	if h.state(2) != mail.Asked {
		t.Errorf("confirmed after its time: %s", h.state(2))
	}
}

func TestWhoRefusesIsNotAskedAgain(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := open(t, post)
	h.Act(`ann #sharing /digest settings email victim@vet.example`)
	text := post.text(t)
	yes, never := linkTo(t, mail.Confirm, text), linkTo(t, mail.Refuse, text)
	h.shows(http.MethodGet, never, nil, http.StatusOK, "never again ask victim@vet.example")
	h.shows(http.MethodPost, never, url.Values{}, http.StatusOK, "VET Net does not write to victim@vet.example.")
	h.shows(http.MethodPost, yes, url.Values{}, http.StatusNotFound, "works no more")
	h.Act("later 48h", `ann #sharing /digest settings email victim@vet.example`, `bea #sharing /digest settings email victim@vet.example`,
		`mia #sharing /mod digest invite victim@vet.example`)
	if n := len(post.sent()); n != 1 {
		t.Errorf("%d mails", n)
	}
}

func TestAModeratorsMailSaysWhatWaits(t *testing.T) {
	t.Parallel()
	post := &box{}
	h := open(t, post)
	h.Act(`mia #sharing /digest settings email mia@ccc.example`)
	h.shows(http.MethodPost, linkTo(t, mail.Confirm, post.text(t)), url.Values{}, http.StatusOK, "Done.")
	h.Act(`dan #communication /ask "Who has a rubric for cooks?"`, `bea #sharing /deposit "Mentor handbook" https://example.org/mentor`, "later 143h")
	text := post.text(t)
	if at := strings.Index(text, "FOR MODERATORS"); at < 0 || !strings.Contains(text[at:], "one request has had no answer for three days") {
		t.Errorf("%s", text)
	}
}
