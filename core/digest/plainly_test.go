package digest_test

import (
	"cmp"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"guildhall/core/digest"
	"guildhall/core/record"
)

// plainly chooses as the rules are written: score everything, sort it, and take what the limits leave
// room for; first somebody from abroad and a question that waits, then one of each part.
func plainly(items []digest.Item, r digest.Reader, w digest.Window, shown digest.Shown) []digest.Choice {
	var all []digest.Choice
	for _, i := range items {
		// Alone it is chosen when it fits.
		all = append(all, digest.Choose([]digest.Item{i}, r, w, shown)...)
	}
	rank := func(p digest.Part) int {
		for at, x := range digest.Parts {
			if x.Part == p {
				return at
			}
		}
		return -1
	}
	first := func(yes, other bool) int {
		switch {
		case yes == other:
			return 0
		case yes:
			return -1
		}
		return 1
	}
	order := func(a, b digest.Choice) int {
		n := cmp.Compare(rank(a.Part), rank(b.Part))
		switch {
		case n != 0:
		case a.Part == digest.Dates:
			n = a.At.Compare(b.At)
		case a.Part == digest.Needs:
			n = cmp.Or(first(a.For != 0, b.For != 0), cmp.Compare(b.Score, a.Score), a.At.Compare(b.At))
		case a.Part == digest.Talk:
			n = first(a.Thread.Solved, b.Thread.Solved)
		}
		return cmp.Or(n, cmp.Compare(b.Score, a.Score), b.At.Compare(a.At), cmp.Compare(a.ID.Letter, b.ID.Letter), cmp.Compare(a.ID.No, b.ID.No))
	}
	slices.SortFunc(all, order)
	var got []digest.Choice
	put := func(c digest.Choice) bool {
		parts, rooms, authors, orgs := 0, 0, 0, 0
		for _, x := range got {
			if x.ID == c.ID {
				return false
			}
			if x.Part == c.Part {
				parts++
			}
			if x.For != 0 || x.Part == digest.Dates {
				continue
			}
			if x.Room == c.Room && c.Room != "" {
				rooms++
			}
			if x.Author == c.Author && c.Author != 0 {
				authors++
			}
			if x.Org == c.Org && c.Org != 0 {
				orgs++
			}
		}
		if len(got) == 12 || parts == digest.Parts[rank(c.Part)].Most || c.For == 0 && c.Part != digest.Dates && (rooms == 2 || authors == 1 || orgs == 2) {
			return false
		}
		got = append(got, c)
		return true
	}
	abroad := func(c digest.Choice) bool { return r.Country != "" && c.Country != "" && c.Country != r.Country }
	waits := func(c digest.Choice) bool { return c.Waiting }
pairs:
	for _, a := range all {
		if !abroad(a) || !slices.ContainsFunc(all, waits) {
			continue
		}
		got = nil
		put(a)
		if waits(a) {
			break
		}
		for _, b := range all {
			if waits(b) && put(b) {
				break pairs
			}
		}
		got = nil
	}
	one := func(wanted func(digest.Choice) bool) {
		if slices.ContainsFunc(got, wanted) {
			return
		}
		for _, c := range all {
			if wanted(c) && put(c) {
				return
			}
		}
	}
	one(abroad)
	one(waits)
	for _, p := range digest.Parts {
		one(func(c digest.Choice) bool { return c.Part == p.Part })
	}
	for _, c := range all {
		put(c)
	}
	slices.SortFunc(got, order)
	return got
}

func TestRankedOnceIsTheSameAsRankedForEach(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, r, w, shown := some(t)
		// Each item once: which of two of the same record is taken is told by their order in the digest.
		seen := map[record.ID]bool{}
		items = slices.DeleteFunc(items, func(i digest.Item) bool { was := seen[i.ID]; seen[i.ID] = true; return was })
		want := plainly(items, r, w, shown)
		if got := digest.Choose(items, r, w, shown); len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}

func TestMoreOfAReadersOwn(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, r, w, shown := some(t)
		n := rapid.IntRange(0, len(items)).Draw(t, "own")
		var pool, own []digest.Item
		for at, i := range items {
			if at < n && i.For == r.Member && i.For != 0 {
				own = append(own, i)
			} else {
				pool = append(pool, i)
			}
		}
		if got, want := digest.NewPool(pool).Choose(r, w, shown, own...), digest.Choose(items, r, w, shown); !reflect.DeepEqual(got, want) {
			t.Fatalf("got %v\nwant %v", got, want)
		}
	})
}
