package sqlstore

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/text"
)

// partnerBook is where organisations agree, on a real store.
type partnerBook struct {
	*practiceBook
	p   *cooperation.Partners
	com community.Community
}

func eachPartners(t *testing.T, test func(t *testing.T, b *partnerBook)) {
	t.Helper()
	eachBook(t, func(t *testing.T, b *practiceBook) {
		p := cooperation.NewPartners(cooperation.PartnerStore{Transactions: b.db, Partnerships: b.db.Partnerships(), Organisations: b.db.Directory(),
			Changes: b.db.Ledger(), Trails: b.db.Ledger(), Queue: b}, b.now)
		test(t, &partnerBook{b, p, community.Community{ID: 1, Zone: "Europe/Rome"}})
	})
}

func (b *partnerBook) propose(t *testing.T, orgs ...string) cooperation.Offer {
	t.Helper()
	o, err := b.p.Propose(t.Context(), b.com, b.who(t, bookAnn), cooperation.Proposal{Title: "Mobility 2028", Purpose: "Exchange trainers.", Organisations: orgs})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (b *partnerBook) answer(t *testing.T, no int64, id record.ID, agree bool) cooperation.Offer {
	t.Helper()
	o, err := b.p.Answer(t.Context(), b.com, b.who(t, no), id, agree, "")
	if err != nil {
		t.Fatal(err)
	}
	return o
}

func (b *partnerBook) now1(t *testing.T, id record.ID) cooperation.Partnership {
	t.Helper()
	g, err := b.p.Partnership(t.Context(), 1, id)
	if err != nil || g == nil {
		t.Fatalf("%s: %v, %v", id, g, err)
	}
	return *g
}

func TestPartnershipIsActiveOnceAllHaveAgreed(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		o := b.propose(t, "ORG 2", "org 3", "org 1", " ")
		g := o.Partnership
		if g.ID.String() != "G1" || g.State != cooperation.PartnersOffered || len(g.Parties) != 3 || g.Parties[0].Answer != cooperation.PartyAgreed ||
			!slices.Equal(o.Ask, []int64{bookBea, bookDan}) || g.Public() {
			t.Errorf("proposed %+v", o)
		}
		if again := b.propose(t, "org 2"); !again.Again || again.Partnership.ID != g.ID {
			t.Errorf("again %+v", again)
		}
		_, err := b.p.Answer(t.Context(), b.com, b.who(t, bookEve), g.ID, true, "")
		practiceRefused(t, err, "cooperation.partner.not_yours")
		if a := b.answer(t, bookBea, g.ID, true); a.Became || a.Partnership.State != cooperation.PartnersOffered {
			t.Errorf("bea: %+v", a)
		}
		if a := b.answer(t, bookBea, g.ID, true); !a.Again {
			t.Errorf("bea again: %+v", a)
		}
		if a := b.answer(t, bookDan, g.ID, true); !a.Became || a.Partnership.State != cooperation.PartnersActive {
			t.Errorf("dan: %+v", a)
		}
		_, err = b.p.Answer(t.Context(), b.com, b.who(t, bookBea), g.ID, false, "")
		practiceRefused(t, err, "cooperation.partner.answered")
		kept := b.now1(t, g.ID)
		if kept.Title != "Mobility 2028" || kept.From != text.DateOf(b.now()) || !kept.Until.IsZero() || kept.Parties[1].Member != bookBea ||
			kept.Parties[2].Organisation.Country != "DE" {
			t.Errorf("kept %+v", kept)
		}
		_, err = b.p.End(t.Context(), b.who(t, bookEve), g.ID, "Bored.")
		practiceRefused(t, err, "cooperation.partner.not_yours")
		_, err = b.p.End(t.Context(), b.who(t, bookDan), g.ID, " ")
		practiceRefused(t, err, "cooperation.partner.reason")
		if e, err := b.p.End(t.Context(), b.who(t, bookDan), g.ID, "Done."); err != nil || e.Partnership.State != cooperation.PartnersEnded {
			t.Errorf("ended %+v, %v", e, err)
		}
	})
}

