package chat

import (
	"strings"
	"unicode"

	"guildhall/core/text"
)

// word is one piece of a typed line.
type word struct {
	name   string // of a named argument
	text   string
	quoted bool
	at     int // where it begins in the line
}

// quotes are what may open a quotation, and what then closes it: people type on phones, and phones
// curl their quotes.
var quotes = map[rune]string{'"': `"`, '“': `”"“`, '„': `“”"`, '«': `»`, '»': `«`, '”': `”`}

// split cuts a line into words: quoted ones keep their spaces, "name:value" and "--name value" are
// named where name is one that known accepts.
func split(line string, known func(name string) bool) []word {
	var out []word
	rs := []rune(line)
	i := 0
	for i < len(rs) {
		if unicode.IsSpace(rs[i]) {
			i++
			continue
		}
		start := i
		if name, next, ok := named(rs, i, known); ok {
			for next < len(rs) && rs[next] == ' ' {
				next++
			}
			w, end := piece(rs, next)
			w.name, w.at = name, start
			out = append(out, w)
			i = end
			continue
		}
		w, end := piece(rs, i)
		w.at = start
		out = append(out, w)
		i = end
	}
	return out
}

// named reads "name:" or "--name " or "--name=" at i.
func named(rs []rune, i int, known func(string) bool) (name string, next int, ok bool) {
	j := i
	dashes := strings.HasPrefix(string(rs[i:min(len(rs), i+2)]), "--") || rs[i] == '—'
	if rs[i] == '—' {
		j++
	} else if dashes {
		j += 2
	}
	k := j
	for k < len(rs) && (unicode.IsLetter(rs[k]) || rs[k] == '_' || rs[k] == '-') {
		k++
	}
	name = strings.ToLower(string(rs[j:k]))
	if name == "" || !known(name) {
		return "", 0, false
	}
	switch {
	case k < len(rs) && rs[k] == ':':
		return name, k + 1, true
	case dashes && k < len(rs) && (rs[k] == '=' || rs[k] == ' '):
		return name, k + 1, true
	case dashes && k == len(rs):
		return name, k, true
	}
	return "", 0, false
}

// piece reads one word, quoted or bare, at i.
func piece(rs []rune, i int) (w word, end int) {
	if i >= len(rs) {
		return word{}, i
	}
	if closers, ok := quotes[rs[i]]; ok {
		var b strings.Builder
		for j := i + 1; j < len(rs); j++ {
			if rs[j] == '\\' && j+1 < len(rs) && (rs[j+1] == '"' || rs[j+1] == '\\') {
				b.WriteRune(rs[j+1])
				j++
				continue
			}
			if strings.ContainsRune(closers, rs[j]) {
				return word{text: b.String(), quoted: true}, j + 1
			}
			b.WriteRune(rs[j])
		}
		// Never closed: it was no quotation.
	}
	j := i
	for j < len(rs) && !unicode.IsSpace(rs[j]) {
		j++
	}
	return word{text: string(rs[i:j])}, j
}

// given puts the words of a line to the arguments of a command: named ones by name, the others by
// place, where a Line or Text takes all that is left. over is what no argument took.
func (c *Command) given(line string) (g Given, over string) {
	args := map[string]Arg{}
	for _, a := range c.Args {
		args[a.Name] = a
	}
	ws := split(line, func(n string) bool { _, ok := args[n]; return ok })
	g = Given{}
	var free []word
	for _, w := range ws {
		if w.name == "" {
			free = append(free, w)
			continue
		}
		v := w.text
		if old, twice := g[w.name]; twice {
			v = old + ", " + v
		}
		g[w.name] = v
	}
	place := 0
	for i, a := range c.Args {
		if _, ok := g[a.Name]; ok || a.Typed || a.Kind == File {
			continue
		}
		if place >= len(free) {
			break
		}
		w := free[place]
		switch {
		case a.Mention && (w.quoted || !mentions(w.text)):
			continue
		case takes(a) && !w.quoted:
			end := len(free) - c.kept(i, g, free[place:])
			var rest []string
			for _, w := range free[place:end] {
				rest = append(rest, requote(w))
			}
			if end < len(free) {
				g[a.Name] = strings.Join(rest, " ")
			} else {
				g[a.Name] = strings.TrimSpace(rejoin(line, free[place:], rest))
			}
			place = end
		case !a.Required && (!w.quoted || bare(a)) && !fits(a, w.text):
			continue // an argument that may be left out does not take what cannot be meant for it
		default:
			g[a.Name] = w.text
			place++
		}
	}
	var left []string
	for _, w := range free[min(place, len(free)):] {
		left = append(left, w.text)
	}
	return g, strings.Join(left, " ")
}

