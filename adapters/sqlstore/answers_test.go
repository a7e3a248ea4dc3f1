package sqlstore

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/record"
)

// part loads one part of a request.
func (d *helpDesk) part(t *testing.T, no, part int64) communication.Answer {
	t.Helper()
	a, err := d.Answer(t.Context(), 1, record.Subject{ID: helpID(no), Part: part})
	if err != nil || a == nil {
		t.Fatalf("H%d.%d: %v, %v", no, part, a, err)
	}
	return *a
}

func TestWhatIsSaidInAThreadIsKept(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?", Source: helpAt("hall", "q")})
		d.told()
		own := d.says(t, helpAnn, helpID(1), "hall", "m1", "I mean with video")
		if own.First || !own.Answer.Own || own.Request.State != communication.Open || own.Request.Answers != 0 {
			t.Errorf("the asker's own word: %+v", own)
		}
		first := d.says(t, helpBea, helpID(1), "annex", "m2", "like\nthis")
		if !first.First || !first.Answer.Calls || first.Answer.Part != 2 || first.Request.State != communication.Answered {
			t.Errorf("the first answer: %+v", first)
		}
		second := d.says(t, helpDan, helpID(1), "annex", "m3", "or that")
		if second.First || second.Answer.Calls {
			t.Errorf("the second answer: %+v", second)
		}
		again := d.says(t, helpBea, helpID(1), "annex", "m2", "like\nthis")
		if again.Fresh {
			t.Errorf("the same message again: %+v", again)
		}
		if got, want := d.told(), "H1.1 answered by 1, H1.2 answered by 2, H1 answered by 2, H1.3 answered by 3"; got != want {
			t.Errorf("told: %s", got)
		}
		got := d.part(t, 1, 2)
		want := communication.Answer{Community: 1, Request: helpID(1), Part: 2, Author: helpBea, Text: "like\nthis", Via: "web chat",
			Source: helpAt("annex", "m2"), At: d.clock.now(), Calls: true}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		if !got.Stands("webchat", "annex/communication", "t1") || got.Stands("webchat", "annex/communication", "t2") || got.Stands("matrix", "annex/communication", "t1") {
			t.Error("where it stands")
		}
	})
}

func TestTheFirstAnswerAtHomeCallsNobody(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?", Source: helpAt("hall", "q")})
		if home := d.says(t, helpBea, helpID(1), "hall", "m1", "so"); home.Answer.Calls || !home.First {
			t.Errorf("at home: %+v", home)
		}
		if form := d.says(t, helpDan, helpID(1), "hall", "", "through a form"); !form.Answer.Calls {
			t.Errorf("through a form, which nobody sees at home: %+v", form)
		}
		if away := d.says(t, helpDan, helpID(1), "annex", "m2", "so"); away.Answer.Calls {
			t.Errorf("once is enough: %+v", away)
		}
	})
}

func TestAnswersFollowTheirMessages(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "with a tipo")
		d.told()
		for range 2 {
			if held, err := d.Reword(ctx, 1, helpAt("annex", "m1"), "with a typo", []string{"rubric.pdf"}); err != nil || held == nil {
				t.Fatal(held, err)
			}
		}
		if got := d.told(); got != "H1.1 edited by 2" {
			t.Errorf("told: %s", got)
		}
		if a := d.part(t, 1, 1); a.Text != "with a typo" || len(a.Files) != 1 {
			t.Errorf("%+v", a)
		}
		for range 2 {
			if held, err := d.Unsay(ctx, 1, helpAt("annex", "m1")); err != nil || held == nil {
				t.Fatal(held, err)
			}
		}
		if got := d.told(); got != "H1.1 deleted by 2, H1 edited" {
			t.Errorf("told: %s", got)
		}
		if a := d.part(t, 1, 1); a.Text != "" || len(a.Files) != 0 || !a.Gone || a.Shown() {
			t.Errorf("%+v", a)
		}
		if d.state(t, helpID(1)) != communication.Open {
			t.Error("the only answer is gone, but the request is not open")
		}
		if held, err := d.Reword(ctx, 1, helpAt("annex", "m1"), "an edit that comes late", nil); err != nil || held == nil {
			t.Fatal(held, err)
		}
		if a := d.part(t, 1, 1); a.Text != "" {
			t.Errorf("a deleted answer came back: %+v", a)
		}
		for _, other := range []record.Source{helpAt("annex", "m9"), helpAt("annex", ""), {}} {
			if held, err := d.Unsay(ctx, 1, other); err != nil || held != nil {
				t.Errorf("%+v is nobody's: %+v, %v", other, held, err)
			}
		}
		if held, err := d.Unsay(ctx, 2, helpAt("annex", "m1")); err != nil || held != nil {
			t.Errorf("another community's: %+v, %v", held, err)
		}
	})
}

func TestAnAnswerEditedToNothingIsGone(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		if _, err := d.Reword(t.Context(), 1, helpAt("annex", "m1"), " \n ", nil); err != nil {
			t.Fatal(err)
		}
		if a := d.part(t, 1, 1); !a.Gone {
			t.Errorf("%+v", a)
		}
	})
}

func TestManyAnswerAtOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?", Source: helpAt("hall", "q")})
		var first, fresh, calls atomic.Int32
		helpTogether(t, 32, func(i int) error {
			by := helpMember(helpBea + int64(i%3))
			h, err := d.Hear(t.Context(), by, helpID(1), communication.Said{Text: "so", Source: helpAt("annex", fmt.Sprint("m", i/2))})
			for flag, n := range map[*atomic.Int32]bool{&first: h.First, &fresh: h.Fresh, &calls: h.Answer.Calls && h.Fresh} {
				if n {
					flag.Add(1)
				}
			}
			return err
		})
		r, err := d.Request(t.Context(), 1, helpID(1))
		if err != nil {
			t.Fatal(err)
		}
		if first.Load() != 1 || calls.Load() != 1 || fresh.Load() != 16 || r.Parts != 16 || r.Answers != 16 {
			t.Errorf("first %d, calls %d, fresh %d, %+v", first.Load(), calls.Load(), fresh.Load(), r)
		}
	})
}

func TestWhoMaySayThatItIsSolved(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		_, err := d.Solve(ctx, helpMember(helpBea), helpID(1), 1)
		helpRefused(t, err, "communication.not_yours")
		_, err = d.Solve(ctx, helpMember(helpAnn), helpID(1), 7)
		helpRefused(t, err, "communication.solved.no_answer")
		_, err = d.Solve(ctx, helpMember(helpAnn), helpID(7), 1)
		helpRefused(t, err, "chat.no_record")
		s, err := d.Solve(ctx, helpMember(helpMia), helpID(1), 1)
		if err != nil || s.Again || !s.Credited || !s.AskKeep || s.Request.Credited != helpBea || s.Request.State != communication.Solved {
			t.Fatalf("%+v, %v", s, err)
		}
		if s, err = d.Solve(ctx, helpMember(helpAnn), helpID(1), 0); err != nil || !s.Again || s.Request.Accepted != 1 {
			t.Errorf("solved once more without naming an answer: %+v, %v", s, err)
		}
	})
}

func TestTheCreditMoves(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		d.says(t, helpDan, helpID(1), "annex", "m2", "no, so")
		d.says(t, helpAnn, helpID(1), "annex", "m3", "found it myself")
		for _, x := range []struct {
			part, credited int64
			again, ask     bool
		}{{1, helpBea, false, true}, {1, helpBea, true, false}, {2, helpDan, false, true}, {3, 0, false, false}, {1, helpBea, false, true}} {
			s, err := d.Solve(t.Context(), helpMember(helpAnn), helpID(1), x.part)
			if err != nil || s.Again != x.again || s.AskKeep != x.ask || s.Request.Credited != x.credited {
				t.Errorf("part %d: %+v, %v", x.part, s, err)
			}
		}
		if a := d.part(t, 1, 3); a.Kept != community.ConsentYes {
			t.Errorf("one's own words by one's own hand: %+v", a)
		}
	})
}

func TestTwoSolveAtOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		d.told()
		var news atomic.Int32
		helpTogether(t, 32, func(i int) error {
			by := helpMember([]int64{helpAnn, helpMia}[i%2])
			s, err := d.Solve(t.Context(), by, helpID(1), 1)
			if !s.Again {
				news.Add(1)
			}
			return err
		})
		if got := d.told(); news.Load() != 1 || strings.Count(got, "H1 solved") != 1 {
			t.Errorf("it was solved %d times: %s", news.Load(), got)
		}
	})
}

func TestTheTextStaysOnlyWithConsent(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		if _, err := d.Solve(ctx, helpMember(helpAnn), helpID(1), 1); err != nil {
			t.Fatal(err)
		}
		if _, _, ok := excerpt(d.part(t, 1, 1)); ok {
			t.Error("shown before its author has agreed")
		}
		subject := record.Subject{ID: helpID(1), Part: 1}
		consented := func(a community.Answer) {
			t.Helper()
			if err := d.Consented(ctx, 1, subject, helpBea, a); err != nil {
				t.Fatal(err)
			}
		}
		consented(community.ConsentUnnamed)
		if words, named, ok := excerpt(d.part(t, 1, 1)); words != "so" || named || !ok {
			t.Errorf("without a name: %q %v %v", words, named, ok)
		}
		consented(community.ConsentYes)
		if words, named, ok := excerpt(d.part(t, 1, 1)); words != "so" || !named || !ok {
			t.Errorf("with the name: %q %v %v", words, named, ok)
		}
		if err := d.Consented(ctx, 1, subject, helpDan, community.ConsentNo); err != nil {
			t.Fatal(err)
		}
		if d.part(t, 1, 1).Kept != community.ConsentYes {
			t.Error("somebody else answered for the author")
		}
		consented(community.ConsentNo)
		if _, _, ok := excerpt(d.part(t, 1, 1)); ok || d.part(t, 1, 1).Text == "" {
			t.Error("off view at once, gone when its copies have arrived")
		}
		d.forgets(t)
		if a := d.part(t, 1, 1); a.Text != "" || !a.Forgotten || a.Shown() {
			t.Errorf("not forgotten: %+v", a)
		}
		if _, err := d.Reword(ctx, 1, helpAt("annex", "m1"), "so, but better", nil); err != nil {
			t.Fatal(err)
		}
		if a := d.part(t, 1, 1); a.Text != "so, but better" || !a.Shown() {
			t.Errorf("its copies do not follow an edit: %+v", a)
		}
		d.forgets(t)
		if a := d.part(t, 1, 1); a.Text != "" {
			t.Errorf("not forgotten again: %+v", a)
		}
	})
}

