// Command testrun runs `go test -json` with the arguments it is given and says what ran.
//
// It prints a line per package, the output of each test that failed, what tests that passed logged behind
// "figures: ", and last "N passed, N failed" (and ", N skipped"). It fails when a test or a build failed, when no test ran, and, with CI set in
// the environment, when anything was skipped.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// event is a line of `go test -json`, see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	ImportPath                    string
	Elapsed                       float64
}

// tally counts tests by how they ended.
type tally struct {
	passed, failed, skipped int
	broken                  []string // packages that did not build or failed outside any test
	skips                   []string
	output                  map[string][]string // by package and test, until it has passed
}

func main() {
	cmd := exec.Command("go", append([]string{"test", "-json"}, os.Args[1:]...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testrun:", err)
		os.Exit(2)
	}
	t := tally{output: map[string][]string{}}
	t.read(out, os.Stdout)
	failed := cmd.Wait() != nil
	t.close(os.Stdout)
	if failed || t.failed > 0 || len(t.broken) > 0 || t.passed == 0 || t.skipped > 0 && os.Getenv("CI") != "" {
		os.Exit(1)
	}
}

func (t *tally) read(r io.Reader, w io.Writer) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			fmt.Fprintln(w, lines.Text())
			continue
		}
		t.take(e, w)
	}
}

func (t *tally) take(e event, w io.Writer) {
	name := e.Package + " " + e.Test
	switch e.Action {
	case "output":
		t.output[name] = append(t.output[name], e.Output)
	case "build-output":
		fmt.Fprint(w, e.Output)
	case "pass", "fail", "skip":
		if e.Test == "" {
			t.pkg(e, name, w)
		} else {
			t.test(e, name, w)
		}
		delete(t.output, name)
	}
}

// figures stands before what a test wants to be read although it passed.
const figures = "figures: "

func (t *tally) test(e event, name string, w io.Writer) {
	switch e.Action {
	case "pass":
		t.passed++
		for _, line := range t.output[name] {
			if _, said, ok := strings.Cut(line, figures); ok {
				fmt.Fprintf(w, "     %s: %s", e.Test, said)
			}
		}
	case "fail":
		t.failed++
		fmt.Fprintf(w, "FAIL %s\n%s", name, strings.Join(t.output[name], ""))
	case "skip":
		t.skipped++
		t.skips = append(t.skips, name+": "+strings.TrimSpace(strings.Join(t.output[name], "")))
	}
}

func (t *tally) pkg(e event, name string, w io.Writer) {
	switch e.Action {
	case "fail":
		t.broken = append(t.broken, e.Package)
		fmt.Fprintf(w, "FAIL %s (%.1f s)\n%s", e.Package, e.Elapsed, strings.Join(t.output[name], ""))
	case "pass":
		fmt.Fprintf(w, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
	case "skip":
		fmt.Fprintf(w, "     %s has no tests\n", e.Package)
	}
}

func (t *tally) close(w io.Writer) {
	for _, s := range t.skips {
		fmt.Fprintln(w, "skipped:", s)
	}
	for _, b := range t.broken {
		fmt.Fprintln(w, "failed:", b)
	}
	fmt.Fprintf(w, "%d passed, %d failed", t.passed, t.failed)
	if t.skipped > 0 {
		fmt.Fprintf(w, ", %d skipped", t.skipped)
	}
	fmt.Fprintln(w)
}
