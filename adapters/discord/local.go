package discord

import (
	"maps"
	"slices"
	"strings"

	"guildhall/core/chat"
)

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
