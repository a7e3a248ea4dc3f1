package matrixjs_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"guildhall/internal/child"
)

// root is the module's folder: tests run in the folder of their package.
var root = filepath.Join("..", "..", "..")

// The program as it is released, with encryption, built once for all tests of this process.
var program = sync.OnceValues(func() (string, error) {
	out, err := filepath.Abs(filepath.Join(root, ".cache", "bin", "guildhall"))
	if err != nil {
		return "", err
	}
	build := exec.Command("go", "build", "-tags", "goolm", "-o", out, "./cmd/guildhall")
	build.Dir = root
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build guildhall: %w\n%s", err, said)
	}
	return out, nil
})

// sdk is a folder whose node_modules holds what package-lock.json names, installed once for each lock:
// the SDK, and a Node to run it, since a system's own may be too old.
var sdk = sync.OnceValues(func() (string, error) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		return "", err
	}
	cache, err := filepath.Abs(filepath.Join(root, ".cache", "matrixjs"))
	if err != nil {
		return "", err
	}
	if was, err := os.ReadFile(filepath.Join(cache, "package-lock.json")); err == nil && string(was) == string(lock) {
		return cache, nil
	}
	if err := os.MkdirAll(filepath.Dir(cache), 0o755); err != nil {
		return "", err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(cache), "matrixjs-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(fresh) }() // Gone by then when all went well.
	for _, name := range []string{"package.json", "package-lock.json"} {
		if err := copyFile(name, filepath.Join(fresh, name)); err != nil {
			return "", err
		}
	}
	install := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = fresh
	if said, err := install.CombinedOutput(); err != nil {
		return "", fmt.Errorf("install matrix-js-sdk (it needs npm: sh scripts/need): %w\n%s", err, said)
	}
	if err := os.RemoveAll(cache); err != nil {
		return "", err
	}
	return cache, os.Rename(fresh, cache)
})

// node is the Node of an SDK's folder, or the system's where there is none for this machine.
func node(sdk string) string {
	if own, _ := filepath.Glob(filepath.Join(sdk, "node_modules", "node-*", "bin", "node")); len(own) > 0 {
		return own[0]
	}
	return "node"
}

func copyFile(from, to string) error {
	data, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	return os.WriteFile(to, data, 0o600)
}

// hall is `guildhall serve` in a process of its own, which is killed and started again.
type hall struct {
	t       *testing.T
	child   *child.Child
	program string
}

func newHall(t *testing.T, homeserver, user string) *hall {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	c, err := child.New("guildhall-matrixjs", "TERM")
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t, c, path}
	dir := c.Dir()
	settings := fmt.Sprintf("[database]\nurl = %q\n[files]\ndir = %q\n[web]\nlisten = \"127.0.0.1:0\"\n[log]\nlevel = \"warn\"\n"+
		"[matrix]\nhomeserver = %q\nuser_id = %q\npassword = %q\npickle_key = \"a pickle key\"\n",
		"sqlite:"+filepath.Join(dir, "guildhall.db"), filepath.Join(dir, "files"), homeserver, user, password)
	if err := os.WriteFile(h.file("guildhall.toml"), []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program's last words:\n%s", h.lastWords())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	h.start()
	return h
}

func (h *hall) file(name string) string { return filepath.Join(h.child.Dir(), name) }

func (h *hall) lastWords() string { return child.Tail(h.file("log")) }

func (h *hall) start() {
	h.t.Helper()
	out, err := os.OpenFile(h.file("log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer func() { _ = out.Close() }()
	cmd := exec.Command(h.program, "serve", "-config", h.file("guildhall.toml"))
	cmd.Stdout, cmd.Stderr = out, out
	if err := h.child.Start(cmd); err != nil {
		h.t.Fatal(err)
	}
}

// kill ends the program as a power cut would.
func (h *hall) kill() {
	h.t.Helper()
	if err := h.child.Stop(syscall.SIGKILL, patience); err != nil {
		h.t.Fatal(err)
	}
}

func (h *hall) restart() {
	h.t.Helper()
	h.kill()
	h.start()
}
