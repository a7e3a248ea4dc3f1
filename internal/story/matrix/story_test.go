package matrix_test

import (
	"strings"
	"testing"

	"guildhall/adapters/matrix/matrixtest"
)

// The whole story of members who know only Matrix, with the bot killed and the homeserver restarted
// in the middle.
func TestStory(t *testing.T) {
	t.Parallel()
	c := newTown(t)
	c.bot = startBot(t, c.server.URL(), c.botID)
	c.setUp()
	c.asks(func() { c.bot.restart() })
	c.deposits()
	c.collaborates(func() {
		if err := c.server.Restart(); err != nil {
			t.Fatal(err)
		}
	})
	c.promotes()
}

// setUp makes a community of the lobby and brings both people into its rooms.
func (c *town) setUp() {
	t := c.t
	t.Helper()
	c.says(c.ann, c.lobby, "nobody here has met me")
	refused := c.bea.Say(t, c.lobby, "", `!setup "Mine"`)
	c.answers(c.bea, c.lobby, refused, "admin")
	cmd := c.ann.Say(t, c.lobby, "", "!setup")
	c.answers(c.ann, c.lobby, cmd, "Name")
	c.ann.Say(t, c.lobby, cmd, "VET Net")
	c.presses(c.ann, c.lobby, c.answers(c.ann, c.lobby, cmd, "Rooms?"), "Create all now")
	c.presses(c.ann, c.lobby, c.answers(c.ann, c.lobby, cmd, "vet-communication"), "Do it")
	c.says(c.ann, c.lobby, "VET Net is ready")
	space := c.comes(c.bea, "the Space", func(string) bool { return true })
	c.ann.Join(t, space)
	children := map[string]bool{}
	matrixtest.Until(t, "five rooms", func() bool {
		for _, e := range c.bea.Events(t, space) {
			if e.Type == "m.space.child" && e.StateKey != nil && *e.StateKey != c.lobby && e.Content["via"] != nil {
				children[*e.StateKey] = true
			}
		}
		return len(children) == 5
	})
	for room := range children {
		for _, p := range []*member{c.ann, c.bea} {
			p.Join(t, room)
		}
		name, _ := c.bea.State(t, room, "m.room.name", "")["name"].(string)
		c.rooms[strings.TrimPrefix(name, "vet-")] = room
	}
	c.says(c.bea, c.rooms["communication"], "I'm Guildhall.")
}

// asks is a question, its answer in the thread, and that it is solved by a reaction. In the middle of
// it something happens.
func (c *town) asks(happens func()) {
	t, room := c.t, c.rooms["communication"]
	t.Helper()
	c.bea.Say(t, room, "", "!ask How do you assess welders <remotely> & fairly?")
	card := c.says(c.ann, room, "H1", "How do you assess welders <remotely> & fairly?")
	happens()
	answer := c.ann.Say(t, room, card.ID, "With video portfolios & a shared rubric.")
	c.bea.React(t, room, answer, "✅")
	c.sees(c.ann, room, "the solved card", func(s matrixtest.Shown) bool { return s.ID == card.ID && c.ours(s, "H1 · solved") })
	c.answers(c.ann, room, card.ID, "solved", "thanks")
	c.once(c.ann, room, "H1 ·")
	// Whether the answer may be kept is asked directly, and only there.
	direct := c.comes(c.ann, "a conversation", func(r string) bool {
		return c.ann.State(t, r, "m.room.name", "") == nil
	})
	c.presses(c.ann, direct, c.says(c.ann, direct, "H1"), "Always")
	// What she presses there and what she types here come beside each other.
	matrixtest.Until(t, "the answer in what is kept", func() bool {
		shown := c.ann.Say(t, room, "", "!show H1")
		return strings.Contains(c.answers(c.ann, room, shown, "H1").Body, "With video portfolios & a shared rubric.")
	})
	// A correction reaches what is kept, and so does a deletion.
	c.ann.Edit(t, room, answer, "With video portfolios and a shared rubric.")
	c.sees(c.bea, room, "the edit", func(s matrixtest.Shown) bool { return s.ID == answer && strings.Contains(s.Body, "and a shared") })
	matrixtest.Until(t, "the correction in what is kept", func() bool {
		shown := c.bea.Say(t, room, "", "!show H1")
		return strings.Contains(c.answers(c.bea, room, shown, "With video").Body, "portfolios and a shared rubric")
	})
}

// deposits is a file with its name and type, found and shown again.
func (c *town) deposits() {
	t, room := c.t, c.rooms["sharing"]
	t.Helper()
	data := []byte("%PDF-1.4 a rubric for welders")
	pdf := c.bea.send(t, room, "rubryka.pdf", data)
	cmd := c.bea.Reply(t, room, pdf, `!deposit "Rubryka oceny spawania" licence:CC-BY-4.0`)
	c.answers(c.bea, room, cmd, "R1", "Rubryka oceny spawania")
	c.says(c.ann, room, "R1 · Rubryka oceny spawania", "rubryka.pdf")
	found := c.ann.Say(t, room, "", "!find rubryka")
	list := c.answers(c.ann, room, found, "R1")
	c.presses(c.ann, room, list, "Show R1")
	file := c.sees(c.ann, room, "the file", func(s matrixtest.Shown) bool { return s.From == c.botID && s.Name == "rubryka.pdf" })
	if got := c.ann.fetch(t, file); string(got) != string(data) {
		t.Errorf("the file came back as %q", got)
	}
	wrong := c.ann.Say(t, room, "", "!show R999")
	c.answers(c.ann, room, wrong, "R999")
	typo := c.ann.Say(t, room, "", "/deposti Something")
	c.answers(c.ann, room, typo, "deposit")
}

