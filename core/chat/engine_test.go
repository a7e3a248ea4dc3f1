package chat_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/chat"
)

func said(a chat.Answer) string {
	if a.Message == nil {
		return ""
	}
	return a.Message.Plain()
}

func same(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n  %s\nwant\n  %s", strings.Join(got, "\n  "), strings.Join(want, "\n  "))
	}
}

func TestACommandIsAnsweredAndItsCardStandsInEverySpace(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := said(w.typed("ann", `note Hello there`)); got != "H1 is kept: Hello there" {
		t.Error(got)
	}
	w.Drain()
	same(t, w.web.Shows(), "web-help: H1 · Hello there")
	same(t, w.bare.Shows(), "bare-help: H1 · Hello there")
}

func TestACommandInADirectMessageIsAnsweredWithItsAcknowledgement(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.typed("ann", "note Hello") // she is a member
	ev := w.event(chat.Invoked, "ann")
	ev.Where, ev.Direct, ev.Text = chat.Address{Platform: "web", Room: "dm-ann"}, true, "note There"
	a := w.Handle(ev)
	if said(a) != "H2 is kept: There" || a.Delivered == nil {
		t.Fatalf("%+v", a)
	}
	if err := a.Delivered(t.Context(), chat.Sent{}); err != nil {
		t.Fatal(err)
	}
	w.Drain()
	for _, line := range w.web.Shows() {
		if strings.HasPrefix(line, "dm-ann") {
			t.Errorf("it is said again: %s", line)
		}
	}
}

func TestARepeatedEventHasOneEffect(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ev := w.event(chat.Invoked, "ann")
	ev.Text = "note Hello"
	w.Handle(ev)
	for range 3 {
		if a := w.Handle(ev); a.Message != nil {
			t.Errorf("answered again: %s", said(a))
		}
	}
	w.Drain()
	if w.notes.runs != 1 || len(w.web.Shows()) != 1 {
		t.Errorf("%d runs, shown %v", w.notes.runs, w.web.Shows())
	}
	// The answer was never acknowledged: the queue sends it a little later, once.
	w.Now = w.Now.Add(time.Minute)
	w.Drain()
	same(t, w.web.Shows(), "web-help: H1 · Hello", "web-help only ann: H1 is kept: Hello")
}

func TestWhoTriesAgainAfterACrashGetsTheStoredAnswer(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for range 2 { // the first answer never got through
		ev := w.event(chat.Invoked, "ann")
		ev.Text = "note Hello"
		if got := said(w.Handle(ev)); got != "H1 is kept: Hello" {
			t.Error(got)
		}
	}
	if w.notes.runs != 1 {
		t.Errorf("done %d times", w.notes.runs)
	}
}

func TestABugPoisonsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if got := said(w.typed("ann", "boom")); !strings.HasPrefix(got, "Something went wrong on my side and nothing was done.") {
		t.Error(got)
	}
	w.Drain()
	same(t, w.web.Shows())
	if got := said(w.typed("ann", "note Hello")); got != "H1 is kept: Hello" {
		t.Error(got)
	}
}

func TestMistakesGetOneSentence(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for line, want := range map[string]string{
		"noet Hello":            "I don't know “noet”. Did you mean /note?",
		"xyzzy":                 "I don't know “xyzzy”. Type /help to see what I can do.",
		"rule":                  "Only a moderator can do that.",
		"note hi mood:sideways": "Mood should be one of good and bad, not “sideways”.",
		"hide H1":               "I don't know “hide”. Type /help to see what I can do.",
		"":                      "This is help.",
		"help":                  "This is help.",
	} {
		if got := said(w.typed("ann", line)); got != want {
			t.Errorf("%q: %s", line, got)
		}
	}
	// What is required and cannot be taken is asked for again, with what was typed, so nothing is lost.
	long := strings.TrimSpace(strings.Repeat("long ", 20))
	if a := w.typed("ann", "note "+long); a.Form == nil || a.Form.Inputs[0].Value != long || a.Form.Inputs[0].Problem != "Words may have at most 50 characters." {
		t.Errorf("%+v", a.Form)
	}
	if w.notes.runs != 0 {
		t.Error("something was done all the same")
	}
}

func TestOutsideACommunityOnlyHelpRuns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for line, want := range map[string]string{"note hi": "This place is not part of a community yet. An admin of it can set one up.", "help": "This is help."} {
		ev := w.event(chat.Invoked, "zed")
		ev.Where.Space, ev.Where.Room, ev.Text = "elsewhere", "lobby", line
		if got := said(w.Handle(ev)); got != want {
			t.Errorf("%q: %s", line, got)
		}
	}
}

