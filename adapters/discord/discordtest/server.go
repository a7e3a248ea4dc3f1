package discordtest

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// TB is the part of testing.TB that Start uses.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
	Logf(format string, args ...any)
}

// Server is one fake Discord with its world. All methods may be called from any goroutine.
type Server struct {
	opts     Options
	listener net.Listener
	http     *http.Server
	routes   *routeTable
	shapes   *shapes                  // nil when requests are not checked
	secret   []byte                   // signs CDN links
	inspect  func(c *call, a *answer) // looks at each answer, in the fake's own tests

	// mu guards everything below and the whole world: the state of guilds, channels, messages and
	// interactions hangs off these maps and has no locks of its own.
	mu      sync.Mutex
	closed  bool
	skew    time.Duration // how far Advance has moved the clock
	last    Snowflake
	changed chan struct{} // closed and renewed when something changed while somebody watches
	watched bool

	app          *App
	users        map[Snowflake]*Person
	guilds       map[Snowflake]*Guild
	guildOrder   []*Guild
	channels     map[Snowflake]*Channel // threads and DMs included
	messages     map[Snowflake]*message // ephemeral ones included
	files        map[Snowflake]*attachment
	interactions map[string]*Interaction // by token
	unanswered   map[*Interaction]bool
	answered     []*Interaction // oldest first, where they are forgotten in time
	commands     []*Command
	creations    []creation // commands created, for the daily limit
	nonces       map[nonceKey]nonceUse

	gateway  gateway
	limiter  limiter
	troubles []*Trouble
	record   record
}

// New starts a server on a loopback port. The caller closes it.
func New(o Options) (*Server, error) {
	s := &Server{
		opts:         o.withDefaults(),
		secret:       make([]byte, 32),
		changed:      make(chan struct{}),
		users:        map[Snowflake]*Person{},
		guilds:       map[Snowflake]*Guild{},
		channels:     map[Snowflake]*Channel{},
		messages:     map[Snowflake]*message{},
		files:        map[Snowflake]*attachment{},
		interactions: map[string]*Interaction{},
		unanswered:   map[*Interaction]bool{},
		nonces:       map[nonceKey]nonceUse{},
	}
	if _, err := rand.Read(s.secret); err != nil {
		return nil, fmt.Errorf("make a secret: %w", err)
	}
	if !o.NoSchema {
		shapes, err := loadShapes()
		if err != nil {
			return nil, err
		}
		s.shapes = shapes
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen on loopback: %w", err)
	}
	s.listener = listener
	s.routes = s.allRoutes()
	s.limiter.start(s.opts)
	s.gateway.start()
	s.app = s.newApp()
	s.http = &http.Server{Handler: http.HandlerFunc(s.serve), ReadHeaderTimeout: 10 * time.Second}
	go s.http.Serve(listener) //nolint:errcheck // it ends with ErrServerClosed when Close is called
	return s, nil
}

// Start is New for a test: it fails the test where New would fail, closes the server at the test's
// end and logs whether requests are checked against the published description.
func Start(t TB, o Options) *Server {
	t.Helper()
	s, err := New(o)
	if err != nil {
		t.Fatalf("start the fake Discord: %v", err)
	}
	t.Cleanup(s.Close)
	t.Logf("discordtest: %s", s.Checks())
	return s
}

// Close ends all connections and frees the port.
func (s *Server) Close() {
	s.mu.Lock()
	s.closed = true
	s.gateway.closeAll()
	s.releaseTroubles()
	s.signal()
	s.mu.Unlock()
	s.http.Close()
}

// Checks says whether requests are validated against Discord's published OpenAPI description.
func (s *Server) Checks() string {
	switch {
	case s.opts.NoSchema:
		return "requests are not checked against Discord's OpenAPI description (switched off)"
	case s.shapes == nil:
		return "requests are not checked against Discord's OpenAPI description (not found; set GUILDHALL_PLATFORM_DATA)"
	}
	return "requests are checked against " + s.shapes.file
}

// Token is the bot's token, without the "Bot " before it.
func (s *Server) Token() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opts.Token
}

// now is the server's clock. It needs the lock.
func (s *Server) now() time.Time { return time.Now().Add(s.skew) }

// Now is the server's clock.
func (s *Server) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now()
}

// Advance moves the server's clock: interactions, tokens, links and limits expire, and threads whose
// time has come are archived.
func (s *Server) Advance(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.skew += d
	s.archiveIdleThreads()
	s.expireUnanswered()
	s.signal()
}

// newID is a fresh id, greater than all before. It needs the lock.
func (s *Server) newID() Snowflake {
	id := snowflakeAt(s.now())
	if id <= s.last {
		id = s.last + 1
	}
	s.last = id
	return id
}

// signal wakes those who wait for a change. It needs the lock.
func (s *Server) signal() {
	if s.watched {
		close(s.changed)
		s.changed = make(chan struct{})
		s.watched = false
	}
}

// await blocks until done, called under the lock, is true; false when Options.Patience ran out or
// the server was closed.
func (s *Server) await(done func() bool) bool {
	return s.awaitFor(s.opts.Patience, done)
}

func (s *Server) awaitFor(patience time.Duration, done func() bool) bool {
	timeout := time.NewTimer(patience)
	defer timeout.Stop()
	s.mu.Lock()
	defer s.mu.Unlock()
	for !done() {
		if s.closed {
			return false
		}
		s.watched = true
		changed := s.changed
		s.mu.Unlock()
		select {
		case <-changed:
			s.mu.Lock()
		case <-timeout.C:
			s.mu.Lock()
			return done()
		}
	}
	return true
}

// Until waits until cond is true. It is asked again after every change of the world and may call any
// method of the server. The error says what was awaited.
func (s *Server) Until(what string, cond func() bool) error {
	timeout := time.NewTimer(s.opts.Patience)
	defer timeout.Stop()
	for {
		s.mu.Lock()
		changed, closed := s.changed, s.closed
		s.watched = true
		s.mu.Unlock()
		if cond() {
			return nil
		}
		if closed {
			return fmt.Errorf("wait for %s: the server is closed", what)
		}
		select {
		case <-changed:
		case <-timeout.C:
			if cond() {
				return nil
			}
			return fmt.Errorf("waited %v in vain for %s", s.opts.Patience, what)
		}
	}
}

// Must is v; it panics on an error. It keeps a test's story readable.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func randomHex(n int) string {
	b := make([]byte, n)
	rand.Read(b) //nolint:errcheck // never fails
	return hex.EncodeToString(b)
}
