package translation

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// span is a piece of a text, in bytes, and what stands in its place in a translation.
type span struct {
	from, to int
	becomes  string
}

// fixed are what a translation must not touch: code, links, addresses, mentions in the ways that people
// and services write them, shortcodes of emoji, ids of records, and what looks like a mark of ours.
var fixed = regexp.MustCompile("(?s)```.*?```" + `|` + "`[^`\n]+`" +
	`|(?i:https?://|www\.)[^\s<>"«»“”]+` +
	`|[\w.+-]+@[\w-]+(?:\.[\w-]+)+` +
	`|<[@#!:][^<>\s]{1,80}>` +
	`|@[\w.-]+(?::[\w.-]+)?` +
	`|(?:^|\s)#[\p{L}\d][\w-]*` +
	`|:[a-z0-9_+-]{2,40}:` +
	`|\b[HRCPSG]\d{1,9}\b` +
	`|` + markLike.String())

// markLike is what a service may make of a mark: it adds spaces, changes case or the kind of brackets.
var markLike = regexp.MustCompile(`[\[［]\s*[xXхХ×]\s*(\d{1,4})\s*[xXхХ×]\s*[\]］]`)

// trailing is what ends a sentence rather than a link.
const trailing = `.,;:!?)]}'"…`

// Mark stands in a query for the n-th piece of text that must come back as it is.
func Mark(n int) string { return "[X" + strconv.Itoa(n) + "X]" }

// Marks finds what Mark made, or what a service made of it, for services that have a way of their own to
// say that something is to be left alone. Each has the bytes it stands in and its number.
func Marks(s string) (out []Marked) {
	for _, m := range markLike.FindAllStringSubmatchIndex(s, -1) {
		n, err := strconv.Atoi(s[m[2]:m[3]])
		if err == nil {
			out = append(out, Marked{m[0], m[1], n})
		}
	}
	return out
}

// Marked is a mark in a text.
type Marked struct{ From, To, No int }

// spans are the pieces of text that must come back as they are, in order, none over another.
func spans(text string) (out []span) {
	for _, m := range fixed.FindAllStringIndex(text, -1) {
		from, to := m[0], m[1]
		for from < to && (text[from] == ' ' || text[from] == '\n' || text[from] == '\t') {
			from++ // of a word after "#"
		}
		if strings.Contains(text[from:to], "://") || strings.HasPrefix(strings.ToLower(text[from:to]), "www.") {
			to = from + len(strings.TrimRight(text[from:to], trailing))
		}
		if from < to {
			out = append(out, span{from, to, text[from:to]})
		}
	}
	return out
}

// masked is text with marks in the place of its spans. The n-th mark stands for the n-th span.
func masked(text string, list []span) string {
	var b strings.Builder
	at := 0
	for n, s := range list {
		b.WriteString(text[at:s.from])
		b.WriteString(Mark(n))
		at = s.to
	}
	b.WriteString(text[at:])
	return b.String()
}

// unmasked is a translation with the spans back in the place of their marks. It fails unless each mark
// came back, once.
func unmasked(translated string, list []span) (string, error) {
	seen := make([]bool, len(list))
	var b strings.Builder
	at := 0
	for _, m := range Marks(translated) {
		if m.No >= len(list) || seen[m.No] {
			return "", fmt.Errorf("mark %d came back though it was not asked for", m.No)
		}
		seen[m.No] = true
		b.WriteString(translated[at:m.From])
		b.WriteString(list[m.No].becomes)
		at = m.To
	}
	for n, ok := range seen {
		if !ok {
			return "", fmt.Errorf("mark %d was lost", n)
		}
	}
	b.WriteString(translated[at:])
	return b.String(), nil
}
