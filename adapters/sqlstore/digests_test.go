package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/digest"
	"guildhall/core/record"
)

func TestARoomGetsOneDigestOfAPeriod(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		db := d.db.Digests()
		at := d.clock.now()
		issue := func(period string, state string) *digest.Issue {
			return &digest.Issue{Community: 1, Platform: "webchat", Room: "hall#news", Period: period, Window: digest.Window{Since: at.AddDate(0, 0, -7), Until: at},
				People: 3, Countries: 2, Items: []digest.Kept{{Part: digest.Needs, ID: helpID(1), State: "open", At: at, Score: 7},
					{Part: digest.Toolbox, ID: boxID(2), State: state, At: at.Add(-time.Hour), Score: -2}}}
		}
		var fresh atomic.Int64
		helpTogether(t, 32, func(int) error {
			return d.db.Atomically(t.Context(), func(ctx context.Context) error {
				ok, err := db.Add(ctx, issue("2027-W09", "published"))
				if ok {
					fresh.Add(1)
				}
				return err
			})
		})
		if fresh.Load() != 1 {
			t.Fatalf("%d digests of one period", fresh.Load())
		}
		at = at.AddDate(0, 0, 7)
		err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
			if ok, err := db.Add(ctx, issue("2027-W10", "version of today")); err != nil || !ok {
				return fmt.Errorf("the next week: %v, %w", ok, err)
			}
			other := issue("2027-W10", "published")
			other.Room = "annex#news"
			_, err := db.Add(ctx, other)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		newest, err := db.Newest(t.Context(), 1, "webchat", "hall#news")
		if err != nil || newest == nil || newest.Period != "2027-W10" || !newest.Until.Equal(at) || newest.People != 3 || newest.Countries != 2 {
			t.Fatalf("%+v, %v", newest, err)
		}
		if len(newest.Items) != 2 || newest.Items[0] != (digest.Kept{Part: digest.Needs, ID: helpID(1), State: "open", At: at, Score: 7}) || newest.Items[1].Score != -2 {
			t.Errorf("%+v", newest.Items)
		}
		if again, err := db.Issue(t.Context(), 1, newest.No); err != nil || again.Period != newest.Period {
			t.Errorf("%+v, %v", again, err)
		}
		for _, x := range []struct{ of, no int64 }{{1, 99}, {2, newest.No}} {
			if i, err := db.Issue(t.Context(), x.of, x.no); err != nil || i != nil {
				t.Errorf("%+v: %+v, %v", x, i, err)
			}
		}
		shown, err := db.Shown(t.Context(), 1, "webchat", "hall#news", at.AddDate(0, 0, -30))
		if err != nil || shown[boxID(2)] != "version of today" || shown[helpID(1)] != "open" || len(shown) != 2 {
			t.Errorf("%v, %v", shown, err)
		}
		if held, err := db.Holding(t.Context(), 1, boxID(2), at.AddDate(0, 0, -1)); err != nil || len(held) != 2 || held[0].ID.Letter != record.Issue {
			t.Errorf("%v, %v", held, err)
		}
		if held, err := db.Holding(t.Context(), 1, boxID(3), at.AddDate(0, 0, -30)); err != nil || len(held) != 0 {
			t.Errorf("%v, %v", held, err)
		}
	})
}

func TestWhatModeratorsAndReadersWantOfDigests(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		db, at := d.db.Digests(), d.clock.now()
		var fresh atomic.Int64
		own := func(ctx context.Context) error {
			ok, err := db.AddOwn(ctx, 1, helpAnn, "2027-W09", at, []digest.Kept{{ID: boxID(1), State: "published"}, {ID: helpID(1), State: "open"}})
			if ok {
				fresh.Add(1)
			}
			return err
		}
		helpTogether(t, 32, func(int) error { return d.db.Atomically(t.Context(), own) })
		if last, err := db.LastOwn(t.Context(), 1, helpAnn); fresh.Load() != 1 || err != nil || !last.Equal(at) {
			t.Errorf("%d of one period, until %s, %v", fresh.Load(), last, err)
		}
		err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
			return errors.Join(db.Hide(ctx, 1, boxID(7)), db.Hide(ctx, 1, boxID(7)), db.SetNote(ctx, 1, "webchat", "r", "one"), db.SetNote(ctx, 1, "webchat", "r", "two"),
				db.SetWish(ctx, 1, helpAnn, nil, time.Time{}), db.SetWish(ctx, 1, helpAnn, []digest.Part{digest.Needs, digest.Dates}, at))
		})
		if err != nil {
			t.Fatal(err)
		}
		if hidden, err := db.Hidden(t.Context(), 1); err != nil || len(hidden) != 1 || !hidden[boxID(7)] {
			t.Errorf("%v, %v", hidden, err)
		}
		if note, err := db.Note(t.Context(), 1, "webchat", "r"); err != nil || note != "two" {
			t.Errorf("%q, %v", note, err)
		}
		parts, paused, err := db.Wish(t.Context(), 1, helpAnn)
		if err != nil || len(parts) != 2 || parts[1] != digest.Dates || !paused.Equal(at) {
			t.Errorf("%v, %s, %v", parts, paused, err)
		}
		if shown, err := db.ShownOwn(t.Context(), 1, helpAnn); err != nil || shown[boxID(1)] != "published" || len(shown) != 2 {
			t.Errorf("%v, %v", shown, err)
		}
		if err := d.db.Atomically(t.Context(), func(ctx context.Context) error { return db.ForgetOwn(ctx, 1, helpAnn) }); err != nil {
			t.Fatal(err)
		}
		shown, err := db.ShownOwn(t.Context(), 1, helpAnn)
		parts, _, errWish := db.Wish(t.Context(), 1, helpAnn)
		if err != nil || errWish != nil || len(shown)+len(parts) != 0 {
			t.Errorf("after forgetting: %v, %v", shown, parts)
		}
	})
}

func TestChangesBetween(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		l, at := d.db.Ledger(), d.clock.now()
		err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
			for i := range 6 {
				c := record.Change{Community: 1, Subject: record.Subject{ID: helpID(int64(i + 1))}, What: "opened", By: helpAnn, At: at.Add(time.Duration(i) * time.Hour)}
				if err := l.Record(ctx, c); err != nil {
					return err
				}
			}
			return l.Record(ctx, record.Change{Community: 1, Subject: record.Subject{ID: record.ID{Letter: record.Issue, No: 3}}, What: "issued", At: at.Add(time.Hour)})
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Between(t.Context(), 1, at.Add(time.Hour), at.Add(3*time.Hour), 10)
		if err != nil || len(got) != 3 || got[0].Subject.ID != helpID(2) || got[1].Subject.ID != helpID(3) || got[2].Subject.String() != "D3" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := l.Between(t.Context(), 1, at, at.Add(time.Hour*9), 2); err != nil || len(got) != 2 {
			t.Errorf("%+v, %v", got, err)
		}
	})
}
