package discordtest

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
)

// Option is an argument of a slash command. Value is a string, int, float64 or bool, or for what is
// picked a *Person, *Channel, *Role or Upload.
type Option struct {
	Name  string
	Value any
}

// Opt is an Option.
func Opt(name string, value any) Option { return Option{name, value} }

// Slash uses a slash command, with its subcommands as further words ("collab open"). Names may be
// those of the person's language. The error is what the Discord client would refuse: an unknown
// command, one that the person may not use here, a missing or ill-typed option.
func (p *Person) Slash(in *Channel, path string, options ...Option) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	call, err := p.typed(in, path, options)
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", path, err)
	}
	if err := call.complete(); err != nil {
		return nil, fmt.Errorf("/%s: %w", path, err)
	}
	i := &Interaction{kind: commandInteraction, By: p, In: in, command: call.command}
	p.s.newInteraction(i, call.data())
	return i, nil
}

// Complete asks for suggestions while an option is being typed; the other options are those that are
// filled in already.
func (p *Person) Complete(in *Channel, path, option, typed string, others ...Option) ([]CommandChoice, error) {
	i, err := p.asking(in, path, option, typed, others)
	if err != nil {
		return nil, fmt.Errorf("/%s: %w", path, err)
	}
	o, err := i.Outcome()
	return o.Choices, err
}

func (p *Person) asking(in *Channel, path, option, typed string, others []Option) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	call, err := p.typed(in, path, append(others, Opt(option, typed)))
	if err != nil {
		return nil, err
	}
	o := call.option(option)
	if o == nil || !o.Autocomplete {
		return nil, fmt.Errorf("option %s has no autocomplete", option)
	}
	call.focused = o.Name
	i := &Interaction{kind: autocompleteInteraction, By: p, In: in, command: call.command, asked: o.Type}
	p.s.newInteraction(i, call.data())
	return i, nil
}

// UseOn uses a command of a message's context menu.
func (p *Person) UseOn(m Message, name string) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	cmd, err := p.find(m.Channel, name, MessageCommand)
	if err != nil {
		return nil, err
	}
	x := p.s.messages[m.ID]
	if x == nil || x.For != nil {
		return nil, errors.New("the message is gone, or has no context menu")
	}
	i := &Interaction{kind: commandInteraction, By: p, In: m.Channel, command: cmd}
	p.s.newInteraction(i, map[string]any{
		"id": cmd.ID, "name": cmd.Name, "type": cmd.Type, "target_id": x.ID,
		// The target is shown in full, whatever the app's intents.
		"resolved": map[string]any{"messages": map[string]any{x.ID.String(): x.json(true)}},
	})
	return i, nil
}

// UseOnPerson uses a command of a person's context menu.
func (p *Person) UseOnPerson(in *Channel, target *Person, name string) (*Interaction, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	cmd, err := p.find(in, name, UserCommand)
	if err != nil {
		return nil, err
	}
	r := newResolved(in)
	r.person(target)
	i := &Interaction{kind: commandInteraction, By: p, In: in, command: cmd}
	p.s.newInteraction(i, map[string]any{
		"id": cmd.ID, "name": cmd.Name, "type": cmd.Type, "target_id": target.ID, "resolved": r.json(),
	})
	return i, nil
}

// Shown is a command as a person's client offers it, in their language. Path holds the subcommands.
type Shown struct {
	Path        string
	Description string
	Options     []string
	Type        CommandType
}

// Offered are the commands that a person can use in a channel, as they see them.
func (p *Person) Offered(in *Channel) []Shown {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	var out []Shown
	for _, cmd := range p.s.commands {
		if p.usable(in, cmd) == nil {
			out = p.shown(out, "", p.local(cmd.Name, cmd.NameLocal), p.local(cmd.Description, cmd.DescriptionLocal), cmd.Options, cmd.Type)
		}
	}
	return out
}

