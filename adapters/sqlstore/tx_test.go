package sqlstore

import "testing"

func TestSmoke(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		if err := db.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		n, err := db.Pending(t.Context())
		if err != nil || n != 0 {
			t.Fatal(n, err)
		}
	})
}
