package discordtest_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

const everything = discordtest.Guilds | discordtest.GuildMembers | discordtest.GuildMessages | discordtest.GuildReactions |
	discordtest.DirectMessages | discordtest.DirectReactions | discordtest.MessageContent

// commands registers what the tests of interactions use.
func (w *world) commands(s *discordgo.Session) {
	w.t.Helper()
	names := map[discordgo.Locale]string{"it": "chiedi"}
	list := []*discordgo.ApplicationCommand{
		{Name: "ask", NameLocalizations: &names, Description: "Ask for help", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionString, Name: "question", Description: "What", Required: true, Autocomplete: true},
			{Type: discordgo.ApplicationCommandOptionUser, Name: "who", Description: "Whom"},
			{Type: discordgo.ApplicationCommandOptionInteger, Name: "days", Description: "How long", MaxValue: 30},
			{Type: discordgo.ApplicationCommandOptionAttachment, Name: "file", Description: "A file"},
			{Type: discordgo.ApplicationCommandOptionChannel, Name: "where", Description: "Where"},
			{Type: discordgo.ApplicationCommandOptionString, Name: "urgency", Description: "How soon", Choices: []*discordgo.ApplicationCommandOptionChoice{
				{Name: "Today", Value: "today"}, {Name: "This week", Value: "week"},
			}},
		}},
		{Name: "collab", Description: "Work together", Options: []*discordgo.ApplicationCommandOption{
			{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "open", Description: "Open one", Options: []*discordgo.ApplicationCommandOption{
				{Type: discordgo.ApplicationCommandOptionString, Name: "theme", Description: "On what", Required: true},
			}},
			{Type: discordgo.ApplicationCommandOptionSubCommand, Name: "list", Description: "List them"},
		}},
		{Name: "Deposit this", Type: discordgo.MessageApplicationCommand},
		{Name: "Who is this", Type: discordgo.UserApplicationCommand},
	}
	must(s.ApplicationCommandBulkOverwrite(w.App().ID.String(), "", list))(w.t)
}

// answer replies to each interaction with what a function makes of it.
func answer(reply func(*discordgo.InteractionCreate) *discordgo.InteractionResponse) any {
	return func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		if r := reply(i); r != nil {
			s.InteractionRespond(i.Interaction, r) //nolint:errcheck // the server's record shows it
		}
	}
}

func text(content string, flags discordgo.MessageFlags) *discordgo.InteractionResponse {
	return &discordgo.InteractionResponse{
		Type: discordgo.InteractionResponseChannelMessageWithSource,
		Data: &discordgo.InteractionResponseData{Content: content, Flags: flags},
	}
}

func TestSlashCommandWithTypedOptions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan *discordgo.InteractionCreate, 1)
	s := w.session(everything, answer(func(i *discordgo.InteractionCreate) *discordgo.InteractionResponse {
		got <- i
		return text("thanks", discordgo.MessageFlagsEphemeral)
	}))
	w.commands(s)
	i := must(w.ann.Slash(w.room, "chiedi",
		discordtest.Opt("question", "how?"), discordtest.Opt("who", w.ben), discordtest.Opt("days", 3),
		discordtest.Opt("file", discordtest.Upload{Name: "a b.pdf", Data: []byte("%PDF")}),
		discordtest.Opt("where", w.room), discordtest.Opt("urgency", "Today")))(t)
	m := must(i.Reply())(t)
	if !m.Ephemeral() || m.Content != "thanks" || m.For != w.ann {
		t.Errorf("the reply is %+v", m)
	}
	if n := len(w.ben.Reads(w.room)); n != 0 {
		t.Errorf("Ben reads %d messages where only Ann may read", n)
	}
	in := <-got
	data := in.ApplicationCommandData()
	id := data.Options[1].Value.(string)
	file := data.Resolved.Attachments[data.Options[3].Value.(string)]
	switch {
	case data.Name != "ask" || in.Locale != "it" || *in.GuildLocale != "it" || in.Member.User.Username != "ann":
		t.Errorf("the interaction is %+v", in.Interaction)
	case data.Options[0].StringValue() != "how?" || data.Options[2].IntValue() != 3 || data.Options[5].StringValue() != "today":
		t.Errorf("the options are %+v", data.Options)
	case data.Resolved.Users[id].Username != "ben" || data.Resolved.Members[id] == nil:
		t.Errorf("the resolved users are %+v", data.Resolved)
	case file.Filename != "a_b.pdf" || file.Size != 4 || file.ContentType != "application/pdf":
		t.Errorf("the resolved file is %+v", file)
	case in.Member.Permissions&discordgo.PermissionAdministrator == 0 || in.AppPermissions&discordgo.PermissionManageChannels == 0:
		t.Error("the permissions are missing")
	}
	w.clean()
}

