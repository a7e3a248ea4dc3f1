package sqlstore

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// channel is where the programs that share a Postgres tell each other of new work.
const channel = "guildhall_work"

// gap is the least time between two notifications of one program: each takes a lock that all
// commits which notify share.
const gap = 20 * time.Millisecond

// wakes tells all who wait for work that there is some.
type wakes struct {
	mu      sync.Mutex
	next    int
	funcs   map[int]func()
	waiting bool          // a notification is to be sent
	sending bool          // a goroutine sends notifications
	closed  chan struct{} // no gaps any more
	sender  sync.WaitGroup
}

func newWakes() *wakes { return &wakes{funcs: map[int]func(){}, closed: make(chan struct{})} }

// wakeAfter tells all who wait for work once the transaction of ctx is committed.
func (db *DB) wakeAfter(ctx context.Context) {
	tx := txOf(ctx, db)
	if tx == nil {
		db.wake()
		return
	}
	if tx.wakes == 0 {
		tx.after = append(tx.after, db.wake)
		tx.wakes = len(tx.after)
	}
}

func (db *DB) wake() {
	w := db.wakes
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.funcs {
		f()
	}
	if db.engine != Postgres {
		return
	}
	if w.waiting = true; !w.sending {
		w.sending = true
		w.sender.Go(db.sendWakes)
	}
}

// sendWakes notifies the other programs, as long as there is something to tell. A failure is no
// harm: they look by themselves from time to time.
func (db *DB) sendWakes() {
	w := db.wakes
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	for {
		w.mu.Lock()
		if !w.waiting {
			w.sending = false
			w.mu.Unlock()
			return
		}
		w.waiting = false
		w.mu.Unlock()
		_, _ = db.pool.Exec(ctx, `SELECT pg_notify($1, $2)`, channel, db.name)
		select {
		case <-time.After(gap):
		case <-w.closed:
		}
	}
}

// close sends what is left.
func (w *wakes) close() {
	w.mu.Lock()
	select {
	case <-w.closed:
	default:
		close(w.closed)
	}
	w.mu.Unlock()
	w.sender.Wait()
}

// Watch calls woken whenever there may be new work, here or in another program on the same database,
// until ctx ends. woken must only pass it on. An error says that others' notifications do not come
// in; those of this program come while Watch runs.
func (w Work) Watch(ctx context.Context, woken func()) error {
	all := w.db.wakes
	all.mu.Lock()
	all.next++
	id := all.next
	all.funcs[id] = woken
	all.mu.Unlock()
	defer func() {
		all.mu.Lock()
		delete(all.funcs, id)
		all.mu.Unlock()
	}()
	if w.db.engine != Postgres {
		<-ctx.Done()
		return nil
	}
	err := w.db.listen(ctx, woken)
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// listen takes a connection of its own.
func (db *DB) listen(ctx context.Context, woken func()) error {
	pooled, err := db.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("listen for work: %w", err)
	}
	conn := pooled.Hijack() // it listens: nobody else may have it
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(ctx)
	}()
	if _, err := conn.Exec(ctx, "LISTEN "+channel); err != nil {
		return fmt.Errorf("listen for work: %w", err)
	}
	woken() // for what was missed before
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return fmt.Errorf("listen for work: %w", err)
		}
		if n.Payload != db.name {
			woken()
		}
	}
}
