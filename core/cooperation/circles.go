package cooperation

import (
	"context"
	"fmt"
	"slices"
	"time"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
	"guildhall/core/work"
)

// KindCircle is the work that a circle's next stage begins; its body is a CircleReminder.
const KindCircle = "cooperation.circle"

// CircleReminder is the body of KindCircle.
type CircleReminder struct {
	Practice record.ID   `json:"practice"`
	No       int64       `json:"no"`
	Stage    CircleState `json:"stage"`
}

// Circles keeps circles, and knows who speaks for organisations.
type Circles interface {
	// Circle is a practice's newest circle, with its organisations as they are now; nil when there is
	// none. Whoever changes it holds the practice's lock.
	Circle(ctx context.Context, of int64, id record.ID) (*Circle, error)
	// PutCircle keeps a circle, in place of the one of the same number.
	PutCircle(ctx context.Context, c *Circle) error
	// CirclesOf are the circles that a member started or answered for, the newest first.
	CirclesOf(ctx context.Context, of, member int64) ([]Circle, error)

	Organisations
	Speakers
}

// CirclePlan is what somebody wants to start.
type CirclePlan struct {
	Start         text.Date
	Organisations []string // names; none: whoever wants to join
	Outcomes      string
}

// Circled is what became of a circle.
type Circled struct {
	Practice Practice
	Circle   Circle
	Ask      []int64 // who is to be asked for an organisation
	Asked    []int64 // who was asked and has not to answer any more
	Again    bool    // nothing is new
	Rose     bool    // the practice's evidence level is higher than before
}

// HasCircles says whether there is a place to keep circles.
func (b *Book) HasCircles() bool { return b.store.Circles != nil }

// Circle is a practice's newest circle; nil when there is none.
func (b *Book) Circle(ctx context.Context, of int64, id record.ID) (*Circle, error) {
	if b.store.Circles == nil {
		return nil, nil
	}
	c, err := b.store.Circles.Circle(ctx, of, id)
	if err != nil {
		return nil, fmt.Errorf("load the circle of %s: %w", id, err)
	}
	return c, nil
}

// StartCircle starts a circle on an accepted practice. The host's own organisation is in it when the
// host speaks for it.
//
// Errors: refusals for a host without an organisation, for too few, too many, unknown or unconfirmed
// organisations, for a day that is past or too far, and while another circle is under way.
func (b *Book) StartCircle(ctx context.Context, com community.Community, by community.Member, id record.ID, plan CirclePlan) (Circled, error) {
	outcomes, err := checked("outcomes", plan.Outcomes, MaxResult, true)
	if err != nil {
		return Circled{}, err
	}
	today := text.DateOf(b.now().In(com.Location()))
	if !plan.Start.After(today) || plan.Start.After(today.AddDays(MaxAhead)) {
		return Circled{}, text.RefuseArg("start", "cooperation.circle.start", nil)
	}
	if by.Organisation.No == 0 {
		return Circled{}, text.Refuse("cooperation.partner.no_organisation", nil)
	}
	return b.circling(ctx, by, id, func(ctx context.Context, p *Practice, old *Circle, out *Circled) error {
		if !p.Applicable() {
			return wrongState(p, "cooperation.adopt.state")
		}
		c := &Circle{Community: p.Community, Practice: p.ID, No: 1, Host: by.No, Start: plan.Start, Outcomes: outcomes, State: CircleGathers, Made: b.now()}
		if old != nil {
			if old.State.Open() {
				out.Circle, out.Again = *old, old.Host == by.No && old.Start == plan.Start
				if out.Again {
					return nil
				}
				return text.Refuse("cooperation.circle.open", text.Args{"id": text.Record(p.ID.String()), "start": old.Start})
			}
			c.No = old.No + 1
		}
		if err := b.gather(ctx, c, by, plan.Organisations); err != nil {
			return err
		}
		if out.Ask, err = b.invited(ctx, c); err != nil {
			return err
		}
		if err := b.keep(ctx, p, c, "circle started", by.No); err != nil {
			return err
		}
		out.Circle = *c
		return b.remindCircle(ctx, com, c)
	})
}

