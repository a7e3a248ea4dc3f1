package slacktest_test

import (
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

func form(title string) slack.ModalViewRequest {
	text := slack.NewPlainTextInputBlockElement(nil, "value")
	text.MaxLength = 20
	topic := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, nil, "value",
		slack.NewOptionBlockObject("w", plain("Welding"), nil), slack.NewOptionBlockObject("c", plain("Cooking"), nil))
	until := slack.NewDatePickerBlockElement("value")
	optional := slack.NewInputBlock("until", plain("Until"), nil, until)
	optional.Optional = true
	return slack.ModalViewRequest{
		Type: slack.VTModal, Title: plain(title), Submit: plain("Send"), Close: plain("Cancel"),
		CallbackID: "collab", PrivateMetadata: "C2", NotifyOnClose: true,
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("theme", plain("Theme"), nil, text),
			slack.NewInputBlock("topic", plain("Topic"), nil, topic),
			optional,
			slack.NewActionBlock("acts", button("more", "More")),
		}},
	}
}

// open lets ann open the form.
func open(t *testing.T, ann *slacktest.User, api *slack.Client, title string) slacktest.View {
	t.Helper()
	x := ann.GlobalShortcut("new").Wait()
	_, err := api.OpenView(x.TriggerID(), form(title))
	ok(t, err)
	return ann.AwaitModal(title)
}

func TestFormIsFilledInAndSubmitted(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	var answer any
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		if ic, is := ev.Data.(slack.InteractionCallback); is && ic.Type == slack.InteractionTypeViewSubmission {
			return answer, true
		}
		return nil, true
	})
	v := open(t, ann, b.api, "Open a room")
	if v.Submit != "Send" || v.CallbackID != "collab" || v.Private != "C2" || len(v.Controls) != 4 {
		t.Errorf("got %+v", v)
	}
	answer = slack.NewErrorsViewSubmissionResponse(map[string]string{"theme": "Say a little more."})
	x := ann.Submit(slacktest.Values{"Theme": "Rubrics", "topic": "Cooking", "until": "2030-01-15"}).Wait()
	if got := x.FieldErrors()["theme"]; got != "Say a little more." {
		t.Errorf("got %q", got)
	}
	if v, open := ann.Modal(); !open || v.Errors["theme"] == "" {
		t.Errorf("the form stays open with its errors: %+v", v)
	}
	c := b.interaction(slack.InteractionTypeViewSubmission)
	vals := c.View.State.Values
	if vals["theme"]["value"].Value != "Rubrics" || vals["topic"]["value"].SelectedOption.Value != "c" || vals["until"]["value"].SelectedDate != "2030-01-15" {
		t.Errorf("got %+v", vals)
	}
	if c.View.PrivateMetadata != "C2" || c.View.CallbackID != "collab" || c.TriggerID == "" {
		t.Errorf("got %+v", c.View)
	}
	next := form("One more thing")
	answer = slack.NewPushViewSubmissionResponse(&next)
	ann.Submit(nil).Wait()
	ann.AwaitModal("One more thing")
	next.Title = plain("Nearly there")
	answer = slack.NewUpdateViewSubmissionResponse(&next)
	ann.Submit(slacktest.Values{"theme": "x", "topic": "w"}).Wait()
	ann.AwaitModal("Nearly there")
	answer = nil
	ann.Submit(nil).Wait()
	ann.AwaitModal("Open a room")
	answer = slack.NewClearViewSubmissionResponse()
	ann.Submit(nil).Wait()
	ann.AwaitNoModal()
	noFaults(t, s)
}

func TestFormsThatTheClientDoesNotLetGo(t *testing.T) {
	t.Parallel()
	s, err := slacktest.Start()
	ok(t, err)
	t.Cleanup(s.Close)
	ann := s.Workspace().User("ann")
	b := connect(t, s, nil)
	open(t, ann, b.api, "Open a room")
	for _, values := range []slacktest.Values{
		{"theme": "x"},
		{"theme": n(21), "topic": "w"},
		{"theme": "x", "topic": "Dancing"},
		{"theme": "x", "topic": "w", "until": "tomorrow"},
		{"colour": "x"},
	} {
		func() {
			defer func() {
				if _, is := recover().(slacktest.Failure); !is {
					t.Errorf("%v was submitted", values)
				}
			}()
			ann.Submit(values)
		}()
	}
	s.AwaitAcks()
	if got := s.Told("view_submission"); len(got) != 0 {
		t.Errorf("told %d", len(got))
	}
}

