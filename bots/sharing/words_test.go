package sharing

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guildhall/core/sharing"
	"guildhall/core/text"
)

// sources are the program texts in which keys stand.
func sources(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, pattern := range []string{"*.go", "../../core/sharing/*.go"} {
		names, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, string(b))
		}
	}
	return out
}

var keyPattern = regexp.MustCompile(`"(sharing\.[a-z_]+(?:\.[a-z_]+)*)"`)

func TestWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	kinds := []string{sharing.KindSaidNo, sharing.KindFetch, sharing.KindDrop, sharing.KindDescribe}
	for _, source := range sources(t) {
		for _, m := range keyPattern.FindAllStringSubmatch(source, -1) {
			// A command's prefix has words below it, not of its own.
			if !c.Has(m[1]) && !c.Has(m[1]+".button") && !slices.Contains(kinds, m[1]) {
				t.Errorf("the words %s are missing", m[1])
			}
		}
	}
	for _, s := range []sharing.State{sharing.Draft, sharing.Submitted, sharing.Published, sharing.Superseded, sharing.Withdrawn} {
		for _, k := range []string{"state.R." + string(s), "sharing.card.title." + string(s)} {
			if !c.Has(k) {
				t.Errorf("the words %s are missing", k)
			}
		}
	}
	for _, k := range sharing.Kinds {
		if !c.Has("choice.kind." + string(k)) {
			t.Errorf("the kind %s has no words", k)
		}
	}
	for _, l := range licences() {
		if !c.Has("choice.licence." + l) {
			t.Errorf("the licence %s has no words", l)
		}
	}
}

// Every text that stands in a file is used: what nobody says any more goes.
func TestNoIdleWords(t *testing.T) {
	t.Parallel()
	all := strings.Join(sources(t), "\n")
	b, err := os.ReadFile("text/en.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keysOf(t, b) {
		parent := k[:strings.LastIndexByte(k, '.')]
		byEngine := slices.ContainsFunc([]string{".about", ".button", ".title", ".submit", ".offer", ".do", ".example"}, func(s string) bool { return strings.HasSuffix(k, s) }) ||
			strings.Contains(k, ".arg.") || strings.Contains(k, ".hint.")
		computed := slices.Contains([]string{"sharing.card.title", "sharing.twin"}, parent)
		if strings.HasPrefix(k, "sharing.") && !byEngine && !computed && !strings.Contains(all, `"`+k+`"`) {
			t.Errorf("nobody says %s", k)
		}
	}
}

func TestLicencesAreFourInPlainWordsFirst(t *testing.T) {
	t.Parallel()
	all := licences()
	if !slices.Equal(all[:firstLicences], []string{"CC-BY-4.0", "CC-BY-NC-4.0", reserved, unsure}) || len(all) != len(sharing.Licences)+2 {
		t.Errorf("%v", all)
	}
	for _, choice := range all {
		l := licence(choice)
		if _, ok := sharing.ParseLicence(string(l)); !ok || l.AllowsCopies() != (choice != reserved && choice != unsure) {
			t.Errorf("%s is %q", choice, l)
		}
	}
	for l, want := range map[sharing.Licence]string{"CC-BY-4.0": "CC BY 4.0", "CC-BY-NC-SA-4.0": "CC BY-NC-SA 4.0", "CC0-1.0": "CC0 1.0", "MIT": "MIT", "GPL-3.0-or-later": "GPL 3.0+", "EUPL-1.2": "EUPL 1.2"} {
		if got := nameOf(l); got != want {
			t.Errorf("%s is called %q", l, got)
		}
	}
}

// keysOf are the keys of a catalogue file. A message with plural forms has one.
func keysOf(t *testing.T, file []byte) []string {
	t.Helper()
	var all map[string]any
	if err := json.Unmarshal(file, &all); err != nil {
		t.Fatal(err)
	}
	var out []string
	var walk func(prefix string, v any)
	walk = func(prefix string, v any) {
		group, nested := v.(map[string]any)
		if _, plural := group["other"]; !nested || plural {
			out = append(out, prefix)
			return
		}
		for name, below := range group {
			walk(strings.TrimPrefix(prefix+"."+name, "."), below)
		}
	}
	walk("", all)
	return out
}