func (p *Person) shown(out []Shown, before, name, description string, options []CommandOption, kind CommandType) []Shown {
	path := strings.TrimSpace(before + " " + name)
	s := Shown{Path: path, Description: description, Type: kind}
	nested := false
	for _, o := range options {
		word := p.local(o.Name, o.NameLocal)
		if o.Type == SubcommandOption || o.Type == GroupOption {
			nested = true
			out = p.shown(out, path, word, p.local(o.Description, o.DescriptionLocal), o.Options, kind)
			continue
		}
		s.Options = append(s.Options, word)
	}
	if nested {
		return out
	}
	return append(out, s)
}

func (p *Person) local(text string, by map[string]string) string {
	if t, ok := by[p.locale]; ok {
		return t
	}
	return text
}

// find is the command that a person means; one of the guild goes before a global one.
func (p *Person) find(in *Channel, name string, kind CommandType) (*Command, error) {
	var refusal error
	var global *Command
	for _, cmd := range p.s.commands {
		if cmd.Type != kind || cmd.Name != name && p.local(cmd.Name, cmd.NameLocal) != name {
			continue
		}
		if err := p.usable(in, cmd); err != nil {
			refusal = err
			continue
		}
		if cmd.GuildID != 0 {
			return cmd, nil
		}
		global = cmd
	}
	switch {
	case global != nil:
		return global, nil
	case refusal != nil:
		return nil, refusal
	}
	return nil, fmt.Errorf("there is no command %q", name)
}

// usable says whether a person is offered a command in a channel.
func (p *Person) usable(in *Channel, cmd *Command) error {
	if in.guild == nil {
		if cmd.GuildID != 0 || cmd.InDMs != nil && !*cmd.InDMs || cmd.Contexts != nil && !slices.Contains(cmd.Contexts, 1) {
			return fmt.Errorf("command %s is not for DMs", cmd.Name)
		}
		return nil
	}
	switch {
	case in.guild.bot() == nil:
		return errors.New("the app is not in this guild")
	case cmd.GuildID != 0 && cmd.GuildID != in.guild.ID:
		return fmt.Errorf("command %s is another guild's", cmd.Name)
	case cmd.Contexts != nil && !slices.Contains(cmd.Contexts, 0):
		return fmt.Errorf("command %s is not for guilds", cmd.Name)
	case in.isThread() && in.thread.archived:
		return errors.New("commands cannot be used in an archived thread")
	}
	if err := p.may(in, UseCommands); err != nil {
		return err
	}
	if need := cmd.NeededPermission; need != nil {
		have := in.permissions(p)
		if !have.has(Administrator) && (*need == 0 || !have.has(*need)) {
			return fmt.Errorf("%s lacks the permission that command %s needs", p, cmd.Name)
		}
	}
	return nil
}

// typedCommand is a slash command as it stands in the input line.
type typedCommand struct {
	command *Command
	nesting []*CommandOption // groups and subcommands
	options []CommandOption  // declared
	given   map[string]any   // by declared name
	focused string
	in      *Channel
	refs    *resolved
	values  map[string]any // as they go into the payload
}

// typed reads a path and options.
func (p *Person) typed(in *Channel, path string, options []Option) (*typedCommand, error) {
	words := strings.Fields(path)
	if len(words) == 0 {
		return nil, errors.New("no command was named")
	}
	cmd, err := p.find(in, words[0], SlashCommand)
	if err != nil {
		return nil, err
	}
	c := &typedCommand{command: cmd, options: cmd.Options, given: map[string]any{}, in: in, refs: newResolved(in), values: map[string]any{}}
	for _, word := range words[1:] {
		at := slices.IndexFunc(c.options, func(o CommandOption) bool {
			return (o.Type == SubcommandOption || o.Type == GroupOption) && (o.Name == word || p.local(o.Name, o.NameLocal) == word)
		})
		if at < 0 {
			return nil, fmt.Errorf("there is no subcommand %q", word)
		}
		c.nesting = append(c.nesting, &c.options[at])
		c.options = c.options[at].Options
	}
	if len(c.options) > 0 && c.options[0].Type <= GroupOption {
		return nil, errors.New("a subcommand must be chosen")
	}
	for _, o := range options {
		declared := c.option(o.Name)
		if declared == nil {
			for i := range c.options {
				if p.local(c.options[i].Name, c.options[i].NameLocal) == o.Name {
					declared = &c.options[i]
				}
			}
		}
		if declared == nil {
			return nil, fmt.Errorf("there is no option %q", o.Name)
		}
		c.given[declared.Name] = o.Value
	}
	return c, nil
}

