package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

func TestVersionsHaveNoGaps(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Rubric", 'a'))
		helpTogether(t, 32, func(i int) error {
			_, err := b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), fmt.Sprintf("https://example.org/%d", i), nil, "")
			return err
		})
		vs, err := b.Versions(t.Context(), 1, boxID(1))
		if err != nil || len(vs) != 33 || b.resource(t, 1).Version != 33 {
			t.Fatalf("%d versions, %v", len(vs), err)
		}
		for i, v := range vs {
			if v.No != int64(i+1) {
				t.Errorf("version %d stands at %d", v.No, i+1)
			}
		}
		if r := b.resource(t, 1); r.Link != vs[32].Link || len(r.Files) != 0 {
			t.Errorf("the newest content: %+v", r.Content)
		}
	})
}

func TestVersionTellsWhoUsedAnOlderOne(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Rubric", 'a'))
		use := func(by int64) {
			if _, err := b.Used(t.Context(), helpMember(by), boxID(1), ""); err != nil {
				t.Fatal(err)
			}
		}
		version := func(by int64, c byte) sharing.Versioned {
			out, err := b.AddVersion(t.Context(), helpMember(by), boxID(1), "", []sharing.File{boxFile(c)}, "note")
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		use(helpAnn)
		use(helpBea)
		use(helpDan)
		if got := version(helpAnn, 'b'); !slices.Equal(got.Users, []int64{helpBea, helpDan}) || got.Version.No != 2 {
			t.Errorf("%+v", got)
		}
		if got := version(helpMia, 'c'); !slices.Equal(got.Users, []int64{helpAnn, helpBea, helpDan}) {
			t.Errorf("%+v", got)
		}
		_, err := b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), "", []sharing.File{boxFile('c')}, "")
		helpRefused(t, err, "sharing.version.same")
		_, err = b.AddVersion(t.Context(), helpMember(helpBea), boxID(1), "", []sharing.File{boxFile('d')}, "")
		helpRefused(t, err, "sharing.not_yours")
		_, err = b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), "", nil, "")
		helpRefused(t, err, "sharing.empty")
		_, err = b.AddVersion(t.Context(), helpMember(helpAnn), boxID(7), "", []sharing.File{boxFile('d')}, "")
		helpRefused(t, err, "chat.no_record")
	})
}

func TestUsedCountsOnce(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Rubric", 'a'))
		orgs := map[int64]community.Organisation{helpAnn: b.organisation(t, 1, "IT", true, 0), helpBea: b.organisation(t, 2, "PL", false, 0),
			helpDan: b.organisation(t, 3, "DE", true, 1), helpEve: b.organisation(t, 4, "", true, 0)}
		var fresh atomic.Int64
		helpTogether(t, 32, func(i int) error {
			m := helpMember(int64(i%4 + 1))
			m.Organisation = orgs[m.No]
			out, err := b.Used(t.Context(), m, boxID(1), "")
			if out.Fresh {
				fresh.Add(1)
			}
			return err
		})
		if got := b.resource(t, 1).Uses; got != 4 || fresh.Load() != 4 {
			t.Errorf("%d uses, %d fresh", got, fresh.Load())
		}
		// Dan's organisation was merged into Ann's; Bea's is unconfirmed; Eve's has no country.
		got, err := b.Used(t.Context(), helpMember(helpMia), boxID(1), "with the second years")
		if err != nil || got.Reach != (sharing.Reach{Members: 5, Organisations: 2, Countries: 1}) {
			t.Errorf("%+v, %v", got.Reach, err)
		}
		for _, note := range []string{"with all", ""} {
			if got, err := b.Used(t.Context(), helpMember(helpMia), boxID(1), note); err != nil || got.Fresh {
				t.Errorf("again: %+v, %v", got, err)
			}
		}
		us, err := b.Uses(t.Context(), 1, boxID(1))
		if err != nil || len(us) != 5 || us[4].Note != "with all" {
			t.Errorf("uses %+v, %v", us, err)
		}
	})
}

func TestOnlyWhatIsPublishedIsUsed(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyReviewed, free("Rubric", 'a'))
		for by, key := range map[int64]string{helpAnn: "sharing.used.early", helpBea: "chat.hidden"} {
			_, err := b.Used(t.Context(), helpMember(by), boxID(1), "")
			helpRefused(t, err, key)
		}
	})
}

func TestWithdrawLeavesATombstone(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("One", 'a', 'b'))
		if _, err := b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), "", []sharing.File{boxFile('c')}, "secret"); err != nil {
			t.Fatal(err)
		}
		two := free("Two", 'b')
		two.Anyway = true
		b.deposit(t, helpBea, community.PolicyOpen, two)
		_, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpBea), boxID(1), "")
		helpRefused(t, err, "sharing.not_yours")
		got, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpAnn), boxID(1), "out of date")
		if err != nil || got.Again || !slices.Equal(got.Drop, []string{boxSHA('a'), boxSHA('c')}) {
			t.Errorf("%+v, %v", got, err)
		}
		r := b.resource(t, 1)
		if r.State != sharing.Withdrawn || r.Reason != "out of date" || r.Title != "" || !r.IsEmpty() || !r.Public() {
			t.Errorf("tombstone: %+v", r)
		}
		vs, err := b.Versions(t.Context(), 1, boxID(1))
		if err != nil || len(vs) != 2 || !vs[0].IsEmpty() || !vs[1].IsEmpty() || vs[1].Note != "" {
			t.Errorf("versions: %+v, %v", vs, err)
		}
		if got, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpAnn), boxID(1), "again"); err != nil || !got.Again || got.Resource.Reason != "out of date" {
			t.Errorf("again: %+v, %v", got, err)
		}
		_, err = b.AddVersion(t.Context(), helpMember(helpAnn), boxID(1), "https://example.org", nil, "")
		helpRefused(t, err, "sharing.withdrawn")
	})
}

