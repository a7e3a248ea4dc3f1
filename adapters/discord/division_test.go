package discord

import (
	"maps"
	"testing"
	"time"
)

func TestWhereTheShardsOfOtherDivisionsWere(t *testing.T) {
	t.Parallel()
	at := func(n int) time.Time {
		if n == 0 {
			return time.Time{}
		}
		return time.Date(2026, 11, 25, n, 0, 0, 0, time.UTC)
	}
	for name, x := range map[string]struct {
		rows map[string]int
		of   int
		want int
	}{
		"none":                            {nil, 1, 0},
		"only this division":              {map[string]int{"discord/0/1": 5}, 1, 0},
		"one before":                      {map[string]int{"discord/0/1": 5}, 2, 5},
		"the slowest of the one before":   {map[string]int{"discord/0/2": 5, "discord/1/2": 4}, 1, 4},
		"the latest counts":               {map[string]int{"discord/0/1": 2, "discord/0/2": 5, "discord/1/2": 4}, 3, 4},
		"one that never got going":        {map[string]int{"discord/0/1": 2, "discord/0/2": 5, "discord/1/2": 0}, 3, 2},
		"one that is not there":           {map[string]int{"discord/0/1": 2, "discord/0/3": 5, "discord/1/3": 6}, 2, 2},
		"its own rows, older or not":      {map[string]int{"discord/0/1": 9, "discord/0/2": 5, "discord/1/2": 4}, 1, 4},
		"others' platforms, and nonsense": {map[string]int{"discord2/0/1": 7, "discord/x/1": 7, "discord/5/2": 7, "discord/0/99999999": 7, "discord": 7}, 3, 0},
	} {
		rows := map[string]time.Time{}
		for shard := range maps.Keys(x.rows) {
			rows[shard] = at(x.rows[shard])
		}
		if got := handledBefore(rows, "discord", x.of); !got.Equal(at(x.want)) {
			t.Errorf("%s: %v, want %v", name, got, at(x.want))
		}
	}
}