func excerpt(a communication.Answer) (string, bool, bool) { return a.Excerpt() }

// forgets lets an hour pass and does what is due.
func (d *helpDesk) forgets(t *testing.T) {
	t.Helper()
	d.clock.step(time.Hour + time.Minute)
	due := d.due(t, communication.KindForget)
	if len(due) == 0 {
		t.Error("nothing is to be forgotten")
	}
	for _, m := range due {
		if err := d.Forget(t.Context(), 1, m); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStandingAnswersSpareTheQuestion(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		d.says(t, helpDan, helpID(1), "annex", "m2", "or so")
		d.consents.answers["H1.1"], d.consents.answers["H1.2"] = community.ConsentYes, community.ConsentNo
		for part, want := range map[int64]bool{1: true, 2: false} {
			s, err := d.Solve(t.Context(), helpMember(helpAnn), helpID(1), part)
			if err != nil || s.AskKeep {
				t.Fatal(s, err)
			}
			if _, _, ok := excerpt(d.part(t, 1, part)); ok != want {
				t.Errorf("part %d is shown: %v", part, ok)
			}
		}
		d.forgets(t)
		if d.part(t, 1, 1).Text == "" || d.part(t, 1, 2).Text != "" {
			t.Error("the wrong text was forgotten")
		}
	})
}

func TestSecondAcceptedAnswerMakesAnOffer(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		for no := range int64(3) {
			d.asked(t, helpAnn, communication.Question{Text: fmt.Sprint("how, ", no)})
			d.says(t, helpBea, helpID(no+1), "annex", fmt.Sprint("m", no), "so")
			s, err := d.Solve(t.Context(), helpMember(helpAnn), helpID(no+1), 1)
			if err != nil || s.Offer != (no > 0) {
				t.Errorf("after %d: %+v, %v", no+1, s, err)
			}
		}
	})
}

func TestHiddenRequestsTakeNothing(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "so")
		d.told()
		if c, err := d.Hide(ctx, helpMember(helpMia), helpID(1)); err != nil || c.Again {
			t.Fatal(c, err)
		}
		if got := d.told(); got != "H1 hidden by 5, H1.1 deleted by 5" {
			t.Errorf("told: %s", got)
		}
		if c, err := d.Hide(ctx, helpMember(helpMia), helpID(1)); err != nil || !c.Again {
			t.Errorf("again: %+v, %v", c, err)
		}
		for name, do := range map[string]func() error{
			"answer": func() error {
				_, err := d.Hear(ctx, helpMember(helpDan), helpID(1), communication.Said{Text: "so", Source: helpAt("hall", "m2")})
				return err
			},
			"solve":  func() error { _, err := d.Solve(ctx, helpMember(helpAnn), helpID(1), 1); return err },
			"follow": func() error { _, err := d.Follow(ctx, helpMember(helpDan), helpID(1)); return err },
		} {
			t.Log(name)
			helpRefused(t, do(), "chat.hidden")
		}
	})
}

func TestFollowers(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := context.WithoutCancel(t.Context())
		d.asked(t, helpAnn, communication.Question{Text: "how?"})
		for _, no := range []int64{helpAnn, helpDan, helpEve, helpMia} {
			if fresh, err := d.Follow(ctx, helpMember(no), helpID(1)); err != nil || !fresh {
				t.Fatal(fresh, err)
			}
		}
		if fresh, err := d.Follow(ctx, helpMember(helpDan), helpID(1)); err != nil || fresh {
			t.Errorf("again: %v, %v", fresh, err)
		}
		if err := d.Unfollow(ctx, helpMember(helpMia), helpID(1)); err != nil {
			t.Fatal(err)
		}
		if h := d.says(t, helpEve, helpID(1), "hall", "m1", "so"); fmt.Sprint(h.Follow) != "[3]" {
			t.Errorf("told of the first answer: %v", h.Follow)
		}
		if h := d.says(t, helpBea, helpID(1), "hall", "m2", "so"); h.Follow != nil {
			t.Errorf("told of the second answer: %v", h.Follow)
		}
		s, err := d.Solve(ctx, helpMember(helpAnn), helpID(1), 1)
		if err != nil || fmt.Sprint(s.Follow) != "[3 4]" {
			t.Errorf("told of the solution: %v, %v", s.Follow, err)
		}
	})
}
