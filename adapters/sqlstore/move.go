package sqlstore

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"guildhall/core/search"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What keeps a database from being moved.
var (
	// ErrInUse says that a program runs, or was killed a moment ago, on a database.
	ErrInUse = errors.New("is in use")
	// ErrNotEmpty says that the target of a move holds something.
	ErrNotEmpty = errors.New("is not empty")
)

// Move copies all that one database holds into another, of the same engine or not. It reads the source
// in one transaction that keeps others from writing, and writes the target in one: as long as it is
// not committed, the target is as it was, and a move that was interrupted is simply begun again.
type Move struct {
	from, to       *DB
	source, target *sql.Tx
	tables         []table
	sums           map[string]sum

	Tables  int   // that were copied
	Rows    int64 // in all of them
	Changed int64 // texts that lost a character that Postgres takes in no text
}

// StartMove begins to move what is in from into to. Both have the newest schema, or none of the
// program's at all (the encryption keys' database). ErrInUse and ErrNotEmpty are wrapped with which of
// the two it is about; the text is a sentence for people. Close ends it.
func StartMove(ctx context.Context, from, to *DB) (_ *Move, err error) {
	m := &Move{from: from, to: to, sums: map[string]sum{}}
	defer func() {
		if err != nil {
			m.Close()
		}
	}()
	if m.source, err = from.moving(ctx, "source"); err != nil {
		return nil, err
	}
	if m.target, err = to.moving(ctx, "target"); err != nil {
		return nil, err
	}
	here, err := from.catalog(ctx, direct{m.source})
	if err != nil {
		return nil, err
	}
	there, err := to.catalog(ctx, direct{m.target})
	if err != nil {
		return nil, err
	}
	if m.tables, err = alike(here, there, from.engine, to.engine); err != nil {
		return nil, fmt.Errorf("the two databases have different tables: %w", err)
	}
	for _, t := range m.tables {
		var any int
		if err := m.target.QueryRowContext(ctx, `SELECT COUNT(*) FROM (SELECT 1 FROM `+t.quoted()+` LIMIT 1) AS x`).Scan(&any); err != nil {
			return nil, fmt.Errorf("look into %s: %w", t.name, err)
		}
		if any > 0 {
			return nil, fmt.Errorf("the target %w (there is something in its table %s): name a new database", ErrNotEmpty, t.name)
		}
	}
	return m, nil
}

// moving opens the transaction of one side, with a lock that keeps programs from starting on it.
func (db *DB) moving(ctx context.Context, side string) (*sql.Tx, error) {
	var options *sql.TxOptions
	if db.engine == Postgres {
		options = &sql.TxOptions{Isolation: sql.LevelRepeatableRead}
	}
	tx, err := db.write.BeginTx(ctx, options) // on SQLite it has the file's write lock
	if err != nil {
		return nil, fmt.Errorf("the %s %w: %w", side, ErrInUse, err)
	}
	live, err := hasTable(ctx, db, tx, "replica")
	if err != nil || !live {
		return tx, err
	}
	if db.engine == Postgres {
		// No snapshot is taken by this; a program says that it runs before it does anything else.
		_, err := tx.ExecContext(ctx, `SET LOCAL lock_timeout = '10s'`)
		if err == nil {
			_, err = tx.ExecContext(ctx, `LOCK TABLE replica IN SHARE ROW EXCLUSIVE MODE`)
		}
		if err != nil {
			return nil, errors.Join(fmt.Errorf("the %s %w: %w", side, ErrInUse, err), tx.Rollback())
		}
	}
	var host string
	var seen int64
	err = tx.QueryRowContext(ctx, `SELECT host, seen FROM replica WHERE held > $1 ORDER BY held DESC LIMIT 1`, micros(db.now())).Scan(&host, &seen)
	if err == nil {
		ago := db.now().Sub(instant(seen)).Round(time.Second)
		err = fmt.Errorf("the %s %w: Guildhall ran on it on %s %s ago; stop it (after a kill wait half a minute) and run this again", side, ErrInUse, host, ago)
	}
	if !errors.Is(err, sql.ErrNoRows) {
		return nil, errors.Join(err, tx.Rollback())
	}
	return tx, nil
}

func hasTable(ctx context.Context, db *DB, tx *sql.Tx, name string) (bool, error) {
	query := `SELECT COUNT(*) FROM pragma_table_list WHERE schema = 'main' AND name = $1`
	if db.engine == Postgres {
		query = `SELECT COUNT(*) FROM pg_class WHERE oid = to_regclass(quote_ident(current_schema()) || '.' || quote_ident($1))`
	}
	var n int
	if err := tx.QueryRowContext(ctx, query, name).Scan(&n); err != nil {
		return false, fmt.Errorf("look for the table %s: %w", name, err)
	}
	return n > 0, nil
}

// Copy copies all tables and compares what the target then holds with what the source does: the
// number of rows of each table, and a checksum over all their values. tell is called for each table
// when it is done. Nothing stays before Commit.
func (m *Move) Copy(ctx context.Context, tell func(table string, rows int64)) error {
	for _, t := range m.tables {
		want, err := m.copy(ctx, t)
		if err != nil {
			return fmt.Errorf("copy %s: %w", t.name, err)
		}
		var got sum
		if err := m.to.readAll(ctx, m.target, t, func(row []any) error { got.add(row); return nil }); err != nil {
			return fmt.Errorf("read %s again: %w", t.name, err)
		}
		if got != want {
			return fmt.Errorf("the copy of %s is not what was copied (%d rows and %d): nothing was kept", t.name, want.rows, got.rows)
		}
		if err := m.number(ctx, t); err != nil {
			return fmt.Errorf("number %s: %w", t.name, err)
		}
		m.sums[t.name] = want
		m.Tables++
		m.Rows += want.rows
		tell(t.name, want.rows)
	}
	return nil
}

