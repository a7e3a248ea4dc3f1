package discord

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
)

// appCommand is a command as Discord registers it.
type appCommand struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Description  string            `json:"description"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Options      []appOption       `json:"options,omitempty"`
	Permissions  *string           `json:"default_member_permissions"`
	Contexts     []int             `json:"contexts,omitempty"`
	Installs     []int             `json:"integration_types,omitempty"`
	Handler      int               `json:"handler,omitempty"`
}

type appOption struct {
	Type         int               `json:"type"`
	Name         string            `json:"name"`
	Names        map[string]string `json:"name_localizations,omitempty"`
	Description  string            `json:"description"`
	Descriptions map[string]string `json:"description_localizations,omitempty"`
	Required     bool              `json:"required,omitempty"`
	Choices      []appChoice       `json:"choices,omitempty"`
	Options      []appOption       `json:"options,omitempty"`
	Autocomplete bool              `json:"autocomplete,omitempty"`
	MaxLength    int               `json:"max_length,omitempty"`
}

type appChoice struct {
	Name  string            `json:"name"`
	Names map[string]string `json:"name_localizations,omitempty"`
	Value string            `json:"value"`
}

// Kinds of commands and options. Source: "Application Command Types" and "Option Types".
const (
	slashKind   = 1
	personKind  = 2
	messageKind = 3
	entryPoint  = 4

	subOption     = 1
	stringOption  = 3
	numberOption  = 4
	yesOption     = 5
	fileOption    = 11
	maxCommands   = 100
	maxContext    = 5 // of each kind
	maxSubs       = 25
	maxName       = 32
	maxDescribed  = 100
	maxTypedText  = 6000
	guildContext  = 0
	directContext = 1
)

// locales are Discord's, by the language of a catalogue. Source: "Locales" of Discord's reference.
var locales = map[string][]string{"es": {"es-ES", "es-419"}, "pt": {"pt-BR"}, "sv": {"sv-SE"}, "zh": {"zh-CN"}, "nb": {"no"}}

func init() {
	for l := range strings.FieldsSeq("id da de fr hr it lt hu nl no pl ro fi vi tr cs el bg ru uk hi th ja ko") {
		locales[l] = []string{l}
	}
}

// Publish implements chat.Publisher: the whole table is registered at once, and only when it changed.
func (p *Platform) Publish(ctx context.Context, byLang map[string][]chat.CommandInfo) error {
	if err := p.whoAmI(ctx); err != nil {
		return fmt.Errorf("register commands: %w", err)
	}
	list := commands(byLang)
	p.mu.Lock()
	for _, c := range contextMenu(byLang["en"]) {
		p.names[c.key()] = c.path
	}
	p.mu.Unlock()
	if len(p.opt.GuildIDs) == 0 {
		return p.register(ctx, "", list)
	}
	for _, g := range p.opt.GuildIDs {
		if err := p.register(ctx, g, list); err != nil {
			return err
		}
	}
	return p.register(ctx, "", nil) // else they would be offered twice there
}

// register overwrites the commands of a guild, or those of everywhere.
func (p *Platform) register(ctx context.Context, g string, list []appCommand) error {
	_, app := p.world.self()
	at, route := path("applications", string(app), "commands"), "/applications/*/commands"
	if g != "" {
		at, route = path("applications", string(app), "guilds", g, "commands"), "/applications/*/guilds/*/commands"
		list = slices.Clone(list)
		for i := range list { // a guild's commands are nowhere else
			list[i].Contexts, list[i].Installs = nil, nil
		}
	}
	var there []appCommand
	a := ask{method: "GET", path: at, route: route, major: g, query: map[string][]string{"with_localizations": {"true"}}, again: true}
	if err := p.rest.do(ctx, a, &there); err != nil {
		return fmt.Errorf("read the registered commands: %w", err)
	}
	for _, c := range there {
		if c.Type == entryPoint { // the launcher of an activity, which an overwrite would remove
			list = append(slices.Clone(list), c)
		}
	}
	if sameCommands(list, there, g == "") {
		return nil
	}
	if list == nil {
		list = []appCommand{}
	}
	if err := p.rest.do(ctx, ask{method: "PUT", path: at, route: route, major: g, body: list, again: true}, nil); err != nil {
		return fmt.Errorf("register commands: %w", err)
	}
	p.log.Info("registered the commands with Discord", "commands", len(list), "guild", g)
	return nil
}

// sameCommands compares two tables, whatever their order, as Discord stores them.
func sameCommands(a, b []appCommand, everywhere bool) bool {
	key := func(list []appCommand) []string {
		var out []string
		for _, c := range list {
			if c.Type == 0 {
				c.Type = slashKind
			}
			c.Handler = 0
			if !everywhere {
				c.Contexts, c.Installs = nil, nil
			}
			slices.Sort(c.Contexts)
			slices.Sort(c.Installs)
			c.Options = tidy(c.Options)
			if len(c.Names) == 0 {
				c.Names = nil
			}
			if len(c.Descriptions) == 0 {
				c.Descriptions = nil
			}
			b, err := json.Marshal(c)
			if err != nil {
				return nil // strings and numbers alone: it cannot be
			}
			out = append(out, string(b))
		}
		slices.Sort(out)
		return out
	}
	return slices.Equal(key(a), key(b))
}

func tidy(list []appOption) []appOption {
	out := slices.Clone(list)
	for i := range out {
		out[i].Options = tidy(out[i].Options)
		if len(out[i].Options) == 0 {
			out[i].Options = nil
		}
		if len(out[i].Choices) == 0 {
			out[i].Choices = nil
		}
	}
	return out
}

// UnmarshalJSON takes choices whose values are numbers, too.
func (c *appChoice) UnmarshalJSON(b []byte) error {
	var raw struct {
		Name  string            `json:"name"`
		Names map[string]string `json:"name_localizations"`
		Value json.RawMessage   `json:"value"`
	}
	if err := loose(b, &raw); err != nil {
		return err
	}
	c.Name, c.Names, c.Value = raw.Name, raw.Names, string(bytes.Trim(raw.Value, `"`))
	var s string
	if json.Unmarshal(raw.Value, &s) == nil {
		c.Value = s
	}
	return nil
}

