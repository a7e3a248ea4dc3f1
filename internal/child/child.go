// Package child runs a server program for tests, in a temporary folder of its own, so that neither
// the program nor the folder outlives the process that started it, however that process ends.
package child

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Child is a folder and at most one running program at a time. Its methods may be called from
// several goroutines.
type Child struct {
	dir    string
	keeper *exec.Cmd
	orders io.WriteCloser

	mu   sync.Mutex
	cmd  *exec.Cmd
	done chan struct{} // closed when cmd has ended; nil before the first Start
}

// live holds all that were not closed. Were one of them garbage-collected, its end of the keeper's
// pipe would be closed with it, and the keeper would take that for our end.
var live sync.Map

// keeperScript waits until its input ends, which the kernel sees to even when we are killed. Each
// line it reads is the process to end then, or empty when there is none to end any more.
const keeperScript = `
pid=
while read -r line; do pid=$line; done
if [ -n "$pid" ]; then
	kill -s "$2" "$pid" 2>/dev/null
	tries=0
	while kill -0 "$pid" 2>/dev/null && [ "$tries" -lt 50 ]; do
		sleep 0.1
		tries=$((tries + 1))
	done
	kill -s KILL -- "-$pid" 2>/dev/null
fi
rm -rf -- "$1"
`

// New makes a temporary folder whose name starts with prefix. The signal end (as kill(1) names it,
// "TERM") is what the program gets when this process ends without calling Close.
func New(prefix, end string) (*Child, error) {
	dir, err := os.MkdirTemp("", prefix+"-")
	if err != nil {
		return nil, fmt.Errorf("make a folder for %s: %w", prefix, err)
	}
	keeper := exec.Command("/bin/sh", "-c", keeperScript, prefix+"-keeper", dir, end)
	// A session of its own: Ctrl-C ends us, and the keeper tidies up after us.
	keeper.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	keeper.Dir = "/"
	orders, err := keeper.StdinPipe()
	if err == nil {
		err = keeper.Start()
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("start the keeper of %s: %w", dir, err), os.RemoveAll(dir))
	}
	c := &Child{dir: dir, keeper: keeper, orders: orders}
	live.Store(c, nil)
	return c, nil
}

// Dir is the folder, an absolute path that only this user can enter.
func (c *Child) Dir() string { return c.dir }

// Start runs cmd, in a process group of its own. It is an error while a program still runs.
func (c *Child) Start(cmd *exec.Cmd) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.running() {
		return fmt.Errorf("start %s: it runs already", cmd.Path)
	}
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start %s: %w", cmd.Path, err)
	}
	done := make(chan struct{})
	c.cmd, c.done = cmd, done
	c.order(fmt.Sprint(cmd.Process.Pid))
	go func() {
		_ = cmd.Wait() // How it ended is in cmd.ProcessState, for whoever asks.
		close(done)
	}()
	return nil
}

// Done is closed when the program that was started last has ended.
func (c *Child) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.done
}

// Stop sends sig to the program and waits until it has ended. After grace it is killed, which is
// an error. Without a running program it does nothing.
func (c *Child) Stop(sig syscall.Signal, grace time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stop(sig, grace)
}

// Close ends the program, when one runs, and removes the folder.
func (c *Child) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	err := c.stop(syscall.SIGKILL, 5*time.Second)
	live.Delete(c)
	c.orders.Close()
	if wait := c.keeper.Wait(); wait != nil {
		err = errors.Join(err, fmt.Errorf("remove %s: %w", c.dir, wait))
	}
	return err
}

func (c *Child) running() bool {
	if c.done == nil {
		return false
	}
	select {
	case <-c.done:
		return false
	default:
		return true
	}
}

func (c *Child) stop(sig syscall.Signal, grace time.Duration) error {
	if !c.running() {
		c.order("")
		return nil
	}
	group := -c.cmd.Process.Pid
	// Only the program itself gets the polite signal: it knows how to end its own children.
	if err := c.cmd.Process.Signal(sig); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", c.cmd.Path, err)
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	var err error
	select {
	case <-c.done:
	case <-timer.C:
		err = fmt.Errorf("stop %s: still running %v after signal %q, so it was killed", c.cmd.Path, grace, sig)
	}
	// What it left behind in its group goes too; an empty group is no fault.
	_ = syscall.Kill(group, syscall.SIGKILL)
	<-c.done
	c.order("")
	return err
}

// order tells the keeper which process to end. A keeper that is gone cannot be told; the folder is
// then left behind, which is no reason to fail.
func (c *Child) order(pid string) {
	_, _ = io.WriteString(c.orders, pid+"\n")
}

// Tail returns the last lines of a log, for an error message.
func Tail(file string) string {
	text, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	return strings.Join(lines[max(0, len(lines)-20):], "\n")
}
