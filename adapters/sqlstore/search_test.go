package sqlstore

import (
	"context"
	"testing"

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
