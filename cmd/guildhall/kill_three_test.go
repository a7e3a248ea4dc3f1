package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
	"guildhall/internal/pgtest"
)

// TestTwoOfThreeAreKilled: of three programs on one Postgres two are killed at once, again and again, while people
// talk. The one that is left has taken over what they did within seconds, and nothing is lost or comes twice.
func TestTwoOfThreeAreKilled(t *testing.T) {
	t.Parallel()
	address := pgtest.New(t, pgtest.Durable)
	a, b := newHall(t, "ann", 0), newHall(t, "bea", 1_000_000)
	foundNet(t, address, a, b)
	file := slackFile(t, t.TempDir(), address, a, b)
	var all []*killed
	for range 3 {
		all = append(all, serving(t, file))
	}
	a.AwaitSockets(6)
	b.AwaitSockets(6)
	asked(t, a.ann, "How do you assess welders remotely?")
	cardA, cardB := a.ann.Await("#vet-communication", slacktest.ByApp("assess welders")), b.ann.Await("#vet-communication", slacktest.ByApp("assess welders"))

	rounds := max(3, kills/10)
	var took []time.Duration
	for i := range rounds {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		before := fmt.Sprintf("before %d.", i)
		b.ann.Reply(cardB, before) // which is perhaps under way when they die
		all[0].kill()
		all[1].kill()
		begun := time.Now()
		after := fmt.Sprintf("after %d.", i)
		b.ann.Reply(cardB, after)
		a.ann.AwaitReply(cardA, slacktest.ByApp(before))
		a.ann.AwaitReply(cardA, slacktest.ByApp(after))
		took = append(took, time.Since(begun))
		all[0].start()
		all[1].start()
	}
	asked(t, a.ann, "Is anybody there?")
	seen := map[string]int{}
	for _, m := range a.ann.Thread(cardA) {
		for i := range rounds {
			for _, said := range []string{fmt.Sprintf("before %d.", i), fmt.Sprintf("after %d.", i)} {
				if strings.Contains(m.Shown, said) {
					seen[said]++
				}
			}
		}
	}
	for said, n := range seen {
		if n != 1 {
			t.Errorf("%q stands %d times in the other workspace", said, n)
		}
	}
	if len(seen) != 2*rounds {
		t.Errorf("%d of %d messages arrived", len(seen), 2*rounds)
	}
	keptOnce(t, address, 2)
	slices.Sort(took)
	t.Logf("figures: two of three killed %d times; taken over after %v at the median, %v at most", rounds,
		took[len(took)/2].Round(100*time.Millisecond), took[len(took)-1].Round(100*time.Millisecond))
}
