// Package sqlstore keeps everything in one relational database, SQLite or Postgres, with one SQL
// text for both.
//
// There is one type per aggregate (Rooms, Requests, …) over a shared DB; each implements the small
// interface that a package of core declares. Instants are stored as microseconds since 1970 UTC,
// dates as "2006-01-02", lists of codes separated by spaces.
package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	_ "modernc.org/sqlite" // the driver for SQLite, without cgo

	"guildhall/core/work"
)

// Engine names a database engine.
type Engine string

// The engines.
const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

// DB is an open database.
type DB struct {
	engine   Engine
	write    *sql.DB
	read     *sql.DB       // Postgres: the same as write
	reads    statements    // on read
	writer   *writer       // SQLite
	pool     *pgxpool.Pool // Postgres: what write, too, takes its connections from
	now      func() time.Time
	name     string // unlike that of any other open database
	wakes    *wakes
	finishes joint[itemKey, bool]
	settles  joint[work.Outcome, []int64]
	windows  windows // Postgres
	asked    atomic.Int64
	trips    atomic.Int64
}

// Open opens the database at address: "sqlite:PATH" or "postgres://…". It does not migrate it.
func Open(ctx context.Context, address string) (*DB, error) {
	switch {
	case strings.HasPrefix(address, "sqlite:"):
		return openSQLite(ctx, strings.TrimPrefix(address, "sqlite:"))
	case strings.HasPrefix(address, "postgres://"), strings.HasPrefix(address, "postgresql://"):
		return openPostgres(ctx, address)
	}
	return nil, errors.New(`the database address must begin with "sqlite:" or "postgres://"`)
}

func openSQLite(ctx context.Context, path string) (*DB, error) {
	if path == "" || strings.Contains(path, ":memory:") {
		return nil, errors.New("sqlite: needs the path of a file")
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("sqlite path: %w", err)
	}
	pragmas := "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=foreign_keys(1)" +
		"&_pragma=temp_store(MEMORY)&_pragma=cache_size(-8000)"
	file := "file:" + (&url.URL{Path: abs}).EscapedPath() + "?" + pragmas
	w, err := sql.Open("sqlite", file+"&_txlock=immediate")
	if err != nil {
		return nil, fmt.Errorf("open sqlite: %w", err)
	}
	w.SetMaxOpenConns(2) // the writer's, and one for migrations
	if err := w.PingContext(ctx); err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("open sqlite %s: %w", path, err)
	}
	r, err := sql.Open("sqlite", file+"&_pragma=query_only(1)")
	if err != nil {
		_ = w.Close()
		return nil, fmt.Errorf("open sqlite for reading: %w", err)
	}
	n := max(4, runtime.NumCPU())
	r.SetMaxOpenConns(n)
	r.SetMaxIdleConns(n)
	r.SetConnMaxIdleTime(time.Minute) // each has the schema and pages in memory
	return newDB(SQLite, w, r), nil
}

func newDB(e Engine, write, read *sql.DB) *DB {
	db := &DB{engine: e, write: write, read: read, reads: direct{read}, now: time.Now, name: rand.Text(), wakes: newWakes()}
	if e == SQLite {
		db.reads, db.writer = newPrepared(read, false), &writer{pool: write, asked: &db.asked, patience: groupPatience}
	}
	return db
}

// Close closes the database.
func (db *DB) Close() error {
	db.wakes.close()
	if db.writer != nil {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		db.writer.close(ctx)
	}
	err := db.write.Close()
	if db.read != db.write {
		err = errors.Join(db.read.Close(), err)
	}
	if db.pool != nil {
		db.closePool()
	}
	return err
}

// Engine is the database's engine.
func (db *DB) Engine() Engine { return db.engine }

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	var one int
	return db.read.QueryRowContext(ctx, "SELECT 1").Scan(&one)
}

// Statements is how many statements were run since the database was opened, those that begin and end
// transactions included.
func (db *DB) Statements() int64 { return db.asked.Load() }

