package sqlstore

import (
	"context"
	"database/sql"
	"sync"
)

// statements runs SQL: on a pool, or in a transaction. later may run its statement with the next one;
// exec returns how many rows were touched; one returns sql.ErrNoRows when there is none.
type statements interface {
	later(ctx context.Context, query string, args []any) error
	exec(ctx context.Context, query string, args []any) (int64, error)
	one(ctx context.Context, query string, args, into []any) error
	each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error
}

// querier is a pool, a connection, a transaction or a statement of database/sql.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// direct leaves it to the driver to prepare statements.
type direct struct{ q querier }

func (p direct) later(ctx context.Context, query string, args []any) error {
	_, err := p.q.ExecContext(ctx, query, args...)
	return err
}

func (p direct) exec(ctx context.Context, query string, args []any) (int64, error) {
	return touched(p.q.ExecContext(ctx, query, args...))
}

func touched(r sql.Result, err error) (int64, error) {
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (p direct) one(ctx context.Context, query string, args, into []any) error {
	return p.q.QueryRowContext(ctx, query, args...).Scan(into...)
}

func (p direct) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	rows, err := p.q.QueryContext(ctx, query, args...)
	return eachRow(rows, err, row)
}

func eachRow(rows *sql.Rows, err error, row func(scan func(into ...any) error) error) error {
	if err != nil {
		return err
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// preparedMost is how many statements are kept. Those that are written out are fewer; lists of many
// lengths and searches of many sorts are not kept once there are so many.
const preparedMost = 500

// prepared keeps statements: SQLite's driver would else compile each anew every time, which takes
// longer than to run it.
type prepared struct {
	on     preparer
	single bool // on is one connection: nobody can run a statement that is being run

	mu   sync.Mutex
	kept map[string]*keptStmt
}

type preparer interface {
	querier
	PrepareContext(ctx context.Context, query string) (*sql.Stmt, error)
}

type keptStmt struct {
	stmt *sql.Stmt
	busy bool
}

func newPrepared(on preparer, single bool) *prepared {
	return &prepared{on: on, single: single, kept: map[string]*keptStmt{}}
}

// take gives a statement; nil when it must be run without being kept.
func (p *prepared) take(ctx context.Context, query string) (*keptStmt, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.kept[query]
	if k == nil {
		if len(p.kept) >= preparedMost {
			return nil, nil
		}
		stmt, err := p.on.PrepareContext(ctx, query)
		if err != nil {
			return nil, err
		}
		k = &keptStmt{stmt: stmt}
		p.kept[query] = k
	}
	if p.single {
		if k.busy {
			return nil, nil
		}
		k.busy = true
	}
	return k, nil
}

func (p *prepared) give(k *keptStmt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	k.busy = false
}

func (p *prepared) later(ctx context.Context, query string, args []any) error {
	k, err := p.take(ctx, query)
	if err != nil {
		return err
	}
	if k == nil {
		return direct{p.on}.later(ctx, query, args)
	}
	defer p.give(k)
	_, err = k.stmt.ExecContext(ctx, args...)
	return err
}

func (p *prepared) exec(ctx context.Context, query string, args []any) (int64, error) {
	k, err := p.take(ctx, query)
	if err != nil {
		return 0, err
	}
	if k == nil {
		return direct{p.on}.exec(ctx, query, args)
	}
	defer p.give(k)
	return touched(k.stmt.ExecContext(ctx, args...))
}

func (p *prepared) one(ctx context.Context, query string, args, into []any) error {
	k, err := p.take(ctx, query)
	if err != nil {
		return err
	}
	if k == nil {
		return direct{p.on}.one(ctx, query, args, into)
	}
	defer p.give(k)
	return k.stmt.QueryRowContext(ctx, args...).Scan(into...)
}

func (p *prepared) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	k, err := p.take(ctx, query)
	if err != nil {
		return err
	}
	if k == nil {
		return direct{p.on}.each(ctx, query, args, row)
	}
	defer p.give(k)
	rows, err := k.stmt.QueryContext(ctx, args...)
	return eachRow(rows, err, row)
}

// close gives all statements back.
func (p *prepared) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, k := range p.kept {
		_ = k.stmt.Close()
	}
	clear(p.kept)
}
