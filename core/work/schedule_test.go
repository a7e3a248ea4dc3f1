package work

import (
	"fmt"
	"slices"
	"testing"
	"time"
	_ "time/tzdata"
)

func TestRuleNext(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, rule, zone, after, due, period string
	}{
		{"this week", "weekly 2 09:00", "Europe/Rome", "2027-03-01T10:00:00Z", "2027-03-02T08:00:00Z", "2027-W09"},
		{"not the same instant again", "weekly 2 09:00", "Europe/Rome", "2027-03-02T08:00:00Z", "2027-03-09T08:00:00Z", "2027-W10"},
		{"summer time", "weekly 2 09:00", "Europe/Rome", "2027-03-28T00:00:00Z", "2027-03-30T07:00:00Z", "2027-W13"},
		{"skipped by the spring", "weekly 0 02:30", "Europe/Rome", "2027-03-27T00:00:00Z", "2027-03-28T01:30:00Z", "2027-W12"},
		{"repeated by the autumn", "weekly 0 02:30", "Europe/Rome", "2027-10-30T00:00:00Z", "2027-10-31T01:30:00Z", "2027-W43"},
		{"and only once", "weekly 0 02:30", "Europe/Rome", "2027-10-31T01:30:00Z", "2027-11-07T01:30:00Z", "2027-W44"},
		{"far east, the day before in UTC", "weekly 1 08:00", "Pacific/Auckland", "2027-02-28T12:00:00Z", "2027-02-28T19:00:00Z", "2027-W09"},
		{"far west", "weekly 1 23:30", "Pacific/Honolulu", "2027-03-01T23:00:00Z", "2027-03-02T09:30:00Z", "2027-W09"},
		{"a week of the next year", "weekly 5 09:00", "", "2026-12-30T00:00:00Z", "2027-01-01T09:00:00Z", "2026-W53"},
		{"every other week", "fortnightly 1 09:00", "", "2027-03-01T09:00:00Z", "2027-03-15T09:00:00Z", "2027-W11"},
		{"and the one after", "fortnightly 1 09:00", "", "2027-03-15T09:00:00Z", "2027-03-29T09:00:00Z", "2027-W13"},
		{"first Tuesday", "monthly 2 09:00", "", "2027-03-02T09:00:00Z", "2027-04-06T09:00:00Z", "2027-04"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			rule, err := ParseRule(tt.rule)
			if err != nil || rule.String() != tt.rule {
				t.Fatal(rule, err)
			}
			loc, err := time.LoadLocation(tt.zone)
			if err != nil {
				t.Fatal(err)
			}
			after, err := time.Parse(time.RFC3339, tt.after)
			if err != nil {
				t.Fatal(err)
			}
			due, period := rule.Next(after, loc)
			if got := due.Format(time.RFC3339); got != tt.due || period != tt.period {
				t.Errorf("due %s for %s, want %s for %s", got, period, tt.due, tt.period)
			}
		})
	}
}

// Whatever the zone does, each week comes once and in order.
func TestRuleTakesEveryPeriodOnce(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"Europe/Lisbon", "Africa/Casablanca", "America/Asuncion", "Pacific/Apia", "Asia/Kathmandu"} {
		loc, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		for day := time.Sunday; day <= time.Saturday; day++ {
			rule := Rule{Pace: Weekly, Day: day, Hour: 0, Minute: 30}
			seen := map[string]bool{}
			at := time.Date(2009, 1, 1, 0, 0, 0, 0, time.UTC)
			for range 52 * 20 {
				due, period := rule.Next(at, loc)
				if seen[period] || due.Sub(at) > 9*24*time.Hour {
					t.Fatalf("%s %s: %s at %s after %s", zone, rule, period, due, at)
				}
				seen[period] = true
				at = due
			}
		}
	}
}

func TestRulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"", "daily 1 09:00", "weekly 7 09:00", "weekly -1 09:00", "weekly 1 24:00", "weekly 1 09:60", "weekly 1", "weekly x 09:00"} {
		if r, err := ParseRule(s); err == nil {
			t.Errorf("%q was read as %v", s, r)
		}
	}
	if due, _ := (Rule{}).Next(time.Now(), time.UTC); !due.IsZero() {
		t.Error("no rule is due at", due)
	}
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	v, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestScheduleTakesTheLatestThatWasMissed(t *testing.T) {
	t.Parallel()
	s := Schedule{Community: 3, Name: "digest/hall", Kind: "digest", Zone: "Europe/Rome", Rule: Rule{Pace: Weekly, Day: time.Tuesday, Hour: 9}}
	s, err := s.Plan(at(t, "2027-03-01T10:00:00Z"))
	if err != nil || s.Period != "2027-W09" {
		t.Fatal(s, err)
	}
	done, next, err := s.Take(s.Due)
	if err != nil || done.Period != "2027-W09" || next.Period != "2027-W10" || next.Last != "2027-W09" {
		t.Error(done, next, err)
	}
	done, next, err = s.Take(at(t, "2027-04-01T00:00:00Z"))
	if err != nil || done.Period != "2027-W13" || next.Period != "2027-W14" || next.Last != "2027-W13" {
		t.Error(done, next, err)
	}
	if it := done.Item(); it.Key != "digest/hall/2027-W13" || it.Community != 3 || it.Kind != "digest" {
		t.Error(it)
	}
}

func TestScheduleNeverRepeatsAPeriod(t *testing.T) {
	t.Parallel()
	s := Schedule{Name: "d", Rule: Rule{Pace: Weekly, Day: time.Friday, Hour: 9}, Last: "2027-W09"}
	// It was done on Tuesday of this week, and now it is set to Friday.
	s, err := s.Plan(at(t, "2027-03-03T00:00:00Z"))
	if err != nil || s.Period != "2027-W10" {
		t.Error(s, err)
	}
}

func TestSchedulesThatAreRefused(t *testing.T) {
	t.Parallel()
	for _, s := range []Schedule{{Rule: Rule{Pace: Weekly}, Zone: "Europe/Nowhere"}, {}, {Rule: Rule{Pace: Weekly}, Zone: "../../etc/passwd"}} {
		if got, err := s.Plan(time.Now()); err == nil {
			t.Errorf("%+v", got)
		}
	}
}

func TestEndsHaveWords(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for e := Finished; e <= Interrupted; e++ {
		seen[e.String()] = true
	}
	if len(seen) != 5 {
		t.Error(seen)
	}
}

func TestItemsOfAPage(t *testing.T) {
	t.Parallel()
	due := func(community int64, name, kind string) Schedule {
		return Schedule{Community: community, Name: name, Kind: kind, Period: "2027-W09"}
	}
	got := Items([]Schedule{due(1, "a", "many"), due(1, "b", "one"), due(2, "c", "many"), due(1, "d", "many")}, func(kind string) bool { return kind == "many" })
	var said []string
	for _, it := range got {
		ticks, err := ReadTicks(it)
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprint(it.Community, " ", it.Kind, " ", it.Key, ":")
		for _, x := range ticks {
			line += " " + x.Name + " " + x.Period
		}
		said = append(said, line)
	}
	want := []string{"1 one b/2027-W09: b 2027-W09", "1 many page/a/2027-W09: a 2027-W09 d 2027-W09", "2 many page/c/2027-W09: c 2027-W09"}
	if !slices.Equal(said, want) {
		t.Errorf("%q", said)
	}
}
