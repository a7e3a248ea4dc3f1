package sqlstore

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"guildhall/core/search"
)

// On SQLite a record's docid is the microsecond of its last change times 1024, and a number that makes
// it unlike any other: FTS5 goes through what it finds by docid, and so from the newest on.
const (
	docidStep = 1024
	latest    = 1<<52 - 1 // the last microsecond that fits, in the year 2112
)

func docidAt(at int64) int64 { return min(max(at, 0), latest) * docidStep }

// placeInTime is the docid that a record has, and the last one of the microsecond in which it is to be.
const placeInTime = `SELECT COALESCE((SELECT docid FROM search WHERE community_id = $1 AND letter = $2 AND number = $3), -1),
	COALESCE((SELECT MAX(docid) FROM search WHERE docid >= $4 AND docid < $4 + 1024), -1)`

const insertSearch = `INSERT INTO search (community_id, ` + searchColumns + `, docid)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`

const insertMatch = `INSERT INTO search_match (rowid, tokens) VALUES ($1, $2)`

func (s Search) putSQLite(ctx context.Context, of int64, d search.Doc, args []any, title, body []string) error {
	first := docidAt(d.At.UnixMicro())
	var was, last int64
	if _, err := s.db.one(ctx, placeInTime, []any{of, d.Letter, d.Number, first}, &was, &last); err != nil {
		return err
	}
	if was >= 0 {
		if err := s.removeDocid(ctx, was); err != nil {
			return err
		}
	}
	docid := max(first, last+1)
	if was >= first && was < first+docidStep {
		docid = was
	} else if docid == first+docidStep {
		// Thousands in one microsecond: it stands as if it were the newest of all.
		if _, err := s.db.one(ctx, `SELECT MAX(docid) + 1 FROM search`, nil, &docid); err != nil {
			return err
		}
	}
	if err := s.db.later(ctx, insertSearch, append(args, docid)...); err != nil {
		return err
	}
	if err := s.db.later(ctx, insertMatch, docid, strings.Join(d.IndexTokens(of, title, body), " ")); err != nil {
		return err
	}
	return s.noteLanguages(ctx, of, search.StemLanguages(title, body))
}

// indexAllSQLite is search.Doc.IndexTokens of all that the table search has; codes hold letters, digits
// and hyphens.
const indexAllSQLite = `INSERT INTO search_match (rowid, tokens) SELECT docid, replace(' ' || title_tokens, ' ', ' ' || mark)
		|| replace(' ' || title_tokens, ' ', ' ' || mark || '¤')
		|| CASE body_tokens WHEN '' THEN '' ELSE replace(' ' || body_tokens, ' ', ' ' || mark) END
		|| CASE section WHEN '' THEN '' ELSE ' ' || mark || '¶s' || lower(replace(section, '-', '·')) END
		|| CASE kind WHEN '' THEN '' ELSE ' ' || mark || '¶k' || lower(replace(kind, '-', '·')) END
		|| CASE language WHEN '' THEN '' ELSE ' ' || mark || '¶g' || lower(replace(language, '-', '·')) END
		|| CASE letter WHEN '' THEN '' ELSE ' ' || mark || '¶l' || lower(letter) END
		|| replace(rtrim(lower(replace(topics, '-', '·'))), ' ', ' ' || mark || '¶t')
        || CASE WHEN uses >= 4 THEN ' ' || mark || '¶u4' ELSE '' END
        || CASE WHEN uses >= 16 THEN ' ' || mark || '¶u16' ELSE '' END
        || CASE WHEN uses >= 64 THEN ' ' || mark || '¶u64' ELSE '' END
	FROM (SELECT *, char(65536 + community_id % 1000000)
		|| CASE WHEN community_id < 1000000 THEN '' ELSE '¦' || community_id / 1000000 || '¦' END AS mark FROM search)
	ORDER BY docid`

// indexSQLite gives all records docids, and makes the index anew, after records were written otherwise.
func indexSQLite(ctx context.Context, on querier) error {
	for _, query := range []string{
		`CREATE TEMP TABLE renumbered AS SELECT docid AS was, min(max(at, 0), 4503599627370495) * 1024
			+ row_number() OVER (PARTITION BY min(max(at, 0), 4503599627370495) ORDER BY community_id, letter, number) - 1 AS now FROM search`,
		`CREATE UNIQUE INDEX temp.renumbered_was ON renumbered (was)`,
		`UPDATE search SET docid = -(SELECT now FROM temp.renumbered WHERE was = docid) - 1`, // which no other has
		`UPDATE search SET docid = -docid - 1`,
		`DROP TABLE temp.renumbered`,
		`DELETE FROM search_match`,
		indexAllSQLite,
	} {
		if _, err := on.ExecContext(ctx, query); err != nil {
			return fmt.Errorf("index records: %w", err)
		}
	}
	return nil
}

func (s Search) removeDocid(ctx context.Context, docid int64) error {
	if err := s.db.later(ctx, `DELETE FROM search_match WHERE rowid = $1`, docid); err != nil {
		return err
	}
	err := s.db.later(ctx, `DELETE FROM search WHERE docid = $1`, docid)
	return err
}

