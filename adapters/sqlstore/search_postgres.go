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
	return fmt.Sprintf("%s¶%d:%d", search.Mark(of), bits, step)
}

// tokensPostgres is the text of a record's vector.
func tokensPostgres(of int64, d search.Doc, title, body []string) string {
	var steps []string
	for _, bits := range stepBits {
		steps = append(steps, stepToken(of, bits, max(d.At.UnixMicro(), 0)>>bits))
	}
	return search.TSVector(d.IndexTokens(of, title, body), search.Heads(of, title, body), steps)
}

func (s Search) putPostgres(ctx context.Context, of int64, d search.Doc, args []any, title, body []string) error {
	all := parameters(args)
	tokens := all.add(tokensPostgres(of, d, title, body))
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
// community, and among the newest of many more. What matches a common word is so many that its newest
// must not be looked for among all of it: Postgres reads the row of each.
type windows struct {
	mu    sync.Mutex
	known map[int64]pace
}

// pace is how many records of a community changed in the time before newest.
type pace struct {
	newest, oldest int64
	some           int64 // microseconds in which about someRecords changed; 0: there are fewer
	until          time.Time
}

const (
	someRecords = 1000
	// How old what is known of a community's pace may be. It is about how long a search takes, and never
	// about what it finds.
	paceAge = time.Minute
)

// widths are how many times someRecords are looked among, one after the other.
var widths = []int64{4, 16, 64, 256}

// window is where to look: in what meets the condition, which ends in " & " or is none.
type window struct {
	width     int64
	condition string
}

// next is the window to try after the i-th, in which n of limit were found: the first that may have as
// many, else the last, which is everything.
func next(windows []window, i, n, limit int) int {
	tried := windows[i].width
	for i++; i < len(windows)-1; i++ {
		if int64(n)*windows[i].width >= int64(limit)*tried {
			break
		}
	}
	return i
}

// newIn are the windows for what is new, in the order in which to try them.
func (s Search) newIn(ctx context.Context, of int64) ([]window, error) {
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
			w.known = map[int64]pace{}
		}
		w.known[of] = known
		w.mu.Unlock()
	}
	var out []window
	for _, width := range widths {
		first := known.newest - width*known.some
		if known.some == 0 || first <= known.oldest {
			break
		}
		if c := since(of, first, now.Add(time.Hour).UnixMicro()); c != "" {
			out = append(out, window{width, c})
		}
	}
	return append(out, window{}), nil
}

// pace looks how far back the newest records of a community go.
func (s Search) pace(ctx context.Context, of int64, now time.Time) (pace, error) {
	known := pace{until: now.Add(paceAge)}
	var then int64
	ok, err := s.db.one(ctx, `SELECT (SELECT MAX(at) FROM search WHERE community_id = $1), (SELECT MIN(at) FROM search WHERE community_id = $1), at
		FROM search WHERE community_id = $1 ORDER BY at DESC, letter, number LIMIT 1 OFFSET $2`, []any{of, someRecords}, &known.newest, &known.oldest, &then)
	if ok && known.newest <= now.Add(time.Hour).UnixMicro() {
		known.some = known.newest - then
	}
	return known, err
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
			steps = append(steps, search.TSVector([]string{stepToken(of, bits, step)}))
		}
		return "(" + strings.Join(steps, " | ") + ") & "
	}
	return ""
}

// candidatesPostgres looks first for what begins as a long prefix does, which the index has as a token,
// and leaves out what goes on otherwise; where that is much of it, it looks again for the prefix itself.
func (s Search) candidatesPostgres(ctx context.Context, of int64, q search.Query, f search.Filter, limit int) (out []search.Candidate, err error) {
	windows, err := s.newIn(ctx, of)
	if err != nil {
		return nil, err
	}
	exact := q.Where(of, f)
	wide, more := exact.Wide()
	for i := 0; i < len(windows); i = next(windows, i, len(out), limit) {
		all := false
		if more {
			most := 2 * limit
			if out, err = s.newestPostgres(ctx, of, windows[i], wide, f, most); err != nil {
				return nil, err
			}
			all = len(out) < most
			out = q.Matching(out)
		}
		if !all && (!more || len(out) < limit) {
			if out, err = s.newestPostgres(ctx, of, windows[i], exact, f, limit); err != nil {
				return nil, err
			}
		}
		if len(out) >= limit {
			break
		}
	}
	return newestFirst(out, limit), nil
}

// newestPostgres are the newest limit of what matches e in a window and passes f, in no order.
func (s Search) newestPostgres(ctx context.Context, of int64, in window, e search.Expr, f search.Filter, limit int) ([]search.Candidate, error) {
	args := parameters{of}
	query := `WITH first AS MATERIALIZED (SELECT letter, number FROM search_matching(CAST(` + args.add(in.condition+e.TSQuery()) + ` AS tsquery))
		WHERE TRUE` + filterSQL(f, args.add) + ` ORDER BY at DESC, letter, number LIMIT ` + args.add(int64(limit)) + `)
		SELECT ` + prefixed("s", searchColumns) + ` FROM first JOIN search s ON s.community_id = $1 AND s.letter = first.letter AND s.number = first.number`
	return s.read(ctx, query, args)
}

// recordOf is a record's name in a search.Ref.
func recordOf(r search.Ref) (letter string, number int64) {
	return string(rune(r.Record >> 48)), r.Record & (1<<48 - 1)
}

// havingPostgres asks for all terms at once, and again, among more records, for those that few of the
// newest have.
func (s Search) havingPostgres(ctx context.Context, of int64, terms []search.Term, limit int) ([][]search.Ref, error) {
	out := make([][]search.Ref, len(terms))
	windows, err := s.newIn(ctx, of)
	if err != nil {
		return nil, err
	}
	left := make([][]int, len(windows)+1) // terms, by the window to try next
	for i := range terms {
		left[0] = append(left[0], i)
	}
	for at, in := range windows {
		if len(left[at]) == 0 {
			continue
		}
		args := parameters{limit}
		var parts []string
		for _, i := range left[at] {
			match := in.condition + search.Query{Terms: terms[i : i+1]}.Where(of, search.Filter{}).TSQuery()
			parts = append(parts, `SELECT `+strconv.Itoa(i)+` AS term, letter, number, at FROM (SELECT letter, number, at
				FROM search_matching(CAST(`+args.add(match)+` AS tsquery)) ORDER BY at DESC FETCH FIRST $1 ROWS WITH TIES) AS one`)
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
				to := next(windows, at, n, limit)
				left[to] = append(left[to], i)
			}
		}
	}
	return out, nil
}
