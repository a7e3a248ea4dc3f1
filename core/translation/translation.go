// Package translation is what Guildhall does with the help of a service that translates: which texts are
// worth it, which of their words stay as they are or have a translation of their own, and what is kept of
// it, for how long.
//
// A translation is always asked for: by a person for themselves, or for a whole room by its moderators.
// Nothing here knows how people ask, which service answers, or where things are kept.
package translation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// MaxText is the longest text that is translated at once, in graphemes.
const MaxText = 8000

// Translator is a service that translates.
type Translator interface {
	// Service describes it. It may be called at any time and asks nobody.
	Service() Service
	// Pairs are the languages that it translates from and to now.
	Pairs(ctx context.Context) (Pairs, error)
	// Translate translates plain text. What Mark made stands in it once more in the answer, unless the
	// service lost it; line breaks stay. Errors: ErrPair, ErrDenied, else what wraps ErrAway; a *Busy
	// says when to ask again.
	Translate(ctx context.Context, q Query) (Answer, error)
}

// Service describes a service that translates.
type Service struct {
	Name    string // as readers are told: "apertium"
	Host    string // where it is asked, for those who want to know
	Detects bool   // it finds out itself what language a text is in
	Most    int    // the longest text of one query, in graphemes
}

// Query is one text to be translated.
type Query struct {
	From string // BCP 47 base tag; empty only where the service detects
	To   string // BCP 47 base tag
	Text string
}

// Answer is what a service made of a query.
type Answer struct {
	Text string
	From string // the language that it took the text for; empty when it does not say
}

// ErrPair says that the service does not translate between these languages.
var ErrPair = errors.New("the service does not translate between these languages")

// ErrDenied says that the service refuses us: a key that is wrong, or an allowance that is used up.
// Asking again is pointless until somebody has done something about it.
var ErrDenied = errors.New("the service refuses")

// ErrAway says that the service gave no answer of use: it may later.
var ErrAway = errors.New("the service is away")

// Busy is ErrAway where the service said when to ask again.
type Busy struct {
	After time.Duration
	Cause error
}

func (e *Busy) Error() string { return fmt.Sprintf("asked to wait %s: %v", e.After, e.Cause) }

// Unwrap lets a Busy be an ErrAway.
func (e *Busy) Unwrap() []error { return []error{ErrAway, e.Cause} }

// Pairs are the languages that a service translates to, by the one that it translates from.
type Pairs map[string][]string

// Add adds a pair, once.
func (p Pairs) Add(from, to string) {
	if from != "" && to != "" && from != to && !slices.Contains(p[from], to) {
		p[from] = append(p[from], to)
	}
}

// Has says whether the service translates between two languages. From "" asks whether it translates
// into to at all.
func (p Pairs) Has(from, to string) bool {
	if from != "" {
		return slices.Contains(p[from], to)
	}
	for _, list := range p {
		if slices.Contains(list, to) {
			return true
		}
	}
	return false
}

// From are the languages that a text in one language can be translated into, sorted.
func (p Pairs) From(from string) []string {
	out := slices.Clone(p[from])
	slices.Sort(out)
	return out
}

// Into are all languages that can be translated into, sorted.
func (p Pairs) Into() []string {
	seen := map[string]bool{}
	for _, list := range p {
		for _, to := range list {
			seen[to] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Count is the number of pairs.
func (p Pairs) Count() (n int) {
	for _, list := range p {
		n += len(list)
	}
	return n
}

// Detector tells the language of a text as a BCP 47 base tag; ok is false when it is in doubt.
type Detector interface {
	Detect(ctx context.Context, text string) (tag string, ok bool)
}