func TestBadAnswersToForms(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	var answer any
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		if ic, is := ev.Data.(slack.InteractionCallback); is && ic.Type == slack.InteractionTypeViewSubmission {
			return answer, true
		}
		return nil, true
	})
	open(t, ann, b.api, "Open a room")
	bad := form(n(25))
	for _, a := range []any{
		"ok", map[string]any{"text": "thanks"}, slack.NewErrorsViewSubmissionResponse(map[string]string{"acts": "no input"}),
		slack.NewUpdateViewSubmissionResponse(&bad),
	} {
		answer = a
		if got := ann.Submit(slacktest.Values{"theme": "x", "topic": "w"}).Wait().Err(); got != "view_submission_failed" {
			t.Errorf("%v: got %q", a, got)
		}
		ann.AwaitModal("Open a room")
	}
	if n := len(s.Faults(slacktest.FaultAckPayload, slacktest.FaultBlocks)); n != 4 {
		t.Errorf("%d faults: %v", n, s.Faults())
	}
}

func TestTriggersAreGoodOnceForThreeSeconds(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	ann := s.Workspace().User("ann")
	b := connect(t, s, nil)
	x := ann.GlobalShortcut("new").Wait()
	_, err := b.api.OpenView(x.TriggerID(), form("One"))
	ok(t, err)
	_, err = b.api.OpenView(x.TriggerID(), form("Two"))
	wantCode(t, err, "exchanged_trigger_id")
	x = ann.GlobalShortcut("new").Wait()
	clock.Advance(3001 * time.Millisecond)
	_, err = b.api.OpenView(x.TriggerID(), form("Three"))
	wantCode(t, err, "expired_trigger_id")
	_, err = b.api.OpenView("1.2.3", form("Four"))
	wantCode(t, err, "invalid_trigger_id")
	if n := len(s.Faults(slacktest.FaultTrigger)); n != 3 {
		t.Errorf("%d faults", n)
	}
}

func TestViewsAreUpdatedPushedAndClosed(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	b := connect(t, s, nil)
	v := open(t, ann, b.api, "One")
	ann.Fill(slacktest.Values{"theme": "kept"})
	x := ann.Press(v, "more").Wait()
	c := b.interaction(slack.InteractionTypeBlockActions)
	if c.View.ID != v.ID || c.Container.Type != "view" || c.View.State.Values["theme"]["value"].Value != "kept" {
		t.Errorf("got %+v", c.View)
	}
	two, err := b.api.PushView(x.TriggerID(), form("Two"))
	ok(t, err)
	if two.PreviousViewID != v.ID || two.RootViewID != v.ID {
		t.Errorf("got %+v", two.View)
	}
	_, err = b.api.UpdateView(form("Two, changed"), "", "stale", two.ID)
	wantCode(t, err, "hash_conflict")
	_, err = b.api.UpdateView(form("Two, changed"), "", two.Hash, two.ID)
	ok(t, err)
	ann.AwaitModal("Two, changed")
	third := ann.Press(ann.AwaitModal("Two"), "more").Wait()
	_, err = b.api.PushView(third.TriggerID(), form("Three"))
	ok(t, err)
	fourth := ann.Press(ann.AwaitModal("Three"), "more").Wait()
	_, err = b.api.PushView(fourth.TriggerID(), form("Four"))
	wantCode(t, err, "push_limit_reached")
	ann.CloseModal().Wait()
	if c := b.interaction(slack.InteractionTypeViewClosed); c.IsCleared || c.View.CallbackID != "collab" {
		t.Errorf("got %+v", c)
	}
	ann.AwaitModal("Two")
	ann.CloseAllModals().Wait()
	ann.AwaitNoModal()
	_, err = b.api.UpdateView(form("x"), "", "", two.ID)
	wantCode(t, err, "not_found")
}

func TestHomeIsPublishedPerPerson(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	b := connect(t, s, nil)
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		section("*Your to-dos*"), slack.NewActionBlock("acts", button("done", "Done")),
	}}}
	ann.OpenHome()
	event[*slackevents.AppHomeOpenedEvent](b)
	_, err := b.api.PublishView(ann.ID(), home, "")
	ok(t, err)
	v := ann.AwaitHome("Your to-dos", "[Done]")
	if _, has := bea.Home(); has {
		t.Error("bea has none")
	}
	ann.Press(v, "Done").Wait()
	if c := b.interaction(slack.InteractionTypeBlockActions); c.View.ID != v.ID || c.View.Type != slack.VTHomeTab || c.ResponseURL != "" {
		t.Errorf("got %+v", c)
	}
	home.Blocks.BlockSet = []slack.Block{section("Nothing to do")}
	_, err = b.api.PublishView(ann.ID(), home, "")
	ok(t, err)
	if again := ann.AwaitHome("Nothing to do"); again.ID != v.ID {
		t.Error("it is the same view")
	}
	s.Configure(func(a *slacktest.AppSpec) { a.NoHomeTab = true })
	_, err = b.api.PublishView(ann.ID(), home, "")
	wantCode(t, err, "not_enabled")
}
