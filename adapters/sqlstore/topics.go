package sqlstore

import (
	"context"
	"fmt"

	"guildhall/core/community"
)

var _ community.Topics = Directory{}

// MergeTopic implements community.Topics. Lists of codes are separated by spaces, so a code with a
// space on either side is one of them.
func (d Directory) MergeTopic(ctx context.Context, of int64, from, into string) error {
	if err := d.db.later(ctx, `UPDATE topic SET hidden = TRUE, merged_into = $3 WHERE community_id = $1 AND (code = $2 OR merged_into = $2)`,
		of, from, into); err != nil {
		return fmt.Errorf("merge topic: %w", err)
	}
	for _, table := range []string{"member", "space"} {
		// Who has both keeps one.
		if err := d.db.later(ctx, `UPDATE `+table+` SET topics = TRIM(REPLACE(' ' || topics || ' ', ' ' || CAST($2 AS TEXT) || ' ', ' '))
			WHERE community_id = $1 AND ' ' || topics || ' ' LIKE '% ' || CAST($2 AS TEXT) || ' %' AND ' ' || topics || ' ' LIKE '% ' || CAST($3 AS TEXT) || ' %'`,
			of, from, into); err != nil {
			return fmt.Errorf("merge topics of each %s: %w", table, err)
		}
		if err := d.db.later(ctx, `UPDATE `+table+` SET topics = TRIM(REPLACE(' ' || topics || ' ', ' ' || CAST($2 AS TEXT) || ' ', ' ' || CAST($3 AS TEXT) || ' '))
			WHERE community_id = $1 AND ' ' || topics || ' ' LIKE '% ' || CAST($2 AS TEXT) || ' %'`, of, from, into); err != nil {
			return fmt.Errorf("merge topics of each %s: %w", table, err)
		}
	}
	return nil
}
