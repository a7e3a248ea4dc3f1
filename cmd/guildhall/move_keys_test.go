//go:build goolm

package main

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/matrix"
	"guildhall/adapters/sqlstore"
	"guildhall/internal/pgtest"
)

// The keys of encrypted rooms lie in tables of their own, with bytes, truth and instants in them. They go
// where the database goes.
func TestTheKeysGoWithTheDatabase(t *testing.T) {
	t.Parallel()
	dir, other := t.TempDir(), t.TempDir()
	lite, pg, back := "sqlite:"+filepath.Join(dir, "guildhall.db"), pgtest.New(t), "sqlite:"+filepath.Join(other, "guildhall.db")
	db, err := sqlstore.Open(t.Context(), lite)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := matrix.MakeKeys(t.Context(), keysAddress(lite)); err != nil {
		t.Fatal(err)
	}
	fillKeys(t, strings.TrimPrefix(keysAddress(lite), "sqlite:"))
	var sums []string
	for _, way := range [][2]string{{lite, pg}, {pg, back}} {
		code, out, errs := moves(t, nil, "-from", way[0], "-to", way[1])
		if code != 0 || !strings.Contains(out, "encrypted Matrix rooms") || !strings.Contains(out, "2  crypto_megolm_inbound_session\n") {
			t.Fatalf("%d %q %q", code, out, errs)
		}
		sums = append(sums, out)
	}
	if sums[0] != sums[1] {
		t.Error(sums)
	}
}

func fillKeys(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id, now := strings.Repeat("i", 43), time.Date(2026, 11, 25, 12, 0, 0, 123_456_789, time.UTC)
	for _, row := range []struct {
		into string
		args []any
	}{
		{"crypto_account (account_id, device_id, shared, sync_token, account)", []any{"a", "D", true, "s", []byte{0, 1, 255}}},
		{"crypto_olm_message_hash (account_id, received_at, message_hash)", []any{"a", 7, []byte{9}}},
		{"crypto_olm_session (account_id, session_id, sender_key, session, created_at, last_decrypted, last_encrypted)",
			[]any{"a", id, id, []byte("s"), now, now, now}},
		{"crypto_megolm_inbound_session (account_id, session_id, sender_key, room_id, session, ratchet_safety, received_at)",
			[]any{"a", id, id, "!r", []byte{0}, `{"next_index":1,"missed_indices":[]}`, now}},
		{"crypto_megolm_inbound_session (account_id, session_id, sender_key, room_id, withheld_code)", []any{"a", "other", id, "!r", "m.unverified"}},
		{"guildhall_recovery (account, sealed)", []any{"a", "sealed"}},
	} {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(row.args)), ", ")
		if _, err := db.Exec("INSERT INTO "+row.into+" VALUES ("+marks+")", row.args...); err != nil {
			t.Fatal(err)
		}
	}
}
