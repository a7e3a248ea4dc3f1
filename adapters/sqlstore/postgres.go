package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
)

func openPostgres(ctx context.Context, address string) (*DB, error) {
	config, err := pgxpool.ParseConfig(address)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", hidePassword(err))
	}
	if !strings.Contains(address, "pool_max_conns") {
		config.MaxConns = 32
	}
	if !strings.Contains(address, "pool_max_conn_idle_time") {
		config.MaxConnIdleTime = 5 * time.Minute
	}
	pool, err := pgxpool.NewWithConfig(context.WithoutCancel(ctx), config)
	if err != nil {
		return nil, fmt.Errorf("open postgres: %w", hidePassword(err))
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("open postgres: %w", hidePassword(err))
	}
	w := stdlib.OpenDBFromPool(pool)
	db := newDB(Postgres, w, w)
	db.pool, db.reads = pool, pooled{db}
	return db, nil
}

// hidePassword keeps a connection address out of an error.
func hidePassword(err error) error {
	var parse *pgconn.ParseConfigError
	if errors.As(err, &parse) {
		return errors.New("the address cannot be read")
	}
	return err
}

// closePool closes the connections. Those that are in use are waited for, but not for long.
func (db *DB) closePool() {
	closed := make(chan struct{})
	go func() { db.pool.Close(); close(closed) }()
	select {
	case <-closed:
	case <-time.After(5 * time.Second):
	}
}

// try runs fn once in a transaction of Postgres. direct says that nothing is put off.
func (db *DB) try(ctx context.Context, direct bool, fn func(tx *transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	conn, err := db.pool.Acquire(ctx) // the end of ctx ends the waiting alone
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	p := &pipe{db: db, conn: conn, direct: direct}
	defer func() { // also after a panic or runtime.Goexit
		p.rollback()
		conn.Release()
	}()
	tx := &transaction{st: p, marks: p, abandon: p.rollback}
	err = fn(tx)
	switch {
	case tx.over != nil:
		return tx.over // what came after it is only its consequence
	case err != nil:
		return err
	case tx.doomed != nil:
		return tx.doomed
	}
	if err := p.commit(context.WithoutCancel(ctx)); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// pooled runs each statement on any connection that is free.
type pooled struct{ db *DB }

func (p pooled) later(context.Context, string, []any) error { return errReadOnly }

func (p pooled) exec(context.Context, string, []any) (int64, error) { return 0, errReadOnly }

var errReadOnly = errors.New("a write outside a transaction")

func (p pooled) one(ctx context.Context, query string, args, into []any) error {
	return p.ask(ctx, query, args, func(rows pgx.Rows) (bool, error) {
		err := oneRow(rows, into)
		return err == nil || errors.Is(err, sql.ErrNoRows), err
	})
}

func (p pooled) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	return p.ask(ctx, query, args, func(rows pgx.Rows) (began bool, err error) {
		err = everyRow(rows, func(scan func(into ...any) error) error { began = true; return row(scan) })
		return began, err
	})
}

// ask runs a query. A connection that was lost while nobody used it shows that only now: then another
// is tried, unless read has read something.
func (p pooled) ask(ctx context.Context, query string, args []any, read func(pgx.Rows) (began bool, err error)) error {
	for tried := 0; ; tried++ {
		conn, err := p.db.pool.Acquire(ctx)
		if err != nil {
			return err
		}
		began, lost, err := p.askOn(ctx, conn, query, args, read)
		if err == nil || began || !lost || ctx.Err() != nil || tried == lostMost {
			return err
		}
	}
}

// lostMost is how many connections may be found lost one after the other.
const lostMost = 2

func (p pooled) askOn(ctx context.Context, conn *pgxpool.Conn, query string, args []any, read func(pgx.Rows) (bool, error)) (began, lost bool, err error) {
	defer conn.Release()
	p.db.trips.Add(1)
	rows, err := conn.Query(ctx, query, args...)
	if err == nil {
		defer rows.Close()
		began, err = read(rows)
	}
	return began, conn.Conn().IsClosed(), err
}
