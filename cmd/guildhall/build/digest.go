package build

import (
	"context"
	"fmt"
	"time"

	"guildhall/adapters/charts"
	"guildhall/adapters/sqlstore"
	"guildhall/bots/digest"
	"guildhall/core/chat"
	corecollab "guildhall/core/collaboration"
	corecomm "guildhall/core/communication"
	corecoop "guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

// happenings take note of what changes, and read it again.
type happenings struct {
	chat.Recorder
	sqlstore.Ledger
}

// Record is the recorder's: cards and search follow.
func (h happenings) Record(ctx context.Context, c record.Change) error {
	return h.Recorder.Record(ctx, c)
}

func (p parts) digestParts(desk *corecomm.Desk, groups *corecollab.Groups, book *corecoop.Book) digest.Parts {
	own := digest.Parts{
		Issues: p.DB.Digests(), Changes: happenings{p.changes, p.ledger}, Threads: p.DB.Threads(), People: p.people, Schedules: p.DB.Schedules(), Queue: p.Queue,
		Cards: p.DB.Cards(), Views: p.guild.view, Now: p.Now,
		Waiting: func(ctx context.Context, of int64) ([]digest.Dated, error) { return digest.Open(ctx, desk, of) },
		Ahead: []func(context.Context, int64, time.Time, time.Time) ([]digest.Dated, error){
			func(ctx context.Context, of int64, since, until time.Time) ([]digest.Dated, error) {
				return digest.Deadlines(ctx, groups, of, since, until)
			},
			func(ctx context.Context, of int64, since, until time.Time) ([]digest.Dated, error) {
				return digest.Rechecks(ctx, book, of, since, until)
			},
		},
		Credit: func(ctx context.Context, of int64, id record.ID) (int64, error) {
			return digest.Credit(ctx, desk, of, id)
		},
		Backlog: p.backlog(desk, book),
	}
	if p.Files != nil {
		own.Files = keeper{p.Files}
		own.Draw = func(b digest.Bars) ([]byte, error) { return charts.Weeks(b).PNG() }
	}
	return own
}

// backlog counts what waits for the moderators.
func (p parts) backlog(desk *corecomm.Desk, book *corecoop.Book) func(ctx context.Context, of int64) (digest.Backlog, error) {
	return func(ctx context.Context, of int64) (out digest.Backlog, err error) {
		deposits, err := p.DB.Resources().List(ctx, of, sharing.Filter{States: []sharing.State{sharing.Submitted}, Oldest: true, N: mostInQueueAKind})
		if err != nil {
			return out, fmt.Errorf("list deposits: %w", err)
		}
		practices, err := book.Waiting(ctx, of)
		if err != nil {
			return out, fmt.Errorf("list practices: %w", err)
		}
		open, err := desk.List(ctx, of, corecomm.Filter{States: []corecomm.State{corecomm.Open}, N: mostInQueueAKind})
		if err != nil {
			return out, fmt.Errorf("list requests: %w", err)
		}
		dead, err := p.DB.Work().Dead(ctx, of, mostInQueueAKind)
		if err != nil {
			return out, fmt.Errorf("list what failed: %w", err)
		}
		for _, r := range open {
			if p.Now().Sub(r.Asked) >= digest.Unanswered {
				out.Unanswered++
			}
		}
		out.Review, out.Rechecks, out.Failed = len(deposits)+len(practices.Lacking)+len(practices.Complete), len(practices.Due), len(dead)
		return out, nil
	}
}
