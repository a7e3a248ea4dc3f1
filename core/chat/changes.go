package chat

import (
	"context"
	"fmt"

	"guildhall/core/record"
)

// Recorder takes note of changes for the audit trail and for the transaction that they belong to, so
// that cards and search follow. Sections are given it as their record.Changes.
type Recorder struct{ Keep record.Changes }

type bookKey struct{}

// book holds the changes of one transaction.
type book struct{ changes []record.Change }

func (b *book) mark() int    { return len(b.changes) }
func (b *book) reset(to int) { b.changes = b.changes[:to] }

// withChanges opens a book for what is called with the context.
func withChanges(ctx context.Context) (context.Context, *book) {
	b := &book{}
	return context.WithValue(ctx, bookKey{}, b), b
}

// Record implements record.Changes.
func (r Recorder) Record(ctx context.Context, c record.Change) error {
	if b, ok := ctx.Value(bookKey{}).(*book); ok {
		b.changes = append(b.changes, c)
	}
	if err := r.Keep.Record(ctx, c); err != nil {
		return fmt.Errorf("note a change: %w", err)
	}
	return nil
}
