package communication

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"guildhall/core/communication"
	"guildhall/core/text"
)

func TestWords(t *testing.T) {
	t.Parallel()
	c, err := text.Load(words)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Languages(); !slices.Equal(got, []string{"en", "it"}) {
		t.Errorf("languages: %v", got)
	}
	key := regexp.MustCompile(`"(communication\.[a-z_]+(?:\.[a-z_]+)*)"`)
	kinds := []string{communication.KindNext, communication.KindWaiting, communication.KindForget, "communication.sleep"}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
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
	for _, s := range []communication.State{communication.Open, communication.Answered, communication.Solved, communication.Withdrawn, communication.Stale} {
		for _, k := range []string{"state.H." + string(s), "communication.card.title." + string(s)} {
			if !c.Has(k) {
				t.Errorf("the words %s are missing", k)
			}
		}
	}
	for _, u := range communication.Urgencies {
		if !c.Has("communication.urgent."+string(u)) || !c.Has("choice.urgency."+string(u)) {
			t.Errorf("the urgency %s has no words", u)
		}
	}
}

// Every text that stands in a file is used: what nobody says any more goes.
func TestNoIdleWords(t *testing.T) {
	t.Parallel()
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, name := range append(sources, "../../core/communication") {
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			more, _ := filepath.Glob(name + "/*.go")
			for _, m := range more {
				b, _ := os.ReadFile(m)
				code.Write(b)
			}
			continue
		}
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		code.Write(b)
	}
	raw, err := fs.ReadFile(words, "text/en.json")
	if err != nil {
		t.Fatal(err)
	}
	// Of the keys that are written out whole in the code, the last two names together.
	for _, group := range []string{"ask", "solved", "help", "private", "follow", "show", "withdrawn", "hidden", "waiting", "part"} {
		block := regexp.MustCompile(`(?s)\n    "` + group + `": \{(.*?)\n    \}`).FindSubmatch(raw)
		if block == nil {
			t.Fatalf("no words under %s", group)
		}
		for _, m := range regexp.MustCompile(`(?m)^      "([a-z_]+)":`).FindAllSubmatch(block[1], -1) {
			name := string(m[1])
			if slices.Contains([]string{"about", "button", "example", "arg", "hint", "submit", "title"}, name) {
				continue
			}
			if !strings.Contains(code.String(), "communication."+group+"."+name) {
				t.Errorf("communication.%s.%s is said by nobody", group, name)
			}
		}
	}
}
