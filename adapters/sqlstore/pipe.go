package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pipe is a transaction of Postgres. What costs there is to wait for the server, so a statement that
// nobody waits for (later) is kept and goes together with the next that somebody does, or with
// COMMIT. BEGIN goes with the first, SAVEPOINT and RELEASE with what is beside them; a savepoint
// in which nothing was asked is never made, and one that was not sent yet is undone by forgetting it.
//
// The server skips what follows an error in one such round trip. So when the statement that is waited
// for fails, all before it has been done, and its error is its caller's, as ever. When one fails that
// nobody waited for, whoever ran it has been told that it went well, and may have left a savepoint
// since: the whole is then rolled back with a *deferredError, and Atomically runs it again with
// nothing put off, so that the error reaches whom it belongs to. That costs twice as much of what
// seldom fails.
type pipe struct {
	db     *DB
	conn   *pgxpool.Conn
	direct bool // nothing is put off

	queue  []asked
	begun  bool  // BEGIN was sent
	failed error // of a statement: Postgres takes nothing more before a savepoint is undone
	ended  bool
	busy   bool // rows are being read
}

// asked is a statement that waits to be sent.
type asked struct {
	query string
	args  []any
	word  bool // it begins or ends something
}

// deferredError is the error of a statement that nobody waited for.
type deferredError struct{ err error }

func (e *deferredError) Error() string { return e.err.Error() }
func (e *deferredError) Unwrap() error { return e.err }

// lostError says that the connection was lost. first is true when nothing had been answered on it:
// then it was lost before, while nobody used it, and nothing was done on it.
type lostError struct {
	err   error
	first bool
}

func (e *lostError) Error() string { return e.err.Error() }
func (e *lostError) Unwrap() error { return e.err }

var errBusy = errors.New("a statement while the rows of another are read")

// ready says why nothing can be asked.
func (p *pipe) ready() error {
	switch {
	case p.ended:
		return sql.ErrTxDone
	case p.failed != nil:
		return fmt.Errorf("after an error in the same transaction: %w", p.failed)
	}
	return nil
}

func (p *pipe) later(ctx context.Context, query string, args []any) error {
	if p.direct {
		_, err := p.exec(ctx, query, args)
		return err
	}
	if err := p.ready(); err != nil {
		return err
	}
	p.queue = append(p.queue, asked{query: query, args: slices.Clone(args)})
	return nil
}

func (p *pipe) exec(ctx context.Context, query string, args []any) (n int64, err error) {
	err = p.ask(ctx, query, args, func(rows pgx.Rows) error {
		rows.Close()
		n = rows.CommandTag().RowsAffected()
		return rows.Err()
	})
	return n, err
}

func (p *pipe) one(ctx context.Context, query string, args, into []any) error {
	return p.ask(ctx, query, args, func(rows pgx.Rows) error { return oneRow(rows, into) })
}

func (p *pipe) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	return p.ask(ctx, query, args, func(rows pgx.Rows) error { return everyRow(rows, row) })
}

// oneRow reads the first row.
func oneRow(rows pgx.Rows, into []any) error {
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return sql.ErrNoRows
	}
	if err := rows.Scan(into...); err != nil {
		return err
	}
	rows.Close()
	return rows.Err()
}

