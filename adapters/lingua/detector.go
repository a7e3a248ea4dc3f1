// Package lingua tells which language a text is written in, with the library lingua-go.
//
// Only a few languages are loaded and only in the library's low-accuracy mode (three-letter
// sequences): for the eleven default languages that costs 10 MB of heap and about 30 MB of resident
// memory once the first text has been seen, and some 50 µs a sentence; every further language adds
// about one megabyte. All languages in high accuracy took 750 MB. The models of every language are
// embedded by the library, loaded or not, and add 120 MB to the size of the program on disk.
package lingua

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"strings"
	"sync"

	"github.com/pemistahl/lingua-go"
	"golang.org/x/text/language"
)

// DefaultLanguages are the languages told apart when none are configured, as BCP 47 tags.
var DefaultLanguages = []string{"en", "it", "pl", "de", "fr", "es", "pt", "el", "nl", "cs", "ro"}

// The likeliest language must reach minConfidence and lead the next by minLead (both of 1), else the
// text counts as undecided. Below these the three-letter sequences of Spanish and Portuguese, or of
// a few words of jargon, were seen to be taken for a neighbour's.
const (
	minConfidence = 0.75
	minLead       = 0.50
)

// Detector tells languages apart. The models are loaded by the first Detect that needs them, once.
// It is safe for concurrent use.
type Detector struct {
	languages []lingua.Language
	models    func() lingua.LanguageDetector
}

// New makes a detector for the languages with these BCP 47 tags, of which only the language part
// counts ("pt-BR" is Portuguese), or for DefaultLanguages when none are given. It loads nothing yet.
//
// The error names every tag that is malformed or that the library has no model for. Two different
// languages are the least: with one there is nothing to tell apart.
func New(tags ...string) (*Detector, error) {
	if len(tags) == 0 {
		tags = DefaultLanguages
	}
	var languages []lingua.Language
	var unknown []string
	seen := map[lingua.Language]bool{}
	for _, tag := range tags {
		l := modelFor(tag)
		if l == lingua.Unknown {
			unknown = append(unknown, fmt.Sprintf("%q", tag))
			continue
		}
		if !seen[l] {
			seen[l] = true
			languages = append(languages, l)
		}
	}
	if len(unknown) > 0 {
		return nil, fmt.Errorf("language detection: no model for %s", strings.Join(unknown, ", "))
	}
	if len(languages) < 2 {
		return nil, errors.New("language detection: needs at least two different languages")
	}
	d := &Detector{languages: languages}
	d.models = sync.OnceValue(d.load)
	return d, nil
}

// Languages returns the tags of the languages that Detect can answer, sorted.
func (d *Detector) Languages() []string {
	tags := make([]string, len(d.languages))
	for i, l := range d.languages {
		tags[i] = tagOf(l)
	}
	sort.Strings(tags)
	return tags
}

// Detect returns the BCP 47 tag of the language that text is written in, one of Languages, and
// whether that is sure enough to rely on. It is not for a text of fewer than about three words, for
// one that is mostly links, names and numbers, in a script that none of the languages uses, or as
// likely in another language; nor once ctx has ended. A language that was not given to New cannot be
// recognised and may be taken for a close relative.
//
// Links, addresses, mentions, code and record ids are left out, and only the first 2,000 characters
// of text are read.
func (d *Detector) Detect(ctx context.Context, text string) (tag string, ok bool) {
	if ctx.Err() != nil {
		return "", false
	}
	prose, enough := proseOf(text)
	if !enough {
		return "", false
	}
	guesses := d.models().ComputeLanguageConfidenceValues(prose)
	if len(guesses) < 2 {
		return "", false
	}
	// The library leaves the order of equal values open and documents the descending one.
	best, next := guesses[0], guesses[1]
	if best.Value() < minConfidence || best.Value()-next.Value() < minLead {
		return "", false
	}
	tag = tagOf(best.Language())
	if !spells(tag, prose) {
		return "", false
	}
	return tag, true
}

func (d *Detector) load() lingua.LanguageDetector {
	return lingua.NewLanguageDetectorBuilder().
		FromLanguages(d.languages...).
		WithLowAccuracyMode().
		WithPreloadedLanguageModels().
		Build()
}

// modelFor returns the library's language for a BCP 47 tag, lingua.Unknown when there is none.
func modelFor(tag string) lingua.Language {
	parsed, err := language.Parse(strings.TrimSpace(tag))
	if err != nil {
		return lingua.Unknown
	}
	base, _ := parsed.Base()
	code := base.String()
	if code == "no" { // the macro language; what is written is nearly always Bokmål
		code = "nb"
	}
	for _, l := range lingua.AllLanguages() {
		if tagOf(l) == code {
			return l
		}
	}
	return lingua.Unknown
}

func tagOf(l lingua.Language) string {
	return strings.ToLower(l.IsoCode639_1().String())
}
