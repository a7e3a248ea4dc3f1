package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// maxMarks is how many combining marks one letter may carry. Real writing needs five or six.
const maxMarks = 8

// maxCluster is how many bytes count as one grapheme at most; a family emoji has 25.
const maxCluster = 64

// Clean makes what somebody wrote safe to show on one line, without changing what it says. The
// result is valid UTF-8 without control and direction characters; white space of any kind and length
// is one space, with none at the ends; piled-up combining marks are cut off. When it is longer than
// max graphemes, it is cut to max with "…" as the last; max 0 or less is no limit. Clean of a
// cleaned text with the same max changes nothing. Text that shows nothing at all becomes "".
func Clean(s string, max int) string { return cut(clean(s, false), max) }

// CleanLines is Clean for text of several lines: line breaks become "\n", tabs and spaces stay, at
// most one empty line stays between two lines, and there is no white space at the ends.
func CleanLines(s string, max int) string { return cut(clean(s, true), max) }

func clean(s string, lines bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	b.Grow(len(s))
	c := cleaner{out: &b, lines: lines}
	for i := 0; i < len(s); {
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			// A run of broken bytes is one thing that could not be read.
			if !c.broken {
				c.put(utf8.RuneError)
			}
			c.broken = true
			i++
			continue
		}
		c.broken = false
		if r == '\r' && strings.HasPrefix(s[i+1:], "\n") {
			i++
			continue
		}
		c.rune(r)
		i += n
	}
	if !c.visible {
		return ""
	}
	return b.String()
}

// isPlain spots the usual case that needs no work: printable ASCII with single spaces inside.
func isPlain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c > '~' || c == ' ' && (i == 0 || i == len(s)-1 || s[i+1] == ' ') {
			return false
		}
	}
	return true
}

type cleaner struct {
	out     *strings.Builder
	lines   bool
	visible bool   // something to see was written
	broken  bool   // the last bytes were no UTF-8
	space   string // white space held back until something follows it
	breaks  int    // line breaks in space
	marks   int    // combining marks since the last other character
	flag    bool   // inside an emoji tag sequence, which begins with a black flag
}

func (c *cleaner) rune(r rune) {
	switch {
	case r == '\n', r == '\r', r == '\u2028', r == '\u2029', r == '\v', r == '\f', r == '\u0085':
		c.lineBreak()
	case r == '\t', unicode.Is(unicode.Zs, r):
		c.blank(r)
	case dropped(r):
	case r >= 0xE0020 && r <= 0xE007F:
		// Tags are invisible letters; only the flags of England, Scotland and their like need them.
		if c.flag {
			c.out.WriteRune(r)
		}
	case unicode.Is(unicode.M, r), r == '\u200c', r == '\u200d':
		if c.marks++; c.marks <= maxMarks {
			c.keep(r)
		}
	default:
		c.put(r)
	}
}

// put writes a character that is neither space nor mark.
func (c *cleaner) put(r rune) {
	c.marks = 0
	c.keep(r)
	c.flag = r == '🏴'
	c.visible = c.visible || !unicode.Is(unicode.Cf, r) && !blankLetter(r)
}

// keep writes r after the white space that was held back.
func (c *cleaner) keep(r rune) {
	if c.space != "" {
		if c.out.Len() > 0 {
			c.out.WriteString(c.space)
		}
		c.space, c.breaks = "", 0
	}
	c.out.WriteRune(r)
}

func (c *cleaner) lineBreak() {
	c.marks, c.flag = 0, false
	switch {
	case !c.lines:
		c.space = " "
	case c.breaks == 0:
		c.space, c.breaks = "\n", 1
	case c.breaks == 1:
		c.space, c.breaks = "\n\n", 2
	default:
		c.space = "\n\n"
	}
}

func (c *cleaner) blank(r rune) {
	c.marks, c.flag = 0, false
	if !c.lines {
		c.space = " "
	} else if len(c.space) < 256 {
		c.space += string(r)
	}
}

// blankLetter reports whether r counts as a letter or sign but shows nothing.
func blankLetter(r rune) bool {
	return r == 0x115F || r == 0x1160 || r == 0x3164 || r == 0xFFA0 || r == 0x2800
}

// dropped reports whether r is invisible and either harmful or without meaning in running text.
func dropped(r rune) bool {
	switch {
	case unicode.Is(unicode.Cc, r):
		return true
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x200E, r == 0x200F, r == 0x061C: // direction
		return true
	case r >= 0x206A && r <= 0x206F, r >= 0xFFF9 && r <= 0xFFFB, r == 0xFEFF, r == 0xE0001: // deprecated, annotations, byte order
		return true
	case r >= 0xFDD0 && r <= 0xFDEF, r&0xFFFE == 0xFFFE: // no characters
		return true
	}
	return false
}

// cut shortens s to max graphemes, the last of them "…".
func cut(s string, max int) string {
	if max <= 0 || len(s) <= max {
		return s
	}
	rest, state, n, end := s, -1, 0, 0
	for rest != "" {
		var g string
		g, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		// A cluster without end (jamo, skin tones) must not pass as one letter.
		n += 1 + len(g)/maxCluster
		if n > max {
			return strings.TrimRightFunc(s[:end], unicode.IsSpace) + "…"
		}
		if n < max {
			end += len(g)
		}
	}
	return s
}

// Length is the number of graphemes of s: what a person counts as letters.
func Length(s string) int { return uniseg.GraphemeClusterCount(s) }
