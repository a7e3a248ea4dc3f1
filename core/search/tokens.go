package search

import (
	"strconv"
	"strings"

	"golang.org/x/text/unicode/norm"
)

const (
	maxTitleTokens = 400  // distinct tokens of a title, translations included
	maxBodyTokens  = 3000 // distinct tokens of a body
)

// foldWord is s, a single word, as words are kept: decomposed, without accents, in small letters.
func foldWord(s string) string {
	if ascii(s) {
		return strings.ToLower(s[:min(len(s), maxWord)])
	}
	runes := []rune(norm.NFKD.String(s))
	for i, r := range runes {
		runes[i] = lower(r)
	}
	return fold(runes)
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

// Tokens are the distinct tokens that text is found by, in the order in which they first occur: each
// word, folded, followed by its stems in lang and in English. lang is a BCP-47 tag; the stems of an
// unknown language ("") are those of the languages most written. No token is empty, holds white
// space, quotes or control characters, or is longer than 200 bytes; there are 3000 at most.
func Tokens(text, lang string) []string {
	var set tokenSet
	set.add(text, stemmersOf(lang), maxBodyTokens)
	return set.list
}

// TitleTokens are what the record is found by at the strongest: its id, its title, and the title's
// translations; see Tokens for their form.
func (d Doc) TitleTokens() []string { return d.titles().list }

// BodyTokens are what the record is found by besides TitleTokens; the two have none in common.
func (d Doc) BodyTokens() []string {
	set := d.titles()
	title := len(set.list)
	set.add(d.Body, stemmersOf(d.Language), title+maxBodyTokens)
	for _, t := range d.Translations {
		set.add(t.Body, stemmersOf(t.Language), title+maxBodyTokens)
	}
	return set.list[title:]
}

func (d Doc) titles() tokenSet {
	var set tokenSet
	set.add(d.Letter+strconv.FormatInt(d.Number, 10), nil, maxTitleTokens)
	set.add(d.Title, stemmersOf(d.Language), maxTitleTokens)
	for _, t := range d.Translations {
		set.add(t.Title, stemmersOf(t.Language), maxTitleTokens)
	}
	return set
}

// tokenSet keeps tokens in order, each once.
type tokenSet struct {
	list []string
	seen map[string]struct{}
	buf  []string
}

// add adds the tokens of text until there are max in the set.
func (t *tokenSet) add(text string, by []*stemmer, max int) {
	if text == "" || len(t.list) >= max {
		return
	}
	if t.seen == nil {
		t.seen = make(map[string]struct{}, min(len(text)/4+8, max))
	}
	done := map[string]struct{}{} // spellings of this text, whose stems need not be looked for twice
	eachWord(text, func(w word) bool {
		if w.joined == "" && !w.cjk {
			if _, again := done[w.raw]; again {
				return true
			}
			done[w.raw] = struct{}{}
		}
		t.put(w.text)
		if w.also != "" {
			t.put(w.also)
		}
		if w.joined != "" {
			t.put(w.joined)
		}
		t.buf = w.stems(t.buf[:0], by)
		for _, s := range t.buf {
			t.put(s)
		}
		return len(t.list) < max
	})
	if len(t.list) > max {
		for _, s := range t.list[max:] {
			delete(t.seen, s)
		}
		t.list = t.list[:max]
	}
}

func (t *tokenSet) put(s string) {
	if _, known := t.seen[s]; known {
		return
	}
	t.seen[s] = struct{}{}
	t.list = append(t.list, s)
}
