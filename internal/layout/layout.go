// Package layout holds the rules of who may import whom, and tests the whole module against them:
//
//	cmd → adapters, bots, jobs → core
//
// The rules stand in rules.go, each with its reason. Tests are freer than the packages they test.
package layout

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
)

// Package is what `go list -json` tells of one package.
type Package struct {
	ImportPath string
	Name       string
	Doc        string
	Standard   bool
	GoFiles    []string
	Imports    []string
	Module     *Module
}

// Module is where a package comes from; the standard library has none.
type Module struct {
	Path string
	Main bool
}

// Packages are all packages of a build, by import path.
type Packages map[string]*Package

// List returns the packages of the module in dir and all that they import, as they are built with
// tags. Tests, and what only they import, are not among them.
func List(dir, tags string) (Packages, error) {
	cmd := exec.Command("go", "list", "-deps", "-tags", tags,
		"-json=ImportPath,Name,Doc,Standard,GoFiles,Imports,Module", "./...")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w\n%s", err, stderr.String())
	}
	all := Packages{}
	for lines := json.NewDecoder(bytes.NewReader(out)); ; {
		var p Package
		if err := lines.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("read what go list says: %w", err)
		}
		all[p.ImportPath] = &p
	}
}

// ours are the import paths of the main module's packages, without the module's name, sorted.
func (all Packages) ours() []string {
	var paths []string
	for _, p := range all {
		if p.Module != nil && p.Module.Main {
			paths = append(paths, p.ImportPath)
		}
	}
	slices.Sort(paths)
	return paths
}

// short is how rules name a package: ours without the module's name.
func (all Packages) short(path string) string {
	if p := all[path]; p != nil && p.Module != nil && p.Module.Main {
		return strings.TrimPrefix(strings.TrimPrefix(path, p.Module.Path), "/")
	}
	return path
}

// chain returns the shortest way by which from comes to import a package that bad accepts, or nil.
// It does not look behind what stop accepts.
func (all Packages) chain(from string, bad, stop func(path string) bool) []string {
	before := map[string]string{from: ""}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		p := all[queue[0]]
		if p == nil {
			continue // "C" and the like
		}
		for _, next := range p.Imports {
			if _, seen := before[next]; seen {
				continue
			}
			before[next] = queue[0]
			if bad(next) {
				return all.way(before, next)
			}
			if !stop(next) {
				queue = append(queue, next)
			}
		}
	}
	return nil
}

func (all Packages) way(before map[string]string, to string) []string {
	var way []string
	for path := to; path != ""; path = before[path] {
		way = append(way, all.short(path))
	}
	slices.Reverse(way)
	return way
}

// under reports whether path is folder or lies in it.
func under(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
