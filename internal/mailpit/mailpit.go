// Package mailpit runs a real SMTP server with an inbox for tests: Mailpit, as a process of its own on
// loopback, in a temporary folder.
//
// The program is the one that GUILDHALL_TEST_MAILPIT names, else the one that scripts/tool builds into
// .cache/bin the first time it is needed (`make test` does it beforehand). It is built without its web
// pages, which would need Node; what tests ask is its API.
package mailpit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	stdmail "net/mail"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"guildhall/internal/child"
)

// Env names the environment variable with the path of the program.
const Env = "GUILDHALL_TEST_MAILPIT"

// limit is how long the server may take to come up, go down or answer before it counts as broken.
const limit = 3 * time.Minute

// Server is a mail server that a test may stop and start.
type Server struct {
	child     *child.Child
	program   string
	args      []string
	Host      string
	Port      int
	http      string // host:port
	keepsMail string
}

// Start starts a server that ends with the test. args are more of its flags. Under -short the test is
// skipped; without the program, and without the means to build it, it fails.
func Start(tb testing.TB, args ...string) *Server {
	tb.Helper()
	if testing.Short() {
		tb.Skip("left out by -short: it needs a mail server")
	}
	program, err := find()
	if err != nil {
		tb.Fatal(err)
	}
	c, err := child.New("guildhall-mailpit", "TERM")
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := c.Close(); err != nil {
			tb.Error(err)
		}
	})
	s := &Server{child: c, program: program, args: args, Host: "127.0.0.1", keepsMail: filepath.Join(c.Dir(), "mail.db")}
	for range 5 { // between finding a port and using it, another may take it
		if s.Port, err = freePort(); err != nil {
			continue
		}
		var port int
		if port, err = freePort(); err != nil {
			continue
		}
		s.http = fmt.Sprintf("127.0.0.1:%d", port)
		if err = s.Start(); err == nil {
			return s
		}
	}
	tb.Fatal(err)
	return nil
}

// Start starts the server again after Stop, with what it held, and returns when it answers.
func (s *Server) Start() error {
	log := filepath.Join(s.child.Dir(), "log")
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("start Mailpit: %w", err)
	}
	defer out.Close()
	cmd := exec.Command(s.program, append([]string{"--smtp", fmt.Sprintf("%s:%d", s.Host, s.Port), "--listen", s.http, "--database", s.keepsMail,
		"--disable-version-check", "--smtp-disable-rdns", "--enable-chaos"}, s.args...)...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = s.child.Dir(), out, out
	if err := s.child.Start(cmd); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	// It has no way to tell a parent that it is up. Its pages come up before or after its SMTP.
	for ctx.Err() == nil {
		err = s.ask(ctx, http.MethodGet, "/api/v1/info", nil, nil)
		if conn, wrong := new(net.Dialer).DialContext(ctx, "tcp", fmt.Sprintf("%s:%d", s.Host, s.Port)); wrong == nil {
			_ = conn.Close()
			if err == nil {
				return nil
			}
		}
		select {
		case <-time.After(20 * time.Millisecond):
		case <-s.child.Done():
			return fmt.Errorf("start Mailpit: it ended at once\n%s", child.Tail(log))
		case <-ctx.Done():
		}
	}
	return fmt.Errorf("start Mailpit: %w\n%s", errors.Join(err, s.Stop()), child.Tail(log))
}

// Stop ends the server.
func (s *Server) Stop() error { return s.child.Stop(syscall.SIGTERM, limit) }

// Mail is a mail in the inbox.
type Mail struct {
	ID   string
	HTML string
	Text string
	Raw  string
	stdmail.Header
}

// Inbox is what has arrived for an address, oldest first.
func (s *Server) Inbox(tb testing.TB, address string) []Mail {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), limit)
	defer cancel()
	var list struct {
		Messages []struct {
			ID string
			To []struct{ Address string }
		}
	}
	if err := s.ask(ctx, http.MethodGet, "/api/v1/messages?limit=500", nil, &list); err != nil {
		tb.Fatal(err)
	}
	var out []Mail
	for i := len(list.Messages) - 1; i >= 0; i-- {
		m := list.Messages[i]
		if len(m.To) != 1 || m.To[0].Address != address {
			continue
		}
		one := Mail{ID: m.ID}
		if err := s.ask(ctx, http.MethodGet, "/api/v1/message/"+m.ID, nil, &one); err != nil {
			tb.Fatal(err)
		}
		if err := s.ask(ctx, http.MethodGet, "/api/v1/message/"+m.ID+"/raw", nil, &one.Raw); err != nil {
			tb.Fatal(err)
		}
		read, err := stdmail.ReadMessage(bytes.NewBufferString(one.Raw))
		if err != nil {
			tb.Fatal(err)
		}
		one.Header = read.Header
		out = append(out, one)
	}
	return out
}

// Shown is how many of the hundred mail clients that caniemail.com tells of show all of a mail's HTML,
// and what the others do not, by name.
func (s *Server) Shown(tb testing.TB, m Mail) (percent float64, lacking map[string]float64) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), limit)
	defer cancel()
	var check struct {
		Total    struct{ Supported, Partial float64 }
		Warnings []struct {
			Title string
			Score struct{ Unsupported float64 }
		}
	}
	if err := s.ask(ctx, http.MethodGet, "/api/v1/message/"+m.ID+"/html-check", nil, &check); err != nil {
		tb.Fatal(err)
	}
	lacking = map[string]float64{}
	for _, w := range check.Warnings {
		lacking[w.Title] = w.Score.Unsupported
	}
	return check.Total.Supported + check.Total.Partial, lacking
}

// Refuse makes the server answer a code to every recipient (and sender), or, with 0, take them again.
func (s *Server) Refuse(tb testing.TB, recipient, sender int) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), limit)
	defer cancel()
	type trigger struct{ ErrorCode, Probability int }
	of := func(code int) trigger {
		if code == 0 {
			return trigger{451, 0}
		}
		return trigger{code, 100}
	}
	body := map[string]trigger{"Recipient": of(recipient), "Sender": of(sender), "Authentication": of(0)}
	if err := s.ask(ctx, http.MethodPut, "/api/v1/chaos", body, nil); err != nil {
		tb.Fatal(err)
	}
}

func (s *Server) ask(ctx context.Context, method, path string, body, into any) error {
	sent, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("ask Mailpit: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, method, "http://"+s.http+path, bytes.NewReader(sent))
	if err != nil {
		return fmt.Errorf("ask Mailpit: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask Mailpit: %w", err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return errors.Join(fmt.Errorf("ask Mailpit: %s %s: %s\n%s", method, path, resp.Status, answer), err)
	}
	switch into := into.(type) {
	case nil:
		return nil
	case *string:
		*into = string(answer)
		return nil
	}
	return json.Unmarshal(answer, into)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// find returns the path of the program, and builds it when that must be.
func find() (string, error) {
	if given := os.Getenv(Env); given != "" {
		return exec.LookPath(given)
	}
	dir, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the module's folder: %w", err)
	}
	for { // tests run in the folder of their package
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("find the module's folder: there is no go.mod in this folder or above it")
		}
		dir = up
	}
	if out, err := exec.Command(filepath.Join(dir, "scripts", "tool"), "mailpit").CombinedOutput(); err != nil {
		return "", fmt.Errorf("build Mailpit for the tests that need a mail server (or set %s to the path of one): %w\n%s", Env, err, out)
	}
	return filepath.Join(dir, ".cache", "bin", "mailpit"), nil
}
