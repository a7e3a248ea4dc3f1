package discordtest_test

import (
	"encoding/json"
	"testing"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// card is a message with two buttons, a link and menus.
func card() []discordgo.MessageComponent {
	return []discordgo.MessageComponent{
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{
			discordgo.Button{Label: "Join", CustomID: "join"},
			discordgo.Button{Label: "Gone", CustomID: "gone", Disabled: true, Style: discordgo.SecondaryButton},
			discordgo.Button{Label: "More", Style: discordgo.LinkButton, URL: "https://example.org"},
		}},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
			CustomID: "pick", Placeholder: "Pick one",
			Options: []discordgo.SelectMenuOption{{Label: "One", Value: "1"}, {Label: "Two", Value: "2"}},
		}}},
		discordgo.ActionsRow{Components: []discordgo.MessageComponent{discordgo.SelectMenu{
			MenuType: discordgo.UserSelectMenu, CustomID: "whom", MaxValues: 2,
		}}},
	}
}

func TestButtonsAndMenus(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything, answer(func(i *discordgo.InteractionCreate) *discordgo.InteractionResponse {
		d := i.MessageComponentData()
		said := d.CustomID
		for _, v := range d.Values {
			if u := d.Resolved.Users[v]; u != nil {
				v = u.Username
			}
			said += " " + v
		}
		r := text(said, 0)
		if d.CustomID == "join" {
			r.Type = discordgo.InteractionResponseUpdateMessage
			r.Data.Components = []discordgo.MessageComponent{}
		}
		return r
	}))
	m := must(s.ChannelMessageSendComplex(w.room.ID.String(), &discordgo.MessageSend{Content: "choose", Components: card()}))(t)
	seen := must(w.ann.SeesText(w.room, "choose"))(t)
	if seen.ID.String() != m.ID || len(seen.Labels()) != 3 || len(seen.Selects()) != 2 {
		t.Fatalf("Ann sees %+v", seen)
	}
	if got := must(must(w.ann.Choose(seen, "pick", "Two"))(t).Reply())(t); got.Content != "pick 2" || got.ReplyTo != seen.ID {
		t.Errorf("choosing gave %+v", got)
	}
	if got := must(must(w.ann.Choose(seen, "whom", w.ann, w.ben))(t).Reply())(t); got.Content != "whom ann ben" {
		t.Errorf("choosing people gave %q", got.Content)
	}
	for _, label := range []string{"Gone", "More", "Nothing"} {
		if _, err := w.ann.Press(seen, label); err == nil {
			t.Errorf("%s could be pressed", label)
		}
	}
	if _, err := w.ann.Choose(seen, "pick", "One", "Two"); err == nil {
		t.Error("two values went into a menu for one")
	}
	o := must(must(w.ann.Press(seen, "Join"))(t).Outcome())(t)
	if o.Message.ID != seen.ID || o.Message.Content != "join" || len(o.Message.Buttons()) != 0 {
		t.Errorf("pressing gave %+v", o.Message)
	}
	if _, err := w.ann.Press(seen, "Join"); err == nil {
		t.Error("a button that is gone could be pressed")
	}
	w.clean()
}

func TestUpdateLater(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything, func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseDeferredMessageUpdate}) //nolint:errcheck // the outcome shows it
		done := "done"
		s.InteractionResponseEdit(i.Interaction, &discordgo.WebhookEdit{Content: &done}) //nolint:errcheck // the message shows it
	})
	must(s.ChannelMessageSendComplex(w.room.ID.String(), &discordgo.MessageSend{Content: "choose", Components: card()}))(t)
	m := must(w.ann.SeesText(w.room, "choose"))(t)
	must(w.ann.Press(m, "Join"))(t)
	must(w.ann.SeesChange(m, "done", func(m discordtest.Message) bool { return m.Content == "done" && len(m.Buttons()) == 3 }))(t)
	w.clean()
}

func form(title string) *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseModal,
		Data: &discordgo.InteractionResponseData{CustomID: "form", Title: title, Components: []discordgo.MessageComponent{
			discordgo.ActionsRow{Components: []discordgo.MessageComponent{
				discordgo.TextInput{CustomID: "theme", Label: "Theme", Style: discordgo.TextInputShort, Required: true, MaxLength: 10},
			}},
			discordgo.ActionsRow{Components: []discordgo.MessageComponent{
				discordgo.TextInput{CustomID: "goal", Label: "Goal", Style: discordgo.TextInputParagraph, Value: "none yet"},
			}},
		}},
	}
}

