package digest

import (
	"strconv"
	"time"
)

// Letter is a digest as a reader of their own got it.
type Letter struct {
	Community int64
	To        string // whom, such as "member/12"
	Period    string // one letter for a recipient and period
	Window
	People    int // who did something in the window
	Countries int
	Items     []Kept
}

// ToMember is whom a member's own digest is for.
func ToMember(no int64) string { return "member/" + strconv.FormatInt(no, 10) }

// Told is what somebody was told before.
type Told struct {
	Until time.Time // of the last
	Shown Shown
}

// Wish is what a reader wants.
type Wish struct {
	Parts  []Part    // only these; empty for all
	Paused time.Time // nothing before
}

// Task is something that waits for a member, as it was said to them.
type Task struct {
	Key     string
	Message []byte // a chat.Message as JSON
	At      time.Time
}
