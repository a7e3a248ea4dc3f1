package discord

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/core/chat"
	"guildhall/core/community"
)

// menuEntry is a command of a context menu.
type menuEntry struct {
	kind int
	name string
	path string
	role community.Role
}

func (m menuEntry) key() string { return itoa(m.kind) + "/" + m.name }

// contextMenu are the commands that are offered on messages and on people; content says whether we can
// read what people write. Discord takes five of each kind: those that have no other way come first, then
// those that have a name of their own there.
func contextMenu(infos []chat.CommandInfo, content bool) []menuEntry {
	var out []menuEntry
	seen, count := map[string]bool{}, map[int]int{}
	rank := func(i chat.CommandInfo) int {
		switch {
		case i.Unread && !content:
			return 0
		case menuKey(i) == "":
			return 3
		case i.Path == "report": // it can be typed as well
			return 2
		}
		return 1
	}
	infos = slices.Clone(infos)
	slices.SortStableFunc(infos, func(a, b chat.CommandInfo) int { return rank(a) - rank(b) })
	for _, i := range infos {
		for kind, offered := range map[int]bool{messageKind: i.Action && !(i.Unread && content), personKind: i.Person} {
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
		if key := menuKey(i); key != "" {
			return cut(words.Plain(lang, key, nil), maxName)
		}
		return cut(oneLine(i.Button), maxName)
	}
}

// menuKey is the text with a command's own name in a context menu; empty when it has none.
func menuKey(i chat.CommandInfo) string {
	if key := "discord.menu." + strings.ReplaceAll(i.Path, " ", "_"); words.Has(key) {
		return key
	}
	return ""
}

// commands is the whole table as Discord registers it: each first word is a command, with further
// words as its subcommands.
func commands(byLang map[string][]chat.CommandInfo, content bool) []appCommand {
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
		slim(&out[n])
	}
	for _, m := range contextMenu(byLang["en"], content) {
		c := appCommand{Type: m.kind, Name: m.name, Contexts: []int{guildContext, directContext}, Installs: []int{0}, Permissions: permissionFor("", m.role)}
		c.Names = said.menuNames(m)
		out = append(out, c)
	}
	return out
}

// maxCommand is how long all names, descriptions and values of a command may be together, each in its
// longest language.
const maxCommand = 8000

// slim shortens what a large command says of its options until it fits: first to few words, then to
// English, then to their names.
func slim(c *appCommand) {
	for _, shorter := range []func(o *appOption){
		func(o *appOption) {
			o.Description = cut(o.Description, 40)
			for l, d := range o.Descriptions {
				o.Descriptions[l] = cut(d, 40)
			}
		},
		func(o *appOption) { o.Names, o.Descriptions = nil, nil },
		func(o *appOption) { o.Description, o.Choices = o.Name, nil },
	} {
		if commandSize(*c) <= maxCommand {
			return
		}
		eachOption(c.Options, shorter)
	}
	for commandSize(*c) > maxCommand { // what is left can still be typed, or asked for by a form
		for i := range c.Options {
			if sub := &c.Options[i]; len(sub.Options) > 0 {
				sub.Options = sub.Options[:len(sub.Options)-1]
			}
		}
	}
}

func eachOption(list []appOption, f func(o *appOption)) {
	for i := range list {
		f(&list[i])
		eachOption(list[i].Options, f)
	}
}

func commandSize(c appCommand) int {
	n := longest(c.Name, c.Names) + longest(c.Description, c.Descriptions)
	eachOption(c.Options, func(o *appOption) {
		n += longest(o.Name, o.Names) + longest(o.Description, o.Descriptions)
		for _, x := range o.Choices {
			n += longest(x.Name, x.Names) + units(x.Value)
		}
	})
	return n
}

func longest(s string, others map[string]string) int {
	n := units(s)
	for _, o := range others {
		n = max(n, units(o))
	}
	return n
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

// validName says whether Discord takes s as the name of a command or an option.
// https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming
func validName(s string) bool {
	if n := utf8.RuneCountInString(s); n < 1 || n > 32 || strings.ToLower(s) != s {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("-_'", r) && !unicode.In(r, unicode.L, unicode.N, unicode.Devanagari, unicode.Thai)
	})
}
