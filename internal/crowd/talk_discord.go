package crowd

import (
	"strings"
	"time"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord"
	"guildhall/adapters/sqlstore"
	"guildhall/core/chat"
)

// DiscordTalk is the same crowd, who write to the app in the channel (@Guildhall note …) and are answered there by a
// message, for all to see.
type DiscordTalk struct{ *Discord }

var _ Crowd = DiscordTalk{}

// unlimited is more requests than anybody makes in a second: the servers here have no limit, and the echo keeps none.
const unlimited = 1_000_000

// Use implements Crowd. Nobody sees when a message was acknowledged.
func (c DiscordTalk) Use(person int, command, words string) Took {
	who := c.people[person]
	begun := time.Now()
	said, err := who.p.Say(who.room, "<@"+c.srv.App().Bot.ID.String()+"> "+command+" "+words)
	if err == nil {
		_, err = who.p.SeesAnswer(said, strings.TrimSpace(words))
	}
	return Took{Seen: time.Since(begun), Late: err != nil}
}

// Echo implements Crowd with discordgo.
func (c DiscordTalk) Echo(tb TB, _ string) bool {
	tb.Helper()
	s, err := discordgo.New("Bot " + c.srv.Token())
	if err != nil {
		tb.Fatalf("%v", err)
	}
	s.Client, s.Dialer = c.srv.Client(), c.srv.Dialer()
	s.Identify.Intents = discordgo.IntentsGuilds | discordgo.IntentsGuildMessages | discordgo.IntentMessageContent
	s.AddHandler(func(s *discordgo.Session, m *discordgo.MessageCreate) {
		if m.Author == nil || m.Author.Bot {
			return
		}
		if _, err := s.ChannelMessageSend(m.ChannelID, "ok "+m.Content); err != nil {
			tb.Errorf("%v", err)
		}
	})
	if err := s.Open(); err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(func() { _ = s.Close() })
	return true
}

// Adapter implements Crowd.
func (c DiscordTalk) Adapter(tb TB, db *sqlstore.DB) chat.Platform {
	p, err := discord.New(discord.Options{Token: c.srv.Token(), APIURL: c.srv.APIURL(), Content: true, Store: db.Discord(), PerSecond: unlimited})
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return p
}
