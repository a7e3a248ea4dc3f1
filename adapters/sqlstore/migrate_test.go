package sqlstore

import (
	"context"
	"errors"
	"sync"
	"testing"
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
