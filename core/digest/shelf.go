package digest

import (
	"slices"

	"guildhall/core/record"
)

// candidate is an item that fits a reader, with its score for them.
type candidate struct {
	*ranked
	score int
}

// What a reader adds to an item's score is an even number from -6 to 6.
const (
	leastBonus = -6
	bonuses    = (6-leastBonus)/2 + 1
)

// candidates are what fits a reader. What a reader adds to the score is one of few numbers, and among
// items with the same one the pool's order stands: so they are not sorted for each reader, but kept
// in a lane for each number, and the best is the best of the first ones.
type candidates struct {
	lanes [][bonuses + 1][]candidate // of each part; the last is of what is the reader's alone
}

// fitting are the candidates of a reader.
func (p *Pool) fitting(r Reader, w Window, shown Shown, own []Item) *candidates {
	c := &candidates{lanes: make([][bonuses + 1][]candidate, len(Parts))}
	took := p.took[r.Member]
	for part, list := range p.parts {
		if len(r.Parts) > 0 && !contains(r.Parts, Parts[part].Part) {
			continue
		}
		for at := range list {
			x := &list[at]
			if fits(&x.Item, &r, took, w, shown) {
				more := bonus(&x.Item, &r, took)
				lane := (more - leastBonus) / 2
				c.lanes[part][lane] = append(c.lanes[part][lane], candidate{x, x.base + more})
			}
		}
	}
	mine := p.own[r.Member]
	for _, i := range own {
		if x, ok := rankedOf(i); ok {
			mine = append(mine[:len(mine):len(mine)], x)
		}
	}
	for at := range mine {
		x := &mine[at]
		if fits(&x.Item, &r, took, w, shown) {
			lane := &c.lanes[x.part][bonuses]
			*lane = append(*lane, candidate{x, Score(x.Item, r)})
		}
	}
	for part := range c.lanes {
		slices.SortFunc(c.lanes[part][bonuses], func(a, b candidate) int { return better(&a.Item, a.score, &b.Item, b.score) })
	}
	return c
}

// best is the best candidate of a part that is wanted and for which there is room on the shelf.
func (c *candidates) best(s *shelf, part int, wanted func(*ranked) bool) (best candidate, ok bool) {
	if s.full(part) {
		return best, false
	}
	for _, lane := range c.lanes[part] {
		for _, x := range lane {
			if !wanted(x.ranked) || !s.takes(x.ranked) {
				continue
			}
			if !ok || better(&x.Item, x.score, &best.Item, best.score) < 0 {
				best, ok = x, true
			}
			break
		}
	}
	return best, ok
}

// of is the best wanted candidate of all parts, those of the first part before the others.
func (c *candidates) of(s *shelf, wanted func(*ranked) bool) (candidate, bool) {
	for part := range Parts {
		if best, ok := c.best(s, part, wanted); ok {
			return best, true
		}
	}
	return candidate{}, false
}

// both takes the best item of one kind beside which one of the other kind has room, and that one.
func (c *candidates) both(s *shelf, one, other func(*ranked) bool) {
	if _, any := c.of(s, other); !any {
		return
	}
	tried := map[*ranked]bool{}
	for {
		a, ok := c.of(s, func(x *ranked) bool { return one(x) && !tried[x] })
		if !ok {
			return
		}
		s.put(a)
		if other(a.ranked) {
			return
		}
		if b, ok := c.of(s, other); ok {
			s.put(b)
			return
		}
		tried[a.ranked] = true
		*s = *newShelf()
	}
}

// first takes the best item that is wanted, unless there is one already.
func (c *candidates) first(s *shelf, wanted func(*ranked) bool) {
	if slices.ContainsFunc(s.picked, func(x candidate) bool { return wanted(x.ranked) }) {
		return
	}
	if best, ok := c.of(s, wanted); ok {
		s.put(best)
	}
}

// fill takes the best items of a part, at most n more. What there is no room for now has none later:
// it is not looked at again.
func (c *candidates) fill(s *shelf, part, n int) {
	for ; n > 0 && !s.full(part); n-- {
		var best candidate
		found := false
		for at, lane := range c.lanes[part] {
			for len(lane) > 0 && !s.takes(lane[0].ranked) {
				lane = lane[1:]
			}
			c.lanes[part][at] = lane
			if len(lane) > 0 && (!found || better(&lane[0].Item, lane[0].score, &best.Item, best.score) < 0) {
				best, found = lane[0], true
			}
		}
		if !found {
			return
		}
		s.put(best)
	}
}

// shelf is a digest that is being filled.
type shelf struct {
	picked []candidate
	has    map[record.ID]bool
	parts  []int
	rooms  map[string]int
	author map[int64]int
	org    map[int64]int
}

func newShelf() *shelf {
	return &shelf{has: map[record.ID]bool{}, parts: make([]int, len(Parts)), rooms: map[string]int{}, author: map[int64]int{}, org: map[int64]int{}}
}

// full says whether a part takes nothing more.
func (s *shelf) full(part int) bool {
	return len(s.picked) == MostItems || s.parts[part] == Parts[part].Most
}

// free says whether an item counts against no limit but its part's: what waits for the reader, and a
// date, are what they are, whoever they come from.
func free(x *ranked) bool { return x.For != 0 || x.Part == Dates }

// takes says whether the limits leave room for an item in a part that is not full.
func (s *shelf) takes(x *ranked) bool {
	if s.has[x.ID] {
		return false
	}
	return free(x) || !(x.Room != "" && s.rooms[x.Room] == MostRoom || x.Author != 0 && s.author[x.Author] == MostAuthor || x.Org != 0 && s.org[x.Org] == MostOrg)
}

// put takes an item for which there is room.
func (s *shelf) put(x candidate) {
	s.has[x.ID] = true
	s.parts[x.part]++
	s.picked = append(s.picked, x)
	if free(x.ranked) {
		return
	}
	s.rooms[x.Room]++
	s.author[x.Author]++
	s.org[x.Org]++
}
