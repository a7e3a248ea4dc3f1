package discord

import (
	"fmt"
	"strings"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// markdown is r as Discord's Markdown. Members are mentioned when accounts has them.
func markdown(r text.Rich, accounts map[int64]chat.AccountID) string {
	var b strings.Builder
	styled := false
	for _, s := range r {
		part, marks := span(s, accounts)
		if part == "" {
			continue
		}
		if styled && marks {
			b.WriteString(blank) // else the marks of both would run together
		}
		b.WriteString(part)
		styled = marks
	}
	return b.String()
}

// span is one span, and whether it has marks around it.
func span(s text.Span, accounts map[int64]chat.AccountID) (string, bool) {
	if s.Text == "" && s.At.IsZero() && s.Member == 0 {
		return "", false
	}
	if id := accounts[s.Member]; s.Member > 0 && isID(string(id)) {
		return "<@" + string(id) + ">", false
	}
	if !s.At.IsZero() {
		return fmt.Sprintf("<t:%d:f>", s.At.Unix()), false
	}
	lead, core, tail := trimmed(s.Text)
	if core == "" {
		return s.Text, false
	}
	out := ""
	switch {
	case s.Style.Has(text.StyleCode):
		out = code(core)
	case s.URL != "":
		out = masked(core, s.URL)
	default:
		out = escape(core)
	}
	style := s.Style
	if s.Record != "" {
		style |= text.StyleBold
	}
	marks := s.Style.Has(text.StyleCode)
	for _, m := range []struct {
		style text.Style
		mark  string
	}{{text.StyleStrike, "~~"}, {text.StyleItalic, "*"}, {text.StyleBold, "**"}} {
		if style.Has(m.style) {
			out, marks = m.mark+out+m.mark, true
		}
	}
	return lead + out + tail, marks && tail == ""
}

// trimmed parts the spaces around s from it: marks must touch what they mark.
func trimmed(s string) (lead, core, tail string) {
	core = strings.TrimLeft(s, " \n\t")
	lead = s[:len(s)-len(core)]
	core = strings.TrimRight(core, " \n\t")
	return lead, core, s[len(lead)+len(core):]
}

// masked is a link with a label. Discord shows no label that looks like an address itself, and
// follows only http and https.
func masked(label, address string) string {
	safe := strings.NewReplacer("(", "%28", ")", "%29", "<", "%3C", ">", "%3E", " ", "%20").Replace(address)
	switch {
	case !strings.HasPrefix(safe, "http://") && !strings.HasPrefix(safe, "https://"):
		return escape(label) + " (" + escape(strings.TrimPrefix(address, "mailto:")) + ")"
	case label == address:
		return "<" + safe + ">"
	case strings.Contains(label, "://"):
		return escape(label) + " (<" + safe + ">)"
	}
	return "[" + escape(label) + "](<" + safe + ">)"
}

// plain is r for places that know no markup.
func plain(r text.Rich) string { return mute(r.Plain()) }

// isID says whether s can be an id of Discord, which is all that may stand in a mention or a path.
func isID(s string) bool {
	return s != "" && len(s) <= 20 && strings.Trim(s, "0123456789") == ""
}
