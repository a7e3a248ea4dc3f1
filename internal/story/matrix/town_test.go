package matrix_test

import (
	"fmt"
	"strings"
	"testing"

	"guildhall/adapters/matrix/matrixtest"
	"guildhall/internal/dendrite"
)

// town is a homeserver of its own with the bot and two people in a room.
type town struct {
	t        testing.TB
	server   *dendrite.Server
	bot      *bot
	botID    string
	ann, bea *member
	lobby    string
	rooms    map[string]string // the sections' rooms by section
}

// member is a person with a client that shows them rooms, perhaps encrypted ones.
type member struct {
	*matrixtest.Person
	read  func(t testing.TB, room string) []matrixtest.Shown
	send  func(t testing.TB, room, name string, data []byte) string // a PDF
	fetch func(t testing.TB, s matrixtest.Shown) []byte
}

func newTown(t testing.TB) *town {
	t.Helper()
	s := dendrite.Start(t)
	c := &town{t: t, server: s, rooms: map[string]string{}}
	c.botID = s.Register(t, matrixtest.Name("guildhall"), matrixtest.Password)
	c.ann, c.bea = c.member("ann"), c.member("bea")
	c.lobby = c.ann.NewRoom(t, "Lobby", c.botID, c.bea.ID)
	c.bea.Join(t, c.lobby)
	return c
}

func (c *town) member(name string) *member {
	c.t.Helper()
	p := matrixtest.Register(c.t, c.server, matrixtest.Name(name))
	return &member{p, p.Show, func(t testing.TB, room, name string, data []byte) string {
		return p.File(t, room, "", name, "", "application/pdf", data)
	}, func(t testing.TB, s matrixtest.Shown) []byte { return p.Fetch(t, s.URL) }}
}

// sees waits for what somebody sees in a room.
func (c *town) sees(p *member, room, what string, suits func(matrixtest.Shown) bool) matrixtest.Shown {
	c.t.Helper()
	var found matrixtest.Shown
	defer func() {
		if found.ID == "" {
			c.t.Log(c.dump(p, room))
		}
	}()
	matrixtest.Until(c.t, p.ID+" seeing "+what, func() bool {
		for _, s := range p.read(c.t, room) {
			if suits(s) {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// says waits for something that the bot says in a room, with all of these words.
func (c *town) says(p *member, room string, words ...string) matrixtest.Shown {
	c.t.Helper()
	return c.sees(p, room, strings.Join(words, " … "), func(s matrixtest.Shown) bool { return c.ours(s, words...) })
}

func (c *town) ours(s matrixtest.Shown, words ...string) bool {
	if s.From != c.botID {
		return false
	}
	for _, w := range words {
		if !strings.Contains(s.Text, w) && !strings.Contains(s.Body, w) {
			return false
		}
	}
	return true
}

// answers waits for the bot's answer in a thread.
func (c *town) answers(p *member, room, thread string, words ...string) matrixtest.Shown {
	c.t.Helper()
	return c.sees(p, room, "in the thread: "+strings.Join(words, " … "), func(s matrixtest.Shown) bool {
		return s.Thread == thread && c.ours(s, words...)
	})
}

// presses reacts with what a button of a message stands for.
func (c *town) presses(p *member, room string, s matrixtest.Shown, label string) {
	c.t.Helper()
	at := c.sees(p, room, "the button "+label, func(x matrixtest.Shown) bool { return x.ID == s.ID && x.Button(label) != "" })
	p.React(c.t, room, s.ID, at.Button(label))
}

// once checks that the bot said something in a room exactly once.
func (c *town) once(p *member, room string, words ...string) {
	c.t.Helper()
	n := 0
	for _, s := range p.read(c.t, room) {
		if c.ours(s, words...) {
			n++
		}
	}
	if n != 1 {
		c.t.Errorf("%q was said %d times\n%s", words, n, c.dump(p, room))
	}
}

// comes joins the newest room that somebody is invited to, once there is one that suits, and returns it.
func (c *town) comes(p *member, what string, suits func(room string) bool) string {
	c.t.Helper()
	var room string
	matrixtest.Until(c.t, p.ID+"'s invitation to "+what, func() bool {
		for _, r := range p.Invites(c.t) {
			p.Join(c.t, r)
			if suits(r) {
				room = r
				return true
			}
		}
		return false
	})
	return room
}

func (c *town) dump(p *member, room string) string {
	var b strings.Builder
	for _, s := range p.read(c.t, room) {
		thread := ""
		if s.Thread != "" {
			thread = "  in " + s.Thread[:6]
		}
		fmt.Fprintf(&b, "%s%s %s: %s %v\n", s.ID[:6], thread, s.From, s.Body, s.Buttons)
	}
	return b.String()
}
