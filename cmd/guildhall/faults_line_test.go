package main

import (
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// line stands between the program and its Postgres, and is as bad as it is told to be.
type line struct {
	t       *testing.T
	l       net.Listener
	network string
	to      string
	address string // of the database, through the line

	mu    sync.Mutex
	mood  mood
	moved chan struct{} // closed when the mood changes
	open  map[net.Conn]bool
}

// mood is what happens to what is sent.
type mood int

// The moods.
const (
	good   mood = iota
	slow        // each piece takes a fifth of a second
	hole        // nothing arrives, and nobody hears of it
	torn        // connections end in the middle of what is sent, and new ones do
	away        // nobody is there
	aFifth = 200 * time.Millisecond
)

// newLine lays a line to the database at address.
func newLine(t *testing.T, address string) *line {
	t.Helper()
	c, err := pgx.ParseConfig(address)
	if err != nil {
		t.Fatal(err)
	}
	x := &line{t: t, network: "tcp", to: net.JoinHostPort(c.Host, fmt.Sprint(c.Port)), moved: make(chan struct{}), open: map[net.Conn]bool{}}
	if strings.HasPrefix(c.Host, "/") {
		x.network, x.to = "unix", fmt.Sprintf("%s/.s.PGSQL.%d", c.Host, c.Port)
	}
	if x.l, err = new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	who := url.User(c.User)
	if c.Password != "" {
		who = url.UserPassword(c.User, c.Password)
	}
	x.address = (&url.URL{Scheme: "postgres", User: who, Host: x.l.Addr().String(), Path: "/" + c.Database, RawQuery: "sslmode=disable"}).String()
	t.Cleanup(func() { x.feel(away); _ = x.l.Close() })
	go x.serve()
	return x
}

func (x *line) serve() {
	for {
		c, err := x.l.Accept()
		if err != nil {
			return
		}
		if m, _ := x.now(); m == away {
			_ = c.Close()
			continue
		}
		s, err := net.Dial(x.network, x.to)
		if err != nil {
			_ = c.Close()
			continue
		}
		x.mu.Lock()
		x.open[c], x.open[s] = true, true
		x.mu.Unlock()
		go x.pass(c, s)
		go x.pass(s, c)
	}
}

func (x *line) now() (mood, <-chan struct{}) {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.mood, x.moved
}

// feel changes the mood.
func (x *line) feel(m mood) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.mood = m
	close(x.moved)
	x.moved = make(chan struct{})
	if m == away {
		for c := range x.open {
			_ = c.Close()
		}
		clear(x.open)
	}
}

// pass passes on what from sends.
func (x *line) pass(from, to net.Conn) {
	defer func() {
		_, _ = from.Close(), to.Close()
		x.mu.Lock()
		defer x.mu.Unlock()
		delete(x.open, from)
		delete(x.open, to)
	}()
	b := make([]byte, 32<<10)
	for {
		n, err := from.Read(b)
		if n > 0 && !x.send(to, b[:n]) {
			return
		}
		if err != nil {
			return
		}
	}
}

func (x *line) send(to io.Writer, b []byte) bool {
	m, moved := x.now()
	for m == hole {
		<-moved
		m, moved = x.now()
	}
	switch m {
	case slow:
		<-time.After(aFifth) // that it takes long is what is tested
	case torn:
		_, _ = to.Write(b[:len(b)/2])
		return false
	case away:
		return false
	}
	_, err := to.Write(b)
	return err == nil
}