// RoundTrips is how often an answer of Postgres was waited for since the database was opened; several
// statements share one. On SQLite there are none.
func (db *DB) RoundTrips() int64 { return db.trips.Load() }

// on is what statements of ctx run on: its transaction, else the read connections.
func (db *DB) on(ctx context.Context) statements {
	db.asked.Add(1)
	if tx := txOf(ctx, db); tx != nil {
		return tx.st
	}
	return db.reads
}

// must is the transaction of ctx; a write outside one is a programming error.
func (db *DB) must(ctx context.Context) statements {
	db.asked.Add(1)
	if tx := txOf(ctx, db); tx != nil {
		return tx.st
	}
	panic("sqlstore: a write outside Atomically")
}

// noted is err, after the transaction of ctx has looked at it.
func (db *DB) noted(ctx context.Context, err error) error {
	if tx := txOf(ctx, db); tx != nil {
		tx.note(err)
	}
	return err
}

// whole is ctx for a statement: in a transaction the end of ctx is looked at before each statement,
// and tears none.
func (db *DB) whole(ctx context.Context) (context.Context, error) {
	if txOf(ctx, db) == nil {
		return ctx, nil
	}
	return context.WithoutCancel(ctx), context.Cause(ctx)
}

// exec runs a writing statement and returns how many rows it touched. Where that does not matter,
// later is what costs less.
func (db *DB) exec(ctx context.Context, query string, args ...any) (int64, error) {
	ctx, err := db.whole(ctx)
	if err != nil {
		return 0, err
	}
	n, err := db.must(ctx).exec(ctx, query, args)
	return n, db.noted(ctx, err)
}

// later runs a writing statement before the next that is waited for in the same transaction, or
// before its commit. Should it fail by then, all is run again and the error is returned here. What is
// in args must not change any more.
func (db *DB) later(ctx context.Context, query string, args ...any) error {
	ctx, err := db.whole(ctx)
	if err != nil {
		return err
	}
	return db.noted(ctx, db.must(ctx).later(ctx, query, args))
}

// likely is exec for a statement, without RETURNING, that nearly always touches rows. On Postgres it is
// put off as by later, and n is 1; should it touch none, all is run again to learn that.
func (db *DB) likely(ctx context.Context, query string, args ...any) (n int64, err error) {
	if tx := txOf(ctx, db); tx != nil {
		if p, ok := tx.st.(*pipe); ok && !p.direct {
			// A division by zero is the shortest way to fail.
			return 1, db.later(ctx, `WITH touched AS (`+query+` RETURNING 1) SELECT 1 / COUNT(*) FROM touched`, args...)
		}
	}
	return db.exec(ctx, query, args...)
}

// one scans one row of a query; found is false when there is none.
func (db *DB) one(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	if ctx, err = db.whole(ctx); err != nil {
		return false, err
	}
	err = db.on(ctx).one(ctx, query, args, into)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, db.noted(ctx, err)
}

// writeOne is one for a writing statement with RETURNING.
func (db *DB) writeOne(ctx context.Context, query string, args []any, into ...any) (found bool, err error) {
	if ctx, err = db.whole(ctx); err != nil {
		return false, err
	}
	err = db.must(ctx).one(ctx, query, args, into)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, db.noted(ctx, err)
}

// each calls row for every row of a query; scan reads the current row.
func (db *DB) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	return db.noted(ctx, db.rows(ctx, query, args, row))
}

func (db *DB) rows(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	ctx, err := db.whole(ctx)
	if err != nil {
		return err
	}
	return db.on(ctx).each(ctx, query, args, row)
}

// forUpdate ends a SELECT of rows that will be changed: on Postgres they are locked, on SQLite the
// single writer has them anyway. Lock in the order records, counters, lanes.
func (db *DB) forUpdate() string {
	if db.engine == Postgres {
		return " FOR UPDATE"
	}
	return ""
}

// micros is an instant as it is stored; the zero time is 0.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant reads what micros wrote.
func instant(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}
