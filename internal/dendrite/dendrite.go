// Package dendrite runs a real Matrix homeserver for tests: Dendrite, as a process of its own on
// loopback, in a temporary folder.
//
// The program is the one that GUILDHALL_TEST_DENDRITE names, else the one that scripts/tool builds
// into .cache/bin the first time it is needed (`make test` does it beforehand).
//
// What differs from a public homeserver: no federation, no rate limits, and its message queue lives
// in memory. It has no sliding sync and no thread list, answers 500 to a refused restricted join,
// and forgets transaction ids when it restarts.
package dendrite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildhall/internal/child"
)

// Env names the environment variable with the path of the program.
const Env = "GUILDHALL_TEST_DENDRITE"

// Name is the server's name: the part of all ids after the colon.
const Name = "guildhall.test"

// limit is how long the server may take to come up or go down before it counts as broken.
const limit = 3 * time.Minute

// Server is a homeserver that a test may stop and start. Its URL and what it holds stay the same
// over restarts.
type Server struct {
	child   *child.Child
	program string
	address string // host:port
}

// Start starts a homeserver that ends with the test. Under -short the test is skipped; without the
// program, and without the means to build it, it fails.
func Start(tb testing.TB) *Server {
	tb.Helper()
	leaveOut(tb)
	s, err := New()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

// Shared returns a homeserver that all tests of this process share and none may stop: let each
// register users with names of its own. It skips and fails as Start does.
func Shared(tb testing.TB) *Server {
	tb.Helper()
	leaveOut(tb)
	s, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var shared = sync.OnceValues(New)

func leaveOut(tb testing.TB) {
	tb.Helper()
	if testing.Short() {
		tb.Skip("left out by -short: it needs a Matrix homeserver")
	}
}

// New starts a homeserver that ends with Close, or else with this process.
func New() (*Server, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	c, err := child.New("guildhall-dendrite", "TERM")
	if err != nil {
		return nil, err
	}
	s := &Server{child: c, program: program}
	if err := configure(c.Dir()); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := s.startAnywhere(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return s, nil
}

// startAnywhere starts on a free port; between finding it and using it, another may take it.
func (s *Server) startAnywhere() (err error) {
	for range 5 {
		if s.address, err = freeAddress(); err != nil {
			return err
		}
		if err = s.Start(); err == nil {
			return nil
		}
	}
	return err
}

// URL is the base of the client API, without a slash at the end.
func (s *Server) URL() string { return "http://" + s.address }

// Start starts the server again after Stop or Kill, and returns when it answers.
func (s *Server) Start() error {
	log := filepath.Join(s.child.Dir(), "log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start Dendrite: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(s.program, "-config", "dendrite.yaml", "-http-bind-address", s.address)
	cmd.Dir = s.child.Dir() // All paths are relative to it, so that it may hold spaces.
	cmd.Stdout, cmd.Stderr = out, out
	if err := s.child.Start(cmd); err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return fmt.Errorf("start Dendrite: %w\n%s", errors.Join(err, s.Kill()), child.Tail(log))
	}
	return nil
}

// ready polls: the server has no way to tell a parent that it is up.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := get(ctx, s.URL()+"/_matrix/client/versions", nil)
		if err == nil {
			return nil
		}
		select {
		case <-tick.C:
		case <-s.child.Done():
			return errors.New("it ended at once")
		case <-ctx.Done():
			return fmt.Errorf("it did not answer within %v: %w", limit, err)
		}
	}
}

// Stop ends the server in order.
func (s *Server) Stop() error { return s.child.Stop(syscall.SIGTERM, limit) }

// Kill ends the server at once, as when its machine fails.
func (s *Server) Kill() error { return s.child.Stop(syscall.SIGKILL, limit) }

// Restart is Stop and Start.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Start()
}

// Close ends the server and removes all that it holds.
func (s *Server) Close() error { return s.child.Close() }

// find returns the path of the program, and builds it when that must be.
func find() (string, error) {
	if given := os.Getenv(Env); given != "" {
		return exec.LookPath(given)
	}
	root, err := moduleRoot()
	if err != nil {
		return "", err
	}
	build := exec.Command(filepath.Join(root, "scripts", "tool"), "dendrite")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build Dendrite for the tests that need a Matrix homeserver (or set %s to the path of one): %w\n%s", Env, err, out)
	}
	return filepath.Join(root, ".cache", "bin", "dendrite"), nil
}

// moduleRoot is the folder of go.mod: tests run in the folder of their package.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's folder: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("find the module's folder: there is no go.mod in this folder or above it")
		}
		dir = up
	}
}

// freeAddress returns a loopback address that nothing listens on. The port is below those that the
// system hands out by itself, so that it is still free when a test starts the server again.
func freeAddress() (string, error) {
	const lowest, ports = 20000, 12000
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", lowest+rand.IntN(ports))
		l, err := net.Listen("tcp", address)
		if err == nil {
			return address, l.Close()
		}
	}
	return "", errors.New("find a free port for Dendrite: a hundred were taken")
}

var client = &http.Client{Timeout: limit, Transport: &http.Transport{DisableKeepAlives: true}}
