package translation

import (
	"strings"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// piece is a part of a text that is translated by itself, and the white space around it.
type piece struct{ before, text, after string }

// pieces cuts text into parts of at most most characters: between lines where it can, else between
// sentences, else between words. Put together with what stands around each, they are the text again.
func pieces(text string, most int) (out []piece) {
	if most <= 0 || utf8.RuneCountInString(text) <= most {
		return []piece{trimmed(text)}
	}
	var whole strings.Builder
	size := 0
	flush := func() {
		if whole.Len() > 0 {
			out = append(out, trimmed(whole.String()))
		}
		whole.Reset()
		size = 0
	}
	for _, unit := range units(text, most) {
		n := utf8.RuneCountInString(unit)
		if size+n > most {
			flush()
		}
		whole.WriteString(unit)
		size += n
	}
	flush()
	return out
}

const space = " \t\n\u00a0"

// trimmed is a text as a piece: the white space it begins and ends with is not for the service.
func trimmed(s string) piece {
	head := strings.TrimLeft(s, space)
	body := strings.TrimRight(head, space)
	return piece{s[:len(s)-len(head)], body, head[len(body):]}
}

// units are the lines of a text; the sentences of those that are too long; the words of such sentences;
// and of such words just as much as fits.
func units(text string, most int) (out []string) {
	for _, line := range strings.SplitAfter(text, "\n") {
		if utf8.RuneCountInString(line) <= most {
			out = append(out, line)
			continue
		}
		for state := -1; line != ""; {
			var sentence string
			sentence, line, state = uniseg.FirstSentenceInString(line, state)
			if utf8.RuneCountInString(sentence) <= most {
				out = append(out, sentence)
				continue
			}
			for _, word := range strings.SplitAfter(sentence, " ") {
				out = append(out, chunks(word, most)...)
			}
		}
	}
	return out
}

func chunks(word string, most int) (out []string) {
	for utf8.RuneCountInString(word) > most {
		at, n := 0, 0
		for i := range word {
			if n == most {
				at = i
				break
			}
			n++
		}
		out = append(out, word[:at])
		word = word[at:]
	}
	return append(out, word)
}
