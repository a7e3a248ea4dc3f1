package matrixjs_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/internal/dendrite"
)

const password = "a pass phrase"

// town is a homeserver of its own, the program on it, and two members.
type town struct {
	t        *testing.T
	server   *dendrite.Server
	hall     *hall
	bot      string // the program's account
	ann, bea *client
	lobby    string
	rooms    map[string]string // the sections' rooms
}

// newTown brings ann, bea and the program's account into a room; the program does not run yet.
func newTown(t *testing.T, sealed bool) *town {
	t.Helper()
	s := dendrite.Start(t)
	c := &town{t: t, server: s, rooms: map[string]string{}}
	c.bot = s.Register(t, "guildhall", password)
	c.ann, c.bea = newClient(t, "ann"), newClient(t, "bea")
	for _, p := range []*client{c.ann, c.bea} {
		s.Register(t, p.name, password)
		p.account = p.does("login", fields{"homeserver": s.URL(), "user": p.name, "password": password, "sealed": sealed})
	}
	c.lobby = c.ann.does("room", fields{"name": "Lobby", "invite": []string{c.bot, c.bea.account}, "sealed": sealed})
	c.bea.joins(c.lobby)
	return c
}

// outage has the program start again while the homeserver is away, and then the homeserver, too. What
// the program was sending when it went could be lost by this homeserver, which keeps the queue between
// its parts in memory; so the program is not sending then, and message, the last that was said in a
// room, has come to somebody else.
func (c *town) outage(p *client, room, message string) {
	c.t.Helper()
	c.sees(p, room, "what was just said", func(s shown) bool { return s.ID == message })
	if err := c.server.Stop(); err != nil {
		c.t.Fatal(err)
	}
	c.hall.start()
	c.until("the program's trying in vain", func() bool { return strings.Contains(c.hall.lastWords(), "connection refused") })
	if err := c.server.Start(); err != nil {
		c.t.Fatal(err)
	}
	for _, p := range []*client{c.ann, c.bea} {
		if err := p.try("online", nil, nil); err != nil {
			c.t.Fatal(err)
		}
	}
}

// shown is a message as the client shows it, with its last edit.
type shown struct {
	ID, From, Thread, Kind, Body, HTML, Name string
	Key                                      string // what the program notes in its messages
	Failed                                   bool   // could not be decrypted
	Sealed                                   bool
	Shield                                   int // above 0 the client warns of the sender's device
	Reactions                                []struct{ From, Key string }
}

// room is a room as the client knows it.
type room struct {
	ID, Membership, Name string
	Space, Sealed        bool
	Children             []string
}

func (p *client) joins(room string) { p.t.Helper(); p.does("join", fields{"room": room}) }

func (p *client) says(room, thread, body string) string {
	p.t.Helper()
	return p.does("say", fields{"room": room, "thread": thread, "body": body})
}

func (p *client) replies(room, to, body string) string {
	p.t.Helper()
	return p.does("reply", fields{"room": room, "to": to, "body": body})
}

func (p *client) reacts(room, to, key string) {
	p.t.Helper()
	p.does("react", fields{"room": room, "to": to, "key": key})
}

func (p *client) sendsFile(room, name, kind string, data []byte) string {
	p.t.Helper()
	return p.does("file", fields{"room": room, "name": name, "type": kind, "data": base64.StdEncoding.EncodeToString(data)})
}

func (p *client) fetches(room, message string) string {
	p.t.Helper()
	data, err := base64.StdEncoding.DecodeString(p.does("fetch", fields{"room": room, "message": message}))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(data)
}

func (p *client) reads(room string) (out []shown) {
	p.t.Helper()
	if err := p.try("see", fields{"room": room}, &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

func (p *client) knows() (out []room) {
	p.t.Helper()
	if err := p.try("rooms", nil, &out); err != nil {
		p.t.Fatal(err)
	}
	return out
}

// until polls, as a person looks at the screen: another process tells when it has something new.
func (c *town) until(what string, f func() bool) {
	c.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !f(); <-tick.C {
		if time.Now().After(end) {
			c.t.Fatalf("%s did not come about within %v", what, patience)
		}
	}
}

// sees waits for a message that suits.
func (c *town) sees(p *client, room, what string, suits func(shown) bool) (found shown) {
	c.t.Helper()
	defer func() {
		if found.ID == "" {
			c.t.Log(c.dump(p, room))
		}
	}()
	c.until(p.name+" seeing "+what, func() bool {
		for _, s := range p.reads(room) {
			if suits(s) {
				found = s
				return true
			}
		}
		return false
	})
	return found
}

// ours says whether the program said all of these words in a message.
func (c *town) ours(s shown, words ...string) bool {
	return s.From == c.bot && !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(s.Body, w) })
}

