package main

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"guildhall/internal/pgtest"
)

// TestKilledWhileItMigrates kills the program inside the transactions of migrations, before each is noted; the
// next one goes on from there, and people find a whole community.
func TestKilledWhileItMigrates(t *testing.T) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		migrating(t, "sqlite:"+filepath.Join(t.TempDir(), "guildhall.db"))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		migrating(t, pgtest.New(t))
	})
}

func migrating(t *testing.T, address string) {
	db := opened(t, address)
	all, err := db.Pending(t.Context()) // which also makes the table of what was done
	if err != nil || all == 0 {
		t.Fatalf("%d migrations to do: %v", all, err)
	}
	const noted = "insert:goose_db_version"
	x := newTrap(t, address, noted)
	k := &killed{t: t, log: &tail{}, env: []string{beGuildhall + "=" + chatProgram + " -dir " + t.TempDir() + " -listen 127.0.0.1:0 -database " + address}}
	deaths, left := 0, all
	for nth := 1; nth <= 6; nth++ { // fifteen are done after these, of more than twenty
		if !x.kill(k, noted, nth, time.Minute) {
			t.Fatalf("it did not come to note a migration; its last words:\n%s", k.log)
		}
		deaths++
		before := left
		comes(t, "the schema's version", func(ctx context.Context) (bool, error) {
			left, err = db.Pending(ctx)
			return err == nil, nil // the dead one's transaction may still be rolled back
		})
		if left > before {
			t.Fatalf("%d were left, now %d", before, left)
		}
	}
	t.Logf("figures: killed in %d migrations", deaths)

	w := newTown(t, address)
	w.k.start()
	w.ask(w.person(north, 0), north, "Is all there?")
	w.there(south, "Is all there?")
	if left, err := db.Pending(t.Context()); err != nil || left != 0 {
		t.Errorf("%d migrations are left: %v", left, err)
	}
}
