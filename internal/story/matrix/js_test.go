package matrix_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"guildhall/adapters/matrix/matrixtest"
)

// browser is a person's client made of matrix-js-sdk, in a process of its own.
type browser struct {
	t      testing.TB
	in     io.Writer
	mu     sync.Mutex
	n      int
	waits  map[int]chan answer
	events map[string][]matrixtest.Event
	failed []string
	ready  chan struct{}
}

type answer struct {
	N      int              `json:"n"`
	ID     string           `json:"id"`
	Error  string           `json:"error"`
	Ready  bool             `json:"ready"`
	Room   string           `json:"room"`
	Gone   string           `json:"gone"`
	Failed string           `json:"failed"`
	Event  matrixtest.Event `json:"event"`
}

// sdk is the folder with matrix-js-sdk, installed the first time it is needed.
func sdk(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs(filepath.Join("..", "..", "..", ".cache", "matrix-js-sdk"))
	if err != nil {
		t.Fatal(err)
	}
	install := exec.Command("sh", "-eu", "-c", `
		mkdir -p "$1"
		exec 9>"$1/lock"
		flock 9
		cmp -s "$2/package-lock.json" "$1/package-lock.json" && [ -d "$1/node_modules/matrix-js-sdk" ] && exit 0
		cp "$2/package.json" "$2/package-lock.json" "$1/"
		cd "$1"
		npm ci --no-audit --no-fund --ignore-scripts --silent`, "sh", dir, filepath.Join("testdata", "js"))
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("install matrix-js-sdk (it needs Node 20 with npm; scripts/need installs them): %v\n%s", err, out)
	}
	return dir
}

// browse gives a person a client made of matrix-js-sdk.
func (c *town) browse(p *member, encrypts bool) *browser {
	c.t.Helper()
	b := &browser{t: c.t, waits: map[int]chan answer{}, events: map[string][]matrixtest.Event{}, ready: make(chan struct{})}
	cmd := exec.Command("node", filepath.Join("testdata", "js", "person.mjs"))
	cmd.Env = append(os.Environ(), "HOMESERVER="+c.server.URL(), "USER_ID="+p.ID, "PASSWORD="+matrixtest.Password, "SDK="+sdk(c.t))
	if encrypts {
		cmd.Env = append(cmd.Env, "ENCRYPTS=1")
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	in, err := cmd.StdinPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	b.in = in
	over := make(chan struct{})
	go func() { defer close(over); b.hear(out) }()
	c.t.Cleanup(func() {
		_ = in.Close()
		_ = cmd.Process.Kill()
		<-over
		_ = cmd.Wait()
		if c.t.Failed() && len(b.failed) > 0 {
			c.t.Logf("%s could not read: %q", p.ID, b.failed)
		}
	})
	select {
	case <-b.ready:
	case <-time.After(matrixtest.Patience):
		c.t.Fatalf("the client of %s does not come up", p.ID)
	}
	p.Through = func(tb testing.TB, room, kind string, content map[string]any) string {
		return b.does(tb, map[string]any{"do": "send", "room": room, "kind": kind, "content": content}).ID
	}
	p.read = func(_ testing.TB, room string) []matrixtest.Shown { return b.sees(room) }
	return b
}

// hear takes what the client says.
func (b *browser) hear(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var a answer
		if json.Unmarshal(lines.Bytes(), &a) != nil {
			continue
		}
		b.mu.Lock()
		switch {
		case a.Ready:
			close(b.ready)
		case a.Gone != "":
			b.events[a.Room] = slices.DeleteFunc(b.events[a.Room], func(e matrixtest.Event) bool { return e.ID == a.Gone })
		case a.Event.ID != "":
			b.note(a)
		default:
			if w := b.waits[a.N]; w != nil {
				delete(b.waits, a.N)
				w <- a
			}
		}
		b.mu.Unlock()
	}
}

func (b *browser) note(a answer) {
	if a.Failed != "" && a.Failed != "null" {
		b.failed = append(b.failed, a.Event.ID+": "+a.Failed)
		return
	}
	if !slices.ContainsFunc(b.events[a.Room], func(e matrixtest.Event) bool { return e.ID == a.Event.ID }) {
		b.events[a.Room] = append(b.events[a.Room], a.Event)
	}
}

func (b *browser) sees(room string) []matrixtest.Shown {
	b.mu.Lock()
	defer b.mu.Unlock()
	return matrixtest.Show(slices.Clone(b.events[room]))
}

// does lets the client do something.
func (b *browser) does(t testing.TB, order map[string]any) answer {
	t.Helper()
	b.mu.Lock()
	b.n++
	order["n"] = b.n
	w := make(chan answer, 1)
	b.waits[b.n] = w
	raw, err := json.Marshal(order)
	if err == nil {
		_, err = b.in.Write(append(raw, '\n'))
	}
	b.mu.Unlock()
	if err != nil {
		t.Fatal(err)
	}
	select {
	case a := <-w:
		if a.Error != "" {
			t.Fatalf("%v: %s", order["do"], a.Error)
		}
		return a
	case <-time.After(matrixtest.Patience):
		t.Fatalf("%v: no answer", order)
		return answer{}
	}
}

// The story with matrix-js-sdk, the client that Element is made of.
func TestStoryWithAStockClient(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	c.browse(c.ann, false)
	c.browse(c.bea, false)
	c.bot = startBot(t, c.server.URL(), c.botID)
	c.setUp()
	c.asks(func() { c.bot.restart() })
	c.deposits()
	c.collaborates(func() {
		if err := c.server.Restart(); err != nil {
			t.Fatal(err)
		}
	})
	c.promotes()
}
