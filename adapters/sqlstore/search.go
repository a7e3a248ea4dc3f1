package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"guildhall/core/search"
)

// Search is where records are found: SQLite's FTS5 or Postgres' tsvector match the tokens that core
// made, and nothing more.
type Search struct{ db *DB }

var _ search.Index = Search{}

// Search is the search index of this database.
func (db *DB) Search() Search { return Search{db} }

const searchColumns = `letter, number, section, kind, language, state, topics, title, at, uses, title_tokens, body_tokens`

// scopeToken is a token that all records of a community have and no text can hold.
func scopeToken(of int64) string { return "c" + strconv.FormatInt(of, 10) }

// Put implements search.Index.
func (s Search) Put(ctx context.Context, of int64, d search.Doc) error {
	title, body := d.TitleTokens(), d.BodyTokens()
	args := []any{of, d.Letter, d.Number, d.Section, d.Kind, d.Language, d.State, " " + strings.Join(d.Topics, " ") + " ", storable(d.Title),
		d.At.UnixMicro(), int64(d.Uses), strings.Join(title, " "), strings.Join(body, " ")}
	var err error
	if s.db.engine == Postgres {
		_, err = s.db.exec(ctx, `INSERT INTO search (community_id, `+searchColumns+`, tokens)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CAST($14 AS tsvector))
			ON CONFLICT (community_id, letter, number) DO UPDATE SET section = excluded.section, kind = excluded.kind,
			language = excluded.language, state = excluded.state, topics = excluded.topics, title = excluded.title, at = excluded.at,
			uses = excluded.uses, title_tokens = excluded.title_tokens, body_tokens = excluded.body_tokens, tokens = excluded.tokens`,
			append(args, tsvector(of, title, body))...)
	} else {
		err = s.putSQLite(ctx, of, args, title, body)
	}
	if err != nil {
		return fmt.Errorf("index %s%d: %w", d.Letter, d.Number, err)
	}
	return nil
}

func (s Search) putSQLite(ctx context.Context, of int64, args []any, title, body []string) error {
	var docid int64
	if _, err := s.db.writeOne(ctx, `INSERT INTO search (community_id, `+searchColumns+`)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
		ON CONFLICT (community_id, letter, number) DO UPDATE SET section = excluded.section, kind = excluded.kind,
		language = excluded.language, state = excluded.state, topics = excluded.topics, title = excluded.title, at = excluded.at,
		uses = excluded.uses, title_tokens = excluded.title_tokens, body_tokens = excluded.body_tokens RETURNING docid`, args, &docid); err != nil {
		return err
	}
	if _, err := s.db.exec(ctx, `DELETE FROM search_match WHERE rowid = $1`, docid); err != nil {
		return err
	}
	_, err := s.db.exec(ctx, `INSERT INTO search_match (rowid, title, body, scope) VALUES ($1, $2, $3, $4)`,
		docid, strings.Join(title, " "), strings.Join(body, " "), scopeToken(of))
	return err
}

// storable is a text without what Postgres takes in no text: NUL and broken UTF-8.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
}

// Remove implements search.Index.
func (s Search) Remove(ctx context.Context, of int64, letter string, number int64) error {
	if s.db.engine == SQLite {
		if _, err := s.db.exec(ctx, `DELETE FROM search_match WHERE rowid IN
			(SELECT docid FROM search WHERE community_id = $1 AND letter = $2 AND number = $3)`, of, letter, number); err != nil {
			return fmt.Errorf("forget %s%d: %w", letter, number, err)
		}
	}
	if _, err := s.db.exec(ctx, `DELETE FROM search WHERE community_id = $1 AND letter = $2 AND number = $3`, of, letter, number); err != nil {
		return fmt.Errorf("forget %s%d: %w", letter, number, err)
	}
	return nil
}

// Candidates implements search.Index. On Postgres the matches are gathered first: the planner would
// otherwise walk all records from the newest on.
func (s Search) Candidates(ctx context.Context, of int64, q search.Query, f search.Filter, limit int) (out []search.Candidate, err error) {
	args := []any{of}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	from, where := "search", "community_id = $1"
	if s.db.engine == Postgres {
		if match := q.TSQuery(); match != "" {
			match = "'|" + scopeToken(of) + "' & (" + match + ")"
			from = `(WITH matched AS MATERIALIZED (SELECT * FROM search WHERE tokens @@ CAST(` + arg(match) + ` AS tsquery)) SELECT * FROM matched) AS found`
		}
	} else if match := q.FTS5(); match != "" {
		where += " AND docid IN (SELECT rowid FROM search_match WHERE search_match MATCH " + arg("scope : "+scopeToken(of)+" AND ("+match+")") + ")"
	}
	where += filterSQL(f, arg)
	query := `SELECT ` + searchColumns + ` FROM ` + from + ` WHERE ` + where + ` ORDER BY at DESC, letter, number LIMIT ` + arg(int64(max(limit, 0)))
	err = s.db.each(ctx, query, args, func(scan func(...any) error) error {
		var c search.Candidate
		var topics string
		var at, uses int64
		if err := scan(&c.Letter, &c.Number, &c.Section, &c.Kind, &c.Language, &c.State, &topics, &c.Title, &at, &uses, &c.TitleTokens, &c.BodyTokens); err != nil {
			return err
		}
		c.Topics, c.Uses = words(topics), int(uses)
		c.At = instant(at)
		out = append(out, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

// filterSQL says what search.Filter.Passes says.
func filterSQL(f search.Filter, arg func(any) string) string {
	var b strings.Builder
	equal := func(column, v string) {
		if v != "" {
			b.WriteString(" AND " + column + " = " + arg(v))
		}
	}
	equal("section", f.Section)
	equal("kind", f.Kind)
	equal("language", f.Language)
	if f.Topic != "" {
		b.WriteString(" AND topics LIKE " + arg("% "+strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(f.Topic)+" %") + ` ESCAPE '\'`)
	}
	in := func(column, not string, vs []string) {
		if len(vs) == 0 {
			return
		}
		var list []string
		for _, v := range vs {
			list = append(list, arg(v))
		}
		b.WriteString(" AND " + column + not + " IN (" + strings.Join(list, ", ") + ")")
	}
	in("letter", "", f.Letters)
	in("state", " NOT", f.Hidden)
	return b.String()
}
