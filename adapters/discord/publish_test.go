package discord_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
)

const registering = "PUT /applications/{app}/commands"

func TestCommandsAreRegisteredOnlyWhenTheTableChanged(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	for range 3 {
		s.make()
		s.must(s.dc.Publish(t.Context(), s.ear.byLang()))
	}
	if n := s.srv.Count(registering); n != 1 {
		t.Errorf("registered %d times", n)
	}
	table := theTable()
	table["it"][1].About = "Chiedi aiuto alla rete"
	s.must(s.dc.Publish(t.Context(), table))
	if n := s.srv.Count(registering); n != 2 {
		t.Errorf("registered %d times after a change", n)
	}
}

func TestTheGuideNamesWhatTheInvitationAsksFor(t *testing.T) {
	t.Parallel()
	b, err := os.ReadFile("../../docs/discord.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range discord.Permissions() {
		if !strings.Contains(string(b), "| "+p.Name+" | "+p.Why+" |") {
			t.Errorf("docs/discord.md does not say: %s, to %s", p.Name, p.Why)
		}
	}
	for _, p := range discord.Scopes() {
		if !strings.Contains(string(b), "| `"+p.Name+"` | "+p.Why+" |") {
			t.Errorf("docs/discord.md does not say: %s, to %s", p.Name, p.Why)
		}
	}
}

func TestTheTableOnDiscord(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	byName := map[string]discordtest.Command{}
	for _, c := range s.srv.Commands() {
		byName[c.Name] = c
	}
	ask := byName["ask"]
	if ask.Description != "Ask for help" || ask.DescriptionLocal["it"] != "Chiedi aiuto a tutti" || ask.NameLocal["it"] != "chiedi-aiuto" || len(ask.Options) != 3 ||
		ask.Options[0].Required || ask.Options[0].MaxLength == nil || *ask.Options[0].MaxLength != 300 || ask.Options[0].NameLocal["it"] != "domanda" ||
		!ask.Options[1].Autocomplete || ask.Options[2].Type != discordtest.BooleanOption {
		t.Errorf("%+v", ask)
	}
	if d := byName["deposit"]; d.Options[1].Type != discordtest.AttachmentOption || len(d.Options[2].Choices) != 2 || d.Options[2].Choices[0].Value != "CC-BY-4.0" {
		t.Errorf("%+v", d)
	}
	if c := byName["collab"]; len(c.Options) != 2 || c.Options[0].Type != discordtest.SubcommandOption || c.Options[0].Name != "open" || c.Options[0].Options[1].Type != discordtest.IntegerOption {
		t.Errorf("%+v", c)
	}
	if show := byName["show"]; !show.Options[0].Required || !show.Options[0].Autocomplete {
		t.Errorf("%+v", show)
	}
	if c := byName["Deposit in toolbox"]; c.Type != discordtest.MessageCommand || c.Description != "" {
		t.Errorf("%+v", c)
	}
	if c := byName["Profile"]; c.Type != discordtest.UserCommand {
		t.Errorf("%+v", c)
	}
	if p := byName["setup"].NeededPermission; p == nil || *p != discordtest.ManageGuild {
		t.Errorf("setup needs %v", p)
	}
	if p := byName["mod"].NeededPermission; p == nil || *p != discordtest.ManageMessages {
		t.Errorf("mod needs %v", p)
	}
	if ask.NeededPermission != nil {
		t.Errorf("ask needs %v", *ask.NeededPermission)
	}
	if _, there := byName["press"]; there {
		t.Error("a hidden command is offered")
	}
	// In Italian, by its Italian names.
	must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "chiedi-aiuto", discordtest.Opt("domanda", "Come?")))
	if ev := s.hears("the command", kind(chat.Invoked)); ev.Command != "ask" || ev.Given["question"] != "Come?" {
		t.Errorf("%+v", ev)
	}
}

func TestCommandsOfServersAreRegisteredThereAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{})
	s.must(s.dc.Publish(t.Context(), s.ear.byLang()))
	s.opt.GuildIDs = []string{s.g.ID.String()}
	s.make()
	for range 2 {
		s.must(s.dc.Publish(t.Context(), s.ear.byLang()))
	}
	everywhere, here := 0, 0
	for _, c := range s.srv.Commands() {
		if c.GuildID == 0 {
			everywhere++
		} else {
			here++
		}
	}
	if everywhere != 0 || here == 0 {
		t.Errorf("%d everywhere, %d here", everywhere, here)
	}
	if n := s.srv.Count("PUT /applications/{app}/guilds/{guild}/commands"); n != 1 {
		t.Errorf("registered %d times", n)
	}
}

func TestAHugeTableStaysWithinWhatDiscordTakes(t *testing.T) {
	t.Parallel()
	s := newStage(t, discordtest.Options{})
	var table []chat.CommandInfo
	long := strings.Repeat("Zażółć gęślą ", 40)
	for i := range 130 {
		name := string(rune('a'+i%26)) + strings.Repeat("b", i/26)
		var args []chat.ArgInfo
		for k := range 30 {
			args = append(args, chat.ArgInfo{Name: "arg" + string(rune('a'+k%26)) + strings.Repeat("x", k/26), Label: long, Hint: long, Kind: chat.Line, Max: 9000})
		}
		if i < 40 {
			table = append(table, chat.CommandInfo{Path: "group " + name, About: long, Button: long, Args: args, Action: true})
		}
		table = append(table, chat.CommandInfo{Path: name, About: long, Button: long, Args: args, Action: true, Person: true})
	}
	s.must(s.dc.Publish(t.Context(), map[string][]chat.CommandInfo{"en": table, "it": table, "xx": table}))
	if faults := s.srv.Faults(); len(faults) > 0 {
		t.Errorf("%v", faults)
	}
}

func TestOptionsThatAreNoneAreRefused(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]discord.Options{"no token": {}, "spaces": {Token: "secret part"}, "address": {Token: "x", APIURL: "not an address"}, "id": {Token: "x", ApplicationID: "abc"}, "guild": {Token: "x", GuildIDs: []string{"1 or 1"}}} {
		if _, err := discord.New(o); err == nil || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", name, err)
		}
	}
	b, err := json.Marshal(discord.Permissions())
	if err != nil || !strings.Contains(string(b), "View Channels") {
		t.Errorf("%s %v", b, err)
	}
}

// Discord takes five entries in a message's menu: what cannot be done otherwise is among them, and what can
// be typed gives way.
func TestTheMenuOfAMessageHasTheFiveThatMatter(t *testing.T) {
	t.Parallel()
	table := []chat.CommandInfo{{Path: "report", Button: "Report"}, {Path: "version", Button: "New version"}, {Path: "translate text", Button: "Translate this text"},
		{Path: "deposit", Button: "Deposit"}, {Path: "promote", Button: "Promote"}, {Path: "solved", Button: "Solved"}, {Path: "share", Button: "Share this answer", Unread: true}}
	for i := range table {
		table[i].Action, table[i].About = true, table[i].Button
	}
	for content, want := range map[bool]string{
		true:  "Deposit in toolbox, Promote to best practice, Report to the moderators, This solved it, Translate",
		false: "Deposit in toolbox, Promote to best practice, Share this answer, This solved it, Translate",
	} {
		s := newStage(t, discordtest.Options{}, func(o *discord.Options) { o.Content = content })
		s.must(s.dc.Publish(t.Context(), map[string][]chat.CommandInfo{"en": table}))
		var names []string
		for _, c := range s.srv.Commands() {
			if c.Type == discordtest.MessageCommand {
				names = append(names, c.Name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, ", "); got != want {
			t.Errorf("content %v: %s", content, got)
		}
	}
}
