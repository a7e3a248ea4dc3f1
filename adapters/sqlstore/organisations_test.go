package sqlstore

import (
	"context"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
)

func TestOneOrganisationOfEachName(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		d := db.Directory()
		var com community.Community
		var m community.Member
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		err := db.Atomically(t.Context(), func(ctx context.Context) (err error) {
			if com, err = d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "UTC", Policy: community.PolicyOpen}, now); err != nil {
				return err
			}
			m, _, err = d.Enter(ctx, com.ID, "web", "hall", chat.Author{Account: "ann", Name: "Ann"}, now)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		numbers := make([]int64, 32)
		for i := range numbers {
			wait.Go(func() {
				name := []string{"ZDZ Poznań", "zdz poznan"}[i%2]
				err := db.Atomically(t.Context(), func(ctx context.Context) error {
					o, err := d.AddOrganisation(ctx, com.ID, community.Organisation{Name: name, Country: "PL"})
					numbers[i] = o.No
					return err
				})
				if err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, n := range numbers {
			if n != 1 {
				t.Fatalf("numbers %v", numbers)
			}
		}
		m.Name, m.Language, m.Country, m.Organisation.No, m.Topics = "Anna", "it", "IT", 1, []string{"didactics", "funding"}
		m.Zone, m.Quote, m.Helper, m.WeeklyCap, m.Reviewer, m.Stopped = "Europe/Rome", community.QuoteNever, true, 5, true, true
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { return d.SetMember(ctx, m) }); err != nil {
			t.Fatal(err)
		}
		got, err := d.Member(t.Context(), com.ID, m.No)
		if err != nil || got.Name != "Anna" || got.Organisation.Name == "" || got.Organisation.Country != "PL" || len(got.Topics) != 2 || got.Role != community.RoleMember ||
			got.Zone != "Europe/Rome" || got.Quote != community.QuoteNever || !got.Helper || got.WeeklyCap != 5 || !got.Reviewer || !got.Stopped || got.Language != "it" {
			t.Errorf("%+v %v", got, err)
		}
	})
}
