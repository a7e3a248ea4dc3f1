package communication_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/record"
)

// Whoever asked without their name is not told by anything that others can see.
func TestNobodyLearnsWhoAsked(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, desk)
	seen := s.Act(`ann /ask "How do I tell my director?" to:unnamed`, "bea H1: Plainly.", "ann presses [Add something]", `ann fills answer="He shouts."`,
		"ann #communication /edit H1 topic:competences", `ann reacts ✅ to "Plainly"`, "ann /withdraw H1 done")
	if len(seen) < 20 {
		t.Errorf("nothing was seen: %v", seen)
	}
	for _, line := range seen {
		if strings.Contains(line, "Ann") {
			t.Errorf("somebody saw: %s", line)
		}
	}
	audit, err := s.DB.Ledger().Audit(t.Context(), 1, record.ID{}, 0, 100)
	if err != nil || len(audit) == 0 {
		t.Fatal(audit, err)
	}
	for _, c := range audit {
		if c.By == 1 || c.Note != "" && strings.Contains(c.Note, "irector") {
			t.Errorf("the audit trail tells: %+v", c)
		}
	}
	view, _ := s.View('H')
	for reader, owner := range map[int64]int64{0: 0, 1: 1, 2: 0, 3: 0} {
		if b, err := view.Brief(t.Context(), 1, reader, record.ID{Letter: 'H', No: 1}); err != nil || b.Owner != owner {
			t.Errorf("%d is told that it is of %d: %v", reader, b.Owner, err)
		}
	}
}

func TestBriefRefuses(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, desk)
	s.Act(`ann /ask "Between us?" to:helper`)
	view, _ := s.View('H')
	brief := func(reader, no int64) error {
		_, err := view.Brief(t.Context(), 1, reader, record.ID{Letter: 'H', No: no})
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
	s := bottest.Open(t, desk)
	s.Act("ann /ask Who has a rubric?", "bea H1: We do.")
	if seen := s.Act("again", "again"); len(seen) != 0 {
		t.Errorf("repeated: %v", seen)
	}
	cards, err := s.DB.Cards().CardsOf(t.Context(), 1, record.Subject{ID: record.ID{Letter: 'H', No: 1}})
	if err != nil || len(cards) != 2 {
		t.Fatal(cards, err)
	}
	at := cards[0].At
	at.Thread = cards[0].Starts
	ev := chat.Event{ID: "one", Kind: chat.Said, At: s.Now, Where: at, Message: "x1", Text: "So do we.", From: chat.Author{Account: "eve", Name: "Eve", Locale: "en"}}
	count := func(seen []string) (n int) {
		for _, line := range seen {
			if strings.HasPrefix(line, ">") {
				n++
			}
		}
		return n
	}
	if n := count(s.Give(ev)); n != 1 {
		t.Errorf("shown %d times", n)
	}
	ev.ID = "another name for the same message"
	if n := count(s.Give(ev)); n != 0 {
		t.Errorf("shown %d times more", n)
	}
	gone := chat.Event{ID: "two", Kind: chat.Deleted, At: s.Now, Where: at, Message: "x2", From: ev.From} // deleted before it was ever heard
	s.Give(gone)
	gone.ID, gone.Message = "three", "x1"
	s.Give(gone)
	late := ev
	late.ID, late.Kind, late.Text = "late", chat.Edited, "So do we, changed"
	if seen := s.Give(late); len(seen) != 0 {
		t.Errorf("an edit after the deletion: %v", seen)
	}
}

func TestHostileNames(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, desk)
	err := s.DB.Atomically(t.Context(), func(ctx context.Context) error {
		m, err := s.DB.Directory().Find(ctx, 1, "Eve", 1)
		if err != nil {
			return err
		}
		m[0].Name = "@everyone **[x](https://evil.example)**"
		return s.DB.Directory().SetMember(ctx, m[0])
	})
	if err != nil {
		t.Fatal(err)
	}
	s.Act("ann /ask Who has a rubric?", "eve H1: <!channel> I do **now**")
	quotes := 0
	for _, m := range s.Messages() {
		for _, part := range m.Quote {
			quotes++
			for _, span := range part {
				if span.URL != "" || span.Style != 0 || span.Member != 0 {
					t.Errorf("what people wrote became markup: %+v", span)
				}
			}
		}
	}
	if quotes == 0 {
		t.Error("nothing was quoted")
	}
}

func TestALongQuestionIsKeptInTheForm(t *testing.T) {
	t.Parallel()
	s := bottest.Open(t, desk)
	seen := s.Act("ann /ask " + strings.Repeat("long ", 401))
	if len(seen) != 1 || !strings.HasSuffix(seen[0], "(Question may have at most 2,000 characters.), Topic, Language, How soon, Whom to ask") {
		t.Errorf("%v", seen)
	}
}
