package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// table is a table as a database describes it.
type table struct {
	name     string
	columns  []column // by name
	key      []string // the columns of its primary key, in order
	parents  []string // the tables that it refers to
	counters []string // Postgres: columns that a sequence of their own numbers
}

// column is a column as a database describes it.
type column struct {
	name string
	kind kind
}

// kind is what a column holds, whatever an engine calls it.
type kind string

const (
	whole   kind = "whole number"
	truth   kind = "yes or no"
	words_  kind = "text"
	padded  kind = "text of a fixed length" // Postgres fills it up with spaces
	bytes_  kind = "bytes"
	moment  kind = "instant"
	json_   kind = "JSON"
	indexed kind = "search vector"
)

// kindOf reads the type of a column as either engine names it.
func kindOf(declared string) (kind, bool) {
	base, _, _ := strings.Cut(strings.ToLower(declared), "(")
	switch strings.TrimSpace(base) {
	case "bigint", "integer", "int", "smallint":
		return whole, true
	case "boolean":
		return truth, true
	case "text", "varchar", "character varying":
		return words_, true
	case "char", "character":
		return padded, true
	case "bytea", "blob":
		return bytes_, true
	case "timestamp", "timestamp without time zone":
		return moment, true
	case "jsonb", "json":
		return json_, true
	case "tsvector":
		return indexed, true
	}
	return "", false
}

// uncopied are tables that say what goes on in one database: which migrations it had, and who runs on it. The last
// two are those of the Matrix library.
var uncopied = []string{"goose_db_version", "replica", "crypto_version", "database_owner"}

// catalog describes the tables of a database, each after those that it refers to. Indexes for
// searching, and what an engine keeps for itself, are not among them.
func (db *DB) catalog(ctx context.Context, on statements) ([]table, error) {
	read := sqliteCatalog
	if db.engine == Postgres {
		read = postgresCatalog
	}
	all, err := read(ctx, on)
	if err != nil {
		return nil, fmt.Errorf("read the tables of the %s database: %w", db.engine, err)
	}
	all = slices.DeleteFunc(all, func(t table) bool { return slices.Contains(uncopied, t.name) })
	for i := range all {
		slices.SortFunc(all[i].columns, func(a, b column) int { return strings.Compare(a.name, b.name) })
	}
	return parentsFirst(all)
}

// HasTables says whether there is anything in a database that is not the program's own.
func (db *DB) HasTables(ctx context.Context) (bool, error) {
	all, err := db.catalog(ctx, db.reads)
	return len(all) > 0, err
}

// listOf reads a list of texts, one a row.
func listOf(ctx context.Context, on statements, query string, args ...any) (out []string, err error) {
	err = on.each(ctx, query, args, func(scan func(...any) error) error {
		var s string
		err := scan(&s)
		out = append(out, s)
		return err
	})
	return out, err
}

func sqliteCatalog(ctx context.Context, on statements) ([]table, error) {
	list, err := listOf(ctx, on, `SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	var out []table
	for _, name := range list {
		t := table{name: name}
		err := on.each(ctx, `SELECT name, type FROM pragma_table_info($1)`, []any{name}, t.column)
		if err != nil {
			return nil, err
		}
		if t.key, err = listOf(ctx, on, `SELECT name FROM pragma_table_info($1) WHERE pk > 0 ORDER BY pk`, name); err != nil {
			return nil, err
		}
		if t.parents, err = listOf(ctx, on, `SELECT DISTINCT "table" FROM pragma_foreign_key_list($1) ORDER BY 1`, name); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func postgresCatalog(ctx context.Context, on statements) ([]table, error) {
	list, err := listOf(ctx, on, `SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') ORDER BY relname`)
	if err != nil {
		return nil, err
	}
	const found = ` = (SELECT oid FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relname = $1)`
	var out []table
	for _, name := range list {
		t := table{name: name}
		err := on.each(ctx, `SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
			WHERE attrelid`+found+` AND attnum > 0 AND NOT attisdropped ORDER BY attnum`, []any{name}, t.column)
		if err != nil {
			return nil, err
		}
		if t.key, err = listOf(ctx, on, `SELECT a.attname FROM pg_index i CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
			JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
			WHERE i.indisprimary AND i.indrelid`+found+` ORDER BY k.place`, name); err != nil {
			return nil, err
		}
		if t.parents, err = listOf(ctx, on, `SELECT DISTINCT p.relname FROM pg_constraint c JOIN pg_class p ON p.oid = c.confrelid
			WHERE c.contype = 'f' AND c.conrelid`+found+` ORDER BY 1`, name); err != nil {
			return nil, err
		}
		if t.counters, err = listOf(ctx, on, `SELECT attname FROM pg_attribute WHERE attrelid`+found+` AND attidentity <> ''`, name); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

// column adds a column as a catalogue names it.
func (t *table) column(scan func(...any) error) error {
	var name, declared string
	if err := scan(&name, &declared); err != nil {
		return err
	}
	k, ok := kindOf(declared)
	if !ok {
		return fmt.Errorf("column %s of %s is of type %q, which is not known how to copy", name, t.name, declared)
	}
	t.columns = append(t.columns, column{name, k})
	return nil
}

// parentsFirst puts tables behind those that they refer to.
func parentsFirst(all []table) ([]table, error) {
	var out []table
	done := map[string]bool{}
	known := map[string]bool{}
	for _, t := range all {
		known[t.name] = true
	}
	for len(out) < len(all) {
		before := len(out)
		for _, t := range all {
			waits := slices.ContainsFunc(t.parents, func(p string) bool { return known[p] && !done[p] && p != t.name })
			if !done[t.name] && !waits {
				out, done[t.name] = append(out, t), true
			}
		}
		if len(out) == before {
			return nil, errors.New("tables refer to each other in a circle")
		}
	}
	return out, nil
}

// own are the columns that one engine has and the other does not: what they hold is made anew.
var own = map[Engine]map[string]string{
	SQLite:   {"search": "docid"},
	Postgres: {"search": "tokens"},
}

// alike are the tables that both databases have, as the target describes them, each with the columns
// to copy; it fails when one has a table or a column that the other lacks, or of another kind.
func alike(source, target []table, from, to Engine) ([]table, error) {
	there := map[string]table{}
	for _, t := range source {
		there[t.name] = t
	}
	var faults []error
	var out []table
	for _, t := range target {
		s, ok := there[t.name]
		delete(there, t.name)
		if !ok {
			faults = append(faults, fmt.Errorf("the source has no table %s", t.name))
			continue
		}
		has := plainColumns(s, from)
		t.columns = plainColumns(t, to)
		if !slices.EqualFunc(has, t.columns, func(a, b column) bool { return a.name == b.name && sameKind(a.kind, b.kind) }) {
			faults = append(faults, fmt.Errorf("the table %s has the columns %v in the source and %v in the target", t.name, has, t.columns))
		}
		if slices.ContainsFunc(t.key, func(key string) bool { return own[from][t.name] == key || own[to][t.name] == key }) {
			t.key = nil // an order that only one of them knows
		}
		out = append(out, t)
	}
	for name := range there {
		faults = append(faults, fmt.Errorf("the target has no table %s", name))
	}
	return out, errors.Join(faults...)
}

// sameKind: SQLite's schema says TEXT where Postgres' says more.
func sameKind(a, b kind) bool {
	text := []kind{words_, padded, json_}
	return a == b || slices.Contains(text, a) && slices.Contains(text, b)
}

func plainColumns(t table, e Engine) []column {
	return slices.DeleteFunc(slices.Clone(t.columns), func(c column) bool { return own[e][t.name] == c.name })
}
