package translation

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/text"
)

// maxWishes is how many wishes wait at most, and how many of one member.
const (
	maxWishes    = 200
	maxWishesOne = 10
)

// AddTerm puts a term into a glossary; one for the same words and languages is replaced.
func (d *Desk) AddTerm(ctx context.Context, t *Term) error {
	t.Source, t.Target = strings.Join(strings.Fields(t.Source), " "), strings.Join(strings.Fields(t.Target), " ")
	if err := checkTerm(t.Source, t.Target, t.To); err != nil {
		return err
	}
	all, _, err := d.Glossary.Terms(ctx, t.Community)
	if err != nil {
		return fmt.Errorf("read the glossary: %w", err)
	}
	if len(all) >= MaxTerms {
		return text.Refuse("translation.term.full", text.Args{"n": MaxTerms})
	}
	t.At = d.now()
	if err := d.Glossary.AddTerm(ctx, t); err != nil {
		return fmt.Errorf("add a term: %w", err)
	}
	return nil
}

// RemoveTerms takes off a glossary the term with a number ("#3"), or all that are written like this, and
// returns them. It is refused when there are none.
func (d *Desk) RemoveTerms(ctx context.Context, of int64, called string) (gone []Term, err error) {
	all, _, err := d.Glossary.Terms(ctx, of)
	if err != nil {
		return nil, fmt.Errorf("read the glossary: %w", err)
	}
	for _, t := range all {
		if t.Fold() != folded(called) && called != "#"+strconv.FormatInt(t.No, 10) {
			continue
		}
		if _, err := d.Glossary.RemoveTerm(ctx, of, t.No); err != nil {
			return nil, fmt.Errorf("remove a term: %w", err)
		}
		gone = append(gone, t)
	}
	if len(gone) == 0 {
		return nil, text.RefuseArg("term", "translation.term.none", text.Args{"term": text.Clean(called, 60)})
	}
	return gone, nil
}

// Suggest keeps what somebody thinks should be translated better, for the moderators to decide.
func (d *Desk) Suggest(ctx context.Context, w *Wish) error {
	if err := checkTerm(w.Source, w.Target, w.To); err != nil {
		return err
	}
	list, err := d.Glossary.Wishes(ctx, w.Community)
	if err != nil {
		return fmt.Errorf("read wishes: %w", err)
	}
	own := 0
	for _, x := range list {
		if x.By == w.By {
			own++
		}
	}
	if len(list) >= maxWishes || own >= maxWishesOne {
		return text.Refuse("translation.wish.many", nil)
	}
	w.At = d.now()
	if err := d.Glossary.AddWish(ctx, w); err != nil {
		return fmt.Errorf("keep a wish: %w", err)
	}
	return nil
}

// TakeWish takes a wish off the list, to do something about it. It is refused when somebody else did.
func (d *Desk) TakeWish(ctx context.Context, of, no int64) (Wish, error) {
	w, ok, err := d.Glossary.Wish(ctx, of, no)
	if err != nil {
		return w, fmt.Errorf("read a wish: %w", err)
	}
	if ok {
		ok, err = d.Glossary.RemoveWish(ctx, of, no)
	}
	switch {
	case err != nil:
		return w, fmt.Errorf("take a wish off the list: %w", err)
	case !ok:
		return w, text.Refuse("translation.wish.gone", nil)
	}
	return w, nil
}

// Hush notes that a member wants nothing translated of what they write in rooms, or does again.
func (d *Desk) Hush(ctx context.Context, of, member int64, on bool) error {
	if err := d.Orders.Hush(ctx, of, member, on, d.now()); err != nil {
		return fmt.Errorf("note a wish not to be translated: %w", err)
	}
	return nil
}
