package cooperation

import (
	"testing"
	"time"

	"guildhall/core/community"
)

func org(no int64, country string) community.Organisation {
	return community.Organisation{No: no, Country: country, Confirmed: true}
}

func TestEvidenceLevel(t *testing.T) {
	t.Parallel()
	home := org(1, "IT")
	use := func(o community.Organisation, result string) Adoption {
		return Adoption{Organisation: o, State: InUse, Result: result}
	}
	newcomer := community.Organisation{No: 7, Country: "DE"}
	for _, x := range []struct {
		name   string
		origin community.Organisation
		given  []Adoption
		want   Level
	}{
		{"nobody else", home, nil, Promising},
		{"without a result", home, []Adoption{use(org(2, "PL"), "")}, Promising},
		{"a result", home, []Adoption{use(org(2, "PL"), "14 of 16")}, Demonstrated},
		{"a result at home", home, []Adoption{use(home, "14 of 16")}, Demonstrated},
		{"a result of a plan is none", home, []Adoption{{Organisation: org(2, "PL"), State: Planned, Result: "14"}}, Promising},
		{"one that stopped", home, []Adoption{{Organisation: org(2, "PL"), State: Stopped, Result: "14"}}, Promising},
		{"two others, two countries", home, []Adoption{use(org(2, "PL"), ""), use(org(3, "DE"), "")}, Replicated},
		{"one completed", home, []Adoption{use(org(2, "PL"), ""), {Organisation: org(3, "DE"), State: Completed}}, Replicated},
		{"two others, one country", home, []Adoption{use(org(2, "PL"), "x"), use(org(3, "PL"), "y")}, Demonstrated},
		{"home is no other", home, []Adoption{use(home, "x"), use(org(3, "PL"), "")}, Demonstrated},
		{"a plan does not count", home, []Adoption{use(org(2, "PL"), ""), {Organisation: org(3, "DE"), State: Planned}}, Promising},
		{"unconfirmed never counts", home, []Adoption{use(org(2, "PL"), ""), use(newcomer, "great")}, Promising},
		{"no organisation never counts", home, []Adoption{use(org(2, "PL"), ""), use(community.Organisation{Country: "DE", Confirmed: true}, "x")}, Promising},
		{"no country never counts", home, []Adoption{use(org(2, "PL"), ""), use(org(3, ""), "")}, Promising},
		{"unknown origin: no other", community.Organisation{}, []Adoption{use(org(2, "PL"), "x"), use(org(3, "DE"), "")}, Demonstrated},
	} {
		if got := LevelOf(x.origin, x.given); got != x.want {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
	if !Replicated.Above(Demonstrated) || !Promising.Above(Unproven) || Promising.Above(Promising) || Promising.Above(Replicated) {
		t.Error("the order of levels")
	}
}

func TestReviewRule(t *testing.T) {
	t.Parallel()
	home := org(1, "IT")
	yes := func(o community.Organisation) Review { return Review{Organisation: o, Verdict: Accept} }
	no := func(o community.Organisation) Review { return Review{Organisation: o, Verdict: Change} }
	all := Bench{Organisations: 5, Abroad: true}
	near := Bench{Organisations: 5}
	late := Bench{Organisations: 5, Abroad: true, Waited: LightTime}
	few := Bench{Organisations: 2, Abroad: true}
	for _, x := range []struct {
		name    string
		origin  community.Organisation
		reviews []Review
		bench   Bench
		want    Need
	}{
		{"nothing yet", home, nil, all, Need{Reviews: 2, Abroad: true}},
		{"one from abroad", home, []Review{yes(org(2, "PL"))}, all, Need{Reviews: 1}},
		{"two, one from abroad", home, []Review{yes(org(2, "PL")), yes(org(3, "IT"))}, all, Need{}},
		{"two from the same country", home, []Review{yes(org(2, "IT")), yes(org(3, "IT"))}, all, Need{Abroad: true}},
		{"nobody is abroad", home, []Review{yes(org(2, "IT")), yes(org(3, "IT"))}, near, Need{}},
		{"the same organisation", home, []Review{yes(home), yes(org(2, "PL"))}, all, Need{Reviews: 1}},
		{"unconfirmed", home, []Review{yes(community.Organisation{No: 9, Country: "PL"}), yes(org(2, "PL"))}, all, Need{Reviews: 1}},
		{"no organisation", home, []Review{yes(community.Organisation{Confirmed: true, Country: "PL"})}, all, Need{Reviews: 2, Abroad: true}},
		{"changes are not yes", home, []Review{no(org(2, "PL")), yes(org(3, "PL"))}, all, Need{Reviews: 1, Changes: 1}},
		{"late", home, []Review{yes(org(2, "IT"))}, late, Need{Light: LateOne}},
		{"late, and nobody", home, nil, late, Need{Reviews: 1, Light: LateOne}},
		{"a moment before", home, []Review{yes(org(2, "PL"))}, Bench{Organisations: 5, Abroad: true, Waited: LightTime - 1}, Need{Reviews: 1}},
		{"few organisations", home, []Review{yes(org(2, "PL"))}, few, Need{Light: FewOnes}},
		{"few, inside", home, []Review{yes(home)}, few, Need{Reviews: 1, Light: FewOnes}},
		{"late, but whole", home, []Review{yes(org(2, "PL")), yes(org(3, "IT"))}, late, Need{}},
		{"unknown origin", community.Organisation{}, []Review{yes(org(2, "PL"))}, all, Need{Origin: true, Reviews: 2, Abroad: true}},
	} {
		if got := NeedOf(x.origin, x.reviews, x.bench); got != x.want {
			t.Errorf("%s: %+v, want %+v", x.name, got, x.want)
		}
	}
	if (Need{Origin: true}).Met() || (Need{Abroad: true}).Met() || (Need{Reviews: 1}).Met() || !(Need{Changes: 3}).Met() {
		t.Error("when the rule is met")
	}
}

func TestNextReviewer(t *testing.T) {
	t.Parallel()
	home, then := org(1, "IT"), time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	all := []Reviewer{
		{Member: 1, Organisation: home},
		{Member: 2, Organisation: org(2, "IT")},
		{Member: 3, Organisation: org(3, "PL"), Asked: 2, Last: then},
		{Member: 4, Organisation: org(3, "PL"), Asked: 2, Last: then.Add(-time.Hour)},
		{Member: 5, Organisation: community.Organisation{No: 5, Country: "DE"}},
		{Member: 6},
	}
	for _, x := range []struct {
		name   string
		busy   []int64
		abroad bool
		want   int64
	}{
		{"who was asked least", nil, false, 2},
		{"from abroad first", nil, true, 4},
		{"the next", []int64{4}, true, 3},
		{"then those at home", []int64{3, 4}, true, 2},
		{"nobody", []int64{2, 3, 4}, true, 0},
	} {
		if got := NextReviewer(home, all, x.busy, x.abroad); got != x.want {
			t.Errorf("%s: %d, want %d", x.name, got, x.want)
		}
	}
	if got := NextReviewer(community.Organisation{}, all, nil, true); got != 0 {
		t.Errorf("an unknown origin has no others: %d", got)
	}
}

func TestWhatMayBeShownOfAQuote(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		quote Quote
		named bool
		ok    bool
	}{
		{Quote{Text: "a", Kept: community.ConsentAlways}, true, true},
		{Quote{Text: "a", Kept: community.ConsentYes}, true, true},
		{Quote{Text: "a", Kept: community.ConsentUnnamed}, false, true},
		{Quote{Text: "a", Kept: community.ConsentWaiting}, false, false},
		{Quote{Text: "a", Kept: community.ConsentNo}, false, false},
		{Quote{Text: "a"}, false, false},
		{Quote{Text: "a", Kept: community.ConsentYes, Gone: true}, false, false},
		{Quote{Kept: community.ConsentYes}, false, false},
	} {
		if _, named, ok := x.quote.Shown(); named != x.named || ok != x.ok {
			t.Errorf("%+v: named %v, shown %v", x.quote, named, ok)
		}
	}
}
