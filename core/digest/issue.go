package digest

import (
	"time"

	"guildhall/core/record"
)

// Issue is a digest as a room got it.
type Issue struct {
	Community int64
	No        int64 // given by the store
	Platform  string
	Room      string
	Period    string // one issue for a room and period
	Window
	People    int // who did something in the window
	Countries int
	Note      string // of a moderator
	Items     []Kept
}

// Kept is what is kept of a Choice.
type Kept struct {
	Part  Part
	ID    record.ID
	State string
	At    time.Time
	Score int
}

// Keep is what is kept of choices, in their order.
func Keep(chosen []Choice) []Kept {
	out := make([]Kept, len(chosen))
	for i, c := range chosen {
		out[i] = Kept{c.Part, c.ID, c.State, c.At, c.Score}
	}
	return out
}

// Subject is what the issue's message shows.
func (i *Issue) Subject() record.Subject {
	return record.Subject{ID: record.ID{Letter: record.Issue, No: i.No}}
}
