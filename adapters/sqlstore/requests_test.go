package sqlstore

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/core/communication"
	"guildhall/core/record"
)

func TestRequestIsKeptWhole(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		q := communication.Question{Text: "  How do you assess\n\n\n\nwelders remotely?\u202e ", Topic: "didactics", Language: "en",
			Urgency: communication.ThisWeek, Source: helpAt("hall", "m1"), From: record.ID{Letter: 'C', No: 2}}
		a := d.asked(t, helpAnn, q)
		got, err := d.Request(t.Context(), 1, a.Request.ID)
		if err != nil {
			t.Fatal(err)
		}
		want := communication.Request{Community: 1, ID: helpID(1), Question: "How do you assess\n\nwelders remotely?", Topic: "didactics",
			Language: "en", Urgency: communication.ThisWeek, To: communication.Everyone, Asker: helpAnn, State: communication.Open,
			Source: helpAt("hall", "m1"), Asked: d.clock.now(), Active: d.clock.now(), Round: 1}
		if *got != want {
			t.Errorf("got  %+v\nwant %+v", *got, want)
		}
		if len(d.links) != 1 || d.links[0].From.String() != "C2" || d.links[0].To != helpID(1) {
			t.Errorf("links: %v", d.links)
		}
		if got := d.told(); got != "H1 opened by 1" {
			t.Errorf("told: %s", got)
		}
		if none, err := d.Request(t.Context(), 1, helpID(9)); none != nil || err != nil {
			t.Errorf("a request that is not there: %v, %v", none, err)
		}
		if none, err := d.Request(t.Context(), 1, record.ID{Letter: 'R', No: 1}); none != nil || err != nil {
			t.Errorf("a record that is no request: %v, %v", none, err)
		}
	})
}

func TestQuestionsThatAreNone(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		for _, x := range []struct{ words, key string }{
			{"", "communication.question.empty"},
			{" \u200b\u2060\n ", "communication.question.empty"},
			{strings.Repeat("e", communication.MaxQuestion+1), "communication.question.long"},
		} {
			_, err := d.Ask(t.Context(), helpAnn, communication.Question{Text: x.words})
			helpRefused(t, err, x.key)
		}
		d.asked(t, helpAnn, communication.Question{Text: strings.Repeat("👩‍🏭", communication.MaxQuestion)})
	})
}

func TestSameWordsAreTheSameRequestForADay(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		first := d.asked(t, helpAnn, communication.Question{Text: "Who has a rubric?"})
		again := d.asked(t, helpAnn, communication.Question{Text: "who has  a rubric"})
		if !again.Twin || again.Request.ID != first.Request.ID {
			t.Errorf("again: %+v", again)
		}
		if other := d.asked(t, helpBea, communication.Question{Text: "Who has a rubric?"}); other.Twin {
			t.Error("another asker's words are another request")
		}
		if _, err := d.Withdraw(t.Context(), helpMember(helpAnn), first.Request.ID, ""); err != nil {
			t.Fatal(err)
		}
		if after := d.asked(t, helpAnn, communication.Question{Text: "Who has a rubric?"}); after.Twin {
			t.Error("a withdrawn request is in the way")
		}
		d.clock.step(25 * time.Hour)
		if later := d.asked(t, helpAnn, communication.Question{Text: "Who has a rubric?"}); later.Twin {
			t.Error("a request of the day before is in the way")
		}
	})
}

func TestSameQuestionFromManyAtOnce(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		var mu sync.Mutex
		ids := map[record.ID]int{}
		helpTogether(t, 32, func(int) error {
			a, err := d.Ask(t.Context(), helpAnn, communication.Question{Text: "Pressed by an impatient finger?"})
			mu.Lock()
			defer mu.Unlock()
			ids[a.Request.ID]++
			return err
		})
		if len(ids) != 1 {
			t.Errorf("one question became the requests %v", ids)
		}
	})
}

