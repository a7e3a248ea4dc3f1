package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/internal/pgtest"
)

// eachStore runs a benchmark on both engines, as durable as in production.
func eachStore(b *testing.B, bench func(b *testing.B, db *sqlstore.DB)) {
	b.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		b.Run(engine, func(b *testing.B) {
			address := "sqlite:" + filepath.Join(b.TempDir(), "guildhall.db")
			if engine == "postgres" {
				address = pgtest.New(b, pgtest.Durable)
			}
			db, err := sqlstore.Open(b.Context(), address)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = db.Close() })
			if _, _, err := db.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			bench(b, db)
		})
	}
}

// syncs is how often in a second the disk makes 4 kB durable, one after the other.
func syncs(b *testing.B) float64 {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "sync"))
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	page := make([]byte, 4096)
	begun := time.Now()
	n := 0
	for time.Since(begun) < time.Second {
		if _, err := f.WriteAt(page, int64(n%256)*4096); err != nil {
			b.Fatal(err)
		}
		if err := syscall.Fdatasync(int(f.Fd())); err != nil {
			b.Fatal(err)
		}
		n++
	}
	return float64(n) / time.Since(begun).Seconds()
}

// cpu is how long this process has kept a processor busy; a database's own process is not in it.
func cpu(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// resident is how much memory this process has, in megabytes.
func resident(b *testing.B) float64 {
	b.Helper()
	var size, pages float64
	f, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0 // no Linux
	}
	if _, err := fmt.Sscan(string(f), &size, &pages); err != nil {
		b.Fatal(err)
	}
	return pages * float64(os.Getpagesize()) / 1e6
}

// run is something that is measured.
type run struct {
	disk  float64
	begun time.Time
	cpu   time.Duration
}

func begin(b *testing.B) run {
	b.Helper()
	return run{syncs(b), time.Now(), cpu(b)}
}

// report says how many of something came in a second, beside the disk's own pace just before and
// just after, and how much processor time each took.
func (r run) report(b *testing.B, what string, n int) {
	b.Helper()
	took, busy := time.Since(r.begun), cpu(b)-r.cpu
	b.StopTimer()
	disk := (r.disk + syncs(b)) / 2
	rate := float64(n) / took.Seconds()
	b.ReportMetric(rate, what+"/s")
	b.ReportMetric(disk, "syncs/s")
	b.ReportMetric(rate/disk, "per-sync")
	b.ReportMetric(float64(busy.Microseconds())/float64(n), "cpu-µs")
	b.ReportMetric(resident(b), "resident-MB")
	b.ReportMetric(0, "ns/op")
}

func atomically(b testing.TB, db *sqlstore.DB, fn func(ctx context.Context) error) {
	b.Helper()
	if err := db.Atomically(b.Context(), fn); err != nil && !errors.Is(err, context.Canceled) {
		b.Fatal(err)
	}
}
