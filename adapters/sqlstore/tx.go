package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"guildhall/core/work"
)

type txKey struct{ db *DB }

// transaction travels in the context.
type transaction struct {
	st      statements
	marks   marks
	abandon func()      // keeps nothing of the whole; statements fail with sql.ErrTxDone from then on
	doomed  error       // the error of a nested function: the innermost savepoint around it must roll back
	over    error       // why the engine has given the whole transaction up; it is rolled back already
	depth   int         // of savepoints
	after   []func()    // run after the commit
	wakes   int         // which of them, from 1, says that there is work
	items   []work.Item // that were added and are not written yet, all by flush
	flush   func(ctx context.Context) error
	ended   bool // nothing is taken any more
}

// marks are the savepoints of a transaction.
type marks interface {
	mark(ctx context.Context, name string) error
	release(ctx context.Context, name string) error
	undo(ctx context.Context, name string) error // and release
}

// end writes what is left to write. It is called when the function of the transaction has succeeded.
func (tx *transaction) end(ctx context.Context) error {
	if len(tx.items) == 0 || tx.doomed != nil || tx.over != nil {
		return nil //nolint:nilerr // Atomically looks at these itself
	}
	return tx.flush(ctx)
}

func txOf(ctx context.Context, db *DB) *transaction {
	tx, _ := ctx.Value(txKey{db}).(*transaction)
	return tx
}

// Atomically runs fn in one transaction, which travels in the context fn is given, and commits it
// when fn returns nil. Inside another Atomically it joins that transaction, and an error of fn then
// dooms the innermost Savepoint around it (or the whole transaction) even when the caller drops the
// error. fn may be run again from the start, so it must set, not add to, what it captures. The end
// of ctx stops the waiting for a transaction, not one that has begun.
func (db *DB) Atomically(ctx context.Context, fn func(ctx context.Context) error) error {
	if tx := txOf(ctx, db); tx != nil {
		err := fn(ctx)
		if err != nil && tx.doomed == nil {
			tx.doomed = err
		}
		return err
	}
	inside := func(tx *transaction) error {
		ctx := context.WithValue(context.WithoutCancel(ctx), txKey{db}, tx)
		defer func() { tx.ended = true }()
		if err := fn(ctx); err != nil {
			return err
		}
		return tx.end(ctx)
	}
	if db.writer != nil {
		err := db.writer.run(ctx, false, inside)
		if errors.Is(err, errAlone) {
			err = db.writer.run(ctx, true, inside)
		}
		return err
	}
	return db.tryUntil(ctx, inside)
}

// tryUntil runs fn in a transaction of Postgres, and once more where the first time says nothing yet.
func (db *DB) tryUntil(ctx context.Context, fn func(tx *transaction) error) error {
	direct := false
	for attempt, lost := 0, 0; ; {
		err := db.try(ctx, direct, fn)
		var deferred *deferredError
		var gone *lostError
		switch {
		case err == nil:
			return nil
		case again(err) && attempt < 20:
			// Spread those that collided.
			select {
			case <-ctx.Done():
				return err
			case <-time.After(time.Duration(rand.IntN(2<<min(attempt, 6))+1) * time.Millisecond):
			}
			attempt++
		case errors.As(err, &gone):
			if !gone.first || lost == lostMost {
				return err
			}
			lost++
		case errors.As(err, &deferred) && !direct:
			direct = true
		default:
			return err
		}
	}
}

// note looks at the error of a statement. When the engine has given the transaction up, it is
// rolled back at once: on SQLite what follows would else be committed statement by statement.
func (tx *transaction) note(err error) {
	if err != nil && tx.over == nil && (again(err) || gaveUp(err) || past(err)) {
		tx.over = err
		tx.abandon()
	}
}

// Savepoint runs fn so that its writes are undone when it fails or panics, while the transaction of
// ctx goes on. A panic comes back as a *PanicError.
func (db *DB) Savepoint(ctx context.Context, fn func(ctx context.Context) error) error {
	tx := txOf(ctx, db)
	if tx == nil {
		panic("sqlstore: Savepoint outside Atomically")
	}
	// What was added before is not undone with what is added inside.
	if len(tx.items) > 0 {
		if err := tx.flush(ctx); err != nil {
			tx.doomed = fmt.Errorf("savepoint: %w", err)
			return tx.doomed
		}
	}
	tx.depth++
	defer func() { tx.depth-- }()
	name := fmt.Sprintf("s%d", tx.depth)
	own := context.WithoutCancel(ctx)
	before, after := tx.doomed, len(tx.after)
	if err := tx.marks.mark(own, name); err != nil {
		tx.doomed = fmt.Errorf("savepoint: %w", err)
		return tx.doomed
	}
	tx.doomed = nil
	err := caught(ctx, fn)
	if tx.over != nil {
		return tx.over
	}
	if err == nil {
		err = tx.doomed
	}
	if err == nil {
		// This fails when fn dropped the error of a statement and Postgres did not.
		err = tx.marks.release(own, name)
	}
	tx.doomed = before
	if err == nil {
		return nil
	}
	tx.items = nil
	if tx.after = tx.after[:after]; tx.wakes > after {
		tx.wakes = 0
	}
	if failed := tx.marks.undo(own, name); failed != nil {
		tx.over = fmt.Errorf("undo: %w", errors.Join(failed, err))
		tx.abandon()
		return tx.over
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

// past says whether an error is of what is past: of a statement that nobody waited for, or of a
// connection that is gone.
func past(err error) bool {
	var deferred *deferredError
	var lost *lostError
	return errors.As(err, &deferred) || errors.As(err, &lost)
}

// gaveUp says whether SQLite has rolled the whole transaction back, or may have
// (https://www.sqlite.org/lang_transaction.html, "Response To Errors Within A Transaction").
func gaveUp(err error) bool {
	var lite *sqlite.Error
	if !errors.As(err, &lite) {
		return false
	}
	switch lite.Code() & 0xff {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_INTERRUPT,
		sqlite3.SQLITE_ABORT, sqlite3.SQLITE_CORRUPT:
		return true
	}
	return false
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
