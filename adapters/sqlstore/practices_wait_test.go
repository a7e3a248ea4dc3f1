package sqlstore

import (
	"context"
	"sync"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
)

func TestQuotesAreAddedToADraft(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		ann := b.who(t, bookAnn)
		out, err := b.Promote(t.Context(), ann, cooperation.Draft{Title: "Video portfolios", Source: quoteAt("m1"),
			Said: []cooperation.Said{{Author: bookBea, Text: "one", Source: quoteAt("m1")}}})
		if err != nil {
			t.Fatal(err)
		}
		id := out.Practice.ID
		if p, err := b.Drafting(t.Context(), ann, quoteAt("m9")); err != nil || p == nil || p.ID != id {
			t.Errorf("drafting %v, %v", p, err)
		}
		if p, err := b.Drafting(t.Context(), b.who(t, bookBea), quoteAt("m9")); err != nil || p != nil {
			t.Errorf("somebody else's draft: %v, %v", p, err)
		}
		more := []cooperation.Said{{Author: bookBea, Text: "two", Source: quoteAt("m2")}, {Author: bookDan, Text: "three", Source: quoteAt("m3")}}
		var mu sync.Mutex
		asked := 0
		practiceTogether(t, func(int) error {
			added, err := b.AddQuotes(context.Background(), ann, id, more, record.ID{Letter: 'H', No: 7})
			mu.Lock()
			defer mu.Unlock()
			asked += len(added.Ask)
			return err
		})
		qs, err := b.Quotes(t.Context(), 1, id)
		if err != nil || len(qs) != 3 || asked != 1 { // bea was asked before: one answer holds for all
			t.Errorf("%d quotes, %d asked, %v", len(qs), asked, err)
		}
		_, err = b.AddQuotes(t.Context(), b.who(t, bookBea), id, more, record.ID{})
		practiceRefused(t, err, "cooperation.not_yours")
		b.step(25 * time.Hour)
		if p, err := b.Drafting(t.Context(), ann, quoteAt("m9")); err != nil || p != nil {
			t.Errorf("a day later: %v, %v", p, err)
		}
	})
}

func TestNoAnswerInTimeMeansNo(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		out := b.candidate(t, cooperation.Said{Author: bookBea, Text: "one", Source: quoteAt("m1")}, cooperation.Said{Author: bookDan, Text: "two", Source: quoteAt("m2")})
		id := out.Practice.ID
		err := b.db.Atomically(t.Context(), func(ctx context.Context) error {
			s := out.Ask[1].Subject()
			if err := b.db.Ledger().SetConsent(ctx, 1, bookDan, s.String(), community.ConsentYes, b.now()); err != nil {
				return err
			}
			return b.Consented(ctx, 1, s, bookDan, community.ConsentYes)
		})
		if err != nil {
			t.Fatal(err)
		}
		b.step(community.ConsentDays * 24 * time.Hour)
		silent := 0
		for _, m := range b.due(t, cooperation.KindSilence) {
			asked, _, err := b.Silence(t.Context(), 1, m)
			if err != nil {
				t.Fatal(err)
			}
			if asked == bookBea {
				silent++
			}
			if again, _, err := b.Silence(t.Context(), 1, m); again != 0 || err != nil {
				t.Errorf("again: %d, %v", again, err)
			}
		}
		qs, err := b.Quotes(t.Context(), 1, id)
		if err != nil || silent != 1 || qs[0].Kept != community.ConsentNo || qs[0].Text != "" || qs[1].Text != "two" {
			t.Errorf("%d silent, quotes %+v, %v", silent, qs, err)
		}
	})
}

