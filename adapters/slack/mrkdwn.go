package slack

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"guildhall/core/chat"
	"guildhall/core/text"
)

// obj is one object of Block Kit.
type obj = map[string]any

var (
	escaper   = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")
	unescaper = strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&")
	// urlEscaper keeps an address inside its <…|…>.
	urlEscaper = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", " ", "%20", "\n", "%0A")
)

// escape makes a text that Slack shows as it is, save for formatting; see formats.
func escape(s string) string { return escaper.Replace(s) }

// marks are what Slack formats by: a pair around words, a line that begins with ">", an emoji's name.
var marks = regexp.MustCompile("(?s)\\*[^*\n]+\\*|_[^_\n]+_|~[^~\n]+~|`[^`]+`|(?m:^\\s*>)|:[a-z0-9_+'-]+:")

// formats says whether Slack would read formatting into a plain text.
func formats(s string) bool { return marks.MatchString(s) }

// names says who may be mentioned: what stands for a member in a message.
type names struct {
	accounts map[int64]chat.AccountID
	may      map[chat.AccountID]bool // nil: all of accounts
}

func (n names) user(member int64) (string, bool) {
	a, ok := n.accounts[member]
	if !ok || n.may != nil && !n.may[a] {
		return "", false
	}
	user := userOf(a)
	return user, user != "" && !strings.ContainsAny(user, "<>|& ")
}

// span is one span in mrkdwn, its plain length aside.
func (n names) span(s text.Span) string {
	if user, ok := n.user(s.Member); ok && s.Member > 0 {
		return "<@" + user + ">"
	}
	out := escape(s.Text)
	switch {
	case s.URL != "" && text.SafeURL(s.URL) != "":
		out = "<" + urlEscaper.Replace(s.URL) + "|" + strings.ReplaceAll(oneLine(out), "|", "¦") + ">"
	case !s.At.IsZero():
		// Each reader sees the moment on their own clock.
		out = fmt.Sprintf("<!date^%d^{date_short_pretty}, {time}|%s>", s.At.Unix(), strings.ReplaceAll(oneLine(out), "|", "¦"))
	case s.Style.Has(text.StyleCode):
		return lines(out, "`")
	}
	if s.Style.Has(text.StyleStrike) {
		out = lines(out, "~")
	}
	if s.Style.Has(text.StyleItalic) {
		out = lines(out, "_")
	}
	if s.Style.Has(text.StyleBold) {
		out = lines(out, "*")
	}
	return out
}

func oneLine(s string) string { return strings.ReplaceAll(s, "\n", " ") }

// lines puts a mark around each line: Slack's formatting ends with the line, and wants no space inside.
func lines(s, mark string) string {
	parts := strings.Split(s, "\n")
	for i, p := range parts {
		inner := strings.TrimSpace(p)
		if inner == "" {
			continue
		}
		at := strings.Index(p, inner)
		parts[i] = p[:at] + mark + inner + mark + p[at+len(inner):]
	}
	return strings.Join(parts, "\n")
}

// mrkdwn is r in Slack's markup. Texts that Slack would format are kept from it by an invisible
// joiner; see also textBlock, which shows most of them untouched.
func (n names) mrkdwn(r text.Rich) string {
	var b strings.Builder
	for i, s := range r {
		styled := s.Style != 0
		if styled && (wordy(r, i-1, true) || wordy(r, i+1, false)) {
			s.Style = 0 // formatting wants a boundary on both sides
		}
		if s.Style == 0 && s.URL == "" && s.At.IsZero() && formats(s.Text) {
			s.Text = tame(s.Text)
		}
		b.WriteString(n.span(s))
	}
	return b.String()
}

// wordy says whether the span at i touches its neighbour with a letter or digit: with its end where last.
func wordy(r text.Rich, i int, last bool) bool {
	if i < 0 || i >= len(r) || r[i].Text == "" {
		return false
	}
	c, _ := utf8.DecodeRuneInString(r[i].Text)
	if last {
		c, _ = utf8.DecodeLastRuneInString(r[i].Text)
	}
	return unicode.IsLetter(c) || unicode.IsDigit(c)
}

