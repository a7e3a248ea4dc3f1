package main

import (
	"context"
	"database/sql"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/communication"
	"guildhall/internal/pgtest"
)

// ill is a program on two workspaces whose database falls ill.
type ill struct {
	t            *testing.T
	a, b         *hall
	cardA, cardB slacktest.Message
	k            *killed
	address      string // of the healthy database
}

// newIll starts the program; through is how it reaches its database.
func newIll(t *testing.T, address, through string) *ill {
	t.Helper()
	x := &ill{t: t, a: newHall(t, "ann", 0), b: newHall(t, "bea", 1_000_000), address: address}
	foundNet(t, address, x.a, x.b)
	x.k = serving(t, slackFile(t, t.TempDir(), through, x.a, x.b))
	x.a.AwaitSockets(2)
	x.b.AwaitSockets(2)
	asked(t, x.a.ann, "How do you assess welders remotely?")
	x.cardA = x.a.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))
	x.cardB = x.b.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))
	return x
}

// suffers makes the database ill while somebody gives a command and somebody writes into a thread, and then well
// again. Whoever was told that nothing was done was told the truth; what was written arrives, once.
func (x *ill) suffers(begin, end func(), told string) {
	t := x.t
	t.Helper()
	begin()
	e := x.a.ann.Slash("#vet-communication", "/ask", "Is anybody there?").Wait()
	if e.Err() != "" {
		t.Errorf("the command was not acknowledged: %s", e.Err())
	}
	said := e.Reply().Shown
	if !strings.Contains(said, told) {
		t.Errorf("told %q", said)
	}
	x.b.ann.Reply(x.cardB, "With video portfolios.")
	end()

	x.a.ann.AwaitReply(x.cardA, slacktest.ByApp("With video portfolios."))
	if strings.Contains(said, "nothing was done") {
		if n := x.kept("Is anybody there?"); n != 0 {
			t.Errorf("nothing was done, as was said, but the question is kept %d times", n)
		}
		asked(t, x.a.ann, "Is anybody there?")
	}
	x.b.ann.Await("#vet-communication", slacktest.ByApp("Is anybody there?"))
	if n := x.kept("Is anybody there?"); n != 1 {
		t.Errorf("the question is kept %d times", n)
	}
	n := 0
	for _, m := range x.a.ann.Thread(x.cardA) {
		if strings.Contains(m.Shown, "With video portfolios.") {
			n++
		}
	}
	if n != 1 {
		t.Errorf("the answer stands %d times", n)
	}
}

func (x *ill) kept(question string) (n int) {
	x.t.Helper()
	list, err := opened(x.t, x.address).Requests().List(x.t.Context(), 1, communication.Filter{})
	if err != nil {
		x.t.Fatal(err)
	}
	for _, r := range list {
		if r.Question == question {
			n++
		}
	}
	return n
}

const nothingDone = "nothing was done"

// TestAnotherHasTheSQLiteFile: a program that holds the file's lock, such as a backup that goes wrong.
func TestAnotherHasTheSQLiteFile(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "guildhall.db")
	x := newIll(t, "sqlite:"+path, "sqlite:"+path)
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	conn, err := other.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	run := func(statement string) func() {
		return func() {
			comes(t, statement, func(ctx context.Context) (bool, error) {
				_, err := conn.ExecContext(ctx, statement)
				return err == nil, nil
			})
		}
	}
	x.suffers(run("BEGIN IMMEDIATE"), run("ROLLBACK"), nothingDone)
}

// TestPostgresMayOnlyBeRead: as after a failover to a copy, or when its disk is full.
func TestPostgresMayOnlyBeRead(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t)
	x := newIll(t, address, address)
	admin, err := sql.Open("pgx", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = admin.Close() }()
	become := func(how string) func() {
		return func() {
			for _, statement := range []string{"SET default_transaction_read_only = off", // for this one itself
				`DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = ` + how + `', current_database()); END $$`,
				"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"} {
				if _, err := admin.ExecContext(t.Context(), statement); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	admin.SetMaxOpenConns(1)
	x.suffers(become("on"), become("off"), nothingDone)
}

// TestTheLineToPostgresIsBad: it is gone for a while, tears in the middle of what is sent, swallows everything
// without a word, or is slow.
func TestTheLineToPostgresIsBad(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		mood mood
		told string
	}{
		"gone": {away, nothingDone}, "torn": {torn, nothingDone}, "half open": {hole, nothingDone}, "slow": {slow, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address := pgtest.New(t)
			x := newLine(t, address)
			begun := time.Now()
			newIll(t, address, x.address).suffers(func() { x.feel(c.mood); begun = time.Now() }, func() {
				t.Logf("told after %v", time.Since(begun).Round(100*time.Millisecond))
				x.feel(good)
			}, c.told)
		})
	}
}
