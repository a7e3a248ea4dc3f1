package chat

import (
	"strings"

	"github.com/rivo/uniseg"

	"guildhall/core/text"
)

// Fit makes m keep within l: long texts are cut with an ellipsis or split over several messages at a
// line or a word, buttons and rows beyond the limit are left to a last line that says so. Counting is
// by grapheme. The first message has the title, the last the buttons.
func Fit(m Message, l Limits) []Message {
	m.Title = cutRich(m.Title, l.Title)
	if l.Fields > 0 && len(m.Fields) > l.Fields {
		m.Fields = m.Fields[:l.Fields]
	}
	fields := make([]Field, len(m.Fields))
	for i, f := range m.Fields {
		fields[i] = Field{Name: text.Clean(f.Name, l.FieldName), Value: cutRich(f.Value, l.FieldValue)}
	}
	m.Fields = fields
	if l.Rows > 0 && len(m.List) > l.Rows {
		m.List = m.List[:l.Rows]
	}
	if l.Buttons > 0 && len(m.Buttons) > l.Buttons {
		m.Buttons = m.Buttons[:l.Buttons]
	}
	m.Buttons = fitLabels(m.Buttons, l.Label)
	list := make([]Row, len(m.List))
	for i, r := range m.List {
		list[i] = Row{Text: cutRich(r.Text, l.Text), Detail: cutRich(r.Detail, l.Text), Buttons: fitLabels(r.Buttons, l.Label)}
	}
	m.List = list
	menus := make([]Menu, len(m.Menus))
	for i, menu := range m.Menus {
		menus[i] = fitMenu(menu, l)
	}
	m.Menus = menus
	m.Body, m.Note = splitAll(m.Body, l.Text), splitAll(m.Note, l.Text)
	m.Quote = splitAll(m.Quote, l.Text)
	return pages(m, l.Message)
}

func fitLabels(bs []Button, n int) []Button {
	out := make([]Button, len(bs))
	for i, b := range bs {
		if b.Name == "" && n > 0 && text.Length(b.Label) > n {
			b.Name = b.Label
		}
		b.Label = text.Clean(b.Label, n)
		out[i] = b
	}
	return out
}

func fitMenu(m Menu, l Limits) Menu {
	if l.Options > 0 && len(m.Options) > l.Options {
		m.Options = m.Options[:l.Options]
	}
	options := make([]Option, len(m.Options))
	for i, o := range m.Options {
		o.Label = text.Clean(o.Label, l.Label)
		o.About = text.Clean(o.About, l.Label)
		options[i] = o
	}
	m.Options = options
	return m
}

// pages cuts a message whose texts together are too long into several.
func pages(m Message, limit int) []Message {
	if limit <= 0 || size(m) <= limit {
		return []Message{m}
	}
	var out []Message
	head := m
	head.Body, head.Quote, head.Fields, head.List, head.Note, head.Buttons, head.Menus, head.Files, head.Picture = nil, nil, nil, nil, nil, nil, nil, nil, nil
	page, room := head, limit-size(head)
	next := func() {
		out = append(out, page)
		page = Message{Lang: m.Lang, Kind: m.Kind, Numbered: m.Numbered, From: m.From, Record: m.Record, Accounts: m.Accounts}
		room = limit
	}
	put := func(r text.Rich, to func(text.Rich)) {
		for _, part := range splitRich(r, limit) {
			n := text.Length(part.Plain()) + 1
			if n > room {
				next()
			}
			to(part)
			room -= n
		}
	}
	for _, r := range m.Body {
		put(r, func(r text.Rich) { page.Body = append(page.Body, r) })
	}
	for _, r := range m.Quote {
		put(r, func(r text.Rich) { page.Quote = append(page.Quote, r) })
	}
	for _, f := range m.Fields {
		n := text.Length(f.Name) + text.Length(f.Value.Plain()) + 2
		if n > room {
			next()
		}
		page.Fields = append(page.Fields, f)
		room -= n
	}
	for i, row := range m.List {
		n := text.Length(row.Text.Plain()) + text.Length(row.Detail.Plain()) + 5
		if n > room {
			next()
			page.From = m.From + i
		}
		page.List = append(page.List, row)
		room -= n
	}
	for _, r := range m.Note {
		put(r, func(r text.Rich) { page.Note = append(page.Note, r) })
	}
	page.Buttons, page.Menus, page.Files, page.Picture = m.Buttons, m.Menus, m.Files, m.Picture
	return append(out, page)
}

// size is how many graphemes a message has, with a little for what joins its parts.
func size(m Message) int {
	n := text.Length(m.Title.Plain()) + text.Length(m.Speaker) + 2
	for _, part := range [][]text.Rich{m.Body, m.Quote, m.Note} {
		for _, r := range part {
			n += text.Length(r.Plain()) + 1
		}
	}
	for _, f := range m.Fields {
		n += text.Length(f.Name) + text.Length(f.Value.Plain()) + 2
	}
	for _, r := range m.List {
		n += text.Length(r.Text.Plain()) + text.Length(r.Detail.Plain()) + 5
	}
	return n
}

func splitAll(rs []text.Rich, n int) []text.Rich {
	var out []text.Rich
	for _, r := range rs {
		out = append(out, splitRich(r, n)...)
	}
	return out
}

// splitRich cuts r into parts of at most n graphemes, at a line's or a word's end where there is one
// in the last third of a part.
func splitRich(r text.Rich, n int) []text.Rich {
	if n <= 0 || text.Length(r.Plain()) <= n {
		return []text.Rich{r}
	}
	var out []text.Rich
	var part text.Rich
	left := n
	for _, s := range r {
		for text.Length(s.Text) > left {
			head, tail := cutAt(s.Text, left)
			if head != "" {
				h := s
				h.Text = head
				part = append(part, h)
			}
			out = append(out, part)
			part, left = nil, n
			s.Text = tail
		}
		if s.Text != "" {
			part = append(part, s)
			left -= text.Length(s.Text)
		}
	}
	if len(part) > 0 {
		out = append(out, part)
	}
	return out
}

// cutAt cuts s after at most n graphemes.
func cutAt(s string, n int) (head, tail string) {
	if n <= 0 {
		return "", s
	}
	g := uniseg.NewGraphemes(s)
	end := 0
	for range n {
		if !g.Next() {
			return s, ""
		}
		_, end = g.Positions()
	}
	for _, sep := range []string{"\n", " "} {
		if i := strings.LastIndex(s[:end], sep); i > end*2/3 {
			return s[:i], s[i+1:]
		}
	}
	return s[:end], s[end:]
}

// cutRich cuts r to n graphemes with an ellipsis.
func cutRich(r text.Rich, n int) text.Rich {
	if n <= 0 || text.Length(r.Plain()) <= n {
		return r
	}
	var out text.Rich
	left := n - 1
	for _, s := range r {
		if l := text.Length(s.Text); l <= left {
			out = append(out, s)
			left -= l
			continue
		}
		g := uniseg.NewGraphemes(s.Text)
		end := 0
		for range left {
			g.Next()
			_, end = g.Positions()
		}
		s.Text = strings.TrimRight(s.Text[:end], " ") + "…"
		return append(out, s)
	}
	return out
}
