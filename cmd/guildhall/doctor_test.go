package main

import (
	"bytes"
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/community"
	"guildhall/core/work"
	"guildhall/internal/pgtest"
)

// doctors runs doctor and returns what it says.
func doctors(t *testing.T, env map[string]string) string {
	t.Helper()
	var out, errs bytes.Buffer
	run(t.Context(), world{func(k string) string { return env[k] }, &out, &errs}, []string{"doctor"})
	return out.String() + errs.String()
}

// addresses are those of an empty database of each engine.
func addresses(t *testing.T) map[string]string {
	return map[string]string{"sqlite": "sqlite:" + filepath.Join(t.TempDir(), "guildhall.db"), "postgres": pgtest.New(t)}
}

func TestDoctorSaysWhoHasWhat(t *testing.T) {
	t.Parallel()
	for engine, address := range addresses(t) {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			busy(t, address)
			said := doctors(t, map[string]string{"GUILDHALL_DATABASE_URL": address, "GUILDHALL_FILES_DIR": t.TempDir()})
			for _, want := range []string{
				"hall-1 on hall runs slack, discord since 20", "it works on 1 lane of the queue",
				"annex-2 on annex ended 2m",
				"Discord shard 0 of 2: hall-1 has it", "Discord shard 1 of 2: nobody has it",
				"Matrix @guildhall:example.org: hall-1 has it",
				"2 wait in the queue, 1 of them are being worked", "1 were given up",
				"mend  work: 1 of chat.post were given up",
				"digest:web/lobby of community 1 should have been done 1h0m", "upkeep was last queued: sweep inbox 3m",
			} {
				if !strings.Contains(said, want) {
					t.Errorf("%q is not in:\n%s", want, said)
				}
			}
		})
	}
}

// busy fills a database with what two programs leave in it, one of them killed.
func busy(t *testing.T, address string) {
	t.Helper()
	ctx, now := t.Context(), time.Now()
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, _, err = db.Migrate(ctx)
	must(err)
	must(db.Replicas().Beat(ctx, sqlstore.Replica{Name: "hall-1", Host: "hall", Version: "v1", Platforms: []string{"slack", "discord"},
		Started: now.Add(-time.Hour), Seen: now, Held: now.Add(time.Hour)}))
	must(db.Replicas().Beat(ctx, sqlstore.Replica{Name: "annex-2", Host: "annex", Version: "v1", Platforms: []string{"slack"},
		Started: now.Add(-time.Hour), Seen: now.Add(-2 * time.Minute), Held: now.Add(-time.Minute)}))
	_, _, err = db.Discord().Lease(ctx, "discord/0/2", "hall-1/X", now, now.Add(time.Hour))
	must(err)
	_, _, err = db.Discord().Lease(ctx, "discord/1/2", "annex-2/Y", now, now.Add(-time.Minute))
	must(err)
	_, _, err = db.Matrix().Lead(ctx, "@guildhall:example.org", "hall-1/Z", now, now.Add(time.Hour))
	must(err)
	must(db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.Directory().Found(ctx, community.Community{Name: "VET Net", Language: "en", Zone: "UTC", Policy: community.PolicyOpen}, now); err != nil {
			return err
		}
		if err := db.Work().Add(ctx, work.New("chat.post", "dead", "k1", "x").In(1)); err != nil {
			return err
		}
		claims, err := db.Work().Claim(ctx, work.Want{Owner: "hall-1", Lease: time.Hour, Most: 1, Room: []work.Room{{Kind: "chat.post", N: 1}}})
		if err != nil || len(claims) != 1 {
			return errors.Join(errors.New("nothing was claimed"), err)
		}
		_, err = db.Work().Settle(ctx, work.Outcome{Claim: claims[0], End: work.Died, Cause: "no"})
		return err
	}))
	must(db.Atomically(ctx, func(ctx context.Context) error {
		if err := db.Work().Add(ctx, work.New("chat.post", "a", "k2", "x").In(1), work.New("chat.post", "b", "k3", "x").In(1)); err != nil {
			return err
		}
		_, err := db.Work().Claim(ctx, work.Want{Owner: "hall-1", Lease: time.Hour, Most: 1, Room: []work.Room{{Kind: "chat.post", N: 1}}})
		return err
	}))
	must(db.Atomically(ctx, func(ctx context.Context) error {
		if _, err := db.Schedules().LastUpkeep(ctx, "sweep inbox", now); err != nil {
			return err
		}
		if err := db.Schedules().KeepUpkeep(ctx, "sweep inbox", now.Add(-3*time.Minute)); err != nil {
			return err
		}
		return db.Schedules().KeepSchedule(ctx, work.Schedule{Community: 1, Name: "digest:web/lobby", Kind: "digest", Zone: "UTC", Due: now.Add(-time.Hour), Period: "2027-W09"})
	}))
}

// Services that cannot be reached have refused nothing.
func TestDoctorTellsAwayFromRefused(t *testing.T) {
	t.Parallel()
	const nobody = "http://127.0.0.1:1"
	said := doctors(t, map[string]string{"GUILDHALL_DATABASE_URL": "sqlite:" + filepath.Join(t.TempDir(), "g.db"), "GUILDHALL_FILES_DIR": t.TempDir(),
		"GUILDHALL_SLACK_BOT_TOKEN": "xoxb-hunter2", "GUILDHALL_SLACK_APP_TOKEN": "xapp-hunter2", "GUILDHALL_SLACK_API_URL": nobody + "/api/",
		"GUILDHALL_DISCORD_TOKEN": "hunter2", "GUILDHALL_DISCORD_API_URL": nobody,
		"GUILDHALL_MATRIX_HOMESERVER": nobody, "GUILDHALL_MATRIX_USER_ID": "@guildhall:example.org", "GUILDHALL_MATRIX_PASSWORD": "hunter2",
	})
	for _, want := range []string{"mend  slack: Slack could not be reached", "mend  discord: Discord c", "mend  matrix: The homeserver http://127.0.0.1:1 could not be reached"} {
		if !strings.Contains(said, want) {
			t.Errorf("%q is not in:\n%s", want, said)
		}
	}
	for _, not := range []string{"was refused", "refused the token", "hunter2"} {
		if strings.Contains(said, not) {
			t.Errorf("%q is in:\n%s", not, said)
		}
	}
	said = doctors(t, map[string]string{"GUILDHALL_DATABASE_URL": "postgres://u:hunter2@127.0.0.1:1/g", "GUILDHALL_FILES_DIR": t.TempDir()})
	if !strings.Contains(said, "does the database run?") || strings.Contains(said, "hunter2") {
		t.Errorf("without a database:\n%s", said)
	}
}