// menuEntry is a command of a context menu.
type menuEntry struct {
	kind int
	name string
	path string
	role community.Role
}

func (m menuEntry) key() string { return itoa(m.kind) + "/" + m.name }

// contextMenu are the commands that are offered on messages and on people.
func contextMenu(infos []chat.CommandInfo) []menuEntry {
	var out []menuEntry
	seen, count := map[string]bool{}, map[int]int{}
	for _, i := range infos {
		for kind, offered := range map[int]bool{messageKind: i.Action, personKind: i.Person} {
			m := menuEntry{kind, menuName("en")(i), i.Path, i.Role}
			if !offered || m.name == "" || seen[m.key()] || count[kind] == maxContext {
				continue
			}
			seen[m.key()] = true
			count[kind]++
			out = append(out, m)
		}
	}
	slices.SortStableFunc(out, func(a, b menuEntry) int { return a.kind - b.kind })
	return out
}

// menuName is what a command is called in a context menu: there it stands without any hint at what it
// is about, so the commonest have names of their own.
func menuName(lang string) func(chat.CommandInfo) string {
	return func(i chat.CommandInfo) string {
		first, _, _ := strings.Cut(i.Path, " ")
		if key := "discord.menu." + first; first == i.Path && words.Has(key) {
			return cut(words.Plain(lang, key, nil), maxName)
		}
		return cut(oneLine(i.Button), maxName)
	}
}