// noteLanguages writes only what is new: after a write, FTS5 would put away what it has in memory.
func (s Search) noteLanguages(ctx context.Context, of int64, codes []string) error {
	if len(codes) == 0 {
		return nil
	}
	known, err := s.languages(ctx, of)
	if err != nil {
		return err
	}
	for _, c := range codes {
		if slices.Contains(known, c) {
			continue
		}
		if err := s.db.later(ctx, `INSERT INTO search_language (community_id, code) VALUES ($1, $2) ON CONFLICT DO NOTHING`, of, c); err != nil {
			return err
		}
	}
	return nil
}

// candidatesSQLite looks first for what begins as a long prefix does, which FTS5 has ready, and leaves
// out what goes on otherwise; where that is most of it, it looks again for the prefix itself.
func (s Search) candidatesSQLite(ctx context.Context, of int64, q search.Query, f search.Filter, limit int) ([]search.Candidate, error) {
	q, err := s.within(ctx, of, q)
	if err != nil {
		return nil, err
	}
	exact := q.Where(of, f)
	wide, more := exact.Wide()
	if more {
		found, all, err := s.newestSQLite(ctx, wide, &q, f, limit)
		if err != nil || all {
			return newestFirst(found, limit), err
		}
	}
	found, _, err := s.newestSQLite(ctx, exact, nil, f, limit)
	return newestFirst(found, limit), err
}

// mostPages is how many times as much as is wanted is looked through.
const mostPages = 4

// newestSQLite are the newest limit of what matches e, passes f and, with q, matches that, and what
// changed in the same microsecond as the last one. all is false when it gave up before it had so many.
func (s Search) newestSQLite(ctx context.Context, e search.Expr, q *search.Query, f search.Filter, limit int) (found []search.Candidate, all bool, err error) {
	match, seen := e.FTS5(), map[searchKey]bool{}
	ask := func(from, below int64, most int) (some []search.Candidate, err error) {
		args := parameters{match}
		query := `SELECT ` + prefixed("s", searchColumns) + ` FROM search_match m CROSS JOIN search s ON s.docid = m.rowid
			WHERE m.search_match MATCH $1 AND m.rowid >= ` + args.add(from) + ` AND m.rowid < ` + args.add(below) + filterSQL(f, args.add) + ` ORDER BY m.rowid DESC`
		if most >= 0 {
			query += ` LIMIT ` + args.add(int64(most))
		}
		if some, err = s.read(ctx, query, args); err != nil {
			return nil, err
		}
		var other []search.Candidate
		for _, c := range some {
			if key := (searchKey{c.Letter, c.Number}); !seen[key] {
				seen[key] = true
				other = append(other, c)
			}
		}
		if q != nil {
			other = q.Matching(other)
		}
		found = append(found, other...)
		return some, nil
	}
	below := int64(math.MaxInt64)
	for range mostPages {
		some, err := ask(0, below, limit+1)
		if err != nil || len(some) <= limit || limit == 0 {
			return found, true, err
		}
		last, next := docidAt(some[limit-1].At.UnixMicro()), docidAt(some[limit].At.UnixMicro())
		if below = next + docidStep; next == last {
			// What changed in the same microsecond may have come before it.
			below = last
			if _, err := ask(last, last+docidStep, -1); err != nil {
				return nil, false, err
			}
		}
		if len(found) >= limit {
			return found, true, nil
		}
	}
	return found, false, nil
}

func (s Search) havingSQLite(ctx context.Context, of int64, terms []search.Term, limit int) ([][]search.Ref, error) {
	whole, err := s.within(ctx, of, search.Query{Terms: terms})
	if err != nil {
		return nil, err
	}
	out := make([][]search.Ref, len(terms))
	for i, t := range whole.Terms {
		match := search.Query{Terms: []search.Term{t}}.Where(of, search.Filter{}).FTS5()
		if out[i], err = s.docids(ctx, `ORDER BY rowid DESC LIMIT $2`, match, limit); err != nil {
			return nil, err
		}
		n := len(out[i])
		if n < limit || n == 0 {
			continue
		}
		last := slices.MinFunc(out[i], func(a, b search.Ref) int { return cmp.Compare(a.Record, b.Record) })
		if last.Record%docidStep == 0 {
			continue
		}
		same, err := s.docids(ctx, `AND rowid >= $2 AND rowid < $3`, match, last.At*docidStep, last.Record)
		if err != nil {
			return nil, err
		}
		out[i] = append(out[i], same...)
	}
	return out, nil
}

// docids are those of what matches; rest ends the query. They come as one text: a row for each takes
// several times as long.
func (s Search) docids(ctx context.Context, rest string, args ...any) (out []search.Ref, err error) {
	var list string
	if _, err := s.db.one(ctx, `SELECT COALESCE(group_concat(rowid), '') FROM (SELECT rowid FROM search_match WHERE search_match MATCH $1 `+rest+`)`,
		args, &list); err != nil {
		return nil, err
	}
	for id := range strings.SplitSeq(list, ",") {
		if id == "" {
			continue
		}
		docid, err := strconv.ParseInt(id, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("read docids: %w", err)
		}
		out = append(out, search.Ref{Record: docid, At: docid / docidStep})
	}
	return out, nil
}

type searchKey struct {
	letter string
	number int64
}
