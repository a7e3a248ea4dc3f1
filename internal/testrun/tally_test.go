package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

const header = "package p\nimport (\"os\"; \"testing\")\nvar _ = os.Exit\n"

// TestRealRuns runs go test on modules of one package each.
func TestRealRuns(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source      string
		sum               string
		says              []string
		badLocal, badInCI bool
	}{
		{
			name:   "all passes",
			source: header + `func TestA(t *testing.T) { t.Run("one", func(t *testing.T) {}); t.Log("quiet") }`,
			sum:    "2 passed, 0 failed",
			says:   []string{"ok   p"},
		}, {
			name:    "one is skipped",
			source:  header + `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Skip("no server") }`,
			sum:     "1 passed, 0 failed, 1 skipped",
			says:    []string{"skipped: p TestB:", "no server"},
			badInCI: true,
		}, {
			name:     "one fails",
			source:   header + `func TestA(t *testing.T) { t.Log("quiet") }; func TestB(t *testing.T) { t.Error("it broke") }`,
			sum:      "1 passed, 1 failed",
			says:     []string{"FAIL p TestB\n", "it broke", "failed: p\n"},
			badLocal: true, badInCI: true,
		}, {
			name:     "one panics beside another",
			source:   header + `func TestA(t *testing.T) {}; func TestB(t *testing.T) { t.Parallel(); select {} }; func TestC(t *testing.T) { t.Parallel(); panic("boom") }`,
			sum:      "1 passed, 2 failed",
			says:     []string{"boom", "failed: p\n"},
			badLocal: true, badInCI: true,
		}, {
			name:     "the process ends in the middle",
			source:   header + `func TestA(t *testing.T) {}; func TestB(t *testing.T) { os.Exit(3) }`,
			sum:      "1 passed, 1 failed",
			says:     []string{"FAIL p TestB\n", "failed: p\n"},
			badLocal: true, badInCI: true,
		}, {
			name:     "it does not build",
			source:   header + `func TestA(t *testing.T) { undefined() }`,
			sum:      "0 passed, 1 failed",
			says:     []string{"undefined: undefined", "failed: p\n"},
			badLocal: true, badInCI: true,
		}, {
			name:     "TestMain fails",
			source:   header + `func TestMain(*testing.M) { println("no data"); os.Exit(1) }`,
			sum:      "0 passed, 1 failed",
			says:     []string{"failed: p\n"},
			badLocal: true, badInCI: true,
		}, {
			name:     "there is no test",
			source:   "package p",
			sum:      "0 passed, 0 failed",
			says:     []string{"no test ran"},
			badLocal: true, badInCI: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for name, text := range map[string]string{"go.mod": "module p\n\ngo 1.24\n", "p_test.go": c.source} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			var out strings.Builder
			r := run{out: &out, dir: dir, started: time.Now()}
			r.tests([]string{"GOFLAGS=", "CGO_ENABLED=0"}, []string{"-vet=off", "./..."})
			r.close()
			if !strings.HasSuffix(out.String(), "\n"+c.sum+"\n") {
				t.Errorf("the last line is not %q", c.sum)
			}
			for _, want := range c.says {
				if !strings.Contains(out.String(), want) {
					t.Errorf("it does not say %q", want)
				}
			}
			if strings.Contains(out.String(), "quiet") {
				t.Error("it prints the output of a test that passed")
			}
			if r.bad(false) != c.badLocal || r.bad(true) != c.badInCI {
				t.Errorf("bad: here %v, in CI %v", r.bad(false), r.bad(true))
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}

func TestNamed(t *testing.T) {
	t.Parallel()
	const source = "func FuzzA(f *testing.F) {}\nfunc FuzzÄ_2(f *testing.F) {}\nfunc Fuzzy() {}\n// func FuzzB(\nfunc TestFuzz() {}\nfunc Fuzz(f *testing.F) {}\n"
	if got := named("Fuzz", source); !slices.Equal(got, []string{"FuzzA", "FuzzÄ_2", "Fuzz"}) {
		t.Errorf("got %q", got)
	}
}
