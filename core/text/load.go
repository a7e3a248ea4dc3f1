package text

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// forms are the CLDR plural categories by their names in catalogue files.
var forms = map[string]plural.Form{
	"zero": plural.Zero, "one": plural.One, "two": plural.Two,
	"few": plural.Few, "many": plural.Many, "other": plural.Other,
}

// Load reads text/<lang>.json of every source into one catalogue. A file is an object of keys, which
// may be nested (names are then joined by "."). A value is a string in the syntax of messages, or an
// object whose names are all CLDR plural categories (zero, one, two, few, many, other), selected by
// the argument "n"; a form zero is taken for 0 in every language.
//
// The error names all faults at once, sorted: an unreadable file, a key missing in a language or
// unknown to English, placeholders other than English has, a plural form that the language needs for
// whole numbers and lacks or that it would never choose, a key given twice, and unclosed markup. The
// catalogue is usable even so: it holds what could be read, and Languages leaves out the faulty ones.
func Load(sources ...fs.FS) (*Catalogue, error) {
	l := loader{texts: map[string]map[string]*entry{base: {}}, faulty: map[string]bool{}}
	for i, src := range sources {
		l.source(i+1, src)
	}
	l.compare()
	slices.Sort(l.faults)
	errs := make([]error, len(l.faults))
	for i, f := range l.faults {
		errs[i] = errors.New(f)
	}

	c := &Catalogue{texts: l.texts, missing: map[string]struct{}{}}
	c.languages = []string{base}
	for _, lang := range slices.Sorted(maps.Keys(l.texts)) {
		if lang != base && !l.faulty[lang] {
			c.languages = append(c.languages, lang)
		}
	}
	for _, lang := range c.languages {
		c.tags = append(c.tags, language.Make(lang))
	}
	c.matcher = language.NewMatcher(c.tags)
	return c, errors.Join(errs...)
}

type loader struct {
	texts  map[string]map[string]*entry
	faults []string
	faulty map[string]bool // languages with a fault
}

func (l *loader) fault(lang, format string, a ...any) {
	l.faulty[lang] = true
	l.faults = append(l.faults, lang+": "+fmt.Sprintf(format, a...))
}

// source reads one file system; n counts them from 1, for messages.
func (l *loader) source(n int, src fs.FS) {
	names, err := fs.Glob(src, "text/*.json")
	if err != nil || len(names) == 0 {
		l.fault(base, "source %d has no text/*.json", n)
		return
	}
	for _, name := range names {
		lang := strings.TrimSuffix(path.Base(name), ".json")
		if tag, err := language.Parse(lang); err != nil || tag.String() != lang {
			l.fault(lang, "%s of source %d is not named after a language", name, n)
			continue
		}
		data, err := fs.ReadFile(src, name)
		if err != nil {
			l.fault(lang, "read %s of source %d: %v", name, n, err)
			continue
		}
		if l.texts[lang] == nil {
			l.texts[lang] = map[string]*entry{}
		}
		d := json.NewDecoder(bytes.NewReader(data))
		value, err := l.decode(lang, "", d)
		if err == nil {
			if _, more := d.Token(); more != io.EOF {
				err = errors.New("more than one value")
			}
		}
		if err != nil {
			l.fault(lang, "read %s of source %d: %v", name, n, err)
			continue
		}
		group, ok := value.(group)
		if !ok {
			l.fault(lang, "%s of source %d is no object", name, n)
			continue
		}
		l.group(lang, "", group)
	}
}

// group is a JSON object in order; unlike a map it keeps names that are given twice.
type group []member

type member struct {
	name  string
	value any // string or group
}

// decode reads one value. What is neither string nor object is a fault, and nil.
func (l *loader) decode(lang, key string, d *json.Decoder) (any, error) {
	token, err := d.Token()
	if err != nil {
		return nil, err
	}
	switch t := token.(type) {
	case string:
		return t, nil
	case json.Delim:
		return l.decodeNested(lang, key, t, d)
	}
	l.fault(lang, "%s: %v is neither a string nor an object", key, token)
	return nil, nil
}

