package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"guildhall/migrations"
)

// Migrate brings the schema up to date, under a lock, and returns the version before and after.
func (db *DB) Migrate(ctx context.Context) (from, to int64, err error) {
	p, err := db.migrations()
	if err != nil {
		return 0, 0, err
	}
	if from, err = p.GetDBVersion(ctx); err != nil {
		return 0, 0, fmt.Errorf("read schema version: %w", err)
	}
	if latest := latestVersion(p); from > latest {
		return from, from, fmt.Errorf("the database has schema %d, this program knows up to %d: use a newer program", from, latest)
	}
	if _, err := p.Up(ctx); err != nil {
		return from, from, fmt.Errorf("migrate: %w", err)
	}
	to, err = p.GetDBVersion(ctx)
	return from, to, err
}

// Pending says how many migrations have not been applied.
func (db *DB) Pending(ctx context.Context) (int64, error) {
	p, err := db.migrations()
	if err != nil {
		return 0, err
	}
	now, err := p.GetDBVersion(ctx)
	return latestVersion(p) - now, err
}

func latestVersion(p *goose.Provider) int64 {
	sources := p.ListSources()
	if len(sources) == 0 {
		return 0
	}
	return sources[len(sources)-1].Version
}

func (db *DB) migrations() (*goose.Provider, error) {
	files, err := forEngine(migrations.Files, db.engine)
	if err != nil {
		return nil, err
	}
	dialect := goose.DialectSQLite3
	var options []goose.ProviderOption
	if db.engine == Postgres {
		dialect = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, fmt.Errorf("migration lock: %w", err)
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	p, err := goose.NewProvider(dialect, db.write, files, options...)
	if err != nil {
		return nil, fmt.Errorf("read migrations: %w", err)
	}
	return p, nil
}

// forEngine is files with the other engine's left out and this engine's names made plain.
func forEngine(files fs.FS, e Engine) (fs.FS, error) {
	out := fstest.MapFS{}
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, fmt.Errorf("list migrations: %w", err)
	}
	for _, entry := range entries {
		name := entry.Name()
		base, ok := strings.CutSuffix(name, ".sql")
		if !ok {
			continue
		}
		if plain, kind, found := strings.Cut(base, "."); found {
			if kind != string(SQLite) && kind != string(Postgres) {
				return nil, errors.New("migration of an unknown engine: " + name)
			}
			if kind != string(e) {
				continue
			}
			base = plain
		}
		body, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, fmt.Errorf("read migration %s: %w", name, err)
		}
		out[base+".sql"] = &fstest.MapFile{Data: body}
	}
	return out, nil
}
