package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// writer is SQLite's connection for writing. Those who want to write take turns in the order in which
// they came, each in its own goroutine. Whoever finds others waiting behind it leaves the
// transaction open for the next, and the last of such a group commits for all: making something
// durable costs most, and costs the same for one as for many. Each runs under a savepoint of its own,
// so that its failure undoes nothing of the others; none is told that it has succeeded before the
// commit. Where the whole group fails for the sake of one, the others are run again, each alone.
type writer struct {
	pool     *sql.DB
	asked    *atomic.Int64 // counts
	patience time.Duration // how long after it has begun others may join a group

	mu    sync.Mutex
	busy  bool // somebody has the turn
	queue []*waiter

	// Whoever has the turn has these.
	conn  *sql.Conn // nil: none yet
	stmts *prepared // of conn
	group *group    // whose transaction is open; nil: none is
}

// waiter waits for its turn.
type waiter struct {
	turn  chan struct{}
	alone bool
}

// group is those who share a transaction.
type group struct {
	begun   time.Time
	members int
	done    chan struct{} // closed when it has ended
	err     error         // why nothing of it was kept
}

// What keeps the first of a group from waiting for ever for the last.
const (
	groupMost     = 64
	groupPatience = 20 * time.Millisecond
)

// errAlone says that a function must be run again, alone.
var errAlone = errors.New("another's failure undid it")

// run runs fn in its turn and returns once that is committed, or undone.
func (w *writer) run(ctx context.Context, alone bool, fn func(tx *transaction) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := w.enter(ctx, alone); err != nil {
		return err
	}
	g, tx, err := w.turn(ctx, alone, fn)
	if err != nil {
		return err
	}
	<-g.done
	switch {
	case g.err != nil && g.members > 1:
		return errAlone
	case g.err != nil:
		return fmt.Errorf("commit: %w", g.err)
	}
	for _, f := range tx.after {
		f()
	}
	return nil
}

// enter waits for the turn.
func (w *writer) enter(ctx context.Context, alone bool) error {
	w.mu.Lock()
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil
	}
	me := &waiter{turn: make(chan struct{}), alone: alone}
	w.queue = append(w.queue, me)
	w.mu.Unlock()
	select {
	case <-me.turn:
		return nil
	case <-ctx.Done():
	}
	w.mu.Lock()
	i := slices.Index(w.queue, me)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i < 0 { // it came at the same moment
		<-me.turn
		w.leave(alone)
	}
	return fmt.Errorf("begin: %w", context.Cause(ctx))
}

// leave gives the turn to the next, who joins the group when it may, and else finds it committed.
func (w *writer) leave(alone bool) {
	w.mu.Lock()
	for g := w.group; g != nil; g = w.group {
		if !alone && len(w.queue) > 0 && !w.queue[0].alone && g.members < groupMost && time.Since(g.begun) < w.patience {
			break
		}
		w.mu.Unlock()
		w.commit()
		w.mu.Lock() // meanwhile others may have come
	}
	defer w.mu.Unlock()
	if len(w.queue) == 0 {
		w.busy = false
		return
	}
	close(w.queue[0].turn)
	w.queue = slices.Delete(w.queue, 0, 1)
}

// turn runs fn and leaves. When err is nil, all depends on how the group ends.
func (w *writer) turn(ctx context.Context, alone bool, fn func(tx *transaction) error) (g *group, tx *transaction, err error) {
	tx, err = w.begin(ctx)
	if err != nil {
		w.leave(alone)
		return nil, nil, fmt.Errorf("begin: %w", err)
	}
	g = w.group
	first := g.members == 1
	ended := false
	defer func() {
		tx.abandon()
		switch {
		case tx.over != nil:
			w.ruin(g, tx.over)
		case !ended || err != nil: // fn has failed, panicked or ended its goroutine
			w.undo(g, first)
		default:
			if err = w.keep(g, first); err != nil {
				err = fmt.Errorf("commit: %w", err)
			}
		}
		w.leave(alone)
	}()
	err = fn(tx)
	switch {
	case tx.over != nil:
		err = tx.over // what came after it is only its consequence
	case err == nil:
		err = tx.doomed
	}
	ended = true
	return g, tx, err
}

