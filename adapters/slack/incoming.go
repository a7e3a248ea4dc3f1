package slack

import (
	"context"
	"regexp"
	"strings"

	"guildhall/core/chat"
)

// marked is what Slack puts between < and > in a text: a sign or an address, and a label.
var marked = regexp.MustCompile(`<([^<>|]*)(?:\|([^<>]*))?>`)

// reader turns Slack's texts into plain ones.
type reader struct {
	t *team
	// member is how a mention is written: by name, or, for the arguments of commands that are about
	// persons, as what the engine finds an account by.
	accounts bool
	ctx      context.Context //nolint:containedctx // of one text
}

// plain is a text of Slack's as people read it: names for ids, no markup, nothing escaped.
func (r reader) plain(s string) string {
	if !strings.ContainsAny(s, "&<") {
		return emojify(s)
	}
	var b strings.Builder
	at := 0
	for _, m := range marked.FindAllStringSubmatchIndex(s, -1) {
		b.WriteString(unescaper.Replace(emojify(s[at:m[0]])))
		what, label := s[m[2]:m[3]], ""
		if m[4] >= 0 {
			label = s[m[4]:m[5]]
		}
		b.WriteString(r.mark(s[m[0]:m[1]], what, label))
		at = m[1]
	}
	b.WriteString(unescaper.Replace(emojify(s[at:])))
	return b.String()
}

// mark is one marked thing in plain words. whole is what stands for it when it means nothing.
func (r reader) mark(whole, what, label string) string {
	label = unescaper.Replace(label)
	if what == "" {
		return unescaper.Replace(whole)
	}
	switch what[0] {
	case '@':
		return r.user(what[1:], label)
	case '#':
		if label == "" {
			label = r.t.channelName(r.ctx, what[1:])
		}
		return "#" + strings.TrimPrefix(label, "#")
	case '!':
		name, _, _ := strings.Cut(what[1:], "^")
		if label != "" {
			return label
		}
		return "@" + name
	}
	link := unescaper.Replace(what)
	for _, scheme := range []string{"mailto:", "tel:"} {
		if rest, ok := strings.CutPrefix(link, scheme); ok {
			return orElse(label, rest)
		}
	}
	if !strings.Contains(link, "://") {
		return unescaper.Replace(whole)
	}
	// A label that only shortens the address says nothing more.
	if label == "" || strings.Contains(link, strings.TrimSuffix(label, "…")) {
		return link
	}
	return label + " (" + link + ")"
}

func (r reader) user(id, label string) string {
	if r.accounts {
		return "<@" + join(r.t.id, id) + ">"
	}
	if who, ok := r.t.people.get(r.ctx, id); ok && who.name != "" {
		return "@" + who.name
	}
	if label = strings.TrimPrefix(label, "@"); label != "" {
		return "@" + label
	}
	return "@" + r.t.p.words.say("someone", nil)
}

// channelName is a channel's name; its id where Slack does not say.
func (t *team) channelName(ctx context.Context, id string) string {
	if name, ok := t.p.channels.get(t.id + "/" + id); ok {
		return name
	}
	ctx, cancel := context.WithTimeout(ctx, personTime)
	defer cancel()
	if c, err := t.info(ctx, id); err == nil && c.Name != "" {
		t.p.channels.put(t.id+"/"+id, c.Name)
		return c.Name
	}
	return id
}

// addressed takes our own mention off the beginning of a text; ok is false when it does not begin with one.
func (t *team) addressed(s string) (rest string, ok bool) {
	s = strings.TrimSpace(s)
	for _, id := range []string{t.user, t.bot} {
		if id == "" {
			continue
		}
		for _, end := range []string{">", "|"} {
			after, found := strings.CutPrefix(s, "<@"+id+end)
			if !found {
				continue
			}
			if end == "|" {
				if _, after, found = strings.Cut(after, ">"); !found {
					continue
				}
			}
			return strings.TrimLeft(after, " \t\n:,.!\u00a0"), true
		}
	}
	return s, false
}

// line is a command as it was typed, in plain text. Where the command takes a person, mentions stay what
// the engine finds an account by; else they become names.
func (t *team) line(ctx context.Context, s string) string {
	return reader{t: t, accounts: t.p.aboutPersons(s), ctx: ctx}.plain(s)
}

// aboutPersons says whether the command at the beginning of a line takes a person as an argument.
func (p *Platform) aboutPersons(line string) bool {
	line = strings.ToLower(strings.TrimSpace(line))
	line = strings.TrimPrefix(strings.TrimPrefix(line, "guildhall "), "/")
	longest, about := 0, false
	for _, c := range p.table() {
		if len(c.Path) <= longest || !strings.HasPrefix(line, c.Path) || len(line) > len(c.Path) && line[len(c.Path)] != ' ' {
			continue
		}
		longest, about = len(c.Path), false
		for _, a := range c.Args {
			about = about || a.Kind == chat.Member
		}
	}
	return about
}
