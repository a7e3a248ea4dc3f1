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

// choosing is how one reader's digest is chosen from a pool.
type choosing struct {
	*Pool
	r     *Reader
	w     Window
	shown Shown
	took  map[record.ID]bool
	most  int           // that the reader may add to a score
	mine  [][]candidate // of each part: what is the reader's alone, the best first
}

// newChoosing begins to choose.
func (p *Pool) newChoosing(r *Reader, w Window, shown Shown, own []Item) *choosing {
	c := &choosing{Pool: p, r: r, w: w, shown: shown, took: p.took[r.Member], mine: make([][]candidate, len(Parts))}
	if slices.ContainsFunc(r.Topics, func(t string) bool { return p.topics[t] }) {
		c.most += topicBonus
	}
	if slices.ContainsFunc(r.Languages, func(l string) bool { return p.languages[l] }) {
		c.most += languageBonus
	}
	mine := p.own[r.Member]
	for _, i := range own {
		if x, ok := rankedOf(i); ok {
			mine = append(mine[:len(mine):len(mine)], x)
		}
	}
	for at := range mine {
		x := &mine[at]
		if fits(&x.Item, r, c.took, w, shown) {
			c.mine[x.part] = append(c.mine[x.part], candidate{x, Score(x.Item, *r)})
		}
	}
	for _, list := range c.mine {
		slices.SortFunc(list, func(a, b candidate) int { return better(&a.Item, a.score, &b.Item, b.score) })
	}
	return c
}

// best is the best item of a part that fits the reader, is wanted (nil: any is), and for which there is
// room on the shelf. A part is looked through in the order that it has for a room, until nothing that
// follows could be better, whatever the reader adds to its score.
func (c *choosing) best(s *shelf, part int, wanted func(*ranked) bool) (best candidate, ok bool) {
	if s.full(part) || len(c.r.Parts) > 0 && !contains(c.r.Parts, Parts[part].Part) {
		return best, false
	}
	for _, x := range c.mine[part] {
		if (wanted == nil || wanted(x.ranked)) && s.takes(x.ranked) {
			best, ok = x, true
			break
		}
	}
	if s.crowded(c.rooms[part]) && Parts[part].Part != Dates {
		return best, ok
	}
	list := c.parts[part]
	for at := range list {
		x := &list[at]
		if ok && better(&x.Item, x.base+c.most, &best.Item, best.score) >= 0 {
			break
		}
		if wanted != nil && !wanted(x) || !s.takes(x) || !fits(&x.Item, c.r, c.took, c.w, c.shown) {
			continue
		}
		score := x.base + bonus(&x.Item, c.r, c.took)
		if !ok || better(&x.Item, score, &best.Item, best.score) < 0 {
			best, ok = candidate{x, score}, true
		}
	}
	return best, ok
}

// of is the best wanted item of all parts, those of the first part before the others.
func (c *choosing) of(s *shelf, wanted func(*ranked) bool) (candidate, bool) {
	for part := range Parts {
		if best, ok := c.best(s, part, wanted); ok {
			return best, true
		}
	}
	return candidate{}, false
}

// both takes the best item of one kind beside which one of the other kind has room, and that one.
func (c *choosing) both(s *shelf, one, other func(*ranked) bool) {
	if _, there := c.of(s, other); !there {
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
func (c *choosing) first(s *shelf, wanted func(*ranked) bool) {
	if slices.ContainsFunc(s.picked, func(x candidate) bool { return wanted(x.ranked) }) {
		return
	}
	if best, ok := c.of(s, wanted); ok {
		s.put(best)
	}
}

// fill takes the best items of a part, at most n more.
func (c *choosing) fill(s *shelf, part, n int) {
	for ; n > 0; n-- {
		best, ok := c.best(s, part, nil)
		if !ok {
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

// crowded says whether all of a part's rooms have as much as they may have.
func (s *shelf) crowded(rooms []string) bool {
	for _, r := range rooms {
		if s.rooms[r] < MostRoom {
			return false
		}
	}
	return len(rooms) > 0
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
