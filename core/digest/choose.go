package digest

import (
	"cmp"
	"slices"
	"time"
)

// Choose is what a digest holds for a reader: at most MostItems, by part and rank. What needs the
// reader and what has a date does not count against the limits of rooms, authors and organisations:
// it is theirs, whoever wrote it.
func Choose(items []Item, r Reader, w Window, shown Shown) []Choice {
	var all []Choice
	for _, i := range items {
		if fits(i, r, w, shown) {
			all = append(all, Choice{i, Score(i, r)})
		}
	}
	slices.SortStableFunc(all, better)
	picked := pick(all, r)
	slices.SortStableFunc(picked, func(a, b Choice) int {
		return cmp.Or(cmp.Compare(rank(a.Part), rank(b.Part)), better(a, b))
	})
	return picked
}

// Send says whether a digest is worth sending. founded is when the community began.
func Send(chosen []Choice, founded, now time.Time) bool {
	for _, c := range chosen {
		if c.Part == Needs {
			return true
		}
	}
	enough := Enough
	if now.Sub(founded) < Young {
		enough = YoungEnough
	}
	return len(chosen) >= enough
}

// fits says whether the reader may see an item, and has not seen it as it is now.
func fits(i Item, r Reader, w Window, shown Shown) bool {
	switch {
	case i.Hidden, r.Muted[i.ID]:
		return false
	case i.For != 0 && i.For != r.Member:
		return false
	case len(i.Readers) > 0 && !contains(i.Readers, r.Member):
		return false
	case len(r.Parts) > 0 && !contains(r.Parts, i.Part):
		return false
	}
	// What needs somebody and what has a date is shown as long as that is so; the rest belongs to the
	// window in which it happened, and is shown once per state.
	switch i.Part {
	case Needs:
		return i.For != 0 || suits(i, r)
	case Dates:
		return !i.At.Before(w.Until) && i.At.Before(w.Until.AddDate(0, 0, Ahead+1))
	}
	if was, before := shown[i.ID]; before && was == i.State {
		return false
	}
	return !i.At.Before(w.Since) && i.At.Before(w.Until)
}

// suits says whether an open request is for this reader: in their topics or languages, and not their
// own. A room has neither, and is shown all.
func suits(i Item, r Reader) bool {
	if r.Member == 0 {
		return true
	}
	if i.Author == r.Member || contains(i.Thread.Took, r.Member) {
		return false
	}
	topics := len(r.Topics) == 0 || len(i.Topics) == 0 || overlap(i.Topics, r.Topics)
	languages := len(r.Languages) == 0 || i.Language == "" || contains(r.Languages, i.Language)
	return topics && languages
}

// better orders items of one part: the nearest date first, the longest waiting first, solved talk
// first, then the higher score, the later, the smaller id.
func better(a, b Choice) int {
	if a.Part != b.Part {
		return cmp.Compare(rank(a.Part), rank(b.Part))
	}
	order := 0
	switch a.Part {
	case Dates:
		order = a.At.Compare(b.At)
	case Needs:
		order = cmp.Or(-boolean(a.For != 0, b.For != 0), -cmp.Compare(a.Score, b.Score), a.At.Compare(b.At))
	case Talk:
		order = -boolean(a.Thread.Solved, b.Thread.Solved)
	}
	return cmp.Or(order, -cmp.Compare(a.Score, b.Score), -a.At.Compare(b.At), cmp.Compare(a.ID.Letter, b.ID.Letter), cmp.Compare(a.ID.No, b.ID.No))
}

func boolean(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

func rank(p Part) int {
	for i, x := range Parts {
		if x.Part == p {
			return i
		}
	}
	return len(Parts)
}

// shelf is a digest that is being filled.
type shelf struct {
	picked []Choice
	has    map[string]bool
	parts  map[Part]int
	rooms  map[string]int
	author map[int64]int
	org    map[int64]int
}

func newShelf() *shelf {
	return &shelf{has: map[string]bool{}, parts: map[Part]int{}, rooms: map[string]int{}, author: map[int64]int{}, org: map[int64]int{}}
}

// pick fills a digest: first what it has to have (somebody from abroad, a question that still waits),
// then one item of each part, then by rank until it is full.
func pick(all []Choice, r Reader) []Choice {
	s := newShelf()
	abroad := func(c Choice) bool { return r.Country != "" && c.Country != "" && c.Country != r.Country }
	waiting := func(c Choice) bool { return c.Waiting }
	s.both(all, abroad, waiting)
	s.first(all, abroad)
	s.first(all, waiting)
	for _, p := range Parts {
		if s.parts[p.Part] == 0 {
			s.first(all, func(c Choice) bool { return c.Part == p.Part })
		}
	}
	for _, c := range all {
		s.put(c)
	}
	return s.picked
}

// both takes the best item of one kind beside which one of the other kind has room, and that one.
func (s *shelf) both(all []Choice, one, other func(Choice) bool) {
	for _, a := range all {
		if !one(a) || !s.put(a) {
			continue
		}
		if other(a) {
			return
		}
		for _, b := range all {
			if other(b) && s.put(b) {
				return
			}
		}
		*s = *newShelf()
	}
}

// first takes the best item that is wanted, unless there is one already.
func (s *shelf) first(all []Choice, wanted func(Choice) bool) {
	if slices.ContainsFunc(s.picked, wanted) {
		return
	}
	for _, c := range all {
		if wanted(c) && s.put(c) {
			return
		}
	}
}

// put takes an item if there is room for it.
func (s *shelf) put(c Choice) bool {
	key := c.ID.String()
	if len(s.picked) == MostItems || s.has[key] || s.parts[c.Part] == most(c.Part) {
		return false
	}
	if c.Part != Needs && c.Part != Dates {
		if c.Room != "" && s.rooms[c.Room] == MostRoom || c.Author != 0 && s.author[c.Author] == MostAuthor || c.Org != 0 && s.org[c.Org] == MostOrg {
			return false
		}
		s.rooms[c.Room]++
		s.author[c.Author]++
		s.org[c.Org]++
	}
	s.has[key] = true
	s.parts[c.Part]++
	s.picked = append(s.picked, c)
	return true
}

func most(p Part) int {
	for _, x := range Parts {
		if x.Part == p {
			return x.Most
		}
	}
	return 0
}
