package communication

import (
	"cmp"
	"slices"
	"time"
)

// DefaultCap is how many requests a week a new helper is asked at most, as long as they say nothing
// else.
const DefaultCap = 3

// The spans over which it is counted how often a helper was asked: Week against their own cap, Recent
// for asking those first who were asked least.
const (
	Week   = 7 * 24 * time.Hour
	Recent = 28 * 24 * time.Hour
)

// Candidate is a member who opted in to being asked.
type Candidate struct {
	Member   int64
	Language string   // BCP 47 base tag; empty when not said
	Topics   []string // codes; none: whatever comes
	Cap      int      // requests a week at most
	Week     int      // how often they were asked in the last Week
	Recent   int      // how often in the last Recent
	Last     time.Time
	Asked    bool // for this very request
	Stopped  bool // never to be written to first
}

// Match returns those of helpers who may be asked about r, best first. It is the same for the same
// input, in whatever order helpers come.
//
// Left out are the asker, who was asked already, who wants no messages, and who has had their week's
// share. A helper fits who knows the topic, or who named no topic and shares the language; where the
// request has no topic, the language alone decides. Among those who fit equally well the one asked
// least comes first, then the one whose last time is longest ago.
func Match(r *Request, helpers []Candidate) []Candidate {
	var out []Candidate
	for _, c := range helpers {
		free := c.Member != r.Asker && !c.Asked && !c.Stopped && c.Week < c.Cap
		if free && fit(r, c) > 0 {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b Candidate) int {
		return cmp.Or(
			cmp.Compare(fit(r, b), fit(r, a)),
			cmp.Compare(a.Recent, b.Recent),
			a.Last.Compare(b.Last),
			cmp.Compare(a.Member, b.Member),
		)
	})
	return out
}

// fit is how well a helper suits a request; 0 means not at all.
func fit(r *Request, c Candidate) int {
	same := r.Language != "" && c.Language == r.Language
	unsaid := r.Language == "" || c.Language == ""
	knows := r.Topic != "" && slices.Contains(c.Topics, r.Topic)
	switch {
	case knows && same:
		return 5
	case knows && unsaid:
		return 4
	case knows:
		return 3 // a question can be translated, knowledge cannot
	case r.Topic != "" && len(c.Topics) > 0:
		return 0 // they said what they know, and it is something else
	case same:
		return 2
	case unsaid:
		return 1
	}
	return 0
}
