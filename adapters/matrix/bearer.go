package matrix

import (
	"net/http"
	"net/url"
	"sync/atomic"
)

// bearer puts the session's token on requests to the homeserver, and on no others: what a homeserver
// redirects to is somebody else's. The token may be renewed while requests are under way, which
// mautrix' own field does not bear.
type bearer struct {
	next    http.RoundTripper
	home    *url.URL
	token   atomic.Pointer[string]
	refused atomic.Bool // the homeserver did not take it
}

// RoundTrip implements http.RoundTripper.
func (b *bearer) RoundTrip(req *http.Request) (*http.Response, error) {
	token := b.token.Load()
	if token == nil || *token == "" || req.URL.Host != b.home.Host || req.URL.Scheme != b.home.Scheme {
		return b.next.RoundTrip(req)
	}
	req = req.Clone(req.Context())
	req.Header.Set("Authorization", "Bearer "+*token)
	resp, err := b.next.RoundTrip(req)
	if err == nil && resp.StatusCode == http.StatusUnauthorized {
		b.refused.Store(true)
	}
	return resp, err
}

// now is the token; empty when there is none.
func (b *bearer) now() string {
	if t := b.token.Load(); t != nil {
		return *t
	}
	return ""
}

// newBearer is a client's way with the token on it.
func newBearer(c *http.Client, home *url.URL) (*bearer, *http.Client) {
	b := &bearer{next: c.Transport, home: home}
	if b.next == nil {
		b.next = http.DefaultTransport
	}
	out := *c
	out.Transport = b
	return b, &out
}
