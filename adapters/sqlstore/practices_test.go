package sqlstore

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
)

func quoteAt(message string) record.Source {
	return record.Source{Platform: "webchat", Space: "hall", Room: "hall/cooperation", Thread: "t1", Message: message}
}

func TestPracticeIsKeptWhole(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		from := record.ID{Letter: 'H', No: 7}
		draft := cooperation.Draft{Title: " Video  portfolios\u202e ", Texts: map[string]string{"context": "A school.\n\n\n\nSmall.", "bogus": "x"},
			Topic: "didactics", Language: "en", Source: quoteAt("m0"), From: from}
		out, err := b.Promote(t.Context(), b.who(t, bookAnn), draft)
		if err != nil {
			t.Fatal(err)
		}
		p := b.at1(t, out.Practice.ID)
		if p.ID.String() != "P1" || p.Title != "Video portfolios" || p.Texts["context"] != "A school.\n\nSmall." || len(p.Texts) != 1 ||
			p.Topic != "didactics" || p.Language != "en" || p.Source != quoteAt("m0") || p.State != cooperation.Candidate ||
			p.Organisation.No != 1 || p.Organisation.Country != "IT" || !p.Organisation.Confirmed {
			t.Errorf("kept %+v", p)
		}
		again, err := b.Promote(t.Context(), b.who(t, bookAnn), draft)
		if err != nil || !again.Twin || again.Practice.ID != p.ID {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, to, err := b.db.Ledger().Trail(t.Context(), 1, from)
		if err != nil || len(to) != 1 || to[0].To != p.ID {
			t.Errorf("trail: %v, %v", to, err)
		}
		_, err = b.Promote(t.Context(), b.who(t, bookAnn), cooperation.Draft{Title: " \u200b"})
		practiceRefused(t, err, "cooperation.title.empty")
	})
}

func TestQuotesNeedConsent(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		b.write(t, `UPDATE member SET quote = 'never' WHERE number = $1`, bookDan)
		b.write(t, `UPDATE member SET quote = 'always' WHERE number = $1`, bookEve)
		out := b.candidate(t, cooperation.Said{Author: bookAnn, Text: "mine", Source: quoteAt("m1")},
			cooperation.Said{Author: bookBea, Text: "one", Source: quoteAt("m2")}, cooperation.Said{Author: bookBea, Text: "two", Source: quoteAt("m3")},
			cooperation.Said{Author: bookDan, Text: "never", Source: quoteAt("m4")}, cooperation.Said{Author: bookEve, Text: "always", Source: quoteAt("m5")})
		id := out.Practice.ID
		if len(out.Ask) != 1 || out.Ask[0].Author != bookBea || out.Ask[0].Part != 2 || out.Refused != 1 {
			t.Errorf("asked %+v, refused %d", out.Ask, out.Refused)
		}
		shown := func(want ...string) {
			t.Helper()
			qs, err := b.Quotes(t.Context(), 1, id)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, q := range qs {
				if words, named, ok := q.Shown(); ok && named {
					got = append(got, words)
				} else if ok {
					got = append(got, words+" unnamed")
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("shown %q, want %q", got, want)
			}
		}
		answer := func(a community.Answer) {
			t.Helper()
			if err := b.Consented(t.Context(), 1, out.Ask[0].Subject(), bookBea, a); err != nil {
				t.Fatal(err)
			}
		}
		shown("mine", "always")
		answer(community.ConsentUnnamed)
		shown("mine", "one unnamed", "two unnamed", "always")
		answer(community.ConsentYes)
		shown("mine", "one", "two", "always")
		if n, err := b.Reword(t.Context(), 1, quoteAt("m2"), "uno"); n != 1 || err != nil {
			t.Errorf("reworded %d, %v", n, err)
		}
		if n, err := b.Unsay(t.Context(), 1, quoteAt("m3")); n != 1 || err != nil {
			t.Errorf("unsaid %d, %v", n, err)
		}
		shown("mine", "uno", "always")
		answer(community.ConsentNo)
		answer(community.ConsentYes) // what was removed does not come back
		shown("mine", "always")
		if err := b.Erase(t.Context(), 1, bookEve); err != nil {
			t.Fatal(err)
		}
		shown("mine")
	})
}

