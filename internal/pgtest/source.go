package pgtest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// source makes databases on one server.
type source struct {
	admin    string // URL of a database in which CREATE DATABASE may be said
	fsync    bool
	strategy string // how CREATE DATABASE copies

	mu        sync.Mutex
	templates map[string]*template
}

type template struct {
	once sync.Once
	name string
	err  error
}

// prefix starts the names of all databases made here; what follows is the time and a random text.
const prefix = "guildhall_test_"

// leftover is the age at which a database on a server that outlives us belongs to nobody any more:
// no test runs that long.
const leftover = 2 * time.Hour

// open asks the server at admin what it is like.
func open(ctx context.Context, admin string) (*source, error) {
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return nil, err
	}
	defer conn.Close(ctx)
	s := &source{admin: admin}
	var version int
	const settings = "SELECT current_setting('fsync')::bool, current_setting('server_version_num')::int"
	if err := conn.QueryRow(ctx, settings).Scan(&s.fsync, &version); err != nil {
		return nil, fmt.Errorf("read the server's settings: %w", err)
	}
	if !s.fsync && version >= 150000 {
		// Half the time of the default, which logs each page; where files are synced it is dearer.
		s.strategy = " STRATEGY FILE_COPY"
	}
	return s, nil
}

// create makes a database as a copy of template, or an empty one when that is empty.
func (s *source) create(ctx context.Context, template string) (name, address string, err error) {
	name = fmt.Sprintf("%s%d_%s", prefix, time.Now().Unix(), strings.ToLower(rand.Text()[:12]))
	if template == "" {
		template = "template0"
	}
	if err := s.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+template+s.strategy); err != nil {
		return "", "", fmt.Errorf("create a test database: %w", err)
	}
	u, err := url.Parse(s.admin)
	if err != nil {
		return "", "", fmt.Errorf("read %s: it must be a URL: %w", Env, err)
	}
	u.Path = "/" + name
	return name, u.String(), nil
}

func (s *source) drop(ctx context.Context, name string) error {
	if err := s.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)"); err != nil {
		return fmt.Errorf("drop the test database %s: %w", name, err)
	}
	return nil
}

// template returns the name of the database that prepare filled.
func (s *source) template(key string, prepare func(context.Context, string) error) (string, error) {
	s.mu.Lock()
	if s.templates == nil {
		s.templates = map[string]*template{}
	}
	t := s.templates[key]
	if t == nil {
		t = &template{err: errors.New("making it panicked")}
		s.templates[key] = t
	}
	s.mu.Unlock()
	t.once.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		var address string
		if t.name, address, t.err = s.create(ctx, ""); t.err == nil {
			t.err = prepare(ctx, address)
		}
	})
	return t.name, t.err
}

// sweep drops what earlier runs left behind on a server that outlives them.
func (s *source) sweep(ctx context.Context, now time.Time) error {
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return fmt.Errorf("connect to Postgres: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", prefix)
	if err != nil {
		return fmt.Errorf("list test databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("list test databases: %w", err)
	}
	for _, name := range names {
		made, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "_")
		seconds, err := strconv.ParseInt(made, 10, 64)
		if err != nil || now.Sub(time.Unix(seconds, 0)) < leftover {
			continue
		}
		if err := s.drop(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (s *source) exec(ctx context.Context, sql string) error {
	conn, err := pgx.Connect(ctx, s.admin)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, sql)
	return err
}