func TestPartnershipBeginsAndEndsOnItsDays(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		today := text.DateOf(b.now())
		p := cooperation.Proposal{Title: "Later", Purpose: "Exchange.", Organisations: []string{"org 2"}, From: today.AddDays(10), Until: today.AddDays(100)}
		o, err := b.p.Propose(t.Context(), b.com, b.who(t, bookAnn), p)
		if err != nil {
			t.Fatal(err)
		}
		id := o.Partnership.ID
		if a := b.answer(t, bookBea, id, true); a.Partnership.State != cooperation.PartnersAgreed || !a.Partnership.Public() {
			t.Errorf("agreed %+v", a)
		}
		turn := func(days int, want cooperation.PartnershipState) {
			t.Helper()
			b.step(time.Duration(days) * 24 * time.Hour)
			for _, it := range b.items {
				if it.Kind != cooperation.KindPartners || it.Due.After(b.now()) {
					continue
				}
				var m cooperation.PartnerReminder
				if err := it.Read(&m); err != nil {
					t.Fatal(err)
				}
				if _, err := b.p.Turn(t.Context(), 1, m); err != nil {
					t.Fatal(err)
				}
			}
			if g := b.now1(t, id); g.State != want {
				t.Errorf("after %d days: %s, want %s", days, g.State, want)
			}
		}
		turn(9, cooperation.PartnersAgreed)
		turn(2, cooperation.PartnersActive)
		turn(80, cooperation.PartnersActive)
		turn(11, cooperation.PartnersEnded)
	})
}

func TestProposalsThatCannotBe(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		b.write(t, `UPDATE organisation SET confirmed = FALSE WHERE number = 4`)
		today := text.DateOf(b.now())
		for key, p := range map[string]cooperation.Proposal{
			"cooperation.partner.title_empty":   {Purpose: "x", Organisations: []string{"org 2"}},
			"cooperation.partner.purpose_empty": {Title: "x", Organisations: []string{"org 2"}},
			"cooperation.partner.unknown":       {Title: "x", Purpose: "x", Organisations: []string{"org 2", "Nowhere"}},
			"cooperation.partner.unconfirmed":   {Title: "x", Purpose: "x", Organisations: []string{"org 4"}},
			"cooperation.partner.alone":         {Title: "x", Purpose: "x", Organisations: []string{"org 1"}},
			"cooperation.partner.until_early":   {Title: "x", Purpose: "x", Organisations: []string{"org 2"}, Until: today},
		} {
			_, err := b.p.Propose(t.Context(), b.com, b.who(t, bookAnn), p)
			practiceRefused(t, err, key)
		}
		_, err := b.p.Propose(t.Context(), b.com, b.who(t, bookGus), cooperation.Proposal{Title: "x", Purpose: "x", Organisations: []string{"org 2"}})
		practiceRefused(t, err, "cooperation.partner.no_organisation")
	})
}

func TestContactsSpeakForTheirOrganisation(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		b.write(t, `UPDATE member SET organisation = 0 WHERE number = $1`, bookEve)
		b.join(t, 50, 2, "member", false)
		err := b.db.Atomically(t.Context(), func(ctx context.Context) error { return b.db.Directory().SetContacts(ctx, 1, 2, []int64{50}) })
		if err != nil {
			t.Fatal(err)
		}
		o := b.propose(t, "org 2", "org 4") // nobody works at organisation 4
		id := o.Partnership.ID
		if o.Partnership.State != cooperation.PartnersDraft || len(o.Ask) != 0 {
			t.Errorf("a draft: %+v", o)
		}
		if more, err := b.p.Offer(t.Context(), 1); err != nil || len(more) != 0 {
			t.Errorf("still a draft: %+v, %v", more, err)
		}
		b.write(t, `UPDATE member SET organisation = 4 WHERE number = $1`, bookEve)
		if more, err := b.p.Offer(t.Context(), 1); err != nil || len(more) != 1 || !slices.Equal(more[0].Ask, []int64{50, bookEve}) {
			t.Errorf("offered: %+v, %v", more, err)
		}
		_, err = b.p.Answer(t.Context(), b.com, b.who(t, bookBea), id, true, "") // of organisation 2, but not its contact
		practiceRefused(t, err, "cooperation.partner.not_yours")
		b.answer(t, 50, id, true)
		if a := b.answer(t, bookEve, id, false); a.Partnership.State != cooperation.PartnersActive || len(a.Partnership.With()) != 2 {
			t.Errorf("the others go on: %+v", a)
		}
		second, err := b.p.Propose(t.Context(), b.com, b.who(t, bookAnn), cooperation.Proposal{Title: "Two", Purpose: "x", Organisations: []string{"org 2"}})
		if err != nil {
			t.Fatal(err)
		}
		if a := b.answer(t, 50, second.Partnership.ID, false); a.Partnership.State != cooperation.PartnersEnded {
			t.Errorf("one alone is no partnership: %+v", a)
		}
	})
}

