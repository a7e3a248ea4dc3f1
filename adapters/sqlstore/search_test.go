package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"guildhall/core/search"
	"guildhall/core/search/searchtest"
)

// inTransaction writes to the index in a transaction of its own each time.
type inTransaction struct{ Search }

func (x inTransaction) Put(ctx context.Context, of int64, d search.Doc) error {
	return x.db.Atomically(ctx, func(ctx context.Context) error { return x.Search.Put(ctx, of, d) })
}

func (x inTransaction) Remove(ctx context.Context, of int64, letter string, number int64) error {
	return x.db.Atomically(ctx, func(ctx context.Context) error { return x.Search.Remove(ctx, of, letter, number) })
}

func TestSearch(t *testing.T) {
	t.Parallel()
	for _, e := range []Engine{SQLite, Postgres} {
		t.Run(string(e), func(t *testing.T) {
			searchtest.Run(t, func(t *testing.T) search.Index { return inTransaction{openTest(t, freshAddress(t, e)).Search()} })
		})
	}
}

// TestSearchAmongMany: what is new is looked for first, and what is found is the same.
func TestSearchAmongMany(t *testing.T) {
	t.Parallel()
	now := time.Now().Truncate(time.Microsecond)
	var docs []search.Doc
	for i := range 1500 {
		d := search.Doc{Section: "sharing", Letter: "R", Number: int64(i + 1), Title: "welding", Language: "en", State: "published", At: now.Add(-time.Duration(i*i/7) * time.Minute)}
		if i%40 == 0 {
			d.Title = "welding and baking"
		}
		if i%700 == 0 {
			d.Title = "baking with care"
		}
		docs = append(docs, d)
	}
	eachEngine(t, func(t *testing.T, db *DB) {
		var memory searchtest.Memory
		index := db.Search()
		err := db.Atomically(t.Context(), func(ctx context.Context) error {
			for _, d := range docs {
				if err := errors.Join(index.Put(ctx, 1, d), memory.Put(ctx, 1, d)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"welding", "baking", "welding baking", "care", "nothing"} {
			for _, limit := range []int{1, 10, 100, 1000} {
				found, have := matches(t, index, words, limit)
				wantFound, wantHave := matches(t, &memory, words, limit)
				if !slices.Equal(found, wantFound) {
					t.Errorf("%q, %d: found %v, want %v", words, limit, found, wantFound)
				}
				if !slices.Equal(have, wantHave) {
					t.Errorf("%q, %d: have %v, want %v", words, limit, have, wantHave)
				}
			}
		}
	})
}

// matches are the numbers of what an index finds, and when what has each word changed.
func matches(t *testing.T, x search.Index, words string, limit int) (numbers []int64, times []string) {
	t.Helper()
	q := search.Parse(words, "en")
	found, err := x.Candidates(t.Context(), 1, q, search.Filter{}, limit)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range found {
		numbers = append(numbers, c.Number)
	}
	lists, err := x.Having(t.Context(), 1, q.Terms, limit)
	if err != nil {
		t.Fatal(err)
	}
	for i, list := range lists {
		for _, r := range list {
			times = append(times, fmt.Sprint(i, " ", r.At))
		}
	}
	slices.Sort(numbers)
	slices.Sort(times)
	return numbers, times
}

// TestSearchUpgrade: what was indexed by an earlier program is found, the newest first.
func TestSearchUpgrade(t *testing.T) {
	t.Parallel()
	eachEmpty(t, func(t *testing.T, address string) {
		db := openTest(t, address)
		p, err := db.migrations()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.UpTo(t.Context(), 4); err != nil {
			t.Fatal(err)
		}
		if err := db.Atomically(t.Context(), func(ctx context.Context) error { return indexedBefore(ctx, db) }); err != nil {
			t.Fatal(err)
		}
		if _, _, err := db.Migrate(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, words := range []string{"welding", "welded", "seams", "weldi", "we", "sea"} {
			if got, _ := matches(t, db.Search(), words, 5); fmt.Sprint(got) != "[1 2 3 4 5]" {
				t.Errorf("%s: %v", words, got)
			}
		}
		for f, want := range map[*search.Filter]int{
			{Section: "sharing", Kind: "link", Language: "en", Topic: "green-skills", Letters: []string{"H", "R"}}: 20,
			{Used: 16}: 4, {Kind: "lin"}: 0, {Topic: "green"}: 0, {Letters: []string{"H"}}: 0,
		} {
			for _, q := range []search.Query{{}, {Match: search.Title, Terms: []search.Term{{Words: []string{"x"}, Prefix: "weldi"}}}} {
				if got, err := db.Search().Candidates(t.Context(), 1, q, *f, 100); err != nil || len(got) != want {
					t.Errorf("%+v: %d, %v, want %d", *f, len(got), err, want)
				}
			}
		}
	})
}

// TestLoad: what comes as a whole is found like what comes one by one.
func TestLoad(t *testing.T) {
	t.Parallel()
	eachEngine(t, func(t *testing.T, db *DB) {
		var memory searchtest.Memory
		var entries []Entry
		for i, d := range searchtest.Library() {
			d.Uses, d.Title = i*3, d.Title+"\t\\"
			for _, of := range []int64{1, 2} {
				entries = append(entries, Entry{of, d})
				if err := memory.Put(t.Context(), of, d); err != nil {
					t.Fatal(err)
				}
			}
		}
		if n, err := db.Search().Load(t.Context(), slices.Values(entries)); err != nil || n != len(entries) {
			t.Fatalf("%d of %d: %v", n, len(entries), err)
		}
		for _, words := range []string{"", "rubrica saldatura", "rubr", "spawani", "zazolc", "溶接"} {
			for _, f := range []search.Filter{{}, {Topic: "didactics"}, {Used: 16}, {Letters: []string{"R"}, Language: "pl"}} {
				for _, match := range []search.Match{search.All, search.SomeTitle, search.Any} {
					q := search.Parse(words, "it")
					q.Match = match
					got, err := db.Search().Candidates(t.Context(), 2, q, f, 100)
					want, e := memory.Candidates(t.Context(), 2, q, f, 100)
					if err != nil || e != nil || found(got) != found(want) {
						t.Errorf("%q, %+v: %s, want %s (%v, %v)", words, f, found(got), found(want), err, e)
					}
				}
			}
		}
	})
}

// found is the ids and titles of candidates, in order.
func found(list []search.Candidate) string {
	var out []string
	for _, c := range list {
		out = append(out, fmt.Sprint(c.Letter, c.Number, c.Title))
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// indexedBefore writes twenty records as the first programs did, the newest first.
func indexedBefore(ctx context.Context, db *DB) error {
	at := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC).UnixMicro()
	for i := range int64(20) {
		args := []any{1, i + 1, at - i/2}
		columns := `INSERT INTO search (community_id, letter, number, section, kind, language, state, topics, title, at, uses, title_tokens, body_tokens`
		values := `VALUES ($1, 'R', $2, 'sharing', 'link', 'en', 'published', ' green-skills ', 'Welding', $3, CAST($2 AS BIGINT) - 1, 'welding §enweld', 'seam §enseam'`
		if db.engine == Postgres {
			columns, values = columns+`, tokens`, values+`, CAST($4 AS tsvector)`
			args = append(args, `'welding':1A '§enweld':1A 'seam':2B '§enseam':2B '|c1':3C`)
		}
		if _, err := db.exec(ctx, columns+`) `+values+`)`, args...); err != nil {
			return err
		}
	}
	if db.engine == Postgres {
		return nil
	}
	_, err := db.exec(ctx, `INSERT INTO search_match (rowid, title, body, scope) SELECT docid, title_tokens, body_tokens, 'c1' FROM search`)
	return err
}
