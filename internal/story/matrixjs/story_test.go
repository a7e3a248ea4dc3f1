// Package matrixjs_test has two members live a community's story with matrix-js-sdk, the library that
// Element is made of, on a real homeserver, with the program as it is released.
package matrixjs_test

import (
	"strings"
	"testing"
)

// In plain rooms of a Space, with the program killed and the homeserver restarted in the middle.
func TestPlainStory(t *testing.T) {
	t.Parallel()
	c := newTown(t, false)
	c.hall = newHall(t, c.server.URL(), c.bot)
	c.setUp()
	c.live()
}

// In one encrypted room, with clients that give no key to an unsigned device: nothing is taken before
// the room's admin agreed.
func TestSealedStory(t *testing.T) {
	t.Parallel()
	c := newTown(t, true)
	c.hall = newHall(t, c.server.URL(), c.bot)
	c.setUpSealed()
	c.live()
}

// live is all that comes after the community is there.
func (c *town) live() {
	c.t.Helper()
	c.asks()
	c.deposits()
	c.collaborates()
	c.promotes()
	c.asksInTrouble()
	c.nothingTwice()
}

// setUp makes a community of the lobby and brings both members into its rooms.
func (c *town) setUp() {
	c.t.Helper()
	c.hears(c.ann, c.lobby, "nobody here has met me")
	refused := c.bea.says(c.lobby, "", `!setup "Mine"`)
	c.answer(c.bea, c.lobby, refused, "admin")
	cmd := c.ann.says(c.lobby, "", "!setup")
	c.answer(c.ann, c.lobby, cmd, "Name")
	c.ann.says(c.lobby, cmd, "VET Net")
	c.presses(c.ann, c.lobby, c.answer(c.ann, c.lobby, cmd, "Rooms?"), "Create all now")
	c.presses(c.ann, c.lobby, c.answer(c.ann, c.lobby, cmd, "vet-communication"), "Do it")
	c.hears(c.ann, c.lobby, "VET Net is ready")
	for _, p := range []*client{c.ann, c.bea} {
		space := c.comes(p, "the Space", func(r room) bool { return r.Space })
		c.until("five rooms", func() bool {
			for _, r := range p.knows() {
				if r.ID != space {
					continue
				}
				for _, child := range r.Children {
					p.joins(child)
				}
				return len(r.Children) == 6 // and the lobby
			}
			return false
		})
		for _, r := range p.knows() {
			if section, ok := strings.CutPrefix(r.Name, "vet-"); ok {
				c.rooms[section] = r.ID
			}
		}
	}
	c.hears(c.bea, c.rooms["communication"], "I'm Guildhall.")
}

// setUpSealed makes a community of the encrypted lobby alone.
func (c *town) setUpSealed() {
	c.t.Helper()
	c.hears(c.ann, c.lobby, "nobody here has met me")
	rooms := ""
	for _, section := range []string{"communication", "sharing", "collaboration", "cooperation", "news"} {
		c.rooms[section] = c.lobby
		rooms += section + ":Lobby "
	}
	cmd := c.ann.says(c.lobby, "", `!setup "VET Net" rooms:"`+strings.TrimSpace(rooms)+`"`)
	c.presses(c.ann, c.lobby, c.answer(c.ann, c.lobby, cmd, "Lobby"), "Do it")
	c.hears(c.ann, c.lobby, "VET Net is ready")
	early := c.bea.says(c.lobby, "", "!ask Too early?")
	c.answer(c.bea, c.lobby, early, "encrypted")
	again := c.ann.says(c.lobby, "", "!ask Too early?")
	c.presses(c.ann, c.lobby, c.answer(c.ann, c.lobby, again, "encrypted"), "gree")
}

