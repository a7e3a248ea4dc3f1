package main

import (
	"strings"
	"testing"
)

func TestTallyCountsByOutcome(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"Action":"pass","Package":"p","Test":"A"}`,
		`{"Action":"output","Package":"p","Test":"B","Output":"it broke\n"}`,
		`{"Action":"fail","Package":"p","Test":"B"}`,
		`{"Action":"output","Package":"p","Test":"C","Output":"no database\n"}`,
		`{"Action":"skip","Package":"p","Test":"C"}`,
		`{"Action":"fail","Package":"p","Elapsed":1.5}`,
		`{"Action":"skip","Package":"q"}`,
		`not JSON`,
	}, "\n")
	var w strings.Builder
	tally := tally{output: map[string][]string{}}
	tally.read(strings.NewReader(in), &w)
	tally.close(&w)
	for _, want := range []string{"FAIL p B\nit broke\n", "skipped: p C: no database", "failed: p\n", "not JSON", "q has no tests",
		"\n1 passed, 1 failed, 1 skipped\n"} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("%q is not in:\n%s", want, w.String())
		}
	}
}
