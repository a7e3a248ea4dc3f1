package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"
)

// run counts what ran by how it ended, and prints it.
type run struct {
	out     io.Writer
	dir     string // where go test runs; empty: here
	started time.Time

	passed, failed, skipped int
	tested                  int      // of these, the tests
	broken                  []string // checks and packages that failed
	skips                   []string // what was skipped, and its reason
	open                    map[test]*strings.Builder
	failures                map[string]int // failed tests by package
}

// test names a test, or with an empty name what its package prints outside any test.
type test struct{ pkg, name string }

func (t test) String() string { return strings.TrimSpace(t.pkg + " " + t.name) }

// event is a line of `go test -json`, see `go doc test2json`.
type event struct {
	Action, Package, Test, Output string
	Elapsed                       float64
}

// tests runs go test with args and counts.
func (r *run) tests(environment, args []string) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Env = append(os.Environ(), environment...)
	cmd.Dir, cmd.Stderr = r.dir, r.out
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err == nil {
		r.read(out)
		err = cmd.Wait()
	}
	if err != nil && r.failed == 0 {
		r.report("go test", time.Since(r.started), err, "")
	}
}

func (r *run) read(in io.Reader) {
	r.open, r.failures = map[test]*strings.Builder{}, map[string]int{}
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadString('\n')
		var e event
		switch {
		case json.Unmarshal([]byte(line), &e) == nil:
			r.take(e)
		case strings.TrimSpace(line) != "":
			fmt.Fprint(r.out, line)
		}
		if err != nil {
			return
		}
	}
}

func (r *run) take(e event) {
	t := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		fmt.Fprint(r.out, e.Output)
	case "run":
		r.open[t] = &strings.Builder{}
	case "output":
		if r.open[t] == nil {
			r.open[t] = &strings.Builder{}
		}
		if !strings.HasPrefix(e.Output, "=== ") { // RUN, PAUSE, CONT: each line is known by its test
			r.open[t].WriteString(e.Output)
		}
	case "pass", "fail", "skip":
		if e.Test == "" {
			r.endPackage(e)
		} else {
			r.endTest(t, e.Action)
		}
		delete(r.open, t)
	}
}

func (r *run) endTest(t test, how string) {
	r.tested++
	switch how {
	case "pass":
		r.passed++
	case "fail":
		r.failed++
		r.failures[t.pkg]++
		fmt.Fprintf(r.out, "FAIL %s\n%s", t, r.said(t))
	case "skip":
		r.skipped++
		r.skips = append(r.skips, fmt.Sprintf("%s: %s", t, strings.Join(strings.Fields(r.said(t)), " ")))
	}
}

func (r *run) endPackage(e event) {
	switch e.Action {
	case "pass":
		fmt.Fprintf(r.out, "ok   %s (%.1f s)\n", e.Package, e.Elapsed)
		return
	case "skip":
		fmt.Fprintf(r.out, "     %s has no tests\n", e.Package)
		return
	}
	// A test that had not ended when its process did took the package down, or was taken down.
	var unfinished []test
	for t := range r.open {
		if t.pkg == e.Package && t.name != "" {
			unfinished = append(unfinished, t)
		}
	}
	slices.SortFunc(unfinished, func(a, b test) int { return strings.Compare(a.name, b.name) })
	for _, t := range unfinished {
		fmt.Fprint(r.out, "did not end: ")
		r.endTest(t, "fail")
		delete(r.open, t)
	}
	if r.failures[e.Package] == 0 {
		r.failed++ // It did not build, or failed outside any test.
	}
	r.broken = append(r.broken, e.Package)
	fmt.Fprintf(r.out, "FAIL %s (%.1f s)\n", e.Package, e.Elapsed)
	fmt.Fprint(r.out, r.said(test{pkg: e.Package}))
}

// said is what a test has printed.
func (r *run) said(t test) string {
	if r.open[t] == nil {
		return ""
	}
	return r.open[t].String()
}

// close prints what to look at, and the sum.
func (r *run) close() {
	fmt.Fprintln(r.out)
	for _, s := range r.skips {
		fmt.Fprintln(r.out, "skipped:", s)
	}
	for _, b := range r.broken {
		fmt.Fprintln(r.out, "failed:", b)
	}
	if r.tested == 0 {
		fmt.Fprintln(r.out, "no test ran")
	}
	fmt.Fprintf(r.out, "took %v\n", time.Since(r.started).Round(time.Second))
	fmt.Fprintf(r.out, "%d passed, %d failed", r.passed, r.failed)
	if r.skipped > 0 {
		fmt.Fprintf(r.out, ", %d skipped", r.skipped)
	}
	fmt.Fprintln(r.out)
}

// bad reports whether the run must not count as a success.
func (r *run) bad(strict bool) bool {
	return r.failed > 0 || r.tested == 0 || strict && r.skipped > 0
}
