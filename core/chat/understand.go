package chat

import (
	"context"
	"fmt"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"guildhall/core/record"
	"guildhall/core/text"
)

// understand reads all arguments that were given. Refusals name the argument; all of them are
// returned, so that a form can show each beside its field.
func (e *Engine) understand(ctx context.Context, c *Call, cmd *Command) ([]*text.Refusal, error) {
	c.values = map[string]value{}
	var problems []*text.Refusal
	for _, a := range cmd.Args {
		raw, ok := c.Given[a.Name]
		files := c.Event.GivenFiles[a.Name]
		if a.Kind == File {
			if len(files) == 0 {
				files = c.Event.Files
			}
			if len(files) == 0 && c.Target != nil {
				files = c.Target.Files
			}
			if len(files) > 0 {
				c.values[a.Name] = value{files: files}
			}
			continue
		}
		if !ok || strings.TrimSpace(raw) == "" && a.Required {
			continue
		}
		v, err := e.value(ctx, c, cmd, a, raw)
		var no *text.Refusal
		switch {
		case err == nil:
			c.values[a.Name] = v
		case asRefusal(err, &no):
			no.Arg = a.Name
			problems = append(problems, no)
		default:
			return nil, fmt.Errorf("understand %s: %w", a.Name, err)
		}
	}
	return problems, nil
}

// missing are the required arguments that were not given.
func (c *Call) missing(cmd *Command) []Arg {
	var out []Arg
	for _, a := range cmd.Args {
		if a.Required && !c.Has(a.Name) {
			out = append(out, a)
		}
	}
	return out
}

