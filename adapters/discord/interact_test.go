package discord_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/core/chat"
	"guildhall/core/text"
)

func quickly(o *discord.Options) { o.Answer = 30 * time.Millisecond }

func TestWhatTakesLongIsPromisedAndAnsweredLater(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{ResponseTime: 3 * time.Second}, quickly)
	hold := make(chan struct{})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		<-hold
		m := plain("Done at last.")
		m.Buttons = []chat.Button{{Key: "1~next", Label: "Next"}}
		return chat.Answer{Message: &m, Replace: ev.Kind == chat.Pressed}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	if o := must1[discordtest.Outcome](s)(i.Outcome()); o.Kind != 5 {
		t.Errorf("first response of kind %d", o.Kind)
	}
	hold <- struct{}{}
	reply := must1[discordtest.Message](s)(i.Reply())
	if reply.Text() != "Done at last." || reply.For != s.ann {
		t.Errorf("%q for %v", reply.Text(), reply.For)
	}
	// A button: the message stays until the answer takes its place.
	i = must1[*discordtest.Interaction](s)(s.ann.Press(reply, "Next"))
	if o := must1[discordtest.Outcome](s)(i.Outcome()); o.Kind != 6 {
		t.Errorf("first response of kind %d", o.Kind)
	}
	hold <- struct{}{}
	must1[discordtest.Message](s)(s.ann.SeesChange(reply, "the message replaced", func(m discordtest.Message) bool { return !m.Edited.IsZero() }))
	// A card that all see is never replaced: the answer is one of its own.
	card := plain("H7")
	card.Buttons = []chat.Button{{Key: "1~x", Label: "Press"}}
	_, err := s.dc.Send(t.Context(), s.at(s.help), card, chat.Key{ID: "c"})
	s.must(err)
	shown := must1[discordtest.Message](s)(s.bea.SeesText(s.help, "H7"))
	i = must1[*discordtest.Interaction](s)(s.bea.Press(shown, "Press"))
	must1[discordtest.Outcome](s)(i.Outcome())
	hold <- struct{}{}
	more := must1[[]discordtest.Message](s)(i.FollowUps(1))
	if len(more) != 1 || more[0].For != s.bea || more[0].Text() != "Done at last." {
		t.Errorf("%+v", more)
	}
	if now, _ := s.srv.MessageByID(shown.ID); now.Text() != "H7" {
		t.Errorf("the card became %q", now.Text())
	}
}

func TestEveryInteractionIsAnsweredInTimeUnderLoad(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{ResponseTime: 3 * time.Second, Patience: 40 * time.Second}, func(o *discord.Options) { o.Answer = 500 * time.Millisecond })
	slow := make(chan struct{})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if strings.HasPrefix(ev.Given["question"], "slow") {
			<-slow
		}
		m := plain("Answer to " + ev.Given["question"])
		return chat.Answer{Message: &m}, nil
	})
	var people []*discordtest.Person
	for n := range 20 {
		p := s.srv.AddPerson(fmt.Sprint("p", n))
		s.g.Join(p)
		people = append(people, p)
	}
	var all []*discordtest.Interaction
	for n := range 200 {
		q := fmt.Sprintf("quick %d", n)
		if n%4 == 0 {
			q = fmt.Sprintf("slow %d", n)
		}
		all = append(all, must1[*discordtest.Interaction](s)(people[n%20].Slash(s.help, "ask", discordtest.Opt("question", q))))
	}
	for _, i := range all {
		must1[discordtest.Outcome](s)(i.Outcome())
	}
	close(slow)
	for n, i := range all {
		if m := must1[discordtest.Message](s)(i.Reply()); !strings.HasSuffix(m.Text(), fmt.Sprintf(" %d", n)) {
			t.Errorf("interaction %d was answered %q", n, m.Text())
		}
	}
	for _, l := range s.srv.Latencies() {
		if l > 3*time.Second {
			t.Errorf("a first response took %v", l)
		}
	}
}

