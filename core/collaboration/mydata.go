package collaboration

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/core/record"
)

// Erase takes a member out of every collaboration and removes what news they wrote. What they own is
// handed over to who has been in it longest; what is left of it stays, under the pseudonym that the
// community gives them.
func (g *Groups) Erase(ctx context.Context, of, member int64) error {
	return g.store.Atomically(ctx, func(ctx context.Context) error {
		ids, err := g.touched(ctx, of, member)
		if err != nil {
			return err
		}
		for _, id := range ids {
			_, err := g.change(ctx, of, id, func(ctx context.Context, c *Collaboration) error {
				if err := g.store.Collaborations.DropNews(ctx, of, id, member); err != nil {
					return fmt.Errorf("erase news of %s: %w", id, err)
				}
				if c.Owner == member {
					c.Source = record.Source{}
				}
				crew, err := g.store.Collaborations.Crew(ctx, of, id)
				if err != nil {
					return fmt.Errorf("load members of %s: %w", id, err)
				}
				_, err = g.goes(ctx, c, crew, member, 0)
				return err
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// touched are the collaborations in which a member left something, by id, so that locks are taken in
// one order.
func (g *Groups) touched(ctx context.Context, of, member int64) ([]record.ID, error) {
	var nos []int64
	in, err := g.store.Collaborations.Joined(ctx, of, member)
	if err != nil {
		return nil, fmt.Errorf("load a member's collaborations: %w", err)
	}
	for _, m := range in {
		nos = append(nos, m.ID.No)
	}
	news, err := g.store.Collaborations.NewsOf(ctx, of, member)
	if err != nil {
		return nil, fmt.Errorf("load a member's news: %w", err)
	}
	for _, n := range news {
		nos = append(nos, n.ID.No)
	}
	own, err := g.List(ctx, of, Filter{Owner: member})
	if err != nil {
		return nil, err
	}
	for i := range own {
		nos = append(nos, own[i].ID.No)
	}
	slices.Sort(nos)
	var ids []record.ID
	for _, no := range slices.Compact(nos) {
		ids = append(ids, record.ID{Letter: Letter, No: no})
	}
	return ids, nil
}

// Export is all that is kept of one member, for JSON.
type Export struct {
	Owned   []ExportedCollaboration `json:"owned"`
	Member  []ExportedMembership    `json:"member_of"`
	Updates []ExportedNews          `json:"updates"`
}

// ExportedCollaboration is a collaboration that the member owns.
type ExportedCollaboration struct {
	ID      string    `json:"id"`
	Theme   string    `json:"theme"`
	Goal    string    `json:"goal,omitempty"`
	Topic   string    `json:"topic,omitempty"`
	Until   string    `json:"until"`
	State   State     `json:"state"`
	Hidden  bool      `json:"hidden,omitempty"`
	Gone    bool      `json:"withdrawn,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Outcome string    `json:"outcome,omitempty"`
	Because string    `json:"no_result_because,omitempty"`
	Opened  time.Time `json:"opened"`
	Closed  time.Time `json:"closed,omitzero"`
}

// ExportedMembership is a collaboration that the member is in.
type ExportedMembership struct {
	ID     string    `json:"id"`
	Joined time.Time `json:"joined"`
}

// ExportedNews is something that the member said had moved.
type ExportedNews struct {
	ID   string    `json:"id"`
	Text string    `json:"text"`
	At   time.Time `json:"at"`
}

// Export gives all that is kept of one member.
func (g *Groups) Export(ctx context.Context, of, member int64) (Export, error) {
	out := Export{Owned: []ExportedCollaboration{}, Member: []ExportedMembership{}, Updates: []ExportedNews{}}
	own, err := g.List(ctx, of, Filter{Owner: member})
	if err != nil {
		return out, err
	}
	for _, c := range own {
		out.Owned = append(out.Owned, ExportedCollaboration{ID: c.ID.String(), Theme: c.Theme, Goal: c.Goal, Topic: c.Topic,
			Until: c.Until.String(), State: c.State, Hidden: c.Hidden, Gone: c.Withdrawn, Reason: c.Reason, Outcome: c.Outcome,
			Because: c.Because, Opened: c.Opened, Closed: c.ClosedAt})
	}
	in, err := g.store.Collaborations.Joined(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's collaborations: %w", err)
	}
	for _, m := range in {
		out.Member = append(out.Member, ExportedMembership{ID: m.ID.String(), Joined: m.Joined})
	}
	news, err := g.store.Collaborations.NewsOf(ctx, of, member)
	if err != nil {
		return out, fmt.Errorf("load a member's news: %w", err)
	}
	for _, n := range news {
		out.Updates = append(out.Updates, ExportedNews{ID: n.ID.String(), Text: n.Text, At: n.At})
	}
	return out, nil
}
