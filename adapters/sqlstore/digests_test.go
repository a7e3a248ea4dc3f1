package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
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
		letter := digest.Letter{Community: 1, To: digest.ToMember(helpAnn), Period: "2027-W09", Window: digest.Window{Since: at.AddDate(0, 0, -7), Until: at}, People: 3, Countries: 2,
			Items: []digest.Kept{{Part: digest.Toolbox, ID: boxID(1), State: "version of 2027-03-02", At: at, Score: -2}, {Part: digest.Needs, ID: helpID(1), State: "open", At: at, Score: 7}}}
		own := func(ctx context.Context) error {
			other := letter
			other.To = "mail/7"
			got, err := db.ClaimLetters(ctx, []digest.Letter{letter, other})
			if got[letter.To] && got[other.To] {
				fresh.Add(1)
			}
			return err
		}
		helpTogether(t, 32, func(int) error { return d.db.Atomically(t.Context(), own) })
		if got, err := db.Letter(t.Context(), 1, letter.To, letter.Period); fresh.Load() != 1 || err != nil || got == nil || !reflect.DeepEqual(*got, letter) {
			t.Errorf("%d of one period, %+v, %v", fresh.Load(), got, err)
		}
		told, err := db.Told(t.Context(), 1, []string{letter.To, digest.ToMember(helpBea)}, at.AddDate(0, 0, -1))
		want := map[string]digest.Told{letter.To: {Until: at, Shown: digest.Shown{boxID(1): "version of 2027-03-02", helpID(1): "open"}}}
		if err != nil || !reflect.DeepEqual(told, want) {
			t.Errorf("%+v, %v", told, err)
		}
		err = d.db.Atomically(t.Context(), func(ctx context.Context) error {
			return errors.Join(db.Hide(ctx, 1, boxID(7)), db.Hide(ctx, 1, boxID(7)), db.SetNote(ctx, 1, "webchat", "r", "one"), db.SetNote(ctx, 1, "webchat", "r", "two"),
				db.SetWish(ctx, 1, helpAnn, digest.Wish{}), db.SetWish(ctx, 1, helpAnn, digest.Wish{Parts: []digest.Part{digest.Needs, digest.Dates}, Paused: at}))
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
		wishes, err := db.Wishes(t.Context(), 1, []int64{helpAnn, helpBea})
		if w := wishes[helpAnn]; err != nil || len(wishes) != 1 || len(w.Parts) != 2 || w.Parts[1] != digest.Dates || !w.Paused.Equal(at) {
			t.Errorf("%+v, %v", wishes, err)
		}
		exported, err := db.ExportOwn(t.Context(), 1, helpAnn)
		all := ExportedDigests{Parts: []string{"needs", "dates"}, Paused: at.Format(exportedTime),
			Digests: []ExportedDigest{{Period: "2027-W09", Until: at.Format(exportedTime), Records: []string{"R1", "H1"}}}}
		if err != nil || !reflect.DeepEqual(exported, all) {
			t.Errorf("%+v, %v", exported, err)
		}
		if err := d.db.Atomically(t.Context(), func(ctx context.Context) error { return db.ForgetOwn(ctx, 1, helpAnn) }); err != nil {
			t.Fatal(err)
		}
		told, err = db.Told(t.Context(), 1, []string{letter.To, "mail/7"}, time.Time{})
		wishes, errWish := db.Wishes(t.Context(), 1, []int64{helpAnn})
		if exported, err := db.ExportOwn(t.Context(), 1, helpAnn); err != nil || exported != nil {
			t.Errorf("after forgetting: %+v, %v", exported, err)
		}
		if err != nil || errWish != nil || len(told) != 1 || len(wishes) != 0 {
			t.Errorf("after forgetting: %v, %v", told, wishes)
		}
		err = d.db.Atomically(t.Context(), func(ctx context.Context) error { return db.SweepLetters(ctx, 1, at.Add(time.Second)) })
		if left, errLeft := db.LettersTo(t.Context(), 1, "mail/7"); err != nil || errLeft != nil || len(left) != 0 {
			t.Errorf("after a long time: %v, %v, %v", left, err, errLeft)
		}
	})
}

// Of a week with everything in it only some verbs are read, the newest first; and who was at work is
// counted once, without those who want to be counted nowhere.
func TestWhatMovedAndWhoWasAtWork(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		l, at := d.db.Ledger(), d.clock.now()
		err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
			for i, what := range []string{"opened", "edited", "answered", "edited", "solved", "opened"} {
				c := record.Change{Community: 1, Subject: record.Subject{ID: helpID(int64(i + 1))}, What: what, By: []int64{helpAnn, helpBea, 0}[i%3], At: at.Add(time.Duration(i) * time.Hour)}
				if err := l.Record(ctx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := l.Moved(t.Context(), 1, at, at.Add(5*time.Hour), []string{"opened", "solved"}, 10)
		if err != nil || len(got) != 2 || got[0].What != "solved" || got[1].What != "opened" {
			t.Errorf("%+v, %v", got, err)
		}
		if got, err := l.Moved(t.Context(), 1, at, at.Add(9*time.Hour), []string{"opened", "solved"}, 1); err != nil || len(got) != 1 || got[0].Subject.ID != helpID(6) {
			t.Errorf("%+v, %v", got, err)
		}
		if people, countries, err := l.AtWork(t.Context(), 1, at, at.Add(9*time.Hour)); err != nil || people != 2 || countries != 0 {
			t.Errorf("%d people, %d countries, %v", people, countries, err)
		}
		if people, _, err := l.AtWork(t.Context(), 1, at.AddDate(0, 0, 1), at.AddDate(0, 0, 2)); err != nil || people != 0 {
			t.Errorf("%d people, %v", people, err)
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
