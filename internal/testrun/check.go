package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// checks are what is looked at without running a test.
func (r *run) checks() {
	r.formatted()
	// Without cgo, as it is released; plain, as who has only Go builds it.
	r.command("go build", []string{"CGO_ENABLED=0"}, "go", "build", "-buildvcs=false", "./...")
	r.command("go build -tags "+tags, []string{"CGO_ENABLED=0"}, "go", "build", "-buildvcs=false", "-tags", tags, "./...")
	r.command("go vet", nil, "go", "vet", "./...")
	r.command("go vet -tags "+tags, nil, "go", "vet", "-tags", tags, "./...")
	r.command("golangci-lint", nil, ".cache/bin/golangci-lint", "run", "./...")
}

func (r *run) formatted() {
	started := time.Now()
	dirs, err := goList("{{.Dir}}", "./...")
	var out []byte
	if err == nil {
		// By folder, for go files that a tag leaves out; -l goes into testdata too, as it should.
		out, err = exec.Command("gofmt", append([]string{"-l"}, dirs...)...).CombinedOutput()
	}
	if err == nil && len(bytes.TrimSpace(out)) > 0 {
		err = errors.New("run gofmt -w on")
	}
	r.report("gofmt", time.Since(started), err, string(out))
}

// command runs a check that says what is wrong and exits with an error.
func (r *run) command(name string, environment []string, program string, args ...string) {
	started := time.Now()
	cmd := exec.Command(program, args...)
	cmd.Env = append(os.Environ(), environment...)
	out, err := cmd.CombinedOutput()
	r.report(name, time.Since(started), err, string(out))
}

// benchmarks runs each benchmark once: it still works, and how fast it is here means nothing.
// They run under -short, so that those which need servers or minutes may leave themselves out.
func (r *run) benchmarks(packages []string) {
	found, err := declared("Benchmark", packages)
	if err != nil {
		r.report("benchmarks", 0, err, "")
		return
	}
	if len(found) == 0 {
		return
	}
	args := []string{"test", "-short", "-tags", tags, "-run", "^$", "-bench", ".", "-benchtime", "1x", "-timeout", limit}
	for _, f := range found {
		args = append(args, f.dir)
	}
	r.command(fmt.Sprintf("benchmarks of %d packages, once each", len(found)), []string{"CGO_ENABLED=0"}, "go", args...)
}

// fuzzing lets each fuzz target look for new inputs for a while.
func (r *run) fuzzing(packages []string, each time.Duration) {
	found, err := declared("Fuzz", packages)
	if err != nil {
		r.report("fuzzing", 0, err, "")
		return
	}
	for _, f := range found {
		for _, target := range f.names {
			r.command("fuzz "+f.path+" "+target, []string{"CGO_ENABLED=0"}, "go", "test", "-tags", tags, "-run", "^$",
				"-fuzz", "^"+target+"$", "-fuzztime", each.String(), f.dir)
		}
	}
}

// goList returns the non-empty lines that go list prints.
func goList(format string, packages ...string) ([]string, error) {
	cmd := exec.Command("go", append([]string{"list", "-tags", tags, "-f", format}, packages...)...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	return strings.FieldsFunc(string(out), func(c rune) bool { return c == '\n' }), nil
}
