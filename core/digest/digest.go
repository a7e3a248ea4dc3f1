// Package digest chooses what a digest holds. It is pure: the same input gives the same digest. What
// happened, who may read it and what was shown before is given; nothing is fetched and no clock is read.
package digest

import (
	"time"

	"guildhall/core/record"
)

// Part is a part of a digest.
type Part string

// The parts, in the order in which they are shown.
const (
	Needs          Part = "needs"          // what needs the reader
	Dates          Part = "dates"          // in the next 14 days
	Toolbox        Part = "toolbox"        // new resources and versions
	Collaborations Part = "collaborations" // opened with room, or closed with their outcome
	Practices      Part = "practices"      // accepted, raised, adopted elsewhere, due for re-check
	Talk           Part = "talk"           // the most useful threads
)

// Parts are all parts in order, each with the most items that it may hold.
var Parts = []struct {
	Part Part
	Most int
}{{Needs, 3}, {Dates, 3}, {Toolbox, 3}, {Collaborations, 2}, {Practices, 2}, {Talk, 3}}

// The limits of one digest.
const (
	MostItems     = 12
	MostRoom      = 2 // items from one room
	MostAuthor    = 1 // items of one person
	MostOrg       = 2 // items of one organisation
	Enough        = 2 // with fewer items, and nothing that needs the reader, none is sent
	YoungEnough   = 1 // the same in a community's first weeks
	Young         = 6 * 7 * 24 * time.Hour
	LongestWindow = 14 * 24 * time.Hour // after an outage
	LongestMonth  = 35 * 24 * time.Hour // for who reads once a month
	Ahead         = 14                  // days that Dates looks ahead
)

// Item is something that a digest may hold, as it is now.
type Item struct {
	Part     Part
	ID       record.ID
	State    string // its state, or what happened to it; shown again only when this changed
	At       time.Time
	Title    string
	Language string // BCP 47 of the title
	Topics   []string
	Room     string // where it lives, opaque; empty for nowhere
	Author   int64  // the member it is of; 0 for none, and for one who is not to be known
	By       int64  // the member it is of, known or not: to them alone it makes a difference
	Org      int64  // of the author; 0 for none
	Country  string // of the author; empty when not known
	Waiting  bool   // it is a request without an answer
	For      int64  // the member it needs; 0 for whoever it suits
	Readers  []int64
	Hidden   bool // nobody may read it now: withdrawn, hidden, a draft
	Thread   Thread
}

// Thread counts what happened in a thread. No text is kept for it.
type Thread struct {
	People    int
	Orgs      int
	Countries int
	Reactors  int
	Messages  int
	Most      int // messages by the one who wrote most
	Solved    bool
	Took      []int64 // members who took part
}

// Reader is whom a digest is for. The zero Reader is a room: everybody.
type Reader struct {
	Member    int64
	Languages []string
	Topics    []string
	Country   string
	Muted     map[record.ID]bool
	Parts     []Part // only these; empty for all
}

// Shown says in which state items were shown to the reader before.
type Shown map[record.ID]string

// Window is the time that a digest is about: from Since, up to and without Until.
type Window struct{ Since, Until time.Time }

// WindowOf is the window of a run: since the last one, at most longest back. last is zero when there
// was none; then it is one week.
func WindowOf(last, now time.Time, longest time.Duration) Window {
	since := last
	if last.IsZero() || last.After(now) {
		since = now.AddDate(0, 0, -7)
	}
	if now.Sub(since) > longest {
		since = now.Add(-longest)
	}
	return Window{since, now}
}

// Choice is an item that was chosen, and why.
type Choice struct {
	Item
	Score int
}

// Score is how useful an item is to a reader, in whole numbers. Its source is the thread it has; an
// item without one has only what suits the reader.
func Score(i Item, r Reader) int {
	t := i.Thread
	score := 3*t.People + 3*t.Orgs + 2*t.Countries + 2*t.Reactors + min(t.Messages, 20)/4
	if t.Solved {
		score += 4
	}
	if t.Messages > 0 && 2*t.Most > t.Messages {
		score /= 2
	}
	var took map[record.ID]bool
	if r.Member != 0 && contains(t.Took, r.Member) {
		took = map[record.ID]bool{i.ID: true}
	}
	return score + bonus(&i, &r, took)
}

// What a reader adds to a score, and what having taken part takes from it.
const (
	topicBonus    = 4
	languageBonus = 2
	tookPart      = 6
)

// bonus is what a reader adds to an item's score. took are the threads that they took part in.
func bonus(i *Item, r *Reader, took map[record.ID]bool) int {
	n := 0
	if len(r.Topics) > 0 && overlap(i.Topics, r.Topics) {
		n += topicBonus
	}
	if len(r.Languages) > 0 && contains(r.Languages, i.Language) {
		n += languageBonus
	}
	if len(took) > 0 && took[i.ID] {
		n -= tookPart
	}
	return n
}

func overlap[T comparable](a, b []T) bool {
	for _, x := range a {
		if contains(b, x) {
			return true
		}
	}
	return false
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}
