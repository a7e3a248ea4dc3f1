package slacktest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// published reads a file of Slack's published reference: in GUILDHALL_PLATFORM_DATA, or in shared/data of
// a folder above.
func published(t *testing.T, file string, into any) bool {
	t.Helper()
	roots := []string{os.Getenv("GUILDHALL_PLATFORM_DATA")}
	if wd, err := os.Getwd(); err == nil {
		for d := wd; d != filepath.Dir(d); d = filepath.Dir(d) {
			roots = append(roots, filepath.Join(d, "shared", "data"))
		}
	}
	for _, r := range roots {
		if r == "" {
			continue
		}
		data, err := os.ReadFile(filepath.Join(r, "slack", file))
		if err != nil {
			continue
		}
		if err := json.Unmarshal(data, into); err != nil {
			t.Fatal(err)
		}
		t.Logf("checked against Slack's published %s", file)
		return true
	}
	t.Logf("NOT checked against Slack's published %s: set GUILDHALL_PLATFORM_DATA to the folder that holds slack/%s", file, file)
	return false
}

func TestMethodsAreAsPublished(t *testing.T) {
	t.Parallel()
	var all map[string]struct {
		Tier     string              `json:"tier"`
		JSON     bool                `json:"json"`
		Required []string            `json:"required"`
		Scopes   map[string][]string `json:"scopes"`
	}
	if !published(t, "methods.json", &all) {
		return
	}
	for name, m := range methods {
		p, ok := all[name]
		if !ok {
			t.Errorf("%s is not Slack's", name)
			continue
		}
		if want := "t" + string(rune('0'+m.tier)); p.Tier != want && p.Tier != "" {
			t.Errorf("%s: tier %s, published %s", name, want, p.Tier)
		}
		if m.json != p.JSON {
			t.Errorf("%s: reads JSON %v, published %v", name, m.json, p.JSON)
		}
		for _, key := range p.Required {
			if !slices.Contains(m.required, key) {
				t.Errorf("%s: %s is required", name, key)
			}
		}
		for _, sc := range m.scopes {
			if !slices.Contains(p.Scopes["bot"], sc) {
				t.Errorf("%s: scope %s is not among %v", name, sc, p.Scopes["bot"])
			}
		}
		if len(m.scopes) == 0 && m.token == botToken && len(p.Scopes["bot"]) > 0 && !dependsOnKind(name) {
			t.Errorf("%s needs one of %v", name, p.Scopes["bot"])
		}
	}
}

// dependsOnKind says whether a method asks for its scope itself, by the kind of conversation.
func dependsOnKind(name string) bool {
	return len(name) > 14 && name[:14] == "conversations." || name == "users.conversations"
}

func TestEventScopesAreAsPublished(t *testing.T) {
	t.Parallel()
	var all map[string]struct {
		Scopes []string `json:"scopes"`
	}
	if !published(t, "events.json", &all) {
		return
	}
	checked := 0
	for name, p := range all {
		for _, sc := range eventScopes(name) {
			checked++
			// The reference misspells one.
			if !slices.Contains(p.Scopes, sc) && !(name == "app_mention" && sc == "app_mentions:read") {
				t.Errorf("%s: scope %s is not among %v", name, sc, p.Scopes)
			}
		}
	}
	if checked == 0 {
		t.Error("nothing was checked")
	}
}
