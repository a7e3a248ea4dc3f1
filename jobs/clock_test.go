package jobs

import (
	"context"
	"strings"
	"testing"
	"time"

	"guildhall/core/work"
)

func TestFaultsAreNamedAllAtOnce(t *testing.T) {
	t.Parallel()
	run := func(context.Context, time.Time) error { return nil }
	_, err := NewClock(ClockOptions{Tasks: []Task{
		{Name: "a", Cron: "* * * *", Run: run},
		{Name: "b", Cron: "* * * * *"},
		{Name: "c", Cron: "* * * * *", Run: run},
		{Name: "c", Cron: "* * * * *", Run: run},
		{Name: "d", Cron: "* * * * *", Each: func(context.Context, int64, string) error { return nil }},
	}})
	for _, part := range []string{`"a"`, `"b"`, `"c"`, `"d"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
	nothing := func(context.Context, work.Item) (func(context.Context) error, error) { return nil, nil }
	_, err = New(Options{Kinds: []work.Kind{{Name: "x"}, {Run: nothing}, {Name: "y", Run: nothing}, {Name: "y", Run: nothing}}})
	for _, part := range []string{`"x"`, `""`, `"y"`} {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("%v does not name %s", err, part)
		}
	}
}
