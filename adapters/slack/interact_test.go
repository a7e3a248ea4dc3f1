package slack_test

import (
	"context"
	"strings"
	"testing"

	"guildhall/adapters/slack"
	"guildhall/adapters/slack/slacktest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

// form is a small form, as the engine gives one.
func form(key string, inputs ...chat.Input) *chat.Form {
	return &chat.Form{Key: key, Command: "ask", Title: "Ask for help", Submit: "Ask", Inputs: inputs}
}

var questionInput = chat.Input{Name: "question", Label: "Your question", Kind: chat.Line, Required: true, Max: 300}

func TestMissingArgumentsAreAskedInAModal(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Invoked {
			return chat.Answer{Form: form("K1", questionInput, chat.Input{Name: "language", Label: "Language", Kind: chat.Language},
				chat.Input{Name: "topics", Label: "Topics", Kind: chat.Topics, Options: []chat.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}},
				chat.Input{Name: "until", Label: "Until", Kind: chat.Date, Value: "2027-01-15"},
				chat.Input{Name: "file", Label: "File", Kind: chat.File}, chat.Input{Name: "who", Label: "Who", Kind: chat.Member},
				chat.Input{Name: "long", Label: "Long", Kind: chat.Text, Max: 8000})}, nil
		}
		return saying("asked")(ev)
	}
	st.ann.Slash("#help", "/ask", "").Wait()
	modal := st.ann.AwaitModal("Your question")
	if modal.Title != "Ask for help" || modal.Submit != "Ask" {
		t.Errorf("modal %+v", modal)
	}
	x := st.ann.Suggest(modal, "Language", "pol").Wait()
	if cs := x.Choices(); len(cs) == 0 || cs[0].Value != "pl" || cs[0].Text != "Polacco" && cs[0].Text != "polacco" {
		t.Errorf("choices %v", x.Choices())
	}
	f := st.ann.NewFile("rubric.pdf", []byte("%PDF"))
	x = st.ann.Submit(slacktest.Values{"Your question": "How <do> I weld?", "Topics": []string{"A", "B"}, "Until": "2027-02-01",
		"File": []*slacktest.File{f}, "Who": "bea", "Long": "many words"}).Wait()
	if x.Err() != "" {
		t.Fatal(x.Err())
	}
	st.ann.AwaitNoModal()
	st.ann.Await("#help", slacktest.ByApp("asked"))
	got := st.hall.heard(chat.Submitted)
	if len(got) != 1 {
		t.Fatalf("%d submissions", len(got))
	}
	ev := got[0]
	g := ev.Given
	if ev.Key != "K1" || ev.Where != st.at(st.room, "") || g["question"] != "How <do> I weld?" || g["topics"] != "a, b" && g["topics"] != "A, B" ||
		g["until"] != "2027-02-01" || g["who"] != string(st.account(st.bea)) || g["long"] != "many words" || len(ev.GivenFiles["file"]) != 1 {
		t.Errorf("submitted %+v", ev)
	}
	st.clean()
}

func TestProblemsStandBesideTheirFields(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	n := 0
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		switch {
		case ev.Kind == chat.Invoked:
			return chat.Answer{Form: form("K1", questionInput)}, nil
		case n == 0:
			n++
			bad := questionInput
			bad.Problem, bad.Value = "Too short: say a little more.", "x"
			return chat.Answer{Form: form("K2", bad)}, nil
		case n == 1:
			n++
			return chat.Answer{Form: form("K3", chat.Input{Name: "title", Label: "A title", Kind: chat.Line, Required: true})}, nil
		}
		return chat.Answer{}, nil
	}
	st.ann.Slash("#help", "/ask", "").Wait()
	st.ann.AwaitModal("Your question")
	if got := st.ann.Submit(slacktest.Values{"Your question": "x"}).Wait().FieldErrors(); got["in:question"] != "Too short: say a little more." {
		t.Errorf("errors %v", got)
	}
	st.ann.Submit(slacktest.Values{"Your question": "more"}).Wait() // another step
	st.ann.AwaitModal("A title")
	st.ann.Submit(slacktest.Values{"A title": "Welding"}).Wait()
	st.ann.AwaitNoModal()
	var keys []string
	for _, ev := range st.hall.heard(chat.Submitted) {
		keys = append(keys, ev.Key)
	}
	if strings.Join(keys, " ") != "K1 K1 K3" {
		t.Errorf("keys %v", keys)
	}
	st.clean()
}

// A step with a hundred messages to tick does not fit into an acknowledgement.
func TestALargeStepIsShownAllTheSame(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Invoked {
			return chat.Answer{Form: form("K1", questionInput)}, nil
		}
		if ev.Key == "K1" {
			return chat.Answer{Form: form("K2", ticksInput(150))}, nil
		}
		return chat.Answer{}, nil
	}
	st.ann.Slash("#help", "/ask", "").Wait()
	st.ann.AwaitModal("Your question")
	st.ann.Submit(slacktest.Values{"Your question": "x"}).Wait()
	st.ann.AwaitModal("Message 150")
	st.ann.Submit(slacktest.Values{"in:ticks": []string{"Message 1", "Message 3"}, "in:ticks:14": []string{"Message 150"}}).Wait()
	if got := st.hall.heard(chat.Submitted); len(got) != 2 || got[1].Given["ticks"] != "m1, m3, m150" {
		t.Errorf("submitted %+v", got)
	}
	st.clean()
}

