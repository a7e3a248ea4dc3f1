package slacktest_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

// card posts a message with buttons and a menu.
func card(t *testing.T, b *bot, channel string) {
	t.Helper()
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, plain("Topic"), "topic",
		slack.NewOptionBlockObject("w", plain("Welding"), nil), slack.NewOptionBlockObject("c", plain("Cooking & more"), nil))
	more := slack.NewOverflowBlockElement("more", slack.NewOptionBlockObject("hide", plain("Hide"), nil))
	_, _, err := b.api.PostMessage(channel, slack.MsgOptionText("a card", false), slack.MsgOptionBlocks(
		section("*H7* How <b>?"), slack.NewActionBlock("acts", button("help:H7", "I can help"), button("follow:H7", "Follow & more"), menu, more)))
	ok(t, err)
}

func TestPressingButtonsAndMenus(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	card(t, b, help.ID())
	m := ann.Await("#help", slacktest.Says("H7"))
	if m.Shown != "*H7* How <b>?\n[I can help] [Follow & more] [Topic ▾] ( ) Hide" {
		t.Errorf("ann reads %q", m.Shown)
	}
	if x := ann.Press(m, "Follow & more").Wait(); x.Err() != "" {
		t.Errorf("failed: %s", x.Err())
	}
	c := b.interaction(slack.InteractionTypeBlockActions)
	a := c.ActionCallback.BlockActions[0]
	if a.ActionID != "follow:H7" || a.BlockID != "acts" || a.Value != "v-follow:H7" || a.Text.Text != "Follow &amp; more" {
		t.Errorf("got %+v", a)
	}
	if c.Container.MessageTs != m.TS || c.Message.Timestamp != m.TS || c.Channel.ID != help.ID() || c.ResponseURL == "" || c.TriggerID == "" || c.User.ID != ann.ID() {
		t.Errorf("incomplete: %+v", c)
	}
	ann.Choose(m, "topic", "Cooking & more").Wait()
	two := b.waitNth("the menu", 2, func(ev socketmode.Event) bool { return ev.Type == socketmode.EventTypeInteractive }).Data.(slack.InteractionCallback)
	if got := two.ActionCallback.BlockActions[0]; got.SelectedOption.Value != "c" {
		t.Errorf("got %+v", got)
	}
	if got := two.BlockActionState.Values["acts"]["topic"].SelectedOption.Value; got != "c" {
		t.Errorf("state %q", got)
	}
	ann.Choose(m, "more", "Hide").Wait()
	three := b.waitNth("the overflow menu", 3, func(ev socketmode.Event) bool { return ev.Type == socketmode.EventTypeInteractive }).Data.(slack.InteractionCallback)
	if got := three.ActionCallback.BlockActions[0]; got.SelectedOption.Value != "hide" {
		t.Errorf("got %+v", got)
	}
	noFaults(t, s)
}

func TestPressOnAPrivateMessageHasOnlyAContainer(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, nil)
	ts, err := b.api.PostEphemeral(help.ID(), ann.ID(), slack.MsgOptionBlocks(slack.NewActionBlock("acts", button("go", "Go"))))
	ok(t, err)
	m := ann.Ephemerals("#help")[0]
	x := ann.Press(m, "Go").Wait()
	c := b.interaction(slack.InteractionTypeBlockActions)
	if c.Message.Timestamp != "" || c.Container.MessageTs != ts || !c.Container.IsEphemeral {
		t.Errorf("got %+v", c)
	}
	// Only the response URL changes it.
	_, _, err = b.api.PostMessage(help.ID(), slack.MsgOptionReplaceOriginal(c.ResponseURL), slack.MsgOptionText("gone ahead", false))
	ok(t, err)
	if got := ann.Ephemerals("#help"); len(got) != 1 || got[0].Shown != "gone ahead" || x.Reply().TS != ts {
		t.Errorf("got %v", got)
	}
	_, _, err = b.api.PostMessage(help.ID(), slack.MsgOptionDeleteOriginal(c.ResponseURL))
	ok(t, err)
	if got := ann.Ephemerals("#help"); len(got) != 0 {
		t.Errorf("got %v", got)
	}
	noFaults(t, s)
}

func TestInteractionsTakeNoPayload(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	b := connect(t, s, func(socketmode.Event) (any, bool) { return map[string]any{"text": "done"}, true })
	_, _, err := b.api.PostMessage(help.ID(), slack.MsgOptionBlocks(slack.NewActionBlock("acts", button("go", "Go"))))
	ok(t, err)
	ann.Press(ann.Await("#help", slacktest.Says("Go")), "go").Wait()
	s.AwaitFault(slacktest.FaultAckPayload)
	if len(ann.Ephemerals("#help")) != 0 {
		t.Error("it was shown")
	}
}

