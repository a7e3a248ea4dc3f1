// Package collaboration holds the rules of collaborations: short work on one theme, with a goal,
// members, a deadline and an outcome.
package collaboration

import (
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Letter is the letter of collaborations' ids.
const Letter = 'C'

// State is where a collaboration stands.
type State string

// The states. Proposed: nobody but who opened it has joined. Closing: its deadline has passed and
// it waits for its outcome, or for more time. Archived: its rooms are gone, the record stays.
const (
	Proposed State = "proposed"
	Open     State = "open"
	Closing  State = "closing"
	Closed   State = "closed"
	Archived State = "archived"
)

// Live are the states in which people work.
var Live = []State{Proposed, Open, Closing}

// The longest texts, in graphemes.
const (
	MaxTheme   = 120
	MaxGoal    = 2000
	MaxNews    = 2000
	MaxOutcome = 4000
	MaxReason  = 500
)

// MaxDays is how far ahead a deadline may be, in days.
const MaxDays = 366

// ArchiveDays is how many days after its closing a collaboration's rooms stay.
const ArchiveDays = 14

// Counts is who works together. Members who have not said where they work, or whose organisation
// nobody has confirmed, are no further organisation; those who asked to be counted nowhere are not.
type Counts struct {
	Members, Organisations, Countries int64
}

// Collaboration is one collaboration as it is now.
type Collaboration struct {
	Community int64
	ID        record.ID
	Theme     string
	Goal      string
	Topic     string // a code; empty for none
	Until     text.Date
	Owner     int64 // 0 once the last member was erased
	State     State
	Hidden    bool
	Withdrawn bool
	Reason    string // of a withdrawal, or of the last extension
	Extended  int64  // how often its owner had more time without a moderator
	Opened    time.Time
	Active    time.Time
	ClosedAt  time.Time
	Outcome   string
	Because   string      // why there is no result
	Results   []record.ID // resources and practices that came of it
	Final     Counts      // who had worked together when it was closed
	News      int64       // the number of the last piece of news
	Source    record.Source
}

// Subject is what its card shows.
func (c *Collaboration) Subject() record.Subject { return record.Subject{ID: c.ID} }

// Live says whether people work in it.
func (c *Collaboration) Live() bool {
	return !c.Withdrawn && (c.State == Proposed || c.State == Open || c.State == Closing)
}

// MayChange says whether by may close, extend, edit or withdraw it: its owner and moderators may.
func (c *Collaboration) MayChange(by community.Member) bool {
	return by.No != 0 && by.No == c.Owner || by.Role >= community.RoleModerator
}

// ArchiveAt is when its rooms are archived; zero while it is not closed.
func (c *Collaboration) ArchiveAt() time.Time {
	if c.ClosedAt.IsZero() {
		return time.Time{}
	}
	return c.ClosedAt.AddDate(0, 0, ArchiveDays)
}

// RoomName is the name of its rooms, such as "c2-shared-rubric": the id and the theme's first
// longer words, in letters and digits that every platform takes.
func (c *Collaboration) RoomName() string {
	name := strings.ToLower(c.ID.String())
	words := 0
	for _, w := range strings.FieldsFunc(text.Fold(c.Theme), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') }) {
		if len(w) < 3 || filler[w] || len(name)+1+len(w) > 40 {
			continue
		}
		name += "-" + w
		if words++; words == 2 {
			break
		}
	}
	return name
}

// filler are words that say nothing of a theme.
var filler = map[string]bool{"the": true, "and": true, "for": true, "with": true, "from": true, "our": true,
	"una": true, "uno": true, "per": true, "con": true, "del": true, "della": true, "dei": true, "delle": true, "gli": true}

// Count counts who works together.
func Count(crew []community.Member) Counts {
	var n Counts
	orgs, countries := map[int64]bool{}, map[string]bool{}
	for _, m := range crew {
		if m.Stopped {
			continue
		}
		n.Members++
		country := m.Country
		if o := m.Organisation; o.No != 0 && o.Confirmed {
			orgs[o.No] = true
			if country == "" {
				country = o.Country
			}
		}
		if country != "" {
			countries[country] = true
		}
	}
	n.Organisations, n.Countries = int64(len(orgs)), int64(len(countries))
	return n
}

// CheckUntil refuses a deadline that is not at least a day and at most a year ahead.
func CheckUntil(today, until text.Date) error {
	switch days := today.DaysUntil(until); {
	case until.IsZero():
		return text.RefuseArg("until", "collaboration.until.missing", nil)
	case days < 1:
		return text.RefuseArg("until", "collaboration.until.past", text.Args{"until": until})
	case days > MaxDays:
		return text.RefuseArg("until", "collaboration.until.far", text.Args{"until": until})
	}
	return nil
}

// checked is what somebody wrote for an argument, fit to be kept.
func checked(arg, words string, max int) (string, error) {
	clean := text.CleanLines(words, 0)
	if arg == "theme" {
		clean = text.Clean(words, 0)
	}
	if clean == "" {
		return "", text.RefuseArg(arg, "collaboration."+arg+".empty", nil)
	}
	if n := text.Length(clean); n > max {
		return "", text.RefuseArg(arg, "collaboration."+arg+".long", text.Args{"n": max, "length": n})
	}
	return clean, nil
}
