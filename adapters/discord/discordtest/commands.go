package discordtest

import (
	"encoding/json"
	"slices"
	"time"
)

// CommandType is where a command is found.
type CommandType int

// The types of command.
const (
	SlashCommand   CommandType = 1
	UserCommand    CommandType = 2 // in a person's context menu
	MessageCommand CommandType = 3 // in a message's context menu
)

// OptionType is what an option takes.
type OptionType int

// The types of option.
const (
	SubcommandOption  OptionType = 1
	GroupOption       OptionType = 2
	StringOption      OptionType = 3
	IntegerOption     OptionType = 4
	BooleanOption     OptionType = 5
	UserOption        OptionType = 6
	ChannelOption     OptionType = 7
	RoleOption        OptionType = 8
	MentionableOption OptionType = 9
	NumberOption      OptionType = 10
	AttachmentOption  OptionType = 11
)

// Command is a command that the app registered.
type Command struct {
	ID               Snowflake         `json:"id"`
	AppID            Snowflake         `json:"application_id"`
	GuildID          Snowflake         `json:"guild_id,omitzero"` // 0: everywhere
	Version          Snowflake         `json:"version"`
	Type             CommandType       `json:"type"`
	Name             string            `json:"name"`
	NameLocal        map[string]string `json:"name_localizations"`
	Description      string            `json:"description"`
	DescriptionLocal map[string]string `json:"description_localizations"`
	Options          []CommandOption   `json:"options,omitempty"`
	NeededPermission *Permission       `json:"default_member_permissions"`
	InDMs            *bool             `json:"dm_permission,omitempty"`
	Contexts         []int             `json:"contexts"`
	InstallTypes     []int             `json:"integration_types"`
	NSFW             bool              `json:"nsfw"`
}

// CommandOption is an option, a subcommand or a group of them.
type CommandOption struct {
	Type             OptionType        `json:"type"`
	Name             string            `json:"name"`
	NameLocal        map[string]string `json:"name_localizations"`
	Description      string            `json:"description"`
	DescriptionLocal map[string]string `json:"description_localizations"`
	Required         bool              `json:"required,omitempty"`
	Choices          []CommandChoice   `json:"choices,omitempty"`
	Options          []CommandOption   `json:"options,omitempty"`
	ChannelTypes     []ChannelType     `json:"channel_types,omitempty"`
	Min              *float64          `json:"min_value,omitempty"`
	Max              *float64          `json:"max_value,omitempty"`
	MinLength        *int              `json:"min_length,omitempty"`
	MaxLength        *int              `json:"max_length,omitempty"`
	Autocomplete     bool              `json:"autocomplete,omitempty"`
}

// CommandChoice is one fixed value of an option, or a suggestion of autocomplete.
type CommandChoice struct {
	Name      string            `json:"name"`
	NameLocal map[string]string `json:"name_localizations,omitempty"`
	Value     any               `json:"value"`
}

const (
	maxCommands  = 100 // of a scope, slash commands
	maxMenus     = 15  // of a scope, of one kind of context menu
	creationsDay = 200 // of a scope
)

type creation struct {
	scope Snowflake
	at    time.Time
}

// scope is where the request's commands live: 0 for global ones.
func (c *call) scope() (Snowflake, error) {
	id, err := c.id("app")
	switch {
	case err != nil:
		return 0, err
	case id != c.s.app.ID:
		return 0, refuse(403, 20012, "You are not authorized to perform this action on this application")
	case c.vars["guild"] == "":
		return 0, nil
	}
	g, err := c.guild()
	if err != nil {
		return 0, err
	}
	return g.ID, nil
}

func (s *Server) scoped(scope Snowflake) []*Command {
	out := []*Command{}
	for _, cmd := range s.commands {
		if cmd.GuildID == scope {
			out = append(out, cmd)
		}
	}
	return out
}

func (s *Server) listCommands(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	out := []*Command{}
	for _, cmd := range s.scoped(scope) {
		if c.query.Get("with_localizations") != "true" {
			cmd = cmd.withoutLocal()
		}
		out = append(out, cmd)
	}
	return out, nil
}

// withoutLocal is how a list names a command that was not asked for with its translations.
func (cmd *Command) withoutLocal() *Command {
	out := *cmd
	out.NameLocal, out.DescriptionLocal = nil, nil
	return &out
}

func (s *Server) findCommand(c *call) (*Command, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	id, err := c.id("command")
	if err != nil {
		return nil, err
	}
	for _, cmd := range s.scoped(scope) {
		if cmd.ID == id {
			return cmd, nil
		}
	}
	return nil, errUnknownCommand
}

func (s *Server) getCommand(c *call) (any, error) {
	cmd, err := s.findCommand(c)
	if err != nil {
		return nil, err
	}
	return cmd, nil
}

func (s *Server) deleteCommand(c *call) (any, error) {
	cmd, err := s.findCommand(c)
	if err != nil {
		return nil, err
	}
	s.commands = slices.DeleteFunc(s.commands, func(x *Command) bool { return x == cmd })
	return nil, nil
}

// createCommand adds a command, or replaces the one of the same name and type, which does not count
// as a creation.
func (s *Server) createCommand(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	cmd := &Command{}
	if err := c.decode(cmd); err != nil {
		return nil, err
	}
	var f form
	checkCommand(&f, "", cmd)
	if err := f.err(); err != nil {
		return nil, err
	}
	existing := s.scoped(scope)
	old := sameCommand(existing, cmd)
	switch {
	case old != nil:
	case countType(existing, cmd.Type)+1 > mostOf(cmd.Type):
		return nil, refuse(400, 30032, "Maximum number of application commands reached ("+itoa(mostOf(cmd.Type))+")")
	case !s.mayCreate(scope, 1):
		return nil, errTooManyCreations
	}
	s.adopt(cmd, scope, old)
	s.commands = slices.DeleteFunc(s.commands, func(x *Command) bool { return x == old })
	s.commands = append(s.commands, cmd)
	status := 201
	if old != nil {
		status = 200
	}
	return statusOf{status, cmd}, nil
}

