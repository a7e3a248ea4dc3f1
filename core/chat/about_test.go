package chat_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"guildhall/bots/bottest"
	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/text"
)

// reader is a chat service whose messages can be read again.
type reader struct {
	*bottest.Screen
	said map[chat.MessageID]chat.Target
}

func (r *reader) Message(_ context.Context, _ chat.Address, id chat.MessageID) (chat.Target, error) {
	if m, there := r.said[id]; there {
		return m, nil
	}
	return chat.Target{}, chat.ErrGone
}

func (r *reader) Thread(context.Context, chat.Address, chat.MessageID) ([]chat.Target, error) {
	return nil, errors.New("nobody asked for a thread")
}

// keeper is a bot that keeps messages: a reaction offers it.
func keeper() chat.Bot {
	return chat.Bot{Name: "keeper", Words: fstest.MapFS{
		"text/en.json": {Data: []byte(`{"keeper":{"about":"Keeps.","button":"Keep it","offer":"Shall I keep it?","example":"x","arg":{"name":"Name","mood":"Mood"},
			"mood":{"good":"good","bad":"bad","so":"so so"},"intro":"A fine message.","done":"{name}, {mood}: “{words}” of {who}"},
			"many":{"about":"Has many.","button":"Many","example":"x","arg":{"a":"A","b":"B","c":"C","d":"D"}}}`)},
		"text/it.json": {Data: []byte(`{"keeper":{"about":"Tiene.","button":"Tienilo","offer":"Lo tengo?","example":"x","arg":{"name":"Nome","mood":"Umore"},
			"mood":{"good":"buono","bad":"cattivo","so":"così"},"intro":"Un bel messaggio.","done":"{name}, {mood}: “{words}” di {who}"},
			"many":{"about":"Ne ha molti.","button":"Molti","example":"x","arg":{"a":"A","b":"B","c":"C","d":"D"}}}`)},
	}, Commands: []chat.Command{{Path: "keep", Text: "keeper", Role: community.RoleMember, Target: chat.AnyMessage, Reaction: "🔖", Offer: true,
		Args: []chat.Arg{{Name: "name", Kind: chat.Line, Required: true}, {Name: "mood", Kind: chat.Choice, Choices: []string{"good", "bad", "so"}, Asked: true}},
		Form: func(_ context.Context, _ *chat.Call, f *chat.Form) error {
			if len(f.Inputs) > 1 {
				return nil
			}
			f.Intro = []text.Rich{text.Plain("A fine message.")}
			f.Inputs[0].Options = f.Inputs[0].Options[:min(2, len(f.Inputs[0].Options))]
			return nil
		},
		Run: func(_ context.Context, c *chat.Call) (chat.Reply, error) {
			args := text.Args{"name": c.Text("name"), "mood": c.Text("mood"), "words": "", "who": ""}
			if c.Target != nil {
				args["words"], args["who"] = c.Target.Text, string(c.Target.From.Account)
			}
			return chat.OnlyYouSay("keeper.done", args), nil
		}},
		{Path: "many", Text: "many", Role: community.RoleMember, Run: func(context.Context, *chat.Call) (chat.Reply, error) { return chat.Nothing(), nil },
			Args: []chat.Arg{{Name: "a", Kind: chat.Line, Required: true}, {Name: "b", Kind: chat.Line}, {Name: "c", Kind: chat.Line, Form: true}, {Name: "d", Kind: chat.Line}}}}}
}

func newKeeper(t *testing.T) (*world, *reader) {
	t.Helper()
	db := bottest.OpenStore(t)
	r := &reader{Screen: bottest.NewScreen("web", true), said: map[chat.MessageID]chat.Target{}}
	w := &world{t: t, web: r.Screen, bare: bottest.NewScreen("bare", false)}
	w.World = bottest.New(t, db, []chat.Platform{r, w.bare}, func(*bottest.World) []chat.Bot { return []chat.Bot{keeper()} })
	w.people(t)
	return w, r
}