func TestWhatWaitsForModerators(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		waits := func(complete, lacking, due int) {
			t.Helper()
			w, err := b.Waiting(t.Context(), 1)
			if err != nil || len(w.Complete) != complete || len(w.Lacking) != lacking || len(w.Due) != due {
				t.Errorf("waiting: %+v, %v", w, err)
			}
		}
		b.reviewers(t, bookBea)
		id := b.submitted(t).Practice.ID
		waits(0, 0, 0) // bea has a week
		b.review(t, id, bookBea, cooperation.Accept)
		waits(0, 1, 0)
		b.reviewers(t, bookEve)
		b.review(t, id, bookEve, cooperation.Accept)
		waits(1, 0, 0)
		if _, err := b.Decide(t.Context(), b.who(t, bookMia), id, true, ""); err != nil {
			t.Fatal(err)
		}
		waits(0, 0, 0)
		b.step(366 * 24 * time.Hour)
		for _, m := range b.due(t, cooperation.KindCheck) {
			if _, err := b.CheckDue(t.Context(), 1, m); err != nil {
				t.Fatal(err)
			}
		}
		waits(0, 0, 1)
		if _, err := b.Hide(t.Context(), b.who(t, bookMia), id); err != nil {
			t.Fatal(err)
		}
		waits(0, 0, 0)
		_, err := b.Recheck(t.Context(), b.who(t, bookAnn), id, cooperation.Verify, "")
		practiceRefused(t, err, "chat.hidden")
	})
}

func TestPracticesOfAnotherCommunityAreNobodysBusiness(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		b.write(t, `INSERT INTO community (id, name, language, zone, policy, created) VALUES (2, 'Other', 'en', '', 'open', 0)`)
		id := b.accepted(t)
		stranger := b.who(t, bookMia)
		stranger.Community = 2
		if p, err := b.Practice(t.Context(), 2, id); p != nil || err != nil {
			t.Errorf("%v, %v", p, err)
		}
		_, err := b.Adopt(t.Context(), stranger, id, cooperation.Use{})
		practiceRefused(t, err, "chat.no_record")
		_, err = b.Review(t.Context(), stranger, id, cooperation.Opinion{Verdict: cooperation.Accept, Comment: "Fine."})
		practiceRefused(t, err, "chat.no_record")
		_, err = b.Recheck(t.Context(), stranger, id, cooperation.Retire, "")
		practiceRefused(t, err, "chat.no_record")
		_, _, err = b.Withdraw(t.Context(), stranger, id, "")
		practiceRefused(t, err, "chat.no_record")
		_, err = b.Submit(t.Context(), b.who(t, bookAnn), record.ID{Letter: 'H', No: id.No})
		practiceRefused(t, err, "chat.no_record")
	})
}

func TestWhatIsKeptOfAMember(t *testing.T) {
	t.Parallel()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		id := b.accepted(t)
		result := "14 of 16"
		if _, err := b.Adopt(t.Context(), b.who(t, bookBea), id, cooperation.Use{Result: &result}); err != nil {
			t.Fatal(err)
		}
		b.step(25 * time.Hour) // the same title is another practice by now
		out := b.candidate(t, cooperation.Said{Author: bookBea, Text: "mine", Source: quoteAt("m1")})
		got, err := b.Export(t.Context(), 1, bookBea)
		if err != nil || len(got.Practices) != 0 || len(got.Quotes) != 1 || len(got.Reviews) != 1 || len(got.Asked) == 0 || len(got.Adoptions) != 1 ||
			got.Quotes[0].Text != "mine" || got.Reviews[0].Comment != "Clear and useful." || got.Adoptions[0].Result != result {
			t.Errorf("exported %+v, %v", got, err)
		}
		if err := b.Erase(t.Context(), 1, bookBea); err != nil {
			t.Fatal(err)
		}
		got, err = b.Export(t.Context(), 1, bookBea)
		if err != nil || len(got.Asked) != 0 || got.Quotes[0].Text != "" || got.Reviews[0].Comment != "" {
			t.Errorf("after erasing %+v, %v", got, err)
		}
		if qs, err := b.Quotes(t.Context(), 1, out.Practice.ID); err != nil || qs[0].Text != "" || !qs[0].Source.IsZero() {
			t.Errorf("quotes %+v, %v", qs, err)
		}
		if p := b.at1(t, id); p.State != cooperation.Accepted || p.Level != cooperation.Demonstrated {
			t.Errorf("the practice: %+v", p)
		}
	})
}
