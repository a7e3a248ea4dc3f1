package crowd

import (
	"fmt"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord"
	"guildhall/adapters/discord/discordtest"
	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// Discord is a crowd on Discord: one app in several servers.
type Discord struct {
	srv    *discordtest.Server
	rooms  []*discordtest.Channel
	guilds []*discordtest.Guild
	people []discordPerson
}

type discordPerson struct {
	p    *discordtest.Person
	room *discordtest.Channel
}

var _ Crowd = (*Discord)(nil)

// NewDiscord starts the servers.
func NewDiscord(tb TB, size Size) *Discord {
	tb.Helper()
	srv, err := discordtest.New(discordtest.Options{NoSchema: true, KeepRequests: -1, Patience: time.Minute})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(srv.Close)
	c := &Discord{srv: srv}
	for i := range size.Spaces {
		g := srv.AddGuild(fmt.Sprint("VET Net ", i+1))
		c.guilds, c.rooms = append(c.guilds, g), append(c.rooms, g.AddChannel("help"))
	}
	for m := range size.Members {
		for i, g := range c.guilds {
			p := srv.AddPerson(fmt.Sprint("person", m, "x", i))
			g.Join(p)
			c.people = append(c.people, discordPerson{p, c.rooms[i]})
		}
	}
	return c
}

// People implements Crowd.
func (c *Discord) People() int { return len(c.people) }

// Places implements Crowd.
func (c *Discord) Places() (out []Place) {
	for i, g := range c.guilds {
		out = append(out, Place{g.ID.String(), c.rooms[i].ID.String()})
	}
	return out
}

// Use implements Crowd.
func (c *Discord) Use(person int, command, words string) Took {
	who := c.people[person]
	var options []discordtest.Option
	if words != "" {
		name := "words"
		if command == "ask" {
			name = "question"
		}
		options = append(options, discordtest.Opt(name, words))
	}
	begun := time.Now()
	since := func() time.Duration { return time.Since(begun) }
	i, err := who.p.Slash(who.room, command, options...)
	if err == nil {
		_, err = i.Outcome()
	}
	took := Took{Ack: since()}
	if err == nil {
		_, err = i.Reply()
	}
	took.Seen, took.Late = since(), err != nil
	return took
}

// Echo implements Crowd with discordgo.
func (c *Discord) Echo(tb TB, command string) bool {
	tb.Helper()
	s, err := discordgo.New("Bot " + c.srv.Token())
	if err != nil {
		tb.Fatalf("%v", err)
	}
	s.Client, s.Dialer = c.srv.Client(), c.srv.Dialer()
	s.Identify.Intents = discordgo.IntentsGuilds
	s.AddHandler(func(s *discordgo.Session, i *discordgo.InteractionCreate) {
		err := s.InteractionRespond(i.Interaction, &discordgo.InteractionResponse{Type: discordgo.InteractionResponseChannelMessageWithSource,
			Data: &discordgo.InteractionResponseData{Content: "ok", Flags: discordgo.MessageFlagsEphemeral}})
		if err != nil {
			tb.Errorf("%v", err)
		}
	})
	if err := s.Open(); err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	about := &discordgo.ApplicationCommand{Name: command, Description: "Echo", Options: []*discordgo.ApplicationCommandOption{
		{Type: discordgo.ApplicationCommandOptionString, Name: "words", Description: "Words"},
		{Type: discordgo.ApplicationCommandOptionString, Name: "question", Description: "Question"}}}
	if _, err := s.ApplicationCommandCreate(c.srv.App().ID.String(), "", about); err != nil {
		tb.Fatalf("%v", err)
	}
	return true
}

// Adapter implements Crowd.
func (c *Discord) Adapter(tb TB, db *sqlstore.DB) chat.Platform {
	p, err := discord.New(discord.Options{Token: c.srv.Token(), APIURL: c.srv.APIURL(), Content: true, Store: db.Discord()})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return p
}

// Ready implements Crowd.
func (c *Discord) Ready(tb TB) {
	if err := c.srv.Connected(1); err != nil {
		tb.Fatalf("%v", err)
	}
}
