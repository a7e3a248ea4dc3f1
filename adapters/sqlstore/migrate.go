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

// ErrNewerSchema says that a newer version of the program has used this database.
var ErrNewerSchema = errors.New("the database is of a newer version of this program: use that one")

// Migrate brings the schema up to date and returns its version before and after. Of several that
// migrate one database at a time, one does the work and the others find it done. ErrNewerSchema
// when the schema is newer than the program.
func (db *DB) Migrate(ctx context.Context) (from, to int64, err error) {
	p, err := db.migrations()
	if err != nil {
		return 0, 0, err
	}
	latest := latestVersion(p)
	if from, err = db.schema(ctx, p); err != nil {
		return 0, 0, err
	}
	for stuck := 0; ; {
		if to, err = db.schema(ctx, p); err != nil {
			return from, from, err
		}
		if to > latest {
			return from, to, fmt.Errorf("%w (its schema is %d, this program's %d)", ErrNewerSchema, to, latest)
		}
		_, err := p.Up(ctx)
		now, read := db.schema(ctx, p)
		if err == nil {
			return from, now, read
		}
		if now == to {
			stuck++
		}
		// SQLite has no lock that outlasts a transaction: whoever found a migration just done by
		// another goes on from there.
		if db.engine != SQLite || read != nil || stuck == 5 {
			return from, to, fmt.Errorf("migrate: %w", err)
		}
	}
}

// schema is the version of the schema; 0 for an empty database.
func (db *DB) schema(ctx context.Context, p *goose.Provider) (int64, error) {
	v, err := p.GetDBVersion(ctx)
	if err != nil {
		return 0, fmt.Errorf("read schema version: %w", err)
	}
	return v, nil
}

// Pending says how many migrations have not been applied; less than 0 when the schema is newer.
func (db *DB) Pending(ctx context.Context) (int64, error) {
	p, err := db.migrations()
	if err != nil {
		return 0, err
	}
	now, err := db.schema(ctx, p)
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
		locker, err := lock.NewPostgresSessionLocker(lock.WithLockTimeout(1, 300)) // once a second for five minutes
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
