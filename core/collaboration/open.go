package collaboration

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// twinTime is how long the same theme and goal of the same owner mean the same collaboration.
const twinTime = 24 * time.Hour

// Plan is what somebody wants to work on with others.
type Plan struct {
	Theme  string
	Goal   string
	Topic  string
	Until  text.Date
	Source record.Source
	From   record.ID // the record that it grew from; zero for none
}

// Open opens a collaboration whose first member and owner is by. The same theme and goal again
// within a day are the same collaboration: then twin is true.
//
// Errors: refusals for an empty or too long theme or goal, and those of CheckUntil.
func (g *Groups) Open(ctx context.Context, com community.Community, by community.Member, p Plan) (out Collaboration, twin bool, err error) {
	theme, err := checked("theme", p.Theme, MaxTheme)
	if err != nil {
		return out, false, err
	}
	goal, err := checked("goal", p.Goal, MaxGoal)
	if err != nil {
		return out, false, err
	}
	now := g.now()
	if err := CheckUntil(today(com, now), p.Until); err != nil {
		return out, false, err
	}
	err = g.store.Atomically(ctx, func(ctx context.Context) error {
		c := Collaboration{Community: com.ID, Theme: theme, Goal: goal, Topic: p.Topic, Until: p.Until, Owner: by.No, State: Proposed,
			Opened: now, Active: now, Source: p.Source}
		id, err := g.store.Collaborations.Add(ctx, &c, now.Add(-twinTime))
		if err != nil {
			return fmt.Errorf("keep collaboration: %w", err)
		}
		if twin = !id.IsZero(); twin {
			found, err := g.Collaboration(ctx, com.ID, id)
			if err == nil && found != nil {
				out = *found
			}
			return err
		}
		if _, err := g.store.Collaborations.Join(ctx, com.ID, c.ID, by.No, now); err != nil {
			return fmt.Errorf("join %s: %w", c.ID, err)
		}
		if err := g.remind(ctx, com, &c); err != nil {
			return err
		}
		if err := g.save(ctx, &c, "opened", by.No, ""); err != nil {
			return err
		}
		out = c
		return g.link(ctx, com.ID, p.From, c.ID, "grew into")
	})
	return out, twin, err
}

func today(com community.Community, now time.Time) text.Date {
	return text.DateOf(now.In(com.Location()))
}

// link notes that to grew from from; the zero ID means that it grew from nothing.
func (g *Groups) link(ctx context.Context, of int64, from, to record.ID, how string) error {
	if from.IsZero() || from == to {
		return nil
	}
	err := g.store.Trails.Link(ctx, record.Link{Community: of, From: from, To: to, How: how, At: g.now()})
	if err != nil {
		return fmt.Errorf("note what %s grew from: %w", to, err)
	}
	return nil
}

// Join makes by a member. fresh is false when they were one before.
func (g *Groups) Join(ctx context.Context, by community.Member, id record.ID) (c Collaboration, fresh bool, err error) {
	c, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		fresh = false
		if err := notLive(c); err != nil {
			return err
		}
		now := g.now()
		if fresh, err = g.store.Collaborations.Join(ctx, by.Community, id, by.No, now); err != nil {
			return fmt.Errorf("join %s: %w", id, err)
		}
		if !fresh {
			return nil
		}
		if c.Owner == 0 { // its last owner was erased
			c.Owner = by.No
		} else if c.State == Proposed {
			c.State = Open
		}
		c.Active = now
		return g.save(ctx, c, "joined", by.No, "")
	})
	return c, fresh, err
}

// Left is what came of leaving.
type Left struct {
	Collaboration Collaboration
	Was           bool  // false when they were no member
	Heir          int64 // who owns it from now on; 0 when the owner is still the same
}