// asks is a question, its answer in the thread, and that it is solved by a reaction. The program is
// killed as soon as the question is sent.
func (c *town) asks() {
	t, room := c.t, c.rooms["communication"]
	t.Helper()
	c.bea.says(room, "", "!ask How do you assess welders <remotely> & fairly?")
	c.hall.restart()
	card := c.hears(c.ann, room, "H1", "How do you assess welders <remotely> & fairly?")
	answer := c.ann.says(room, card.ID, "With video portfolios & a shared rubric.")
	c.bea.reacts(room, answer, "✅")
	c.sees(c.ann, room, "the solved card", func(s shown) bool { return s.ID == card.ID && c.ours(s, "H1 · solved") })
	c.answer(c.ann, room, card.ID, "solved", "thanks")
	c.once(c.ann, room, "H1 ·")
	// Whether the answer may be kept is asked directly.
	direct := c.direct(c.ann)
	c.presses(c.ann, direct, c.hears(c.ann, direct, "H1"), "Always")
	c.kept("With video portfolios & a shared rubric.", true)
	c.ann.does("edit", fields{"room": room, "to": answer, "body": "With video portfolios and a shared rubric."})
	c.kept("With video portfolios and a shared rubric.", true)
	c.ann.does("redact", fields{"room": room, "message": answer})
	c.kept("With video portfolios", false)
}

// kept waits until what is kept of the first question has these words, or has them no more.
func (c *town) kept(words string, want bool) {
	c.t.Helper()
	room := c.rooms["communication"]
	c.until("what is kept: "+words, func() bool {
		cmd := c.bea.says(room, "", "!show H1")
		return strings.Contains(c.answer(c.bea, room, cmd, "H1").Body, words) == want
	})
}

// deposits is a file that is kept, found and shown again. The program is killed as soon as it is sent.
func (c *town) deposits() {
	t, room := c.t, c.rooms["sharing"]
	t.Helper()
	data := "%PDF-1.4 a rubric for welders"
	pdf := c.bea.sendsFile(room, "rubryka.pdf", "application/pdf", []byte(data))
	cmd := c.bea.replies(room, pdf, `!deposit "Rubryka oceny spawania" licence:CC-BY-4.0`)
	c.hall.restart()
	c.answer(c.bea, room, cmd, "R1", "Rubryka oceny spawania")
	c.hears(c.ann, room, "R1 · Rubryka oceny spawania", "rubryka.pdf")
	found := c.ann.says(room, "", "!find rubryka")
	c.presses(c.ann, room, c.answer(c.ann, room, found, "R1"), "Show R1")
	file := c.sees(c.ann, room, "the file", func(s shown) bool { return s.From == c.bot && s.Name == "rubryka.pdf" })
	if got := c.ann.fetches(room, file.ID); got != data {
		t.Errorf("the file came back as %q", got)
	}
}

// collaborates opens a room, brings a member in, and closes it. While the room is asked for, program
// and homeserver are away, and the program is killed while somebody joins.
func (c *town) collaborates() {
	t, outside := c.t, c.rooms["collaboration"]
	t.Helper()
	c.hall.kill()
	cmd := c.ann.says(outside, "", `!collab open "A shared rubric" goal:"One rubric for all" until:"6 weeks"`)
	c.outage(c.bea, outside, cmd)
	c.answer(c.ann, outside, cmd, "C1 is open")
	card := c.hears(c.bea, outside, "C1 · A shared rubric", "Join")
	c.presses(c.bea, outside, card, "Join")
	c.hall.restart()
	named := func(r room) bool { return strings.Contains(strings.ToLower(r.Name), "c1") }
	inside := c.comes(c.bea, "the collaboration's room", named)
	if other := c.comes(c.ann, "the collaboration's room", named); other != inside {
		t.Errorf("the collaboration has two rooms: %s and %s", inside, other)
	}
	c.sees(c.bea, outside, "two members", func(s shown) bool { return s.ID == card.ID && strings.Contains(s.Body, "2 members") })
	c.bea.says(inside, "", "!collab update We have a first draft.")
	c.hears(c.ann, inside, "first draft")
	c.ann.says(inside, "", `!collab close C1 outcome:"We have one rubric for all." resources:R1`)
	c.sees(c.bea, outside, "the closed card", func(s shown) bool { return s.ID == card.ID && strings.Contains(s.Body, "C1 · closed") })
	c.once(c.bea, outside, "C1 ·")
}

