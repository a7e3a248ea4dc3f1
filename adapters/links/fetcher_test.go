package links

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// reaching returns a fetcher that may reach the server, and the server's address.
func reaching(t *testing.T, o Options, handler http.HandlerFunc) (*Fetcher, string) {
	t.Helper()
	port := serve(t, handler)
	o.Allow, o.Ports = append(o.Allow, loopback), append(o.Ports, port)
	return New(o), "http://127.0.0.1:" + portString(port)
}

func TestStatus(t *testing.T) {
	t.Parallel()
	f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		var status int
		if _, err := fmt.Sscanf(r.URL.Path, "/%d", &status); err != nil {
			t.Error(err)
		}
		w.WriteHeader(status)
	})
	for status, want := range map[int]error{
		200: nil, 203: nil, 204: nil, 301: ErrUnreachable, 304: ErrUnreachable, 300: ErrUnreachable, 400: ErrNotFound,
		401: ErrNotFound, 403: ErrNotFound, 404: ErrNotFound, 410: ErrNotFound, 451: ErrNotFound,
		408: ErrUnreachable, 429: ErrUnreachable, 500: ErrUnreachable, 503: ErrUnreachable, 999: ErrUnreachable,
	} {
		_, err := f.Fetch(t.Context(), fmt.Sprintf("%s/%d", at, status))
		var answered *StatusError
		if !errors.Is(err, want) || want != nil && (!errors.As(err, &answered) || answered.Status != status) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
	}
}

func TestRedirects(t *testing.T) {
	t.Parallel()
	f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Referer") != "" || r.Header.Get("Cookie") != "" || r.Header.Get("User-Agent") != "Guildhall link preview" || r.Method != http.MethodGet {
			t.Errorf("%s %s was asked with %v", r.Method, r.URL, r.Header)
		}
		http.SetCookie(w, &http.Cookie{Name: "seen", Value: "you"})
		var left, status int
		switch n, _ := fmt.Sscanf(r.URL.Path, "/left/%d/%d", &left, &status); {
		case r.URL.Path == "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case n == 2 && left > 0:
			w.Header().Set("Location", fmt.Sprintf("../%d/%d?utm_source=hop#part", left-1, status))
			w.WriteHeader(status)
		default:
			w.Header().Set("Content-Type", "text/html")
			_, _ = w.Write([]byte(`<meta http-equiv="refresh" content="0;url=/loop"><title>Arrived</title>`))
		}
	})
	for _, status := range []int{301, 302, 303, 307, 308} {
		page, err := f.Fetch(t.Context(), fmt.Sprintf("%s/left/5/%d#here", at, status))
		if err != nil || page.Title != "Arrived" || page.URL != fmt.Sprintf("%s/left/5/%d", at, status) || page.Final != fmt.Sprintf("%s/left/0/%d", at, status) {
			t.Errorf("five times %d: %+v, %v", status, page, err)
		}
	}
	for _, path := range []string{"/left/6/302", "/loop"} {
		if page, err := f.Fetch(t.Context(), at+path); !errors.Is(err, ErrUnreachable) || !strings.Contains(err.Error(), "redirects") {
			t.Errorf("%s: %+v, %v; want too many redirects", path, page, err)
		}
	}
	// A page that sends on by itself is taken as it is.
	if page, err := f.Fetch(t.Context(), at+"/"); err != nil || page.Title != "Arrived" || page.Final != at+"/" {
		t.Errorf("meta refresh: %+v, %v", page, err)
	}
}

func TestTooSlow(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"headers": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"body": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			trickle(r, func() { _, _ = w.Write([]byte("<p>")); _ = http.NewResponseController(w).Flush() })
		},
		"after a redirect": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/" {
				http.Redirect(w, r, "/slow", http.StatusFound)
				return
			}
			<-r.Context().Done()
		},
	} {
		f, at := reaching(t, Options{Timeout: 150 * time.Millisecond}, handler)
		begun := time.Now()
		_, err := f.Fetch(t.Context(), at+"/")
		if !errors.Is(err, ErrUnreachable) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v, want ErrUnreachable by the deadline", name, err)
		}
		if took := time.Since(begun); took > 5*time.Second {
			t.Errorf("%s: took %v", name, took)
		}
	}
}

// trickle calls send every few milliseconds until the client is gone.
func trickle(r *http.Request, send func()) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-r.Context().Done():
			return
		case <-tick.C:
			send()
		}
	}
}