// gather finds the organisations of a plan.
func (b *Book) gather(ctx context.Context, c *Circle, by community.Member, names []string) error {
	speaks, err := speaksFor(ctx, b.store.Circles, by, by.Organisation.No)
	if err != nil {
		return err
	}
	own := CircleMember{Organisation: by.Organisation}
	if speaks {
		own.Member, own.At = by.No, c.Made
	}
	c.Members = []CircleMember{own}
	named := 0
	for _, name := range names {
		if name = text.Clean(name, MaxTitle); name == "" {
			continue
		}
		named++
		org, err := confirmed(ctx, b.store.Circles, c.Community, name)
		if err != nil {
			return err
		}
		if c.member(org.No) == nil {
			c.Members = append(c.Members, CircleMember{Organisation: org})
		}
	}
	if n := len(c.Members); named > 0 && n < MinCircle || n > MaxCircle {
		return text.RefuseArg("organisations", "cooperation.circle.size", text.Args{"least": MinCircle, "most": MaxCircle})
	}
	return nil
}

// confirmed finds an organisation that a moderator has confirmed.
func confirmed(ctx context.Context, orgs Organisations, of int64, name string) (community.Organisation, error) {
	org, ok, err := orgs.OrganisationCalled(ctx, of, name)
	switch {
	case err != nil:
		return org, fmt.Errorf("look for organisation: %w", err)
	case !ok:
		return org, text.RefuseArg("organisations", "cooperation.partner.unknown", text.Args{"name": name})
	case !org.Confirmed:
		return org, text.RefuseArg("organisations", "cooperation.partner.unconfirmed", text.Args{"name": org.Name})
	}
	return org, nil
}

// invited are those who speak for the organisations that have not answered.
func (b *Book) invited(ctx context.Context, c *Circle) ([]int64, error) {
	var out []int64
	for _, m := range c.Members {
		if m.Member != 0 || m.Out {
			continue
		}
		who, err := b.store.Circles.Answerers(ctx, c.Community, m.Organisation.No)
		if err != nil {
			return nil, fmt.Errorf("look up who speaks for an organisation: %w", err)
		}
		for _, no := range who {
			if !slices.Contains(out, no) {
				out = append(out, no)
			}
		}
	}
	return out, nil
}

// JoinCircle brings the member's organisation into the circle that gathers, or takes it out again.
//
// Errors: refusals for who does not speak for a confirmed organisation, when nothing gathers, and
// when the circle is full.
func (b *Book) JoinCircle(ctx context.Context, by community.Member, id record.ID, join bool) (Circled, error) {
	return b.circling(ctx, by, id, func(ctx context.Context, p *Practice, c *Circle, out *Circled) error {
		args := text.Args{"id": text.Record(p.ID.String()), "most": MaxCircle}
		if c == nil || !c.State.Open() || join && c.State != CircleGathers {
			return text.Refuse("cooperation.circle.none", args)
		}
		speaks, err := speaksFor(ctx, b.store.Circles, by, by.Organisation.No)
		if err != nil {
			return err
		}
		if !speaks || !by.Organisation.Confirmed {
			return text.Refuse("cooperation.circle.speak", args)
		}
		m := c.member(by.Organisation.No)
		if m != nil && m.In() == join && (m.Out || join) || m == nil && !join {
			out.Circle, out.Again = *c, true
			return nil
		}
		if join && len(c.Joined()) >= MaxCircle {
			return text.Refuse("cooperation.circle.full", args)
		}
		if m == nil {
			c.Members = append(c.Members, CircleMember{Organisation: by.Organisation})
			m = &c.Members[len(c.Members)-1]
		}
		if out.Asked, err = b.store.Circles.Answerers(ctx, c.Community, m.Organisation.No); err != nil {
			return fmt.Errorf("look up who was asked: %w", err)
		}
		m.Member, m.Out, m.At = by.No, !join, b.now()
		out.Circle = *c
		return b.keep(ctx, p, c, "circle changed", by.No)
	})
}