func TestWhatTheClientRefusesToSend(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	w.commands(w.session(everything))
	for name, try := range map[string]func() error{
		"unknown command": func() error { _, err := w.ann.Slash(w.room, "nothing"); return err },
		"missing option":  func() error { _, err := w.ann.Slash(w.room, "ask"); return err },
		"unknown option": func() error {
			_, err := w.ann.Slash(w.room, "collab list", discordtest.Opt("x", "y"))
			return err
		},
		"wrong type": func() error {
			_, err := w.ann.Slash(w.room, "ask", discordtest.Opt("question", "?"), discordtest.Opt("days", "many"))
			return err
		},
		"out of bounds": func() error {
			_, err := w.ann.Slash(w.room, "ask", discordtest.Opt("question", "?"), discordtest.Opt("days", 31))
			return err
		},
		"not a choice": func() error {
			_, err := w.ann.Slash(w.room, "ask", discordtest.Opt("question", "?"), discordtest.Opt("urgency", "never"))
			return err
		},
		"bare group":     func() error { _, err := w.ann.Slash(w.room, "collab"); return err },
		"stranger":       func() error { _, err := w.AddPerson("eve").Slash(w.room, "collab list"); return err },
		"no completion":  func() error { _, err := w.ann.Complete(w.room, "ask", "urgency", "x"); return err },
		"gone component": func() error { _, err := w.ann.Press(discordtest.Message{}, "x"); return err },
	} {
		if try() == nil {
			t.Errorf("%s was let through", name)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{ResponseTime: 3 * time.Second})
	late := make(chan *discordgo.InteractionCreate, 1)
	s := w.session(everything, func(_ *discordgo.Session, i *discordgo.InteractionCreate) { late <- i })
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	w.Advance(4 * time.Second)
	if _, err := i.Outcome(); err == nil || !strings.Contains(err.Error(), "did not respond") {
		t.Errorf("the outcome is %v", err)
	}
	err := s.InteractionRespond((<-late).Interaction, text("sorry", 0))
	var refused *discordgo.RESTError
	if !errors.As(err, &refused) || refused.Message.Code != discordgo.ErrCodeUnknownInteraction {
		t.Errorf("answering late gave %v", err)
	}
	if got := w.rules(); len(got) != 2 || got[0] != "no-response" || got[1] != "late-response" {
		t.Errorf("the faults are %v", got)
	}
}

func TestFirstResponseIsGivenOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan *discordgo.InteractionCreate, 1)
	s := w.session(everything, func(_ *discordgo.Session, i *discordgo.InteractionCreate) { got <- i })
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	in := (<-got).Interaction
	path := "/interactions/" + in.ID + "/" + in.Token + "/callback"
	hook := "/webhooks/" + w.App().ID.String() + "/" + in.Token
	w.rest("POST", hook, `{"content":"too early"}`).wants(t, 404, 10015)
	w.rest("POST", path, `{"type":6}`).wants(t, 400, 50035)
	w.rest("POST", path, `{"type":4,"data":{"content":" "}}`).wants(t, 400, 50006)
	w.rest("POST", path, `{"type":8,"data":{"choices":[]}}`).wants(t, 400, 50035)
	check(t, s.InteractionRespond(in, text("one", 0)))
	w.rest("POST", path, `{"type":4,"data":{"content":"two"}}`).wants(t, 400, 40060)
	m := must(i.Reply())(t)
	follow := must(s.FollowupMessageCreate(in, true, &discordgo.WebhookParams{Content: "three", Flags: discordgo.MessageFlagsEphemeral}))(t)
	edited := "one and a half"
	must(s.InteractionResponseEdit(in, &discordgo.WebhookEdit{Content: &edited}))(t)
	must(w.ann.SeesChange(m, "the edit", func(m discordtest.Message) bool { return m.Content == edited }))(t)
	must(s.FollowupMessageEdit(in, follow.ID, &discordgo.WebhookEdit{Content: &edited}))(t)
	if all := must(i.FollowUps(1))(t); len(all) != 1 || !all[0].Ephemeral() || all[0].Content != edited {
		t.Errorf("the follow-ups are %+v", all)
	}
	check(t, s.FollowupMessageDelete(in, follow.ID))
	w.rest("GET", hook+"/messages/"+follow.ID, "").wants(t, 404, 10008)
	w.Advance(15 * time.Minute)
	w.rest("PATCH", hook+"/messages/@original", `{"content":"too late"}`).wants(t, 401, 50027)
}

