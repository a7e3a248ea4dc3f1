package work

import (
	"fmt"
	"time"
)

// Schedule is something regular that people set up, such as a room's digest: each time it is due an
// item of its kind is put into the queue, once per period.
type Schedule struct {
	Community int64
	Name      string // unique in the community, such as "digest/webchat/hall"
	Kind      string // of the item; its body is a Tick
	Zone      string // IANA name; empty is UTC
	Rule      Rule
	Due       time.Time // zero: switched off
	Period    string    // the period that Due stands for, such as "2027-W09"
	Last      string    // the last period that was done
}

// Tick is the body of a schedule's item.
type Tick struct {
	Name   string
	Period string
	Due    time.Time
}

// Item is the item of the period that is due.
func (s Schedule) Item() Item {
	return New(s.Kind, "", s.Name+"/"+s.Period, Tick{Name: s.Name, Period: s.Period, Due: s.Due}).In(s.Community)
}

// Ticks is the body of an item that stands for several schedules of one community and kind.
type Ticks struct{ Ticks []Tick }

// ReadTicks are the ticks of an item, of one schedule or of several.
func ReadTicks(it Item) ([]Tick, error) {
	var many Ticks
	if err := it.Read(&many); err != nil || len(many.Ticks) > 0 {
		return many.Ticks, err
	}
	var one Tick
	err := it.Read(&one)
	return []Tick{one}, err
}

// Items are the items of schedules that are due: of a kind that is paged one item for all those of a
// community, with Ticks as its body, in their order.
func Items(done []Schedule, paged func(kind string) bool) []Item {
	type page struct {
		community int64
		kind      string
	}
	var out []Item
	pages := map[page][]Schedule{}
	var order []page
	for _, s := range done {
		if !paged(s.Kind) {
			out = append(out, s.Item())
			continue
		}
		of := page{s.Community, s.Kind}
		if pages[of] == nil {
			order = append(order, of)
		}
		pages[of] = append(pages[of], s)
	}
	for _, of := range order {
		var body Ticks
		for _, s := range pages[of] {
			body.Ticks = append(body.Ticks, Tick{Name: s.Name, Period: s.Period, Due: s.Due})
		}
		first := pages[of][0]
		out = append(out, New(of.kind, "", "page/"+first.Name+"/"+first.Period, body).In(of.community))
	}
	return out
}

// Plan is the schedule with the first time after t at which it is due in a period that it has not
// done. An error for a rule that is never due and for a zone that nobody knows.
func (s Schedule) Plan(t time.Time) (Schedule, error) {
	loc, err := time.LoadLocation(s.Zone)
	if err != nil {
		return s, fmt.Errorf("plan %s: %w", s.Name, err)
	}
	if err := s.Rule.Check(); err != nil {
		return s, fmt.Errorf("plan %s: %w", s.Name, err)
	}
	due, period := s.Rule.Next(t, loc)
	if period == s.Last {
		due, period = s.Rule.Next(due, loc)
	}
	s.Due, s.Period = due, period
	return s, nil
}

// Take is what becomes of a schedule that is due: done is the schedule at its latest time that has
// come, whose Item is to be queued, and next how it goes on. Of several periods that nobody worked,
// because the program did not run, the latest stands for all.
func (s Schedule) Take(now time.Time) (done, next Schedule, err error) {
	done = s
	for {
		next = done
		next.Last = done.Period
		if next, err = next.Plan(done.Due); err != nil {
			return s, s, err
		}
		if next.Due.After(now) {
			return done, next, nil
		}
		done = next
	}
}

// Farthest is longer than any rule lets anybody wait. What is due later was planned by a clock that was
// wrong.
const Farthest = 40 * 24 * time.Hour

// Pace is how often a rule comes round.
type Pace string

// The paces.
const (
	Weekly      Pace = "weekly"
	Fortnightly Pace = "fortnightly"
	Monthly     Pace = "monthly" // on the first such weekday of the month
)

// Rule says when something is due, in a zone's local time.
type Rule struct {
	Pace   Pace
	Day    time.Weekday
	Hour   int
	Minute int
}

// String is the rule as ParseRule reads it: "weekly 2 09:00", with Sunday as 0.
func (r Rule) String() string {
	return fmt.Sprintf("%s %d %02d:%02d", r.Pace, r.Day, r.Hour, r.Minute)
}

// ParseRule reads what String wrote.
func ParseRule(s string) (Rule, error) {
	var r Rule
	var day int
	if _, err := fmt.Sscanf(s, "%s %d %d:%d", &r.Pace, &day, &r.Hour, &r.Minute); err != nil {
		return Rule{}, fmt.Errorf("read rule %q: %w", s, err)
	}
	r.Day = time.Weekday(day)
	return r, r.Check()
}

// Check is an error for a rule that is never due.
func (r Rule) Check() error {
	pace := r.Pace == Weekly || r.Pace == Fortnightly || r.Pace == Monthly
	if !pace || r.Day < time.Sunday || r.Day > time.Saturday || r.Hour < 0 || r.Hour > 23 || r.Minute < 0 || r.Minute > 59 {
		return fmt.Errorf("no such rule: %q", r)
	}
	return nil
}

// Next is the first time after t at which the rule is due, and the period it stands for. Each
// period has exactly one such time: an hour that the spring skips is taken as the clock then shows
// it, one that the autumn repeats is taken once. The zero time for a rule that Check refuses.
func (r Rule) Next(t time.Time, loc *time.Location) (due time.Time, period string) {
	if r.Check() != nil {
		return time.Time{}, ""
	}
	y, m, d := t.In(loc).Date()
	// Days are counted where no clock is ever changed; from a day earlier, so that none is missed.
	for noon := time.Date(y, m, d-1, 12, 0, 0, 0, time.UTC); ; noon = noon.AddDate(0, 0, 1) {
		if noon.Weekday() != r.Day || !r.takes(noon) {
			continue
		}
		y, m, d := noon.Date()
		if due := time.Date(y, m, d, r.Hour, r.Minute, 0, 0, loc); due.After(t) {
			return due.UTC(), r.period(noon)
		}
	}
}

// takes says whether the rule's day of this week is one of its days.
func (r Rule) takes(noon time.Time) bool {
	switch r.Pace {
	case Fortnightly:
		// Counted from a Monday, so that a year with 53 weeks changes nothing.
		monday := time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC)
		return int(noon.Sub(monday).Hours())/(24*7)%2 == 0
	case Monthly:
		return noon.Day() <= 7
	}
	return true
}

func (r Rule) period(noon time.Time) string {
	if r.Pace == Monthly {
		return noon.Format("2006-01")
	}
	y, w := noon.ISOWeek()
	return fmt.Sprintf("%d-W%02d", y, w)
}
