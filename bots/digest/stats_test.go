package digest

import (
	"testing"

	"guildhall/core/digest"
	"guildhall/core/text"
)

func TestSheet(t *testing.T) {
	t.Parallel()
	got, err := sheet(text.Date{Year: 2027, Month: 1, Day: 1}, text.Date{Year: 2027, Month: 3, Day: 31}, digest.Stats{People: 3, Opened: 2, FirstHours: -1, Adopted: 1})
	want := "from,to,people,organisations,countries,opened,answered,solved,shared,used,together,closed,accepted,adopted\n" +
		"2027-01-01,2027-03-31,3,0,0,2,0,0,0,0,0,0,0,1\n"
	if err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
}
