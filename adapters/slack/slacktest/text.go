package slacktest

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
var unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")

var (
	// What Slack's composer turns into markup, in the order of the alternatives: addresses, e-mail,
	// mentions, channels.
	typed = regexp.MustCompile(`(https?://[^\s<>|]+)|([\w.+-]+@[\w-]+(?:\.[\w-]+)+)|@([\w.-]+)|#([\w-]+)`)
	// An address in a text that an app sends.
	bare = regexp.MustCompile(`https?://[^\s<>|]+`)
	// A control sequence in a stored text: a sign, or an address's scheme; what it is; a label.
	token  = regexp.MustCompile(`<([@#!]|[a-zA-Z][\w+.-]*:)([^<>|]+)(?:\|([^<>]*))?>`)
	entity = regexp.MustCompile(`&(?:amp|lt|gt);`)
)

// markup is what a person typed as Slack stores it: escaped, with mentions, channels and addresses
// marked.
func (w *Workspace) markup(text string) string {
	var b strings.Builder
	at := 0
	for _, m := range typed.FindAllStringSubmatchIndex(text, -1) {
		start, end := m[0], m[1]
		var put string
		switch {
		case m[2] >= 0:
			for end > start && strings.ContainsRune(".,;:!?)'\"", rune(text[end-1])) {
				end--
			}
			put = "<" + strings.ReplaceAll(text[start:end], "&", "&amp;") + ">"
		case m[4] >= 0:
			put = "<mailto:" + text[start:end] + "|" + text[start:end] + ">"
		case m[6] >= 0:
			put, end = w.mention(text[m[6]:m[7]], end)
		default:
			if c := w.channelNamed(text[m[8]:m[9]]); c != nil {
				put = "<#" + c.id + "|" + c.name + ">"
			}
		}
		if put == "" {
			continue
		}
		b.WriteString(escaper.Replace(text[at:start]))
		b.WriteString(put)
		at = end
	}
	b.WriteString(escaper.Replace(text[at:]))
	return b.String()
}

// mention is the markup for @name, and where it ends: a dot after the name is not part of it.
func (w *Workspace) mention(name string, end int) (string, int) {
	for {
		switch name {
		case "here", "channel", "everyone":
			return "<!" + name + ">", end
		}
		if u := w.userNamed(name); u != nil {
			return "<@" + u.id + ">", end
		}
		if !strings.HasSuffix(name, ".") && !strings.HasSuffix(name, "-") {
			return "", end
		}
		name, end = name[:len(name)-1], end-1
	}
}

// normalise is an app's text as Slack stores it: what is neither a control sequence nor an entity is
// escaped, and bare addresses are marked.
func normalise(text string) string {
	if !strings.ContainsAny(text, "&<>:") {
		return text
	}
	var b strings.Builder
	at := 0
	for _, m := range token.FindAllStringIndex(text, -1) {
		b.WriteString(loose(text[at:m[0]]))
		b.WriteString(text[m[0]:m[1]])
		at = m[1]
	}
	b.WriteString(loose(text[at:]))
	return b.String()
}

func loose(text string) string {
	return replaceOutside(bare, text, func(url string) string { return "<" + url + ">" }, func(rest string) string {
		return escapeOnce(rest)
	})
}

// escapeOnce escapes what is not an entity already.
func escapeOnce(text string) string {
	if !strings.ContainsAny(text, "&<>") {
		return text
	}
	return replaceOutside(entity, text, func(e string) string { return e }, escaper.Replace)
}

// replaceOutside rewrites what re matches with in and everything between with out.
func replaceOutside(re *regexp.Regexp, text string, in, out func(string) string) string {
	var b strings.Builder
	at := 0
	for _, m := range re.FindAllStringIndex(text, -1) {
		b.WriteString(out(text[at:m[0]]))
		b.WriteString(in(text[m[0]:m[1]]))
		at = m[1]
	}
	b.WriteString(out(text[at:]))
	return b.String()
}

// plain is a stored text as a person reads it: names for ids, labels for links, nothing escaped.
func (w *Workspace) plain(text string) string {
	if !strings.ContainsAny(text, "&<") {
		return text
	}
	text = token.ReplaceAllStringFunc(text, func(tok string) string {
		m := token.FindStringSubmatch(tok)
		switch m[1] {
		case "@":
			if u := w.s.users[m[2]]; u != nil {
				return "@" + u.name
			}
			return "@" + m[2]
		case "#":
			if c := w.s.channels[m[2]]; c != nil {
				return "#" + c.name
			}
			return "#" + m[2]
		case "!":
			return special(m[2], m[3])
		}
		if m[3] != "" {
			return m[3]
		}
		return strings.TrimPrefix(m[1]+m[2], "mailto:")
	})
	return unescaper.Replace(text)
}

// special is how <!…> reads: @here and its like, or a date's fallback.
func special(what, label string) string {
	if label != "" {
		return label
	}
	name, _, _ := strings.Cut(what, "^")
	return "@" + name
}

// cut shortens text to n characters and says whether it had to.
func cut(text string, n int) (string, bool) {
	if utf8.RuneCountInString(text) <= n {
		return text, false
	}
	return string([]rune(text)[:n]), true
}

// richText is the rich_text block that Slack's composer sends along with a person's text.
func richText(s *Server, stored string) []any {
	var parts []any
	add := func(text string) {
		if text != "" {
			parts = append(parts, obj{"type": "text", "text": unescaper.Replace(text)})
		}
	}
	at := 0
	for _, m := range token.FindAllStringSubmatchIndex(stored, -1) {
		add(stored[at:m[0]])
		sign, body := stored[m[2]:m[3]], stored[m[4]:m[5]]
		switch sign {
		case "@":
			parts = append(parts, obj{"type": "user", "user_id": body})
		case "#":
			parts = append(parts, obj{"type": "channel", "channel_id": body})
		case "!":
			parts = append(parts, obj{"type": "broadcast", "range": body})
		default:
			parts = append(parts, obj{"type": "link", "url": unescaper.Replace(sign + body)})
		}
		at = m[1]
	}
	add(stored[at:])
	if len(parts) == 0 {
		return nil
	}
	section := obj{"type": "rich_text_section", "elements": parts}
	return []any{obj{"type": "rich_text", "block_id": s.blockID(), "elements": []any{section}}}
}

// blockID makes up the id of a block or an action that has none, as Slack does.
func (s *Server) blockID() string {
	const abc = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	n := s.mix()
	out := make([]byte, 5)
	for i := range out {
		out[i] = abc[n&63]
		n >>= 6
	}
	return string(out)
}
