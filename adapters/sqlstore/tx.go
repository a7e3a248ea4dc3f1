package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

type txKey struct{ db *DB }

// transaction travels in the context.
type transaction struct {
	tx     *sql.Tx
	doomed error    // the error of a nested function: the innermost savepoint around it must roll back
	depth  int      // of savepoints
	after  []func() // run after the commit
}

func txOf(ctx context.Context, db *DB) *transaction {
	tx, _ := ctx.Value(txKey{db}).(*transaction)
	return tx
}

// Atomically runs fn in one transaction, which travels in the context fn is given, and commits it
// when fn returns nil. Inside another Atomically it joins that transaction, and an error of fn then
// dooms the innermost Savepoint around it (or the whole transaction) even when the caller drops the
// error. fn may be run again from the start, so it must set, not add to, what it captures.
func (db *DB) Atomically(ctx context.Context, fn func(ctx context.Context) error) error {
	if tx := txOf(ctx, db); tx != nil {
		err := fn(ctx)
		if err != nil && tx.doomed == nil {
			tx.doomed = err
		}
		return err
	}
	for attempt := 0; ; attempt++ {
		err := db.try(ctx, fn)
		if err == nil || attempt == 20 || !again(err) || ctx.Err() != nil {
			return err
		}
		// Spread those that collided.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rand.IntN(2<<min(attempt, 6))+1) * time.Millisecond):
		}
	}
}

func (db *DB) try(ctx context.Context, fn func(ctx context.Context) error) (err error) {
	// The statements must not be torn by the caller's deadline: the driver would roll back more than
	// the one statement. The deadline is looked at between the functions that run.
	if err := ctx.Err(); err != nil {
		return err
	}
	inner := context.WithoutCancel(ctx)
	sqlTx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("begin: %w", err)
	}
	tx := &transaction{tx: sqlTx}
	done := false
	defer func() {
		if !done {
			_ = sqlTx.Rollback()
		}
	}()
	if err := fn(context.WithValue(inner, txKey{db}, tx)); err != nil {
		if tx.doomed != nil && again(tx.doomed) {
			return tx.doomed // what came after it is only its consequence
		}
		return err
	}
	if tx.doomed != nil {
		return tx.doomed
	}
	done = true
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// Savepoint runs fn so that its writes are undone when it fails or panics, while the transaction of
// ctx goes on. A panic comes back as a *PanicError.
func (db *DB) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	tx := txOf(ctx, db)
	if tx == nil {
		panic("sqlstore: Savepoint outside Atomically")
	}
	tx.depth++
	name := fmt.Sprintf("s%d", tx.depth)
	before, after := tx.doomed, len(tx.after)
	defer func() { tx.depth-- }()
	if _, err := tx.tx.ExecContext(ctx, "SAVEPOINT "+name); err != nil {
		return fmt.Errorf("savepoint: %w", err)
	}
	err := caught(ctx, fn)
	if err == nil {
		err = tx.doomed
		if before != nil {
			err = nil // doomed before it began: not this function's fault
		}
	}
	if err == nil {
		_, err = tx.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name)
		return err
	}
	tx.doomed, tx.after = before, tx.after[:after]
	if again(err) {
		tx.doomed = err // the engine wants the whole transaction run again
		return err
	}
	if _, rerr := tx.tx.ExecContext(ctx, "ROLLBACK TO SAVEPOINT "+name); rerr != nil {
		tx.doomed = fmt.Errorf("roll back: %w", errors.Join(rerr, err))
		return tx.doomed
	}
	if _, rerr := tx.tx.ExecContext(ctx, "RELEASE SAVEPOINT "+name); rerr != nil {
		tx.doomed = rerr
		return rerr
	}
	return err
}

// PanicError is a panic that was caught.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

// AfterCommit runs f once the transaction of ctx has been committed, at once when there is none.
// f must be quick and must not use the database.
func (db *DB) AfterCommit(ctx context.Context, f func()) {
	if tx := txOf(ctx, db); tx != nil {
		tx.after = append(tx.after, f)
		return
	}
	f()
}

// again says whether Postgres wants the transaction run again: a serialization failure or a deadlock.
func again(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40001" || pg.Code == "40P01")
}

const nextNumber = `
	INSERT INTO counter (community_id, name, last) VALUES ($1, $2, 1)
	ON CONFLICT (community_id, name) DO UPDATE SET last = counter.last + 1
	RETURNING last`

// next is the next number of a name in a community, from 1. Its row stays locked to the commit:
// take it as late as can be.
func (db *DB) next(ctx context.Context, community int64, name string) (int64, error) {
	var n int64
	if _, err := db.writeOne(ctx, nextNumber, []any{community, name}, &n); err != nil {
		return 0, fmt.Errorf("next number of %s: %w", name, err)
	}
	return n, nil
}
