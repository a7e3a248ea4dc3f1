package lingua

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	maxCharacters = 2000 // of a text are looked at
	minWords      = 3
	minLetters    = 8
	// minUnspaced letters of a script that is written without spaces stand for minWords words.
	minUnspaced = 6
)

// notProse is what a chat text holds beside words of its language, and would be taken for words:
// code, links, mail addresses, mentions and rooms of the chat platforms, emoji names, record ids.
var notProse = regexp.MustCompile("(?s)```.*?(?:```|$)|`[^`\n]*`" +
	`|(?i:\b(?:https?|mailto|matrix|ftp):\S+)|(?i:\bwww\.\S+)` +
	`|\S+@\S+\.\S+|<[@#!:][^>\s]*>|[@#!]\S+|:[a-z0-9_+-]+:` +
	`|\b[HRCPSG][0-9]+\b`)

// proseOf returns the words of text that can tell its language, and whether there are enough.
func proseOf(text string) (prose string, enough bool) {
	prose = notProse.ReplaceAllString(head(text, maxCharacters), " ")
	words, letters, unspaced := 0, 0, 0
	for _, field := range strings.Fields(prose) {
		inField := 0
		for _, r := range field {
			if !unicode.IsLetter(r) {
				continue
			}
			inField++
			if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar) {
				unspaced++
			}
		}
		if inField > 0 {
			words++
		}
		letters += inField
	}
	return prose, words >= minWords && letters >= minLetters || unspaced >= minUnspaced
}

// head returns the first n characters of text as composed, valid UTF-8, without reading what follows.
// Composed, because the models know é as one character and some keyboards write it as two.
func head(text string, n int) string {
	for i := range text {
		if n == 0 {
			text = text[:i]
			break
		}
		n--
	}
	return norm.NFC.String(strings.ToValidUTF8(text, " "))
}