func TestModals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything, answer(func(i *discordgo.InteractionCreate) *discordgo.InteractionResponse {
		if i.Type != discordgo.InteractionModalSubmit {
			return form("Open a collaboration")
		}
		d := i.ModalSubmitData()
		said := d.CustomID
		for _, row := range d.Components {
			said += " " + row.(*discordgo.ActionsRow).Components[0].(*discordgo.TextInput).Value
		}
		return text(said, discordgo.MessageFlagsEphemeral)
	}))
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	m := must(i.Modal())(t)
	if shown := must(w.ann.SeesModal())(t); shown != m || len(w.ben.Screen()) != 0 {
		t.Error("the modal is not on Ann's screen alone")
	}
	if in, ok := m.Input("Goal"); m.Title != "Open a collaboration" || !ok || !in.Paragraph || in.Value != "none yet" || in.Required {
		t.Errorf("the modal is %+v", m)
	}
	for name, fields := range map[string]map[string]any{
		"required": {}, "too long": {"theme": "more than ten"}, "unknown": {"theme": "x", "other": "y"},
	} {
		if _, err := w.ann.Submit(m, fields); err == nil {
			t.Errorf("a modal went through with a field that is %s", name)
		}
	}
	r := must(must(w.ann.Submit(m, map[string]any{"Theme": "a rubric"}))(t).Reply())(t)
	if r.Content != "form a rubric none yet" || !r.Ephemeral() {
		t.Errorf("submitting gave %+v", r)
	}
	if _, err := w.ann.Submit(m, map[string]any{"Theme": "again"}); err == nil {
		t.Error("a modal could be submitted twice")
	}
	w.clean()
}

// TestModalWithNewComponents reads the raw events: discordgo knows no labels.
func TestModalWithNewComponents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan json.RawMessage, 2)
	s := w.session(everything, func(_ *discordgo.Session, e *discordgo.Event) {
		if e.Type == "INTERACTION_CREATE" {
			got <- e.RawData
		}
	})
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	var in struct {
		ID, Token string
		Data      struct {
			CustomID   string `json:"custom_id"`
			Components []struct {
				Component struct {
					Value  string
					Values []string
				}
			}
			Resolved struct{ Attachments map[string]any }
		}
	}
	check(t, json.Unmarshal(<-got, &in))
	w.rest("POST", "/interactions/"+in.ID+"/"+in.Token+"/callback", `{"type":9,"data":{"custom_id":"f","title":"New","components":[
		{"type":10,"content":"Tell us"},
		{"type":18,"label":"Name","component":{"type":4,"custom_id":"name","style":1}},
		{"type":18,"label":"Kind","component":{"type":3,"custom_id":"kind","options":[{"label":"Video","value":"v"}]}},
		{"type":18,"label":"File","component":{"type":19,"custom_id":"file","required":false}}]}}`).wants(t, 204, 0)
	m := must(i.Modal())(t)
	file := discordtest.Upload{Name: "x.txt", Data: []byte("x")}
	must(w.ann.Submit(m, map[string]any{"Name": "n", "Kind": []any{"Video"}, "File": []any{file}}))(t)
	check(t, json.Unmarshal(<-got, &in))
	c := in.Data.Components
	if in.Data.CustomID != "f" || len(c) != 4 || c[1].Component.Value != "n" || c[2].Component.Values[0] != "v" ||
		in.Data.Resolved.Attachments[c[3].Component.Values[0]] == nil {
		t.Errorf("the submit is %+v", in.Data)
	}
}

func TestAModalDoesNotAnswerAModal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	errs := make(chan error, 2)
	s := w.session(everything, func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		errs <- s.InteractionRespond(i.Interaction, form("Form"))
	})
	w.commands(s)
	m := must(must(w.ann.Slash(w.room, "collab list"))(t).Modal())(t)
	check(t, <-errs)
	must(w.ann.Submit(m, map[string]any{"theme": "x"}))(t)
	if err := <-errs; err == nil {
		t.Error("a modal answered a modal")
	}
}
