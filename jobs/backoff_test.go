package jobs

import (
	"testing"
	"time"

	"guildhall/core/work"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	tests := []struct {
		attempt int
		jitter  float64
		want    time.Duration
	}{
		{0, 0.5, time.Second},
		{1, 0.5, time.Second},
		{1, 0, 800 * time.Millisecond},
		{1, 1, 1200 * time.Millisecond},
		{2, 0.5, 2 * time.Second},
		{5, 0.5, 16 * time.Second},
		{10, 0.5, 512 * time.Second},
		{11, 0.5, 15 * time.Minute},
		{1000, 1, 18 * time.Minute},
	}
	for _, tt := range tests {
		if got := backoff(tt.attempt, tt.jitter); got.Round(time.Millisecond) != tt.want {
			t.Errorf("attempt %d, jitter %v: %v, want %v", tt.attempt, tt.jitter, got, tt.want)
		}
	}
}

// What a service asks for holds the whole budget, unless it is narrower than that.
func TestANarrowLimitHoldsNoBudget(t *testing.T) {
	t.Parallel()
	r, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		budget string
		narrow bool
		hold   bool
	}{{"bot", false, true}, {"bot", true, false}, {"", false, false}} {
		o := r.outcome(t.Context(), &run{claim: work.Claim{Item: work.Item{Budget: tt.budget}}}, &work.LaterError{At: at, Narrow: tt.narrow})
		if o.End != work.Postponed || !o.Due.Equal(at) || o.Hold != tt.hold {
			t.Errorf("%+v: %+v", tt, o)
		}
	}
}