func TestAFormAsksForWhatIsMissingAndIsTakenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.typed("ann", "note mood:good")
	if a.Form == nil || len(a.Form.Inputs) != 2 || a.Form.Inputs[1].Value != "good" {
		t.Fatalf("%+v", a.Form)
	}
	submit := func(who, words string) chat.Answer {
		ev := w.event(chat.Submitted, who)
		ev.Key, ev.Given = a.Form.Key, chat.Given{"words": words}
		return w.Handle(ev)
	}
	if got := said(submit("bea", "stolen")); !strings.HasPrefix(got, "That form was sent or closed already.") {
		t.Error(got)
	}
	again := submit("ann", strings.Repeat("x", 51))
	if again.Form == nil || again.Form.Inputs[0].Problem != "Words may have at most 50 characters." {
		t.Errorf("%+v", again.Form)
	}
	if got := said(submit("ann", "Hello")); got != "H1 is kept: Hello" {
		t.Error(got)
	}
	if got := said(submit("ann", "Hello again")); !strings.HasPrefix(got, "That form was sent or closed already.") {
		t.Error(got)
	}
}

func TestWithoutFormsQuestionsAreAskedInAThread(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	say := func(thread chat.ThreadID, addressed bool, line string) {
		ev := w.event(chat.Said, "bea")
		ev.Where = chat.Address{Platform: "bare", Space: "hall", Room: "bare-help", Thread: thread}
		ev.Can, ev.Text, ev.Addressed = chat.Carry{}, line, addressed
		w.Handle(ev)
		w.Drain()
	}
	say("", true, "note")
	say("said1", false, "Hello")
	say("", true, "note")
	say("said3", false, "cancel")
	say("", true, "note")
	w.Now = w.Now.Add(11 * time.Minute)
	w.Drain()
	say("said5", false, "too late")
	same(t, w.bare.Shows(),
		"bare-help/said1: Words? \nAnswer here within ten minutes, or write “cancel”.",
		"bare-help/said1: H1 is kept: Hello",
		"bare-help: H1 · Hello",
		"bare-help/said3: Words? \nAnswer here within ten minutes, or write “cancel”.",
		"bare-help/said3: All right, nothing was done.",
		"bare-help/said5: Words? \nAnswer here within ten minutes, or write “cancel”.",
		"bare-help/said5: I stopped waiting, and nothing was done. Give the command again whenever you like.")
}

func TestACommandThatRanMayStillAsk(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ev := w.event(chat.Acted, "ann")
	ev.Command = "pick"
	if a := w.Handle(ev); a.Form == nil || len(a.Form.Inputs) != 1 || len(a.Form.Inputs[0].Options) != 2 {
		t.Errorf("%+v", a.Form)
	}
	ev = w.event(chat.Acted, "bea")
	ev.Where, ev.Can, ev.Command = chat.Address{Platform: "bare", Space: "hall", Room: "bare-help"}, chat.Carry{}, "pick"
	w.Handle(ev)
	w.Drain()
	answer := w.event(chat.Said, "bea")
	answer.Where, answer.Can, answer.Text = ev.Where, chat.Carry{}, "m2, m1"
	answer.Where.Thread = chat.ThreadID(ev.Message)
	w.Handle(answer)
	w.Drain()
	same(t, w.bare.Shows(),
		"bare-help/said2: Which? \n1. Ann: one\n2. Bea: two\nAnswer here within ten minutes, or write “cancel”.",
		"bare-help/said2: Picked: m2 and m1")
}

func TestAButtonIsItsCommandForWhoeverPresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a := w.typed("ann", "note Hello")
	w.Drain()
	key := a.Message.Buttons[0].Key
	press := func(key string) string {
		ev := w.event(chat.Pressed, "bea")
		ev.Key = key
		return said(w.Handle(ev))
	}
	if got := press("zzz~hide H1"); got != "That button belongs to another community." {
		t.Error(got)
	}
	for _, forged := range []string{"", "~", "1~", "1~#nothing", "-1~hide H1", strings.Repeat("x", 300)} {
		if got := press(forged); got != "That button is too old. Please give the command again." && got != "That button belongs to another community." {
			t.Errorf("%q: %s", forged, got)
		}
	}
	if got := press(strings.Replace(key, "H1", "H9", 1)); !strings.HasPrefix(got, "There is no H9 here.") {
		t.Error(got)
	}
	if got := press(key); got != "" {
		t.Error(got)
	}
	w.Drain()
	same(t, w.web.Shows())
	same(t, w.bare.Shows())
}

func TestWhatIsSaidInARecordsThreadIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.typed("ann", "note Hello")
	w.Drain()
	ev := w.event(chat.Said, "bea")
	ev.Where.Thread, ev.Text = "t-m1", "I know this"
	w.Handle(ev)
	w.Handle(ev)
	loose := w.event(chat.Said, "bea")
	loose.Text = "just talk"
	w.Handle(loose)
	own := w.event(chat.Said, "robot")
	own.Where.Thread, own.From.Bot = "t-m1", true
	w.Handle(own)
	same(t, w.notes.heard, "H1 bea: I know this")
	if taken, _ := w.DB.Inbox().Taken(t.Context(), "web", loose.ID); taken {
		t.Error("talk that concerns nobody was kept")
	}
}

// The service shows a card before we have written down that it stands, and people are quick.
func TestAnAnswerThatComesBeforeItsCardIsKnownIsHeard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.typed("ann", "note Hello")
	quick := w.event(chat.Said, "bea")
	quick.Where.Thread, quick.Text = "t-m1", "I know this"
	w.Handle(quick)
	w.Handle(quick)
	other := w.event(chat.Said, "dan")
	other.Where.Thread, other.Text = "t-elsewhere", "lunch?"
	w.Handle(other)
	// She mends it at once, where the service does not say in which thread: it must not overtake.
	mended := w.event(chat.Edited, "bea")
	mended.Message, mended.Text = quick.Message, "I know that"
	w.Handle(mended)
	same(t, w.notes.heard)
	w.Drain()
	same(t, w.notes.heard, "H1 bea: I know this", "edited bea: I know that")
	w.notes.heard = w.notes.heard[:1]
	then := w.event(chat.Said, "bea")
	then.Where.Thread, then.Text = "t-m1", "And more"
	w.Handle(then)
	same(t, w.notes.heard, "H1 bea: I know this", "H1 bea: And more")
}

// meanwhile is the store of cards, with something that happens just before it says whether any are under way.
type meanwhile struct {
	chat.Cards
	happens func()
}

func (m meanwhile) Unsettled(ctx context.Context, of int64, p chat.PlatformID, r chat.RoomID, parts bool) (bool, error) {
	m.happens()
	return m.Cards.Unsettled(ctx, of, p, r, parts)
}

// A card that is written down while an answer in its thread is looked at is found all the same.
func TestAnAnswerIsHeardWhoseCardIsWrittenDownMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.typed("ann", "note Hello")
	db := w.DB
	engine, err := chat.New(chat.Options{Bots: []chat.Bot{w.notes.bot()}, Platforms: []chat.Platform{w.web, w.bare}, Now: w.Clock,
		Store: chat.Store{Transactions: db, Directory: db.Directory(), Inbox: db.Inbox(), Keys: db.Desk(), Pendings: db.Desk(),
			Cards: meanwhile{db.Cards(), w.Drain}, Todos: db.Desk(), Once: db.Desk(), Counters: db.Threads(), Index: db.Search(), Queue: w.Queue}})
	if err != nil {
		t.Fatal(err)
	}
	quick := w.event(chat.Said, "bea")
	quick.Where.Thread, quick.Text = "t-m1", "I know this"
	if _, err := engine.Handle(t.Context(), quick); err != nil {
		t.Fatal(err)
	}
	w.Drain()
	same(t, w.notes.heard, "H1 bea: I know this")
}

func TestASendOfUnknownOutcomeShowsOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.web.Fail = []error{errors.New("the line was cut"), &chat.UnknownOutcome{Cause: errors.New("no reply")}}
	w.typed("ann", "note Hello")
	for range 3 {
		w.Drain()
		w.Now = w.Now.Add(5 * time.Second) // the queue's patience
	}
	same(t, w.web.Shows(), "web-help: H1 · Hello")
	if len(w.Queue.Dead) != 0 {
		t.Error(w.Queue.Dead)
	}
}

func TestWhoeverReadsGetsTheirLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ev := w.event(chat.Invoked, "carla")
	ev.From.Locale, ev.Text = "it-IT", "note Ciao"
	if got := said(w.Handle(ev)); got != "H1 è tenuta: Ciao" {
		t.Error(got)
	}
}

func TestHostileTextStaysText(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, hostile := range []string{"@everyone <!channel> **bold**", "<script>alert(1)</script>", "\u202egpj.exe", "a\x00b\xff\xfec"} {
		a := w.typed("ann", "note "+hostile)
		if a.Message == nil || strings.ContainsAny(said(a), "\x00\u202e") || !strings.HasPrefix(said(a), "H") {
			t.Errorf("%d: %q", i, said(a))
			continue
		}
		for _, span := range a.Message.Body[0] {
			if strings.Contains(span.Text, "bold") && span.Style != 0 || span.URL != "" {
				t.Errorf("%d became markup: %+v", i, span)
			}
		}
	}
}

func TestPaceIsAGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var last string
	for range 31 {
		last = said(w.typed("ann", "note Hello"))
	}
	if last != "That was a lot at once. Please try again in a minute." {
		t.Error(last)
	}
}
