package mail

import (
	"context"
	"time"
)

// Fate is what became of a letter.
type Fate string

// The fates of a letter.
const (
	Sending Fate = "sending" // it may be on its way
	Sent    Fate = "sent"    // a server has taken it
	Bounced Fate = "refused" // a server will never take it
	Lost    Fate = "unknown" // nobody knows; it is not sent again
)

// Sendings keeps which letters were sent, so that none is sent twice. A letter is one of a reader, a
// kind ("digest", "confirm") and a period.
type Sendings interface {
	// Begin notes that a letter is being sent. When it was begun before, it says what became of it.
	Begin(ctx context.Context, of, reader int64, kind, period string, at time.Time) (before Fate, err error)
	// Ended notes what became of a letter; the empty Fate that it was not sent at all.
	Ended(ctx context.Context, of, reader int64, kind, period string, f Fate, at time.Time) error
	// SentTo is what was sent to a reader, newest first, at most n.
	SentTo(ctx context.Context, of, reader int64, n int) ([]Trace, error)
}

// Trace is a letter as it is kept.
type Trace struct {
	Kind, Period string
	Fate         Fate
	At           time.Time
}
