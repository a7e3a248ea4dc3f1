package sqlstore

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

func TestAnOrganisationUsesSomethingFirstOnce(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Rubric", 'a'))
		org := b.organisation(t, 1, "IT", true, 0)
		var first, fresh atomic.Int64
		helpTogether(t, 32, func(i int) error {
			m := helpMember(int64(i%4 + 1))
			m.Organisation = org
			out, err := b.Used(t.Context(), m, boxID(1), "")
			if out.First {
				first.Add(1)
			}
			if out.Fresh {
				fresh.Add(1)
			}
			return err
		})
		uses, err := b.Uses(t.Context(), 1, boxID(1))
		if err != nil || first.Load() != 1 || fresh.Load() != 4 || sharing.Count(uses) != (sharing.Reach{Members: 4, Organisations: 1, Countries: 1}) {
			t.Errorf("%d were first, %d fresh: %+v, %v", first.Load(), fresh.Load(), sharing.Count(uses), err)
		}
		if got := sharing.Organisations(uses); !slices.Equal(got, []string{"org 1"}) {
			t.Errorf("organisations: %v", got)
		}
		// Whoever belongs to none is nobody's first.
		if out, err := b.Used(t.Context(), helpMember(helpMia), boxID(1), ""); err != nil || out.First || !out.Fresh {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

func TestCommunitiesShareNothingButContents(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		err := b.db.Atomically(t.Context(), func(ctx context.Context) error {
			_, err := b.db.exec(ctx, `INSERT INTO community (id, name, language, zone, policy, created) VALUES (2, 'Other', 'en', '', 'open', 0)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		d := free("Rubric", 'a')
		d.Link = "https://example.org/rubric"
		b.deposit(t, helpAnn, community.PolicyOpen, d)
		stranger := helpMember(helpBea)
		stranger.Community, stranger.Role = 2, community.RoleAdmin
		refused := func(err error) {
			t.Helper()
			helpRefused(t, err, "chat.no_record")
		}
		_, err = b.Used(t.Context(), stranger, boxID(1), "")
		refused(err)
		_, err = b.AddVersion(t.Context(), stranger, boxID(1), "https://example.org/x", nil, "")
		refused(err)
		_, err = b.Toolbox.Withdraw(t.Context(), stranger, boxID(1), "")
		refused(err)
		title := "Mine"
		_, err = b.Edit(t.Context(), stranger, boxID(1), sharing.Edit{Title: &title})
		refused(err)
		_, err = b.Accept(t.Context(), stranger, boxID(1))
		refused(err)
		if r, err := b.Resource(t.Context(), 2, boxID(1)); err != nil || r != nil {
			t.Errorf("seen from elsewhere: %+v, %v", r, err)
		}
		// The same there is no twin, has the first number there, and needs the same content.
		out, err := b.Deposit(t.Context(), stranger, community.PolicyOpen, d)
		if err != nil || out.Twin != nil || out.Resource.ID != boxID(1) {
			t.Fatalf("%+v, %v", out, err)
		}
		gone, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpAnn), boxID(1), "")
		if err != nil || len(gone.Drop) != 0 {
			t.Errorf("%+v, %v", gone, err)
		}
		if gone, err = b.Toolbox.Withdraw(t.Context(), stranger, boxID(1), ""); err != nil || !slices.Equal(gone.Drop, []string{boxSHA('a')}) {
			t.Errorf("%+v, %v", gone, err)
		}
	})
}

func TestALinkSaysWhatItIsLater(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		deposit := func(link string, guessed bool) sharing.Describe {
			d := sharing.Deposit{Title: "rubric", Link: link, Silent: true, Guessed: guessed}
			out := b.deposit(t, helpAnn, community.PolicyOpen, d)
			b.mu.Lock()
			defer b.mu.Unlock()
			for _, it := range b.items {
				var x sharing.Describe
				if it.Kind == sharing.KindDescribe && it.Read(&x) == nil && x.Resource == out.Resource.ID {
					return x
				}
			}
			t.Fatal("nobody asks the link again")
			return sharing.Describe{}
		}
		page := sharing.Page{Title: "A rubric", Summary: "For welders.", Language: "en-GB"}
		one, two := deposit("https://example.org/1", true), deposit("https://example.org/2", false)
		for _, d := range []sharing.Describe{one, one, two} {
			if err := b.Described(t.Context(), 1, d, page); err != nil {
				t.Fatal(err)
			}
		}
		for no, title := range map[int64]string{1: "A rubric", 2: "rubric"} {
			if r := b.resource(t, no); r.Title != title || r.Summary != "For welders." || r.Language != "en" {
				t.Errorf("R%d: %q, %q, %q", no, r.Title, r.Summary, r.Language)
			}
		}
		// What its depositor has said meanwhile stays, and a withdrawn one is not asked any more.
		three := deposit("https://example.org/3", true)
		mine, polish := "Mine", "pl"
		if _, err := b.Edit(t.Context(), helpMember(helpAnn), boxID(3), sharing.Edit{Title: &mine, Summary: &mine, Language: &polish}); err != nil {
			t.Fatal(err)
		}
		if err := b.Described(t.Context(), 1, three, page); err != nil {
			t.Fatal(err)
		}
		if r := b.resource(t, 3); r.Title != "Mine" || r.Summary != "Mine" || r.Language != "pl" {
			t.Errorf("%+v", r)
		}
		four := deposit("https://example.org/4", true)
		if link, err := b.ToDescribe(t.Context(), 1, four); err != nil || link != "https://example.org/4" {
			t.Errorf("%q, %v", link, err)
		}
		if _, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpAnn), boxID(4), ""); err != nil {
			t.Fatal(err)
		}
		if link, err := b.ToDescribe(t.Context(), 1, four); err != nil || link != "" {
			t.Errorf("%q, %v", link, err)
		}
	})
}

func TestHiddenAndBackOnView(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Rubric", 'a'))
		mia := helpMember(helpMia)
		for _, again := range []bool{false, true} {
			if out, err := b.Toolbox.Hide(t.Context(), mia, boxID(1)); err != nil || out.Again != again || b.resource(t, 1).Public() {
				t.Errorf("hide: %+v, %v", out, err)
			}
		}
		_, err := b.Used(t.Context(), helpMember(helpBea), boxID(1), "")
		helpRefused(t, err, "chat.hidden")
		_, err = b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), "https://example.org/x", nil, "")
		helpRefused(t, err, "chat.hidden")
		for _, again := range []bool{false, true} {
			if out, err := b.Unhide(t.Context(), mia, boxID(1)); err != nil || out.Again != again || !b.resource(t, 1).Public() {
				t.Errorf("unhide: %+v, %v", out, err)
			}
		}
	})
}

func TestANoReachesTheDepositorOnce(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		d := free("Theirs", 'a')
		d.Creator, d.Source = helpBea, helpAt("hall", "m1")
		b.deposit(t, helpAnn, community.PolicyOpen, d)
		helpTogether(t, 32, func(int) error {
			return b.Toolbox.Consented(t.Context(), 1, record.Subject{ID: boxID(1)}, helpBea, community.ConsentNo)
		})
		b.mu.Lock()
		defer b.mu.Unlock()
		n := 0
		for _, it := range b.items {
			if it.Kind == sharing.KindSaidNo {
				n++
			}
		}
		if r, err := b.Resource(t.Context(), 1, boxID(1)); err != nil || r.State != sharing.Withdrawn || n != 1 {
			t.Errorf("%d times, %+v, %v", n, r, err)
		}
	})
}

func TestDeletingAMessageBeforeAgreeingIsANo(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		deposit := func(c byte, message string, creator int64) {
			d := free("From a message", c)
			d.Creator, d.Source = creator, helpAt("hall", message)
			b.deposit(t, helpAnn, community.PolicyOpen, d)
		}
		deposit('a', "m1", helpBea)
		deposit('b', "m2", 0)
		deposit('c', "m3", helpBea)
		for range 2 {
			for _, from := range []record.Source{helpAt("hall", "m1"), helpAt("hall", "m2"), helpAt("annex", "m3"), {}} {
				if err := b.Deleted(t.Context(), 1, from); err != nil {
					t.Fatal(err)
				}
			}
			if err := b.Deleted(t.Context(), 2, helpAt("hall", "m3")); err != nil {
				t.Fatal(err)
			}
		}
		for no, want := range map[int64]sharing.State{1: sharing.Withdrawn, 2: sharing.Published, 3: sharing.Published} {
			if r := b.resource(t, no); r.State != want || (r.Source.Message == "") != (no < 3) {
				t.Errorf("R%d: %s, from %+v", no, r.State, r.Source)
			}
		}
	})
}
