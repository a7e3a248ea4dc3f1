package sqlstore

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"guildhall/core/search"
)

// On Postgres a record has tokens that say when it changed, besides those of its text: in steps of so
// many bits of the microsecond, about an hour, a day, two weeks and half a year.
var stepBits = []int{32, 36, 40, 44}

func stepToken(of int64, bits int, step int64) string {
	return fmt.Sprintf("'|%s.%d.%d'", scopeToken(of), bits, step)
}

// tokensPostgres is the text of a record's vector.
func tokensPostgres(of, at int64, title, body []string) string {
	var b strings.Builder
	b.WriteString(search.TSVector(title, body))
	b.WriteString(" '|" + scopeToken(of) + "':3C")
	for _, bits := range stepBits {
		b.WriteString(" " + stepToken(of, bits, max(at, 0)>>bits) + ":3C")
	}
	return b.String()
}

func (s Search) putPostgres(ctx context.Context, of int64, d search.Doc, args []any, title, body []string) error {
	all := parameters(args)
	tokens := all.add(tokensPostgres(of, d.At.UnixMicro(), title, body))
	with := ""
	if codes := search.StemLanguages(title, body); len(codes) > 0 {
		var rows []string
		for _, c := range codes {
			rows = append(rows, "($1, "+all.add(c)+")")
		}
		with = `WITH spoken AS (INSERT INTO search_language (community_id, code) VALUES ` + strings.Join(rows, ", ") + ` ON CONFLICT DO NOTHING) `
	}
	err := s.db.later(ctx, with+`INSERT INTO search (community_id, `+searchColumns+`, tokens)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CAST(`+tokens+` AS tsvector))
		ON CONFLICT (community_id, letter, number) DO UPDATE SET section = excluded.section, kind = excluded.kind,
		language = excluded.language, state = excluded.state, topics = excluded.topics, title = excluded.title, at = excluded.at,
		uses = excluded.uses, title_tokens = excluded.title_tokens, body_tokens = excluded.body_tokens, tokens = excluded.tokens`, all...)
	return err
}

// windows are how recent something must be to be among the newest few thousand records of a
// community, and among the newest of many more, as conditions of a query; last of all comes "", which
// is no condition. What matches a common word is so many that its newest must not be looked for among
// all of it.
type windows struct {
	mu    sync.Mutex
	known map[int64]window
}

type window struct {
	first []int64 // microseconds from which on it is new enough
	until time.Time
}

// How old what is known of a community's pace may be. It is about how long a search takes, and never
// about what it finds.
const windowAge = time.Minute

// widening is how much further back one looks after another.
const widening = 8

// next is the condition to try after the i-th, which n of limit passed: the one after it is left out
// where it would not do, either.
func next(i, n, limit, conditions int) int {
	if i+2 < conditions && n*widening < limit {
		return i + 2
	}
	return i + 1
}

// newIn are the conditions for what is new, in the order in which to try them.
func (s Search) newIn(ctx context.Context, of int64) ([]string, error) {
	w := &s.db.windows
	now := s.db.now()
	w.mu.Lock()
	known, ok := w.known[of]
	w.mu.Unlock()
	if !ok || now.After(known.until) {
		var err error
		if known, err = s.pace(ctx, of, now); err != nil {
			return nil, err
		}
		w.mu.Lock()
		if w.known == nil || len(w.known) > 10_000 {
			w.known = map[int64]window{}
		}
		w.known[of] = known
		w.mu.Unlock()
	}
	var out []string
	for _, first := range known.first {
		if c := since(of, first, now.Add(time.Hour).UnixMicro()); c != "" {
			out = append(out, c)
		}
	}
	return append(out, ""), nil
}

// pace looks how far back the newest records of a community go.
func (s Search) pace(ctx context.Context, of int64, now time.Time) (window, error) {
	const some = 1000
	known := window{until: now.Add(windowAge)}
	var newest, oldest, then int64
	ok, err := s.db.one(ctx, `SELECT (SELECT MAX(at) FROM search WHERE community_id = $1), (SELECT MIN(at) FROM search WHERE community_id = $1), at
		FROM search WHERE community_id = $1 ORDER BY at DESC, letter, number LIMIT 1 OFFSET $2`, []any{of, some}, &newest, &oldest, &then)
	if err != nil || !ok || newest > now.Add(time.Hour).UnixMicro() {
		return known, err
	}
	for times := int64(widening); times <= widening*widening; times *= widening {
		if first := newest - times*(newest-then); first > oldest {
			known.first = append(known.first, first)
		}
	}
	return known, nil
}