func TestManyAgreeAtOnce(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		members := make([]community.Member, 32)
		for i := range members {
			b.join(t, int64(100+i), int64(2+i%3), "member", false)
			members[i] = b.who(t, int64(100+i))
		}
		id := b.propose(t, "org 2", "org 3", "org 4").Partnership.ID
		var mu sync.Mutex
		became, fresh := 0, 0
		practiceTogether(t, func(i int) error {
			o, err := b.p.Answer(context.Background(), b.com, members[i], id, true, "")
			mu.Lock()
			defer mu.Unlock()
			if o.Became {
				became++
			}
			if !o.Again {
				fresh++
			}
			return err
		})
		if g := b.now1(t, id); g.State != cooperation.PartnersActive || became != 1 || fresh != 3 {
			t.Errorf("%s, became so %d times, %d answers", g.State, became, fresh)
		}
		var ids sync.Map
		practiceTogether(t, func(i int) error {
			o, err := b.p.Propose(context.Background(), b.com, members[0], cooperation.Proposal{Title: "One", Purpose: "x", Organisations: []string{"org 3"}})
			ids.Store(o.Partnership.ID, true)
			return err
		})
		n := 0
		ids.Range(func(any, any) bool { n++; return true })
		if n != 1 {
			t.Errorf("%d partnerships of one proposal", n)
		}
	})
}

func TestPartnershipIsChangedWithdrawnExportedErased(t *testing.T) {
	t.Parallel()
	eachPartners(t, func(t *testing.T, b *partnerBook) {
		id := b.propose(t, "org 2", "org 3").Partnership.ID
		title := "Mobility"
		_, err := b.p.Edit(t.Context(), b.who(t, bookBea), id, cooperation.PartnerEdit{Title: &title})
		practiceRefused(t, err, "cooperation.partner.not_proposer")
		if g, err := b.p.Edit(t.Context(), b.who(t, bookAnn), id, cooperation.PartnerEdit{Title: &title}); err != nil || g.Title != title {
			t.Errorf("edited %+v, %v", g, err)
		}
		b.answer(t, bookBea, id, true)
		_, err = b.p.Edit(t.Context(), b.who(t, bookAnn), id, cooperation.PartnerEdit{Title: &title})
		practiceRefused(t, err, "cooperation.partner.settled")
		if x, err := b.p.Export(t.Context(), 1, bookBea); err != nil || len(x) != 1 || x[0].Proposed || x[0].Answers["org 2"] != "agreed" {
			t.Errorf("exported %+v, %v", x, err)
		}
		if err := b.p.Erase(t.Context(), 1, bookAnn); err != nil {
			t.Fatal(err)
		}
		if w, err := b.p.Withdraw(t.Context(), b.who(t, bookAnn), id, "Too early."); err != nil || w.Partnership.Purpose != "" || !slices.Contains(w.Asked, bookDan) {
			t.Errorf("withdrawn %+v, %v", w, err)
		}
		_, err = b.p.Answer(t.Context(), b.com, b.who(t, bookDan), id, true, "")
		practiceRefused(t, err, "chat.hidden")
		_, err = b.p.Answer(t.Context(), b.com, b.who(t, bookDan), record.ID{Letter: 'P', No: id.No}, true, "")
		practiceRefused(t, err, "chat.no_record")
	})
}
