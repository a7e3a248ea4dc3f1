package bottest

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guildhall/core/text"
)

// Words are a bot's texts and the code that says them: its own folder, and that of its rules where it
// has one.
type Words struct {
	Texts    fs.FS
	Prefix   string   // of the keys, "sharing"
	Rules    string   // the folder of the rules, "../../core/sharing"; empty for none
	Composed []string // keys that the code puts together
	Apart    []string // what looks like a key and is none: kinds of work, the names of what is done regularly
}

// byEngine are the ends of the keys that the engine puts together from a command's.
var byEngine = regexp.MustCompile(`\.(about|button|title|submit|offer|do|example|arg\.\w+|hint\.\w+)$`)

// Check fails when the texts are not whole in each language, when the code names a key without words,
// and when words stand there that nobody says.
func (w Words) Check(t *testing.T) {
	t.Helper()
	c, err := text.Load(w.Texts)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	for _, key := range w.Composed {
		if !c.Has(key) {
			t.Errorf("the words %s are missing", key)
		}
	}
	said := w.named(t)
	for _, key := range said {
		// A command's prefix has words below it, not of its own.
		if !c.Has(key) && !c.Has(key+".button") && !slices.Contains(w.Apart, key) {
			t.Errorf("the words %s are missing", key)
		}
	}
	for _, key := range w.keys(t) {
		if strings.HasPrefix(key, w.Prefix+".") && !byEngine.MatchString(key) && !slices.Contains(said, key) && !slices.Contains(w.Composed, key) {
			t.Errorf("nobody says %s", key)
		}
	}
}

// named are the keys that stand in the code.
func (w Words) named(t *testing.T) []string {
	t.Helper()
	key := regexp.MustCompile(`"(` + w.Prefix + `\.[a-z_]+(?:\.[a-z_]+)*)"`)
	var out []string
	for _, dir := range []string{".", w.Rules} {
		if dir == "" {
			continue
		}
		sources, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(sources) == 0 {
			t.Fatalf("no code in %s: %v", dir, err)
		}
		for _, name := range sources {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range key.FindAllStringSubmatch(string(source), -1) {
				out = append(out, m[1])
			}
		}
	}
	return out
}

// keys are those that have words. A message with plural forms has one.
func (w Words) keys(t *testing.T) []string {
	t.Helper()
	file, err := fs.ReadFile(w.Texts, "text/en.json")
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]any
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(key string, v any)
	walk = func(key string, v any) {
		group, nested := v.(map[string]any)
		if _, plural := group["other"]; !nested || plural {
			out = append(out, key)
			return
		}
		for name, below := range group {
			walk(strings.TrimPrefix(key+"."+name, "."), below)
		}
	}
	walk("", all)
	slices.Sort(out)
	return out
}

// Under are keys below a prefix, one for each code.
func Under[T ~string](prefix string, codes ...T) []string {
	out := make([]string, len(codes))
	for i, c := range codes {
		out[i] = prefix + "." + string(c)
	}
	return out
}