// hears waits for something that the program says in a room.
func (c *town) hears(p *client, room string, words ...string) shown {
	c.t.Helper()
	return c.sees(p, room, strings.Join(words, " … "), func(s shown) bool { return c.ours(s, words...) })
}

// answer waits for what the program says in a thread.
func (c *town) answer(p *client, room, thread string, words ...string) shown {
	c.t.Helper()
	return c.sees(p, room, "in the thread: "+strings.Join(words, " … "), func(s shown) bool { return s.Thread == thread && c.ours(s, words...) })
}

// told waits for the answer to a command: in its thread, or directly where it is about the person.
func (c *town) told(p *client, room, thread string, words ...string) {
	c.t.Helper()
	c.until("the answer to "+p.name+": "+strings.Join(words, " … "), func() bool {
		for _, s := range p.reads(room) {
			if s.Thread == thread && c.ours(s, words...) {
				return true
			}
		}
		return slices.ContainsFunc(p.reads(c.direct(p)), func(s shown) bool { return c.ours(s, words...) })
	})
}

// presses reacts with what a button of a message stands for, once the program has put it there.
func (c *town) presses(p *client, room string, s shown, label string) {
	c.t.Helper()
	key := ""
	c.sees(p, room, "the button "+label, func(x shown) bool {
		if x.ID != s.ID {
			return false
		}
		for _, r := range x.Reactions {
			if r.From == c.bot && standsFor(x.Body, r.Key, label) {
				key = r.Key
			}
		}
		return key != ""
	})
	p.reacts(room, s.ID, key)
}

// standsFor says whether a line of a text tells what a reaction stands for: "🤝 Join", "1. Create all
// now" for 1️⃣.
func standsFor(body, key, label string) bool {
	for line := range strings.SplitSeq(body, "\n") {
		digit, numbered := strings.CutSuffix(key, "\ufe0f\u20e3")
		marked := strings.Contains(line, key) || numbered && strings.HasPrefix(strings.TrimSpace(line), digit+".")
		if marked && strings.Contains(line, label) {
			return true
		}
	}
	return false
}

// once checks that the program has one message with these words in a room.
func (c *town) once(p *client, room string, words ...string) {
	c.t.Helper()
	n := 0
	for _, s := range p.reads(room) {
		if c.ours(s, words...) {
			n++
		}
	}
	if n != 1 {
		c.t.Errorf("%q was said %d times\n%s", words, n, c.dump(p, room))
	}
}

// nothingTwice checks all rooms of both members: each message of the program stands there once, and
// everything can be read.
func (c *town) nothingTwice() {
	c.t.Helper()
	for _, p := range []*client{c.ann, c.bea} {
		for _, r := range p.knows() {
			if r.Membership != "join" || r.Space {
				continue
			}
			seen := map[string]shown{}
			for _, s := range p.reads(r.ID) {
				if s.Failed {
					c.t.Errorf("%s cannot read a message of %s in %s", p.name, s.From, r.Name)
				}
				if s.Sealed != r.Sealed || s.Shield != 0 {
					c.t.Errorf("%s sees in %s (encrypted: %v): encrypted %v, shield %d: %q", p.name, r.Name, r.Sealed, s.Sealed, s.Shield, s.Body)
				}
				if was, twice := seen[s.Key]; s.From == c.bot && twice {
					c.t.Errorf("%s sees in %s twice: %q, %q", p.name, r.Name, was.Body, s.Body)
				}
				if s.Key != "" {
					seen[s.Key] = s
				}
			}
			if len(seen) == 0 {
				c.t.Errorf("%s sees no key in %s", p.name, r.Name)
			}
		}
	}
}

// comes joins the rooms that somebody is invited to, until one suits, and returns it.
func (c *town) comes(p *client, what string, suits func(room) bool) (id string) {
	c.t.Helper()
	c.until(p.name+"'s coming into "+what, func() bool {
		for _, r := range p.knows() {
			switch {
			case r.Membership == "invite":
				p.joins(r.ID)
			case r.Membership == "join" && suits(r):
				id = r.ID
				return true
			}
		}
		return false
	})
	return id
}

// direct is the room in which the program talks with somebody alone. It alone has no name.
func (c *town) direct(p *client) string {
	c.t.Helper()
	return c.comes(p, "the conversation with the program", func(r room) bool { return !r.Space && r.Name == "" })
}

func (c *town) dump(p *client, room string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "what %s sees:\n", p.name)
	for _, s := range p.reads(room) {
		fmt.Fprintf(&b, "%.6s in %.6s %s: %s %v\n", s.ID, s.Thread, s.From, s.Body, s.Reactions)
	}
	return b.String()
}
