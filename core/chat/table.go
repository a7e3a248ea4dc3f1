package chat

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strings"

	"github.com/agnivade/levenshtein"

	"guildhall/core/text"
)

// table is the command table.
type table struct {
	byPath    map[string]*Command
	groups    map[string][]*Command // first word → its commands, in the order given
	list      []*Command
	reactions map[string]*Command
	stands    map[string]Given // the arguments that an emoji stands for
}

var kinds = map[Kind]bool{Line: true, Text: true, Word: true, Number: true, Yes: true, Record: true, Records: true,
	Choice: true, Choices: true, Date: true, Language: true, Languages: true, Country: true, Topic: true, Topics: true,
	Spaces: true, Link: true, File: true, Member: true, Org: true, Zone: true, Ticks: true, Hour: true, Mail: true}

// newTable checks the commands and names all faults at once.
func newTable(commands []Command, platforms []Info, words *text.Catalogue) (*table, error) {
	t := &table{byPath: map[string]*Command{}, groups: map[string][]*Command{}, reactions: map[string]*Command{}, stands: map[string]Given{}}
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	for i := range commands {
		c := &commands[i]
		if _, twice := t.byPath[c.Path]; twice {
			fault("%q stands twice", c.Path)
			continue
		}
		t.byPath[c.Path] = c
		t.list = append(t.list, c)
		first, rest, grouped := strings.Cut(c.Path, " ")
		if grouped {
			t.groups[first] = append(t.groups[first], c)
		}
		if c.Run == nil {
			fault("%q does nothing", c.Path)
		}
		if c.Own != nil && (c.Own.List == nil || !words.Has(c.Own.Title)) {
			fault("%q: what is a member's own has no list or no title", c.Path)
		}
		if c.Path != strings.ToLower(c.Path) || first == "" || grouped && (rest == "" || strings.Contains(rest, " ")) {
			fault("%q is no path of one or two small words", c.Path)
		}
		for _, p := range platforms {
			for _, r := range p.Reserved {
				if r == first && !c.Hidden {
					fault("%q is reserved by %s", first, p.Name)
				}
			}
		}
		if c.Reaction != "" {
			if t.reactions[c.Reaction] != nil {
				fault("%q: the reaction %s means another command", c.Path, c.Reaction)
			}
			t.reactions[c.Reaction] = c
		}
		for emoji, g := range c.Reactions {
			if t.reactions[emoji] != nil {
				fault("%q: the reaction %s means another command", c.Path, emoji)
			}
			t.reactions[emoji], t.stands[emoji] = c, g
		}
		for _, f := range c.faults(words) {
			fault("%q: %s", c.Path, f)
		}
	}
	for first := range t.groups {
		if t.byPath[first] != nil {
			fault("%q is both a command and a group", first)
		}
	}
	return t, errors.Join(faults...)
}

func (c *Command) faults(words *text.Catalogue) []string {
	var out []string
	need := func(key string) {
		if !words.Has(key) {
			out = append(out, "lacks the words "+key)
		}
	}
	need(c.Text + ".button")
	if c.Offer {
		need(c.Text + ".offer")
	}
	if !c.Hidden {
		need(c.Text + ".about")
		if len(c.Args) > 0 {
			need(c.Text + ".example")
		}
	}
	seen, optional := map[string]bool{}, false
	for _, a := range c.Args {
		if seen[a.Name] {
			out = append(out, "has two arguments "+a.Name)
		}
		seen[a.Name] = true
		if !kinds[a.Kind] {
			out = append(out, "argument "+a.Name+" is of the unknown kind "+string(a.Kind))
		}
		if a.Required && optional && !a.Typed {
			out = append(out, "argument "+a.Name+" is required after one that is not")
		}
		optional = optional || !a.Required
		if !a.Button && (!c.Hidden || a.Required || a.Asked) {
			need(c.Text + ".arg." + a.Name)
		}
		for _, choice := range a.Choices {
			if key := choiceKey(words, c.Text, a.Name, choice); key == "" {
				out = append(out, "lacks the words "+c.Text+"."+a.Name+"."+choice)
			}
		}
	}
	return out
}

// choiceKey is the key of a choice's label; empty when it has none.
func choiceKey(words *text.Catalogue, prefix, arg, choice string) string {
	for _, key := range []string{prefix + "." + arg + "." + choice, "choice." + arg + "." + choice, "choice." + choice} {
		if words.Has(key) {
			return key
		}
	}
	return ""
}