func TestListShowsWhatMembersMaySee(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "one", Topic: "didactics"})
		d.asked(t, helpAnn, communication.Question{Text: "two", Topic: "funding"})
		d.asked(t, helpAnn, communication.Question{Text: "three", To: communication.OneHelper})
		d.asked(t, helpBea, communication.Question{Text: "four", To: communication.Unnamed})
		d.asked(t, helpBea, communication.Question{Text: "five"})
		d.asked(t, helpBea, communication.Question{Text: "six"})
		d.says(t, helpBea, helpID(1), "hall", "m", "like this")
		if _, err := d.Hide(t.Context(), helpMember(helpMia), helpID(5)); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Withdraw(t.Context(), helpMember(helpBea), helpID(6), ""); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			name   string
			filter communication.Filter
			want   string
		}{
			{"all", communication.Filter{}, "H4 H2 H1"},
			{"open", communication.Filter{States: []communication.State{communication.Open}}, "H4 H2"},
			{"answered or solved", communication.Filter{States: []communication.State{communication.Answered, communication.Solved}}, "H1"},
			{"topic", communication.Filter{Topics: []string{"funding", "didactics"}}, "H2 H1"},
			{"mine", communication.Filter{Asker: helpAnn}, "H3 H2 H1"},
			{"hers", communication.Filter{Asker: helpBea}, "H5 H4"},
			{"page", communication.Filter{Skip: 1, N: 1}, "H2"},
			{"before", communication.Filter{Before: d.clock.now()}, ""},
			{"withdrawn", communication.Filter{States: []communication.State{communication.Withdrawn}}, "H6"},
		} {
			rs, err := d.List(t.Context(), 1, x.filter)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range rs {
				got = append(got, r.ID.String())
			}
			if strings.Join(got, " ") != x.want {
				t.Errorf("%s: got %v, want %s", x.name, got, x.want)
			}
		}
		if rs, err := d.List(t.Context(), 2, communication.Filter{}); err != nil || len(rs) > 0 {
			t.Errorf("another community sees %v, %v", rs, err)
		}
	})
}

func TestWithdrawnLeavesATombstoneAlone(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "a secret of mine"})
		d.says(t, helpBea, helpID(1), "annex", "m1", "an answer to it")
		d.says(t, helpDan, helpID(1), "annex", "m2", "another")
		d.told()
		_, err := d.Withdraw(t.Context(), helpMember(helpBea), helpID(1), "")
		helpRefused(t, err, "communication.not_yours")
		c, err := d.Withdraw(t.Context(), helpMember(helpAnn), helpID(1), "asked by mistake")
		if err != nil || c.Again {
			t.Fatal(c, err)
		}
		if got := d.told(); got != "H1.1 deleted by 1, H1.2 deleted by 1, H1 withdrawn by 1" {
			t.Errorf("told: %s", got)
		}
		var left int
		if _, err := d.db.one(t.Context(), `SELECT COUNT(*) FROM request r, answer a WHERE r.question <> '' OR a.body <> ''`, nil, &left); err != nil || left != 0 {
			t.Errorf("text that is left: %d, %v", left, err)
		}
		if c, err = d.Withdraw(t.Context(), helpMember(helpMia), helpID(1), "again"); err != nil || !c.Again || c.Request.Reason != "asked by mistake" {
			t.Errorf("again: %+v, %v", c, err)
		}
		_, err = d.Hear(t.Context(), helpMember(helpBea), helpID(1), communication.Said{Text: "too late", Source: helpAt("annex", "m3")})
		helpRefused(t, err, "communication.closed")
		_, err = d.Solve(t.Context(), helpMember(helpAnn), helpID(1), 0)
		helpRefused(t, err, "communication.closed")
		words := "new words"
		_, err = d.Edit(t.Context(), helpMember(helpAnn), helpID(1), communication.Edit{Question: &words})
		helpRefused(t, err, "communication.closed")
	})
}

func TestDeletingTheQuestionAtItsSourceWithdrawsIt(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "typed in a hurry", Source: helpAt("hall", "q1")})
		d.asked(t, helpAnn, communication.Question{Text: "through a form", Source: record.Source{Platform: "webchat", Space: "hall", Room: "hall/communication"}})
		gone, err := d.Unask(t.Context(), 1, helpAt("hall", "q1"))
		if err != nil || len(gone) != 1 || gone[0].Request.ID != helpID(1) {
			t.Fatal(gone, err)
		}
		if d.state(t, helpID(1)) != communication.Withdrawn || d.state(t, helpID(2)) != communication.Open {
			t.Error("the wrong request was withdrawn")
		}
		if gone, err = d.Unask(t.Context(), 1, helpAt("hall", "q1")); err != nil || len(gone) != 0 {
			t.Errorf("again: %v, %v", gone, err)
		}
		if gone, err = d.Unask(t.Context(), 1, helpAt("hall", "")); err != nil || len(gone) != 0 {
			t.Errorf("a deletion of nothing: %v, %v", gone, err)
		}
	})
}

