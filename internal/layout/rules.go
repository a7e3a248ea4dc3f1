package layout

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

// pure are the libraries that core may use: words, letters and licences, nothing that does I/O.
var pure = []string{
	"golang.org/x/text",
	"github.com/blevesearch/snowballstem",
	"github.com/rivo/uniseg",
	"github.com/agnivade/levenshtein",
	"github.com/github/go-spdx/v2",
}

// outward are the parts of the standard library that reach the world; core leaves them to adapters.
var outward = []string{"net/http", "net/smtp", "net/rpc", "database/sql", "os/exec", "plugin"}

// owners are the folders that alone may name a library, so that it can be replaced in one place.
var owners = map[string][]string{
	"github.com/slack-go/slack":     {"adapters/slack", "internal/crowd"}, // the bare echoes to compare with
	"github.com/bwmarrin/discordgo": {"adapters/discord", "internal/crowd"},
	"github.com/wneessen/go-mail":   {"adapters/mail"},
	// The crypto store of mautrix wants a *sql.DB of its own.
	"maunium.net/go/mautrix":  {"adapters/matrix"},
	"database/sql":            {"adapters/sqlstore", "adapters/matrix", "migrations"},
	"github.com/jackc/pgx/v5": {"adapters/sqlstore", "adapters/matrix", "internal/pgtest"},
	"modernc.org/sqlite":      {"adapters/sqlstore", "adapters/matrix"},
}

// vague names say nothing about what a package holds.
var vague = []string{
	"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc",
	"base", "shared", "lib", "interfaces",
}

// testOnly reports whether the package is there for tests: all of internal, and the harnesses that
// stand beside what they test (bots/bottest, core/chat/chattest, adapters/slack/slacktest).
func testOnly(short string) bool {
	return under(short, "internal") || strings.HasSuffix(short, "test")
}

// Faults returns a sentence for each place where a rule is broken, sorted.
func Faults(all Packages) []string {
	var faults []string
	for _, p := range all.ours() {
		faults = append(faults, all.named(p)...)
		faults = append(faults, all.imports(p)...)
	}
	slices.Sort(faults)
	return slices.Compact(faults)
}

func (all Packages) named(p string) (faults []string) {
	short := all.short(p)
	for part := range strings.SplitSeq(short, "/") {
		if slices.Contains(vague, part) {
			faults = append(faults, fmt.Sprintf("%s: the name %q does not say what the package holds", short, part))
		}
	}
	if len(all[p].GoFiles) > 0 && strings.TrimSpace(all[p].Doc) == "" {
		faults = append(faults, short+": no doc comment says what the package is for")
	}
	return faults
}

// imports follows what p imports directly and through other packages of ours or, for core, through
// anything.
func (all Packages) imports(p string) (faults []string) {
	short := all.short(p)
	foreign := func(path string) bool { return !all.isOurs(path) }
	report := func(rule string, bad, stop func(string) bool) {
		if chain := all.chain(p, bad, stop); chain != nil {
			faults = append(faults, fmt.Sprintf("%s: %s", rule, strings.Join(chain, " → ")))
		}
	}
	// What lies behind another package of ours is that one's fault, and said once, there.
	direct := func(string) bool { return true }

	for library, folders := range owners {
		if !slices.ContainsFunc(folders, func(f string) bool { return under(short, f) }) {
			report("only "+strings.Join(folders, ", ")+" may name "+library,
				func(path string) bool { return under(path, library) }, direct)
		}
	}
	if !testOnly(short) {
		report("only tests may use what is there for tests",
			func(path string) bool { return all.isOurs(path) && testOnly(all.short(path)) || path == "testing" }, direct)
	}
	switch {
	case under(short, "core"):
		report("core imports core, the standard library without the outside world, and a few pure libraries",
			all.notForCore, func(path string) bool { return all.isOurs(path) || all[path] != nil && all[path].Standard })
	case testOnly(short):
	case under(short, "bots"):
		report("bots import core alone, and never each other", all.notForBot(short), direct)
	case under(short, "adapters"):
		report("adapters never import bots, jobs, cmd or another adapter", all.notForAdapter(short), foreign)
	case under(short, "jobs"):
		report("jobs import core and robfig/cron alone", all.notForJobs, direct)
	case short == "migrations":
		report("migrations import no package of ours", all.isOurs, direct)
	case !under(short, "cmd"):
		report("only cmd imports adapters",
			func(path string) bool { return all.isOurs(path) && under(all.short(path), "adapters") }, direct)
	}
	return faults
}

func (all Packages) isOurs(path string) bool {
	p := all[path]
	return p != nil && p.Module != nil && p.Module.Main
}

func (all Packages) isStandard(path string) bool {
	p := all[path]
	return p == nil || p.Standard
}

func (all Packages) notForCore(path string) bool {
	switch {
	case all.isOurs(path):
		return !under(all.short(path), "core")
	case all.isStandard(path):
		return isOutward(path)
	default:
		return !slices.ContainsFunc(pure, func(library string) bool { return under(path, library) })
	}
}

// notForBot: the package bots lists all bots; the others know core alone.
func (all Packages) notForBot(short string) func(string) bool {
	return func(path string) bool {
		switch {
		case all.isOurs(path):
			to := all.short(path)
			return !under(to, "core") && !(short == "bots" && under(to, "bots")) && !within(short, to, "bots")
		case all.isStandard(path):
			return isOutward(path)
		default:
			return !under(path, "golang.org/x/text")
		}
	}
}

func (all Packages) notForAdapter(short string) func(string) bool {
	return func(path string) bool {
		if !all.isOurs(path) {
			return false
		}
		to := all.short(path)
		return !under(to, "core") && to != "migrations" && !testOnly(to) && !within(short, to, "adapters")
	}
}

func (all Packages) notForJobs(path string) bool {
	switch {
	case all.isOurs(path):
		return !under(all.short(path), "core") && !under(all.short(path), "jobs")
	case all.isStandard(path):
		return isOutward(path)
	default:
		return !under(path, "github.com/robfig/cron/v3")
	}
}

func isOutward(path string) bool {
	return slices.ContainsFunc(outward, func(o string) bool { return under(path, o) })
}

// within reports whether from and to lie in the same folder of group, such as adapters/slack.
func within(from, to, group string) bool {
	folder := func(short string) string {
		rest, ok := strings.CutPrefix(short, group+"/")
		if !ok {
			return ""
		}
		first, _, _ := strings.Cut(rest, "/")
		return path.Join(group, first)
	}
	return folder(from) != "" && folder(from) == folder(to)
}
