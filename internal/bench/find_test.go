package bench

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/core/search"
	"guildhall/internal/pgtest"
)

// number is a setting of the environment.
func number(name string, usual int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil && n > 0 {
		return n
	}
	return usual
}

// stock is the library in which everything is looked for.
var stock = newShelf()

// library fills the index and says how many records a second. Community 1 has n of them.
func library(b *testing.B, db *sqlstore.DB, n int) float64 {
	b.Helper()
	begun := time.Now()
	all, err := db.Search().Load(b.Context(), newShelf().all(n, begun))
	if err != nil {
		b.Fatal(err)
	}
	return float64(all) / time.Since(begun).Seconds()
}

// common is a word of a language, as often as texts have it.
func common(language int) string {
	w := stock.languages[language].words
	return w[zipf(len(w), rand.Float64())]
}

// text is n words in English.
func text(n int) string {
	var b strings.Builder
	for range n {
		b.WriteString(common(0) + " ")
	}
	return b.String()
}

// question is what somebody looks for.
type question struct {
	of          int64
	words, lang string
	filter      search.Filter
}

// questions are sorts of them.
var questions = []struct {
	name string
	ask  func() question
}{
	{"usual", func() question { return question{words: common(0) + " " + common(0)} }},
	{"one", func() question { return question{words: common(rand.IntN(6))} }},
	{"everywhere", func() question { return question{words: stock.shared.words[rand.IntN(10)]} }},
	{"both-everywhere", func() question { return question{words: stock.shared.words[rand.IntN(10)] + " " + often(0)} }},
	{"never-together", func() question { return question{words: often(0) + " " + often(1)} }},
	{"rare", func() question { return question{words: stock.languages[0].words[20_000+rand.IntN(10_000)]} }},
	{"beginning", func() question { return question{words: common(1) + " " + letters(common(1), 2+rand.IntN(2))} }},
	{"long-beginning", func() question { return question{words: letters(common(2), 5+rand.IntN(2))} }},
	{"filtered", func() question { return question{words: common(0), filter: filter()} }},
	{"filtered-away", func() question { return question{words: often(0), filter: search.Filter{Language: "pl", Kind: "tool"}} }},
	{"all-of-a-kind", func() question { return question{filter: filter()} }},
	{"nothing", func() question { return question{words: "qqxzj qqxzk"} }},
	{"page", func() question { return question{words: text(12)} }},
	{"small-community", func() question { return question{of: 2 + rand.Int64N(50), words: common(0) + " " + common(0)} }},
}

// often is a word that very many records of a language have.
func often(language int) string { return stock.languages[language].words[rand.IntN(10)] }

func letters(word string, n int) string {
	runes := []rune(word)
	return string(runes[:min(n, len(runes))])
}

func filter() (f search.Filter) {
	k := shelfKinds[rand.IntN(len(shelfKinds))]
	switch rand.IntN(4) {
	case 0:
		f.Section = k.section
	case 1:
		f.Kind = k.kind
	case 2:
		f.Topic = shelfTopics[rand.IntN(len(shelfTopics))]
	default:
		f.Language, f.Section = stock.languages[rand.IntN(6)].code, k.section
	}
	return f
}

// shelved calls bench with databases that have so many records. Those that GUILDHALL_BENCH_SQLITE and
// GUILDHALL_BENCH_POSTGRES name stay, and are filled when they are empty.
func shelved(b *testing.B, bench func(b *testing.B, db *sqlstore.DB)) {
	b.Helper()
	sizes := []int{number("GUILDHALL_BENCH_RECORDS", 100_000)}
	if os.Getenv(large) != "" {
		sizes = append(sizes, 1_000_000)
	}
	for _, n := range sizes {
		b.Run(fmt.Sprintf("records=%d", n), func(b *testing.B) {
			for _, engine := range []string{"sqlite", "postgres"} {
				b.Run(engine, func(b *testing.B) { bench(b, shelvedIn(b, engine, n)) })
			}
		})
	}
}

func shelvedIn(b *testing.B, engine string, n int) *sqlstore.DB {
	b.Helper()
	address := os.Getenv("GUILDHALL_BENCH_" + strings.ToUpper(engine))
	switch {
	case address != "":
	case engine == "postgres":
		address = pgtest.New(b, pgtest.Durable)
	default:
		address = "sqlite:" + filepath.Join(b.TempDir(), "guildhall.db")
	}
	db, err := sqlstore.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	if has, err := db.Search().Size(b.Context(), 1); err != nil || has == 0 {
		if err != nil {
			b.Fatal(err)
		}
		b.Logf("%.0f records indexed a second", library(b, db, n))
	}
	return db
}

// BenchmarkFind looks for records of many, by questions of each sort, of which those that match what
// nearly all have, and those that match nothing, are the worst.
func BenchmarkFind(b *testing.B) {
	shelved(b, func(b *testing.B, db *sqlstore.DB) {
		find := search.NewFinder(db.Search(), time.Now)
		for _, q := range questions {
			b.Run(q.name, func(b *testing.B) {
				timed(b, func() error {
					q := q.ask()
					_, err := find.Find(b.Context(), max(q.of, 1), q.words, "en", q.filter, 0, 5)
					return err
				})
			})
		}
		b.Run("typing", func(b *testing.B) {
			timed(b, func() error {
				_, err := find.Suggest(b.Context(), 1, letters(common(rand.IntN(6)), 1+rand.IntN(6)), []string{"", "R", "C", "S"}[rand.IntN(4)], 25)
				return err
			})
		})
		b.Run("alike", func(b *testing.B) {
			timed(b, func() error {
				_, err := find.Similar(b.Context(), 1, text(12), "en", []string{"H", "R"}, []string{"open"}, 3)
				return err
			})
		})
		b.Run("put", func(b *testing.B) { put(b, db.Search(), db) })
	})
}

// put indexes one record after the other, each in a transaction, and forgets them again.
func put(b *testing.B, index sqlstore.Search, db *sqlstore.DB) {
	b.Helper()
	next, stop := iter.Pull(newShelf().records(1, 1<<30, time.Now()))
	defer stop()
	first, err := index.Size(b.Context(), 1)
	if err != nil {
		b.Fatal(err)
	}
	last := first
	timed(b, func() error {
		e, _ := next()
		last++
		e.Letter, e.Number, e.At = "G", int64(last), time.Now()
		return db.Atomically(b.Context(), func(ctx context.Context) error { return index.Put(ctx, 1, e.Doc) })
	})
	atomically(b, db, func(ctx context.Context) error {
		for n := first + 1; n <= last && err == nil; n++ {
			err = index.Remove(ctx, 1, "G", int64(n))
		}
		return err
	})
}

// timed reports how long what is done takes.
func timed(b *testing.B, do func() error) {
	b.Helper()
	var took []time.Duration
	busy := cpu(b)
	for b.Loop() {
		begun := time.Now()
		if err := do(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begun))
	}
	b.ReportMetric(float64((cpu(b)-busy).Microseconds())/float64(len(took)), "cpu-µs")
	slices.Sort(took)
	for name, share := range map[string]float64{"p50-ms": 0.5, "p99-ms": 0.99, "max-ms": 1} {
		b.ReportMetric(float64(took[int(share*float64(len(took)-1))].Microseconds())/1000, name)
	}
	b.ReportMetric(0, "ns/op")
}
