package slack_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
)

// held is a stage on which the engine answers when it is let, and Slack's patience is over at once.
func held(t *testing.T, open, hold time.Duration, answer func(ev chat.Event) (chat.Answer, error)) (st *stage, let func()) {
	t.Helper()
	h := newHall()
	h.table = []chat.CommandInfo{{Path: "ask", Args: []chat.ArgInfo{{Name: "question", Required: true}}}, {Path: "find", Reads: true, Args: []chat.ArgInfo{{Name: "words"}}}}
	st = begin(t, setup{hall: h})
	st.p.Hurry(open, hold)
	gate := make(chan struct{}, 10)
	h.mu.Lock()
	h.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Said {
			return chat.Answer{}, nil
		}
		<-gate
		return answer(ev)
	}
	h.mu.Unlock()
	return st, func() { gate <- struct{}{} }
}

const never = time.Hour

// What takes long is acknowledged in time all the same, and answered by the response address.
func TestASlowCommandIsAcknowledgedInTime(t *testing.T) {
	t.Parallel()
	st, let := held(t, never, 0, saying("at last"))
	x := st.ann.Slash("#help", "/find", "x").Wait()
	if x.Err() != "" || len(x.Replies()) != 0 {
		t.Fatalf("acknowledged with %q and %v", x.Err(), x.Replies())
	}
	let()
	if got := x.Reply(); got.Shown != "at last" || !got.Ephemeral {
		t.Errorf("ann sees %+v", got)
	}
	// So is a press, and one that cannot be kept says so.
	m := plainMessage("card")
	m.Buttons = []chat.Button{{Key: "1~x", Label: "Join"}}
	send(st, st.at(st.room, ""), m, "card")
	x = st.ann.Press(st.ann.Await("#help", slacktest.ByApp("card")), "Join").Wait()
	let()
	if got := x.Reply(); x.Err() != "" || got.Shown != "at last" {
		t.Errorf("%q, ann sees %+v", x.Err(), got)
	}
	st.clean()
}

func TestASlowCommandThatCannotBeKeptSaysSo(t *testing.T) {
	t.Parallel()
	st, let := held(t, never, 0, func(chat.Event) (chat.Answer, error) { return chat.Answer{}, errors.New("the store is away") })
	x := st.ann.Slash("#help", "/find", "x").Wait()
	let()
	if got := x.Reply(); x.Err() != "" || !strings.Contains(got.Shown, "non ho fatto") && !strings.Contains(got.Shown, "salvare") {
		t.Errorf("%q, ann sees %q", x.Err(), got.Shown)
	}
	st.clean()
}

// A form that comes late finds a modal that waits for it: the trigger is long over.
func TestASlowFormDoesNotMissItsTrigger(t *testing.T) {
	t.Parallel()
	st, let := held(t, 0, time.Hour, func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Submitted {
			return saying("asked")(ev)
		}
		return chat.Answer{Form: form("K1", questionInput)}, nil
	})
	st.ann.Slash("#help", "/ask", "")
	st.ann.AwaitModal(" moment")
	let()
	st.ann.AwaitModal("Your question")
	let()
	st.ann.Submit(slacktest.Values{"Your question": "x"}).Wait()
	st.ann.Await("#help", slacktest.ByApp("asked"))
	if n := st.s.Count("views.open"); n != 1 {
		t.Errorf("%d modals were opened", n)
	}
	st.clean()
}

// Where no form comes, the modal that waited shows the answer; with nothing to say, it says that it is done.
func TestAModalThatWaitedInVain(t *testing.T) {
	t.Parallel()
	n := 0
	st, let := held(t, 0, time.Millisecond, func(ev chat.Event) (chat.Answer, error) {
		if n++; n > 1 {
			return chat.Answer{}, nil
		}
		return saying("did " + ev.Command)(ev)
	})
	st.ann.GlobalShortcut("global:ask")
	st.ann.AwaitModal(" moment")
	let()
	st.ann.AwaitModal("did ask")
	st.ann.CloseModal()
	said := st.ann.Say("#help", "words")
	st.ann.MessageShortcut("message:solved", said)
	st.ann.AwaitModal(" moment")
	let()
	st.ann.AwaitModal("Fatto")
	st.clean()
}

// A form whose effect takes long stays open meanwhile, and shows what came of it.
func TestASlowFormIsHandedOver(t *testing.T) {
	t.Parallel()
	steps := []func(ev chat.Event) (chat.Answer, error){
		func(chat.Event) (chat.Answer, error) { return chat.Answer{Form: form("K1", questionInput)}, nil },
		func(chat.Event) (chat.Answer, error) {
			bad := questionInput
			bad.Problem, bad.Value = "Too short: say a little more.", "x"
			return chat.Answer{Form: form("K2", bad)}, nil
		},
		saying("it is kept"),
	}
	n := 0
	st, let := held(t, never, 0, func(ev chat.Event) (chat.Answer, error) { n++; return steps[n-1](ev) })
	let()
	st.ann.Slash("#help", "/ask", "").Wait()
	st.ann.AwaitModal("Your question")
	for _, want := range []string{"Too short", "it is kept"} {
		x := st.ann.Submit(slacktest.Values{"Your question": "x"}).Wait()
		if x.Err() != "" {
			t.Fatal(x.Err())
		}
		st.ann.AwaitModal(" moment")
		let()
		st.ann.AwaitModal(want)
	}
	st.ann.Await("#help", slacktest.ByApp("it is kept"))
	st.clean()
}