func TestShortcuts(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("other", ann, bea)
	b := connect(t, s, nil)
	m := bea.Say("#other", "worth keeping")
	ann.MessageShortcut("promote", m).Wait()
	c := b.interaction(slack.InteractionTypeMessageAction)
	if c.CallbackID != "promote" || c.Message.Text != "worth keeping" || c.Message.User != bea.ID() || c.MessageTs != m.TS || c.Channel.Name != "other" || c.ResponseURL == "" {
		t.Errorf("got %+v", c)
	}
	ann.GlobalShortcut("ask").Wait()
	g := b.interaction(slack.InteractionTypeShortcut)
	if g.CallbackID != "ask" || g.TriggerID == "" || g.ResponseURL != "" {
		t.Errorf("got %+v", g)
	}
}

func TestResponseURLs(t *testing.T) {
	t.Parallel()
	clock := slacktest.NewStepped(time.Now())
	s := slacktest.New(t, slacktest.WithClock(clock))
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	w.NewChannel("other", ann, bea)
	b := connect(t, s, nil)
	say := func(url, how, text string) error {
		_, _, err := b.api.PostMessage("", slack.MsgOptionResponseURL(url, how), slack.MsgOptionText(text, false))
		return err
	}
	// It works where the app is no member.
	x := ann.Slash("#other", "/ask", "").Wait()
	ok(t, say(x.ResponseURL(), slack.ResponseTypeInChannel, "for all"))
	bea.Await("#other", slacktest.Says("for all"))
	ok(t, say(x.ResponseURL(), slack.ResponseTypeEphemeral, "for ann"))
	if len(bea.Ephemerals("#other")) != 0 || len(ann.Ephemerals("#other")) != 1 {
		t.Error("private is private")
	}
	for range 3 {
		ok(t, say(x.ResponseURL(), slack.ResponseTypeEphemeral, "again"))
	}
	if err := say(x.ResponseURL(), slack.ResponseTypeEphemeral, "a sixth time"); err == nil {
		t.Error("it works five times only")
	}
	late := ann.Slash("#other", "/ask", "").Wait()
	clock.Advance(30*time.Minute + time.Second)
	if err := say(late.ResponseURL(), slack.ResponseTypeEphemeral, "too late"); err == nil {
		t.Error("it works for thirty minutes only")
	}
	if n := len(s.Faults(slacktest.FaultResponseURL)); n != 2 {
		t.Errorf("%d faults", n)
	}
	if x.RepliedAfter() <= 0 || len(x.Replies()) != 5 {
		t.Errorf("%d replies", len(x.Replies()))
	}
	if n := s.Count("response_url"); n != 7 {
		t.Errorf("%d uses on record", n)
	}
}

func TestMenusThatLoadTheirOptions(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann, w.Bot())
	var answer any
	b := connect(t, s, func(ev socketmode.Event) (any, bool) {
		if ic, is := ev.Data.(slack.InteractionCallback); is && ic.Type == slack.InteractionTypeBlockSuggestion {
			return answer, true
		}
		return nil, true
	})
	menu := slack.NewOptionsSelectBlockElement(slack.OptTypeExternal, plain("Organisation"), "org")
	_, _, err := b.api.PostMessage(help.ID(), slack.MsgOptionBlocks(slack.NewActionBlock("acts", menu)))
	ok(t, err)
	m := ann.Await("#help", slacktest.Says("Organisation"))
	answer = slack.OptionsResponse{Options: []*slack.OptionBlockObject{slack.NewOptionBlockObject("1", plain("CFP Bologna"), nil)}}
	x := ann.Suggest(m, "org", "cfp").Wait()
	if got := x.Choices(); len(got) != 1 || got[0].Text != "CFP Bologna" || got[0].Value != "1" {
		t.Errorf("got %+v", got)
	}
	if c := b.interaction(slack.InteractionTypeBlockSuggestion); c.Value != "cfp" || c.ActionID != "org" || c.BlockID != "acts" {
		t.Errorf("got %+v", c)
	}
	noFaults(t, s)
	answer = json.RawMessage(`{"options":[{"text":{"type":"plain_text","text":""},"value":"1"}]}`)
	if got := ann.Suggest(m, "org", "x").Wait().Err(); got != "options_not_loaded" {
		t.Errorf("got %q", got)
	}
	s.AwaitFault(slacktest.FaultAckPayload)
}