// collaborates opens a room, brings a member in, and closes it. In the middle something happens.
func (c *town) collaborates(happens func()) {
	t, room := c.t, c.rooms["collaboration"]
	t.Helper()
	cmd := c.ann.Say(t, room, "", `!collab open "A shared rubric" goal:"One rubric for all" until:"6 weeks"`)
	c.answers(c.ann, room, cmd, "C1 is open")
	card := c.says(c.bea, room, "C1 · A shared rubric", "Join")
	happens()
	c.presses(c.bea, room, card, "Join")
	inside := c.comes(c.bea, "the collaboration's room", func(r string) bool {
		name, _ := c.bea.State(t, r, "m.room.name", "")["name"].(string)
		return strings.Contains(strings.ToLower(name), "c1")
	})
	c.sees(c.bea, room, "two members", func(s matrixtest.Shown) bool { return s.ID == card.ID && strings.Contains(s.Text, "2 members") })
	c.comes(c.ann, "the collaboration's room", func(r string) bool { return r == inside })
	c.bea.Say(t, inside, "", "!collab update We have a first draft.")
	c.sees(c.ann, inside, "the news", func(s matrixtest.Shown) bool { return c.ours(s, "first draft") })
	c.ann.Say(t, inside, "", `!collab close C1 outcome:"We have one rubric for all." resources:R1`)
	c.sees(c.bea, room, "the closed card", func(s matrixtest.Shown) bool { return s.ID == card.ID && strings.Contains(s.Text, "C1 · closed") })
	c.once(c.bea, room, "C1 ·")
}

// promotes makes a practice of a thread, has it reviewed and adopts it.
func (c *town) promotes() {
	t, room := c.t, c.rooms["cooperation"]
	t.Helper()
	for p, profile := range map[*member]string{c.ann: `organisation:"CFP Bologna" country:Italy`, c.bea: `organisation:"ZDZ Poznań" country:Poland`} {
		p.Say(t, room, "", "!profile "+profile)
		name := strings.Split(profile, `"`)[1]
		c.says(p, c.direct(p), name)
		c.told(c.ann, room, c.ann.Say(t, room, "", `!mod org confirm "`+name+`"`), name)
	}
	talk := c.bea.Say(t, room, "", "We assess welders by video portfolios.")
	c.bea.Say(t, room, talk, "We tried it with 16 apprentices, 14 passed.")
	c.bea.Say(t, room, talk, `!promote title:"Remote assessment with video portfolios"`)
	c.answers(c.bea, room, talk, "Messages to quote?")
	c.bea.Say(t, room, talk, "1, 2")
	c.answers(c.bea, room, talk, "P1", "candidate")
	edit := c.bea.Say(t, room, "", `!practice edit P1 context:"Apprentices far away." problem:"Nobody sees them weld." approach:"They film it."`)
	c.answers(c.bea, room, edit, "P1", "saved")
	c.told(c.ann, room, c.ann.Say(t, room, "", "!practice reviewer"), "Thank you")
	c.bea.Say(t, room, "", "!practice submit P1")
	c.says(c.ann, c.direct(c.ann), "P1", "look from outside")
	c.told(c.ann, room, c.ann.Say(t, room, "", `!practice review P1 accept "Clear and useful."`), "P1")
	c.told(c.ann, room, c.ann.Say(t, room, "", "!practice accept P1"), "P1", "accepted")
	c.told(c.ann, room, c.ann.Say(t, room, "", `!practice adopt P1 result:"9 of 10 passed"`), "CFP Bologna", "P1")
	c.sees(c.bea, room, "the practice's card", func(s matrixtest.Shown) bool { return c.ours(s, "P1 ·", "demonstrated") })
}

// told waits for the answer to a command: in its thread, or directly where it is about the person.
func (c *town) told(p *member, room, thread string, words ...string) {
	c.t.Helper()
	direct := c.direct(p)
	matrixtest.Until(c.t, "the answer to "+p.ID+": "+strings.Join(words, " … "), func() bool {
		for _, r := range []string{room, direct} {
			for _, s := range p.read(c.t, r) {
				if (s.Thread == thread || r == direct) && c.ours(s, words...) {
					return true
				}
			}
		}
		return false
	})
}

// direct is the room in which the bot talks with somebody alone.
func (c *town) direct(p *member) string {
	c.t.Helper()
	var found string
	matrixtest.Until(c.t, p.ID+"'s conversation with the bot", func() bool {
		for _, r := range p.Invites(c.t) {
			p.Join(c.t, r)
		}
		joined, err := p.JoinedRooms(c.t.Context())
		if err != nil {
			c.t.Fatal(err)
		}
		for _, r := range joined.JoinedRooms {
			if made := p.State(c.t, string(r), "m.room.create", ""); made["type"] == nil && p.State(c.t, string(r), "m.room.name", "") == nil {
				found = string(r)
			}
		}
		return found != ""
	})
	return found
}
