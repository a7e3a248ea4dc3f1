package translation

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/record"
)

// Order is something that somebody, or a room, wants translated. It holds words no longer than Keep, and
// none of a record's: those are read again.
type Order struct {
	Community int64
	No        int64
	For       int64         // the member who asked; 0: the room
	Of        Origin        // what is translated
	Words     string        // the original; empty for a record's, and once it is gone or old
	From      string        // BCP 47 base tag; empty when not known
	To        []string      // BCP 47 base tags
	At        record.Source // the thread where the translation is shown to all; zero: to who asked alone
	Back      []byte        // how who asked is answered later
	Revision  int64         // counts changes of the original
	Gone      bool          // the original was deleted
	Made      time.Time     //
	Texts     []Text        // what it came to
}

// Origin is where words come from.
type Origin struct {
	Source  record.Source  // the message; the zero Source for what has none
	Subject record.Subject // the record, or part of one, that shows them; zero for a plain message
	Author  Author
}

// Author is who wrote what is translated.
type Author struct {
	Member  int64  // 0 when not known
	Account string // on the source's platform
	Name    string // as shown
}

// Shown says whether the translation stands where all in the room see it.
func (o *Order) Shown() bool { return o.At.Room != "" }

// Subject is what the shown translation of the order is called.
func (o *Order) Subject() record.Subject {
	return record.Subject{ID: record.ID{Letter: record.Translation, No: o.No}}
}

// Into is the translation into a language; ok is false when there is none.
func (o *Order) Into(to string) (t Text, ok bool) {
	for _, t := range o.Texts {
		if t.To == to {
			return t, true
		}
	}
	return Text{}, false
}

// Orders is where orders are kept.
type Orders interface {
	AddOrder(ctx context.Context, o *Order) error // gives it its number
	// Order is an order with its texts; nil when there is none (any more).
	Order(ctx context.Context, of, no int64) (*Order, error)
	// OrdersFrom are the orders of what one message says, or of a record's words that it holds.
	OrdersFrom(ctx context.Context, of int64, s record.Source) ([]Order, error)
	// OrdersBy are the orders of what a member wrote.
	OrdersBy(ctx context.Context, of, member int64) ([]Order, error)
	// OrdersOf are the orders of what a record says, its parts included.
	OrdersOf(ctx context.Context, of int64, id record.ID) ([]Order, error)
	SaveOrder(ctx context.Context, o *Order) error // its words, languages, revision, and whether it is gone
	DropOrder(ctx context.Context, of, no int64) error
	// KeepTexts takes the place of an order's texts.
	KeepTexts(ctx context.Context, of, no int64, list []Text, until time.Time) error
	// Sweep drops words and texts from before one time, and whole orders from before another; private ones
	// go with their words.
	Sweep(ctx context.Context, of int64, words, orders time.Time) error
	// Hushed says whether a member wants nothing translated of what they write in rooms; Hush notes it.
	Hushed(ctx context.Context, of, member int64) (bool, error)
	Hush(ctx context.Context, of, member int64, on bool, at time.Time) error
	// Translate sets into which languages the messages of a room are translated; none: they are not.
	Translate(ctx context.Context, of int64, platform, room string, languages []string) error
}

// Take keeps an order, inside the transaction that causes it.
func (d *Desk) Take(ctx context.Context, o *Order) error {
	o.Made = d.now()
	if err := d.Orders.AddOrder(ctx, o); err != nil {
		return fmt.Errorf("keep what is to be translated: %w", err)
	}
	return d.Deliver(ctx, o, o.Texts)
}

// Sweep forgets what was kept long enough.
func (d *Desk) Sweep(ctx context.Context, of int64) error {
	if err := d.Orders.Sweep(ctx, of, d.now().Add(-Keep), d.now().Add(-Mind)); err != nil {
		return fmt.Errorf("sweep translations: %w", err)
	}
	return nil
}

// Deliver keeps what an order came to.
func (d *Desk) Deliver(ctx context.Context, o *Order, list []Text) error {
	o.Texts = list
	if err := d.Orders.KeepTexts(ctx, o.Community, o.No, list, d.now().Add(Keep)); err != nil {
		return fmt.Errorf("keep a translation: %w", err)
	}
	return nil
}

