package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"guildhall/internal/child"
)

// Server is a Postgres of one's own, which a test may stop and start. It listens on a socket in its
// temporary folder, so its URL stays the same over restarts.
type Server struct {
	child *child.Child
	bin   string
	as    *syscall.Credential // nil: as ourselves
	flags []string
}

// NewServer starts a server that ends with the test. Skips and fails as New does.
func NewServer(tb testing.TB, opts ...Option) *Server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("left out by -short: it needs a Postgres server")
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	s, err := Start(o.durable)
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

// Start starts a server that ends with Close, or else with this process. ErrNoPostgres when no
// server programs are installed.
func Start(durable bool) (*Server, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	c, err := child.New("guildhall-postgres", "QUIT")
	if err != nil {
		return nil, err
	}
	s := &Server{child: c, bin: bin, flags: flags(c.Dir(), durable)}
	if err := s.initialise(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	if err := s.Start(); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return s, nil
}

// flags are the server's settings: small, quiet, and with room for many tests at a time.
func flags(dir string, durable bool) []string {
	settings := []string{
		"listen_addresses=",
		"unix_socket_directories=" + dir,
		"max_connections=400",
		"shared_buffers=64MB",
		"max_wal_size=1GB",
		"wal_level=minimal",
		"max_wal_senders=0",
		"timezone=UTC",
		"log_timezone=UTC",
	}
	if !durable {
		// Not synchronous_commit: without it a stopped server would lose what it had confirmed.
		settings = append(settings, "fsync=off", "full_page_writes=off")
	}
	args := []string{"-D", filepath.Join(dir, "data")}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

func (s *Server) initialise() (err error) {
	if s.as, err = notRoot(); err != nil {
		return err
	}
	dir := s.child.Dir()
	if s.as != nil {
		if err := os.Chown(dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return fmt.Errorf("give the folder to Postgres' user: %w", err)
		}
	}
	cmd := s.command("initdb", "-D", filepath.Join(dir, "data"), "-U", "postgres", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync", "--no-instructions")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make a Postgres cluster: %w\n%s", err, out)
	}
	return nil
}

func (s *Server) command(program string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.bin, program), args...)
	cmd.Dir = s.child.Dir() // Postgres' user may not be able to enter ours.
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C", "TZ=UTC"}
	if s.as != nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as}
	}
	return cmd
}

// URL names the database "postgres" on this server.
func (s *Server) URL() string {
	// Postgres' clients do not take "+" for a space in a URL.
	return "postgres://postgres@/postgres?host=" + strings.ReplaceAll(url.QueryEscape(s.child.Dir()), "+", "%20")
}

// Start starts the server again after Stop or Crash, and returns when it answers.
func (s *Server) Start() error {
	log := filepath.Join(s.child.Dir(), "log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start Postgres: %w", err)
	}
	defer out.Close()
	cmd := s.command("postgres", s.flags...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := s.child.Start(cmd); err != nil {
		return err
	}
	if err := s.ready(); err != nil {
		return fmt.Errorf("start Postgres: %w\n%s", errors.Join(err, s.Crash()), child.Tail(log))
	}
	return nil
}

// ready polls: the server has no way to tell a parent that it is up.
func (s *Server) ready() error {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, s.URL())
		if err == nil {
			return conn.Close(ctx)
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

// Stop ends the server in order: connections are cut, what was committed is on the disk.
func (s *Server) Stop() error { return s.child.Stop(syscall.SIGINT, limit) }

// Crash ends the server at once, as when its machine fails; the next Start recovers.
func (s *Server) Crash() error { return s.child.Stop(syscall.SIGQUIT, limit) }

// Restart is Stop and Start.
func (s *Server) Restart() error {
	if err := s.Stop(); err != nil {
		return err
	}
	return s.Start()
}

// Close ends the server and removes its folder.
func (s *Server) Close() error {
	return errors.Join(s.Crash(), s.child.Close())
}

// programs returns the folder of initdb and postgres: the newest of Debian's, else from the PATH.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", fmt.Errorf("look for Postgres: %w", err)
	}
	best, newest := "", 0.0
	for _, initdb := range found {
		bin := filepath.Dir(initdb)
		version, err := strconv.ParseFloat(filepath.Base(filepath.Dir(bin)), 64)
		if err == nil && version > newest {
			best, newest = bin, version
		}
	}
	if best != "" {
		return best, nil
	}
	for _, program := range []string{"initdb", "postgres"} {
		path, err := exec.LookPath(program)
		if err != nil {
			return "", ErrNoPostgres
		}
		best = filepath.Dir(path)
	}
	return best, nil
}
