package sqlstore

import (
	"slices"
	"testing"
)

func TestSlackInstalls(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		s, ctx := db.SlackInstalls(), t.Context()
		for _, in := range [][2]string{{"T2", "first"}, {"T1", "\x00\xff"}, {"T2", "second"}} {
			if err := s.KeepSlackInstall(ctx, "app", in[0], []byte(in[1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.KeepSlackInstall(ctx, "other", "T1", []byte("x")); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := s.DropSlackInstall(ctx, "other", "T1"); err != nil {
				t.Fatal(err)
			}
		}
		var got []string
		err := s.EachSlackInstall(ctx, func(app, team string, sealed []byte) error {
			got = append(got, app+" "+team+" "+string(sealed))
			return nil
		})
		if want := []string{"app T1 \x00\xff", "app T2 second"}; err != nil || !slices.Equal(got, want) {
			t.Errorf("kept %q, %v", got, err)
		}
	})
}
