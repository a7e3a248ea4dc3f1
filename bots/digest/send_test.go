package digest

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata"

	"pgregory.net/rapid"

	"guildhall/core/work"
)

// Whenever a digest was due, and however late it is, it is sent within half an hour of the first allowed
// moment, never before it was due, never in a quiet hour and never at a weekend.
func TestWhenADigestIsSent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom([]string{"Europe/Dublin", "Europe/Rome", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "UTC"}).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		due := time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 60*24*400).Draw(t, "due")) * time.Minute)
		now := due.Add(time.Duration(rapid.IntRange(0, 60*24*5).Draw(t, "late")) * time.Minute)
		r := reader{Tick: work.Tick{Due: due}, to: fmt.Sprintf("member/%d", rapid.IntRange(1, 1_000).Draw(t, "member")), zone: zone}
		at := sendAt(r, now)
		local := at.In(zone)
		minute := local.Hour()*60 + local.Minute()
		if at.Before(due) || at.Before(now) {
			t.Fatalf("due %s, now %s: sent before, at %s", due, now, at)
		}
		if day := local.Weekday(); day == time.Saturday || day == time.Sunday || minute < quietUntil || minute >= quietFrom {
			t.Fatalf("due %s: sent at %s", due.In(zone), local)
		}
		if first := slide(now, zone); at.After(first.Add(spread * time.Minute)) {
			t.Fatalf("due %s, now %s: sent only at %s", due, now, at)
		}
		if again := sendAt(r, now); !again.Equal(at) {
			t.Fatalf("at %s, and then at %s", at, again)
		}
	})
}

// Those whose digests are due at one moment are spread over the half hour after it.
func TestDigestsAreSpread(t *testing.T) {
	t.Parallel()
	due := time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	minutes := map[int]int{}
	for no := range 3_000 {
		at := sendAt(reader{Tick: work.Tick{Due: due}, to: fmt.Sprintf("member/%d", no+1), zone: time.UTC}, due)
		minutes[int(at.Sub(due).Minutes())]++
	}
	for m := range spread {
		if n := minutes[m]; n < 40 || n > 200 {
			t.Errorf("%d digests in minute %d", n, m)
		}
	}
	if len(minutes) != spread {
		t.Errorf("spread over %d minutes", len(minutes))
	}
}