func TestNoAnswerAndNoStoreAreSaid(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "Va bene." || m.For != s.ann {
		t.Errorf("%q", m.Text()) // in Ann's language
	}
	away := plain("I can't save anything right now.")
	s.ear.answers(func(context.Context, chat.Event) (chat.Answer, error) {
		return chat.Answer{Message: &away}, errors.New("the store is away")
	})
	i = must1[*discordtest.Interaction](s)(s.bea.Slash(s.help, "help"))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "I can't save anything right now." {
		t.Errorf("%q", m.Text())
	}
	s.ear.answers(func(context.Context, chat.Event) (chat.Answer, error) { panic("a bug") })
	must1[*discordtest.Interaction](s)(s.bea.Slash(s.help, "help"))
	s.ear.says(plain("Still here."))
	i = must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "Still here." {
		t.Errorf("%q", m.Text())
	}
	s.srv.ForgetFaults() // the panic left Bea without an answer
}

func TestTroubleWithTheFirstResponseAnswersOnce(t *testing.T) {
	t.Parallel()
	const route = "POST /interactions/{interaction}/{token}/callback"
	for name, trouble := range map[string]discordtest.Trouble{
		"dropped before": {Route: route, Times: 1, Drop: true}, "dropped after": {Route: route, Times: 1, Drop: true, After: true},
		"500": {Route: route, Times: 2, Status: 500}, "502 after": {Route: route, Times: 1, Status: 502, After: true},
		"429": {Route: route, Times: 1, RateLimit: 50 * time.Millisecond}, "ban": {Route: route, Times: 1, RateLimit: time.Second, Cloudflare: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := begin(t, discordtest.Options{})
			delivered := make(chan struct{}, 9)
			s.ear.answers(func(context.Context, chat.Event) (chat.Answer, error) {
				m := plain("Once.")
				return chat.Answer{Message: &m, Delivered: func(context.Context, chat.Sent) error { delivered <- struct{}{}; return nil }}, nil
			})
			s.srv.Cause(trouble)
			i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
			if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "Once." {
				t.Errorf("%q", m.Text())
			}
			<-delivered
			n := 0
			for _, m := range s.ann.Reads(s.help) {
				if m.Text() == "Once." {
					n++
				}
			}
			if n != 1 {
				t.Errorf("shown %d times", n)
			}
			s.srv.ForgetFaults()
		})
	}
}

func TestAnAnswerThatComesLaterIsShownByTheInteraction(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	vias := make(chan string, 9)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) { vias <- ev.Via; return chat.Answer{}, nil })
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Outcome](s)(i.Outcome())
	via := <-vias
	s.must(s.dc.Whisper(t.Context(), s.at(s.help), chat.AccountID(s.ann.ID.String()), via, plain("And this."), chat.Key{ID: "w"}))
	m := must1[discordtest.Message](s)(s.ann.SeesPrivately(s.help, "And this."))
	if m.For != s.ann {
		t.Errorf("for %v", m.For)
	}
	s.srv.Advance(16 * time.Minute)
	if err := s.dc.Whisper(t.Context(), s.at(s.help), "1", via, plain("Too late."), chat.Key{ID: "w2"}); !errors.Is(err, chat.ErrGone) {
		t.Errorf("%v", err)
	}
	s.srv.ForgetFaults() // the fake's clock ran ahead of ours
	if err := s.dc.Whisper(t.Context(), s.at(s.help), "1", "", plain("To nobody."), chat.Key{ID: "w3"}); !errors.Is(err, chat.ErrRefused) {
		t.Errorf("%v", err)
	}
}

