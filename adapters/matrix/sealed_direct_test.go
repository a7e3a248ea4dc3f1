//go:build goolm

package matrix_test

import (
	"database/sql"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver for Postgres

	"guildhall/adapters/matrix"
	"guildhall/adapters/matrix/matrixtest"
	"guildhall/core/chat"
	"guildhall/internal/pgtest"
)

// The first words of a conversation can be read, before and after the bot was restarted, wherever it
// keeps its keys.
func TestAnEncryptedConversation(t *testing.T) { sealedEverywhere(t, anEncryptedConversation) }

func anEncryptedConversation(t *testing.T, on matrixtest.Server) {
	t.Run("keys in a file", func(t *testing.T) {
		t.Parallel()
		converse(t, on, "sqlite:"+filepath.Join(t.TempDir(), "keys.db"))
	})
	t.Run("keys on Postgres", func(t *testing.T) {
		t.Parallel()
		keys := pgtest.New(t)
		converse(t, on, keys)
		schemas := schemasOf(t, keys)
		if !slices.Equal(schemas, []string{matrix.KeysSchema}) {
			t.Errorf("there are tables in %q", schemas)
		}
	})
}

// schemasOf are the schemas of a Postgres database in which there are tables.
func schemasOf(t *testing.T, address string) []string {
	t.Helper()
	db, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var list string
	err = db.QueryRowContext(t.Context(), `SELECT coalesce(string_agg(DISTINCT schemaname, ' '), '') FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`).Scan(&list)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(list)
}

func converse(t *testing.T, on matrixtest.Server, keys string) {
	t.Helper()
	h, ann, bea := sealedWith(t, on, keys)
	e := newEar()
	stop := h.run(t, e)
	ann.Say(t, h.home, "", "!ask one")
	e.hears(t, "a command", saying("ask one"))
	open := func(p *matrixtest.Secret, words string) {
		t.Helper()
		at, err := h.bot.Direct(t.Context(), "", chat.AccountID(p.ID))
		if err != nil {
			t.Fatal(err)
		}
		h.sends(t, at, plain(words), words)
		p.Join(t, string(at.Room))
		p.Reads(t, string(at.Room), words, func(s matrixtest.Shown) bool { return s.Body == words })
	}
	open(ann, "for ann")
	h.settle(t)
	stop()
	if err := h.bot.Close(); err != nil {
		t.Fatal(err)
	}
	h.bot = h.fresh(t)
	stop = h.run(t, e)
	if faults := h.bot.Check(t.Context()); len(faults) > 0 {
		t.Errorf("%q", faults)
	}
	open(bea, "for bea")
	bea.Say(t, h.home, "", "!ask two")
	e.hears(t, "a command", saying("ask two"))
	// With another pickle key the keys are of no use, and it is said so.
	h.settle(t)
	stop()
	h.options.PickleKey = "another"
	h.bot = h.fresh(t)
	if faults := h.bot.Check(t.Context()); len(faults) != 1 || !strings.Contains(faults[0], "pickle key") {
		t.Errorf("%q", faults)
	}
}
