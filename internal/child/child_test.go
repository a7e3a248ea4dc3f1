package child_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"guildhall/internal/child"
)

// TestMain turns the test binary into a parent to be killed, when a test asks for one.
func TestMain(m *testing.M) {
	if os.Getenv("CHILD_TEST_PARENT") == "" {
		os.Exit(m.Run())
	}
	c, err := child.New("child-test", "TERM")
	if err != nil {
		panic(err)
	}
	cmd := exec.Command("sleep", "600")
	if err := c.Start(cmd); err != nil {
		panic(err)
	}
	fmt.Println(cmd.Process.Pid, c.Dir())
	select {}
}

func TestStopsAndStartsAgain(t *testing.T) {
	t.Parallel()
	c := newChild(t)
	for range 2 {
		cmd := exec.Command("sleep", "600")
		if err := c.Start(cmd); err != nil {
			t.Fatal(err)
		}
		if err := c.Start(exec.Command("true")); err == nil {
			t.Fatal("a second program was started beside the first")
		}
		if err := c.Stop(syscall.SIGTERM, 5*time.Second); err != nil {
			t.Fatal(err)
		}
		if !gone(cmd.Process.Pid) {
			t.Fatal("the program still runs after Stop")
		}
	}
}

func TestForgettingAChildDoesNotEndIt(t *testing.T) {
	t.Parallel()
	dir, pid := forgotten(t)
	for range 3 {
		runtime.GC() // Finalizers of one round run before the next.
	}
	if _, err := os.Stat(dir); err != nil || gone(pid) {
		t.Fatalf("a child that nobody refers to any more was ended: folder %v, program gone %v", err, gone(pid))
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}

// forgotten starts a program and keeps no reference to its Child.
func forgotten(t *testing.T) (dir string, pid int) {
	t.Helper()
	c, err := child.New("child-test", "TERM")
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("sleep", "600")
	if err := c.Start(cmd); err != nil {
		t.Fatal(err)
	}
	return c.Dir(), cmd.Process.Pid
}

func TestStopKillsWhatDoesNotListen(t *testing.T) {
	t.Parallel()
	c := newChild(t)
	ready := filepath.Join(c.Dir(), "ready")
	cmd := exec.Command("sh", "-c", `trap "" TERM; sleep 600 & : > "$0"; wait; wait`, ready)
	if err := c.Start(cmd); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the program listens", func() bool { _, err := os.Stat(ready); return err == nil })
	err := c.Stop(syscall.SIGTERM, 50*time.Millisecond)
	if err == nil || !strings.Contains(err.Error(), "still running") {
		t.Fatalf("got error %v, want one that says it was still running", err)
	}
	eventually(t, "the whole group is gone", func() bool { return gone(-cmd.Process.Pid) })
}

func TestCloseRemovesTheFolder(t *testing.T) {
	t.Parallel()
	c, err := child.New("child-test", "TERM")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(exec.Command("sleep", "600")); err != nil {
		t.Fatal(err)
	}
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(c.Dir()); !os.IsNotExist(err) {
		t.Fatalf("the folder is still there: %v", err)
	}
}

func TestNothingOutlivesAKilledParent(t *testing.T) {
	t.Parallel()
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "CHILD_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := parent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = parent.Process.Kill() }) // It has gone by then, unless the test broke off.
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	number, dir, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(number)
	if err != nil {
		t.Fatal(err)
	}
	if gone(pid) {
		t.Fatal("the program was never there")
	}
	if err := parent.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = parent.Wait() // It was killed: that is what Wait reports.
	eventually(t, "the program is gone", func() bool { return gone(pid) })
	eventually(t, "the folder is gone", func() bool { _, err := os.Stat(dir); return os.IsNotExist(err) })
}

func newChild(t *testing.T) *child.Child {
	t.Helper()
	c, err := child.New("child-test", "TERM")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	return c
}

// gone reports whether no such process, or for a negative number process group, is alive. A zombie
// counts as gone: that it is not yet reaped is the business of whoever adopted it.
func gone(pid int) bool {
	if syscall.Kill(pid, 0) == syscall.ESRCH {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", max(pid, -pid)))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "Z")
}

// eventually waits for other processes, which nothing here can be told by.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	timeout := time.After(15 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-timeout:
			t.Fatalf("waited 15 s in vain until %s", what)
		}
	}
}
