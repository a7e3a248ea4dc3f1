package discordtest_test

import (
	"sync"
	"testing"

	"github.com/bwmarrin/discordgo"

	"guildhall/adapters/discord/discordtest"
)

// BenchmarkInteractions measures the whole way of a command through an unmodified discordgo that does
// nothing but answer: what it costs beyond this is the app's own.
func BenchmarkInteractions(b *testing.B) {
	srv, err := discordtest.New(discordtest.Options{NoSchema: true, KeepRequests: -1})
	if err != nil {
		b.Fatal(err)
	}
	defer srv.Close()
	guild := srv.AddGuild("VET Net")
	room, ann := guild.AddChannel("general"), srv.AddPerson("ann")
	guild.Join(ann)
	s, err := discordgo.New("Bot " + srv.Token())
	if err != nil {
		b.Fatal(err)
	}
	s.Client, s.Dialer = srv.Client(), srv.Dialer()
	s.Identify.Intents = discordgo.IntentsGuilds
	s.AddHandler(answer(func(*discordgo.InteractionCreate) *discordgo.InteractionResponse {
		return text("done", discordgo.MessageFlagsEphemeral)
	}))
	if err := s.Open(); err != nil {
		b.Fatal(err)
	}
	defer quit(s)
	if _, err := s.ApplicationCommandCreate(srv.App().ID.String(), "", &discordgo.ApplicationCommand{Name: "ask", Description: "Ask"}); err != nil {
		b.Fatal(err)
	}
	b.ResetTimer()
	var people sync.WaitGroup
	work := make(chan struct{}, b.N)
	for range b.N {
		work <- struct{}{}
	}
	close(work)
	for range 32 {
		people.Go(func() {
			for range work {
				i, err := ann.Slash(room, "ask")
				if err == nil {
					_, err = i.Outcome()
				}
				if err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	people.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "interactions/s")
	if l := srv.Latencies(); len(l) > 0 {
		b.ReportMetric(float64(l[len(l)/2].Microseconds()), "p50-µs")
		b.ReportMetric(float64(l[len(l)*99/100].Microseconds()), "p99-µs")
	}
}
