// Package search finds records of all sections in one ranked list, the same on every store.
//
// The work is split so that two database engines cannot disagree. This package turns texts into
// tokens (Doc.TitleTokens, Doc.BodyTokens) and questions into terms (Parse). A store keeps the
// tokens and only matches them (Doc.IndexTokens, Query.Where), never parsing a word by itself; it
// returns candidates, which this package ranks (Rank). Finder puts the steps together.
//
// A token is either a word (letters, digits and their marks, folded) or a stem: "§", the code of the
// stemmer, and the stem, such as "§itsaldatur". No word contains "§", so a stem is never taken for a
// word, nor the stem of one language for that of another.
package search

import (
	"cmp"
	"context"
	"slices"
	"time"
)

// Version changes whenever the same text gives other tokens than before: a store that finds another
// version beside its tokens must index its records anew.
const Version = 1

// Doc is a record as search knows it. Only what every member of the community may see is indexed:
// a record that is a draft, hidden or withdrawn is removed.
type Doc struct {
	Section  string // a community.Section
	Letter   string // of the record's id
	Number   int64
	Kind     string // within the section, such as "document"
	Title    string
	Body     string // whatever else can be found, in any order
	Language string // BCP 47 base tag; empty when unknown
	Topics   []string
	State    string
	At       time.Time // of the last change that readers care about
	Uses     int       // how often it was used, adopted or joined

	Translations []Translation // what makes it found in other languages
}

// Translation is a record's title and text in another language.
type Translation struct {
	Language    string
	Title, Body string
}

// Candidate is a record that a store found. Doc has no Body and no Translations then; TitleTokens and
// BodyTokens are what the methods of the same names gave when it was put, joined by single spaces.
type Candidate struct {
	Doc
	TitleTokens string
	BodyTokens  string
}

// Filter leaves records out. A zero field leaves out nothing.
type Filter struct {
	Section  string
	Kind     string
	Topic    string   // one of the record's topics, compared as a whole code
	Language string   // the record's own language
	Letters  []string // of the ids that may be found
	Used     int      // at least so often
	Hidden   []string // states that must not be found
}

// Passes reports whether d may be found under f. It is what a store's WHERE clause must say.
func (f Filter) Passes(d Doc) bool {
	return (f.Section == "" || f.Section == d.Section) &&
		(f.Kind == "" || f.Kind == d.Kind) &&
		(f.Language == "" || f.Language == d.Language) &&
		(f.Used == 0 || d.Uses >= f.Used) &&
		(f.Topic == "" || slices.Contains(d.Topics, f.Topic)) &&
		(len(f.Letters) == 0 || slices.Contains(f.Letters, d.Letter)) &&
		!slices.Contains(f.Hidden, d.State)
}

// Index is what a store offers for search.
type Index interface {
	// Put keeps d, in place of what was there for its letter and number, within the caller's
	// transaction when there is one.
	Put(ctx context.Context, community int64, d Doc) error

	// Remove forgets a record; one that is not there is no error.
	Remove(ctx context.Context, community int64, letter string, number int64) error

	// Candidates are the records of the community that pass f and for which q.Matches says yes; all
	// that pass f when q has no terms. When there are more than limit, it is the first limit of them
	// in the order At (newest first), Letter, Number (both ascending), so that every store picks the
	// same; otherwise the order is free. At is compared in microseconds.
	//
	// A common word matches most of a library: it must take no longer than a rare one.
	Candidates(ctx context.Context, community int64, q Query, f Filter, limit int) ([]Candidate, error)

	// Having are, for each of terms by itself, the records of the community that have it; when there
	// are more than limit, the newest limit of them and those that are as new as the last. The order is
	// free. It takes about as long for a word of most records as for one of few.
	Having(ctx context.Context, community int64, terms []Term, limit int) ([][]Ref, error)

	// Read are those of the records that are still there and pass f, in any order.
	Read(ctx context.Context, community int64, refs []Ref, f Filter) ([]Candidate, error)

	// Size is about how many records the community has, and too great rather than too small.
	Size(ctx context.Context, community int64) (int, error)
}

// Ref is a record as an index knows it.
type Ref struct {
	Record int64 // means something to the index alone
	At     int64 // when it changed, in microseconds
}

// Order compares two records the way in which stores cut and in which records stand that are
// otherwise equal: newest first, then by letter and number.
func Order(a, b Doc) int { return earlier(&a, &b) }

// earlier is Order without copies.
func earlier(a, b *Doc) int {
	return cmp.Or(
		cmp.Compare(b.At.UnixMicro(), a.At.UnixMicro()),
		cmp.Compare(a.Letter, b.Letter),
		cmp.Compare(a.Number, b.Number),
	)
}
