// Package homeserver is a Matrix homeserver in memory, for tests: it answers the client-server API as
// the specification says for what clients of this project call, to as many accounts and rooms as a
// test likes, and makes faults to order.
//
// It has accounts and devices, rooms of versions 1 to 12 with their state, memberships and power
// levels enforced, sync with limited timelines, relations and redactions, aliases, Spaces, upgrades,
// media, receipts, typing, account data, and the keys of encrypted conversations. It does not
// federate, has no push rules and resolves no state: all events come in one order.
//
// Specification: https://spec.matrix.org/v1.16/client-server-api/
package homeserver

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// Name is the server's name: the part of ids after the colon.
const Name = "guildhall.test"

// Server is a homeserver. Its methods may be called at the same time.
type Server struct {
	web    *httptest.Server
	faults faults

	mu       sync.Mutex
	pos      int64         // of the newest thing that /sync can tell
	more     chan struct{} // closed when there is something new
	now      func() time.Time
	accounts map[string]*account
	tokens   map[string]*device
	gone     map[string]bool // tokens that have ended; true: softly
	rooms    map[string]*room
	aliases  map[string]alias
	media    map[string]medium
	keys     []keyChange
	sessions map[string]bool // of interactive authentication
	version  string          // of rooms whose makers name none
}

// New starts a homeserver on loopback, until Close.
func New() *Server {
	s := &Server{more: make(chan struct{}), now: time.Now, accounts: map[string]*account{}, tokens: map[string]*device{}, gone: map[string]bool{},
		rooms: map[string]*room{}, aliases: map[string]alias{}, media: map[string]medium{}, sessions: map[string]bool{}, version: "11"}
	s.web = httptest.NewServer(s.routes())
	return s
}

// Start is New for the time of a test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := New()
	tb.Cleanup(s.Close)
	return s
}

// RoomVersion makes rooms of a version where their makers name none; else they are of version 11.
func (s *Server) RoomVersion(version string) *Server {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.version = version
	return s
}

// Close ends the server.
func (s *Server) Close() {
	s.web.CloseClientConnections()
	s.web.Close()
}

// URL is the base of the client API, without a slash at the end.
func (s *Server) URL() string { return s.web.URL }

// Register makes an account and returns its full id.
func (s *Server) Register(tb testing.TB, user, password string) string {
	tb.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	id := "@" + user + ":" + Name
	if s.accounts[id] != nil {
		tb.Fatalf("register %s: there is one already", user)
	}
	s.accounts[id] = newAccount(id, password)
	return id
}

// next is the position of something new, which wakes those who wait.
func (s *Server) next() int64 {
	s.pos++
	close(s.more)
	s.more = make(chan struct{})
	return s.pos
}

// problem is an error as clients see it
// (https://spec.matrix.org/v1.16/client-server-api/#standard-error-response).
type problem struct {
	status int
	code   string
	text   string
	extra  map[string]any
}

func (p *problem) Error() string { return fmt.Sprintf("%d %s: %s", p.status, p.code, p.text) }

func forbidden(format string, args ...any) error {
	return &problem{status: http.StatusForbidden, code: "M_FORBIDDEN", text: fmt.Sprintf(format, args...)}
}

func missing(format string, args ...any) error {
	return &problem{status: http.StatusNotFound, code: "M_NOT_FOUND", text: fmt.Sprintf(format, args...)}
}

func invalid(code, format string, args ...any) error {
	return &problem{status: http.StatusBadRequest, code: code, text: fmt.Sprintf(format, args...)}
}
