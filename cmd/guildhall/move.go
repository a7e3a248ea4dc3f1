package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"guildhall/adapters/matrix"
	"guildhall/adapters/sqlstore"
)

// move copies a whole database into another, of the same engine or not.
func move(ctx context.Context, w world, args []string) error {
	f := flags(w, "move")
	from := f.String("from", "", "the database to copy: sqlite:PATH or postgres://…; without it, the one of the configuration")
	to := f.String("to", "", "where it goes: a database that does not exist yet (SQLite) or is empty (Postgres)")
	file := f.String("config", "", "configuration file")
	f.Usage = func() {
		fmt.Fprint(f.Output(), `guildhall move [-from URL] -to URL

Copies everything that one database holds into another, from SQLite to Postgres, back, or to another of
its kind. Stop Guildhall first. All is copied in one transaction: what stops on the way leaves the target
empty, and you run it again. At the end every table is compared, by its number of rows and a checksum. The
source stays as it is. Passwords are better in the environment: GUILDHALL_MOVE_FROM, GUILDHALL_MOVE_TO, or
GUILDHALL_MOVE_FROM_FILE and GUILDHALL_MOVE_TO_FILE with the path of a file.

`)
		f.PrintDefaults()
	}
	if err := parse(w, f, args); err != nil {
		return err
	}
	source, target, err := ends(w, f, *from, *to, *file)
	if err != nil {
		return err
	}
	return moveAll(ctx, w, source, target)
}

// ends are the two databases that the flags, the environment and the configuration name.
func ends(w world, f *flag.FlagSet, from, to, file string) (source, target string, err error) {
	c, err := loadConfig(file, w.getenv)
	if from == "" {
		if from, err = given(w, "GUILDHALL_MOVE_FROM", c.DatabaseURL, err); err != nil {
			return "", "", err
		}
	}
	if to == "" {
		if to, err = given(w, "GUILDHALL_MOVE_TO", "", nil); err != nil {
			return "", "", err
		}
	}
	if to == "" {
		f.Usage()
		return "", "", errUsage
	}
	if from == to {
		return "", "", errors.New("-from and -to name the same database")
	}
	return from, to, nil
}

func given(w world, name, otherwise string, err error) (string, error) {
	if v := w.getenv(name); v != "" {
		return v, nil
	}
	if path := w.getenv(name + "_FILE"); path != "" {
		b, err := os.ReadFile(path)
		if err != nil {
			return "", fmt.Errorf("the file that %s_FILE names cannot be read: %w", name, err)
		}
		return strings.TrimSpace(string(b)), nil
	}
	return otherwise, err
}

// moveAll moves the database, and the encryption keys beside it when there are any. Both are
// committed once both were compared.
func moveAll(ctx context.Context, w world, source, target string) (err error) {
	from, err := openSource(ctx, source)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	switch pending, err := from.Pending(ctx); {
	case err != nil:
		return fmt.Errorf("the source: %w", err)
	case pending < 0:
		return fmt.Errorf("the source: %w", sqlstore.ErrNewerSchema)
	case pending > 0:
		return errors.New(`the source has an older schema: run "guildhall migrate" on it first`)
	}
	if err := makeFolder(target); err != nil {
		return err
	}
	to, err := sqlstore.Open(ctx, target)
	if err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	if _, _, err := to.Migrate(ctx); err != nil {
		return fmt.Errorf("the target: %w", err)
	}
	m, err := sqlstore.StartMove(ctx, from, to)
	if err != nil {
		return err
	}
	defer m.Close()
	keys, err := startKeys(ctx, source, target)
	if err != nil {
		return err
	}
	moves := []*sqlstore.Move{m}
	if keys != nil {
		defer keys.close()
		moves = []*sqlstore.Move{keys.Move, m}
	}
	for _, m := range moves {
		if err := m.Copy(ctx, func(table string, rows int64) {
			if rows > 0 {
				fmt.Fprintf(w.out, "%9d  %s\n", rows, table)
			}
		}); err != nil {
			return err
		}
	}
	for _, m := range moves {
		if err := m.Commit(); err != nil {
			return err
		}
	}
	tellMoved(w, m, keys)
	return nil
}

