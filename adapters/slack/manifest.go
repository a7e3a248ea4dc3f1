package slack

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// scopes are what the app asks a workspace for, each with the reason.
var scopes = []struct{ name, why string }{
	{"app_mentions:read", "to be spoken to as @Guildhall, which is the way inside threads"},
	{"bookmarks:write", "to keep a collaboration's record at the head of its channel"},
	{"channels:history", "to hear answers in the threads of requests, their edits and deletions"},
	{"channels:join", "to enter the public channels that an admin chose for a section"},
	{"channels:manage", "to open, name, and archive the channels of sections and collaborations, and bring people into them"},
	{"channels:read", "to know channels by name when an admin chooses them"},
	{"chat:write", "to answer"},
	{"commands", "for slash commands and shortcuts"},
	{"files:read", "to copy a file that somebody deposits"},
	{"files:write", "to send files and pictures back"},
	{"groups:history", "the same as channels:history, in private channels that Guildhall was invited to"},
	{"groups:read", "the same as channels:read, there"},
	{"groups:write", "the same as channels:manage, there"},
	{"im:history", "to understand what is written to Guildhall directly"},
	{"im:write", "to write to somebody who asked for it, such as their digest"},
	{"mpim:history", "to be spoken to in conversations of several people"},
	{"pins:write", "to pin the one greeting in a room"},
	{"reactions:read", "for ✅ on an answer, 🔖 and 🏆"},
	{"team:read", "to know the workspace's plan, since a free one hides old messages"},
	{"users:read", "to know names, languages, time zones, and who is an admin"},
}

// Scopes are the scopes that the app needs, each with its reason, for documentation.
func Scopes() map[string]string {
	out := map[string]string{}
	for _, s := range scopes {
		out[s.name] = s.why
	}
	return out
}

func scopeNames() []string {
	out := make([]string, len(scopes))
	for i, s := range scopes {
		out[i] = s.name
	}
	return out
}

// events are what the app wants to hear of.
var events = []string{
	"app_home_opened", "app_mention", "app_uninstalled", "channel_archive", "channel_deleted", "channel_id_changed", "channel_left",
	"channel_rename", "channel_unarchive", "group_archive", "group_deleted", "group_left", "group_rename", "group_unarchive", "member_joined_channel", "member_left_channel", "message.channels",
	"message.groups", "message.im", "message.mpim", "reaction_added", "reaction_removed", "tokens_revoked", "user_change",
}

// ManifestOptions say how an app is set up.
type ManifestOptions struct {
	Name     string             // of the app and its bot; "" is Guildhall
	Prefix   string             // before the commands' names, as App.CommandPrefix
	URL      string             // where Guildhall is reached from outside: HTTP mode; "" is Socket Mode
	Lang     string             // of the few words that are not the table's; "" is English
	Commands []chat.CommandInfo // the table, as chat.Handler.Commands gives it, in that language
}

// Manifest is the app manifest from which an operator creates an app of their own, as JSON.
func Manifest(o ManifestOptions) ([]byte, error) {
	m, err := manifest(o)
	if err != nil {
		return nil, err
	}
	out, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the manifest: %w", err)
	}
	return append(out, '\n'), nil
}

func manifest(o ManifestOptions) (obj, error) {
	catalogue, err := text.Load(wordFiles)
	if err != nil {
		return nil, fmt.Errorf("words: %w", err)
	}
	w := words{all: catalogue}.in(orElse(o.Lang, "en"))
	name := orElse(o.Name, "Guildhall")
	base := strings.TrimRight(o.URL, "/")
	at := func(path string) string { return base + path }
	commands, err := slashCommands(o, base, w)
	if err != nil {
		return nil, err
	}
	features := obj{
		"app_home":       obj{"home_tab_enabled": true, "messages_tab_enabled": true, "messages_tab_read_only_enabled": false},
		"bot_user":       obj{"display_name": clip(name, 80), "always_online": true},
		"slash_commands": commands,
	}
	if list := shortcuts(o.Commands, w); len(list) > 0 {
		features["shortcuts"] = list
	}
	subscriptions, interactivity := obj{"bot_events": events}, obj{"is_enabled": true}
	oauth := obj{"scopes": obj{"bot": scopeNames()}}
	if base != "" {
		subscriptions["request_url"] = at("/slack/events")
		interactivity["request_url"], interactivity["message_menu_options_url"] = at("/slack/interactive"), at("/slack/interactive")
		oauth["redirect_urls"] = []string{at("/slack/callback")}
	}
	return obj{
		"display_information": obj{"name": clip(name, 35), "description": w.say("manifest.about", nil),
			"background_color": "#2f4a3c"},
		"features": features, "oauth_config": oauth,
		"settings": obj{"event_subscriptions": subscriptions, "interactivity": interactivity, "org_deploy_enabled": false,
			"socket_mode_enabled": base == "", "token_rotation_enabled": false},
	}, nil
}