func everyRow(rows pgx.Rows, row func(scan func(into ...any) error) error) error {
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// ask sends all that waits and a statement, whose result read reads.
func (p *pipe) ask(ctx context.Context, query string, args []any, read func(pgx.Rows) error) error {
	if err := p.ready(); err != nil {
		return err
	}
	if p.direct && (!p.begun || len(p.queue) > 0) { // a statement that cannot be prepared must be alone to be known
		if err := p.send(ctx, nil, nil); err != nil {
			return err
		}
	}
	return p.send(ctx, &asked{query: query, args: args}, read)
}

// send sends all that waits, and last, if there is one. The error of anything but last is a
// *deferredError; when the connection is lost it is a *lostError.
func (p *pipe) send(ctx context.Context, last *asked, read func(pgx.Rows) error) (err error) {
	if p.busy {
		return errBusy
	}
	var b pgx.Batch
	words := int64(0)
	put := func(a asked) {
		b.Queue(a.query, a.args...)
		if a.word {
			words++
		}
	}
	first := !p.begun
	if first {
		put(asked{query: "BEGIN", word: true})
	}
	for _, a := range p.queue {
		put(a)
	}
	if last != nil {
		put(*last)
	}
	p.queue, p.begun, p.busy = nil, true, true
	p.db.asked.Add(words)
	p.db.trips.Add(1)
	conn := p.conn.Conn()
	results := conn.SendBatch(ctx, &b)
	defer func() {
		closed := results.Close()
		if err == nil {
			err = closed
		}
		p.busy = false
		switch {
		case conn.IsClosed():
			p.ended = true
			err = &lostError{err, first}
		case conn.PgConn().TxStatus() != 'T' && err != nil && p.failed == nil:
			p.failed = err
		}
	}()
	before := b.Len()
	if last != nil {
		before--
	}
	for range before {
		if _, err := results.Exec(); err != nil {
			return &deferredError{err}
		}
	}
	if last == nil {
		return nil
	}
	rows, err := results.Query()
	if err != nil {
		rows.Close()
		return err
	}
	return read(rows)
}

// mark makes a savepoint.
func (p *pipe) mark(_ context.Context, name string) error {
	if err := p.ready(); err != nil {
		return err
	}
	p.queue = append(p.queue, asked{query: "SAVEPOINT " + name, word: true})
	return nil
}

// release ends a savepoint and keeps what was done in it. It fails where a statement has failed whose
// error was dropped.
func (p *pipe) release(_ context.Context, name string) error {
	if err := p.ready(); err != nil {
		return err
	}
	if n := len(p.queue); n > 0 && p.queue[n-1].query == "SAVEPOINT "+name {
		p.queue = p.queue[:n-1]
		return nil
	}
	p.queue = append(p.queue, asked{query: "RELEASE SAVEPOINT " + name, word: true})
	return nil
}

// undo takes back what was done since a savepoint, and ends it. This is sent at once and by itself: as
// long as the transaction has failed the server prepares no statement.
func (p *pipe) undo(ctx context.Context, name string) error {
	if p.ended {
		return sql.ErrTxDone
	}
	// The last of that name is the one that is open: if that was sent, nothing of its name waits.
	for at := len(p.queue) - 1; at >= 0; at-- {
		if p.queue[at].query == "SAVEPOINT "+name {
			p.queue = p.queue[:at]
			return nil
		}
	}
	p.queue = nil
	p.db.asked.Add(2)
	p.db.trips.Add(1)
	_, err := p.conn.Conn().PgConn().Exec(ctx, "ROLLBACK TO SAVEPOINT "+name+"; RELEASE SAVEPOINT "+name).ReadAll()
	if err == nil {
		p.failed = nil
	}
	return err
}

// commit sends what waits and ends the transaction.
func (p *pipe) commit(ctx context.Context) error {
	if p.ended {
		return sql.ErrTxDone
	}
	if p.failed != nil {
		return p.failed
	}
	if !p.begun && len(p.queue) == 0 {
		p.ended = true
		return nil
	}
	var tag pgconn.CommandTag
	err := p.send(ctx, &asked{query: "COMMIT", word: true}, func(rows pgx.Rows) error {
		rows.Close()
		tag = rows.CommandTag()
		return rows.Err()
	})
	var lost *lostError
	if errors.As(err, &lost) {
		lost.first = false // nobody knows whether it was committed
	}
	if err == nil && tag.String() != "COMMIT" {
		err = pgx.ErrTxCommitRollback
	}
	p.ended = p.ended || err == nil
	return err
}

// rollback undoes all, unless it has ended.
func (p *pipe) rollback() {
	if p.ended {
		return
	}
	p.ended, p.queue = true, nil
	if !p.begun || p.conn.Conn().PgConn().TxStatus() == 'I' {
		return
	}
	p.db.asked.Add(1)
	p.db.trips.Add(1)
	_, _ = p.conn.Conn().PgConn().Exec(context.Background(), "ROLLBACK").ReadAll() // the pool drops a connection that is still in a transaction
}