func (l *loader) decodeNested(lang, key string, open json.Delim, d *json.Decoder) (any, error) {
	g := group{}
	for i := 0; d.More(); i++ {
		name := fmt.Sprint(i)
		if open == '{' {
			token, err := d.Token()
			if err != nil {
				return nil, err
			}
			name, _ = token.(string)
		}
		v, err := l.decode(lang, join(key, name), d)
		if err != nil {
			return nil, err
		}
		if v != nil {
			g = append(g, member{name, v})
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, err
	}
	if open != '{' {
		l.fault(lang, "%s: an array is neither a string nor an object", key)
		return nil, nil
	}
	return g, nil
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}

func (l *loader) group(lang, key string, g group) {
	if len(g) == 0 && key != "" {
		l.fault(lang, "%s: is empty", key)
	}
	for _, m := range g {
		k := join(key, m.name)
		if m.name == "" || strings.HasPrefix(m.name, ".") || strings.HasSuffix(m.name, ".") || strings.Contains(m.name, "..") {
			l.fault(lang, "%s: the name %q has an empty part", k, m.name)
			continue
		}
		switch v := m.value.(type) {
		case string:
			l.put(lang, k, &entry{plain: l.parse(lang, k, v)})
		case group:
			if v.plural() {
				l.put(lang, k, l.plural(lang, k, v))
			} else {
				l.group(lang, k, v)
			}
		}
	}
}

// plural reports whether g can only be the forms of one message.
func (g group) plural() bool {
	for _, m := range g {
		_, named := forms[m.name]
		if _, ok := m.value.(string); !ok || !named {
			return false
		}
	}
	return len(g) > 0
}

func (l *loader) plural(lang, key string, g group) *entry {
	e := &entry{forms: map[plural.Form]*message{}}
	for _, m := range g {
		f := forms[m.name]
		if e.forms[f] != nil {
			l.fault(lang, "%s: the form %q is given twice", key, m.name)
			continue
		}
		e.forms[f] = l.parse(lang, join(key, m.name), m.value.(string))
	}
	needed := needed(lang)
	for name, f := range forms {
		switch {
		case needed[f] && e.forms[f] == nil:
			l.fault(lang, "%s: the plural form %q is missing", key, name)
		case !needed[f] && e.forms[f] != nil && f != plural.Zero && f != plural.Many && f != plural.Other:
			l.fault(lang, "%s: the plural form %q is never used in this language", key, name)
		}
	}
	return e
}

// needed are the plural forms that whole numbers take in lang. "other" is not among them where only
// fractions take it, as in Polish.
func needed(lang string) map[plural.Form]bool {
	out := map[plural.Form]bool{}
	for n := range int64(1200) {
		out[pluralForm(lang, n)] = true
	}
	out[pluralForm(lang, 1_000_000)] = true
	return out
}

func (l *loader) parse(lang, key, s string) *message {
	m, err := parseMessage(s)
	if err != nil {
		l.fault(lang, "%s: %v", key, err)
		return &message{parts: []part{{text: s}}}
	}
	if s == "" {
		l.fault(lang, "%s: is empty", key)
	}
	return m
}

func (l *loader) put(lang, key string, e *entry) {
	if l.texts[lang][key] != nil {
		l.fault(lang, "%s: is given twice", key)
		return
	}
	l.texts[lang][key] = e
}

// compare holds every language against English.
func (l *loader) compare() {
	for lang, texts := range l.texts {
		if lang == base {
			continue
		}
		for key, en := range l.texts[base] {
			e := texts[key]
			if e == nil {
				l.fault(lang, "%s: is missing", key)
				continue
			}
			l.compareEntry(lang, key, en, e)
		}
		for key := range texts {
			if l.texts[base][key] == nil {
				l.fault(lang, "%s: is unknown to English", key)
			}
		}
	}
}

func (l *loader) compareEntry(lang, key string, en, e *entry) {
	switch {
	case en.plain != nil && e.plain == nil:
		l.fault(lang, "%s: has plural forms, English has none", key)
	case en.plain == nil && e.plain != nil && len(needed(lang)) > 1:
		l.fault(lang, "%s: the plural forms are missing", key)
	}
	want, got := en.args(), e.args()
	if !slices.Equal(want, got) {
		l.fault(lang, "%s: has the placeholders %v, English has %v", key, got, want)
	}
}

// args are the placeholders of e, sorted. A form that says "one" in words does without {n}, so n is
// an argument of every plural.
func (e *entry) args() []string {
	if e.plain != nil {
		return e.plain.args
	}
	out := []string{"n"}
	for _, m := range e.forms {
		out = append(out, m.args...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
