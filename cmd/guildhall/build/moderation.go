package build

import (
	"context"
	"fmt"
	"time"

	"guildhall/bots/moderation"
	"guildhall/core/chat"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
	"guildhall/core/sharing"
)

// How long something waits before the moderators' queue shows it.
const (
	unansweredAfter  = 48 * time.Hour
	mostInQueueAKind = 200
)

func (p parts) moderation(office *community.Office, book *cooperation.Book) chat.Bot {
	return moderation.New(moderation.Parts{Office: office, Lists: p.people, Changes: p.ledger, Views: p.guild.view,
		Failed: p.DB.Work().WithClock(p.Now), Sources: p.waiting(book)})
}

// waiting is what waits in the sections for a moderator.
func (p parts) waiting(book *cooperation.Book) []moderation.Source {
	db, view := p.DB, p.guild.view
	out := []moderation.Source{
		moderation.Records("deposits", view, func(ctx context.Context, of int64) ([]record.ID, error) {
			list, err := db.Resources().List(ctx, of, sharing.Filter{States: []sharing.State{sharing.Submitted}, Oldest: true, N: mostInQueueAKind})
			return ids(list, err, func(r sharing.Resource) (record.ID, bool) { return r.ID, true })
		}, func(id record.ID) []chat.Press {
			return []chat.Press{{Command: "resource accept", Given: chat.ID(id)}, {Command: "resource decline", Given: chat.ID(id)}}
		}),
		moderation.Records("reviewers", view, func(ctx context.Context, of int64) ([]record.ID, error) {
			w, err := book.Waiting(ctx, of)
			return ids(w.Lacking, err, func(l cooperation.Lacking) (record.ID, bool) { return l.Practice.ID, true })
		}, nil),
		moderation.Records("unanswered", view, func(ctx context.Context, of int64) ([]record.ID, error) {
			list, err := db.Requests().List(ctx, of, communication.Filter{States: []communication.State{communication.Open}, N: mostInQueueAKind})
			return ids(list, err, func(r communication.Request) (record.ID, bool) { return r.ID, p.Now().Sub(r.Asked) > unansweredAfter })
		}, nil),
		moderation.Records("rechecks", view, func(ctx context.Context, of int64) ([]record.ID, error) {
			w, err := book.Waiting(ctx, of)
			return ids(w.Due, err, func(p cooperation.Practice) (record.ID, bool) { return p.ID, true })
		}, nil),
	}
	if p.translates != nil {
		out = append(out, wishes(p.translates))
	}
	return out
}

// ids are the ids of those in a list that wait.
func ids[T any](list []T, err error, waits func(T) (record.ID, bool)) ([]record.ID, error) {
	if err != nil {
		return nil, fmt.Errorf("list what waits: %w", err)
	}
	var out []record.ID
	for _, x := range list {
		if id, yes := waits(x); yes {
			out = append(out, id)
		}
	}
	return out, nil
}
