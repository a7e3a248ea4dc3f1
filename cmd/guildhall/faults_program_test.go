package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// beGuildhall makes the test's own binary run as the program.
const beGuildhall = "GUILDHALL_TEST_RUN"

func TestMain(m *testing.M) {
	if args := os.Getenv(beGuildhall); args != "" {
		ctx, _ := signal.NotifyContext(context.Background(), syscall.SIGTERM) //nolint:govet // the process ends with it
		w := world{os.Getenv, os.Stdout, os.Stderr}
		if list := strings.Fields(args); list[0] == chatProgram {
			os.Exit(runChat(ctx, w, list[1:]))
		} else {
			os.Exit(run(ctx, w, list))
		}
	}
	os.Exit(m.Run())
}

// killed is the program in a process of its own, which is killed and started again.
type killed struct {
	t    *testing.T
	env  []string
	mu   sync.Mutex
	cmd  *exec.Cmd
	log  *tail
	done chan struct{}
}

// tail keeps the last lines of what the program says.
type tail struct {
	mu    sync.Mutex
	lines []string
}

func (l *tail) read(r io.Reader) {
	for s := bufio.NewScanner(r); s.Scan(); {
		l.mu.Lock()
		l.lines = append(l.lines[max(0, len(l.lines)-60):], s.Text())
		l.mu.Unlock()
	}
}

func (l *tail) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.lines, "\n")
}

// start starts the program; env is for this life of its only.
func (k *killed) start(env ...string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	self, err := os.Executable()
	if err != nil {
		k.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(append(os.Environ(), k.env...), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.StderrPipe()
	if err != nil {
		k.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	done := make(chan struct{})
	k.cmd, k.done = cmd, done
	go func() {
		k.log.read(out)
		_ = cmd.Wait()
		close(done)
	}()
}

// serving starts the program on a configuration; it ends with the test.
func serving(t *testing.T, file string) *killed {
	return running(t, "serve -config "+file)
}

// running is the program with a command line.
func running(t *testing.T, args string) *killed {
	k := &killed{t: t, log: &tail{}, env: []string{beGuildhall + "=" + args}}
	k.start()
	t.Cleanup(func() {
		k.kill()
		if t.Failed() {
			t.Logf("the program's last words:\n%s", k.log)
		}
	})
	return k
}

// kill ends the program as a power cut would.
func (k *killed) kill() {
	k.mu.Lock()
	cmd, done := k.cmd, k.done
	k.mu.Unlock()
	_ = cmd.Process.Kill()
	<-done
}

// stop ends the program as whoever runs it does, and waits until it has ended.
func (k *killed) stop() {
	k.mu.Lock()
	cmd, done := k.cmd, k.done
	k.mu.Unlock()
	_ = cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-done:
	case <-time.After(time.Minute):
		k.t.Error("the program does not end")
		k.kill()
	}
}

// gone is closed when the program that was started last has ended.
func (k *killed) gone() <-chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.done
}

func envNumber(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return otherwise
}

func envDuration(name string, otherwise time.Duration) time.Duration {
	if d, err := time.ParseDuration(os.Getenv(name)); err == nil && d > 0 {
		return d
	}
	return otherwise
}