func TestDeferredResponses(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	got := make(chan *discordgo.InteractionCreate, 1)
	s := w.session(everything, func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{ //nolint:errcheck // the outcome shows it
			Type: discordgo.InteractionResponseDeferredChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Flags: discordgo.MessageFlagsEphemeral},
		})
		got <- i
	})
	w.commands(s)
	i := must(w.ann.Slash(w.room, "collab list"))(t)
	o := must(i.Outcome())(t)
	if !o.Message.Thinking() || !o.Message.Ephemeral() {
		t.Errorf("the outcome is %+v", o.Message)
	}
	in := (<-got).Interaction
	// The first follow-up fills the deferred response; it stays ephemeral whatever the flags say.
	must(s.FollowupMessageCreate(in, true, &discordgo.WebhookParams{Content: "here it is"}))(t)
	m := must(i.Reply())(t)
	if m.ID != o.Message.ID || !m.Ephemeral() || m.Content != "here it is" {
		t.Errorf("the reply is %+v", m)
	}
	must(s.FollowupMessageCreate(in, true, &discordgo.WebhookParams{Content: "and more"}))(t)
	if all := must(i.FollowUps(1))(t); all[0].Ephemeral() {
		t.Error("the second follow-up is ephemeral without being asked to")
	}
	w.clean()
}

func TestAutocomplete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything, answer(func(i *discordgo.InteractionCreate) *discordgo.InteractionResponse {
		o := i.ApplicationCommandData().Options[0]
		if i.Type != discordgo.InteractionApplicationCommandAutocomplete || !o.Focused {
			return nil
		}
		return &discordgo.InteractionResponse{
			Type: discordgo.InteractionApplicationCommandAutocompleteResult,
			Data: &discordgo.InteractionResponseData{Choices: []*discordgo.ApplicationCommandOptionChoice{{Name: "How " + o.StringValue(), Value: "x"}}},
		}
	}))
	w.commands(s)
	choices := must(w.ann.Complete(w.room, "ask", "question", "we"))(t)
	if len(choices) != 1 || choices[0].Name != "How we" || choices[0].Value != "x" {
		t.Errorf("the choices are %+v", choices)
	}
	w.clean()
}

func TestContextMenus(t *testing.T) {
	t.Parallel()
	// Without the intent, the target of a context menu is still readable.
	w := newWorld(t, discordtest.Options{Disallowed: discordtest.MessageContent})
	s := w.session(discordtest.Guilds|discordtest.GuildMessages, answer(func(i *discordgo.InteractionCreate) *discordgo.InteractionResponse {
		d := i.ApplicationCommandData()
		if m := d.Resolved.Messages[d.TargetID]; m != nil {
			return text("message: "+m.Content, 0)
		}
		return text("user: "+d.Resolved.Users[d.TargetID].Username, 0)
	}))
	w.commands(s)
	m := must(w.ben.Say(w.room, "keep this"))(t)
	r := must(must(w.ann.UseOn(m, "Deposit this"))(t).Reply())(t)
	if r.Content != "message: keep this" {
		t.Errorf("the reply is %q", r.Content)
	}
	r = must(must(w.ann.UseOnPerson(w.room, w.ben, "Who is this"))(t).Reply())(t)
	if r.Content != "user: ben" {
		t.Errorf("the reply is %q", r.Content)
	}
	w.clean()
}

func TestLocalNamesAndPermissionsOfCommands(t *testing.T) {
	t.Parallel()
	w := newWorld(t, discordtest.Options{})
	s := w.session(everything)
	w.commands(s)
	manage := int64(discordgo.PermissionManageGuild)
	must(s.ApplicationCommandCreate(w.App().ID.String(), w.guild.ID.String(), &discordgo.ApplicationCommand{
		Name: "setup", Description: "Set up", DefaultMemberPermissions: &manage,
	}))(t)
	paths := func(p *discordtest.Person) string {
		var out []string
		for _, c := range p.Offered(w.room) {
			out = append(out, c.Path)
		}
		return strings.Join(out, ",")
	}
	if got := paths(w.ann); got != "chiedi,collab open,collab list,Deposit this,Who is this,setup" {
		t.Errorf("Ann is offered %s", got)
	}
	if got := paths(w.ben); got != "ask,collab open,collab list,Deposit this,Who is this" {
		t.Errorf("Ben is offered %s", got)
	}
	if _, err := w.ben.Slash(w.room, "setup"); err == nil {
		t.Error("Ben could use a command that needs a permission he lacks")
	}
	w.clean()
}