// since is the condition that something changed at from or later, or a little before; "" where that
// would take too many tokens. Nothing is later than to.
func since(of, from, to int64) string {
	const most = 24
	from = max(from, 0)
	for _, bits := range stepBits {
		if (to>>bits)-(from>>bits) >= most {
			continue
		}
		var steps []string
		for step := from >> bits; step <= to>>bits; step++ {
			steps = append(steps, stepToken(of, bits, step))
		}
		return "(" + strings.Join(steps, " | ") + ") & "
	}
	return ""
}

func (s Search) candidatesPostgres(ctx context.Context, of int64, q search.Query, f search.Filter, limit int) (out []search.Candidate, err error) {
	conditions, err := s.newIn(ctx, of)
	if err != nil {
		return nil, err
	}
	for i := 0; i < len(conditions); i = next(i, len(out), limit, len(conditions)) {
		args := parameters{of}
		match := conditions[i] + "'|" + scopeToken(of) + "' & (" + q.TSQuery() + ")"
		// The matches are gathered first: the planner would otherwise walk all records from the newest on.
		query := `WITH matched AS MATERIALIZED (SELECT community_id, letter, number, section, kind, language, state, topics, at
			FROM search WHERE tokens @@ CAST(` + args.add(match) + ` AS tsquery)),
			first AS (SELECT letter, number FROM matched WHERE community_id = $1` + filterSQL(f, args.add) +
			` ORDER BY at DESC, letter, number LIMIT ` + args.add(int64(limit)) + `)
			SELECT ` + prefixed("s", searchColumns) + ` FROM first JOIN search s ON s.community_id = $1 AND s.letter = first.letter AND s.number = first.number`
		if out, err = s.read(ctx, query, args); err != nil || len(out) >= limit {
			break
		}
	}
	return newestFirst(out, limit), err
}

// recordOf is a record's name in a search.Ref.
func recordOf(r search.Ref) (letter string, number int64) {
	return string(rune(r.Record >> 48)), r.Record & (1<<48 - 1)
}

// havingPostgres asks for all terms at once, and again, among more records, for those that few of the
// newest have.
func (s Search) havingPostgres(ctx context.Context, of int64, terms []search.Term, limit int) ([][]search.Ref, error) {
	out := make([][]search.Ref, len(terms))
	conditions, err := s.newIn(ctx, of)
	if err != nil {
		return nil, err
	}
	left := make([][]int, len(conditions)+2) // terms, by the condition to try next
	for i := range terms {
		left[0] = append(left[0], i)
	}
	for at, recent := range conditions {
		if len(left[at]) == 0 {
			continue
		}
		args := parameters{of, limit}
		var parts []string
		for _, i := range left[at] {
			match := recent + "'|" + scopeToken(of) + "' & (" + search.Query{Terms: terms[i : i+1]}.TSQuery() + ")"
			parts = append(parts, `SELECT `+strconv.Itoa(i)+` AS term, letter, number, at FROM (WITH matched AS MATERIALIZED (SELECT community_id, letter, number, at
				FROM search WHERE tokens @@ CAST(`+args.add(match)+` AS tsquery)) SELECT letter, number, at FROM matched WHERE community_id = $1
				ORDER BY at DESC FETCH FIRST $2 ROWS WITH TIES) AS one`)
			out[i] = nil
		}
		err := s.db.each(ctx, strings.Join(parts, " UNION ALL "), args, func(scan func(...any) error) error {
			var i int
			var letter string
			var number, at int64
			err := scan(&i, &letter, &number, &at)
			ref := search.Ref{Record: number, At: at}
			for _, r := range letter {
				ref.Record |= int64(r) << 48
				break
			}
			out[i] = append(out[i], ref)
			return err
		})
		if err != nil {
			return nil, err
		}
		for _, i := range left[at] {
			if n := len(out[i]); n < limit {
				to := next(at, n, limit, len(conditions))
				left[to] = append(left[to], i)
			}
		}
	}
	return out, nil
}
