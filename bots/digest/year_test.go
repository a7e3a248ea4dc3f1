package digest_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/bottest"
	"guildhall/core/work"
)

// simulated is a year of a community with two announcement rooms and three readers of their own.
type simulated struct {
	*bottest.Stage
	t   *testing.T
	got []came
}

// came is one digest as somebody got it.
type came struct {
	to string
	at time.Time
}

func (y *simulated) zone(name string) *time.Location {
	y.t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		y.t.Fatal(err)
	}
	return loc
}

// see notes the digests among what people saw.
func (y *simulated) see(lines []string) {
	for _, line := range lines {
		to, what, _ := strings.Cut(line, ": ")
		if strings.HasPrefix(what, "VET Net, week") && !strings.Contains(to, "(changed)") {
			y.got = append(y.got, came{to, y.Now})
		}
	}
}

// until lets time pass up to a moment.
func (y *simulated) until(at time.Time) {
	if d := at.Sub(y.Now); d > 0 {
		y.see(y.Act(fmt.Sprintf("later %dm", int(d.Minutes()))))
	}
}

// week is one in which two people share something, and everybody gets what is due.
func (y *simulated) week(monday time.Time, silent bool) {
	if !silent {
		y.share(monday.Format(time.DateOnly))
	}
	for _, at := range times(monday) {
		y.until(at)
	}
}

// share has two people share something.
func (y *simulated) share(what string) {
	y.see(y.Act(fmt.Sprintf(`ann #sharing /deposit "Rubric %s" https://example.org/rubric/%s`, what, what),
		fmt.Sprintf(`bea #sharing /deposit "Film %s" https://example.org/film/%s`, what, what)))
}

// times are the moments of a week at which something is due or has just come, in UTC.
func times(monday time.Time) (out []time.Time) {
	at := func(days, hour, minute int) {
		out = append(out, time.Date(monday.Year(), monday.Month(), monday.Day()+days, hour, minute, 0, 0, time.UTC))
	}
	at(0, 5, 0)
	at(0, 18, 58) // Monday
	at(0, 19, 58)
	at(0, 22, 0)
	at(1, 6, 50) // Tuesday
	at(1, 7, 35)
	at(1, 8, 35)
	at(1, 9, 35)
	at(4, 5, 0) // Friday
	at(4, 7, 0)
	at(4, 8, 30)
	at(6, 0, 15) // the night before Sunday, when clocks change
	at(6, 0, 45)
	at(6, 1, 15)
	at(6, 2, 15)
	at(6, 12, 0)
	return out
}

// A year of weeks on each store: both changes of the clock, with a digest at half past two that night,
// an outage of three weeks, a month in which nothing happens, the program ending between what is due and
// what is sent, a clock an hour back and one a year ahead, and a replica whose clock is late. Everybody
// gets at most one digest of a period, at an allowed time, and one of each period in which there is
// something to tell.
func TestAYearOfWeeks(t *testing.T) {
	t.Parallel()
	for name, open := range map[string]func(testing.TB) *sqlstore.DB{"sqlite": bottest.OpenStore, "postgres": bottest.OpenPostgres} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			year(t, open(t))
		})
	}
}

// The weeks in which something is not as usual, from 0.
const (
	outage, back      = 9, 12 // the program does not run
	ends              = 15    // between what is due and what is sent
	hourBack          = 20
	silence, over     = 27, 31 // nothing happens
	yearAhead         = 36
	late              = 40
	weeks             = 52
	rome, hall, annex = "Europe/Rome", "hall #news", "annex #news"
	ann, bea, dan     = "to ann", "to bea", "to dan"
)

func year(t *testing.T, db *sqlstore.DB) {
	y := &simulated{Stage: bottest.OpenOn(t, db, press), t: t}
	y.Act("upkeep", "ann /digest settings send:on", "bea /digest settings send:on every:fortnight day:friday hour:07:30", "dan /digest settings send:on every:month day:monday hour:19:50")
	y.atHalfPastTwo()
	first := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC) // a Monday
	y.until(first.AddDate(0, 0, -2))                       // with nothing to tell yet
	for w := range weeks {
		monday := first.AddDate(0, 0, 7*w)
		switch {
		case w >= outage && w < back:
			y.Now = monday.AddDate(0, 0, 7)
			continue
		case w == ends:
			y.until(monday.Add(5 * time.Hour))
			y.share("late")
			y.Now = monday.AddDate(0, 0, 1).Add(10 * time.Hour)
			y.Due() // and before anything of it is worked, the program ends
			y.Restart()
			y.see(y.Act("later 1m"))
			for _, at := range times(monday) {
				y.until(at)
			}
			continue
		case w == late:
			y.week(monday, false)
			now := y.Now
			y.Now = now.Add(-3 * time.Hour)
			y.Due()
			y.Now = now
			y.see(y.Act("later 1m"))
			continue
		case w == yearAhead:
			now := y.Now
			y.Now = time.Date(2028, 8, 9, 12, 0, 0, 0, time.UTC) // a Wednesday
			y.share("early")
			y.see(y.Act("later 1m", "later 60m", "upkeep"))
			y.Now = now
			y.Restart()
			y.Act("later 1m", "upkeep")
		}
		y.week(monday, w >= silence && w < over)
		if w == hourBack {
			now := y.Now
			y.Now = now.Add(-time.Hour)
			y.see(y.Act("later 1m"))
			y.Now = now.Add(-5 * 24 * time.Hour)
			y.see(y.Act("later 1m", "later 60m"))
			y.Now = now
		}
	}
	y.check(first)
	if dead := y.Dead(); len(dead) > 0 {
		t.Error(dead)
	}
}

