package collaboration

import (
	"context"
	"fmt"
	"slices"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Extend gives a collaboration more time. Its owner may once, moderators always. again is true when
// it had that deadline before: nothing is new.
//
// Errors: refusals for no reason, for a stranger, for a second time without a moderator, for a
// deadline that is not later, and those of CheckUntil.
func (g *Groups) Extend(ctx context.Context, com community.Community, by community.Member, id record.ID, until text.Date, reason string) (c Collaboration, again bool, err error) {
	why, err := checked("reason", reason, MaxReason)
	if err != nil {
		return c, false, err
	}
	c, err = g.change(ctx, com.ID, id, func(ctx context.Context, c *Collaboration) error {
		again = false
		if err := notLive(c); err != nil {
			return err
		}
		if err := notYours(c, by); err != nil {
			return err
		}
		if again = until == c.Until && c.Reason == why; again {
			return nil
		}
		moderates := by.Role >= community.RoleModerator
		if !moderates && c.Extended > 0 {
			return text.Refuse("collaboration.extended_once", text.Args{"id": text.Record(id.String())})
		}
		if err := CheckUntil(today(com, g.now()), until); err != nil {
			return err
		}
		if !until.After(c.Until) {
			return text.RefuseArg("until", "collaboration.until.not_later", text.Args{"until": c.Until})
		}
		if err := g.unremind(ctx, c); err != nil {
			return err
		}
		c.Until, c.Reason, c.Active = until, why, g.now()
		if !moderates {
			c.Extended++
		}
		if err := g.reopen(ctx, c); err != nil {
			return err
		}
		if err := g.remind(ctx, com, c); err != nil {
			return err
		}
		return g.save(ctx, c, "extended", by.No, until.String())
	})
	return c, again, err
}

// reopen takes a collaboration out of closing.
func (g *Groups) reopen(ctx context.Context, c *Collaboration) error {
	if c.State != Closing {
		return nil
	}
	crew, err := g.store.Collaborations.Crew(ctx, c.Community, c.ID)
	if err != nil {
		return fmt.Errorf("load members of %s: %w", c.ID, err)
	}
	c.State = Open
	if len(crew) < 2 {
		c.State = Proposed
	}
	return nil
}

// Outcome is what came of a collaboration.
type Outcome struct {
	Text    string
	Results []record.ID // resources and practices
	Because string      // why there is no result
	// Candidate makes a practice candidate of it, in the same transaction; nil for none.
	Candidate func(ctx context.Context, c *Collaboration) (record.ID, error)
}

// check is the outcome as it is kept.
func (o Outcome) check() (Outcome, error) {
	words, err := checked("outcome", o.Text, MaxOutcome)
	if err != nil {
		return o, err
	}
	o.Text, o.Because = words, text.CleanLines(o.Because, 0)
	if n := text.Length(o.Because); n > MaxReason {
		return o, text.RefuseArg("because", "collaboration.because.long", text.Args{"n": MaxReason, "length": n})
	}
	var results []record.ID
	for _, id := range o.Results {
		if !id.IsZero() && !slices.Contains(results, id) {
			results = append(results, id)
		}
	}
	o.Results = results
	has := len(results) > 0 || o.Candidate != nil
	if !has && o.Because == "" {
		return o, text.RefuseArg("because", "collaboration.close.needs", nil)
	}
	if has {
		o.Because = "" // there is a result after all
	}
	return o, nil
}

// Close closes a collaboration with its outcome. Only its owner and moderators may. again is true
// when it was closed before: nothing is new.
//
// Errors: refusals for a stranger, for no outcome, for an outcome with neither resources nor a
// practice nor a reason why there are none, and for results that are not there.
func (g *Groups) Close(ctx context.Context, by community.Member, id record.ID, o Outcome) (c Collaboration, again bool, err error) {
	c, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if err := notYours(c, by); err != nil {
			return err
		}
		if again = !c.ClosedAt.IsZero() && !c.Hidden && !c.Withdrawn; again {
			return nil
		}
		if err := notLive(c); err != nil {
			return err
		}
		o, err := o.check()
		if err != nil {
			return err
		}
		return g.close(ctx, by, c, o)
	})
	return c, again, err
}

func (g *Groups) close(ctx context.Context, by community.Member, c *Collaboration, o Outcome) error {
	for _, id := range o.Results {
		known, err := g.store.Records.Known(ctx, c.Community, id)
		if err != nil {
			return fmt.Errorf("look for %s: %w", id, err)
		}
		if !known || id.Letter != 'R' && id.Letter != 'P' {
			return text.RefuseArg("resources", "collaboration.close.unknown", text.Args{"result": id.String()})
		}
	}
	final, err := g.Counts(ctx, c)
	if err != nil {
		return err
	}
	if err := g.unremind(ctx, c); err != nil {
		return err
	}
	now := g.now()
	c.State, c.ClosedAt, c.Active, c.Final = Closed, now, now, final
	c.Outcome, c.Because, c.Results = o.Text, o.Because, o.Results
	if o.Candidate != nil {
		id, err := o.Candidate(ctx, c)
		if err != nil {
			return fmt.Errorf("make a practice candidate of %s: %w", c.ID, err)
		}
		if !slices.Contains(c.Results, id) {
			c.Results = append(slices.Clone(c.Results), id)
		}
	}
	for _, id := range c.Results {
		if err := g.link(ctx, c.Community, c.ID, id, "outcome of"); err != nil {
			return err
		}
	}
	if err := g.archiveLater(ctx, c); err != nil {
		return err
	}
	return g.save(ctx, c, "closed", by.No, "")
}

// Withdraw takes a collaboration back: what people wrote in it is removed, and a tombstone with the
// reason stays. Only its owner and moderators may. again is true when it was withdrawn before.
func (g *Groups) Withdraw(ctx context.Context, by community.Member, id record.ID, reason string) (c Collaboration, again bool, err error) {
	c, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if err := notYours(c, by); err != nil {
			return err
		}
		if again = c.Withdrawn; again {
			return nil
		}
		if err := g.unremind(ctx, c); err != nil {
			return err
		}
		if err := g.store.Collaborations.DropNews(ctx, c.Community, id, 0); err != nil {
			return fmt.Errorf("remove news of %s: %w", id, err)
		}
		c.Withdrawn, c.Active = true, g.now()
		c.Goal, c.Outcome, c.Because, c.Reason = "", "", "", text.Clean(reason, MaxReason)
		return g.save(ctx, c, "withdrawn", by.No, "")
	})
	return c, again, err
}

// Hide takes a collaboration off view. Whether by may do so was checked before. again is true when
// it was hidden before.
func (g *Groups) Hide(ctx context.Context, by community.Member, id record.ID) (c Collaboration, again bool, err error) {
	c, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if again = c.Hidden; again {
			return nil
		}
		if err := g.unremind(ctx, c); err != nil {
			return err
		}
		c.Hidden = true
		return g.save(ctx, c, "hidden", by.No, "")
	})
	return c, again, err
}

// Unhide puts a collaboration on view again; the rooms that were closed with it stay closed. Whether
// by may do so was checked before. again is true when it was on view.
func (g *Groups) Unhide(ctx context.Context, com community.Community, by community.Member, id record.ID) (c Collaboration, again bool, err error) {
	c, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if again = !c.Hidden; again {
			return nil
		}
		c.Hidden = false
		if c.Live() {
			if err := g.remind(ctx, com, c); err != nil {
				return err
			}
		}
		return g.save(ctx, c, "unhidden", by.No, "")
	})
	return c, again, err
}
