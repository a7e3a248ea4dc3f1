package layout_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/internal/layout"
)

const root = "../.."

func TestImportsGoOneWay(t *testing.T) {
	t.Parallel()
	touchAll(t)
	// With goolm the program can read encrypted rooms, without it some files are replaced.
	for _, tags := range []string{"", "goolm"} {
		t.Run("tags "+tags, func(t *testing.T) {
			t.Parallel()
			all, err := layout.List(root, tags)
			if err != nil {
				t.Fatal(err)
			}
			if all["guildhall/internal/layout"] == nil {
				t.Fatal("go list does not tell of this very package")
			}
			for _, fault := range layout.Faults(all) {
				t.Error(fault)
			}
		})
	}
}

// touchAll looks at every source file: go test keeps a result until a file that the test itself has
// opened changes, and it does not see what go list reads.
func touchAll(t *testing.T) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "tools") {
			return fs.SkipDir
		}
		if filepath.Ext(path) == ".go" {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestFaults(t *testing.T) {
	t.Parallel()
	const program = `
		cmd/guildhall           bots adapters/slack jobs core/chat fmt
		bots                    bots/sharing
		bots/sharing            core/sharing golang.org/x/text/language
		bots/bottest            adapters/sqlstore bots testing
		adapters/slack          core/chat github.com/slack-go/slack net/http
		adapters/slack/render   core/chat
		adapters/slack/slacktest github.com/slack-go/slack testing
		adapters/sqlstore       database/sql core/sharing migrations
		migrations              embed
		jobs                    core/chat github.com/robfig/cron/v3
		core/chat               strings github.com/rivo/uniseg
		core/sharing            core/chat
		core/chat/chattest      core/chat testing
	`
	for _, c := range []struct{ name, add, want string }{
		{"what is allowed", "", ""},
		{"core uses HTTP", "core/chat net/http", "pure libraries: core/chat → net/http"},
		{"core uses HTTP through a library", "github.com/rivo/uniseg net/http",
			"pure libraries: core/chat → github.com/rivo/uniseg → net/http"},
		{"core uses a library", "core/sharing github.com/other/thing", "core/sharing → github.com/other/thing"},
		{"core uses a bot", "core/sharing bots/sharing", "core/sharing → bots/sharing"},
		{"a bot uses a bot", "bots/digest bots/sharing", "never each other: bots/digest → bots/sharing"},
		{"a bot uses an adapter", "bots/sharing adapters/sqlstore", "bots/sharing → adapters/sqlstore"},
		{"a bot uses HTTP", "bots/sharing net/http", "bots/sharing → net/http"},
		{"a bot uses a library", "bots/sharing github.com/rivo/uniseg", "bots/sharing → github.com/rivo/uniseg"},
		{"an adapter uses an adapter", "adapters/slack adapters/sqlstore", "adapters/slack → adapters/sqlstore"},
		{"an adapter uses jobs", "adapters/slack/render jobs", "another adapter: adapters/slack/render → jobs"},
		{"jobs use an adapter", "jobs adapters/slack", "jobs → adapters/slack"},
		{"jobs use a library", "jobs github.com/prometheus/client_golang", "jobs → github.com/prometheus/client_golang"},
		{"another folder uses an adapter", "web adapters/slack", "only cmd imports adapters: web → adapters/slack"},
		{"cmd names an SDK", "cmd/guildhall github.com/slack-go/slack", "only adapters/slack, internal/crowd may name github.com/slack-go/slack: cmd/guildhall"},
		{"cmd names SQL", "cmd/guildhall database/sql", "may name database/sql: cmd/guildhall → database/sql"},
		{"migrations use core", "migrations core/chat", "migrations → core/chat"},
		{"the program holds a harness", "adapters/slack core/chat/chattest", "only tests may use what is there for tests: adapters/slack → core/chat/chattest"},
		{"the program holds testing", "core/sharing testing", "what is there for tests: core/sharing → testing"},
		{"a vague name", "core/chat/util strings", `core/chat/util: the name "util"`},
		{"no doc", "core/undocumented strings", "core/undocumented: no doc comment"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			faults := layout.Faults(graph(program + c.add))
			got := strings.Join(faults, "\n")
			if c.want == "" && got != "" || !strings.Contains(got, c.want) {
				t.Errorf("got faults:\n%s\nwant: %q", got, c.want)
			}
		})
	}
}

// graph reads lines of a package and what it imports. Names whose first part has a dot are foreign
// libraries; the folders of the program are ours; the rest is the standard library.
func graph(lines string) layout.Packages {
	all := layout.Packages{}
	add := func(name string) *layout.Package {
		first, _, _ := strings.Cut(name, "/")
		ours := strings.Contains(" cmd bots adapters jobs core migrations web ", " "+first+" ")
		path := name
		if ours {
			path = "guildhall/" + name
		}
		if p := all[path]; p != nil {
			return p
		}
		p := &layout.Package{ImportPath: path, GoFiles: []string{"a.go"}, Doc: "Package x is described."}
		if name == "core/undocumented" {
			p.Doc = ""
		}
		p.Standard = !ours && !strings.Contains(first, ".")
		if !p.Standard {
			p.Module = &layout.Module{Path: "guildhall", Main: ours}
		}
		all[path] = p
		return p
	}
	for line := range strings.Lines(lines) {
		names := strings.Fields(line)
		if len(names) == 0 {
			continue
		}
		p := add(names[0])
		for _, name := range names[1:] {
			p.Imports = append(p.Imports, add(name).ImportPath)
		}
	}
	return all
}