// TurnCircle brings a circle to its next stage: it begins or is called off, it tries, shows, ends. The
// organisations that are in plan to apply the practice from the first day, and apply it from the
// second stage on. The circle is zero when the reminder has been overtaken.
func (b *Book) TurnCircle(ctx context.Context, of int64, r CircleReminder) (Circled, error) {
	var out Circled
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = Circled{}
		p, err := b.store.Practices.LockPractice(ctx, of, r.Practice)
		if err != nil || p == nil {
			return err
		}
		c, err := b.Circle(ctx, of, r.Practice)
		if err != nil || c == nil || c.No != r.No {
			return err
		}
		next, ok := c.turn(r.Stage)
		if !ok {
			return nil
		}
		if !p.Applicable() || p.Hidden {
			next = CircleOff
		}
		if out.Asked, err = b.invited(ctx, c); err != nil {
			return err
		}
		if c.State == CircleGathers {
			for i := range c.Members {
				c.Members[i].Out = !c.Members[i].In()
			}
		}
		c.State = next
		if next == CircleStudies || next == CircleTries {
			if out.Rose, err = b.applyCircle(ctx, p, c); err != nil {
				return err
			}
		}
		if err := b.keep(ctx, p, c, "circle "+string(next), 0); err != nil {
			return err
		}
		out.Practice, out.Circle = *p, *c
		return nil
	})
	return out, err
}

// applyCircle records that the organisations of a circle plan to apply the practice, or do.
func (b *Book) applyCircle(ctx context.Context, p *Practice, c *Circle) (rose bool, err error) {
	for _, m := range c.Joined() {
		a, err := b.adoption(ctx, p, m.Organisation)
		if err != nil {
			return false, err
		}
		switch {
		case a.At.IsZero():
			a.State, a.Member, a.At = Planned, m.Member, b.now()
		case a.State != Planned || c.State == CircleStudies:
			continue // they were further before
		}
		if c.State == CircleTries {
			a.State = InUse
		}
		a.Updated = b.now()
		if err := b.store.Adoptions.PutAdoption(ctx, a); err != nil {
			return false, fmt.Errorf("keep adoption: %w", err)
		}
	}
	return b.grade(ctx, p)
}

// Shown are the organisations of a circle that have shown a result, and those that have not.
func (b *Book) Shown(ctx context.Context, c *Circle) (shown, silent []CircleMember, err error) {
	as, err := b.Adoptions(ctx, c.Community, c.Practice)
	for _, m := range c.Joined() {
		if slices.ContainsFunc(as, func(a Adoption) bool { return a.Organisation.No == m.Organisation.No && a.Result != "" }) {
			shown = append(shown, m)
		} else {
			silent = append(silent, m)
		}
	}
	return shown, silent, err
}

// circling runs fn on a practice's circle under the practice's lock.
func (b *Book) circling(ctx context.Context, by community.Member, id record.ID, fn func(ctx context.Context, p *Practice, c *Circle, out *Circled) error) (Circled, error) {
	if b.store.Circles == nil {
		return Circled{}, text.Refuse("cooperation.circle.none", text.Args{"id": text.Record(id.String())})
	}
	var out Circled
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = Circled{}
		p, err := b.locked(ctx, by.Community, id)
		if err != nil {
			return err
		}
		if err := onView(p, by); err != nil {
			return err
		}
		c, err := b.Circle(ctx, by.Community, id)
		if err != nil {
			return err
		}
		err = fn(ctx, p, c, &out)
		out.Practice = *p
		return err
	})
	return out, err
}

// keep stores a circle and its practice, and reports what happened.
func (b *Book) keep(ctx context.Context, p *Practice, c *Circle, what string, by int64) error {
	if err := b.store.Circles.PutCircle(ctx, c); err != nil {
		return fmt.Errorf("keep the circle of %s: %w", p.ID, err)
	}
	return b.save(ctx, p, what, by, "")
}

// remindCircle sees to it that each stage begins on its day.
func (b *Book) remindCircle(ctx context.Context, com community.Community, c *Circle) error {
	for stage, d := range c.stages() {
		due := time.Date(d.Year, d.Month, d.Day, remindHour, 0, 0, 0, com.Location())
		key := fmt.Sprintf("%s/%d/%s/%d/%s", KindCircle, c.Community, c.Practice, c.No, stage)
		it := work.New(KindCircle, "", key, CircleReminder{Practice: c.Practice, No: c.No, Stage: stage})
		if err := b.store.Queue.Add(ctx, it.In(c.Community).At(due)); err != nil {
			return fmt.Errorf("queue a circle's stage: %w", err)
		}
	}
	return nil
}
