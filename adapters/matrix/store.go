package matrix

import (
	"context"
	"crypto/rand"
	"time"
)

// Store keeps what must outlive the program. account is the bot's user id. Every method is durable
// when it returns, and stands alone: none is called inside a transaction.
type Store interface {
	// Session is the device and token of account; found is false when none was kept.
	Session(ctx context.Context, account string) (device, token string, found bool, err error)
	// KeepSession keeps a session in place of any other.
	KeepSession(ctx context.Context, account, device, token string) error

	// Lead takes the lead for account, or keeps it, until the given time: one program at a time asks
	// /sync. The epoch grows with each change of the holder. held is false while another one leads.
	Lead(ctx context.Context, account, holder string, now, until time.Time) (epoch int64, held bool, err error)
	// Resign ends the lead of holder, so that another need not wait.
	Resign(ctx context.Context, account, holder string) error

	// Position is where /sync goes on, and when it was stored; empty before the first sync.
	Position(ctx context.Context, account string) (position string, stored time.Time, err error)
	// Advance stores the position, unless another epoch has begun (false).
	Advance(ctx context.Context, account string, epoch int64, position string, now time.Time) (bool, error)

	// Once is true the first time it is called with a name.
	Once(ctx context.Context, account, name string, now time.Time) (bool, error)

	// Wait keeps an event that cannot be read before its key has come; twice is no error.
	Wait(ctx context.Context, account, room, event string, body []byte, now time.Time) error
	// Waiting lists what waits, oldest first, and since when.
	Waiting(ctx context.Context, account string) ([]Waiting, error)
	// Unwait forgets an event that waited.
	Unwait(ctx context.Context, account, event string) error
}

// Waiting is an event that waits for its key.
type Waiting = struct {
	Room, Event string
	Body        []byte
	Since       time.Time
}

func newHolder() string { return rand.Text() }
