package bottest

import (
	"context"
	"errors"

	"guildhall/adapters/sqlstore"
	"guildhall/core/work"
)

// Queue is the store's work queue by the world's clock. It remembers what was given up.
type Queue struct {
	sqlstore.Work
	Dead []error
}

// Settle implements jobs.Claims.
func (q *Queue) Settle(ctx context.Context, outcomes ...work.Outcome) (lost []int64, err error) {
	for _, o := range outcomes {
		if o.End == work.Died {
			q.Dead = append(q.Dead, errors.New(o.Cause))
		}
	}
	return q.Work.Settle(ctx, outcomes...)
}
