package matrixjs_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long is waited for what must happen. It is never waited out when all is well.
const patience = 3 * time.Minute

// client is a member's client: client.mjs in a process of its own.
type client struct {
	t       *testing.T
	name    string
	account string // once it is logged in
	mu      sync.Mutex
	in      *json.Encoder
	next    int
	wait    map[int]chan answer
}

type answer struct {
	ID    int             `json:"id"`
	OK    json.RawMessage `json:"ok"`
	Error string          `json:"error"`
}

func newClient(t *testing.T, name string) *client {
	t.Helper()
	folder, err := sdk()
	if err != nil {
		t.Fatal(err)
	}
	// The script stands beside the packages: that is where Node looks for them.
	dir := t.TempDir()
	script := filepath.Join(dir, "client.mjs")
	if err = copyFile("client.mjs", script); err == nil {
		err = os.Symlink(filepath.Join(folder, "node_modules"), filepath.Join(dir, "node_modules"))
	}
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node(folder), script)
	said := &strings.Builder{}
	cmd.Stderr = said
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start Node (sh scripts/need installs it): %v", err)
	}
	c := &client{t: t, name: name, in: json.NewEncoder(in), wait: map[int]chan answer{}}
	over := make(chan struct{})
	go func() {
		defer close(over)
		c.hear(json.NewDecoder(out))
	}()
	t.Cleanup(func() {
		_ = in.Close() // It ends with its input.
		<-over
		if err := cmd.Wait(); err != nil || t.Failed() {
			t.Logf("the client of %s: %v\n%s", name, err, said)
		}
	})
	return c
}

// hear hands each answer to whoever waits for it.
func (c *client) hear(out *json.Decoder) {
	for {
		var a answer
		err := out.Decode(&a)
		c.mu.Lock()
		if err != nil {
			for _, w := range c.wait {
				w <- answer{Error: "the client has ended: " + err.Error()}
			}
			c.wait = nil
			c.mu.Unlock()
			return
		}
		w := c.wait[a.ID]
		delete(c.wait, a.ID)
		c.mu.Unlock()
		if w != nil {
			w <- a
		}
	}
}

// fields are the arguments of something to do.
type fields map[string]any

// try does something and reads what comes of it into what into points to, which may be nil.
func (c *client) try(do string, args fields, into any) error {
	order := fields{"do": do}
	for k, v := range args {
		order[k] = v
	}
	w := make(chan answer, 1)
	c.mu.Lock()
	if c.wait == nil {
		c.mu.Unlock()
		return fmt.Errorf("%s %s: the client has ended", c.name, do)
	}
	c.next++
	order["id"] = c.next
	c.wait[c.next] = w
	err := c.in.Encode(order)
	c.mu.Unlock()
	if err != nil {
		return fmt.Errorf("%s %s: %w", c.name, do, err)
	}
	select {
	case a := <-w:
		if a.Error != "" {
			return fmt.Errorf("%s %s %v: %s", c.name, do, args, a.Error)
		}
		if into == nil {
			return nil
		}
		return json.Unmarshal(a.OK, into)
	case <-time.After(patience):
		return fmt.Errorf("%s %s %v: nothing came of it within %v", c.name, do, args, patience)
	}
}

// does is try where it must come about; what comes of it is a text.
func (c *client) does(do string, args fields) string {
	c.t.Helper()
	var out string
	if err := c.try(do, args, &out); err != nil {
		c.t.Fatal(err)
	}
	return out
}