func TestSubmitNeedsItsSections(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		out, err := b.Promote(t.Context(), b.who(t, bookAnn), cooperation.Draft{Title: "Bare"})
		if err != nil {
			t.Fatal(err)
		}
		id := out.Practice.ID
		_, err = b.Submit(t.Context(), b.who(t, bookAnn), id)
		practiceRefused(t, err, "cooperation.submit.missing")
		_, err = b.Edit(t.Context(), b.who(t, bookBea), id, cooperation.Edit{Texts: bookTexts})
		practiceRefused(t, err, "cooperation.not_yours")
		if _, err = b.Edit(t.Context(), b.who(t, bookAnn), id, cooperation.Edit{Texts: bookTexts}); err != nil {
			t.Fatal(err)
		}
		if p := b.at1(t, id); !maps.Equal(p.Texts, bookTexts) {
			t.Errorf("texts %v", p.Texts)
		}
		if _, err = b.Submit(t.Context(), b.who(t, bookAnn), id); err != nil {
			t.Fatal(err)
		}
		again, err := b.Submit(t.Context(), b.who(t, bookAnn), id)
		if err != nil || !again.Again || again.Practice.Round != 1 {
			t.Errorf("again: %+v, %v", again, err)
		}
		_, err = b.Edit(t.Context(), b.who(t, bookAnn), id, cooperation.Edit{Texts: map[string]string{"problem": ""}})
		practiceRefused(t, err, "cooperation.section.needed")
	})
}

func TestReviewersAreAskedOneAtATime(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		b.reviewers(t, bookBea, bookDan, bookEve, bookCarl, bookGus)
		s := b.submitted(t)
		id := s.Practice.ID
		if s.Ask != bookBea {
			t.Errorf("first asked: %d", s.Ask) // from abroad, before eve; carl is of the same organisation
		}
		b.step(cooperation.ReviewerTime - time.Hour)
		if due := b.due(t, cooperation.KindNext); len(due) != 0 {
			t.Errorf("reminded early: %v", due)
		}
		b.step(time.Hour)
		due := b.due(t, cooperation.KindNext)
		if len(due) != 1 {
			t.Fatalf("reminders: %v", due)
		}
		next, err := b.Next(t.Context(), 1, due[0])
		if err != nil || next.Ask != bookDan {
			t.Fatalf("next: %+v, %v", next, err)
		}
		if next, err = b.Next(t.Context(), 1, due[0]); err != nil || next.Ask != 0 {
			t.Errorf("the reminder again: %+v, %v", next, err)
		}
		passed, err := b.Pass(t.Context(), b.who(t, bookDan), id)
		if err != nil || passed.Ask != bookEve {
			t.Errorf("after dan passed: %+v, %v", passed, err)
		}
		passed, err = b.Pass(t.Context(), b.who(t, bookEve), id)
		if err != nil || passed.Ask != 0 || passed.Need.Reviews != 2 {
			t.Errorf("after all passed: %+v, %v", passed, err)
		}
		b.review(t, id, bookBea, cooperation.Change)
		b.review(t, id, bookBea, cooperation.Accept) // in place of the first
		b.step(cooperation.LightTime)
		late, err := b.Next(t.Context(), 1, cooperation.Reminder{Practice: id, Round: 1})
		if err != nil || !late.Need.Met() || late.Need.Light != cooperation.LateOne {
			t.Errorf("late: %+v, %v", late, err)
		}
	})
}

func TestConflictsAreRefused(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		b.reviewers(t, bookAnn, bookCarl, bookDan, bookEve)
		out := b.candidate(t, cooperation.Said{Author: bookDan, Text: "quoted", Source: quoteAt("m1")})
		id := out.Practice.ID
		review := func(no int64, key string) {
			t.Helper()
			_, err := b.Review(t.Context(), b.who(t, no), id, cooperation.Opinion{Verdict: cooperation.Accept, Comment: "Fine."})
			practiceRefused(t, err, key)
		}
		review(bookEve, "cooperation.review.state")
		if s, err := b.Submit(t.Context(), b.who(t, bookAnn), id); err != nil || s.Ask != bookEve {
			t.Fatalf("asked %d, %v", s.Ask, err)
		}
		review(bookAnn, "cooperation.review.own")
		review(bookCarl, "cooperation.review.same")
		review(bookDan, "cooperation.review.quoted")
		review(bookBea, "cooperation.review.opt_in")
		_, err := b.Review(t.Context(), b.who(t, bookEve), id, cooperation.Opinion{Verdict: cooperation.Accept})
		practiceRefused(t, err, "cooperation.review.comment")
		_, err = b.Decide(t.Context(), b.who(t, bookEve), id, true, "")
		practiceRefused(t, err, "cooperation.moderators")
		_, err = b.Decide(t.Context(), b.who(t, bookMia), id, true, "")
		practiceRefused(t, err, "cooperation.need.both")
		_, err = b.Decide(t.Context(), b.who(t, bookMia), id, false, "")
		practiceRefused(t, err, "cooperation.decline.reason")
		d, err := b.Decide(t.Context(), b.who(t, bookMia), id, false, "Too short.")
		if err != nil || d.Practice.State != cooperation.Candidate || d.Practice.Reason != "Too short." {
			t.Errorf("declined: %+v, %v", d, err)
		}
	})
}

