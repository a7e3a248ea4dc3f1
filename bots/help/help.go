// Package help is how Guildhall explains itself: the five things that people come for, everything
// else by section, one command with an example, and the greeting in a new room.
package help

import (
	"context"
	"embed"
	"slices"
	"sort"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

//go:embed text
var words embed.FS

// Table gives the commands in words; it is asked when somebody needs help, not before.
type Table func(lang string) []chat.CommandInfo

type bot struct{ table Table }

// New makes the bot.
func New(table Table) chat.Bot {
	b := &bot{table}
	return chat.Bot{
		Name: "help", Words: words,
		Commands: []chat.Command{{
			Path: "help", Text: "help.help", Role: community.Anyone, Alone: true, Reads: true, Run: b.help,
			Args: []chat.Arg{{Name: "command", Kind: chat.Line, Max: 60}},
		}},
		Heard: []chat.Hearing{{Entered: b.greet}},
	}
}

// five are what people come for, with the labels of their buttons.
var five = []chat.Press{
	{Command: "ask", Label: "help.five.ask", Style: chat.Primary},
	{Command: "deposit", Label: "help.five.deposit"},
	{Command: "find", Label: "help.five.find"},
	{Command: "digest show", Label: "help.five.news"},
	{Command: "profile", Label: "help.five.profile"},
}

// everything is what "help" is asked for to get the whole list.
const everything = "all"

func (b *bot) help(_ context.Context, c *chat.Call) (chat.Reply, error) {
	infos := map[string]chat.CommandInfo{}
	for _, i := range b.table(c.Lang) {
		infos[i.Path] = i
	}
	asked := strings.ToLower(strings.TrimLeft(c.Text("command"), "/!"))
	switch i, known := infos[asked]; {
	case asked == "":
		return b.first(c, infos), nil
	case known && may(c, i):
		return b.one(c, i), nil
	case asked == everything:
		return b.all(c, infos), nil
	default:
		return b.group(c, infos, asked)
	}
}

// first is the bare "help": the five things and what waits for the reader.
func (b *bot) first(c *chat.Call, infos map[string]chat.CommandInfo) chat.Reply {
	if c.Community.ID == 0 {
		r := chat.OnlyYouSay("help.alone", text.Args{"command": c.Platform.Prefix + "setup"})
		if _, can := infos["setup start"]; can {
			r = r.Press(chat.Press{Command: "setup start", Style: chat.Primary})
		}
		return r
	}
	r := chat.OnlyYouSay("help.hello", text.Args{"community": c.Community.Name})
	r.Buttons = present(infos)
	r.Waiting = true
	return r.Press(chat.Press{Command: "help", Given: chat.Given{"command": everything}, Label: "help.everything"})
}

// present are those of the five that exist here.
func present(infos map[string]chat.CommandInfo) []chat.Press {
	var out []chat.Press
	for _, p := range five {
		if _, ok := infos[p.Command]; ok {
			out = append(out, p)
		}
	}
	return out
}

// one explains one command.
func (b *bot) one(c *chat.Call, i chat.CommandInfo) chat.Reply {
	r := chat.OnlyYouSay("help.one", text.Args{"command": c.Platform.Prefix + i.Path, "about": i.About})
	if i.Example != "" {
		r = r.Line("help.example", text.Args{"line": c.Platform.Prefix + i.Path + " " + i.Example})
	}
	for _, a := range i.Args {
		key := "help.optional"
		if a.Required {
			key = "help.required"
		}
		if text.Fold(a.Label) == text.Fold(a.Name) {
			key += "_name" // the label would only say the name again
		}
		r.List = append(r.List, chat.Item{Text: chat.P(key, text.Args{"name": a.Name, "label": a.Label}), Detail: detail(a)})
	}
	return r.Press(chat.Press{Command: i.Path, Label: "help.try", Args: text.Args{"command": i.Path}})
}

func detail(a chat.ArgInfo) chat.Phrase {
	hint := a.Hint
	if hint == "" && len(a.Options) <= 12 {
		var codes []string
		for _, o := range a.Options {
			codes = append(codes, o.Value)
		}
		hint = strings.Join(codes, " / ")
	}
	if hint == "" {
		return chat.Phrase{}
	}
	return chat.P("help.as_is", text.Args{"text": hint})
}

// The parts of the list of everything that are no sections: what all sections share, and what only
// those who run a community need.
const (
	shared     = "shared"
	setup      = "setup"
	moderators = "mod"
)

// parts are the parts of the list, in the order in which they are shown.
var parts = []string{string(community.Communication), string(community.Sharing), string(community.Collaboration), string(community.Cooperation),
	shared, setup, moderators}

// part is where a command is listed.
func part(i chat.CommandInfo) string {
	first, _, _ := strings.Cut(i.Path, " ")
	switch {
	case i.Section != "":
		return string(i.Section)
	case first == setup || first == moderators:
		return first
	}
	return shared
}

// all is what the reader may do, by section, in few lines: each leads to more.
func (b *bot) all(c *chat.Call, infos map[string]chat.CommandInfo) chat.Reply {
	r := chat.OnlyYouSay("help.list", text.Args{"command": c.Platform.Prefix + "help"})
	for _, name := range parts {
		if name == setup && c.Member.Role < community.RoleModerator && c.Community.ID != 0 {
			continue // for admins of a space, who know of it
		}
		if paths := mayUse(c, infos, name); len(paths) > 0 {
			r.List = append(r.List, chat.Item{Text: chat.P("help.part", text.Args{"part": text.Key("help.part_of." + name), "commands": inShort(c.Platform.Prefix, paths)})})
			r = r.Press(chat.Press{Command: "help", Given: chat.Given{"command": name}, Label: "help.part_of." + name})
		}
	}
	return r
}

// mayUse are the paths of a part's commands that the reader may use, in order.
func mayUse(c *chat.Call, infos map[string]chat.CommandInfo, name string) []string {
	var out []string
	for path, i := range infos {
		if part(i) == name && may(c, i) {
			out = append(out, path)
		}
	}
	sort.Strings(out)
	return out
}

// inShort writes paths with each first word once: "/ask, /collab open / join / leave".
func inShort(prefix string, paths []string) string {
	var out []string
	last := ""
	for _, path := range paths {
		first, second, grouped := strings.Cut(path, " ")
		if grouped && first == last {
			out[len(out)-1] += " / " + second
			continue
		}
		last = first
		out = append(out, prefix+path)
	}
	return strings.Join(out, ", ")
}

// group lists the commands that begin with a word.
func (b *bot) group(c *chat.Call, infos map[string]chat.CommandInfo, word string) (chat.Reply, error) {
	r := chat.OnlyYouSay("help.group", text.Args{"command": c.Platform.Prefix + word})
	items := listed(c, infos, func(i chat.CommandInfo) bool { return strings.HasPrefix(i.Path, word+" ") })
	if len(items) == 0 && slices.Contains(parts, word) {
		r = chat.OnlyYouSay("help.in_part", text.Args{"part": text.Key("help.part_of." + word)})
		items = listed(c, infos, func(i chat.CommandInfo) bool { return part(i) == word })
	}
	if len(items) == 0 {
		return chat.Reply{}, text.RefuseArg("command", "help.unknown", text.Args{"given": word, "command": c.Platform.Prefix + "help all"})
	}
	r.List = items
	return r, nil
}

func listed(c *chat.Call, infos map[string]chat.CommandInfo, wanted func(chat.CommandInfo) bool) []chat.Item {
	var paths []string
	for path, i := range infos {
		if wanted(i) && may(c, i) {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	var out []chat.Item
	for _, path := range paths {
		out = append(out, chat.Item{Text: chat.P("help.line", text.Args{"command": c.Platform.Prefix + path, "about": infos[path].About})})
	}
	return out
}

// may says whether the reader may use a command; hidden ones are for buttons only.
func may(c *chat.Call, i chat.CommandInfo) bool {
	role := max(c.Member.Role, community.RoleMember) // who acts becomes a member
	if c.Community.ID == 0 {
		role = community.Anyone
	}
	return !i.Hidden && i.Role <= role
}

// greet says once in each room of a community who we are. In a collaboration's room its own bot does.
func (b *bot) greet(_ context.Context, c *chat.Call) (chat.Reply, error) {
	if c.Community.ID == 0 || c.Event.Direct || c.Event.Where.Room == "" || c.Room.Record != "" {
		return chat.Nothing(), nil
	}
	if c.Room.ID == "" && c.Event.From.Account == "" {
		return chat.Nothing(), nil // nobody brought us here: it may be a room that we are opening ourselves
	}
	infos := map[string]chat.CommandInfo{}
	for _, i := range b.table(c.Lang) {
		infos[i.Path] = i
	}
	say := chat.Say{Lines: []chat.Phrase{chat.P("help.greeting", nil)}, Notes: []chat.Phrase{chat.P("help.keeps", nil)},
		Buttons: present(infos), Pin: true}
	if (c.Room.Encrypted || c.Event.Hidden) && !c.Room.Agreed {
		say.Notes = append(say.Notes, chat.P("help.encrypted", nil))
		if _, can := infos["agree"]; can {
			say.Buttons = append(say.Buttons, chat.Press{Command: "agree", Label: "help.agree"})
		}
	}
	at := c.Event.Where
	at.Thread = ""
	return chat.Nothing().Tell(chat.Post{To: chat.To{Room: at}, Say: say, Key: "greeting"}), nil
}
