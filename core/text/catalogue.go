package text

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// base is the language that every key is written in first.
const base = "en"

// Args are the values of a message's placeholders by name. A value may be
//
//	string, or a type made of it   what somebody wrote: cleaned, never read as markup
//	int, float64 and their kin     a number, formatted for the language
//	Date, Moment, time.Time        a day; an instant, formatted in its own location
//	time.Weekday                   the name of the day
//	Record                         the id of a record, to be pressed
//	Person                         a name, and a mention where the message allows mentions
//	Key                            the text of another key, with the same arguments
//	Rich                           text that is formatted already
//	a slice of any of these        a list: "a, b and c"
//	fmt.Stringer                   as string
//
// The argument "n", a whole number, chooses the plural form.
type Args map[string]any

// Record is the id of a record, such as "R13".
type Record string

// Key names the text of a catalogue that stands in for an argument.
type Key string

// Person is somebody named in a message. Member 0 is only a name. Whether a member is mentioned, and
// so notified, is for the message to say; by itself a Person is a name.
type Person struct {
	Member int64
	Name   string
}

// Catalogue holds every text of the program in every language. It is safe for concurrent use.
type Catalogue struct {
	texts     map[string]map[string]*entry // by language, then key
	languages []string                     // the complete ones, English first, then by code
	tags      []language.Tag               // of languages, in the same order
	matcher   language.Matcher

	mu      sync.Mutex
	missing map[string]struct{}
}

// maxMissing bounds what a program that asks for made-up keys can fill.
const maxMissing = 1000

// entry is the text of one key in one language: either plain, or one message per plural form.
type entry struct {
	plain *message
	forms map[plural.Form]*message
}

// Languages are the languages that say everything English says: "en" first, then by code. What they
// are given in is the form that Rich, Plain and Match understand ("it", "pt-BR").
func (c *Catalogue) Languages() []string { return slices.Clone(c.languages) }

// Match is the language of Languages that suits a reader best who wants those of wanted, best first,
// as BCP-47 tags ("pt-BR", also "pt_BR"). What is no tag is passed over; "en" when nothing suits.
func (c *Catalogue) Match(wanted ...string) string {
	var wishes []language.Tag
	for _, w := range wanted {
		if len(w) > 64 {
			continue
		}
		if t, err := language.Parse(strings.ReplaceAll(w, "_", "-")); err == nil && t != language.Und {
			wishes = append(wishes, t)
		}
	}
	if len(wishes) == 0 {
		return base
	}
	_, i, confidence := c.matcher.Match(wishes...)
	if confidence == language.No {
		return base
	}
	return c.languages[i]
}

// Has reports whether key has a text.
func (c *Catalogue) Has(key string) bool { return c.texts[base][key] != nil }

// Missing are the unknown keys that were asked for so far, sorted.
func (c *Catalogue) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []string
	for k := range c.missing {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

// Rich is the text of key in lang with a filled in. A language that the catalogue lacks is read as
// its base language, then as English. An unknown key shows as ⟨key⟩ and is kept for Missing; a
// placeholder without an argument shows as {name}.
func (c *Catalogue) Rich(lang, key string, a Args) Rich {
	return c.format(c.resolve(lang), key, a, 0)
}

// Plain is Rich without style, links and mentions.
func (c *Catalogue) Plain(lang, key string, a Args) string { return c.Rich(lang, key, a).Plain() }

// resolve is the language of the catalogue that lang means.
func (c *Catalogue) resolve(lang string) string {
	if slices.Contains(c.languages, lang) {
		return lang
	}
	if i := strings.IndexAny(lang, "-_"); i > 0 {
		lang = lang[:i]
	}
	if lang = strings.ToLower(lang); slices.Contains(c.languages, lang) {
		return lang
	}
	return base
}

func (c *Catalogue) format(lang, key string, a Args, depth int) Rich {
	e := c.texts[lang][key]
	if e == nil {
		lang, e = base, c.texts[base][key]
	}
	if e == nil {
		c.note(key)
		return Rich{{Text: "⟨" + Clean(key, maxName) + "⟩"}}
	}
	m := e.choose(lang, a)
	out := make(Rich, 0, len(m.parts))
	f := formatter{catalogue: c, lang: lang, args: a, depth: depth}
	for _, p := range m.parts {
		out = f.part(out, p)
	}
	return out
}

func (c *Catalogue) note(key string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.missing) < maxMissing {
		c.missing[strings.Clone(key)] = struct{}{}
	}
}

// choose is the message for the number in a["n"]. Zero has its own form in any language that gives
// it one: "nothing yet" is another sentence than "0 answers".
func (e *entry) choose(lang string, a Args) *message {
	if e.plain != nil {
		return e.plain
	}
	n, ok := wholeNumber(a["n"])
	if ok && n == 0 && e.forms[plural.Zero] != nil {
		return e.forms[plural.Zero]
	}
	form := plural.Other
	if ok {
		form = pluralForm(lang, n)
	}
	for _, f := range []plural.Form{form, plural.Other, plural.Many, plural.Few, plural.Two, plural.One} {
		if m := e.forms[f]; m != nil {
			return m
		}
	}
	return e.forms[plural.Zero]
}

// pluralForm is the CLDR cardinal category of n in lang.
func pluralForm(lang string, n int64) plural.Form {
	u := uint64(n)
	if n < 0 {
		u = -u
	}
	if u >= 2_000_000 {
		// Every rule looks at the last six digits and whether there are more.
		u = 1_000_000 + u%1_000_000
	}
	return plural.Cardinal.MatchPlural(language.Make(lang), int(u), 0, 0, 0, 0)
}