// atHalfPastTwo has the annex told at 02:30 on Sundays, in Rome.
func (y *simulated) atHalfPastTwo() {
	y.t.Helper()
	s := work.Schedule{Community: 1, Name: "digest/webchat/annex#news", Kind: "digest.issue", Zone: rome, Rule: work.Rule{Pace: work.Weekly, Day: time.Sunday, Hour: 2, Minute: 30}}
	err := y.DB.Atomically(y.t.Context(), func(ctx context.Context) error {
		_, err := y.DB.Schedules().SetSchedule(ctx, s, y.Now)
		return err
	})
	if err != nil {
		y.t.Fatal(err)
	}
}

// expected is how many digests somebody gets whose is due in some weeks: one for each in which anything
// is new since the last, one for all that were missed, and one when the clock was a year ahead.
func expected(due func(w int) bool) int {
	n, missed, fresh := 1, false, false
	for w := range weeks {
		if w >= outage && w < back {
			missed = missed || due(w)
			continue
		}
		fresh = fresh || w < silence || w >= over
		if fresh && (missed || due(w)) {
			n++
			fresh = false
		}
		missed = false
	}
	return n
}

// check compares what everybody got with what they should have got, and when.
func (y *simulated) check(first time.Time) {
	y.t.Helper()
	dublin := y.zone("Europe/Dublin")
	weekly := func(at time.Time) string { y, w := at.ISOWeek(); return fmt.Sprintf("%d-W%02d", y, w) }
	monthly := func(at time.Time) string { return at.Format("2006-01") }
	always := func(int) bool { return true }
	epoch := time.Date(1970, 1, 5, 0, 0, 0, 0, time.UTC)
	for _, r := range []struct {
		to     string
		zone   *time.Location
		day    time.Weekday
		from   int // minutes of the day
		until  int
		period func(at time.Time) string
		due    func(w int) bool
	}{
		{hall, dublin, time.Tuesday, 9 * 60, 10 * 60, weekly, always},
		{annex, y.zone(rome), time.Sunday, 2*60 + 30, 4*60 + 30, weekly, always},
		{ann, dublin, time.Tuesday, 8 * 60, 9 * 60, weekly, always},
		{bea, dublin, time.Friday, 7*60 + 30, 10 * 60, weekly, func(w int) bool { return (int(first.Sub(epoch).Hours()/24/7)+w)%2 == 0 }},
		{dan, dublin, time.Monday, 19*60 + 50, 20 * 60, monthly, func(w int) bool { return first.AddDate(0, 0, 7*w).Day() <= 7 }},
	} {
		periods, n, odd := map[string]int{}, 0, 0
		for _, c := range y.got {
			if c.to != r.to {
				continue
			}
			at := c.at.In(r.zone)
			minute := at.Hour()*60 + at.Minute()
			n++
			periods[r.period(at)]++
			if at.Weekday() != r.day || minute < r.from || minute > r.until {
				odd++
			}
			if own := strings.HasPrefix(c.to, "to "); own && (at.Weekday() == time.Saturday || at.Weekday() == time.Sunday || minute < 7*60+30 || minute >= 20*60) {
				y.t.Errorf("%s was written to at %s", c.to, at)
			}
		}
		for period, n := range periods {
			if n > 1 {
				y.t.Errorf("%s got %d digests in %s", r.to, n, period)
			}
		}
		if want := expected(r.due); n != want {
			y.t.Errorf("%s got %d digests, want %d", r.to, n, want)
		}
		// After the outage, after the program had ended, and with the clock a year ahead.
		if odd > 3 {
			y.t.Errorf("%s got %d digests at other times", r.to, odd)
		}
	}
	if y.t.Failed() {
		for _, c := range y.got {
			y.t.Log(c.to, c.at.Format(time.RFC1123))
		}
	}
}
