package pgtest_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"guildhall/internal/pgtest"
)

func TestEachTestHasItsOwnDatabase(t *testing.T) {
	t.Parallel()
	first, second := pgtest.New(t), pgtest.New(t)
	run(t, first, "CREATE TABLE room (name text)")
	run(t, second, "CREATE TABLE room (name text)")
	run(t, first, "INSERT INTO room VALUES ('help')")
	if n := count(t, second, "SELECT count(*) FROM room"); n != 0 {
		t.Fatalf("the second database holds %d rows of the first", n)
	}
}

func TestDatabasesGoWithTheirTest(t *testing.T) {
	t.Parallel()
	outer := pgtest.New(t)
	var inner string
	t.Run("one that leaves a connection open", func(t *testing.T) {
		inner = pgtest.New(t)
		conn, err := pgx.Connect(t.Context(), inner)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(context.Background()) })
		if n := count(t, outer, "SELECT count(*) FROM pg_database WHERE datname = $1", conn.Config().Database); n != 1 {
			t.Fatalf("its database was found %d times", n)
		}
	})
	if _, err := pgx.Connect(t.Context(), inner); err == nil {
		t.Fatal("the database is still there")
	}
}

func TestCopyPreparesOnce(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	prepared := 0
	prepare := func(ctx context.Context, url string) error {
		mu.Lock()
		defer mu.Unlock()
		prepared++
		conn, err := pgx.Connect(ctx, url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(ctx, "CREATE TABLE room (name text); INSERT INTO room VALUES ('help')")
		return errors.Join(err, conn.Close(ctx))
	}
	urls := make([]string, 8)
	var wg sync.WaitGroup
	for i := range urls {
		wg.Go(func() { urls[i] = pgtest.Copy(t, "rooms", prepare) })
	}
	wg.Wait()
	if prepared != 1 {
		t.Fatalf("prepared %d times, want once", prepared)
	}
	run(t, urls[0], "DELETE FROM room")
	for _, url := range urls[1:] {
		if n := count(t, url, "SELECT count(*) FROM room"); n != 1 {
			t.Fatalf("a copy holds %d rows, want 1", n)
		}
	}
}

func TestDurableWritesToTheDisk(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t, pgtest.Durable)
	if n := count(t, url, "SELECT count(*) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'on'"); n != 3 {
		t.Fatalf("%d of the three settings are on", n)
	}
}

func TestServerKeepsWhatWasCommitted(t *testing.T) {
	t.Parallel()
	s := pgtest.NewServer(t)
	run(t, s.URL(), "CREATE TABLE room (name text)")
	for _, end := range []func() error{s.Stop, s.Crash} {
		run(t, s.URL(), "INSERT INTO room VALUES ('help')")
		before := count(t, s.URL(), "SELECT count(*) FROM room")
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if conn, err := pgx.Connect(t.Context(), s.URL()); err == nil {
			conn.Close(t.Context())
			t.Fatal("the server answers although it was stopped")
		}
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		if after := count(t, s.URL(), "SELECT count(*) FROM room"); after != before {
			t.Fatalf("%d rows before, %d after", before, after)
		}
	}
	if err := s.Restart(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkCopy(b *testing.B) {
	for b.Loop() {
		pgtest.Copy(b, "rooms", func(context.Context, string) error { return nil })
	}
}

func run(t *testing.T, url, sql string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, url, sql string, args ...any) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(t.Context())
	if err := conn.QueryRow(t.Context(), sql, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