func TestAnOfferKeepsTheMessageItIsAbout(t *testing.T) {
	t.Parallel()
	w, r := newKeeper(t)
	r.said["m7"] = chat.Target{Text: "A rubric", From: chat.Author{Account: "bea", Name: "Bea"}}
	react := w.event(chat.Reacted, "ann")
	react.Reaction, react.Target = "🔖", &chat.Target{Where: react.Where, Message: "m7"}
	offer := w.Handle(react)
	if got := said(offer); got != "Shall I keep it?" || len(offer.Message.Buttons) != 1 {
		t.Fatalf("%s", got)
	}
	press := func(who string) chat.Answer {
		ev := w.event(chat.Pressed, who)
		ev.Key = offer.Message.Buttons[0].Key
		return w.Handle(ev)
	}
	if got := said(press("dan")); got != "That button is too old. Please give the command again." {
		t.Errorf("for somebody else: %s", got)
	}
	form := press("ann").Form
	if form == nil {
		t.Fatal("no form")
	}
	send := w.event(chat.Submitted, "ann")
	send.Key, send.Given = form.Key, chat.Given{"name": "Rubric", "mood": "bad"}
	if got := said(w.Handle(send)); got != "Rubric, bad: “A rubric” of bea" {
		t.Error(got)
	}
	// The message is not kept with the button: once it is deleted, nothing is known of it.
	delete(r.said, "m7")
	send = w.event(chat.Submitted, "ann")
	send.Key, send.Given = press("ann").Form.Key, chat.Given{"name": "Again", "mood": "good"}
	if got := said(w.Handle(send)); got != "Again, good: “” of " {
		t.Error(got)
	}
	// Nobody can write such a button's line themself.
	forged := w.event(chat.Pressed, "dan")
	forged.Key = "1~keep name:x >" + strings.Repeat("e", 20)
	if got := said(w.Handle(forged)); got != "x, : “” of " {
		t.Error(got)
	}
}

func TestAQuestionKeepsTheMessageThatCameWithFiles(t *testing.T) {
	t.Parallel()
	w, _ := newKeeper(t)
	say := func(thread chat.ThreadID, line string, files ...chat.FileRef) {
		ev := w.event(chat.Said, "bea")
		ev.Where = chat.Address{Platform: "bare", Space: "hall", Room: "bare-help", Thread: thread}
		ev.Can, ev.Text, ev.Addressed, ev.Files = chat.Carry{}, line, thread == "", files
		w.Handle(ev)
		w.Drain()
	}
	say("", "keep", chat.FileRef{ID: "f", Name: "rubric.pdf"})
	say("said1", "Rubric")
	say("said1", "good")
	all := w.bare.Shows()
	if got := all[len(all)-1]; got != "bare-help/said1: Rubric, good: “keep” of bea" {
		t.Error(got)
	}
}

func TestWhatIsWorthAskingIsAskedAfterWhatIsMissing(t *testing.T) {
	t.Parallel()
	w, _ := newKeeper(t)
	say := func(thread chat.ThreadID, line string) {
		ev := w.event(chat.Said, "bea")
		ev.Where = chat.Address{Platform: "bare", Space: "hall", Room: "bare-help", Thread: thread}
		ev.Can, ev.Text, ev.Addressed = chat.Carry{}, line, thread == ""
		w.Handle(ev)
		w.Drain()
	}
	say("", "keep")
	say("said1", "Rubric")
	say("said1", "terrible")
	say("said1", "2")
	say("", "keep Rubric") // nothing is missing, so nothing is asked
	const end = "\nAnswer here within ten minutes, or write “cancel”."
	same(t, w.bare.Shows(),
		"bare-help/said1: A fine message.\nName? "+end,
		"bare-help/said1: A fine message.\nMood? \n1. good\n2. bad"+end,
		"bare-help/said1: A fine message.\nMood should be one of good, bad and so, not “terrible”.\nMood? \n1. good\n2. bad"+end,
		"bare-help/said1: Rubric, bad: “” of ",
		"bare-help/said5: Rubric, : “” of ")
}

func TestALongFormIsShortenedToWhatMatters(t *testing.T) {
	t.Parallel()
	w, r := newKeeper(t)
	fields := func(line string) string {
		var out []string
		for _, in := range w.typed("ann", line).Form.Inputs {
			out = append(out, in.Name)
		}
		return strings.Join(out, " ")
	}
	if got := fields("many"); got != "a b c d" {
		t.Error(got)
	}
	r.Info.Limits.Inputs = 3
	if got := fields("many"); got != "a c" {
		t.Error(got)
	}
	if got := fields("many d:4"); got != "a c d" {
		t.Error(got)
	}
	if got := fields("keep mood:bad"); got != "name mood" {
		t.Error(got)
	}
	r.Info.Limits.Inputs = 1 // the platform asks in steps where nothing says what matters
	if got := fields("keep mood:bad"); got != "name mood" {
		t.Error(got)
	}
}
