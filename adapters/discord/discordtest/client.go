package discordtest

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gorilla/websocket"
)

// APIURL is the base for an app that can be told where the API is: ".../api/v10", without a slash at
// the end.
func (s *Server) APIURL() string { return "http://" + s.listener.Addr().String() + "/api/v10" }

// CDNURL is the base of the links to files, unless Options.RealHosts is set.
func (s *Server) CDNURL() string { return "http://" + s.listener.Addr().String() + "/cdn" }

// Addr is the host and port of the server.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Client sends what is meant for Discord's hosts to this server, and everything else where it
// belongs. It is for libraries that know Discord's addresses by heart, such as discordgo.
func (s *Server) Client() *http.Client {
	return &http.Client{Transport: s.Transport(), Timeout: 30 * time.Second}
}

// Transport is Client's.
func (s *Server) Transport() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost, t.MaxIdleConns = 256, 256
	t.Proxy = nil
	return &redirect{to: s.Addr(), next: t}
}

// redirect rewrites scheme and host of requests to Discord.
type redirect struct {
	to   string
	next http.RoundTripper
}

func (r *redirect) RoundTrip(req *http.Request) (*http.Response, error) {
	host := req.URL.Hostname()
	cdn := host == "cdn.discordapp.com" || host == "media.discordapp.net"
	if !cdn && host != "discord.com" && host != "discordapp.com" && !strings.HasSuffix(host, ".discord.com") {
		return r.next.RoundTrip(req)
	}
	clone := req.Clone(req.Context())
	u := *req.URL
	u.Scheme, u.Host = "http", r.to
	if cdn {
		u = url.URL{Scheme: "http", Host: r.to, Path: "/cdn" + u.Path, RawQuery: u.RawQuery}
	}
	clone.URL, clone.Host = &u, r.to
	return r.next.RoundTrip(clone)
}

// Dialer dials this server for every address, wss:// ones included.
func (s *Server) Dialer() *websocket.Dialer {
	addr := s.Addr()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "tcp", addr)
	}
	// What NetDialTLSContext returns is taken for encrypted already: so wss works without certificates.
	return &websocket.Dialer{NetDialContext: dial, NetDialTLSContext: dial, HandshakeTimeout: 10 * time.Second}
}
