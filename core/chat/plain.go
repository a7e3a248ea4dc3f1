package chat

import (
	"strconv"
	"strings"
)

// plainText is m as text, a line for each part.
func plainText(m Message) string {
	var lines []string
	add := func(s string) {
		if s != "" {
			lines = append(lines, s)
		}
	}
	if m.Speaker != "" {
		add(m.Speaker + ":")
	}
	add(m.Title.Plain())
	for _, p := range m.Body {
		add(p.Plain())
	}
	for _, q := range m.Quote {
		add("> " + strings.ReplaceAll(q.Plain(), "\n", "\n> "))
	}
	for _, f := range m.Fields {
		add(f.Name + ": " + f.Value.Plain())
	}
	for i, r := range m.List {
		mark := "• "
		if m.Numbered {
			mark = strconv.Itoa(m.From+i+1) + ". "
		}
		line := mark + r.Text.Plain()
		if d := r.Detail.Plain(); d != "" {
			line += " — " + d
		}
		add(line)
	}
	if m.Picture != nil {
		add(m.Picture.Alt)
	}
	for _, f := range m.Files {
		add("[" + f.Name + "]")
	}
	for _, n := range m.Note {
		add(n.Plain())
	}
	return strings.Join(lines, "\n")
}
