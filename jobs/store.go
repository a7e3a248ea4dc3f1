package jobs

import (
	"context"
	"time"

	"guildhall/core/work"
)

// Transactions runs functions in the store; a function may be run again from the start. Nested
// calls join.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Claims gives out work and is told how it ended. All are called in a transaction, but for Settle, which
// may be called outside any, too: then those who do at the same time may share one.
type Claims interface {
	// Claim takes the first items of lanes that are due, those that have waited longest first.
	Claim(ctx context.Context, want work.Want) ([]work.Claim, error)
	// Settle writes how claims ended and frees their lanes. lost are the items of claims that another
	// has taken over: nothing was written of those.
	Settle(ctx context.Context, outcomes ...work.Outcome) (lost []int64, err error)
	// Renew keeps claims until a later time; lost are the items of those that another has.
	Renew(ctx context.Context, until time.Time, claims ...work.Claim) (lost []int64, err error)
}

// Wakes says when there is work.
type Wakes interface {
	// NextDue is when the next lane of the kinds can be taken; the zero time when there is none.
	NextDue(ctx context.Context, kinds ...string) (time.Time, error)
	// Watch calls woken whenever there may be new work, until ctx ends, or until it fails.
	Watch(ctx context.Context, woken func()) error
}

// Store is the queue as a Runner needs it.
type Store interface {
	Transactions
	Claims
	Wakes
}

// Schedules keeps what people set up to happen regularly. Both are called in a transaction.
type Schedules interface {
	// DueSchedules locks up to most schedules that are due, the oldest first; what another has locked
	// is passed over.
	DueSchedules(ctx context.Context, now time.Time, most int) ([]work.Schedule, error)
	// FarSchedules locks up to most schedules that are due after a time, likewise.
	FarSchedules(ctx context.Context, after time.Time, most int) ([]work.Schedule, error)
	KeepSchedule(ctx context.Context, s work.Schedule) error
}

// Upkeeps remembers when tasks of upkeep were queued. Both are called in a transaction.
type Upkeeps interface {
	// LastUpkeep locks when a task was queued last. One that never was counts as queued now.
	LastUpkeep(ctx context.Context, name string, now time.Time) (time.Time, error)
	KeepUpkeep(ctx context.Context, name string, last time.Time) error
}
