package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

var circleCom = community.Community{ID: 1, Zone: "Europe/Rome"}

func (b *practiceBook) circle(t *testing.T, id record.ID) cooperation.Circle {
	t.Helper()
	c, err := b.Circle(t.Context(), 1, id)
	if err != nil || c == nil {
		t.Fatalf("circle of %s: %v, %v", id, c, err)
	}
	return *c
}

// stage lets days pass and brings the circle to what is due then.
func (b *practiceBook) stage(t *testing.T, days int) cooperation.Circled {
	t.Helper()
	b.step(time.Duration(days) * 24 * time.Hour)
	var out cooperation.Circled
	for key, it := range b.items {
		if it.Kind != cooperation.KindCircle || it.Due.After(b.now()) {
			continue
		}
		var r cooperation.CircleReminder
		if err := it.Read(&r); err != nil {
			t.Fatal(err)
		}
		delete(b.items, key)
		turned, err := b.TurnCircle(t.Context(), 1, r)
		if err != nil {
			t.Fatal(err)
		}
		out = turned
		if again, err := b.TurnCircle(t.Context(), 1, r); err != nil || again.Circle.No != 0 {
			t.Errorf("the reminder again: %+v, %v", again, err)
		}
	}
	return out
}

func TestCircleStudiesTriesAndShows(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		start := text.DateOf(b.now()).AddDays(10)
		plan := cooperation.CirclePlan{Start: start, Organisations: []string{"Org 2", "org 3"}, Outcomes: "They can film a seam."}
		c, err := b.StartCircle(t.Context(), circleCom, b.who(t, bookAnn), id, plan)
		if err != nil || !slices.Equal(c.Ask, []int64{bookBea, bookDan}) || len(c.Circle.Joined()) != 1 {
			t.Fatalf("started %+v, %v", c, err)
		}
		if again, err := b.StartCircle(t.Context(), circleCom, b.who(t, bookAnn), id, plan); err != nil || !again.Again {
			t.Errorf("again %+v, %v", again, err)
		}
		_, err = b.StartCircle(t.Context(), circleCom, b.who(t, bookEve), id, plan)
		practiceRefused(t, err, "cooperation.circle.open")
		_, err = b.JoinCircle(t.Context(), b.who(t, bookGus), id, true)
		practiceRefused(t, err, "cooperation.circle.speak")
		for _, no := range []int64{bookBea, bookEve} { // eve was not invited: whoever wants to may
			if j, err := b.JoinCircle(t.Context(), b.who(t, no), id, true); err != nil || j.Again {
				t.Errorf("%d joins: %+v, %v", no, j, err)
			}
		}
		if j, err := b.JoinCircle(t.Context(), b.who(t, bookEve), id, true); err != nil || !j.Again {
			t.Errorf("eve joins again: %+v, %v", j, err)
		}
		if begun := b.stage(t, 11); begun.Circle.State != cooperation.CircleStudies || len(begun.Circle.Joined()) != 3 || !slices.Equal(begun.Asked, []int64{bookDan}) {
			t.Errorf("begun %+v", begun)
		}
		_, err = b.JoinCircle(t.Context(), b.who(t, bookDan), id, true)
		practiceRefused(t, err, "cooperation.circle.none")
		as, err := b.Adoptions(t.Context(), 1, id)
		if err != nil || len(as) != 3 || as[0].State != cooperation.Planned {
			t.Errorf("adoptions %+v, %v", as, err)
		}
		tries := b.stage(t, cooperation.StudyDays)
		if tries.Circle.State != cooperation.CircleTries || !tries.Rose || tries.Practice.Level != cooperation.Replicated { // Poland and Italy
			t.Errorf("tries %+v", tries)
		}
		result := "All passed."
		if _, err := b.Adopt(t.Context(), b.who(t, bookBea), id, cooperation.Use{Result: &result}); err != nil {
			t.Fatal(err)
		}
		shows := b.stage(t, cooperation.TryDays)
		shown, silent, err := b.Shown(t.Context(), &shows.Circle)
		if shows.Circle.State != cooperation.CircleShows || err != nil || len(shown) != 1 || len(silent) != 2 {
			t.Errorf("shows %+v, %d, %d, %v", shows, len(shown), len(silent), err)
		}
		if done := b.stage(t, cooperation.ShowDays); done.Circle.State != cooperation.CircleDone || done.Circle.Outcomes != plan.Outcomes {
			t.Errorf("done %+v", done)
		}
		if x, err := b.Export(t.Context(), 1, bookAnn); err != nil || len(x.Circles) != 1 || !x.Circles[0].Started || x.Circles[0].Outcomes == "" {
			t.Errorf("ann's circles: %+v, %v", x.Circles, err)
		}
		if x, err := b.Export(t.Context(), 1, bookBea); err != nil || len(x.Circles) != 1 || x.Circles[0].Started || !slices.Equal(x.Circles[0].For, []string{"org 2"}) {
			t.Errorf("bea's circles: %+v, %v", x.Circles, err)
		}
		plan.Start, plan.Organisations = text.DateOf(b.now()).AddDays(5), nil
		if next, err := b.StartCircle(t.Context(), circleCom, b.who(t, bookBea), id, plan); err != nil || next.Circle.No != 2 {
			t.Errorf("the next circle: %+v, %v", next, err)
		}
	})
}

