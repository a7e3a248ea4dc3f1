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

// Groups is where collaborations are opened, joined and closed. It keeps the rules; it is safe for
// concurrent use.
type Groups struct {
	store Store
	now   func() time.Time
}

// Store is all that Groups needs.
type Store struct {
	Transactions
	Collaborations Collaborations
	Members        Members
	Records        Records
	Changes        record.Changes
	Trails         record.Trails
	Queue          work.Queue
}

// Transactions runs a function in one transaction, which travels in the context; inside another it
// joins. The function may be run again from the start.
type Transactions interface {
	Atomically(ctx context.Context, fn func(ctx context.Context) error) error
}

// Collaborations keeps collaborations, who is in them, and their news.
type Collaborations interface {
	// Add keeps a new collaboration and gives it its id, unless its owner opened one with the same
	// theme and goal since a time: then it gives that one's id and keeps nothing.
	Add(ctx context.Context, c *Collaboration, since time.Time) (twin record.ID, err error)
	// ByID is a collaboration; nil when there is none.
	ByID(ctx context.Context, of int64, id record.ID) (*Collaboration, error)
	// Lock is ByID for what is going to be changed: it waits for others who do so.
	Lock(ctx context.Context, of int64, id record.ID) (*Collaboration, error)
	Save(ctx context.Context, c *Collaboration) error
	List(ctx context.Context, of int64, f Filter) ([]Collaboration, error)

	// Join keeps a membership; fresh is false when it was there.
	Join(ctx context.Context, of int64, id record.ID, member int64, at time.Time) (fresh bool, err error)
	// Leave ends a membership; was is false when there was none.
	Leave(ctx context.Context, of int64, id record.ID, member int64) (was bool, err error)
	// Crew are the members' numbers, those who joined first first.
	Crew(ctx context.Context, of int64, id record.ID) ([]int64, error)
	// Joined are the memberships of a member.
	Joined(ctx context.Context, of, member int64) ([]Membership, error)

	AddNews(ctx context.Context, n *News) error
	// LastNews is the newest piece of news that is not gone; nil when there is none.
	LastNews(ctx context.Context, of int64, id record.ID) (*News, error)
	// NewsOf are all pieces of news that a member wrote, oldest first.
	NewsOf(ctx context.Context, of, author int64) ([]News, error)
	// DropNews removes all news of a collaboration, or all that a member wrote in it (author not 0).
	DropNews(ctx context.Context, of int64, id record.ID, author int64) error
}

// Members knows who is who.
type Members interface {
	Member(ctx context.Context, of, no int64) (community.Member, error)
}

// Records knows what records there are in all sections.
type Records interface {
	// Known says whether there is such a record that was neither withdrawn nor hidden.
	Known(ctx context.Context, of int64, id record.ID) (bool, error)
}

// Membership is that a member is in a collaboration.
type Membership struct {
	ID     record.ID
	Joined time.Time
}

// News is what moved in a collaboration.
type News struct {
	Community int64
	ID        record.ID // the collaboration
	No        int64     // within it, from 1
	Author    int64
	Text      string
	At        time.Time
}

// Filter chooses collaborations for a list; hidden and withdrawn ones are in none but their owner's
// own.
type Filter struct {
	States []State  // none: all
	Topics []string // none: all
	Member int64    // only those that this member is in; 0: all
	Owner  int64    // only this member's, hidden and withdrawn ones, too; 0: all
	Skip   int
	N      int // 0: no limit
}

// New makes the groups.
func New(s Store, now func() time.Time) *Groups { return &Groups{store: s, now: now} }

// Collaboration is a collaboration as it is now; nil when there is none.
func (g *Groups) Collaboration(ctx context.Context, of int64, id record.ID) (*Collaboration, error) {
	c, err := g.store.Collaborations.ByID(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load collaboration %s: %w", id, err)
	}
	return c, nil
}

// List are the collaborations of f, newest first.
func (g *Groups) List(ctx context.Context, of int64, f Filter) ([]Collaboration, error) {
	cs, err := g.store.Collaborations.List(ctx, of, f)
	if err != nil {
		return nil, fmt.Errorf("list collaborations: %w", err)
	}
	return cs, nil
}

// Crew are a collaboration's members, those who joined first first.
func (g *Groups) Crew(ctx context.Context, of int64, id record.ID) ([]community.Member, error) {
	nos, err := g.store.Collaborations.Crew(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load members of %s: %w", id, err)
	}
	out := make([]community.Member, 0, len(nos))
	for _, no := range nos {
		m, err := g.store.Members.Member(ctx, of, no)
		if err != nil {
			return nil, fmt.Errorf("load member %d: %w", no, err)
		}
		out = append(out, m)
	}
	return out, nil
}

// Counts is who works, or worked, together.
func (g *Groups) Counts(ctx context.Context, c *Collaboration) (Counts, error) {
	if !c.ClosedAt.IsZero() {
		return c.Final, nil
	}
	crew, err := g.Crew(ctx, c.Community, c.ID)
	return Count(crew), err
}

// LastNews is what moved last; nil when nobody said anything.
func (g *Groups) LastNews(ctx context.Context, of int64, id record.ID) (*News, error) {
	n, err := g.store.Collaborations.LastNews(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load news of %s: %w", id, err)
	}
	return n, nil
}

// change loads a collaboration for changing it, and hands it to how.
func (g *Groups) change(ctx context.Context, of int64, id record.ID, how func(ctx context.Context, c *Collaboration) error) (Collaboration, error) {
	var out Collaboration
	err := g.store.Atomically(ctx, func(ctx context.Context) error {
		c, err := g.store.Collaborations.Lock(ctx, of, id)
		if err != nil {
			return fmt.Errorf("lock collaboration %s: %w", id, err)
		}
		if c == nil {
			return text.Refuse("chat.no_record", text.Args{"id": id.String()})
		}
		if err := how(ctx, c); err != nil {
			return err
		}
		out = *c
		return nil
	})
	return out, err
}

// save keeps a collaboration and reports what happened to it.
func (g *Groups) save(ctx context.Context, c *Collaboration, what string, by int64, note string) error {
	if err := g.store.Collaborations.Save(ctx, c); err != nil {
		return fmt.Errorf("save collaboration %s: %w", c.ID, err)
	}
	err := g.store.Changes.Record(ctx, record.Change{Community: c.Community, Subject: c.Subject(), What: what, By: by, At: g.now(), Note: note})
	if err != nil {
		return fmt.Errorf("report that %s was %s: %w", c.ID, what, err)
	}
	return nil
}

// notLive refuses what a collaboration that is over does not take.
func notLive(c *Collaboration) error {
	switch {
	case c.Hidden:
		return text.Refuse("chat.hidden", nil)
	case c.Withdrawn:
		return text.Refuse("collaboration.withdrawn_already", text.Args{"id": text.Record(c.ID.String())})
	case !c.Live():
		return text.Refuse("collaboration.over", text.Args{"id": text.Record(c.ID.String())})
	}
	return nil
}

// notYours refuses whoever is neither owner nor moderator.
func notYours(c *Collaboration, by community.Member) error {
	if c.MayChange(by) {
		return nil
	}
	return text.Refuse("collaboration.not_yours", text.Args{"id": text.Record(c.ID.String())})
}
