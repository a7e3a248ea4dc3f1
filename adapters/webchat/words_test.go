package webchat

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"guildhall/core/text"
)

// Every sentence that the pages and the script say is there, in each language.
func TestWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	has := func(file, key string) {
		if !c.Has("webchat." + key) {
			t.Errorf("%s: the words webchat.%s are missing", file, key)
		}
	}
	for glob, uses := range map[string]*regexp.Regexp{
		"assets/*.html": regexp.MustCompile(`\$?\.?[sS]ay "([a-z_.]+)"`),
		"[a-z]*.go":     regexp.MustCompile(`\bsay\((?:who, )?"([a-z_.]+)"[,)]`),
		"assets/*.js":   regexp.MustCompile(`\bwords\.([a-z_]+)`),
	} {
		files, err := filepath.Glob(glob)
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range uses.FindAllStringSubmatch(string(b), -1) {
				found++
				switch key := m[1]; {
				case filepath.Ext(name) != ".js":
					has(name, key)
				case key == "long":
				default:
					has(name, "script."+key)
				}
			}
			for _, m := range regexp.MustCompile(`refuse\(http\.[A-Za-z]+, "([a-z_]+)"`).FindAllStringSubmatch(string(b), -1) {
				has(name, "problem."+m[1])
			}
		}
		if found == 0 {
			t.Errorf("no words in %s: the test looks past them", glob)
		}
	}
}

// The script says nothing that the page does not give it.
func TestScriptWords(t *testing.T) {
	t.Parallel()
	p, err := New(Options{Store: &Memory{}, Files: mustFolder(t)})
	if err != nil {
		t.Fatal(err)
	}
	given := p.scriptWords(p.personas[DemoAnna])
	files, err := filepath.Glob("assets/*.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`(?:\bwords\.|\b(?:say|sentence)\(")([a-z_]+)`).FindAllStringSubmatch(string(b), -1) {
			if given[m[1]] == "" {
				t.Errorf("%s says %q, which it is not given", name, m[1])
			}
		}
	}
}