// The program ended between the commit and the answer: the queue's whisper is the first response.
func TestAnInteractionThatWasNeverAnsweredIsAnsweredByTheQueue(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	vias := make(chan string, 1)
	s.ear.answers(func(ctx context.Context, ev chat.Event) (chat.Answer, error) {
		vias <- ev.Via
		<-ctx.Done()
		return chat.Answer{}, ctx.Err()
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	via := <-vias
	s.must(s.end())
	s.must(s.dc.Whisper(t.Context(), s.at(s.help), chat.AccountID(s.ann.ID.String()), via, plain("From the queue."), chat.Key{ID: "w"}))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "From the queue." {
		t.Errorf("%q", m.Text())
	}
	// Whether another program has answered meanwhile is found out by a message after the answer.
	if f := s.srv.Faults(); len(f) != 1 || f[0].Rule != "expired-token" {
		t.Errorf("%v", f)
	}
	s.srv.ForgetFaults()
}

// Another program gave the first response: what the queue has to say besides comes after it.
func TestTheQueueSaysMoreThanTheAnswerOfAnotherProgram(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	vias := make(chan string, 1)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		vias <- ev.Via
		m := plain("The answer.")
		return chat.Answer{Message: &m}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	via := <-vias
	must1[discordtest.Message](s)(i.Reply())
	s.make() // it knows nothing of that
	s.must(s.dc.Whisper(t.Context(), s.at(s.help), chat.AccountID(s.ann.ID.String()), via, plain("And more."), chat.Key{ID: "w"}))
	if list := must1[[]discordtest.Message](s)(i.FollowUps(1)); list[0].Text() != "And more." {
		t.Errorf("%q", list[0].Text())
	}
}

func form(n int) chat.Form {
	f := chat.Form{Key: "FORMKEY", Title: "Deposit in the toolbox", Submit: "Deposit"}
	for i := range n {
		in := chat.Input{Name: fmt.Sprint("a", i), Label: fmt.Sprintf("Question %d", i), Hint: "An answer.", Kind: chat.Line, Required: i == 0, Max: 100}
		if i == 1 {
			in.Kind, in.Max, in.Value = chat.Text, 8000, "as it was"
		}
		f.Inputs = append(f.Inputs, in)
	}
	return f
}

func TestAFormIsAModal(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Submitted {
			m := plain("R13 is in the toolbox.")
			return chat.Answer{Message: &m}, nil
		}
		f := form(3)
		return chat.Answer{Form: &f}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "deposit"))
	modal := must1[*discordtest.Modal](s)(i.Modal())
	if len(modal.Inputs) != 3 || modal.Title != "Deposit in the toolbox" || !modal.Inputs[0].Required || !modal.Inputs[1].Paragraph || modal.Inputs[1].Value != "as it was" || modal.Inputs[0].Placeholder != "An answer." {
		t.Errorf("%+v", modal)
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "Rubric", "a2": "x"}))
	if m := must1[discordtest.Message](s)(i.Reply()); m.Text() != "R13 is in the toolbox." {
		t.Errorf("%q", m.Text())
	}
	ev := s.hears("the form", kind(chat.Submitted))
	if ev.Key != "FORMKEY" || ev.Given["a0"] != "Rubric" || ev.Given["a1"] != "as it was" || ev.Given["a2"] != "x" {
		t.Errorf("%+v", ev)
	}
}

func TestMoreThanAModalHoldsGoesInSteps(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Submitted {
			m := plain("Made.")
			return chat.Answer{Message: &m, Replace: true}, nil
		}
		f := form(12)
		return chat.Answer{Form: &f}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "deposit"))
	modal := must1[*discordtest.Modal](s)(i.Modal())
	if len(modal.Inputs) != 5 {
		t.Fatalf("%d fields", len(modal.Inputs))
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "zero", "a4": "four"}))
	step := must1[discordtest.Message](s)(i.Reply())
	if step.For != s.ann || strings.Join(step.Labels(), ",") != "Continua,È tutto" {
		t.Errorf("%q %v", step.Text(), step.Labels())
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Press(step, "Continua"))
	modal = must1[*discordtest.Modal](s)(i.Modal())
	if len(modal.Inputs) != 5 || modal.Inputs[0].CustomID != "a5" {
		t.Fatalf("%+v", modal.Inputs)
	}
	// Closed by mistake, and opened again.
	i = must1[*discordtest.Interaction](s)(s.ann.Press(step, "Continua"))
	modal = must1[*discordtest.Modal](s)(i.Modal())
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a5": "five"}))
	must1[discordtest.Outcome](s)(i.Outcome())
	last := must1[discordtest.Message](s)(s.ann.Sees(s.help, "the last step", func(m discordtest.Message) bool {
		return strings.Contains(m.Text(), "Passo 3 di 3")
	}))
	i = must1[*discordtest.Interaction](s)(s.ann.Press(last, "È tutto"))
	must1[discordtest.Outcome](s)(i.Outcome())
	ev := s.hears("the form", kind(chat.Submitted))
	if ev.Key != "FORMKEY" || ev.Given["a0"] != "zero" || ev.Given["a4"] != "four" || ev.Given["a5"] != "five" || ev.Given["a1"] != "as it was" {
		t.Errorf("%+v", ev.Given)
	}
	// Sent is sent.
	if again, err := s.ann.Press(last, "È tutto"); err == nil {
		must1[discordtest.Outcome](s)(again.Outcome())
	}
	must1[*discordtest.Interaction](s)(s.bea.Slash(s.help, "help"))
	s.hears("another command", func(ev chat.Event) bool { return ev.Command == "help" })
	if s.ear.heard(kind(chat.Submitted)) != 0 {
		t.Error("the form was sent twice")
	}
	s.srv.ForgetFaults()
}

