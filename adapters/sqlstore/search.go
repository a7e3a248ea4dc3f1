package sqlstore

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"guildhall/core/record"
	"guildhall/core/search"
)

// Search is where records are found: SQLite's FTS5 or Postgres' tsvector match the tokens that core
// made, and nothing more.
type Search struct{ db *DB }

var _ search.Index = Search{}

// Search is the search index of this database.
func (db *DB) Search() Search { return Search{db} }

const searchColumns = `letter, number, section, kind, language, state, topics, title, at, uses, title_tokens, body_tokens`

// Put implements search.Index.
func (s Search) Put(ctx context.Context, of int64, d search.Doc) error {
	title, body := d.TitleTokens(), d.BodyTokens()
	put := s.putSQLite
	if s.db.engine == Postgres {
		put = s.putPostgres
	}
	if err := put(ctx, of, d, rowOf(of, d, title, body), title, body); err != nil {
		return fmt.Errorf("index %s%d: %w", d.Letter, d.Number, err)
	}
	return nil
}

// rowOf is what stands in community_id and searchColumns.
func rowOf(of int64, d search.Doc, title, body []string) []any {
	return []any{of, d.Letter, d.Number, d.Section, d.Kind, d.Language, d.State, " " + strings.Join(d.Topics, " ") + " ", storable(d.Title),
		d.At.UnixMicro(), int64(d.Uses), strings.Join(title, " "), strings.Join(body, " ")}
}

// storable is a text without what Postgres takes in no text: NUL and broken UTF-8.
func storable(s string) string {
	return strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "\ufffd")
}

// Remove implements search.Index.
func (s Search) Remove(ctx context.Context, of int64, letter string, number int64) error {
	if s.db.engine == SQLite {
		if err := s.db.later(ctx, `DELETE FROM search_match WHERE rowid IN
			(SELECT docid FROM search WHERE community_id = $1 AND letter = $2 AND number = $3)`, of, letter, number); err != nil {
			return fmt.Errorf("forget %s%d: %w", letter, number, err)
		}
	}
	if err := s.db.later(ctx, `DELETE FROM search WHERE community_id = $1 AND letter = $2 AND number = $3`, of, letter, number); err != nil {
		return fmt.Errorf("forget %s%d: %w", letter, number, err)
	}
	return nil
}

// Candidates implements search.Index.
func (s Search) Candidates(ctx context.Context, of int64, q search.Query, f search.Filter, limit int) (out []search.Candidate, err error) {
	limit = max(limit, 0)
	switch {
	case q.Where(of, f).Empty():
		out, err = s.newest(ctx, of, f, limit)
	case s.db.engine == Postgres:
		out, err = s.candidatesPostgres(ctx, of, q, f, limit)
	default:
		out, err = s.candidatesSQLite(ctx, of, q, f, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	return out, nil
}

// newest are the first limit of all records that pass f.
func (s Search) newest(ctx context.Context, of int64, f search.Filter, limit int) ([]search.Candidate, error) {
	args := parameters{of}
	query := `SELECT ` + searchColumns + ` FROM search WHERE community_id = $1` + filterSQL(f, args.add)
	return s.read(ctx, query+` ORDER BY at DESC, letter, number LIMIT `+args.add(int64(limit)), args)
}

// parameters are the arguments of a query that is being written.
type parameters []any

func (p *parameters) add(v any) string {
	*p = append(*p, v)
	return "$" + strconv.Itoa(len(*p))
}

// read runs a query for searchColumns.
func (s Search) read(ctx context.Context, query string, args []any) (out []search.Candidate, err error) {
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
	return out, err
}

// newestFirst brings candidates into search.Order and leaves the first limit of them.
func newestFirst(found []search.Candidate, limit int) []search.Candidate {
	slices.SortFunc(found, func(a, b search.Candidate) int { return search.Order(a.Doc, b.Doc) })
	return found[:min(limit, len(found))]
}

// within is q without the stems of languages in which the community has nothing.
func (s Search) within(ctx context.Context, of int64, q search.Query) (search.Query, error) {
	if len(q.Terms) == 0 {
		return q, nil
	}
	codes, err := s.languages(ctx, of)
	return q.Within(codes), err
}

// languages are those whose stems a community's records have.
func (s Search) languages(ctx context.Context, of int64) (codes []string, err error) {
	err = s.db.each(ctx, `SELECT code FROM search_language WHERE community_id = $1`, []any{of}, func(scan func(...any) error) error {
		var code string
		err := scan(&code)
		codes = append(codes, code)
		return err
	})
	return codes, err
}

// Having implements search.Index.
func (s Search) Having(ctx context.Context, of int64, terms []search.Term, limit int) (out [][]search.Ref, err error) {
	if s.db.engine == Postgres {
		out, err = s.havingPostgres(ctx, of, terms, limit)
	} else {
		out, err = s.havingSQLite(ctx, of, terms, limit)
	}
	if err != nil {
		return nil, fmt.Errorf("search for each word: %w", err)
	}
	return out, nil
}

// Read implements search.Index.
func (s Search) Read(ctx context.Context, of int64, refs []search.Ref, f search.Filter) (out []search.Candidate, err error) {
	for part := range slices.Chunk(refs, chunk) {
		args := parameters{of}
		query := `SELECT ` + searchColumns + ` FROM search`
		if s.db.engine == SQLite {
			// By docid, that is: SQLite takes a letter for rarer, and would go through all records that have it.
			query += ` NOT INDEXED`
		}
		query += ` WHERE community_id = $1 AND `
		list := make([]string, len(part))
		for i, r := range part {
			if list[i] = args.add(r.Record); s.db.engine == Postgres {
				letter, number := recordOf(r)
				args[len(args)-1] = letter
				list[i] = "(" + list[i] + ", " + args.add(number) + ")"
			}
		}
		if s.db.engine == Postgres {
			query += `(letter, number)`
		} else {
			query += `docid`
		}
		query += ` IN (` + strings.Join(list, ", ") + `)` + filterSQL(f, args.add)
		found, err := s.read(ctx, query, args)
		if err != nil {
			return nil, fmt.Errorf("read what was found: %w", err)
		}
		out = append(out, found...)
	}
	return out, nil
}

// Size implements search.Index: records are numbered from 1, letter by letter.
func (s Search) Size(ctx context.Context, of int64) (int, error) {
	n := int64(0)
	if _, err := s.db.one(ctx, sizeOf, []any{of}, &n); err != nil {
		return 0, fmt.Errorf("count records: %w", err)
	}
	return int(n), nil
}

var sizeOf = func() string {
	var parts []string
	for _, letter := range record.Letters {
		parts = append(parts, `COALESCE((SELECT MAX(number) FROM search WHERE community_id = $1 AND letter = '`+string(letter)+`'), 0)`)
	}
	return `SELECT ` + strings.Join(parts, " + ")
}()

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
	if f.Used > 0 {
		b.WriteString(" AND uses >= " + arg(int64(f.Used)))
	}
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
