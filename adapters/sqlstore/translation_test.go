package sqlstore

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/translation"
)

// inside runs f in a transaction.
func inside(t *testing.T, db *DB, f func(ctx context.Context) error) {
	t.Helper()
	if err := db.Atomically(t.Context(), f); err != nil {
		t.Error(err)
	}
}

// orderNumbers are those of some orders, or why there are none.
func orderNumbers(t *testing.T) func([]translation.Order, error) []int64 {
	return func(list []translation.Order, err error) (out []int64) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		for _, o := range list {
			out = append(out, o.No)
		}
		return out
	}
}

func TestOrdersOfTranslations(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, tr, com := t.Context(), db.Translations(), founded(t, db)
		message := record.Source{Platform: "web", Space: "hall", Room: "sharing", Message: "m1"}
		own := &translation.Order{Community: com.ID, For: 4, Words: "Guten Tag", From: "de", To: []string{"it"}, Back: []byte(`{"a":1}`), Made: noon,
			Of: translation.Origin{Source: message, Author: translation.Author{Member: 7, Account: "bea", Name: "Bea"}}}
		room := &translation.Order{Community: com.ID, Words: "Guten Tag", To: []string{"it", "pl"}, Made: noon,
			At: record.Source{Platform: "web", Space: "hall", Room: "sharing", Thread: "m1"}, Of: own.Of}
		answer := &translation.Order{Community: com.ID, For: 4, To: []string{"it"}, Made: noon,
			Of: translation.Origin{Subject: record.Subject{ID: record.ID{Letter: 'H', No: 7}, Part: 2}}}
		other := &translation.Order{Community: com.ID, For: 5, To: []string{"it"}, Made: noon,
			Of: translation.Origin{Subject: record.Subject{ID: record.ID{Letter: 'H', No: 71}}}}
		inside(t, db, func(ctx context.Context) error {
			for _, o := range []*translation.Order{own, room, answer, other} {
				if err := tr.AddOrder(ctx, o); err != nil {
					return err
				}
			}
			return tr.KeepTexts(ctx, com.ID, own.No, []translation.Text{{From: "de", To: "it", Words: "Buongiorno", Left: 1, Service: "x", Digest: "d", Made: noon}}, noon.Add(time.Hour))
		})
		got, err := tr.Order(ctx, com.ID, own.No)
		if err != nil || got.Words != own.Words || got.From != "de" || !slices.Equal(got.To, own.To) || string(got.Back) != string(own.Back) ||
			got.Of != own.Of || !got.Made.Equal(noon) || got.Shown() || len(got.Texts) != 1 || got.Texts[0].Words != "Buongiorno" || got.Texts[0].Left != 1 {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := tr.Order(ctx, com.ID, room.No); err != nil || !got.Shown() || got.At != room.At {
			t.Errorf("%+v %v", got, err)
		}
		if got, err := tr.Order(ctx, com.ID, 99); got != nil || err != nil {
			t.Errorf("%+v %v", got, err)
		}
		nos := orderNumbers(t)
		if got := nos(tr.OrdersFrom(ctx, com.ID, message)); !slices.Equal(got, []int64{own.No, room.No}) {
			t.Errorf("of the message: %v", got)
		}
		if got := nos(tr.OrdersFrom(ctx, com.ID, record.Source{})); got != nil {
			t.Errorf("of no message: %v", got)
		}
		if got := nos(tr.OrdersOf(ctx, com.ID, record.ID{Letter: 'H', No: 7})); !slices.Equal(got, []int64{answer.No}) {
			t.Errorf("of H7: %v", got)
		}
		if got := nos(tr.OrdersBy(ctx, com.ID, 4)); !slices.Equal(got, []int64{own.No, answer.No}) {
			t.Errorf("of member 4: %v", got)
		}
		if got := nos(tr.OrdersBy(ctx, com.ID, 7)); !slices.Equal(got, []int64{own.No, room.No}) {
			t.Errorf("of member 7: %v", got)
		}
		inside(t, db, func(ctx context.Context) error { return db.Directory().MoveRoom(ctx, "web", "sharing", "sharing2") })
		if got, err := tr.Order(ctx, com.ID, room.No); err != nil || got.At.Room != "sharing2" || got.Of.Source.Room != "sharing2" {
			t.Errorf("moved: %+v %v", got, err)
		}
	})
}

