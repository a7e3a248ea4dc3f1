package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/search"
	"guildhall/core/work"
)

// eachWay runs a test for each pair of engines, on databases with the newest schema and nothing in
// them.
func eachWay(t *testing.T, test func(t *testing.T, from, to *DB)) {
	t.Helper()
	for _, from := range []Engine{SQLite, Postgres} {
		for _, to := range []Engine{SQLite, Postgres} {
			t.Run(string(from)+" to "+string(to), func(t *testing.T) {
				t.Parallel()
				test(t, openTest(t, freshAddress(t, from)), openTest(t, freshAddress(t, to)))
			})
		}
	}
}

func moved(t *testing.T, from, to *DB) *Move {
	t.Helper()
	m, err := StartMove(t.Context(), from, to)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	if err := m.Copy(t.Context(), func(string, int64) {}); err != nil {
		t.Fatal(err)
	}
	if err := m.Commit(); err != nil {
		t.Fatal(err)
	}
	return m
}

// filled puts rows into every table that the database's own catalogue names, so that a new table is
// filled, and moved, without a word here.
func filled(t *testing.T, db *DB) []table {
	t.Helper()
	all, err := db.catalog(t.Context(), db.reads)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Atomically(t.Context(), func(ctx context.Context) error {
		for _, tab := range all {
			for n := range int64(3) {
				if err := fillRow(ctx, db, tab, n); err != nil {
					return fmt.Errorf("%s: %w", tab.name, err)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// fillRow writes the nth row of a table. Numbers are the same in all tables, so that rows refer to each
// other.
func fillRow(ctx context.Context, db *DB, tab table, n int64) error {
	if tab.name == "search_language" {
		return nil // comes with what is indexed
	}
	if tab.name == "search" {
		return db.Search().Put(ctx, n+1, search.Doc{Letter: "H", Number: n + 1, Title: "Wélding № " + fmt.Sprint(n), Body: "'quoted' & \\ body", Language: "en", At: time.UnixMicro(n)})
	}
	var columns, marks []string
	var args []any
	for _, c := range tab.columns {
		var v any
		switch c.kind {
		case whole:
			v = n + 1
		case truth:
			v = n == 1
		case words_, padded, json_:
			v = fmt.Sprintf("%d 'ł' \"x\" \\ 🛠 \n", n)
			if c.name == "code" || c.name == "language" {
				v = fmt.Sprint("c", n)
			}
		case bytes_:
			v = []byte{0, 255, byte(n)}
		case moment:
			v = time.Unix(1_800_000_000+n, 123_456_000).UTC()
		default:
			return fmt.Errorf("no value for %s", c.kind)
		}
		args = append(args, v)
		columns = append(columns, `"`+c.name+`"`)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	_, err := db.exec(ctx, `INSERT INTO "`+tab.name+`" (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`)`, args...)
	return err
}

// dump is all that a database holds, as both engines mean it, with the rows of each table sorted.
func dump(t *testing.T, db *DB) map[string][]string {
	t.Helper()
	all, err := db.catalog(t.Context(), db.reads)
	if err != nil {
		t.Fatal(err)
	}
	tx, err := db.read.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback() }()
	out := map[string][]string{}
	for _, tab := range all {
		tab.columns = plainColumns(tab, db.engine)
		out[tab.name] = nil
		err := db.readAll(t.Context(), tx, tab, func(row []any) error {
			out[tab.name] = append(out[tab.name], fmt.Sprintf("%v %q", tab.columns, row))
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out[tab.name])
	}
	return out
}

func TestMoveTakesEveryTable(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to *DB) {
		all := filled(t, from)
		if len(all) < 40 {
			t.Fatalf("only %d tables were seen", len(all))
		}
		m := moved(t, from, to)
		if m.Tables != len(all) || m.Rows != int64(3*len(all)) || m.Changed != 0 {
			t.Errorf("%d tables with %d rows, %d of them changed; want %d with 3 each", m.Tables, m.Rows, m.Changed, len(all))
		}
		before, after := dump(t, from), dump(t, to)
		if len(before["member"]) != 3 || !reflect.DeepEqual(before, after) {
			for name := range before {
				if !reflect.DeepEqual(before[name], after[name]) {
					t.Errorf("%s:\n%v\n%v", name, before[name], after[name])
				}
			}
		}
	})
}

// Every table of the one engine is one of the other: what is not could not be moved.
func TestTheEnginesHaveTheSameTables(t *testing.T) {
	t.Parallel()
	lite, pg := openTest(t, freshAddress(t, SQLite)), openTest(t, freshAddress(t, Postgres))
	a, err := lite.catalog(t.Context(), lite.reads)
	if err != nil {
		t.Fatal(err)
	}
	b, err := pg.catalog(t.Context(), pg.reads)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := alike(a, b, SQLite, Postgres); err != nil {
		t.Error(err)
	}
}

func TestWhatWasMovedGoesOn(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to *DB) {
		add := func(db *DB, key string) {
			t.Helper()
			err := db.Atomically(t.Context(), func(ctx context.Context) error {
				if n, err := db.next(ctx, 1, "H"); err != nil || n != map[string]int64{"a": 1, "b": 2, "c": 3}[key] {
					return fmt.Errorf("number %d: %w", n, err)
				}
				return db.Work().Add(ctx, work.New("chat.post", "room", key, "body").In(1))
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		add(from, "a")
		add(from, "b")
		moved(t, from, to)
		add(to, "c")
		want := work.Want{Owner: "me", Lease: time.Minute, Most: 9, Room: []work.Room{{Kind: "chat.post", N: 9}}}
		for _, key := range []string{"a", "b", "c"} {
			err := to.Atomically(t.Context(), func(ctx context.Context) error {
				got, err := to.Work().Claim(ctx, want)
				if err != nil || len(got) != 1 || got[0].Key != key {
					return fmt.Errorf("%v in place of %s: %w", got, key, err)
				}
				_, err = to.Work().Settle(ctx, work.Outcome{Claim: got[0], End: work.Finished})
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestWhatWasMovedIsFoundInTheSameOrder(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to *DB) {
		titles := []string{"Assessing welders", "Welding rubric", "Schweißen prüfen", "Łódź: welders", "溶接の評価", "Remote welders' rubric"}
		err := from.Atomically(t.Context(), func(ctx context.Context) error {
			for of := range int64(2) {
				for i, title := range titles {
					d := search.Doc{Letter: "R", Number: int64(i + 1), Title: title, Body: "how to assess " + title, Language: "en", At: time.Unix(int64(1000*i), 0)}
					if err := from.Search().Put(ctx, of+1, d); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		moved(t, from, to)
		for _, q := range []string{"welders", "weld", "rubric welders", "溶接", "lodz", "pruf"} {
			var found [2][]search.Candidate
			for i, db := range []*DB{from, to} {
				if found[i], err = db.Search().Candidates(t.Context(), 2, search.Parse(q, "en"), search.Filter{}, 10); err != nil {
					t.Fatal(err)
				}
			}
			if len(found[0]) == 0 || !reflect.DeepEqual(found[0], found[1]) {
				t.Errorf("%s: %v\n%v", q, found[0], found[1])
			}
		}
	})
}

func TestAMoveIsRefused(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to *DB) {
		start := func(want error) {
			t.Helper()
			m, err := StartMove(t.Context(), from, to)
			if err == nil {
				m.Close()
			}
			if !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
		}
		now := time.Now()
		r := Replica{Name: "vm-1", Host: "vm", Started: now, Seen: now, Held: now.Add(time.Hour)}
		for _, db := range []*DB{from, to} {
			if err := db.Replicas().Beat(t.Context(), r); err != nil {
				t.Fatal(err)
			}
			start(ErrInUse)
			if err := db.Replicas().Leave(t.Context(), r.Name); err != nil {
				t.Fatal(err)
			}
		}
		// Killed a while ago.
		r.Held = now.Add(-time.Second)
		if err := from.Replicas().Beat(t.Context(), r); err != nil {
			t.Fatal(err)
		}
		start(nil)
		filled(t, to)
		start(ErrNotEmpty)
	})
}

// Nothing stays of a move that was not committed, and it can be begun again.
func TestAMoveThatStoppedLeavesNothing(t *testing.T) {
	t.Parallel()
	eachWay(t, func(t *testing.T, from, to *DB) {
		filled(t, from)
		m, err := StartMove(t.Context(), from, to)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Copy(t.Context(), func(string, int64) {}); err != nil {
			t.Fatal(err)
		}
		m.Close()
		for name, rows := range dump(t, to) {
			if len(rows) > 0 {
				t.Errorf("%d rows in %s", len(rows), name)
			}
		}
		moved(t, from, to)
	})
}

// SQLite takes texts that Postgres does not.
func TestTextsThatPostgresRefuses(t *testing.T) {
	t.Parallel()
	from, to := openTest(t, freshAddress(t, SQLite)), openTest(t, freshAddress(t, Postgres))
	err := from.Atomically(t.Context(), func(ctx context.Context) error {
		_, err := from.exec(ctx, `INSERT INTO button (key, line, expires) VALUES ('k', $1, 0)`, "a\x00b\xffc")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if m := moved(t, from, to); m.Changed != 1 {
		t.Errorf("%d changed", m.Changed)
	}
	if rows := dump(t, to)["button"]; len(rows) != 1 || !strings.Contains(rows[0], `"ab�c"`) {
		t.Errorf("%v", rows)
	}
}
