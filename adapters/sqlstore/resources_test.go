package sqlstore

import (
	"reflect"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

func TestResourceIsKeptWhole(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		d := sharing.Deposit{Title: "Welding rubric", Link: "https://Example.org/A", Files: []sharing.File{boxFile('a'), boxFile('b')},
			Summary: "One\n\nTwo", Kind: "document", Language: "it", Licence: "CC-BY-4.0", RightsHolder: "CFP Bologna",
			Topics: []string{"didactics", "funding"}, Level: 4, Audience: "trainers", Source: helpAt("hall", "m1"), From: helpID(3)}
		b.deposit(t, helpAnn, community.PolicyOpen, d)
		got := b.resource(t, 1)
		files := []sharing.File{boxFile('a'), boxFile('b')}
		files[0].Kept, files[1].Kept = true, true
		now := b.clock.now()
		want := sharing.Resource{Community: 1, ID: boxID(1), State: sharing.Published, Depositor: helpAnn, Title: d.Title, Summary: d.Summary,
			Kind: d.Kind, Language: "it", Licence: d.Licence, RightsHolder: d.RightsHolder, Topics: d.Topics, Level: 4, Audience: d.Audience,
			Source: d.Source, Version: 1, Created: now, Issued: now, Modified: now,
			Content: sharing.Content{Link: d.Link, Plain: "https://example.org/a", Files: files}}
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		vs, err := b.Versions(t.Context(), 1, boxID(1))
		if err != nil || len(vs) != 1 || !reflect.DeepEqual(vs[0], sharing.Version{Resource: boxID(1), No: 1, By: helpAnn, At: now, Content: want.Content}) {
			t.Errorf("versions %+v, %v", vs, err)
		}
		if got := b.told(); got != "R1 published by 1" {
			t.Errorf("told: %s", got)
		}
		if len(b.links) != 1 || b.links[0].From != helpID(3) || b.links[0].To != boxID(1) {
			t.Errorf("links: %v", b.links)
		}
		for _, id := range []record.ID{boxID(2), helpID(1)} {
			if none, err := b.Resource(t.Context(), 1, id); none != nil || err != nil {
				t.Errorf("%s: %v, %v", id, none, err)
			}
		}
	})
}

func TestTwins(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		one := free("One", 'a')
		one.Link = "https://example.org/X"
		b.deposit(t, helpAnn, community.PolicyOpen, one)
		link := sharing.Deposit{Title: "Two", Link: "https://EXAMPLE.org/x"}
		for _, d := range []sharing.Deposit{free("Two", 'b', 'a'), link} {
			got := b.deposit(t, helpBea, community.PolicyOpen, d)
			if got.Twin == nil || got.Twin.ID != boxID(1) || !got.Resource.ID.IsZero() {
				t.Errorf("%s: %+v", d.Title, got)
			}
		}
		if got := b.deposit(t, helpBea, community.PolicyOpen, free("Two", 'b', 'a')); !slices.Equal(got.Drop, []string{boxSHA('b')}) {
			t.Errorf("nobody refers to %v", got.Drop)
		}
		link.Anyway = true
		if got := b.deposit(t, helpBea, community.PolicyOpen, link); got.Twin != nil || got.Resource.ID.IsZero() {
			t.Errorf("all the same: %+v", got)
		}
		// What was withdrawn is no twin.
		for no := int64(1); no <= 2; no++ {
			if _, err := b.Toolbox.Withdraw(t.Context(), helpMember(helpMia), boxID(no), ""); err != nil {
				t.Fatal(err)
			}
		}
		link.Anyway = false
		if got := b.deposit(t, helpBea, community.PolicyOpen, link); got.Twin != nil {
			t.Errorf("a twin that was withdrawn: %+v", got.Twin)
		}
	})
}

func TestTheSameFileFromManyIsOneResource(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		var kept, twins atomic.Int64
		helpTogether(t, 32, func(i int) error {
			out, err := b.Deposit(t.Context(), helpMember(int64(i%5+1)), community.PolicyOpen, free("Rubric", 'a'))
			if out.Twin != nil {
				twins.Add(1)
			} else if err == nil {
				kept.Add(1)
			}
			if len(out.Drop) > 0 {
				t.Errorf("a content that is needed would be removed: %v", out.Drop)
			}
			return err
		})
		rs, err := b.db.Resources().List(t.Context(), 1, sharing.Filter{})
		if err != nil || len(rs) != 1 || kept.Load() != 1 || twins.Load() != 31 {
			t.Errorf("%d resources, %d kept, %d twins, %v", len(rs), kept.Load(), twins.Load(), err)
		}
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		state := func(by int64, p community.Policy, c byte) sharing.State {
			return b.deposit(t, by, p, free("x", c)).Resource.State
		}
		if got := state(helpAnn, community.PolicyTrusted, 'a'); got != sharing.Submitted {
			t.Errorf("a first deposit: %s", got)
		}
		if got := state(helpMia, community.PolicyTrusted, 'b'); got != sharing.Published {
			t.Errorf("a moderator's: %s", got)
		}
		if got := b.told(); got != "R1 submitted by 1 quietly, R2 published by 5" {
			t.Errorf("told: %s", got)
		}
		b.clock.step(time.Hour)
		_, err := b.Accept(t.Context(), helpMember(helpAnn), boxID(1))
		helpRefused(t, err, "sharing.curators")
		for _, again := range []bool{false, true} {
			got, err := b.Accept(t.Context(), helpMember(helpMia), boxID(1))
			if err != nil || got.Again != again || got.Resource.State != sharing.Published || !got.Resource.Issued.Equal(b.clock.now()) {
				t.Errorf("accepted: %+v, %v", got, err)
			}
		}
		if got := state(helpAnn, community.PolicyTrusted, 'c'); got != sharing.Published {
			t.Errorf("after one was published: %s", got)
		}
		if got := state(helpAnn, community.PolicyReviewed, 'd'); got != sharing.Submitted {
			t.Errorf("reviewed: %s", got)
		}
	})
}