// Checksum stands for all that was copied: two databases that hold the same have the same.
func (m *Move) Checksum() string {
	h := sha256.New()
	for _, name := range slices.Sorted(maps.Keys(m.sums)) {
		fmt.Fprintln(h, name, m.sums[name])
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Commit keeps what was copied.
func (m *Move) Commit() error {
	if err := m.target.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	return nil
}

// Close ends the move; what was not committed is gone.
func (m *Move) Close() {
	for _, tx := range []*sql.Tx{m.target, m.source} {
		if tx != nil {
			_ = tx.Rollback()
		}
	}
}

func (t table) quoted() string { return `"` + t.name + `"` }

// list are the columns, for a statement.
func (t table) list() string {
	var out []string
	for _, c := range t.columns {
		out = append(out, `"`+c.name+`"`)
	}
	return strings.Join(out, ", ")
}

// readAll reads all rows of a table in the order of its key, one at a time.
func (db *DB) readAll(ctx context.Context, tx *sql.Tx, t table, row func([]any) error) error {
	query := `SELECT ` + t.list() + ` FROM ` + t.quoted()
	if len(t.key) > 0 {
		query += ` ORDER BY "` + strings.Join(t.key, `", "`) + `"`
	}
	raw, into := make([]any, len(t.columns)), make([]any, len(t.columns))
	for i := range raw {
		into[i] = &raw[i]
	}
	return direct{tx}.each(ctx, query, nil, func(scan func(...any) error) error {
		if err := scan(into...); err != nil {
			return err
		}
		out := make([]any, len(raw), len(raw)+1)
		for i, c := range t.columns {
			v, err := taken(c.kind, raw[i])
			if err != nil {
				return fmt.Errorf("column %s: %w", c.name, err)
			}
			out[i] = v
		}
		return row(out)
	})
}

// A statement writes so many rows, and holds no more than so many bytes of text.
const (
	moveRows  = 200
	moveBytes = 1 << 20
)

// copy copies one table, a few rows at a time, and returns the checksum of what should be there now.
func (m *Move) copy(ctx context.Context, t table) (want sum, err error) {
	var batch [][]any
	size := 0
	flush := func() error {
		if len(batch) == 0 {
			return nil
		}
		err := m.insert(ctx, t, batch)
		batch, size = batch[:0], 0
		return err
	}
	err = m.from.readAll(ctx, m.source, t, func(row []any) error {
		for i, v := range row {
			s, text := v.(string)
			if text && m.to.engine == Postgres {
				if row[i] = storable(s); row[i] != v {
					m.Changed++
				}
			}
			if b, ok := v.([]byte); ok {
				size += len(b)
			}
			size += len(s)
		}
		want.add(row)
		if batch = append(batch, row); len(batch) == moveRows || size > moveBytes {
			return flush()
		}
		return nil
	})
	if err != nil {
		return want, err
	}
	if err := flush(); err != nil {
		return want, err
	}
	if t.name == "search" && m.to.engine == SQLite {
		err = indexSQLite(ctx, m.target)
	}
	return want, err
}

// insert writes rows. On Postgres the search index's vector is made from its tokens.
func (m *Move) insert(ctx context.Context, t table, rows [][]any) error {
	columns := t.list()
	var casts []string
	for _, c := range t.columns {
		cast := ""
		if c.kind == json_ && m.to.engine == Postgres {
			cast = "::jsonb"
		}
		casts = append(casts, cast)
	}
	vector := t.name == "search" && m.to.engine == Postgres
	if vector {
		columns += `, tokens`
		casts = append(casts, "::tsvector")
		for i := range rows {
			rows[i] = append(rows[i], vectorOf(t, rows[i]))
		}
	}
	var args []any
	var values []string
	for _, row := range rows {
		var marks []string
		for i, v := range row {
			args = append(args, v)
			marks = append(marks, "$"+strconv.Itoa(len(args))+casts[i])
		}
		values = append(values, "("+strings.Join(marks, ", ")+")")
	}
	_, err := m.target.ExecContext(ctx, `INSERT INTO `+t.quoted()+` (`+columns+`) VALUES `+strings.Join(values, ", "), args...)
	return err
}

// vectorOf is the search vector of a row of search.
func vectorOf(t table, row []any) string {
	at := func(name string) any {
		return row[slices.IndexFunc(t.columns, func(c column) bool { return c.name == name })]
	}
	text := func(name string) string {
		s, _ := at(name).(string)
		return s
	}
	of, _ := at("community_id").(int64)
	changed, _ := at("at").(int64)
	uses, _ := at("uses").(int64)
	d := search.Doc{Section: text("section"), Kind: text("kind"), Language: text("language"), Letter: text("letter"), Topics: strings.Fields(text("topics")), At: instant(changed), Uses: int(uses)}
	return tokensPostgres(of, d, split(text("title_tokens")), split(text("body_tokens")))
}

// split takes apart what was joined by single spaces.
func split(tokens string) []string {
	if tokens == "" {
		return nil
	}
	return strings.Split(tokens, " ")
}

// number lets Postgres go on behind the numbers that were copied; SQLite does by itself.
func (m *Move) number(ctx context.Context, t table) error {
	for _, c := range t.counters {
		_, err := m.target.ExecContext(ctx, `SELECT setval(pg_get_serial_sequence($1, $2), GREATEST(MAX("`+c+`"), 1), MAX("`+c+`") IS NOT NULL) FROM `+t.quoted(),
			t.quoted(), c)
		if err != nil {
			return err
		}
	}
	return nil
}