func (c *typedCommand) option(name string) *CommandOption {
	for i := range c.options {
		if c.options[i].Name == name {
			return &c.options[i]
		}
	}
	return nil
}

// complete checks that what is required is there and everything is of its type.
func (c *typedCommand) complete() error {
	for i := range c.options {
		o := &c.options[i]
		v, ok := c.given[o.Name]
		if !ok {
			if o.Required {
				return fmt.Errorf("option %s is required", o.Name)
			}
			continue
		}
		value, err := c.value(o, v)
		if err != nil {
			return fmt.Errorf("option %s: %w", o.Name, err)
		}
		c.values[o.Name] = value
	}
	return nil
}

// value is an option's value as it goes into the payload.
func (c *typedCommand) value(o *CommandOption, v any) (any, error) {
	if len(o.Choices) > 0 {
		for _, choice := range o.Choices {
			if choice.Value == v || choice.Name == v || choice.Value == toFloat(v) {
				return choice.Value, nil
			}
		}
		return nil, fmt.Errorf("%v is not one of the choices", v)
	}
	switch o.Type {
	case StringOption:
		return c.text(o, v)
	case IntegerOption, NumberOption:
		return number(o, v)
	case BooleanOption:
		if b, ok := v.(bool); ok {
			return b, nil
		}
	default:
		return c.refs.pick(o.Type, o.ChannelTypes, v)
	}
	return nil, fmt.Errorf("%T does not fit", v)
}

func (c *typedCommand) text(o *CommandOption, v any) (any, error) {
	s, ok := v.(string)
	if !ok {
		return nil, fmt.Errorf("%T is no text", v)
	}
	most := maxStringOptionLen
	if o.MaxLength != nil {
		most = *o.MaxLength
	}
	if n := runes(s); n > most || o.MinLength != nil && n < *o.MinLength || n == 0 {
		return nil, fmt.Errorf("%d characters are too few or too many", n)
	}
	return s, nil
}

func toFloat(v any) any {
	if n, ok := v.(int); ok {
		return float64(n)
	}
	return v
}

func number(o *CommandOption, v any) (any, error) {
	n, ok := toFloat(v).(float64)
	switch {
	case !ok:
		return nil, fmt.Errorf("%T is no number", v)
	case o.Type == IntegerOption && n != math.Trunc(n):
		return nil, fmt.Errorf("%v is not whole", n)
	case o.Min != nil && n < *o.Min || o.Max != nil && n > *o.Max:
		return nil, fmt.Errorf("%v is out of bounds", n)
	}
	if o.Type == IntegerOption {
		return int64(n), nil
	}
	return n, nil
}

// data is the interaction's data: options in the order of their declaration, nested as the
// subcommands are.
func (c *typedCommand) data() map[string]any {
	list := []map[string]any{}
	for _, o := range c.options {
		v, ok := c.values[o.Name]
		if !ok {
			if v, ok = c.given[o.Name]; !ok {
				continue
			}
		}
		entry := map[string]any{"name": o.Name, "type": o.Type, "value": v}
		if o.Name == c.focused {
			entry["focused"] = true
		}
		list = append(list, entry)
	}
	for i := len(c.nesting) - 1; i >= 0; i-- {
		o := c.nesting[i]
		list = []map[string]any{{"name": o.Name, "type": o.Type, "options": list}}
	}
	data := map[string]any{"id": c.command.ID, "name": c.command.Name, "type": SlashCommand}
	if len(list) > 0 {
		data["options"] = list
	}
	if c.command.GuildID != 0 {
		data["guild_id"] = c.command.GuildID
	}
	if r := c.refs.json(); len(r) > 0 {
		data["resolved"] = r
	}
	return data
}