func (e *Engine) value(ctx context.Context, c *Call, cmd *Command, a Arg, raw string) (value, error) {
	clean := text.Clean(raw, 0)
	if a.Kind == Text {
		clean = text.CleanLines(raw, 0)
	}
	clean = strings.TrimSpace(clean)
	no := func(key string, args text.Args) (value, error) {
		if args == nil {
			args = text.Args{}
		}
		args["arg"] = text.Key(cmd.Text + ".arg." + a.Name)
		if !e.words.Has(cmd.Text + ".arg." + a.Name) {
			args["arg"] = a.Name
		} else if label := e.words.Plain(c.Lang, cmd.Text+".arg."+a.Name, nil); strings.HasSuffix(label, "?") {
			args["arg"] = "“" + label + "”" // a question within a sentence
		}
		args["given"] = text.Clean(raw, 60)
		return value{}, text.RefuseArg(a.Name, "chat.expect."+key, args)
	}
	if clean == "" && a.Kind != Topics && a.Kind != Choices && a.Kind != Spaces {
		return value{}, nil // given as empty: it clears what it names
	}
	switch a.Kind {
	case Line, Text, Word, Org:
		if n := text.Length(clean); n > a.max() {
			return no("shorter", text.Args{"n": a.max()})
		}
		return value{text: clean}, nil
	case Number:
		n, err := strconv.ParseInt(clean, 10, 64)
		if err != nil {
			return no("number", nil)
		}
		return value{number: n}, nil
	case Yes:
		y, ok := yesNo(clean)
		if !ok {
			return no("yes", nil)
		}
		return value{yes: y, text: clean}, nil
	case Record:
		id, ok := parseRecord(clean, a.Letters)
		if !ok {
			return no("record", text.Args{"example": example(a.Letters)})
		}
		return value{record: id, text: id.String()}, nil
	case Records:
		var ids []record.ID
		for _, s := range list(clean, true) {
			id, ok := parseRecord(s, a.Letters)
			if !ok {
				return no("record", text.Args{"example": example(a.Letters)})
			}
			ids = append(ids, id)
		}
		return value{records: ids}, nil
	case Choice:
		code, ok := e.choice(c, cmd, a, clean)
		if !ok {
			return no("choice", text.Args{"choices": e.labels(c.Lang, cmd, a)})
		}
		return value{text: code}, nil
	case Choices:
		out := []string{}
		for _, s := range list(clean, false) {
			code, ok := e.choice(c, cmd, a, s)
			if !ok {
				return no("choice", text.Args{"choices": e.labels(c.Lang, cmd, a)})
			}
			out = append(out, code)
		}
		return value{list: out}, nil
	case Date:
		d, ok := ParseDay(clean, c.Today())
		if !ok {
			return no("date", nil)
		}
		return value{date: d, text: d.String()}, nil
	case Language:
		l, ok := text.Language(clean)
		if !ok {
			return no("language", nil)
		}
		return value{text: l}, nil
	case Languages:
		var out []string
		for _, s := range list(clean, true) {
			l, ok := text.Language(s)
			if !ok {
				return no("language", nil)
			}
			out = append(out, l)
		}
		return value{list: out}, nil
	case Country:
		code, ok := text.Country(clean)
		if !ok {
			return no("country", nil)
		}
		return value{text: code}, nil
	case Topic, Topics:
		return e.topics(ctx, c, a, clean, no)
	case Spaces:
		return e.spaces(ctx, c, clean, no)
	case Link:
		u, err := url.Parse(strings.Trim(clean, "<>"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || len(clean) > 2000 {
			return no("link", nil)
		}
		return value{text: u.String()}, nil
	case Member:
		return e.person(ctx, c, clean, no)
	case Zone:
		l, err := time.LoadLocation(clean)
		if err != nil || clean == "Local" {
			return no("zone", nil)
		}
		return value{text: l.String()}, nil
	case Ticks:
		return value{list: list(clean, false)}, nil
	case Hour:
		t, err := time.Parse("15:04", clean)
		if err != nil {
			if t, err = time.Parse("15", clean); err != nil {
				return no("hour", nil)
			}
		}
		return value{text: t.Format("15:04")}, nil
	case Mail:
		m, err := mail.ParseAddress(clean)
		if err != nil || strings.ContainsAny(m.Address, " ,;") {
			return no("mail", nil)
		}
		return value{text: m.Address}, nil
	}
	return value{}, fmt.Errorf("argument of unknown kind %q", a.Kind)
}

func parseRecord(s, letters string) (record.ID, bool) {
	id, err := record.Parse(s)
	if err != nil && len(letters) == 1 {
		id, err = record.Parse(letters + strings.TrimPrefix(s, "#")) // a bare number, where only one letter can be meant
	}
	return id, err == nil && (letters == "" || strings.IndexByte(letters, id.Letter) >= 0)
}

func example(letters string) string {
	if letters == "" {
		return "R13"
	}
	return letters[:1] + "13"
}

// list cuts "a, b; c" into its parts; spaces part too where spaced.
func list(s string, spaced bool) []string {
	parts := strings.FieldsFunc(s, func(r rune) bool {
		return r == ',' || r == ';' || r == '\n' || spaced && unicode.IsSpace(r)
	})
	var out []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// choice finds a code by itself, by its label in any language, or by its number in the list.
func (e *Engine) choice(_ *Call, cmd *Command, a Arg, s string) (string, bool) {
	folded := fold(s)
	for i, code := range a.Choices {
		if folded == fold(code) || s == strconv.Itoa(i+1) || s == keycap(i+1) {
			return code, true
		}
		for _, lang := range e.words.Languages() {
			if labelled(folded, e.words.Plain(lang, choiceKey(e.words, cmd.Text, a.Name, code), nil)) {
				return code, true
			}
		}
	}
	return "", false
}

// labelled says whether somebody means a label: all of it, what stands before a bracket at its end, or
// what stands in it.
func labelled(folded, label string) bool {
	label = fold(label)
	before, within, found := strings.Cut(strings.TrimSuffix(label, ")"), " (")
	return folded == label || found && folded != "" && (folded == before || folded == within)
}

// keycap is the emoji of a digit.
func keycap(n int) string { return strconv.Itoa(n) + "\u20e3" }

func (e *Engine) labels(_ string, cmd *Command, a Arg) []text.Rich {
	var out []text.Rich
	for _, code := range a.Choices {
		out = append(out, text.Code(code))
	}
	_ = cmd
	return out
}

func (e *Engine) topics(ctx context.Context, c *Call, a Arg, s string, no func(string, text.Args) (value, error)) (value, error) {
	known, err := e.store.Directory.Topics(ctx, c.Community.ID)
	if err != nil {
		return value{}, fmt.Errorf("topics: %w", err)
	}
	find := func(s string) string {
		f, best := fold(s), ""
		for _, t := range known {
			code := t.Code
			if t.Into != "" {
				code = t.Into
			}
			if f == fold(t.Code) {
				return code
			}
			for _, l := range t.Labels {
				switch {
				case f == fold(l):
					return code
				case len(f) >= 4 && strings.Contains(fold(l), f) && best == "" && !t.Hidden:
					best = code
				}
			}
		}
		return best
	}
	codes := func() []text.Rich {
		var out []text.Rich
		for _, t := range known {
			if !t.Hidden {
				out = append(out, text.Code(t.Code))
			}
		}
		return out
	}
	if a.Kind == Topic {
		if code := find(s); code != "" {
			return value{text: code}, nil
		}
		return no("topic", text.Args{"topics": codes()})
	}
	out := []string{}
	parts := list(s, false)
	if len(parts) == 1 && find(parts[0]) == "" {
		parts = list(s, true)
	}
	for _, p := range parts {
		code := find(p)
		if code == "" {
			return no("topic", text.Args{"topics": codes()})
		}
		out = append(out, code)
	}
	return value{list: out}, nil
}

func (e *Engine) spaces(ctx context.Context, c *Call, s string, no func(string, text.Args) (value, error)) (value, error) {
	known, err := e.store.Directory.Spaces(ctx, c.Community.ID)
	if err != nil {
		return value{}, fmt.Errorf("spaces: %w", err)
	}
	out := []string{}
	for _, part := range list(s, false) {
		hit := ""
		for _, sp := range known {
			id := sp.Platform + "/" + sp.ID
			if fold(part) == fold(sp.Name) || part == id || fold(part) == fold(sp.ID) {
				hit = id
			}
		}
		if hit == "" {
			var names []string
			for _, sp := range known {
				names = append(names, sp.Name)
			}
			return no("space", text.Args{"spaces": names})
		}
		out = append(out, hit)
	}
	return value{list: out}, nil
}

func (e *Engine) person(ctx context.Context, c *Call, s string, no func(string, text.Args) (value, error)) (value, error) {
	found, err := e.store.Directory.Find(ctx, c.Community.ID, strings.TrimPrefix(s, "@"), 3)
	if err != nil {
		return value{}, fmt.Errorf("find member: %w", err)
	}
	switch {
	case len(found) == 0 && strings.HasPrefix(s, "<@"): // how a platform writes a mention tells people nothing
		return no("not_member", nil)
	case len(found) == 0:
		return no("member", nil)
	case len(found) > 1 && fold(found[0].Name) == fold(found[1].Name):
		return no("one_member", text.Args{"name": found[0].Name, "first": "#" + strconv.FormatInt(found[0].No, 10),
			"second": "#" + strconv.FormatInt(found[1].No, 10)})
	}
	return value{number: found[0].No, text: strconv.FormatInt(found[0].No, 10)}, nil
}

// yeses and noes, in the languages of most members.
var yeses = map[string]bool{"yes": true, "y": true, "on": true, "true": true, "1": true, "si": true, "ja": true, "oui": true, "tak": true, "sim": true, "nai": true, "ok": true}
var noes = map[string]bool{"no": true, "n": true, "off": true, "false": true, "0": true, "nein": true, "non": true, "nie": true, "nao": true, "oxi": true}

func yesNo(s string) (yes, ok bool) {
	f := fold(s)
	return yeses[f], yeses[f] || noes[f]
}
