package digest

import (
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

// Stats are figures of a time, without any of a person.
type Stats struct {
	Opened     int // requests for help
	Answered   int // requests that got their first answer
	Solved     int
	FirstHours int // the median of whole hours from a request to its first answer; -1 when there was none
	Shared     int // resources that were published
	Used       int // how often members said that they used one
	Together   int // collaborations that were opened
	Closed     int // and closed with their outcome
	Accepted   int // practices
	Adopted    int // how often organisations took one up
	People     int // who did something
	Orgs       int // of how many organisations that are confirmed
	Countries  int
}

// Sum makes figures of changes, oldest first. by are the members who made them; those who want to be
// counted nowhere are not.
func Sum(changes []record.Change, by map[int64]community.Member) Stats {
	s := Stats{FirstHours: -1}
	opened, answered := map[record.ID]time.Time{}, map[record.ID]bool{}
	var hours []int
	people, orgs, countries := map[int64]bool{}, map[int64]bool{}, map[string]bool{}
	for _, c := range changes {
		if m := by[c.By]; m.No != 0 && !m.Stopped && !m.Erased {
			people[m.No] = true
			if o := m.Organisation; o.No != 0 && o.Confirmed {
				orgs[o.No] = true
			}
			if m.Country != "" {
				countries[m.Country] = true
			}
		}
		id := c.Subject.ID
		switch string(rune(id.Letter)) + " " + c.What {
		case "H opened":
			s.Opened++
			opened[id] = c.At
		case "H answered":
			if answered[id] {
				break
			}
			answered[id] = true
			s.Answered++
			if at, known := opened[id]; known {
				hours = append(hours, int(c.At.Sub(at).Hours()))
			}
		case "H solved":
			s.Solved++
		case "R published":
			s.Shared++
		case "R used":
			s.Used++
		case "C opened":
			s.Together++
		case "C closed":
			s.Closed++
		case "P accepted":
			s.Accepted++
		case "P adopted":
			s.Adopted++
		}
	}
	if len(hours) > 0 {
		slices.Sort(hours)
		s.FirstHours = hours[(len(hours)-1)/2]
	}
	s.People, s.Orgs, s.Countries = len(people), len(orgs), len(countries)
	return s
}