func TestCallerEnds(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	f, at := reaching(t, Options{}, func(_ http.ResponseWriter, r *http.Request) {
		cancel()
		<-r.Context().Done()
	})
	if _, err := f.Fetch(ctx, at); !errors.Is(err, ErrUnreachable) || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want ErrUnreachable because the caller ended", err)
	}
	if New(Options{}).timeout != 8*time.Second {
		t.Error("the time limit is not 8 seconds by default")
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(nil)
	refused := portIn(t, closed.URL)
	closed.Close()
	port := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/cut":
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("Content-Length", "1000")
			_, _ = w.Write([]byte("<title>Half"))
		case "/headers":
			w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
		case "/hang-up":
			panic(http.ErrAbortHandler)
		}
	})
	resolver, _ := resolverFor(t, map[string][]string{"here.test": {"127.0.0.1"}, "empty.test": {""}})
	f := New(Options{Resolver: resolver, Allow: []netip.Prefix{loopback}, Ports: []uint16{port, refused}})
	served := "here.test:" + portString(port)
	for name, link := range map[string]string{
		"no such name":   "http://nowhere.test/?token=secret",
		"no address":     "http://empty.test/?token=secret",
		"refused":        "http://here.test:" + portString(refused) + "/?token=secret",
		"no TLS there":   "https://" + served + "/?token=secret",
		"cut off":        "http://" + served + "/cut?token=secret",
		"huge headers":   "http://" + served + "/headers?token=secret",
		"hangs up":       "http://" + served + "/hang-up?token=secret",
		"secret in path": "http://nowhere.test/secret",
	} {
		page, err := f.Fetch(t.Context(), link)
		if !errors.Is(err, ErrUnreachable) || page != (Page{}) {
			t.Errorf("%s: %+v, %v; want ErrUnreachable", name, page, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the error tells more than the host: %v", name, err)
		}
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<title>Sealed</title>"))
	}))
	server.Config.ErrorLog = discard
	server.StartTLS()
	t.Cleanup(server.Close)
	port := portIn(t, server.URL)
	resolver, _ := resolverFor(t, map[string][]string{"example.com": {"127.0.0.1"}, "other.test": {"127.0.0.1"}})
	f := New(Options{Resolver: resolver, Allow: []netip.Prefix{loopback}, Ports: []uint16{port}})
	if _, err := f.Fetch(t.Context(), "https://example.com:"+portString(port)+"/"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("unknown authority: %v, want ErrUnreachable", err)
	}
	f.transport.TLSClientConfig = server.Client().Transport.(*http.Transport).TLSClientConfig // trusts it
	if page, err := f.Fetch(t.Context(), "https://example.com:"+portString(port)+"/"); err != nil || page.Title != "Sealed" {
		t.Errorf("trusted: %+v, %v", page, err)
	}
	_, err := f.Fetch(t.Context(), "https://other.test:"+portString(port)+"/")
	var mismatch x509.HostnameError
	if !errors.Is(err, ErrUnreachable) || !errors.As(err, &mismatch) {
		t.Errorf("another's certificate: %v, want ErrUnreachable", err)
	}
}

// TestNoProxy does not run beside others: the environment is read once, and shared.
func TestNoProxy(t *testing.T) {
	var proxied atomic.Int32
	proxy := serve(t, func(http.ResponseWriter, *http.Request) { proxied.Add(1) })
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, "http://127.0.0.1:"+portString(proxy))
	}
	t.Setenv("NO_PROXY", "")
	t.Setenv("no_proxy", "")
	port := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Content-Type", "application/pdf") })
	resolver, _ := resolverFor(t, map[string][]string{"here.test": {"127.0.0.1"}})
	f := New(Options{Resolver: resolver, Allow: []netip.Prefix{loopback}, Ports: []uint16{port}})
	page, err := f.Fetch(t.Context(), "http://here.test:"+portString(port)+"/a.pdf")
	if err != nil || page.Type != "application/pdf" || proxied.Load() != 0 {
		t.Errorf("%+v, %v, %d requests through the proxy", page, err, proxied.Load())
	}
}

func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	f, at := reaching(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = fmt.Fprintf(w, "<title>Page number %s of the book</title><p>text", r.URL.Path[1:])
	})
	errs := make(chan error)
	for i := range 24 {
		go func() {
			page, err := f.Fetch(t.Context(), fmt.Sprintf("%s/%d", at, i))
			if want := fmt.Sprintf("Page number %d of the book", i); err == nil && page.Title != want {
				err = fmt.Errorf("title %q, want %q", page.Title, want)
			}
			errs <- err
		}()
	}
	for range 24 {
		if err := <-errs; err != nil {
			t.Error(err)
		}
	}
}
