package slack

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

func someCommands() []chat.CommandInfo {
	return []chat.CommandInfo{
		{Path: "ask", About: "Asks the community for help.", Top: 1, Global: true, Button: "Ask for help",
			Args: []chat.ArgInfo{{Name: "question", Required: true}, {Name: "topic"}, {Name: "file", Kind: chat.File}}},
		{Path: "deposit", About: "Puts something into the toolbox.", Top: 2, Action: true, Global: true, Button: "Share something"},
		{Path: "collab list", About: "Lists collaborations.", Top: 4}, {Path: "collab open", About: strings.Repeat("Opens one. ", 300)},
		{Path: "solved", About: "Says which answer solved it.", Action: true, Button: "This solved it, and a very long label at that"},
		{Path: "translate text", Action: true}, {Path: "a", Action: true}, {Path: "b", Action: true}, {Path: "c", Action: true, Global: true},
		{Path: "hidden", Top: 3, Hidden: true}, {Path: "help", About: "Shows what I can do.", Top: 9},
	}
}

func TestManifestIsTaken(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]ManifestOptions{
		"socket": {}, "http": {URL: "https://guild.example.org/", Prefix: "vet-", Name: strings.Repeat("Guildhall ", 20)}, "italian": {Lang: "it"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o.Commands = someCommands()
			m, err := Manifest(o)
			if err != nil {
				t.Fatal(err)
			}
			if err := slacktest.New(t).UseManifest(m); err != nil {
				t.Error(err)
			}
			var doc any
			if err := json.Unmarshal(m, &doc); err != nil {
				t.Fatal(err)
			}
			if s := published(t); s != nil {
				for _, fault := range s.check(doc, s.root, "") {
					t.Error(fault)
				}
			}
		})
	}
}

func TestManifestRefusesWhatSlackKeeps(t *testing.T) {
	t.Parallel()
	if _, err := Manifest(ManifestOptions{Commands: []chat.CommandInfo{{Path: "topic", About: "x", Top: 1}}}); err == nil {
		t.Error("/topic is Slack's own")
	}
	if _, err := Manifest(ManifestOptions{Commands: someCommands(), Prefix: "a-very-long-prefix-indeed-"}); err == nil {
		t.Error("a name of more than 32 characters")
	}
}

// schema checks against the parts of JSON Schema that Slack's manifest schema uses.
type schema struct {
	root        map[string]any
	definitions map[string]any
}

// published is Slack's published schema; nil, and said so, where it is not at hand.
func published(t *testing.T) *schema {
	t.Helper()
	roots := []string{os.Getenv("GUILDHALL_PLATFORM_DATA")}
	if wd, err := os.Getwd(); err == nil {
		for d := wd; d != filepath.Dir(d); d = filepath.Dir(d) {
			roots = append(roots, filepath.Join(d, "shared", "data"))
		}
	}
	for _, r := range roots {
		data, err := os.ReadFile(filepath.Join(r, "slack", "manifest.schema.json"))
		if r == "" || err != nil {
			continue
		}
		var root map[string]any
		if err := json.Unmarshal(data, &root); err != nil {
			t.Fatal(err)
		}
		defs, _ := root["definitions"].(map[string]any)
		t.Log("checked against Slack's published schema")
		return &schema{root, defs}
	}
	t.Log("NOT checked against Slack's published schema: set GUILDHALL_PLATFORM_DATA to the folder that holds slack/manifest.schema.json")
	return nil
}

func (s *schema) check(v any, rule map[string]any, at string) (faults []string) {
	bad := func(format string, args ...any) { faults = append(faults, at+": "+fmt.Sprintf(format, args...)) }
	if ref, ok := rule["$ref"].(string); ok {
		target, ok := s.definitions[strings.TrimPrefix(ref, "#/definitions/")].(map[string]any)
		if !ok {
			bad("no definition %s", ref)
			return faults
		}
		return s.check(v, target, at)
	}
	limit := func(key string) (float64, bool) { n, ok := rule[key].(float64); return n, ok }
	if all, ok := rule["enum"].([]any); ok && !slices.Contains(all, v) {
		bad("%v is not one of %v", v, all)
	}
	switch v := v.(type) {
	case string:
		if rule["type"] != nil && rule["type"] != "string" {
			bad("is a string, not %v", rule["type"])
		}
		n := float64(utf8.RuneCountInString(v))
		if most, ok := limit("maxLength"); ok && n > most {
			bad("%v characters, at most %v", n, most)
		}
		if least, ok := limit("minLength"); ok && n < least {
			bad("%v characters, at least %v", n, least)
		}
		for _, key := range []string{"pattern", "regex"} {
			if p, ok := rule[key].(string); ok && !regexp.MustCompile(p).MatchString(v) {
				bad("%q does not match %s", v, p)
			}
		}
	case bool:
		if rule["type"] != nil && rule["type"] != "boolean" {
			bad("is a boolean, not %v", rule["type"])
		}
	case []any:
		if rule["type"] != nil && rule["type"] != "array" {
			bad("is a list, not %v", rule["type"])
		}
		if most, ok := limit("maxItems"); ok && float64(len(v)) > most {
			bad("%d items, at most %v", len(v), most)
		}
		if item, ok := rule["items"].(map[string]any); ok {
			for i, x := range v {
				faults = append(faults, s.check(x, item, fmt.Sprintf("%s/%d", at, i))...)
			}
		}
	case map[string]any:
		faults = append(faults, s.object(v, rule, at)...)
	}
	return faults
}

func (s *schema) object(v, rule map[string]any, at string) (faults []string) {
	if rule["type"] != nil && rule["type"] != "object" {
		faults = append(faults, fmt.Sprintf("%s: is an object, not %v", at, rule["type"]))
	}
	props, _ := rule["properties"].(map[string]any)
	need, _ := rule["required"].([]any)
	for _, key := range need {
		if name, _ := key.(string); v[name] == nil {
			faults = append(faults, at+"/"+name+": is missing")
		}
	}
	for key, x := range v {
		p, ok := props[key].(map[string]any)
		if !ok {
			if rule["additionalProperties"] == false {
				faults = append(faults, at+"/"+key+": is unknown")
			}
			continue
		}
		faults = append(faults, s.check(x, p, at+"/"+key)...)
	}
	return faults
}

// Every scope is asked for by something that is used, as far as the reference tells, and has its reason.
func TestScopesHaveReasons(t *testing.T) {
	t.Parallel()
	all := slacktest.AllScopes()
	for name, why := range Scopes() {
		if !slices.Contains(all, name) || why == "" {
			t.Errorf("scope %q: %q", name, why)
		}
	}
}

// The documentation has a line for each scope, and for no other.
func TestScopesAreDocumented(t *testing.T) {
	t.Parallel()
	for _, page := range []string{filepath.Join("docs", "slack.md"), "README.md"} {
		doc, err := os.ReadFile(filepath.Join("..", "..", page))
		if err != nil {
			t.Fatal(err)
		}
		var listed []string
		for _, m := range regexp.MustCompile("(?m)^ *\\| `([a-z_:]+)` \\| [a-z✅]").FindAllStringSubmatch(string(doc), -1) {
			if strings.Contains(m[1], ":") || m[1] == "commands" {
				listed = append(listed, m[1])
			}
		}
		if !slices.Equal(listed, scopeNames()) {
			t.Errorf("%s explains %v, asked for are %v", page, listed, scopeNames())
		}
	}
}
