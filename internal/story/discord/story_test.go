package discord_test

import (
	"strings"
	"testing"

	"guildhall/adapters/discord/discordtest"
)

// A member who knows only Discord: nobody types a command as a message, nobody leaves the server.
func TestDiscordStory(t *testing.T) {
	t.Parallel()
	s := openServer(t, discordtest.Options{})
	s.setUp()
	s.introduces()
	s.asks()
	s.shares()
	s.collaborates()
	s.cooperates()
}

func (s *server) setUp() {
	form := s.opened(s.mia.Slash(s.lobby, "setup start"))
	preview := s.did(s.mia.Submit(form, map[string]any{"name": "VET Net"}))
	s.has(preview.Text(), "VET Net", "#vet-communication", "#vet-news")
	if s.g.Channel("vet-communication") != nil {
		s.t.Error("rooms were made before anybody said yes")
	}
	done := s.did(s.press(s.mia, preview, "Do it"))
	s.has(done.Text(), "VET Net", "is ready")
	for name, kind := range map[string]discordtest.ChannelType{"vet-communication": discordtest.Text, "vet-sharing": discordtest.Forum, "vet-collaboration": discordtest.Text,
		"vet-cooperation": discordtest.Forum, "vet-news": discordtest.Text} {
		if c := s.room(name); c.Type != kind || c.Parent() == nil {
			s.t.Errorf("%s is a channel of type %d in %v", name, c.Type, c.Parent())
		}
	}
	hello := s.sees(s.ann, s.room("vet-communication"), "I'm Guildhall")
	if !s.poll(func() bool { now, _ := s.MessageByID(hello.ID); return now.Pinned }) {
		s.t.Error("the greeting is not pinned")
	}
	if !s.poll(func() bool { return len(s.room("vet-sharing").Tags()) > 0 }) {
		s.t.Error("the toolbox has no tags")
	}
}

// introduces: each says where they work; mia confirms the organisations. On a person's name stands what
// they said of themselves.
func (s *server) introduces() {
	help := s.room("vet-communication")
	s.has(s.did(s.mia.UseOnPerson(help, s.bea, "Profile")).Text(), "no member here yet")
	for _, x := range []struct {
		p            *discordtest.Person
		org, country string
	}{{s.mia, "Cork ETB", "IE"}, {s.ann, "CFP Bologna", "IT"}, {s.bea, "ZDZ Poznań", "PL"}, {s.eve, "IES Sevilla", "ES"}} {
		s.did(x.p.Slash(help, "profile", discordtest.Opt("organisation", x.org), discordtest.Opt("country", x.country)))
		s.did(s.mia.Slash(help, "mod org", discordtest.Opt("do", "confirm"), discordtest.Opt("organisation", x.org)))
	}
	shown := s.did(s.mia.UseOnPerson(help, s.bea, "Profile"))
	s.has(shown.Text(), "bea", "VET Net", "ZDZ Poznań", "Poland")
	if !shown.Ephemeral() || strings.Contains(shown.Text(), "quoted") || len(shown.Labels()) > 0 {
		s.t.Errorf("somebody else's profile shows %q with %q", shown.Text(), shown.Labels())
	}
	s.has(s.did(s.bea.UseOnPerson(help, s.bea, "Profile")).Text(), "You in", "quoted")
}

func (s *server) asks() {
	help := s.room("vet-communication")
	form := s.opened(s.ann.Slash(help, "ask"))
	s.has(s.did(s.ann.Submit(form, map[string]any{"question": "Come valutare a distanza gli apprendisti <saldatori>?"})).Text(), "H1")
	card := s.threaded(s.sees(s.bea, help, "H1", "Come valutare a distanza gli apprendisti <saldatori>?"))
	if len(card.Pings.Users) != 1 || card.Pings.Users[0] != s.ann {
		s.t.Errorf("the card notified %+v", card.Pings)
	}
	answer, err := s.bea.Say(card.Thread(), "Using video portfolios and a shared rubric.")
	s.must(err)
	s.must(s.ann.React(answer, "✅"))
	s.sees(s.bea, card.Thread(), "H1", "solved")
	s.sees(s.bea, help, "H1", "solved", "bea")
	// Bea is asked whether it may be kept: a mention, since she never said that we may write to her.
	waits := s.sees(s.bea, card.Thread(), "waits for you")
	if s.bea.DM() != nil && len(s.bea.Reads(s.bea.DM())) > 0 {
		s.t.Error("Bea was written to unasked")
	}
	todo := s.did(s.press(s.bea, waits, "See what waits"))
	s.did(s.press(s.bea, todo, "Yes"))
	s.did(s.press(s.bea, waits, "You may write to me"))
}

