package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/work"
)

// shown are the names that /metrics shows, on a database with something in its queue, once everything
// was counted at least once.
func shown(t *testing.T) map[string]bool {
	t.Helper()
	address := "sqlite:" + filepath.Join(t.TempDir(), "guildhall.db")
	busy(t, address)
	db, err := sqlstore.Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	m := newMetrics(db)
	m.Event("slack", "command", "ask", "done", time.Second)
	m.Delivery("slack", "post", "done", time.Second)
	m.Worked("chat.post", work.Finished, false, time.Second, time.Second)
	m.Translated("done", 7, time.Second)
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range families {
		names[f.GetName()] = true
	}
	return names
}

func readDoc(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "..", path))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var metricName = regexp.MustCompile("(?:guildhall|go|process)_[a-z0-9_]+")

// TestEveryMetricIsExplained: what /metrics shows is in docs/operations.md, and what stands there is shown.
func TestEveryMetricIsExplained(t *testing.T) {
	t.Parallel()
	names := shown(t)
	doc := readDoc(t, "docs/operations.md")
	for name := range names {
		if strings.HasPrefix(name, "guildhall_") && !strings.Contains(doc, "| `"+name+"` |") {
			t.Errorf("docs/operations.md does not explain %s", name)
		}
		if !metricName.MatchString(name) {
			t.Errorf("%s has a name of no family that docs/operations.md knows", name)
		}
	}
	for _, name := range metricName.FindAllString(doc, -1) {
		if !names[strings.TrimSuffix(name, "_bucket")] && name != "go_" && name != "process_" {
			t.Errorf("docs/operations.md speaks of %s, which there is not", name)
		}
	}
}

// TestTheDashboardAsksForWhatThereIs reads every query of the dashboard.
func TestTheDashboardAsksForWhatThereIs(t *testing.T) {
	t.Parallel()
	var board struct {
		Panels []struct {
			Title   string
			Targets []struct{ Expr string }
		}
	}
	if err := json.Unmarshal([]byte(readDoc(t, "deploy/dashboard.json")), &board); err != nil {
		t.Fatal(err)
	}
	names := shown(t)
	asked := map[string]bool{}
	for _, p := range board.Panels {
		for _, target := range p.Targets {
			found := metricName.FindAllString(target.Expr, -1)
			if len(found) == 0 {
				t.Errorf("%s asks for nothing: %s", p.Title, target.Expr)
			}
			for _, name := range found {
				name = strings.TrimSuffix(name, "_bucket")
				asked[name] = true
				if !names[name] {
					t.Errorf("%s asks for %s, which there is not", p.Title, name)
				}
			}
		}
	}
	for name := range names {
		if strings.HasPrefix(name, "guildhall_") && !asked[name] {
			t.Errorf("no panel shows %s", name)
		}
	}
}

// TestEveryFieldOfTheLogIsExplained reads the calls of the log in the program's own code.
func TestEveryFieldOfTheLogIsExplained(t *testing.T) {
	t.Parallel()
	fields := map[string]string{}
	for _, folder := range []string{"core", "bots", "adapters", "jobs", "cmd"} {
		err := filepath.WalkDir(filepath.Join("..", "..", folder), func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") || strings.Contains(filepath.Dir(path), "test") {
				return err
			}
			return loggedIn(path, fields)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(fields) < 20 {
		t.Fatalf("only %d fields were found", len(fields))
	}
	doc := readDoc(t, "docs/operations.md")
	doc = doc[strings.Index(doc, "\n## The log"):]
	doc = doc[:strings.Index(doc, "\n## From")]
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !strings.Contains(doc, "`"+name+"`") {
			t.Errorf("docs/operations.md does not explain the field %s of the log (%s)", name, fields[name])
		}
	}
}

// loggedIn adds the fields that a file's calls of a log name.
func loggedIn(path string, fields map[string]string) error {
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
	if err != nil {
		return err
	}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		method, ok := call.Fun.(*ast.SelectorExpr)
		if !ok || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "With"}, method.Sel.Name) || !isLog(method.X) {
			return true
		}
		first := 1
		if method.Sel.Name == "With" {
			first = 0
		}
		for i := first; i < len(call.Args); i += 2 {
			if lit, ok := call.Args[i].(*ast.BasicLit); ok && lit.Kind == token.STRING {
				fields[strings.Trim(lit.Value, `"`)] = path
			}
		}
		return true
	})
	return nil
}

func isLog(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, "log")
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "log")
	}
	return false
}
