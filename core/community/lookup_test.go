package community

import (
	"context"
	"errors"
	"slices"
	"testing"
)

type book struct {
	topics []Topic
	err    error
}

func (b book) Topics(context.Context, int64) ([]Topic, error) { return b.topics, b.err }

func (b book) Member(_ context.Context, _, no int64) (Member, error) { return Member{No: no}, b.err }

func TestTopicsThatWereMerged(t *testing.T) {
	t.Parallel()
	label := func(s string) map[string]string { return map[string]string{"en": s} }
	b := book{topics: []Topic{{Code: "welding", Labels: label("Welding"), Into: "metal"}, {Code: "metal", Labels: label("Metal"), Into: "trades"},
		{Code: "trades", Labels: label("Trades")}, {Code: "loop", Into: "pool"}, {Code: "pool", Into: "loop"}, {Code: "lost", Into: "nowhere"}}}
	got, err := TopicLabels(t.Context(), b, 1, []string{"welding", "metal", "trades", "unknown", "lost", "loop"}, "en")
	if want := []string{"Trades", "Trades", "Trades", "unknown", "nowhere", "loop"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := TopicLabel(t.Context(), b, 1, "", "en"); got != "" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	for code, want := range map[string][]string{"trades": {"trades", "metal", "welding"}, "welding": {"welding"}, "loop": {"loop", "pool"}, "": nil} {
		if got, err := TopicCodes(t.Context(), b, 1, code); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v", code, got, err)
		}
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	away := book{err: errors.New("away")}
	if m, err := Load(t.Context(), away, 1, 0); m.No != 0 || err != nil {
		t.Errorf("nobody: %+v, %v", m, err)
	}
	if _, err := Load(t.Context(), away, 1, 2); !errors.Is(err, away.err) {
		t.Error(err)
	}
	if m, err := Load(t.Context(), book{}, 1, 2); m.No != 2 || err != nil {
		t.Errorf("%+v, %v", m, err)
	}
}