func (s *server) shares() {
	help := s.room("vet-communication")
	m, err := s.bea.Say(help, "Our rubric", discordtest.Upload{Name: "rubryka oceny.pdf", ContentType: "application/pdf", Data: []byte("%PDF-1.4 rubric")})
	s.must(err)
	form := s.opened(s.bea.UseOn(m, "Deposit in toolbox"))
	if in, ok := form.Input("title"); !ok || in.Value != "rubryka oceny" {
		s.t.Errorf("the title proposed is %q", in.Value)
	}
	s.has(s.did(s.bea.Submit(form, map[string]any{"title": "Rubryka oceny spawania", "licence": "1"})).Text(), "R1", "Rubryka oceny spawania")
	post, err := s.g.AwaitChannel("R1's post in the toolbox", func(c *discordtest.Channel) bool { return strings.HasPrefix(c.Name(), "R1 · ") })
	s.must(err)
	s.sees(s.ann, post, "R1", "Rubryka oceny spawania", "CC BY 4.0")
	found := s.did(s.ann.Slash(help, "find", discordtest.Opt("words", "rubryka")))
	s.has(found.Text(), "R1", "Rubryka oceny spawania")
	s.has(s.did(s.press(s.ann, found, "R1")).Text(), "Rubryka oceny spawania", "rubryka oceny.pdf")
	choices, err := s.ann.Complete(help, "show", "id", "rubr")
	s.must(err)
	if len(choices) == 0 || choices[0].Value != "R1" {
		s.t.Errorf("suggested %+v", choices)
	}
}

func (s *server) collaborates() {
	room := s.room("vet-collaboration")
	form := s.opened(s.ann.Slash(room, "collab open"))
	s.has(s.did(s.ann.Submit(form, map[string]any{"theme": "A shared rubric", "goal": "One rubric for all", "until": "6 settimane"})).Text(), "C1")
	card := s.sees(s.bea, room, "C1", "A shared rubric", "One rubric for all")
	s.has(s.did(s.press(s.bea, card, "Join")).Text(), "C1")
	c, err := s.g.AwaitChannel("the collaboration's channel", func(c *discordtest.Channel) bool {
		return strings.HasPrefix(c.Name(), "c1-") && c.In(s.bea) && c.In(s.ann)
	})
	s.must(err)
	form = s.opened(s.ann.Slash(c, "collab close"))
	s.has(s.did(s.ann.Submit(form, map[string]any{"outcome": "One rubric in three languages.", "resources": "R1"})).Text(), "C1")
	s.sees(s.bea, room, "C1", "closed", "One rubric in three languages.", "R1")
}

