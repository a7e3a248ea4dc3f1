package cooperation

import (
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// How many organisations a circle has, and how long its stages are, in days.
const (
	MinCircle = 3
	MaxCircle = 8
	StudyDays = 14
	TryDays   = 42
	ShowDays  = 14
)

// MaxAhead is how many days ahead a circle may start.
const MaxAhead = 366

// CircleState is where a circle stands.
type CircleState string

// The states. A circle gathers organisations until its first day; with fewer than MinCircle of them
// it is called off. They study the practice, try it, show results, and are done.
const (
	CircleGathers CircleState = "gathers"
	CircleStudies CircleState = "studies"
	CircleTries   CircleState = "tries"
	CircleShows   CircleState = "shows"
	CircleDone    CircleState = "done"
	CircleOff     CircleState = "off"
)

// Open says whether the circle is not over.
func (s CircleState) Open() bool { return s != CircleDone && s != CircleOff && s != "" }

// Circle is several organisations that study one practice together, try it, and show their results.
type Circle struct {
	Community int64
	Practice  record.ID
	No        int64 // per practice, from 1
	Host      int64 // who started it
	Start     text.Date
	Outcomes  string // what people should be able to do afterwards; may be empty
	State     CircleState
	Members   []CircleMember
	Made      time.Time
}

// CircleMember is one organisation of a circle.
type CircleMember struct {
	Organisation community.Organisation
	Member       int64 // who joined or declined for it; 0: invited
	Out          bool  // it declined, left, or never answered
	At           time.Time
}

// In says whether the organisation has joined.
func (m CircleMember) In() bool { return m.Member != 0 && !m.Out }

// Try is the day from which the organisations try the practice.
func (c *Circle) Try() text.Date { return c.Start.AddDays(StudyDays) }

// Show is the day from which they show their results.
func (c *Circle) Show() text.Date { return c.Try().AddDays(TryDays) }

// End is the day on which the circle ends.
func (c *Circle) End() text.Date { return c.Show().AddDays(ShowDays) }

// stages are the days on which the circle's state changes, and to what.
func (c *Circle) stages() map[CircleState]text.Date {
	return map[CircleState]text.Date{CircleStudies: c.Start, CircleTries: c.Try(), CircleShows: c.Show(), CircleDone: c.End()}
}

// Joined are the organisations that are in.
func (c *Circle) Joined() []CircleMember {
	return slices.DeleteFunc(slices.Clone(c.Members), func(m CircleMember) bool { return !m.In() })
}

// member is an organisation's part in it; nil when it has none.
func (c *Circle) member(org int64) *CircleMember {
	for i := range c.Members {
		if org != 0 && c.Members[i].Organisation.No == org {
			return &c.Members[i]
		}
	}
	return nil
}

// turn is the state that a circle comes to on the day of a stage; ok is false when that stage is not
// the one that follows.
func (c *Circle) turn(stage CircleState) (next CircleState, ok bool) {
	order := []CircleState{CircleGathers, CircleStudies, CircleTries, CircleShows, CircleDone}
	i := slices.Index(order, stage)
	if i < 1 || c.State != order[i-1] {
		return c.State, false
	}
	if stage == CircleStudies && len(c.Joined()) < MinCircle {
		return CircleOff, true
	}
	return stage, true
}
