package digest

import (
	"testing"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
)

func TestSum(t *testing.T) {
	t.Parallel()
	at := time.Date(2027, 3, 1, 9, 0, 0, 0, time.UTC)
	var changes []record.Change
	add := func(letter byte, no int64, what string, by int64, hours int) {
		changes = append(changes, record.Change{Subject: record.Subject{ID: record.ID{Letter: letter, No: no}}, What: what, By: by, At: at.Add(time.Duration(hours) * time.Hour)})
	}
	add('H', 9, "answered", 1, 0) // asked before
	add('H', 1, "opened", 1, 0)
	add('H', 2, "opened", 1, 1)
	add('H', 3, "opened", 2, 1)
	add('H', 1, "answered", 2, 2)
	add('H', 1, "answered", 3, 9) // not the first
	add('H', 2, "answered", 3, 31)
	add('H', 3, "answered", 3, 5)
	add('H', 1, "solved", 1, 10)
	add('R', 1, "published", 4, 1)
	add('R', 1, "used", 2, 1)
	add('R', 1, "used", 5, 1)
	add('C', 1, "opened", 2, 1)
	add('P', 1, "adopted", 6, 1)
	add('P', 1, "edited", 0, 1)
	org := func(no int64, confirmed bool) community.Organisation {
		return community.Organisation{No: no, Confirmed: confirmed}
	}
	by := map[int64]community.Member{1: {No: 1, Country: "IT", Organisation: org(1, true)}, 2: {No: 2, Country: "IT", Organisation: org(1, true)},
		3: {No: 3, Organisation: org(2, false)}, 4: {No: 4, Country: "PL", Stopped: true}, 5: {No: 5, Country: "ES", Organisation: org(3, true)}, 6: {No: 6, Erased: true}}
	want := Stats{Opened: 3, Answered: 4, Solved: 1, FirstHours: 4, Shared: 1, Used: 2, Together: 1, Adopted: 1, People: 4, Orgs: 2, Countries: 2}
	if got := Sum(changes, by); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := Sum(nil, nil); got != (Stats{FirstHours: -1}) {
		t.Errorf("nothing: %+v", got)
	}
}
