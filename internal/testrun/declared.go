package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// functions are those of one package's tests.
type functions struct {
	path, dir string
	names     []string
}

// declared returns, by package, the test functions whose names start with kind. They are read from
// the source: to ask the test binaries, all would have to be built once more.
func declared(kind string, packages []string) ([]functions, error) {
	lines, err := goList(`{{.ImportPath}}{{"\t"}}{{.Dir}}{{range .TestGoFiles}}{{"\t"}}{{.}}{{end}}{{range .XTestGoFiles}}{{"\t"}}{{.}}{{end}}`, packages...)
	if err != nil {
		return nil, err
	}
	var found []functions
	for _, line := range lines {
		fields := strings.Split(line, "\t")
		f := functions{path: fields[0], dir: fields[1]}
		for _, file := range fields[2:] {
			source, err := os.ReadFile(filepath.Join(f.dir, file))
			if err != nil {
				return nil, fmt.Errorf("look for %s functions: %w", kind, err)
			}
			f.names = append(f.names, named(kind, string(source))...)
		}
		if len(f.names) > 0 {
			found = append(found, f)
		}
	}
	return found, nil
}

func named(kind, source string) (names []string) {
	declaration := regexp.MustCompile(`(?m)^func (` + kind + `(?:[^a-z(\s][^(\s]*)?)\(`)
	for _, match := range declaration.FindAllStringSubmatch(source, -1) {
		names = append(names, match[1])
	}
	return names
}
