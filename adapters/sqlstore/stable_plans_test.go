package sqlstore

import (
	"database/sql"
	"testing"
)

// TestStablePlans: the driver still holds its connection where stablePlans looks for it.
func TestStablePlans(t *testing.T) {
	t.Parallel()
	db := openTest(t, freshAddress(t, SQLite))
	for name, pool := range map[string]*sql.DB{"write": db.write, "read": db.read} {
		conn, err := pool.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		err = conn.Raw(func(c any) error {
			if !stablePlans(c, -1) {
				t.Errorf("the connections to %s: plans are not stable", name)
			}
			return nil
		})
		if err := conn.Close(); err != nil {
			t.Error(err)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if stablePlans(struct{}{}, 1) || stablePlans(&struct{ db, tls int }{}, 1) {
		t.Error("set on what is no connection")
	}
}