// commands is the whole table as Discord registers it: each first word is a command, with further
// words as its subcommands.
func commands(byLang map[string][]chat.CommandInfo) []appCommand {
	said := newLocal(byLang)
	var out []appCommand
	at := map[string]int{}
	roles := map[string]community.Role{}
	for _, i := range byLang["en"] {
		if i.Hidden || !validName(strings.ReplaceAll(i.Path, " ", "")) {
			continue
		}
		first, sub, grouped := strings.Cut(i.Path, " ")
		n, there := at[first]
		if !there {
			if len(out) == maxCommands {
				continue
			}
			n = len(out)
			at[first], roles[first] = n, i.Role
			out = append(out, appCommand{Type: slashKind, Name: first, Contexts: []int{guildContext, directContext}, Installs: []int{0}})
		}
		c := &out[n]
		roles[first] = min(roles[first], i.Role)
		if !grouped {
			c.Names = said.names(i)
			c.Description, c.Descriptions = said.described(i.Path, func(x chat.CommandInfo) string { return x.About })
			c.Options = said.options(i)
			continue
		}
		if len(c.Options) == maxSubs {
			continue
		}
		o := appOption{Type: subOption, Name: sub, Names: said.subNames(i, sub), Options: said.options(i)}
		o.Description, o.Descriptions = said.described(i.Path, func(x chat.CommandInfo) string { return x.About })
		c.Options = append(c.Options, o)
		c.Description = cut(joined(" · ", c.Description, sub), maxDescribed)
	}
	for first, n := range at {
		out[n].Permissions = permissionFor(first, roles[first])
	}
	for _, m := range contextMenu(byLang["en"]) {
		c := appCommand{Type: m.kind, Name: m.name, Contexts: []int{guildContext, directContext}, Installs: []int{0}, Permissions: permissionFor("", m.role)}
		c.Names = said.menuNames(m)
		out = append(out, c)
	}
	return out
}

// permissionFor is who is offered a command by default; a server's admins can change it, and whether
// somebody may use it is Guildhall's own matter. setup is for who runs the server.
func permissionFor(first string, r community.Role) *string {
	var p bits
	switch {
	case first == "setup", r >= community.RoleAdmin:
		p = manageGuild
	case r >= community.RoleModerator:
		p = manageMessages
	default:
		return nil
	}
	s := fmt.Sprint(uint64(p))
	return &s
}

var nameForm = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

func validName(s string) bool { return nameForm.MatchString(s) && strings.ToLower(s) == s }

// local chooses words by language.
type local struct {
	byPath map[string]map[string]chat.CommandInfo // by language
	taken  map[string]map[string]bool             // names of commands, by locale
}

func newLocal(byLang map[string][]chat.CommandInfo) *local {
	l := &local{byPath: map[string]map[string]chat.CommandInfo{}, taken: map[string]map[string]bool{}}
	for lang, infos := range byLang {
		l.byPath[lang] = map[string]chat.CommandInfo{}
		for _, i := range infos {
			l.byPath[lang][i.Path] = i
		}
	}
	for _, i := range byLang["en"] {
		first, _, _ := strings.Cut(i.Path, " ")
		l.take("", first)
	}
	return l
}

// take notes a name of a locale; false when another command has it.
func (l *local) take(locale, name string) bool {
	if l.taken[""][name] || l.taken[locale][name] {
		return false
	}
	if l.taken[locale] == nil {
		l.taken[locale] = map[string]bool{}
	}
	l.taken[locale][name] = true
	return true
}

// said are the words of a command in English, and in Discord's locales.
func (l *local) said(path string, most int, word func(chat.CommandInfo) string) (string, map[string]string) {
	english := cut(oneLine(word(l.byPath["en"][path])), most)
	out := map[string]string{}
	for _, lang := range slices.Sorted(maps.Keys(l.byPath)) {
		i, ok := l.byPath[lang][path]
		if s := cut(oneLine(word(i)), most); ok && lang != "en" && s != "" && s != english {
			for _, locale := range locales[lang] {
				out[locale] = s
			}
		}
	}
	if len(out) == 0 {
		return english, nil
	}
	return english, out
}