// tame keeps Slack from formatting a text, by a word joiner after each mark.
func tame(s string) string {
	return marks.ReplaceAllStringFunc(s, func(m string) string {
		trimmed := strings.TrimLeft(m, " \t\n")
		lead := m[:len(m)-len(trimmed)]
		if strings.HasPrefix(trimmed, ">") {
			return lead + "\u2060>" + trimmed[1:]
		}
		_, w := utf8.DecodeRuneInString(trimmed)
		return lead + trimmed[:w] + "\u2060" + trimmed[w:len(trimmed)-1] + "\u2060" + trimmed[len(trimmed)-1:]
	})
}

// hostile says whether a rich text has plain spans that Slack would format.
func hostile(r text.Rich) (plain, styled bool) {
	plain, styled = false, false
	for _, s := range r {
		if s.Style != 0 || s.URL != "" || s.Member > 0 || !s.At.IsZero() {
			styled = true
		}
		if s.URL == "" && s.At.IsZero() && formats(s.Text) {
			plain = true
		}
	}
	return plain, styled
}

func plainText(s string) obj  { return obj{"type": "plain_text", "text": s, "emoji": false} }
func mrkdwnText(s string) obj { return obj{"type": "mrkdwn", "text": s, "verbatim": true} }

// element is r as a text object of at most n units: in mrkdwn, or plain where it has no formatting of
// ours and Slack would find some.
func (n names) element(r text.Rich, limit int) obj {
	if plain, styled := hostile(r); plain && !styled {
		return plainText(clip(r.Plain(), limit))
	}
	out := n.mrkdwn(r)
	for cut := limit; units(out) > limit && cut > 0; cut -= max(1, cut/8) {
		out = n.mrkdwn(clipRich(r, cut))
	}
	return mrkdwnText(out)
}

// clipRich cuts r to at most n units of text.
func clipRich(r text.Rich, n int) text.Rich {
	var out text.Rich
	for _, s := range r {
		u := units(s.Text)
		if u <= n {
			out = append(out, s)
			n -= u
			continue
		}
		s.Text = clip(s.Text, n)
		return append(out, s)
	}
	return out
}

// parts cuts r into pieces whose mrkdwn has at most n units each.
func (n names) parts(r text.Rich, limit int) []text.Rich {
	if units(n.mrkdwn(r)) <= limit {
		return []text.Rich{r}
	}
	var out []text.Rich
	var part text.Rich
	for _, s := range r {
		for {
			next := append(part[:len(part):len(part)], s)
			if units(n.mrkdwn(next)) <= limit {
				part = next
				break
			}
			room := limit - units(n.mrkdwn(part))
			front := fitting(s, room, n)
			if front == "" {
				if len(part) == 0 {
					return out // not even one character fits
				}
				out, part = append(out, part), nil
				continue
			}
			h := s
			h.Text = front
			out = append(out, append(part, h))
			part, s.Text = nil, strings.TrimLeft(s.Text[len(front):], " \n")
		}
	}
	if !part.Empty() {
		out = append(out, part)
	}
	return out
}

// fitting is the longest beginning of a span whose mrkdwn has at most room units, at a line's or a
// word's end where one is near.
func fitting(s text.Span, room int, n names) string {
	low, high := 0, min(units(s.Text), room)
	for low < high {
		mid := (low + high + 1) / 2
		try := s
		try.Text = head(s.Text, mid)
		if try.Text != "" && units(n.mrkdwn(text.Rich{try})) <= room {
			low = mid
		} else {
			high = mid - 1
		}
	}
	if low <= 0 {
		return ""
	}
	front := head(s.Text, low)
	for _, sep := range []string{"\n", " "} {
		if i := strings.LastIndex(front, sep); i > len(front)*2/3 {
			return front[:i]
		}
	}
	return front
}
