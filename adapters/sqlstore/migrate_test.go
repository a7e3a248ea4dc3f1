package sqlstore

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/work"
)

func eachEmpty(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	for _, e := range []Engine{SQLite, Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, emptyAddress(t, e))
		})
	}
}

func TestMigrate(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, address string) {
		db := openTest(t, address)
		pending, err := db.Pending(t.Context())
		if err != nil || pending <= 0 {
			t.Fatalf("%d pending in an empty database, %v", pending, err)
		}
		from, to, err := db.Migrate(t.Context())
		if err != nil || from != 0 || to != pending {
			t.Fatalf("from %d to %d, %v; %d were pending", from, to, err, pending)
		}
		again, same, err := db.Migrate(t.Context())
		if err != nil || again != to || same != to {
			t.Fatalf("again: from %d to %d, %v", again, same, err)
		}
		if pending, err = db.Pending(t.Context()); err != nil || pending != 0 {
			t.Fatalf("%d pending, %v", pending, err)
		}
	})
}

// A database of an earlier schema keeps what is in it.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, address string) {
		db := openTest(t, address)
		p, err := db.migrations()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.UpTo(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		at := chat.Address{Platform: "web", Space: "hall", Room: "help"}
		err = db.Atomically(t.Context(), func(ctx context.Context) error {
			com, err := db.Directory().Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "UTC", Policy: community.PolicyOpen}, now)
			if err != nil {
				return err
			}
			if _, _, err := db.Cards().Mark(ctx, com.ID, record.Subject{ID: record.ID{Letter: 'H', No: 1}}, at); err != nil {
				return err
			}
			return db.Work().Add(ctx, work.New("chat.post", "room", "kept", "body").In(com.ID).At(now))
		})
		if err != nil {
			t.Fatal(err)
		}
		from, to, err := db.Migrate(t.Context())
		if err != nil || from != 4 || to <= from {
			t.Fatalf("from %d to %d: %v", from, to, err)
		}
		if all, err := db.Directory().Communities(t.Context()); err != nil || len(all) != 1 || all[0].Name != "VET Net" {
			t.Errorf("%v %v", all, err)
		}
		if cards, err := db.Cards().CardsOf(t.Context(), 1, record.Subject{ID: record.ID{Letter: 'H', No: 1}}); err != nil || len(cards) != 1 || cards[0].At != at {
			t.Errorf("%v %v", cards, err)
		}
		counts, err := db.Work().Counts(t.Context())
		if err != nil || len(counts) != 1 || counts[0].Waiting != 1 {
			t.Errorf("%v %v", counts, err)
		}
	})
}

func TestManyMigrateAtOnce(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, address string) {
		var wg sync.WaitGroup
		for range 4 {
			db := openTest(t, address)
			wg.Go(func() {
				if _, to, err := db.Migrate(t.Context()); err != nil || to == 0 {
					t.Errorf("to %d, %v", to, err)
				}
			})
		}
		wg.Wait()
	})
}

func TestANewerSchemaIsRefused(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			_, err := db.exec(ctx, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, TRUE)`)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Migrate(t.Context()); !errors.Is(err, ErrNewerSchema) {
			t.Fatal(err)
		}
	})
}