func TestWhatIsChosenFromAListIsAMenu(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	f := form(1)
	ticks := chat.Input{Name: "ticks", Label: "Messages", Kind: chat.Ticks, Required: true}
	for n := range 60 {
		ticks.Options = append(ticks.Options, chat.Option{Value: fmt.Sprint("m", n), Label: fmt.Sprintf("Message %d", n), About: "by Bea", On: n == 55})
	}
	f.Inputs = append(f.Inputs, ticks)
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Submitted {
			m := plain("P4 is a candidate.")
			return chat.Answer{Message: &m}, nil
		}
		return chat.Answer{Form: &f}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	step := must1[discordtest.Message](s)(i.Reply())
	menus := step.Selects()
	if len(menus) != 3 || len(menus[0].Options) != 25 || len(menus[2].Options) != 10 {
		t.Fatalf("%d menus", len(menus))
	}
	for n, values := range [][]any{{"Message 1", "Message 3"}, {"Message 30"}} {
		i = must1[*discordtest.Interaction](s)(s.ann.Choose(step, menus[n].CustomID, values...))
		must1[discordtest.Outcome](s)(i.Outcome())
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Press(step, "Continua"))
	modal := must1[*discordtest.Modal](s)(i.Modal())
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "Remote assessment"}))
	must1[discordtest.Message](s)(i.Reply())
	if ev := s.hears("the form", kind(chat.Submitted)); ev.Given["ticks"] != "m1, m3, m30, m55" || ev.Given["a0"] != "Remote assessment" {
		t.Errorf("%+v", ev.Given)
	}
	// Nobody else can fill it in.
	if _, err := s.bea.Press(step, "Continua"); err == nil {
		t.Error("Bea pressed a button that only Ann sees")
	}
}

func TestAFormAfterAPromiseOrWithProblemsOpensByAButton(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{}, quickly)
	hold := make(chan struct{})
	tried := 0
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		f := form(2)
		if ev.Kind == chat.Submitted {
			if tried++; tried == 2 {
				m := plain("Good.")
				return chat.Answer{Message: &m}, nil
			}
			f.Key, f.Inputs[0].Problem, f.Inputs[0].Value = "SECOND", "Question 0 should be a date.", "yesteryear"
			return chat.Answer{Form: &f}, nil
		}
		<-hold
		return chat.Answer{Form: &f}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Outcome](s)(i.Outcome())
	close(hold)
	reply := must1[discordtest.Message](s)(i.Reply())
	i = must1[*discordtest.Interaction](s)(s.ann.Press(reply, "Continua"))
	modal := must1[*discordtest.Modal](s)(i.Modal())
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "yesteryear"}))
	must1[discordtest.Outcome](s)(i.Outcome())
	wrong := must1[discordtest.Message](s)(s.ann.SeesPrivately(s.help, "Question 0 should be a date."))
	i = must1[*discordtest.Interaction](s)(s.ann.Press(wrong, "Riprova"))
	modal = must1[*discordtest.Modal](s)(i.Modal())
	if in, _ := modal.Input("a0"); in.Value != "yesteryear" {
		t.Errorf("what was typed is gone: %+v", in)
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "2027-01-15"}))
	must1[discordtest.Outcome](s)(i.Outcome())
	must1[discordtest.Message](s)(s.ann.SeesPrivately(s.help, "Good."))
	s.hears("the first try", kind(chat.Submitted))
	if ev := s.hears("the second try", kind(chat.Submitted)); ev.Key != "SECOND" || ev.Given["a0"] != "2027-01-15" {
		t.Errorf("%+v", ev)
	}
}

