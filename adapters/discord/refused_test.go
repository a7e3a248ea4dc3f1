package discord_test

import (
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

// page answers some requests with what stands in front of Discord says, once each.
type page struct {
	next http.RoundTripper
	mu   sync.Mutex
	of   map[string]int // path's end → status
}

func (p *page) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for end, status := range p.of {
		if r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, end) {
			delete(p.of, end)
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Header: http.Header{"Content-Type": {"text/html"}},
				Body: http.NoBody, Request: r, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}, nil
		}
	}
	return p.next.RoundTrip(r)
}

// A page that says 403 is a proxy's, not Discord's: what it kept out is sent later.
func TestWhatAProxyKeepsOutIsSentLater(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{}, func(o *discord.Options) {
		o.Client = &http.Client{Transport: &page{next: http.DefaultTransport, of: map[string]int{"/messages": 403}}}
	})
	var wait *chat.RetryAfter
	if _, err := s.dc.Send(t.Context(), s.at(s.help), plain("Hello."), chat.Key{ID: "k"}); !errors.As(err, &wait) {
		t.Fatalf("%v", err)
	}
	if _, err := s.dc.Send(t.Context(), s.at(s.help), plain("Hello."), chat.Key{ID: "k"}); err != nil {
		t.Error(err)
	}
}

// Without Read Message History nothing can be said as an answer to a message: it is said all the same.
func TestWhereHistoryCannotBeReadItIsSaidWithoutReference(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := must1[discordtest.Message](s)(s.ann.Say(s.help, s.srv.App().Bot.Mention()+" help"))
	ev := s.hears("the mention", kind(chat.Said))
	s.help.Override(s.srv.App().Bot, 0, discordtest.ReadHistory)
	err := s.dc.Whisper(t.Context(), s.at(s.help), chat.AccountID(s.ann.ID.String()), ev.Via, plain("The answer."), chat.Key{ID: "w"})
	s.must(err)
	shown := must1[discordtest.Message](s)(s.ann.SeesText(s.help, "for you alone"))
	if shown.ID == m.ID {
		t.Error("that is the question")
	}
	s.srv.ForgetFaults() // it is refused once, with the reference
}

// A thread that cannot be started takes nothing from its message: it stands, and is not posted again.
func TestAMessageWhoseThreadIsRefusedStands(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	for range 1000 {
		must1[*discordtest.Channel](s)(s.ann.StartThreadIn(s.help, "full", false))
	}
	m := plain("A request.")
	m.Threaded = true
	sent, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "k"})
	if err != nil || sent.Message == "" || sent.Thread != "" {
		t.Errorf("%+v %v", sent, err)
	}
	s.srv.ForgetFaults() // it was tried
}
