package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// mostCards is how many cards a room gets in a day; the rest are one list.
const mostCards = 5

// mostRows is how many records a day's list shows.
const mostRows = 10

// errListed says that something belongs into the thread of a card that stands only in a list.
var errListed = errors.New("the card stands in a list")

func dayList(day int64) record.Subject {
	return record.Subject{ID: record.ID{Letter: record.DayList, No: day}}
}

// full says whether a card that is not posted yet has to stand in the day's list instead.
func (e *Engine) full(ctx context.Context, row CardRow) (bool, error) {
	if row.Message != "" || row.Gone || row.At.Thread != "" || row.Subject.Part != 0 || row.Listed < 0 ||
		row.Subject.ID.Letter == record.DayList || row.Subject.ID.Letter == record.Issue {
		return false, nil
	}
	if row.Listed > 0 {
		return true, nil
	}
	if room, _, err := e.store.Directory.Room(ctx, row.At.Platform, row.At.Room); err != nil || room.Record != "" {
		return false, err // a collaboration's own room shows its card
	}
	com, err := e.store.Directory.Community(ctx, row.Community)
	if err != nil {
		return false, fmt.Errorf("load community: %w", err)
	}
	now := e.now().In(com.Location())
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	n, err := e.store.Cards.Today(ctx, row.Community, row.At.Platform, row.At.Room, midnight)
	if err != nil {
		return false, fmt.Errorf("count today's cards: %w", err)
	}
	return n >= mostCards, nil
}

// dayOf is the day in whose list a card stands, or has to stand now.
func (e *Engine) dayOf(ctx context.Context, row CardRow) int64 {
	if row.Listed > 0 {
		return row.Listed
	}
	zone := time.UTC
	if com, err := e.store.Directory.Community(ctx, row.Community); err == nil {
		zone = com.Location()
	}
	now := e.now().In(zone)
	return time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400
}

// openFirst gives a listed card its own message, and then what belongs into its thread.
func (e *Engine) openFirst(ctx context.Context, part CardRow) error {
	if err := e.unlist(ctx, part.Community, part.Subject.ID, part.At); err != nil {
		return err
	}
	if _, _, err := e.store.Cards.Settle(ctx, part); err != nil {
		return fmt.Errorf("settle a card: %w", err)
	}
	return e.markCard(ctx, part.Community, part.Subject, part.At)
}

// unlist gives a card that stands in a list its own message.
func (e *Engine) unlist(ctx context.Context, of int64, id record.ID, at Address) error {
	day, err := e.store.Cards.Unlist(ctx, of, record.Subject{ID: id}, at)
	if err != nil {
		return fmt.Errorf("take a card out of its list: %w", err)
	}
	if day == 0 {
		return nil
	}
	if err := e.markCard(ctx, of, record.Subject{ID: id}, at); err != nil {
		return err
	}
	return e.markCard(ctx, of, dayList(day), at)
}

// dayView shows a day's list.
func (e *Engine) dayView() View {
	return View{Letter: record.DayList, Card: func(ctx context.Context, l Look) (Say, error) {
		ids, err := e.store.Cards.Listed(ctx, l.Community.ID, l.At.Platform, l.At.Room, l.Subject.ID.No)
		if err != nil {
			return Say{}, fmt.Errorf("list the day: %w", err)
		}
		say := Say{Kind: Card, Title: P("chat.day.title", nil)}
		more := 0
		for _, id := range ids {
			view := e.views[id.Letter]
			if view.Brief == nil {
				continue
			}
			b, err := view.Brief(ctx, l.Community.ID, 0, id)
			var no *text.Refusal
			switch {
			case errors.As(err, &no):
				continue
			case err != nil:
				return Say{}, fmt.Errorf("describe %s: %w", id, err)
			case b.State == "withdrawn":
				continue
			case len(say.List) == mostRows:
				more++
				continue
			}
			say.List = append(say.List, Item{Text: P("chat.day.row", text.Args{"id": text.Record(id.String()), "title": b.Title}),
				Buttons: []Press{{Command: "card open", Given: ID(id)}}})
		}
		if len(say.List) == 0 {
			return Say{}, ErrHidden
		}
		if more > 0 {
			say.Notes = []Phrase{P("chat.day.more", text.Args{"n": more})}
		}
		return say, nil
	}}
}

// openCommand is the button of a day's list.
func (e *Engine) openCommand() Command {
	return Command{Path: "card open", Text: "chat.day.open", Role: community.RoleMember, Hidden: true,
		Args: []Arg{{Name: "id", Kind: Record, Required: true}},
		Run: func(ctx context.Context, c *Call) (Reply, error) {
			at := c.Event.Where.Parent()
			return Nothing(), e.unlist(ctx, c.Community.ID, c.Record("id"), at)
		}}
}