// find takes a command's path from the beginning of a line: the longest that fits. A group's bare
// word means its first command. rest is the line after the path, as it was typed.
func (t *table) find(line string) (c *Command, rest string) {
	first, tail := cutWord(line)
	first = strings.ToLower(strings.TrimRight(first, ":,"))
	if group := t.groups[first]; len(group) > 0 {
		second, after := cutWord(tail)
		if c := t.byPath[first+" "+strings.ToLower(second)]; c != nil {
			return c, after
		}
		// What follows may be an argument of the first one: an id, a name.
		if second == "" || !t.near(first+" "+strings.ToLower(second), group) {
			return group[0], tail
		}
		return nil, line
	}
	if c := t.byPath[first]; c != nil {
		return c, tail
	}
	return nil, line
}

// near says whether path looks like a slip for one of group's.
func (t *table) near(path string, group []*Command) bool {
	for _, c := range group {
		if levenshtein.ComputeDistance(path, c.Path) <= 2 && len(path) > len("practice")-4 {
			return true
		}
	}
	return false
}

// nearest is the command that a mistyped line most likely meant; nil when none is near.
func (t *table) nearest(line string) *Command {
	first, tail := cutWord(strings.ToLower(line))
	second, _ := cutWord(tail)
	var best *Command
	bestAt := 1 << 30
	for _, c := range t.list {
		if c.Hidden {
			continue
		}
		typed := first
		if strings.Contains(c.Path, " ") && second != "" {
			typed = first + " " + second
		}
		d := levenshtein.ComputeDistance(typed, c.Path)
		if d <= max(1, (len(c.Path)+2)/3) && d < bestAt {
			best, bestAt = c, d
		}
	}
	return best
}

// cutWord cuts the first word off a line.
func cutWord(line string) (word, rest string) {
	line = strings.TrimSpace(line)
	i := strings.IndexFunc(line, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' || r == '\u00a0' })
	if i < 0 {
		return line, ""
	}
	return line[:i], strings.TrimSpace(line[i:])
}

// infos is the table in words.
func (t *table) infos(words *text.Catalogue, lang string) []CommandInfo {
	var out []CommandInfo
	for _, c := range t.list {
		info := CommandInfo{Path: c.Path, Section: c.Section, Role: c.Role, Target: c.Target, Action: c.Action, Unread: c.Unread, Global: c.Global,
			Person: c.Person, Reaction: c.Reaction, Reactions: slices.Sorted(maps.Keys(c.Reactions)), Hidden: c.Hidden, Top: c.Top, Reads: c.Reads,
			Button: words.Plain(lang, c.Text+".button", text.Args{"id": ""})}
		info.Button = strings.TrimSpace(strings.ReplaceAll(info.Button, "  ", " "))
		if !c.Hidden {
			info.About = words.Plain(lang, c.Text+".about", nil)
			if words.Has(c.Text + ".example") {
				info.Example = words.Plain(lang, c.Text+".example", nil)
			}
		}
		for _, a := range c.Args {
			if a.Button || a.NoForm && c.Hidden || !words.Has(c.Text+".arg."+a.Name) {
				continue
			}
			info.Args = append(info.Args, ArgInfo{Name: a.Name, Label: words.Plain(lang, c.Text+".arg."+a.Name, nil),
				Hint: hint(words, lang, c, a), Kind: a.Kind, Required: a.Required, Letters: a.Letters, Max: a.max(),
				Options: choices(words, lang, c.Text, a)})
		}
		out = append(out, info)
	}
	sort.SliceStable(out, func(i, j int) bool { return rank(out[i].Top) < rank(out[j].Top) })
	return out
}

func rank(top int) int {
	if top == 0 {
		return 1 << 10
	}
	return top
}

// hint is what is expected of an argument: the command's own words, else those of the kind.
func hint(words *text.Catalogue, lang string, c *Command, a Arg) string {
	if key := c.Text + ".hint." + a.Name; words.Has(key) {
		return words.Plain(lang, key, nil)
	}
	if key := "chat.hint." + string(a.Kind); words.Has(key) {
		return words.Plain(lang, key, nil)
	}
	return ""
}

func choices(words *text.Catalogue, lang, prefix string, a Arg) []Option {
	var out []Option
	for _, code := range a.Choices {
		out = append(out, Option{Value: code, Label: words.Plain(lang, choiceKey(words, prefix, a.Name, code), nil)})
	}
	return out
}

// max is the longest text an argument takes, in graphemes.
func (a Arg) max() int {
	switch {
	case a.Max > 0:
		return a.Max
	case a.Kind == Text:
		return 8000
	}
	return 300
}
