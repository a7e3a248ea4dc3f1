package moderation

import (
	"testing"

	"guildhall/core/chat"
)

func TestAPageHasWhatAServiceShows(t *testing.T) {
	t.Parallel()
	list := make([]chat.Item, 12)
	for i := range list {
		list[i].Buttons = make([]chat.Press, 3)
	}
	for name, x := range map[string]struct {
		limits chat.Limits
		want   int
	}{
		"no limits":                       {chat.Limits{}, 10},
		"few rows":                        {chat.Limits{Rows: 4}, 4},
		"few buttons":                     {chat.Limits{Buttons: 10}, 2},
		"so few that one is shown anyway": {chat.Limits{Buttons: 2}, 1},
	} {
		if got := page(list, 10, x.limits); got != x.want {
			t.Errorf("%s: %d, want %d", name, got, x.want)
		}
	}
	if page(nil, 10, chat.Limits{Rows: 1}) != 0 {
		t.Error("a page of nothing")
	}
}
