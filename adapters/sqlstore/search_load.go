package sqlstore

import (
	"bufio"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/stdlib"

	"guildhall/core/search"
)

// Entry is a record of a community.
type Entry struct {
	Community int64
	search.Doc
}

// loadStep is how many records are written in one transaction.
const loadStep = 50_000

// spoken are languages whose stems communities have.
type spoken map[int64][]string

func (s spoken) note(of int64, title, body []string) {
	for _, code := range search.StemLanguages(title, body) {
		if !slices.Contains(s[of], code) {
			s[of] = append(s[of], code)
		}
	}
}

// Load is Put for each of entries, none of which the index has, and several times as fast: for a
// library that comes as a whole. Others should not write to the index meanwhile. It says how many there
// were. When it fails, some may have been written.
func (s Search) Load(ctx context.Context, entries iter.Seq[Entry]) (n int, err error) {
	load := s.loadSQLite
	if s.db.engine == Postgres {
		load = s.loadPostgres
	}
	languages := spoken{}
	if n, err = load(ctx, entries, languages); err == nil {
		err = s.db.Atomically(ctx, func(ctx context.Context) error {
			for of, codes := range languages {
				if err := s.noteLanguages(ctx, of, codes); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err != nil {
		return n, fmt.Errorf("load the index: %w", err)
	}
	return n, nil
}

// loadSQLite gives docids by itself: nobody else does meanwhile.
func (s Search) loadSQLite(ctx context.Context, entries iter.Seq[Entry], languages spoken) (n int, err error) {
	next, stop := iter.Pull(entries)
	defer stop()
	// FTS5 writes what it holds in memory as a part of its own, and later merges parts: fewer are better.
	const held = `INSERT INTO search_match (search_match, rank) VALUES ('hashsize', $1)`
	if _, err := s.db.write.ExecContext(ctx, held, 64<<20); err != nil {
		return 0, err
	}
	defer func() {
		_, e := s.db.write.ExecContext(context.WithoutCancel(ctx), held, 1<<20)
		err = errors.Join(err, e)
	}()
	taken := map[int64]int64{} // docids, by the first of their microsecond
	for more := true; more && err == nil; {
		err = s.loadPart(ctx, func(row, match *sql.Stmt) error {
			for range loadStep {
				var e Entry
				if e, more = next(); !more {
					return nil
				}
				first := docidAt(e.At.UnixMicro())
				docid := first + taken[first]
				if taken[first]++; taken[first] > docidStep {
					return errors.New("too much at one time")
				}
				title, body := e.TitleTokens(), e.BodyTokens()
				languages.note(e.Community, title, body)
				if _, err := row.ExecContext(ctx, append(rowOf(e.Community, e.Doc, title, body), docid)...); err != nil {
					return err
				}
				if _, err := match.ExecContext(ctx, docid, strings.Join(e.IndexTokens(e.Community, title, body), " ")); err != nil {
					return err
				}
				n++
			}
			return nil
		})
	}
	if err != nil {
		return n, err
	}
	// The parts are great: merging them would fall to whoever writes next.
	_, err = s.db.write.ExecContext(ctx, `INSERT INTO search_match (search_match) VALUES ('optimize')`)
	return n, err
}

// loadPart runs fn in a transaction without savepoints, each of which would have FTS5 write a part of its own.
func (s Search) loadPart(ctx context.Context, fn func(row, match *sql.Stmt) error) error {
	tx, err := s.db.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	row, err := tx.PrepareContext(ctx, insertSearch)
	if err != nil {
		return err
	}
	match, err := tx.PrepareContext(ctx, insertMatch)
	if err != nil {
		return err
	}
	if err := fn(row, match); err != nil {
		return err
	}
	return tx.Commit()
}

// loadPostgres copies rows, and makes the index of tokens when all are there.
func (s Search) loadPostgres(ctx context.Context, entries iter.Seq[Entry], languages spoken) (n int, err error) {
	conn, err := s.db.write.Conn(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	const index = `search_tokens`
	var definition string
	if err := conn.QueryRowContext(ctx, `SELECT pg_get_indexdef(CAST($1 AS regclass))`, index).Scan(&definition); err != nil {
		return 0, err
	}
	if _, err := conn.ExecContext(ctx, `DROP INDEX `+index); err != nil {
		return 0, err
	}
	rows, w := io.Pipe()
	copied := make(chan int, 1)
	go func() {
		n, err := copyRows(w, entries, languages)
		_ = w.CloseWithError(err)
		copied <- n
	}()
	err = conn.Raw(func(c any) error {
		_, err := c.(*stdlib.Conn).Conn().PgConn().CopyFrom(ctx, rows, `COPY search (community_id, `+searchColumns+`, tokens) FROM STDIN`)
		return errors.Join(err, rows.Close())
	})
	if n = <-copied; err != nil {
		return n, err
	}
	for _, query := range []string{`SET maintenance_work_mem = '512MB'`, definition, `RESET maintenance_work_mem`, `ANALYZE search`} {
		if _, err := conn.ExecContext(ctx, query); err != nil {
			return n, err
		}
	}
	return n, nil
}

var copyEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// copyRows writes entries as COPY reads them, and says how many.
func copyRows(to io.Writer, entries iter.Seq[Entry], languages spoken) (n int, err error) {
	w := bufio.NewWriterSize(to, 1<<20)
	for e := range entries {
		title, body := e.TitleTokens(), e.BodyTokens()
		languages.note(e.Community, title, body)
		for i, v := range append(rowOf(e.Community, e.Doc, title, body), tokensPostgres(e.Community, e.Doc, title, body)) {
			if i > 0 {
				_ = w.WriteByte('\t')
			}
			switch v := v.(type) {
			case int64:
				_, _ = w.WriteString(strconv.FormatInt(v, 10))
			case string:
				_, _ = copyEscapes.WriteString(w, v)
			}
		}
		if err := w.WriteByte('\n'); err != nil {
			return n, err
		}
		n++
	}
	return n, w.Flush()
}
