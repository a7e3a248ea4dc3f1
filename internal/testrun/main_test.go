package main

import (
	"strings"
	"testing"
)

func TestTallyCountsByOutcome(t *testing.T) {
	t.Parallel()
	in := strings.Join([]string{
		`{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:3: figures: 12 kills\n"}`,
		`{"Action":"output","Package":"p","Test":"A","Output":"    a_test.go:4: not worth reading\n"}`,
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
	for _, want := range []string{"     A: 12 kills\n", "FAIL p B\nit broke\n", "skipped: p C: no database", "failed: p\n", "not JSON", "q has no tests",
		"\n1 passed, 1 failed, 1 skipped\n"} {
		if !strings.Contains(w.String(), want) {
			t.Errorf("%q is not in:\n%s", want, w.String())
		}
	}
	if strings.Contains(w.String(), "not worth reading") {
		t.Errorf("what a test that passed says in passing is in:\n%s", w.String())
	}
}
