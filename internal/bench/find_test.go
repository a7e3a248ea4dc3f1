package bench

import (
	"context"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/search"
)

// records is how many can be found.
var records = number("GUILDHALL_BENCH_RECORDS", 100_000)

// number is a setting of the environment.
func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// vocabulary is what records are made of: few words are in many of them, most in few, as in any
// language.
var vocabulary = func() []string {
	out := make([]string, 20_000)
	for i := range out {
		out[i] = words(1)
	}
	return out
}()

func common() string {
	// By Zipf's law, roughly.
	return vocabulary[int(float64(len(vocabulary))*rand.Float64()*rand.Float64()*rand.Float64())]
}

func text(n int) string {
	var out string
	for range n {
		out += common()
	}
	return out
}

// library fills community 1 with resources, one a minute until now, and says how many a second.
func library(b *testing.B, db *sqlstore.DB, n int) float64 {
	b.Helper()
	index := db.Search()
	begun := time.Now()
	for i := 0; i < n; i += 1000 {
		atomically(b, db, func(ctx context.Context) error {
			for j := i; j < min(i+1000, n); j++ {
				d := search.Doc{Section: "sharing", Letter: "R", Number: int64(n - j), Kind: "document", Title: text(6), Body: text(40),
					Language: "en", State: "published", At: begun.Add(-time.Duration(n-j) * time.Minute)}
				if err := index.Put(ctx, 1, d); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return float64(n) / time.Since(begun).Seconds()
}

// BenchmarkFind looks for two words among 100,000 records of one community.
func BenchmarkFind(b *testing.B) {
	eachStore(b, func(b *testing.B, db *sqlstore.DB) {
		indexed := library(b, db, records)
		find := search.NewFinder(db.Search(), time.Now)
		var took []time.Duration
		empty, busy := 0, cpu(b)
		for b.Loop() {
			begun := time.Now()
			page, err := find.Find(b.Context(), 1, common()+common(), "en", search.Filter{}, 0, 5)
			if err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(begun))
			if len(page.Hits) == 0 {
				empty++
			}
		}
		if empty > len(took)/10 {
			b.Errorf("%d of %d found nothing", empty, len(took))
		}
		slices.Sort(took)
		at := func(p float64) float64 { return float64(took[int(p*float64(len(took)-1))].Microseconds()) / 1000 }
		b.ReportMetric(float64((cpu(b)-busy).Microseconds())/float64(len(took)), "cpu-µs")
		b.ReportMetric(indexed, "indexed/s")
		b.ReportMetric(at(0.5), "p50-ms")
		b.ReportMetric(at(0.99), "p99-ms")
	})
}
