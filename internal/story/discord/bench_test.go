package discord_test

import (
	"path/filepath"
	"testing"

	"guildhall/internal/crowd"
)

// outstanding is how many people wait for an answer at the same time.
const outstanding = 32

// BenchmarkBesideABareEcho measures the whole way of a command on the fake Discord, from the event to
// the answer that its person sees, beside an unmodified discordgo that stores nothing and answers "ok":
//
//	go test ./internal/story/discord -run '^$' -bench . -benchtime 3s
//
// Each of ours is durable on SQLite before it is answered. note is the least there is: one row and an
// answer; ask opens a request, with its number, card, search entry and thread; help only reads. The
// figure that travels is ratio: ours by the echo's in the same run.
func BenchmarkBesideABareEcho(b *testing.B) {
	for _, c := range []struct {
		name   string
		engine crowd.Engine
		words  func() string
	}{
		{"note", crowd.Notes, func() string { return crowd.Made(6) }},
		{"ask", crowd.Whole, func() string { return crowd.Made(12) }},
		{"help", crowd.Whole, func() string { return "" }},
	} {
		b.Run(c.name, func(b *testing.B) {
			size := crowd.Size{Spaces: 1, Members: outstanding}
			echo, ours := crowd.NewDiscord(b, size), crowd.NewDiscord(b, size)
			echo.Echo(b, c.name)
			crowd.Guildhall(b, ours, "sqlite:"+filepath.Join(b.TempDir(), "guildhall.db"), c.engine)
			crowd.Together(ours, outstanding, 2*outstanding, c.name, c.words) // everybody is a member from here on
			b.ResetTimer()
			rate, each := crowd.Together(ours, outstanding, b.N, c.name, c.words)
			b.StopTimer()
			bare, _ := crowd.Together(echo, outstanding, max(b.N, 500), c.name, c.words)
			b.ReportMetric(rate, "commands/s")
			b.ReportMetric(bare, "echo/s")
			b.ReportMetric(rate/bare, "ratio")
			b.ReportMetric(crowd.Millis(crowd.Part(each, 0.5, crowd.Ack)), "p50-ms")
			b.ReportMetric(crowd.Millis(crowd.Part(each, 0.99, crowd.Ack)), "p99-ms")
			b.ReportMetric(float64(crowd.Late(each)), "late")
			b.ReportMetric(0, "ns/op")
		})
	}
}