// promotes makes a practice of a thread, has it reviewed and adopts it.
func (c *town) promotes() {
	t, room := c.t, c.rooms["cooperation"]
	t.Helper()
	for p, profile := range map[*client]string{c.ann: `organisation:"CFP Bologna" country:Italy`, c.bea: `organisation:"ZDZ Poznań" country:Poland`} {
		p.says(room, "", "!profile "+profile)
		name := strings.Split(profile, `"`)[1]
		c.hears(p, c.direct(p), name)
		c.told(c.ann, room, c.ann.says(room, "", `!mod org confirm "`+name+`"`), name)
	}
	talk := c.bea.says(room, "", "We assess welders by video portfolios.")
	c.bea.says(room, talk, "We tried it with 16 apprentices, 14 passed.")
	c.bea.says(room, talk, `!promote title:"Remote assessment with video portfolios"`)
	c.answer(c.bea, room, talk, "Messages to quote?")
	c.bea.says(room, talk, "1, 2")
	c.answer(c.bea, room, talk, "P1", "candidate")
	edit := c.bea.says(room, "", `!practice edit P1 context:"Apprentices far away." problem:"Nobody sees them weld." approach:"They film it."`)
	c.answer(c.bea, room, edit, "P1", "saved")
	c.told(c.ann, room, c.ann.says(room, "", "!practice reviewer"), "Thank you")
	c.bea.says(room, "", "!practice submit P1")
	c.hears(c.ann, c.direct(c.ann), "P1", "look from outside")
	c.told(c.ann, room, c.ann.says(room, "", `!practice review P1 accept "Clear and useful."`), "P1")
	c.told(c.ann, room, c.ann.says(room, "", "!practice accept P1"), "P1", "accepted")
	c.told(c.ann, room, c.ann.says(room, "", `!practice adopt P1 result:"9 of 10 passed"`), "CFP Bologna", "P1")
	c.hears(c.bea, room, "P1 ·", "demonstrated")
}

// asksInTrouble gives commands one after the other while the program is killed and the homeserver is
// restarted: each is answered once, and each question is kept once.
func (c *town) asksInTrouble() {
	t, room := c.t, c.rooms["communication"]
	t.Helper()
	questions := []string{"Who lends us a lathe?", "Which paint dries fastest?", "Where do bakers train?", "What does a kiln cost?"}
	cmds := make([]string, len(questions))
	for i, q := range questions {
		p := []*client{c.ann, c.bea}[i%2]
		// All that people may write before a command.
		ask := []string{"!ask ", "/ask ", "@guildhall: ask ", c.bot + " ask "}[i] + q
		if i == 1 {
			c.hall.kill()
			cmds[i] = p.says(room, "", ask)
			c.outage(c.ann, room, cmds[i])
			continue
		}
		cmds[i] = p.says(room, "", ask)
		c.hall.restart()
	}
	for i, q := range questions {
		c.answer(c.ann, room, cmds[i], "H")
		c.hears(c.ann, room, "H", q)
	}
	for i := range questions {
		n := 0
		for _, s := range c.ann.reads(room) {
			if s.Thread == cmds[i] && c.ours(s) {
				n++
			}
		}
		if n != 1 {
			t.Errorf("%q was answered %d times\n%s", questions[i], n, c.dump(c.ann, room))
		}
	}
	for _, id := range []string{"H2", "H3", "H4", "H5"} {
		c.hears(c.ann, room, id+" ")
	}
	list := c.bea.says(room, "", "!requests")
	got := c.answer(c.bea, room, list, "H5")
	if strings.Contains(got.Body, "H6") {
		t.Errorf("a question is kept twice: %s", got.Body)
	}
}
