package slack_test

import (
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"guildhall/internal/crowd"
	"guildhall/internal/pgtest"
)

// outstanding is how many people wait for an answer at the same time.
const outstanding = 32

// stores are addresses of empty stores, as durable as in production.
var stores = []struct {
	name string
	open func(b *testing.B) string
}{
	{"sqlite", func(b *testing.B) string { return "sqlite:" + filepath.Join(b.TempDir(), "guildhall.db") }},
	{"postgres", func(b *testing.B) string { return pgtest.New(b, pgtest.Durable) }},
}

func newCrowd(b *testing.B) *crowd.Slack {
	return crowd.NewSlack(b, crowd.Size{Spaces: 1, Members: outstanding})
}

// BenchmarkBesideABareEcho measures the whole way of a command on the fake Slack, from the envelope to the
// answer that its person sees, beside an unmodified slack-go that stores nothing and answers "ok":
//
//	go test ./internal/story/slack -run '^$' -bench BesideABareEcho -benchtime 3s
//
// Each of ours is durable before it is answered. note is the least there is: one row and an answer; ask
// opens a request, with its number, card, search entry and thread. The figures that travel are the ratios,
// ours by the echo's in the same run.
func BenchmarkBesideABareEcho(b *testing.B) {
	for _, store := range stores {
		for _, c := range []struct {
			name   string
			engine crowd.Engine
			words  func() string
		}{
			{"note", crowd.Notes, func() string { return crowd.Made(6) }},
			{"ask", crowd.Whole, func() string { return crowd.Made(12) }},
		} {
			for _, people := range []int{1, outstanding} {
				b.Run(fmt.Sprintf("%s/%s/outstanding=%d", store.name, c.name, people), func(b *testing.B) {
					echo, ours := newCrowd(b), newCrowd(b)
					echo.Echo(b, c.name)
					crowd.Guildhall(b, ours, store.open(b), c.engine)
					crowd.Together(ours, outstanding, 2*outstanding, c.name, c.words) // everybody is a member from here on
					b.ResetTimer()
					begun := crowd.Spent()
					rate, each := crowd.Together(ours, people, b.N, c.name, c.words)
					b.StopTimer()
					b.ReportMetric(float64((crowd.Spent()-begun).Microseconds())/float64(b.N), "cpu-µs/command")
					n := max(b.N, 500)
					begun = crowd.Spent()
					bare, eachBare := crowd.Together(echo, people, n, c.name, c.words)
					b.ReportMetric(float64((crowd.Spent()-begun).Microseconds())/float64(n), "echo-cpu-µs/command")
					b.ReportMetric(rate, "commands/s")
					b.ReportMetric(bare, "echo/s")
					b.ReportMetric(rate/bare, "ratio")
					report(b, each)
					b.ReportMetric(crowd.Millis(crowd.Part(eachBare, 0.5, crowd.Seen)), "echo-p50-ms")
					b.ReportMetric(0, "ns/op")
				})
			}
		}
	}
}

// BenchmarkAtAPace sends commands at a steady pace and reports how long they take:
//
//	go test ./internal/story/slack -run '^$' -bench AtAPace -benchtime 1x
func BenchmarkAtAPace(b *testing.B) {
	for _, store := range stores {
		for _, perSecond := range []int{50, 200, 1000} {
			b.Run(fmt.Sprintf("%s/%d-a-second", store.name, perSecond), func(b *testing.B) {
				echo, ours := newCrowd(b), newCrowd(b)
				echo.Echo(b, "note")
				crowd.Guildhall(b, ours, store.open(b), crowd.Notes)
				words := func() string { return crowd.Made(6) }
				crowd.Together(ours, outstanding, 2*outstanding, "note", words)
				for b.Loop() {
					report(b, crowd.Paced(ours, perSecond, 3*perSecond, "note", words))
				}
				bare := crowd.Paced(echo, perSecond, 3*perSecond, "note", words)
				b.ReportMetric(crowd.Millis(crowd.Part(bare, 0.5, crowd.Seen)), "echo-p50-ms")
				b.ReportMetric(crowd.Millis(crowd.Part(bare, 0.99, crowd.Seen)), "echo-p99-ms")
				var m runtime.MemStats
				runtime.GC()
				runtime.ReadMemStats(&m)
				b.ReportMetric(float64(m.HeapInuse)/(1<<20), "heap-MB")
				b.ReportMetric(0, "ns/op")
			})
		}
	}
}

func report(b *testing.B, all []crowd.Took) {
	b.Helper()
	b.ReportMetric(crowd.Millis(crowd.Part(all, 0.5, crowd.Ack)), "ack-p50-ms")
	b.ReportMetric(crowd.Millis(crowd.Part(all, 0.99, crowd.Ack)), "ack-p99-ms")
	b.ReportMetric(crowd.Millis(crowd.Part(all, 0.5, crowd.Seen)), "seen-p50-ms")
	b.ReportMetric(crowd.Millis(crowd.Part(all, 0.99, crowd.Seen)), "seen-p99-ms")
	b.ReportMetric(float64(crowd.Late(all)), "late")
}