func TestTranslationsAreKeptForAWhile(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, tr, com := t.Context(), db.Translations(), founded(t, db)
		own := &translation.Order{Community: com.ID, For: 4, Words: "Guten Tag", To: []string{"it"}, Made: noon}
		room := &translation.Order{Community: com.ID, Words: "Guten Tag", To: []string{"it"}, Made: noon,
			At: record.Source{Platform: "web", Room: "sharing", Thread: "m1"}, Of: translation.Origin{Author: translation.Author{Name: "Bea"}}}
		inside(t, db, func(ctx context.Context) error {
			for _, o := range []*translation.Order{own, room} {
				if err := tr.AddOrder(ctx, o); err != nil {
					return err
				}
				if err := tr.KeepTexts(ctx, com.ID, o.No, []translation.Text{{To: "it", Words: "Buongiorno", Digest: "d", Made: noon}}, noon.Add(time.Hour)); err != nil {
					return err
				}
			}
			return nil
		})
		if x, ok, err := tr.Cached(ctx, com.ID, "d", noon); !ok || err != nil || x.Words != "Buongiorno" {
			t.Errorf("%+v %v %v", x, ok, err)
		}
		if _, ok, err := tr.Cached(ctx, com.ID, "d", noon.Add(time.Hour)); ok || err != nil {
			t.Errorf("after its time: %v %v", ok, err)
		}
		if _, ok, err := tr.Cached(ctx, founded2(t, db), "d", noon); ok || err != nil {
			t.Errorf("another community: %v %v", ok, err)
		}
		inside(t, db, func(ctx context.Context) error {
			return tr.Sweep(ctx, com.ID, noon.Add(time.Second), noon.Add(-time.Hour))
		})
		if o, err := tr.Order(ctx, com.ID, own.No); o != nil || err != nil {
			t.Errorf("a private one stays: %+v %v", o, err)
		}
		if o, err := tr.Order(ctx, com.ID, room.No); err != nil || o.Words != "" || o.Of.Author.Name != "" || len(o.Texts) != 0 {
			t.Errorf("words stay: %+v %v", o, err)
		}
		inside(t, db, func(ctx context.Context) error { return tr.Sweep(ctx, com.ID, noon, noon.Add(time.Second)) })
		if o, err := tr.Order(ctx, com.ID, room.No); o != nil || err != nil {
			t.Errorf("it is remembered for ever: %+v %v", o, err)
		}
	})
}

// However many ask at the same time, no more is translated than may be.
func TestTheAllowanceOfADay(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		tr, com := db.Translations(), founded(t, db)
		var spent atomic.Int64
		var all sync.WaitGroup
		for range 32 {
			all.Go(func() {
				var ok bool
				inside(t, db, func(ctx context.Context) (err error) {
					ok, err = tr.Spend(ctx, com.ID, 20000, 70, 1000)
					return err
				})
				if ok {
					spent.Add(70)
				}
			})
		}
		all.Wait()
		if spent.Load() != 980 {
			t.Errorf("%d characters of 1000", spent.Load())
		}
		inside(t, db, func(ctx context.Context) error {
			if ok, err := tr.Spend(ctx, com.ID, 20001, 1000, 1000); !ok || err != nil {
				t.Errorf("the next day: %v %v", ok, err)
			}
			if ok, err := tr.Spend(ctx, com.ID, 20002, 1001, 1000); ok || err != nil {
				t.Errorf("more than a day's: %v %v", ok, err)
			}
			return nil
		})
	})
}

