package build

import (
	"context"
	"time"

	"guildhall/adapters/sqlstore"
	"guildhall/bots/digest"
	"guildhall/core/chat"
	corecollab "guildhall/core/collaboration"
	corecomm "guildhall/core/communication"
	corecoop "guildhall/core/cooperation"
	"guildhall/core/record"
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
	}
	if p.Files != nil {
		own.Files = keeper{p.Files}
	}
	return own
}