// Leave ends by's membership. Whoever owns it hands it over to who has been in it longest.
//
// Errors: a refusal for the only member, who can close it or withdraw it instead.
func (g *Groups) Leave(ctx context.Context, by community.Member, id record.ID) (out Left, err error) {
	out.Collaboration, err = g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		out.Was, out.Heir = false, 0
		if err := notLive(c); err != nil {
			return err
		}
		crew, err := g.store.Collaborations.Crew(ctx, by.Community, id)
		if err != nil {
			return fmt.Errorf("load members of %s: %w", id, err)
		}
		if out.Was = slices.Contains(crew, by.No); !out.Was {
			return nil
		}
		if len(crew) == 1 {
			return text.Refuse("collaboration.last", text.Args{"id": text.Record(id.String())})
		}
		out.Heir, err = g.goes(ctx, c, crew, by.No, by.No)
		return err
	})
	return out, err
}

// goes takes a member out of a collaboration whose members are crew.
func (g *Groups) goes(ctx context.Context, c *Collaboration, crew []int64, member, by int64) (heir int64, err error) {
	if _, err := g.store.Collaborations.Leave(ctx, c.Community, c.ID, member); err != nil {
		return 0, fmt.Errorf("leave %s: %w", c.ID, err)
	}
	if c.Owner == member {
		c.Owner = 0
		for _, no := range crew {
			if no != member {
				heir, c.Owner = no, no
				break
			}
		}
	}
	c.Active = g.now()
	return heir, g.save(ctx, c, "left", by, "")
}

// Tell keeps what moved. Its members and moderators may.
func (g *Groups) Tell(ctx context.Context, by community.Member, id record.ID, words string) (Collaboration, error) {
	news, err := checked("text", words, MaxNews)
	if err != nil {
		return Collaboration{}, err
	}
	return g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if err := notLive(c); err != nil {
			return err
		}
		crew, err := g.store.Collaborations.Crew(ctx, by.Community, id)
		if err != nil {
			return fmt.Errorf("load members of %s: %w", id, err)
		}
		if !slices.Contains(crew, by.No) && by.Role < community.RoleModerator {
			return text.Refuse("collaboration.not_in", text.Args{"id": text.Record(id.String())})
		}
		now := g.now()
		c.News++
		c.Active = now
		n := News{Community: by.Community, ID: id, No: c.News, Author: by.No, Text: news, At: now}
		if err := g.store.Collaborations.AddNews(ctx, &n); err != nil {
			return fmt.Errorf("keep news of %s: %w", id, err)
		}
		return g.save(ctx, c, "updated", by.No, "")
	})
}

// Edit is what may be changed of a collaboration; nil leaves it as it is.
type Edit struct {
	Theme, Goal, Topic *string
}

// Edit changes a collaboration. Only its owner and moderators may.
func (g *Groups) Edit(ctx context.Context, by community.Member, id record.ID, e Edit) (Collaboration, error) {
	return g.change(ctx, by.Community, id, func(ctx context.Context, c *Collaboration) error {
		if err := c.Editable(by); err != nil {
			return err
		}
		changed, err := e.apply(c)
		if err != nil || len(changed) == 0 {
			return err
		}
		c.Active = g.now()
		return g.save(ctx, c, "edited", by.No, strings.Join(changed, " "))
	})
}

// Editable says, by a refusal, why by may not change what the collaboration says now.
func (c *Collaboration) Editable(by community.Member) error {
	if err := notYours(c, by); err != nil {
		return err
	}
	if c.Hidden || c.Withdrawn {
		return notLive(c)
	}
	return nil
}

// apply writes e into c and returns the names of what changed.
func (e Edit) apply(c *Collaboration) (changed []string, err error) {
	set := func(name string, to *string, from *string, max int) {
		if from == nil || err != nil {
			return
		}
		words := *from
		if max > 0 {
			if words, err = checked(name, words, max); err != nil {
				return
			}
		}
		if words != *to {
			*to, changed = words, append(changed, name)
		}
	}
	set("theme", &c.Theme, e.Theme, MaxTheme)
	set("goal", &c.Goal, e.Goal, MaxGoal)
	set("topic", &c.Topic, e.Topic, 0)
	return changed, err
}
