package slacktest_test

import (
	"context"
	"io"
	"log"
	"sync"
	"testing"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"

	"guildhall/adapters/slack/slacktest"
)

// BenchmarkSlashCommands is how many commands a second an echo made of nothing but slack-go answers over
// Socket Mode, with 32 people waiting each for their answer: what this Slack leaves to an adapter.
func BenchmarkSlashCommands(b *testing.B) {
	s := slacktest.New(b, slacktest.WithoutLimits(), slacktest.WithoutRecords())
	w := s.Workspace()
	api := slack.New(s.BotToken(), slack.OptionAppLevelToken(s.AppToken()), slack.OptionAPIURL(s.APIURL()))
	ctx, cancel := context.WithCancel(b.Context())
	var running sync.WaitGroup
	for range 2 {
		client := socketmode.New(api, socketmode.OptionLog(log.New(io.Discard, "", 0)))
		running.Go(func() { _ = client.RunContext(ctx) })
		running.Go(func() {
			for {
				select {
				case <-ctx.Done():
					return
				case ev := <-client.Events:
					if ev.Type == socketmode.EventTypeSlashCommand {
						_ = client.AckCtx(ctx, ev.Request.EnvelopeID, map[string]any{"text": "done"})
					}
				}
			}
		})
	}
	s.AwaitSockets(2)
	people := make(chan *slacktest.User, 32)
	for i := range 32 {
		people <- w.User("p" + string(rune('a'+i%26)) + string(rune('a'+i/26)))
	}
	b.SetParallelism(16)
	b.ReportAllocs()
	s.ResetStats()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		u := <-people
		for pb.Next() {
			if err := u.Slash("#general", "/ask", "how?").Wait().Err(); err != "" {
				b.Error(err)
				return
			}
		}
	})
	b.StopTimer()
	st := s.Stats()
	b.ReportMetric(st.PerSecond, "commands/s")
	b.ReportMetric(float64(st.P50.Microseconds()), "µs-p50")
	b.ReportMetric(float64(st.P99.Microseconds()), "µs-p99")
	cancel()
	running.Wait()
}