func TestButtons(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	ctx := context.Background()
	m := chat.Message{Kind: chat.Card, Title: text.Plain("H7"), Body: []text.Rich{text.Plain("A question")},
		Buttons: []chat.Button{{Key: "1~help H7", Label: "I can help"}, {Key: "1~form", Label: "Form"}},
		List:    []chat.Row{{Text: text.Plain("row"), Buttons: []chat.Button{{Key: "1~show R1", Label: "Show"}, {Key: "1~edit R1", Label: "Edit"}}}},
		Menus: []chat.Menu{{Key: "1~find x ?kind", Label: "Kind", Options: []chat.Option{{Value: "doc", Label: "Document"}, {Value: "all", Label: "All"}}},
			{Key: "1~t ?topics", Label: "Topics", Many: true, Options: []chat.Option{{Value: "a", Label: "A"}, {Value: "b", Label: "B"}}}}}
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Key == "1~form" {
			return chat.Answer{Form: form("K1", questionInput)}, nil
		}
		if ev.Kind == chat.Pressed && ev.Key == "next" {
			a, err := saying("page two")(ev)
			a.Replace = true
			return a, err
		}
		a, err := saying("pressed " + ev.Key + " " + strings.Join(ev.Chosen, "+"))(ev)
		a.Message.Buttons = []chat.Button{{Key: "next", Label: "Next"}}
		return a, err
	}
	send(st, st.at(st.room, ""), m, "card")
	card := st.bea.Await("#help", slacktest.ByApp("A question"))
	for control, want := range map[string]string{"I can help": "pressed 1~help H7"} {
		if got := st.bea.Press(card, control).Wait().Reply(); !got.Ephemeral || !strings.Contains(got.Shown, want) {
			t.Errorf("%s: %q", control, got.Shown)
		}
	}
	if got := st.bea.Choose(card, "more:1", "Edit").Wait().Reply(); !strings.Contains(got.Shown, "1~edit R1") {
		t.Errorf("overflow: %q", got.Shown)
	}
	if got := st.bea.Choose(card, "menu:1~find x ?kind", "Document").Wait().Reply(); !strings.Contains(got.Shown, "1~find x ?kind doc") {
		t.Errorf("menu: %q", got.Shown)
	}
	got := st.bea.Choose(card, "menu:1~t ?topics", "A", "B").Wait().Reply()
	if !strings.Contains(got.Shown, "1~t ?topics a+b") {
		t.Errorf("menu of several: %q", got.Shown)
	}
	st.bea.Press(got, "Next").Wait()
	st.s.AwaitNow(got, slacktest.Says("page two"))
	st.bea.Press(card, "Form").Wait()
	st.bea.AwaitModal("Your question")
	if now, _ := st.s.Now(card); !strings.Contains(now.Shown, "A question") {
		t.Errorf("the card became %q", now.Shown)
	}
	if err := st.p.Edit(ctx, st.at(st.room, ""), chat.MessageID(card.TS), m); err != nil {
		t.Error(err)
	}
	st.clean()
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Acted && ev.Target == nil {
			return chat.Answer{Form: form("K1", questionInput)}, nil
		}
		return saying("did " + ev.Command)(ev)
	}
	root := st.ann.Say("#help", "a question")
	reply := st.bea.Reply(root, "an answer & more")
	if got := st.ann.MessageShortcut("message:solved", reply).Wait().Reply(); got.Shown != "did solved" || !got.Ephemeral {
		t.Errorf("shortcut: %+v", got)
	}
	acted := st.hall.heard(chat.Acted)
	if len(acted) != 1 || acted[0].Command != "solved" || acted[0].Target.Text != "an answer & more" || acted[0].Target.From.Account != st.account(st.bea) ||
		acted[0].Where.Thread != chat.ThreadID(root.TS) || acted[0].Target.Starts != "" {
		t.Fatalf("acted %+v", acted)
	}
	// Outside any conversation the answer takes the place of the form.
	st.ann.GlobalShortcut("global:find").Wait()
	st.ann.AwaitModal("Your question")
	st.ann.Submit(slacktest.Values{"Your question": "rubrics"}).Wait()
	st.ann.AwaitModal("did")
	st.clean()
}

