package slack_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

func TestSlashCommandIsAnsweredByItsAcknowledgement(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	delivered := make(chan struct{}, 1)
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		a, err := saying("I hear <you> & *you*")(ev)
		a.Delivered = func(context.Context, chat.Sent) error { delivered <- struct{}{}; return nil }
		return a, err
	}
	x := st.ann.Slash("#help", "/ask", "how do I weld?").Wait()
	if got := x.Reply(); got.Shown != "I hear <you> & *you*" || !got.Ephemeral {
		t.Errorf("ann sees %q", got)
	}
	evs := st.hall.heard(chat.Invoked)
	if len(evs) != 1 {
		t.Fatalf("%d events", len(evs))
	}
	ev := evs[0]
	if ev.Text != "ask how do I weld?" || ev.Where != st.at(st.room, "") || ev.From.Account != st.account(st.ann) ||
		ev.From.Name != "ann" || ev.From.Locale != "it-IT" || ev.From.Zone != "Europe/Rome" || !ev.Can.Answer || !ev.Can.Form || ev.Direct {
		t.Errorf("event %+v", ev)
	}
	<-delivered
	st.clean()
}

func TestMentionAndMessageAreOne(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.ann.Say("#help", "@guildhall find rubrics & <more>")
	st.ann.Say("#help", "nothing for anybody")
	st.s.AwaitAcks()
	evs := st.hall.heard(chat.Said)
	if len(evs) != 2 {
		t.Fatalf("%d events: %+v", len(evs), evs)
	}
	if evs[0].Text != "find rubrics & <more>" || !evs[0].Addressed || evs[1].Addressed || evs[1].Text != "nothing for anybody" {
		t.Errorf("heard %+v", evs)
	}
	st.clean()
}

func TestThreadReplyKnowsItsThread(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	root := st.ann.Say("#help", "a question")
	st.bea.Reply(root, "an answer for @ann in #help, see https://example.org/a?b=1&c=2")
	st.s.AwaitAcks()
	evs := st.hall.heard(chat.Said)
	if len(evs) != 2 {
		t.Fatalf("%d events", len(evs))
	}
	reply := evs[1]
	if reply.Where.Thread != chat.ThreadID(root.TS) || reply.Target == nil || reply.Target.Message != chat.MessageID(root.TS) {
		t.Errorf("reply %+v", reply)
	}
	if reply.Text != "an answer for @ann in #help, see https://example.org/a?b=1&c=2" {
		t.Errorf("text %q", reply.Text)
	}
}

func TestOwnAndForeignBotsAreNotHeard(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	send(st, st.at(st.room, ""), plainMessage("hello"), "k1")
	st.w.ForeignBot("weather", "#help", "it rains")
	st.ann.Say("#help", "a person")
	st.s.AwaitAcks()
	if evs := st.hall.heard(chat.Said, chat.Edited, chat.Deleted); len(evs) != 1 || evs[0].Text != "a person" {
		t.Errorf("heard %+v", evs)
	}
}

func TestEditsAndDeletions(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	root := st.ann.Say("#help", "a question, see https://example.org/x")
	reply := st.bea.Reply(root, "an answre")
	st.bea.Edit(reply, "an answer")
	st.w.Unfurl(root, "https://example.org/x", "A page")
	st.bea.Delete(reply)
	again := st.bea.Reply(root, "another")
	st.ann.Delete(root) // leaves a tombstone
	st.s.AwaitAcks()
	edits, gone := st.hall.heard(chat.Edited), st.hall.heard(chat.Deleted)
	if len(edits) != 1 || edits[0].Text != "an answer" || edits[0].Message != chat.MessageID(reply.TS) ||
		edits[0].Where.Thread != chat.ThreadID(root.TS) || edits[0].From.Account != st.account(st.bea) {
		t.Errorf("edits %+v", edits)
	}
	if len(gone) != 2 || gone[0].Message != chat.MessageID(reply.TS) || gone[1].Message != chat.MessageID(root.TS) {
		t.Errorf("deletions %+v, %s stays", gone, again.TS)
	}
	st.clean()
}

func TestFilesComeWithTheirMessage(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.ann.Upload("#help", "my rubric", slacktest.Message{}, slacktest.Upload{Name: "rubric.pdf", Data: []byte("%PDF-1.4 …")})
	st.s.AwaitAcks()
	evs := st.hall.heard(chat.Said)
	if len(evs) != 1 || len(evs[0].Files) != 1 || evs[0].Files[0].Name != "rubric.pdf" || evs[0].Text != "my rubric" {
		t.Fatalf("heard %+v", evs)
	}
	if got := download(st, evs[0].Files[0]); got != "%PDF-1.4 …" {
		t.Errorf("downloaded %q", got)
	}
	st.clean()
}

