package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/communication"
)

// next does the reminders to ask another helper that are due, and returns who is asked.
func (d *helpDesk) next(t *testing.T) []int64 {
	t.Helper()
	var out []int64
	for _, m := range d.due(t, communication.KindNext) {
		_, helper, err := d.Next(t.Context(), 1, m)
		if err != nil {
			t.Fatal(err)
		}
		if helper != 0 {
			out = append(out, helper)
		}
	}
	return out
}

func TestHelpersAreAskedOneByOne(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.join(t, helpAnn, "it", "didactics", true, 5) // never asked about her own
		d.join(t, helpBea, "it", "didactics", true, 5)
		d.join(t, helpDan, "pl", "didactics", true, 5)
		d.join(t, helpEve, "it", "funding", true, 5)
		a := d.asked(t, helpAnn, communication.Question{Text: "come?", Topic: "didactics", Language: "it"})
		if a.Helper != helpBea {
			t.Fatalf("first %d", a.Helper)
		}
		d.clock.step(23 * time.Hour)
		if got := d.next(t); len(got) != 0 {
			t.Errorf("too early: %v", got)
		}
		d.clock.step(time.Hour)
		if got := d.next(t); fmt.Sprint(got) != "[3]" {
			t.Errorf("after a day: %v", got)
		}
		d.clock.step(24 * time.Hour)
		if got := d.next(t); len(got) != 0 {
			t.Errorf("nobody is left, but %v is asked", got)
		}
		waiting := d.due(t, communication.KindWaiting)
		if len(waiting) != 1 {
			t.Fatalf("waiting: %v", waiting)
		}
		if r, err := d.Waiting(ctx, 1, waiting[0]); err != nil || r == nil || r.ID != helpID(1) {
			t.Errorf("the moderators are not told: %v, %v", r, err)
		}
		d.join(t, helpMia, "it", "didactics", true, 5)
		d.clock.step(24 * time.Hour)
		if got := d.next(t); fmt.Sprint(got) != "[5]" {
			t.Errorf("a helper who came later: %v", got)
		}
		d.says(t, helpEve, helpID(1), "hall", "m1", "so")
		d.clock.step(24 * time.Hour)
		if got := d.next(t); len(got) != 0 || len(d.due(t, communication.KindNext)) != 0 {
			t.Errorf("answered, but %v is asked", got)
		}
		if r, err := d.Waiting(ctx, 1, waiting[0]); err != nil || r != nil {
			t.Errorf("answered, but the moderators are told: %v, %v", r, err)
		}
	})
}

func TestSearchingForHelpersEnds(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		runs := 0
		for range 40 {
			d.clock.step(24 * time.Hour)
			for _, m := range d.due(t, communication.KindNext) {
				runs++
				if _, _, err := d.Next(t.Context(), 1, m); err != nil {
					t.Fatal(err)
				}
			}
		}
		if runs != 13 {
			t.Errorf("helpers were looked for %d times, want 13", runs)
		}
	})
}

func TestDecliningMovesOnAtOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.join(t, helpBea, "", "", true, 5)
		d.join(t, helpDan, "", "", true, 5)
		d.join(t, helpEve, "", "", true, 5)
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.told()
		d.clock.step(20 * time.Hour)
		r, helper, err := d.Decline(ctx, helpMember(helpBea), helpID(1))
		if err != nil || r == nil || helper != helpDan {
			t.Fatal(r, helper, err)
		}
		if r, helper, err = d.Decline(ctx, helpMember(helpBea), helpID(1)); err != nil || r != nil || helper != 0 {
			t.Errorf("again: %v, %d, %v", r, helper, err)
		}
		if r, helper, err = d.Decline(ctx, helpMember(helpMia), helpID(1)); err != nil || r != nil || helper != 0 {
			t.Errorf("by somebody who was not asked: %v, %d, %v", r, helper, err)
		}
		d.clock.step(4 * time.Hour)
		if got := d.next(t); len(got) != 0 {
			t.Errorf("dan has had four hours, but %v is asked", got)
		}
		d.clock.step(20 * time.Hour)
		if got := d.next(t); fmt.Sprint(got) != "[4]" {
			t.Errorf("after dan's day: %v", got)
		}
		if _, helper, err = d.Decline(ctx, helpMember(helpDan), helpID(1)); err != nil || helper != 0 {
			t.Errorf("dan declines late, eve is asked already: %d, %v", helper, err)
		}
		if got := d.told(); got != "" {
			t.Errorf("others were told: %s", got)
		}
	})
}

func TestCapIsNeverExceeded(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.join(t, helpBea, "", "", true, 3)
		d.join(t, helpDan, "", "", true, 2)
		var asked [6]atomic.Int32
		helpTogether(t, 32, func(i int) error {
			a, err := d.Ask(t.Context(), helpAnn, communication.Question{Text: fmt.Sprint("question ", i)})
			asked[a.Helper].Add(1)
			return err
		})
		if b, dn, none := asked[helpBea].Load(), asked[helpDan].Load(), asked[0].Load(); b != 3 || dn != 2 || none != 27 {
			t.Errorf("bea %d times, dan %d times, nobody %d times", b, dn, none)
		}
		d.clock.step(communication.Week + time.Second)
		if a := d.asked(t, helpAnn, communication.Question{Text: "a week later"}); a.Helper != helpDan {
			t.Errorf("a week later: %d", a.Helper)
		}
	})
}

func TestDecliningAllAtOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.join(t, helpBea, "", "", true, 100)
		d.join(t, helpDan, "", "", true, 4)
		for i := range 16 {
			d.asked(t, helpAnn, communication.Question{Text: fmt.Sprint("question ", i)})
		}
		var mu sync.Mutex
		asked := map[int64]int{}
		helpTogether(t, 32, func(i int) error {
			_, helper, err := d.Decline(t.Context(), helpMember(helpBea), helpID(int64(i%16+1)))
			mu.Lock()
			defer mu.Unlock()
			asked[helper]++
			return err
		})
		if asked[helpDan] > 4 {
			t.Errorf("dan was asked %d times more", asked[helpDan])
		}
		var n int
		if _, err := d.db.one(t.Context(), `SELECT COUNT(*) FROM helping WHERE member = $1`, []any{helpDan}, &n); err != nil || n != 4 {
			t.Errorf("dan was asked %d times, %v", n, err)
		}
	})
}

func TestBecomingAHelper(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		experts := func(topics ...string) string {
			t.Helper()
			nos, err := d.Experts(ctx, 1, topics)
			if err != nil {
				t.Fatal(err)
			}
			return fmt.Sprint(nos)
		}
		d.join(t, helpBea, "", "funding", false, 0)
		for range 2 {
			if err := d.Volunteer(ctx, helpMember(helpBea), "didactics"); err != nil {
				t.Fatal(err)
			}
		}
		if err := d.Volunteer(ctx, helpMember(helpDan), ""); err != nil {
			t.Fatal(err)
		}
		if a, b, c := experts("didactics"), experts("funding", "nothing"), experts(); a != "[2]" || b != "[2]" || c != "[2 3]" {
			t.Errorf("experts: %s %s %s", a, b, c)
		}
		if a := d.asked(t, helpAnn, communication.Question{Text: "how?", Topic: "didactics"}); a.Helper != helpBea {
			t.Errorf("asked %d", a.Helper)
		}
		if err := d.Resign(ctx, helpMember(helpBea)); err != nil {
			t.Fatal(err)
		}
		if got := experts(); got != "[3]" {
			t.Errorf("experts: %s", got)
		}
		if a := d.asked(t, helpAnn, communication.Question{Text: "who?", Topic: "didactics"}); a.Helper != helpDan {
			t.Errorf("asked %d", a.Helper)
		}
	})
}

func TestWhoWasAskedMayReadAndNobodyElse(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.join(t, helpBea, "", "", true, 5)
		d.asked(t, helpAnn, communication.Question{Text: "between us", To: communication.OneHelper})
		if r, err := d.Asked(ctx, helpMember(helpBea), helpID(1)); err != nil || r.Question != "between us" {
			t.Fatal(r, err)
		}
		_, err := d.Asked(ctx, helpMember(helpDan), helpID(1))
		helpRefused(t, err, "chat.hidden")
		_, err = d.Hear(ctx, helpMember(helpDan), helpID(1), communication.Said{Text: "let me in"})
		helpRefused(t, err, "chat.hidden")
		if h := d.says(t, helpBea, helpID(1), "annex", "", "so"); !h.Answer.Private || h.Answer.Shown() || !h.First || fmt.Sprint(h.Asked) != "[2]" {
			t.Errorf("%+v", h)
		}
		if _, err := d.Solve(ctx, helpMember(helpAnn), helpID(1), 1); err != nil {
			t.Fatal(err)
		}
		if got := d.told(); got != "H1 opened quietly, H1.1 answered quietly, H1 answered quietly, H1 solved quietly" {
			t.Errorf("told: %s", got)
		}
		if len(d.consents.answers) != 0 {
			t.Error("somebody was asked to have private words kept")
		}
		_, err = d.Asked(ctx, helpMember(helpBea), helpID(1))
		helpRefused(t, err, "communication.help.over")
	})
}

func TestFreeFollowsTheMember(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.join(t, helpBea, "", "", true, 5)
		set := func(column string) {
			t.Helper()
			err := d.db.Atomically(t.Context(), func(ctx context.Context) error {
				_, err := d.db.exec(ctx, `UPDATE member SET `+column+` = TRUE WHERE number = $1`, helpBea)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		for i, column := range []string{"", "stopped", "erased"} {
			if column != "" {
				set(column)
			}
			want := map[bool]int64{true: helpBea, false: 0}[column == ""]
			if a := d.asked(t, helpAnn, communication.Question{Text: fmt.Sprint("how? ", i)}); a.Helper != want {
				t.Errorf("%s: %d was asked", column, a.Helper)
			}
		}
	})
}