// mentions says whether a bare word begins a mention, as people or platforms write one.
func mentions(s string) bool { return strings.HasPrefix(s, "@") || strings.HasPrefix(s, "<@") }

// kept is how many of the last words an argument that takes all that is left leaves to the next ones:
// what follows the name of a language or country ("Italian Europe/Rome"), and one word, where a name
// is followed by one of the next one's choices ("Ann moderator").
func (c *Command) kept(i int, g Given, free []word) int {
	switch c.Args[i].Kind {
	case Line, Text:
		return 0
	case Language:
		return afterName(free, text.Language)
	case Country:
		return afterName(free, text.Country)
	}
	if i+1 >= len(c.Args) || len(free) < 2 {
		return 0
	}
	next, last := c.Args[i+1], free[len(free)-1]
	if _, ok := g[next.Name]; ok || next.Typed || next.Kind != Choice || last.quoted || !fits(next, last.text) {
		return 0
	}
	return 1
}

// afterName is how many words follow the longest name at the beginning; 0 when there is none.
func afterName(free []word, known func(string) (string, bool)) int {
	var said []string
	after := 0
	for i, w := range free[:min(len(free), 6)] {
		if w.quoted {
			break
		}
		said = append(said, w.text)
		if _, ok := known(strings.Join(said, " ")); ok {
			after = len(free) - i - 1
		}
	}
	return after
}

// takes says whether an argument takes all that is left.
func takes(a Arg) bool {
	switch a.Kind {
	case Line, Text, Org, Date, Topic, Topics, Member, Records, Languages, Spaces, Language, Country:
		return true
	}
	return false
}

// bare says whether nobody would quote what is meant for an argument.
func bare(a Arg) bool {
	return a.Kind == Record || a.Kind == Number || a.Kind == Link || a.Kind == Mail || a.Kind == Hour
}

// fits says whether a bare word can be meant for an argument at all.
func fits(a Arg, s string) bool {
	switch a.Kind {
	case Record:
		_, ok := parseRecord(s, a.Letters)
		return ok
	case Number:
		return strings.Trim(s, "0123456789") == ""
	case Link:
		return strings.HasPrefix(s, "http://") || strings.HasPrefix(s, "https://")
	case Hour:
		return s != "" && s[0] >= '0' && s[0] <= '9'
	case Mail:
		return strings.Contains(s, "@") && !mentions(s)
	case Choice:
		for _, c := range a.Choices {
			if strings.EqualFold(c, s) {
				return true
			}
		}
		return false
	}
	return true
}

// rejoin is the line's own text from the first of ws on when they stand together, so that line
// breaks and spaces stay as they were typed.
func rejoin(line string, ws []word, parts []string) string {
	rs := []rune(line)
	if len(ws) == 0 {
		return ""
	}
	last := ws[len(ws)-1]
	_, end := piece(rs, last.at)
	own := string(rs[ws[0].at:end])
	if len(split(own, func(string) bool { return false })) == len(ws) {
		return own
	}
	return strings.Join(parts, " ")
}

func requote(w word) string {
	if w.quoted {
		return `"` + w.text + `"`
	}
	return w.text
}

// line writes a command and its arguments as they would be typed, arguments in the order of the
// command, each by name.
func (c *Command) line(g Given) string {
	var b strings.Builder
	b.WriteString(c.Path)
	for _, a := range c.Args {
		v, ok := g[a.Name]
		if !ok || v == "" {
			continue
		}
		b.WriteByte(' ')
		if !(a.Name == "id" && a.Required) {
			b.WriteString(a.Name)
			b.WriteByte(':')
		}
		b.WriteString(quote(v))
	}
	return b.String()
}

// quote writes a value so that split reads it back whole.
func quote(v string) string {
	if v != "" && !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsSpace(r) || r == '"' || r == '\\' }) {
		if _, q := quotes[[]rune(v)[0]]; !q {
			return v
		}
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
}