// slashCommands are the commands that people use most, and /guildhall for everything.
func slashCommands(o ManifestOptions, base string, w words) ([]any, error) {
	var out []any
	seen := map[string]bool{}
	add := func(name, about, hint string) error {
		full := o.Prefix + name
		if slices.Contains(reserved, full) {
			return fmt.Errorf("the command /%s is Slack's own: choose another prefix", full)
		}
		if units(full)+1 > 32 {
			return fmt.Errorf("the command /%s is longer than Slack's 32 characters: choose a shorter prefix", full)
		}
		if seen[name] {
			return nil
		}
		seen[name] = true
		c := obj{"command": "/" + full, "description": clip(orElse(oneLine(about), name), 100), "should_escape": true}
		if hint = oneLine(hint); hint != "" {
			c["usage_hint"] = clip(hint, 100)
		}
		if base != "" {
			c["url"] = base + "/slack/commands"
		}
		out = append(out, c)
		return nil
	}
	top := slices.Clone(o.Commands)
	top = slices.DeleteFunc(top, func(c chat.CommandInfo) bool { return c.Hidden || c.Top == 0 })
	slices.SortStableFunc(top, func(a, b chat.CommandInfo) int { return a.Top - b.Top })
	for _, c := range top {
		first, _, group := strings.Cut(c.Path, " ")
		if first == "help" || first == "guildhall" {
			continue
		}
		about, hint := c.About, usage(c)
		if group {
			hint = subcommands(o.Commands, first)
			if key := "group." + first; w.all.Has("slack." + key) {
				about = w.say(key, nil)
			}
		}
		if err := add(first, about, hint); err != nil {
			return nil, err
		}
	}
	return out, add("guildhall", w.say("manifest.everything", nil), "["+w.say("manifest.command", nil)+"]")
}

// usage is a command's arguments as people type them.
func usage(c chat.CommandInfo) string {
	var parts []string
	for _, a := range c.Args {
		switch {
		case a.Kind == chat.File:
		case a.Required:
			parts = append(parts, a.Name)
		case len(parts) < 5:
			parts = append(parts, "["+a.Name+":…]")
		}
	}
	return strings.Join(parts, " ")
}

// subcommands are the second words of a group.
func subcommands(all []chat.CommandInfo, first string) string {
	var words []string
	for _, c := range all {
		if rest, ok := strings.CutPrefix(c.Path, first+" "); ok && !c.Hidden {
			words = append(words, rest)
		}
	}
	return strings.Join(words, " | ")
}

// shortcuts are the actions on messages and those outside of them: at most ten, five of a kind.
func shortcuts(all []chat.CommandInfo, w words) []any {
	var out []any
	add := func(kind, id string, c chat.CommandInfo) {
		name := orElse(c.Button, c.Path)
		if key := "shortcut." + c.Path; kind == "message" && w.all.Has("slack."+key) {
			name = w.say(key, nil)
		}
		out = append(out, obj{"name": clip(name, 24), "type": kind, "callback_id": id + c.Path,
			"description": clip(orElse(oneLine(c.About), name), 150)})
	}
	for _, kind := range []string{"message", "global"} {
		n := 0
		for _, c := range all {
			if n == 5 {
				break
			}
			if kind == "message" && c.Action && !c.Unread {
				add(kind, onMessage, c)
				n++
			}
			if kind == "global" && c.Global {
				add(kind, anywhere, c)
				n++
			}
		}
	}
	return out
}
