package bench

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/cmd/guildhall/build"
	"guildhall/core/chat"
	"guildhall/internal/pgtest"
	"guildhall/jobs"
)

// Large asks for the benchmarks that take minutes.
const large = "GUILDHALL_BENCH_LARGE"

// tuesday is when everybody's digest is due.
var tuesday = time.Date(2026, 11, 24, 8, 0, 0, 0, time.UTC)

// BenchmarkDigests builds and queues the personal digests of all members of one community, who all
// want theirs on the same morning: of 1,000 and 10,000 among 100,000 records, 2,000 of them new, and
// with GUILDHALL_BENCH_LARGE=1 of up to 100,000 among 1,000,000 records, 20,000 of them new. One
// round is one morning, so -benchtime is of no use.
func BenchmarkDigests(b *testing.B) {
	sizes, records := []int{1_000, 10_000}, 100_000
	if os.Getenv(large) != "" {
		sizes, records = append(sizes, 100_000), 1_000_000
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		for _, members := range sizes {
			var took map[string]float64 // the same, however often it is asked
			b.Run(fmt.Sprintf("%s/%d", engine, members), func(b *testing.B) {
				if took == nil {
					took = wake(b, engine, members, records).work(b)
				}
				for unit, v := range took {
					b.ReportMetric(v, unit)
				}
			})
		}
	}
}

// morning is a Tuesday of a community.
type morning struct {
	members int
	raw     *sql.DB
	clock   *jobs.Clock
	runner  *jobs.Runner
}

