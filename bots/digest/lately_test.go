package digest

import (
	"fmt"
	"testing"
	"time"

	"guildhall/core/digest"
	"guildhall/core/record"
)

// TestABusyWeekIsGatheredOnceAMinute: whoever asks after what happened lately gets it as it is, until so
// much has happened that to gather it for everybody would be most of what the program does.
func TestABusyWeekIsGatheredOnceAMinute(t *testing.T) {
	t.Parallel()
	noon := time.Date(2027, 3, 1, 12, 0, 0, 0, time.UTC)
	for _, x := range []struct {
		items, asked, gathered int
	}{{muchHappened - 1, 5, 5}, {muchHappened, 5, 1}} {
		t.Run(fmt.Sprint(x.items), func(t *testing.T) {
			t.Parallel()
			var l lately
			gathered := 0
			gather := func() ([]digest.Item, error) {
				gathered++
				list := make([]digest.Item, x.items)
				for i := range list {
					list[i] = digest.Item{Part: digest.Toolbox, ID: record.ID{Letter: 'R', No: int64(i + 1)}}
				}
				return list, nil
			}
			for i := range x.asked {
				if _, err := l.pool(1, noon.Add(time.Duration(i)*time.Second), gather); err != nil {
					t.Fatal(err)
				}
			}
			if gathered != x.gathered {
				t.Errorf("%d asked, gathered %d times, want %d", x.asked, gathered, x.gathered)
			}
			before := gathered
			for of, at := range map[int64]time.Time{1: noon.Add(latelyAge + 5*time.Second), 2: noon} {
				if _, err := l.pool(of, at, gather); err != nil {
					t.Fatal(err)
				}
			}
			if gathered != before+2 {
				t.Errorf("later, and in another community: gathered %d times more, want 2", gathered-before)
			}
		})
	}
}
