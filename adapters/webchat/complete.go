package webchat

import (
	"context"
	"net/http"
	"strings"
	"time"
	"unicode"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// completion is what can follow what is being typed after "/".
type completion struct {
	Usage   string       `json:"usage,omitempty"` // the command with its arguments
	About   string       `json:"about,omitempty"`
	Options []suggestion `json:"options"`
}

// suggestion is one way to go on. Text takes the place of all that was typed so far.
type suggestion struct {
	Text  string `json:"text"`
	Label string `json:"label"`
	About string `json:"about,omitempty"`
}

const (
	maxSuggestions = 12
	completeTime   = 2 * time.Second
	maxLine        = 2_000 // bytes of a line that is completed
)

// serveComplete completes a command line. "text" is what stands before the caret.
func (p *Platform) serveComplete(w http.ResponseWriter, r *http.Request) {
	who := p.visitor(r)
	q := r.URL.Query()
	line, ok := strings.CutPrefix(q.Get("text"), "/")
	out := completion{Options: []suggestion{}}
	if ok && len(line) <= maxLine && !strings.ContainsAny(line, "\n\r") {
		ctx, cancel := context.WithTimeout(r.Context(), completeTime)
		defer cancel()
		out = p.complete(ctx, who, chat.RoomID(q.Get("room")), chat.ThreadID(q.Get("thread")), line)
	}
	writeJSON(w, http.StatusOK, out)
}

// serveOffer offers values for a field of a form that the persona has before them. "partial" is what
// they typed so far.
func (p *Platform) serveOffer(w http.ResponseWriter, r *http.Request) {
	who := p.visitor(r)
	q := r.URL.Query()
	p.mu.RLock()
	run, form := p.run, p.world.forms[q.Get("form")]
	var ev chat.Event
	if form != nil && form.For == who.Account {
		at := p.world.rooms[form.Room].address()
		at.Thread = form.Thread
		ev = p.event(who, "", chat.Invoked, at, false)
	}
	p.mu.RUnlock()
	out := []suggestion{}
	if run != nil && ev.ID != "" && len(q.Get("partial")) <= maxLine {
		ctx, cancel := context.WithTimeout(r.Context(), completeTime)
		defer cancel()
		options, err := run.handler.Complete(ctx, ev, form.Form.Command, q.Get("name"), q.Get("partial"))
		if err != nil {
			p.opts.Log.Debug("a field could not be completed", "command", form.Form.Command, "argument", q.Get("name"), "error", err)
		}
		for _, o := range options {
			out = append(out, suggestion{Text: o.Value, Label: o.Label, About: o.About})
		}
	}
	writeJSON(w, http.StatusOK, completion{Options: out})
}

func (p *Platform) complete(ctx context.Context, who *Persona, room chat.RoomID, thread chat.ThreadID, line string) completion {
	var cmd *chat.CommandInfo
	table := p.commands(who)
	for i, c := range table {
		if strings.HasPrefix(strings.ToLower(line), c.Path+" ") && !c.Hidden && (cmd == nil || len(c.Path) > len(cmd.Path)) {
			cmd = &table[i]
		}
	}
	if cmd == nil {
		return completion{Options: commandsLike(table, line)}
	}
	out := completion{Usage: usage(*cmd), About: cmd.About, Options: []suggestion{}}
	t := parseTyped(line[len(cmd.Path)+1:])
	arg := t.argument(*cmd)
	if arg != nil {
		out.About = arg.Label
		if arg.Hint != "" {
			out.About += ": " + arg.Hint
		}
		out.Options = append(out.Options, p.values(ctx, who, room, thread, *cmd, *arg, "/"+cmd.Path+" "+t.before, t)...)
	}
	if t.name == "" {
		for _, a := range cmd.Args {
			if !t.named[a.Name] && a.Kind != chat.File && strings.HasPrefix(a.Name, fold(t.partial)) && (arg == nil || a.Name != arg.Name) {
				out.Options = append(out.Options, suggestion{Text: "/" + cmd.Path + " " + t.before + a.Name + ":", Label: a.Name + ":", About: a.Label})
			}
		}
	}
	out.Options = out.Options[:min(len(out.Options), maxSuggestions)]
	return out
}

func fold(s string) string { return text.Fold(s) }

// commandsLike are the commands that begin with line, then those that have it anywhere.
func commandsLike(table []chat.CommandInfo, line string) []suggestion {
	begin, within := []suggestion{}, []suggestion{}
	f := fold(line)
	for _, c := range table {
		s := suggestion{Text: "/" + c.Path + " ", Label: "/" + c.Path, About: c.About}
		switch {
		case c.Hidden:
		case strings.HasPrefix(c.Path, f):
			begin = append(begin, s)
		case len(f) > 2 && (strings.Contains(c.Path, f) || strings.Contains(fold(c.About), f)):
			within = append(within, s)
		}
	}
	all := append(begin, within...)
	return all[:min(len(all), maxSuggestions)]
}

// usage is the command as it is typed: "/deposit title [link:] [licence:]".
func usage(c chat.CommandInfo) string {
	out := "/" + c.Path
	for _, a := range c.Args {
		if a.Kind == chat.File {
			continue
		}
		if a.Required {
			out += " " + a.Name
		} else {
			out += " [" + a.Name + ":]"
		}
	}
	return out
}

// typed is the part of a line behind the command, up to the caret.
type typed struct {
	before  string          // all but the last word
	partial string          // the last word, without name and opening quote
	name    string          // the argument that the last word names; empty for none
	named   map[string]bool // arguments that were named before
	placed  int             // words before the last that name none
}

// parseTyped reads words, which may be quoted and may be named ("licence:cc-by").
func parseTyped(s string) typed {
	t := typed{named: map[string]bool{}}
	start, quoted := 0, false
	for i, r := range s {
		switch {
		case r == '"':
			quoted = !quoted
		case !quoted && unicode.IsSpace(r):
			if name, _, ok := nameOf(s[start:i]); ok {
				t.named[name] = true
			} else if strings.TrimSpace(s[start:i]) != "" {
				t.placed++
			}
			start = i + len(string(r))
		}
	}
	t.before, t.partial = s[:start], s[start:]
	if name, rest, ok := nameOf(t.partial); ok {
		t.name, t.partial = name, rest
	}
	t.partial = strings.Trim(t.partial, `"`)
	return t
}

func nameOf(word string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(word, ":")
	plain := strings.IndexFunc(name, func(r rune) bool { return r != '_' && r != '-' && !unicode.IsLetter(r) }) < 0
	return name, rest, ok && name != "" && plain && !strings.HasPrefix(rest, "//")
}

// argument is the one that is being typed: by its name, else by its place. A line of words takes all
// that follows.
func (t typed) argument(c chat.CommandInfo) *chat.ArgInfo {
	place := t.placed
	for i, a := range c.Args {
		switch {
		case t.name != "":
			if a.Name == fold(t.name) {
				return &c.Args[i]
			}
		case t.named[a.Name], a.Kind == chat.File:
		case place == 0, a.Kind == chat.Line, a.Kind == chat.Text:
			return &c.Args[i]
		default:
			place--
		}
	}
	return nil
}

// values are what the engine offers for an argument.
func (p *Platform) values(ctx context.Context, who *Persona, room chat.RoomID, thread chat.ThreadID, c chat.CommandInfo, a chat.ArgInfo, before string, t typed) []suggestion {
	p.mu.RLock()
	run := p.run
	_, at, err := p.where(who, room, thread)
	ev := p.event(who, "", chat.Invoked, at, false)
	p.mu.RUnlock()
	if run == nil || err != nil || a.Kind == chat.Line || a.Kind == chat.Text || a.Kind == chat.Word || a.Kind == chat.Link {
		return nil
	}
	options, err := run.handler.Complete(ctx, ev, c.Path, a.Name, t.partial)
	if err != nil {
		p.opts.Log.Debug("an argument could not be completed", "command", c.Path, "argument", a.Name, "error", err)
	}
	var out []suggestion
	for _, o := range options {
		value := o.Value
		if strings.ContainsFunc(value, unicode.IsSpace) {
			value = `"` + strings.ReplaceAll(value, `"`, "") + `"`
		}
		if t.name != "" || t.placed > 0 || !a.Required {
			value = a.Name + ":" + value
		}
		out = append(out, suggestion{Text: before + value + " ", Label: o.Label, About: o.About})
	}
	return out
}
