package translation

import (
	"strings"
	"unicode"

	"guildhall/core/text"
)

// RoomWords is how many words a message of a room must have to be translated unasked: of fewer, everybody
// understands enough, and their language is anybody's guess.
const RoomWords = 3

// Words counts the words of a text that a translation can do something about: not code, links, mentions
// and numbers. Of scripts that do not part words, three letters count as one.
func Words(s string) int {
	var prose strings.Builder
	at := 0
	for _, x := range spans(s) {
		prose.WriteString(s[at:x.from])
		prose.WriteByte(' ')
		at = x.to
	}
	prose.WriteString(s[at:])
	words, wide, letters := 0, 0, 0
	end := func() {
		if letters >= 2 {
			words++
		}
		letters = 0
	}
	for _, r := range prose.String() {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer):
			wide++
		case unicode.IsLetter(r) || letters > 0 && (unicode.Is(unicode.M, r) || r == '\'' || r == '’'):
			letters++
		default:
			end()
		}
	}
	end()
	return words + (wide+2)/3
}

// Command says whether a text is meant for a program rather than for people.
func Command(s string) bool {
	s = strings.TrimSpace(s)
	return len(s) > 1 && (s[0] == '/' || s[0] == '!') && (s[1] >= 'a' && s[1] <= 'z' || s[1] >= 'A' && s[1] <= 'Z')
}

// ForRoom says whether a message is translated where its room is.
func ForRoom(s string) bool { return !Command(s) && Words(s) >= RoomWords }

// Fits says whether a text is short enough to be translated.
func Fits(s string) bool { return len(s) <= MaxText || text.Length(s) <= MaxText }
