package digest_test

import (
	"context"
	"io"
	"testing"
	"time"

	"guildhall/bots/bottest"
	collaborationbot "guildhall/bots/collaboration"
	communicationbot "guildhall/bots/communication"
	bots "guildhall/bots/digest"
	"guildhall/bots/library"
	"guildhall/bots/membership"
	sharingbot "guildhall/bots/sharing"
	"guildhall/core/chat"
	"guildhall/core/collaboration"
	"guildhall/core/digest"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

func TestTranscripts(t *testing.T) {
	t.Parallel()
	bottest.Play(t, press)
}

// press are this bot and those whose records it tells of.
func press(w *bottest.World) []chat.Bot {
	db := w.DB
	d, l := db.Directory(), db.Ledger()
	desk := w.Desk()
	box := sharing.New(sharing.Store{Transactions: db, Resources: db.Resources(), Versions: db.ResourceVersions(), Uses: db.ResourceUses(),
		Members: d, Consents: l, Changes: w.Changes(), Trails: l, Queue: w.Queue, Normalize: func(s string) (string, error) { return s, nil }}, w.Clock)
	groups := collaboration.New(collaboration.Store{Transactions: db, Collaborations: db.Collaborations(), Members: d, Records: l,
		Changes: w.Changes(), Trails: l, Queue: w.Queue}, w.Clock)
	all := []chat.Bot{
		communicationbot.New(communicationbot.Parts{Desk: desk, People: d}),
		sharingbot.New(sharingbot.Parts{Toolbox: box, People: d}),
		collaborationbot.New(collaborationbot.Parts{Groups: groups, People: d}),
	}
	var views []chat.View
	for _, b := range all {
		views = append(views, b.Views...)
	}
	ledger := ledger{w.Changes(), l}
	return append(all, library.New(w.View, w.Finder(), l, views...), membership.New(d, l, w.View, w.Rights),
		bots.New(bots.Parts{Issues: db.Digests(), Changes: ledger, Threads: db.Threads(), People: d, Schedules: db.Schedules(), Queue: w.Queue, Cards: db.Cards(),
			Views: w.View, Now: w.Clock, Files: drawer{}, Draw: func(b bots.Bars) ([]byte, error) { return []byte(b.Title), nil },
			Waiting: func(ctx context.Context, of int64) ([]bots.Dated, error) { return bots.Open(ctx, desk, of) },
			Credit: func(ctx context.Context, of int64, id record.ID) (int64, error) {
				return bots.Credit(ctx, desk, of, id)
			},
			Ahead: []func(context.Context, int64, time.Time, time.Time) ([]bots.Dated, error){
				func(ctx context.Context, of int64, since, until time.Time) ([]bots.Dated, error) {
					return bots.Deadlines(ctx, groups, of, since, until)
				}}}))
}

// drawer keeps nothing of a file but what it is called.
type drawer struct{}

func (drawer) Keep(_ context.Context, r io.Reader, name string) (chat.Attachment, error) {
	b, err := io.ReadAll(r)
	return chat.Attachment{Name: name, Type: "text/csv", Size: int64(len(b))}, err
}

// ledger takes note of changes as the program does, and reads them again.
type ledger struct {
	record.Changes
	past
}

type past interface {
	Between(ctx context.Context, of int64, since, until time.Time, n int) ([]record.Change, error)
	Moved(ctx context.Context, of int64, since, until time.Time, verbs []string, n int) ([]record.Change, error)
	AtWork(ctx context.Context, of int64, since, until time.Time) (people, countries int, err error)
	Rise(ctx context.Context, of int64, until time.Time) (digest.Rise, error)
}
