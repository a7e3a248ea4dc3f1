package text

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// message is one catalogue string, parsed.
type message struct {
	parts []part
	args  []string // the names of its placeholders, sorted, each once
}

// part is a literal or a placeholder, with the style and link around it.
type part struct {
	text  string
	arg   string // a placeholder when not empty
	style Style
	link  []part // the address, made of literals and placeholders; nil outside links
}

var errUnclosed = errors.New("unclosed markup")

// parseMessage reads the catalogue syntax:
//
//	**bold**  *italic*  `code`  [label](https://…)  {name}  \* for a plain *
//
// A link's address may hold placeholders. Whatever is opened must be closed in order.
func parseMessage(s string) (*message, error) {
	p := parser{in: s}
	if err := p.run(); err != nil {
		return nil, err
	}
	m := &message{parts: p.out}
	for _, q := range p.out {
		m.names(q)
		for _, l := range q.link {
			m.names(l)
		}
	}
	slices.Sort(m.args)
	m.args = slices.Compact(m.args)
	return m, nil
}

func (m *message) names(p part) {
	if p.arg != "" {
		m.args = append(m.args, p.arg)
	}
}

type parser struct {
	in    string
	at    int
	lit   strings.Builder
	style Style
	open  []opened
	out   []part
}

// opened is a mark that waits for its end.
type opened struct {
	mark string
	at   int // where it stands, for the error
	from int // the first part inside it
}

func (p *parser) run() error {
	for p.at < len(p.in) {
		if err := p.step(); err != nil {
			return err
		}
	}
	if n := len(p.open); n > 0 {
		o := p.open[n-1]
		return fmt.Errorf("%w: %q at byte %d is never closed", errUnclosed, o.mark, o.at)
	}
	p.flush()
	return nil
}

func (p *parser) step() error {
	rest := p.in[p.at:]
	inCode := p.style.Has(StyleCode)
	switch {
	case rest[0] == '\\':
		return p.escape()
	case rest[0] == '{':
		return p.placeholder()
	case rest[0] == '}':
		return fmt.Errorf("%w: \"}\" at byte %d closes nothing; write \\} for a plain one", errUnclosed, p.at)
	case rest[0] == '`':
		return p.toggle("`", StyleCode)
	case inCode:
	case strings.HasPrefix(rest, "**") && !(p.innermost() == "*" && p.style.Has(StyleItalic)):
		return p.toggle("**", StyleBold)
	case rest[0] == '*':
		return p.toggle("*", StyleItalic)
	case rest[0] == '[':
		p.flush()
		p.open = append(p.open, opened{"[", p.at, len(p.out)})
		p.at++
		return nil
	case rest[0] == ']' && slices.ContainsFunc(p.open, func(o opened) bool { return o.mark == "[" }):
		return p.link()
	}
	p.lit.WriteByte(rest[0])
	p.at++
	return nil
}

func (p *parser) innermost() string {
	if n := len(p.open); n > 0 {
		return p.open[n-1].mark
	}
	return ""
}

func (p *parser) flush() {
	if p.lit.Len() > 0 {
		p.out = append(p.out, part{text: p.lit.String(), style: p.style})
		p.lit.Reset()
	}
}

func (p *parser) escape() error {
	if p.at+1 == len(p.in) {
		return fmt.Errorf("%w: \"\\\" at the end escapes nothing", errUnclosed)
	}
	c := p.in[p.at+1]
	if c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80 {
		return fmt.Errorf("%w: \"\\\" at byte %d stands before something that needs no escape", errUnclosed, p.at)
	}
	p.lit.WriteByte(c)
	p.at += 2
	return nil
}

func (p *parser) placeholder() error {
	name, after, err := placeholderAt(p.in, p.at)
	if err != nil {
		return err
	}
	p.flush()
	p.out = append(p.out, part{arg: name, style: p.style})
	p.at = after
	return nil
}

// placeholderAt reads "{name}" at byte at and returns the name and the byte after it.
func placeholderAt(in string, at int) (name string, after int, err error) {
	end := strings.IndexByte(in[at:], '}')
	if end < 0 {
		return "", 0, fmt.Errorf("%w: \"{\" at byte %d is never closed", errUnclosed, at)
	}
	name = in[at+1 : at+end]
	for i, r := range name {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_'
		if !letter && (i == 0 || r < '0' || r > '9') {
			name = ""
			break
		}
	}
	if name == "" {
		return "", 0, fmt.Errorf("%w: %q at byte %d is no placeholder", errUnclosed, in[at:at+end+1], at)
	}
	return name, at + end + 1, nil
}

func (p *parser) toggle(mark string, style Style) error {
	p.flush()
	switch {
	case p.innermost() == mark:
		p.open = p.open[:len(p.open)-1]
		p.style &^= style
	case p.style.Has(style):
		return fmt.Errorf("%w: %q at byte %d closes before %q does", errUnclosed, mark, p.at, p.innermost())
	default:
		p.open = append(p.open, opened{mark, p.at, len(p.out)})
		p.style |= style
	}
	p.at += len(mark)
	return nil
}

// link closes "[label" with "](address)".
func (p *parser) link() error {
	if p.innermost() != "[" {
		return fmt.Errorf("%w: \"]\" at byte %d closes before %q does", errUnclosed, p.at, p.innermost())
	}
	p.flush()
	start := p.at
	if !strings.HasPrefix(p.in[start:], "](") {
		return fmt.Errorf("%w: a label at byte %d has no (address); write \\[ for a plain [", errUnclosed, p.open[len(p.open)-1].at)
	}
	end := strings.IndexByte(p.in[start:], ')')
	if end < 0 {
		return fmt.Errorf("%w: the address at byte %d is never closed", errUnclosed, start+1)
	}
	address, err := parseAddress(p.in[start+2 : start+end])
	if err != nil {
		return err
	}
	from := p.open[len(p.open)-1].from
	p.open = p.open[:len(p.open)-1]
	for i := from; i < len(p.out); i++ {
		if p.out[i].link != nil {
			return fmt.Errorf("%w: a link inside a link at byte %d", errUnclosed, start)
		}
		p.out[i].link = address
	}
	p.at = start + end + 1
	return nil
}

// parseAddress reads a link's address. One without placeholders must be safe as it stands.
func parseAddress(s string) ([]part, error) {
	var out []part
	for at := 0; at < len(s); {
		next := strings.IndexByte(s[at:], '{')
		if next != 0 {
			if next < 0 {
				next = len(s) - at
			}
			out = append(out, part{text: s[at : at+next]})
			at += next
			continue
		}
		name, after, err := placeholderAt(s, at)
		if err != nil {
			return nil, err
		}
		out = append(out, part{arg: name})
		at = after
	}
	plain := !slices.ContainsFunc(out, func(p part) bool { return p.arg != "" })
	if len(out) == 0 || plain && SafeURL(s) == "" {
		return nil, fmt.Errorf("%q is no http, https or mailto address", s)
	}
	return out, nil
}