func TestAFileThatAFormNeedsIsSentAsAMessage(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	f := form(1)
	f.Inputs = append(f.Inputs, chat.Input{Name: "file", Label: "File", Kind: chat.File, Required: true})
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		if ev.Kind == chat.Submitted || ev.Kind == chat.Said {
			return chat.Answer{}, nil
		}
		return chat.Answer{Form: &f}, nil
	})
	i := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "deposit"))
	modal := must1[*discordtest.Modal](s)(i.Modal())
	i = must1[*discordtest.Interaction](s)(s.ann.Submit(modal, map[string]any{"a0": "Rubric"}))
	if m := must1[discordtest.Message](s)(i.Reply()); !strings.Contains(m.Text(), "manda qui il file") {
		t.Errorf("%q", m.Text())
	}
	must1[discordtest.Message](s)(s.bea.Say(s.help, "mine", discordtest.Upload{Name: "b.pdf", Data: []byte("b")}))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "here", discordtest.Upload{Name: "rubric.pdf", Data: []byte("%PDF")}))
	ev := s.hears("the whole form", kind(chat.Submitted))
	if ev.Key != "FORMKEY" || ev.Given["a0"] != "Rubric" || len(ev.GivenFiles["file"]) != 1 || ev.GivenFiles["file"][0].Name != "rubric.pdf" || ev.From.Account != chat.AccountID(s.ann.ID.String()) {
		t.Errorf("%+v", ev)
	}
	s.hears("Bea's file", saying("mine"))
	must1[discordtest.Message](s)(s.ann.Say(s.help, "another", discordtest.Upload{Name: "c.pdf", Data: []byte("c")}))
	s.hears("an ordinary file", saying("another"))
}

func TestSuggestionsComeInTime(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.ear.complete = func(command, arg, partial string) []chat.Option {
		var out []chat.Option
		for n := range 40 {
			out = append(out, chat.Option{Value: fmt.Sprint("R", n), Label: command + "/" + arg + "/" + partial + strings.Repeat("x", 200), About: "CFP Bologna"})
		}
		return append(out, chat.Option{Value: strings.Repeat("v", 200), Label: "too long"})
	}
	got := must1[[]discordtest.CommandChoice](s)(s.ann.Complete(s.help, "show", "id", "rub"))
	if len(got) != 25 || got[3].Value != "R3" || !strings.HasPrefix(got[0].Name, "show/id/rub") {
		t.Errorf("%+v", got)
	}
	got = must1[[]discordtest.CommandChoice](s)(s.ann.Complete(s.help, "collab join", "id", "c"))
	if len(got) != 25 || !strings.HasPrefix(got[0].Name, "collab join/id/c") {
		t.Errorf("%+v", got)
	}
}

