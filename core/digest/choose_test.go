package digest_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"guildhall/core/digest"
	"guildhall/core/record"
)

var tuesday = time.Date(2026, 11, 24, 9, 0, 0, 0, time.UTC)

func TestScore(t *testing.T) {
	t.Parallel()
	thread := digest.Thread{People: 3, Orgs: 2, Countries: 2, Reactors: 1, Messages: 9, Most: 4, Solved: true, Took: []int64{7}}
	item := digest.Item{Topics: []string{"didactics"}, Language: "it", Thread: thread}
	for name, c := range map[string]struct {
		change func(*digest.Item)
		reader digest.Reader
		want   int
	}{
		"a room":        {func(*digest.Item) {}, digest.Reader{}, 9 + 6 + 4 + 2 + 2 + 4},
		"my topic":      {func(*digest.Item) {}, digest.Reader{Member: 1, Topics: []string{"funding", "didactics"}}, 27 + 4},
		"my language":   {func(*digest.Item) {}, digest.Reader{Member: 1, Languages: []string{"it"}}, 27 + 2},
		"I was in it":   {func(*digest.Item) {}, digest.Reader{Member: 7}, 27 - 6},
		"one wrote all": {func(i *digest.Item) { i.Thread.Most = 5 }, digest.Reader{}, 27 / 2},
		"half is fine":  {func(i *digest.Item) { i.Thread.Messages, i.Thread.Most = 8, 4 }, digest.Reader{}, 27},
		"very long":     {func(i *digest.Item) { i.Thread.Messages = 500 }, digest.Reader{}, 25 + 5},
		"no thread":     {func(i *digest.Item) { i.Thread = digest.Thread{} }, digest.Reader{Member: 1, Topics: []string{"didactics"}}, 4},
	} {
		i := item
		c.change(&i)
		if got := digest.Score(i, c.reader); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
}

func TestWindow(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ last, since time.Time }{
		"the first":            {time.Time{}, tuesday.AddDate(0, 0, -7)},
		"a week ago":           {tuesday.AddDate(0, 0, -7), tuesday.AddDate(0, 0, -7)},
		"after a long outage":  {tuesday.AddDate(0, 0, -60), tuesday.AddDate(0, 0, -14)},
		"the clock went back":  {tuesday.AddDate(1, 0, 0), tuesday.AddDate(0, 0, -7)},
		"exactly as far as it": {tuesday.AddDate(0, 0, -14), tuesday.AddDate(0, 0, -14)},
	} {
		if w := digest.WindowOf(c.last, tuesday, digest.LongestWindow); !w.Since.Equal(c.since) || !w.Until.Equal(tuesday) {
			t.Errorf("%s: %v", name, w)
		}
	}
}

func TestEnough(t *testing.T) {
	t.Parallel()
	one := []digest.Choice{{Item: digest.Item{Part: digest.Toolbox}}}
	old := tuesday.AddDate(-1, 0, 0)
	for name, c := range map[string]struct {
		chosen  []digest.Choice
		founded time.Time
		want    bool
	}{
		"nothing":            {nil, old, false},
		"one":                {one, old, false},
		"two":                {append(one, one...), old, true},
		"one in a young one": {one, tuesday.AddDate(0, 0, -41), true},
		"one after six":      {one, tuesday.AddDate(0, 0, -42), false},
		"something needs me": {[]digest.Choice{{Item: digest.Item{Part: digest.Needs}}}, old, true},
		"nothing, young":     {nil, tuesday, false},
	} {
		if got := digest.Send(c.chosen, c.founded, tuesday); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// some are any items and any reader.
func some(t *rapid.T) ([]digest.Item, digest.Reader, digest.Window, digest.Shown) {
	w := digest.WindowOf(tuesday.AddDate(0, 0, -7), tuesday, digest.LongestWindow)
	part := rapid.SampledFrom([]digest.Part{digest.Needs, digest.Dates, digest.Toolbox, digest.Collaborations, digest.Practices, digest.Talk})
	countries := rapid.SampledFrom([]string{"", "IT", "PL", "IE"})
	langs := rapid.SampledFrom([]string{"it", "pl", "en"})
	states := rapid.SampledFrom([]string{"open", "solved", "published"})
	n := rapid.IntRange(0, 60).Draw(t, "n")
	var items []digest.Item
	shown := digest.Shown{}
	for i := range n {
		p := part.Draw(t, "part")
		at := tuesday.Add(-time.Duration(rapid.IntRange(-30*24, 20*24).Draw(t, "hours")) * time.Hour)
		it := digest.Item{Part: p, ID: record.ID{Letter: "HRCP"[i%4], No: int64(i/4 + 1)}, State: states.Draw(t, "state"), At: at, Title: fmt.Sprint(i),
			Language: langs.Draw(t, "lang"), Room: fmt.Sprint(rapid.IntRange(0, 3).Draw(t, "room")), Author: rapid.Int64Range(0, 8).Draw(t, "author"), By: rapid.Int64Range(0, 3).Draw(t, "by"),
			Topics: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"didactics", "funding", "trainers"}), 0, 2, rapid.ID[string]).Draw(t, "topics"),
			Org:    rapid.Int64Range(0, 4).Draw(t, "org"), Country: countries.Draw(t, "country"), Hidden: rapid.IntRange(0, 9).Draw(t, "hidden") == 0,
			Waiting: rapid.Bool().Draw(t, "waiting"), Thread: digest.Thread{People: rapid.IntRange(0, 9).Draw(t, "people"), Solved: rapid.Bool().Draw(t, "solved"),
				Took: rapid.SliceOfN(rapid.Int64Range(1, 3), 0, 2).Draw(t, "took"), Messages: rapid.IntRange(0, 9).Draw(t, "messages"), Most: rapid.IntRange(0, 9).Draw(t, "most")}}
		if p == digest.Needs && rapid.Bool().Draw(t, "mine") {
			it.For = rapid.Int64Range(1, 3).Draw(t, "for")
		}
		items = append(items, it)
		if rapid.IntRange(0, 4).Draw(t, "before") == 0 {
			shown[it.ID] = states.Draw(t, "was")
		}
	}
	r := digest.Reader{Member: rapid.Int64Range(0, 3).Draw(t, "reader"), Country: countries.Draw(t, "home"), Languages: []string{langs.Draw(t, "speaks")},
		Topics: rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"didactics", "funding"}), 0, 2, rapid.ID[string]).Draw(t, "interests")}
	return items, r, w, shown
}

func TestEveryDigestKeepsItsLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, r, w, shown := some(t)
		got := digest.Choose(items, r, w, shown)
		if len(got) > digest.MostItems {
			t.Fatalf("%d items", len(got))
		}
		parts, rooms, authors, orgs := map[digest.Part]int{}, map[string]int{}, map[int64]int{}, map[int64]int{}
		last := -1
		seen := map[record.ID]bool{}
		for _, c := range got {
			at := slices.IndexFunc(digest.Parts, func(p struct {
				Part digest.Part
				Most int
			}) bool {
				return p.Part == c.Part
			})
			if at < last {
				t.Fatalf("the parts are out of order: %v", got)
			}
			last = at
			if parts[c.Part]++; parts[c.Part] > digest.Parts[at].Most {
				t.Fatalf("too many of %s", c.Part)
			}
			if seen[c.ID] || c.Hidden || c.For != 0 && c.For != r.Member || c.Score != digest.Score(c.Item, r) {
				t.Fatalf("twice, hidden, somebody else's, or scored wrong: %+v", c)
			}
			seen[c.ID] = true
			if c.For != 0 || c.Part == digest.Dates {
				continue
			}
			free := c.Part == digest.Needs // of a window and of what was shown
			if was, before := shown[c.ID]; !free && (before && was == c.State || c.At.Before(w.Since) || !c.At.Before(w.Until)) {
				t.Fatalf("seen before, or not of this time: %+v", c)
			}
			rooms[c.Room]++
			authors[c.Author]++
			orgs[c.Org]++
			if c.Room != "" && rooms[c.Room] > digest.MostRoom || c.Author != 0 && authors[c.Author] > digest.MostAuthor || c.Org != 0 && orgs[c.Org] > digest.MostOrg {
				t.Fatalf("too many of one room, person or organisation: %v", got)
			}
		}
	})
}

func TestTheOrderOfTheInputDoesNotMatter(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, r, w, shown := some(t)
		want := digest.Choose(items, r, w, shown)
		mixed := rapid.Permutation(items).Draw(t, "mixed")
		if got := digest.Choose(mixed, r, w, shown); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func TestSomebodyFromAbroadAndAQuestionThatWaits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, r, w, shown := some(t)
		r.Country = "IE"
		abroad := func(i digest.Item) bool { return i.Country != "" && i.Country != r.Country }
		waiting := func(i digest.Item) bool { return i.Waiting }
		fits := func(list ...digest.Item) bool { return len(digest.Choose(list, r, w, shown)) == len(list) }
		got := digest.Choose(items, r, w, shown)
		has := func(wanted func(digest.Item) bool) bool {
			return slices.ContainsFunc(got, func(c digest.Choice) bool { return wanted(c.Item) })
		}
		for _, a := range items {
			if (abroad(a) || waiting(a)) && fits(a) && !has(abroad) && !has(waiting) {
				t.Fatalf("%v is left out of %v", a, got)
			}
			for _, b := range items {
				if abroad(a) && waiting(b) && a.ID != b.ID && fits(a, b) && (!has(abroad) || !has(waiting)) {
					t.Fatalf("%v and %v are left out of %v", a, b, got)
				}
			}
		}
	})
}
