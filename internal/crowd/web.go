package crowd

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/adapters/webchat"
	"guildhall/adapters/webchat/webchattest"
	"guildhall/core/chat"
)

// Web is a crowd in the web chat, over HTTP. It has no library to echo with.
type Web struct {
	spaces []webchat.Space
	who    []webchat.Persona

	rooms  map[chat.SpaceID]chat.RoomID
	people []*webchattest.Person
}

var _ Crowd = (*Web)(nil)

// NewWeb makes the people of a web chat.
func NewWeb(_ TB, size Size) *Web {
	c := &Web{rooms: map[chat.SpaceID]chat.RoomID{}}
	for i := range size.Spaces {
		c.spaces = append(c.spaces, webchat.Space{ID: chat.SpaceID(fmt.Sprint("net", i)), Name: fmt.Sprint("VET Net ", i+1), Lang: "en"})
	}
	for m := range size.Members {
		for i, s := range c.spaces {
			c.who = append(c.who, webchat.Persona{Account: chat.AccountID(fmt.Sprintf("p%d-%d", m, i)), Name: fmt.Sprint("Person ", m), Locale: "en",
				Zone: "Europe/Dublin", Spaces: []chat.SpaceID{s.ID}})
		}
	}
	return c
}

// People implements Crowd.
func (c *Web) People() int { return len(c.who) }

// Places implements Crowd; they are known once the adapter is made.
func (c *Web) Places() (out []Place) {
	for _, s := range c.spaces {
		out = append(out, Place{string(s.ID), string(c.rooms[s.ID])})
	}
	return out
}

// Use implements Crowd. The answer comes with the acknowledgement.
func (c *Web) Use(person int, command, words string) Took {
	begun := time.Now()
	came, err := c.people[person].Say(context.Background(), c.rooms[c.who[person].Spaces[0]], "", "/"+command+" "+words)
	took := time.Since(begun)
	return Took{took, took, err != nil || came.Answer == nil}
}

// Echo implements Crowd: there is none.
func (*Web) Echo(TB, string) bool { return false }

// Adapter implements Crowd. What was said is kept in memory: its own journal is no part of a bridge.
func (c *Web) Adapter(tb TB, _ *sqlstore.DB) chat.Platform {
	tb.Helper()
	l, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("%v", err)
	}
	url := "http://" + l.Addr().String() + "/"
	p, err := webchat.New(webchat.Options{Dir: tb.TempDir(), Spaces: c.spaces, Personas: c.who, URL: url, Store: &webchat.Memory{}})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	server := &http.Server{Handler: p.Handler(), ReadHeaderTimeout: time.Minute}
	go func() { _ = server.Serve(l) }()
	tb.Cleanup(func() { _ = server.Close(); _ = p.Close() })
	client := webchattest.New(url)
	tb.Cleanup(client.Close)
	for _, w := range c.who {
		c.people = append(c.people, client.As(w.Account))
	}
	for i, s := range c.spaces {
		room, err := c.people[i].Room(context.Background(), s.ID, "lobby")
		if err != nil {
			tb.Fatalf("%v", err)
		}
		c.rooms[s.ID] = room
	}
	return p
}

// Ready implements Crowd.
func (*Web) Ready(TB) {}
