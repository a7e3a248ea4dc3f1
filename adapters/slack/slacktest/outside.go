package slacktest

import (
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Outside is a web server that is not Slack: for links, pictures and files elsewhere, and for noticing
// where a token goes that should not.
type Outside struct {
	s    *Server
	srv  *http.Server
	base string

	mu    sync.Mutex
	pages map[string]outsidePage
	hits  []string
}

type outsidePage struct {
	kind string
	data []byte
}

func newOutside(s *Server) (*Outside, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	o := &Outside{s: s, base: "http://" + ln.Addr().String(), pages: map[string]outsidePage{}}
	o.srv = &http.Server{Handler: o, ReadHeaderTimeout: 10 * time.Second}
	s.done.Go(func() { _ = o.srv.Serve(ln) })
	return o, nil
}

func (o *Outside) close() { _ = o.srv.Close() }

// Outside is a server elsewhere, on an address of its own.
func (s *Server) Outside() *Outside { return s.out }

// URL is the server's root, without a slash at the end.
func (o *Outside) URL() string { return o.base }

// Put serves data at a path that begins with a slash, and returns its address.
func (o *Outside) Put(path, kind string, data []byte) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pages[path] = outsidePage{kind: kind, data: data}
	return o.base + path
}

// Hits are the paths that were asked for.
func (o *Outside) Hits() []string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return append([]string(nil), o.hits...)
}

func (o *Outside) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	auth := r.Header.Get("Authorization")
	if strings.Contains(auth, "xox") || strings.Contains(auth, "xapp-") || strings.Contains(r.URL.RawQuery, "xoxb-") {
		o.s.mu.Lock()
		o.s.fault(FaultTokenElsewhere, "a token was sent to %s%s", o.base, r.URL.Path)
		o.s.mu.Unlock()
	}
	o.mu.Lock()
	o.hits = append(o.hits, r.URL.Path)
	p, ok := o.pages[r.URL.Path]
	o.mu.Unlock()
	if !ok {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", p.kind)
	_, _ = w.Write(p.data)
}