func TestCircleOfTooFewIsCalledOff(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		today := text.DateOf(b.now())
		ann := b.who(t, bookAnn)
		for key, plan := range map[string]cooperation.CirclePlan{
			"cooperation.circle.start":        {Start: today},
			"cooperation.circle.size":         {Start: today.AddDays(3), Organisations: []string{"org 2"}},
			"cooperation.partner.unknown":     {Start: today.AddDays(3), Organisations: []string{"org 2", "Nowhere"}},
			"cooperation.partner.unconfirmed": {Start: today.AddDays(3), Organisations: []string{"org 2", "org 4"}},
		} {
			if key == "cooperation.partner.unconfirmed" {
				b.write(t, `UPDATE organisation SET confirmed = FALSE WHERE number = 4`)
			}
			_, err := b.StartCircle(t.Context(), circleCom, ann, id, plan)
			practiceRefused(t, err, key)
		}
		if _, err := b.StartCircle(t.Context(), circleCom, ann, id, cooperation.CirclePlan{Start: today.AddDays(3)}); err != nil {
			t.Fatal(err)
		}
		if _, err := b.JoinCircle(t.Context(), b.who(t, bookBea), id, true); err != nil {
			t.Fatal(err)
		}
		if _, err := b.JoinCircle(t.Context(), b.who(t, bookBea), id, false); err != nil {
			t.Fatal(err)
		}
		if off := b.stage(t, 4); off.Circle.State != cooperation.CircleOff || off.Circle.Joined()[0].Member != bookAnn {
			t.Errorf("off %+v", off)
		}
		if as, err := b.Adoptions(t.Context(), 1, id); err != nil || len(as) != 0 {
			t.Errorf("adoptions %+v, %v", as, err)
		}
	})
}

func TestManyJoinACircleAtOnce(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		members := make([]community.Member, 32)
		for i := range members {
			no := int64(100 + i)
			b.write(t, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
				VALUES (1, $1, $2, $2, 'FR', '', '', TRUE, 0, '')`, no, fmt.Sprint("school ", no))
			b.join(t, no, no, "member", false)
			members[i] = b.who(t, no)
		}
		plan := cooperation.CirclePlan{Start: text.DateOf(b.now()).AddDays(3)}
		if _, err := b.StartCircle(t.Context(), circleCom, b.who(t, bookAnn), id, plan); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex
		full := 0
		practiceTogether(t, func(i int) error {
			_, err := b.JoinCircle(context.Background(), members[i], id, true)
			var no *text.Refusal
			if errors.As(err, &no) && no.Key == "cooperation.circle.full" {
				mu.Lock()
				defer mu.Unlock()
				full++
				return nil
			}
			return err
		})
		if c := b.circle(t, id); len(c.Joined()) != cooperation.MaxCircle || full != 32-cooperation.MaxCircle+1 {
			t.Errorf("%d are in, %d were refused", len(c.Joined()), full)
		}
	})
}