func TestReactionOnAnAnswerKnowsItsThread(t *testing.T) {
	t.Parallel()
	h := newHall()
	h.table = []chat.CommandInfo{{Path: "solved", Reaction: "✅"}}
	st := begin(t, setup{hall: h})
	root := st.ann.Say("#help", "a question")
	reply := st.bea.Reply(root, "an answer")
	st.ann.React(reply, "white_check_mark")
	st.ann.Unreact(reply, "white_check_mark")
	st.ann.React(reply, "flag-pl")
	st.s.AwaitAcks()
	evs := st.hall.heard(chat.Reacted)
	if len(evs) != 2 || evs[0].Reaction != "✅" || evs[1].Reaction != "🇵🇱" {
		t.Fatalf("heard %+v", evs)
	}
	ev := evs[0]
	if ev.Where.Thread != chat.ThreadID(root.TS) || ev.Target.Message != chat.MessageID(reply.TS) || ev.Target.Text != "an answer" ||
		ev.Target.From.Account != st.account(st.bea) || ev.From.Account != st.account(st.ann) {
		t.Errorf("reaction %+v on %+v", ev, ev.Target)
	}
	if len(st.hall.heard(chat.Unreacted)) != 1 {
		t.Error("the reaction taken back was not heard")
	}
	st.clean()
}

func TestWhatCannotBeKeptIsNotAcknowledged(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithClock(slacktest.Faster(60))}})
	var tries atomic.Int32
	st.hall.answer = func(chat.Event) (chat.Answer, error) {
		if tries.Add(1) == 1 {
			return chat.Answer{}, errors.New("the store is away")
		}
		return chat.Answer{}, nil
	}
	st.ann.Say("#help", "keep this")
	st.s.Await("a second try", func() bool { return tries.Load() == 2 })
	st.s.AwaitAcks()
}

func TestACommandWithoutAStoreSaysSo(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = func(chat.Event) (chat.Answer, error) { return chat.Answer{}, errors.New("the store is away") }
	x := st.ann.Slash("#help", "/ask", "anything").Wait()
	if got := x.Reply().Shown; got != "Ora non riesco a salvare nulla, quindi non ho fatto niente. Riprova tra un minuto, per favore." {
		t.Errorf("ann sees %q", got)
	}
}

func TestEveryEventHasOneEffectThoughItComesTwice(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = saying("once")
	st.s.Network(slacktest.Network{Double: 1})
	st.ann.Say("#help", "hello")
	root := st.ann.Say("#help", "edit me")
	st.ann.Edit(root, "edited")
	st.ann.Slash("#help", "/find", "x").Wait()
	st.s.AwaitAcks()
	if got := st.hall.heard(chat.Said, chat.Edited, chat.Invoked); len(got) != 4 {
		t.Errorf("%d events: %+v", len(got), got)
	}
}

func TestEnteringAndLeaving(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ch := st.ann.Create("new-room", false)
	st.ann.InviteBot("#new-room")
	st.s.AwaitAcks()
	in := st.hall.heard(chat.Entered)
	if len(in) != 1 || in[0].Where != st.at(ch, "") || in[0].Named != "new-room" {
		t.Fatalf("entered %+v", in)
	}
	st.ann.Archive("#new-room")
	st.s.AwaitAcks()
	if out := st.hall.heard(chat.Left); len(out) != 1 || out[0].Where != st.at(ch, "") {
		t.Errorf("left %+v", out)
	}
}

// That an answer got through is noted beside what else goes on: the person's next command does not wait for it, but
// the same one does, since the engine takes it for a repeat till then.
func TestTheNextCommandDoesNotWaitForANote(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	noted := make(chan struct{})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		a, err := saying("did " + ev.Text)(ev)
		if ev.Text == "find one" {
			a.Delivered = func(context.Context, chat.Sent) error { <-noted; return nil }
		}
		return a, err
	}
	st.ann.Slash("#help", "/find", "one").Wait().Reply()
	if got := st.ann.Slash("#help", "/find", "two").Wait().Reply(); got.Shown != "did find two" {
		t.Errorf("ann sees %q", got.Shown)
	}
	again := st.ann.Slash("#help", "/find", "one")
	if got := st.bea.Slash("#help", "/find", "one").Wait().Reply(); got.Shown != "did find one" {
		t.Errorf("bea sees %q", got.Shown)
	}
	select {
	case <-again.Done():
		t.Error("the same command did not wait")
	default:
	}
	close(noted)
	again.Wait().Reply()
	if n := len(st.hall.heard(chat.Invoked)); n != 4 {
		t.Errorf("%d commands", n)
	}
	st.clean()
}
