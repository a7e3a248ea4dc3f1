package matrix

import (
	"html"
	"regexp"
	"strings"
	"unicode"
)

// spoken is a message's text as it concerns us.
type spoken struct {
	Text string
	To   bool // it is meant for us; Text is then without prefix and mention
}

// pill is a mention in HTML, by its link, either as a permalink or as a matrix: address
// (https://spec.matrix.org/v1.16/appendices/#uris).
var pill = regexp.MustCompile(`(?is)<a\s[^>]*href\s*=\s*["'](?:https?://matrix\.to/#/|matrix:u/)([^"'?/]+)[^"']*["'][^>]*>(.*?)</a>`)

// named is a mention of us at the beginning of a text: our user id, or a name of ours, with the
// punctuation that clients put behind it.
func named(body string, names []string) (rest string, ok bool) {
	trimmed := strings.TrimLeftFunc(body, unicode.IsSpace)
	for _, n := range names {
		if rest, ok := called(trimmed, n, false); ok {
			return rest, true
		}
		if at, typed := strings.CutPrefix(trimmed, "@"); typed {
			if rest, ok := called(at, n, true); ok {
				return rest, true
			}
		}
	}
	return body, false
}

// called says whether s begins with a name that speaks to somebody: as "Name: …", "Name, …" or alone;
// after an at sign, or as a whole user id, also as "Name …".
func called(s, name string, at bool) (rest string, ok bool) {
	if len(name) < 2 || len(s) < len(name) || !strings.EqualFold(s[:len(name)], name) {
		return "", false
	}
	after := s[len(name):]
	rest = strings.TrimLeft(after, ":,")
	apart := rest == "" || strings.TrimLeftFunc(rest, unicode.IsSpace) != rest
	whole := strings.HasPrefix(name, "@")
	switch {
	case at && !apart: // "@name:server", somebody else's user id, or a longer name
		return "", false
	case rest == after && after != "" && !(apart && (at || whole)):
		return "", false
	}
	return strings.TrimSpace(rest), true
}

// command is what begins with the prefix, or with a slash as some clients send it.
func command(body, prefix string) (rest string, ok bool) {
	for _, pre := range []string{prefix, "/"} {
		rest, found := strings.CutPrefix(body, pre)
		if !found {
			continue
		}
		word := rest
		if i := strings.IndexFunc(rest, unicode.IsSpace); i >= 0 {
			word = rest[:i]
		}
		if word != "" && beginsName(word) && (pre != "/" || !strings.ContainsAny(word, "/.")) {
			return rest, true
		}
	}
	return body, false
}

func beginsName(word string) bool {
	for _, r := range word {
		return unicode.IsLetter(r)
	}
	return false
}

// addressed tells whether a message is meant for us. In a conversation with one person everything is.
func addressed(c content, body, prefix, me string, names []string, direct bool) spoken {
	trimmed := strings.TrimSpace(body)
	if shownOnly(c) {
		return spoken{body, false}
	}
	if rest, ok := command(trimmed, prefix); ok {
		return spoken{rest, true}
	}
	all := append([]string{me}, names...)
	if rest, ok := named(trimmed, all); ok {
		if more, prefixed := command(rest, prefix); prefixed {
			rest = more
		}
		return spoken{rest, true}
	}
	if rest, ok := pilled(c, me); ok {
		return spoken{rest, true}
	}
	if direct {
		return spoken{trimmed, true}
	}
	return spoken{body, false}
}

// shownOnly says whether a message begins with code or a quote: who shows a command does not give it.
// Clients write its text without any sign of that.
func shownOnly(c content) bool {
	if c.Format != "org.matrix.custom.html" {
		return false
	}
	src := strings.TrimSpace(replyFallback.ReplaceAllString(c.HTML, ""))
	src = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(src, "<p>")))
	for _, tag := range []string{"<pre", "<code", "<blockquote"} {
		if rest, ok := strings.CutPrefix(src, tag); ok && rest != "" && (rest[0] == '>' || rest[0] == ' ') {
			return true
		}
	}
	return false
}

// pilled is a message whose HTML begins with a mention of us: its text may show any name.
func pilled(c content, me string) (string, bool) {
	if c.Format != "org.matrix.custom.html" || c.HTML == "" {
		return "", false
	}
	src := replyFallback.ReplaceAllString(c.HTML, "")
	src = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(src), "<p>"))
	m := pill.FindStringSubmatchIndex(src)
	if m == nil || m[0] != 0 || "@"+strings.TrimPrefix(unescaped(src[m[2]:m[3]]), "@") != me {
		return "", false
	}
	rest := plainHTML(src[m[1]:])
	return strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(rest), ":,")), true
}

func unescaped(s string) string {
	s = html.UnescapeString(s)
	for from, to := range map[string]string{"%40": "@", "%3A": ":", "%3a": ":"} {
		s = strings.ReplaceAll(s, from, to)
	}
	return s
}

var (
	replyFallback = regexp.MustCompile(`(?is)<mx-reply>.*?</mx-reply>`)
	breaks        = regexp.MustCompile(`(?i)<br\s*/?>|</p>|</li>|</div>|</blockquote>`)
	tags          = regexp.MustCompile(`(?s)<[^>]*>`)
)

// plainHTML is the text of simple HTML.
func plainHTML(s string) string {
	return html.UnescapeString(tags.ReplaceAllString(breaks.ReplaceAllString(s, "\n"), ""))
}

// withoutQuote is a reply's text without the quote that older clients put in front
// (https://spec.matrix.org/v1.12/client-server-api/#fallbacks-for-rich-replies).
func withoutQuote(c content) string {
	if c.Relates == nil || c.Relates.Answered == nil || !strings.HasPrefix(c.Body, "> <") && !strings.HasPrefix(c.Body, "> * <") {
		return c.Body
	}
	return unquoted(c.Body)
}

// oldQuote is how the quote of a reply begins that some clients repeat in an edit.
var oldQuote = regexp.MustCompile(`^> (\* )?<@[^>\s]*:[^>\s]+> `)

// withoutOldQuote is an edited text without such a quote.
func withoutOldQuote(body string) string {
	if !oldQuote.MatchString(body) {
		return body
	}
	return unquoted(body)
}

// unquoted is a text without the quoted lines in front.
func unquoted(body string) string {
	lines := strings.Split(body, "\n")
	i := 0
	for i < len(lines) && strings.HasPrefix(lines[i], ">") {
		i++
	}
	if i < len(lines) && lines[i] == "" {
		i++
	}
	return strings.Join(lines[i:], "\n")
}
