package translation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"guildhall/core/text"
)

// Keep is how long a translation and the words it was made of are kept; Mind how long it is remembered
// which message of a room was translated where, without any words, so that what is deleted goes there too.
const (
	Keep = 7 * 24 * time.Hour
	Mind = 400 * 24 * time.Hour
)

// Transactions runs functions in the store; a function may run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Glossary is where a community's terms are kept.
type Glossary interface {
	// Terms are all terms, by source, and a number that is another after each change.
	Terms(ctx context.Context, of int64) (list []Term, version int64, err error)
	AddTerm(ctx context.Context, t *Term) error // gives it its number; one for the same words and languages is replaced
	RemoveTerm(ctx context.Context, of, no int64) (bool, error)
	// Wishes are what members think should be better, the oldest first.
	Wishes(ctx context.Context, of int64) ([]Wish, error)
	AddWish(ctx context.Context, w *Wish) error // gives it its number
	Wish(ctx context.Context, of, no int64) (w Wish, ok bool, err error)
	RemoveWish(ctx context.Context, of, no int64) (bool, error)
	// ForgetMember takes a member's name off the terms they added, and drops their wishes.
	ForgetMember(ctx context.Context, of, member int64) error
}

// Kept is where translations are kept for a while.
type Kept interface {
	// Cached is a translation that was made of the same words by the same rules and may still be used.
	Cached(ctx context.Context, of int64, digest string, now time.Time) (t Text, ok bool, err error)
}

// Allowance counts what a community has the service translate.
type Allowance interface {
	// Spend counts n characters on a day (since 1970) unless more than most would be counted then.
	Spend(ctx context.Context, of, day int64, n, most int64) (ok bool, err error)
}

// Store is what the desk needs from a store.
type Store struct {
	Transactions
	Glossary  Glossary
	Kept      Kept
	Allowance Allowance
	Orders    Orders
}

// Text is a translation.
type Text struct {
	From    string // BCP 47 base tag; empty when nobody knows
	To      string
	Words   string // the translation
	Left    int    // how many parts of it are the original: what had to stay in them was lost
	Service string // which made it
	Digest  string // of the words it was made of and the rules it was made by
	Made    time.Time
}

// Desk translates.
type Desk struct {
	Store
	service  Translator
	detector Detector
	perDay   int64
	now      func() time.Time
}

// New makes a desk. perDay is how many characters of a community are translated in a day (UTC), 0 for any
// number; detector may be nil.
func New(s Store, service Translator, detector Detector, perDay int64, now func() time.Time) *Desk {
	return &Desk{Store: s, service: service, detector: detector, perDay: perDay, now: now}
}

// Service is the service that translates.
func (d *Desk) Service() Service { return d.service.Service() }

// Pairs are the languages that it translates between now.
func (d *Desk) Pairs(ctx context.Context) (Pairs, error) { return d.service.Pairs(ctx) }

// ErrSame says that a text is in the language already that it was to be translated into.
var ErrSame = errors.New("the text is in that language already")

// ErrLanguage says that nobody knows what language a text is in.
var ErrLanguage = errors.New("the language of the text is not known")

// ErrSpent says that the community has had as much translated as it may in a day.
var ErrSpent = errors.New("the day's allowance is used up")

// Known is the language of a text: from, when somebody said it, else what can be told from its words;
// empty for whatever the service finds out. ErrLanguage when the service does not.
func (d *Desk) Known(ctx context.Context, from, words string) (string, error) {
	if from != "" {
		return from, nil
	}
	if d.detector != nil {
		if tag, ok := d.detector.Detect(ctx, words); ok {
			return tag, nil
		}
	}
	if !d.service.Service().Detects {
		return "", ErrLanguage
	}
	return "", nil
}

// Translate has words translated, or finds that they were. It asks the network: not inside a transaction.
// from may be empty. Errors: ErrSame, ErrLanguage, ErrSpent, and those of a Translator.
func (d *Desk) Translate(ctx context.Context, of int64, words, from, to string) (Text, error) {
	from, err := d.Known(ctx, from, words)
	if err != nil {
		return Text{}, err
	}
	if from == to {
		return Text{}, ErrSame
	}
	all, version, err := d.Glossary.Terms(ctx, of)
	if err != nil {
		return Text{}, fmt.Errorf("read the glossary: %w", err)
	}
	service := d.service.Service()
	digest := digestOf(words, from, to, version, service.Name)
	if t, ok, err := d.Kept.Cached(ctx, of, digest, d.now()); err != nil || ok {
		return t, err
	}
	if err := d.spend(ctx, of, words); err != nil {
		return Text{}, err
	}
	out := Text{From: from, To: to, Service: service.Name, Digest: digest, Made: d.now()}
	var b strings.Builder
	for _, p := range pieces(words, service.Most) {
		said, err := d.piece(ctx, p.text, &out, all)
		if err != nil {
			return Text{}, err
		}
		b.WriteString(p.before + said + p.after)
	}
	out.Words = text.CleanLines(b.String(), 0)
	if out.From == to {
		return Text{}, ErrSame // the service found it out
	}
	return out, nil
}

// piece translates a part of a text; what cannot be is left as it is.
func (d *Desk) piece(ctx context.Context, words string, out *Text, all []Term) (string, error) {
	list := hold(words, spans(words), terms(all, out.From, out.To))
	if Words(words) == 0 {
		return words, nil
	}
	a, err := d.service.Translate(ctx, Query{From: out.From, To: out.To, Text: masked(words, list)})
	if err != nil {
		return "", err
	}
	if out.From == "" {
		out.From = a.From
	}
	said, err := unmasked(strings.Trim(a.Text, space), list)
	if err != nil || strings.TrimSpace(said) == "" {
		out.Left++
		return words, nil //nolint:nilerr // what had to stay was lost: the original is shown
	}
	return said, nil
}

// spend counts what is about to be translated.
func (d *Desk) spend(ctx context.Context, of int64, words string) error {
	if d.perDay <= 0 {
		return nil
	}
	n := int64(utf8.RuneCountInString(words))
	var ok bool
	err := d.Atomically(ctx, func(ctx context.Context) (err error) {
		ok, err = d.Allowance.Spend(ctx, of, d.now().Unix()/86400, n, d.perDay)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("count what is translated: %w", err)
	case !ok:
		return ErrSpent
	}
	return nil
}

// digestOf is the same for the same words by the same rules.
func digestOf(words, from, to string, version int64, service string) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%d\x00%s\x00%s", from, to, version, service, words)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
