package discord

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"guildhall/core/chat"
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
	list := commands(byLang, p.opt.Content)
	p.mu.Lock()
	for _, c := range contextMenu(byLang["en"], p.opt.Content) {
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
	if sameCommands(list, there, g == "") || p.published(ctx, app, g, list, there) {
		return nil
	}
	if list == nil {
		list = []appCommand{}
	}
	if err := p.rest.do(ctx, ask{method: "PUT", path: at, route: route, major: g, body: list, again: true}, nil); err != nil {
		return fmt.Errorf("register commands: %w", err)
	}
	p.log.Info("registered the commands with Discord", "commands", len(list), "guild", g)
	now := p.opt.Now()
	if err := p.opt.Store.KeepForm(ctx, publishedKey(app, g), []byte(tableDigest(list)), now, now.AddDate(1, 0, 0)); err != nil {
		p.log.Warn("that the commands are registered could not be noted", "error", err)
	}
	return nil
}

func publishedKey(app id, g string) string { return "commands/" + string(app) + "/" + g }

// tableDigest is the same for the same table.
func tableDigest(list []appCommand) string {
	b, err := json.Marshal(list)
	if err != nil {
		return "" // strings and numbers alone: it cannot be
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// published says whether this very table was registered last, and nothing of it went since: what is
// told of registered commands may have other fields than what was sent.
func (p *Platform) published(ctx context.Context, app id, g string, list, there []appCommand) bool {
	names := func(cs []appCommand) (out []string) {
		for _, c := range cs {
			out = append(out, itoa(max(c.Type, slashKind))+"/"+c.Name)
		}
		slices.Sort(out)
		return out
	}
	if !slices.Equal(names(list), names(there)) {
		return false
	}
	kept, ok, err := p.opt.Store.Form(ctx, publishedKey(app, g), p.opt.Now())
	return err == nil && ok && string(kept) == tableDigest(list)
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