// begin joins the group, or makes a new one. The first of a group needs no savepoint: when it fails,
// nothing of any other is there.
func (w *writer) begin(ctx context.Context) (*transaction, error) {
	own := context.WithoutCancel(ctx)
	if w.conn == nil {
		conn, err := w.pool.Conn(ctx)
		if err != nil {
			return nil, err
		}
		w.conn, w.stmts = conn, newPrepared(conn, true)
	}
	word := "SAVEPOINT member"
	if w.group == nil {
		word = "BEGIN IMMEDIATE"
	}
	if err := w.stmts.later(own, word, nil); err != nil {
		w.ruin(w.group, err)
		return nil, err
	}
	if w.group == nil {
		w.group = &group{begun: time.Now(), done: make(chan struct{})}
	}
	w.group.members++
	st := &share{st: w.stmts, asked: w.asked}
	return &transaction{st: st, marks: st, abandon: func() { st.over.Store(true) }}, nil
}

// keep ends a member's savepoint.
func (w *writer) keep(g *group, first bool) error {
	if first {
		return nil
	}
	err := w.stmts.later(context.Background(), "RELEASE SAVEPOINT member", nil)
	if err != nil {
		w.ruin(g, err)
	}
	return err
}

// undo takes back what a member wrote.
func (w *writer) undo(g *group, first bool) {
	words := []string{"ROLLBACK TO SAVEPOINT member", "RELEASE SAVEPOINT member"}
	if first {
		words = []string{"ROLLBACK"}
	}
	for _, word := range words {
		if err := w.stmts.later(context.Background(), word, nil); err != nil {
			w.ruin(g, fmt.Errorf("undo: %w", err))
			return
		}
	}
	if first {
		w.group = nil
		close(g.done)
	}
}

// commit ends the group.
func (w *writer) commit() {
	g := w.group
	if err := w.stmts.later(context.Background(), "COMMIT", nil); err != nil {
		w.ruin(g, err)
		return
	}
	w.group = nil
	close(g.done)
}

// ruin ends the group and keeps nothing of it: it closes the connection, since nobody knows in which
// state that is.
func (w *writer) ruin(g *group, err error) {
	w.drop(driver.ErrBadConn)
	if g != nil && w.group == g {
		w.group = nil
		g.err = err
		close(g.done)
	}
}

// drop gives the connection back to the pool, or away with driver.ErrBadConn.
func (w *writer) drop(how error) {
	if w.conn == nil {
		return
	}
	w.stmts.close() // before what they are of
	if how != nil {
		_ = w.conn.Raw(func(any) error { return how })
	}
	_ = w.conn.Close()
	w.conn, w.stmts = nil, nil
}

// close waits for its turn and gives the connection back.
func (w *writer) close(ctx context.Context) {
	if w.enter(ctx, true) != nil {
		return // somebody writes without end; the pool is closed under them
	}
	if w.group != nil {
		w.commit()
	}
	w.drop(nil)
	w.leave(true)
}

// share is the statements of a member, until its turn is over.
type share struct {
	st    statements
	asked *atomic.Int64
	over  atomic.Bool
}

func (s *share) later(ctx context.Context, query string, args []any) error {
	if s.over.Load() {
		return sql.ErrTxDone
	}
	return s.st.later(ctx, query, args)
}

func (s *share) exec(ctx context.Context, query string, args []any) (int64, error) {
	if s.over.Load() {
		return 0, sql.ErrTxDone
	}
	return s.st.exec(ctx, query, args)
}

func (s *share) mark(ctx context.Context, name string) error {
	return s.word(ctx, "SAVEPOINT "+name)
}

func (s *share) release(ctx context.Context, name string) error {
	return s.word(ctx, "RELEASE SAVEPOINT "+name)
}

func (s *share) undo(ctx context.Context, name string) error {
	if err := s.word(ctx, "ROLLBACK TO SAVEPOINT "+name); err != nil {
		return err
	}
	return s.release(ctx, name)
}

func (s *share) word(ctx context.Context, word string) error {
	s.asked.Add(1)
	return s.later(ctx, word, nil)
}

func (s *share) one(ctx context.Context, query string, args, into []any) error {
	if s.over.Load() {
		return sql.ErrTxDone
	}
	return s.st.one(ctx, query, args, into)
}

func (s *share) each(ctx context.Context, query string, args []any, row func(scan func(into ...any) error) error) error {
	if s.over.Load() {
		return sql.ErrTxDone
	}
	return s.st.each(ctx, query, args, row)
}