func TestHome(t *testing.T) {
	t.Parallel()
	h := newHall()
	h.table = []chat.CommandInfo{{Path: "requests", Button: "See requests"}, {Path: "profile", Button: "My profile"}}
	h.home = chat.Message{Lang: "en", Body: []text.Rich{text.Plain("What would you like to do?")}, Buttons: []chat.Button{{Key: "1~ask", Label: "Ask for help"}},
		Parts: []chat.Message{{Title: text.Plain("Waiting for you"), List: []chat.Row{{Text: text.Plain("P4 may quote you"), Buttons: []chat.Button{{Key: "1~y", Label: "Yes"}, {Key: "1~n", Label: "No"}}}}},
			{Title: text.Plain("My requests"), List: []chat.Row{{Text: text.Plain("H7 How?"), Detail: text.Plain("open"), Buttons: []chat.Button{{Key: "1~show H7", Label: "Show"}}}}}}}
	st := begin(t, setup{hall: h})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Key != "" {
			return chat.Answer{Form: form("K1", questionInput)}, nil
		}
		return saying("your list: " + ev.Text)(ev)
	}
	st.ann.OpenHome()
	home := st.ann.AwaitHome("What would you like to do?", "Ask for help", "Waiting for you", "P4 may quote you", "My requests", "H7", "open", "See requests", "My profile")
	st.ann.Press(home, "Ask for help").Wait()
	st.ann.AwaitModal("Your question")
	st.ann.CloseModal()
	st.ann.Press(home, "See requests").Wait()
	st.ann.AwaitModal("your list: requests")
	st.ann.CloseModal()
	// What others do to what it names is shown, too.
	h.mu.Lock()
	h.home.Parts = []chat.Message{h.home.Parts[0], {Title: text.Plain("My requests"), List: []chat.Row{{Text: text.Plain("H7 How?"), Detail: text.Plain("answered")}}}}
	h.mu.Unlock()
	send(st, st.at(st.room, ""), chat.Message{Kind: chat.Card, Title: text.Plain("H7 · answered"), Record: "H7"}, "card")
	st.ann.AwaitHome("answered")
	// What changes by what the person does is shown.
	h.mu.Lock()
	h.home.Body = []text.Rich{text.Plain("Something waits for you")}
	h.mu.Unlock()
	st.ann.Slash("#help", "/ask", "x").Wait()
	st.ann.AwaitHome("Something waits for you")
	st.clean()
}

func ticksInput(n int) chat.Input {
	in := chat.Input{Name: "ticks", Label: "Messages", Kind: chat.Ticks, Required: true}
	for i := range n {
		in.Options = append(in.Options, chat.Option{Value: "m" + itoa(i+1), Label: "Message " + itoa(i+1), About: "by somebody"})
	}
	return in
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

// What the golden files show is what Slack takes.
func TestWhatIsGoldenIsTaken(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{server: []slacktest.Option{slacktest.WithoutLimits()}})
	st.hall.answer = func(ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Invoked {
			f := slack.EveryKind()
			for i := range f.Inputs {
				if f.Inputs[i].Kind == chat.Member {
					f.Inputs[i].Value = string(st.account(st.bea))
				}
			}
			return chat.Answer{Form: &f}, nil
		}
		return chat.Answer{}, nil
	}
	st.ann.Slash("#help", "/guildhall", "every kind").Wait()
	st.ann.AwaitModal("Everything", "One of masses", "Messages")
	x := st.ann.Submit(slacktest.Values{"Line": "x", "You must say": "Sì", "in:ticks:2": []string{"KU"}}).Wait()
	if x.Err() != "" {
		t.Error(x.Err())
	}
	g := st.hall.heard(chat.Submitted)[0].Given
	for name, want := range map[string]string{"line": "x", "must": "yes", "yes": "yes", "number": "42", "record": "R13", "records": "R13, P4", "few": "fb",
		"some": "sa, sc", "topics": "tb", "date": "2027-01-15", "hour": "09:00", "language": "pl", "link": "https://example.org/x",
		"zone": "Europe/Rome", "long": "line one\nline two", "ticks": "ka, ku", "member": string(st.account(st.bea))} {
		if g[name] != want {
			t.Errorf("%s is %q, want %q", name, g[name], want)
		}
	}
	for name, m := range slack.Messages() {
		m.Picture = nil
		for i := range m.Pings {
			m.Pings[i] = st.account(st.ann)
		}
		send(st, st.at(st.room, ""), m, name)
		if err := st.p.Whisper(context.Background(), st.at(st.room, ""), st.account(st.ann), "", m, chat.Key{ID: name}); err != nil {
			t.Error(err)
		}
	}
	st.clean()
}

// A trigger that has expired opens nothing: the person is told so.
func TestATriggerThatExpired(t *testing.T) {
	t.Parallel()
	st := begin(t, setup{})
	st.hall.answer = func(chat.Event) (chat.Answer, error) { return chat.Answer{Form: form("K1", questionInput)}, nil }
	st.s.Trouble(slacktest.Trouble{Method: "views.open", Kind: slacktest.ErrorCode, Code: "expired_trigger_id"})
	x := st.ann.Slash("#help", "/ask", "").Wait()
	if got := x.Reply(); !strings.Contains(got.Shown, "Riprova") || !got.Ephemeral {
		t.Errorf("ann sees %s", got)
	}
	st.clean()
}
