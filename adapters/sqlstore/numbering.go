package sqlstore

import (
	"context"
	"fmt"
	"strings"
)

// numbering is rows that have the next number of a name within their community.
type numbering struct {
	name    string // of the counter
	table   string
	columns string // besides community_id and number
}

// insert is the statement that adds a row: community_id is $1, the counter's name $2, and the columns follow.
func (n numbering) insert(last string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "INSERT INTO %s (community_id, number, %s) SELECT CAST($1 AS BIGINT), %s", n.table, n.columns, last)
	for i := range strings.Split(n.columns, ",") {
		fmt.Fprintf(&b, ", $%d", i+3)
	}
	return b.String()
}

// numbered is insert with the next number, in one statement of Postgres: its counter's row is locked for one round
// trip less.
func (n numbering) numbered() string {
	return "WITH n AS (" + nextNumber + ") " + n.insert("n.last") + " FROM n"
}

// addNumbered adds a row and returns its number. The counter's row stays locked to the commit: add it as late as
// can be.
func (db *DB) addNumbered(ctx context.Context, n numbering, community int64, values ...any) (no int64, err error) {
	args := append([]any{community, n.name}, values...)
	if db.engine == Postgres {
		_, err = db.writeOne(ctx, n.numbered()+" RETURNING number", args, &no)
	} else if no, err = db.next(ctx, community, n.name); err == nil {
		args[1] = no
		err = db.later(ctx, n.insert("$2"), args...)
	}
	if err != nil {
		return 0, fmt.Errorf("add a %s: %w", n.table, err)
	}
	return no, nil
}

// addNumberedLater is addNumbered for a row whose number nobody asks for: no one waits for it.
func (db *DB) addNumberedLater(ctx context.Context, n numbering, community int64, values ...any) error {
	if db.engine != Postgres {
		_, err := db.addNumbered(ctx, n, community, values...)
		return err
	}
	if err := db.later(ctx, n.numbered(), append([]any{community, n.name}, values...)...); err != nil {
		return fmt.Errorf("add a %s: %w", n.table, err)
	}
	return nil
}
