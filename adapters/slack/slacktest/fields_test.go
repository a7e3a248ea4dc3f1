package slacktest_test

import (
	"encoding/json"
	"testing"

	"github.com/slack-go/slack"

	"guildhall/adapters/slack/slacktest"
)

// everyField is a form with one field of each kind; the block id is the kind.
const everyField = `{"type":"modal","title":{"type":"plain_text","text":"All"},"submit":{"type":"plain_text","text":"Send"},"external_id":"all","blocks":[
	{"type":"input","block_id":"text","label":{"type":"plain_text","text":"Text & more"},"hint":{"type":"plain_text","text":"hint"},"element":{"type":"plain_text_input","action_id":"v","initial_value":"before"}},
	{"type":"input","block_id":"email","label":{"type":"plain_text","text":"L"},"element":{"type":"email_text_input","action_id":"v"}},
	{"type":"input","block_id":"url","label":{"type":"plain_text","text":"L"},"element":{"type":"url_text_input","action_id":"v"}},
	{"type":"input","block_id":"number","label":{"type":"plain_text","text":"L"},"element":{"type":"number_input","action_id":"v","is_decimal_allowed":false}},
	{"type":"input","block_id":"rich","label":{"type":"plain_text","text":"L"},"element":{"type":"rich_text_input","action_id":"v"}},
	{"type":"input","block_id":"time","label":{"type":"plain_text","text":"L"},"element":{"type":"timepicker","action_id":"v","initial_time":"08:00"}},
	{"type":"input","block_id":"moment","label":{"type":"plain_text","text":"L"},"element":{"type":"datetimepicker","action_id":"v"}},
	{"type":"input","block_id":"boxes","label":{"type":"plain_text","text":"L"},"element":{"type":"checkboxes","action_id":"v","options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}],"initial_options":[{"text":{"type":"plain_text","text":"A"},"value":"a"}]}},
	{"type":"input","block_id":"radio","label":{"type":"plain_text","text":"L"},"element":{"type":"radio_buttons","action_id":"v","options":[{"text":{"type":"plain_text","text":"A"},"value":"a"}],"initial_option":{"text":{"type":"plain_text","text":"A"},"value":"a"}}},
	{"type":"input","block_id":"many","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_static_select","action_id":"v","options":[{"text":{"type":"plain_text","text":"A"},"value":"a"},{"text":{"type":"plain_text","text":"B"},"value":"b"}]}},
	{"type":"input","block_id":"person","label":{"type":"plain_text","text":"L"},"element":{"type":"users_select","action_id":"v"}},
	{"type":"input","block_id":"people","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_users_select","action_id":"v"}},
	{"type":"input","block_id":"channel","label":{"type":"plain_text","text":"L"},"element":{"type":"channels_select","action_id":"v"}},
	{"type":"input","block_id":"talks","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_conversations_select","action_id":"v"}},
	{"type":"input","block_id":"talk","label":{"type":"plain_text","text":"L"},"element":{"type":"conversations_select","action_id":"v"}},
	{"type":"input","block_id":"rooms","label":{"type":"plain_text","text":"L"},"element":{"type":"multi_channels_select","action_id":"v"}},
	{"type":"input","block_id":"loaded","label":{"type":"plain_text","text":"L"},"element":{"type":"external_select","action_id":"v"}},
	{"type":"input","block_id":"files","label":{"type":"plain_text","text":"L"},"element":{"type":"file_input","action_id":"v"}},
	{"type":"section","text":{"type":"mrkdwn","text":"s"},"accessory":{"type":"datepicker","action_id":"day","initial_date":"2030-01-01"}}
]}`

