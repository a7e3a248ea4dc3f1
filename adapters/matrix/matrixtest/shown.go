package matrixtest

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Shown is a message as a stock client shows it: with its last edit, without what was taken back.
type Shown struct {
	ID, From string
	Thread   string
	Kind     string // the msgtype
	Text     string // as formatted, without markup; else plain
	Body     string // plain
	HTML     string
	Buttons  map[string]string // what the sender's own reactions stand for: the rest of their line, by emoji
	Pings    []string
	Links    []string
	URL      string // of a file
	Name     string
	Content  map[string]any
}

var (
	blocks = regexp.MustCompile(`(?i)<br\s*/?>|</(p|li|h[1-6]|blockquote|div|ol|ul)>`)
	tags   = regexp.MustCompile(`(?s)<[^>]*>`)
	hrefs  = regexp.MustCompile(`(?i)href\s*=\s*"([^"]*)"`)
)

// Plain is the text of HTML.
func Plain(s string) string {
	return strings.TrimSpace(html.UnescapeString(tags.ReplaceAllString(blocks.ReplaceAllString(s, "\n"), "")))
}

// Show is what is seen in a room (with its threads), oldest first.
func (p *Person) Show(tb testing.TB, room string) []Shown {
	tb.Helper()
	return Show(p.Events(tb, room))
}

// Show turns events into what a client shows.
func Show(list []Event) []Shown {
	edits := map[string]Event{}
	reactions := map[string][]Event{}
	for _, e := range list {
		kind, to, _ := e.Relation()
		if e.Unsigned.Because != nil {
			continue
		}
		switch {
		case e.Type == "m.room.message" && kind == "m.replace":
			if e.Time >= edits[to].Time { // a client may read an older one later
				edits[to] = e
			}
		case e.Type == "m.reaction" && kind == "m.annotation":
			reactions[to] = append(reactions[to], e)
		}
	}
	var out []Shown
	for _, e := range list {
		kind, to, _ := e.Relation()
		if e.Type != "m.room.message" || kind == "m.replace" || e.Unsigned.Because != nil || len(e.Content) == 0 {
			continue
		}
		s := Shown{ID: e.ID, From: e.Sender, Buttons: map[string]string{}, Content: e.Content}
		if kind == "m.thread" {
			s.Thread = to
		}
		if edit, ok := edits[e.ID]; ok && edit.Sender == e.Sender {
			if fresh, ok := edit.Content["m.new_content"].(map[string]any); ok {
				s.Content = fresh
			}
		}
		s.read(e)
		for _, r := range reactions[e.ID] {
			if _, _, emoji := r.Relation(); r.Sender == e.Sender {
				s.Buttons[emoji] = s.line(emoji)
			}
		}
		out = append(out, s)
	}
	return out
}

func (s *Shown) read(e Event) {
	c := Event{Content: s.Content}
	s.Kind, s.Body, s.Text, s.URL, s.Name = c.Text("msgtype"), c.Text("body"), c.Text("body"), c.Text("url"), c.Text("filename")
	if c.Text("format") == "org.matrix.custom.html" {
		s.HTML = c.Text("formatted_body")
		s.Text = Plain(s.HTML)
		for _, m := range hrefs.FindAllStringSubmatch(s.HTML, -1) {
			s.Links = append(s.Links, html.UnescapeString(m[1]))
		}
	}
	m, is := e.Content["m.mentions"].(map[string]any)
	if users, ok := m["user_ids"].([]any); ok {
		for _, u := range users {
			if who, ok := u.(string); ok {
				s.Pings = append(s.Pings, who)
			}
		}
	}
	if m["room"] == true || !is && strings.Contains(strings.ToLower(e.Text("body")), "@room") {
		s.Pings = append(s.Pings, "everyone")
	}
}

// line is the line of the text that a reaction stands in.
func (s *Shown) line(emoji string) string {
	for l := range strings.SplitSeq(s.Body, "\n") {
		if _, rest, ok := strings.Cut(l, emoji); ok {
			return strings.TrimSpace(rest)
		}
	}
	for l := range strings.SplitSeq(s.Body, "\n") { // a numbered answer: 1️⃣ is "1."
		if digit := strings.TrimSuffix(emoji, "\ufe0f\u20e3"); digit != emoji && strings.HasPrefix(strings.TrimSpace(l), digit+".") {
			return strings.TrimSpace(l)
		}
	}
	return ""
}

// Offers are the lines that say what a reaction would do, without it: it may be placed a moment later.
func (s Shown) Offers() []string {
	var out []string
	for l := range strings.SplitSeq(s.Body, "\n") {
		face, rest, ok := strings.Cut(strings.TrimSpace(l), " ")
		if ok && strings.ContainsFunc(face, func(r rune) bool { return r == '\u20e3' || r >= 0x1f000 || r == '✅' }) {
			out = append(out, rest)
		}
	}
	return out
}

// Button is the emoji of the button whose words contain label; empty when there is none.
func (s Shown) Button(label string) string {
	var names []string
	for emoji := range s.Buttons {
		names = append(names, emoji)
	}
	slices.Sort(names)
	best := ""
	for _, emoji := range names {
		if line := s.Buttons[emoji]; strings.Contains(line, label) && (best == "" || len(line) < len(s.Buttons[best])) {
			best = emoji
		}
	}
	return best
}

// See waits until somebody sees what suits, and returns it.
func (p *Person) See(tb testing.TB, room, what string, suits func(Shown) bool) Shown {
	tb.Helper()
	var found Shown
	var all []Shown
	ok := false
	defer func() {
		if !ok {
			for _, s := range all {
				tb.Logf("%s %s [%s] %q %v", s.ID, s.From, s.Thread, s.Body, s.Buttons)
			}
		}
	}()
	Until(tb, what, func() bool {
		all = p.Show(tb, room)
		for _, s := range all {
			if suits(s) {
				found, ok = s, true
				return true
			}
		}
		return false
	})
	return found
}
