package discordtest

import (
	"regexp"
	"strings"
)

const (
	maxCommandName     = 32
	maxDescription     = 100
	maxCommandOptions  = 25
	maxChoices         = 25
	maxChoiceName      = 100
	maxCommandSize     = 8000 // of all names, descriptions and values together
	maxStringOptionLen = 6000
)

// commandName is what slash commands and options may be called. Source: "Application Command Naming".
var commandName = regexp.MustCompile(`^[-_'\p{L}\p{N}\p{Devanagari}\p{Thai}]{1,32}$`)

// locales are the languages of Discord's client. Source: "Locales" of the reference.
var locales = map[string]bool{}

func init() {
	for _, tag := range strings.Fields("id da de en-GB en-US es-ES es-419 fr hr it lt hu nl no pl pt-BR ro fi sv-SE vi tr cs el bg ru uk hi th zh-CN ja zh-TW ko ar he") {
		locales[tag] = true
	}
}

// checkCommand applies the rules of a command; path is where it stands in the body.
func checkCommand(f *form, path string, cmd *Command) {
	at := func(field string) string { return joinPath(path, field) }
	switch cmd.Type {
	case SlashCommand:
		checkName(f, at("name"), cmd.Name)
		f.length(at("description"), cmd.Description, 1, maxDescription)
		checkLocal(f, at("name_localizations"), cmd.NameLocal, func(p, s string) { checkName(f, p, s) })
	case UserCommand, MessageCommand:
		f.length(at("name"), cmd.Name, 1, maxCommandName)
		checkLocal(f, at("name_localizations"), cmd.NameLocal, func(p, s string) { f.length(p, s, 1, maxCommandName) })
		if cmd.Description != "" {
			f.at(at("description"), "APPLICATION_COMMAND_DESCRIPTION_CANNOT_BE_PROVIDED", "Description cannot be provided for this type of command")
		}
		if len(cmd.Options) > 0 {
			f.at(at("options"), "APPLICATION_COMMAND_OPTIONS_CANNOT_BE_PROVIDED", "Options cannot be provided for this type of command")
		}
	default:
		f.choice(at("type"), 1, 2, 3)
	}
	checkDescriptions(f, at("description_localizations"), cmd.DescriptionLocal)
	checkOptions(f, at("options"), cmd.Options, 0)
	if n := runes(cmd.Name) + runes(cmd.Description) + sizeOf(cmd.Options); n > maxCommandSize {
		f.at(path, "APPLICATION_COMMAND_TOO_LARGE", "Command exceeds maximum size (%d)", maxCommandSize)
	}
}

func checkName(f *form, path, name string) {
	switch {
	case !f.length(path, name, 1, maxCommandName):
	case !commandName.MatchString(name) || name != strings.ToLower(name):
		f.at(path, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
	}
}

func checkLocal(f *form, path string, local map[string]string, check func(path, text string)) {
	for tag, text := range local {
		if !locales[tag] {
			f.at(path+"."+tag, "LOCALIZATION_UNKNOWN_LOCALE", "Unknown locale %q", tag)
			continue
		}
		check(path+"."+tag, text)
	}
}

func checkDescriptions(f *form, path string, local map[string]string) {
	checkLocal(f, path, local, func(p, s string) { f.length(p, s, 1, maxDescription) })
}

// checkOptions checks one level of options. depth is 0 for a command, 1 for a group, 2 for a
// subcommand, which holds no further ones.
func checkOptions(f *form, path string, options []CommandOption, depth int) {
	f.count(path, len(options), 0, maxCommandOptions)
	seen := map[string]bool{}
	nested, plain, optional := 0, 0, false
	for i := range options {
		o, at := &options[i], path+"."+itoa(i)
		checkName(f, at+".name", o.Name)
		if seen[o.Name] {
			f.at(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option name already exists")
		}
		seen[o.Name] = true
		f.length(at+".description", o.Description, 1, maxDescription)
		checkLocal(f, at+".name_localizations", o.NameLocal, func(p, s string) { checkName(f, p, s) })
		checkDescriptions(f, at+".description_localizations", o.DescriptionLocal)
		switch o.Type {
		case SubcommandOption, GroupOption:
			nested++
			checkNested(f, at, o, depth)
			continue
		}
		plain++
		if o.Required && optional {
			f.at(at, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "Required options must be placed before non-required options")
		}
		optional = optional || !o.Required
		checkOption(f, at, o)
	}
	if nested > 0 && plain > 0 || depth == 1 && plain > 0 {
		f.at(path, "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-command and sub-command group option types are mutually exclusive to all other types")
	}
}

func checkNested(f *form, path string, o *CommandOption, depth int) {
	deeper := 2
	if o.Type == GroupOption {
		deeper = 1
		f.count(path+".options", len(o.Options), 1, maxCommandOptions)
	}
	if depth == 2 || depth == 1 && o.Type == GroupOption {
		f.at(path+".type", "APPLICATION_COMMAND_OPTIONS_TYPE_INVALID", "Sub-commands cannot be nested here")
		return
	}
	checkOptions(f, path+".options", o.Options, deeper)
}

func checkOption(f *form, path string, o *CommandOption) {
	if o.Type < StringOption || o.Type > AttachmentOption {
		f.choice(path+".type", 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
	}
	if o.Autocomplete && len(o.Choices) > 0 {
		f.at(path, "APPLICATION_COMMAND_AUTOCOMPLETE_AND_CHOICES", "Autocomplete cannot be used with choices")
	}
	if o.Autocomplete && o.Type != StringOption && o.Type != IntegerOption && o.Type != NumberOption {
		f.at(path+".autocomplete", "APPLICATION_COMMAND_AUTOCOMPLETE_INVALID_OPTION_TYPE", "Autocomplete does not fit this type of option")
	}
	checkChoices(f, path+".choices", o.Type, o.Choices)
	for name, n := range map[string]*int{"min_length": o.MinLength, "max_length": o.MaxLength} {
		if n != nil && (*n < 0 || *n > maxStringOptionLen) {
			f.at(path+"."+name, "NUMBER_TYPE_MAX", "int value should be less than or equal to %d.", maxStringOptionLen)
		}
	}
}

// checkChoices checks fixed choices, and those that autocomplete answers.
func checkChoices(f *form, path string, kind OptionType, choices []CommandChoice) {
	f.count(path, len(choices), 0, maxChoices)
	names := map[string]bool{}
	for i, c := range choices {
		at := path + "." + itoa(i)
		f.length(at+".name", c.Name, 1, maxChoiceName)
		if names[c.Name] {
			f.at(at, "APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_ALREADY_EXISTS", "Option choice name already exists")
		}
		names[c.Name] = true
		text, isText := c.Value.(string)
		number, isNumber := c.Value.(float64)
		switch {
		case kind == StringOption && !isText, kind == NumberOption && !isNumber,
			kind == IntegerOption && (!isNumber || number != float64(int64(number))):
			f.at(at+".value", "BASE_TYPE_BAD_TYPE", "Value does not fit the type of the option")
		case isText && runes(text) > 100:
			f.length(at+".value", text, 0, 100)
		}
	}
}

// sizeOf is what options count towards the size of their command.
func sizeOf(options []CommandOption) int {
	n := 0
	for _, o := range options {
		n += runes(o.Name) + runes(o.Description) + sizeOf(o.Options)
		for _, c := range o.Choices {
			text, _ := c.Value.(string)
			n += runes(c.Name) + runes(text)
		}
	}
	return n
}
