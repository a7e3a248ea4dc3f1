package slacktest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// manifest is the part of an app manifest that a bot uses.
type manifest struct {
	Schema   any `json:"$schema"`
	Metadata any `json:"_metadata"`
	Display  struct {
		Name            string  `json:"name"`
		Description     *string `json:"description"`
		LongDescription *string `json:"long_description"`
		Background      *string `json:"background_color"`
	} `json:"display_information"`
	Features struct {
		AppHome *struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		BotUser *struct {
			Name   string `json:"display_name"`
			Online bool   `json:"always_online"`
		} `json:"bot_user"`
		Shortcuts *[]manifestShortcut `json:"shortcuts"`
		Commands  *[]manifestCommand  `json:"slash_commands"`
	} `json:"features"`
	OAuth struct {
		RedirectURLs []string `json:"redirect_urls"`
		Scopes       struct {
			Bot  []string `json:"bot"`
			User []string `json:"user"`
		} `json:"scopes"`
		PKCE bool `json:"pkce_enabled"`
	} `json:"oauth_config"`
	Settings struct {
		Events *struct {
			URL    string   `json:"request_url"`
			Bot    []string `json:"bot_events"`
			People []string `json:"user_events"`
		} `json:"event_subscriptions"`
		Interactivity *struct {
			Enabled    *bool  `json:"is_enabled"`
			URL        string `json:"request_url"`
			OptionsURL string `json:"message_menu_options_url"`
		} `json:"interactivity"`
		OrgDeploy     bool `json:"org_deploy_enabled"`
		SocketMode    bool `json:"socket_mode_enabled"`
		TokenRotation bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

type manifestShortcut struct {
	Name        string `json:"name"`
	Type        string `json:"type"`
	CallbackID  string `json:"callback_id"`
	Description string `json:"description"`
}

type manifestCommand struct {
	Command     string  `json:"command"`
	URL         string  `json:"url"`
	Description string  `json:"description"`
	UsageHint   *string `json:"usage_hint"`
	Escape      bool    `json:"should_escape"`
}

// reserved are the commands of Slack itself; a manifest that names one is refused.
var reserved = []string{
	"active", "apps", "archive", "away", "call", "collapse", "dm", "dnd", "expand", "feed", "feedback",
	"huddle", "invite", "invite_people", "join", "keys", "kick", "leave", "me", "msg", "mute", "open", "part",
	"people", "prefs", "quit", "remind", "remove", "rename", "search", "shortcuts", "shrug", "star", "status",
	"topic", "unmute", "who",
}

// ManifestError lists why Slack would refuse a manifest; each line names the place by a JSON pointer.
type ManifestError []string

func (e ManifestError) Error() string { return "manifest refused: " + strings.Join(e, "; ") }

// UseManifest configures the app from an app manifest (JSON), as "Create app from manifest" does, and
// gives the installation in the first workspace its scopes. It returns a ManifestError for one that
// Slack would refuse.
func (s *Server) UseManifest(text []byte) error {
	spec, err := readManifest(text)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	old := s.app.spec
	spec.ID, spec.ClientID, spec.ClientSecret = old.ID, old.ClientID, old.ClientSecret
	spec.SigningSecret, spec.VerificationToken = old.SigningSecret, old.VerificationToken
	s.app.spec = spec
	if len(s.workspaces) > 0 && s.workspaces[0].install != nil {
		s.workspaces[0].install.scopes = slices.Clone(spec.Scopes)
	}
	return nil
}

func readManifest(text []byte) (AppSpec, error) {
	var m manifest
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return AppSpec{}, ManifestError{err.Error()}
	}
	if faults := m.check(); len(faults) > 0 {
		return AppSpec{}, ManifestError(faults)
	}
	spec := AppSpec{
		Name: m.Display.Name, Scopes: append([]string{}, m.OAuth.Scopes.Bot...), Events: []string{},
		Commands: []Command{}, Shortcuts: []Shortcut{}, RedirectURLs: m.OAuth.RedirectURLs,
		NoHomeTab: true, NoMessagesTab: true,
	}
	if m.Features.BotUser != nil {
		spec.Name = m.Features.BotUser.Name
	}
	if h := m.Features.AppHome; h != nil {
		spec.NoHomeTab, spec.NoMessagesTab, spec.MessagesReadOnly = !h.Home, !h.Messages, h.ReadOnly
	}
	for _, c := range deref(m.Features.Commands) {
		spec.Commands = append(spec.Commands, Command{Name: c.Command, URL: c.URL, Escape: c.Escape})
	}
	for _, c := range deref(m.Features.Shortcuts) {
		spec.Shortcuts = append(spec.Shortcuts, Shortcut{CallbackID: c.CallbackID, Message: c.Type == "message"})
	}
	if m.Settings.Events != nil {
		spec.Events = append(spec.Events, m.Settings.Events.Bot...)
	}
	return spec, nil
}

func deref[T any](p *[]T) []T {
	if p == nil {
		return nil
	}
	return *p
}

func (m *manifest) check() []string {
	var faults []string
	bad := func(pointer, format string, args ...any) {
		faults = append(faults, fmt.Sprintf(format, args...)+" ["+pointer+"]")
	}
	length := func(pointer, v string, low, high int) {
		if n := utf8.RuneCountInString(v); n < low || n > high {
			bad(pointer, "must have %d to %d characters, has %d", low, high, n)
		}
	}
	opt := func(pointer string, v *string, low, high int) {
		if v != nil {
			length(pointer, *v, low, high)
		}
	}
	length("/display_information/name", m.Display.Name, 1, 35)
	opt("/display_information/description", m.Display.Description, 1, 140)
	opt("/display_information/long_description", m.Display.LongDescription, 175, 4000)
	opt("/display_information/background_color", m.Display.Background, 4, 7)
	if b := m.Features.BotUser; b != nil {
		length("/features/bot_user/display_name", b.Name, 1, 80)
	} else if len(m.OAuth.Scopes.Bot) > 0 {
		bad("/features/bot_user", "bot scopes need a bot user")
	}
	m.checkCommands(bad, length, opt)
	m.checkShortcuts(bad, length)
	m.checkSettings(bad)
	return faults
}

func (m *manifest) checkCommands(bad func(string, string, ...any), length func(string, string, int, int),
	opt func(string, *string, int, int)) {
	if m.Features.Commands == nil {
		return
	}
	cmds := *m.Features.Commands
	if len(cmds) < 1 || len(cmds) > 50 {
		bad("/features/slash_commands", "must have 1 to 50 items, has %d", len(cmds))
	}
	if !slices.Contains(m.OAuth.Scopes.Bot, "commands") {
		bad("/oauth_config/scopes/bot", "slash commands need the scope commands")
	}
	seen := map[string]bool{}
	for i, c := range cmds {
		at := fmt.Sprintf("/features/slash_commands/%d", i)
		length(at+"/command", c.Command, 2, 32)
		length(at+"/description", c.Description, 1, 2000)
		opt(at+"/usage_hint", c.UsageHint, 1, 1000)
		name, ok := strings.CutPrefix(c.Command, "/")
		if !ok || name != strings.ToLower(name) || strings.ContainsAny(name, " /") {
			bad(at+"/command", "must be a slash and a lower-case word")
		}
		if slices.Contains(reserved, name) {
			bad(at+"/command", "%s is reserved", c.Command)
		}
		if seen[name] {
			bad(at+"/command", "%s is there twice", c.Command)
		}
		seen[name] = true
		if c.URL == "" && !m.Settings.SocketMode {
			bad(at+"/url", "needed without Socket Mode")
		}
	}
}

func (m *manifest) checkShortcuts(bad func(string, string, ...any), length func(string, string, int, int)) {
	if m.Features.Shortcuts == nil {
		return
	}
	all := *m.Features.Shortcuts
	if len(all) < 1 || len(all) > 10 {
		bad("/features/shortcuts", "must have 1 to 10 items, has %d", len(all))
	}
	if i := m.Settings.Interactivity; i == nil || i.Enabled == nil || !*i.Enabled {
		bad("/settings/interactivity", "shortcuts need interactivity")
	}
	seen := map[string]bool{}
	for i, c := range all {
		at := fmt.Sprintf("/features/shortcuts/%d", i)
		length(at+"/name", c.Name, 1, 24)
		length(at+"/callback_id", c.CallbackID, 1, 255)
		length(at+"/description", c.Description, 1, 150)
		if c.Type != "message" && c.Type != "global" {
			bad(at+"/type", "must be message or global")
		}
		if seen[c.CallbackID] {
			bad(at+"/callback_id", "%s is there twice", c.CallbackID)
		}
		seen[c.CallbackID] = true
	}
}

func (m *manifest) checkSettings(bad func(string, string, ...any)) {
	if i := m.Settings.Interactivity; i != nil {
		if i.Enabled == nil {
			bad("/settings/interactivity/is_enabled", "is required")
		} else if *i.Enabled && i.URL == "" && !m.Settings.SocketMode {
			bad("/settings/interactivity/request_url", "needed without Socket Mode")
		}
	}
	ev := m.Settings.Events
	if ev == nil {
		return
	}
	if ev.URL == "" && !m.Settings.SocketMode && len(ev.Bot) > 0 {
		bad("/settings/event_subscriptions/request_url", "needed without Socket Mode")
	}
	seen := map[string]bool{}
	for i, e := range ev.Bot {
		at := fmt.Sprintf("/settings/event_subscriptions/bot_events/%d", i)
		if seen[e] {
			bad(at, "%s is there twice", e)
		}
		seen[e] = true
		if need := eventScopes(e); len(need) > 0 && !slices.ContainsFunc(need, func(s string) bool {
			return slices.Contains(m.OAuth.Scopes.Bot, s)
		}) {
			bad(at, "%s needs one of the scopes %s", e, strings.Join(need, ", "))
		}
	}
}
