package collaboration

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// The kinds of work that happen to a collaboration later.
const (
	KindRemind  = "collaboration.remind"
	KindArchive = "collaboration.archive"
)

// hour is when people are reminded, in the community's zone.
const hour = 9

// steps are the days before the deadline at which its owner is reminded; -1 is the day after it.
var steps = []int{7, 1, -1}

// Reminder is the body of both kinds of work.
type Reminder struct {
	ID    record.ID `json:"id"`
	Until string    `json:"until,omitempty"` // the deadline that it was made for
	Days  int       `json:"days,omitempty"`  // before it; -1: the day after
}

func (m Reminder) key() string {
	return fmt.Sprintf("collaboration/%s/%s/%d", m.ID, m.Until, m.Days)
}

// Due is when a reminder for a deadline is due, days before it.
func Due(until text.Date, days int, zone *time.Location) time.Time {
	d := until.AddDays(-days)
	return time.Date(d.Year, d.Month, d.Day, hour, 0, 0, 0, zone)
}

// remind puts the reminders that are still to come into the queue.
func (g *Groups) remind(ctx context.Context, com community.Community, c *Collaboration) error {
	now := g.now()
	var items []work.Item
	for _, days := range steps {
		due := Due(c.Until, days, com.Location())
		if !due.After(now) {
			continue
		}
		m := Reminder{ID: c.ID, Until: c.Until.String(), Days: days}
		items = append(items, work.New(KindRemind, "", m.key(), m).In(c.Community).At(due))
	}
	if err := g.store.Queue.Add(ctx, items...); err != nil {
		return fmt.Errorf("queue reminders of %s: %w", c.ID, err)
	}
	return nil
}

func (g *Groups) unremind(ctx context.Context, c *Collaboration) error {
	var keys []string
	for _, days := range steps {
		keys = append(keys, Reminder{ID: c.ID, Until: c.Until.String(), Days: days}.key())
	}
	if err := g.store.Queue.Drop(ctx, c.Community, keys...); err != nil {
		return fmt.Errorf("drop reminders of %s: %w", c.ID, err)
	}
	return nil
}

func (g *Groups) archiveLater(ctx context.Context, c *Collaboration) error {
	m := Reminder{ID: c.ID}
	it := work.New(KindArchive, "", "collaboration/"+c.ID.String()+"/archive", m).In(c.Community).At(c.ArchiveAt())
	if err := g.store.Queue.Add(ctx, it); err != nil {
		return fmt.Errorf("queue the archiving of %s: %w", c.ID, err)
	}
	return nil
}

// Remind follows a reminder: it returns the collaboration whose owner is to be reminded, nil when
// the reminder has been overtaken. The day after the deadline the collaboration starts closing.
func (g *Groups) Remind(ctx context.Context, of int64, m Reminder) (*Collaboration, error) {
	var due bool
	c, err := g.change(ctx, of, m.ID, func(ctx context.Context, c *Collaboration) error {
		due = c.Live() && !c.Hidden && c.Until.String() == m.Until
		if !due || m.Days >= 0 || c.State == Closing {
			return nil
		}
		c.State = Closing
		return g.save(ctx, c, "closing", 0, "")
	})
	if err != nil || !due {
		return nil, err
	}
	return &c, nil
}

// Archive makes a collaboration archived that was closed ArchiveDays ago.
func (g *Groups) Archive(ctx context.Context, of int64, m Reminder) error {
	_, err := g.change(ctx, of, m.ID, func(ctx context.Context, c *Collaboration) error {
		if c.State != Closed || c.Withdrawn || c.ArchiveAt().After(g.now()) {
			return nil
		}
		c.State = Archived
		return g.save(ctx, c, "archived", 0, "")
	})
	return err
}