func tellMoved(w world, m *sqlstore.Move, keys *keyMove) {
	fmt.Fprintf(w.out, "\nMoved %d rows in %d tables, and compared each: the two databases hold the same (checksum %s).\n", m.Rows, m.Tables, m.Checksum())
	if keys != nil {
		fmt.Fprintf(w.out, "The keys of encrypted Matrix rooms went with them (checksum %s).\n", keys.Checksum())
	}
	if m.Changed > 0 {
		fmt.Fprintf(w.out, "%d texts lost characters that Postgres does not keep (NUL, broken UTF-8).\n", m.Changed)
	}
	fmt.Fprintln(w.out, "Set database.url to the new one. Copies of files stay in files.dir: every program on the new database must see that folder.")
}

// openSource opens a database that is there already; SQLite would else make an empty one.
func openSource(ctx context.Context, address string) (*sqlstore.DB, error) {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("the source: %w", err)
		}
	}
	db, err := sqlstore.Open(ctx, address)
	if err != nil {
		return nil, fmt.Errorf("the source: %w", err)
	}
	return db, nil
}

// makeFolder makes the folder of an SQLite file.
func makeFolder(address string) error {
	if path, ok := strings.CutPrefix(address, "sqlite:"); ok && path != "" {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return fmt.Errorf("make the database's folder: %w", err)
		}
	}
	return nil
}

// keyMove moves the encryption keys of Matrix, which lie beside the store.
type keyMove struct {
	*sqlstore.Move
	from, to *sqlstore.DB
}

// keysAddress is where the encryption keys of a database lie, as the Matrix adapter opens them: beside an
// SQLite file, in the same Postgres.
func keysAddress(database string) string {
	if path, ok := strings.CutPrefix(database, "sqlite:"); ok {
		return "sqlite:" + filepath.Join(filepath.Dir(path), "matrix-keys.db")
	}
	return database
}

// keysWithin is keysAddress for somebody who looks into the tables: on Postgres with their schema.
func keysWithin(database string) (string, error) {
	address := keysAddress(database)
	if strings.HasPrefix(address, "sqlite:") {
		return address, nil
	}
	u, err := url.Parse(address)
	if err != nil {
		return "", errors.New("the address of the database cannot be read") // the cause may hold the password
	}
	q := u.Query()
	q.Set("search_path", matrix.KeysSchema)
	u.RawQuery = q.Encode()
	return u.String(), nil
}

// startKeys begins to move the encryption keys; nil when the source has none.
func startKeys(ctx context.Context, source, target string) (_ *keyMove, err error) {
	within, err := keysWithin(source)
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(within, "sqlite:"); ok {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return nil, nil //nolint:nilnil // there are none
		}
	}
	k := &keyMove{}
	defer func() {
		if err != nil {
			k.close()
		}
	}()
	if k.from, err = sqlstore.Open(ctx, within); err != nil {
		return nil, fmt.Errorf("the encryption keys of the source: %w", err)
	}
	if any, err := k.from.HasTables(ctx); err != nil || !any {
		k.close()
		return nil, err
	}
	if err := matrix.MakeKeys(ctx, keysAddress(target)); err != nil {
		return nil, fmt.Errorf("the encryption keys of the target: %w", err)
	}
	if within, err = keysWithin(target); err != nil {
		return nil, err
	}
	if k.to, err = sqlstore.Open(ctx, within); err != nil {
		return nil, fmt.Errorf("the encryption keys of the target: %w", err)
	}
	if k.Move, err = sqlstore.StartMove(ctx, k.from, k.to); err != nil {
		return nil, fmt.Errorf("the encryption keys: %w", err)
	}
	return k, nil
}

func (k *keyMove) close() {
	if k.Move != nil {
		k.Close()
	}
	for _, db := range []*sqlstore.DB{k.from, k.to} {
		if db != nil {
			_ = db.Close()
		}
	}
}