func TestAnothersWorkIsKeptOnceTheyAgree(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		theirs := func(c byte) sharing.Deposit {
			d := free("Theirs", c)
			d.Creator, d.Source = helpBea, helpAt("hall", "m1")
			return d
		}
		answer := func(no, by int64, a community.Answer) *sharing.Resource {
			if err := b.Toolbox.Consented(t.Context(), 1, record.Subject{ID: boxID(no)}, by, a); err != nil {
				t.Fatal(err)
			}
			return b.resource(t, no)
		}
		got := b.deposit(t, helpAnn, community.PolicyOpen, theirs('a'))
		if !got.Ask || !slices.Equal(got.Drop, []string{boxSHA('a')}) || len(b.resource(t, 1).Contents()) != 0 || !b.resource(t, 1).Named() {
			t.Errorf("asked: %+v", got)
		}
		if r := answer(1, helpDan, community.ConsentYes); !r.Awaits() {
			t.Error("somebody else agreed")
		}
		if r := answer(1, helpBea, community.ConsentUnnamed); r.Awaits() || r.Named() || !r.MayKeep() {
			t.Errorf("agreed: %+v", r)
		}
		f := sharing.Fetch{Resource: boxID(1), Version: 1}
		if files, err := b.ToFetch(t.Context(), 1, f); err != nil || len(files) != 1 {
			t.Errorf("to fetch: %v, %v", files, err)
		}
		// Without a link nothing is left after no; with one, the link.
		b.deposit(t, helpAnn, community.PolicyOpen, theirs('b'))
		if r := answer(2, helpBea, community.ConsentNo); r.State != sharing.Withdrawn {
			t.Errorf("no: %+v", r)
		}
		d := theirs('c')
		d.Link = "https://example.org/c"
		b.deposit(t, helpAnn, community.PolicyOpen, d)
		if r := answer(3, helpBea, community.ConsentNo); r.State != sharing.Published || r.Link == "" || len(r.Files) != 0 || r.Named() {
			t.Errorf("no, with a link: %+v", r)
		}
	})
}

func TestStandingAnswerOfACreator(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.consents.answers["R1"], b.consents.answers["R2"] = community.ConsentYes, community.ConsentNo
		d := free("Theirs", 'a')
		d.Creator, d.Source = helpBea, helpAt("hall", "m1")
		if got := b.deposit(t, helpAnn, community.PolicyOpen, d); got.Ask || len(got.Drop) > 0 || len(b.resource(t, 1).Contents()) != 1 {
			t.Errorf("always: %+v", got)
		}
		e := free("Theirs", 'b')
		e.Creator, e.Source = helpBea, d.Source
		_, err := b.Deposit(t.Context(), helpMember(helpAnn), community.PolicyOpen, e)
		helpRefused(t, err, "sharing.creator.no")
		e.Link = "https://example.org/b"
		if got := b.deposit(t, helpAnn, community.PolicyOpen, e); got.Ask || len(b.resource(t, 2).Files) != 0 || b.resource(t, 2).Named() {
			t.Errorf("never: %+v", got)
		}
	})
}

func TestEraseAndExportOfTheToolbox(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		mine := free("Mine", 'a')
		mine.Source = helpAt("hall", "m1")
		b.deposit(t, helpAnn, community.PolicyOpen, mine)
		b.deposit(t, helpAnn, community.PolicyReviewed, free("Unseen", 'b'))
		theirs := free("Of Ann", 'c')
		theirs.Creator, theirs.Source = helpAnn, helpAt("hall", "m2")
		b.deposit(t, helpBea, community.PolicyOpen, theirs)
		b.deposit(t, helpBea, community.PolicyOpen, free("Used", 'd'))
		if _, err := b.Used(t.Context(), helpMember(helpAnn), boxID(4), "good"); err != nil {
			t.Fatal(err)
		}
		x, err := b.Toolbox.Export(t.Context(), 1, helpAnn)
		if err != nil || len(x.Deposits) != 2 || len(x.Versions) != 2 || !slices.Equal(x.Created, []string{"R3"}) || len(x.Uses) != 1 || x.Uses[0].Note != "good" {
			t.Errorf("export: %+v, %v", x, err)
		}
		for range 2 { // again changes nothing
			if err := b.Toolbox.Erase(t.Context(), 1, helpAnn); err != nil {
				t.Fatal(err)
			}
		}
		states := []sharing.State{sharing.Published, sharing.Withdrawn, sharing.Withdrawn, sharing.Published}
		for i, want := range states {
			if r := b.resource(t, int64(i+1)); r.State != want || r.Source.Message != "" || r.Uses != 0 {
				t.Errorf("%s: %+v", r.ID, r)
			}
		}
		if x, err := b.Toolbox.Export(t.Context(), 1, helpAnn); err != nil || len(x.Uses) != 0 {
			t.Errorf("after erasing: %+v, %v", x, err)
		}
		needed, err := b.db.ResourceVersions().Needed(context.Background(), []string{boxSHA('a'), boxSHA('b'), boxSHA('d')})
		if err != nil || !slices.Equal(needed, []string{boxSHA('a'), boxSHA('d')}) {
			t.Errorf("needed: %v, %v", needed, err)
		}
	})
}
