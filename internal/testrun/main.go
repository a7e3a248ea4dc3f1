// Command testrun runs all checks and tests of the module and says what ran.
//
//	testrun          everything: checks, tests with the race detector, benchmarks once, fuzzing briefly
//	testrun -quick   the edit-test loop: tests under -short, and what has not changed is not run again
//
// It prints a line per check and per package, the output of what failed, and last, alone on its
// line, "N passed, N failed" (and ", N skipped"): each check, test, subtest and fuzz target is one.
// It fails when something failed, when no test ran, and, with CI set in the environment, when
// anything was skipped.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"guildhall/internal/pgtest"
)

// tags make the program that is released: mautrix's encryption in Go.
const tags = "goolm"

// limit is how long one package's tests may take before they count as stuck.
const limit = "10m"

func main() {
	quick := flag.Bool("quick", false, "run the tests under -short alone, and keep results of what has not changed")
	fuzz := flag.Duration("fuzz", 2*time.Second, "how long each fuzz target runs")
	flag.Parse()
	packages := flag.Args()
	if len(packages) == 0 {
		packages = []string{"./..."}
	}
	r := run{out: os.Stdout, started: time.Now()}
	if *quick {
		r.tests([]string{"CGO_ENABLED=0"}, append([]string{"-short", "-tags", tags}, packages...))
	} else {
		r.checks()
		r.everything(packages, *fuzz)
	}
	r.close()
	if r.bad(os.Getenv("CI") != "") {
		os.Exit(1)
	}
}

// everything runs the tests beside one Postgres for all packages, which are then quicker than when
// each starts its own.
func (r *run) everything(packages []string, fuzz time.Duration) {
	environment := []string{"CGO_ENABLED=1"} // The race detector needs it.
	if os.Getenv(pgtest.Env) == "" {
		server, err := pgtest.Start(false)
		if err != nil {
			r.report("Postgres", 0, err, "")
		} else {
			environment = append(environment, pgtest.Env+"="+server.URL())
			defer func() {
				if err := server.Close(); err != nil {
					r.report("Postgres", 0, err, "")
				}
			}()
		}
	}
	r.tests(environment, append([]string{"-race", "-count=1", "-timeout", limit, "-tags", tags}, packages...))
	r.benchmarks(packages)
	r.fuzzing(packages, fuzz)
}

// report counts a check and prints its line, and its output when it failed.
func (r *run) report(name string, took time.Duration, err error, output string) {
	if err == nil {
		r.passed++
		fmt.Fprintf(r.out, "ok   %s (%.1f s)\n", name, took.Seconds())
		return
	}
	r.failed++
	r.broken = append(r.broken, name)
	fmt.Fprintf(r.out, "FAIL %s (%.1f s): %v\n%s", name, took.Seconds(), err, output)
}