// Reworded follows an edited message: what is shown to all is to be translated anew and is returned, what
// somebody had translated for themselves is forgotten.
func (d *Desk) Reworded(ctx context.Context, of int64, s record.Source, words string) (again []Order, err error) {
	list, err := d.Orders.OrdersFrom(ctx, of, s)
	if err != nil {
		return nil, fmt.Errorf("look for translations: %w", err)
	}
	for i := range list {
		o := &list[i]
		switch {
		case o.Gone:
			continue
		case !o.Shown():
			err = d.Orders.DropOrder(ctx, of, o.No)
		case o.Of.Subject.ID.IsZero() && o.Words == words:
			continue
		default:
			o.Revision++
			o.From = ""
			if o.Of.Subject.ID.IsZero() {
				o.Words = words
			}
			if err = d.Orders.SaveOrder(ctx, o); err == nil {
				again = append(again, *o)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("follow an edit: %w", err)
		}
	}
	return again, nil
}

// Removed forgets all that was translated of a deleted message; what stood in rooms is returned, to be
// taken away there.
func (d *Desk) Removed(ctx context.Context, of int64, s record.Source) ([]Order, error) {
	list, err := d.Orders.OrdersFrom(ctx, of, s)
	if err != nil {
		return nil, fmt.Errorf("look for translations: %w", err)
	}
	return d.forget(ctx, list)
}

// Forget is Removed for all that a member wrote, and for what they asked for themselves.
func (d *Desk) Forget(ctx context.Context, of, member int64) ([]Order, error) {
	list, err := d.Orders.OrdersBy(ctx, of, member)
	if err != nil {
		return nil, fmt.Errorf("look for translations: %w", err)
	}
	if err := d.Glossary.ForgetMember(ctx, of, member); err != nil {
		return nil, fmt.Errorf("forget suggestions: %w", err)
	}
	if err := d.Hush(ctx, of, member, false); err != nil {
		return nil, err
	}
	return d.forget(ctx, list)
}

// Changed forgets what was translated of a record's words for one person, after they changed. What is
// shown to all is to be translated anew and is returned.
func (d *Desk) Changed(ctx context.Context, of int64, s record.Subject) (again []Order, err error) {
	list, err := d.Orders.OrdersOf(ctx, of, s.ID)
	if err != nil {
		return nil, fmt.Errorf("look for translations: %w", err)
	}
	for _, o := range list {
		switch {
		case s.Part != 0 && o.Of.Subject != s || o.Gone:
			continue
		case !o.Shown():
			err = d.Orders.DropOrder(ctx, of, o.No)
		default:
			o.Revision++
			o.From = ""
			if err = d.Orders.SaveOrder(ctx, &o); err == nil {
				again = append(again, o)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("follow a change: %w", err)
		}
	}
	return again, nil
}

func (d *Desk) forget(ctx context.Context, list []Order) (shown []Order, err error) {
	for i := range list {
		o := &list[i]
		if !o.Shown() {
			if err := d.Orders.DropOrder(ctx, o.Community, o.No); err != nil {
				return nil, fmt.Errorf("forget a translation: %w", err)
			}
			continue
		}
		o.Gone, o.Words, o.Texts, o.Of.Author = true, "", nil, Author{}
		if err := d.Orders.SaveOrder(ctx, o); err != nil {
			return nil, fmt.Errorf("forget a translation: %w", err)
		}
		if err := d.Orders.KeepTexts(ctx, o.Community, o.No, nil, time.Time{}); err != nil {
			return nil, fmt.Errorf("forget a translation: %w", err)
		}
		shown = append(shown, *o)
	}
	return shown, nil
}

// Following takes note of changes like next, and has translations follow words that changed; again has an
// order translated once more.
func (d *Desk) Following(next record.Changes, again func(ctx context.Context, o *Order) error) record.Changes {
	return following{next, d, again}
}

type following struct {
	record.Changes
	desk  *Desk
	again func(ctx context.Context, o *Order) error
}

// Record implements record.Changes.
func (f following) Record(ctx context.Context, c record.Change) error {
	switch c.What {
	case "edited", "withdrawn", "hidden", "deleted", "erased":
		list, err := f.desk.Changed(ctx, c.Community, c.Subject)
		for i := range list {
			if err == nil {
				err = f.again(ctx, &list[i])
			}
		}
		if err != nil {
			return err
		}
	}
	return f.Changes.Record(ctx, c) //nolint:wrapcheck // it is the other's
}

// Export is what is kept of a member.
type Export struct {
	NotTranslated bool       `json:"not_translated"` // they want nothing translated of what they write
	Suggested     []Wish     `json:"suggested,omitempty"`
	Translations  []Exported `json:"translations,omitempty"`
}

// Exported is a translation of what a member wrote, or had translated.
type Exported struct {
	At       time.Time `json:"at"`
	Record   string    `json:"record,omitempty"`
	Asked    bool      `json:"asked"` // by the member
	Original string    `json:"original,omitempty"`
	Into     []Into    `json:"into,omitempty"`
}

// Into is a translation in a language.
type Into struct {
	Language string `json:"language"`
	Text     string `json:"text"`
}

// Export gives all that is kept of a member. What others wrote and the member had translated is theirs: of
// it the translation alone is given.
func (d *Desk) Export(ctx context.Context, of, member int64) (out Export, err error) {
	if out.NotTranslated, err = d.Orders.Hushed(ctx, of, member); err != nil {
		return out, err
	}
	all, err := d.Glossary.Wishes(ctx, of)
	if err != nil {
		return out, err
	}
	for _, w := range all {
		if w.By == member {
			out.Suggested = append(out.Suggested, w)
		}
	}
	list, err := d.Orders.OrdersBy(ctx, of, member)
	if err != nil {
		return out, err
	}
	for _, x := range list {
		o, err := d.Orders.Order(ctx, of, x.No)
		if err != nil {
			return out, err
		}
		if o == nil || o.Gone {
			continue
		}
		e := Exported{At: o.Made, Record: o.Of.Subject.ID.String(), Asked: o.For == member}
		if o.Of.Author.Member == member {
			e.Original = o.Words
		}
		for _, t := range o.Texts {
			e.Into = append(e.Into, Into{t.To, t.Words})
		}
		out.Translations = append(out.Translations, e)
	}
	return out, nil
}