func TestContextMenusNameTheirTarget(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := must1[discordtest.Message](s)(s.bea.Say(s.help, "Here is <@"+s.ann.ID.String()+">'s rubric", discordtest.Upload{Name: "rubryka żółta.pdf", Data: []byte("%PDF")}))
	must1[*discordtest.Interaction](s)(s.ann.UseOn(m, "Deposit in toolbox"))
	ev := s.hears("the message action", kind(chat.Acted))
	if ev.Command != "deposit" || ev.Target == nil || ev.Target.Message != chat.MessageID(m.ID.String()) || ev.Target.From.Name != "bea" || ev.Target.Text != "Here is @ann's rubric" ||
		len(ev.Target.Files) != 1 || ev.Target.Files[0].Name != "rubryka żółta.pdf" || ev.Target.Where != s.at(s.help) {
		t.Errorf("%+v %+v", ev, ev.Target)
	}
	must1[*discordtest.Interaction](s)(s.ann.UseOnPerson(s.help, s.bea, "Profile"))
	if ev = s.hears("the action on a person", kind(chat.Acted)); ev.Command != "profile" || ev.Given["member"] != s.bea.Mention() {
		t.Errorf("%+v", ev)
	}
	must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "deposit", discordtest.Opt("title", "R"), discordtest.Opt("file", discordtest.Upload{Name: "x.pdf", Data: []byte("x")}), discordtest.Opt("licence", "CC-BY-4.0")))
	if ev = s.hears("a command with a file", kind(chat.Invoked)); len(ev.GivenFiles["file"]) != 1 || ev.Given["licence"] != "CC-BY-4.0" {
		t.Errorf("%+v", ev)
	}
}

func TestMenusArePressedWithWhatWasChosen(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	m := plain("Found:")
	for n := range 14 {
		m.List = append(m.List, chat.Row{Text: text.Plain(fmt.Sprintf("R%d", n)), Buttons: []chat.Button{{Key: fmt.Sprintf("1~show R%d", n), Label: "Show", Name: fmt.Sprintf("Show R%d", n)}}})
	}
	var many []chat.Option
	for n := range 40 {
		many = append(many, chat.Option{Value: fmt.Sprint("v", n), Label: fmt.Sprint("Value ", n)})
	}
	m.Menus = []chat.Menu{{Key: "1~find ?section", Label: "All sections", Options: many}}
	_, err := s.dc.Send(t.Context(), s.at(s.help), m, chat.Key{ID: "list"})
	s.must(err)
	shown := must1[discordtest.Message](s)(s.ann.SeesText(s.help, "Found:"))
	menus := shown.Selects()
	if len(menus) != 3 {
		t.Fatalf("%d menus", len(menus))
	}
	must1[*discordtest.Interaction](s)(s.ann.Choose(shown, menus[0].CustomID, "Show R7"))
	if ev := s.hears("a button among many", kind(chat.Pressed)); ev.Key != "1~show R7" || len(ev.Chosen) != 0 {
		t.Errorf("%+v", ev)
	}
	must1[*discordtest.Interaction](s)(s.ann.Choose(shown, menus[2].CustomID, "Value 33"))
	if ev := s.hears("the second page of a menu", kind(chat.Pressed)); ev.Key != "1~find ?section" || fmt.Sprint(ev.Chosen) != "[v33]" {
		t.Errorf("%+v", ev)
	}
}

func TestAMentionInARoomIsAnsweredBehindAButton(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{Disallowed: discordtest.MessageContent})
	m := must1[discordtest.Message](s)(s.ann.Say(s.help, s.srv.App().Bot.Mention()+" mydata export"))
	ev := s.hears("the mention", kind(chat.Said))
	if !ev.Addressed || ev.Text != "mydata export" || ev.Can.Answer || !ev.Can.Form {
		t.Errorf("%+v", ev)
	}
	must1[discordtest.Message](s)(s.ann.Say(s.help, "nothing that we may read"))
	s.must(s.dc.Whisper(t.Context(), ev.Where, ev.From.Account, ev.Via, plain("Everything about Ann."), chat.Key{ID: "w1"}))
	stub := must1[discordtest.Message](s)(s.bea.Sees(s.help, "the stub", func(x discordtest.Message) bool { return x.ReplyTo == m.ID }))
	if strings.Contains(stub.Text(), "Everything") || !stub.Pings.None() {
		t.Errorf("%q pings %+v", stub.Text(), stub.Pings)
	}
	i := must1[*discordtest.Interaction](s)(s.bea.Press(stub, stub.Labels()[0]))
	if r := must1[discordtest.Message](s)(i.Reply()); strings.Contains(r.Text(), "Everything") {
		t.Errorf("Bea sees %q", r.Text())
	}
	i = must1[*discordtest.Interaction](s)(s.ann.Press(stub, stub.Labels()[0]))
	if r := must1[discordtest.Message](s)(i.Reply()); r.Text() != "Everything about Ann." || r.For != s.ann {
		t.Errorf("Ann sees %q", r.Text())
	}
	// The same for a form.
	s.ear.answers(func(_ context.Context, ev chat.Event) (chat.Answer, error) {
		f := form(2)
		return chat.Answer{Form: &f}, nil
	})
	m = must1[discordtest.Message](s)(s.ann.Say(s.help, s.srv.App().Bot.Mention()+" ask"))
	stub = must1[discordtest.Message](s)(s.ann.Sees(s.help, "the stub", func(x discordtest.Message) bool { return x.ReplyTo == m.ID }))
	i = must1[*discordtest.Interaction](s)(s.ann.Press(stub, stub.Labels()[0]))
	if modal := must1[*discordtest.Modal](s)(i.Modal()); len(modal.Inputs) != 2 {
		t.Errorf("%+v", modal)
	}
	if s.ear.heard(func(ev chat.Event) bool { return ev.Text == "" && ev.Kind == chat.Said }) != 0 {
		t.Error("a message without content was given")
	}
}