func TestSmallCommunityNeedsOneReview(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		b.write(t, `UPDATE organisation SET confirmed = FALSE WHERE number > 2`)
		b.reviewers(t, bookBea, bookDan)
		id := b.submitted(t).Practice.ID
		b.review(t, id, bookDan, cooperation.Accept)
		_, err := b.Decide(t.Context(), b.who(t, bookMia), id, true, "")
		practiceRefused(t, err, "cooperation.need.reviews") // dan's organisation is not confirmed
		b.review(t, id, bookBea, cooperation.Accept)
		d, err := b.Decide(t.Context(), b.who(t, bookMia), id, true, "")
		if err != nil || d.Practice.Light != cooperation.FewOnes || d.Practice.Level != cooperation.Promising {
			t.Errorf("accepted: %+v, %v", d, err)
		}
	})
}

func TestAdoptionsRaiseTheLevel(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		adopt := func(no int64, u cooperation.Use) cooperation.Applied {
			t.Helper()
			a, err := b.Adopt(t.Context(), b.who(t, no), id, u)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		result := "14 of 16 passed"
		if a := adopt(bookBea, cooperation.Use{}); !a.New || a.Rose || a.Adoption.State != cooperation.InUse {
			t.Errorf("bea: %+v", a)
		}
		if a := adopt(bookBea, cooperation.Use{Organisation: "ORG 2", Result: &result}); a.New || !a.Rose || a.Practice.Level != cooperation.Demonstrated {
			t.Errorf("bea, with a result: %+v", a)
		}
		if a := adopt(bookGus, cooperation.Use{Organisation: "New School"}); !a.New || a.Rose || a.Adoption.Organisation.Confirmed {
			t.Errorf("gus, unconfirmed: %+v", a)
		}
		_, err := b.Adopt(t.Context(), b.who(t, bookGus), id, cooperation.Use{})
		practiceRefused(t, err, "cooperation.adopt.organisation")
		_, err = b.Adopt(t.Context(), b.who(t, bookDan), id, cooperation.Use{Organisation: "org 2", State: cooperation.Stopped})
		practiceRefused(t, err, "cooperation.adopt.not_yours")
		b.write(t, `UPDATE organisation SET confirmed = TRUE, country = 'ES' WHERE folded = 'new school'`)
		rose, err := b.Regrade(t.Context(), 1)
		if err != nil || len(rose) != 1 || rose[0].Level != cooperation.Replicated {
			t.Errorf("regraded: %+v, %v", rose, err)
		}
		if rose, err = b.Regrade(t.Context(), 1); err != nil || len(rose) != 0 {
			t.Errorf("regraded again: %+v, %v", rose, err)
		}
		if a := adopt(bookBea, cooperation.Use{State: cooperation.Stopped}); a.Rose || a.Practice.Level != cooperation.Promising {
			t.Errorf("bea stopped: %+v", a)
		}
	})
}

func TestAdoptionIsAskedAboutAfterEightWeeks(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		if _, err := b.Adopt(t.Context(), b.who(t, bookBea), id, cooperation.Use{}); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			b.step(cooperation.EffectTime)
			due := b.due(t, cooperation.KindEffect)
			if len(due) != 1 {
				t.Fatalf("reminders: %v", due)
			}
			p, a, err := b.Effect(t.Context(), 1, due[0])
			if err != nil || p == nil || a.Member != bookBea {
				t.Fatalf("asked: %v, %v, %v", p, a, err)
			}
			if err := b.NotYet(t.Context(), b.who(t, bookBea), id, 2); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := b.Adopt(t.Context(), b.who(t, bookBea), id, cooperation.Use{State: cooperation.Stopped}); err != nil {
			t.Fatal(err)
		}
		b.step(cooperation.EffectTime)
		for _, m := range b.due(t, cooperation.KindEffect) {
			if p, _, err := b.Effect(t.Context(), 1, m); p != nil || err != nil {
				t.Errorf("asked after it stopped: %v, %v", p, err)
			}
		}
	})
}

