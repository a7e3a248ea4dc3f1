package communication_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"guildhall/core/chat"
	"guildhall/core/record"
)

// Search finds the question, and the answer that solved it only as long as its author agrees.
func TestWhatSearchKnows(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	s.types("ann", `ask "Who has a rubric?" topic:didactics`)
	m := s.says("bea", "H1", "We use a secret recipe.")
	finds := func(want bool) {
		t.Helper()
		if d, ok := s.index[1]; !ok || strings.Contains(d.Body, "recipe") != want || !strings.Contains(d.Body, "rubric") || d.Title != "Who has a rubric?" {
			t.Errorf("search knows %+v", d)
		}
	}
	finds(false)
	s.reacts("ann", "✅", "recipe")
	finds(false)
	s.presses("bea", "Yes")
	finds(true)
	if d := s.index[1]; d.State != "solved" || d.Topics[0] != "didactics" || d.Kind != "request" || d.Uses != 1 {
		t.Errorf("search knows %+v", d)
	}
	s.edits("bea", m, "We use a recipe that is no secret.")
	if !strings.Contains(s.index[1].Body, "no secret") {
		t.Errorf("search knows %+v", s.index[1])
	}
	s.deletes("bea", m)
	finds(false)
	s.types("ann", `ask "Between us?" to:helper`)
	s.types("ann", "withdraw H1")
	if len(s.index) != 0 {
		t.Errorf("search knows %v", s.index)
	}
}

// Whoever asked without their name is not told by anything that others can see.
func TestNobodyLearnsWhoAsked(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	s.types("ann", `ask "How do I tell my director?" to:unnamed`)
	s.says("bea", "H1", "Plainly.")
	s.presses("ann", "Add something")
	s.fills("ann", chat.Given{"answer": "He shouts."})
	s.types("ann", "edit H1 topic:competences")
	s.reacts("ann", "✅", "Plainly")
	s.types("ann", "withdraw H1")
	for _, line := range s.shown {
		if strings.Contains(line, "Ann") {
			t.Errorf("somebody saw: %s", line)
		}
	}
	audit, err := s.db.Ledger().Audit(t.Context(), s.com.ID, record.ID{}, 0, 100)
	if err != nil || len(audit) == 0 {
		t.Fatal(audit, err)
	}
	for _, c := range audit {
		if c.By == 1 || c.Note != "" && strings.Contains(c.Note, "irector") {
			t.Errorf("the audit trail tells: %+v", c)
		}
	}
	for reader, owner := range map[int64]int64{0: 0, 1: 1, 2: 0, 3: 0} {
		if b, err := s.view.Brief(t.Context(), s.com.ID, reader, record.ID{Letter: 'H', No: 1}); err != nil || b.Owner != owner {
			t.Errorf("%d is told that it is of %d: %v", reader, b.Owner, err)
		}
	}
}

func TestBriefRefuses(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	s.types("ann", `ask "Between us?" to:helper`)
	brief := func(reader, no int64) error {
		_, err := s.view.Brief(t.Context(), s.com.ID, reader, record.ID{Letter: 'H', No: no})
		return err
	}
	if err := brief(1, 1); err != nil {
		t.Error(err)
	}
	for _, reader := range []int64{0, 2, 3} {
		if err := brief(reader, 1); !errors.Is(err, chat.ErrHidden) {
			t.Errorf("%d: %v", reader, err)
		}
	}
	if err := brief(1, 2); err == nil {
		t.Error("a request that is not there")
	}
}

// One event given many times, and events out of order, have one effect.
func TestRepeatsAndDisorder(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	s.types("ann", "ask Who has a rubric?")
	ev := s.event(chat.Said, "bea")
	ev.Where.Thread, ev.Text, ev.Message = s.thread("bea", "H1"), "We do.", "x1"
	s.shown = nil
	for range 3 {
		s.do(ev)
	}
	again := ev
	again.ID = "another name for the same message"
	s.do(again)
	if n := strings.Count(strings.Join(s.shown, "\n"), "> We do."); n != 1 {
		t.Errorf("shown %d times: %v", n, s.shown)
	}
	gone := s.event(chat.Deleted, "bea")
	gone.Where, gone.Message = ev.Where, "x2" // deleted before it was ever heard
	s.do(gone)
	late := ev
	late.ID, late.Message, late.Text = "late", "x1", "We do, changed"
	late.Kind = chat.Edited
	gone.ID, gone.Message = "gone", "x1"
	s.do(gone)
	s.shown = nil
	s.do(late)
	if len(s.shown) != 0 {
		t.Errorf("an edit after the deletion: %v", s.shown)
	}
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := newStage(t, "en")
	err := s.db.Atomically(t.Context(), func(ctx context.Context) error {
		_, _, err := s.db.Directory().Enter(ctx, s.com.ID, service, "annex", chat.Author{Account: "eve", Name: "@everyone **[x](https://evil.example)**"}, s.now)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	s.types("ann", "ask Who has a rubric?")
	s.says("eve", "H1", "<!channel> I do **now**")
	for _, m := range s.msgs {
		for _, part := range m.m.Quote {
			for _, span := range part {
				if span.URL != "" || span.Style != 0 || span.Member != 0 {
					t.Errorf("what people wrote became markup: %+v", span)
				}
			}
		}
	}
}