// menuNames are the names of an entry of a context menu.
func (l *local) menuNames(m menuEntry) map[string]string {
	out := map[string]string{}
	for _, lang := range slices.Sorted(maps.Keys(l.byPath)) {
		if s := menuName(lang)(l.byPath[lang][m.path]); lang != "en" && s != "" && s != m.name {
			for _, locale := range locales[lang] {
				out[locale] = s
			}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (l *local) described(path string, word func(chat.CommandInfo) string) (string, map[string]string) {
	s, all := l.said(path, maxDescribed, word)
	if s == "" {
		s = path
	}
	return s, all
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// slug is a label as the name of a command or option; empty when it makes none that is short.
func slug(label string) string {
	s := channelName(label)
	if s == "guildhall" || !validName(s) || strings.Count(s, "-") > 1 {
		return ""
	}
	return s
}

// names are a command's own names by locale, made of its button's label.
func (l *local) names(i chat.CommandInfo) map[string]string {
	_, labels := l.said(i.Path, maxName, func(x chat.CommandInfo) string { return x.Button })
	out := map[string]string{}
	for _, locale := range slices.Sorted(maps.Keys(labels)) {
		if s := slug(labels[locale]); s != "" && l.take(locale, s) {
			out[locale] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// subNames are those of a subcommand.
func (l *local) subNames(i chat.CommandInfo, sub string) map[string]string {
	_, labels := l.said(i.Path, maxName, func(x chat.CommandInfo) string { return x.Button })
	first, _, _ := strings.Cut(i.Path, " ")
	out := map[string]string{}
	for _, locale := range slices.Sorted(maps.Keys(labels)) {
		s := slug(labels[locale])
		if s == "" || s == sub || l.byPath["en"][first+" "+s].Path != "" || !l.take(locale+"/"+first, s) {
			continue
		}
		out[locale] = s
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// options are a command's arguments. What is required is asked for by a form when it is missing, so
// that the bare command works; only what is picked from suggestions is required here as well.
func (l *local) options(i chat.CommandInfo) []appOption {
	var out []appOption
	picked := true
	for n, a := range i.Args {
		if a.Kind == chat.Ticks || len(out) == maxSubs || !validName(a.Name) {
			continue
		}
		o := appOption{Name: a.Name, Type: stringOption}
		o.Description, o.Descriptions = l.described(i.Path, func(x chat.CommandInfo) string { return about(argAt(x, n)) })
		o.Names = l.argNames(i, n)
		picked = picked && a.Required && (a.Kind == chat.Record || a.Kind == chat.Member)
		o.Required = picked
		switch a.Kind {
		case chat.Number:
			o.Type = numberOption
		case chat.Yes:
			o.Type = yesOption
		case chat.File:
			o.Type = fileOption
		case chat.Record, chat.Records, chat.Member, chat.Topic, chat.Topics, chat.Spaces, chat.Org:
			o.Autocomplete = true
		case chat.Choice:
			if len(a.Options) > maxOptions {
				o.Autocomplete = true
				break
			}
			o.Choices = l.choices(i, n)
		case chat.Line, chat.Text, chat.Word:
			o.MaxLength = min(a.Max, maxTypedText)
		}
		out = append(out, o)
	}
	return out
}

func argAt(i chat.CommandInfo, n int) chat.ArgInfo {
	if n >= len(i.Args) {
		return chat.ArgInfo{}
	}
	return i.Args[n]
}

func about(a chat.ArgInfo) string {
	if a.Hint == "" {
		return a.Label
	}
	return a.Label + ": " + a.Hint
}

func (l *local) argNames(i chat.CommandInfo, n int) map[string]string {
	_, labels := l.said(i.Path, maxName, func(x chat.CommandInfo) string { return argAt(x, n).Label })
	out := map[string]string{}
	for _, locale := range slices.Sorted(maps.Keys(labels)) {
		s := slug(labels[locale])
		clash := s == "" || slices.ContainsFunc(i.Args, func(a chat.ArgInfo) bool { return a.Name == s && a.Name != i.Args[n].Name })
		if !clash && l.take(locale+"/"+i.Path, s) {
			out[locale] = s
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (l *local) choices(i chat.CommandInfo, n int) []appChoice {
	var out []appChoice
	names := map[string]map[string]bool{"": {}}
	for k, o := range argAt(i, n).Options {
		c := appChoice{Value: o.Value}
		c.Name, c.Names = l.said(i.Path, maxOption, func(x chat.CommandInfo) string {
			if options := argAt(x, n).Options; k < len(options) {
				return options[k].Label
			}
			return ""
		})
		if c.Value == "" || units(c.Value) > maxOption {
			continue
		}
		c.Name = unlike(names[""], c.Name, o.Value)
		for _, locale := range slices.Sorted(maps.Keys(c.Names)) {
			if names[locale] == nil {
				names[locale] = map[string]bool{}
			}
			c.Names[locale] = unlike(names[locale], c.Names[locale], o.Value)
		}
		out = append(out, c)
	}
	return out
}