func wake(b *testing.B, engine string, members, records int) *morning {
	b.Helper()
	address, driver := "sqlite:"+filepath.Join(b.TempDir(), "guildhall.db"), "sqlite"
	source := strings.TrimPrefix(address, "sqlite:") + "?_pragma=busy_timeout(10000)"
	if engine == "postgres" {
		address, driver = pgtest.New(b, pgtest.Durable), "pgx"
		source = address
	}
	db, err := sqlstore.Open(b.Context(), address)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	if _, _, err := db.Migrate(b.Context()); err != nil {
		b.Fatal(err)
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = raw.Close() })
	people(b, raw, members, records)
	now := func() time.Time { return tuesday }
	guild, err := build.New(build.Options{DB: db, Platforms: []chat.Platform{silent{}}, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	m := &morning{members: members, raw: raw}
	m.clock, err = jobs.NewClock(jobs.ClockOptions{Transactions: db, Queue: db.Work().WithClock(now), Schedules: db.Schedules(), Upkeeps: db.Schedules(),
		Paged: guild.Engine.Paged, Now: now})
	if err != nil {
		b.Fatal(err)
	}
	m.runner, err = jobs.New(jobs.Options{Store: db.Work().WithClock(now), Kinds: guild.Engine.Kinds(), Now: now})
	if err != nil {
		b.Fatal(err)
	}
	return m
}

// people fills a database: members of 40 organisations in eight countries, each with a schedule that
// is due, and resources, the last fiftieth of them shared within the week.
func people(b *testing.B, raw *sql.DB, members, records int) {
	b.Helper()
	const day = int64(24 * time.Hour / time.Microsecond)
	now := tuesday.UnixMicro()
	pick := func(list string, n string) string {
		parts := strings.Fields(list)
		out := "CASE " + n + " % " + fmt.Sprint(len(parts))
		for i, p := range parts {
			out += fmt.Sprintf(" WHEN %d THEN '%s'", i, strings.ReplaceAll(p, "+", " "))
		}
		return out + " ELSE '' END"
	}
	topics := "labour-market didactics trainers funding labour-market+didactics trainers+funding"
	for _, statement := range []string{
		fmt.Sprintf(`INSERT INTO community (id, name, language, zone, policy, created) VALUES (1, 'VET Net', 'en', 'UTC', 'open', %d)`, now-500*day),
		`INSERT INTO space (community_id, platform, space, name, noise, topics, joined, has_left) VALUES (1, 'silent', 'hall', 'Hall', 'all', '', 0, FALSE)`,
		series(40, `INSERT INTO room (community_id, platform, room, space, name, sections, record, opened, archived, language, encrypted, agreed, post_only, greeted)
			SELECT 1, 'silent', 'room' || i, 'hall', 'room' || i, 'sharing', '', FALSE, FALSE, '', FALSE, FALSE, FALSE, 0 FROM s`),
		series(40, `INSERT INTO organisation (community_id, number, name, folded, country, kind, site, confirmed, merged_into, contacts)
			SELECT 1, i, 'Provider ' || i, 'provider ' || i, `+pick("IT PL IE ES DE FI PT GR", "i")+`, '', '', TRUE, 0, '' FROM s`),
		series(members, `INSERT INTO member (community_id, number, name, folded, language, country, organisation, topics, role, zone, quote, helper, weekly_cap,
			reviewer, stopped, erased, joined, asked, pace_since, pace_count)
			SELECT 1, i, 'Member ' || i, 'member ' || i, `+pick("en it pl de es", "i")+`, `+pick("IT PL IE ES DE FI PT GR", "i % 40")+`, i % 40 + 1, `+pick(topics, "i % 7")+`,
			'member', '', 'ask', FALSE, 3, FALSE, FALSE, FALSE, 0, 0, 0, 0 FROM s`),
		series(members, `INSERT INTO account (community_id, platform, account, member, space, name, seen, may_write, refused, direct)
			SELECT 1, 'silent', 'a' || i, i, 'hall', 'Member ' || i, 0, TRUE, FALSE, '' FROM s`),
		series(members, fmt.Sprintf(`INSERT INTO schedule (community_id, name, kind, zone, rule, due, period, last)
			SELECT 1, 'digest/member/' || i, 'digest.own', 'UTC', 'weekly 2 08:00', %d, '2026-W48', '2026-W47' FROM s`, now)),
		series(records, fmt.Sprintf(`INSERT INTO resource (community_id, number, state, hidden, reason, depositor, creator, said, title, summary, kind, language, licence,
			rights_holder, topics, level, audience, replaced_by, version, uses, created, issued, modified, source_platform, source_space, source_room, source_thread,
			source_message, source_url)
			SELECT 1, i, 'published', FALSE, '', i %% %d + 1, 0, '', 'A handbook for mentors, part ' || i, 'What a mentor needs to know.', 'document', %s, 'CC-BY-4.0', '', %s, 0, '',
			0, 1, 0, %d, %d, %d, 'silent', 'hall', 'room' || (i %% 40 + 1), '', '', '' FROM s`, members, pick("en it pl de es", "i"), pick(topics, "i % 7"), now-day, now-day, now-day)),
		series(records, fmt.Sprintf(`INSERT INTO change (community_id, number, subject, what, by_member, note, at)
			SELECT 1, i, 'R' || i, 'published', i %% %d + 1, '', %d - (%d - i) * %d FROM s`, members, now-day/24, records, 6*day/int64(records/50))),
		series(records/50, fmt.Sprintf(`INSERT INTO card (community_id, subject, platform, space, room, thread, message, starts, shown, posted, queued, round, gone, listed)
			SELECT 1, 'R' || (%d - i), 'silent', 'hall', 'room' || (i %% 40 + 1), '', 'm' || i, '', '', 0, 0, 0, FALSE, 0 FROM s`, records)),
	} {
		if _, err := raw.ExecContext(b.Context(), statement); err != nil {
			b.Fatalf("%v in %s", err, statement)
		}
	}
	if _, err := raw.ExecContext(b.Context(), "ANALYZE"); err != nil {
		b.Fatal(err)
	}
}

// series is an INSERT with a row for each i from 1 to n.
func series(n int, insert string) string {
	into, rest, _ := strings.Cut(insert, "SELECT ")
	return fmt.Sprintf(`%s WITH RECURSIVE s(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM s WHERE i < %d) SELECT %s`, into, n, rest)
}

// work builds and queues everybody's digest, and says what that took.
func (m *morning) work(b *testing.B) map[string]float64 {
	ctx, stop := context.WithCancel(b.Context())
	defer stop()
	var most atomic.Uint64
	runtime.GC()
	before := heap()
	go func() {
		for ctx.Err() == nil {
			most.Store(max(most.Load(), heap()))
			<-time.After(20 * time.Millisecond)
		}
	}()
	ended := make(chan struct{})
	begun, busy := time.Now(), cpu(b)
	go func() { m.runner.Run(ctx); close(ended) }()
	if err := m.clock.Tick(ctx); err != nil {
		b.Fatal(err)
	}
	for m.count(b, `SELECT COUNT(*) FROM work WHERE kind = 'digest.own' AND state = 'ready'`) > 0 {
		<-time.After(20 * time.Millisecond)
	}
	took, used := time.Since(begun), cpu(b)-busy
	stop()
	<-ended
	letters := m.count(b, `SELECT COUNT(*) FROM digest_letter WHERE items <> ''`)
	queued := m.count(b, `SELECT COUNT(*) FROM work WHERE kind = 'digest.send'`)
	if letters != m.members || queued != m.members {
		b.Fatalf("%d digests and %d in the queue for %d members", letters, queued, m.members)
	}
	return map[string]float64{
		"ns/op":         0,
		"members/s":     float64(m.members) / took.Seconds(),
		"µs/member":     float64(took.Microseconds()) / float64(m.members),
		"cpu-µs/member": float64(used.Microseconds()) / float64(m.members),
		"heap-MB":       float64(max(most.Load(), before)-before) / (1 << 20),
		"s":             took.Seconds(),
	}
}

func (m *morning) count(b *testing.B, query string) (n int) {
	b.Helper()
	if err := m.raw.QueryRowContext(b.Context(), query).Scan(&n); err != nil {
		b.Fatal(err)
	}
	return n
}

// heap is how much memory is in use.
func heap() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}

// silent is a service to which nothing is sent here.
type silent struct{}

// Platform implements chat.Platform.
func (silent) Platform() chat.Info { return chat.Info{ID: "silent", Name: "silent", Prefix: "/"} }

// Run implements chat.Platform.
func (silent) Run(ctx context.Context, _ chat.Handler) error { <-ctx.Done(); return nil }

// Send implements chat.Platform.
func (silent) Send(context.Context, chat.Address, chat.Message, chat.Key) (chat.Sent, error) {
	return chat.Sent{}, chat.ErrGone
}