func TestEditingARequest(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "with a tipo", Topic: "funding"})
		d.told()
		words, none, italian := "with a typo", "", "it"
		r, err := d.Edit(t.Context(), helpMember(helpAnn), helpID(1), communication.Edit{Question: &words, Topic: &none, Language: &italian})
		if err != nil || r.Question != words || r.Topic != "" || r.Language != "it" {
			t.Fatal(r, err)
		}
		if _, err = d.Edit(t.Context(), helpMember(helpMia), helpID(1), communication.Edit{Question: &words}); err != nil {
			t.Fatal(err)
		}
		if got := d.told(); got != "H1 edited by 1" {
			t.Errorf("told: %s", got)
		}
		_, err = d.Edit(t.Context(), helpMember(helpBea), helpID(1), communication.Edit{Question: &none})
		helpRefused(t, err, "communication.not_yours")
		_, err = d.Edit(t.Context(), helpMember(helpAnn), helpID(1), communication.Edit{Question: &none})
		helpRefused(t, err, "communication.question.empty")
		_, err = d.Edit(t.Context(), helpMember(helpAnn), helpID(8), communication.Edit{Question: &words})
		helpRefused(t, err, "chat.no_record")
	})
}

func TestSleepAndWaking(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "never answered"})
		d.asked(t, helpAnn, communication.Question{Text: "answered once"})
		d.asked(t, helpAnn, communication.Question{Text: "solved"})
		d.says(t, helpBea, helpID(2), "hall", "m1", "so")
		if _, err := d.Solve(t.Context(), helpMember(helpAnn), helpID(3), 0); err != nil {
			t.Fatal(err)
		}
		d.clock.step(communication.SleepDays*24*time.Hour + time.Second)
		d.asked(t, helpAnn, communication.Question{Text: "new"})
		for _, want := range []int{2, 0} {
			if n, err := d.Sleep(t.Context(), 1); err != nil || n != want {
				t.Fatalf("%d fell asleep, want %d: %v", n, want, err)
			}
		}
		var got []communication.State
		for no := range int64(4) {
			got = append(got, d.state(t, helpID(no+1)))
		}
		if want := []communication.State{"stale", "stale", "solved", "open"}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		d.says(t, helpAnn, helpID(1), "hall", "m2", "still looking")
		d.says(t, helpDan, helpID(2), "hall", "m3", "me too")
		if a, b := d.state(t, helpID(1)), d.state(t, helpID(2)); a != communication.Open || b != communication.Answered {
			t.Errorf("woken as %s and %s", a, b)
		}
	})
}

func TestNamesThatStandNowhere(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.asked(t, helpAnn, communication.Question{Text: "without my name", To: communication.Unnamed})
		d.asked(t, helpAnn, communication.Question{Text: "between us", To: communication.OneHelper})
		words := "without my name, again"
		if _, err := d.Edit(t.Context(), helpMember(helpAnn), helpID(1), communication.Edit{Question: &words}); err != nil {
			t.Fatal(err)
		}
		d.says(t, helpBea, helpID(1), "annex", "m1", "an answer")
		if _, err := d.Solve(t.Context(), helpMember(helpAnn), helpID(1), 1); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Withdraw(t.Context(), helpMember(helpAnn), helpID(1), ""); err != nil {
			t.Fatal(err)
		}
		want := "H1 opened, H2 opened quietly, H1 edited, H1.1 answered by 2, H1 answered by 2, H1 solved, H1.1 deleted, H1 withdrawn"
		if got := d.told(); got != want {
			t.Errorf("told: %s\nwant: %s", got, want)
		}
		for reader, want := range map[int64]bool{0: false, helpAnn: true, helpBea: false, helpMia: false} {
			r, err := d.Request(t.Context(), 1, helpID(2))
			if err != nil {
				t.Fatal(err)
			}
			if may, err := d.MayRead(t.Context(), r, reader); err != nil || may != want {
				t.Errorf("%d may read a private request: %v, %v", reader, may, err)
			}
		}
		_, err := d.Withdraw(t.Context(), helpMember(helpMia), helpID(2), "")
		helpRefused(t, err, "chat.hidden")
	})
}