func TestWaitingDeclinedAndSentAgain(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		for _, c := range []byte("abc") {
			b.deposit(t, helpAnn, community.PolicyReviewed, free("x", c))
		}
		waiting := func() (out []int64) {
			rs, err := b.Waiting(t.Context(), 1, 10)
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rs {
				out = append(out, r.ID.No)
			}
			return out
		}
		if got := waiting(); !slices.Equal(got, []int64{1, 2, 3}) {
			t.Errorf("waiting: %v", got)
		}
		_, err := b.Toolbox.Decline(t.Context(), helpMember(helpMia), boxID(2), " ")
		helpRefused(t, err, "sharing.reason.empty")
		got, err := b.Toolbox.Decline(t.Context(), helpMember(helpMia), boxID(2), "say who it is for")
		if err != nil || got.Resource.State != sharing.Draft || got.Resource.Reason != "say who it is for" {
			t.Errorf("declined: %+v, %v", got, err)
		}
		if got := waiting(); !slices.Equal(got, []int64{1, 3}) {
			t.Errorf("waiting: %v", got)
		}
		_, err = b.Accept(t.Context(), helpMember(helpMia), boxID(2))
		helpRefused(t, err, "sharing.not_waiting")
		audience := "trainers"
		_, err = b.Edit(t.Context(), helpMember(helpBea), boxID(2), sharing.Edit{Audience: &audience})
		helpRefused(t, err, "chat.hidden")
		edited, err := b.Edit(t.Context(), helpMember(helpAnn), boxID(2), sharing.Edit{Audience: &audience})
		if err != nil || !edited.Sent || edited.Resource.State != sharing.Submitted || edited.Resource.Reason != "" {
			t.Errorf("edited: %+v, %v", edited, err)
		}
		if got := b.resource(t, 2); got.Audience != audience || got.State != sharing.Submitted {
			t.Errorf("kept: %+v", got)
		}
	})
}

func TestEditAndSupersede(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		b.deposit(t, helpAnn, community.PolicyOpen, free("Old", 'a'))
		b.deposit(t, helpAnn, community.PolicyOpen, free("New", 'b'))
		title, by, self, none := "Better", boxID(2), boxID(1), record.ID{}
		_, err := b.Edit(t.Context(), helpMember(helpBea), boxID(1), sharing.Edit{Title: &title})
		helpRefused(t, err, "sharing.not_yours")
		_, err = b.Edit(t.Context(), helpMember(helpAnn), boxID(1), sharing.Edit{ReplacedBy: &self})
		helpRefused(t, err, "sharing.replaced")
		if _, err := b.Edit(t.Context(), helpMember(helpMia), boxID(1), sharing.Edit{Title: &title, ReplacedBy: &by}); err != nil {
			t.Fatal(err)
		}
		if got := b.resource(t, 1); got.Title != title || got.State != sharing.Superseded || got.ReplacedBy != by || !got.Public() {
			t.Errorf("superseded: %+v", got)
		}
		if _, err := b.Edit(t.Context(), helpMember(helpAnn), boxID(1), sharing.Edit{ReplacedBy: &none}); err != nil {
			t.Fatal(err)
		}
		if got := b.resource(t, 1); got.State != sharing.Published || !got.ReplacedBy.IsZero() {
			t.Errorf("not superseded: %+v", got)
		}
		reserved := sharing.Reserved
		_, err = b.Edit(t.Context(), helpMember(helpAnn), boxID(1), sharing.Edit{Licence: &reserved})
		helpRefused(t, err, "sharing.licence.needed")
	})
}

func TestResourceWithoutALicenceIsNotCopied(t *testing.T) {
	t.Parallel()
	eachToolbox(t, func(t *testing.T, b *toolbox) {
		d := free("Book", 'a')
		d.Licence, d.Link = sharing.Reserved, "https://example.org/book"
		got := b.deposit(t, helpAnn, community.PolicyOpen, d)
		if kept := b.resource(t, 1).Contents(); len(kept) > 0 || !slices.Equal(got.Drop, []string{boxSHA('a')}) {
			t.Errorf("kept %v, to remove %v", kept, got.Drop)
		}
		free := sharing.Licence("CC0-1.0")
		if _, err := b.Edit(t.Context(), helpMember(helpAnn), boxID(1), sharing.Edit{Licence: &free}); err != nil {
			t.Fatal(err)
		}
		f := sharing.Fetch{Resource: boxID(1), Version: 1}
		missing, err := b.ToFetch(t.Context(), 1, f)
		if err != nil || len(missing) != 1 || len(b.items) != 2 {
			t.Fatalf("to fetch: %v, %v, queued %v", missing, err, b.items)
		}
		if err := b.Fetched(t.Context(), 1, f, []sharing.File{boxFile('a')}); err != nil {
			t.Fatal(err)
		}
		if kept := b.resource(t, 1).Contents(); !slices.Equal(kept, []string{boxSHA('a')}) {
			t.Errorf("fetched: %v", kept)
		}
		reserved := sharing.Reserved
		edited, err := b.Edit(t.Context(), helpMember(helpAnn), boxID(1), sharing.Edit{Licence: &reserved})
		if err != nil || !slices.Equal(edited.Drop, []string{boxSHA('a')}) || len(b.resource(t, 1).Contents()) != 0 {
			t.Errorf("taken back: %+v, %v", edited, err)
		}
	})
}
