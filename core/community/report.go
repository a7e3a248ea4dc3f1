package community

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/record"
	"guildhall/core/text"
)

// The longest texts of a report, in graphemes.
const (
	MaxReason  = 1000
	MaxExcerpt = 500
)

// Report is what a member told the moderators, privately: about a record, or about a message.
type Report struct {
	Community ID
	No        int64
	By        int64  // 0 once they were erased
	Subject   string // a record's id, or empty
	Source    record.Source
	Excerpt   string // of the message; gone when the message is deleted
	Writer    string // of the message, as the platform called them
	Reason    string
	At        time.Time
	Settled   time.Time
	SettledBy int64
}

// Report files a report. Again is true when the same member has reported the same thing and nobody
// has settled it yet: then it is that one.
func (o *Office) Report(ctx context.Context, by Member, r Report) (out Report, again bool, err error) {
	if r.Reason = text.CleanLines(r.Reason, 0); text.Length(r.Reason) > MaxReason {
		return out, false, text.RefuseArg("reason", "community.shorter", text.Args{"n": MaxReason})
	}
	r.Excerpt = text.CleanLines(r.Excerpt, MaxExcerpt)
	r.Writer = text.Clean(r.Writer, MaxName)
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		// One at a time per member: reported twice at once, it is one report.
		if _, err := o.store.People.LockMember(ctx, by.Community, by.No); err != nil {
			return fmt.Errorf("load member: %w", err)
		}
		out, again, err = o.store.Reports.OpenReport(ctx, by.Community, by.No, r.Subject, r.Source)
		if err != nil || again {
			return err
		}
		r.Community, r.By, r.At = by.Community, by.No, o.now()
		out, err = o.store.Reports.AddReport(ctx, r)
		return err
	})
	if err != nil {
		return out, again, fmt.Errorf("file a report: %w", err)
	}
	return out, again, nil
}

// Settle says that a report has been dealt with. Again is true when it had been.
func (o *Office) Settle(ctx context.Context, by Member, no int64) (r Report, again bool, err error) {
	err = o.store.Atomically(ctx, func(ctx context.Context) error {
		var ok bool
		if r, ok, err = o.store.Reports.LockReport(ctx, by.Community, no); err != nil {
			return fmt.Errorf("load report: %w", err)
		}
		if !ok {
			return text.Refuse("community.report.none", nil)
		}
		if again = !r.Settled.IsZero(); again {
			return nil
		}
		// What was quoted has served its purpose.
		r.Settled, r.SettledBy, r.Excerpt = o.now(), by.No, ""
		if err := o.store.Reports.SetReport(ctx, r); err != nil {
			return fmt.Errorf("keep report: %w", err)
		}
		return o.note(ctx, by, "report.settled", numbered("report", no))
	})
	return r, again, err
}

// Forget drops what reports quote of a message that was deleted; it says how many did.
func (o *Office) Forget(ctx context.Context, s record.Source) (int, error) {
	if s.Message == "" {
		return 0, nil
	}
	n, err := o.store.Reports.DropExcerpts(ctx, s)
	if err != nil {
		return 0, fmt.Errorf("forget what was reported: %w", err)
	}
	return n, nil
}