func TestWideningAPrivateRequest(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		d.join(t, helpBea, "", "", true, 5)
		a := d.asked(t, helpAnn, communication.Question{Text: "between us", To: communication.OneHelper})
		if a.Helper != helpBea {
			t.Fatalf("asked %d", a.Helper)
		}
		d.says(t, helpBea, helpID(1), "annex", "", "a private word")
		_, err := d.Widen(t.Context(), helpMember(helpBea), helpID(1), communication.Everyone)
		helpRefused(t, err, "chat.hidden")
		d.told()
		w, err := d.Widen(t.Context(), helpMember(helpAnn), helpID(1), communication.Unnamed)
		if err != nil || w.Request.To != communication.Unnamed || w.Request.State != communication.Open || w.Helper != 0 {
			t.Fatal(w, err)
		}
		if got := d.told(); got != "H1 opened" {
			t.Errorf("told: %s", got)
		}
		p, err := d.Answer(t.Context(), 1, record.Subject{ID: helpID(1), Part: 1})
		if err != nil || p.Shown() || !p.Private {
			t.Errorf("what was said in private: %+v, %v", p, err)
		}
		if w, err = d.Widen(t.Context(), helpMember(helpAnn), helpID(1), communication.Everyone); err != nil || !w.Twin || w.Request.To != communication.Unnamed {
			t.Errorf("again: %+v, %v", w, err)
		}
	})
}

func TestMyData(t *testing.T) {
	t.Parallel()
	eachDesk(t, func(t *testing.T, d *helpDesk) {
		ctx := t.Context()
		d.join(t, helpBea, "", "", true, 5)
		d.asked(t, helpAnn, communication.Question{Text: "ann's question", Source: helpAt("hall", "q1")})
		d.asked(t, helpBea, communication.Question{Text: "bea's question", Source: helpAt("hall", "q2")})
		d.asked(t, helpBea, communication.Question{Text: "bea's private question", To: communication.OneHelper})
		d.says(t, helpBea, helpID(1), "annex", "m1", "bea's answer")
		if _, err := d.Follow(ctx, helpMember(helpBea), helpID(1)); err != nil {
			t.Fatal(err)
		}
		x, err := d.Export(ctx, 1, helpBea)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Requests) != 2 || len(x.Answers) != 1 || x.Answers[0].Text != "bea's answer" || len(x.Helping) != 1 || !slices.Equal(x.Follows, []string{"H1"}) {
			t.Errorf("export: %+v", x)
		}
		if x, err = d.Export(ctx, 1, helpAnn); err != nil || len(x.Helping) != 0 || len(x.Answers) != 0 {
			t.Errorf("the asker's export tells of others: %+v, %v", x, err)
		}
		d.told()
		if err := d.Erase(ctx, 1, helpBea); err != nil {
			t.Fatal(err)
		}
		if got := d.told(); !strings.Contains(got, "H1.1 deleted") || !strings.Contains(got, "H2 edited") || !strings.Contains(got, "H3 withdrawn") {
			t.Errorf("told: %s", got)
		}
		if d.state(t, helpID(1)) != communication.Open {
			t.Error("H1's only answer is gone, but it is not open")
		}
		x, err = d.Export(ctx, 1, helpBea)
		if err != nil || len(x.Helping) != 0 || len(x.Follows) != 0 || x.Answers[0].Text != "" || x.Requests[1].Question != "" ||
			x.Requests[0].Question != "bea's question" || x.Requests[0].Room != "" || x.Answers[0].Room != "" {
			t.Errorf("after erasing: %+v, %v", x, err)
		}
		if err := d.Erase(ctx, 1, helpBea); err != nil {
			t.Errorf("again: %v", err)
		}
	})
}
