package communication_test

import (
	"strings"
	"testing"

	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
)

func TestDigest(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		a, b string
		same bool
	}{
		{"Who has a rubric?", "who has  a rubric", true},
		{"Who has a rubric?", "Who had a rubric?", false},
		{"Come stai?", "come\nstai…", true},
		{"???", "!!!", false},
		{"谁有评分表？", "谁有评分表", true},
	} {
		a, b := communication.Request{Question: x.a}, communication.Request{Question: x.b}
		if (a.Digest() == b.Digest()) != x.same {
			t.Errorf("%q and %q: the same %v, want %v", x.a, x.b, !x.same, x.same)
		}
	}
}

func TestHeadline(t *testing.T) {
	t.Parallel()
	for _, x := range []struct {
		question, want string
		whole          bool
	}{
		{"Who has a rubric?", "Who has a rubric?", true},
		{"Who has a rubric?\nFor welders.", "Who has a rubric? For welders.", false},
		{strings.Repeat("a", 50), strings.Repeat("a", 39) + "…", false},
		{"", "", true},
	} {
		r := communication.Request{Question: x.question}
		if got, whole := r.Headline(40); got != x.want || whole != x.whole {
			t.Errorf("%q: got %q, %v", x.question, got, whole)
		}
	}
}

func TestWhoIsNamed(t *testing.T) {
	t.Parallel()
	moderator := community.Member{No: 9, Role: community.RoleModerator}
	for _, x := range []struct {
		to                        communication.Audience
		asker, other, program     int64
		theModerator, theAskerMay bool
	}{
		{communication.Everyone, 1, 2, 0, true, true},
		{communication.Unnamed, 0, 2, 0, true, true},
		{communication.OneHelper, 0, 0, 0, false, true},
	} {
		r := communication.Request{Asker: 1, To: x.to}
		if r.By(1) != x.asker || r.By(2) != x.other || r.By(0) != x.program {
			t.Errorf("%s: the asker is %d, another %d", x.to, r.By(1), r.By(2))
		}
		if r.MayChange(moderator) != x.theModerator || r.MayChange(community.Member{No: 1}) != x.theAskerMay {
			t.Errorf("%s: a moderator may %v", x.to, r.MayChange(moderator))
		}
		if r.MayChange(community.Member{No: 2, Role: community.RoleCurator}) {
			t.Errorf("%s: anybody may change it", x.to)
		}
	}
}

func TestWhatAnAnswerShows(t *testing.T) {
	t.Parallel()
	full := communication.Answer{Text: "so", Source: record.Source{Platform: "p", Room: "r", Thread: "t", Message: "m"}}
	for name, x := range map[string]struct {
		change  func(a *communication.Answer)
		shown   bool
		excerpt bool
	}{
		"as said":            {func(*communication.Answer) {}, true, false},
		"agreed":             {func(a *communication.Answer) { a.Kept = community.ConsentYes }, true, true},
		"agreed for ever":    {func(a *communication.Answer) { a.Kept = community.ConsentAlways }, true, true},
		"without a name":     {func(a *communication.Answer) { a.Kept = community.ConsentUnnamed }, true, true},
		"asked":              {func(a *communication.Answer) { a.Kept = community.ConsentWaiting }, true, false},
		"refused":            {func(a *communication.Answer) { a.Kept = community.ConsentNo }, true, false},
		"only a file":        {func(a *communication.Answer) { a.Text, a.Files = "", []string{"a.pdf"} }, true, false},
		"nothing":            {func(a *communication.Answer) { a.Text = "" }, false, false},
		"deleted":            {func(a *communication.Answer) { a.Gone, a.Kept = true, community.ConsentYes }, false, false},
		"forgotten":          {func(a *communication.Answer) { a.Text, a.Forgotten = "", true }, false, false},
		"to the asker alone": {func(a *communication.Answer) { a.Private, a.Kept = true, community.ConsentYes }, false, false},
	} {
		a := full
		x.change(&a)
		if _, _, ok := a.Excerpt(); a.Shown() != x.shown || ok != x.excerpt {
			t.Errorf("%s: shown %v, excerpt %v", name, a.Shown(), ok)
		}
	}
	if full.Stands("p", "r", "t2") || !full.Stands("p", "r", "t") {
		t.Error("where it stands")
	}
	form := full
	form.Source.Message = ""
	if form.Stands("p", "r", "t") {
		t.Error("what came through a form stands nowhere by itself")
	}
}
