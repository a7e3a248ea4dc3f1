// Package links fetches what a link shows of itself (title, description, language) for people who
// deposit it, without lending the server's place in its network to whoever wrote the link.
//
// The address is checked where the connection is made, on the number that the name resolved to, for
// the first request and every redirect: there is no moment between check and use, so a name that
// changes its address gains nothing. Scripts do not run, pages cannot send on except by HTTP
// redirects, nothing is sent that would tell who asks, and time and bytes are bounded.
package links

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"syscall"
	"time"
)

const (
	userAgent    = "Guildhall link preview"
	timeLimit    = 8 * time.Second
	maxRedirects = 5
	maxHeader    = 64 << 10
	maxBody      = 2 << 20 // both as it is sent and once it is decompressed
)

// Errors of Fetch, to be told by errors.Is. Their text names the host at most: the rest of a link may
// hold a secret. ErrBadURL is also an error of Normalize.
var (
	// ErrBadURL: not an http or https address that could be asked for.
	ErrBadURL = errors.New("not a web address")
	// ErrForbidden: the address, or one it redirects to, is private, reserved, on a port that is not
	// allowed, or holds a password. It is refused before anything is sent there.
	ErrForbidden = errors.New("this address is not allowed")
	// ErrUnreachable: no usable answer: unknown name, refused connection, bad certificate, too slow,
	// too many redirects, broken answer, or an error of the server (StatusError). Another try may help.
	ErrUnreachable = errors.New("the page could not be reached")
	// ErrNotFound: the server says that there is nothing for us (a 4xx status, in a StatusError).
	ErrNotFound = errors.New("the page was not found")
	// ErrTooLarge: the page is longer than 2 MiB.
	ErrTooLarge = errors.New("the page is too large")
)

// StatusError is the answer of a server that sends no page. To errors.Is it is ErrNotFound for a 4xx
// status, except those that ask for another try (408, 425, 429), and else ErrUnreachable.
type StatusError struct {
	Status int // HTTP
}

func (e *StatusError) Error() string {
	return strings.TrimSpace(fmt.Sprintf("the server answered %d %s", e.Status, http.StatusText(e.Status)))
}

func (e *StatusError) Unwrap() error {
	switch e.Status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return ErrUnreachable
	}
	if e.Status/100 == 4 {
		return ErrNotFound
	}
	return ErrUnreachable
}

// Page is what a link shows of itself. All text is plain, on one line, and may still hold anything
// that a stranger wrote.
type Page struct {
	URL         string // what was asked for, as Normalize writes it
	Final       string // where the redirects ended, as Normalize writes it
	Title       string // at most 300 characters; the last part of the path or the host when it has none
	Description string // at most 1,000 characters; often ""
	SiteName    string // at most 100 characters; often ""
	Language    string // BCP 47, as the page claims; "" when it does not
	Type        string // media type without parameters, "text/html"; "" when unknown
	Size        int64  // bytes: of an HTML page as read, else as the server says; 0 when unknown
}

// Options are the operator's choices. The zero value is right for a server on the internet.
type Options struct {
	// Allow are addresses that may be reached although they are not public, such as those of an
	// intranet's own library.
	Allow []netip.Prefix
	// Ports may be used beside 80 and 443.
	Ports []uint16
	// Timeout bounds one Fetch from the name lookup to the last byte; 8 seconds when 0.
	Timeout time.Duration
	// Resolver looks up names; the system's when nil. Its answers are never trusted.
	Resolver *net.Resolver
}

// Fetcher fetches pages. It is safe for concurrent use and keeps nothing, no connection either,
// between two fetches.
type Fetcher struct {
	allow     []netip.Prefix
	ports     []uint16
	timeout   time.Duration
	transport *http.Transport
}

// New makes a fetcher.
func New(o Options) *Fetcher {
	f := &Fetcher{allow: o.Allow, ports: append([]uint16{80, 443}, o.Ports...), timeout: o.Timeout}
	if f.timeout <= 0 {
		f.timeout = timeLimit
	}
	dialer := &net.Dialer{Resolver: o.Resolver, ControlContext: f.control}
	f.transport = &http.Transport{
		// No Proxy: one from the environment would make the connections, and our check moot.
		DialContext:            dialer.DialContext,
		DisableKeepAlives:      true,
		DisableCompression:     true, // done in read, which counts both sides
		MaxResponseHeaderBytes: maxHeader,
	}
	return f
}

