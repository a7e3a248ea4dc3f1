package collaboration

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"guildhall/core/text"
)

// Every key that the bot and its rules name stands in the catalogue, in each language.
func TestWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	key := regexp.MustCompile(`"(collaboration\.[a-z_]+(?:\.[a-z_]+)*)"`)
	kinds := []string{"collaboration.remind", "collaboration.archive"}
	var sources []string
	for _, dir := range []string{".", "../../core/collaboration"} {
		found, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(found) == 0 {
			t.Fatal(dir, err)
		}
		sources = append(sources, found...)
	}
	for _, name := range sources {
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range key.FindAllStringSubmatch(string(source), -1) {
			// A command's prefix has words below it, not of its own.
			if !c.Has(m[1]) && !c.Has(m[1]+".button") && !slices.Contains(kinds, m[1]) {
				t.Errorf("%s: the words %s are missing", name, m[1])
			}
		}
	}
	for _, s := range []string{"proposed", "open", "closing", "closed", "archived", "withdrawn"} {
		for _, k := range []string{"state.C." + s, "collaboration.card.title." + s} {
			if !c.Has(k) {
				t.Errorf("the words %s are missing", k)
			}
		}
	}
	for _, what := range []string{"theme", "goal", "text", "reason", "outcome"} {
		if !c.Has("collaboration."+what+".empty") || !c.Has("collaboration."+what+".long") {
			t.Errorf("nothing says what is wrong with %s", what)
		}
	}
}
