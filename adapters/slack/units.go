package slack

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/rivo/uniseg"
)

// Slack's limits, in characters. They are counted here in UTF-16 units, which is never less than what
// Slack counts, whichever way it does.
const (
	maxBlocks     = 50     // of a message
	maxViewBlocks = 100    // of a modal or the Home
	maxSection    = 3000   // a section's text, and an element of a context
	maxField      = 2000   // a field of a section
	maxHeader     = 150    // a header
	maxLabel      = 75     // a button, an option, an option's second line
	maxAlt        = 2000   // a picture's description
	maxText       = 3000   // what stands for the blocks; chat.update refuses more than 4000
	maxBlocksText = 12_000 // all text of a message's blocks together; 13,200 are refused
	maxMenu       = 4000   // what is shown of all options of a menu in a message
	maxTitle      = 24     // a modal's title and buttons
	maxHint       = 2000   // an input's label and hint
	maxInput      = 3000   // a text typed into a form
	maxPrivate    = 3000   // a view's private data
	maxValue      = 150    // an option's value
	maxView       = 240_000
	maxOptions    = 100
	maxTicks      = 10  // options of a group of checkboxes
	maxTopic      = 250 // a channel's topic and purpose
)

// units is the length of s.
func units(s string) int {
	n := 0
	for _, r := range s {
		n += max(utf16.RuneLen(r), 1)
	}
	return n
}

// clip cuts s to at most n units, at a grapheme's end and with an ellipsis.
func clip(s string, n int) string {
	if len(s) <= n || units(s) <= n {
		return s
	}
	return head(s, n-1) + "…"
}

// head is the beginning of s, at most n units, at a grapheme's end where one ends in time.
func head(s string, n int) string {
	end, used := 0, 0
	g := uniseg.NewGraphemes(s)
	for g.Next() {
		u := units(g.Str())
		if used+u > n {
			break
		}
		used += u
		_, end = g.Positions()
	}
	if end > 0 {
		return s[:end]
	}
	// One grapheme longer than all the room: between its code points.
	for i, r := range s {
		if used += max(utf16.RuneLen(r), 1); used > n {
			return s[:i]
		}
		end = i + utf8.RuneLen(r)
	}
	return s[:end]
}