// control is called by the dialer with the numeric address, after the lookup and before the
// connection is made.
func (f *Fetcher) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" || !f.mayReach(to.Addr()) {
		return ErrForbidden
	}
	return nil
}

func (f *Fetcher) mayReach(a netip.Addr) bool {
	a = a.Unmap()
	for _, p := range f.allow {
		if p.Contains(a) {
			return true
		}
	}
	return isPublic(a)
}

// check refuses what can be told without a lookup.
func (f *Fetcher) check(u *url.URL) error {
	if port := portOf(u); !slices.Contains(f.ports, port) {
		return fmt.Errorf("%w: port %d", ErrForbidden, port)
	}
	a, err := netip.ParseAddr(u.Hostname())
	if err == nil && (a.Is4In6() || !f.mayReach(a)) {
		return fmt.Errorf("%w: %s", ErrForbidden, a)
	}
	return nil
}

// Fetch asks for a link and returns what it shows of itself. Only a page in HTML is read; of anything
// else the headers are enough. With ErrTooLarge the Page holds what the beginning says; with any
// other error it is empty.
//
// Errors: ErrBadURL, ErrForbidden, ErrUnreachable, ErrNotFound, ErrTooLarge; and, beside
// ErrUnreachable, the context's own when it ended.
func (f *Fetcher) Fetch(ctx context.Context, rawURL string) (Page, error) {
	asked, err := parse(rawURL)
	if err != nil {
		return Page{}, fmt.Errorf("fetch link: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, f.timeout)
	defer cancel()
	final, response, err := f.follow(ctx, asked)
	if err != nil {
		return Page{}, fmt.Errorf("fetch link from %s: %w", asked.Host, err)
	}
	defer response.Body.Close()
	page := Page{URL: normal(asked), Final: normal(final)}
	err = page.fill(final, response)
	switch {
	case errors.Is(err, ErrTooLarge):
		return page, fmt.Errorf("fetch link from %s: %w", asked.Host, err)
	case err != nil:
		return Page{}, fmt.Errorf("fetch link from %s: %w", asked.Host, unreachable(ctx, err))
	}
	return page, nil
}

// follow asks for u, and for what it redirects to, and returns the first answer that is a page.
func (f *Fetcher) follow(ctx context.Context, u *url.URL) (*url.URL, *http.Response, error) {
	for redirects := 0; ; redirects++ {
		if err := f.check(u); err != nil {
			return nil, nil, err
		}
		response, err := f.ask(ctx, u)
		if err != nil {
			return nil, nil, err
		}
		if response.StatusCode/100 == 2 {
			return u, response, nil
		}
		response.Body.Close()
		location := response.Header.Get("Location")
		if !isRedirect(response.StatusCode) || location == "" {
			return nil, nil, &StatusError{Status: response.StatusCode}
		}
		if redirects == maxRedirects {
			return nil, nil, fmt.Errorf("%w: more than %d redirects", ErrUnreachable, maxRedirects)
		}
		if u, err = resolve(u, location); err != nil {
			return nil, nil, fmt.Errorf("redirect: %w", err)
		}
	}
}

func (f *Fetcher) ask(ctx context.Context, u *url.URL) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, ErrBadURL // the cause would repeat the address
	}
	request.Header.Set("User-Agent", userAgent)
	request.Header.Set("Accept", "text/html, application/xhtml+xml, */*;q=0.5")
	request.Header.Set("Accept-Encoding", "gzip")
	response, err := f.transport.RoundTrip(request)
	if err != nil {
		return nil, unreachable(ctx, err)
	}
	return response, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	}
	return false
}

// unreachable makes err, of the network or of what came over it, one of the errors that Fetch names.
func unreachable(ctx context.Context, err error) error {
	if errors.Is(err, ErrForbidden) {
		return ErrForbidden
	}
	if ended := ctx.Err(); ended != nil {
		// The connection's own error differs from run to run once it is cut.
		return fmt.Errorf("%w: %w", ErrUnreachable, ended)
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, err)
}

// readAtMost reads r whole; over says that it had more than max bytes, of which the first are
// returned.
func readAtMost(r io.Reader, max int64) (b []byte, over bool, err error) {
	b, err = io.ReadAll(io.LimitReader(r, max+1))
	if int64(len(b)) > max {
		return b[:max], true, nil
	}
	return b, false, err
}
