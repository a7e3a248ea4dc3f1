package digest

import (
	"context"
	"time"

	"guildhall/core/collaboration"
	"guildhall/core/communication"
	"guildhall/core/community"
	"guildhall/core/cooperation"
	"guildhall/core/record"
)

// mostWaiting is how many requests without an answer a digest is chosen from.
const mostWaiting = 50

// Open are the requests of a desk that have no answer, since when they have been waiting.
func Open(ctx context.Context, desk *communication.Desk, of int64) ([]Dated, error) {
	list, err := desk.List(ctx, of, communication.Filter{States: []communication.State{communication.Open}, N: mostWaiting})
	out := make([]Dated, len(list))
	for i, r := range list {
		out[i] = Dated{r.ID, r.Asked, r.Asker}
	}
	return out, err
}

// Deadlines are the collaborations that end from a time on, up to and without another.
func Deadlines(ctx context.Context, groups *collaboration.Groups, of int64, since, until time.Time) ([]Dated, error) {
	list, err := groups.List(ctx, of, collaboration.Filter{States: []collaboration.State{collaboration.Proposed, collaboration.Open, collaboration.Closing}})
	var out []Dated
	for _, c := range list {
		// A deadline is a date: it has come when its day is over.
		if at := c.Until.Time(time.UTC).Add(12 * time.Hour); !at.Before(since) && at.Before(until) {
			out = append(out, Dated{ID: c.ID, At: at})
		}
	}
	return out, err
}

// Rechecks are the practices that are to be checked again from a time on, up to and without another.
func Rechecks(ctx context.Context, book *cooperation.Book, of int64, since, until time.Time) ([]Dated, error) {
	list, err := book.Practices(ctx, of, cooperation.Filter{States: []cooperation.State{cooperation.Accepted}, Public: true})
	var out []Dated
	for _, p := range list {
		if !p.DueAt.Before(since) && p.DueAt.Before(until) {
			out = append(out, Dated{ID: p.ID, At: p.DueAt})
		}
	}
	return out, err
}

// Credit is who is thanked for solving a request: nobody who has not said that their answer may be kept
// with their name. 0 for nobody.
func Credit(ctx context.Context, desk *communication.Desk, of int64, id record.ID) (int64, error) {
	q, err := desk.Request(ctx, of, id)
	if err != nil || q == nil || q.State != communication.Solved || q.Credited == 0 {
		return 0, err
	}
	a, err := desk.Answer(ctx, of, record.Subject{ID: id, Part: q.Accepted})
	if err != nil || a == nil || a.Gone || a.Private || a.Kept != community.ConsentYes && a.Kept != community.ConsentAlways {
		return 0, err
	}
	return q.Credited, nil
}