// Fault 8: each interaction leaves a bucket behind, and one request waits for another.
func TestInteractionsDoNotWaitForEachOther(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	s.ear.says(plain("Hello."))
	held := s.srv.Cause(discordtest.Trouble{Route: "POST /interactions/{interaction}/{token}/callback", Times: 1, Hold: true})
	first := must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "help"))
	must1[discordtest.Outcome](s)(first.Outcome())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			i, err := s.bea.Slash(s.help, "help")
			if err == nil {
				_, err = i.Outcome()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	held.End()
}

func TestMentionsInArgumentsAreNamesUnlessAMemberIsMeant(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	must1[*discordtest.Interaction](s)(s.ann.Slash(s.help, "ask", discordtest.Opt("question", "See <#"+s.help.ID.String()+"> and <:weld:12345>")))
	if ev := s.hears("the command", kind(chat.Invoked)); ev.Given["question"] != "See #help and :weld:" {
		t.Errorf("%q", ev.Given["question"])
	}
	bot := s.srv.App().Bot.Mention()
	must1[discordtest.Message](s)(s.ann.Say(s.help, bot+" ask How does "+s.bea.Mention()+" do it?"))
	if ev := s.hears("the question", kind(chat.Said)); ev.Text != "ask How does @bea do it?" {
		t.Errorf("%q", ev.Text)
	}
	must1[discordtest.Message](s)(s.ann.Say(s.help, bot+" profile "+s.bea.Mention()))
	if ev := s.hears("the profile", kind(chat.Said)); ev.Text != "profile "+s.bea.Mention() {
		t.Errorf("%q", ev.Text)
	}
}

// A client, or a simulator, may tell less of the channel than Discord does.
func TestAThreadIsKnownThoughTheInteractionDoesNotTellIt(t *testing.T) {
	t.Parallel()
	s := begin(t, discordtest.Options{})
	start := must1[discordtest.Message](s)(s.ann.Say(s.help, "start"))
	s.hears("the start", saying("start"))
	s.srv.Disturb(discordtest.Disturbance{Event: "THREAD_CREATE", Lose: true})
	thread := must1[*discordtest.Channel](s)(s.ann.StartThread(start, "thread"))
	s.srv.SendEvent("INTERACTION_CREATE", map[string]any{"id": "900000000000000001", "application_id": s.srv.App().ID.String(), "type": 2, "token": "tok", "guild_id": s.g.ID.String(),
		"channel_id": thread.ID.String(), "member": map[string]any{"user": map[string]any{"id": s.ann.ID.String(), "username": "ann"}}, "data": map[string]any{"id": "1", "name": "help", "type": 1}})
	if ev := s.hears("the command", kind(chat.Invoked)); ev.Where != s.at(thread) {
		t.Errorf("%+v", ev.Where)
	}
	s.srv.ForgetFaults()
}
