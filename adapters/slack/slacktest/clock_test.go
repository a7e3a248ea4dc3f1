package slacktest_test

import (
	"slices"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
)

func TestSteppedClockRunsTimersInOrderAtTheirTimes(t *testing.T) {
	t.Parallel()
	start := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	c := slacktest.NewStepped(start)
	var ran []time.Duration
	at := func(d time.Duration) func() {
		return c.AfterFunc(d, func() { ran = append(ran, c.Now().Sub(start)) })
	}
	at(3 * time.Second)
	at(time.Second)
	stop := at(2 * time.Second)
	c.AfterFunc(time.Second, func() { at(time.Second) })
	stop()
	c.Advance(2500 * time.Millisecond)
	if want := []time.Duration{time.Second, 2 * time.Second}; !slices.Equal(ran, want) {
		t.Errorf("ran at %v", ran)
	}
	if got := c.Now().Sub(start); got != 2500*time.Millisecond {
		t.Errorf("shows %s", got)
	}
	c.Advance(time.Second)
	if len(ran) != 3 {
		t.Errorf("ran at %v", ran)
	}
}

func TestFasterClock(t *testing.T) {
	t.Parallel()
	c := slacktest.Faster(1000)
	start := c.Now()
	done := make(chan time.Time)
	c.AfterFunc(10*time.Second, func() { done <- c.Now() })
	if got := (<-done).Sub(start); got < 10*time.Second {
		t.Errorf("a timer of ten seconds took %s", got)
	}
}
