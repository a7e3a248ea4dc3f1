package sqlstore

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"guildhall/internal/litetest"
	"guildhall/internal/pgtest"
)

// eachEngine runs a test on every engine, on a database of its own with the newest schema. It is
// closed when the test ends.
func eachEngine(t *testing.T, test func(t *testing.T, db *DB)) {
	t.Helper()
	eachAddress(t, func(t *testing.T, address string) { test(t, openTest(t, address)) })
}

// eachAddress is eachEngine for a test that opens the database itself.
func eachAddress(t *testing.T, test func(t *testing.T, address string)) {
	t.Helper()
	for _, e := range []Engine{SQLite, Postgres} {
		t.Run(string(e), func(t *testing.T) {
			t.Parallel()
			test(t, freshAddress(t, e))
		})
	}
}

// more is what joins one more parameter to an address.
func more(address string) string {
	if strings.Contains(address, "?") {
		return "&"
	}
	return "?"
}

// openTest opens a database that is closed when the test ends.
func openTest(tb testing.TB, address string) *DB {
	tb.Helper()
	db, err := Open(tb.Context(), address)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// emptyAddress names a database without a schema.
func emptyAddress(tb testing.TB, e Engine) string {
	tb.Helper()
	if e == Postgres {
		return pgtest.New(tb)
	}
	return "sqlite:" + filepath.Join(tb.TempDir(), "guildhall.db")
}

// freshAddress names a database with the newest schema and nothing in it.
func freshAddress(tb testing.TB, e Engine) string {
	tb.Helper()
	if e == Postgres {
		return pgtest.Copy(tb, "sqlstore", migrated)
	}
	return "sqlite:" + litetest.Copy(tb, "sqlstore", func(ctx context.Context, path string) error { return migrated(ctx, "sqlite:"+path) })
}

func migrated(ctx context.Context, address string) error {
	db, err := Open(ctx, address)
	if err != nil {
		return err
	}
	_, _, err = db.Migrate(ctx)
	return errors.Join(err, db.Close())
}
