package mailing_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"

	adapter "guildhall/adapters/mail"
	"guildhall/bots/bottest"
	"guildhall/bots/mailing"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/core/mail"
)

// house is a world that sends e-mail, with its pages.
type house struct {
	*bottest.Stage
	t       *testing.T
	server  *httptest.Server
	mailing *mailing.Mailing
}

const secret = "sixteen letters and more"

// press makes all bots, sending by post, with pages at an address.
func press(w *bottest.World, post mailing.Post, address string) *build.Guild {
	return build.Around(build.Options{DB: w.DB, Queue: w.Queue, Now: w.Clock, Mail: &build.Mail{Post: post, URL: address, Secret: secret}},
		func() *chat.Engine { return w.Engine })
}

// open makes a house.
func open(t *testing.T, post mailing.Post, world ...string) *house {
	t.Helper()
	h := &house{t: t}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		adapter.Pages(h.mailing, slog.New(slog.DiscardHandler)).ServeHTTP(w, r)
	}))
	t.Cleanup(h.server.Close)
	h.Stage = bottest.Open(t, func(w *bottest.World) []chat.Bot {
		g := press(w, post, h.server.URL)
		h.mailing = g.Mailing
		return g.Bots
	}, world...)
	return h
}

// fetch asks for a page.
func (h *house) fetch(method, address string, form url.Values) (code int, page string) {
	h.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	req, err := http.NewRequestWithContext(h.t.Context(), method, address, body)
	if err != nil {
		h.t.Fatal(err)
	}
	if form != nil {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	if csp := resp.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'") || resp.Header.Get("Cache-Control") != "no-store" {
		h.t.Errorf("%s %s: headers %v", method, address, resp.Header)
	}
	return resp.StatusCode, string(b)
}

// shows fails unless a page says something.
func (h *house) shows(method, address string, form url.Values, code int, words string) string {
	h.t.Helper()
	got, page := h.fetch(method, address, form)
	if got != code || !strings.Contains(page, words) {
		h.t.Errorf("%s %s: %d, want %d and %q:\n%s", method, address, got, code, words, page)
	}
	return page
}

// state is what is kept of a reader.
func (h *house) state(no int64) mail.State {
	h.t.Helper()
	r, err := h.DB.Mail().Reader(h.t.Context(), 1, no)
	if err != nil {
		h.t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.State
}

// linkTo finds the link of a verb in a mail.
func linkTo(t *testing.T, v mail.Verb, in string) string {
	t.Helper()
	found := regexp.MustCompile(`http://[^\s"<>]+/mail/` + string(v) + `/[A-Za-z0-9.]+`).FindString(in)
	if found == "" {
		t.Fatalf("no link to %q in:\n%s", v, in)
	}
	return found
}

// box is a post that keeps what it is given, and answers with the errors it is told, in order.
type box struct {
	mu      sync.Mutex
	letters []mail.Letter
	errs    []error
}

func (b *box) Send(_ context.Context, l mail.Letter) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.errs) > 0 {
		err := b.errs[0]
		b.errs = b.errs[1:]
		if err != nil {
			return err
		}
	}
	b.letters = append(b.letters, l)
	return nil
}

// sent is what was sent so far.
func (b *box) sent() []mail.Letter {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]mail.Letter(nil), b.letters...)
}

// text is the newest letter as text.
func (b *box) text(t *testing.T) string {
	t.Helper()
	all := b.sent()
	if len(all) == 0 {
		t.Fatal("no letter")
	}
	s, err := adapter.Text(all[len(all)-1].Body)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
