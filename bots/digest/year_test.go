package digest_test

import (
	"fmt"
	"testing"
	"time"

	"guildhall/bots/bottest"
)

// A year of weeks, with its two changes of the clock, an outage of three weeks and a month in which
// nothing happens: each room gets at most one digest of a week, each with what is new.
func TestAYearOfWeeks(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, press)
	s.Act("upkeep")
	zone, err := time.LoadLocation("Europe/Dublin")
	if err != nil {
		t.Fatal(err)
	}
	digests := func() (out []string) {
		for _, m := range s.Messages() {
			if m.Record != "" && m.Record[0] == 'D' {
				out = append(out, m.Title.Plain())
			}
		}
		return out
	}
	want := 0
	for week := range 52 {
		away, silent := week >= 20 && week < 23, week >= 30 && week < 34
		if !silent && !away {
			if seen := s.Act(fmt.Sprintf(`ann #sharing /deposit "Rubric %d" https://example.org/rubric/%d`, week, week)); len(seen) == 0 {
				t.Fatal("nothing was deposited")
			}
			s.Act(fmt.Sprintf(`bea #sharing /deposit "Film %d" https://example.org/film/%d`, week, week))
		}
		before := len(digests())
		if away {
			s.Now = s.Now.AddDate(0, 0, 7) // the program does not run
			continue
		}
		// Until Tuesday, half past nine in the community's zone.
		next := s.Now.In(zone)
		for next = time.Date(next.Year(), next.Month(), next.Day(), 9, 30, 0, 0, zone); next.Weekday() != time.Tuesday || !next.After(s.Now); {
			next = time.Date(next.Year(), next.Month(), next.Day()+1, 9, 30, 0, 0, zone)
		}
		s.Later(next.Sub(s.Now))
		s.Act("upkeep")
		got := len(digests()) - before
		switch {
		case silent && got != 0:
			t.Errorf("week %d: %d digests about nothing", week, got)
		case !silent && got != 2: // one in the hall, one in the annex
			t.Errorf("week %d, %s: %d digests", week, s.Now.In(zone), got)
		}
		want += got
		s.Later(time.Hour)
		if again := len(digests()) - before - got; again != 0 {
			t.Errorf("week %d: %d more within the hour", week, again)
		}
	}
	if want != 2*(52-3-4) {
		t.Errorf("%d digests in the year", want)
	}
	seen := map[string]int{}
	for _, title := range digests() {
		seen[title]++
	}
	for title, n := range seen {
		if n > 2 {
			t.Errorf("%s came %d times", title, n)
		}
	}
	if dead := s.Dead(); len(dead) > 0 {
		t.Error(dead)
	}
}
