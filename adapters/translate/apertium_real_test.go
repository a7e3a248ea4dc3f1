package translate

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"guildhall/core/translation"
	"guildhall/internal/child"
)

// apyProgram is Debian's name of Apertium's server, with the languages that scripts/need installs.
const apyProgram = "apertium-apy"

// realApertium starts a real server on loopback that ends with the test.
func realApertium(t *testing.T) string {
	t.Helper()
	program, err := exec.LookPath(apyProgram)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("there is no %s: scripts/need should have installed it", apyProgram)
		}
		t.Skip("left out: there is no " + apyProgram + " on this machine (scripts/need installs it)")
	}
	c, err := child.New("guildhall-apertium", "TERM")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	})
	for range 5 { // between finding a port and using it, another may take it
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		address := l.Addr().String()
		_, port, _ := net.SplitHostPort(address)
		_ = l.Close()
		cmd := exec.Command(program, "-p", port, "/usr/share/apertium")
		cmd.Dir = c.Dir()
		cmd.Env = append(os.Environ(), "HOME="+c.Dir())
		if err := c.Start(cmd); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); {
			if conn, err := net.Dial("tcp", address); err == nil {
				_ = conn.Close()
				return "http://" + address
			}
			select {
			case <-c.Done():
				end = time.Now()
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	t.Fatal("Apertium never came up")
	return ""
}

func TestARealApertium(t *testing.T) {
	t.Parallel()
	tr := made(t, Options{Kind: "apertium", URL: realApertium(t), Timeout: 2 * time.Minute})
	pairs, err := tr.Pairs(t.Context())
	if err != nil || !pairs.Has("en", "es") || !pairs.Has("it", "es") || !pairs.Has("es", "it") || pairs.Has("en", "it") {
		t.Fatalf("%v %v", pairs, err)
	}
	said := func(from, to, text string) string {
		t.Helper()
		a, err := tr.Translate(t.Context(), translation.Query{From: from, To: to, Text: text})
		if err != nil {
			t.Errorf("%q: %v", text, err)
		}
		return a.Text
	}
	if got := said("en", "es", "Welding"); !strings.Contains(strings.ToLower(got), "sold") {
		t.Errorf("welding is %q", got)
	}
	// What must stay comes back, through lines, other brackets and what Apertium's own stream is made of.
	for _, text := range []string{
		"The rubric of [X0X] is at [X1X].\nWe read it, and [X2X] reads it.\n\nThank you [X3X]",
		"[X0X] [X1X]! [X2X]? ([X3X])",
		`^house/[X0X]$ @[X1X] \[X2X] {x} <b> * [X3X]`,
	} {
		got := said("en", "es", text)
		if n := len(translation.Marks(got)); n != 4 || strings.Count(got, "\n") != strings.Count(text, "\n") {
			t.Errorf("%q became %q", text, got)
		}
	}
	if _, err := tr.Translate(t.Context(), translation.Query{From: "en", To: "it", Text: "house"}); !errors.Is(err, translation.ErrPair) {
		t.Error(err)
	}
}
