package sqlstore

import (
	"context"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
)

func TestThreadsAreCounted(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		d, threads, now := db.Directory(), db.Threads(), time.Now()
		h1 := record.ID{Letter: 'H', No: 1}
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			com, err := d.Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "UTC", Policy: community.PolicyOpen}, now)
			if err != nil {
				return err
			}
			for i, name := range []string{"ann", "bea", "dan", "eve"} {
				m, _, err := d.Enter(ctx, com.ID, "web", "hall", chat.Author{Account: chat.AccountID(name), Name: name}, now)
				if err != nil {
					return err
				}
				m.Organisation, err = d.AddOrganisation(ctx, com.ID, community.Organisation{Name: []string{"A", "B", "A", "C"}[i], Confirmed: i < 3})
				if err != nil {
					return err
				}
				m.Country, m.Stopped = []string{"IT", "PL", "IT", "ES"}[i], name == "eve"
				if err := d.SetMember(ctx, m); err != nil {
					return err
				}
			}
			for _, member := range []int64{1, 1, 1, 2, 4, 4} {
				if err := threads.Said(ctx, com.ID, h1, member); err != nil {
					return err
				}
			}
			for _, x := range []struct {
				member int64
				on     bool
			}{{3, true}, {3, true}, {3, false}, {2, false}, {1, true}, {1, false}} {
				if err := threads.Reacted(ctx, com.ID, h1, x.member, x.on); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := threads.Counts(t.Context(), 1, []record.ID{h1, {Letter: 'H', No: 2}})
		if err != nil || len(got) != 1 {
			t.Fatal(got, err)
		}
		if c := got[h1]; c.People != 2 || c.Orgs != 2 || c.Countries != 2 || c.Messages != 4 || c.Most != 3 || c.Reactors != 1 || len(c.Took) != 2 {
			t.Errorf("%+v", c)
		}
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { return threads.Forget(ctx, 1, 1) }); err != nil {
			t.Fatal(err)
		}
		if got, err = threads.Counts(t.Context(), 1, []record.ID{h1}); err != nil || got[h1].People != 1 {
			t.Errorf("%+v %v", got, err)
		}
	})
}
