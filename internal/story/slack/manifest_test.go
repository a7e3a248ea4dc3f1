package slack_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
)

// What people find in Slack's menus, from the commands that there are.
func TestWhatTheManifestOffers(t *testing.T) {
	t.Parallel()
	commands, err := build.Commands("en")
	if err != nil {
		t.Fatal(err)
	}
	written, err := slack.Manifest(slack.ManifestOptions{Commands: commands})
	if err != nil {
		t.Fatal(err)
	}
	if err := slacktest.New(t).UseManifest(written); err != nil {
		t.Error(err)
	}
	var m struct {
		Features struct {
			Slash []struct {
				Command string `json:"command"`
			} `json:"slash_commands"`
			Shortcuts []struct {
				Name string `json:"name"`
				Type string `json:"type"`
				ID   string `json:"callback_id"`
			} `json:"shortcuts"`
		} `json:"features"`
	}
	if err := json.Unmarshal(written, &m); err != nil {
		t.Fatal(err)
	}
	var slash, menus []string
	for _, c := range m.Features.Slash {
		slash = append(slash, c.Command)
	}
	if got := strings.Join(slash, " "); got != "/ask /deposit /find /collab /promote /practice /digest /setup /guildhall" {
		t.Errorf("the slash commands are %s", got)
	}
	for _, s := range m.Features.Shortcuts {
		menus = append(menus, s.Type+" "+s.Name)
	}
	for _, want := range []string{"message Deposit in toolbox", "message Promote to best practice", "message This solved it", "global Ask for help", "global Find"} {
		if !slices.Contains(menus, want) {
			t.Errorf("no %q in %q", want, menus)
		}
	}
	// Translation is optional: it is offered where there is a command for it, and nowhere else.
	translates := slices.ContainsFunc(commands, func(c chat.CommandInfo) bool { return strings.HasPrefix(c.Path, "translate") && c.Action })
	if slices.Contains(menus, "message Translate") != translates {
		t.Errorf("translation is offered: %v; there is a command for it: %v", !translates, translates)
	}
}
