package slacktest

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// TB is the part of testing.TB that a Server uses.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Failure is what a driver method panics with when the Server has no TB.
type Failure string

func (f Failure) Error() string { return string(f) }

// Server is one Slack, with one app.
type Server struct {
	opts    options
	tb      TB
	clock   Clock
	base    string
	httpSrv *http.Server
	routes  http.Handler
	client  *http.Client
	ctx     context.Context
	stop    context.CancelFunc
	done    sync.WaitGroup
	out     *Outside

	mu         sync.Mutex
	changed    signal
	seq        uint64
	lastTS     int64
	app        *app
	workspaces []*Workspace
	tokens     map[string]*install
	channels   map[string]*Channel
	users      map[string]*User
	files      map[string]*File
	uploads    map[string]*upload
	views      map[string]*view
	triggers   map[string]*trigger
	hooks      map[string]*responseURL
	codes      map[string]*oauthCode

	spentTriggers, spentHooks sweeper

	sockets    []*Socket
	tickets    map[string]bool
	nextSocket int
	socketSeq  int
	refuse     int
	envelopes  map[string]*attempt
	pending    int
	webhooks   webhooks
	held       []func()
	network    Network
	netSeq     int
	troubles   []*Trouble
	buckets    map[string]*bucket
	rec        recorder
}

// New starts a Server that is closed when the test ends and fails the test when a driver method cannot
// do what it says.
func New(tb TB, opts ...Option) *Server {
	tb.Helper()
	s, err := Start(opts...)
	if err != nil {
		tb.Fatalf("start fake Slack: %v", err)
	}
	s.tb = tb
	tb.Cleanup(s.Close)
	return s
}

// Start starts a Server outside a test: driver methods that cannot do what they say panic with a
// Failure. The caller closes it.
func Start(opts ...Option) (*Server, error) {
	o := defaults()
	for _, opt := range opts {
		opt(&o)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{
		opts: o, seq: o.idsFrom, clock: o.clock, base: "http://" + ln.Addr().String(),
		tokens: map[string]*install{}, channels: map[string]*Channel{}, users: map[string]*User{},
		files: map[string]*File{}, uploads: map[string]*upload{}, views: map[string]*view{},
		triggers: map[string]*trigger{}, hooks: map[string]*responseURL{}, codes: map[string]*oauthCode{},
		tickets: map[string]bool{}, envelopes: map[string]*attempt{}, buckets: map[string]*bucket{},
	}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.client = &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64},
		CheckRedirect: limitRedirects,
	}
	s.app = newApp(s, o.app)
	s.routes = s.handler()
	s.httpSrv = &http.Server{Handler: s.routes, ReadHeaderTimeout: 10 * time.Second}
	if s.out, err = newOutside(s); err != nil {
		_ = ln.Close()
		return nil, err
	}
	s.done.Go(func() { _ = s.httpSrv.Serve(corkListener{ln}) })
	if !o.withoutSetup {
		w := s.NewWorkspace(o.workspace)
		w.Install(w.User("owner", Owner()))
	}
	return s, nil
}

// Close ends all connections and waits for what is under way.
func (s *Server) Close() {
	s.stop()
	s.mu.Lock()
	socks := append([]*Socket(nil), s.sockets...)
	s.mu.Unlock()
	for _, k := range socks {
		k.drop()
	}
	_ = s.httpSrv.Close()
	s.out.close()
	s.client.CloseIdleConnections()
	s.done.Wait()
}

// URL is the server's root, without a slash at the end.
func (s *Server) URL() string { return s.base }

// APIURL is what slack.OptionAPIURL wants: it ends in a slash.
func (s *Server) APIURL() string { return s.base + "/api/" }

// Clock is the time that the server goes by.
func (s *Server) Clock() Clock { return s.clock }

func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/", s.serveAPI)
	mux.HandleFunc("GET /link/", s.serveSocket)
	mux.HandleFunc("POST /commands/", s.serveResponseURL)
	mux.HandleFunc("POST /actions/", s.serveResponseURL)
	mux.HandleFunc("/upload/v1/", s.serveUpload)
	mux.HandleFunc("GET /files-pri/", s.serveFile)
	mux.HandleFunc("GET /files-tmb/", s.serveFile)
	mux.HandleFunc("GET /signin", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte("<!DOCTYPE html><html><body>Sign in to see this file</body></html>"))
	})
	mux.HandleFunc("GET /oauth/v2/authorize", s.serveAuthorize)
	return mux
}

// fail ends the test (or panics), with what is known about the app's last doings.
func (s *Server) fail(format string, args ...any) {
	msg := fmt.Sprintf(format, args...)
	if d := s.describe(); d != "" {
		msg += "\n" + d
	}
	if s.tb == nil {
		panic(Failure(msg))
	}
	s.tb.Helper()
	s.tb.Fatalf("slacktest: %s", msg)
}

// describe is a short account of the recent past, for failure messages.
func (s *Server) describe() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, f := range tail(s.rec.faults, 8) {
		fmt.Fprintf(&b, "  fault  %s\n", f)
	}
	for _, c := range tail(s.rec.calls, 8) {
		fmt.Fprintf(&b, "  call   %s\n", c)
	}
	if s.pending > 0 {
		fmt.Fprintf(&b, "  %d deliveries not acknowledged\n", s.pending)
	}
	return strings.TrimRight(b.String(), "\n")
}

func tail[T any](all []T, n int) []T { return all[max(0, len(all)-n):] }

// signal wakes everyone who waits for something to change. Its owner guards it.
type signal struct{ ch chan struct{} }

func (g *signal) wait() <-chan struct{} {
	if g.ch == nil {
		g.ch = make(chan struct{})
	}
	return g.ch
}

func (g *signal) fire() {
	if g.ch != nil {
		close(g.ch)
		g.ch = nil
	}
}

// awaitValue calls find under the lock, at first and after each change, until it says true. It fails
// the test when that takes longer than the patience.
func awaitValue[T any](s *Server, what string, find func() (T, bool)) T {
	limit := time.NewTimer(s.opts.patience)
	defer limit.Stop()
	for {
		s.mu.Lock()
		v, ok := find()
		ch := s.changed.wait()
		s.mu.Unlock()
		if ok {
			return v
		}
		select {
		case <-ch:
		case <-limit.C:
			s.fail("waited %s for %s", s.opts.patience, what)
			return v
		}
	}
}

// Await waits until cond, which is called without the server's lock held at each change, says true.
func (s *Server) Await(what string, cond func() bool) {
	limit := time.NewTimer(s.opts.patience)
	defer limit.Stop()
	for {
		s.mu.Lock()
		ch := s.changed.wait()
		s.mu.Unlock()
		if cond() {
			return
		}
		select {
		case <-ch:
		case <-limit.C:
			s.fail("waited %s for %s", s.opts.patience, what)
			return
		}
	}
}

// AwaitAcks waits until everything that the app was told is acknowledged or given up.
func (s *Server) AwaitAcks() {
	awaitValue(s, "acknowledgements", func() (int, bool) { return 0, s.pending == 0 })
}
