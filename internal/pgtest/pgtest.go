// Package pgtest gives each test a database of its own on a real Postgres.
//
// The server is the one that GUILDHALL_TEST_POSTGRES names (the URL of a superuser, or of a role
// that may create databases), else a throwaway one: made from the installed programs once per test
// process, and gone when that process ends. `make test` starts one for all packages.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"
)

// Env names the environment variable with the server's URL.
const Env = "GUILDHALL_TEST_POSTGRES"

// limit is how long anything here may take before it counts as broken.
const limit = time.Minute

// An Option changes which server New and Copy use.
type Option func(*options)

type options struct{ durable bool }

// Durable asks for a server that really writes to the disk on each commit, as in production. It
// costs time, and matters to benchmarks alone: what is committed survives the end of a process
// without it too.
func Durable(o *options) { o.durable = true }

// New returns the URL of an empty database, which is dropped when the test ends, with whatever
// connections are left. Under -short the test is skipped; without a Postgres it fails.
func New(tb testing.TB, opts ...Option) string {
	tb.Helper()
	return database(tb, shared(tb, opts), "")
}

// Copy is New with what prepare puts into the database, for instance a schema. It is called once in
// this process for each name; all later calls copy what it made, which takes tens of milliseconds.
// prepare must close its connections before it returns.
func Copy(tb testing.TB, name string, prepare func(ctx context.Context, url string) error, opts ...Option) string {
	tb.Helper()
	s := shared(tb, opts)
	template, err := s.template(name, prepare)
	if err != nil {
		tb.Fatalf("prepare the database %q to copy: %v", name, err)
	}
	return database(tb, s, template)
}

func database(tb testing.TB, s *source, template string) string {
	tb.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	name, url, err := s.create(ctx, template)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		if err := s.drop(ctx, name); err != nil {
			tb.Error(err)
		}
	})
	return url
}

// shared is the server of this process; all tests use the same one.
func shared(tb testing.TB, opts []Option) *source {
	tb.Helper()
	if testing.Short() {
		tb.Skip("left out by -short: it needs a Postgres server")
	}
	var o options
	for _, opt := range opts {
		opt(&o)
	}
	server := anyServer
	if o.durable {
		server = durableServer
	}
	s, err := server()
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

var (
	anyServer     = sync.OnceValues(func() (*source, error) { return find(false) })
	durableServer = sync.OnceValues(func() (*source, error) { return find(true) })
)

// find takes the server from the environment when there is one that will do, else starts one that
// ends with this process.
func find(durable bool) (*source, error) {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if given := os.Getenv(Env); given != "" {
		s, err := open(ctx, given)
		if err != nil {
			return nil, fmt.Errorf("the Postgres that %s names does not answer; start it, or unset %s: %w", Env, Env, err)
		}
		if !durable || s.fsync {
			return s, s.sweep(ctx, time.Now())
		}
	}
	server, err := Start(durable)
	if err != nil {
		return nil, err
	}
	return open(ctx, server.URL())
}

// ErrNoPostgres says that no Postgres server is installed here, and what to do about it.
var ErrNoPostgres = errors.New("these tests need a Postgres server: install it (Debian: apt-get install postgresql), or set " + Env + " to the URL of one")