func TestRoomsThatAreTranslated(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, tr, d, com := t.Context(), db.Translations(), db.Directory(), founded(t, db)
		room := community.Room{Community: com.ID, Platform: "web", Space: "attic", ID: "attic#sharing", Name: "sharing"}
		inside(t, db, func(ctx context.Context) error {
			if err := d.AddSpace(ctx, community.Space{Community: com.ID, Platform: "web", ID: "attic", Name: "Attic", Joined: noon}); err != nil {
				return err
			}
			if err := d.AddRoom(ctx, room); err != nil {
				return err
			}
			if err := tr.Translate(ctx, com.ID, "web", room.ID, []string{"it", "pl"}); err != nil {
				return err
			}
			return d.AddRoom(ctx, room) // met again: it stays so
		})
		r, ok, err := d.Room(ctx, "web", chat.RoomID(room.ID))
		if err != nil || !ok || !slices.Equal(r.Translated, []string{"it", "pl"}) {
			t.Errorf("%+v %v %v", r, ok, err)
		}
		inside(t, db, func(ctx context.Context) error {
			if err := tr.Translate(ctx, com.ID, "web", room.ID, nil); err != nil {
				return err
			}
			return tr.Hush(ctx, com.ID, 3, true, noon)
		})
		if r, _, err := d.Room(ctx, "web", chat.RoomID(room.ID)); err != nil || len(r.Translated) != 0 {
			t.Errorf("%+v %v", r, err)
		}
		if hushed, err := tr.Hushed(ctx, com.ID, 3); !hushed || err != nil {
			t.Errorf("%v %v", hushed, err)
		}
		inside(t, db, func(ctx context.Context) error { return tr.Hush(ctx, com.ID, 3, false, noon) })
		if hushed, err := tr.Hushed(ctx, com.ID, 3); hushed || err != nil {
			t.Errorf("%v %v", hushed, err)
		}
	})
}

func TestGlossary(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		ctx, g, com := t.Context(), db.Glossary(), founded(t, db)
		add := func(term translation.Term) int64 {
			t.Helper()
			term.Community, term.At, term.By = com.ID, noon, 3
			inside(t, db, func(ctx context.Context) error { return g.AddTerm(ctx, &term) })
			return term.No
		}
		first := add(translation.Term{Source: "Rubric", Target: "griglia", To: "it"})
		_, before, err := g.Terms(ctx, com.ID)
		if err != nil || before == 0 {
			t.Errorf("%d %v", before, err)
		}
		if again := add(translation.Term{Source: "rubric", Target: "rubrica", To: "it"}); again != first {
			t.Errorf("a term for the same words is %d, not %d", again, first)
		}
		second := add(translation.Term{Source: "rubric"})
		list, after, err := g.Terms(ctx, com.ID)
		if err != nil || len(list) != 2 || after <= before {
			t.Fatalf("%+v %d %v", list, after, err)
		}
		if list[1].Target != "rubrica" || list[0].No != second || !list[0].Alone() {
			t.Errorf("%+v", list)
		}
		w := translation.Wish{Community: com.ID, From: "en", To: "it", Source: "tool", Target: "attrezzo", By: 3, At: noon}
		inside(t, db, func(ctx context.Context) error { return g.AddWish(ctx, &w) })
		if got, ok, err := g.Wish(ctx, com.ID, w.No); !ok || err != nil || got != w {
			t.Errorf("%+v %v %v", got, ok, err)
		}
		inside(t, db, func(ctx context.Context) error {
			if ok, err := g.RemoveTerm(ctx, com.ID, first); !ok || err != nil {
				t.Errorf("%v %v", ok, err)
			}
			if ok, err := g.RemoveTerm(ctx, com.ID, first); ok || err != nil {
				t.Errorf("twice: %v %v", ok, err)
			}
			return g.ForgetMember(ctx, com.ID, 3)
		})
		if list, _, err := g.Terms(ctx, com.ID); err != nil || len(list) != 1 || list[0].By != 0 {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := g.Wishes(ctx, com.ID); err != nil || len(list) != 0 {
			t.Errorf("%+v %v", list, err)
		}
	})
}
