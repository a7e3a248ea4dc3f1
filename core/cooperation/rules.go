package cooperation

import (
	"cmp"
	"slices"
	"time"

	"guildhall/core/community"
)

// Level is how well a practice is proven. It is computed from adoptions and never voted.
type Level string

// The levels, from the lowest; empty before a practice is accepted.
const (
	Unproven     Level = ""
	Promising    Level = "promising"    // one site
	Demonstrated Level = "demonstrated" // a result shown
	Replicated   Level = "replicated"   // two or more other organisations in two or more countries
)

var levels = []Level{Unproven, Promising, Demonstrated, Replicated}

// Above says whether l is a higher level than other.
func (l Level) Above(other Level) bool { return slices.Index(levels, l) > slices.Index(levels, other) }

// LevelOf is the evidence level of an accepted practice that comes from origin. Adoptions that are
// only planned or were stopped do not count, nor do those of organisations that nobody has confirmed.
func LevelOf(origin community.Organisation, adoptions []Adoption) Level {
	level := Promising
	others, countries := map[int64]bool{}, map[string]bool{}
	for _, a := range adoptions {
		if !counts(a.Organisation) || a.State != InUse && a.State != Completed {
			continue
		}
		if a.Result != "" {
			level = Demonstrated
		}
		if Other(origin, a.Organisation) && a.Organisation.Country != "" {
			others[a.Organisation.No] = true
			countries[a.Organisation.Country] = true
		}
	}
	if len(others) >= 2 && len(countries) >= 2 {
		return Replicated
	}
	return level
}

func counts(o community.Organisation) bool { return o.No != 0 && o.Confirmed }

// Other says whether b is known to be another organisation than a. A missing organisation is none,
// and one that nobody has confirmed does not count.
func Other(a, b community.Organisation) bool { return a.No != 0 && counts(b) && a.No != b.No }

// Abroad says whether b is known to be in another country than a.
func Abroad(a, b community.Organisation) bool {
	return Other(a, b) && a.Country != "" && b.Country != "" && a.Country != b.Country
}

// The times of a review.
const (
	ReviewerTime = 7 * 24 * time.Hour  // how long one reviewer has before the next is asked
	LightTime    = 28 * 24 * time.Hour // after which one outside review suffices
	FewOrgs      = 3                   // with fewer organisations one outside review suffices, too
	EffectTime   = 56 * 24 * time.Hour // after which an adoption is asked about
	CheckMonths  = 12                  // after which an accepted practice is checked again
)

// Light is why one outside review is enough.
type Light string

// The reasons.
const (
	NotLight Light = ""
	LateOne  Light = "late" // reviewers did not come in LightTime
	FewOnes  Light = "few"  // the community has fewer than FewOrgs organisations
)

// Bench is what the review rule needs to know besides the reviews.
type Bench struct {
	Organisations int  // confirmed ones in the community
	Abroad        bool // somebody from another country is willing to review
	Waited        time.Duration
}

// Need is what a review still lacks.
type Need struct {
	Origin  bool // the author's organisation is not known, so no other can be told from it
	Reviews int  // how many more accepting reviews from other organisations
	Abroad  bool // one of them from another country
	Light   Light
	Changes int // how many reviewers want changes or decline; they do not block, but are to be seen
}

// Met says whether the practice may be accepted.
func (n Need) Met() bool { return !n.Origin && n.Reviews == 0 && !n.Abroad }

// NeedOf is the review rule: two reviewers from other organisations than the practice's own accept
// it, one of them from another country when there is one. After LightTime, or in a community of
// fewer than FewOrgs organisations, one suffices.
func NeedOf(origin community.Organisation, reviews []Review, b Bench) Need {
	n := Need{Origin: origin.No == 0}
	wanted := 2
	switch {
	case b.Organisations < FewOrgs:
		n.Light, wanted = FewOnes, 1
	case b.Waited >= LightTime:
		n.Light, wanted = LateOne, 1
	}
	yes, abroad := 0, false
	for _, r := range reviews {
		if r.Verdict != Accept {
			n.Changes++
			continue
		}
		if Other(origin, r.Organisation) {
			yes++
			abroad = abroad || Abroad(origin, r.Organisation)
		}
	}
	if yes >= 2 && (abroad || !b.Abroad) {
		n.Light = NotLight // the whole rule is met: nothing to excuse
	}
	n.Reviews = max(0, wanted-yes)
	n.Abroad = wanted == 2 && b.Abroad && !abroad
	return n
}

// Reviewer is somebody who opted in to review practices.
type Reviewer struct {
	Member       int64
	Organisation community.Organisation
	Asked        int       // how often, in any practice
	Last         time.Time // asked last; zero for never
}

// NextReviewer is who is to be asked next: from another organisation, neither the author nor quoted
// nor asked before (busy), from another country first while that is missing, then who was asked least
// and longest ago. 0 when there is nobody.
func NextReviewer(origin community.Organisation, all []Reviewer, busy []int64, abroad bool) int64 {
	var fit []Reviewer
	for _, r := range all {
		if Other(origin, r.Organisation) && !slices.Contains(busy, r.Member) {
			fit = append(fit, r)
		}
	}
	if len(fit) == 0 {
		return 0
	}
	best := slices.MinFunc(fit, func(a, b Reviewer) int {
		if abroad && Abroad(origin, a.Organisation) != Abroad(origin, b.Organisation) {
			if Abroad(origin, a.Organisation) {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(a.Asked, b.Asked), a.Last.Compare(b.Last), cmp.Compare(a.Member, b.Member))
	})
	return best.Member
}
