package digest

import (
	"cmp"
	"slices"
	"time"

	"guildhall/core/record"
)

// Pool is what the digests of a community are chosen from: ranked once, for all its readers. It is not
// changed by choosing, so that many may choose at the same time.
type Pool struct {
	parts [][]ranked // of each of Parts, the best first, as for a room
	own   map[int64][]ranked
	took  map[int64]map[record.ID]bool // in which threads a member took part
	rooms [][]string                   // of each part, where all its items are in one of few rooms

	topics, languages, countries map[string]bool
	waiting                      bool // there is an item that waits
}

// ranked is an item with the score that it has for a room.
type ranked struct {
	Item
	base int
	part int // which of Parts
}

// NewPool ranks items. Those of no part are left out.
func NewPool(items []Item) *Pool {
	p := &Pool{parts: make([][]ranked, len(Parts)), own: map[int64][]ranked{}, took: map[int64]map[record.ID]bool{}, rooms: make([][]string, len(Parts)),
		topics: map[string]bool{}, languages: map[string]bool{}, countries: map[string]bool{}}
	for _, i := range items {
		x, ok := rankedOf(i)
		if !ok || i.Hidden {
			continue
		}
		for _, t := range i.Topics {
			p.topics[t] = true
		}
		p.languages[i.Language], p.countries[i.Country], p.waiting = true, true, p.waiting || i.Waiting
		for _, m := range i.Thread.Took {
			if p.took[m] == nil {
				p.took[m] = map[record.ID]bool{}
			}
			p.took[m][i.ID] = true
		}
		switch {
		case i.For != 0:
			p.own[i.For] = append(p.own[i.For], x)
		case len(i.Readers) > 0:
			for _, m := range i.Readers {
				p.own[m] = append(p.own[m], x)
			}
		default:
			p.parts[x.part] = append(p.parts[x.part], x)
		}
	}
	for part, list := range p.parts {
		slices.SortFunc(list, func(a, b ranked) int { return better(&a.Item, a.base, &b.Item, b.base) })
		p.rooms[part] = fewRooms(list)
	}
	return p
}

// fewRooms are the rooms of items that are all in one of a few; nil for others.
func fewRooms(list []ranked) (out []string) {
	const few = 8
	for _, x := range list {
		if x.Room == "" {
			return nil
		}
		if !contains(out, x.Room) {
			if out = append(out, x.Room); len(out) > few {
				return nil
			}
		}
	}
	return out
}

func rankedOf(i Item) (ranked, bool) {
	part := slices.IndexFunc(Parts, func(p struct {
		Part Part
		Most int
	}) bool {
		return p.Part == i.Part
	})
	return ranked{i, Score(i, Reader{}), part}, part >= 0
}

// Choose is what a digest holds for a reader.
func Choose(items []Item, r Reader, w Window, shown Shown) []Choice {
	return NewPool(items).Choose(r, w, shown)
}

// Choose is what a digest holds for a reader: at most MostItems, by part and rank, of the pool and of
// what is this reader's alone. What waits for this very reader, and dates, do not count against the
// limits of rooms, authors and organisations: they are what they are, whoever they come from.
func (p *Pool) Choose(r Reader, w Window, shown Shown, own ...Item) []Choice {
	c, s := p.newChoosing(&r, w, shown, own), newShelf()
	abroad := func(x *ranked) bool { return r.Country != "" && x.Country != "" && x.Country != r.Country }
	waiting := func(x *ranked) bool { return x.Waiting }
	waits := p.waiting || slices.ContainsFunc(own, func(i Item) bool { return i.Waiting })
	foreign := r.Country != "" && (len(own) > 0 || len(p.countries) > 1 || !p.countries[r.Country])
	if waits && foreign {
		c.both(s, abroad, waiting)
	}
	if foreign {
		c.first(s, abroad)
	}
	if waits {
		c.first(s, waiting)
	}
	for part := range Parts {
		c.fill(s, part, 1-s.parts[part])
	}
	for part := range Parts {
		c.fill(s, part, MostItems)
	}
	slices.SortFunc(s.picked, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.part, b.part), better(&a.Item, a.score, &b.Item, b.score))
	})
	out := make([]Choice, len(s.picked))
	for i, x := range s.picked {
		out[i] = Choice{x.Item, x.score}
	}
	return out
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
func fits(i *Item, r *Reader, took map[record.ID]bool, w Window, shown Shown) bool {
	switch {
	case i.Hidden, len(r.Muted) > 0 && r.Muted[i.ID]:
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
		return i.For != 0 || suits(i, r, took)
	case Dates:
		return !i.At.Before(w.Until) && i.At.Before(w.Until.AddDate(0, 0, Ahead+1))
	}
	if i.At.Before(w.Since) || !i.At.Before(w.Until) {
		return false
	}
	if len(shown) == 0 {
		return true
	}
	was, before := shown[i.ID]
	return !before || was != i.State
}

// suits says whether an open request is for this reader: in their topics or languages, and not their
// own. A room has neither, and is shown all.
func suits(i *Item, r *Reader, took map[record.ID]bool) bool {
	if r.Member == 0 {
		return true
	}
	if i.Author == r.Member || i.By == r.Member || took[i.ID] {
		return false
	}
	topics := len(r.Topics) == 0 || len(i.Topics) == 0 || overlap(i.Topics, r.Topics)
	languages := len(r.Languages) == 0 || i.Language == "" || contains(r.Languages, i.Language)
	return topics && languages
}

// better orders items of one part: the nearest date first, the longest waiting first, solved talk
// first, then the higher score, the later, the smaller id.
func better(a *Item, as int, b *Item, bs int) int {
	order := 0
	switch a.Part {
	case Dates:
		order = a.At.Compare(b.At)
	case Needs:
		order = cmp.Or(-boolean(a.For != 0, b.For != 0), -cmp.Compare(as, bs), a.At.Compare(b.At))
	case Talk:
		order = -boolean(a.Thread.Solved, b.Thread.Solved)
	}
	return cmp.Or(order, -cmp.Compare(as, bs), -a.At.Compare(b.At), cmp.Compare(a.ID.Letter, b.ID.Letter), cmp.Compare(a.ID.No, b.ID.No))
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