func TestEveryKindOfField(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann := w.User("ann")
	help := w.NewChannel("help", ann)
	b := connect(t, s, nil)
	x := ann.GlobalShortcut("new").Wait()
	var out struct{ Error string }
	call(t, s, "views.open", map[string]any{"trigger_id": x.TriggerID(), "view": json.RawMessage(everyField)}, &out)
	if out.Error != "" {
		t.Fatal(out.Error)
	}
	v := ann.AwaitModal("Text & more: [before] hint")
	if c, found := v.Control("text"); !found || c.Initial != "before" || len(v.Buttons()) != 0 {
		t.Errorf("got %+v", c)
	}
	file := ann.NewFile("a.txt", []byte("a"))
	ann.Submit(slacktest.Values{
		"email": "ann@example.com", "url": "https://example.org", "number": 7, "rich": "hi @ann", "moment": "1900000000",
		"many": []string{"A", "b"}, "person": "@ann", "people": []string{"ann", "owner"}, "channel": "#help",
		"talks": []string{"help"}, "talk": "help", "rooms": []string{"help", "general"}, "loaded": "R12", "files": []*slacktest.File{file},
	}).Wait()
	got := b.interaction(slack.InteractionTypeViewSubmission).View
	field := func(id string) slack.BlockAction { return got.State.Values[id]["v"] }
	for what, good := range map[string]bool{
		"text":    field("text").Value == "before",
		"number":  field("number").Value == "7",
		"time":    field("time").SelectedTime == "08:00",
		"moment":  field("moment").SelectedDateTime == 1900000000,
		"boxes":   len(field("boxes").SelectedOptions) == 1 && field("boxes").SelectedOptions[0].Value == "a",
		"radio":   field("radio").SelectedOption.Value == "a",
		"many":    len(field("many").SelectedOptions) == 2,
		"person":  field("person").SelectedUser == ann.ID(),
		"people":  len(field("people").SelectedUsers) == 2,
		"channel": field("channel").SelectedChannel == help.ID(),
		"talks":   len(field("talks").SelectedConversations) == 1,
		"talk":    field("talk").SelectedConversation == help.ID(),
		"rooms":   len(field("rooms").SelectedChannels) == 2,
		"loaded":  field("loaded").SelectedOption.Value == "R12",
		"files":   len(field("files").Files) == 1 && field("files").Files[0].ID == file.ID(),
		"rich":    len(field("rich").RichTextValue.Elements) == 1,
		"day":     len(got.State.Values) == 19,
	} {
		if !good {
			t.Errorf("%s: %+v", what, got.State.Values[what])
		}
	}
	noFaults(t, s)
}

func TestExternalIDsAreUnique(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	w := s.Workspace()
	ann, bea := w.User("ann"), w.User("bea")
	b := connect(t, s, nil)
	f := form("One")
	f.ExternalID = "one"
	v, err := b.api.OpenView(ann.GlobalShortcut("new").Wait().TriggerID(), f)
	ok(t, err)
	_, err = b.api.OpenView(bea.GlobalShortcut("new").Wait().TriggerID(), f)
	wantCode(t, err, "duplicate_external_id")
	f.Title = plain("Two")
	_, err = b.api.UpdateView(f, "one", "", "")
	ok(t, err)
	if got := ann.AwaitModal("Two"); got.ID != v.ID {
		t.Error("another view")
	}
}

func TestChoosingInHomesSendsAtOnce(t *testing.T) {
	t.Parallel()
	s := slacktest.New(t)
	ann := s.Workspace().User("ann")
	b := connect(t, s, nil)
	day := slack.NewDatePickerBlockElement("day")
	boxes := slack.NewCheckboxGroupsBlockElement("topics", slack.NewOptionBlockObject("w", plain("Welding"), nil), slack.NewOptionBlockObject("c", plain("Cooking"), nil))
	_, err := b.api.PublishView(ann.ID(), slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewActionBlock("acts", day, boxes),
	}}}, "")
	ok(t, err)
	home := ann.AwaitHome()
	ann.Choose(home, "topics", "w", "Cooking").Wait()
	ann.Choose(home, "day", "2030-02-01").Wait()
	second := b.waitNth("the second choice", 2, isInteraction).Data.(slack.InteractionCallback)
	if a := second.ActionCallback.BlockActions[0]; a.SelectedDate != "2030-02-01" || len(second.View.State.Values["acts"]["topics"].SelectedOptions) != 2 {
		t.Errorf("got %+v, %+v", a, second.View.State)
	}
}
