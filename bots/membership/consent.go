package membership

import (
	"context"
	"fmt"
	"time"

	"guildhall/core/chat"
	"guildhall/core/community"
	"guildhall/core/record"
	"guildhall/core/text"
)

// codesKept is how long an invitation that nobody used is remembered after it ended.
const codesKept = 24 * time.Hour

// consentCommand is the answer to whether someone's words may be kept. It is reached by the buttons
// under the question; whoever was not asked cannot answer.
func (b *bot) consentCommand() chat.Command {
	return chat.Command{Path: "consent", Text: "membership.consent", Role: community.RoleMember, Hidden: true, Personal: true, Run: b.consent,
		Args: []chat.Arg{
			{Name: "subject", Kind: chat.Word, Required: true},
			{Name: "answer", Kind: chat.Choice, Required: true, Choices: []string{"always", "yes", "unnamed", "no"}},
		}}
}

func (b *bot) consent(ctx context.Context, c *chat.Call) (chat.Reply, error) {
	subject, err := record.ParseSubject(c.Text("subject"))
	if err != nil {
		return chat.Reply{}, text.Refuse("membership.consent.nobody", nil)
	}
	asked, err := b.consents.Consent(ctx, c.Community.ID, c.Member.No, subject.String())
	if err != nil {
		return chat.Reply{}, fmt.Errorf("look up consent: %w", err)
	}
	if asked.Asked.IsZero() {
		return chat.Reply{}, text.Refuse("membership.consent.nobody", nil)
	}
	answer := community.Answer(c.Text("answer"))
	if err := b.consents.SetConsent(ctx, c.Community.ID, c.Member.No, subject.String(), answer, c.Now); err != nil {
		return chat.Reply{}, fmt.Errorf("keep consent: %w", err)
	}
	if view, ok := b.views(subject.ID.Letter); ok && view.Consented != nil {
		if err := view.Consented(ctx, c.Community.ID, subject, c.Member.No, answer); err != nil {
			return chat.Reply{}, err
		}
	}
	r := chat.OnlyYouSay("membership.consent.said."+string(answer), nil)
	r.Replace = true
	r.Done = []chat.Todo{{Member: c.Member.No, Key: "consent/" + subject.String()}}
	return r, nil
}

// overdue takes silence for a no: nobody's words are kept because they did not look.
func (b *bot) overdue(ctx context.Context, of int64) (chat.Reply, error) {
	now := b.Now()
	r := chat.Nothing()
	late, err := b.consents.OverdueConsents(ctx, of, now.AddDate(0, 0, -community.ConsentDays), 200)
	if err != nil {
		return r, fmt.Errorf("list overdue consents: %w", err)
	}
	for _, x := range late {
		subject, err := record.ParseSubject(x.Subject)
		if err != nil {
			return r, fmt.Errorf("read a consent: %w", err)
		}
		if err := b.consents.SetConsent(ctx, of, x.Member, x.Subject, community.ConsentNo, now); err != nil {
			return r, fmt.Errorf("keep consent: %w", err)
		}
		if view, ok := b.views(subject.ID.Letter); ok && view.Consented != nil {
			if err := view.Consented(ctx, of, subject, x.Member, community.ConsentNo); err != nil && !refused(err) {
				return r, err
			}
		}
		r.Done = append(r.Done, chat.Todo{Member: x.Member, Key: "consent/" + x.Subject})
	}
	return r, b.Lists.SweepCodes(ctx, now.Add(-codesKept))
}