func TestRecheckAfterAYear(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		b.step(366 * 24 * time.Hour)
		due := b.due(t, cooperation.KindCheck)
		if len(due) != 1 {
			t.Fatalf("reminders: %v", due)
		}
		if p, err := b.CheckDue(t.Context(), 1, due[0]); err != nil || p == nil || p.State != cooperation.Due {
			t.Fatalf("due: %v, %v", p, err)
		}
		_, err := b.Recheck(t.Context(), b.who(t, bookBea), id, cooperation.Verify, "")
		practiceRefused(t, err, "cooperation.not_yours")
		p, err := b.Recheck(t.Context(), b.who(t, bookAnn), id, cooperation.Verify, "")
		if err != nil || p.State != cooperation.Accepted || !p.DueAt.After(b.now().AddDate(0, 11, 0)) {
			t.Errorf("verified: %+v, %v", p, err)
		}
		if p, err := b.CheckDue(t.Context(), 1, due[0]); err != nil || p != nil {
			t.Errorf("an old reminder: %v, %v", p, err)
		}
		if p, err = b.Recheck(t.Context(), b.who(t, bookMia), id, cooperation.Revise, "New rules."); err != nil || p.State != cooperation.Revised {
			t.Errorf("revised: %+v, %v", p, err)
		}
		s, err := b.Submit(t.Context(), b.who(t, bookAnn), id)
		if err != nil || s.Practice.Round != 2 || s.Need.Reviews != 2 || !s.Practice.Public() {
			t.Errorf("submitted again: %+v, %v", s, err)
		}
		if w, again, err := b.Withdraw(t.Context(), b.who(t, bookAnn), id, "Wrong."); err != nil || again || len(w.Texts) != 0 || w.Reason != "Wrong." {
			t.Errorf("withdrawn: %+v, %v", w, err)
		}
	})
}

// together runs f 32 times at once.
func practiceTogether(t *testing.T, f func(i int) error) {
	t.Helper()
	errs := make([]error, 32)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { errs[i] = f(i) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestManyReviewAndAdoptAtOnce(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		members := make([]community.Member, 32)
		for i := range members {
			b.join(t, int64(100+i), int64(2+i%3), "member", true)
			members[i] = b.who(t, int64(100+i))
		}
		id := b.submitted(t).Practice.ID
		var mu sync.Mutex
		asked := map[int64]int{}
		practiceTogether(t, func(i int) error {
			r, err := b.Review(context.Background(), members[i], id, cooperation.Opinion{Verdict: cooperation.Accept, Comment: "Good."})
			mu.Lock()
			defer mu.Unlock()
			asked[r.Ask]++
			return err
		})
		p := b.at1(t, id)
		rs, err := b.Reviews(t.Context(), &p)
		if err != nil || len(rs) != 32 {
			t.Errorf("%d reviews, %v", len(rs), err)
		}
		for m, n := range asked {
			if m != 0 && n > 1 {
				t.Errorf("member %d was asked %d times", m, n)
			}
		}
		if _, err := b.Decide(t.Context(), b.who(t, bookMia), id, true, ""); err != nil {
			t.Fatal(err)
		}
		result, news, rises := "It works.", 0, 0
		practiceTogether(t, func(i int) error {
			a, err := b.Adopt(context.Background(), members[i], id, cooperation.Use{Result: &result})
			mu.Lock()
			defer mu.Unlock()
			if a.New {
				news++
			}
			if a.Rose {
				rises++
			}
			return err
		})
		as, err := b.Adoptions(t.Context(), 1, id)
		if err != nil || len(as) != 3 || news != 3 {
			t.Errorf("%d adoptions, %d new, %v", len(as), news, err)
		}
		if p := b.at1(t, id); p.Level != cooperation.Replicated || rises != 2 {
			t.Errorf("level %s after %d rises", p.Level, rises)
		}
		practiceTogether(t, func(int) error {
			_, err := b.Adopt(context.Background(), members[0], id, cooperation.Use{Organisation: "Brand New"})
			return err
		})
		if as, err = b.Adoptions(t.Context(), 1, id); err != nil || len(as) != 4 {
			t.Errorf("%d adoptions after the new organisation, %v", len(as), err)
		}
	})
}
