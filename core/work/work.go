// Package work is what happens later: a message to send, a link to fetch, a reminder. An item is
// put into the queue inside the transaction that causes it, and is worked after the commit.
package work

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Item is one piece of work.
//
// Items of one lane are worked one after the other in the order they were added; a lane whose head
// is not due yet waits. Items of different lanes are independent. An item that needs no order has a
// lane of its own (leave Lane empty and it gets its Key).
type Item struct {
	ID        int64  // given by the queue; orders the items of a lane
	Community int64  // 0 for the program's own
	Lane      string // such as "webchat/hall/sharing": what people see in one place, in order
	Kind      string // names the handler, such as "chat.post"
	Key       string // unique for ever among live and recently finished items; adding it again does nothing
	Body      []byte // JSON, read by the handler of the kind only
	Due       time.Time
	Budget    string // the pace it counts against, such as "slack/chat.postMessage/T1"; empty for none

	// Set when the item is given to its handler.
	Attempt int // from 1
	Added   time.Time
}

// New makes an item due at once whose body is body as JSON.
func New(kind, lane, key string, body any) Item {
	b, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("work: body of %s: %v", kind, err)) // a programming error: bodies are plain structs
	}
	if lane == "" {
		lane = key
	}
	return Item{Kind: kind, Lane: lane, Key: key, Body: b}
}

// In sets the community.
func (i Item) In(community int64) Item { i.Community = community; return i }

// At sets when the item is due.
func (i Item) At(t time.Time) Item { i.Due = t; return i }

// Read fills v from the item's body.
func (i Item) Read(v any) error {
	if err := json.Unmarshal(i.Body, v); err != nil {
		return Dead(fmt.Errorf("read body of %s: %w", i.Kind, err))
	}
	return nil
}

// Queue takes work.
type Queue interface {
	// Add puts items into the queue in the transaction of ctx. An item whose key is there already
	// is left as it is.
	Add(ctx context.Context, items ...Item) error
	// Drop removes items that have not begun, by key; missing ones are no error.
	Drop(ctx context.Context, community int64, keys ...string) error
}

// Kind is a kind of work and how it is done.
type Kind struct {
	Name string
	// Run does the work. The item is finished, together with what the returned function writes (nil
	// for nothing), in one transaction after Run returned nil. Run itself is called outside any
	// transaction when Outside is true, else inside that same transaction.
	//
	// An error puts the item back with back-off and jitter until Attempts are used up, then it is
	// dead and shown to the moderators. Later(t) puts it back without counting an attempt. Dead(err)
	// ends it at once while its lane goes on.
	Run      func(ctx context.Context, it Item) (then func(ctx context.Context) error, err error)
	Outside  bool          // it talks to the world outside
	Limit    int           // how many may run at once in this process; 0 for the queue's default
	Attempts int           // 0 for the queue's default
	Timeout  time.Duration // of one run; 0 for the queue's default
}

// LaterError asks for another try at a given time. All of the item's budget waits until then, unless it is
// Narrow: then the item's lane alone does.
type LaterError struct {
	At     time.Time
	Cause  error
	Narrow bool
}

func (e *LaterError) Error() string {
	return fmt.Sprintf("not before %s: %v", e.At.UTC().Format(time.RFC3339), e.Cause)
}
func (e *LaterError) Unwrap() error { return e.Cause }

// Later says that the work should be tried again at t; it does not count as a failed attempt.
func Later(t time.Time, cause error) error { return &LaterError{At: t, Cause: cause} }

type deadError struct{ cause error }

func (e *deadError) Error() string { return e.cause.Error() }
func (e *deadError) Unwrap() error { return e.cause }

// Dead says that trying again is pointless.
func Dead(cause error) error { return &deadError{cause} }

// IsDead says whether err, or what it wraps, was marked by Dead.
func IsDead(err error) bool { var d *deadError; return errors.As(err, &d) }
