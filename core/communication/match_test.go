package communication_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"guildhall/core/communication"
)

func TestMatch(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2027, 3, n, 9, 0, 0, 0, time.UTC) }
	// anyone is a helper who has said nothing but that they help.
	anyone := func(no int64) communication.Candidate { return communication.Candidate{Member: no, Cap: 2} }
	speaks := func(c communication.Candidate, lang string, topics ...string) communication.Candidate {
		c.Language, c.Topics = lang, topics
		return c
	}
	for _, x := range []struct {
		name    string
		topic   string
		lang    string
		helpers []communication.Candidate
		want    []int64
	}{
		{"nobody", "didactics", "it", nil, nil},
		{"anyone will do where nothing is known", "", "", []communication.Candidate{anyone(3), anyone(2)}, []int64{2, 3}},
		{"not the asker", "", "", []communication.Candidate{anyone(1), anyone(2)}, []int64{2}},
		{"topic and language, topic, language alone", "didactics", "it", []communication.Candidate{
			speaks(anyone(2), "it"), speaks(anyone(3), "pl", "didactics"), speaks(anyone(4), "it", "funding", "didactics"), speaks(anyone(5), "", "didactics"),
		}, []int64{4, 5, 3, 2}},
		{"who knows something else is left alone", "didactics", "it", []communication.Candidate{speaks(anyone(2), "it", "funding")}, nil},
		{"without a topic, what they know does not matter", "", "it", []communication.Candidate{speaks(anyone(2), "it", "funding")}, []int64{2}},
		{"without the topic and the language there is no match", "", "it", []communication.Candidate{speaks(anyone(2), "pl"), anyone(3)}, []int64{3}},
		{"a question in an unknown language", "", "", []communication.Candidate{speaks(anyone(2), "pl")}, []int64{2}},
		{"fewest recent asks first, then the longest ago, then the number", "", "", []communication.Candidate{
			{Member: 2, Cap: 5, Recent: 2, Last: day(1)},
			{Member: 3, Cap: 5, Recent: 1, Last: day(9)},
			{Member: 4, Cap: 5, Recent: 1, Last: day(2)},
			{Member: 6, Cap: 5, Recent: 1, Last: day(2)},
			{Member: 5, Cap: 5},
		}, []int64{5, 4, 6, 3, 2}},
		{"knowing the topic goes before having been spared", "didactics", "", []communication.Candidate{
			{Member: 2, Cap: 5}, {Member: 3, Cap: 5, Recent: 4, Last: day(8), Topics: []string{"didactics"}},
		}, []int64{3, 2}},
		{"a week's share is a week's share", "", "", []communication.Candidate{
			{Member: 2, Cap: 2, Week: 2}, {Member: 3, Cap: 2, Week: 1}, {Member: 4, Cap: 0}, {Member: 5, Cap: 1, Week: 7},
		}, []int64{3}},
		{"not who was asked, not who stopped", "", "", []communication.Candidate{
			{Member: 2, Cap: 2, Asked: true}, {Member: 3, Cap: 2, Stopped: true}, anyone(4),
		}, []int64{4}},
	} {
		r := &communication.Request{Asker: 1, Topic: x.topic, Language: x.lang}
		for range 10 {
			rand.Shuffle(len(x.helpers), func(i, j int) { x.helpers[i], x.helpers[j] = x.helpers[j], x.helpers[i] })
			var got []int64
			for _, c := range communication.Match(r, x.helpers) {
				got = append(got, c.Member)
			}
			if !slices.Equal(got, x.want) {
				t.Errorf("%s: got %v, want %v", x.name, got, x.want)
			}
		}
	}
}
