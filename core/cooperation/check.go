package cooperation

import (
	"context"

	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// Finding is what a re-check comes to.
type Finding string

// The findings.
const (
	Verify Finding = "verify" // it still holds
	Revise Finding = "revise" // it has to be written anew, and reviewed
	Retire Finding = "retire" // it does not hold any more
)

// Findings are the findings in the order in which they are offered.
var Findings = []Finding{Verify, Revise, Retire}

// CheckDue makes a practice due for its re-check; nil where the reminder has no meaning any more, or
// nobody is to be asked because the practice is off view.
func (b *Book) CheckDue(ctx context.Context, of int64, m Reminder) (*Practice, error) {
	var out *Practice
	err := b.store.Atomically(ctx, func(ctx context.Context) error {
		out = nil
		p, err := b.store.Practices.LockPractice(ctx, of, m.Practice)
		if err != nil || p == nil || p.State != Accepted || p.AcceptAt.Unix() != m.Step {
			return err
		}
		p.State = Due
		if err := b.save(ctx, p, "due", 0, ""); err != nil {
			return err
		}
		if !p.Hidden {
			out = p
		}
		return nil
	})
	return out, err
}

// Recheck is what the steward or a moderator found when they looked at an accepted practice again.
func (b *Book) Recheck(ctx context.Context, by community.Member, id record.ID, f Finding, reason string) (Practice, error) {
	why, err := checked("comment", reason, MaxComment, true)
	if err != nil {
		return Practice{}, err
	}
	return b.change(ctx, by.No, by.Community, id, func(ctx context.Context, p *Practice) (string, error) {
		if err := mayChange(p, by); err != nil {
			return "", err
		}
		if !p.State.Settled() {
			return "", wrongState(p, "cooperation.recheck.state")
		}
		switch f {
		case Verify:
			return "verified", b.accept(ctx, p, p.Light)
		case Revise:
			p.State, p.Reason = Revised, why
			return "revised", nil
		case Retire:
			p.State, p.Reason = Retired, why
			return "retired", nil
		}
		return "", text.RefuseArg("verdict", "cooperation.recheck.finding", nil)
	})
}
