package discord

import (
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// blank is a space of no width: it takes the meaning from what follows without being seen.
const blank = "\u200b"

// escape makes s show as it is: no markup, no mention, no link, nothing that Discord would act on.
// Source: "Message Formatting" of Discord's reference, and its clients' Markdown.
func escape(s string) string {
	var b strings.Builder
	b.Grow(len(s) + len(s)/8)
	start := true // of a line
	rs := []rune(s)
	for i, r := range rs {
		rest := rs[i+1:]
		switch {
		case strings.ContainsRune("\\*_~`|[]", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case start && strings.ContainsRune("#>-+", r):
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '<' && (len(rest) == 0 || acts(rest)):
			b.WriteString("<" + blank)
		case r == '@' && (len(rest) == 0 || begins(rest, "everyone") || begins(rest, "here")):
			b.WriteString("@" + blank)
		case r == ':' && begins(rest, "//"):
			b.WriteString("\\:")
		case r == '/' && invites(rs[:i]):
			b.WriteString(blank + "/")
		case r == '.' && numbered(rs[:i]):
			b.WriteString("\\.")
		default:
			b.WriteRune(r)
		}
		start = r == '\n' || start && (r == ' ' || r == '\t')
	}
	return b.String()
}

// code is s between backticks, where nothing else has a meaning.
func code(s string) string {
	s = strings.NewReplacer("`", "ˋ", "\n", " ").Replace(s)
	s = mute(s)
	if strings.TrimSpace(s) == "" {
		return s
	}
	return "`" + s + "`"
}

// mute takes the meaning from mentions alone, for texts that know no markup (titles, names, buttons).
func mute(s string) string {
	var b strings.Builder
	rs := []rune(s)
	for i, r := range rs {
		if r == '/' && invites(rs[:i]) {
			b.WriteString(blank)
		}
		b.WriteRune(r)
		rest := rs[i+1:]
		if r == '@' && (begins(rest, "everyone") || begins(rest, "here")) || r == '<' && acts(rest) {
			b.WriteString(blank)
		}
	}
	return b.String()
}

// acts says whether what follows a "<" makes it more than that sign: a mention, a command, a time, an
// emoji, an address.
func acts(rest []rune) bool {
	for i, r := range rest[:min(len(rest), 200)] {
		switch {
		case i == 0 && strings.ContainsRune("@#:/+&", r), r == ':', r == '@':
			return true
		case r == '>' || unicode.IsSpace(r):
			return false
		}
	}
	return false
}

// begins says whether rs begins with the ASCII word, in small or capital letters.
func begins(rs []rune, word string) bool {
	if len(rs) < len(word) {
		return false
	}
	for i, c := range word {
		if unicode.ToLower(rs[i]) != c {
			return false
		}
	}
	return true
}

// invites says whether a text ends as the address of an invitation begins.
func invites(rs []rune) bool {
	const longest = len("discordapp.com/invite")
	end := strings.ToLower(string(rs[max(0, len(rs)-longest):]))
	return strings.HasSuffix(end, "discord.gg") || strings.HasSuffix(end, "discord.com/invite") || strings.HasSuffix(end, "discordapp.com/invite")
}

// numbered says whether a text ends with a line that is a number so far.
func numbered(rs []rune) bool {
	i := len(rs)
	for i > 0 && unicode.IsDigit(rs[i-1]) {
		i--
	}
	if i == len(rs) {
		return false
	}
	for i > 0 && (rs[i-1] == ' ' || rs[i-1] == '\t') {
		i--
	}
	return i == 0 || rs[i-1] == '\n'
}

// units is how long Discord may count s: in UTF-16 units, never fewer than code points.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += utf16.RuneLen(r)
		if !utf8.ValidRune(r) {
			n++
		}
	}
	return n
}

// cut makes s at most n units long, at the end of a grapheme, with an ellipsis.
func cut(s string, n int) string {
	if units(s) <= n {
		return s
	}
	left, end := n-1, 0
	for g := uniseg.NewGraphemes(s); g.Next(); {
		from, to := g.Positions()
		if left -= units(s[from:to]); left < 0 {
			break
		}
		end = to
	}
	s = s[:end]
	if i := strings.LastIndexAny(s, "\n "); i > len(s)*3/4 {
		s = s[:i]
	}
	return strings.TrimRight(s, "\\ \n") + "…"
}