// editCommand changes what the body names.
func (s *Server) editCommand(c *call) (any, error) {
	cmd, err := s.findCommand(c)
	if err != nil {
		return nil, err
	}
	edited := *cmd
	if err := c.decode(&edited); err != nil {
		return nil, err
	}
	edited.ID, edited.Type = cmd.ID, cmd.Type
	var f form
	checkCommand(&f, "", &edited)
	if err := f.err(); err != nil {
		return nil, err
	}
	s.adopt(&edited, cmd.GuildID, cmd)
	s.commands[slices.Index(s.commands, cmd)] = &edited
	return &edited, nil
}

// overwriteCommands replaces all commands of a scope. Those of a known name and type keep their id
// and do not count as creations.
func (s *Server) overwriteCommands(c *call) (any, error) {
	scope, err := c.scope()
	if err != nil {
		return nil, err
	}
	var list []*Command
	if err := c.decode(&list); err != nil {
		return nil, err
	}
	var f form
	for i, cmd := range list {
		checkCommand(&f, itoa(i), cmd)
		if slices.ContainsFunc(list[:i], func(x *Command) bool { return x.Name == cmd.Name && x.Type == cmd.Type }) {
			f.at(itoa(i), "APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	for _, t := range []CommandType{SlashCommand, UserCommand, MessageCommand} {
		if countType(list, t) > mostOf(t) {
			return nil, refuse(400, 30032, "Maximum number of application commands reached ("+itoa(mostOf(t))+")")
		}
	}
	existing := s.scoped(scope)
	fresh := 0
	for _, cmd := range list {
		if sameCommand(existing, cmd) == nil {
			fresh++
		}
	}
	if !s.mayCreate(scope, fresh) {
		return nil, errTooManyCreations
	}
	for _, cmd := range list {
		s.adopt(cmd, scope, sameCommand(existing, cmd))
	}
	s.commands = slices.DeleteFunc(s.commands, func(x *Command) bool { return x.GuildID == scope })
	s.commands = append(s.commands, list...)
	return s.scoped(scope), nil
}

func sameCommand(list []*Command, cmd *Command) *Command {
	for _, x := range list {
		if x.Name == cmd.Name && x.Type == cmd.Type {
			return x
		}
	}
	return nil
}

func countType(list []*Command, t CommandType) int {
	n := 0
	for _, cmd := range list {
		if cmd.Type == t {
			n++
		}
	}
	return n
}

func mostOf(t CommandType) int {
	if t == SlashCommand {
		return maxCommands
	}
	return maxMenus
}

// mayCreate keeps the limit of 200 creations a day and scope, and counts.
func (s *Server) mayCreate(scope Snowflake, n int) bool {
	now := s.now()
	s.creations = slices.DeleteFunc(s.creations, func(c creation) bool { return now.Sub(c.at) > 24*time.Hour })
	past := 0
	for _, c := range s.creations {
		if c.scope == scope {
			past++
		}
	}
	if past+n > creationsDay {
		return false
	}
	for range n {
		s.creations = append(s.creations, creation{scope, now})
	}
	return true
}

// Creations is how many commands the app has created in the last 24 hours, in all scopes.
func (s *Server) Creations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.creations)
}

// adopt completes a command that was accepted; old is the one that it replaces.
func (s *Server) adopt(cmd *Command, scope Snowflake, old *Command) {
	cmd.AppID, cmd.GuildID, cmd.Version = s.app.ID, scope, s.newID()
	if old != nil {
		cmd.ID = old.ID
		if old.unchanged(cmd) {
			cmd.Version = old.Version
		}
	} else {
		cmd.ID = s.newID()
	}
	if cmd.InstallTypes == nil {
		cmd.InstallTypes = []int{0}
	}
	if scope != 0 {
		cmd.Contexts, cmd.InDMs = nil, nil
		return
	}
	yes := true
	if cmd.InDMs == nil {
		cmd.InDMs = &yes
	}
}

// unchanged says whether a command is the same but for its version.
func (cmd *Command) unchanged(other *Command) bool {
	a, b := *cmd, *other
	a.Version, b.Version = 0, 0
	return string(marshal(a)) == string(marshal(b))
}

// commandPermissions: the fake keeps no permissions of single commands beyond
// default_member_permissions, so the list is empty and each alone is unknown.
func (s *Server) commandPermissions(c *call) (any, error) {
	if c.vars["command"] == "" {
		if _, err := c.scope(); err != nil {
			return nil, err
		}
		return []any{}, nil
	}
	if _, err := s.findCommand(c); err != nil {
		return nil, err
	}
	return nil, refuse(404, 10066, "Unknown application command permissions")
}

// Commands are what the app registered: global ones first, then those of guilds.
func (s *Server) Commands() []Command {
	s.mu.Lock()
	defer s.mu.Unlock()
	var out []Command
	for _, cmd := range s.commands {
		out = append(out, *cmd)
	}
	slices.SortStableFunc(out, func(a, b Command) int { return compareIDs(a.GuildID, b.GuildID) })
	return out
}

// UnmarshalJSON sets the default type, and takes choices' values as they are.
func (cmd *Command) UnmarshalJSON(b []byte) error {
	type plain Command
	if cmd.Type == 0 {
		cmd.Type = SlashCommand
	}
	was := cmd.Type
	if err := json.Unmarshal(b, (*plain)(cmd)); err != nil {
		return err
	}
	if cmd.Type == 0 {
		cmd.Type = was
	}
	return nil
}