func (s *server) cooperates() {
	help := s.room("vet-communication")
	q, err := s.bea.Say(help, "We assess welders by video, with a rubric")
	s.must(err)
	a, err := s.ann.Reply(q, "Fourteen of sixteen apprentices passed")
	s.must(err)
	_, err = s.bea.Reply(a, "It took us two weeks to set up")
	s.must(err)
	step := s.did(s.bea.UseOn(q, "Promote to best practice"))
	menus := step.Selects()
	if len(menus) != 1 || len(menus[0].Options) != 3 {
		s.t.Fatalf("%q with %+v", step.Text(), menus)
	}
	var all []any
	for _, o := range menus[0].Options {
		all = append(all, o.Label)
	}
	i, err := s.bea.Choose(step, menus[0].CustomID, all...)
	s.must(err)
	_, err = i.Outcome()
	s.must(err)
	form := s.opened(s.press(s.bea, step, "Continue"))
	s.has(s.did(s.bea.Submit(form, map[string]any{"title": "Remote assessment with video"})).Text(), "P1")
	// Ann finds among what waits for her whether she may be quoted.
	waits := s.did(s.ann.Slash(help, "help"))
	s.has(waits.Text(), "P1")
	s.did(s.press(s.ann, waits, "Sì"))

	r := s.did(s.bea.Slash(help, "practice edit", discordtest.Opt("id", "P1"), discordtest.Opt("context", "Remote trainees"), discordtest.Opt("problem", "Assessing practice"),
		discordtest.Opt("approach", "Video portfolios"), discordtest.Opt("results", "14 of 16 passed"), discordtest.Opt("limits", "Bandwidth"), discordtest.Opt("transfer", "Any craft")))
	s.has(r.Text(), "P1", "Context ✓", "Transfer ✓")
	for _, p := range []*discordtest.Person{s.mia, s.eve} {
		s.did(p.Slash(help, "practice reviewer", discordtest.Opt("on", true)))
	}
	s.has(s.did(s.press(s.bea, r, "Ask for review")).Text(), "in review")
	for _, p := range []*discordtest.Person{s.mia, s.eve} {
		s.has(s.did(p.Slash(help, "practice review", discordtest.Opt("id", "P1"), discordtest.Opt("verdict", "accept"), discordtest.Opt("comment", "Clear and useful."))).Text(), "P1")
	}
	s.has(s.did(s.mia.Slash(help, "practice accept", discordtest.Opt("id", "P1"))).Text(), "P1")
	r = s.did(s.ann.Slash(help, "practice adopt", discordtest.Opt("id", "P1"), discordtest.Opt("organisation", "CFP Bologna"), discordtest.Opt("result", "9 of 10 passed")))
	s.has(r.Text(), "P1")
	s.has(s.did(s.ann.Slash(help, "show", discordtest.Opt("id", "P1"))).Text(), "CFP Bologna")
	post, err := s.g.AwaitChannel("P1's post", func(c *discordtest.Channel) bool {
		return strings.HasPrefix(c.Name(), "P1 · ") && c.Parent() == s.room("vet-cooperation")
	})
	s.must(err)
	s.sees(s.ann, post, "P1", "accepted", "demonstrated")
	// Bea had said that we may write to her.
	for _, part := range []string{"is accepted as a best practice", "CFP Bologna now has your practice"} {
		_, err := s.bea.SeesPrivately(s.bea.DM(), part)
		s.must(err)
	}
	if s.ann.DM() != nil && len(s.ann.Reads(s.ann.DM())) > 0 {
		s.t.Error("Ann was written to unasked")
	}
}

// Without Message Content commands, context menus, mentions and direct messages work.
func TestWithoutMessageContent(t *testing.T) {
	t.Parallel()
	s := openServer(t, discordtest.Options{Disallowed: discordtest.MessageContent})
	form := s.opened(s.mia.Slash(s.lobby, "setup start"))
	done := s.did(s.press(s.mia, s.did(s.mia.Submit(form, map[string]any{"name": "VET Net"})), "Do it"))
	s.has(done.Text(), "is ready", "Switch on Message Content and this happens by itself.")
	help := s.room("vet-communication")
	s.sees(s.ann, help, "I'm Guildhall") // the room is the community's from here on
	s.has(s.did(s.ann.Slash(help, "ask", discordtest.Opt("question", "How do you assess welders?"))).Text(), "H1")
	card := s.threaded(s.sees(s.bea, help, "H1", "How do you assess welders?"))

	// An answer that we may not read is given by the button, and solves it by the context menu.
	answer := s.opened(s.press(s.bea, card, "I can help"))
	s.did(s.bea.Submit(answer, map[string]any{answer.Inputs[0].CustomID: "With video portfolios."}))
	s.sees(s.ann, card.Thread(), "With video portfolios.")

	// A mention is answered for its writer alone.
	m, err := s.ann.Say(help, s.App().Bot.Mention()+" find welders")
	s.must(err)
	stub, err := s.ann.Sees(help, "the answer", func(x discordtest.Message) bool { return x.ReplyTo == m.ID })
	s.must(err)
	s.has(s.did(s.ann.Press(stub, stub.Labels()[0])).Text(), "H1")

	// In a direct message no mention is needed.
	_, err = s.ann.Say(s.ann.DM(), "find welders")
	s.must(err)
	_, err = s.ann.SeesPrivately(s.ann.DM(), "H1")
	s.must(err)

	// Promotion goes message by message, into one draft.
	one, err := s.bea.Say(help, "We use video portfolios")
	s.must(err)
	two, err := s.bea.Say(help, "Fourteen of sixteen passed")
	s.must(err)
	form = s.opened(s.bea.UseOn(one, "Promote to best practice"))
	s.has(s.did(s.bea.Submit(form, map[string]any{"title": "Remote assessment"})).Text(), "P1")
	s.has(s.did(s.bea.UseOn(two, "Promote to best practice")).Text(), "P1", "Remote assessment")
	s.has(s.did(s.bea.Slash(help, "show", discordtest.Opt("id", "P1"))).Text(), "We use video portfolios", "Fourteen of sixteen passed")
}
